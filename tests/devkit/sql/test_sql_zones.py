"""TIMESTAMP WITH TIME ZONE keeps the zone it was written with; its moment is what is compared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Sql

INDIA = timezone(timedelta(hours=5, minutes=30))
BRASILIA = timezone(timedelta(hours=-3))
NOON = datetime(2026, 1, 1, 12, 0, 0, 123456, INDIA)
SAME = "timestamp '2026-01-01 03:30:00.123456 -03:00'"  # as NOON, elsewhere


def offset(value: datetime) -> timedelta | None:
    return value.utcoffset()


@pytest.fixture(autouse=True, scope="module")
def objects(schema: Sql) -> None:
    for statement in (
        "create table z (id number primary key, t timestamp with time zone,"
        " u timestamp(2) with time zone default systimestamp, l timestamp with local time zone)",
        "create index z_t on z (t)",
        "create view z_v as select id, t, max(t) over () latest from z",
        "create table log (line varchar2(200))",
        "create type stamps as table of timestamp with time zone",
        """create function hour_of(in_t in timestamp with time zone) return varchar2 is
           begin return to_char(in_t, 'HH24 TZH:TZM'); end;""",
        """create function moved(in_t in timestamp with time zone)
             return timestamp with time zone is
           begin return in_t + interval '1' hour; end;""",
    ):
        assert not schema.execute(statement).compiled_with_errors


@pytest.fixture
def rows(sql: Sql) -> Sql:
    sql.execute("alter session set time_zone = '+00:00'")
    sql.execute(
        "insert into z (id, t, u, l) values (1, timestamp '2026-01-01 12:00:00.123456 +05:30',"
        " timestamp '2026-01-01 12:00:00.129 -03:00', timestamp '2026-01-01 12:00:00 +05:30')"
    )
    return sql


READ = [
    ("to_char(t, 'HH24:MI TZH:TZM')", "12:00 +05:30"),
    ("to_char(t, 'YYYY-MM-DD HH24:MI')", "2026-01-01 12:00"),
    ("to_char(t)", "01-JAN-26 12.00.00.123456 PM +05:30"),
    ("'x' || t", "x01-JAN-26 12.00.00.123456 PM +05:30"),
    ("to_char(u, 'FF2 TZR')", "13 -03:00"),
    ("cast(t as date)", datetime(2026, 1, 1, 12)),  # noqa: DTZ001
    ("cast(t as timestamp)", datetime(2026, 1, 1, 12, 0, 0, 123456)),  # noqa: DTZ001
    ("trunc(t)", datetime(2026, 1, 1)),  # noqa: DTZ001
    ("t + 1", datetime(2026, 1, 2, 12)),  # noqa: DTZ001
    ("sys_extract_utc(t)", datetime(2026, 1, 1, 6, 30, 0, 123456)),  # noqa: DTZ001
    ("extract(timezone_hour from t)", 5),
    ("extract(timezone_minute from t)", 30),
    ("extract(timezone_hour from u)", -3),
    ("extract(hour from t)", 6),  # in UTC
    ("extract(day from timestamp '2026-01-01 01:00:00 +05:30')", 31),
    ("t - u", timedelta(hours=-8, minutes=-30, microseconds=-6544)),
    ("to_char(t at time zone '-08:00', 'HH24:MI TZH')", "22:30 -08"),
    ("to_char(t at local, 'HH24:MI TZH')", "06:30 +00"),
    ("to_char(nvl(t, u), 'TZH')", "+05"),
    ("to_char(case when u > t then u else t end, 'TZH')", "-03"),
    ("to_char(greatest(t, u), 'TZH')", "-03"),
    ("to_char((select t from z), 'TZH')", "+05"),
    ("hour_of(t)", "12 +05:30"),
    ("to_char(moved(t), 'HH24 TZH')", "13 +05"),
    ("to_char(moved(t + interval '1' hour), 'HH24 TZH')", "14 +05"),
    ("case when t = " + SAME + " then 'same' end", "same"),
    ("nullif(t, " + SAME + ")", None),
    ("to_char(l, 'HH24:MI')", "06:30"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "expected"), READ, ids=[text for text, _ in READ])
def test_a_column_keeps_its_zone(rows: Sql, expression: str, expected: Any) -> None:
    text = f"select {expression} from z"
    assert rows.one(text) == expected
    rows.execute("alter session set time_zone = '-09:00'")  # nobody's business but AT LOCAL's
    if "local" not in expression and "(l," not in expression:
        assert rows.one(text) == expected
    rows.execute("alter session set time_zone = '+00:00'")


def test_what_is_fetched_has_its_zone(rows: Sql) -> None:
    for text in (
        "select t from z",
        "select t from z_v",
        "select latest from z_v",
        "select t from (select t from z union all select t from z where 1 = 0)",
        "with w as (select max(t) t from z) select t from w",
        "select distinct t from z order by t",
        "select column_value from table(stamps(timestamp '2026-01-01 12:00:00.123456 +05:30'))",
        "select t at time zone '+05:30' from (select u, t at time zone '-08:00' t from z)",
    ):
        value = rows.one(text)
        assert (value, offset(value)) == (NOON, timedelta(hours=5, minutes=30)), text
    value = rows.one("select l from z")
    assert (value, offset(value)) == (datetime(2026, 1, 1, 6, 30, tzinfo=UTC), timedelta())


def test_moments_are_compared_sorted_and_grouped(rows: Sql) -> None:
    rows.execute(f"insert into z (id, t) values (2, {SAME})")
    rows.execute("insert into z (id, t) values (3, timestamp '2026-01-01 12:00:00 -03:00')")
    assert rows.one("select count(*) from z a join z b on a.t = b.t where a.id < b.id") == 1
    assert rows.one("select count(distinct t) from z") == 2
    assert [row[0] for row in rows.rows("select count(*) from z group by t order by t")] == [2, 1]
    assert [row[0] for row in rows.rows("select id from z order by t desc, id")] == [3, 1, 2]
    assert rows.one("select count(*) from (select t from z union select t from z)") == 2
    assert rows.one(f"select count(*) from z where t in ({SAME}, null)") == 2
    assert rows.one("select count(*) from z where t between date '2026-01-01' and sysdate") == 3
    assert [row[0] for row in rows.rows(
        "select first_value(id) over (order by t desc) from z"
    )] == [3, 3, 3]  # fmt: skip


def test_an_index_serves_comparison_and_order(rows: Sql) -> None:
    storage = rows.session.storage
    for other in ("enable_seqscan", "enable_bitmapscan"):
        storage.query(f"SET LOCAL {other} = off")
    prepared = rows.session.sql.prepare(
        "select id from z where t > systimestamp order by t", schema="S", user="S"
    )
    plan = storage.query("EXPLAIN " + prepared.impl.compiled.sql).rows
    text = "\n".join(row[0] for row in plan)
    assert "Index Cond" in text
    assert "Sort" not in text


def test_plsql_keeps_the_zone_both_ways(rows: Sql) -> None:
    rows.execute(
        """declare
             l_t z.t%type;
             l_row z%rowtype;
             l_all stamps;
           begin
             select t into l_t from z where id = 1;
             select * into l_row from z where id = 1;
             select t bulk collect into l_all from z;
             insert into log values (to_char(l_t, 'HH24 TZH') || to_char(l_row.u, ' HH24 TZH')
               || to_char(l_all(1), ' HH24 TZH') || extract(timezone_minute from l_t));
             l_row.id := 5;
             insert into z values l_row;
             update z set u = l_t where id = 5 returning u into l_t;
             insert into log values (to_char(l_t, 'HH24:MI:SS.FF2 TZH'));
             insert into log select to_char(column_value, 'HH24 TZR') from table(l_all);
             forall i in 1 .. l_all.count insert into z (id, t) values (10 + i, l_all(i));
             for r in (select t, u from z where id in (5, 11) order by id) loop
               insert into log values (to_char(r.t, 'TZH:TZM') || to_char(r.u, ' TZH:TZM'));
             end loop;
           end;"""
    )
    assert [row[0] for row in rows.rows("select line from log")] == [
        "12 +05 12 -03 12 +0530",
        "12:00:00.12 +05",
        "12 +05:30",
        "+05:30 +05:30",
        "+05:30 +00:00",
    ]


def test_triggers_see_and_set_the_zone(rows: Sql) -> None:
    rows.execute(
        """create or replace trigger z_b before update on z for each row
           begin
             insert into log values (to_char(:old.t, 'TZH') || to_char(:new.t, ' TZH'));
             :new.u := :old.u at time zone '+01:00';
           end;"""
    )
    try:
        rows.execute("delete z")
        rows.execute(f"insert into z (id, t, u) values (1, {SAME}, {SAME})")
        rows.execute("update z set t = t at time zone '+02:00'")
        assert rows.one("select line from log") == "-03 +02"
        assert rows.one("select to_char(u, 'TZH') || to_char(t, 'TZH') from z") == "+01+02"
    finally:
        rows.execute("drop trigger z_b")
        rows.execute("delete z")
        rows.execute("delete log")
        rows.session.commit()


def test_a_value_without_zone_gets_that_of_the_session(rows: Sql) -> None:
    rows.execute("alter session set time_zone = '+03:00'")
    rows.execute(
        "insert into z (id, t, u) values (2, date '2026-05-05', timestamp '2026-05-05 01:00:00')"
    )
    rows.execute("alter session set time_zone = '-03:00'")
    shown = "select to_char(t, 'DD HH24 TZH') || to_char(u, ' DD HH24 TZH') from z where id = 2"
    assert rows.one(shown) == "05 00 +03 05 01 +03"
    rows.execute("alter session set time_zone = '+00:00'")


def test_a_region_stays_in_sql_and_is_refused_outside(rows: Sql) -> None:
    rows.execute(
        "insert into z (id, t) values (2,"
        " from_tz(timestamp '2026-07-01 12:00:00', 'America/Sao_Paulo'))"
    )
    assert rows.one("select to_char(t, 'TZR TZH') from z where id = 2") == "America/Sao_Paulo -03"
    assert rows.one("select extract(timezone_region from t) from z where id = 2") == (
        "America/Sao_Paulo"
    )
    error = rows.error("select t from z where id = 2")
    assert (error.code, "America/Sao_Paulo" in error.message) == (3001, True)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (
            "cast(timestamp '2026-01-01 00:00:00.5' as timestamp(9))",
            "01-JAN-26 12.00.00.500000000 AM",
        ),
        ("cast(timestamp '2026-01-01 00:00:00.5' as timestamp(3))", "01-JAN-26 12.00.00.500 AM"),
        ("cast(timestamp '2026-01-01 00:00:00.5' as timestamp)", "01-JAN-26 12.00.00.500000 AM"),
        ("timestamp '2026-01-01 00:00:00.5'", "01-JAN-26 12.00.00.500000000 AM"),
        ("timestamp '2026-01-01 00:00:00 +01:00'", "01-JAN-26 12.00.00.000000000 AM +01:00"),
        ("to_timestamp('2026', 'YYYY') - interval '1' day", None),
    ],
)
def test_ff_has_the_digits_of_the_type(sql: Sql, expression: str, expected: str | None) -> None:
    if expected is None:
        assert sql.one(f"select length(to_char({expression}, 'FF')) from dual") == 9
        return
    assert sql.one(f"select to_char({expression}) from dual") == expected
    digits = expected.partition(".00.")[2].partition(".")[2].split()[0]
    shown = sql.one(f"""select to_char({expression}, '"FF"HH24:FF') from dual""")
    assert shown == f"FF00:{digits}"
    assert sql.one(f"select to_char({expression}, 'FF2') from dual") == digits[:2]


def test_json_and_arrays(rows: Sql) -> None:
    assert rows.one("select json_object('t' value t) from z") == (
        '{"t":"2026-01-01T06:30:00.123456Z"}'
    )
    value = rows.one(
        "select json_value('{\"t\":\"2026-01-01T12:00:00.123456+05:30\"}', '$.t'"
        " returning timestamp with time zone) from dual"
    )
    assert (value, offset(value)) == (NOON, timedelta(hours=5, minutes=30))

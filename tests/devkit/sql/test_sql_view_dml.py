"""DML through views: the base table's triggers, defaults and rights; what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.oracle.errors import OraError

if TYPE_CHECKING:
    from conftest import Sql

    from devkit.oracle.contracts import ExecuteResult
    from devkit.oracle.session import Database

OBJECTS = (
    "create table t (id number primary key, name varchar2(10) default 'none' not null,"
    " amount number(5), hidden_one varchar2(5) default 'd')",
    "create table u (id number primary key, t_id number)",
    "create table trace (n number generated always as identity, line varchar2(200))",
    "create view plain as select id key_of, name, amount from t where amount < 100",
    "create view derived as select id, name, amount * 2 twice from t x where x.id > 0",
    "create view checked as select * from t where amount < 10 with check option",
    "create view over_checked as select id, name, amount from checked where id < 1000",
    "create view over_plain as select key_of, name label from plain where key_of <> 13",
    "create view joined as select t.id, t.name, u.t_id from t, u where u.t_id = t.id",
    "create view grouped as select amount, count(*) how_many from t group by amount",
    "create view different as select distinct name from t",
    "create view counted as select id, count(*) over () total from t",
    "create view sorted as select id, name from t order by id",
    "create view few as select id, name from t where rownum < 5",
    "create view both as select id, name from t union all select id, 'x' from u",
    "create view looks as select id, (select count(*) from u) others from t",
    "create view nested as select id from (select id from t)",
    "create view watched as select id, name from t",
    "create view over_watched as select id, name from watched",
    "create view kept as select id, name from t where id in (select t_id from u) with check option",
    """create trigger t_all for insert or update of name, amount or delete on t compound trigger
         procedure note(in_what in varchar2) is
         begin insert into trace (line) values (in_what); end;
         function event return varchar2 is
         begin
           return case when inserting then 'i' when updating('NAME') then 'un'
             when updating then 'u' else 'd' end;
         end;
         before statement is begin note('before ' || event); end before statement;
         before each row is begin
           if not deleting and :new.name = 'up' then
             :new.name := 'UP';
             :new.amount := :new.amount + 5;
           end if;
         end before each row;
         after each row is begin
           note('row ' || nvl(:new.id, :old.id) || ' ' || :old.name || '>' || :new.name);
         end after each row;
         after statement is begin note('after ' || event); end after statement;
       end;""",
    """create trigger watched_io instead of insert or update on watched
       begin insert into trace (line) values ('instead of ' || :new.id); end;""",
)


@pytest.fixture(autouse=True, scope="module")
def objects(schema: Sql) -> None:
    for statement in OBJECTS:
        assert not schema.execute(statement).compiled_with_errors, schema.rows(
            "select line, text from all_errors where owner = 'S'"
        )


@pytest.fixture
def rows(sql: Sql) -> Sql:
    sql.execute("delete t")
    sql.execute("insert into t (id, name, amount) values (1, 'a', 1)")
    sql.execute("insert into t (id, name, amount) values (2, 'b', 200)")
    sql.execute("delete trace")
    return sql


def returned(result: ExecuteResult) -> list[list[str]]:
    assert result.returning is not None
    return [[str(value) for value in values] for values in result.returning[0]]


def lines(sql: Sql) -> list[str]:
    return [row[0] for row in sql.rows("select line from trace order by n")]


def test_an_update_through_a_view_fires_the_triggers_of_its_table(rows: Sql) -> None:
    assert rows.count("update plain set name = 'c'") == 1
    assert lines(rows) == ["before un", "row 1 a>c", "after un"]
    assert rows.rows("select id, name from t order by id") == [(1, "c"), (2, "b")]


def test_only_triggers_of_the_columns_that_are_set_fire(rows: Sql) -> None:
    rows.execute("update plain set key_of = 3 where key_of = 1")
    assert lines(rows) == []
    rows.execute("update plain p set p.amount = 3 where p.key_of = 3")
    assert lines(rows) == ["before u", "row 3 a>a", "after u"]


def test_an_insert_through_a_view_takes_the_defaults_of_its_table(rows: Sql) -> None:
    assert rows.count("insert into plain (key_of, amount) values (5, 7)") == 1
    assert lines(rows) == ["before i", "row 5 >none", "after i"]
    assert rows.one("select name, amount, hidden_one from t where id = 5") == ("none", 7, "d")
    assert rows.count("insert into plain select id + 10, name, amount from t where id = 5") == 1
    rows.execute("insert into plain values (6, 'x', 1)")
    assert rows.one("select count(*) from t where id in (6, 15)") == 2


def test_a_before_trigger_changes_what_a_view_stores_and_returns(rows: Sql) -> None:
    result = rows.execute(
        "insert into plain (key_of, name, amount) values (7, 'up', 1)"
        " returning key_of, name, amount into :k, :n, :a",
        returning=["K", "N", "A"],
    )
    assert returned(result) == [["7"], ["UP"], ["6"]]
    result = rows.execute(
        "update derived set name = 'up' where id = 1 returning twice, name into :t, :n",
        returning=["T", "N"],
    )
    assert returned(result) == [["12"], ["UP"]]


def test_a_delete_through_a_view_reaches_only_its_rows(rows: Sql) -> None:
    assert rows.count("delete from plain") == 1
    assert lines(rows) == ["before d", "row 1 a>", "after d"]
    assert rows.one("select id from t") == 2
    assert rows.count("delete from derived where twice = 400 and rownum < 2") == 1


def test_arrays_go_through_a_view(rows: Sql) -> None:
    rows.execute(
        "insert into plain (key_of, name, amount) values (:k, 'x', 1)",
        *({"K": n} for n in range(20, 24)),
    )
    assert lines(rows)[:2] == ["before i", "row 20 >x"]
    rows.execute("update t set amount = 300 where id = 21")
    result = rows.execute(
        "update plain set name = :n where key_of = :k",
        {"N": "y", "K": 20},
        {"N": "y", "K": 21},
    )
    assert result.rowcount == 1
    assert rows.one("select count(*) from t where name = 'y'") == 1


def test_a_view_of_a_view_is_its_base_table(rows: Sql) -> None:
    assert rows.count("update over_plain set label = 'z'") == 1
    assert lines(rows) == ["before un", "row 1 a>z", "after un"]
    rows.execute("insert into over_plain values (13, 'q')")
    assert rows.count("update over_plain set label = 'z' where key_of = 13") == 0


@pytest.mark.parametrize("view", ["checked", "over_checked"])
@pytest.mark.parametrize(
    "change",
    [
        "insert into {v} (id, name, amount) values (8, 'x', 10)",
        "insert into {v} (id, name, amount) values (8, 'x', null)",
        "insert into {v} (id, name, amount) values (8, 'up', 9)",  # 14 after the trigger
        "update {v} set amount = 10 where id = 1",
        "update {v} set amount = 8, name = 'up' where id = 1",
        "merge into {v} c using (select 1 id from dual) s on (c.id = s.id)"
        " when matched then update set c.amount = 11",
        "merge into {v} c using (select 9 id from dual) s on (c.id = s.id)"
        " when not matched then insert (id, name, amount) values (s.id, 'x', 11)",
    ],
)
def test_the_check_option_sees_the_row_as_stored(rows: Sql, view: str, change: str) -> None:
    error = rows.error(change.format(v=view))
    assert (error.code, error.message) == (
        1402,
        "ORA-01402: view WITH CHECK OPTION where-clause violation",
    )
    assert rows.count(f"update {view} set amount = 9 where id = 1") == 1
    assert rows.count(f"delete {view} where id = 1") == 1


def test_the_check_option_without_triggers(rows: Sql) -> None:
    rows.execute("alter trigger t_all disable")
    try:
        assert rows.error("update checked set amount = 10 where id = 1").code == 1402
        assert rows.error("insert into checked values (8, 'x', 10, null)").code == 1402
        result = rows.execute(
            "insert into checked values (8, 'x', 9, null) returning id into :i", returning=["I"]
        )
        assert returned(result) == [["8"]]
        merge = (
            "merge into checked c using (select 8 id, {n} amount from dual) s on (c.id = s.id)"
            " when matched then update set c.amount = s.amount"
        )
        assert rows.error(merge.format(n=12)).code == 1402
        assert rows.count(merge.format(n=3)) == 1
    finally:
        rows.execute("delete t")
        rows.execute("alter trigger t_all enable")


def test_merge_into_a_view(rows: Sql) -> None:
    merged = rows.count(
        "merge into plain p using (select 1 id from dual union all select 2 from dual"
        " union all select 3 from dual) s on (p.key_of = s.id and s.id <> 2)"
        " when matched then update set p.name = 'm', p.amount = p.amount + 1"
        "   delete where p.amount > 50"
        " when not matched then insert (key_of, name) values (s.id + 30, 'new')"
    )
    assert merged == 3
    assert rows.rows("select id, name, amount from t order by id") == [
        (1, "m", 2), (2, "b", 200), (32, "new", None), (33, "new", None),
    ]  # fmt: skip
    assert lines(rows)[:2] == ["before un", "before i"]
    assert "row 1 a>m" in lines(rows)


def test_instead_of_comes_first_and_only_for_its_events(rows: Sql) -> None:
    assert rows.count("update watched set name = 'c' where id = 1") == 1
    assert lines(rows) == ["instead of 1"]
    assert rows.one("select name from t where id = 1") == "a"
    assert rows.count("delete watched where id = 1") == 1
    assert lines(rows) == ["instead of 1", "before d", "row 1 a>", "after d"]
    insert = "insert into watched (id, name) values (1, 'x') returning id into :i"
    with pytest.raises(OraError) as caught:
        rows.execute(insert, returning=["I"])
    assert caught.value.code == 22816
    rows.execute("alter trigger watched_io disable")
    try:
        rows.execute("delete t")
        rows.execute("insert into t (id, name, amount) values (1, 'a', 1)")
        assert rows.count("update watched set name = 'c' where id = 1") == 1
        assert rows.one("select name from t where id = 1") == "c"
        assert rows.count("insert into watched (id, name) values (4, 'x')") == 1
        assert rows.one("select name from t where id = 4") == "x"
    finally:
        rows.execute("alter trigger watched_io enable")
        assert rows.count("update watched set name = 'd' where id = 1") == 1
        assert rows.one("select name from t where id = 1") == "c"
        rows.execute("delete t")
        rows.session.commit()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("update grouped set amount = 1", 1732),
        ("delete different", 1732),
        ("delete counted", 1732),
        ("update sorted set name = 'x'", 1732),
        ("delete few", 1732),
        ("delete both", 1732),
        ("delete looks", 1732),
        ("update derived set twice = 1", 1733),
        ("insert into derived (id, twice) values (1, 2)", 1733),
        ("insert into derived values (1, 'x', 2)", 1733),
        ("update plain set id = 1", 904),
        ("update plain set hidden_one = 'x'", 904),
        ("delete joined", 3001),
        ("update nested set id = 1", 3001),
        ("update over_watched set name = 'x'", 3001),
        ("update kept set name = 'x'", 3001),
        (
            "merge into watched w using dual on (w.id = 1) when matched then update set name = 'x'",
            38106,
        ),
        ("insert all into plain (key_of) values (1) select 1 from dual", 1702),
    ],
)
def test_what_a_view_does_not_take(rows: Sql, text: str, code: int) -> None:
    assert rows.error(text).code == code


def test_merge_deletes_what_its_condition_says_of_the_row_as_triggers_left_it(rows: Sql) -> None:
    rows.execute("insert into t (id, name, amount) values (3, 'c', 3)")
    rows.execute("delete trace")
    merge = (
        "merge into t d using (select id, amount + 5 grown, 'up' flag from t) s on (d.id = s.id)"
        " when matched then update set d.name = decode(d.id, 2, 'low', s.flag), d.hidden_one = 'm'"
        " where d.id <> 2"
        " delete where d.amount = s.grown and d.name = 'UP' and d.id < :most"
    )
    # BEFORE EACH ROW makes UP of up and adds 5: neither is in the statement
    assert rows.count(merge, MOST=3) == 2
    assert rows.rows("select id, name, amount from t order by id") == [(2, "b", 200), (3, "UP", 8)]
    found = lines(rows)
    assert (found[:2], found[-2:]) == (["before un", "before d"], ["after un", "after d"])
    assert [one for one in found[2:-2] if "3" not in one] == ["row 1 a>UP", "row 1 UP>"]
    assert "row 3 c>UP" in found


def test_merge_deletes_nothing_that_a_trigger_took_out_of_the_condition(rows: Sql) -> None:
    merge = (
        "merge into plain d using dual on (d.key_of = 1)"
        " when matched then update set d.name = 'up', d.amount = 2 delete where d.amount = 2"
    )
    assert rows.count(merge) == 1
    assert rows.one("select name, amount from t where id = 1") == ("UP", 7)


def test_errors_name_the_base_table(rows: Sql) -> None:
    assert '"S"."T"."NAME"' in rows.error("update plain set name = 'far too long'").message
    assert '"S"."T"."NAME"' in rows.error("update plain set name = null").message
    assert rows.error("insert into plain (key_of) values (1)").code == 1


def test_a_view_of_a_mutating_table_cannot_be_read(rows: Sql) -> None:
    assert not rows.execute(
        """create trigger t_reads before update of id on t for each row
           declare l_count pls_integer;
           begin select count(*) into l_count from over_plain; end;"""
    ).compiled_with_errors
    try:
        for text in ("update t set id = 9 where id = 1", "update plain set key_of = 9"):
            error = rows.error(text)
            assert (error.code, "S.T" in error.message) == (4091, True)
    finally:
        rows.execute("drop trigger t_reads")
        rows.execute("delete t")
        rows.session.commit()


def test_the_rights_are_those_on_the_view_and_its_owners_on_the_table(
    sql: Sql, server: Database
) -> None:
    for text in (
        "create user lender no authentication quota unlimited on users",
        "create user owner_v no authentication",
        "create user user_v no authentication",
        "grant create session to user_v",
        "create table lender.l (id number, name varchar2(9))",
        "grant select on lender.l to owner_v with grant option",
        "create view owner_v.v as select id, name from lender.l",
        "grant select, update on owner_v.v to user_v",
    ):
        sql.execute(text)
    session = server.open_session("USER_V")
    try:
        user = type(sql)(session)
        assert user.error("update owner_v.v set name = 'x'").code == 1031
        sql.execute("grant update on lender.l to owner_v")
        assert user.count("update owner_v.v set name = 'x'") == 0
        assert user.error("delete owner_v.v").code == 1031
        assert user.error("update lender.l set name = 'x'").code == 942
    finally:
        session.rollback()
        session.close()
        for name in ("user_v", "owner_v", "lender"):
            sql.execute(f"drop user {name} cascade")

"""What Oracle 19c refuses, with its code and text."""

from __future__ import annotations

import pytest

from devkit.oracle.releases import ORACLE_23AI
from devkit.oracle.session import Database
from tests.devkit.sql.conftest import Sql

MESSAGES = {
    907: "missing right parenthesis",
    918: "column ambiguously defined",
    928: "missing SELECT keyword",
    933: "SQL command not properly ended",
    979: "not a GROUP BY expression",
    923: "FROM keyword not found where expected",
    936: "missing expression",
    947: "not enough values",
    957: "duplicate column name",
    998: "must name this expression with a column alias",
    1002: "fetch out of sequence",
    1400: 'cannot insert NULL into ("S"."KEPT"."A")',
    1489: "result of string concatenation is too long",
    1704: "string literal too long",
    1722: "invalid number",
    1723: "zero-length columns are not allowed",
    1786: "FOR UPDATE of this query expression is not allowed",
    1795: "maximum number of expressions in a list is 1000",
    1858: "a non-numeric character was found where a numeric was expected",
    2014: "cannot select FOR UPDATE from view with DISTINCT, GROUP BY, etc.",
    2287: "sequence number not allowed here",
    54013: "INSERT operation disallowed on virtual columns",
    54017: "UPDATE operation disallowed on virtual columns",
}


@pytest.fixture(scope="module", autouse=True)
def tables(schema: Sql) -> None:
    for statement in (
        "create table t (a number not null, b varchar2(4000), c clob)",
        "create table k (id number primary key, n number constraint n_given not null)",
        "create table v (a number, d number generated always as (a * 2) virtual)",
        "create sequence sq",
        "create view grouped as select a from t group by a",
        "create table kept as select a, b from t",
        "insert into k values (1, 1)",
        "insert into t values (1, 'x', 'y')",
    ):
        schema.execute(statement)
    schema.session.commit()


REFUSED = [
    # FOR UPDATE: rows of tables, and all of them
    ("select a from t fetch first 1 row only for update", 2014),
    ("select a from t offset 1 row for update", 2014),
    ("select a from (select a from t fetch first 1 row only) for update", 2014),
    ("select a from (select distinct a from t) for update", 2014),
    ("select a from (select a from t union all select a from t) for update", 2014),
    ("select a from grouped for update", 2014),
    ("select distinct a from t for update", 1786),
    ("select count(*) from t for update", 1786),
    ("select a from t group by a for update", 1786),
    ("select a from t union select a from t for update", 1786),
    # sequences: not in conditions, nor where rows are grouped or sorted
    ("select a from t where sq.nextval > 0", 2287),
    ("select x.a from t x join t y on x.a = sq.nextval", 2287),
    ("select x.a from t x, t y where x.a = y.a (+) and y.a (+) = sq.nextval", 2287),
    ("select a from t group by a having a > sq.nextval", 2287),
    ("select a from t start with a = sq.nextval connect by prior a = a - 1", 2287),
    ("select sum(a) over (order by sq.nextval) from t", 2287),
    ("select sq.nextval from t order by a", 2287),
    ("select distinct sq.nextval from t", 2287),
    ("select sq.nextval from dual union select 1 from dual", 2287),
    ("select * from (select sq.nextval n from dual)", 2287),
    ("update t set a = 1 where a = sq.currval", 2287),
    ("update t set a = (select sq.nextval from dual)", 2287),
    ("delete from t where a = sq.nextval", 2287),
    ("merge into t using dual on (a = sq.nextval) when matched then update set b = 'x'", 2287),
    ("create view sv as select sq.nextval n from dual", 2287),
    ("create table st (a number check (a > sq.nextval))", 2287),
    # select list
    ("select *, 1 from t", 923),
    ("select 1, * from t", 936),
    ("select t.a, * from t", 936),
    # columns of views and tables have names of their own
    ("create view uv as select a + 1 from t", 998),
    ("create view uv as select count(*) from t", 998),
    ("create view uv as select 'x' from t", 998),
    ("create view uv as select sysdate from t", 998),
    ("create view uv as select rownum from t", 998),
    ("create view uv as select null from t", 998),
    ("create view uv as select (select 1 from dual) from t", 998),
    ("create view uv as select a + 1 from t union all select a from t", 998),
    ("create table ut as select a + 1 from t", 998),
    ("create table ut as select null a from t", 1723),
    ("create view dv as select a, a from t", 957),
    ("create view dv as select x.*, y.* from t x, t y", 957),
    ("create view dv (a, a) as select a, b from t", 957),
    ("create table dt as select a, b a from t", 957),
    ("select a from (select a, b a from t)", 918),
    ("select * from (select a, b a from t)", 918),
    ("select x.* from (select a, b a from t) x", 918),
    ("select 1 from (select a, b a from t) order by a", 918),
    ("with q as (select a, b a from t) select a from q", 918),
    # virtual columns
    ("insert into v values (1)", 947),
    ("insert into v select 1 from dual", 947),
    ("insert into v values (1, 2)", 54013),
    ("insert into v select 1, 2 from dual", 54013),
    ("insert into v (a, d) values (1, null)", 54013),
    ("update v set d = 1", 54017),
    # sizes
    (f"select a from t where a in ({', '.join(['1'] * 1001)})", 1795),
    (f"select a from t where a not in ({', '.join(['1'] * 1001)})", 1795),
    (f"delete from t where a in ({', '.join(['1'] * 1001)})", 1795),
    (f"select '{'x' * 4001}' from dual", 1704),
    (f"select '{'ã' * 2001}' from dual", 1704),
    (f"insert into t (a, c) values (1, '{'x' * 4001}')", 1704),
    ("select rpad('x', 4000, 'x') || 'y' from dual", 1489),
    ("select concat(rpad('x', 4000, 'x'), 'y') from dual", 1489),
    ("insert into t (a, c) values (1, rpad('x', 4000, 'x') || 'y')", 1489),
    ("select b || b || b from (select rpad('ã', 1500, 'ã') b from dual)", 1489),
    # of release 21 and 23
    ("select a from t except select a from t", 933),
    ("select a from t minus all select a from t", 928),
    ("select a from t intersect all select a from t", 928),
    ("select a, count(*) from t group by 1", 979),
    ("select a x, count(*) from t group by x", 904),
    ("select 1", 923),
    ("insert into t (a) values (1), (2)", 933),
    ("update t set b = 'x' from k where k.id = t.a", 933),
    ("update t set b = 'x' returning old b into :x", 3001),
    ("select sum(a) over w from t window w as (order by a)", 3001),
    ("select * from (values (1, 2)) v", 3001),
    ("select true from dual", 904),
    # NOT NULL is kept by CREATE TABLE AS SELECT
    ("insert into kept values (null, 'x')", 1400),
    # NVL converts its second argument, and evaluates it always
    ("select nvl(1, 'a') from dual", 1722),
    ("select nvl(a, 'a') from t", 1722),
    ("select nvl(sysdate, 'a') from dual", 1858),
]


@pytest.mark.parametrize(("statement", "code"), REFUSED, ids=lambda value: str(value)[:80])
def test_oracles_refusal(sql: Sql, statement: str, code: int) -> None:
    expected = MESSAGES.get(code)
    error = sql.error(statement)
    assert error.code == code
    if expected is not None:
        assert error.message == f"ORA-{code:05d}: {expected}"


@pytest.mark.parametrize(
    "statement",
    [
        "select a from (select a from t) for update",
        "select a from t order by a for update",
        "select sq.nextval from t",
        "insert into k select sq.nextval + 100, 1 from t",
        "insert into k values (sq.nextval + 200, sq.currval)",
        "update t set a = sq.nextval where a = 1",
        "merge into k using dual on (id = 300) when not matched then insert values (300, sq.nextval)",
        "select case when 1 = 1 then sq.nextval end from dual",
        "select t.*, 1 from t",
        "select x.*, y.* from t x, t y",
        "select * from t x, t y",
        "select count(*) from (select a, b a from t)",
        "select b from (select a, b a, b from t)",
        "insert into v values (1, default)",
        "insert into v (a) values (1)",
        "insert into v (a, d) values (1, default)",
        f"select a from t where a in ({', '.join(['1'] * 1000)})",
        f"select a from t where (a, 1) in ({', '.join(['(1, 1)'] * 1001)})",
        f"select '{'ã' * 2000}' from dual",
        "select rpad('x', 3999, 'x') || 'y' from dual",
        "select to_clob(rpad('x', 4000, 'x')) || 'y' from dual",
        "select b || c from t",
        "select nvl(1, '2') from dual",
        "select nvl('a', 1) from dual",
        "select nvl(null, 'a') from dual",
    ],
    ids=lambda value: str(value)[:80],
)
def test_its_neighbour_that_oracle_accepts(sql: Sql, statement: str) -> None:
    sql.execute(statement)


def test_an_inline_view_can_be_locked(sql: Sql) -> None:
    assert sql.rows("select a from (select a from t) for update") == [(1,)]


def test_create_table_as_select_keeps_not_null_of_columns_and_not_of_keys(sql: Sql) -> None:
    sql.execute("create table copied as select id, n, n + 1 m, id as other from k")
    found = sql.rows(
        "select column_name, nullable from all_tab_columns where table_name = 'COPIED' order by 1"
    )
    assert found == [("ID", "Y"), ("M", "Y"), ("N", "N"), ("OTHER", "Y")]
    sql.execute("create table outer_ as select y.n from k x left join k y on x.id = y.id + 1")
    assert sql.one("select nullable from all_tab_columns where table_name = 'OUTER_'") == "Y"


def test_a_view_with_names_of_its_own_needs_no_alias(sql: Sql) -> None:
    sql.execute("create view named (x, y) as select a + 1, count(*) over () from t")
    assert sql.rows("select x, y from named") == [(2, 1)]


def test_the_newer_release_knows_what_is_newer(server: Database, sql: Sql) -> None:
    newer = Database(server.conninfo, ORACLE_23AI).open_session("SYSTEM")
    try:
        many = ", ".join(["1"] * 1001)
        assert Sql(newer).rows(f"select 1 from dual where 1 in ({many})") == [(1,)]
        assert Sql(newer).rows("select 1 from dual except select 2 from dual") == [(1,)]
        Sql(newer).execute("create table if not exists s.newer (j json)")
        Sql(newer).execute("drop table if exists s.newer")
    finally:
        newer.close()


def test_the_release_is_19c(sql: Sql) -> None:
    assert sql.one("select banner from v$version").startswith(
        "Oracle Database 19c Enterprise Edition Release 19.0.0.0.0 - "
    )
    assert sql.one("select version_full from product_component_version") == "19.24.0.0.0"
    assert sql.one("select version from v$instance") == "19.0.0.0.0"
    assert sql.one("select value from v$parameter where name = 'compatible'") == "19.0.0"
    rows = sql.rows(
        "select value from nls_database_parameters where parameter = 'NLS_RDBMS_VERSION'"
    )
    assert rows == [("19.24.0.0.0",)]

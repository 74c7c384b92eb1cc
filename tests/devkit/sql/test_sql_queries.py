"""Queries: joins, row limits, hierarchies, grouping, set operators, name resolution, described types."""

# ruff: noqa: DTZ001  (a case stays on one line; Oracle's dates have no zone)

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from devkit.oracle.values import Kind

if TYPE_CHECKING:
    from conftest import Sql


@pytest.fixture(autouse=True, scope="module")
def tables(schema: Sql) -> None:
    for statement in (
        "create table dept (id number(4) primary key, name varchar2(20 char), site char(3))",
        "create table emp (id number(6) primary key, name varchar2(10), dept_id number(4), boss number(6),"
        " pay number(8,2), hired date, note clob)",
        "insert into dept values (10, 'Sales', 'SP')",
        "insert into dept values (20, 'Stock', 'RJ')",
        "insert into dept values (30, 'Empty', null)",
        "insert into emp values (1, 'ana', 10, null, 100, date '2020-01-01', 'boss')",
        "insert into emp values (2, 'bea', 10, 1, 50, date '2021-01-01', null)",
        "insert into emp values (3, 'caio', 20, 1, 50, date '2022-01-01', null)",
        "insert into emp values (4, 'davi', null, 3, 25.5, null, null)",
        "create view emp_v as select id, name, pay * 12 year_pay from emp where pay > 30",
        "create sequence seq start with 100",
    ):
        schema.execute(statement)
    schema.session.commit()


QUERIES: list[tuple[str, str, list[tuple[Any, ...]]]] = [
    ("* comes from the catalogue in column order",
     "select * from dept where id = 10", [(10, "Sales", "SP ")]),
    ("t.* with further columns",
     "select d.*, 1 one from dept d where id = 20", [(20, "Stock", "RJ ", 1)]),
    ("CHAR compares blank padded with a literal",
     "select id from dept where site = 'SP'", [(10,)]),
    ("(+) keeps rows without a partner",
     "select d.id, e.name from dept d, emp e where d.id = e.dept_id(+) and e.pay(+) > 60 order by 1",
     [(10, "ana"), (20, None), (30, None)]),
    ("(+) on the left operand and with unqualified columns",
     "select d.name, e.name from emp e, dept d where d.id(+) = dept_id order by e.id",
     [("Sales", "ana"), ("Sales", "bea"), ("Stock", "caio"), (None, "davi")]),
    ("ANSI joins",
     "select e.name, d.name from emp e left join dept d on d.id = e.dept_id where e.id = 4",
     [("davi", None)]),
    ("USING merges the column",
     "select id, count(*) from dept full join (select dept_id id from emp) using (id) group by id "
     "order by id nulls first", [(None, 1), (10, 2), (20, 1), (30, 1)]),
    ("ROWNUM counts before the block sorts",
     "select id from (select id from emp order by pay desc, id) where rownum <= 2", [(1,), (2,)]),
    ("ROWNUM above one finds nothing", "select id from emp where rownum > 1", []),
    ("ROWNUM in the select list",
     "select rownum, id from (select id from dept order by id desc)", [(1, 30), (2, 20), (3, 10)]),
    ("ROWNUM with ORDER BY limits first",
     "select count(*) from (select id from emp where rownum < 3 order by pay)", [(2,)]),
    ("FETCH FIRST", "select id from emp order by id fetch first 2 rows only", [(1,), (2,)]),
    ("FETCH WITH TIES",
     "select id from emp order by pay desc fetch first 2 rows with ties", [(1,), (2,), (3,)]),
    ("OFFSET", "select id from emp order by id offset 2 rows fetch next 1 row only", [(3,)]),
    ("FETCH PERCENT rounds up", "select id from emp order by id fetch first 30 percent rows only",
     [(1,), (2,)]),
    ("LEVEL generates rows", "select level l from dual connect by level <= 3", [(1,), (2,), (3,)]),
    ("a row generator takes any condition over LEVEL",
     "select regexp_substr('a,b,c', '[^,]+', 1, level) p from dual "
     "connect by regexp_substr('a,b,c', '[^,]+', 1, level) is not null", [("a",), ("b",), ("c",)]),
    ("LISTAGG as an analytic function",
     "select id, listagg(name, ',') within group (order by name desc) over (partition by dept_id) l "
     "from emp where dept_id = 10 order by id", [(1, "bea,ana"), (2, "bea,ana")]),
    ("pagination with ROWNUM over ROWNUM",
     "select id from (select q.*, rownum rn from (select id from emp order by id desc) q "
     "where rownum <= 3) where rn > 1", [(3,), (2,)]),
    ("a hierarchy is depth first with ordered siblings",
     "select level, name, sys_connect_by_path(name, '/') p, connect_by_isleaf leaf, "
     "connect_by_root name r from emp start with boss is null connect by prior id = boss "
     "order siblings by name desc",
     [(1, "ana", "/ana", 0, "ana"), (2, "caio", "/ana/caio", 0, "ana"),
      (3, "davi", "/ana/caio/davi", 1, "ana"), (2, "bea", "/ana/bea", 1, "ana")]),
    ("WHERE applies after the hierarchy",
     "select name from emp where level > 2 start with id = 1 connect by prior id = boss", [("davi",)]),
    ("recursive WITH",
     "with r(n, s) as (select 1, 1 from dual union all select n + 1, s + n + 1 from r where n < 5) "
     "select max(s) from r", [(15,)]),
    ("WITH is visible in later ones",
     "with a as (select 1 x from dual), b as (select x + 1 y from a) select x, y from a, b", [(1, 2)]),
    ("MINUS removes duplicates", "select pay from emp minus select 100 from dual order by 1",
     [(25.5,), (50,)]),
    ("set operators go left to right",
     "select 1 n from dual union select 2 from dual minus select 1 from dual union all "
     "select 2 from dual", [(2,), (2,)]),
    ("a NULL branch takes the other's type",
     "select null x from dual union all select 5 from dual order by x nulls first", [(None,), (5,)]),
    ("grouping", "select dept_id, sum(pay), avg(pay) from emp group by dept_id having count(*) > 1",
     [(10, 150, 75)]),
    ("ROLLUP", "select dept_id, sum(pay), grouping(dept_id) from emp where dept_id is not null "
     "group by rollup(dept_id) order by 1", [(10, 150, 0), (20, 50, 0), (None, 200, 1)]),
    ("COUNT DISTINCT ignores NULL", "select count(distinct dept_id), count(dept_id), count(*) from emp",
     [(2, 3, 4)]),
    ("LISTAGG", "select listagg(name, ', ') within group (order by pay desc, name) from emp",
     [("ana, bea, caio, davi",)]),
    ("KEEP DENSE_RANK",
     "select max(name) keep (dense_rank last order by pay), min(name) keep (dense_rank first order by "
     "pay), max(name) keep (dense_rank first order by dept_id nulls first) from emp",
     [("ana", "davi", "davi")]),
    ("analytic functions",
     "select id, row_number() over (partition by dept_id order by pay desc) rn, "
     "sum(pay) over (order by id) s, lag(name, 1, '-') over (order by id) l from emp order by id",
     [(1, 1, 100, "-"), (2, 2, 150, "ana"), (3, 1, 200, "bea"), (4, 1, 225.5, "caio")]),
    ("a window frame",
     "select sum(pay) over (order by id rows between 1 preceding and current row) from emp "
     "where id < 4 order by id", [(100,), (150,), (100,)]),
    ("RATIO_TO_REPORT", "select ratio_to_report(pay) over () from emp where id < 4 order by id",
     [(0.5,), (0.25,), (0.25,)]),
    ("scalar subqueries", "select name, (select d.name from dept d where d.id = e.dept_id) from emp e "
     "where id = 3", [("caio", "Stock")]),
    ("EXISTS and NOT IN", "select id from dept d where exists (select 1 from emp where dept_id = d.id) "
     "and id not in (20) order by 1", [(10,)]),
    ("NOT IN with a NULL finds nothing",
     "select id from dept where id not in (select dept_id from emp)", []),
    ("tuple IN", "select id from emp where (dept_id, pay) in ((10, 50), (20, 50)) order by id",
     [(2,), (3,)]),
    ("tuple IN with a subquery",
     "select id from emp where (id, name) in (select id, 'ana' from emp)", [(1,)]),
    ("ANY and ALL", "select id from emp where pay >= all (select pay from emp) or id = any (2, 9) "
     "order by id", [(1,), (2,)]),
    ("an alias wins in ORDER BY", "select -id id from emp where id < 3 order by id", [(-2,), (-1,)]),
    ("an alias in an ORDER BY expression", "select id x from emp where id < 3 order by mod(x, 2)",
     [(2,), (1,)]),
    ("NULLs are last when ascending", "select dept_id from emp order by dept_id",
     [(10,), (10,), (20,), (None,)]),
    ("NULLs are first when descending", "select dept_id from emp where id > 2 order by dept_id desc",
     [(None,), (20,)]),
    ("LIKE has no escape character of its own", r"select 1 from dual where 'a\b' like 'a\b'", [(1,)]),
    ("LIKE with ESCAPE", r"select 1 from dual where 'a%b' like 'a!%b' escape '!'", [(1,)]),
    ("BETWEEN and NOT", "select id from emp where not pay between 40 and 60 order by id", [(1,), (4,)]),
    ("'' equals nothing", "select count(*) from emp where name = '' or name <> ''", [(0,)]),
    ("LNNVL", "select id from emp where lnnvl(dept_id = 10) order by id", [(3,), (4,)]),
    ("a view", "select name, year_pay from emp_v where id = 1", [("ana", 1200)]),
    ("ROWID finds its row", "select name from emp where rowid = (select rowid from emp where id = 2)",
     [("bea",)]),
    ("a CLOB is text", "select note || '!' from emp where id = 1", [("boss!",)]),
    ("quoted names keep their case", 'select "x y"."a" from (select 1 "a" from dual) "x y"', [(1,)]),
    ("LATERAL sees its siblings",
     "select d.id, x.n from dept d, lateral (select count(*) n from emp e where e.dept_id = d.id) x "
     "order by 1", [(10, 2), (20, 1), (30, 0)]),
    ("DUAL has one row", "select dummy from dual", [("X",)]),
    ("hints and comments mean nothing", "select /*+ full(e) */ 1 -- it's\n from dual", [(1,)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "expected"), [pytest.param(q, rows, id=rule) for rule, q, rows in QUERIES]
)
def test_a_query_gives_oracles_rows(sql: Sql, query: str, expected: list[tuple[Any, ...]]) -> None:
    assert sql.rows(query) == expected


def test_binds_are_typed_and_may_be_null(sql: Sql) -> None:
    query = "select id from emp where hired >= :d and (:n is null or name = :n) and pay > :p order by id"
    binds = {"D": datetime(2020, 6, 1), "N": None, "P": 10}
    assert sql.rows(query, **binds) == [(2,), (3,)]
    assert sql.rows(query, **{**binds, "N": "caio"}) == [(3,)]


def test_a_loop_in_a_hierarchy_is_an_error_unless_nocycle(sql: Sql) -> None:
    sql.execute("update emp set boss = 4 where id = 1")
    query = (
        "select name from emp start with id = 1 connect by {} prior id = boss order siblings by id"
    )
    assert sql.error(query.format("")).code == 1436
    assert sql.rows(query.format("nocycle")) == [("ana",), ("bea",), ("caio",), ("davi",)]


def test_one_number_is_drawn_per_row_however_often_it_is_named(sql: Sql) -> None:
    rows = sql.rows("select seq.nextval, seq.currval, seq.nextval from dept")
    first = rows[0][0]
    assert rows == [(first + n, first + n, first + n) for n in range(3)]
    assert sql.one("select seq.currval from dual") == first + 2


def test_currval_before_nextval_is_an_error(sql: Sql) -> None:
    sql.execute("create sequence fresh")
    error = sql.error("select fresh.currval from dual")
    assert (error.code, "FRESH.CURRVAL" in error.text) == (8002, True)


def test_a_query_describes_oracles_types(sql: Sql) -> None:
    result = sql.execute(
        "select id, name, hired, note, pay * 2, count(*) over (), systimestamp, rowid, 'lit', name || 'x'"
        " from emp"
    )
    columns = list(result.cursor.columns if result.cursor else [])
    kinds = [column.type.kind for column in columns]
    assert kinds == [
        Kind.NUMBER,
        Kind.VARCHAR2,
        Kind.DATE,
        Kind.CLOB,
        Kind.NUMBER,
        Kind.NUMBER,
        Kind.TIMESTAMP_TZ,
        Kind.ROWID,
        Kind.CHAR,
        Kind.VARCHAR2,
    ]
    assert (columns[0].type.precision, columns[0].type.scale) == (6, 0)
    assert (columns[1].type.length, columns[9].type.length) == (10, 11)
    assert [columns[0].nullable, columns[1].nullable] == [False, True]
    assert [column.name for column in columns[4:6]] == ["PAY*2", "COUNT(*)OVER()"]


def test_skip_locked_and_nowait_reach_the_row_locks(sql: Sql) -> None:
    assert sql.rows(
        "select id from emp where id < 3 order by id for update of pay skip locked"
    ) == [
        (1,),
        (2,),
    ]
    assert sql.session.in_transaction
    assert sql.one(
        "select e.id from emp e, dept d where d.id = e.dept_id and e.id = 1 for update wait 3"
    )


def test_a_cursor_survives_commit_and_other_statements(sql: Sql) -> None:
    cursor = sql.execute("select id from emp order by id").cursor
    assert cursor is not None
    assert cursor.fetch(1) == [(1,)]
    sql.execute("update emp set pay = pay")
    sql.session.commit()
    assert cursor.fetch(10) == [(2,), (3,), (4,)]


NAMES = [
    ("select nope from emp", 904, '"NOPE": invalid identifier', 7),
    ("select e.nope from emp e", 904, '"E"."NOPE": invalid identifier', 7),
    ("select * from nowhere", 942, "table or view does not exist", 14),
    ("select name from emp, dept", 918, "column ambiguously defined", 7),
    ("select x.* from emp", 904, '"X": invalid identifier', 7),
    ("select id from emp order by 2", 1785, "ORDER BY item must be the number", 28),
    ("select id,, name from emp", 936, "missing expression", 10),
    ("select id name emp", 923, "FROM keyword not found", None),
    ("select id from emp where", 936, "missing expression", None),
    ("select id from emp limit 1", 933, "SQL command not properly ended", 19),
    ("select id from emp;", 911, "invalid character", 18),
    ("selec 1 from dual", 900, "invalid SQL statement", None),
    ("select (1 from dual", 907, "missing right parenthesis", None),
    ("select note from emp where note = 'x'", 932, "inconsistent datatypes", None),
    (
        "select distinct note from emp union select 'x' from dual",
        932,
        "inconsistent datatypes",
        None,
    ),
    ("select 1, 2 from dual union select 1 from dual", 1789, "incorrect number of result", None),
    ("select 1 from dual union select sysdate from dual", 1790, "same datatype", None),
    ("select id from emp where id in (select id, pay from emp)", 913, "too many values", None),
    ("select level from dual", 1788, "CONNECT BY clause required", None),
    ("select (select id from emp) from dual", 1427, "more than one row", None),
    ("select name, count(*) from emp group by dept_id", 979, "not a GROUP BY expression", None),
    ("select * from emp order", 933, "SQL command not properly ended", 18),
    ("select name date from emp", 923, "FROM keyword not found", 12),
    ("select * from emp join dept", 905, "missing keyword", None),
    ("select id from emp where id == 1", 936, "missing expression", None),
    ("select count(*) from emp group by", 936, "missing expression", None),
    ("select * from emp e, dept d where e.id(+) = d.id(+)", 1468, "only one outer-joined", None),
    (
        "select * from emp e left join dept d on d.id = e.id where e.id(+) = 1",
        25156,
        "old style",
        None,
    ),
    ("select max(name) from emp where max(name) = 'x'", 934, "group function is not allowed", None),
    ("select id from emp where rownum", 920, "invalid relational operator", None),
]


@pytest.mark.parametrize(("query", "code", "text", "position"), NAMES)
def test_a_bad_query_fails_with_number_text_and_position(
    sql: Sql, query: str, code: int, text: str, position: int | None
) -> None:
    error = sql.error(query)
    assert (error.code, text in error.text) == (code, True)
    if position is not None:
        assert error.position == position


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("select {} from dual", 2000),
        ("select length({}) from dual", 2000),
        ("select count(*) from dual where {}", 1),
        ("select sum(x) from (select 1 x from dual {})", 1001),
    ],
    ids=["+", "||", "and", "union all"],
)
def test_an_expression_may_have_thousands_of_terms(
    schema: Sql, text: str, result: int, request: pytest.FixtureRequest
) -> None:
    terms = {
        "+": " + ".join(["1"] * 2000),
        "||": " || ".join(["'a'"] * 2000),
        "and": " and ".join(["1 = 1"] * 2000),
        "union all": "union all select 1 from dual " * 1000,
    }
    assert schema.one(text.format(terms[request.node.callspec.id])) == result

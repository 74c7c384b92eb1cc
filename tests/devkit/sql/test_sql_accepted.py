"""Each part of a statement is acted on or refused: the table of ``accepted`` is walked whole."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from sqlglot import exp
from sqlglot.tokens import TokenType

from devkit.oracle.errors import OraError
from devkit.oracle.sql import accepted, dialect
from devkit.oracle.sql.accepted import ACTED_ON, WITHOUT_MEANING
from devkit.oracle.sql.grammar import JsonCall, MergeBranch
from devkit.oracle.sql.grammar_collections import CollectionTest, Multiset
from tests.devkit.sql import test_sql_locks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.devkit.sql.conftest import Sql

# (class, part): the statement with the part, and the same without it; both are run, and what they
# give (rows, rows touched, or the code of the refusal) must differ.
_DOCUMENT = '\'{"a":[1,2],"b":"x"}\''
EFFECTS: dict[tuple[type, str], tuple[str, str]] = {
    (exp.Select, "expressions"): ("select a, b from t", "select a from t"),
    (exp.Select, "distinct"): ("select distinct g from t", "select g from t"),
    (exp.Select, "from_"): ("select 1 from t", "select 1 from dual"),
    (exp.Select, "joins"): ("select t.a from t, u", "select t.a from t"),
    (exp.Select, "where"): ("select a from t where a = 1", "select a from t"),
    (exp.Select, "group"): ("select count(*) from t group by g", "select count(*) from t"),
    (exp.Select, "having"): (
        "select g from t group by g having count(*) > 1",
        "select g from t group by g",
    ),
    (exp.Select, "order"): ("select a from t order by a desc", "select a from t order by a"),
    (exp.Select, "limit"): ("select a from t fetch first 1 row only", "select a from t"),
    (exp.Select, "offset"): ("select a from t offset 1 row", "select a from t"),
    (exp.Select, "connect"): (
        "select a from t start with a = 1 connect by prior a = a - 2",
        "select a from t",
    ),
    (exp.Select, "with_"): ("with t as (select 9 a from dual) select a from t", "select a from t"),
    (exp.Union, "distinct"): (
        "select g from t union select g from t",
        "select g from t union all select g from t",
    ),
    (exp.Union, "with_"): (
        "with t as (select 9 a from dual) select a from t union all select a from t",
        "select a from t union all select a from t",
    ),
    (exp.Union, "order"): (
        "select a from t union select 9 from dual order by 1 desc",
        "select a from t union select 9 from dual order by 1",
    ),
    (exp.Union, "limit"): (
        "select a from t union all select a from t fetch first 1 row only",
        "select a from t union all select a from t",
    ),
    (exp.Union, "offset"): (
        "select a from t union all select a from t offset 2 rows",
        "select a from t union all select a from t",
    ),
    (exp.Except, "distinct"): (
        "select g from t minus select 9 from dual",
        "select g from t minus all select 9 from dual",
    ),
    (exp.Except, "with_"): (
        "with t as (select 9 a from dual) select a from t minus select a from u",
        "select a from t minus select a from u",
    ),
    (exp.Except, "order"): (
        "select a from t minus select 9 from dual order by 1 desc",
        "select a from t minus select 9 from dual order by 1",
    ),
    (exp.Except, "limit"): (
        "select a from t minus select 9 from dual fetch first 1 row only",
        "select a from t minus select 9 from dual",
    ),
    (exp.Except, "offset"): (
        "select a from t minus select 9 from dual offset 2 rows",
        "select a from t minus select 9 from dual",
    ),
    (exp.Intersect, "distinct"): (
        "select g from t intersect select g from t",
        "select g from t intersect all select g from t",
    ),
    (exp.Intersect, "with_"): (
        "with t as (select 9 a from dual) select a from t intersect select a from t",
        "select a from t intersect select a from t",
    ),
    (exp.Intersect, "order"): (
        "select a from t intersect select a from t order by 1 desc",
        "select a from t intersect select a from t order by 1",
    ),
    (exp.Intersect, "limit"): (
        "select a from t intersect select a from t fetch first 1 row only",
        "select a from t intersect select a from t",
    ),
    (exp.Intersect, "offset"): (
        "select a from t intersect select a from t offset 2 rows",
        "select a from t intersect select a from t",
    ),
    (exp.Subquery, "alias"): (
        "select x.a from (select a from t) x",
        "select x.a from (select a from t)",
    ),
    (exp.Subquery, "order"): (
        "select rownum, a from ((select a from t) order by a desc)",
        "select rownum, a from ((select a from t order by a))",
    ),
    (exp.Subquery, "limit"): (
        "select * from ((select a from t) fetch first 1 row only)",
        "select * from ((select a from t))",
    ),
    (exp.Subquery, "offset"): (
        "select * from ((select a from t) offset 1 row)",
        "select * from ((select a from t))",
    ),
    (exp.Subquery, "pivots"): (
        "select * from (select g, a from t) pivot (sum(a) for g in (1 as x))",
        "select * from (select g, a from t)",
    ),
    (exp.Insert, "this"): ("insert into r values (8)", "insert into t values (8)"),
    (exp.Insert, "expression"): ("insert into r select a from t", "insert into r values (8)"),
    (exp.Insert, "returning"): (
        "insert into r values (8) returning nope into :x",
        "insert into r values (8)",
    ),
    (exp.Update, "this"): ("update r set a = 8", "update t set a = 8"),
    (exp.Update, "expressions"): ("update r set a = null", "update r set a = 8"),
    (exp.Update, "where"): ("update t set g = 8 where a = 1", "update t set g = 8"),
    (exp.Update, "returning"): ("update r set a = 8 returning nope into :x", "update r set a = 8"),
    (exp.Delete, "this"): ("delete from r", "delete from t"),
    (exp.Delete, "tables"): ("delete r", "delete t"),
    (exp.Delete, "where"): ("delete from t where a = 1", "delete from t"),
    (exp.Delete, "returning"): ("delete from r returning nope into :x", "delete from r"),
    (exp.Merge, "on"): (
        "merge into t using dual on (t.a = 1) when matched then update set g = 8",
        "merge into t using dual on (t.a > 0) when matched then update set g = 8",
    ),
    (exp.MultitableInserts, "kind"): (
        "insert first when a > 0 then into r values (a) when a > 1 then into r values (a)"
        " select a from t",
        "insert all when a > 0 then into r values (a) when a > 1 then into r values (a)"
        " select a from t",
    ),
    (exp.With, "expressions"): (
        "with q as (select 1 from dual), t as (select 9 a from dual) select a from t",
        "with q as (select 1 from dual) select a from t",
    ),
    (exp.Join, "on"): ("select t.a from t join u on t.a = u.a", "select t.a from t cross join u"),
    (exp.Join, "side"): (
        "select t.a, u.a from t left join u on t.a = u.a",
        "select t.a, u.a from t join u on t.a = u.a",
    ),
    (exp.Join, "kind"): ("select 1 from t inner join u", "select 1 from t cross join u"),
    (exp.Join, "using"): ("select a from t join u using (a)", "select a from t cross join u"),
    (exp.Join, "method"): ("select a from t natural join u", "select t.a from t, u"),
    (exp.Lateral, "alias"): (
        "select x.c from lateral (select 1 c from dual) x",
        "select x.c from lateral (select 1 c from dual)",
    ),
    (exp.Lateral, "cross_apply"): (
        "select t.a from t cross apply (select 1 c from dual where t.a = 1) x",
        "select t.a from t outer apply (select 1 c from dual where t.a = 1) x",
    ),
    (exp.Table, "this"): ("select a from t", "select a from u"),
    (exp.Table, "db"): ("select count(*) from s.dual", "select count(*) from dual"),
    (exp.Table, "catalog"): ("select a from x.s.t", "select a from s.t"),
    (exp.Table, "alias"): ("select x.a from t x", "select x.a from t"),
    (exp.Table, "joins"): ("select 1 from (t join u on t.a = u.a)", "select 1 from t"),
    (exp.Table, "pivots"): ("select * from t pivot (sum(a) for g in (1))", "select * from t"),
    (exp.TableAlias, "this"): ("select x.a from t x", "select x.a from t y"),
    (exp.TableAlias, "columns"): (
        "with q (x) as (select a from t) select x from q",
        "with q as (select a from t) select x from q",
    ),
    (exp.Group, "expressions"): (
        "select count(*) from t group by g",
        "select count(*) from t group by a",
    ),
    (exp.Rollup, "expressions"): (
        "select count(*) from t group by rollup (g)",
        "select count(*) from t group by rollup (a)",
    ),
    (exp.Cube, "expressions"): (
        "select count(*) from t group by cube (g)",
        "select count(*) from t group by cube (g, a)",
    ),
    (exp.Order, "siblings"): (
        "select level l from t connect by prior a = a - 1 start with a = 1 order siblings by l",
        "select level l from t connect by prior a = a - 1 start with a = 1 order by l",
    ),
    (exp.Ordered, "desc"): ("select a from t order by a desc", "select a from t order by a asc"),
    (exp.Connect, "start"): (
        "select a from t connect by prior a = a - 1 start with a = 1",
        "select a from t connect by prior a = a - 1",
    ),
    (exp.Connect, "nocycle"): (
        "select a from t connect by nocycle prior a = a",
        "select a from t connect by prior a = a",
    ),
    (exp.Fetch, "count"): (
        "select a from t fetch first 2 rows only",
        "select a from t fetch first row only",
    ),
    (exp.Fetch, "limit_options"): (
        "select g from t order by g fetch first 1 row with ties",
        "select g from t order by g fetch first 1 row only",
    ),
    (exp.LimitOptions, "percent"): (
        "select a from t fetch first 3 percent rows only",
        "select a from t fetch first 3 rows only",
    ),
    (exp.LimitOptions, "with_ties"): (
        "select g from t order by g fetch first 1 row with ties",
        "select g from t order by g fetch first 1 row only",
    ),
    (exp.Lock, "expressions"): ("select a from t for update of nope", "select a from t for update"),
    (exp.Pivot, "expressions"): (
        "select * from (select g, a from t) pivot (sum(a) for g in (1))",
        "select * from (select g, a from t) pivot (count(a) for g in (1))",
    ),
    (exp.Pivot, "fields"): (
        "select * from (select g, a from t) pivot (sum(a) for g in (1))",
        "select * from (select g, a from t) pivot (sum(a) for g in (9))",
    ),
    (exp.Pivot, "unpivot"): (
        "select * from u unpivot (v for n in (a))",
        "select * from u pivot (v for n in (a))",
    ),
    (exp.Pivot, "alias"): (
        "select x.n from u unpivot (v for n in (a)) x",
        "select x.n from u unpivot (v for n in (a))",
    ),
    (exp.Pivot, "include_nulls"): (
        "select * from (select b from t) unpivot include nulls (v for n in (b))",
        "select * from (select b from t) unpivot (v for n in (b))",
    ),
    (exp.PivotAlias, "alias"): (
        "select x from (select g, a from t) pivot (sum(a) for g in (1 as x))",
        "select x from (select g, a from t) pivot (sum(a) for g in (1))",
    ),
    (exp.Schema, "this"): ("insert into r (a) values (8)", "insert into u (a, c) values (8, 8)"),
    (exp.Schema, "expressions"): ("insert into u (a) values (8)", "insert into u values (8)"),
    (exp.ConditionalInsert, "expression"): (
        "insert all when a > 1 then into r values (a) select a from t",
        "insert all when a > 2 then into r values (a) select a from t",
    ),
    (exp.ConditionalInsert, "else_"): (
        "insert first when a > 1 then into r values (a) else into r values (a) select a from t",
        "insert first when a > 1 then into r values (a) select a from t",
    ),
    (MergeBranch, "assignments"): (
        "merge into r using dual on (1 = 1) when matched then update set a = 9",
        "merge into r using dual on (1 = 1) when matched then update set nope = 9",
    ),
    (MergeBranch, "columns"): (
        "merge into u using dual on (1 = 2) when not matched then insert (a) values (9)",
        "merge into u using dual on (1 = 2) when not matched then insert values (9)",
    ),
    (MergeBranch, "values"): (
        "merge into r using dual on (1 = 2) when not matched then insert values (9)",
        "merge into r using dual on (1 = 2) when not matched then insert values (nope)",
    ),
    (MergeBranch, "where"): (
        "merge into t using dual on (1 = 1) when matched then update set g = 9 where a = 1",
        "merge into t using dual on (1 = 1) when matched then update set g = 9",
    ),
    (MergeBranch, "delete"): (
        "merge into t using dual on (1 = 1) when matched then update set g = 9"
        " delete where nope = 1",
        "merge into t using dual on (1 = 1) when matched then update set g = 9",
    ),
    (exp.Alias, "alias"): ("select x from (select a x from t)", "select x from (select a from t)"),
    (exp.Anonymous, "expressions"): ("select count(b) from t", "select count(a) from t"),
    (exp.Case, "this"): (
        "select case a when 1 then 2 end from t",
        "select case when a = 2 then 2 end from t",
    ),
    (exp.Case, "default"): (
        "select case a when 1 then 2 else 3 end from t",
        "select case a when 1 then 2 end from t",
    ),
    (exp.Cast, "default"): (
        "select cast('x' as number default 7 on conversion error) from dual",
        "select cast('x' as number) from dual",
    ),
    (exp.Column, "table"): ("select u.a from t, u", "select t.a from t, u"),
    (exp.Column, "db"): ("select nope.t.a from t", "select s.t.a from s.t"),
    (exp.Column, "catalog"): ("select nope.s.t.a from s.t", "select s.t.a from s.t"),
    (exp.Column, "join_mark"): (
        "select t.a from t, u where t.a = u.a (+)",
        "select t.a from t, u where t.a = u.a",
    ),
    (exp.DataType, "expressions"): (
        "select cast(1.26 as number(3, 1)) from dual",
        "select cast(1.26 as number) from dual",
    ),
    (exp.DataType, "kind"): (
        "select cast(sys.odcinumberlist(1) as sys.odcinumberlist) from dual",
        "select cast(sys.odcinumberlist(1) as sys.nope) from dual",
    ),
    (exp.DataTypeParam, "expression"): (
        "select cast('ãã' as varchar2(2 char)) from dual",
        "select cast('ãã' as varchar2(2 byte)) from dual",
    ),
    (exp.Distinct, "expressions"): ("select count(distinct g) from t", "select count(g) from t"),
    (exp.Identifier, "quoted"): ('select "a" from t', "select a from t"),
    (exp.Interval, "this"): (
        "select interval '1' day from dual",
        "select interval '2' day from dual",
    ),
    (exp.Interval, "unit"): (
        "select interval '1' day from dual",
        "select interval '1' hour from dual",
    ),
    (exp.Placeholder, "this"): ("select a from t where a = :n", "select a from t where a = :n + 1"),
    (exp.Trim, "expression"): (
        "select trim('x' from 'xax') from dual",
        "select trim('xax') from dual",
    ),
    (exp.Trim, "position"): (
        "select trim(leading 'x' from 'xax') from dual",
        "select trim(both 'x' from 'xax') from dual",
    ),
    (exp.Tuple, "expressions"): (
        "select a from t where (a, g) = ((1, 1))",
        "select a from t where (a, g) = ((1, 2))",
    ),
    (exp.Window, "partition_by"): (
        "select count(*) over (partition by g) from t",
        "select count(*) over () from t",
    ),
    (exp.Window, "order"): (
        "select count(*) over (order by a) from t",
        "select count(*) over () from t",
    ),
    (exp.Window, "spec"): (
        "select count(*) over (order by a rows 1 preceding) from t",
        "select count(*) over (order by a) from t",
    ),
    (exp.Window, "alias"): (
        "select max(a) keep (dense_rank first order by g) from t",
        "select max(a) keep (nope first order by g) from t",
    ),
    (exp.Window, "over"): (
        "select count(*) over () from t",
        "select count(*) from t",
    ),
    (exp.Window, "first"): (
        "select max(a) keep (dense_rank first order by g) from t",
        "select max(a) keep (dense_rank last order by g) from t",
    ),
    (exp.WindowSpec, "kind"): (
        "select count(*) over (order by g rows unbounded preceding) from t",
        "select count(*) over (order by g range unbounded preceding) from t",
    ),
    (exp.WindowSpec, "start"): (
        "select count(*) over (order by a rows 1 preceding) from t",
        "select count(*) over (order by a rows unbounded preceding) from t",
    ),
    (exp.WindowSpec, "start_side"): (
        "select count(*) over (order by a rows between 1 preceding and 1 following) from t",
        "select count(*) over (order by a rows between 1 following and 1 following) from t",
    ),
    (exp.WindowSpec, "end"): (
        "select count(*) over (order by a rows between 1 preceding and 1 following) from t",
        "select count(*) over (order by a rows between 1 preceding and 2 following) from t",
    ),
    (exp.WindowSpec, "end_side"): (
        "select count(*) over (order by a rows between 1 preceding and 1 following) from t",
        "select count(*) over (order by a rows between 1 preceding and 1 preceding) from t",
    ),
    (exp.WithinGroup, "expression"): (
        "select listagg(a, ',') within group (order by a) from t",
        "select listagg(a, ',') within group (order by a desc) from t",
    ),
    (JsonCall, "expressions"): (
        "select json_array(1, 2) from dual",
        "select json_array(1) from dual",
    ),
    (JsonCall, "formats"): (
        "select json_array('[1]' format json) from dual",
        "select json_array('[1]') from dual",
    ),
    (JsonCall, "path"): (
        f"select json_value({_DOCUMENT}, '$.b') from dual",
        f"select json_value({_DOCUMENT}, '$.a[0]') from dual",
    ),
    (JsonCall, "order"): (
        "select json_arrayagg(a order by a desc) from t",
        "select json_arrayagg(a order by a) from t",
    ),
    (JsonCall, "returning"): (
        f"select json_value({_DOCUMENT}, '$.a[0]' returning number) from dual",
        f"select json_value({_DOCUMENT}, '$.a[0]') from dual",
    ),
    (JsonCall, "options"): (
        f"select json_value({_DOCUMENT}, '$.z' error on empty) from dual",
        f"select json_value({_DOCUMENT}, '$.z') from dual",
    ),
    (JsonCall, "default_on_error"): (
        f"select json_value({_DOCUMENT}, '$' default 'q' on error) from dual",
        f"select json_value({_DOCUMENT}, '$' default 'r' on error) from dual",
    ),
    (JsonCall, "default_on_empty"): (
        f"select json_value({_DOCUMENT}, '$.z' default 'q' on empty) from dual",
        f"select json_value({_DOCUMENT}, '$.z' default 'r' on empty) from dual",
    ),
    (JsonCall, "passing"): (
        f"select a from t where json_exists({_DOCUMENT}, '$?(@.b == $v)' passing 'x' as \"v\")",
        f"select a from t where json_exists({_DOCUMENT}, '$?(@.b == $v)' passing 'y' as \"v\")",
    ),
    (JsonCall, "star"): (
        "select json_object(*) from u",
        "select json_object('a' value a) from u",
    ),
    (JsonCall, "columns"): (
        f"select * from json_table({_DOCUMENT}, '$' columns (b path '$.b'))",
        f"select * from json_table({_DOCUMENT}, '$' columns (b path '$.c'))",
    ),
    (Multiset, "only"): (
        "select cardinality(numbers(1, 1) multiset union distinct numbers(1)) from dual",
        "select cardinality(numbers(1, 1) multiset union numbers(1)) from dual",
    ),
    (CollectionTest, "expression"): (
        "select a from t where a member of numbers(1)",
        "select a from t where a member of numbers(2)",
    ),
    (exp.In, "expressions"): ("select a from t where a in (1)", "select a from t where a in (2)"),
    (exp.In, "query"): (
        "select a from t where a in (select 1 from dual)",
        "select a from t where a in (select 2 from dual)",
    ),
    (exp.JSON, "with_"): (
        'select a from t where \'{"a":1,"a":2}\' is json with unique keys',
        'select a from t where \'{"a":1,"a":2}\' is json',
    ),
    (exp.Like, "negate"): (
        "select a from t where b not like 'x'",
        "select a from t where b like 'x'",
    ),
}
# What only a second session can see; the test that shows it.
ELSEWHERE = {
    (exp.Select, "locks"): test_sql_locks.test_skip_locked_leaves_out_what_others_hold,
    (exp.Lock, "wait"): test_sql_locks.test_nowait_and_wait_end_with_their_own_errors,
}
# Words that may be left out: they are the default, or the other spelling of the same.
NOISE = {
    "all": "the default of SELECT, UNION … and of aggregates",
    "as": "optional before the alias of a column",
    "asc": "the default order",
    "outer": "LEFT JOIN is LEFT OUTER JOIN",
    "inner": "JOIN is INNER JOIN",
    "row": "ROW and ROWS are synonyms",
    "rows": "ROW and ROWS are synonyms",
    "from": "DELETE FROM t is DELETE t",
    "last": "NULLS LAST is the default of ascending order",
    "of": "MEMBER OF is MEMBER",
    "nulls": "NULLS LAST is the default of ascending order",
}


def optional_parts() -> Iterator[tuple[type, str]]:
    for kind, parts in ACTED_ON.items():
        for part in sorted(parts):
            if not kind.arg_types.get(part):  # type: ignore[attr-defined]
                yield kind, part


def called(value: Any) -> str:
    return value.__name__ if isinstance(value, type) else str(value)


@pytest.fixture(scope="module", autouse=True)
def tables(schema: Sql) -> None:
    schema.execute("create table t (a number, g number, b varchar2(5))")
    schema.execute("create table u (a number, c number)")
    schema.execute("create table r (a number)")
    schema.execute("create type numbers as table of number")
    schema.execute("insert into t values (1, 1, 'x')")
    schema.execute("insert into t values (2, 1, 'y')")
    schema.execute("insert into t values (3, 2, null)")
    schema.execute("insert into u values (1, 5)")
    schema.execute("insert into u values (1, 6)")
    schema.execute("insert into r values (1)")
    schema.session.commit()


def outcome(sql: Sql, statement: str) -> Any:
    """What a statement gives: its rows, the rows it touched, or the code of its refusal."""
    binds = [{"N": "1"}] if ":n" in statement else []
    options = {"returning": ["x"]} if ":x" in statement else {}
    try:
        result = sql.execute(statement, *binds, **options)
        if result.cursor is not None:
            return result.cursor.fetch(99)
        state = sql.rows("select a, null, null from r union all select a, g, 'u' from t order by 1")
        return result.rowcount, state
    except OraError as error:
        return error.code


def test_every_optional_part_has_an_example_of_its_effect() -> None:
    assert {*EFFECTS, *ELSEWHERE} == set(optional_parts())


@pytest.mark.parametrize(("kind", "part"), sorted(EFFECTS, key=str), ids=called)
def test_a_part_that_is_accepted_has_an_effect(sql: Sql, kind: type, part: str) -> None:
    with_it, without = EFFECTS[kind, part]
    tree = dialect.parse(with_it).tree
    assert tree is not None
    found = [node for node in tree.walk() if type(node) is kind and node.args.get(part)]
    assert found or any(
        type(node) is kind and node.args.get(part) is False for node in tree.walk()
    ), f"no {kind.__name__}.{part} in {with_it}"
    first = outcome(sql, with_it)
    sql.session.rollback()
    second = outcome(sql, without)
    assert first != second


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        (kind, part)
        for kind, parts in ACTED_ON.items()
        for part in kind.arg_types  # type: ignore[attr-defined]
        if part not in parts and (kind, part) not in WITHOUT_MEANING
    ],
    ids=called,
)
def test_a_part_that_nothing_acts_on_is_refused(kind: type, part: str) -> None:
    with pytest.raises(OraError, match=r"ORA-03001: unimplemented feature: |ORA-00933|ORA-14501"):
        accepted.check(kind(**{part: True}))


def test_a_class_that_nothing_acts_on_is_refused() -> None:
    with pytest.raises(OraError, match="unimplemented feature: ILIKE"):
        accepted.check(exp.ILike(this=exp.Null(), expression=exp.Null()))


@pytest.mark.parametrize("statement", sorted({one for pair in EFFECTS.values() for one in pair}))
def test_no_word_is_dropped_before_the_tree(statement: str) -> None:
    """Without any one of its words a statement is another one, or none at all."""
    try:
        whole = dialect.parse(statement)
    except OraError:
        return
    silent = []
    for token in dialect.parse(statement).tokens:
        word = statement[token.start : token.end + 1].lower()
        if not word.isalpha() or word in NOISE or token.token_type == TokenType.STRING:
            continue
        shorter = f"{statement[: token.start]} {statement[token.end + 1 :]}"
        try:
            rest = dialect.parse(shorter)
        except OraError:
            continue
        if meaning(rest.tree) == meaning(whole.tree):
            silent.append(word)
    assert silent == []


def meaning(tree: Any) -> str:
    return "\n".join(f"{node!r} {_notes(node)}" for node in tree.walk())


def _notes(node: Any) -> dict[str, Any]:
    skipped = ("start", "end", "line", "col", "span")
    return {key: repr(value) for key, value in (node._meta or {}).items() if key not in skipped}


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("select * from t as x", 933),
        ("select * from (select a from t) as x", 933),
        ("delete from t as x where x.a = 1", 933),
        ("update t as x set x.a = 1", 933),
        ("select t.a from t cross join u on t.a = u.a", 933),
        ("insert r values (1)", 925),
        ("insert into r set a = 1", 926),
        ("merge r using dual on (1 = 1) when matched then update set a = 1", 925),
        ("merge into r using dual on (1 = 1) when matched update set a = 1", 905),
        ("select case when a = 1 1 end from t", 905),
        ("select case a when 1 then (case when a = 2 2 end) end from t", 905),
        ("insert all when a = 1 into r values (a) select a from t", 905),
        ("select count(*) over (order by a rows 1 preceding and 1 following) from t", 907),
        ("select a from t fetch first 1 row", 933),
        ("with p as (select 1 from dual) with q as (select 1 from dual) select 1 from q", 928),
        ("select max(a) keep (rank first order by g) from t", 2000),
        ("select interval '100' day from dual", 1873),
        ("delete from t order by a", 933),
        ("update t set a = 1 from u", 933),
    ],
)
def test_what_the_parser_would_let_pass_is_refused(sql: Sql, statement: str, code: int) -> None:
    assert sql.error(statement).code == code


def test_a_row_limit_of_a_query_in_two_parentheses_counts(sql: Sql) -> None:
    assert sql.rows("select * from ((select a from t) order by a desc fetch first 1 row only)") == [
        (3,)
    ]


def test_the_precisions_of_an_interval_count(sql: Sql) -> None:
    assert sql.one("select extract(day from interval '100' day(3)) from dual") == 100
    assert sql.one("select extract(second from interval '1.26' second(2,1)) from dual") == Decimal(
        "1.3"
    )

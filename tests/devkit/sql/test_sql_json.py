"""SQL/JSON: compact text out, ordered documents in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Sql

DOC = """'{"id":7,"name":"A\\"ção","tags":["x","y"],"deep":{"n":null,"f":1.50,"t":true,"s":""}}'"""

CASES: list[tuple[str, str, Any]] = [
    ("JSON_OBJECT is compact",
     "json_object('id' value 1, 'name' value 'x', 'd' value date '2024-02-29')",
     '{"id":1,"name":"x","d":"2024-02-29T00:00:00"}'),
    ("with KEY and colons", "json_object(key 'a' value 1, 'b' : 0.5)", '{"a":1,"b":0.5}'),
    ("NULL ON NULL is the default of objects", "json_object('a' value null, 'b' value '')",
     '{"a":null,"b":null}'),
    ("ABSENT ON NULL leaves out", "json_object('a' value null, 'b' value 2 absent on null)", '{"b":2}'),
    ("text is escaped", "json_object('a' value 'q\"' || chr(10))", r'{"a":"q\"\n"}'),
    ("nested calls stay JSON", "json_object('a' value json_array(1, 'x', null))", '{"a":[1,"x"]}'),
    ("FORMAT JSON embeds", "json_object('a' value '[1]' format json)", '{"a":[1]}'),
    ("arrays keep NULL when asked", "json_array(1, null null on null)", "[1,null]"),
    ("JSON_VALUE of text", f"json_value({DOC}, '$.name')", 'A"ção'),
    ("JSON_VALUE as a number", f"json_value({DOC}, '$.deep.f' returning number) * 2", 3),
    ("JSON_VALUE of a boolean", f"json_value({DOC}, '$.deep.t')", "true"),
    ("JSON_VALUE of an empty string is NULL", f"json_value({DOC}, '$.deep.s')", None),
    ("JSON_VALUE of an object is NULL", f"json_value({DOC}, '$.deep')", None),
    ("JSON_VALUE of what is not there takes the default",
     f"json_value({DOC}, '$.nope' returning number default 9 on empty)", 9),
    ("JSON_VALUE of no JSON is NULL", "json_value('{oops', '$.a')", None),
    ("JSON_VALUE by position", f"json_value({DOC}, '$.tags[1]')", "y"),
    ("JSON_QUERY keeps the order of keys", f"json_query({DOC}, '$.deep')",
     '{"n":null,"f":1.50,"t":true,"s":""}'),
    ("JSON_QUERY takes white space out", """json_query('{"a" : [ 1, "x y" ] }', '$.a')""", '[1,"x y"]'),
    ("JSON_QUERY of a scalar needs a wrapper", f"json_query({DOC}, '$.id')", None),
    ("WITH WRAPPER", f"json_query({DOC}, '$.tags[*]' with wrapper)", '["x","y"]'),
    ("JSON_EXISTS", f"case when json_exists({DOC}, '$.deep.n') then 'y' else 'n' end", "y"),
    ("IS JSON", "case when '{}' is json and 'x' is not json then 'y' end", "y"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "expected"), [pytest.param(e, x, id=r) for r, e, x in CASES]
)
def test_a_json_function_gives_oracles_value(sql: Sql, expression: str, expected: Any) -> None:
    assert sql.one(f"select {expression} from dual") == expected


def test_json_table_walks_nested_paths(sql: Sql) -> None:
    rows = sql.rows(
        """select t.* from json_table(
             '[{"id":1,"name":"a","items":[{"q":2},{"q":3}]},{"id":2,"items":[]}]', '$[*]'
             columns (rn for ordinality, id number path '$.id', name varchar2(5) path '$.name',
                      raw_items varchar2(100) format json path '$.items',
                      has_name varchar2(5) exists path '$.name',
                      nested path '$.items[*]' columns (q number path '$.q'))) t"""
    )
    assert rows == [
        (1, 1, "a", '[{"q":2},{"q":3}]', "true", 2),
        (1, 1, "a", '[{"q":2},{"q":3}]', "true", 3),
        (2, 2, None, "[]", "false", None),
    ]


def test_json_table_reads_a_column_of_each_row(sql: Sql) -> None:
    rows = sql.rows(
        """select d.k, j.v from (select 1 k, '["a","b"]' doc from dual union all
             select 2, '[]' from dual) d, json_table(d.doc, '$[*]' columns (v varchar2(3) path '$')) j
           order by 1, 2"""
    )
    assert rows == [(1, "a"), (1, "b")]


def test_aggregates_build_documents_in_order(sql: Sql) -> None:
    source = (
        "(select level n, decode(level, 2, null, 'v' || level) v from dual connect by level < 4)"
    )
    assert sql.one(f"select json_arrayagg(v order by n desc) from {source}") == '["v3","v1"]'
    assert sql.one(f"select json_arrayagg(v order by n null on null) from {source}") == (
        '["v1",null,"v3"]'
    )
    assert sql.one(f"select json_objectagg(key 'k' || n value v) from {source} where n < 3") == (
        '{"k1":"v1","k2":null}'
    )
    assert sql.one(f"select json_arrayagg(n) from {source} where n > 9") is None


def test_errors_are_raised_only_when_asked_for(sql: Sql) -> None:
    assert sql.error("select json_value('{oops', '$.a' error on error) from dual").code == 40441
    assert sql.error("select json_value('{}', '$.a' error on empty) from dual").code == 40462
    assert sql.error("select json_array(rpad('x', 4000, 'x')) from dual").code == 40478
    assert len(sql.one("select json_array(rpad('x', 4000, 'x') returning clob) from dual")) == 4004


LEADS = """'[{"step":"lead","done":true},{"step":"contact","done":true,"id":7,"sent":{"a":1}}]'"""


def table(columns: str, on_error: str = "", document: str = LEADS) -> str:
    return f"select j.* from json_table({document}, '$[*]' {on_error} columns ({columns})) j"


def test_error_on_error_of_the_table_covers_a_field_that_is_missing(sql: Sql) -> None:
    columns = "step varchar2(10) path '$.step', id number path '$.id'"
    assert sql.rows(table(columns)) == [("lead", None), ("contact", 7)]
    assert sql.rows(table(columns, "null on error")) == [("lead", None), ("contact", 7)]
    assert sql.error(table(columns, "error on error")).code == 40462
    assert sql.rows(table(columns + " null on empty", "error on error")) == [
        ("lead", None),
        ("contact", 7),
    ]
    assert sql.rows(table(columns + " null on error", "error on error")) == [
        ("lead", None),
        ("contact", 7),
    ]
    assert sql.rows(table(columns + " default -1 on empty", "error on error"))[0] == ("lead", -1)
    query = "sent varchar2(50) format json path '$.sent'"
    assert sql.error(table(query, "error on error")).code == 40462
    assert sql.rows(table(query + " null on empty", "error on error")) == [
        (None,),
        ('{"a":1}',),
    ]
    nested = "nested path '$' columns (id number path '$.id')"
    assert sql.error(table(nested, "error on error")).code == 40462


def test_error_on_error_of_the_table_covers_values_and_rows_too(sql: Sql) -> None:
    assert sql.rows(table("step varchar2(4) path '$.step'")) == [("lead",), (None,)]
    assert sql.error(table("step varchar2(4) path '$.step'", "error on error")).code == 40478
    assert sql.error(table("step number path '$.step'", "error on error")).code == 1722
    assert sql.error(table("v varchar2(9) path '$'", "error on error")).code == 40456
    assert sql.rows(table("v varchar2(9) path '$'", document="'[]'")) == []
    assert sql.error(table("v varchar2(9) path '$'", "error on error", "'[]'")).code == 40462
    assert sql.error(table("v varchar2(9) path '$'", "error on error", "'[oops'")).code == 40441
    assert sql.rows(table("v varchar2(9) path '$'", "error on error", "to_clob(null)")) == []


def test_a_column_without_path_is_the_field_of_its_name_as_written(sql: Sql) -> None:
    document = """'{"id":1,"ID":2,"unitPrice":3}'"""
    rows = sql.rows(
        f"select j.* from json_table({document}, '$' columns (id number, unitPrice number, nope number)) j"
    )
    assert rows == [(1, 3, None)]
    assert sql.rows(
        f"""select j.* from json_table({document}, '$' columns ("ID" number, "unitPrice" number)) j"""
    ) == [(2, 3)]
    assert sql.rows(
        f"select j.* from json_table({document}, '$' columns (id exists, unitprice exists)) j"
    ) == [("true", "false")]


EMPTIES: list[tuple[str, str, Any]] = [
    ("without clauses a missing field is NULL", "json_value('{}', '$.a')", None),
    ("ON ERROR covers a missing field", "json_value('{}', '$.a' default 'e' on error)", "e"),
    ("each default has its own case",
     "json_value('{}', '$.a' default 'e' on error default 'm' on empty)", "m"),
    ("a default of the other case",
     "json_value('{\"a\":[]}', '$.a' default 'e' on error default 'm' on empty)", "e"),
    ("a JSON null is neither",
     "json_value('{\"a\":null}', '$.a' default 'e' on error default 'm' on empty)", None),
    ("NULL ON EMPTY beside a default", "json_value('{}', '$.a' default 'e' on error null on empty)", None),
    ("a value that is too long is an error",
     "json_value('{\"a\":\"xyz\"}', '$.a' returning varchar2(2) default 'e' on error)", "e"),
    ("a number that does not fit is an error",
     "json_value('{\"a\":1234}', '$.a' returning number(3))", None),
    ("a text that is no number is an error",
     "json_value('{\"a\":\"x\"}', '$.a' returning number default 5 on error)", 5),
    ("JSON_QUERY: EMPTY ARRAY ON EMPTY", "json_query('{}', '$.a' empty array on empty)", "[]"),
    ("JSON_QUERY: EMPTY OBJECT ON ERROR covers what is missing",
     "json_query('{}', '$.a' empty object on error)", "{}"),
    ("JSON_QUERY: an error is not a missing field",
     "json_query('{\"a\":1}', '$.a' empty array on empty)", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "expected"), [pytest.param(e, x, id=r) for r, e, x in EMPTIES]
)
def test_on_error_and_on_empty_are_told_apart(sql: Sql, expression: str, expected: Any) -> None:
    assert sql.one(f"select {expression} from dual") == expected


def test_error_on_error_without_on_empty_raises_for_a_missing_field(sql: Sql) -> None:
    for name in ("json_value", "json_query"):
        assert sql.error(f"select {name}('{{}}', '$.a' error on error) from dual").code == 40462
        assert sql.error(f"select {name}('{{}}', '$.a' error on empty) from dual").code == 40462
        assert (
            sql.one(f"select {name}('{{}}', '$.a' error on error null on empty) from dual") is None
        )

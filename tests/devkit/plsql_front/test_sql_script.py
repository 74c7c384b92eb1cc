"""Scripts are split where SQL*Plus would split them; what it would skip or repeat is an error."""

from __future__ import annotations

import pytest

from devkit.oracle.sql.script import ItemKind, ScriptError, ScriptItem, split_script


def texts(script: str, **options: object) -> list[str]:
    return [item.text for item in split_script(script, **options)]  # type: ignore[arg-type]


def kinds(script: str) -> list[tuple[str, int]]:
    return [(item.kind.value, item.line) for item in split_script(script)]


def test_sql_ends_at_a_semicolon_or_a_slash() -> None:
    assert texts("select 1 from dual;\nselect 2\nfrom dual\n/\n") == [
        "select 1 from dual",
        "select 2\nfrom dual",
    ]


@pytest.mark.parametrize(
    "unit",
    [
        "begin\n  null;\nend;",
        "declare\n  x number;\nbegin\n  null;\nend;",
        "<<l>>\nbegin null; end;",
        "create or replace package p is\n  x number;\nend;",
        "create package body p is begin null; end;",
        "create or replace editionable procedure p is begin null; end;",
        "create noneditionable function f return number is begin return 1; end;",
        "CREATE OR REPLACE TRIGGER t BEFORE INSERT ON x BEGIN NULL; END;",
        "create or replace\ntype t is table of number;",
        "create\nor replace\n\npackage p is\n\nend;",
        "with function f return number is begin return 1; end;\nselect f from dual",
        "/* a comment first; */ begin null; end;",
    ],
)
def test_a_plsql_unit_ends_only_at_a_slash(unit: str) -> None:
    items = split_script(f"{unit}\n/\nselect 1 from dual;\n")
    assert [item.kind for item in items] == [ItemKind.PLSQL, ItemKind.SQL]
    assert items[0].text == unit[unit.index("begin") if unit.startswith("/*") else 0 :]


@pytest.mark.parametrize("text", ["create type t;", "call p(1);", "create table x (a number);"])
def test_only_units_wait_for_the_slash(text: str) -> None:
    expected = ItemKind.PLSQL if "type" in text else ItemKind.SQL
    script = text + ("\n/\n" if expected is ItemKind.PLSQL else "\n")
    assert split_script(script)[0].kind is expected


@pytest.mark.parametrize(
    "statement",
    [
        "select q'[a;b]' from dual",
        "select 'a;b' from dual",
        "select 'it''s; fine' from dual",
        "select 1 /* ; */ from dual",
        "select 1 -- ; x\nfrom dual",
        'select 1 as "a;b" from dual',
        "select 'two\nlines; \\\n' from dual",
        "select nq'{;}', q'!;!' from dual",
        "select 10 / 2 from dual",
        "select 10\n/ 2 from dual",
        "select /* '\n; ' */ 1 from dual",
    ],
)
def test_strings_and_comments_hide_their_semicolons_and_slashes(statement: str) -> None:
    assert texts(f"{statement};\nselect 2 from dual;") == [statement, "select 2 from dual"]


def test_lines_and_sources_are_given() -> None:
    script = "-- first\n\nselect 1\nfrom dual;\n\nbegin\n  null;\nend;\n/\n"
    items = split_script(script, source="x.sql")
    assert [(i.kind.value, i.line, i.source) for i in items] == [
        ("sql", 3, "x.sql"),
        ("plsql", 6, "x.sql"),
    ]


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm() -> None:
    assert texts("\ufeffbegin\r\n  null;\r\nend;\r\n/\r\n") == ["begin\n  null;\nend;"]


# --------------------------------------------------------------------------- client commands


def test_client_commands_end_with_the_line() -> None:
    items = split_script(
        "set define off\nprompt it's; here\nwhenever sqlerror exit failure rollback;\nshow errors\n"
        "select 1 from dual;"
    )
    assert [(i.kind.value, i.command, i.text) for i in items] == [
        ("command", "SET", "define off"),
        ("command", "PROMPT", "it's; here"),
        ("command", "WHENEVER", "sqlerror exit failure rollback"),
        ("command", "SHOW", "errors"),
        ("sql", "", "select 1 from dual"),
    ]


def test_a_command_may_be_abbreviated_and_continued() -> None:
    items = split_script("pro a -\n b\nsho err\n")
    assert [(i.command, i.text.split()) for i in items] == [
        ("PROMPT", ["a", "b"]),
        ("SHOW", ["err"]),
    ]


@pytest.mark.parametrize(
    "statement", ["set role none", "set transaction read only", "set constraints all deferred"]
)
def test_three_kinds_of_set_are_sql(statement: str) -> None:
    assert kinds(f"{statement};") == [("sql", 1)]


def test_a_command_word_inside_a_statement_is_not_a_command() -> None:
    assert texts("update t\nset a = 1\n/\n") == ["update t\nset a = 1"]


def test_exec_is_a_block() -> None:
    items = split_script("exec p(1);\n")
    assert [(i.kind, i.text) for i in items] == [(ItemKind.PLSQL, "BEGIN p(1); END;")]


def test_exit_ends_the_script() -> None:
    assert kinds("exit\nselect 1 from dual;") == [("command", 1)]


def test_remarks_are_comments() -> None:
    assert kinds("rem it's only a remark\nselect 1 from dual;") == [("sql", 2)]


def test_comments_between_statements_are_given_on_request() -> None:
    script = "select 1 from dual;\n-- expect: 1\n-- and\n\nselect 2 from dual;"
    items = split_script(script, comments=True)
    assert [(i.kind.value, i.text, i.line) for i in items] == [
        ("sql", "select 1 from dual", 1),
        ("comment", "-- expect: 1", 2),
        ("comment", "-- and", 3),
        ("sql", "select 2 from dual", 5),
    ]


# --------------------------------------------------------------------------- included scripts


def test_included_scripts_stand_in_their_place() -> None:
    asked: list[tuple[str, str | None]] = []

    def include(name: str, parent: str | None) -> tuple[str, str]:
        asked.append((name, parent))
        inner = "select 2 from dual;\n@@deeper\n"
        return f"{name}.sql", inner if name == "inner" else "select 3 from dual;"

    items = split_script(
        "select 1 from dual;\n@inner\nselect 4 from dual;", source="top.sql", include=include
    )
    assert [(i.text[7], i.source, i.line) for i in items] == [
        ("1", "top.sql", 1),
        ("2", "inner.sql", 1),
        ("3", "deeper.sql", 1),
        ("4", "top.sql", 3),
    ]
    assert asked == [("inner", None), ("deeper", "inner.sql")]


def test_including_without_a_resolver_is_refused() -> None:
    with pytest.raises(ScriptError, match="cannot be included"):
        split_script("@other\n")


# --------------------------------------------------------------------------- substitution


def test_variables_are_replaced_everywhere_while_define_is_on() -> None:
    variables = {"OWNER": "ERP"}
    script = (
        "define t = 'clients'\nselect '&owner' -- &t\nfrom &owner..&&t;\n"
        "set define off\nselect '&owner' from dual;"
    )
    found = texts(script, variables=variables)
    assert found[1] == "select 'ERP' -- clients\nfrom ERP.clients"
    assert found[-1] == "select '&owner' from dual"
    assert variables["T"] == "clients"


def test_an_undefined_variable_is_an_error() -> None:
    with pytest.raises(ScriptError, match="&MISSING"):
        split_script("select &missing from dual;", variables={})


def test_without_variables_an_ampersand_is_text() -> None:
    assert texts("select 'R&D' from dual;") == ["select 'R&D' from dual"]


# --------------------------------------------------------------------------- what would go wrong


@pytest.mark.parametrize(
    ("script", "line", "text"),
    [
        ("select 1 from dual;\n/\n", 2, "line 1 again"),
        ("begin null; end;\n/\n/\n", 3, "line 1 again"),
        ("/\n", 1, "without a statement"),
        ("select 1\n\nfrom dual;", 2, "blank line"),
        ("select 1 from dual", 1, "no end"),
        ("begin\n  null;\nend;\n", 1, "no end"),
        ("host rm -rf x\n!ls\n", 2, "host"),
        ("select 1 from dual; select 2 from dual;", 1, "only at the end of a line"),
        ("select 1 from dual; -- done\n", 1, "only at the end of a line"),
        ("comment on table a is 'one;\ntwo';\n", 1, "inside a literal"),
        ("select q'[one;\ntwo]' from dual;\n", 1, "inside a literal"),
        ('select 1 as "a;\nb" from dual;\n', 1, "inside a literal"),
        ("select *\n-- comment;\nfrom dual;\n", 2, "inside a literal or comment"),
        ("select 1 /* one;\n */ from dual;\n", 1, "inside a literal or comment"),
        ("select 'one\n\ntwo' from dual;\n", 2, "blank line"),
        ("select 'one\n/\ntwo' from dual;\n", 2, "'/' alone on a line"),
        ("begin\n  /* one\n/\n */ null;\nend;\n/\n", 3, "'/' alone on a line"),
        ("select 'one\n.\ntwo' from dual;\n", 2, "'.' alone on a line"),
        ("select 'one\n#two' from dual;\n", 2, "client command"),
        ("begin\n  @other.sql\n  null;\nend;\n/\n", 2, "client command"),
        ("create package p is\n  /* about\n  @param x */\nend;\n/\n", 3, "client command"),
        ("select 200 -\n100 from dual;\n", 1, "joins it"),
        ("select 'one -\ntwo' from dual;\n", 1, "joins it"),
        ("begin\n  x := 200 -\n    100;\nend;\n/\n", 2, "joins it"),
        ("select '" + "x" * 2500 + "' from dual;\n", 1, "2499 bytes"),
        ("/*no blank*/\nselect 1 from dual;\n", 1, "without a blank"),
        ("create /* x */ or replace procedure p is begin null; end;\n/\n", 1, "first words"),
        ("create or replace\n-- x\ntype t is table of number;\n/\n", 3, "first words"),
    ],
)
def test_what_sqlplus_would_skip_or_repeat_is_an_error(script: str, line: int, text: str) -> None:
    with pytest.raises(ScriptError, match=text) as caught:
        split_script(script, source="x.sql")
    assert caught.value.line == line
    assert str(caught.value).startswith(f"x.sql:{line}: ")


def test_blank_lines_are_fine_when_allowed_and_in_units() -> None:
    assert len(split_script("set sqlblanklines on\nselect 1\n\nfrom dual;")) == 2
    assert len(split_script("begin\n\n  null;\n\nend;\n/\n")) == 1


def test_a_dot_drops_the_buffer() -> None:
    assert texts("select 1\n.\nselect 2 from dual;") == ["select 2 from dual"]


def test_an_item_is_a_value() -> None:
    expected = ScriptItem(ItemKind.SQL, "select 1 from dual", 1)
    assert split_script("select 1 from dual;") == [expected]

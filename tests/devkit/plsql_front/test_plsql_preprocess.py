"""Conditional compilation: which branch is live, and that nothing moves."""

from __future__ import annotations

import pytest

from devkit.oracle.plsql.lexer import significant, tokenize
from devkit.oracle.plsql.preprocess import StaticValue, preprocess
from devkit.oracle.plsql.tokens import Kind, PlsqlSyntaxError


def live(text: str, **flags: StaticValue) -> list[str]:
    return [t.value for t in significant(preprocess(tokenize(text), flags))[:-1]]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [({"A": True}, ["1"]), ({"B": True}, ["2"]), ({"A": True, "B": True}, ["1"]), ({}, ["3"])],
)
def test_the_first_true_branch_is_live(flags: dict[str, StaticValue], expected: list[str]) -> None:
    assert live("$if $$a $then 1 $elsif $$b $then 2 $else 3 $end", **flags) == expected


def test_without_else_nothing_is_left() -> None:
    assert live("a $if $$x $then b $end c") == ["A", "C"]


def test_a_directive_may_stand_inside_an_expression() -> None:
    assert live("x := 1 + $if $$big $then 100 $else 2 $end;", BIG=True) == [
        "X",
        ":=",
        "1",
        "+",
        "100",
        ";",
    ]


def test_directives_nest_and_a_dead_branch_is_not_evaluated() -> None:
    text = "$if $$a $then 1 $if nobody.knows $then 2 $end $else $if $$b $then 3 $else 4 $end $end"
    assert live(text, B=True) == ["3"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("$$n > 3", True),
        ("$$n = 5 and not $$off", True),
        ("$$missing", False),
        ("$$missing is null", True),
        ("$$n is not null", True),
        ("$$missing > 3", False),
        ("($$n < 3) or $$s = 'x'", True),
        ("dbms_db_version.ver_le_19", True),
        ("sys.dbms_db_version.ver_le_18", False),
        ("dbms_db_version.ver_le_12_2", False),
        ("dbms_db_version.version >= 12", True),
        ("true and null is null", True),
        ("$$n <> -5", True),
    ],
)
def test_static_conditions_follow_three_valued_logic(condition: str, expected: bool) -> None:
    found = live(f"$if {condition} $then yes $else no $end", N=5, OFF=False, S="x")
    assert found == ["YES" if expected else "NO"]


def test_inquiry_directives_take_kind_and_value_but_keep_their_text() -> None:
    text = "a := $$plsql_line; b := $$unit; c := $$on; d := $$none;"
    found = preprocess(tokenize("\n" + text), {"UNIT": "P", "ON": True})
    tokens = {t.text: (t.kind, t.value) for t in found}
    assert tokens["$$plsql_line"] == (Kind.NUMBER, "2")
    assert tokens["$$unit"] == (Kind.STRING, "P")
    assert tokens["$$on"] == (Kind.IDENT, "TRUE")
    assert tokens["$$none"] == (Kind.IDENT, "NULL")


def test_dead_tokens_stay_in_the_list_marked() -> None:
    text = "a $if $$x $then b $end c"
    tokens = preprocess(tokenize(text))
    assert "".join(t.text for t in tokens) == text
    assert [t.text for t in tokens if t.live and t.kind is Kind.IDENT] == ["a", "c"]


def test_package_constants_come_from_the_callback() -> None:
    asked: list[tuple[str, ...]] = []

    def constants(parts: tuple[str, ...]) -> StaticValue:
        asked.append(parts)
        return True

    found = significant(preprocess(tokenize("$if cfg.debug $then 1 $end"), {}, constants))
    assert asked == [("CFG", "DEBUG")]
    assert found[0].value == "1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("$if $$a $then 1", "end-of-file"),
        ("$if $$a 1 $end", "\\$end"),
        ("$else", "\\$else"),
        ("$error 'no ' || 'way' $end", "no way"),
        ("$if nobody.knows $then 1 $end", "NOBODY.KNOWS"),
        ("$if $$a = $then 1 $end", "expecting"),
    ],
)
def test_broken_directives_are_errors(text: str, message: str) -> None:
    with pytest.raises(PlsqlSyntaxError, match=message):
        preprocess(tokenize(text))


def test_an_error_directive_in_a_dead_branch_is_silent() -> None:
    assert live("$if false $then $error 'x' $end $else 1 $end") == ["1"]

"""Every trap of lexing PL/SQL, and the property that no character is ever lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.oracle.plsql.lexer import significant, tokenize
from devkit.oracle.plsql.tokens import Kind, PlsqlSyntaxError, Token


def meaning(text: str) -> list[tuple[str, str]]:
    return [(t.kind.name, t.value) for t in significant(tokenize(text))[:-1]]


def only(text: str) -> Token:
    tokens = significant(tokenize(text))
    assert len(tokens) == 2, tokens
    return tokens[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("q'[it's]'", "it's"),
        ("q'[a;b]'", "a;b"),
        ("q'{x]}'", "x]"),
        ("q'<a>b>'", "a>b"),
        ("Q'(a)b)'", "a)b"),
        ("q'!a'b!'", "a'b"),
        ("q'[]]'", "]"),
        ("q'[]'", ""),
        ("q'xax'", "a"),
        ("q'''a'b''", "'a'b"),
        ("q'[-- /* & \n/\n]'", "-- /* & \n/\n"),
        ("nq'[é]'", "é"),
        ("Nq'!a!'", "a"),
        ("N'açaí'", "açaí"),
        ("'it''s'", "it's"),
        ("''", ""),
        ("''''", "'"),
        (r"'a\'", "a\\"),
        ("'two\nlines'", "two\nlines"),
        ("'-- /* ;'", "-- /* ;"),
    ],
)
def test_a_string_ends_only_where_oracle_ends_it(text: str, value: str) -> None:
    token = only(text)
    assert token.kind is Kind.STRING
    assert token.value == value
    assert token.text == text


def test_two_strings_side_by_side_are_two_tokens() -> None:
    assert meaning("q'[a]' 'b' q'!c!'") == [("STRING", "a"), ("STRING", "b"), ("STRING", "c")]


def test_a_backslash_does_not_escape_the_closing_quote() -> None:
    assert meaning(r"'\' || x") == [("STRING", "\\"), ("OP", "||"), ("IDENT", "X")]


def test_block_comments_do_not_nest() -> None:
    assert meaning("/* a /* b */ c") == [("IDENT", "C")]


def test_a_line_comment_in_a_block_comment_means_nothing() -> None:
    assert meaning("/* -- */ a") == [("IDENT", "A")]


def test_a_block_comment_start_in_a_line_comment_means_nothing() -> None:
    assert meaning("-- /*\na") == [("IDENT", "A")]


def test_comments_and_annotations_stay_as_tokens() -> None:
    comments = [t.text for t in tokenize("--%test(x)\n/*+ hint */ a") if t.kind is Kind.COMMENT]
    assert comments == ["--%test(x)", "/*+ hint */"]


def test_a_range_is_not_two_decimal_points() -> None:
    assert meaning("1..10") == [("NUMBER", "1"), ("OP", ".."), ("NUMBER", "10")]


@pytest.mark.parametrize("text", ["1", "1.", ".5", "1e-3", "1E+3", "1.5f", "2d", "3.e2"])
def test_a_number_is_one_token(text: str) -> None:
    assert only(text).kind is Kind.NUMBER


def test_a_sign_is_never_part_of_a_number() -> None:
    assert meaning("1-2") == [("NUMBER", "1"), ("OP", "-"), ("NUMBER", "2")]


def test_a_suffix_letter_belongs_to_a_number_only_when_the_word_ends_there() -> None:
    assert meaning("1 day") == [("NUMBER", "1"), ("IDENT", "DAY")]
    assert meaning("1else") == [("NUMBER", "1"), ("IDENT", "ELSE")]


@pytest.mark.parametrize("text", [":=", "=>", "..", "**", "||", "<<", ">>", "<=", ">="])
def test_operators_of_two_characters_are_one_token(text: str) -> None:
    assert only(text)[:3] == (Kind.OP, text, text)


@pytest.mark.parametrize("text", ["<>", "!=", "^=", "~="])
def test_all_four_spellings_of_not_equal_mean_the_same(text: str) -> None:
    token = only(text)
    assert (token.value, token.text) == ("<>", text)


def test_a_percent_sign_is_an_attribute() -> None:
    assert meaning("sql%found") == [("IDENT", "SQL"), ("OP", "%"), ("IDENT", "FOUND")]


def test_binds_may_be_numbers_names_or_stand_apart_from_their_colon() -> None:
    assert meaning(":1 : name :new.x") == [
        ("BIND", "1"),
        ("BIND", "NAME"),
        ("BIND", "NEW"),
        ("OP", "."),
        ("IDENT", "X"),
    ]


def test_an_assignment_is_not_a_bind() -> None:
    assert meaning("x:=y") == [("IDENT", "X"), ("OP", ":="), ("IDENT", "Y")]


def test_a_colon_after_a_string_is_json_and_not_a_bind() -> None:
    assert meaning("'k': v, 'l' : :b") == [
        ("STRING", "k"),
        ("OP", ":"),
        ("IDENT", "V"),
        ("OP", ","),
        ("STRING", "l"),
        ("OP", ":"),
        ("BIND", "B"),
    ]


def test_tokens_after_a_json_colon_keep_their_places() -> None:
    text = "'k':\n  value,\nx"
    for token in tokenize(text):
        assert text[token.offset : token.end] == token.text
        before = text[: token.offset]
        assert token.line == before.count("\n") + 1
        assert token.column == token.offset - (before.rfind("\n") + 1) + 1


def test_a_dollar_belongs_to_identifiers() -> None:
    assert meaning("v$session a$if") == [("IDENT", "V$SESSION"), ("IDENT", "A$IF")]


def test_directives_are_recognised() -> None:
    assert meaning("$if $$Flag $then $elsif $else $end $error") == [
        ("DIRECTIVE", "$IF"),
        ("DIRECTIVE", "$$FLAG"),
        ("DIRECTIVE", "$THEN"),
        ("DIRECTIVE", "$ELSIF"),
        ("DIRECTIVE", "$ELSE"),
        ("DIRECTIVE", "$END"),
        ("DIRECTIVE", "$ERROR"),
    ]


def test_identifiers_take_letters_of_any_alphabet_and_fold_to_upper_case() -> None:
    token = only("ação_1#$")
    assert (token.kind, token.value, token.text) == (Kind.IDENT, "AÇÃO_1#$", "ação_1#$")


def test_quoted_identifiers_keep_their_case_and_have_no_escape() -> None:
    assert meaning('"Ab" "c""d"') == [("QUOTED", "Ab"), ("QUOTED", "c"), ("QUOTED", "d")]


def test_an_identifier_of_more_than_128_bytes_is_refused() -> None:
    assert only("a" * 128).value == "A" * 128
    with pytest.raises(PlsqlSyntaxError, match="PLS-00114"):
        tokenize("a" * 129)
    with pytest.raises(PlsqlSyntaxError, match="PLS-00114"):
        tokenize("é" * 65)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("x\n  'abc", "ORA-01756", 2, 3),
        ("q'[abc'", "ORA-01756", 1, 1),
        ("x /* y", "ORA-01742", 1, 3),
        ('x "abc\n"', "PLS-00112", 1, 3),
    ],
)
def test_what_does_not_end_is_an_error_at_its_start(
    text: str, code: str, line: int, column: int
) -> None:
    with pytest.raises(PlsqlSyntaxError) as caught:
        tokenize(text)
    assert caught.value.text.startswith(code)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_byte_order_mark_form_feed_and_windows_line_ends_keep_offsets() -> None:
    text = "\ufeffbegin\r\n\fnull;\r\nend;"
    places = {t.value: (t.offset, t.line, t.column) for t in significant(tokenize(text))}
    assert places["BEGIN"] == (1, 1, 2)
    assert places["NULL"] == (text.index("null"), 2, 2)
    assert places["END"] == (text.index("end"), 3, 1)


_TRAPS = """' q'[ ]' -- /* */ a 1 . .. : := " $if é $ $$x % << x'y' & nq'! !' 1e5 @ / ;"""
_PIECES = st.sampled_from(re.findall(r"\S+", _TRAPS))
_SPACES = st.sampled_from(["\n", "\t", "\r\n", " "])


@given(st.one_of(st.text(max_size=60), st.lists(_PIECES | _SPACES, max_size=25).map("".join)))
def test_the_tokens_joined_are_the_source(text: str) -> None:
    try:
        tokens = tokenize(text)
    except PlsqlSyntaxError as error:
        assert 0 <= error.offset <= len(text)
        return
    assert "".join(t.text for t in tokens) == text
    for position, token in enumerate(tokens):
        assert token.seq == position
        assert text[token.offset : token.end] == token.text
        before = text[: token.offset]
        assert token.line == before.count("\n") + 1
        assert token.column == len(before) - (before.rfind("\n") + 1) + 1

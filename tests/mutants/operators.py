"""Small faults that a programmer makes, put into PL/SQL one at a time.

A mutant is a text in which one token, or one statement, is another one. Comments and texts for people are left alone: a
literal changes only where it is a flag (`'S'`, `'N'`) or a unit of an interval (`'SECOND'`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from devkit.oracle.plsql.lexer import significant, tokenize
from devkit.oracle.plsql.tokens import Kind, Token

__all__ = ["Mutant", "mutants_of"]

_SWAPPED = {
    "=": "<>",
    "<>": "=",
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "+": "-",
    "-": "+",
    "AND": "or",
    "OR": "and",
    "TRUE": "false",
    "FALSE": "true",
    "MIN": "max",
    "MAX": "min",
    "DESC": "asc",
    "'S'": "'N'",
    "'N'": "'S'",
    "'SECOND'": "'MINUTE'",
    "'MINUTE'": "'HOUR'",
    "'HOUR'": "'DAY'",
    "'DAY'": "'HOUR'",
}
#: pairs of words that go as one
_DROPPED = {("SKIP", "LOCKED"), ("NOT", "EXISTS"), ("NOT", "IN"), ("NOT", "NULL")}
#: with these begins what is no call
_KEYWORDS = frozenset(
    """
    begin case close commit cursor declare delete else elsif end exception execute exit fetch for forall function goto
    if insert loop merge null open pipe pragma procedure raise return rollback savepoint select subtype type update when
    while with
    """.upper().split()
)
_OPENS, _CLOSES = {"(", "["}, {")", "]"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: where it is, what became of what, and the whole text with it."""

    file: str
    line: int
    was: str
    now: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.was} -> {self.now or '(nothing)'}"


def mutants_of(file: str, text: str) -> Iterator[Mutant]:
    """All mutants of a unit's source, in the order of the text."""
    tokens = significant(tokenize(text))

    def made(first: Token, end: int, now: str) -> Mutant:
        was = " ".join(text[first.offset : end].split())
        return Mutant(
            file=file,
            line=first.line,
            was=was,
            now=now,
            text=text[: first.offset] + now + text[end:],
        )

    for index, token in enumerate(tokens[:-1]):
        if token.text.upper() == "OR" and tokens[index - 1].text.upper() == "CREATE":
            continue
        following = tokens[index + 1]
        end = token.offset + len(token.text)
        pair = (token.value.upper(), following.value.upper())
        if pair in _DROPPED:
            if pair[0] == "SKIP":
                yield made(token, following.offset + len(following.text), "")
            else:
                yield made(token, end, "")
        elif token.kind is Kind.IDENT and pair == ("IS", "NULL"):
            yield made(token, end, "is not")
        elif token.kind is Kind.NUMBER and token.text.isdigit():
            yield made(token, end, str(int(token.text) + 1))
        elif (key := token.text.upper()) in _SWAPPED and not (
            token.kind is Kind.OP and key in "+-" and tokens[index - 1].kind is Kind.OP
        ):
            yield made(token, end, _SWAPPED[key])
        if _begins_statement(tokens, index) and (last := _semicolon(tokens, index)) is not None:
            yield made(token, last.offset, "null")


def _begins_statement(tokens: list[Token], index: int) -> bool:
    """Whether an assignment or a call of a procedure begins here."""
    token, before = tokens[index], tokens[index - 1].text.upper()
    if token.kind is not Kind.IDENT or before not in {";", "BEGIN", "THEN", "ELSE", "LOOP"}:
        return False
    if token.text.upper() in _KEYWORDS:
        return False
    after = index + 1
    while tokens[after].text in {".", "("} or tokens[after - 1].text == ".":
        if tokens[after].text == "(":
            after = _matching(tokens, after)
        after += 1
    return tokens[after].text in {":=", ";"}


def _matching(tokens: list[Token], index: int) -> int:
    depth = 0
    for place in range(index, len(tokens)):
        depth += (tokens[place].text in _OPENS) - (tokens[place].text in _CLOSES)
        if depth == 0:
            return place
    return len(tokens) - 1


def _semicolon(tokens: list[Token], index: int) -> Token | None:
    return next((token for token in tokens[index:] if token.text == ";"), None)

"""The parser's entry points: a unit, a block, an expression, or only the head of a unit.

Recursive descent over the significant tokens; the parts are in ``parser_*.py``, each building on
the one before: base, types, expressions, sql, statements, declarations, units. Parsing stops at the
first error, with :class:`PlsqlSyntaxError`.
"""

from __future__ import annotations

from collections.abc import Mapping

from devkit.oracle.plsql.lexer import tokenize
from devkit.oracle.plsql.nodes import (
    Assignment,
    Block,
    CallStatement,
    Declaration,
    Expr,
    Statement,
    Unit,
    UnitHeader,
)
from devkit.oracle.plsql.parser_base import encountered
from devkit.oracle.plsql.parser_headers import HeaderParser
from devkit.oracle.plsql.parser_units import UnitParser
from devkit.oracle.plsql.preprocess import Constants, StaticValue, version_constants
from devkit.oracle.plsql.tokens import Kind, PlsqlSyntaxError, Token

__all__ = [
    "PlsqlSyntaxError",
    "parse_block",
    "parse_declarations",
    "parse_expression",
    "parse_unit",
    "unit_header",
]

_HEADER_CHARACTERS = 4000
Flags = Mapping[str, StaticValue]


def parse_unit(
    text: str, flags: Flags | None = None, constants: Constants = version_constants
) -> Unit:
    """The tree of a CREATE PACKAGE, PROCEDURE, FUNCTION, TRIGGER or TYPE statement (or of stored
    source, which starts at the kind word). ``$$PLSQL_UNIT`` and ``$$PLSQL_UNIT_TYPE`` come from the
    head unless ``flags`` give them."""
    known: dict[str, StaticValue] = {}
    if "$$" in text:
        header = unit_header(text)
        known = {"PLSQL_UNIT": header.name, "PLSQL_UNIT_TYPE": header.kind}
        if header.owner:
            known["PLSQL_UNIT_OWNER"] = header.owner
    return UnitParser(text, {**known, **(flags or {})}, constants).unit()


def parse_block(
    text: str, flags: Flags | None = None, constants: Constants = version_constants
) -> Block:
    """An anonymous block, or ``CALL p(…)`` / ``CALL f(…) INTO :x`` as a block of one statement."""
    known: dict[str, StaticValue] = {"PLSQL_UNIT_TYPE": "ANONYMOUS BLOCK", **(flags or {})}
    parser = UnitParser(text, known, constants)
    if parser.take("CALL"):
        return _call(parser)
    found: Statement = _outer_block(parser)
    parser.finish()
    assert isinstance(found, Block)
    return found


def _outer_block(parser: UnitParser) -> Statement:
    at = parser.at
    while parser.words[at] == "<<":
        at += 3
    if parser.words[at] not in ("BEGIN", "DECLARE"):
        parser.at = at
        parser.fail("begin", "declare", "<<")
    return parser.statement()


def _call(parser: UnitParser) -> Block:
    first = parser.at
    target = parser.target()
    statement: Statement
    if parser.take("INTO"):
        result = parser.target()
        statement = Assignment(parser.span(first), result, target)
    else:
        statement = CallStatement(parser.span(first), target)
    parser.take(";")
    parser.finish()
    return Block(statement.span, (), (statement,), (), None, statement.span.first)


def parse_expression(text: str, flags: Flags | None = None) -> Expr:
    """One expression and nothing else."""
    parser = UnitParser(text, flags)
    found = parser.expression()
    if parser.token.kind is not Kind.END:
        raise encountered(parser.token, ("<end-of-file>",))
    return found


def parse_declarations(text: str, flags: Flags | None = None) -> tuple[Declaration, ...]:
    """A declare section without DECLARE, up to the end of the text."""
    parser = UnitParser(text, flags)
    found: list[Declaration] = []
    while parser.token.kind is not Kind.END:
        found.append(parser.declaration())
    return tuple(found)


def unit_header(text: str) -> UnitHeader:
    """What the head of a CREATE statement says; reads only the beginning. An anonymous block has
    kind BLOCK."""
    found = [token for token in _beginning(text) if token.kind is not Kind.DIRECTIVE]
    parser = HeaderParser(text, tokens=found)
    if parser.words[0] in ("BEGIN", "DECLARE", "<<", "CALL"):
        return UnitHeader("BLOCK", None, "", parser.token.offset)
    return parser.header()[0]


def _beginning(text: str) -> list[Token]:
    """The tokens of the first characters; of the whole text if those end inside a string or
    comment.
    """
    try:
        return tokenize(text[:_HEADER_CHARACTERS])
    except PlsqlSyntaxError:
        return tokenize(text)

"""Which names in the tokens of a SQL statement are tables and their aliases."""

from __future__ import annotations

from typing import Any

from devkit.oracle.plsql.tokens import Kind as Token

NAMES = (Token.IDENT, Token.QUOTED)
_BEFORE_TABLE = frozenset({"FROM", "JOIN", "UPDATE", "INTO", "USING", "TABLE"})
AFTER_FROM = frozenset(
    [
        "WHERE",
        "GROUP",
        "ORDER",
        "CONNECT",
        "START",
        "UNION",
        "MINUS",
        "INTERSECT",
        "EXCEPT",
        "HAVING",
        "FETCH",
        "OFFSET",
        "FOR",
        "SET",
        "VALUES",
        "RETURNING",
        "RETURN",
        "SELECT",
        "WHEN",
    ]
)
KEYWORDS = frozenset(
    [
        "SELECT",
        "WHERE",
        "AND",
        "OR",
        "ON",
        "BY",
        "SET",
        "THEN",
        "WHEN",
        "ELSE",
        "CASE",
        "IN",
        "NOT",
        "LIKE",
        "BETWEEN",
        "DISTINCT",
        "ALL",
        "VALUES",
        "FROM",
        "AS",
        "HAVING",
        "UNION",
        "MINUS",
        "INTERSECT",
        "IS",
        "NULL",
        "EXISTS",
        "ANY",
        "SOME",
        "PRIOR",
        "CONNECT",
        "START",
        "WITH",
        "END",
        "ORDER",
        "GROUP",
        "JOIN",
        "INNER",
        "LEFT",
        "RIGHT",
        "FULL",
        "OUTER",
        "CROSS",
        "USING",
        "INTO",
        "UPDATE",
        "DELETE",
        "INSERT",
        "MERGE",
        "MATCHED",
        "RETURNING",
        "ESCAPE",
        "ASC",
        "DESC",
        "NULLS",
        "FIRST",
        "LAST",
        "FETCH",
        "NEXT",
        "OFFSET",
        "ROWS",
        "ROW",
        "ONLY",
        "FOR",
        "OF",
        "NOWAIT",
        "SKIP",
        "LOCKED",
        "WAIT",
        "LIMIT",
        "OVER",
        "PARTITION",
        "KEY",
        "VALUE",
        "CONNECT_BY_ROOT",
        "UNIQUE",
        "LEVEL",
    ]
)


def extent(tokens: tuple[Any, ...], end: int) -> int:
    """The last token of ``x(i).f(j)`` whose name ends at ``end``."""
    while end + 1 < len(tokens):
        following = tokens[end + 1].text
        if following == "(":
            depth = 0
            at = end + 1
            while at < len(tokens):
                depth += (tokens[at].text == "(") - (tokens[at].text == ")")
                if depth == 0:
                    break
                at += 1
            end = at
        elif following == "." and end + 2 < len(tokens) and tokens[end + 2].kind in NAMES:
            end += 2
        else:
            break
    return end


def after_name(tokens: tuple[Any, ...], index: int) -> int:
    while index + 2 < len(tokens) and tokens[index + 1].text == ".":
        index += 2
    return index + 1


def table_names(tokens: tuple[Any, ...]) -> tuple[set[str], set[int]]:
    """Names of tables and their aliases, which hide PL/SQL names as qualifiers, and where the
    names of tables begin."""
    found: set[str] = set()
    places: set[int] = set()
    in_from: dict[int, bool] = {}
    depth = 0
    for index, token in enumerate(tokens):
        word = token.value if token.kind is Token.IDENT else token.text
        if token.text == "(":
            depth += 1
            in_from[depth] = False
            continue
        if token.text == ")":
            depth -= 1
            continue
        if token.kind not in NAMES:
            continue
        if token.kind is Token.IDENT and word == "FROM":
            in_from[depth] = True
        elif token.kind is Token.IDENT and word in AFTER_FROM:
            in_from[depth] = False
        previous = tokens[index - 1] if index else None
        if previous is None or (token.kind is Token.IDENT and word in KEYWORDS):
            continue
        before = previous.value if previous.kind is Token.IDENT else previous.text
        if before in _BEFORE_TABLE or (before == "," and in_from.get(depth)):
            last = index
            while last + 2 < len(tokens) and tokens[last + 1].text == ".":
                last += 2
            found.add(tokens[last].value)
            if word != "TABLE":
                places.add(index)
        elif previous.text == ")" or (
            previous.kind in NAMES
            and (previous.kind is Token.QUOTED or before not in KEYWORDS or before == "AS")
        ):
            found.add(token.value)
    return found, places

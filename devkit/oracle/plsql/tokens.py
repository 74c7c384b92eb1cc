"""Tokens of PL/SQL and SQL text, and the syntax error that names a place in it."""

from __future__ import annotations

import enum
from typing import NamedTuple


class Kind(enum.IntEnum):
    """What a token is. Keywords are identifiers: only the parser knows which words mean
    something.
    """

    IDENT = 1
    QUOTED = 2  # "Quoted" identifier
    NUMBER = 3
    STRING = 4  # every spelling: '…', N'…', q'[…]', nq'…'
    OP = 5
    BIND = 6  # :name, :1, : name
    DIRECTIVE = 7  # $IF, $END …, $$NAME
    COMMENT = 8
    SPACE = 9
    END = 10


class Token(NamedTuple):
    """One token.

    ``text`` is the source text; joined over all tokens it is the source. ``value`` is the meaning:
    the folded name of identifiers (the word in upper case for keywords), the content of a string,
    the operator itself, the folded name of a bind without its colon. ``offset`` is 0-based,
    ``line`` and ``column`` are 1-based and count characters. ``seq`` is its index in the token
    list. ``live`` is False in dead branches of conditional compilation.
    """

    kind: Kind
    text: str
    value: str
    offset: int
    line: int
    column: int
    seq: int
    live: bool = True

    @property
    def end(self) -> int:
        return self.offset + len(self.text)

    @property
    def is_trivia(self) -> bool:
        return self.kind in (Kind.COMMENT, Kind.SPACE) or not self.live


class PlsqlSyntaxError(Exception):
    """A syntax error with its place; ``text`` is Oracle's message (``PLS-00103: Encountered
    …``).
    """

    def __init__(self, line: int, column: int, text: str, offset: int = 0) -> None:
        self.line = line
        self.column = column
        self.text = text
        self.offset = offset
        super().__init__(line, column, text)

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.text}"

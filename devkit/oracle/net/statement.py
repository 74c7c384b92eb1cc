"""The client's own scan of a statement's text.

Names of binds, which of them belong to RETURNING … INTO, and the kind of the statement are not on
the wire: the driver finds them by scanning the text, and this module repeats that scan, oddities
included.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class StatementKind(enum.Enum):
    QUERY = "query"
    DML = "dml"
    PLSQL = "plsql"
    DDL = "ddl"
    OTHER = "other"


_KINDS = {
    **dict.fromkeys(("DECLARE", "BEGIN", "CALL"), StatementKind.PLSQL),
    **dict.fromkeys(("SELECT", "WITH"), StatementKind.QUERY),
    **dict.fromkeys(("INSERT", "UPDATE", "DELETE", "MERGE"), StatementKind.DML),
    **dict.fromkeys(
        (
            "CREATE", "ALTER", "DROP", "GRANT", "REVOKE", "ANALYZE", "AUDIT", "COMMENT", "TRUNCATE",
        ),
        StatementKind.DDL,
    ),
}  # fmt: skip
_CLOSERS = {"[": "]", "{": "}", "<": ">", "(": ")"}


@dataclass(slots=True)
class ScannedStatement:
    """``binds`` has one entry per occurrence, in PL/SQL one per distinct name; names are folded."""

    sql: str
    kind: StatementKind = StatementKind.OTHER
    binds: list[str] = field(default_factory=list)
    returning: list[bool] = field(default_factory=list)

    @property
    def is_plsql(self) -> bool:
        return self.kind is StatementKind.PLSQL

    @property
    def is_query(self) -> bool:
        return self.kind is StatementKind.QUERY


def scan(sql: str) -> ScannedStatement:
    """Scan as the driver does; DDL ends at its first word, so ``:new`` in a trigger is no bind."""
    return _Scanner(sql).run()


class _Scanner:
    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.end = len(sql)
        self.statement = ScannedStatement(sql)
        self.seen_keyword = False
        self.seen_returning = False
        self.in_returning = False

    def run(self) -> ScannedStatement:
        sql, position = self.sql, 0
        word_start = -1
        previous = ""
        after_string = False
        while position < self.end:
            character = sql[position]
            if character.isalpha():
                if word_start < 0:
                    word_start = position
            elif word_start >= 0:
                self.word(sql[word_start:position])
                word_start = -1
                if self.statement.kind is StatementKind.DDL:
                    break
            if character == "'":
                after_string = True
                if previous in ("q", "Q"):
                    position = self.end_of_q_string(position)
                else:
                    position = self.end_of_quotes(position)
            elif not character.isspace():
                if character == "-":
                    position = self.end_of_line_comment(position)
                elif character == "/":
                    position = self.end_of_block_comment(position)
                elif character == '"':
                    position = self.end_of_quotes(position)
                elif character == ":" and not after_string:
                    position = self.bind(position)
                after_string = False
            position += 1
            previous = character
        return self.statement

    def word(self, word: str) -> None:
        word = word.upper()
        if not self.seen_keyword:
            self.statement.kind = _KINDS.get(word, StatementKind.OTHER)
            self.seen_keyword = True
        elif not self.seen_returning:
            # SQL Language Reference, "returning_clause": { RETURN | RETURNING }
            self.seen_returning = (
                word in {"RETURN", "RETURNING"} and self.statement.kind is StatementKind.DML
            )
        elif word == "INTO":
            self.in_returning = True

    def end_of_quotes(self, start: int) -> int:
        """The position of the closing quote; an open one runs to the end."""
        closing = self.sql.find(self.sql[start], start + 1)
        return self.end if closing < 0 else closing

    def end_of_q_string(self, start: int) -> int:
        if start + 1 >= self.end:
            return self.end
        separator = self.sql[start + 1]
        closing = self.sql.find(_CLOSERS.get(separator, separator) + "'", start + 2)
        return self.end if closing < 0 else closing + 1

    def end_of_line_comment(self, start: int) -> int:
        if self.sql[start + 1 : start + 2] != "-":
            return start
        position = start + 2
        while position < self.end and len((self.sql[position] + "x").splitlines()) == 1:
            position += 1
        return position

    def end_of_block_comment(self, start: int) -> int:
        if self.sql[start + 1 : start + 2] != "*":
            return start
        closing = self.sql.find("*/", start + 2)
        return start if closing < 0 else closing + 1

    def bind(self, colon: int) -> int:
        """Take the name behind the colon; returns its last position."""
        sql, start = self.sql, colon + 1
        while start < self.end and sql[start].isspace():
            start += 1
        if start >= self.end:
            return colon
        first = sql[start]
        if first == '"':
            stop = sql.find('"', start + 1)
            stop = self.end if stop < 0 else stop
            self.add(sql[start + 1 : stop])
            return stop
        if first.isdigit():
            stop = start
            while stop < self.end and sql[stop].isdigit():
                stop += 1
            self.add(sql[start:stop])
            return stop - 1
        if not first.isalpha():
            return colon
        stop = start
        while stop < self.end and (sql[stop].isalnum() or sql[stop] in "_$#"):
            stop += 1
        self.add(sql[start:stop].upper())
        return stop - 1

    def add(self, name: str) -> None:
        statement = self.statement
        if statement.is_plsql and name in statement.binds:
            return
        statement.binds.append(name)
        statement.returning.append(self.in_returning)

"""The session in the database: one statement at a time, its rows, its feedback, DBMS_OUTPUT."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import oracledb

__all__ = ["Database", "Failed", "Result"]

_CREATED = re.compile(
    r"(?i)\A\s*(?P<verb>create|alter|drop)\s+(?:or\s+replace\s+)?(?:(?:non)?editionable\s+|unique\s+)?"
    r"(?P<kind>package\s+body|type\s+body|[a-z]+)"
)
_DONE = {
    "grant": "Grant succeeded.",
    "revoke": "Revoke succeeded.",
    "comment": "Comment created.",
    "commit": "Commit complete.",
    "rollback": "Rollback complete.",
    "truncate": "Table truncated.",
}
_ROWS = {"insert": "created", "update": "updated", "delete": "deleted", "merge": "merged"}


class Failed(Exception):
    """The database refused a statement; ``code`` is the number of the error."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Result:
    """What a statement gave."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    touched: int
    has_errors: bool

    def feedback(self, text: str, *, is_unit: bool) -> str:
        """The line that SQL*Plus shows when FEEDBACK is on."""
        word = text.split(None, 1)[0].lower()
        if self.columns:
            count = len(self.rows)
            return f"{count or 'no'} row{'' if count == 1 else 's'} selected."
        made = _CREATED.match(text)
        if made is not None:
            kind = " ".join(made["kind"].split()).capitalize()
            if self.has_errors:
                return f"Warning: {kind} created with compilation errors."
            done = {"create": "created", "alter": "altered", "drop": "dropped"}[
                made["verb"].lower()
            ]
            return f"{kind} {done}."
        if is_unit:
            return "PL/SQL procedure successfully completed."
        if word in _ROWS:
            return f"{self.touched} row{'' if self.touched == 1 else 's'} {_ROWS[word]}."
        return _DONE.get(word, "Statement processed.")


class Database:
    """A connection; nothing is committed by itself, as AUTOCOMMIT is off."""

    def __init__(self, *, user: str, password: str, dsn: str) -> None:
        try:
            self._connection = oracledb.connect(user=user, password=password, dsn=dsn)
        except oracledb.Error as exc:
            raise _failed(exc) from exc

    def run(self, text: str) -> Result:
        """Run one statement and fetch all of its rows."""
        with self._connection.cursor() as cursor:
            try:
                cursor.execute(text)
                names = [column[0] for column in cursor.description or ()]
                rows: list[tuple[Any, ...]] = cursor.fetchall() if names else []
                return Result(names, rows, max(cursor.rowcount, 0), cursor.warning is not None)
            except oracledb.Error as exc:
                raise _failed(exc) from exc

    def enable_output(self) -> None:
        """DBMS_OUTPUT.ENABLE without a limit."""
        with self._connection.cursor() as cursor:
            cursor.callproc("dbms_output.enable", [None])

    def output(self) -> Iterator[str]:
        """The lines that have been put since the last call."""
        with self._connection.cursor() as cursor:
            line, status = cursor.var(str), cursor.var(int)
            while True:
                cursor.callproc("dbms_output.get_line", [line, status])
                if status.getvalue() != 0:
                    return
                yield line.getvalue() or ""

    def commit(self) -> None:
        self._connection.commit()

    def rollback(self) -> None:
        self._connection.rollback()

    def close(self) -> None:
        self._connection.close()


def _failed(exc: oracledb.Error) -> Failed:
    detail = exc.args[0] if exc.args else None
    text = str(getattr(detail, "message", "") or exc).partition("\nHelp:")[0].rstrip()
    return Failed(text, int(getattr(detail, "code", 0) or 0))

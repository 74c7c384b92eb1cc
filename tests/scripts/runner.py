"""Runs SQL scripts that say in comments what Oracle answers.

A script is an ordinary SQL*Plus script. The comments after a statement hold what is expected of it:

``-- expect: 1 | 'text' | null``
    a row of the query, one comment for each row, in order
``-- expect no rows``
    the query gives none
``-- expect count: 2``
    the number of rows that a statement changed
``-- expect error: ORA-01403``
    the statement fails, and the message starts like this
``-- expect compile error: PLS-00201``
    the unit is created with errors, the first of which starts like this
``-- expect output: text``
    a line of DBMS_OUTPUT, one comment for each line

A statement without expectation must only succeed. ``connect NAME`` goes on in another session of
the same user (the first is called ``main``). A line ``-- Source: …`` names the page of Oracle's
documentation that the expectations come from.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import oracledb

from devkit.oracle.sql.script import ItemKind, ScriptItem, split_script

Connect = Callable[[], Any]

_EXPECT = re.compile(r"--\s*expect\s*(error|compile error|count|output|no rows)?\s*:?\s?(.*)")
_SOURCE = re.compile(r"--\s*Source:\s*\S")


class ScriptFailure(AssertionError):
    """An expectation that was not met, with its place."""


@dataclass(slots=True)
class Step:
    """A statement with what is expected of it; None means: not said."""

    item: ScriptItem
    rows: list[str] | None = None
    count: int | None = None
    error: str | None = None
    compile_error: str | None = None
    output: list[str] = field(default_factory=list)


def load(path: Path) -> list[Step]:
    """The steps of a script; a script without a source is refused."""
    text = path.read_text(encoding="utf-8")
    if not _SOURCE.search(text):
        raise ScriptFailure(f"{path.name}: no line '-- Source: …' names the documentation")
    steps: list[Step] = []
    for item in split_script(text, source=path.name, comments=True):
        if item.kind is ItemKind.COMMENT:
            _expectation(item, steps)
        else:
            steps.append(Step(item))
    return steps


def _expectation(item: ScriptItem, steps: list[Step]) -> None:
    found = _EXPECT.match(item.text)
    if found is None:
        return
    if not steps:
        raise ScriptFailure(f"{item.source}:{item.line}: an expectation before any statement")
    step = steps[-1]
    kind, value = found.group(1), found.group(2)
    if kind is None:
        step.rows = [*(step.rows or []), value.strip()]
    elif kind == "no rows":
        step.rows = []
    elif kind == "count":
        step.count = int(value)
    elif kind == "error":
        step.error = value.strip()
    elif kind == "compile error":
        step.compile_error = value.strip()
    else:
        step.output.append(value)


def render(value: Any) -> str:
    """A value as an expectation spells it."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Decimal | int):
        text = format(Decimal(value), "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if text == "-0" else text
    if isinstance(value, datetime):
        return str(value)
    if isinstance(value, bytes):
        return value.hex().upper()
    if isinstance(value, timedelta):
        return str(value)
    if hasattr(value, "read"):
        return render(value.read())
    return str(value)


class Runner:
    """Runs the steps of one script; each named session is opened when first used."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._sessions: dict[str, Any] = {}
        self._current = "main"

    def run(self, steps: list[Step]) -> None:
        try:
            for step in steps:
                self._step(step)
        finally:
            for connection in self._sessions.values():
                connection.close()

    def _session(self) -> Any:
        if self._current not in self._sessions:
            connection = self._connect()
            connection.cursor().execute("begin dbms_output.enable(null); end;")
            self._sessions[self._current] = connection
        return self._sessions[self._current]

    def _step(self, step: Step) -> None:
        item = step.item
        if item.kind is ItemKind.COMMAND:
            if item.command == "CONNECT":
                self._current = item.text
            return
        connection = self._session()
        cursor = connection.cursor()
        try:
            cursor.execute(item.text)
            rows = cursor.fetchall() if cursor.description else None
        except oracledb.Error as error:
            self._failed(step, str(error))
        else:
            self._succeeded(step, cursor, rows)
        if item.kind is ItemKind.PLSQL:
            self._compare(step, "output", step.output, _output(connection))
        cursor.close()

    def _failed(self, step: Step, message: str) -> None:
        if step.error is None:
            raise _failure(step, f"failed: {message}")
        if not message.startswith(step.error):
            raise _failure(step, f"expected error {step.error!r}, got {message!r}")

    def _succeeded(self, step: Step, cursor: Any, rows: list[Any] | None) -> None:
        if step.error is not None:
            raise _failure(step, f"expected error {step.error!r}, but it succeeded")
        if step.rows is not None:
            got = [" | ".join(render(value) for value in row) for row in rows or []]
            self._compare(step, "rows", step.rows, got)
        if step.count is not None and cursor.rowcount != step.count:
            raise _failure(step, f"expected {step.count} rows changed, got {cursor.rowcount}")
        warned = cursor.warning is not None
        if warned != (step.compile_error is not None):
            errors = self._compile_errors(cursor) if warned else ["none"]
            raise _failure(step, f"compilation: expected {step.compile_error}, got {errors[0]}")
        if step.compile_error is not None:
            errors = self._compile_errors(cursor)
            if not errors or not errors[0].startswith(step.compile_error):
                raise _failure(step, f"compilation: expected {step.compile_error}, got {errors}")

    @staticmethod
    def _compile_errors(cursor: Any) -> list[str]:
        cursor.execute("select text from user_errors order by sequence")
        return [str(text) for (text,) in cursor.fetchall()]

    @staticmethod
    def _compare(step: Step, what: str, expected: list[str], got: list[str]) -> None:
        if expected != got:
            lines = [f"{what} differ", *(f"  expected {e}" for e in expected)]
            lines += [f"  got      {g}" for g in got]
            raise _failure(step, "\n".join(lines))


def _failure(step: Step, text: str) -> ScriptFailure:
    first_line = step.item.text.split("\n", 1)[0]
    return ScriptFailure(f"{step.item.source}:{step.item.line}: {first_line}\n{text}")


def _output(connection: Any) -> list[str]:
    """What DBMS_OUTPUT has collected since the last look."""
    lines: list[str] = []
    with connection.cursor() as cursor:
        line = cursor.var(str, 32767)
        status = cursor.var(int)
        while True:
            cursor.callproc("dbms_output.get_line", [line, status])
            if status.getvalue() != 0:
                return lines
            lines.append(line.getvalue() or "")

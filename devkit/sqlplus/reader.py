"""Reads scripts line by line and does what SQL*Plus does with each."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn, TextIO

from devkit.sqlplus.database import Database, Failed
from devkit.sqlplus.screen import Screen
from devkit.sqlplus.settings import (
    Column,
    Ending,
    Refused,
    Settings,
    parse_column,
    parse_ending,
)

__all__ = ["Ended", "Reader"]

LINE_LIMIT = 2499  # SP2-0027
DEPTH_LIMIT = 20  # SP2-0309
_CHARSETS = {
    "AL32UTF8": "utf-8",
    "UTF8": "utf-8",
    "WE8MSWIN1252": "cp1252",
    "WE8ISO8859P1": "latin-1",
    "WE8ISO8859P15": "iso8859-15",
    "US7ASCII": "ascii",
}
_COMMANDS = {
    "ACCEPT": "ACC",
    "COLUMN": "COL",
    "DEFINE": "DEF",
    "EXIT": "EXIT",
    "EXECUTE": "EXEC",
    "PROMPT": "PRO",
    "QUIT": "QUIT",
    "REMARK": "REM",
    "SET": "SET",
    "SPOOL": "SPO",
    "START": "STA",
    "UNDEFINE": "UNDEF",
    "WHENEVER": "WHENEVER",
}
_REFUSED = re.findall(
    r"\w+",
    "APPEND ARCHIVE ATTRIBUTE BREAK BTITLE CHANGE CLEAR COMPUTE CONNECT COPY DEL DESCRIBE DISCONNECT "
    "EDIT GET HELP HISTORY HOST INPUT LIST PASSWORD PAUSE PRINT RECOVER REPFOOTER REPHEADER RUN SAVE "
    "SHOW SHUTDOWN STARTUP STORE TIMING TTITLE VARIABLE XQUERY",
)
_STATEMENTS = frozenset(
    re.findall(
        r"\w+",
        "ALTER ANALYZE ASSOCIATE AUDIT BEGIN CALL COMMENT COMMIT CREATE DECLARE DELETE DISASSOCIATE DROP "
        "EXPLAIN FLASHBACK GRANT INSERT LOCK MERGE NOAUDIT PURGE RENAME REVOKE ROLLBACK SAVEPOINT SELECT "
        "TRUNCATE UPDATE WITH",
    )
)
_SET_STATEMENT = re.compile(r"(?i)\Aset\s+(?:role|transaction|constraints?)\b")
_UNIT = re.compile(
    r"""(?ix) \A \s* (?: declare\b | begin\b | <<
      | with \s+ (?:function|procedure)\b
      | create \s+ (?:or \s+ replace \s+)? (?:(?:non)?editionable \s+)?
        (?:package|procedure|function|trigger|type|library)\b )"""
)
_LEADING_COMMENTS = re.compile(r"\A(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*", re.DOTALL)
_WORD = re.compile(r"[A-Za-z]+")
_NAME = r"[A-Za-z][\w$#]*|\d+"


@dataclass
class Ended(Exception):
    """EXIT, or an error under WHENEVER … EXIT; ``code`` is that of the process."""

    code: int


@dataclass(slots=True)
class _Buffer:
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def code(self) -> str:
        return _LEADING_COMMENTS.sub("", self.text, count=1)

    @property
    def is_unit(self) -> bool:
        return _UNIT.match(self.code) is not None


class Reader:
    """One session of SQL*Plus.

    Example::

        Reader(database, screen, answers=sys.stdin, nls_lang=".AL32UTF8").start(Path("install.sql"))
    """

    def __init__(
        self, database: Database, screen: Screen, *, answers: TextIO, nls_lang: str | None
    ) -> None:
        charset = (nls_lang or ".US7ASCII").rpartition(".")[2].upper()
        if charset not in _CHARSETS:
            raise Refused(f"NLS_LANG={nls_lang}: this reader does not know {charset}")
        self._encoding = _CHARSETS[charset]
        self._database = database
        self._screen = screen
        self._answers = answers
        self._variables: dict[str, str] = {}
        self._columns: dict[str, Column] = {}
        self._settings = Settings()
        self._on_sql_error: Ending | None = None
        self._on_os_error: Ending | None = None
        self._last: _Buffer | None = None
        self._where = ""
        self._depth = 0

    # ----------------------------------------------------------------- scripts

    def start(self, path: Path, arguments: Sequence[str] = ()) -> None:
        """Run a script to its end.

        Raises:
            Ended: EXIT or WHENEVER ended it.
            Refused: a line that is not known here.
        """
        if self._depth >= DEPTH_LIMIT:
            raise Refused("SP2-0309: command procedures may only be nested to a depth of 20")
        for number, argument in enumerate(arguments, start=1):
            self._variables[str(number)] = argument
        try:
            data = path.read_bytes()
        except OSError:
            self._screen.line(f'SP2-0310: unable to open file "{path}"')
            if self._on_os_error is not None:
                self._end(self._on_os_error, code=1)
            return
        self._depth += 1
        outer = self._where
        try:
            text = data.decode(self._encoding, errors="replace").removesuffix("\n")
            self._lines(path, text.split("\n"))
        finally:
            self._depth -= 1
            self._where = outer

    def _lines(self, path: Path, lines: list[str]) -> None:
        buffer: _Buffer | None = None
        at = 0
        while at < len(lines):
            line = lines[at].rstrip("\r")
            at += 1
            self._where = f"{path}:{at}"
            if len(line.encode()) > LINE_LIMIT:
                self._refuse("SP2-0027: input is too long (> 2499 characters)")
            if buffer is not None:
                buffer = self._into(buffer, line)
                continue
            stripped = line.strip()
            if not stripped or stripped.startswith("--"):
                continue
            if stripped.startswith("/*"):
                while "*/" not in line:
                    if at == len(lines):
                        self._refuse("a comment without an end")
                    line = lines[at]
                    at += 1
                if line.rpartition("*/")[2].strip():
                    self._refuse("text behind the end of a comment")
                continue
            if stripped == "/":
                if self._last is None:
                    self._screen.line("SP2-0103: Nothing in SQL buffer to run.")
                else:
                    self._run(self._last)
                continue
            if self._starts_command(stripped):
                while line.rstrip().endswith("-") and at < len(lines):
                    line = line.rstrip()[:-1] + " " + lines[at].rstrip("\r")
                    at += 1
                self._command(self._replaced(line.strip()), path)
                continue
            buffer = self._into(_Buffer(), line)
        if buffer is not None and buffer.code.strip():
            self._refuse("the script ends within a statement, which is never run")

    def _refuse(self, text: str) -> NoReturn:
        raise Refused(f"{self._where}: {text}")

    # ----------------------------------------------------------------- the SQL buffer

    def _into(self, buffer: _Buffer, line: str) -> _Buffer | None:
        """Add a line; None when the statement has been run or given up."""
        stripped = line.strip()
        if stripped == "/":
            self._run(buffer)
            return None
        if stripped == ".":
            self._last = buffer
            return None
        if not stripped:
            if buffer.is_unit or self._settings.is_on("SQLBLANKLINES"):
                buffer.lines.append("")
                return buffer
            self._last = buffer  # it stays in the buffer, and is not run
            return None
        if line.startswith(("@", "#")):
            self._refuse("SQL*Plus runs a line that begins so as a command, within a statement too")
        if stripped.endswith("-"):
            self._refuse("SQL*Plus takes a hyphen at the end of a line for its continuation")
        if not buffer.lines and not self._starts_statement(stripped):
            self._screen.line(f'SP2-0734: unknown command beginning "{stripped[:10]}..."')
            self._refuse("SP2-0734: unknown command")
        if stripped.endswith(";"):
            candidate = _Buffer([*buffer.lines, line.rstrip()])
            if not candidate.is_unit:
                candidate.lines[-1] = line.rstrip()[:-1]
                self._run(candidate)
                return None
        buffer.lines.append(line)
        return buffer

    def _starts_statement(self, stripped: str) -> bool:
        word = _WORD.match(stripped)
        known = word is not None and word.group().upper() in _STATEMENTS
        return known or stripped.startswith(("(", "<<")) or bool(_SET_STATEMENT.match(stripped))

    def _run(self, buffer: _Buffer) -> None:
        self._last = buffer
        lines = []
        for number, line in enumerate(buffer.lines, start=1):
            replaced = self._replaced(line)
            if replaced != line and self._settings.is_on("VERIFY"):
                self._screen.line(f"old {number:>3}: {line}")
                self._screen.line(f"new {number:>3}: {replaced}")
            lines.append(replaced)
        ready = _Buffer(lines)
        text = ready.text.strip() if ready.is_unit else ready.text.rstrip()
        self._execute(text, is_unit=ready.is_unit)

    def _execute(self, text: str, *, is_unit: bool) -> None:
        try:
            result = self._database.run(text)
        except Failed as exc:
            self._output()
            self._screen.line(text.splitlines()[0])
            self._screen.line("ERROR at line 1:")
            self._screen.line(str(exc))
            if self._on_sql_error is not None:
                self._end(self._on_sql_error, code=exc.code % 256)
            return
        self._output()
        if result.columns:
            self._show(result.columns, result.rows)
        if self._settings.is_on("FEEDBACK"):
            self._screen.line(result.feedback(text, is_unit=is_unit))

    def _output(self) -> None:
        if self._settings.is_on("SERVEROUTPUT"):
            for line in self._database.output():
                self._screen.line(line)

    def _show(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        told = [self._columns.get(name.upper(), Column()) for name in columns]
        for row in rows:
            for column, value in zip(told, row, strict=True):
                if column.new_value is not None:
                    self._variables[column.new_value] = "" if value is None else str(value)
        shown = [at for at, column in enumerate(told) if column.is_shown]
        if shown and rows and self._settings.is_on("HEADING") and self._settings.is_on("PAGESIZE"):
            self._screen.line(" ".join(told[at].heading or columns[at] for at in shown))
        for row in rows if shown else ():
            self._screen.line(" ".join("" if row[at] is None else str(row[at]) for at in shown))

    # ----------------------------------------------------------------- variables

    def _replaced(self, text: str) -> str:
        mark = self._settings.define
        if not mark or mark not in text:
            return text
        pattern = re.compile(rf"({re.escape(mark)}{{1,2}})({_NAME})\.?")
        return pattern.sub(self._value, text)

    def _value(self, match: re.Match[str]) -> str:
        name = match[2].upper()
        if name not in self._variables:
            value = self._ask(f"Enter value for {match[2].lower()}: ")
            if len(match[1]) == 1:
                return value
            self._variables[name] = value
        return self._variables[name]

    def _ask(self, prompt: str) -> str:
        self._screen.ask(prompt)
        answer = self._answers.readline()
        if not answer:
            self._refuse(f"nobody answers: {prompt}")
        return answer.rstrip("\r\n")

    # ----------------------------------------------------------------- commands

    def _starts_command(self, stripped: str) -> bool:
        if stripped[0] == "@":
            return True
        if stripped[0] in "!$":
            self._refuse("commands of the host are not run")
        word = _WORD.match(stripped)
        if word is None or _SET_STATEMENT.match(stripped):
            return False
        after = stripped[word.end() : word.end() + 1]
        if after and not (after.isspace() or after == ";"):
            return False
        return self._name(word.group().upper()) is not None

    def _name(self, word: str) -> str | None:
        for name, shortest in _COMMANDS.items():
            if word.startswith(shortest) and name.startswith(word):
                return name
        if word not in _STATEMENTS and any(
            name.startswith(word) and len(word) >= 3 for name in _REFUSED
        ):
            self._refuse(f"{word} is a command of SQL*Plus that this reader does not know")
        return None

    def _command(self, line: str, path: Path) -> None:
        if line[0] == "@":
            nested = line.startswith("@@")
            self._include(line.lstrip("@"), path if nested else None)
            return
        word = _WORD.match(line)
        assert word is not None
        name = self._name(word.group().upper())
        text = line[word.end() :].strip()
        if name not in {"PROMPT", "REMARK"}:
            text = text.removesuffix(";").rstrip()
        doing: dict[str | None, Callable[[str], None]] = {
            "ACCEPT": self._accept,
            "COLUMN": self._column,
            "DEFINE": self._define,
            "EXECUTE": lambda text: self._execute(f"BEGIN {text}; END;", is_unit=True),
            "EXIT": lambda text: self._end(parse_ending(text), code=0),
            "QUIT": lambda text: self._end(parse_ending(text), code=0),
            "PROMPT": self._screen.line,
            "REMARK": lambda text: None,
            "SET": self._set,
            "SPOOL": self._spool,
            "START": lambda text: self._include(text, None),
            "UNDEFINE": self._undefine,
            "WHENEVER": self._whenever,
        }
        try:
            doing[name](text)
        except Refused as exc:
            if str(exc).startswith(self._where):
                raise
            self._refuse(str(exc))

    def _include(self, text: str, caller: Path | None) -> None:
        words = text.strip().removesuffix(";").split()
        if not words:
            self._refuse("@ without a file")
        path = Path(words[0].strip("\"'"))
        if not path.suffix:
            path = path.with_suffix(".sql")
        # @@ looks beside the script that asks, @ in the current folder
        self.start(path if caller is None else caller.parent / path, words[1:])

    def _set(self, text: str) -> None:
        name = self._settings.set(text)
        if name == "TERMOUT":
            self._screen.terminal_on = self._settings.is_on(name)
        elif name == "SERVEROUTPUT" and self._settings.values[name] != "OFF":
            self._settings.values[name] = "ON"
            self._database.enable_output()

    def _column(self, text: str) -> None:
        words = text.split()
        if len(words) < 2:
            self._refuse("COLUMN shows nothing here")
        name = words[0].upper()
        self._columns[name] = parse_column(words[1:], self._columns.get(name, Column()))
        new_value = self._columns[name].new_value
        if new_value is not None:
            self._variables.setdefault(new_value, "")

    def _define(self, text: str) -> None:
        found = re.match(rf"\A({_NAME})\s*=\s*(.*)\Z", text, re.DOTALL)
        if found is None:
            self._refuse("DEFINE without name = value")
        value = found[2].strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        self._variables[found[1].upper()] = value

    def _undefine(self, text: str) -> None:
        for name in text.split():
            self._variables.pop(name.upper(), None)

    def _accept(self, text: str) -> None:
        found = re.match(
            rf"(?is)\A({_NAME})(?:\s+char)?(?:\s+def(?:ault)?\s+(?P<default>'[^']*'|\S+))?"
            r"(?:\s+prompt\s+(?P<prompt>'[^']*'|\S+))?(?:\s+hide)?\s*\Z",
            text,
        )
        if found is None:
            self._refuse(f"ACCEPT {text}")
        answer = self._ask((found["prompt"] or "").strip("'"))
        if not answer and found["default"] is not None:
            answer = found["default"].strip("'")
        self._variables[found[1].upper()] = answer

    def _spool(self, text: str) -> None:
        words = text.split()
        if not words or len(words) > 2:
            self._refuse(f"SPOOL {text}")
        if words[0].upper() == "OFF":
            self._screen.spool_off()
            return
        modes = {"CREATE": "x", "CRE": "x", "REPLACE": "w", "REP": "w", "APPEND": "a", "APP": "a"}
        mode = modes.get(words[1].upper()) if len(words) == 2 else "w"
        if mode is None:
            self._refuse(f"SPOOL {text}")
        path = Path(words[0])
        self._screen.spool(path if path.suffix else path.with_suffix(".lst"), mode)

    def _whenever(self, text: str) -> None:
        found = re.match(r"(?i)\A(SQLERROR|OSERROR)\s+(EXIT|CONTINUE)\b(.*)\Z", text)
        if found is None:
            self._refuse(f"WHENEVER {text}")
        ending: Ending | None
        if found[2].upper() == "CONTINUE":
            if found[3].strip().upper() not in {"", "NONE"}:
                self._refuse(f"WHENEVER {text}")
            ending = None
        else:
            ending = parse_ending(found[3])
        if found[1].upper() == "SQLERROR":
            self._on_sql_error = ending
        else:
            self._on_os_error = ending

    def _end(self, ending: Ending, *, code: int) -> NoReturn:
        if ending.commits:
            self._database.commit()
        else:
            self._database.rollback()
        raise Ended(code if ending.status is None else ending.status)

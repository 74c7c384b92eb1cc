"""Splits SQL*Plus scripts into statements, without a database; pure.

Understood is what the files of this repository and careful hand-written scripts use: statements
ended by a line holding only ``/``, plain SQL statements ended by ``;``, comments, and the SQL*Plus
commands that have no effect on the database. Anything else that only SQL*Plus knows is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["ScriptError", "Statement", "checksum", "includes", "split"]

_PLSQL = re.compile(
    r"""(?ix) \A (?:
        declare\b | begin\b | <<
      | with \s+ (?:function|procedure)\b
      | create \s+ (?:or \s+ replace \s+)? (?:(?:non)?editionable \s+)?
        (?:package|procedure|function|trigger|type|library)\b
    )"""
)
_COMMAND = re.compile(
    r"(?i)\A(?:set|whenever|prompt|show|spool|define|undefine|exit|quit|rem|remark|column|timing)\b"
)
_SET_IN_SQL = re.compile(r"(?i)\Aset\s+(?:role|transaction|constraints?)\b")
_INCLUDE = re.compile(r"(?i)\A\s*(?:@@?|start\s+)\s*(?P<path>\S+?)\s*;?\s*\Z")
_QUOTE_CLOSERS = {"[": "]", "{": "}", "(": ")", "<": ">"}


class ScriptError(ValueError):
    """A script holds something that only SQL*Plus could run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement as the driver takes it: no terminator, except the ``;`` that ends PL/SQL."""

    text: str
    line: int

    @property
    def code(self) -> str:
        """The text from its first line that is neither blank nor a line comment."""
        lines = self.text.splitlines()
        start = next((i for i, line in enumerate(lines) if not _is_blank(line.strip())), 0)
        return "\n".join(lines[start:])

    @property
    def summary(self) -> str:
        """The first line of code, for progress and messages."""
        for raw in self.text.splitlines():
            line = raw.strip()
            if line and not line.startswith("--"):
                return line[:72]
        return self.text[:72]


def checksum(text: str) -> str:
    """Return the SHA-256 of a script, blind to line endings and to trailing blanks."""
    lines = (line.rstrip() for line in text.lstrip("\ufeff").splitlines())
    return hashlib.sha256("\n".join(lines).rstrip("\n").encode()).hexdigest()


def includes(text: str) -> list[str]:
    """Return the files that an install script names with ``@`` or ``@@``, in order."""
    return [match["path"] for line in text.splitlines() if (match := _INCLUDE.match(line))]


def split(text: str) -> list[Statement]:
    """Return the statements of a script, in order."""
    return list(_split(text.lstrip("\ufeff")))


def _split(text: str) -> Iterator[Statement]:
    buffer: list[str] = []
    first = 0
    scanner = _Scanner()
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not buffer:
            if scanner.clear and _is_blank(stripped):
                continue
            if scanner.clear and stripped == "/":
                continue
            if scanner.clear and _INCLUDE.match(line):
                raise ScriptError(f"line {number}: {stripped!r} belongs into an install script")
            if scanner.clear and _COMMAND.match(stripped) and not _SET_IN_SQL.match(stripped):
                continue
            if scanner.clear and not stripped.startswith("/*"):
                first = number
                buffer.append(line)
                scanner.feed(line)
            else:
                # A comment block between statements is dropped, code behind its end is not.
                scanner.feed(line)
                rest = line.rpartition("*/")[2] if scanner.clear else ""
                if _is_blank(rest.strip()):
                    continue
                first = number
                buffer.append(rest)
        elif stripped == "/" and scanner.clear:
            yield _statement(buffer, first)
            buffer = []
            continue
        else:
            buffer.append(line)
            scanner.feed(line)
        if scanner.clear and scanner.ends_with_semicolon and not _is_plsql(buffer):
            yield _statement(buffer, first)
            buffer = []
    if any(not _is_blank(line.strip()) for line in buffer):
        yield _statement(buffer, first)


def _is_blank(stripped: str) -> bool:
    return not stripped or stripped.startswith("--")


def _is_plsql(lines: list[str]) -> bool:
    code = "\n".join(line for line in lines[:12] if not _is_blank(line.strip()))
    return _PLSQL.match(code.lstrip()) is not None


def _statement(lines: list[str], first: int) -> Statement:
    text = "\n".join(lines).rstrip()
    if not _is_plsql(lines):
        # A comment after the final semicolon would go to the server and is harmless there.
        text = text.rstrip().rstrip(";").rstrip()
    return Statement(text=text, line=first)


class _Scanner:
    """Knows, line by line, whether the text stands inside a literal or a block comment."""

    def __init__(self) -> None:
        self._closer: str | None = None
        self.ends_with_semicolon = False

    @property
    def clear(self) -> bool:
        return self._closer is None

    def feed(self, line: str) -> None:
        position = 0
        last = ""
        length = len(line)
        while position < length:
            if self._closer is not None:
                end = line.find(self._closer, position)
                if end < 0:
                    self.ends_with_semicolon = False
                    return
                position = end + len(self._closer)
                last = "x" if self._closer != "*/" else last
                self._closer = None
                continue
            pair = line[position : position + 2]
            if pair == "--":
                break
            if pair == "/*":
                self._closer = "*/"
                position += 2
                continue
            char = line[position]
            if pair.lower() == "q'" and not (position and line[position - 1].isalnum()):
                opener = line[position + 2 : position + 3]
                self._closer = _QUOTE_CLOSERS.get(opener, opener) + "'"
                position += 3
                continue
            if char in "'\"":
                self._closer = char
            if not char.isspace():
                last = char
            position += 1
        self.ends_with_semicolon = last == ";" and self._closer is None

"""Splits SQL*Plus scripts into statements, without a database; pure.

Understood is what the files of this repository and careful hand-written scripts use: statements
ended by a line holding only ``/``, plain SQL statements ended by ``;``, comments, and the SQL*Plus
commands that have no effect on the database. Anything else that only SQL*Plus knows is refused, and
so is what SQL*Plus would cut or join at the end of a line, which it does inside literals and comments
too: a file means the same to every tool or is not run.
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
_MAX_LINE = 2499  # bytes that every version of SQL*Plus takes
_QUOTE_CLOSERS = {"[": "]", "{": "}", "(": ")", "<": ">"}


class ScriptError(ValueError):
    """A script holds something that SQL*Plus alone could run, or would read otherwise."""


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
    def is_plsql(self) -> bool:
        """Whether only ``/`` ends it: PL/SQL, and every CREATE of a unit or type."""
        return _is_plsql(self.text.splitlines())

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
        _refuse_line(line, number, inside=not scanner.clear, is_code=bool(buffer))
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
        if buffer and stripped.endswith("-") and not scanner.ends_in_comment:
            raise ScriptError(
                f"line {number}: to SQL*Plus '-' at the end joins the next line to it"
            )
        if not _is_plsql(buffer):
            _refuse_end(stripped, number, scanner)
        if scanner.clear and scanner.ends_with_semicolon and not _is_plsql(buffer):
            yield _statement(buffer, first)
            buffer = []
    if any(not _is_blank(line.strip()) for line in buffer):
        yield _statement(buffer, first)


def _refuse_line(line: str, number: int, *, inside: bool, is_code: bool) -> None:
    """Refuse what a line means to SQL*Plus whatever statement it stands in."""
    stripped = line.strip()
    if len(line.encode()) > _MAX_LINE:
        raise ScriptError(f"line {number}: SQL*Plus ignores lines of more than {_MAX_LINE} bytes")
    if not is_code and not inside:
        return
    if stripped == "." or (stripped == "/" and inside):
        raise ScriptError(f"line {number}: to SQL*Plus {stripped!r} alone on a line is the end")
    if stripped[:1] in ("#", "@"):
        raise ScriptError(
            f"line {number}: begins with {stripped[0]!r}: a command to SQL*Plus, in a comment too"
        )


def _refuse_end(stripped: str, number: int, scanner: _Scanner) -> None:
    """Refuse what the end of a line of SQL means to SQL*Plus."""
    if not stripped:
        raise ScriptError(f"line {number}: a blank line ends a SQL statement without running it")
    if stripped.endswith(";") and not (scanner.clear and scanner.ends_with_semicolon):
        raise ScriptError(
            f"line {number}: to SQL*Plus ';' at the end of a line ends the statement,"
            " inside a literal or comment too"
        )
    if scanner.semicolon_inside:
        raise ScriptError(f"line {number}: ';' ends a statement only at the end of a line")


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
        self.semicolon_inside = False  # other text follows a semicolon of the last line
        self.ends_in_comment = False  # the last line ends in a comment that begins with --

    @property
    def clear(self) -> bool:
        return self._closer is None

    def feed(self, line: str) -> None:
        position = 0
        last = ""
        self.semicolon_inside = self.ends_in_comment = False
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
            if last == ";" and not line[position].isspace():
                self.semicolon_inside = True
            if pair == "--":
                self.ends_in_comment = True
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

"""Scripts as SQL*Plus reads them: statements, PL/SQL units and client commands, each with its line.

The rules are SQL*Plus's. A line with nothing but ``/`` runs what stands in the buffer, and only
that ends a PL/SQL unit; a SQL statement ends at ``;`` or ``/``. A line with nothing but ``.`` drops
the buffer. Client commands are known only where a statement could start, and end with the line
(``-`` at its end continues it). ``&name`` is replaced everywhere, in strings and comments too,
while DEFINE is on. What SQL*Plus would silently not run, run twice or cut in the middle is an error
here. It looks at the ends of lines, not at literals (SQL*Plus User's Guide, "Placing Comments in
Scripts" and "Entering and Editing SQL"), so that these are errors inside a literal too: ``;`` at
the end of a line or before other text, a blank line (unless SQLBLANKLINES is on), a line with
nothing but ``/`` or ``.``, a line that begins with ``#`` or ``@`` or ends with ``-`` and a line
that is too long for it; furthermore a ``/`` after ``;``, a comment in the first words of a unit, a
comment ``/*`` without a blank behind it where a statement could start, a statement without an end.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field

Include = Callable[[str, str | None], tuple[str, str]]
"""Called for ``@file`` and ``@@file`` with the name and, for ``@@``, the name of the script that
asks; returns the name and text of the included script."""


class ItemKind(enum.Enum):
    SQL = "sql"
    PLSQL = "plsql"
    COMMAND = "command"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class ScriptItem:
    """``text`` is without terminator; ``line`` is 1-based in the script ``source``. Of a command,
    ``command`` is its full name in upper case and ``text`` its arguments."""

    kind: ItemKind
    text: str
    line: int
    source: str = ""
    command: str = ""


class ScriptError(Exception):
    def __init__(self, source: str, line: int, text: str) -> None:
        self.source = source
        self.line = line
        self.text = text
        super().__init__(f"{source or 'script'}:{line}: {text}")


# full name -> shortest abbreviation
_COMMANDS = {
    "ACCEPT": 3,
    "BREAK": 3,
    "BTITLE": 3,
    "CLEAR": 2,
    "COLUMN": 3,
    "COMPUTE": 4,
    "CONNECT": 4,
    "DEFINE": 3,
    "DESCRIBE": 4,
    "DISCONNECT": 4,
    "EXECUTE": 4,
    "EXIT": 4,
    "HOST": 2,
    "PASSWORD": 5,
    "PAUSE": 3,
    "PRINT": 3,
    "PROMPT": 3,
    "QUIT": 4,
    "REMARK": 3,
    "SET": 3,
    "SHOW": 3,
    "SPOOL": 3,
    "START": 3,
    "TIMING": 4,
    "TTITLE": 3,
    "UNDEFINE": 5,
    "VARIABLE": 3,
    "WHENEVER": 8,
}
_SET_STATEMENT = re.compile(r"\s*set\s+(role|transaction|constraints?)\b", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]+")
_UNIT = re.compile(
    r"""\s*(?:declare\b|begin\b|<<
      |create\s+(?:or\s+replace\s+)?(?:(?:non)?editionable\s+)?
       (?:package|procedure|function|trigger|type|library)\b
      |create\s+(?:or\s+replace\s+)?(?:and\s+(?:compile|resolve)\s+)?(?:noforce\s+)?java\b
      |with\s+(?:function|procedure)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
_NEEDS_MORE = re.compile(
    r"\s*(?:create(?:\s+or(?:\s+replace)?)?(?:\s+(?:non)?editionable)?|with)\s*$", re.IGNORECASE
)
_ANY_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_COMMENTS = re.compile(r"(?:\s|--[^\n]*|/\*.*?\*/)*", re.DOTALL)
_VARIABLE = re.compile(r"&&?([A-Za-z][\w$#]*|\d+)\.?")
_DEFINITION = re.compile(r"\s*([A-Za-z][\w$#]*)\s*=\s*(.*?)\s*$", re.DOTALL)
# What can change the state, outside strings and comments.
_EVENT = re.compile(r"--|/\*|[nN]?[qQ]'|'|\"|;")
# SP2-0027 below 12.2; later versions take more.
_MAX_LINE = 2499
_NAME_END = re.compile(r"[\w$#]")
_CLOSERS = {"[": "]", "{": "}", "<": ">", "(": ")"}


def split_script(
    text: str,
    *,
    source: str = "",
    include: Include | None = None,
    variables: MutableMapping[str, str] | None = None,
    comments: bool = False,
) -> list[ScriptItem]:
    """The items of ``text`` in order, included scripts in their place.

    ``variables`` turns substitution on and receives what DEFINE sets (names in upper case); without
    it ``&`` is an ordinary character. ``comments`` asks for the comments between statements too. An
    EXIT or QUIT is the last item.
    """
    splitter = _Splitter(include, variables, comments)
    splitter.script(text, source)
    return splitter.items


@dataclass(slots=True)
class _Buffer:
    """The statement being collected."""

    line: int
    lines: list[str] = field(default_factory=list)
    state: str = ""  # '' or the text that ends the open string or comment
    kind: ItemKind | None = None  # once its first words tell
    is_torn: bool = False  # a comment stands in the words that tell

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def is_unit(self, more: str = "") -> bool:
        """Whether this is PL/SQL, judged with ``more`` of the current line."""
        if self.kind is None:
            code = _ANY_COMMENT.sub(" ", "\n".join([*self.lines, more]))
            if not code.strip() or _NEEDS_MORE.match(code):
                return False
            self.kind = ItemKind.PLSQL if _UNIT.match(code) else ItemKind.SQL
            raw = _code("\n".join([*self.lines, more]))
            self.is_torn = self.kind is ItemKind.PLSQL and not _UNIT.match(raw)
        return self.kind is ItemKind.PLSQL


class _Splitter:
    def __init__(
        self,
        include: Include | None,
        variables: MutableMapping[str, str] | None,
        comments: bool,
    ) -> None:
        self.include = include
        self.variables = variables
        self.define = variables is not None
        self.comments = comments
        self.blank_lines = False
        self.items: list[ScriptItem] = []
        self.source = ""
        self.ended = False

    def script(self, text: str, source: str) -> None:
        outer, self.source = self.source, source
        lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
        buffer: _Buffer | None = None
        ran: int | None = None  # line of the statement a further "/" would run again
        at = 0
        while at < len(lines) and not self.ended:
            number = at + 1
            line = lines[at]
            at += 1
            if len(line.encode()) > _MAX_LINE:
                raise ScriptError(
                    self.source, number, f"SQL*Plus ignores lines of more than {_MAX_LINE} bytes"
                )
            if buffer is None:
                if not line.strip():
                    continue
                if line.strip() == "/":
                    raise self._again(number, ran)
                if _is_command(line):
                    while line.rstrip().endswith("-") and at < len(lines):
                        line = line.rstrip()[:-1] + " " + lines[at]
                        at += 1
                    self._command(line, number)
                    continue
                if re.match(r"\s*/\*\S", line):
                    raise ScriptError(
                        self.source, number, "SQL*Plus takes '/*' without a blank behind it for '/'"
                    )
                buffer = _Buffer(number)
            elif line.strip() in ("/", ".") and buffer.state:
                raise ScriptError(
                    self.source, number, f"{line.strip()!r} alone on a line ends what is open here"
                )
            elif line.strip() == "/":
                self._finish(buffer)
                ran, buffer = buffer.line, None
                continue
            elif line.strip() == ".":
                buffer = None
                continue
            elif line.lstrip()[:1] in ("#", "@"):
                raise ScriptError(
                    self.source,
                    number,
                    f"a line that begins with {line.lstrip()[0]!r} is a client command, in a"
                    " comment too",
                )
            line = self._substitute(line, number)
            if self._add(buffer, line, number):
                ran, buffer = buffer.line, None
            elif buffer.lines and not buffer.state and self._only_comments(buffer):
                buffer = None
        if buffer is not None and not self.ended:
            raise ScriptError(self.source, buffer.line, "the statement has no end: ';' or '/'")
        self.source = outer

    def _again(self, number: int, ran: int | None) -> ScriptError:
        if ran is None:
            return ScriptError(self.source, number, "'/' without a statement before it")
        return ScriptError(self.source, number, f"'/' would run the statement of line {ran} again")

    # ---------------------------------------------------------------- the buffer

    def _add(self, buffer: _Buffer, line: str, number: int) -> bool:
        """Append a line; whether a ``;`` ended the statement, which is then emitted."""
        if not line.strip() and not self.blank_lines:
            buffer.is_unit()
            if buffer.kind is ItemKind.SQL:
                raise ScriptError(
                    self.source,
                    number,
                    "a blank line ends a SQL statement without running it (SQLBLANKLINES is off)",
                )
        position = 0
        in_comment = False
        while True:
            if buffer.state:
                end = line.find(buffer.state, position)
                if end < 0:
                    break
                position = end + len(buffer.state)
                buffer.state = ""
                continue
            event = _EVENT.search(line, position)
            if event is None or event.group() == "--":
                in_comment = event is not None
                break
            mark = event.group()
            position = event.end()
            if mark == "/*":
                buffer.state = "*/"
            elif mark in ("'", '"'):
                buffer.state = mark
            elif mark == ";":
                if not buffer.is_unit(line[: event.start()]):
                    if line[event.end() :].strip():
                        raise ScriptError(
                            self.source, number, "';' ends a statement only at the end of a line"
                        )
                    buffer.lines.append(line[: event.start()])
                    self._finish(buffer)
                    return True
            elif event.start() and _NAME_END.match(line[event.start() - 1]):
                buffer.state = "'"  # the q belongs to a name
            elif position < len(line):
                buffer.state = _CLOSERS.get(line[position], line[position]) + "'"
                position += 1
        buffer.lines.append(line)
        self._refuse_end(buffer, line.rstrip(), number, in_comment=in_comment)
        return False

    def _refuse_end(self, buffer: _Buffer, line: str, number: int, *, in_comment: bool) -> None:
        """What the end of a line means to SQL*Plus, whatever is open there."""
        is_unit = buffer.is_unit()
        if buffer.is_torn:
            raise ScriptError(self.source, number, "a comment in the first words of a unit")
        if buffer.kind is None:
            return
        if line.endswith(";") and not is_unit:
            raise ScriptError(
                self.source,
                number,
                "';' at the end of a line ends the statement, inside a literal or comment too",
            )
        if line.endswith("-") and not in_comment:
            raise ScriptError(
                self.source, number, "'-' at the end of a line joins it to the next one"
            )

    def _only_comments(self, buffer: _Buffer) -> bool:
        """Whether the buffer holds nothing to run; its comments are then items of their own."""
        if _code(buffer.text).strip():
            return False
        if self.comments:
            self._emit(ItemKind.COMMENT, buffer.text, buffer.line)
        return True

    def _finish(self, buffer: _Buffer) -> None:
        text = buffer.text
        start = _comment_end(text)
        code = text[start:].rstrip()
        line = buffer.line + text.count("\n", 0, start)
        if not code:
            raise ScriptError(self.source, buffer.line, "nothing to run before the terminator")
        if self.comments and text[:start].strip():
            self._emit(ItemKind.COMMENT, text[:start].strip(), buffer.line)
        kind = ItemKind.PLSQL if buffer.is_unit() else ItemKind.SQL
        self._emit(kind, code, line)

    def _emit(self, kind: ItemKind, text: str, line: int, command: str = "") -> None:
        self.items.append(ScriptItem(kind, text, line, self.source, command))

    # ---------------------------------------------------------------- commands

    def _substitute(self, line: str, number: int) -> str:
        if not self.define or "&" not in line:
            return line

        def value(match: re.Match[str]) -> str:
            name = match.group(1).upper()
            if self.variables is None or name not in self.variables:
                raise ScriptError(self.source, number, f"variable &{name} is not defined")
            return self.variables[name]

        return _VARIABLE.sub(value, line)

    def _command(self, line: str, number: int) -> None:
        line = self._substitute(line, number).strip()
        if line[0] == "@":
            nested = line.startswith("@@")
            self._include(line.lstrip("@").strip().rstrip(";"), number, nested)
            return
        if line[0] in "!$":
            raise ScriptError(self.source, number, "host commands are not run")
        word = _WORD.match(line)
        assert word is not None
        name = _full_name(word.group().upper())
        text = line[word.end() :].strip()
        if name != "PROMPT":
            text = text.removesuffix(";").rstrip()
        if name == "START":
            self._include(text, number, nested=False)
        elif name == "EXECUTE":
            self._emit(ItemKind.PLSQL, f"BEGIN {text}; END;", number)
        elif name == "REMARK":
            if self.comments:
                self._emit(ItemKind.COMMENT, text, number)
        else:
            self._settings(name, text, number)
            self._emit(ItemKind.COMMAND, text, number, name or "")
            self.ended = name in ("EXIT", "QUIT")

    def _settings(self, name: str | None, text: str, number: int) -> None:
        words = text.upper().split()
        if name == "SET" and len(words) > 1:
            if words[0] in ("DEF", "DEFINE"):
                self.define = words[1] != "OFF" and self.variables is not None
            elif words[0] in ("SQLBL", "SQLBLANKLINES"):
                self.blank_lines = words[1] == "ON"
        elif name == "DEFINE" and self.variables is not None:
            found = _DEFINITION.match(text)
            if found is None:
                raise ScriptError(self.source, number, f"DEFINE needs name = value, not {text!r}")
            value = found.group(2)
            if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
                value = value[1:-1]
            self.variables[found.group(1).upper()] = value
        elif name == "UNDEFINE" and self.variables is not None:
            for word in words:
                self.variables.pop(word, None)

    def _include(self, name: str, number: int, nested: bool) -> None:
        name = name.strip("\"'")
        if self.include is None:
            raise ScriptError(self.source, number, f"@{name}: scripts cannot be included here")
        try:
            included, text = self.include(name, self.source if nested else None)
        except OSError as error:
            raise ScriptError(self.source, number, f"@{name}: {error}") from error
        self.script(text, included)


def _full_name(word: str) -> str | None:
    for name, shortest in _COMMANDS.items():
        if len(word) >= shortest and name.startswith(word):
            return name
    return None


def _is_command(line: str) -> bool:
    stripped = line.strip()
    if stripped[0] in "@!$":
        return True
    word = _WORD.match(stripped)
    if word is None or _SET_STATEMENT.match(stripped):
        return False
    after = stripped[word.end() : word.end() + 1]
    if after and not (after.isspace() or after in ";'"):
        return False
    return _full_name(word.group().upper()) is not None


def _comment_end(text: str) -> int:
    found = _COMMENTS.match(text)
    return found.end() if found else 0


def _code(text: str) -> str:
    """``text`` from its first character that is neither white space nor comment."""
    return text[_comment_end(text) :]

"""Text of PL/SQL or Oracle SQL into tokens; nothing is lost, the tokens joined are the text.

Comments and white space stay as tokens: annotations and lint directives are comments, and offsets must
refer to the text as given. No word is a keyword here. One pattern, tried in order; the traps it must
get right are listed in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from devkit.oracle.plsql.tokens import Kind, PlsqlSyntaxError, Token

__all__ = ["PlsqlSyntaxError", "Token", "significant", "tokenize"]

_MAX_IDENTIFIER_BYTES = 128

# Group names are those of Kind, except QQUOTE (q'…'), and the three that stand for an error.
_PATTERN = re.compile(
    r"""
    (?P<SPACE>[\s\ufeff\x00]+)
  | (?P<QQUOTE>[nN]?[qQ]'(?:\[.*?\]'|\{.*?\}'|<.*?>'|\(.*?\)'|(?P<closer>[^\s\[{<(]).*?(?P=closer)'))
  | (?P<STRING>[nN]?'[^']*(?:''[^']*)*')
  | (?P<IDENT>[^\W\d_][\w$\#]*)
  | (?P<COMMENT>--[^\r\n]*|/\*.*?\*/)
  | (?P<NUMBER>(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?:[fFdD](?![\w$\#]))?)
  | (?P<QUOTED>"[^"\r\n]*")
  | (?P<open_comment>/\*)
  | (?P<OP>:=|=>|\.\.|\*\*|\|\||<<|>>|<=|>=|<>|!=|\^=|~=)
  | (?P<BIND>:\s*(?:[^\W\d_][\w$\#]*|\d+|"[^"\r\n]*"))
  | (?P<DIRECTIVE>\$\$[^\W\d_][\w$\#]*|\$[iI][fF]\b|\$[tT][hH][eE][nN]\b|\$[eE][lL][sS][eE]\b
      |\$[eE][lL][sS][iI][fF]\b|\$[eE][nN][dD]\b|\$[eE][rR][rR][oO][rR]\b)
  | (?P<open_string>')
  | (?P<open_name>")
  | (?P<ONE>.)
    """,
    re.VERBOSE | re.DOTALL,
)

_NOT_EQUAL = {"!=": "<>", "^=": "<>", "~=": "<>"}
_BIND_NAME = re.compile(r":\s*")

_ERRORS = {
    "open_string": "ORA-01756: quoted string not properly terminated",
    "open_name": "PLS-00112: end-of-line in quoted identifier",
    "open_comment": "ORA-01742: comment not terminated properly",
}


def tokenize(text: str) -> list[Token]:
    """All tokens of ``text``, white space and comments included, closed by one END token."""
    return list(scan(text))


def significant(tokens: list[Token]) -> list[Token]:
    """The tokens that mean something, END included."""
    return [t for t in tokens if t.live and t.kind is not Kind.SPACE and t.kind is not Kind.COMMENT]


def scan(text: str) -> Iterator[Token]:
    """The tokens one by one, for readers that need only the beginning."""
    make = tuple.__new__
    space, ident, op, string, number = Kind.SPACE, Kind.IDENT, Kind.OP, Kind.STRING, Kind.NUMBER
    line = 1
    line_start = 0
    seq = 0
    after_string = False
    position = 0
    match_at = _PATTERN.match
    size = len(text)
    while position < size:
        match = match_at(text, position)
        assert match is not None  # ONE takes any character
        group = match.lastgroup
        raw = match.group()
        start = position
        position = match.end()
        column = start - line_start + 1
        kind: Kind
        if group == "SPACE":
            yield make(Token, (space, raw, raw, start, line, column, seq, True))
            seq += 1
            breaks = raw.count("\n")
            if breaks:
                line += breaks
                line_start = start + raw.rindex("\n") + 1
            continue
        if group == "IDENT":
            value = raw.upper()
            if len(raw) > 31 and len(raw.encode()) > _MAX_IDENTIFIER_BYTES:
                raise PlsqlSyntaxError(
                    line, column, f"PLS-00114: identifier '{raw[:30]}' too long", start
                )
            kind = ident
        elif group == "ONE":
            kind = op
            value = raw
        elif group == "OP":
            kind = op
            value = _NOT_EQUAL.get(raw, raw)
        elif group == "STRING":
            kind = string
            value = raw[raw.index("'") + 1 : -1].replace("''", "'")
        elif group == "NUMBER":
            kind = number
            value = raw
        elif group == "QQUOTE":
            kind = string
            value = raw[raw.index("'") + 2 : -2]
        elif group == "COMMENT":
            kind = Kind.COMMENT
            value = raw
        elif group == "QUOTED":
            kind = Kind.QUOTED
            value = raw[1:-1]
        elif group == "BIND":
            if after_string:  # JSON's  'key' : value
                raw = value = ":"
                position = start + 1
                kind = op
            else:
                kind = Kind.BIND
                bare = raw[_BIND_NAME.match(raw).end() :]  # type: ignore[union-attr]
                value = bare[1:-1] if bare[0] == '"' else bare.upper()
        elif group == "DIRECTIVE":
            kind = Kind.DIRECTIVE
            value = raw.upper()
        else:
            raise PlsqlSyntaxError(line, column, _ERRORS[str(group)], start)
        yield make(Token, (kind, raw, value, start, line, column, seq, True))
        seq += 1
        if kind is not Kind.COMMENT:
            after_string = kind is string
        if kind is not ident and "\n" in raw:
            line += raw.count("\n")
            line_start = start + raw.rindex("\n") + 1
    yield make(Token, (Kind.END, "", "", size, line, size - line_start + 1, seq, True))

"""Text of PL/SQL or Oracle SQL into tokens; nothing is lost, the tokens joined are the text.

Comments and white space stay as tokens: annotations and lint directives are comments, and offsets
must refer to the text as given. No word is a keyword here. One pattern, tried in order; the traps
it must get right are listed in the tests.
"""

from __future__ import annotations

import re

from devkit.oracle.plsql.tokens import Kind, PlsqlSyntaxError, Token

__all__ = ["PlsqlSyntaxError", "Token", "significant", "tokenize"]

_MAX_IDENTIFIER_BYTES = 128

# Group names are those of Kind, except QQUOTE (q'…'), and the three that stand for an error.
_PATTERN = re.compile(
    r"""
    (?P<SPACE>[\s\ufeff\x00]+)
  | (?P<QQUOTE>[nN]?[qQ]'(?:\[.*?\]'|\{.*?\}'|<.*?>'|\(.*?\)'
      |(?P<closer>[^\s\[{<(]).*?(?P=closer)'))
  | (?P<open_string>[nN]?[qQ]')
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
  | (?P<open_plain>')
  | (?P<open_name>")
  | (?P<ONE>.)
    """,
    re.VERBOSE | re.DOTALL,
)

_NOT_EQUAL = {"!=": "<>", "^=": "<>", "~=": "<>"}

_ERRORS = {
    "open_string": "ORA-01756: quoted string not properly terminated",
    "open_plain": "ORA-01756: quoted string not properly terminated",
    "open_name": "PLS-00112: end-of-line in quoted identifier",
    "open_comment": "ORA-01742: comment not terminated properly",
}


def tokenize(text: str) -> list[Token]:
    """All tokens of ``text``, white space and comments included, closed by one END token."""
    tokens: list[Token] = []
    append = tokens.append
    make = tuple.__new__
    space, ident, op, comment = Kind.SPACE, Kind.IDENT, Kind.OP, Kind.COMMENT
    line = 1
    line_start = 0
    seq = 0
    previous: Kind = op  # the last kind that was neither space nor comment
    for match in _PATTERN.finditer(text):
        group = match.lastgroup
        raw = match.group()
        start = match.start()
        if group == "SPACE":
            append(make(Token, (space, raw, raw, start, line, start - line_start + 1, seq, True)))
            seq += 1
            if "\n" in raw:
                line += raw.count("\n")
                line_start = start + raw.rindex("\n") + 1
            continue
        if group == "IDENT":
            if len(raw) > 31 and len(raw.encode()) > _MAX_IDENTIFIER_BYTES:
                raise PlsqlSyntaxError(
                    line,
                    start - line_start + 1,
                    f"PLS-00114: identifier '{raw[:30]}' too long",
                    start,
                )
            column = start - line_start + 1
            append(make(Token, (ident, raw, raw.upper(), start, line, column, seq, True)))
            seq += 1
            previous = ident
            continue
        if group == "ONE":
            append(make(Token, (op, raw, raw, start, line, start - line_start + 1, seq, True)))
            seq += 1
            previous = op
            continue
        column = start - line_start + 1
        if group == "BIND" and previous is Kind.STRING:  # JSON's  'key' : value
            parts = _json_colon(raw, start, line, column, seq)
        else:
            kind, value = _meaning(group, raw, line, column, start)
            parts = [make(Token, (kind, raw, value, start, line, column, seq, True))]
        tokens += parts
        seq += len(parts)
        if parts[-1].kind is not comment:
            previous = parts[-1].kind
        if "\n" in raw:
            line += raw.count("\n")
            line_start = start + raw.rindex("\n") + 1
    size = len(text)
    append(Token(Kind.END, "", "", size, line, size - line_start + 1, seq))
    return tokens


def significant(tokens: list[Token]) -> list[Token]:
    """The tokens that mean something, END included."""
    space, comment = Kind.SPACE, Kind.COMMENT
    return [t for t in tokens if t.kind is not space and t.kind is not comment and t.live]


def _meaning(group: str | None, raw: str, line: int, column: int, start: int) -> tuple[Kind, str]:
    """Kind and value of a token that is neither space, nor a word, nor a single character."""
    if group == "OP":
        return Kind.OP, _NOT_EQUAL.get(raw, raw)
    if group == "NUMBER":
        return Kind.NUMBER, raw
    if group == "STRING":
        return Kind.STRING, raw[raw.index("'") + 1 : -1].replace("''", "'")
    if group == "QQUOTE":
        return Kind.STRING, raw[raw.index("'") + 2 : -2]
    if group == "COMMENT":
        return Kind.COMMENT, raw
    if group == "QUOTED":
        return Kind.QUOTED, raw[1:-1]
    if group == "BIND":
        bare = raw[1:].lstrip()
        return Kind.BIND, bare[1:-1] if bare[0] == '"' else bare.upper()
    if group == "DIRECTIVE":
        return Kind.DIRECTIVE, raw.upper()
    raise PlsqlSyntaxError(line, column, _ERRORS[str(group)], start)


def _json_colon(raw: str, start: int, line: int, column: int, seq: int) -> list[Token]:
    """``: value`` after a string is an operator and what follows it, not a bind."""
    found = [Token(Kind.OP, ":", ":", start, line, column, seq)]
    for token in tokenize(raw[1:])[:-1]:
        first_line = token.line == 1
        found.append(
            token._replace(
                offset=token.offset + start + 1,
                line=token.line + line - 1,
                column=token.column + column if first_line else token.column,
                seq=seq + len(found),
            )
        )
    return found

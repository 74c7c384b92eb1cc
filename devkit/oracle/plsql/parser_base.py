"""The cursor over the tokens that every part of the parser builds on: looking, taking, failing,
names.

``words[i]`` is the folded word or operator of token ``i``, or a marker that equals no word when the
token is a literal, a bind or a quoted name: one string comparison decides a keyword.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn

from devkit.oracle.plsql.lexer import significant, tokenize
from devkit.oracle.plsql.nodes import Name, NamePart, Span
from devkit.oracle.plsql.preprocess import Constants, StaticValue, preprocess, version_constants
from devkit.oracle.plsql.tokens import Kind, PlsqlSyntaxError, Token


def word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that cannot name anything of the user's, except after a dot. Oracle reserves more; those
# missing here occur as names in practice and are never needed to tell two constructs apart.
RESERVED = word_set(
    """
    ALL ALTER AND ANY AS ASC AT BEGIN BETWEEN BY CASE CONNECT CREATE CURSOR DECLARE DEFAULT DESC
    DISTINCT DROP ELSE ELSIF END EXCEPTION EXCLUSIVE FETCH FOR FROM FUNCTION GOTO GRANT GROUP
    HAVING IF IN INDEX INSERT INTERSECT INTO IS LIKE LOCK MINUS NOT NOWAIT NULL OF ON OR ORDER
    PROCEDURE REVOKE SELECT SUBTYPE TABLE THEN TO UNION UNIQUE UPDATE VALUES WHEN WHERE WITH
    """
)

EXPRESSION_START = (
    "(",
    "-",
    "+",
    "case",
    "mod",
    "new",
    "not",
    "null",
    "<an identifier>",
    "<a double-quoted delimited-identifier>",
    "<a bind variable>",
    "continue",
    "avg",
    "count",
    "current",
    "exists",
    "max",
    "min",
    "prior",
    "sql",
    "stddev",
    "sum",
    "variance",
    "execute",
    "forall",
    "merge",
    "time",
    "timestamp",
    "interval",
    "date",
    "<a string literal with character set specification>",
    "<a number>",
    "<a single-quoted SQL string>",
    "pipe",
)

_MARKERS = {
    Kind.QUOTED: "\0name",
    Kind.NUMBER: "\0number",
    Kind.STRING: "\0string",
    Kind.BIND: "\0bind",
    Kind.DIRECTIVE: "\0directive",
    Kind.END: "\0end",
}

_new_span = tuple.__new__


def encountered(token: Token, expected: Sequence[str]) -> PlsqlSyntaxError:
    """``PLS-00103`` at ``token``, in Oracle's form."""
    if token.kind is Kind.END:
        symbol = "end-of-file"
    elif token.kind is Kind.IDENT:
        symbol = token.value
    else:
        symbol = token.text
    text = f'PLS-00103: Encountered the symbol "{symbol}"'
    if len(expected) == 1:
        text += f" when expecting one of the following:\n\n   {expected[0]}"
    elif expected:
        lines = [""]
        for word in expected:
            if len(lines[-1]) + len(word) > 72:
                lines.append("")
            lines[-1] += f" {word}" if lines[-1] else word
        text += " when expecting one of the following:\n\n   " + "\n   ".join(lines)
    return PlsqlSyntaxError(token.line, token.column, text, token.offset)


class ParserBase:
    def __init__(
        self,
        source: str,
        flags: Mapping[str, StaticValue] | None = None,
        constants: Constants = version_constants,
        tokens: list[Token] | None = None,
    ) -> None:
        self.source = source
        self.all_tokens = preprocess(tokens or tokenize(source), flags, constants)
        self.tokens = significant(self.all_tokens)
        self.words = [_MARKERS.get(token.kind) or token.value for token in self.tokens]
        # two past the end, so that looking ahead never needs a check
        self.words += ["\0end", "\0end", "\0end"]
        self.at = 0

    # ---------------------------------------------------------------- looking and taking

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def take(self, word: str) -> bool:
        """Consume ``word`` if it is next."""
        if self.words[self.at] == word:
            self.at += 1
            return True
        return False

    def take_all(self, *words: str) -> bool:
        """Consume this sequence of words if it is next."""
        at = self.at
        if tuple(self.words[at : at + len(words)]) == words:
            self.at = at + len(words)
            return True
        return False

    def expect(self, word: str) -> None:
        if self.words[self.at] != word:
            self.fail(word.lower())
        self.at += 1

    def fail(self, *expected: str) -> NoReturn:
        raise encountered(self.tokens[self.at], expected)

    def error(self, text: str, token: Token | None = None) -> PlsqlSyntaxError:
        place = token or self.tokens[self.at]
        return PlsqlSyntaxError(place.line, place.column, text, place.offset)

    # ---------------------------------------------------------------- spans and names

    def span(self, first: int) -> Span:
        """From token ``first`` (an index of the significant tokens) to the last one taken."""
        tokens = self.tokens
        start = tokens[first]
        at = self.at - 1
        last = tokens[at] if at > first else start
        span: Span = _new_span(
            Span, (start.seq, last.seq, start.offset, last.end, start.line, start.column)
        )
        return span

    def is_name(self, at: int | None = None) -> bool:
        """Whether the token can be an identifier of the user's."""
        index = self.at if at is None else at
        kind = self.tokens[index].kind if index < len(self.tokens) else Kind.END
        return kind is Kind.QUOTED or (kind is Kind.IDENT and self.words[index] not in RESERVED)

    def name_part(self, *, after_dot: bool = False) -> NamePart:
        """One identifier; after a dot any word will do (``rec.type``, ``t.delete``)."""
        token = self.tokens[self.at]
        kind = token.kind
        if kind is Kind.IDENT:
            if not after_dot and self.words[self.at] in RESERVED:
                self.fail("<an identifier>", "<a double-quoted delimited-identifier>")
            quoted = False
            spelling = token.text
        elif kind is Kind.QUOTED:
            quoted = True
            spelling = token.value
        else:
            self.fail("<an identifier>", "<a double-quoted delimited-identifier>")
        self.at += 1
        span: Span = _new_span(
            Span, (token.seq, token.seq, token.offset, token.end, token.line, token.column)
        )
        return NamePart(span, token.value, spelling, quoted)

    def name(self) -> Name:
        """``a.b.c[@link]``."""
        first = self.at
        parts = [self.name_part()]
        while self.words[self.at] == ".":
            self.at += 1
            parts.append(self.name_part(after_dot=True))
        link = self.link()
        return Name(self.span(first), tuple(parts), link)

    def link(self) -> str | None:
        if self.words[self.at] != "@":
            return None
        self.at += 1
        parts = [self.name_part().folded]
        while self.words[self.at] == ".":
            self.at += 1
            parts.append(self.name_part(after_dot=True).folded)
        return ".".join(parts)

    def integer(self) -> int:
        token = self.tokens[self.at]
        if token.kind is not Kind.NUMBER or not token.value.isdigit():
            self.fail("<a number>")
        self.at += 1
        return int(token.value)

    def end_name(self, name: NamePart | None, what: str = "END identifier") -> NamePart | None:
        """The optional name after END; it must be the name of what is ended."""
        if not self.is_name():
            return None
        token = self.token
        part = self.name_part()
        if name is None:
            raise encountered(token, (";",))
        if part.folded != name.folded:
            raise self.error(
                f"PLS-00113: {what} '{part.folded}' must match '{name.folded}' at line "
                f"{name.line}, column {name.column}",
                token,
            )
        return part

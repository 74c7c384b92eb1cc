"""Cutting SQL out of PL/SQL: where a statement ends, and which of its parts belong to PL/SQL.

The piece stays text in Oracle's own spelling. INTO, BULK COLLECT INTO and RETURNING … INTO are
parsed here as PL/SQL targets and blanked, character by character, so that places in the text are
places in the source. SQL's own grammar is checked later, by the SQL engine.
"""

from __future__ import annotations

from devkit.oracle.plsql.nodes import (
    CurrentOf,
    Expr,
    RecordOperand,
    SqlStatement,
)
from devkit.oracle.plsql.parser_base import encountered
from devkit.oracle.plsql.parser_expressions import ExpressionParser
from devkit.oracle.plsql.tokens import Kind, Token

# At depth 0 outside CASE these cannot belong to SQL: the closing semicolon has been forgotten.
_NOT_IN_SQL = frozenset(
    [":=", "BEGIN", "END", "LOOP", "IF", "ELSIF", "EXCEPTION", "DECLARE", "THEN", "\0end", ";"]
)
_MERGE_WORDS = frozenset(["THEN"])


class SqlPieceParser(ExpressionParser):
    # ---------------------------------------------------------------- where pieces stand

    def sql_statement(self, kind: str, *, with_into: bool = True) -> SqlStatement:
        """A statement or query up to, not including, its semicolon."""
        first = self.at
        last = self._statement_end(kind)
        return self._piece(kind, first, last, with_into=with_into)

    def embedded_query(self) -> SqlStatement:
        first = self.at
        if not self.starts_query():
            self.fail("select", "with", "(")
        last = self._closing_parenthesis() - 1
        return self._piece("SELECT", first, last, with_into=False)

    def sql_expression(self, first: int, last: int) -> SqlStatement:
        return self._piece("EXPRESSION", first, last, with_into=False)

    def _statement_end(self, kind: str) -> int:
        """The index of the last token before the semicolon."""
        words = self.words
        at = self.at
        depth = cases = 0
        allowed = _MERGE_WORDS if kind in ("MERGE", "INSERT") else frozenset()
        while True:
            word = words[at]
            if word == ";" and depth <= 0:
                break
            if word == "CASE":
                cases += 1
            elif word == "END" and cases:
                cases -= 1
            elif word == "(":
                depth += 1
            elif word == ")":
                depth -= 1
                if depth < 0:
                    raise encountered(self.tokens[at], (";",))
            elif word in _NOT_IN_SQL and not cases and word not in allowed:
                # INSERT … END_DATE is one word; a bare one of these ends no SQL statement
                if at > self.at and words[at - 1] == ".":
                    at += 1
                    continue
                raise encountered(self.tokens[at], (")",) if depth else (";",))
            elif word in ("\0end", ";"):
                raise encountered(self.tokens[at], (")",) if depth else (";",))
            at += 1
        if at == self.at:
            self.fail("<a SQL statement>")
        return at - 1

    def _closing_parenthesis(self) -> int:
        words = self.words
        at = self.at
        depth = 0
        while True:
            word = words[at]
            if word == "(":
                depth += 1
            elif word == ")":
                if depth == 0:
                    return at
                depth -= 1
            elif word in ("\0end", ";", ":="):
                raise encountered(self.tokens[at], (")",))
            at += 1

    # ---------------------------------------------------------------- what is taken out

    def _piece(self, kind: str, first: int, last: int, *, with_into: bool) -> SqlStatement:
        into: tuple[Expr, ...] = ()
        bulk = returning = False
        cut: tuple[int, int] | None = None
        if kind == "SELECT":
            at = self._find_into(first, last)
            if at is not None:
                if not with_into:
                    self.at = at
                    self.fail("from", ",")
                into, bulk, cut = self._targets(at, last)
                if cut[1] >= last or self.words[self.at] != "FROM":
                    self.fail(",", "from")
        elif kind in ("INSERT", "UPDATE", "DELETE", "MERGE"):
            start = self._depth_zero(("RETURNING", "RETURN"), first, last)
            if start is not None:
                at = self._depth_zero(("INTO", "BULK"), start, last)
                if at is None:
                    self.at = last + 1
                    self.fail("into", "bulk")
                into, bulk, cut = self._targets(at, last)
                if self.at <= last:
                    self.fail(",", ";")
                returning = True
        self.at = last + 1
        base = self.tokens[first].offset
        record = self._record(kind, first, last, base)
        current = self._current_of(first, last, base)
        self.at = last + 1
        kept = self.tokens[first : last + 1]
        if cut is not None:
            kept = self.tokens[first : cut[0]] + self.tokens[cut[1] + 1 : last + 1]
        return SqlStatement(
            self.span(first),
            kind,
            self._text(first, last, cut),
            base,
            tuple(kept),
            into,
            bulk,
            returning,
            record,
            current,
        )

    def _find_into(self, first: int, last: int) -> int | None:
        """INTO (or BULK) of the outermost SELECT list."""
        at = self._depth_zero(("INTO", "BULK"), first, last)
        if at is None or (self.words[at] == "BULK" and self.words[at + 1] != "COLLECT"):
            return None
        return at

    def _depth_zero(self, wanted: tuple[str, ...], first: int, last: int) -> int | None:
        words = self.words
        depth = 0
        for at in range(first, last + 1):
            word = words[at]
            if word == "(":
                depth += 1
            elif word == ")":
                depth -= 1
            elif depth == 0 and word in wanted and words[at - 1] != ".":
                return at
        return None

    def _targets(self, at: int, last: int) -> tuple[tuple[Expr, ...], bool, tuple[int, int]]:
        self.at = at
        bulk = self.take("BULK")
        if bulk:
            self.expect("COLLECT")
        self.expect("INTO")
        targets = [self.target()]
        while self.take(","):
            targets.append(self.target())
        return tuple(targets), bulk, (at, self.at - 1)

    def _record(self, kind: str, first: int, last: int, base: int) -> RecordOperand | None:
        words = self.words
        if kind == "INSERT":
            at = self._depth_zero(("VALUES",), first, last)
            if at is None or words[at + 1] == "(" or at == last:
                return None
            start, word = at + 1, "VALUES"
            self.at = start
        elif kind == "UPDATE":
            at = self._depth_zero(("SET",), first, last)
            if at is None or words[at + 1] != "ROW" or words[at + 2] != "=":
                return None
            start, word = at + 1, "ROW"
            self.at = at + 3
        else:
            return None
        value = self.target()
        end = self.tokens[self.at - 1].end
        return RecordOperand(
            self.span(start), word, value, self.tokens[start].offset - base, end - base
        )

    def _current_of(self, first: int, last: int, base: int) -> CurrentOf | None:
        at = self._depth_zero(("CURRENT",), first, last)
        if at is None or self.words[at + 1] != "OF":
            return None
        self.at = at + 2
        cursor = self.name()
        end = self.tokens[self.at - 1].end
        return CurrentOf(self.span(at), cursor, self.tokens[at].offset - base, end - base)

    # ---------------------------------------------------------------- the text that is left

    def _text(self, first: int, last: int, cut: tuple[int, int] | None) -> str:
        """The source from token ``first`` to ``last``: cut parts, comments and dead branches
        blank.
        """
        start_seq = self.tokens[first].seq
        last_seq = self.tokens[last].seq
        span = self.all_tokens[start_seq : last_seq + 1]
        if cut is None and all(
            t.live and t.kind is not Kind.COMMENT and t.text[:2] != "$$" for t in span
        ):
            return self.source[self.tokens[first].offset : self.tokens[last].end]
        low = high = -1
        if cut is not None:
            low, high = self.tokens[cut[0]].seq, self.tokens[cut[1]].seq
        pieces: list[str] = []
        for token in span:
            if not token.live or token.kind is Kind.COMMENT or low <= token.seq <= high:
                pieces.append(_blank(token.text))
            else:
                pieces.append(_spelling(token))
        return "".join(pieces)


def _blank(text: str) -> str:
    if text.isspace():
        return text
    return "".join(c if c in "\r\n" else " " for c in text)


def _spelling(token: Token) -> str:
    if token.text[:2] != "$$":
        return token.text
    if token.kind is Kind.STRING:
        return "'" + token.value.replace("'", "''") + "'"
    return token.value

"""Types where they are used: names with constraints, anchors, intervals."""

from __future__ import annotations

from abc import ABC, abstractmethod

from devkit.oracle.plsql.nodes import (
    Expr,
    IntervalType,
    Name,
    NamedType,
    NamePart,
    RefType,
    RowTypeOf,
    Star,
    TypeOf,
    TypeRef,
)
from devkit.oracle.plsql.parser_base import ParserBase

# first word -> the sequences of words that make one type name, longest first
_COMPOUND: dict[str, tuple[tuple[str, ...], ...]] = {
    "DOUBLE": (("DOUBLE", "PRECISION"),),
    "LONG": (("LONG", "RAW"),),
    "CHARACTER": (("CHARACTER", "VARYING"),),
    "CHAR": (("CHAR", "VARYING"),),
    "NCHAR": (("NCHAR", "VARYING"),),
    "NATIONAL": (
        ("NATIONAL", "CHARACTER", "VARYING"),
        ("NATIONAL", "CHAR", "VARYING"),
        ("NATIONAL", "CHARACTER"),
        ("NATIONAL", "CHAR"),
    ),
}


class TypeParser(ParserBase, ABC):
    @abstractmethod
    def expression(self) -> Expr:
        """Any expression."""

    @abstractmethod
    def additive(self) -> Expr:
        """An expression without comparisons, as range bounds need it."""

    def type_ref(self) -> TypeRef:
        first = self.at
        word = self.words[first]
        if word == "INTERVAL" and self.words[first + 1] in ("DAY", "YEAR"):
            return self._interval()
        if word == "REF" and self.is_name(first + 1):
            self.at += 1
            name = self.name()
            return RefType(self.span(first), name)
        name = self._type_name()
        if self.words[self.at] == "%":
            if self.words[self.at + 1] not in ("TYPE", "ROWTYPE"):
                self.at += 1
                self.fail("type", "rowtype")
            is_row = self.words[self.at + 1] == "ROWTYPE"
            self.at += 2
            span = self.span(first)
            return RowTypeOf(span, name) if is_row else TypeOf(span, name)
        return self._constrained(first, name)

    def _type_name(self) -> Name:
        first = self.at
        for words in _COMPOUND.get(self.words[first], ()):
            if tuple(self.words[first : first + len(words)]) == words:
                self.at += len(words)
                span = self.span(first)
                text = " ".join(words)
                return Name(span, (NamePart(span, text, text, False),))
        return self.name()

    def _constrained(self, first: int, name: Name) -> NamedType:
        args: list[Expr] = []
        unit = zone = charset = None
        low = high = None
        if self.take("("):
            args.append(self._type_argument())
            if self.words[self.at] in ("BYTE", "CHAR"):
                unit = self.words[self.at]
                self.at += 1
            elif self.take(","):
                args.append(self.additive())
            self.expect(")")
        if self.words[self.at] == "WITH" and self.words[self.at + 1] in ("TIME", "LOCAL"):
            self.at += 1
            zone = "LOCAL TIME ZONE" if self.take("LOCAL") else "TIME ZONE"
            self.expect("TIME")
            self.expect("ZONE")
        if self.take_all("CHARACTER", "SET"):
            start = self.token.offset
            self.name()
            if self.take("%"):
                self.expect("CHARSET")
            charset = self.source[start : self.tokens[self.at - 1].end].upper()
        if self.take("RANGE"):
            low = self.additive()
            self.expect("..")
            high = self.additive()
        return NamedType(self.span(first), name, tuple(args), unit, zone, charset, low, high)

    def _type_argument(self) -> Expr:
        first = self.at
        if self.take("*"):
            return Star(self.span(first))
        return self.additive()

    def _interval(self) -> IntervalType:
        first = self.at
        self.at += 1
        start, start_precision, end, end_precision = self.interval_fields()
        if end is None:
            self.fail("to")
        return IntervalType(self.span(first), start, start_precision, end, end_precision)

    def interval_fields(self) -> tuple[str, int | None, str | None, int | None]:
        """``DAY(2) TO SECOND(3)``; the second field may be missing in literals."""
        start = self._interval_field()
        start_precision = self._precision()
        end: str | None = None
        end_precision: int | None = None
        if self.take("TO"):
            end = self._interval_field()
            end_precision = self._precision()
        return start, start_precision, end, end_precision

    def _interval_field(self) -> str:
        word = self.words[self.at]
        if word not in ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"):
            self.fail("year", "month", "day", "hour", "minute", "second")
        self.at += 1
        return word

    def _precision(self) -> int | None:
        if not self.take("("):
            return None
        value = self.integer()
        if self.take(","):  # SECOND(2, 3): the second number is the fraction's precision
            value = self.integer()
        self.expect(")")
        return value

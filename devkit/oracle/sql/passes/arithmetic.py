"""``+ - * /`` over numbers, dates, timestamps and intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.oracle.errors import OraError
from devkit.oracle.sql.typing import (
    BINARY,
    DATES,
    INTERVALS,
    STAMPS,
    ZONED,
    Typed,
    instant,
    type_name,
)
from devkit.oracle.values import DATE, NUMBER, Kind, OraType

if TYPE_CHECKING:
    from devkit.oracle.sql.typing import Conversions

_DAY_TO_SECOND = OraType(Kind.INTERVAL_DS)


def binary(convert: Conversions, operator: str, left: Typed, right: Typed) -> Typed:
    """``left operator right`` by the types of both."""
    if operator in "+-":
        if left.kind in DATES and right.kind in DATES:
            return _difference(convert, operator, left, right)
        if left.kind in DATES:
            return _shift(convert, operator, left, right)
        if right.kind in DATES:
            if operator == "-":
                raise OraError(932, "NUMBER", type_name(right.kind))
            return _shift(convert, operator, right, left)
        if left.kind in INTERVALS and right.kind is left.kind:
            return Typed(f"({left.sql} {operator} {right.sql})", left.type)
    elif left.kind in INTERVALS or right.kind in INTERVALS:
        return _scaled(convert, operator, left, right)
    one, two = convert.to_number(left), convert.to_number(right)
    if one.kind in BINARY or two.kind in BINARY:
        double = OraType(Kind.BINARY_DOUBLE)
        one, two = convert.convert(one, double), convert.convert(two, double)
        return Typed(f"({one.sql} {operator} {two.sql})", double)
    if operator == "/":
        return Typed(f"ora.div({one.sql}, {two.sql})", NUMBER)
    return Typed(f"({one.sql} {operator} {two.sql})", NUMBER)


def _difference(convert: Conversions, operator: str, left: Typed, right: Typed) -> Typed:
    if operator == "+":
        raise OraError(975)
    if left.kind in STAMPS or right.kind in STAMPS:
        if left.kind in ZONED or right.kind in ZONED:
            return Typed(f"({instant(left)} - {instant(right)})", _DAY_TO_SECOND)
        return Typed(f"({left.sql} - {right.sql})", _DAY_TO_SECOND)
    return Typed(f"ora.days_between({left.sql}, {right.sql})", NUMBER)


def _shift(convert: Conversions, operator: str, date: Typed, by: Typed) -> Typed:
    if by.kind is Kind.INTERVAL_DS:
        if date.kind is Kind.TIMESTAMP_TZ:
            sign = "-" if operator == "-" else ""
            return Typed(f"ora.moved({date.sql}, {sign}{by.sql})", date.type)
        moved = f"({date.sql} {operator} {by.sql})"
        if date.kind is Kind.DATE:
            return Typed(f"date_trunc('second', {moved})", DATE)
        return Typed(moved, date.type)
    if by.kind is Kind.INTERVAL_YM:
        sign = "-" if operator == "-" else ""
        if date.kind in ZONED:
            raise OraError(932, "TIMESTAMP", type_name(date.kind))
        return Typed(f"ora.add_year_month({date.sql}, {sign}{by.sql})", date.type)
    if by.kind in DATES:
        raise OraError(975)
    day = convert.to_date(date)
    number = convert.to_number(by)
    sign = "-" if operator == "-" else ""
    return Typed(f"ora.add_days({day.sql}, ({sign}{number.sql})::numeric)", DATE)


def _scaled(convert: Conversions, operator: str, left: Typed, right: Typed) -> Typed:
    interval, factor = (left, right) if left.kind in INTERVALS else (right, left)
    if (
        factor.kind in INTERVALS
        or factor.kind in DATES
        or (operator == "/" and right.kind in INTERVALS)
    ):
        raise OraError(932, "NUMBER", type_name(factor.kind))
    number = convert.to_number(factor)
    return Typed(f"({interval.sql} {operator} ({number.sql})::float8)", interval.type)

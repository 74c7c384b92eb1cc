"""Arithmetic, comparison and assignment checks on Oracle values, NULL-safe.

The compiler writes the common cases inline; what is here serves the rest. NUMBER is ``int`` or
``Decimal`` under a context of 40 significant digits, what Oracle keeps.
"""

from __future__ import annotations

import decimal
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import OraError
from devkit.oracle.plsql.types import PLS_MAX, PLS_MIN, Scalar
from devkit.oracle.values import Kind, Months

if TYPE_CHECKING:
    from collections.abc import Callable

CONTEXT = decimal.Context(
    prec=40,
    rounding=decimal.ROUND_HALF_UP,
    Emin=-130,
    Emax=125,
    capitals=1,
    clamp=0,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)

_HUGE = 10**40


def shrink(value: Any) -> Any:
    """A NUMBER with at most 40 digits; integral Decimals of moderate size become int."""
    if isinstance(value, int):
        return value if -_HUGE < value < _HUGE else CONTEXT.plus(Decimal(value))
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value) if abs(value) < _HUGE else value
    return value


def mul(a: Any, b: Any) -> Any:
    """NUMBER product; also number × interval."""
    if a is None or b is None:
        return None
    if isinstance(a, timedelta):
        return a * float(b)
    if isinstance(b, timedelta):
        return b * float(a)
    if isinstance(a, Months):
        return Months(int(a.months * b))
    if isinstance(b, Months):
        return Months(int(b.months * a))
    result = a * b
    if isinstance(result, int) and not -_HUGE < result < _HUGE:
        return CONTEXT.plus(Decimal(result))
    return result


def div(a: Any, b: Any) -> Any:
    """NUMBER quotient to 40 digits; ORA-01476 by zero."""
    if a is None or b is None:
        return None
    if isinstance(a, timedelta):
        return a / float(b)
    if isinstance(a, Months):
        return Months(int(a.months / b))
    if b == 0:
        raise OraError(1476)
    if isinstance(a, int) and isinstance(b, int):
        quotient, rest = divmod(a, b)
        if not rest:
            return quotient
    return CONTEXT.divide(Decimal(a), Decimal(b))


def fdiv(a: Any, b: Any) -> Any:
    """Quotient of binary floats: infinities instead of errors."""
    if a is None or b is None:
        return None
    a, b = float(a), float(b)
    if b == 0.0:
        if a == 0.0 or a != a:
            return float("nan")
        return float("inf") if a > 0 else float("-inf")
    return a / b


def power(a: Any, b: Any) -> Any:
    """``**``"""
    if a is None or b is None:
        return None
    if isinstance(a, float) or isinstance(b, float):
        return float(a) ** float(b)
    if isinstance(a, int) and isinstance(b, int) and 0 <= b < 200:
        return shrink(a**b)
    try:
        return shrink(CONTEXT.power(Decimal(a), Decimal(b)))
    except decimal.InvalidOperation:
        raise OraError(1428, text=f"argument '{a}' is out of range") from None


def mod(a: Any, b: Any) -> Any:
    """MOD: sign of the dividend; MOD(n, 0) = n."""
    if a is None or b is None:
        return None
    if b == 0:
        return a
    if isinstance(a, int) and isinstance(b, int):
        rest = abs(a) % abs(b)
        return rest if a >= 0 else -rest
    if isinstance(a, float) or isinstance(b, float):
        import math

        return math.fmod(float(a), float(b))
    return shrink(CONTEXT.remainder(Decimal(a), Decimal(b)))


def remainder(a: Any, b: Any) -> Any:
    """REMAINDER: a − b × round(a / b)."""
    if a is None or b is None:
        return None
    if b == 0:
        raise OraError(1476)
    one, other = Decimal(a), Decimal(b)
    times = CONTEXT.divide(one, other).to_integral_value(decimal.ROUND_HALF_EVEN)
    return shrink(CONTEXT.subtract(one, CONTEXT.multiply(other, times)))


_DAY_SECONDS = 86400


def days(number: Any) -> timedelta:
    """A number of days as an interval, to the microsecond."""
    if isinstance(number, int):
        return timedelta(days=number)
    micros = (Decimal(number) * 86_400_000_000).to_integral_value(decimal.ROUND_HALF_UP)
    return timedelta(microseconds=int(micros))


def whole_second(value: datetime) -> datetime:
    """Rounded to the second, as DATE arithmetic does."""
    micro = value.microsecond
    if not micro:
        return value
    value = value.replace(microsecond=0)
    return value + timedelta(seconds=1) if micro >= 500_000 else value


def _shift(value: datetime, delta: timedelta) -> datetime:
    try:
        return value + delta
    except OverflowError:
        raise OraError(1841) from None


def date_plus(value: Any, number: Any) -> datetime | None:
    """DATE or TIMESTAMP + number of days: a DATE."""
    if value is None or number is None:
        return None
    moved = _shift(value.replace(tzinfo=None), days(number))
    return whole_second(moved) if not value.microsecond else moved.replace(microsecond=0)


def date_minus(value: Any, number: Any) -> datetime | None:
    return None if number is None else date_plus(value, -number)


def date_difference(a: Any, b: Any) -> Any:
    """DATE − DATE: a number of days with fraction."""
    if a is None or b is None:
        return None
    delta = a.replace(microsecond=0, tzinfo=None) - b.replace(microsecond=0, tzinfo=None)
    if not delta.seconds:
        return delta.days
    return CONTEXT.divide(Decimal(delta.days * _DAY_SECONDS + delta.seconds), Decimal(_DAY_SECONDS))


def aware(value: datetime, like: datetime) -> datetime:
    """``value`` in a form that compares with ``like``: a missing zone is taken from it."""
    if value.tzinfo is None and like.tzinfo is not None:
        return value.replace(tzinfo=like.tzinfo)
    return value


def stamp_difference(a: Any, b: Any) -> timedelta | None:
    """TIMESTAMP − TIMESTAMP: an interval."""
    if a is None or b is None:
        return None
    difference: timedelta = aware(a, b) - aware(b, a)
    return difference


def plus_interval(value: Any, interval: Any) -> Any:
    """Date, timestamp or interval + interval."""
    if value is None or interval is None:
        return None
    if isinstance(interval, Months):
        if isinstance(value, Months):
            return Months(value.months + interval.months)
        return add_calendar_months(value, interval.months)
    if isinstance(value, Months):
        raise OraError(932, "INTERVAL YEAR TO MONTH", "INTERVAL DAY TO SECOND")
    if isinstance(value, timedelta):
        return value + interval
    return _shift(value, interval)


def minus_interval(value: Any, interval: Any) -> Any:
    if interval is None:
        return None
    negated = Months(-interval.months) if isinstance(interval, Months) else -interval
    return plus_interval(value, negated)


def add_calendar_months(value: datetime, months: int) -> datetime:
    """Date + INTERVAL YEAR TO MONTH: ORA-01839 when the day does not exist."""
    total = value.year * 12 + value.month - 1 + months
    try:
        return value.replace(year=total // 12, month=total % 12 + 1)
    except ValueError:
        raise OraError(1839) from None


def negate(value: Any) -> Any:
    if value is None:
        return None
    return Months(-value.months) if isinstance(value, Months) else -value


def trunc_to_date(value: Any) -> datetime | None:
    """TIMESTAMP assigned to a DATE: zone and fraction are dropped."""
    if value is None:
        return None
    plain: datetime = value.replace(microsecond=0, tzinfo=None)
    return plain


# --------------------------------------------------------------------------- three-valued logic


def not_(a: bool | None) -> bool | None:
    return None if a is None else not a


def eq(a: Any, b: Any) -> bool | None:
    return None if a is None or b is None else a == b


def ne(a: Any, b: Any) -> bool | None:
    return None if a is None or b is None else a != b


def lt(a: Any, b: Any) -> bool | None:
    return None if a is None or b is None else a < b


def le(a: Any, b: Any) -> bool | None:
    return None if a is None or b is None else a <= b


def gt(a: Any, b: Any) -> bool | None:
    return None if a is None or b is None else a > b


def ge(a: Any, b: Any) -> bool | None:
    return None if a is None or b is None else a >= b


# --------------------------------------------------------------------------- assignment checks


def overflow() -> OraError:
    return OraError(1426)


def to_pls(value: Any) -> int | None:
    """A NUMBER as PLS_INTEGER: rounded half away from zero, in range."""
    if value is None:
        return None
    if not isinstance(value, int):
        if isinstance(value, float):
            value = Decimal(repr(value))
        value = int(value.to_integral_value(decimal.ROUND_HALF_UP))
    if PLS_MIN <= value <= PLS_MAX:
        return int(value)
    raise overflow()


def to_int(value: Any) -> int | None:
    """A NUMBER rounded to a whole one, without a limit; for positions, lengths, subscripts."""
    if value is None or value.__class__ is int:
        return value
    if isinstance(value, float):
        value = Decimal(repr(value))
    return int(Decimal(value).to_integral_value(decimal.ROUND_HALF_UP))


def trunc_int(value: Any) -> int | None:
    """A NUMBER cut to a whole one, as SUBSTR and friends do."""
    return None if value is None else int(value)


def byte_length(text: str) -> int:
    """Length in the database character set, AL32UTF8."""
    return len(text) if text.isascii() else len(text.encode())


def _float_check(digits: int) -> Callable[[Any], Any]:
    context = decimal.Context(prec=digits, rounding=decimal.ROUND_HALF_UP, Emin=-400, Emax=400)

    def check(value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, float):
            value = Decimal(repr(value))
        rounded = context.plus(Decimal(value))
        return int(rounded) if rounded == rounded.to_integral_value() else shrink(rounded)

    return check


def _number_check(precision: int | None, scale: int | None) -> Callable[[Any], Any]:
    places = scale or 0
    digits = (precision if precision is not None else 38) - places
    bound = Decimal(10) ** digits
    int_bound = 10**digits if digits >= 0 else 0
    quantum = Decimal(1).scaleb(-places)

    def check(value: Any) -> Any:
        if value is None:
            return None
        if value.__class__ is int and places >= 0:
            if -int_bound < value < int_bound:
                return value
            raise OraError(6502, ": number precision too large")
        if isinstance(value, float):
            value = Decimal(repr(value))
        rounded = Decimal(value).quantize(quantum, decimal.ROUND_HALF_UP, CONTEXT_WIDE)
        if not -bound < rounded < bound:
            raise OraError(6502, ": number precision too large")
        return int(rounded) if places <= 0 else shrink(rounded.normalize(CONTEXT))

    return check


CONTEXT_WIDE = decimal.Context(prec=170, rounding=decimal.ROUND_HALF_UP, Emin=-400, Emax=400)


def _text_check(length: int, char_semantics: bool, pad: bool) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if value is None:
            return None
        size = len(value)
        if not char_semantics and (size * 4 > length) and not value.isascii():
            size = len(value.encode())
        if size > length:
            raise OraError(6502, ": character string buffer too small")
        if pad and size < length:
            return value + " " * (length - size)
        return value

    return check


def _bytes_check(length: int) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if value is not None and len(value) > length:
            raise OraError(6502, ": raw variable length too long")
        return value

    return check


def _range_check(low: int, high: int) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if value is not None and not low <= value <= high:
            raise OraError(6502, "")
        return value

    return check


def _seconds_check(digits: int) -> Callable[[Any], Any]:
    step = 10 ** (6 - digits)

    def check(value: Any) -> Any:
        if value is None or not value.microsecond % step:
            return value
        micro = (value.microsecond + step // 2) // step * step
        return value.replace(microsecond=0) + timedelta(microseconds=micro)

    return check


def _not_null(inner: Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if value is None:
            raise OraError(6502, "")
        return inner(value) if inner is not None else value

    return check


def assignment_check(kind: Scalar) -> Callable[[Any], Any] | None:
    """The check of a value that already has the right base type, or None when nothing can fail."""
    inner: Callable[[Any], Any] | None = None
    base = kind.kind
    if base is Kind.NUMBER and (kind.precision is not None or kind.scale is not None):
        ora = kind.ora()
        inner = (
            _float_check(ora.float_digits)
            if ora.is_float
            else _number_check(kind.precision, kind.scale)
        )
    elif base is Kind.PLS_INTEGER and kind.low is not None:
        inner = _range_check(kind.low, kind.high if kind.high is not None else PLS_MAX)
    elif base in (Kind.VARCHAR2, Kind.NVARCHAR2) and kind.length is not None:
        inner = _text_check(kind.length, kind.char_semantics, False)
    elif base in (Kind.CHAR, Kind.NCHAR) and kind.length is not None:
        inner = _text_check(kind.length, kind.char_semantics, True)
    elif base is Kind.RAW and kind.length is not None:
        inner = _bytes_check(kind.length)
    elif base in (Kind.TIMESTAMP, Kind.TIMESTAMP_TZ, Kind.TIMESTAMP_LTZ) and (
        kind.scale is not None and kind.scale < 6
    ):
        inner = _seconds_check(kind.scale)
    if base is Kind.NUMBER and kind.low is not None and inner is None:
        inner = _range_check(kind.low, kind.high if kind.high is not None else 10**38)
    return _not_null(inner) if kind.not_null else inner

"""The SQL functions on numbers, dates and intervals that PL/SQL expressions may call."""

from __future__ import annotations

import calendar
import decimal
import math
import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.plsql.arithmetic import CONTEXT, CONTEXT_WIDE, shrink
from devkit.oracle.values import Months

# --------------------------------------------------------------------------- numbers


def round_number(value: Any, places: Any = 0) -> Any:
    """ROUND(n, places): half away from zero."""
    if value is None or places is None:
        return None
    if isinstance(value, float):
        return (
            math.floor(abs(value) * 10 ** int(places) + 0.5)
            / 10 ** int(places)
            * (1 if value >= 0 else -1)
        )
    digits = int(places)
    if value.__class__ is int and digits >= 0:
        return value
    quantum = Decimal(1).scaleb(-digits)
    return shrink(Decimal(value).quantize(quantum, decimal.ROUND_HALF_UP, CONTEXT_WIDE))


def trunc_number(value: Any, places: Any = 0) -> Any:
    if value is None or places is None:
        return None
    if isinstance(value, float):
        return math.trunc(value * 10 ** int(places)) / 10 ** int(places)
    digits = int(places)
    if value.__class__ is int and digits >= 0:
        return value
    quantum = Decimal(1).scaleb(-digits)
    return shrink(Decimal(value).quantize(quantum, decimal.ROUND_DOWN, CONTEXT_WIDE))


def abs_(value: Any) -> Any:
    return None if value is None else abs(value)


def ceil(value: Any) -> Any:
    if value is None or value.__class__ is int:
        return value
    return math.ceil(value)


def floor(value: Any) -> Any:
    if value is None or value.__class__ is int:
        return value
    return math.floor(value)


def sign(value: Any) -> int | None:
    return None if value is None else (value > 0) - (value < 0)


def sqrt(value: Any) -> Any:
    if value is None:
        return None
    if value < 0:
        raise OraError(1428, text=f"argument '{value}' is out of range")
    if isinstance(value, float):
        return math.sqrt(value)
    return shrink(CONTEXT.sqrt(Decimal(value)))


def _range(value: Any) -> OraError:
    return OraError(1428, text=f"argument '{value}' is out of range")


def ln(value: Any) -> Any:
    if value is None:
        return None
    if value <= 0:
        raise _range(value)
    return math.log(value) if isinstance(value, float) else shrink(CONTEXT.ln(Decimal(value)))


def log(base: Any, value: Any) -> Any:
    if base is None or value is None:
        return None
    if value <= 0 or base <= 0 or base == 1:
        raise _range(value)
    if base == 10:
        return shrink(CONTEXT.log10(Decimal(value)))
    return shrink(
        CONTEXT.divide(CONTEXT.ln(Decimal(value)), CONTEXT.ln(Decimal(base))).quantize(
            Decimal(1).scaleb(-36)
        )
    )


def exp(value: Any) -> Any:
    if value is None:
        return None
    return math.exp(value) if isinstance(value, float) else shrink(CONTEXT.exp(Decimal(value)))


def trigonometric(function: Any) -> Any:
    """A function of :mod:`math` on NUMBER."""

    def call(*args: Any) -> Any:
        if None in args:
            return None
        try:
            result = function(*(float(a) for a in args))
        except ValueError:
            raise _range(args[0]) from None
        return (
            result if isinstance(args[0], float) else shrink(CONTEXT.create_decimal(repr(result)))
        )

    return call


def bitand(a: Any, b: Any) -> int | None:
    return None if a is None or b is None else int(a) & int(b)


def nanvl(a: Any, b: Any) -> Any:
    return b if isinstance(a, float) and a != a else a


# --------------------------------------------------------------------------- dates


def now_local() -> datetime:
    """The clock, with the offset of the database host."""
    return datetime.now().astimezone()


def sysdate() -> datetime:
    return datetime.now().replace(microsecond=0)  # noqa: DTZ005


def systimestamp() -> datetime:
    return fixed(now_local())


def fixed(value: datetime) -> datetime:
    """The same instant with a plain offset as zone."""
    return value.replace(tzinfo=timezone(value.utcoffset() or timedelta()))


def _last_day_of(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def add_months(value: Any, months: Any) -> Any:
    """ADD_MONTHS: the last day of a month stays the last day; the time is kept."""
    if value is None or months is None:
        return None
    total = value.year * 12 + value.month - 1 + int(months)
    year, month = total // 12, total % 12 + 1
    if not 1 <= year <= 9999:
        raise OraError(1841)
    last = _last_day_of(year, month)
    day = last if value.day == _last_day_of(value.year, value.month) else min(value.day, last)
    return value.replace(year=year, month=month, day=day, microsecond=0, tzinfo=None)


def last_day(value: Any) -> Any:
    if value is None:
        return None
    return value.replace(day=_last_day_of(value.year, value.month), microsecond=0, tzinfo=None)


def months_between(a: Any, b: Any) -> Any:
    if a is None or b is None:
        return None
    months = (a.year - b.year) * 12 + a.month - b.month
    both_last = a.day == _last_day_of(a.year, a.month) and b.day == _last_day_of(b.year, b.month)
    if a.day == b.day or both_last:
        return months
    seconds = (a.day - b.day) * 86400
    seconds += (a.hour - b.hour) * 3600 + (a.minute - b.minute) * 60 + a.second - b.second
    return shrink(
        CONTEXT.add(Decimal(months), CONTEXT.divide(Decimal(seconds), Decimal(31 * 86400)))
    )


_WEEKDAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]


def next_day(value: Any, name: Any) -> Any:
    if value is None or name is None:
        return None
    wanted = str(name).strip().upper()
    for index, day in enumerate(_WEEKDAYS):
        if len(wanted) >= 3 and day.startswith(wanted[:3]) and wanted.startswith(day[:3]):
            ahead = (index - value.weekday() - 1) % 7 + 1
            return (value + timedelta(days=ahead)).replace(microsecond=0, tzinfo=None)
    raise OraError(1846, text="not a valid day of the week")


def trunc_date(value: Any, model: Any = "DD") -> Any:
    """TRUNC(date, unit)."""
    if value is None or model is None:
        return None
    value = value.replace(microsecond=0, tzinfo=None)
    unit = str(model).upper()
    midnight = value.replace(hour=0, minute=0, second=0)
    if unit in ("DD", "DDD", "J"):
        return midnight
    if unit in ("HH", "HH12", "HH24"):
        return value.replace(minute=0, second=0)
    if unit == "MI":
        return value.replace(second=0)
    if unit in ("MONTH", "MON", "MM", "RM"):
        return midnight.replace(day=1)
    if unit in ("SYYYY", "YYYY", "YEAR", "SYEAR", "YYY", "YY", "Y"):
        return midnight.replace(month=1, day=1)
    if unit == "Q":
        return midnight.replace(month=(value.month - 1) // 3 * 3 + 1, day=1)
    if unit == "IW":
        return midnight - timedelta(days=value.weekday())
    if unit in ("DAY", "DY", "D"):
        return midnight - timedelta(days=value.isoweekday() % 7)
    if unit == "WW":
        return midnight - timedelta(days=(value.timetuple().tm_yday - 1) % 7)
    if unit == "W":
        return midnight - timedelta(days=(value.day - 1) % 7)
    if unit in ("IYYY", "IY", "I"):
        iso = value.isocalendar()
        return midnight - timedelta(days=(iso.week - 1) * 7 + iso.weekday - 1)
    if unit in ("CC", "SCC"):
        return midnight.replace(year=(value.year - 1) // 100 * 100 + 1, month=1, day=1)
    raise OraError(1898, text="too many precision specifiers")


def round_date(value: Any, model: Any = "DD") -> Any:
    """ROUND(date, unit): up from the middle of the unit."""
    if value is None or model is None:
        return None
    unit = str(model).upper()
    low = trunc_date(value, unit)
    if unit in ("MONTH", "MON", "MM", "RM"):
        return add_months(low, 1) if value.day >= 16 else low
    if unit in ("SYYYY", "YYYY", "YEAR", "SYEAR", "YYY", "YY", "Y"):
        return low.replace(year=low.year + 1) if value.month >= 7 else low
    if unit == "Q":
        middle = add_months(low, 1).replace(day=16)
        return add_months(low, 3) if value >= middle else low
    widths = {
        "HH": 3600,
        "HH12": 3600,
        "HH24": 3600,
        "MI": 60,
        "DD": 86400,
        "DDD": 86400,
        "J": 86400,
    }
    width = timedelta(seconds=widths.get(unit, 7 * 86400))
    return low + width if value.replace(tzinfo=None) - low >= width / 2 else low


_INTERVAL_UNITS = {"DAY": 86400, "HOUR": 3600, "MINUTE": 60, "SECOND": 1}


def numtodsinterval(number: Any, unit: Any) -> timedelta | None:
    if number is None or unit is None:
        return None
    seconds = _INTERVAL_UNITS.get(str(unit).strip().upper())
    if seconds is None:
        raise OraError(1760, text="illegal argument for function")
    micros = (Decimal(number) * seconds * 1_000_000).to_integral_value(decimal.ROUND_HALF_UP)
    return timedelta(microseconds=int(micros))


def numtoyminterval(number: Any, unit: Any) -> Months | None:
    if number is None or unit is None:
        return None
    factor = {"YEAR": 12, "MONTH": 1}.get(str(unit).strip().upper())
    if factor is None:
        raise OraError(1760, text="illegal argument for function")
    return Months(int((Decimal(number) * factor).to_integral_value(decimal.ROUND_HALF_UP)))


_DS = re.compile(
    r"\s*([+-]?)\s*(\d+)(?:\s+(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?)?)?\s*$"
)
_ISO_DS = re.compile(r"\s*(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?\s*$")


def to_dsinterval(text: Any) -> timedelta | None:
    if text is None:
        return None
    match = _DS.match(text) or _ISO_DS.match(text)
    if match is None:
        raise OraError(1867, text="the interval is invalid")
    sign_, day, hour, minute, second, fraction = match.groups()
    micros = round(int(f"{fraction or '0':0<9}"[:9]) / 1000)
    delta = timedelta(
        days=int(day or 0),
        hours=int(hour or 0),
        minutes=int(minute or 0),
        seconds=int(second or 0),
        microseconds=micros,
    )
    return -delta if sign_ == "-" else delta


def to_yminterval(text: Any) -> Months | None:
    if text is None:
        return None
    match = re.match(r"\s*([+-]?)(\d+)-(\d+)\s*$", text)
    if match is None:
        raise OraError(1867, text="the interval is invalid")
    months = int(match[2]) * 12 + int(match[3])
    return Months(-months if match[1] == "-" else months)


def interval_literal(text: str, start: str, end: str | None) -> timedelta | Months:
    """INTERVAL 'text' start TO end."""
    body = text.strip()
    negative = body.startswith("-")
    body = body.lstrip("+-").strip()
    if start in ("YEAR", "MONTH"):
        if end is not None:
            years, _, months = body.partition("-")
            total = int(years) * 12 + int(months)
        else:
            total = int(body) * (12 if start == "YEAR" else 1)
        return Months(-total if negative else total)
    units = ["DAY", "HOUR", "MINUTE", "SECOND"]
    numbers = re.split(r"[ :]+", body)
    used = units[units.index(start) : units.index(end or start) + 1]
    if len(numbers) != len(used):
        raise OraError(1867, text="the interval is invalid")
    micros = Decimal(0)
    for unit, number in zip(used, numbers, strict=True):
        micros += Decimal(number) * _INTERVAL_UNITS[unit] * 1_000_000
    delta = timedelta(microseconds=int(micros))
    return -delta if negative else delta


def interval_text(value: Any) -> str:
    """An interval as TO_CHAR shows it: +DD HH:MI:SS.FF6 or +YY-MM."""
    if isinstance(value, Months):
        months = abs(value.months)
        return f"{'-' if value.months < 0 else '+'}{months // 12:02d}-{months % 12:02d}"
    lead = "-" if value < timedelta() else "+"
    value = abs(value)
    seconds = value.seconds
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{lead}{value.days:02d} {clock}.{value.microseconds:06d}"


def zone_of(name: str) -> Any:
    """A time zone from its Oracle spelling: an offset.

    A region (UTC is one) would be shown by TZR and change its offset with the seasons, and a driver
    may refuse it; values here have offsets, so regions are refused.
    """
    text = name.strip()
    match = re.fullmatch(r"([+-]?)(\d{1,2}):(\d{2})", text)
    if match:
        delta = timedelta(hours=int(match[2]), minutes=int(match[3]))
        return timezone(-delta if match[1] == "-" else delta)
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        raise OraError(1882, text="timezone region not found") from None
    raise unsupported(f"a time zone region ({text}) in PL/SQL")


def from_tz(value: Any, zone: Any) -> Any:
    if value is None or zone is None:
        return None
    return fixed(value.replace(tzinfo=zone_of(zone)))


def at_time_zone(value: Any, zone: Any) -> Any:
    """``x AT TIME ZONE zone``; a value without zone is taken in the database's."""
    if value is None or zone is None:
        return None
    aware = value if value.tzinfo is not None else value.astimezone()
    return fixed(aware.astimezone(zone_of(zone)))


def sys_extract_utc(value: Any) -> Any:
    if value is None:
        return None
    aware = value if value.tzinfo is not None else value.astimezone()
    return aware.astimezone(UTC).replace(tzinfo=None)


def extract(field: str, value: Any) -> Any:
    """EXTRACT(field FROM value)."""
    if value is None:
        return None
    if isinstance(value, Months):
        whole = abs(value.months)
        number = whole // 12 if field == "YEAR" else whole % 12
        return -number if value.months < 0 else number
    if isinstance(value, timedelta):
        return _extract_interval(field, value)
    if field == "SECOND":
        if not value.microsecond:
            return value.second
        return Decimal(value.second) + Decimal(value.microsecond).scaleb(-6)
    if field in ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE"):
        return getattr(value, field.lower())
    offset = value.utcoffset()
    if offset is None:
        raise OraError(30076, text="invalid extract field for extract source")
    minutes = int(offset.total_seconds() // 60)
    hours = abs(minutes) // 60 * (1 if minutes >= 0 else -1)
    if field == "TIMEZONE_HOUR":
        return hours
    if field == "TIMEZONE_MINUTE":
        return minutes - hours * 60
    raise OraError(30076, text="invalid extract field for extract source")


def _extract_interval(field: str, value: timedelta) -> Any:
    negative = value < timedelta()
    value = abs(value)
    parts: dict[str, Any] = {
        "DAY": value.days,
        "HOUR": value.seconds // 3600,
        "MINUTE": value.seconds // 60 % 60,
        "SECOND": shrink(Decimal(value.seconds % 60) + Decimal(value.microseconds).scaleb(-6)),
    }
    if field not in parts:
        raise OraError(30076, text="invalid extract field for extract source")
    return -parts[field] if negative else parts[field]

"""Clock, date functions, EXTRACT and interval literals.

The clock is read once per statement (``statement_timestamp``): SYSDATE and SYSTIMESTAMP in the zone
of the host, CURRENT_DATE, CURRENT_TIMESTAMP and LOCALTIMESTAMP in that of the session.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.passes.registry import Call, function
from devkit.oracle.sql.typing import (
    DATES,
    STAMPS,
    TEXT,
    Typed,
    instant,
    text_literal,
)
from devkit.oracle.values import DATE, NUMBER, TIMESTAMP, Kind, OraType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.oracle.sql.typing import Conversions

_ZONED = OraType(Kind.TIMESTAMP_TZ, scale=6)
_DS = OraType(Kind.INTERVAL_DS)
_YM = OraType(Kind.INTERVAL_YM)
_SECONDS = {"DAY": 86_400, "HOUR": 3_600, "MINUTE": 60, "SECOND": 1}


@function("SYSDATE", most=0)
def _sysdate(_call: Call) -> Typed:
    return Typed("ora.sysdate()", DATE)


@function("CURRENT_DATE", most=0)
def _current_date(_call: Call) -> Typed:
    return Typed("date_trunc('second', statement_timestamp()::timestamp)", DATE)


@function("SYSTIMESTAMP", most=1)
def _systimestamp(_call: Call) -> Typed:
    return Typed("ora.systimestamp()", _ZONED)


@function("CURRENT_TIMESTAMP", most=1)
def _current_timestamp(_call: Call) -> Typed:
    return Typed("ora.here(statement_timestamp())", _ZONED)


@function("LOCALTIMESTAMP", most=1)
def _localtimestamp(_call: Call) -> Typed:
    return Typed("statement_timestamp()::timestamp", TIMESTAMP)


@function("SYS_EXTRACT_UTC", least=1, most=1)
def _extract_utc(call: Call) -> Typed:
    value = call.ctx.conversions.to_timestamp(call.value(0), _ZONED)
    return Typed(f"({instant(value)} AT TIME ZONE 'UTC')", TIMESTAMP)


@function("FROM_TZ", least=2, most=2)
def _from_tz(call: Call) -> Typed:
    value = call.ctx.conversions.to_timestamp(call.value(0), TIMESTAMP)
    zone = call.text(1).sql
    moment = f"{value.sql} AT TIME ZONE ora.known_zone({zone})"
    return Typed(f"ora.zoned({moment}, ora.zone_name({zone}))", _ZONED)


@function("$AT_LOCAL", least=1, most=1)
def _at_local(call: Call) -> Typed:
    value = call.ctx.conversions.to_timestamp(call.value(0), _ZONED)
    return Typed(f"ora.here({instant(value)})", _ZONED)


@function("TZ_OFFSET", least=1, most=1)
def _tz_offset(call: Call) -> Typed:
    return Typed(f"ora.tz_offset({call.text(0).sql})", OraType(Kind.VARCHAR2, 7))


@function("SESSIONTIMEZONE", "DBTIMEZONE", most=0)
def _zone(call: Call) -> Typed:
    if call.name == "DBTIMEZONE":
        return Typed("'+00:00'::text", OraType(Kind.VARCHAR2, 6))
    return Typed("(ora.here(statement_timestamp())).zone", OraType(Kind.VARCHAR2, 75))


def _day(call: Call, index: int) -> Typed:
    return call.ctx.conversions.to_date(call.value(index))


@function("ADD_MONTHS", least=2, most=2)
def _add_months(call: Call) -> Typed:
    return Typed(f"ora.add_months({_day(call, 0).sql}, {call.number(1)})", DATE)


@function("LAST_DAY", least=1, most=1)
def _last_day(call: Call) -> Typed:
    return Typed(f"ora.last_day({_day(call, 0).sql})", DATE)


@function("NEXT_DAY", least=2, most=2)
def _next_day(call: Call) -> Typed:
    return Typed(f"ora.next_day({_day(call, 0).sql}, {call.text(1).sql})", DATE)


@function("MONTHS_BETWEEN", least=2, most=2)
def _months_between(call: Call) -> Typed:
    return Typed(f"ora.months_between({_day(call, 0).sql}, {_day(call, 1).sql})", NUMBER)


def round_trunc_date(call: Call, value: Typed) -> Typed:
    """TRUNC and ROUND of a date, by unit; the result is a DATE."""
    day = call.ctx.conversions.to_date(value)
    if call.name == "TRUNC" and len(call) == 1:
        return Typed(f"date_trunc('day', {day.sql})", DATE)
    unit = call.text(1).sql if len(call) > 1 else "'DD'::text"
    return Typed(f"ora.{call.name.lower()}_date({day.sql}, {unit})", DATE)


@function("NUMTODSINTERVAL", least=2, most=2)
def _numtods(call: Call) -> Typed:
    unit = call.literal(1, "a unit").strip().upper()
    if unit not in _SECONDS:
        raise OraError(1760)
    number = call.number(0)
    return Typed(f"make_interval(secs => (({number}) * {_SECONDS[unit]})::float8)", _DS)


@function("NUMTOYMINTERVAL", least=2, most=2)
def _numtoym(call: Call) -> Typed:
    unit = call.literal(1, "a unit").strip().upper()
    if unit not in {"YEAR", "MONTH"}:
        raise OraError(1760)
    factor = 12 if unit == "YEAR" else 1
    return Typed(f"make_interval(months => round(({call.number(0)}) * {factor})::int)", _YM)


@function("TO_DSINTERVAL", least=1, most=1)
def _to_dsinterval(call: Call) -> Typed:
    return Typed(f"ora.to_dsinterval({call.text(0).sql})", _DS)


@function("TO_YMINTERVAL", least=1, most=1)
def _to_yminterval(call: Call) -> Typed:
    return Typed(f"ora.to_yminterval({call.text(0).sql})", _YM)


def extract(convert: Conversions, unit: str, value: Typed) -> Typed:
    """EXTRACT(unit FROM …): date parts, time parts of timestamps, parts of intervals."""
    unit = unit.upper()
    if value.kind in {Kind.INTERVAL_DS, Kind.INTERVAL_YM}:
        wanted = {"YEAR", "MONTH"} if value.kind is Kind.INTERVAL_YM else set(_SECONDS)
        if unit not in wanted:
            raise OraError(30076)
        return Typed(f"ora.interval_part({value.sql}, {text_literal(unit)})", NUMBER)
    if value.kind in TEXT or value.kind not in DATES:
        raise OraError(30076)
    # SQL Language Reference, EXTRACT (datetime): of a value with a time zone the result is in UTC
    clock = (
        f"({instant(value)} AT TIME ZONE 'UTC')"
        if value.kind is Kind.TIMESTAMP_TZ
        else convert.local(value)
    )
    if unit in {"YEAR", "MONTH", "DAY"}:
        return Typed(f"extract({unit} FROM {clock})", NUMBER)
    if unit in {"HOUR", "MINUTE", "SECOND"}:
        if value.kind not in STAMPS:
            raise OraError(30076)
        return Typed(f"trim_scale(extract({unit} FROM {clock}))", NUMBER)
    if value.kind is Kind.TIMESTAMP_LTZ:
        value = convert.to_timestamp(value, _ZONED)
    if value.kind is Kind.TIMESTAMP_TZ:
        if unit in {"TIMEZONE_HOUR", "TIMEZONE_MINUTE"}:
            part = "/ 3600" if unit == "TIMEZONE_HOUR" else "/ 60 % 60"
            return Typed(f"(ora.zone_seconds({value.sql}) {part})::numeric", NUMBER)
        if unit == "TIMEZONE_REGION":
            return Typed(f"ora.zone_region({value.sql})", OraType(Kind.VARCHAR2, 64))
    elif unit.startswith("TIMEZONE_"):
        raise OraError(30076)
    raise unsupported(f"EXTRACT {unit}")


def as_interval(value: Typed, unit: Any) -> Typed:
    """``(a - b) DAY TO SECOND``: the difference of dates as an interval."""
    if not isinstance(unit, exp.IntervalSpan) or str(unit.this.this).upper() != "DAY":
        raise unsupported("an interval expression other than DAY TO SECOND")
    if value.kind is Kind.NUMBER:
        return Typed(f"make_interval(secs => round(({value.sql}) * 86400)::float8)", _DS)
    if value.kind is not Kind.INTERVAL_DS:
        raise OraError(30081)
    return value


def interval_literal(text: str, unit: str, precisions: Mapping[str, list[int]]) -> Typed:
    """INTERVAL 'text' unit [TO unit], computed here.

    The first field has two digits unless its precision says otherwise (ORA-01873); fractions of a
    second are rounded to the second precision of SECOND, 6 when it is not written (SQL Language
    Reference, Interval Literals).
    """
    text = text.strip()
    first, _, last = unit.partition(" TO ")
    sign = -1 if text.startswith("-") else 1
    body = text.lstrip("+-").strip()
    leading = precisions.get(first) or [2]
    if len(re.split(r"\D", body)[0].lstrip("0")) > leading[0]:
        raise OraError(1873)
    given = precisions.get("SECOND") or []
    unit_of_last = Decimal(1).scaleb(-(given[-1] if given and (last or len(given) == 2) else 6))
    body = re.sub(
        r"\d+\.\d+$",
        lambda found: str(Decimal(found[0]).quantize(unit_of_last, ROUND_HALF_UP)),
        body,
    )
    try:
        if first in {"YEAR", "MONTH"}:
            if last:
                years, _, months = body.partition("-")
                total = int(years) * 12 + int(months or 0)
            else:
                total = int(body) * (12 if first == "YEAR" else 1)
            return Typed(f"interval '{sign * total} months'", _YM)
        if not last:
            seconds = float(body) * _SECONDS[first] if "." in body else int(body) * _SECONDS[first]
            return Typed(f"interval '{sign * seconds} seconds'", _DS)
        units = list(_SECONDS)[list(_SECONDS).index(first) : list(_SECONDS).index(last) + 1]
        pieces = re.split(r"[ :]+", body)
        if len(pieces) != len(units):
            raise OraError(1867)
        amount = sum(
            (float(piece) if "." in piece else int(piece)) * _SECONDS[name]
            for piece, name in zip(pieces, units, strict=True)
        )
        return Typed(f"interval '{sign * amount} seconds'", _DS)
    except (ValueError, KeyError) as error:
        raise OraError(1867) from error

"""Values on their way to PostgreSQL (text parameters) and back (loaders of a Transformer)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from psycopg import adapters
from psycopg.adapt import AdaptersMap, Loader
from psycopg.types.string import TextLoader

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.values import Months

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.oracle.contracts import Row


# --------------------------------------------------------------------------- to PostgreSQL


def _text(value: str) -> bytes | None:
    if not value:
        return None  # the empty string is NULL
    if "\0" in value:
        raise unsupported("the character CHR(0) in stored text")
    return value.encode("utf-8", "surrogatepass")


def _interval(value: timedelta) -> bytes:
    micros = (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds
    return (
        f"{micros // 1_000_000}.{micros % 1_000_000:06d} seconds".encode()
        if micros >= 0
        else (f"-{-micros // 1_000_000}.{-micros % 1_000_000:06d} seconds".encode())
    )


def _number(value: Decimal) -> bytes:
    return format(value, "f").encode()


_ENCODERS: dict[type, Any] = {
    str: _text,
    int: lambda value: b"%d" % value,
    bool: lambda value: b"t" if value else b"f",
    Decimal: _number,
    float: lambda value: repr(value).encode(),
    datetime: lambda value: value.isoformat(" ").encode(),
    timedelta: _interval,
    bytes: lambda value: b"\\x" + value.hex().encode() if value else None,
    Months: lambda value: b"%d months" % value.months,
}


def encode(value: Any) -> Any:
    """One parameter as PostgreSQL's text (bytes, or None for NULL); a list becomes an array."""
    if value is None:
        return None
    encoder = _ENCODERS.get(type(value))
    if encoder is not None:
        return encoder(value)
    if isinstance(value, list | tuple):
        return _array(value)
    for kind, encoder in _ENCODERS.items():  # a subclass, of str or datetime for instance
        if isinstance(value, kind):
            return encoder(value)
    raise OraError(932, "a storable value", type(value).__name__)


def _array(values: Sequence[Any]) -> bytes:
    parts: list[bytes] = []
    for value in values:
        item = encode(value)
        if item is None:
            parts.append(b"NULL")
        elif isinstance(value, int | Decimal) and not isinstance(value, bool):
            parts.append(item)
        else:
            parts.append(b'"' + item.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"')
    return b"{" + b",".join(parts) + b"}"


# --------------------------------------------------------------------------- from PostgreSQL


class _NumericLoader(Loader):
    """NUMBER: an int where PostgreSQL shows no decimal point."""

    def load(self, data: Any) -> int | Decimal:
        text = bytes(data)
        if b"." not in text:
            return int(text) if text != b"NaN" else Decimal("NaN")
        head, _, tail = text.partition(b".")
        return int(head) if not tail.strip(b"0") else Decimal(text.decode())


class _TimestampTzLoader(Loader):
    """An aware datetime whose zone is the fixed offset PostgreSQL shows, the session's."""

    def load(self, data: Any) -> datetime:
        return datetime.fromisoformat(bytes(data).decode())


def _zone_of(name: str) -> timezone:
    if name[:1] not in ("+", "-"):
        raise unsupported(f"a time zone region ({name}) outside a SQL statement")
    hours, _, minutes = name[1:].partition(":")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if name[0] == "-" else offset)


def zoned_value(text: str) -> datetime:
    """The aware datetime of ISO 8601 with an offset, or of what ``ora.tstz_text`` makes."""
    moment, _, name = text.partition("|")
    value = datetime.fromisoformat(moment)
    return value.astimezone(_zone_of(name)) if name else value


class ZonedLoader(Loader):
    """A TIMESTAMP WITH TIME ZONE: an aware datetime in the zone it was written with."""

    def load(self, data: Any) -> datetime:
        moment, _, name = bytes(data).decode()[1:-1].rpartition(",")
        return datetime.fromisoformat(moment.strip('"')).astimezone(_zone_of(name.strip('"')))


_YEARS = re.compile(r"(-?\d+) (year|mon)s?")
_DAYS = re.compile(r"(-?\d+) days?")
_CLOCK = re.compile(r"(-?)(\d+):(\d+):(\d+)(?:\.(\d+))?")


class _IntervalLoader(Loader):
    """A timedelta, or Months when only years and months are there."""

    def load(self, data: Any) -> timedelta | Months:
        text = bytes(data).decode()
        months = sum(
            int(number) * (12 if unit == "year" else 1) for number, unit in _YEARS.findall(text)
        )
        days = sum(int(number) for number in _DAYS.findall(text))
        clock = _CLOCK.search(text)
        if months and not days and not clock:
            return Months(months)
        if months:
            raise unsupported("an interval of months and days")
        delta = timedelta(days=days)
        if clock:
            sign, hours, minutes, seconds, fraction = clock.groups()
            part = timedelta(
                hours=int(hours),
                minutes=int(minutes),
                seconds=int(seconds),
                microseconds=int((fraction or "0").ljust(6, "0")),
            )
            delta += -part if sign else part
        return delta


def make_adapters() -> AdaptersMap:
    """The adapters of a session's connection: psycopg's own where they fit, ours elsewhere."""
    mapping = AdaptersMap(adapters)
    mapping.register_loader("numeric", _NumericLoader)
    mapping.register_loader("timestamptz", _TimestampTzLoader)
    mapping.register_loader("interval", _IntervalLoader)
    for name in ("json", "jsonb", "uuid", "xml", "name"):
        mapping.register_loader(name, TextLoader)
    return mapping


def clean(rows: list[Row]) -> list[Row]:
    """The rows with empty strings and empty RAWs as NULL, which they are in Oracle."""
    if any("" in row or b"" in row for row in rows):
        return [tuple(None if value in ("", b"") else value for value in row) for row in rows]
    return rows


def session_zone(offset: timedelta) -> str:
    """PostgreSQL's TimeZone setting for a fixed offset (POSIX style, the sign turned round)."""
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes >= 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    return f"<{'+' if minutes >= 0 else '-'}{hours:02d}{rest:02d}>{sign}{hours:02d}:{rest:02d}"

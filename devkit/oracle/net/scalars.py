"""Oracle's binary form of each scalar, without its length byte."""

from __future__ import annotations

import datetime as dt
import struct
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from devkit.oracle.errors import OraError
from devkit.oracle.values import Months

# --------------------------------------------------------------------------- NUMBER

_PAIRS: Final = 20  # base-100 digits of the mantissa
_WIDE: Final = Context(prec=60, rounding=ROUND_HALF_UP)


def _table(digit_to_byte: dict[int, int]) -> bytes:
    """A translation table for base-100 digits, each two decimal digits read as hexadecimal."""
    table = bytearray(256)
    for digit, byte in digit_to_byte.items():
        table[int(f"{digit:02d}", 16)] = byte
    return bytes(table)


def _inverse(digit_to_byte: dict[int, int]) -> bytes:
    table = bytearray(256)
    for digit, byte in digit_to_byte.items():
        table[byte] = int(f"{digit:02d}", 16)
    return bytes(table)


_POSITIVE = {digit: digit + 1 for digit in range(100)}
_NEGATIVE = {digit: 101 - digit for digit in range(100)}
_TO_POSITIVE, _FROM_POSITIVE = _table(_POSITIVE), _inverse(_POSITIVE)
_TO_NEGATIVE, _FROM_NEGATIVE = _table(_NEGATIVE), _inverse(_NEGATIVE)


def _pack_number(negative: bool, digits: str, exponent: int) -> bytes:
    """``digits`` × 10^``exponent``: ``digits`` is a run of decimal digits without leading zeros."""
    if exponent & 1:
        digits += "0"
        exponent -= 1
    if len(digits) & 1:
        digits = "0" + digits
    first = (len(digits) + exponent) // 2 - 1  # base-100 exponent of the first pair
    if len(digits) > 2 * _PAIRS:
        dropped = len(digits) - 2 * _PAIRS
        rounded = str((int(digits) + 5 * 10 ** (dropped - 1)) // 10**dropped)
        return _pack_number(negative, rounded, exponent + dropped)
    mantissa = bytes.fromhex(digits).rstrip(b"\0")
    if first > 62:
        raise OraError(1426)
    if first < -65:
        return b"\x80"
    if negative:
        tail = b"\x66" if len(mantissa) < _PAIRS else b""
        return bytes((62 - first,)) + mantissa.translate(_TO_NEGATIVE) + tail
    return bytes((193 + first,)) + mantissa.translate(_TO_POSITIVE)


def encode_number(value: int | Decimal) -> bytes:
    """The NUMBER image; more than 20 base-100 digits are rounded, overflow is ORA-01426."""
    if isinstance(value, int):
        if value == 0:
            return b"\x80"
        return _pack_number(value < 0, str(abs(value)), 0)
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise OraError(1426)
    text = "".join(map(str, digits)).lstrip("0")
    if not text:
        return b"\x80"
    return _pack_number(bool(sign), text, exponent)


def decode_number(data: bytes) -> int | Decimal:
    """An ``int`` when the value is integral, else a ``Decimal``."""
    first = data[0]
    if first == 0x80 and len(data) == 1:
        return 0
    if first & 0x80:
        digits, exponent, sign = data[1:].translate(_FROM_POSITIVE).hex(), first - 193, ""
    else:
        body = data[1:-1] if data[-1] == 0x66 else data[1:]
        if not body:
            return Decimal("-1E126")
        digits, exponent, sign = body.translate(_FROM_NEGATIVE).hex(), 62 - first, "-"
    shift = 2 * (exponent + 1) - len(digits)
    if shift >= 0:
        return int(f"{sign}{digits}") * int(10**shift)
    return Decimal(f"{sign}{digits}E{shift}").normalize(_WIDE)


# --------------------------------------------------------------------------- dates and times


def encode_date(value: dt.date) -> bytes:
    """Seven bytes; the time of day of a ``datetime`` is kept to the second."""
    century, year = divmod(value.year, 100)
    head = (century + 100, year + 100, value.month, value.day)
    if isinstance(value, dt.datetime):
        return bytes((*head, value.hour + 1, value.minute + 1, value.second + 1))
    return bytes((*head, 1, 1, 1))


def encode_timestamp(value: dt.datetime) -> bytes:
    """Eleven bytes, seven when the fraction is zero."""
    date = encode_date(value)
    if value.microsecond == 0:
        return date
    return date + (value.microsecond * 1000).to_bytes(4, "big")


def encode_timestamp_tz(value: dt.datetime) -> bytes:
    """Thirteen bytes: the fields in UTC, then the offset; a naive value counts as UTC."""
    offset = value.utcoffset() or dt.timedelta()
    utc = value.replace(tzinfo=None) - offset
    minutes = int(offset.total_seconds()) // 60
    hours = abs(minutes) // 60 * (-1 if minutes < 0 else 1)
    return (
        encode_date(utc)
        + (utc.microsecond * 1000).to_bytes(4, "big")
        + bytes((hours + 20, minutes - hours * 60 + 60))
    )


def decode_datetime(data: bytes) -> dt.datetime:
    """A DATE or a TIMESTAMP without time zone: 7 or 11 bytes."""
    return dt.datetime(  # noqa: DTZ001 (Oracle's DATE and TIMESTAMP have no zone)
        (data[0] - 100) * 100 + data[1] - 100,
        data[2],
        data[3],
        data[4] - 1,
        data[5] - 1,
        data[6] - 1,
        int.from_bytes(data[7:11], "big") // 1000 if len(data) >= 11 else 0,
    )


def decode_timestamp_tz(data: bytes) -> dt.datetime:
    """An aware datetime with a fixed offset."""
    utc = decode_datetime(data)
    if len(data) < 13:
        return utc.replace(tzinfo=dt.UTC)
    offset = dt.timedelta(hours=data[11] - 20, minutes=data[12] - 60)
    return (utc + offset).replace(tzinfo=dt.timezone(offset))


def encode_interval_ds(value: dt.timedelta) -> bytes:
    sign = -1 if value < dt.timedelta() else 1
    span = abs(value)
    hours, rest = divmod(span.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return (
        (sign * span.days + 2**31).to_bytes(4, "big")
        + bytes((sign * hours + 60, sign * minutes + 60, sign * seconds + 60))
        + (sign * span.microseconds * 1000 + 2**31).to_bytes(4, "big")
    )


def decode_interval_ds(data: bytes) -> dt.timedelta:
    nanoseconds = int.from_bytes(data[7:11], "big") - 2**31
    return dt.timedelta(
        days=int.from_bytes(data[:4], "big") - 2**31,
        hours=data[4] - 60,
        minutes=data[5] - 60,
        seconds=data[6] - 60,
        microseconds=int(nanoseconds / 1000),
    )


def encode_interval_ym(value: Months) -> bytes:
    sign = -1 if value.months < 0 else 1
    years, months = divmod(abs(value.months), 12)
    return (sign * years + 2**31).to_bytes(4, "big") + bytes((sign * months + 60,))


def decode_interval_ym(data: bytes) -> Months:
    return Months((int.from_bytes(data[:4], "big") - 2**31) * 12 + data[4] - 60)


# --------------------------------------------------------------------------- binary floats

_ALL_ONES = {4: 2**32 - 1, 8: 2**64 - 1}


def encode_float(value: float, size: int) -> bytes:
    """BINARY_DOUBLE (``size`` 8) or BINARY_FLOAT (4); the bytes sort as the values do."""
    bits = int.from_bytes(struct.pack(">d" if size == 8 else ">f", value), "big")
    top = 1 << (8 * size - 1)
    bits = bits ^ _ALL_ONES[size] if bits & top else bits | top
    return bits.to_bytes(size, "big")


def decode_float(data: bytes) -> float:
    size = len(data)
    bits = int.from_bytes(data, "big")
    top = 1 << (8 * size - 1)
    bits = bits ^ top if bits & top else bits ^ _ALL_ONES[size]
    value: float = struct.unpack(">d" if size == 8 else ">f", bits.to_bytes(size, "big"))[0]
    return value


# --------------------------------------------------------------------------- rowid

_BASE64: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BASE64_VALUE = {character: value for value, character in enumerate(_BASE64)}


def split_rowid(text: str) -> tuple[int, int, int, int]:
    """Object, file, block and slot of an 18-character ROWID; ORA-01410 for anything else."""
    if len(text) != 18:
        raise OraError(1410)
    parts = []
    for start, stop in ((0, 6), (6, 9), (9, 15), (15, 18)):
        value = 0
        for character in text[start:stop]:
            digit = _BASE64_VALUE.get(character)
            if digit is None:
                raise OraError(1410)
            value = value * 64 + digit
        parts.append(value)
    return parts[0], parts[1], parts[2], parts[3]

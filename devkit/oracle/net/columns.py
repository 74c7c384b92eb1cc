"""Columns and values on their way to the client: descriptions, and one encoder per column."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from devkit.oracle.contracts import ResultCursor
from devkit.oracle.errors import unsupported
from devkit.oracle.net import scalars
from devkit.oracle.net.oson import encode_oson
from devkit.oracle.net.types import SHORT_LENGTH, ub_bytes, vb_bytes
from devkit.oracle.values import Kind, Months, OraType

Encoder = Callable[[bytearray, Any], None]

(VARCHAR, NUMBER, BINARY_INTEGER, LONG, ROWID, DATE, RAW, LONG_RAW, CHAR) = (
    1, 2, 3, 8, 11, 12, 23, 24, 96,
)  # fmt: skip
BINARY_FLOAT, BINARY_DOUBLE, CURSOR, OBJECT = 100, 101, 102, 109
CLOB, BLOB, BFILE, JSON, VECTOR = 112, 113, 114, 119, 127
TIMESTAMP, TIMESTAMP_TZ, INTERVAL_YM, INTERVAL_DS = 180, 181, 182, 183
UROWID, TIMESTAMP_LTZ, BOOLEAN = 208, 231, 252

DEFINED_TYPES = frozenset({CLOB, BLOB, JSON, VECTOR})
_CHUNK_SIZE = 8132
_UNCONSTRAINED = -127


class Resources(Protocol):
    """What values need of the session: LOB locators and cursor ids."""

    def locator(self, value: str | bytes) -> tuple[bytes, int]:
        """A locator for the value and its size in characters or bytes."""

    def write_cursor(self, out: bytearray, result: ResultCursor) -> None:
        """Describe body and cursor id of a new cursor."""


@dataclass(frozen=True, slots=True)
class WireType:
    """A type as a describe shows it; ``max_size`` is in characters."""

    type: int
    size: int
    precision: int = 0
    scale: int = 0
    max_size: int = 0
    form: int = 0


def _character(number: int, form: int) -> Callable[[OraType], WireType]:
    def make(ora: OraType) -> WireType:
        length = ora.length or 4000
        if form == 2:
            return WireType(number, 2 * length, max_size=length, form=2)
        size = min(4 * length, 32_767) if ora.char_semantics else length
        return WireType(number, size, max_size=length, form=1)

    return make


def _number(ora: OraType) -> WireType:
    if ora.precision is None and ora.scale is None:
        return WireType(NUMBER, 22, 0, _UNCONSTRAINED)
    return WireType(NUMBER, 22, ora.precision or 38, ora.scale or 0)


def _timestamp(number: int, size: int) -> Callable[[OraType], WireType]:
    return lambda ora: WireType(number, size, 0, 6 if ora.scale is None else ora.scale)


def _fixed(wire: WireType) -> Callable[[OraType], WireType]:
    return lambda _ora: wire


_WIRE_TYPES: dict[Kind, Callable[[OraType], WireType]] = {
    Kind.NUMBER: _number,
    Kind.PLS_INTEGER: _fixed(WireType(NUMBER, 22, 10, 0)),
    Kind.BINARY_FLOAT: _fixed(WireType(BINARY_FLOAT, 4)),
    Kind.BINARY_DOUBLE: _fixed(WireType(BINARY_DOUBLE, 8)),
    Kind.VARCHAR2: _character(VARCHAR, 1),
    Kind.NVARCHAR2: _character(VARCHAR, 2),
    Kind.CHAR: _character(CHAR, 1),
    Kind.NCHAR: _character(CHAR, 2),
    Kind.NULL: _character(VARCHAR, 1),
    Kind.LONG: _fixed(WireType(LONG, 2**31 - 1, form=1)),
    Kind.CLOB: _fixed(WireType(CLOB, 4000, form=1)),
    Kind.BLOB: _fixed(WireType(BLOB, 4000)),
    Kind.RAW: lambda ora: WireType(RAW, ora.length or 2000),
    Kind.DATE: _fixed(WireType(DATE, 7)),
    Kind.TIMESTAMP: _timestamp(TIMESTAMP, 11),
    Kind.TIMESTAMP_TZ: _timestamp(TIMESTAMP_TZ, 13),
    Kind.TIMESTAMP_LTZ: _timestamp(TIMESTAMP_LTZ, 11),
    Kind.INTERVAL_DS: _fixed(WireType(INTERVAL_DS, 11, 2, 6)),
    Kind.INTERVAL_YM: _fixed(WireType(INTERVAL_YM, 5, 2, 0)),
    Kind.BOOLEAN: _fixed(WireType(BOOLEAN, 4)),
    Kind.ROWID: _fixed(WireType(ROWID, 10)),
    Kind.JSON: _fixed(WireType(JSON, 8000)),
    Kind.CURSOR: _fixed(WireType(CURSOR, 4)),
}


def wire_type(ora: OraType) -> WireType:
    """How a column of this type is described; ORA-03001 for types without a wire form here."""
    make = _WIRE_TYPES.get(ora.kind)
    if make is None:
        raise unsupported(f"{ora.kind.value} as a column of a query")
    return make(ora)


# --------------------------------------------------------------------------- encoders


def _encode_text(out: bytearray, value: Any) -> None:
    if value is None:
        out.append(0)
        return
    data = value.encode()
    if len(data) <= SHORT_LENGTH:
        out.append(len(data))
        out += data
    else:
        out += vb_bytes(data)


def _encode_national(out: bytearray, value: Any) -> None:
    out += vb_bytes(None if value is None else value.encode("utf-16-be"))


def _encode_bytes(out: bytearray, value: Any) -> None:
    out += vb_bytes(value)


_SMALL_NUMBERS = [
    bytes((len(image), *image)) for image in (scalars.encode_number(n) for n in range(2048))
]


def _encode_number(out: bytearray, value: Any) -> None:
    if value is None:
        out.append(0)
        return
    if type(value) is int:
        if 0 <= value < 2048:
            out += _SMALL_NUMBERS[value]
            return
        image = scalars.encode_number(value)
    elif isinstance(value, Decimal):
        image = scalars.encode_number(value)
    elif isinstance(value, (int, str)):
        image = scalars.encode_number(Decimal(value))
    elif isinstance(value, float):
        image = scalars.encode_number(Decimal(repr(value)))
    else:
        raise TypeError(f"{type(value).__name__} where a NUMBER belongs")
    out.append(len(image))
    out += image


def _sized(encode: Callable[[Any], bytes]) -> Encoder:
    def encoder(out: bytearray, value: Any) -> None:
        if value is None:
            out.append(0)
            return
        image = encode(value)
        out.append(len(image))
        out += image

    return encoder


def _encode_boolean(out: bytearray, value: Any) -> None:
    out += b"\0" if value is None else b"\x02\x01\x01" if value else b"\x01\x00"


def _encode_rowid(out: bytearray, value: Any) -> None:
    if value is None:
        out.append(0)
        return
    data_object, file, block, slot = scalars.split_rowid(value)
    out.append(1)
    out += ub_bytes(data_object) + ub_bytes(file) + b"\0" + ub_bytes(block) + ub_bytes(slot)


def _with_trailer(encoder: Encoder) -> Encoder:
    """LONG data in a fetch: null indicator and return code follow."""

    def encode(out: bytearray, value: Any) -> None:
        encoder(out, value)
        out += b"\0\0"

    return encode


def _json_image(value: Any) -> bytes:
    """JSON travels between the layers as its text."""
    if isinstance(value, str):
        value = json.loads(value, parse_float=Decimal)
    return encode_oson(value)


def _encode_json(out: bytearray, value: Any) -> None:
    if value is None:
        out.append(0)
        return
    image = _json_image(value)
    out += ub_bytes(40) + ub_bytes(len(image)) + ub_bytes(_CHUNK_SIZE)
    out += vb_bytes(image) + vb_bytes(bytes(40))


_ENCODERS: dict[int, Encoder] = {
    VARCHAR: _encode_text,
    CHAR: _encode_text,
    LONG: _encode_text,
    ROWID: _encode_rowid,
    NUMBER: _encode_number,
    BINARY_INTEGER: _encode_number,
    DATE: _sized(scalars.encode_date),
    RAW: _encode_bytes,
    LONG_RAW: _encode_bytes,
    BINARY_FLOAT: _sized(lambda value: scalars.encode_float(value, 4)),
    BINARY_DOUBLE: _sized(lambda value: scalars.encode_float(value, 8)),
    JSON: _encode_json,
    TIMESTAMP: _sized(scalars.encode_timestamp),
    TIMESTAMP_LTZ: _sized(scalars.encode_timestamp),
    TIMESTAMP_TZ: _sized(scalars.encode_timestamp_tz),
    INTERVAL_DS: _sized(scalars.encode_interval_ds),
    INTERVAL_YM: _sized(lambda value: scalars.encode_interval_ym(_months(value))),
    BOOLEAN: _encode_boolean,
}


def _months(value: Any) -> Months:
    return value if isinstance(value, Months) else Months(int(value))


def _lob_encoder(resources: Resources) -> Encoder:
    def encode(out: bytearray, value: Any) -> None:
        if value is None:
            out.append(0)
            return
        locator, size = resources.locator(value)
        out += ub_bytes(len(locator)) + ub_bytes(size) + ub_bytes(_CHUNK_SIZE) + vb_bytes(locator)

    return encode


def _cursor_encoder(resources: Resources) -> Encoder:
    def encode(out: bytearray, value: Any) -> None:
        if value is None:
            raise unsupported("a REF CURSOR that was never opened, as an OUT value")
        out.append(1)
        resources.write_cursor(out, value)

    return encode


def value_encoder(number: int, resources: Resources, *, national: bool = False) -> Encoder:
    """The encoder for OUT values and RETURNING values of a wire type."""
    if national and number in {VARCHAR, CHAR, LONG}:
        return _encode_national
    if number in {CLOB, BLOB}:
        return _lob_encoder(resources)
    if number == CURSOR:
        return _cursor_encoder(resources)
    if number == ROWID:
        return _encode_text
    encoder = _ENCODERS.get(number)
    if encoder is None:
        raise unsupported(f"values of wire type {number}")
    return encoder


def row_encoders(
    types: Sequence[WireType], defines: Sequence[int], resources: Resources
) -> list[Encoder]:
    """One encoder per column for a fetch; ``defines`` holds the wire types the client asked for."""
    encoders: list[Encoder] = []
    for wire, defined in zip(types, defines, strict=True):
        number = defined if wire.type in DEFINED_TYPES else wire.type
        if number == ROWID:
            encoders.append(_encode_rowid)
        elif number in {LONG, LONG_RAW}:
            encoders.append(_with_trailer(_ENCODERS[number]))
        else:
            encoders.append(value_encoder(number, resources, national=wire.form == 2))
    return encoders

"""DESCRIBE (16), ROW_HEADER (6) and IO_VECTOR (11): what comes before rows and OUT values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from devkit.oracle.contracts import Direction
from devkit.oracle.net.columns import (
    INTERVAL_DS,
    NUMBER,
    TIMESTAMP,
    TIMESTAMP_LTZ,
    TIMESTAMP_TZ,
    WireType,
)
from devkit.oracle.net.messages.protocol import CHARSET_UTF8, CHARSET_UTF16
from devkit.oracle.net.scalars import encode_date
from devkit.oracle.net.types import Writer
from devkit.oracle.values import Column

DESCRIBE, ROW_HEADER, ROW_DATA, IO_VECTOR, IMPLICIT_RESULTS = 16, 6, 7, 11, 27
_CHARSETS = {0: 0, 1: CHARSET_UTF8, 2: CHARSET_UTF16}
_SCALED = frozenset({NUMBER, TIMESTAMP, TIMESTAMP_TZ, TIMESTAMP_LTZ, INTERVAL_DS})


@dataclass(frozen=True, slots=True)
class Dialect:
    """How this client reads a describe.

    Clients derived from go-ora read the scale of numbers and times as a universal integer where
    Oracle's own thin drivers read one byte; they are known by the name they give."""

    field_version: int
    wide_scale: bool = False


def write_describe(
    writer: Writer, columns: Sequence[Column], types: Sequence[WireType], dialect: Dialect
) -> None:
    writer.u8(DESCRIBE, 0)
    write_describe_body(writer, columns, types, dialect)


def write_describe_body(
    writer: Writer, columns: Sequence[Column], types: Sequence[WireType], dialect: Dialect
) -> None:
    """The describe without its head, as REF CURSORs and implicit results carry it."""
    writer.ub(sum(wire.size for wire in types) & 0x7FFF_FFFF, len(columns))
    if columns:
        writer.u8(0)
    for position, (column, wire) in enumerate(zip(columns, types, strict=True), start=1):
        _write_column(writer, column, wire, position, dialect)
    writer.lvb(encode_date(dt.datetime.now()))  # noqa: DTZ005 (server time, informative)
    writer.ub(0, 0, 0, 0, 0)


def _write_column(
    writer: Writer, column: Column, wire: WireType, position: int, dialect: Dialect
) -> None:
    field_version = dialect.field_version
    name = column.name.encode()
    writer.u8(wire.type, 0, wire.precision & 0xFF)
    if dialect.wide_scale and wire.type in _SCALED:
        writer.sb(wire.scale)
    else:
        writer.u8(wire.scale & 0xFF)
    writer.ub(wire.size, 0, 0, 0, 0, _CHARSETS[wire.form])
    writer.u8(wire.form)
    writer.ub(wire.max_size)
    if field_version >= 8:
        writer.ub(0)
    writer.u8(int(column.nullable), min(len(name), 255))
    writer.lvb(name)
    writer.ub(0, 0)  # type's schema and name
    writer.ub(position, 0)
    if field_version >= 17:
        writer.ub(0, 0)  # domain
    if field_version >= 20:
        writer.ub(0)  # annotations
    if field_version >= 24:
        writer.ub(0)
        writer.u8(0, 0)


def write_row_header(writer: Writer, columns: int, rows: int) -> None:
    writer.u8(ROW_HEADER, 0)
    writer.ub(columns, 0, rows, 0, 0, 0)


def write_io_vector(writer: Writer, directions: Sequence[Direction]) -> None:
    writer.u8(IO_VECTOR, 0)
    writer.ub(len(directions) % 256, len(directions) // 256, 0, 0, 0, 0)
    writer.u8(*(direction.value for direction in directions))

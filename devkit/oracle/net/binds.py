"""Bind values on their way in: types from the client's descriptors, rows from the wire."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

from devkit.oracle.contracts import Bind, ResultCursor
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.net import columns, scalars
from devkit.oracle.net.messages.describe import ROW_DATA
from devkit.oracle.net.messages.execute import Oac
from devkit.oracle.net.oson import decode_oson, json_text
from devkit.oracle.net.statement import ScannedStatement
from devkit.oracle.net.types import ESCAPE, Reader, WireError
from devkit.oracle.values import NULL, Kind, OraType

MAX_STRING = 32_767
MAX_EMPTY_ROWS = 1_000_000
_UNTYPED_SIZE = 4  # the driver sends None as a VARCHAR2 of one character
_LONG_LAST = frozenset({columns.VARCHAR, columns.CHAR, columns.LONG, columns.RAW, columns.LONG_RAW})

Decoder = Callable[[Reader], Any]


class BindResources(Protocol):
    """What binds refer to by number: LOBs and open cursors of the session."""

    def lob_value(self, locator: bytes) -> str | bytes | None:
        """ORA-22275 for an unknown locator."""

    def open_cursor(self, cursor_id: int) -> ResultCursor | None:
        """ORA-01001 for an unknown id."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Stands for a value that cannot be taken; raised when the whole request has been read."""

    error: OraError


# --------------------------------------------------------------------------- types

_PLAIN_KINDS: dict[int, Kind] = {
    columns.BINARY_INTEGER: Kind.PLS_INTEGER,
    columns.ROWID: Kind.ROWID,
    columns.UROWID: Kind.ROWID,
    columns.NUMBER: Kind.NUMBER,
    columns.DATE: Kind.DATE,
    columns.BINARY_FLOAT: Kind.BINARY_FLOAT,
    columns.BINARY_DOUBLE: Kind.BINARY_DOUBLE,
    columns.CURSOR: Kind.CURSOR,
    columns.CLOB: Kind.CLOB,
    columns.BLOB: Kind.BLOB,
    columns.JSON: Kind.JSON,
    columns.TIMESTAMP_TZ: Kind.TIMESTAMP_TZ,
    columns.INTERVAL_DS: Kind.INTERVAL_DS,
    columns.INTERVAL_YM: Kind.INTERVAL_YM,
    columns.BOOLEAN: Kind.BOOLEAN,
}


def bind_type(oac: Oac) -> OraType:
    """The Oracle type of a bind; strings and bytes beyond 32,767 bytes count as CLOB and BLOB."""
    kind = _PLAIN_KINDS.get(oac.type)
    if kind is not None:
        return OraType(kind)
    size = min(oac.size, MAX_STRING)
    if oac.type in {columns.VARCHAR, columns.LONG}:
        return OraType(Kind.NVARCHAR2 if oac.national else Kind.VARCHAR2, size)
    if oac.type == columns.CHAR:
        return OraType(Kind.NCHAR if oac.national else Kind.CHAR, size)
    if oac.type in {columns.RAW, columns.LONG_RAW}:
        return OraType(Kind.RAW, size)
    if oac.type in {columns.TIMESTAMP, columns.TIMESTAMP_LTZ}:
        kind = Kind.TIMESTAMP if oac.type == columns.TIMESTAMP else Kind.TIMESTAMP_LTZ
        return OraType(kind, scale=6)
    raise unsupported(_REFUSED.get(oac.type, f"binds of wire type {oac.type}"))


_REFUSED = {
    columns.OBJECT: "binds of object types",
    columns.VECTOR: "binds of type VECTOR",
    columns.BFILE: "binds of type BFILE",
}


def _value_type(oac: Oac, values: Sequence[Any], statement: ScannedStatement) -> OraType:
    """The type of a bind in this execution: long strings are LOBs, a bare None has no type."""
    ora = bind_type(oac)
    if not statement.is_plsql and oac.type in {columns.LONG, columns.LONG_RAW}:
        return OraType(Kind.CLOB if oac.type == columns.LONG else Kind.BLOB)
    if oac.type in _LONG_LAST and oac.size > MAX_STRING:
        if ora.kind is Kind.RAW:
            if any(value is not None and len(value) > MAX_STRING for value in values):
                return OraType(Kind.BLOB)
        elif any(value is not None and len(value.encode()) > MAX_STRING for value in values):
            return OraType(Kind.CLOB)
    untyped = oac.type == columns.VARCHAR and oac.size <= _UNTYPED_SIZE and not statement.is_plsql
    if untyped and all(value is None for value in values):
        return NULL
    return ora


# --------------------------------------------------------------------------- decoders


def _national(reader: Reader) -> str | None:
    data = reader.vb()
    return None if data is None else data.decode("utf-16-be")


def _scalar(decode: Callable[[bytes], Any]) -> Decoder:
    def read(reader: Reader) -> Any:
        data = reader.vb()
        return None if data is None else decode(data)

    return read


def _boolean(reader: Reader) -> bool | None:
    """True is ``02 01 01``, false ``01 00``, NULL ``FD 01``."""
    first = reader.u8()
    if first == 0:
        return None
    rest = reader.raw(1 if first == ESCAPE else first)
    return None if first == ESCAPE else rest[-1] == 1


def _json(reader: Reader) -> str | None:
    if reader.ub() == 0:
        return None
    reader.raw(41)
    image = reader.vb()
    return None if image is None else json_text(decode_oson(image))


def _vector(reader: Reader) -> Refusal | None:
    if reader.ub() == 0:
        return None
    reader.raw(41)
    reader.vb()
    return Refusal(unsupported(_REFUSED[columns.VECTOR]))


def _object(reader: Reader) -> Refusal:
    for _ in range(3):
        reader.lvb()
    reader.ub()
    length = reader.ub()
    reader.ub()
    if length:
        reader.vb()
    return Refusal(unsupported(_REFUSED[columns.OBJECT]))


_REFUSABLE = frozenset({
    columns.CLOB, columns.BLOB, columns.CURSOR, columns.VECTOR, columns.OBJECT,
})  # fmt: skip
_DECODERS: dict[int, Decoder] = {
    columns.VARCHAR: Reader.text,
    columns.CHAR: Reader.text,
    columns.LONG: Reader.text,
    columns.ROWID: Reader.text,
    columns.UROWID: Reader.text,
    columns.RAW: Reader.vb,
    columns.LONG_RAW: Reader.vb,
    columns.NUMBER: _scalar(scalars.decode_number),
    columns.BINARY_INTEGER: _scalar(scalars.decode_number),
    columns.DATE: _scalar(lambda data: scalars.decode_datetime(data).replace(microsecond=0)),
    columns.TIMESTAMP: _scalar(scalars.decode_datetime),
    columns.TIMESTAMP_LTZ: _scalar(scalars.decode_datetime),
    columns.TIMESTAMP_TZ: _scalar(scalars.decode_timestamp_tz),
    columns.INTERVAL_DS: _scalar(scalars.decode_interval_ds),
    columns.INTERVAL_YM: _scalar(scalars.decode_interval_ym),
    columns.BINARY_FLOAT: _scalar(scalars.decode_float),
    columns.BINARY_DOUBLE: _scalar(scalars.decode_float),
    columns.BOOLEAN: _boolean,
    columns.JSON: _json,
    columns.VECTOR: _vector,
    columns.OBJECT: _object,
}


def _decoder(oac: Oac, resources: BindResources) -> Decoder:
    if oac.national and oac.type in {columns.VARCHAR, columns.CHAR, columns.LONG}:
        return _national
    if oac.type in {columns.CLOB, columns.BLOB}:

        def read_lob(reader: Reader) -> str | bytes | Refusal | None:
            locator = reader.lvb()
            try:
                return None if locator is None else resources.lob_value(locator)
            except OraError as error:
                return Refusal(error)

        return read_lob
    if oac.type == columns.CURSOR:

        def read_cursor(reader: Reader) -> ResultCursor | Refusal | None:
            if reader.ub() == 0:
                return None
            try:
                return resources.open_cursor(reader.ub())
            except OraError as error:
                return Refusal(error)

        return read_cursor
    decoder = _DECODERS.get(oac.type)
    if decoder is None:
        raise WireError(f"bind of wire type {oac.type}")
    return decoder


# --------------------------------------------------------------------------- rows


def read_rows(
    reader: Reader,
    oacs: Sequence[Oac],
    present: Sequence[bool],
    statement: ScannedStatement,
    count: int,
    resources: BindResources,
) -> list[list[Any]]:
    """``count`` rows of values; ``present`` tells for each bind whether its value is on the wire.

    Outside PL/SQL the long strings of a row come after all other values. A row holds one value per
    bind, None for those not sent.
    """
    if not any(present):
        if count > MAX_EMPTY_ROWS:
            raise unsupported(f"{count} executions without binds in one call")
        return [[None] * len(oacs) for _ in range(count)]
    sent = [index for index, there in enumerate(present) if there]
    if not statement.is_plsql:
        late = [i for i in sent if oacs[i].type in _LONG_LAST and oacs[i].size > MAX_STRING]
        sent = [i for i in sent if i not in late] + late
    plan = [(index, _decoder(oacs[index], resources), oacs[index].is_array) for index in sent]
    rows: list[list[Any]] = []
    for _ in range(count):
        if reader.u8() != ROW_DATA:
            raise WireError("bind row without its mark")
        row: list[Any] = [None] * len(oacs)
        for index, decode, is_array in plan:
            if is_array:
                row[index] = [decode(reader) for _ in range(reader.ub())]
            else:
                row[index] = decode(reader)
        rows.append(row)
    return rows


def make_binds(
    statement: ScannedStatement, oacs: Sequence[Oac], rows: Sequence[Sequence[Any]]
) -> tuple[list[Bind], list[list[Any]]]:
    """The binds of a request and its rows without the RETURNING binds.

    Raises ORA-01008 when the client sent fewer descriptors than the text has binds, and refuses
    values that no layer can take."""
    names, returning = statement.binds, statement.returning
    if len(names) != len(oacs):
        raise OraError(1008 if len(oacs) < len(names) else 1006)
    if any(oac.type in _REFUSABLE for oac in oacs):
        for value in chain.from_iterable(rows):
            for element in value if isinstance(value, list) else (value,):
                if isinstance(element, Refusal):
                    raise element.error
    binds = []
    for index, oac in enumerate(oacs):
        if returning[index] or oac.is_array:
            ora = bind_type(oac)
        else:
            ora = _value_type(oac, [row[index] for row in rows], statement)
        binds.append(Bind(names[index], ora, oac.is_array, oac.max_elements, returning[index]))
    if any(returning):
        kept = [index for index, is_returning in enumerate(returning) if not is_returning]
        return binds, [[row[index] for index in kept] for row in rows]
    return binds, [list(row) for row in rows]

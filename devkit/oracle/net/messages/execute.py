"""EXECUTE (function 94): the head and the bind or define descriptors; rows of values may follow."""

from __future__ import annotations

from dataclasses import dataclass, field

from devkit.oracle.net.types import Reader

OPTION_PARSE = 0x1
OPTION_EXECUTE = 0x20
OPTION_FETCH = 0x40
OPTION_COMMIT = 0x100
OPTION_DESCRIBE = 0x2_0000
OPTION_BATCH_ERRORS = 0x8_0000
FLAG_SCROLLABLE = 0x2
FLAG_DML_ROW_COUNTS = 0x4000
_OAC_ARRAY = 0x40


@dataclass(frozen=True, slots=True)
class Oac:
    """The client's description of one bind or define."""

    type: int
    size: int
    is_array: bool
    max_elements: int
    national: bool


@dataclass(slots=True)
class Execute:
    options: int
    cursor_id: int
    sql: str | None
    rows_wanted: int
    executions: int
    flags: int
    orientation: int
    position: int
    binds: list[Oac] = field(default_factory=list)
    defines: list[Oac] = field(default_factory=list)


def read_oac(reader: Reader, field_version: int) -> Oac:
    kind, flags = reader.u8(), reader.u8()
    reader.raw(2)  # precision, scale
    size, max_elements = reader.ub(), reader.ub()
    reader.ub()  # continuation flags
    reader.lvb()  # object identifier
    reader.skip_ub(2)  # version, character set
    form = reader.u8()
    reader.ub()  # LOB prefetch length
    if field_version >= 8:
        reader.ub()
    return Oac(kind, size, bool(flags & _OAC_ARRAY), max_elements, form == 2)


def read_execute(reader: Reader, field_version: int) -> Execute:
    options, cursor_id = reader.ub(), reader.ub()
    has_sql = reader.u8()
    reader.ub()
    reader.u8()
    vector_length = reader.ub()
    reader.raw(2)
    reader.ub()
    rows_wanted = reader.ub()
    reader.ub()
    has_binds, bind_count = reader.u8(), reader.ub()
    reader.raw(5)
    has_defines, define_count = reader.u8(), reader.ub()
    reader.ub()  # registration, low half
    reader.raw(3)
    reader.ub()
    reader.u8()
    reader.skip_ub(2)  # …, registration, high half
    reader.u8()
    reader.ub()
    reader.u8()
    if field_version >= 8:
        reader.u8()
        reader.ub()
        reader.u8()
        reader.ub()
        reader.u8()
    if field_version >= 9:
        reader.u8()
        reader.ub()
    sql = reader.text() if has_sql else None
    vector = [reader.ub() for _ in range(vector_length)]
    vector += [0] * (13 - len(vector))
    message = Execute(
        options, cursor_id, sql, rows_wanted, vector[1], vector[9], vector[10], vector[11]
    )
    if has_defines:
        message.defines = [read_oac(reader, field_version) for _ in range(define_count)]
    elif has_binds:
        message.binds = [read_oac(reader, field_version) for _ in range(bind_count)]
    return message

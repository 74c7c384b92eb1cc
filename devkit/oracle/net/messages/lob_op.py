"""LOB operations (function 96)."""

from __future__ import annotations

from dataclasses import dataclass

from devkit.oracle.net.messages.auth import PARAMETER
from devkit.oracle.net.types import Reader, Writer

LOB_DATA = 14
LENGTH, READ, TRIM, WRITE = 0x1, 0x2, 0x20, 0x40
CREATE_TEMP, FREE_TEMP = 0x110, 0x111
CHUNK_SIZE, OPEN, CLOSE, IS_OPEN = 0x4000, 0x8000, 0x1_0000, 0x1_1000
FILE_EXISTS, FILE_IS_OPEN = 0x800, 0x400


@dataclass(slots=True)
class LobOp:
    operation: int
    locator: bytes
    source_offset: int
    destination_offset: int
    amount: int | None
    data: bytes | None


def read_lob_op(reader: Reader) -> LobOp:
    reader.u8()
    source_length = reader.ub()
    reader.u8()
    reader.skip_ub(3)
    reader.raw(3)
    operation = reader.ub()
    reader.raw(2)
    source_offset, destination_offset = reader.ub(), reader.ub()
    has_amount = reader.u8()
    reader.raw(6)
    locator = reader.raw(source_length)
    if operation == CREATE_TEMP:
        reader.ub()  # character set
    data = None
    if operation == WRITE:
        reader.u8()
        data = reader.vb() or b""
    amount = reader.ub() if has_amount else None
    return LobOp(operation, locator, source_offset, destination_offset, amount, data)


def write_lob_reply(
    writer: Writer, request: LobOp, locator: bytes, amount: int, data: bytes | None, flag: bool
) -> None:
    """LOB_DATA when there is data, then the locator and what the operation returns."""
    if data:
        writer.u8(LOB_DATA)
        writer.vb(data)
    writer.u8(PARAMETER)
    writer.raw(locator)
    if request.operation == CREATE_TEMP:
        writer.ub(873)
        writer.u8(0)
    elif request.amount is not None:
        writer.sb(amount)
    if request.operation in {IS_OPEN, FILE_EXISTS, FILE_IS_OPEN}:
        writer.u8(int(flag))

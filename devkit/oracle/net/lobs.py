"""LOBs by locator: snapshots of fetched values and temporary LOBs of one session.

A fetched LOB is a snapshot taken when its row was sent; its locator is marked as one the client
frees when it forgets the LOB object, so that long sessions do not grow.
"""

from __future__ import annotations

from dataclasses import dataclass

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.net.columns import BLOB
from devkit.oracle.net.messages import lob_op
from devkit.oracle.net.messages.lob_op import LobOp
from devkit.oracle.net.types import Writer

LOCATOR_SIZE = 40
_IS_BLOB, _IS_CLOB, _ABSTRACT = 0x01, 0x02, 0x40
_TEMPORARY = 0x01
_CHUNK_SIZE = 8132


@dataclass(slots=True)
class Lob:
    data: str | bytes
    temporary: bool
    is_open: bool = False


def _wide(text: str) -> bool:
    """Whether a text has characters of two UTF-16 units, by which Oracle counts in a CLOB."""
    return not text.isascii() and max(text) > "\uffff"


def length(data: str | bytes) -> int:
    """Bytes of a BLOB, UTF-16 units of a CLOB."""
    if isinstance(data, str) and _wide(data):
        return len(data.encode("utf-16-be")) // 2
    return len(data)


def _part(data: str | bytes, start: int, count: int) -> str | bytes:
    if isinstance(data, str) and _wide(data):
        units = data.encode("utf-16-be")[2 * start : 2 * (start + count)]
        return units.decode("utf-16-be", errors="replace")
    return data[start : start + count]


class LobTable:
    """The LOBs that locators of this session point to."""

    def __init__(self) -> None:
        self._lobs: dict[int, Lob] = {}
        self._next = 1

    def __len__(self) -> int:
        return len(self._lobs)

    def add(self, data: str | bytes, *, temporary: bool) -> bytes:
        """A locator for new data."""
        number, self._next = self._next, self._next + 1
        self._lobs[number] = Lob(data, temporary)
        locator = bytearray(LOCATOR_SIZE)
        locator[1], locator[3], locator[5] = 38, 4, 8
        locator[4] = _IS_CLOB if isinstance(data, str) else _IS_BLOB
        if temporary:
            locator[7] = _TEMPORARY
        else:
            locator[4] |= _ABSTRACT
        locator[8:16] = number.to_bytes(8, "big")
        return bytes(locator)

    def find(self, locator: bytes) -> Lob:
        """ORA-22275 for a locator of none of them."""
        lob = self._lobs.get(int.from_bytes(locator[8:16], "big"))
        if lob is None:
            raise OraError(22275)
        return lob

    def free(self, locators: bytes) -> None:
        """Forget the LOBs of a run of locators; unknown ones are ignored."""
        for start in range(0, len(locators), LOCATOR_SIZE):
            self._lobs.pop(int.from_bytes(locators[start + 8 : start + 16], "big"), None)

    def perform(self, request: LobOp, writer: Writer) -> None:
        """One LOB operation and its reply up to the closing message."""
        if request.operation == lob_op.CREATE_TEMP:
            empty: str | bytes = b"" if request.destination_offset == BLOB else ""
            locator = self.add(empty, temporary=True)
            lob_op.write_lob_reply(writer, request, locator, 0, None, flag=False)
            return
        lob = self.find(request.locator)
        amount, data, flag = 0, None, False
        if request.operation == lob_op.LENGTH:
            amount = length(lob.data)
        elif request.operation == lob_op.CHUNK_SIZE:
            amount = _CHUNK_SIZE
        elif request.operation == lob_op.READ:
            part = _part(lob.data, request.source_offset - 1, request.amount or 0)
            amount = length(part)
            data = part.encode() if isinstance(part, str) else part
        elif request.operation == lob_op.WRITE:
            _write(_writable(lob), request.source_offset - 1, request.data or b"")
        elif request.operation == lob_op.TRIM:
            amount = request.amount or 0
            _writable(lob).data = _part(lob.data, 0, amount)
        elif request.operation == lob_op.FREE_TEMP:
            self.free(request.locator)
        elif request.operation in {lob_op.OPEN, lob_op.CLOSE}:
            lob.is_open = request.operation == lob_op.OPEN
        elif request.operation == lob_op.IS_OPEN:
            flag = lob.is_open
        else:
            raise unsupported(f"LOB operation {request.operation:#x}")
        lob_op.write_lob_reply(writer, request, request.locator, amount, data, flag)


def _writable(lob: Lob) -> Lob:
    if not lob.temporary:
        raise unsupported("writing to a persistent LOB through its locator")
    return lob


def _write(lob: Lob, start: int, data: bytes) -> None:
    """Overwrite from ``start``, padding a gap with blanks or zero bytes."""
    if isinstance(lob.data, bytes):
        head = lob.data[:start].ljust(start, b"\0")
        lob.data = head + data + lob.data[start + len(data) :]
        return
    text = data.decode()
    head_text = str(_part(lob.data, 0, start)) + " " * max(0, start - length(lob.data))
    tail = _part(lob.data, start + length(text), length(lob.data))
    lob.data = head_text + text + str(tail)

"""Parts that all messages of Advanced Queuing share: properties, payload, payload kinds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from devkit.oracle.contracts import AqMessage
from devkit.oracle.errors import unsupported
from devkit.oracle.net.scalars import encode_date
from devkit.oracle.net.types import Reader, WireError, Writer

TOID_RAW = bytes(15) + b"\x17"
TOID_JSON = bytes(15) + b"\x47"
BUFFERED = 0x2
_ORIGINAL_MSGID = 69


@dataclass(slots=True)
class Properties:
    priority: int
    delay: int
    expiration: int
    correlation: str | None
    exception_queue: str | None

    def message(self, payload: bytes | None) -> AqMessage:
        return AqMessage(
            payload,
            priority=self.priority,
            delay=self.delay,
            expiration=self.expiration,
            correlation=self.correlation,
            exception_queue=self.exception_queue,
        )


def _signed(value: int) -> int:
    return value - 2**32 if value >= 2**31 else value


def read_properties(reader: Reader, field_version: int) -> Properties:
    priority, delay, expiration = _signed(reader.ub()), _signed(reader.ub()), reader.sb()
    correlation = reader.long_text()
    reader.ub()  # attempts
    exception_queue = reader.long_text()
    reader.ub()  # state
    if reader.ub():
        reader.vb()  # enqueue time
    reader.lvb()  # transaction id
    extensions = reader.ub()
    if extensions:
        reader.u8()
    for _ in range(extensions):
        reader.lvb()
        reader.lvb()
        reader.ub()
    if reader.ub():
        raise WireError("user properties of an AQ message")
    reader.skip_ub(3)
    if field_version >= 16:
        reader.ub()  # shard
    return Properties(priority, delay, expiration, correlation, exception_queue)


def read_recipients(reader: Reader, count: int) -> None:
    for _ in range(count):
        reader.lvb()
        reader.lvb()
        reader.ub()


def write_properties(writer: Writer, message: AqMessage, flags: int, field_version: int) -> None:
    writer.sb(message.priority)
    writer.sb(message.delay)
    writer.sb(message.expiration)
    writer.long_text(message.correlation)
    writer.sb(message.attempts)
    writer.long_text(message.exception_queue)
    writer.sb(message.state)
    enqueued = message.enqueue_time
    writer.lvb(encode_date(enqueued) if isinstance(enqueued, dt.datetime) else None)
    writer.ub(0)  # transaction id
    extensions = [
        (b"", 64),
        (b"", 65),
        (b"\0", 66),
        (message.original_msgid or b"", _ORIGINAL_MSGID),
    ]
    writer.ub(len(extensions))
    writer.u8(0)
    for binary, keyword in extensions:
        writer.ub(0)
        writer.lvb(binary)
        writer.ub(keyword)
    writer.ub(0, 0, 0, flags & BUFFERED)
    if field_version >= 16:
        writer.ub(0)


def read_payload(reader: Reader, toid: bytes, raw_length: int) -> bytes | None:
    """The payload of a RAW queue; others are read off the wire and refused by the caller."""
    if toid == TOID_RAW:
        return reader.raw(raw_length) or None
    if toid == TOID_JSON:
        reader.ub()
        reader.raw(40)
        return reader.vb()
    for _ in range(3):
        reader.lvb()  # TOID, OID, snapshot
    reader.ub()
    length = reader.ub()
    reader.ub()
    return reader.vb() if length else None


def require_raw(toid: bytes) -> None:
    """ORA-03001 for queues of JSON and of object types."""
    if toid != TOID_RAW:
        kind = "JSON" if toid == TOID_JSON else "object type"
        raise unsupported(f"AQ payload of {kind} through the driver's queue object")


def write_payload(writer: Writer, payload: bytes | None) -> None:
    writer.ub(0, 0, 0, 0)
    if payload:
        writer.ub(len(payload) + 4, 0)
        writer.vb(bytes(4) + payload)
    else:
        writer.ub(0, 0)

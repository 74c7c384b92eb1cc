"""AQ DEQUEUE (function 122): one message."""

from __future__ import annotations

from dataclasses import dataclass

from devkit.oracle.contracts import AqMessage, DequeueOptions
from devkit.oracle.net.messages.aq_common import write_payload, write_properties
from devkit.oracle.net.messages.auth import PARAMETER
from devkit.oracle.net.types import Reader, Writer


@dataclass(slots=True)
class Dequeue:
    queue: str
    toid: bytes
    flags: int
    options: DequeueOptions


def read_dequeue(reader: Reader, field_version: int) -> Dequeue:
    reader.u8()
    reader.ub()
    reader.raw(4)
    has_consumer = reader.u8()
    reader.ub()
    mode, navigation, visibility, wait = (reader.sb() for _ in range(4))
    has_msgid = reader.u8()
    reader.ub()
    has_correlation = reader.u8()
    reader.ub()
    reader.u8()
    reader.skip_ub(2)
    reader.raw(2)
    reader.ub()
    flags = reader.ub()
    has_condition = reader.u8()
    reader.ub()
    reader.u8()
    reader.ub()
    if field_version >= 14:
        reader.u8()
    if field_version >= 16:
        reader.ub()
    queue = reader.text() or ""
    options = DequeueOptions(mode, navigation, visibility, wait)
    if has_consumer:
        options.consumer = reader.text()
    if has_msgid:
        options.msgid = reader.raw(16)
    if has_correlation:
        options.correlation = reader.text()
    toid = reader.raw(16)
    if has_condition:
        options.condition = reader.text()
    return Dequeue(queue, toid, flags, options)


def write_dequeued(writer: Writer, message: AqMessage, flags: int, field_version: int) -> None:
    writer.u8(PARAMETER)
    writer.ub(1)
    write_properties(writer, message, flags, field_version)
    writer.ub(0)
    write_payload(writer, message.payload)
    writer.raw(message.msgid)

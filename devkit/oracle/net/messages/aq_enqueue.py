"""AQ ENQUEUE (function 121): one message."""

from __future__ import annotations

from dataclasses import dataclass

from devkit.oracle.contracts import AqMessage
from devkit.oracle.net.messages.aq_common import read_payload, read_properties, read_recipients
from devkit.oracle.net.messages.auth import PARAMETER
from devkit.oracle.net.types import Reader, Writer


@dataclass(slots=True)
class Enqueue:
    queue: str
    toid: bytes
    visibility: int
    flags: int
    recipients: int
    message: AqMessage


def read_enqueue(reader: Reader, field_version: int) -> Enqueue:
    reader.u8()
    reader.ub()
    properties = read_properties(reader, field_version)
    reader.u8()
    recipients = reader.ub()
    visibility = reader.ub()
    reader.u8()
    reader.skip_ub(2)
    reader.u8()
    reader.skip_ub(2)
    reader.raw(2)
    raw_length = reader.ub()
    reader.u8()
    reader.ub()
    flags = reader.ub()
    for _ in range(4):
        reader.u8()
        reader.ub()
    reader.u8()
    for _ in range(3):
        reader.u8()
        reader.ub()
    reader.raw(2)
    if field_version >= 14:
        reader.u8()
    queue = reader.text() or ""
    read_recipients(reader, recipients)
    toid = reader.raw(16)
    payload = read_payload(reader, toid, raw_length)
    return Enqueue(queue, toid, visibility, flags, recipients, properties.message(payload))


def write_enqueued(writer: Writer, msgid: bytes) -> None:
    writer.u8(PARAMETER)
    writer.raw(msgid)
    writer.ub(0)

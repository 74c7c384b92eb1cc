"""AQ ARRAY (function 145): several messages enqueued or dequeued in one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from devkit.oracle.contracts import AqMessage, DequeueOptions
from devkit.oracle.net.messages.aq_common import (
    TOID_RAW,
    read_payload,
    read_properties,
    read_recipients,
    write_payload,
    write_properties,
)
from devkit.oracle.net.messages.auth import PARAMETER
from devkit.oracle.net.types import Reader, WireError, Writer

ENQUEUE, DEQUEUE = 1, 2


@dataclass(slots=True)
class AqArray:
    operation: int
    queue: str = ""
    toid: bytes = b""
    flags: int = 0
    visibility: int = 2
    recipients: int = 0
    messages: list[AqMessage] = field(default_factory=list)
    options: DequeueOptions = field(default_factory=DequeueOptions)
    count: int = 0


def read_aq_array(reader: Reader, field_version: int) -> AqArray:
    reader.u8()
    wanted = reader.ub()
    reader.ub()
    reader.raw(2)
    request = AqArray(reader.sb(), count=wanted)
    reader.u8()
    if field_version >= 16:
        reader.ub()
    if request.operation == ENQUEUE:
        _read_enqueue(reader, request, reader.ub(), field_version)
    elif request.operation == DEQUEUE:
        _read_dequeue(reader, request, field_version)
    else:
        raise WireError(f"AQ array operation {request.operation}")
    return request


def _read_enqueue(reader: Reader, request: AqArray, count: int, field_version: int) -> None:
    reader.ub()
    reader.u8()
    request.queue = reader.long_text() or ""
    request.toid = reader.raw(16)
    reader.ub()
    request.flags = reader.ub()
    for _ in range(count):
        reader.u8()
        reader.ub()
        properties = read_properties(reader, field_version)
        recipients = reader.ub()
        read_recipients(reader, recipients)
        request.recipients = max(request.recipients, recipients)
        request.visibility = reader.sb()
        reader.ub()
        reader.sb()
        length = reader.ub() if request.toid == TOID_RAW else 0
        request.messages.append(properties.message(read_payload(reader, request.toid, length)))
    reader.u8()


def _read_dequeue(reader: Reader, request: AqArray, field_version: int) -> None:
    options = request.options
    for _ in range(request.count):
        request.queue = reader.long_text() or ""
        read_properties(reader, field_version)
        reader.ub()
        options.consumer = reader.long_text()
        options.mode, options.navigation = reader.sb(), reader.sb()
        options.visibility, options.wait = reader.sb(), reader.sb()
        options.msgid = reader.lvb()
        options.correlation = reader.long_text()
        options.condition = reader.long_text()
        reader.skip_ub(2)
        reader.sb()
        request.toid = reader.lvb() or b""
        reader.skip_ub(4)
        request.flags = reader.ub()
        reader.skip_ub(2)


def write_array_enqueued(writer: Writer, msgids: Sequence[bytes]) -> None:
    writer.u8(PARAMETER)
    writer.ub(1, 0, 0, 0)
    writer.lvb(b"".join(msgids))
    writer.ub(0, 0, len(msgids))


def write_array_dequeued(
    writer: Writer, messages: Sequence[AqMessage], flags: int, field_version: int
) -> None:
    writer.u8(PARAMETER)
    writer.ub(len(messages))
    for message in messages:
        writer.ub(1)
        writer.u8(0)
        write_properties(writer, message, flags, field_version)
        writer.ub(0, 1)
        write_payload(writer, message.payload)
        writer.lvb(message.msgid)
        writer.ub(0, 0)

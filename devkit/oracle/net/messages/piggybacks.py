"""Piggybacks (17): small functions before the real one of a request; none is answered."""

from __future__ import annotations

from typing import Protocol

from devkit.oracle.net.messages.pipeline_end import read_pipeline_begin
from devkit.oracle.net.types import Reader, WireError

MESSAGE = 17
_CLIENT_ID, _MODULE, _ACTION, _CLIENT_INFO = 0x1, 0x8, 0x10, 0x100
_CONTEXT_CLEAR = 2


class PiggybackTarget(Protocol):
    """What the piggybacks of a request act upon."""

    def close_cursors(self, ids: list[int]) -> None: ...
    def free_lobs(self, locators: bytes) -> None: ...
    def set_attribute(self, name: str, value: str | None) -> None: ...
    def set_context(self, namespace: str, attribute: str, value: str | None) -> None: ...
    def clear_context(self, namespace: str) -> None: ...
    def begin_pipeline(self, mode: int) -> None: ...


def read_piggyback(reader: Reader, field_version: int, target: PiggybackTarget) -> None:
    """One piggyback, applied at once; an unknown one loses the stream: its length is not sent."""
    code = reader.u8()
    reader.u8()  # sequence number
    if field_version >= 18:
        reader.ub()  # token
    if code == 105:
        reader.u8()
        target.close_cursors([reader.ub() for _ in range(reader.ub())])
    elif code == 152:
        reader.u8()
        target.set_attribute("current_schema", reader.long_text())
    elif code == 135:
        _end_to_end(reader, target)
    elif code == 96:
        _free_lobs(reader, target)
    elif code == 154:
        _application_context(reader, target)
    elif code == 176:
        reader.ub()  # request boundaries
    elif code == 199:
        target.begin_pipeline(read_pipeline_begin(reader))
    elif code == 204:
        _alter_session(reader)
    else:
        raise WireError(f"unknown piggyback {code}")


def _end_to_end(reader: Reader, target: PiggybackTarget) -> None:
    reader.raw(2)
    flags = reader.ub()

    def length() -> int:
        reader.u8()
        return reader.ub()

    client_id, module, action = length(), length(), length()
    length()
    length()
    client_info = length()
    length()
    length()
    operation = length()
    for flag, name, size in (
        (_CLIENT_ID, "client_identifier", client_id),
        (_MODULE, "module", module),
        (_ACTION, "action", action),
        (_CLIENT_INFO, "client_info", client_info),
    ):
        value = reader.text() if size else None
        if flags & flag:
            target.set_attribute(name, value)
    if operation:
        reader.vb()


def _free_lobs(reader: Reader, target: PiggybackTarget) -> None:
    reader.u8()
    total = reader.ub()
    reader.u8()
    reader.skip_ub(3)
    reader.raw(3)
    reader.ub()  # the operation
    reader.u8()
    reader.skip_ub(3)
    reader.u8()
    for _ in range(3):
        reader.u8()
        reader.ub()
    target.free_lobs(reader.raw(total))


def _application_context(reader: Reader, target: PiggybackTarget) -> None:
    reader.u8()
    reader.ub()
    reader.u8()
    count = reader.ub()
    flags = reader.ub()
    reader.u8()
    namespace = reader.text() or ""
    if flags & _CONTEXT_CLEAR:
        target.clear_context(namespace)
    for _ in range(count):
        key, value = reader.long_text() or "", reader.long_text()
        reader.ub()
        if not flags & 0x20:  # high-availability readiness is no application context
            target.set_context(namespace, key, value)


def _alter_session(reader: Reader) -> None:
    """Transaction priority: it has no meaning here, but must be read."""
    reader.ub()
    reader.u8()
    for _ in range(reader.ub()):
        reader.lvb()
        reader.lvb()
        reader.ub()

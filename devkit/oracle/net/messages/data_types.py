"""DATA TYPES (2): the client's capabilities and its list of conversions."""

from __future__ import annotations

from dataclasses import dataclass

from devkit.oracle.net.types import Reader, Writer

MESSAGE = 2


@dataclass(frozen=True, slots=True)
class DataTypes:
    compile_capabilities: bytes
    runtime_capabilities: bytes


def read_data_types(reader: Reader, *, embedded: bool) -> DataTypes:
    """The message without its type; its tail matters only when more follows (``embedded``)."""
    reader.raw(5)  # both character sets, encoding flags
    compile_capabilities = reader.vb() or b""
    runtime_capabilities = reader.vb() or b""
    if not embedded:
        return DataTypes(compile_capabilities, runtime_capabilities)
    if len(runtime_capabilities) > 1 and runtime_capabilities[1] & 1:
        reader.raw(11)  # time zone
    while reader.u16():
        reader.raw(6)  # conversion, representation, reserved
    return DataTypes(compile_capabilities, runtime_capabilities)


def write_data_types(writer: Writer) -> None:
    """The empty list: the client's own conversions stand."""
    writer.u8(MESSAGE, 0, 0)

"""FAST_AUTH (34): PROTOCOL, DATA TYPES and the first authentication function in one request."""

from __future__ import annotations

from dataclasses import dataclass

from devkit.oracle.net.messages.auth import AuthRequest, read_auth
from devkit.oracle.net.messages.data_types import MESSAGE as DATA_TYPES
from devkit.oracle.net.messages.data_types import DataTypes, read_data_types
from devkit.oracle.net.messages.protocol import MESSAGE as PROTOCOL
from devkit.oracle.net.messages.protocol import read_protocol
from devkit.oracle.net.types import Reader, WireError

MESSAGE = 34


@dataclass(frozen=True, slots=True)
class FastAuth:
    driver: str
    data_types: DataTypes
    auth: AuthRequest


def read_fast_auth(reader: Reader) -> FastAuth:
    """The embedded function is written at field version 13, so it carries no token."""
    reader.raw(3)
    if reader.u8() != PROTOCOL:
        raise WireError("fast authentication without PROTOCOL")
    driver = read_protocol(reader)
    reader.raw(6)  # unused character sets, field version 13
    if reader.u8() != DATA_TYPES:
        raise WireError("fast authentication without DATA TYPES")
    data_types = read_data_types(reader, embedded=True)
    if reader.raw(2) != b"\x03\x76":
        raise WireError("fast authentication without its function")
    reader.u8()  # sequence number
    return FastAuth(driver, data_types, read_auth(reader))

"""PROTOCOL (1): driver name in, banner, character sets and capabilities out."""

from __future__ import annotations

from devkit.oracle.net.profile import Profile
from devkit.oracle.net.types import Reader, WireError, Writer

MESSAGE = 1
CHARSET_UTF8, CHARSET_UTF16 = 873, 2000
_FIELD_VERSION_AT = 7


def read_protocol(reader: Reader) -> str:
    """The driver's name; the message type is already consumed."""
    if reader.raw(2) != b"\x06\x00":
        raise WireError("protocol version")
    name = bytearray()
    while byte := reader.u8():
        name.append(byte)
    return name.decode(errors="replace")


def compile_capabilities(profile: Profile) -> bytes:
    values = bytearray(55)
    values[0] = 6
    values[1] = values[8] = values[27] = 1
    values[4] = 0x6F  # log-on types; 0x20: session keys by PBKDF2
    values[_FIELD_VERSION_AT] = profile.field_version
    values[15] = 0x29  # end-of-call status in ERROR and STATUS
    values[16] = 0x91  # end-to-end sequence number
    values[23] = 0xCF  # LOB features
    values[37] = 0xB0  # ub chunk lengths, implicit results, order of OUT binds kept
    values[40] = 0x20 if profile.end_of_response else 0
    values[44] = 0x04 if profile.end_of_response else 0
    return bytes(values)


def runtime_capabilities() -> bytes:
    values = bytearray(13)
    values[0] = 2
    values[6] = 0x04  # strings of up to 32,767 bytes
    return bytes(values)


def write_protocol(writer: Writer, profile: Profile) -> None:
    writer.u8(MESSAGE, 6, 0)
    writer.raw(b"devkit.oracle\0")
    writer.u16le(CHARSET_UTF8)
    writer.u8(1)
    writer.u16le(0)
    writer.u16(11)
    writer.raw(bytes(9) + CHARSET_UTF16.to_bytes(2, "big"))
    writer.vb(compile_capabilities(profile))
    writer.vb(runtime_capabilities())


def negotiated_field_version(profile: Profile, client_compile: bytes) -> int:
    """The lower of what both sides announce."""
    if len(client_compile) <= _FIELD_VERSION_AT:
        raise WireError("client capabilities")
    return min(profile.field_version, client_compile[_FIELD_VERSION_AT])

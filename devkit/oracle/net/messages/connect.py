"""CONNECT, ACCEPT and REFUSE: the packets before any data."""

from __future__ import annotations

import re
from dataclasses import dataclass

from devkit.oracle.net.profile import Profile
from devkit.oracle.net.types import WireError

SDU, TDU = 8192, 65_535
_FAST_AUTH, _END_OF_RESPONSE = 0x1000_0000, 0x0200_0000


@dataclass(frozen=True, slots=True)
class ConnectRequest:
    version: int
    connect_length: int
    connect_data: str  # empty when it follows in a DATA packet

    @property
    def inline(self) -> bool:
        return bool(self.connect_data)


@dataclass(frozen=True, slots=True)
class Target:
    """What the connect descriptor asks for and who asks; names as written."""

    service_name: str | None
    sid: str | None
    server: str | None
    program: str | None
    host: str | None
    user: str | None


def read_connect(body: bytes) -> ConnectRequest:
    """``body`` is the packet without its 8-byte header, from which the offset counts."""
    if len(body) < 26:
        raise WireError("short CONNECT packet")
    length = int.from_bytes(body[16:18], "big")
    offset = int.from_bytes(body[18:20], "big") - 8
    data = body[offset : offset + length] if offset > 0 else b""
    return ConnectRequest(
        version=int.from_bytes(body[:2], "big"),
        connect_length=length,
        connect_data=data.decode(errors="replace"),
    )


def read_target(connect_data: str) -> Target:
    def find(key: str) -> str | None:
        match = re.search(rf"\(\s*{key}\s*=\s*([^()]*?)\s*\)", connect_data, re.IGNORECASE)
        return match.group(1) if match and match.group(1) else None

    return Target(
        service_name=find("SERVICE_NAME"),
        sid=find("SID"),
        server=find("SERVER"),
        program=find("PROGRAM"),
        host=find("HOST"),
        user=find("USER"),
    )


def accept_body(profile: Profile, client_version: int) -> bytes:
    """All 37 bytes at every version: some clients read the last field at 315 too."""
    flags = 0
    if profile.end_of_response:
        flags |= _END_OF_RESPONSE
    if profile.fast_auth:
        flags |= _FAST_AUTH
    return b"".join(
        (
            min(profile.protocol, client_version).to_bytes(2, "big"),
            b"\x00\x01",
            SDU.to_bytes(2, "big"),
            TDU.to_bytes(2, "big"),
            b"\x00\x01",
            b"\x00\x00",
            b"\x00\x2d",
            b"\x04\x04",
            bytes(8),
            SDU.to_bytes(4, "big"),
            TDU.to_bytes(4, "big"),
            b"\x00",
            flags.to_bytes(4, "big"),
        )
    )


def refuse_body(code: int) -> bytes:
    """12514 is an unknown service, 12505 an unknown SID."""
    text = (
        f"(DESCRIPTION=(TMP=)(VSNNUM=0)(ERR={code})(ERROR_STACK=(ERROR=(CODE={code})(EMFI=4))))"
    ).encode()
    return b"\x22\x00" + len(text).to_bytes(2, "big") + text

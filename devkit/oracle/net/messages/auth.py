"""The two authentication functions (118, 115): key and value pairs both ways."""

from __future__ import annotations

from dataclasses import dataclass, field

from devkit.oracle.net.types import Reader, Writer

PARAMETER = 8
MODE_CHANGE_PASSWORD = 0x02
MODE_SYSDBA = 0x20
MODE_PRIVILEGED = 0x0F40_0040  # SYSOPER, SYSASM, SYSBACKUP, SYSDG, SYSKM, SYSRAC
MODE_TOKEN = 0x2000_0000


@dataclass(slots=True)
class AuthRequest:
    user: str | None  # as typed
    mode: int
    pairs: dict[str, str] = field(default_factory=dict)
    contexts: list[tuple[str, str, str]] = field(default_factory=list)


def read_auth(reader: Reader) -> AuthRequest:
    has_user = reader.u8()
    reader.ub()
    mode = reader.ub()
    reader.u8()
    count = reader.ub()
    reader.raw(2)
    request = AuthRequest(reader.text() if has_user else None, mode)
    context: dict[str, str] = {}
    for _ in range(count):
        key = (reader.long_text() or "").rstrip("\0")
        value = reader.long_text() or ""
        reader.ub()
        if key.startswith("AUTH_APPCTX_"):
            context[key] = value.rstrip("\0")
            if key == "AUTH_APPCTX_VALUE":
                request.contexts.append(
                    (
                        context.get("AUTH_APPCTX_NSPACE", ""),
                        context.get("AUTH_APPCTX_ATTR", ""),
                        context[key],
                    )
                )
        else:
            request.pairs[key] = value
    return request


def write_pairs(writer: Writer, pairs: list[tuple[str, str, int]]) -> None:
    """PARAMETER with {key, value, flags}."""
    writer.u8(PARAMETER)
    writer.ub(len(pairs))
    for key, value, flags in pairs:
        writer.long_text(key)
        writer.long_text(value)
        writer.ub(flags)

"""Values of the session: USER, UID, SYS_CONTEXT, USERENV."""

from __future__ import annotations

from devkit.oracle.errors import OraError
from devkit.oracle.sql.passes.registry import Call, function
from devkit.oracle.sql.typing import Typed
from devkit.oracle.values import NUMBER, Kind, OraType


@function("USER", most=0)
def _user(call: Call) -> Typed:
    return call.ctx.special("USER", OraType(Kind.VARCHAR2, 128))


@function("UID", most=0)
def _uid(call: Call) -> Typed:
    return call.ctx.special("UID", NUMBER)


@function("SYS_CONTEXT", least=2, most=3)
def _sys_context(call: Call) -> Typed:
    namespace = call.literal(0, "a namespace").upper()
    attribute = call.literal(1, "an attribute").upper()
    return call.ctx.special(f"CONTEXT:{namespace}:{attribute}", OraType(Kind.VARCHAR2, 256))


@function("USERENV", least=1, most=1)
def _userenv(call: Call) -> Typed:
    attribute = call.literal(0, "an attribute").upper()
    if attribute not in {
        "SESSIONID",
        "SID",
        "LANG",
        "LANGUAGE",
        "TERMINAL",
        "CLIENT_INFO",
        "SCHEMAID",
    }:
        raise OraError(2003)
    return call.ctx.special(f"CONTEXT:USERENV:{attribute}", OraType(Kind.VARCHAR2, 64))

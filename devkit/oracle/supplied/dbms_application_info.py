"""DBMS_APPLICATION_INFO: module, action, client info; documented lengths in bytes, longer text is cut."""

from __future__ import annotations

from typing import Any

from devkit.oracle.contracts import Ref
from devkit.oracle.supplied.native import Package, integer


def _cut(text: str | None, limit: int) -> str | None:
    return None if text is None else text.encode()[:limit].decode(errors="ignore") or None


def _set_module(session: Any, module: str | None, action: str | None) -> None:
    session.set_attribute("module", _cut(module, 64))
    session.set_attribute("action", _cut(action, 64))


def _set_action(session: Any, action: str | None) -> None:
    session.set_attribute("action", _cut(action, 64))


def _read_module(session: Any, module: Ref, action: Ref) -> None:
    module.value = session.attributes.get("module")
    action.value = session.attributes.get("action")


def _set_client_info(session: Any, info: str | None) -> None:
    session.set_attribute("client_info", _cut(info, 64))


def _read_client_info(session: Any, info: Ref) -> None:
    info.value = session.attributes.get("client_info")


def _set_longops(session: Any, rindex: Ref, slno: Ref, *values: Any) -> None:
    """Keeps the rows of V$SESSION_LONGOPS of this session; -1 (nohint) starts a new one."""
    rows: dict[int, tuple[Any, ...]] = session.supplied.setdefault("LONGOPS", {})
    if integer(rindex.value, -1) < 0:
        rindex.value = len(rows)
        slno.value = 0
    rows[int(rindex.value)] = values


PACKAGE = Package(
    "DBMS_APPLICATION_INFO",
    {
        "SET_MODULE": _set_module,
        "SET_ACTION": _set_action,
        "READ_MODULE": _read_module,
        "SET_CLIENT_INFO": _set_client_info,
        "READ_CLIENT_INFO": _read_client_info,
        "SET_SESSION_LONGOPS": _set_longops,
    },
)

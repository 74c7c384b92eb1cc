"""DBMS_SESSION: the part that programs use."""

from __future__ import annotations

from typing import Any

from devkit.oracle.supplied.native import Package


def _sleep(session: Any, seconds: Any) -> None:
    session.sleep(float(seconds or 0))


def _set_identifier(session: Any, client_id: str | None) -> None:
    session.set_attribute("client_identifier", client_id)


def _clear_identifier(session: Any) -> None:
    session.set_attribute("client_identifier", None)


def _reset_package(session: Any) -> None:
    session.plsql.reset_package_state()


def _set_nls(session: Any, param: str | None, value: str | None) -> None:
    session.alter_session(f"alter session set {param} = {value}")


def _unique_session_id(session: Any) -> str:
    return f"{session.sid:04X}{session.serial:04X}0001"


def _is_role_enabled(session: Any, role: str | None) -> bool:
    return role is not None and bool(session.catalog.has_role(session.user, role.upper()))


PACKAGE = Package(
    "DBMS_SESSION",
    {
        "SLEEP": _sleep,
        "SET_IDENTIFIER": _set_identifier,
        "CLEAR_IDENTIFIER": _clear_identifier,
        "RESET_PACKAGE": _reset_package,
        "SET_NLS": _set_nls,
        "UNIQUE_SESSION_ID": _unique_session_id,
        "IS_ROLE_ENABLED": _is_role_enabled,
    },
)

"""DBMS_ASSERT: checks of text that goes into dynamic SQL; errors as documented (ORA-44001 … 44004)."""

from __future__ import annotations

import re
from typing import Any

from devkit.oracle.errors import OraError
from devkit.oracle.supplied.native import Package

_SIMPLE = re.compile(r'^(?:[^\W\d_][\w$#]*|"[^"\x00]+")$')


def _fail(code: int, text: str) -> OraError:
    return OraError(code, text=text)


def _enquote_literal(_session: Any, text: str | None) -> str:
    text = text or ""
    inner = text[1:-1] if len(text) >= 2 and text[0] == text[-1] == "'" else text
    if "'" in inner.replace("''", ""):
        raise OraError(6502, "")
    return f"'{inner}'"


def _enquote_name(_session: Any, name: str | None, capitalize: Any) -> str:
    if name is None:
        raise _fail(44003, "invalid SQL name")
    if len(name) >= 2 and name[0] == name[-1] == '"':
        inner = name[1:-1]
    else:
        inner = name.upper() if capitalize else name
    if '"' in inner:
        raise OraError(6502, "")
    return f'"{inner}"'


def _noop(_session: Any, text: str | None) -> str | None:
    return text


def _simple_sql_name(_session: Any, name: str | None) -> str:
    stripped = (name or "").strip()
    if not _SIMPLE.match(stripped):
        raise _fail(44003, "invalid SQL name")
    return stripped


def _qualified_sql_name(session: Any, name: str | None) -> str:
    if not name:
        raise _fail(44004, "invalid qualified SQL name")
    local, _, link = name.strip().partition("@")
    for part in [*re.findall(r'"[^"]*"|[^.]+', local), *([link] if link else [])]:
        if not _SIMPLE.match(part.strip()):
            raise _fail(44004, "invalid qualified SQL name")
    return name.strip()


def _schema_name(session: Any, name: str | None) -> str:
    if name is None or not session.catalog.user_exists(name):
        raise _fail(44001, "invalid schema")
    return name


def _sql_object_name(session: Any, name: str | None) -> str:
    checked = _qualified_sql_name(session, name)
    parts = tuple(
        part[1:-1] if part.startswith('"') else part.upper()
        for part in re.findall(r'"[^"]*"|[^.]+', checked)
    )
    if session.catalog.resolve(parts[:2], schema=session.effective_schema) is None:
        raise _fail(44002, "invalid object name")
    return checked


PACKAGE = Package(
    "DBMS_ASSERT",
    {
        "ENQUOTE_LITERAL": _enquote_literal,
        "ENQUOTE_NAME": _enquote_name,
        "NOOP": _noop,
        "QUALIFIED_SQL_NAME": _qualified_sql_name,
        "SCHEMA_NAME": _schema_name,
        "SIMPLE_SQL_NAME": _simple_sql_name,
        "SQL_OBJECT_NAME": _sql_object_name,
    },
)

"""ALTER SESSION and ALTER SYSTEM; neither ends the transaction."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from devkit.oracle.catalog.ddl.reader import Reader
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.plsql.tokens import Kind
from devkit.oracle.storage.conversion import session_zone

_OFFSET = re.compile(r"^([+-])?(\d{1,2}):(\d{2})$")
# Accepted and without effect: they tune Oracle's optimiser or tracing.
_IGNORED = (
    "OPTIMIZER_MODE", "SQL_TRACE", "STATISTICS_LEVEL", "CURSOR_SHARING", "TRACEFILE_IDENTIFIER",
    "PLSQL_OPTIMIZE_LEVEL", "PLSQL_WARNINGS", "PLSQL_CODE_TYPE", "PLSCOPE_SETTINGS", "EVENTS",
    "RECYCLEBIN", "COMMIT_WAIT", "COMMIT_LOGGING", "QUERY_REWRITE_ENABLED", "RESULT_CACHE_MODE",
    "ERROR_ON_OVERLAP_TIME", "DEFERRED_SEGMENT_CREATION", "SORT_AREA_SIZE", "HASH_AREA_SIZE",
    "WORKAREA_SIZE_POLICY", "PARALLEL_DEGREE_POLICY",
)  # fmt: skip
# These would change what statements give or say: one value of each is what the server does.
_ONE_VALUE = {
    "PLSQL_WARNINGS": "DISABLE:ALL",
    "ERROR_ON_OVERLAP_TIME": "FALSE",
    "PLSCOPE_SETTINGS": "IDENTIFIERS:NONE",
    "NLS_CALENDAR": "GREGORIAN",
    "NLS_CURRENCY": "$",
    "NLS_ISO_CURRENCY": "AMERICA",
    "NLS_DUAL_CURRENCY": "$",
    "NLS_NCHAR_CONV_EXCP": "FALSE",
}
_KEPT = ("PLSQL_CCFLAGS", "DDL_LOCK_TIMEOUT", *_IGNORED)


def run(session: Any, reader: Reader) -> None:
    reader.at += 2
    if reader.take_one("ENABLE", "DISABLE", "FORCE"):
        _parallel(reader)
        return
    if reader.take("CLOSE") or reader.take("ADVISE"):
        raise unsupported(f"ALTER SESSION {reader.word(-1)}")
    reader.expect("SET", 2248)
    if reader.done:
        raise OraError(2248)
    while not reader.done:
        name = reader.any_name(2248)
        if name == "EVENTS":
            reader.string()
            continue
        reader.expect("=", 2248)
        value = _value(reader)
        if name == "ISOLATION_LEVEL" and value == "READ":
            reader.expect("COMMITTED", 2248)
        _set(session, name, value)


def _parallel(reader: Reader) -> None:
    if not reader.take("PARALLEL"):
        raise OraError(2248)
    if not reader.take_one("DML", "DDL", "QUERY"):
        raise OraError(2248)
    if reader.take("PARALLEL"):
        reader.number(2248)
    reader.finish(2248)


def _value(reader: Reader) -> str:
    token = reader.token
    if token is None:
        raise OraError(2248)
    sign = ""
    if token.kind == Kind.OP and token.value in ("+", "-"):
        sign = token.value
        reader.at += 1
        token = reader.token or token
    reader.at += 1
    return sign + token.value


def _set(session: Any, name: str, value: str) -> None:
    if name == "CURRENT_SCHEMA":
        if not session.catalog.user_exists(value):
            raise OraError(1435)
        session.set_attribute("current_schema", value)
    elif name == "TIME_ZONE":
        set_time_zone(session, value)
    elif name in session.nls:
        _set_nls(session, name, value)
    elif name == "EDITION" or name == "CONTAINER":
        raise unsupported(f"ALTER SESSION SET {name}")
    elif name == "ISOLATION_LEVEL":
        if value != "READ":
            raise unsupported(f"ALTER SESSION SET ISOLATION_LEVEL = {value}")
    elif name in _ONE_VALUE and value.upper() != _ONE_VALUE[name]:
        raise unsupported(f"ALTER SESSION SET {name} = {value}")
    elif name in _KEPT:
        session.settings[name] = value
    else:
        raise OraError(2248)


def _set_nls(session: Any, name: str, value: str) -> None:
    if value.upper() != _ONE_VALUE.get(name, value.upper()):
        raise unsupported(f"{name} = {value}")
    if name in ("NLS_LANGUAGE", "NLS_DATE_LANGUAGE") and value.upper() not in (
        "AMERICAN",
        "ENGLISH",
    ):
        raise unsupported(f"{name} = {value}")
    if name in ("NLS_SORT", "NLS_COMP") and value.upper() != "BINARY":
        raise unsupported(f"{name} = {value}")
    if name == "NLS_NUMERIC_CHARACTERS" and value != ".,":
        raise unsupported(f"NLS_NUMERIC_CHARACTERS = '{value}'")
    if name == "NLS_LENGTH_SEMANTICS":
        value = value.upper()
        if value not in ("BYTE", "CHAR"):
            raise OraError(2248)
    if name == "NLS_TERRITORY" and value.upper() != "AMERICA":
        raise unsupported(f"NLS_TERRITORY = {value}")
    session.set_nls(name, value)


def set_time_zone(session: Any, value: str) -> None:
    """A fixed offset, LOCAL, DBTIMEZONE, or a region that PostgreSQL knows."""
    match = _OFFSET.match(value)
    if match:
        sign = -1 if match.group(1) == "-" else 1
        offset = sign * timedelta(hours=int(match.group(2)), minutes=int(match.group(3)))
        if not timedelta(hours=-15, minutes=-59) <= offset <= timedelta(hours=15):
            raise OraError(1874, text="time zone hour must be between -15 and 15")
        zone = session_zone(offset)
    elif value.upper() in ("LOCAL", "DBTIMEZONE"):
        zone, value = "UTC", "+00:00"
    else:
        zone = value
    try:
        session.main_storage.setting("timezone", zone)
    except OraError:
        raise OraError(1882, text="timezone region not found") from None
    session.time_zone = value


def run_system(session: Any, reader: Reader) -> None:
    if not session.catalog.has_system_privilege(session.effective_user, "ALTER SYSTEM"):
        raise OraError(1031)
    reader.at += 2
    if reader.take("KILL", "SESSION") or reader.take("DISCONNECT", "SESSION"):
        parts = reader.string().split(",")
        if len(parts) < 2 or not all(one.strip().isdigit() for one in parts[:2]):
            raise OraError(26, text="missing or invalid session ID")
        rows = session.storage.query(
            "SELECT backend FROM ora_dict.sessions WHERE sid = $1 AND serial = $2",
            (int(parts[0]), int(parts[1])),
        ).rows
        if not rows:
            raise OraError(30)
        session.storage.query("SELECT pg_terminate_backend($1)", (rows[0][0],))
    elif reader.take("CHECKPOINT"):
        session.storage.query("SELECT 1")
    elif reader.take("FLUSH") or reader.take("SWITCH"):
        reader.rest()
    else:
        raise unsupported(f"ALTER SYSTEM {reader.word()}")

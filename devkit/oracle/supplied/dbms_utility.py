"""DBMS_UTILITY: error and call stacks, clocks, COMPILE_SCHEMA."""

from __future__ import annotations

import time
import zlib
from typing import Any

from devkit.oracle.contracts import Ref
from devkit.oracle.supplied.native import Package, integer


def _error_stack(session: Any) -> str | None:
    text: str | None = session.plsql.error_stack()
    return text or None


def _backtrace(session: Any) -> str | None:
    text: str | None = session.plsql.backtrace()
    return text or None


def _call_stack(session: Any) -> str | None:
    text: str | None = session.plsql.call_stack()
    return text or None


def _get_time(_session: Any) -> int:
    """Hundredths of a second from an arbitrary epoch, as a signed 32-bit number."""
    return (time.monotonic_ns() // 10_000_000) % 2**31


def _get_cpu_time(_session: Any) -> int:
    return time.process_time_ns() // 10_000_000


def _hash_value(_session: Any, name: str | None, base: Any, hash_size: Any) -> int:
    return integer(base) + zlib.crc32((name or "").encode()) % max(1, integer(hash_size, 1))


def _compile_schema(session: Any, schema: str | None, compile_all: Any, _reuse: Any) -> None:
    session.compile_schema(
        (schema or session.effective_schema).upper(), only_invalid=not compile_all
    )


def _db_version(session: Any, version: Ref, compatibility: Ref) -> None:
    version.value = compatibility.value = session.version


PACKAGE = Package(
    "DBMS_UTILITY",
    {
        "FORMAT_ERROR_STACK": _error_stack,
        "FORMAT_ERROR_BACKTRACE": _backtrace,
        "FORMAT_CALL_STACK": _call_stack,
        "GET_TIME": _get_time,
        "GET_CPU_TIME": _get_cpu_time,
        "GET_HASH_VALUE": _hash_value,
        "COMPILE_SCHEMA": _compile_schema,
        "DB_VERSION": _db_version,
    },
)

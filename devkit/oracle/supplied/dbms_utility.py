"""DBMS_UTILITY: error and call stacks, clocks, COMPILE_SCHEMA, WAIT_ON_PENDING_DML."""

from __future__ import annotations

import time
import zlib
from typing import Any

from devkit.oracle.contracts import Ref
from devkit.oracle.errors import unsupported
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
    version.value = compatibility.value = session.release.version


# Transactions of other sessions that have changed rows of the tables, by their number.
_PENDING = """
select distinct l.virtualtransaction
  from pg_locks l
  join pg_class c on c.oid = l.relation
  join pg_namespace n on n.oid = c.relnamespace
 where l.mode = 'RowExclusiveLock' and l.granted and l.pid <> pg_backend_pid()
   and n.nspname || '.' || c.relname = any($1::text[])
"""
_POLL_SECONDS = 0.05


def _wait_on_pending_dml(session: Any, tables: str | None, timeout: Any, scn: Ref) -> bool:
    """PL/SQL Packages Reference, WAIT_ON_PENDING_DML: waits until the transactions that hold locks
    on the tables now have ended; those that begin meanwhile are not waited for. FALSE: timeout."""
    if scn.value is not None:
        raise unsupported("DBMS_UTILITY.WAIT_ON_PENDING_DML with an SCN")
    names = [_table(session, name.strip()) for name in (tables or "").split(",") if name.strip()]
    seconds = integer(timeout, -1)
    deadline = None if seconds < 0 else time.monotonic() + seconds
    pending = _pending(session, names)
    scn.value = int(
        session.main_storage.query("select txid_current_snapshot()::text").rows[0][0].split(":")[1]
    )
    while pending:
        if deadline is not None and time.monotonic() >= deadline:
            return False
        session.sleep(_POLL_SECONDS)
        pending &= _pending(session, names)
    return True


def _pending(session: Any, names: list[str]) -> set[str]:
    return {str(row[0]) for row in session.main_storage.query(_PENDING, (names,)).rows}


def _table(session: Any, name: str) -> str:
    parts = tuple(part.strip('"') if '"' in part else part.upper() for part in name.split("."))
    found = session.catalog.resolve(parts, schema=session.effective_schema)
    if found is None or found.type != "TABLE":
        raise unsupported(f"DBMS_UTILITY.WAIT_ON_PENDING_DML for {name}, which is no table")
    return f"{found.owner}.{found.name}"


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
        "WAIT_ON_PENDING_DML": _wait_on_pending_dml,
    },
)

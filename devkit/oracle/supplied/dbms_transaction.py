"""DBMS_TRANSACTION: the current transaction's id, and transaction control as procedures."""

from __future__ import annotations

from typing import Any

from devkit.oracle.supplied.native import Package


def _local_transaction_id(session: Any, create: Any) -> str | None:
    """``undo segment.slot.sequence`` of the active transaction; NULL when there is none."""
    if not session.in_transaction:
        if not create:
            return None
        session.storage.begin_work()
    number = int(session.storage.query("select pg_current_xact_id()::text").rows[0][0])
    return f"{number % 10 + 1}.{number // 10 % 34}.{number}"


PACKAGE = Package(
    "DBMS_TRANSACTION",
    {
        "LOCAL_TRANSACTION_ID": _local_transaction_id,
        "COMMIT": lambda session: session.commit(),
        "ROLLBACK": lambda session: session.rollback(),
        "SAVEPOINT": lambda session, name: session.savepoint(name.upper()),
        "ROLLBACK_SAVEPOINT": lambda session, name: session.rollback_to(name.upper()),
    },
)

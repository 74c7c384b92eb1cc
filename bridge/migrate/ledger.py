"""The table CRM_MIGRATIONS: what has been applied, and how far."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bridge import sqlfiles

__all__ = ["Executor", "Ledger", "LedgerRow", "ScriptState"]


class ScriptState(enum.Enum):
    """State of a script, as in the check constraint of the table."""

    RUNNING = "RUNNING"
    FAILED = "FAILED"
    DONE = "DONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """One row of CRM_MIGRATIONS."""

    script: str
    version: str | None
    description: str
    checksum: str
    applied_checksum: str | None
    statement_reached: int
    statement_count: int
    state: ScriptState
    started_at: datetime | None
    finished_at: datetime | None


class Executor(Protocol):
    """A database session that runs what the runner gives it.

    Every method raises ``bridge.migrate.connection.StatementFailed`` when the database refuses.
    """

    def execute(self, sql: str, binds: Mapping[str, Any] | None = None) -> bool:
        """Run one statement; true when it made a unit that does not compile."""

    def query(self, sql: str, binds: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Return all rows."""

    def call(
        self, sql: str, binds: Mapping[str, Any], out: Mapping[str, type[Any]]
    ) -> dict[str, Any]:
        """Run a PL/SQL block and return its OUT binds."""

    def commit(self) -> None: ...

    def rollback(self) -> None: ...


class Ledger:
    """Reads and writes CRM_MIGRATIONS in one schema; every write is committed at once."""

    def __init__(self, executor: Executor, *, schema: str) -> None:
        self._executor = executor
        self._schema = schema
        self._sql = sqlfiles.read("bridge.migrate", "ledger.sql")

    def exists(self) -> bool:
        """Tell whether the table is there."""
        rows = self._executor.query(self._sql["ledger_exists"], {"schema_name": self._schema})
        return bool(rows[0][0])

    def create(self) -> None:
        """Create the table."""
        self._executor.execute(self._sql["create_ledger"])
        self._executor.execute(self._sql["comment_ledger"])

    def read(self) -> dict[str, LedgerRow]:
        """Return all rows by script; nothing when the table does not exist."""
        if not self.exists():
            return {}
        rows: dict[str, LedgerRow] = {}
        for row in self._executor.query(self._sql["read_ledger"]):
            script, version, description, check, applied, reached, count, state, begun, ended = row
            rows[script] = LedgerRow(
                script=script,
                version=version,
                description=description,
                checksum=check,
                applied_checksum=applied,
                statement_reached=int(reached),
                statement_count=int(count),
                state=ScriptState(state),
                started_at=begun,
                finished_at=ended,
            )
        return rows

    def begin(
        self,
        *,
        script: str,
        version: str | None,
        description: str,
        checksum: str,
        statement_reached: int,
        statement_count: int,
    ) -> None:
        """Open the row of a script."""
        self._executor.execute(
            self._sql["begin_script"],
            {
                "script": script,
                "version": version,
                "description": description,
                "checksum": checksum,
                "statement_reached": statement_reached,
                "statement_count": statement_count,
            },
        )
        self._executor.commit()

    def mark_unfinished(self, *, scripts: Iterable[str]) -> None:
        """Have these scripts run again by the next run, unless this one finishes them."""
        for script in scripts:
            self._executor.execute(self._sql["mark_unfinished"], {"script": script})
        self._executor.commit()

    def reached(self, *, script: str, statement: int, applied_checksum: str) -> None:
        """Record that ``statement`` statements are finished, in the transaction of the last one."""
        self._executor.execute(
            self._sql["record_statement"],
            {
                "script": script,
                "statement_reached": statement,
                "applied_checksum": applied_checksum,
            },
        )
        self._executor.commit()

    def finish(self, *, script: str, state: ScriptState) -> None:
        """Close the row of a script."""
        self._executor.execute(self._sql["finish_script"], {"script": script, "state": state.value})
        self._executor.commit()

"""Applies the scripts: one runner at a time, by statement, resumable, verified at the end.

Oracle commits with every DDL statement, so there is no all-or-nothing: the ledger records each
finished statement, and a rerun resumes after the last of them.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bridge import sqlfiles
from bridge.errors import InvalidObjects, MigrationError, MigrationFailed, MigrationLocked
from bridge.migrate.connection import StatementFailed
from bridge.migrate.ledger import Executor, Ledger, LedgerRow, ScriptState
from bridge.migrate.scripts import Script, Step, applied_checksum, find_scripts, plan

__all__ = ["MigrationReport", "MigrationStatus", "Progress", "Runner"]

_IDENTIFIER = re.compile(r"\A[A-Z][A-Z0-9_$#]{0,127}\Z")
_LOCK_SLICE_SECONDS = 2
_GRANTED = frozenset({0, 4})
_PREPARATION = "plsql/admin/create_owner.sql"


class Progress(Protocol):
    """What the runner tells while it works."""

    def note(self, text: str) -> None: ...

    def script(self, step: Step, *, number: int, total: int) -> None: ...

    def statement(self, step: Step, *, number: int) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationReport:
    """What a run did, or with ``dry_run`` would do."""

    schema: str
    dry_run: bool
    steps: tuple[Step, ...]
    statements: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationStatus:
    """Every script known here or in the ledger, and what would be run next."""

    schema: str
    scripts: tuple[Script, ...]
    ledger: dict[str, LedgerRow]
    pending: tuple[Step, ...]
    invalid: tuple[str, ...]


class Runner:
    """Brings one schema to the state of the scripts below ``root``.

    Example::

        with OracleExecutor(dsn=dsn, user="system", password=password) as executor:
            report = Runner(executor, root=Path("."), schema="CRM_SYNC", progress=progress).apply()
    """

    def __init__(
        self,
        executor: Executor,
        *,
        root: Path,
        schema: str,
        progress: Progress,
        lock_wait_seconds: float = 300,
    ) -> None:
        if not _IDENTIFIER.match(schema):
            raise MigrationError(f"{schema!r} is not a plain schema name")
        self._executor = executor
        self._root = root
        self._schema = schema
        self._progress = progress
        self._lock_wait_seconds = lock_wait_seconds
        self._sql = sqlfiles.read("bridge.migrate", "ledger.sql")
        self._ledger = Ledger(executor, schema=schema)

    # ----------------------------------------------------------------- verbs

    def status(self) -> MigrationStatus:
        """Compare scripts and ledger without changing anything."""
        scripts = find_scripts(self._root)
        rows: dict[str, LedgerRow] = {}
        invalid: tuple[str, ...] = ()
        if self._schema_exists():
            self._set_schema()
            rows = self._ledger.read()
            invalid = self._invalid()
        return MigrationStatus(
            schema=self._schema,
            scripts=tuple(scripts),
            ledger=rows,
            pending=tuple(plan(scripts, rows)),
            invalid=invalid,
        )

    def preview(self) -> MigrationReport:
        """Return what ``apply`` would do now."""
        started = time.monotonic()
        return self._report(self.status().pending, dry_run=True, started=started)

    def apply(self) -> MigrationReport:
        """Apply everything that is pending, then verify that nothing is invalid.

        Raises:
            MigrationLocked: another run held the lock for too long.
            MigrationFailed: a statement failed; the next run resumes with it.
            MigrationEdited, MigrationError: the scripts do not fit the ledger.
            InvalidObjects: everything ran, but something does not compile.
        """
        started = time.monotonic()
        scripts = find_scripts(self._root)
        handle = self._lock()
        try:
            if not self._schema_exists():
                raise MigrationError(
                    f"schema {self._schema} does not exist: a DBA runs {_PREPARATION} first"
                )
            self._set_schema()
            if not self._ledger.exists():
                self._ledger.create()
            steps = plan(scripts, self._ledger.read())
            for number, step in enumerate(steps, start=1):
                self._progress.script(step, number=number, total=len(steps))
                self._run(step)
            self._verify()
        finally:
            self._unlock(handle)
        return self._report(steps, dry_run=False, started=started)

    # ----------------------------------------------------------------- parts

    def _report(self, steps: Sequence[Step], *, dry_run: bool, started: float) -> MigrationReport:
        return MigrationReport(
            schema=self._schema,
            dry_run=dry_run,
            steps=tuple(steps),
            statements=sum(len(step.script.statements) - step.start for step in steps),
            seconds=time.monotonic() - started,
        )

    def _schema_exists(self) -> bool:
        rows = self._executor.query(self._sql["schema_exists"], {"schema_name": self._schema})
        return bool(rows[0][0])

    def _set_schema(self) -> None:
        self._executor.execute(self._sql["set_schema"].format(schema=self._schema))

    def _run(self, step: Step) -> None:
        script = step.script
        statements = script.statements
        self._ledger.begin(
            script=script.name,
            version=script.version,
            description=script.description,
            checksum=script.checksum,
            statement_reached=step.start,
            statement_count=len(statements),
        )
        for index in range(step.start, len(statements)):
            statement = statements[index]
            self._progress.statement(step, number=index + 1)
            try:
                if self._executor.execute(statement.text):
                    self._progress.note(f"compiled with errors: {statement.summary}")
            except StatementFailed as exc:
                self._executor.rollback()
                self._ledger.finish(script=script.name, state=ScriptState.FAILED)
                raise MigrationFailed(
                    script=script.name,
                    statement=index + 1,
                    line=statement.line,
                    reason=str(exc),
                ) from exc
            self._ledger.reached(
                script=script.name,
                statement=index + 1,
                applied_checksum=applied_checksum(statements[: index + 1]),
            )
        self._ledger.finish(script=script.name, state=ScriptState.DONE)

    def _lock(self) -> str:
        name = f"ERPCRM_MIGRATE_{self._schema}"
        handle = str(
            self._executor.call(
                self._sql["allocate_lock"], {"lock_name": name}, {"lock_handle": str}
            )["lock_handle"]
        )
        deadline = time.monotonic() + self._lock_wait_seconds
        told = False
        while True:
            result = self._executor.call(
                self._sql["request_lock"],
                {"lock_handle": handle, "wait_seconds": _LOCK_SLICE_SECONDS},
                {"lock_result": int},
            )["lock_result"]
            if int(result) in _GRANTED:
                return handle
            if int(result) != 1:
                raise MigrationError(f"the lock {name} was refused with {result}")
            if time.monotonic() >= deadline:
                raise MigrationLocked
            if not told:
                self._progress.note("another migration is running: waiting for it")
                told = True

    def _unlock(self, handle: str) -> None:
        try:
            self._executor.call(
                self._sql["release_lock"], {"lock_handle": handle}, {"lock_result": int}
            )
        except StatementFailed:
            # The session is gone, and the lock with it.
            self._progress.note("the lock was released by the end of the session")

    def _invalid_rows(self) -> list[tuple[str, str]]:
        rows = self._executor.query(self._sql["invalid_objects"], {"schema_name": self._schema})
        return [(str(name), str(kind)) for name, kind in rows]

    def _invalid(self) -> tuple[str, ...]:
        return tuple(f"{kind} {name}" for name, kind in self._invalid_rows())

    def _verify(self) -> None:
        # Objects whose base changed are stale, not broken: compile them, then look again.
        before: list[tuple[str, str]] = []
        invalid = self._invalid_rows()
        while invalid and invalid != before:
            for name, kind in invalid:
                self._compile(name, kind)
            before, invalid = invalid, self._invalid_rows()
        if not invalid:
            return
        rows = self._executor.query(self._sql["compile_errors"], {"schema_name": self._schema})
        raise InvalidObjects(
            objects=self._invalid(),
            details=tuple(
                f"{kind} {name} {line}:{position}: {str(text).strip()}"
                for name, kind, line, position, text in rows
            ),
        )

    def _compile(self, name: str, kind: str) -> None:
        base, _, body = kind.partition(" ")
        try:
            self._executor.execute(f'alter {base} "{self._schema}"."{name}" compile {body}'.strip())
        except StatementFailed as exc:
            self._progress.note(f"{kind} {name}: {exc}")

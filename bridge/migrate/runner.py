"""Applies the scripts: one runner at a time, by statement, resumable, verified at the end.

Oracle commits with every DDL statement, so there is no all-or-nothing: the ledger records each
finished statement, and a rerun resumes after the last of them.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from bridge import sqlfiles
from bridge.errors import InvalidObjects, MigrationError, MigrationFailed, MigrationLocked
from bridge.migrate.connection import StatementFailed
from bridge.migrate.ledger import Executor, Ledger, LedgerRow, ScriptState
from bridge.migrate.scripts import RELEASE, Kind, Script, Step, applied_checksum, find_scripts, plan

__all__ = ["MigrationReport", "MigrationStatus", "Progress", "Runner", "lacking"]

_IDENTIFIER = re.compile(r"\A[A-Z][A-Z0-9_$#]{0,127}\Z")
_LOCK_SLICE_SECONDS = 2
_GRANTED = frozenset({0, 4})
# Somebody of the ERP holds the lock that a DDL statement needs: ORA-00054 after ddl_lock_timeout,
# ORA-04021 and ORA-04020 for a unit that is being executed. The statement has changed nothing.
_BUSY = frozenset({"ORA-00054", "ORA-04020", "ORA-04021"})
# What whoever deploys does about a failed statement, by its code.
_NEXT_STEPS = {
    **dict.fromkeys(
        sorted(_BUSY), "a session of the ERP holds it: run erpcrm migrate again when it is quieter"
    ),
    "ORA-01031": "this account lacks a right: plsql/README.md, Who may do what; then run it again",
    **dict.fromkeys(
        ("ORA-01536", "ORA-01950"),
        "the owner lacks quota: alter user {schema} quota unlimited on its tablespace; then run it again",
    ),
    **dict.fromkeys(
        ("ORA-01652", "ORA-01653", "ORA-01654"),
        "the tablespace is full: extend it; then run it again",
    ),
}
_NEXT_STEP = "correct the cause, or the file from this statement on; the next run resumes with it"
_PREPARATION = "plsql/admin/create_owner.sql"
_DEPLOYER = "plsql/admin/create_deployer.sql"


def lacking(rights: Sequence[str]) -> str:
    """Return the sentence about the rights that an account lacks to deploy."""
    return f"this account may not deploy; it lacks ({_DEPLOYER}): {', '.join(rights)}"


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
    recompiled: tuple[str, ...] = ()  # dependants that had become invalid, as "TYPE NAME"
    missing_rights: tuple[str, ...] = ()  # of a dry run: what this account lacks to do it


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationStatus:
    """Every script known here or in the ledger, and what would be run next."""

    schema: str
    exists: bool
    scripts: tuple[Script, ...]
    ledger: dict[str, LedgerRow]
    pending: tuple[Step, ...]
    invalid: tuple[str, ...]
    missing_rights: tuple[str, ...]  # what this account lacks to apply what is pending


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
        ddl_lock_timeout_seconds: int = 5,
        ddl_attempts: int = 12,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        if not _IDENTIFIER.match(schema):
            raise MigrationError(f"{schema!r} is not a plain schema name")
        self._executor = executor
        self._root = root
        self._schema = schema
        self._progress = progress
        self._lock_wait_seconds = lock_wait_seconds
        self._ddl_lock_timeout_seconds = ddl_lock_timeout_seconds
        self._ddl_attempts = ddl_attempts
        self._pause = pause
        self._recompiled: list[str] = []
        self._sql = sqlfiles.read("bridge.migrate", "ledger.sql")
        self._ledger = Ledger(executor, schema=schema)

    # ----------------------------------------------------------------- verbs

    def status(self) -> MigrationStatus:
        """Compare scripts and ledger without changing anything."""
        scripts = find_scripts(self._root)
        rows: dict[str, LedgerRow] = {}
        invalid: tuple[str, ...] = ()
        exists = self._schema_exists()
        if exists:
            self._set_schema()
            rows = self._ledger.read()
            invalid = self._invalid()
        return MigrationStatus(
            schema=self._schema,
            exists=exists,
            scripts=tuple(scripts),
            ledger=rows,
            pending=tuple(plan(scripts, rows, reach=self._reach() if rows else frozenset())),
            invalid=invalid,
            missing_rights=self._missing_rights(),
        )

    def preview(self) -> MigrationReport:
        """Return what ``apply`` would do now."""
        started = time.monotonic()
        status = self.status()
        if not status.exists:
            self._progress.note(self._no_schema())
        report = self._report(status.pending, dry_run=True, started=started)
        return replace(report, missing_rights=status.missing_rights)

    def apply(self) -> MigrationReport:
        """Apply everything that is pending, then verify that nothing is invalid.

        Raises:
            MigrationLocked: another run held the lock for too long.
            MigrationFailed: a statement failed; the next run resumes with it.
            MigrationEdited, MigrationError: the scripts do not fit the ledger, or the account lacks rights.
            InvalidObjects: everything ran, but something does not compile.
        """
        started = time.monotonic()
        scripts = find_scripts(self._root)
        self._check_rights()
        handle = self._lock()
        try:
            if not self._schema_exists():
                raise MigrationError(self._no_schema())
            self._set_schema()
            if not self._ledger.exists():
                self._ledger.create()
            self._executor.execute(
                self._sql["set_ddl_lock_timeout"].format(
                    seconds=int(self._ddl_lock_timeout_seconds)
                )
            )
            for name in ("set_optimize_level", "set_warnings"):
                self._executor.execute(self._sql[name])
            steps = plan(scripts, self._ledger.read(), reach=self._reach())
            self._ledger.mark_unfinished(
                scripts=[step.script.name for step in steps if step.script.kind is Kind.REPEATABLE]
            )
            for number, step in enumerate(steps, start=1):
                self._progress.script(step, number=number, total=len(steps))
                if step.script.name == RELEASE:
                    # By now everything is replaced; what the triggers call must be valid first.
                    self._compile_invalid()
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
            recompiled=tuple(self._recompiled),
        )

    def _missing_rights(self) -> tuple[str, ...]:
        return tuple(str(row[0]) for row in self._executor.query(self._sql["missing_rights"], {}))

    def _check_rights(self) -> None:
        missing = self._missing_rights()
        if missing:
            raise MigrationError(lacking(missing))

    def _no_schema(self) -> str:
        return f"schema {self._schema} does not exist: a DBA runs {_PREPARATION} first"

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
                if self._patiently(statement.text, statement.summary):
                    self._progress.note(f"compiled with errors: {statement.summary}")
            except StatementFailed as exc:
                self._executor.rollback()
                self._ledger.finish(script=script.name, state=ScriptState.FAILED)
                raise MigrationFailed(
                    script=script.name,
                    statement=index + 1,
                    line=statement.line,
                    reason=str(exc),
                    next_step=_NEXT_STEPS.get(exc.code, _NEXT_STEP).format(schema=self._schema),
                ) from exc
            self._ledger.reached(
                script=script.name,
                statement=index + 1,
                applied_checksum=applied_checksum(statements[: index + 1]),
            )
        self._ledger.finish(script=script.name, state=ScriptState.DONE)

    def _patiently(self, sql: str, summary: str) -> bool:
        """Run a statement; try again when a lock of the ERP is in the way.

        While DDL waits for a lock, later statements of the ERP queue up behind it. So each wait is
        short (``ddl_lock_timeout``), and between two there is a pause in which the ERP goes on.
        """
        for attempt in range(1, self._ddl_attempts + 1):
            try:
                return self._executor.execute(sql)
            except StatementFailed as exc:
                if exc.code not in _BUSY or attempt == self._ddl_attempts:
                    raise
                self._progress.note(
                    f"in use, attempt {attempt} of {self._ddl_attempts}: {summary} ({exc.code})"
                )
            self._pause(float(self._ddl_lock_timeout_seconds))
        raise AssertionError("unreachable")

    def _reach(self) -> frozenset[str]:
        """Return the names of all objects that the capture triggers need, themselves included."""
        schema = {"schema_name": self._schema}
        needs: dict[tuple[str, str], set[tuple[str, str]]] = {}
        for name, kind, other, other_kind in self._executor.query(
            self._sql["dependencies"], schema
        ):
            needs.setdefault((name, kind), set()).add((other, other_kind))
        found: set[tuple[str, str]] = set()
        todo = [
            (str(name), str(kind))
            for name, kind in self._executor.query(self._sql["capture_units"], schema)
        ]
        while todo:
            unit = todo.pop()
            if unit in found:
                continue
            found.add(unit)
            name, kind = unit
            todo.extend(needs.get(unit, ()))
            if kind in {"PACKAGE", "TYPE"}:
                todo.append((name, f"{kind} BODY"))
        return frozenset(name for name, _ in found)

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

    def _compile_invalid(self) -> list[tuple[str, str]]:
        """Compile what is invalid, round after round; return what cannot be compiled."""
        # Objects whose base changed are stale, not broken.
        before: list[tuple[str, str]] = []
        invalid = self._invalid_rows()
        while invalid and invalid != before:
            for name, kind in invalid:
                self._compile(name, kind)
            before, invalid = invalid, self._invalid_rows()
            self._recompiled += [
                f"{kind} {name}" for name, kind in before if (name, kind) not in invalid
            ]
        return invalid

    def _verify(self) -> None:
        invalid = self._compile_invalid()
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
            self._patiently(
                f'alter {base} "{self._schema}"."{name}" compile {body}'.strip(), f"{kind} {name}"
            )
        except StatementFailed as exc:
            self._progress.note(f"{kind} {name}: {exc}")

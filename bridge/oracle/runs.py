"""The ``RunStore`` over crm_bridge_api, and what people see of runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import oracledb
import orjson

from bridge import failpoints
from bridge.domain.runs import Entity, PageResult, Run, RunEnd, RunKind, Totals
from bridge.errors import DataRejected, RunLost, RunOpen
from bridge.oracle.errors import translate
from bridge.oracle.pool import Database, execute

__all__ = ["Finding", "FindingCount", "OracleRuns", "RunRow", "convergence"]

_RUN_OPEN = "ORA-20141"
_RUN_LOST = "ORA-20142"
_INVALID_RUN = "ORA-20140"
_DETAIL_LENGTH = 400
# Findings handed over in one transaction, which holds what it changes.
_REPAIRS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run as people see it."""

    run_id: int
    kind: str
    entity: str
    status: str
    is_pause_wanted: str
    records_expected: int | None
    records_read: int
    records_equal: int
    records_busy: int
    records_outside: int
    records_different: int
    records_applied: int
    records_left: int
    pages: int
    findings: int
    findings_open: int
    started_by: str
    started_on: dt.datetime
    last_progress_on: dt.datetime
    finished_on: dt.datetime | None
    detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One difference: keys and names of fields, no values."""

    finding_id: int
    entity: str
    kind: str
    action: str
    record_key: str | None
    crm_id: int | None
    contact_id: int | None
    person_id: int | None
    fields: tuple[str, ...]
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingCount:
    """How many findings of a run are mended by the same."""

    kind: str
    action: str
    state: str
    findings: int


class OracleRuns:
    """Bookkeeping of runs, in short transactions of the pool."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, kind: RunKind, entity: Entity, *, mode: str, by: str) -> Run:
        """Open a run, or resume the open one.

        Raises:
            RunOpen: one is open, and the mode is NEW; or none is, and the mode is RESUME.
        """
        try:
            out = await self._database.call(
                "open_run",
                {"in_kind": kind.value, "in_entity": entity.value, "in_mode": mode, "in_by": by},
                {
                    "out_run_id": int,
                    "out_run_token": int,
                    "out_entity": str,
                    "out_position": str,
                    "out_has_contacts": str,
                },
            )
        except DataRejected as exc:
            name = kind.value.lower()
            if exc.code == _RUN_OPEN:
                raise RunOpen(
                    f"a run is open already: erpcrm {name} --resume goes on with it, --restart gives it up"
                ) from None
            if exc.code == _INVALID_RUN:
                raise RunOpen(
                    f"there is nothing to resume: erpcrm {name} starts a new run"
                ) from None
            raise
        position = out["out_position"]
        return Run(
            run_id=int(out["out_run_id"]),
            token=int(out["out_run_token"]),
            kind=kind,
            entity=Entity(out["out_entity"]),
            position=orjson.loads(position) if position else {},
            has_contacts=out["out_has_contacts"] == "S",
        )

    async def take_poll(self, *, every_seconds: float, by: str) -> Run | None:
        """Take the turn of polling; None when another process has it."""
        out = await self._database.call(
            "take_poll",
            {"in_every_seconds": Decimal(f"{every_seconds:.3f}"), "in_by": by},
            {"out_run_id": int, "out_run_token": int, "out_position": str},
        )
        if out["out_run_id"] is None:
            return None
        position = out["out_position"]
        return Run(
            run_id=int(out["out_run_id"]),
            token=int(out["out_run_token"]),
            kind=None,
            entity=Entity.LEADS,
            position=orjson.loads(position) if position else {},
        )

    async def begin_page(self, run: Run) -> tuple[str, bool]:
        """Return the mark of this moment, and whether a pause is wanted."""
        out = await self._call(run, "begin_page", {}, {"out_mark": str, "out_is_pause_wanted": str})
        return str(out["out_mark"]), out["out_is_pause_wanted"] == "S"

    async def store_page(
        self, run: Run, entity: Entity, mark: str, rows: Sequence[Mapping[str, Any]]
    ) -> PageResult:
        """Hand a page in; it is compared in one transaction."""
        binds = {
            **_run_binds(run),
            "in_mark": mark,
            "in_entity": entity.value,
            "in_page": orjson.dumps(list(rows)).decode(),
        }
        counts = ("equal", "busy", "outside", "different", "left")
        out, ids = await self._ids(
            "store_page",
            binds,
            "out_to_apply",
            {f"out_{name}": int for name in counts},
            {"in_page": oracledb.DB_TYPE_CLOB},
        )
        return PageResult(
            to_apply=frozenset(ids), **{name: int(out[f"out_{name}"] or 0) for name in counts}
        )

    async def apply_lead(self, run: Run, mark: str, row: Mapping[str, Any]) -> bool:
        """Apply a lead from its page; False when it was left to the live flow."""
        out = await self._call(
            run,
            "apply_run_lead",
            {"in_mark": mark, "in_lead": orjson.dumps(dict(row)).decode()},
            {"out_result": str},
            {"in_lead": oracledb.DB_TYPE_CLOB},
        )
        return out["out_result"] not in {"LEFT", "DEFERRED", "PARKED"}

    async def leave_lead(self, run: Run, crm_id: int) -> None:
        """Leave a lead to the live flow, with a hint."""
        await self._call(run, "leave_run_lead", {"in_crm_id": crm_id})

    async def finish_page(self, run: Run, position: Mapping[str, Any], totals: Totals) -> None:
        """Move the position: the page is done."""
        failpoints.hit("run_before_finish_page")
        await self._call(
            run,
            "finish_page",
            {
                "in_position": orjson.dumps(dict(position)).decode(),
                "in_read": totals.read,
                "in_equal": totals.equal,
                "in_busy": totals.busy,
                "in_outside": totals.outside,
                "in_different": totals.different,
                "in_applied": totals.applied,
                "in_left": totals.left,
            },
        )
        failpoints.hit("run_after_finish_page")

    async def find_unseen(
        self, run: Run, entity: Entity, *, after: int, limit: int
    ) -> Sequence[int]:
        """Return ids that the ERP knows and the run has not looked at, in rising order."""
        binds = {
            **_run_binds(run),
            "in_entity": entity.value,
            "in_after": after,
            "in_limit": limit,
        }
        return (await self._ids("find_unseen", binds, "out_ids"))[1]

    async def note_missing(self, run: Run, entity: Entity, ids: Sequence[int]) -> int:
        """Say that the CRM, asked by id, does not have these."""
        out = await self._call(
            run,
            "note_missing",
            {"in_entity": entity.value, "in_ids": orjson.dumps(list(ids)).decode()},
            {"out_missing": int},
        )
        return int(out["out_missing"] or 0)

    async def look_for_unsent(self, run: Run, *, after: int, limit: int) -> tuple[int, int | None]:
        """Look for branches without a lead, of ``limit`` clients after this one."""
        out = await self._call(
            run,
            "look_for_unsent",
            {"in_after": after, "in_limit": limit},
            {"out_found": int, "out_next": int},
        )
        return int(out["out_found"] or 0), out["out_next"]

    async def end(self, run: Run, end: RunEnd, detail: str | None = None) -> None:
        """End the work of this process on the run."""
        await self._call(
            run,
            "end_run",
            {
                "in_status": end.value,
                "in_detail": None if detail is None else detail[:_DETAIL_LENGTH],
            },
        )

    # ----------------------------------------------------------------- people

    async def ask_pause(self, kind: RunKind) -> int:
        """Ask the process that works on a run to pause; returns the runs asked."""
        out = await self._database.call("ask_pause", {"in_kind": kind.value}, {"out_asked": int})
        return int(out["out_asked"] or 0)

    async def runs(
        self,
        *,
        kind: RunKind | None = None,
        run_id: int | None = None,
        status: str | None = None,
        limit: int = 1,
    ) -> list[RunRow]:
        """Return runs, newest first."""
        columns, rows = await self._database.query(
            "sync_runs",
            {
                "in_kind": kind.value if kind else None,
                "in_run_id": run_id,
                "in_status": status,
                "in_limit": limit,
            },
        )
        return [RunRow(**_values(columns, row)) for row in rows]

    async def findings(self, run_id: int, *, limit: int) -> list[Finding]:
        """Return findings of a run in the order in which they were noted."""
        columns, rows = await self._database.query(
            "sync_findings", {"in_run_id": run_id, "in_limit": limit}
        )
        found = [_values(columns, row) for row in rows]
        return [
            Finding(**{**values, "fields": tuple(orjson.loads(values["fields"] or "[]"))})
            for values in found
        ]

    async def finding_counts(self, run_id: int) -> list[FindingCount]:
        """Return how many findings of a run are mended by the same."""
        columns, rows = await self._database.query("sync_finding_counts", {"in_run_id": run_id})
        return [FindingCount(**_values(columns, row)) for row in rows]

    async def repair(self, run_id: int, *, by: str) -> int:
        """Hand the open findings of a finished run over, some in each transaction; returns how many."""
        total = 0
        while True:
            out = await self._database.call(
                "repair_findings",
                {"in_run_id": run_id, "in_by": by, "in_limit": _REPAIRS},
                {"out_repaired": int},
            )
            repaired = int(out["out_repaired"] or 0)
            if not repaired:
                return total
            total += repaired

    async def convergence(self) -> dict[str, Any]:
        """Return how much is proven to be equal now."""
        return await convergence(self._database)

    # ----------------------------------------------------------------- calls

    async def _call(
        self,
        run: Run,
        name: str,
        binds: Mapping[str, Any],
        out: Mapping[str, Any] | None = None,
        sizes: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        try:
            return await self._database.call(name, {**_run_binds(run), **binds}, out, sizes=sizes)
        except DataRejected as exc:
            raise _lost(exc) from None

    async def _ids(
        self,
        name: str,
        binds: Mapping[str, Any],
        cursor_bind: str,
        out: Mapping[str, Any] | None = None,
        sizes: Mapping[str, Any] | None = None,
    ) -> tuple[dict[str, Any], list[int]]:
        """Call what gives a cursor of ids besides its other results."""

        async def body(
            connection: oracledb.AsyncConnection,
        ) -> tuple[dict[str, Any], list[int]]:
            result = await execute(
                connection,
                name,
                self._database.sql[name],
                binds,
                {**(out or {}), cursor_bind: oracledb.DB_TYPE_CURSOR},
                sizes=sizes,
            )
            cursor: oracledb.AsyncCursor = result[cursor_bind]
            try:
                return result, [int(row[0]) for row in await cursor.fetchall()]
            except (oracledb.Error, OSError) as exc:
                raise translate(exc, name) from None
            finally:
                cursor.close()

        try:
            return await self._database.transaction(name, body)
        except DataRejected as exc:
            raise _lost(exc) from None


async def convergence(database: Database) -> dict[str, Any]:
    """Return the row of CRM_CONVERGENCE_V."""
    columns, rows = await database.query("convergence")
    return {
        column.lower(): float(value) if isinstance(value, Decimal) else value
        for column, value in zip(columns, rows[0], strict=True)
    }


def _run_binds(run: Run) -> dict[str, Any]:
    return {"in_run_id": run.run_id, "in_run_token": run.token}


def _lost(exc: DataRejected) -> Exception:
    return RunLost() if exc.code == _RUN_LOST else exc


def _values(columns: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """Return a row by column; every number in these views is whole, and comes as a decimal."""
    return {
        column.lower(): int(value) if isinstance(value, Decimal) else value
        for column, value in zip(columns, row, strict=True)
    }

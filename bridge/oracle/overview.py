"""What the overview page shows of the database: counts, keys and reasons, never values of a record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from bridge.oracle.operator import ParkedItem
from bridge.oracle.pool import Database

__all__ = [
    "BacklogLine",
    "DatabaseOverview",
    "DiffRun",
    "OpenConflict",
    "OracleOverview",
    "ReasonCount",
    "Worker",
]

_LINES = 20
_RUNS = 5

_Line = TypeVar("_Line")


@dataclass(frozen=True, slots=True, kw_only=True)
class BacklogLine:
    """Outbound changes that wait or are in flight."""

    status: str
    origin: str
    events: int
    records: int
    oldest_on: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCount:
    """How much is parked for one class of failure."""

    direction: str
    reason_class: str
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenConflict:
    """A field that a person must decide; ``conflicts`` is how many there are."""

    conflict_id: int
    record_key: str
    field_name: str
    opened_on: dt.datetime
    conflicts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A daemon."""

    worker_id: str
    first_seen: dt.datetime
    heartbeat_on: dt.datetime
    is_live: str  # 'S' or 'N'


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffRun:
    """A comparison of whole tables."""

    run_id: int
    engine: str
    status: str
    rows_compared: int | None
    started_on: dt.datetime
    finished_on: dt.datetime | None
    differences: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseOverview:
    """All of it, as read within a few milliseconds."""

    metrics: Mapping[str, float]
    backlog: list[BacklogLine]
    parked: list[ParkedItem]
    reasons: list[ReasonCount]
    conflicts: list[OpenConflict]
    workers: list[Worker]
    diffs: list[DiffRun]


class OracleOverview:
    """Implements ``bridge.web.overview.Source``, over the granted views."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self) -> DatabaseOverview:
        """Read everything."""
        _, metrics = await self._database.query("status")
        return DatabaseOverview(
            metrics={str(name).lower(): float(value or 0) for name, value in metrics},
            backlog=await self._lines("overview_backlog", BacklogLine),
            parked=await self._lines("overview_parked", ParkedItem, in_limit=_LINES),
            reasons=await self._lines("overview_reasons", ReasonCount),
            conflicts=await self._lines("overview_conflicts", OpenConflict, in_limit=_LINES),
            workers=await self._lines("overview_workers", Worker, in_limit=_LINES),
            diffs=await self._lines("overview_diffs", DiffRun, in_limit=_RUNS),
        )

    async def waiting(self) -> int:
        """Return how many outbound changes wait or are in flight; cheap enough for each minute."""
        return sum(line.events for line in await self._lines("overview_backlog", BacklogLine))

    async def _lines(self, name: str, kind: type[_Line], **binds: Any) -> list[_Line]:
        columns, rows = await self._database.query(name, binds)
        return [kind(**_values(columns, row)) for row in rows]


def _values(columns: list[str], row: tuple[Any, ...]) -> dict[str, Any]:
    return {
        column.lower(): int(value) if isinstance(value, Decimal) else value
        for column, value in zip(columns, row, strict=True)
    }

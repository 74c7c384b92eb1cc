"""What the overview page shows of the database: counts, keys and reasons, never values of a record."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar

from bridge.domain.operations import (
    BacklogLine,
    DatabaseOverview,
    DiffRun,
    OpenConflict,
    ParkedItem,
    ReasonCount,
    Worker,
)
from bridge.oracle.pool import Database

__all__ = ["OracleOverview"]

_LINES = 20
_RUNS = 5

_Line = TypeVar("_Line")


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

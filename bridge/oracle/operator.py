"""What an operator may see and do, over the granted views and crm_bridge_api."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from bridge.domain.operations import ParkedItem
from bridge.oracle.pool import Database

__all__ = ["Conflict", "Erasure", "Happening", "OperatorDesk", "ParkedFilter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedFilter:
    """Which parked items are meant; what is not given does not narrow."""

    kind: str | None = None
    event_id: int | None = None
    record_key: str | None = None
    reason_class: str | None = None

    def as_json(self) -> str:
        """Return the filter as crm_bridge_api takes it."""
        given = {
            "kind": self.kind,
            "event_id": self.event_id,
            "record_key": self.record_key,
            "reason_class": self.reason_class,
        }
        return orjson.dumps({k: v for k, v in given.items() if v is not None}).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One line of what happened to a record."""

    record_key: str
    crm_id: int | None
    happened_on: dt.datetime
    direction: str
    happening: str
    item_id: int | None  # none: a person decided on the record itself
    attempt: int | None
    outcome: str | None
    actor: str | None
    detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A field that both sides changed differently, and that a person decides."""

    conflict_id: int
    record_key: str
    crm_id: int | None
    field_name: str
    base_value: str | None
    erp_value: str | None
    crm_value: str | None
    status: str
    choice: str | None
    resolved_value: str | None
    opened_on: dt.datetime
    resolved_on: dt.datetime | None
    resolved_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was erased of a record, or would be: kinds and numbers of rows, no data."""

    record_key: str
    crm_id: int | None  # the lead that the CRM keeps
    is_live: bool
    is_leased: bool
    is_done: bool
    erased: dict[str, int]


class OperatorDesk:
    """What the command line does for a person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def parked(self, which: ParkedFilter, *, limit: int) -> list[ParkedItem]:
        """Return parked items in the order of their records."""
        columns, rows = await self._database.query(
            "parked_items",
            {
                "in_direction": which.kind,
                "in_event_id": which.event_id,
                "in_record_key": which.record_key,
                "in_reason_class": which.reason_class,
                "in_limit": limit,
            },
        )
        return [ParkedItem(**_values(columns, row)) for row in rows]

    async def replay(self, which: ParkedFilter, *, by: str) -> int:
        """Try parked items again; returns how many."""
        out = await self._database.call(
            "replay_parked", {"in_filter": which.as_json(), "in_by": by}, {"out_count": int}
        )
        return int(out["out_count"] or 0)

    async def skip(self, which: ParkedFilter, *, reason: str, by: str) -> int:
        """Give parked items up; returns how many."""
        out = await self._database.call(
            "skip_parked",
            {"in_filter": which.as_json(), "in_reason": reason, "in_by": by},
            {"out_count": int},
        )
        return int(out["out_count"] or 0)

    async def conflicts(
        self,
        *,
        status: str | None = None,
        conflict_id: int | None = None,
        record_key: str | None = None,
        limit: int,
    ) -> list[Conflict]:
        """Return conflicts in the order in which they were opened."""
        columns, rows = await self._database.query(
            "conflicts",
            {
                "in_status": status,
                "in_conflict_id": conflict_id,
                "in_record_key": record_key,
                "in_limit": limit,
            },
        )
        return [Conflict(**_values(columns, row)) for row in rows]

    async def resolve(self, conflict_id: int, *, choice: str, value: str | None, by: str) -> None:
        """End an open conflict; ``value`` with the choice VALUE only, none empties the field."""
        await self._database.call(
            "resolve_conflict",
            {
                "in_conflict_id": conflict_id,
                "in_choice": choice,
                "in_value": value,
                "in_by": by,
            },
        )

    async def forget(
        self, record_key: str, *, by: str, reason: str, is_live_allowed: bool, is_dry_run: bool
    ) -> Erasure:
        """Erase what the schema holds of a record, or say what there is."""
        out = await self._database.call(
            "forget_record",
            {
                "in_record_key": record_key,
                "in_by": by,
                "in_reason": reason,
                "in_is_live_allowed": "S" if is_live_allowed else "N",
                "in_is_dry_run": "S" if is_dry_run else "N",
            },
            {"out_report": str},
        )
        report = orjson.loads(out["out_report"])
        return Erasure(
            record_key=report["record_key"],
            crm_id=report["crm_id"],
            is_live=report["is_live"] == "S",
            is_leased=report["is_leased"] == "S",
            is_done=report["is_done"] == "S",
            erased={kind: int(rows) for kind, rows in report["erased"].items()},
        )

    async def lift_forgetting(self, record_key: str, *, by: str, reason: str) -> bool:
        """Let a record that was forgotten take part again; false when it was not forgotten."""
        out = await self._database.call(
            "lift_forgetting",
            {"in_record_key": record_key, "in_by": by, "in_reason": reason},
            {"out_lifted": int},
        )
        return bool(out["out_lifted"])

    async def history(self, record_key: str, *, limit: int) -> list[Happening]:
        """Return the last things that happened to a record, oldest first."""
        columns, rows = await self._database.query(
            "record_history", {"in_record_key": record_key, "in_limit": limit}
        )
        return [Happening(**_values(columns, row)) for row in reversed(rows)]


def _values(columns: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """Return a row by column; every number in these views is whole, and comes as a decimal."""
    return {
        column.lower(): int(value) if isinstance(value, Decimal) else value
        for column, value in zip(columns, row, strict=True)
    }

"""What an operator may look at, over the granted views."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bridge.oracle.pool import Database

__all__ = ["OperatorDesk", "ParkedItem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedItem:
    """A change (``OUTBOX``) or webhook (``INBOX``) that needs a person; without its data."""

    direction: str
    event_id: int
    record_key: str | None
    crm_id: int | None
    attempts: int
    reason_class: str | None
    detail: str | None
    created_on: dt.datetime | None
    parked_on: dt.datetime | None


class OperatorDesk:
    """Reads for the command line."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def parked(
        self,
        *,
        direction: str | None = None,
        event_id: int | None = None,
        record_key: str | None = None,
        reason_class: str | None = None,
        limit: int,
    ) -> list[ParkedItem]:
        """Return parked items in the order of their records; what is not given does not narrow."""
        columns, rows = await self._database.query(
            "parked_items",
            {
                "in_direction": direction,
                "in_event_id": event_id,
                "in_record_key": record_key,
                "in_reason_class": reason_class,
                "in_limit": limit,
            },
        )
        names = [column.lower() for column in columns]
        return [ParkedItem(**dict(zip(names, row, strict=True))) for row in rows]

"""What operators and callers of the kept routes are shown: rows of the database, never values of a record.

The exception is the body of a parked webhook, for the person who mends it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = [
    "BacklogLine",
    "DatabaseOverview",
    "DiffRun",
    "HandoverProgress",
    "OpenConflict",
    "ParkedItem",
    "ParkedWebhook",
    "ReasonCount",
    "StoredIndustries",
    "Worker",
]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedWebhook:
    """A parked webhook with its body as it came; the body may hold personal data."""

    inbox_id: int
    event_type: str
    crm_id: int | None
    record_key: str | None
    attempts: int
    detail: str | None
    received_on: dt.datetime
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredIndustries:
    """What became of industries: how many of them."""

    added: int
    known: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverProgress:
    """How far a lead is on its way over a stage. ``next_in_seconds`` is None when nothing is under way any more."""

    answered: int
    questions: int
    answered_now: int
    next_in_seconds: float | None = None


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
    backlog: Sequence[BacklogLine]
    parked: Sequence[ParkedItem]
    reasons: Sequence[ReasonCount]
    conflicts: Sequence[OpenConflict]
    workers: Sequence[Worker]
    diffs: Sequence[DiffRun]

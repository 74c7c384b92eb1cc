"""Changes, webhooks and the results of handling them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NewType

__all__ = [
    "ApplyResult",
    "CallMeter",
    "Capabilities",
    "Change",
    "CrmId",
    "Document",
    "EventType",
    "InboxOutcome",
    "ItemKind",
    "ItemResult",
    "LeadSnapshot",
    "Operation",
    "Outcome",
    "ReasonClass",
    "RecordKey",
    "Settlement",
    "StoredWebhook",
    "Webhook",
    "WebhookSettlement",
]

RecordKey = NewType("RecordKey", str)
CrmId = NewType("CrmId", int)
Document = Mapping[str, Any]


class Operation(enum.Enum):
    """What the CRM is to be brought to."""

    UPSERT = "UPSERT"
    REMOVE = "REMOVE"


class Outcome(enum.Enum):
    """How an attempt to deliver a change ended, as ``settle_change`` takes it."""

    DELIVERED = "DELIVERED"
    RETRY = "RETRY"
    IN_DOUBT = "IN_DOUBT"
    PARKED = "PARKED"


class InboxOutcome(enum.Enum):
    """How an attempt to handle a webhook ended, as ``settle_webhook`` takes it."""

    RETRY = "RETRY"
    PARKED = "PARKED"
    DONE = "DONE"


class ApplyResult(enum.Enum):
    """What ``apply_lead`` did with a lead."""

    APPLIED = "APPLIED"
    UNCHANGED = "UNCHANGED"
    IGNORED = "IGNORED"
    DEFERRED = "DEFERRED"


class EventType(enum.Enum):
    """What a webhook tells about."""

    LEAD_UPDATED = "LEAD_UPDATED"
    LEAD_CONVERTED = "LEAD_CONVERTED"
    LEAD_DISCARDED = "LEAD_DISCARDED"
    PERSON_UPDATED = "PERSON_UPDATED"


class ReasonClass(enum.Enum):
    """Why an attempt failed: a closed set.

    The database counts failures and parks a record that has too many; RATE_LIMITED, PAUSED and AUTH
    say that nothing is wrong with the record, and are not counted.
    """

    TRANSIENT = "transient"
    RATE_LIMITED = "rate_limited"
    PAUSED = "unavailable"  # breaker or quota: the database counts no failure
    AUTH = "auth"
    VALIDATION = "validation"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    NOT_FOUND = "not_found"
    ALREADY_IN_STATE = "already_in_state"
    UNKNOWN_OUTCOME = "unknown_outcome"
    UNREADABLE = "unreadable"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One claimed outbound change: the newest state of a record, held under its lease."""

    event_id: int
    record_key: RecordKey
    version: int
    operation: Operation
    fence_token: int
    attempt: int
    idempotency_key: str
    crm_id: CrmId | None
    is_in_doubt: bool
    document: Document
    agreed_image: Document | None
    changed_fields: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The end of an attempt to deliver a change."""

    outcome: Outcome
    crm_id: CrmId | None = None
    calls: int = 0
    http_status: int | None = None
    reason: ReasonClass | None = None
    detail: str | None = None
    retry_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One claimed webhook: a hint that a lead has changed."""

    inbox_id: int
    event_type: str
    crm_id: CrmId | None
    record_key: RecordKey | None
    fence_token: int
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettlement:
    """The end of an attempt to handle a webhook, when nothing was applied."""

    outcome: InboxOutcome
    detail: str | None = None
    retry_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredWebhook:
    """The receipt of a webhook that is committed."""

    inbox_id: int
    is_duplicate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadSnapshot:
    """A lead as read from the CRM, under the neutral field names."""

    crm_id: CrmId
    stage: str | None
    fields: Document


class ItemKind(enum.Enum):
    """What the CRM did with one item."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"  # exists already; ``crm_id`` when the answer names it
    REJECTED = "rejected"  # permanent
    RETRY = "retry"  # nothing was applied
    UNKNOWN = "unknown"  # may have been applied
    PAUSED = "paused"  # not tried, or turned away because of the quota


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemResult:
    """The CRM's answer for one item."""

    kind: ItemKind
    crm_id: CrmId | None = None
    http_status: int | None = None
    reason: ReasonClass | None = None
    detail: str | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a CRM can do, as far as the core asks."""

    name: str
    upsert_by_external_id: str  # 'yes', 'unique-field-only' or 'no'
    max_batch: int
    custom_fields_on_create: str  # 'yes', 'no' or 'after'
    page_size: int
    remove_model: str  # 'delete', 'discard', 'archive' or 'none'
    webhook_scheme: str
    webhook_has_delivery_id: bool


@dataclass(slots=True)
class CallMeter:
    """Counts the calls of one attempt, and remembers whether a write may have arrived."""

    calls: int = 0
    write_pending: bool = field(default=False)

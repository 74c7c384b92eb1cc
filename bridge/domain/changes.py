"""Changes, webhooks and the results of handling them."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NewType

__all__ = [
    "ApplyResult",
    "CallMeter",
    "Capabilities",
    "Change",
    "ContactSnapshot",
    "CrmId",
    "Document",
    "EventType",
    "InboundEvent",
    "InboxOutcome",
    "ItemKind",
    "ItemResult",
    "Lane",
    "LeadSnapshot",
    "Operation",
    "Outcome",
    "RateLimit",
    "Reads",
    "ReasonClass",
    "RecordKey",
    "Settlement",
    "Step",
    "StepKind",
    "StepOp",
    "StepResult",
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
    PARKED = "PARKED"


class EventType(enum.Enum):
    """What a webhook tells about."""

    LEAD_UPDATED = "LEAD_UPDATED"
    LEAD_CONVERTED = "LEAD_CONVERTED"
    LEAD_DISCARDED = "LEAD_DISCARDED"
    PERSON_UPDATED = "PERSON_UPDATED"


class Reads(enum.Enum):
    """What a claimed webhook asks to be read of the CRM."""

    LEAD = "LEAD"
    CONTACTS = "CONTACTS"
    BOTH = "BOTH"


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


class Lane(enum.Enum):
    """For whom a call is made; the quota is shared by these."""

    LIVE = "live"
    RETRY = "retry"
    INTERACTIVE = "interactive"
    RECONCILE = "reconcile"
    BACKFILL = "backfill"


class StepKind(enum.Enum):
    """What follows the lead of a change, in the order in which it is done."""

    CONTACT = "contact"
    STAGE = "stage"
    BUDGET = "budget"
    SALE = "sale"
    DISCARD = "discard"


class StepOp(enum.Enum):
    """What is done with a contact."""

    ADD = "add"
    UPDATE = "update"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do after the lead; only what its kind needs is set.

    ``value`` is text with a point, or None when a budget is to be taken away; ``agreed`` the value
    that the CRM is known to hold, if any. ``is_in_doubt``: an earlier attempt may have done it.
    ``is_sold``: the lead is known to be sold; ``is_empty``: to have no proposal. ``fields`` are a
    contact's name, email, phone, job_title and is_primary ('S' or 'N'); ``guarded`` those that users
    of the CRM may win.
    """

    kind: StepKind
    op: StepOp | None = None
    contact_id: int | None = None
    person_id: int | None = None
    fields: Document = field(default_factory=dict)
    changed: frozenset[str] = frozenset()
    guarded: frozenset[str] = frozenset()
    value: str | None = None
    agreed: str | None = None
    product_id: str | None = None
    stage: str | None = None
    reason: str | None = None
    is_in_doubt: bool = False
    is_sold: bool = False
    is_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What became of a step that was begun; ``step`` None stands for the lead itself.

    ``is_new``: the lead was made by this attempt, so nothing hangs on it but the steps.
    ``sent``: what the lead got in the place of values of the document.
    """

    step: Step | None
    is_done: bool
    person_id: int | None = None
    detail: str | None = None
    is_new: bool = False
    sent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One claimed outbound change: the newest state of a record, held under its lease.

    ``guarded_fields``: users of the CRM may win these, so they are read before they are written.
    """

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
    steps: tuple[Step, ...] = ()
    guarded_fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The end of an attempt to deliver a change; ``steps`` names what was begun, in order."""

    outcome: Outcome
    crm_id: CrmId | None = None
    calls: int = 0
    http_status: int | None = None
    reason: ReasonClass | None = None
    detail: str | None = None
    retry_seconds: float | None = None
    steps: tuple[StepResult, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One claimed webhook: a hint that a lead has changed.

    ``known_fields``: agreed values of the custom fields, when no webhook of this claim shows others,
    so that they need no reading; else None.
    """

    inbox_id: int
    event_type: str
    crm_id: CrmId | None
    record_key: RecordKey | None
    fence_token: int
    attempt: int
    known_fields: Document | None = None
    reads: Reads = Reads.LEAD
    source: str = ""  # 'RECONCILE': a hint that no webhook brought, and that can wait


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettlement:
    """The end of an attempt to handle a webhook, when nothing was applied."""

    outcome: InboxOutcome
    detail: str | None = None
    retry_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundEvent:
    """One event of a webhook that carries several, as it is stored.

    ``body`` is the event as it came; ``fields`` is what it shows of its lead, as JSON under neutral
    names, only ever compared.
    """

    event_type: EventType
    dedupe_key: str
    crm_id: CrmId | None
    body: bytes
    fields: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredWebhook:
    """The receipt of a webhook that is committed."""

    inbox_id: int
    is_duplicate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadSnapshot:
    """A lead as read from the CRM, under the neutral field names.

    ``updated_at``: when it changed last, aware of its zone; None when the CRM does not say so.
    """

    crm_id: CrmId
    stage: str | None
    fields: Document
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSnapshot:
    """A person of a lead as read from the CRM: name, email, phone, job_title, is_primary."""

    person_id: int
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
    """The CRM's answer for one item; ``crm_id`` is the person's id when the item is a contact.

    ``sent``: what a lead got in the place of values that the CRM does not know.
    """

    kind: ItemKind
    crm_id: CrmId | None = None
    http_status: int | None = None
    reason: ReasonClass | None = None
    detail: str | None = None
    retry_after: float | None = None
    sent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """So many calls in a window; ``scope`` is 'burst', 'daily' or the kind of call it is for."""

    calls: int
    seconds: float
    scope: str = "burst"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a CRM can do, declared as data."""

    name: str
    upsert_by_external_id: str  # 'yes', 'unique-field-only' or 'no'
    max_batch: int
    custom_fields_on_create: str  # 'yes', 'no' or 'after'
    page_size: int
    remove_model: str  # 'delete', 'discard', 'archive' or 'none'
    webhook_scheme: str
    webhook_has_delivery_id: bool
    page_style: str = "skip"  # 'skip', 'cursor' or 'page'
    incremental_filter: str | None = None  # the field that tells when a lead was changed
    lead_time_covers_persons: bool = (
        False  # a person's change counts as one of its lead, in that time
    )
    webhook_is_batch: bool = False
    webhook_has_change_source: bool = False
    contact_remove: str = "none"  # 'archive', 'demote' (the primary flag is taken away) or 'none'
    budget_model: str = "none"  # 'lines' (remove and add, not atomic), 'field' or 'none'
    stage_move: str = "none"  # 'endpoint', 'field' or 'none'
    steps: frozenset[StepKind] = frozenset()
    has_pages: bool = False  # everything can be read page by page: resync, validate and polling
    has_partial_success: bool = False  # of a batch, some items may be done and others not
    rate_limits: tuple[RateLimit, ...] = ()


@dataclass(slots=True)
class CallMeter:
    """What is known of an attempt while it runs, so that it can be settled wherever it ends.

    Calls so far, whether a write may have arrived, the lead once it is done, and what became of the
    steps. ``step`` is the one under way.
    """

    calls: int = 0
    write_pending: bool = field(default=False)
    lane: Lane = Lane.LIVE
    lead: ItemResult | None = None
    step: Step | None = None
    results: list[StepResult] = field(default_factory=list)
    persons: Sequence[ContactSnapshot] | None = None  # of the lead, as read in this attempt

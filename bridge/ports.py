"""What the core needs from the outside, as Protocols; ``bridge.testing`` has them in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from bridge.domain.calls import Ask, Grant, Standing, Turn
from bridge.domain.changes import (
    ApplyResult,
    CallMeter,
    Capabilities,
    Change,
    ContactSnapshot,
    CrmId,
    Document,
    EventType,
    InboundEvent,
    ItemResult,
    LeadSnapshot,
    Settlement,
    Step,
    StoredWebhook,
    Webhook,
    WebhookSettlement,
)
from bridge.domain.runs import Cursor, Entity, Page, PageResult, Run, RunEnd, Totals

__all__ = [
    "CallBook",
    "ChangeQueue",
    "Clock",
    "Crm",
    "Inbox",
    "Notifier",
    "Outbox",
    "PageSource",
    "Progress",
    "RunProgress",
    "RunStore",
    "WebhookQueue",
    "WorkQueue",
]

Item_co = TypeVar("Item_co", covariant=True)


class WorkQueue(Protocol[Item_co]):
    """Claimed work of one direction. Every method raises ``bridge.errors.DatabaseError``."""

    async def take(self, limit: int, *, wait_seconds: int) -> Sequence[Item_co]:
        """Claim up to ``limit`` items in one committed transaction.

        Unless ``wait_seconds`` is 0, wait so long for a wake-up first, and claim after it anyway.
        """

    async def close(self) -> None:
        """End the wait and the connection, within a bound."""


ChangeQueue = WorkQueue[Change]


class CallBook(Protocol):
    """The CRM's quota as all processes share it, kept over a crash of any of them.

    Every method raises ``bridge.errors.DatabaseError``.
    """

    async def join(self, seconds: float, *, is_start: bool) -> Standing:
        """Say that this worker takes its calls here, the CRM's window being so long."""

    async def take(self, ask: Ask) -> Grant:
        """Take calls ahead, and tell of those taken before."""

    async def pause(self, seconds: float, reason: str) -> None:
        """Say that the CRM wants no calls for so long; a longer pause stands."""

    async def refuse(self, status: int) -> None:
        """Say that the CRM refuses our token."""

    async def admit(self) -> None:
        """Say that the CRM takes our token."""

    async def take_probe(self, after_seconds: float) -> Turn:
        """Take the turn of asking the CRM, so long after the last one at the soonest."""


WebhookQueue = WorkQueue[Webhook]


class Outbox(Protocol):
    """Bookkeeping of outbound changes. Every method is a transaction of its own."""

    async def api_version(self) -> int: ...

    async def oldest_api_version(self) -> int: ...

    async def begin_worker(self) -> int:
        """Announce this worker; returns the claims of its past that were given back."""

    async def heartbeat(self) -> int:
        """Say that this worker is alive; returns how many are, this one with them."""

    async def settle(self, change: Change, settlement: Settlement) -> None:
        """End an attempt. Raises ``StaleClaim`` when the lease has passed on."""

    async def check_unseen(self, change: Change, crm_id: CrmId, seen: Document) -> frozenset[str]:
        """Return which of the fields just read must not be sent: users of the CRM changed them.

        They are taken out of the change, and a stored hint brings the lead into the merge. Raises
        ``StaleClaim``.
        """

    async def check_unseen_contact(
        self, change: Change, crm_id: CrmId, step: Step, seen: Document, main_id: int | None
    ) -> frozenset[str]:
        """Return which fields of a person must not be sent, as ``check_unseen`` does for a lead.

        ``main_id``: the only person that the CRM has as main contact of the lead; None when there is
        none, or several. Raises ``StaleClaim``.
        """

    async def repair_gaps(self, limit: int) -> int: ...

    async def status(self) -> Mapping[str, float]:
        """Return the metrics that the database computes."""


class Inbox(Protocol):
    """Bookkeeping of webhooks. Every method is a transaction of its own."""

    async def store(
        self,
        *,
        source: str,
        event_type: EventType,
        dedupe_key: str,
        crm_id: CrmId | None,
        body: bytes,
        fields: str | None = None,
    ) -> StoredWebhook: ...

    async def store_all(
        self, *, source: str, events: Sequence[InboundEvent]
    ) -> Sequence[StoredWebhook]:
        """Store the events of one webhook: all of them or, with an error, none."""

    async def apply(
        self,
        webhook: Webhook,
        lead: LeadSnapshot,
        contacts: Sequence[ContactSnapshot] | None = None,
    ) -> ApplyResult:
        """Apply a lead, with all its persons if they were read, and settle its webhook.

        Raises ``StaleClaim``.
        """

    async def apply_contacts(
        self, webhook: Webhook, contacts: Sequence[ContactSnapshot]
    ) -> ApplyResult:
        """Apply all persons of a lead and settle its webhook. Raises ``StaleClaim``."""

    async def apply_missing(self, webhook: Webhook) -> ApplyResult:
        """Settle a webhook whose lead the CRM does not have. Raises ``StaleClaim``."""

    async def settle(self, webhook: Webhook, settlement: WebhookSettlement) -> None: ...


class PersonGuard(Protocol):
    """Says what may be written over a person; decision 0010."""

    def needs(self, fields: frozenset[str]) -> bool:
        """Whether the person must be read before these fields are written."""

    async def allow(
        self, person: ContactSnapshot, fields: frozenset[str], main_id: int | None
    ) -> frozenset[str]:
        """Return those of the fields that may be written, given the person as read just now."""


class Crm(Protocol):
    """A CRM. Writes answer per item and do not raise; reads raise ``bridge.errors.CrmError``."""

    @property
    def capabilities(self) -> Capabilities: ...

    def pause_seconds(self) -> float:
        """How long calls are held back: 0 unless the breaker is open or the quota is spent."""

    async def create(self, change: Change, meter: CallMeter) -> ItemResult: ...

    async def update(
        self, change: Change, crm_id: CrmId, fields: frozenset[str], meter: CallMeter
    ) -> ItemResult: ...

    async def remove(self, change: Change, crm_id: CrmId, meter: CallMeter) -> ItemResult: ...

    async def perform(
        self,
        change: Change,
        crm_id: CrmId,
        step: Step,
        meter: CallMeter,
        guard: PersonGuard | None = None,
    ) -> ItemResult:
        """Do one step after the lead; doing it again must end in the same state.

        ``guard``: asked before a person that exists is written, and its answer kept; None: there is
        nothing that users may win. Its ``DatabaseError`` passes through.
        """

    async def find(self, document: Document, meter: CallMeter) -> Sequence[LeadSnapshot]:
        """Return the leads that are this record; several when the CRM holds doubles."""

    async def read(
        self, crm_id: CrmId, meter: CallMeter | None = None, *, known: Document | None = None
    ) -> LeadSnapshot | None:
        """Return a lead; None when the CRM does not have it. The meter names the lane.

        ``known``: fields that need no reading, where reading them costs a call of its own.
        """

    async def read_fields(
        self, crm_id: CrmId, fields: frozenset[str], meter: CallMeter
    ) -> Document | None:
        """Return some fields of a lead as they are now, by the fewest calls.

        None when the CRM does not have the lead; a field that cannot be read is absent.
        """

    async def as_sent(self, change: Change, seen: Document, meter: CallMeter) -> frozenset[str]:
        """Return the fields of ``seen`` that hold what the CRM gets for the change's value.

        They differ from the change only where the CRM gets another value in its place.
        """

    async def read_contacts(
        self, crm_id: CrmId, meter: CallMeter | None = None
    ) -> Sequence[ContactSnapshot]:
        """Return all persons of a lead; none when it has none, or does not exist."""

    def differing(self, document: Document, lead: LeadSnapshot) -> frozenset[str]:
        """Return the fields in which a lead is not what the document says."""


class Clock(Protocol):
    """Time."""

    def now(self) -> datetime:
        """Return the time of day, aware of its zone."""

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class Progress(Protocol):
    """Where the parts say that they are alive."""

    def mark(self, part: str) -> None: ...


class Notifier(Protocol):
    """The service manager."""

    def ready(self) -> None: ...

    def stopping(self) -> None: ...

    def status(self, text: str) -> None: ...

    def alive(self) -> None: ...


class PageSource(Protocol):
    """Reads a CRM page by page. Every method raises ``bridge.errors.CrmError``."""

    @property
    def can_filter_by_time(self) -> bool:
        """Whether the CRM is said to tell leads by the time of their last change."""

    async def read(self, entity: Entity, cursor: Cursor, *, since: str | None = None) -> Page:
        """Read one page; with ``since`` only what changed then or later, as the CRM writes it."""

    async def look_up(self, entity: Entity, ids: Sequence[int]) -> Page:
        """Read these by their ids; what the CRM does not have is absent."""

    async def persons_of(self, crm_ids: Sequence[int]) -> Page:
        """Read all persons of these leads."""

    async def newest_change(self) -> str | None:
        """Return when a lead was changed last, as the CRM writes it."""


class RunStore(Protocol):
    """Bookkeeping of runs. Every method is a transaction of its own; raises ``RunLost``."""

    async def begin_page(self, run: Run) -> tuple[str, bool]:
        """Return the mark of this moment, and whether a pause is wanted."""

    async def store_page(
        self, run: Run, entity: Entity, mark: str, rows: Sequence[Mapping[str, Any]]
    ) -> PageResult: ...

    async def apply_lead(self, run: Run, mark: str, row: Mapping[str, Any]) -> bool:
        """Apply a lead from its page; False when it was left to the live flow."""

    async def leave_lead(self, run: Run, crm_id: int) -> None: ...

    async def finish_page(self, run: Run, position: Mapping[str, Any], totals: Totals) -> None: ...

    async def find_unseen(
        self, run: Run, entity: Entity, *, after: int, limit: int
    ) -> Sequence[int]: ...

    async def note_missing(self, run: Run, entity: Entity, ids: Sequence[int]) -> int: ...

    async def look_for_unsent(self, run: Run, *, after: int, limit: int) -> tuple[int, int | None]:
        """Look for branches without a lead, of ``limit`` clients after the one of that code.

        Returns how many there are, and the client after which to go on: None at the end.
        """

    async def end(self, run: Run, end: RunEnd, detail: str | None = None) -> None: ...

    async def take_poll(self, *, every_seconds: float, by: str) -> Run | None:
        """Take the turn of polling; None when another process has it."""


class RunProgress(Protocol):
    """Who watches a run."""

    def begin(self, what: str, *, total: int | None) -> None:
        """A part of the run begins; ``total`` is how much it will be, if known."""

    def advance(self, totals: Totals) -> None:
        """A page is done; the counts are of this page."""

    def note(self, text: str) -> None: ...

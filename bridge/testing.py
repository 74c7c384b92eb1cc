"""The ports in memory, for the tests of this package and of whoever builds on it.

They keep the promises that the core relies on: one lease per record, growing fence tokens, the
newest version only, agreed images written by settling. Not kept are durability and everything about
SQL.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.domain.calls import Ask, Grant, Standing, Stops, Turn
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
    InboxOutcome,
    ItemKind,
    ItemResult,
    LeadSnapshot,
    Operation,
    Outcome,
    ReasonClass,
    RecordKey,
    Settlement,
    Step,
    StepKind,
    StoredWebhook,
    Webhook,
    WebhookSettlement,
)
from bridge.domain.persons import main_of
from bridge.errors import DatabaseError, StaleClaim
from bridge.ports import Clock, PersonGuard

__all__ = [
    "ManualClock",
    "MemoryCallBook",
    "MemoryCalls",
    "MemoryChangeQueue",
    "MemoryCrm",
    "MemoryInbox",
    "MemoryNotifier",
    "MemoryOutbox",
    "MemoryWebhookQueue",
]


class ManualClock:
    """A clock that moves when it is told to, or by what sleeps on it."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._start = start
        self.elapsed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    async def sleep(self, seconds: float) -> None:
        wake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.elapsed + seconds, id(wake), wake))
        await wake

    def advance(self, seconds: float) -> None:
        """Move on, and wake who has slept long enough."""
        self.elapsed += seconds
        while self._sleepers and self._sleepers[0][0] <= self.elapsed:
            wake = heapq.heappop(self._sleepers)[2]
            if not wake.done():
                wake.set_result(None)


class MemoryNotifier:
    """Remembers what the service manager was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def ready(self) -> None:
        self.told.append("ready")

    def stopping(self) -> None:
        self.told.append("stopping")

    def status(self, text: str) -> None:
        self.told.append(text)

    def alive(self) -> None:
        self.told.append("alive")


@dataclass(slots=True)
class _Event:
    event_id: int
    record_key: str
    version: int
    state: str = "READY"
    attempts: int = 0
    due: float = 0.0


@dataclass(slots=True)
class _Record:
    document: Document
    version: int = 0
    crm_id: CrmId | None = None
    agreed: Document | None = None
    lease: bool = False
    token: int = 0
    in_doubt: bool = False


class MemoryOutbox:
    """An outbox and its records."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.records: dict[str, _Record] = {}
        self.events: list[_Event] = []
        self.settled: list[tuple[Change, Settlement]] = []
        self.gaps = 0
        self.live_workers = 1
        self.failing: DatabaseError | None = None
        self.unseen: frozenset[str] = frozenset()  # what users have changed of persons
        self.asked: list[tuple[Step, dict[str, Any], int | None]] = []
        self.woken = asyncio.Event()

    def change(self, record_key: str, document: Document, *, crm_id: int | None = None) -> None:
        """Commit a change of the ERP."""
        record = self.records.setdefault(record_key, _Record(document={}))
        record.document = {**record.document, **document}
        if crm_id is not None:
            record.crm_id = CrmId(crm_id)
        record.version += 1
        self.events.append(
            _Event(event_id=len(self.events) + 1, record_key=record_key, version=record.version)
        )
        self.woken.set()

    def claim(self, limit: int) -> list[Change]:
        """Claim due changes, the newest of each record."""
        claimed: list[Change] = []
        for event in reversed(self.events):
            record = self.records[event.record_key]
            if event.state != "READY" or record.lease or event.due > self.clock.elapsed:
                continue
            if len(claimed) == limit:
                break
            for older in self.events:
                if older.record_key == event.record_key and older.version < event.version:
                    older.state = "SUPERSEDED" if older.state == "READY" else older.state
            record.lease, record.token = True, record.token + 1
            event.state, event.attempts = "INFLIGHT", event.attempts + 1
            claimed.append(self._change(event, record))
        return claimed

    def _change(self, event: _Event, record: _Record) -> Change:
        agreed = record.agreed
        changed = {k for k, v in record.document.items() if agreed is None or agreed.get(k) != v}
        return Change(
            event_id=event.event_id,
            record_key=RecordKey(event.record_key),
            version=event.version,
            operation=Operation.UPSERT,
            fence_token=record.token,
            attempt=event.attempts,
            idempotency_key=f"erp:{event.record_key}:{event.version}",
            crm_id=record.crm_id,
            is_in_doubt=record.in_doubt,
            document=dict(record.document),
            agreed_image=agreed,
            changed_fields=frozenset(changed),
        )

    async def api_version(self) -> int:
        return 1

    async def oldest_api_version(self) -> int:
        return 1

    async def begin_worker(self) -> int:
        held = [record for record in self.records.values() if record.lease]
        for record in held:
            record.lease = False
        return len(held)

    async def heartbeat(self) -> int:
        if self.failing is not None:
            raise self.failing
        return self.live_workers

    async def settle(self, change: Change, settlement: Settlement) -> None:
        if self.failing is not None:
            raise self.failing
        record = self.records[change.record_key]
        if not record.lease or record.token != change.fence_token:
            raise StaleClaim(code="ORA-20110", statement="settle_change")
        event = self.events[change.event_id - 1]
        record.lease = False
        record.crm_id = settlement.crm_id or record.crm_id
        record.in_doubt = settlement.outcome is Outcome.IN_DOUBT
        if settlement.outcome is Outcome.DELIVERED:
            record.agreed = change.document
            event.state = "DELIVERED"
        elif settlement.outcome is Outcome.PARKED:
            event.state = "PARKED"
        else:
            event.state = "READY"
            event.due = self.clock.elapsed + (settlement.retry_seconds or 0.0)
        self.settled.append((change, settlement))
        # Settling announces what has waited behind the lease.
        self.woken.set()

    async def check_unseen(self, change: Change, crm_id: CrmId, seen: Document) -> frozenset[str]:
        if self.failing is not None:
            raise self.failing
        agreed = change.agreed_image or {}
        return frozenset(
            field
            for field, value in seen.items()
            if value not in (agreed.get(field), change.document.get(field))
        )

    async def check_unseen_contact(
        self, change: Change, crm_id: CrmId, step: Step, seen: Document, main_id: int | None
    ) -> frozenset[str]:
        if self.failing is not None:
            raise self.failing
        self.asked.append((step, dict(seen), main_id))
        return self.unseen & seen.keys()

    async def repair_gaps(self, limit: int) -> int:
        if self.failing is not None:
            raise self.failing
        repaired = min(limit, self.gaps)
        self.gaps -= repaired
        return repaired

    async def status(self) -> Mapping[str, float]:
        if self.failing is not None:
            raise self.failing
        return {"outbox_pending": float(sum(e.state == "READY" for e in self.events))}


class MemoryChangeQueue:
    """The wake-ups of a ``MemoryOutbox``."""

    def __init__(self, outbox: MemoryOutbox) -> None:
        self._outbox = outbox
        self.failing: DatabaseError | None = None
        self.waits: list[int] = []
        self.limits: list[int] = []
        self.closed = False

    async def take(self, limit: int, *, wait_seconds: int) -> Sequence[Change]:
        self.waits.append(wait_seconds)
        self.limits.append(limit)
        if self.failing is not None:
            raise self.failing
        if wait_seconds:
            try:
                # A wait of the real queue is seconds long; here it only lets others run.
                async with asyncio.timeout(0.02):
                    await self._outbox.woken.wait()
            except TimeoutError:
                return self._outbox.claim(limit)
            self._outbox.woken.clear()
        else:
            await asyncio.sleep(0)
        return self._outbox.claim(limit)

    async def close(self) -> None:
        self.closed = True


@dataclass(slots=True)
class _Stored:
    webhook: Webhook
    body: bytes = b""
    state: str = "READY"
    fields: str | None = None


class MemoryInbox:
    """An inbox: stores, claims, and remembers what was applied."""

    def __init__(self) -> None:
        self.stored: dict[str, _Stored] = {}
        self.applied: list[tuple[Webhook, LeadSnapshot]] = []
        self.applied_contacts: list[tuple[Webhook, Sequence[ContactSnapshot]]] = []
        self.missing: list[Webhook] = []
        self.settled: list[tuple[Webhook, WebhookSettlement]] = []
        self.failing: DatabaseError | None = None
        self.result = ApplyResult.APPLIED
        self.woken = asyncio.Event()

    async def store(
        self,
        *,
        source: str,
        event_type: EventType,
        dedupe_key: str,
        crm_id: CrmId | None,
        body: bytes,
        fields: str | None = None,
    ) -> StoredWebhook:
        if self.failing is not None:
            raise self.failing
        known = self.stored.get(dedupe_key)
        if known is not None:
            return StoredWebhook(inbox_id=known.webhook.inbox_id, is_duplicate=True)
        webhook = Webhook(
            inbox_id=len(self.stored) + 1,
            event_type=event_type.value,
            crm_id=crm_id,
            record_key=None,
            fence_token=1,
            attempt=0,
        )
        self.stored[dedupe_key] = _Stored(webhook=webhook, body=body, fields=fields)
        self.woken.set()
        return StoredWebhook(inbox_id=webhook.inbox_id, is_duplicate=False)

    async def store_all(
        self, *, source: str, events: Sequence[InboundEvent]
    ) -> list[StoredWebhook]:
        return [
            await self.store(
                source=source,
                event_type=event.event_type,
                dedupe_key=event.dedupe_key,
                crm_id=event.crm_id,
                body=event.body,
                fields=event.fields,
            )
            for event in events
        ]

    def claim(self, limit: int) -> list[Webhook]:
        """Claim stored webhooks, oldest first."""
        ready = [item for item in self.stored.values() if item.state == "READY"][:limit]
        for item in ready:
            item.state = "INFLIGHT"
        return [item.webhook for item in ready]

    async def apply(
        self,
        webhook: Webhook,
        lead: LeadSnapshot,
        contacts: Sequence[ContactSnapshot] | None = None,
    ) -> ApplyResult:
        if self.failing is not None:
            raise self.failing
        self.applied.append((webhook, lead))
        if contacts is not None:
            self.applied_contacts.append((webhook, contacts))
        self._end(webhook, "DONE")
        return self.result

    async def apply_contacts(
        self, webhook: Webhook, contacts: Sequence[ContactSnapshot]
    ) -> ApplyResult:
        if self.failing is not None:
            raise self.failing
        self.applied_contacts.append((webhook, contacts))
        self._end(webhook, "DONE")
        return self.result

    async def apply_missing(self, webhook: Webhook) -> ApplyResult:
        self.missing.append(webhook)
        self._end(webhook, "READY")
        return ApplyResult.DEFERRED

    async def settle(self, webhook: Webhook, settlement: WebhookSettlement) -> None:
        self.settled.append((webhook, settlement))
        self._end(
            webhook,
            "READY" if settlement.outcome is InboxOutcome.RETRY else settlement.outcome.value,
        )

    def _end(self, webhook: Webhook, state: str) -> None:
        for item in self.stored.values():
            if item.webhook.inbox_id == webhook.inbox_id:
                item.state = state


class MemoryWebhookQueue:
    """The wake-ups of a ``MemoryInbox``."""

    def __init__(self, inbox: MemoryInbox) -> None:
        self._inbox = inbox

    async def take(self, limit: int, *, wait_seconds: int) -> Sequence[Webhook]:
        if wait_seconds:
            try:
                async with asyncio.timeout(0.02):
                    await self._inbox.woken.wait()
            except TimeoutError:
                return self._inbox.claim(limit)
            self._inbox.woken.clear()
        else:
            await asyncio.sleep(0)
        return self._inbox.claim(limit)

    async def close(self) -> None:
        return


@dataclass(slots=True)
class MemoryCrm:
    """A CRM that applies what it is told, unless its next answers are scripted."""

    leads: dict[int, dict[str, Any]] = field(default_factory=dict)
    script: list[ItemResult | Exception] = field(default_factory=list)
    writes: list[tuple[str, str, frozenset[str]]] = field(default_factory=list)
    performed: list[tuple[CrmId, Step]] = field(default_factory=list)
    persons: dict[int, list[ContactSnapshot]] = field(default_factory=dict)
    lookups: int = 0
    reads: int = 0
    pause: float = 0.0
    steps: frozenset[StepKind] = frozenset(StepKind)
    hold: asyncio.Event | None = None  # writes wait for it
    concurrent: int = 0
    most_concurrent: int = 0

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            name="memory",
            upsert_by_external_id="no",
            max_batch=1,
            custom_fields_on_create="yes",
            page_size=500,
            remove_model="delete",
            webhook_scheme="path-token",
            webhook_has_delivery_id=False,
            steps=self.steps,
        )

    def pause_seconds(self) -> float:
        return self.pause

    async def create(self, change: Change, meter: CallMeter) -> ItemResult:
        scripted = await self._write("create", change, frozenset(), meter)
        if scripted is not None:
            return scripted
        if self._same(change.document):
            return ItemResult(kind=ItemKind.DUPLICATE, reason=ReasonClass.DUPLICATE)
        return self.plant(change.document)

    def plant(self, document: Document) -> ItemResult:
        """Apply a create."""
        crm_id = CrmId(len(self.leads) + 1)
        self.leads[crm_id] = dict(document)
        return ItemResult(kind=ItemKind.CREATED, crm_id=crm_id, http_status=201)

    async def update(
        self, change: Change, crm_id: CrmId, fields: frozenset[str], meter: CallMeter
    ) -> ItemResult:
        scripted = await self._write("update", change, fields, meter)
        if scripted is not None:
            return scripted
        self.leads[crm_id].update({name: change.document.get(name) for name in fields})
        return ItemResult(kind=ItemKind.UPDATED, crm_id=crm_id, http_status=201)

    async def remove(self, change: Change, crm_id: CrmId, meter: CallMeter) -> ItemResult:
        scripted = await self._write("remove", change, frozenset(), meter)
        if scripted is None:
            self.leads.pop(crm_id, None)
        return scripted or ItemResult(kind=ItemKind.UPDATED, crm_id=crm_id)

    async def perform(
        self,
        change: Change,
        crm_id: CrmId,
        step: Step,
        meter: CallMeter,
        guard: PersonGuard | None = None,
    ) -> ItemResult:
        changed = step.changed
        if guard is not None and guard.needs(changed):
            found = self.persons.get(crm_id, [])
            for one in found:
                if one.person_id == step.person_id:
                    changed = await guard.allow(one, changed, main_of(found))
        scripted = await self._write(step.kind.value, change, changed, meter)
        if scripted is not None:
            return scripted
        self.performed.append((crm_id, step))
        person = CrmId(9000 + step.contact_id) if step.contact_id is not None else None
        return ItemResult(kind=ItemKind.UPDATED, crm_id=person)

    async def find(self, document: Document, meter: CallMeter) -> Sequence[LeadSnapshot]:
        meter.calls += 1
        self.lookups += 1
        if self.script and isinstance(self.script[0], Exception):
            raise self.script.pop(0)  # type: ignore[misc]
        return [
            LeadSnapshot(crm_id=CrmId(number), stage=None, fields=self.leads[number])
            for number in self._same(document)
        ]

    async def read(
        self, crm_id: CrmId, meter: CallMeter | None = None, *, known: Document | None = None
    ) -> LeadSnapshot | None:
        self.reads += 1
        if self.script and isinstance(self.script[0], Exception):
            raise self.script.pop(0)  # type: ignore[misc]
        fields = self.leads.get(crm_id)
        if fields is not None and known is not None:
            fields = {**fields, **known}
        return (
            None if fields is None else LeadSnapshot(crm_id=crm_id, stage="Ativação", fields=fields)
        )

    async def read_fields(
        self, crm_id: CrmId, fields: frozenset[str], meter: CallMeter
    ) -> Document | None:
        meter.calls += 1
        lead = await self.read(crm_id, meter)
        return None if lead is None else {field: lead.fields.get(field) for field in fields}

    async def as_sent(self, change: Change, seen: Document, meter: CallMeter) -> frozenset[str]:
        return frozenset()

    async def read_contacts(
        self, crm_id: CrmId, meter: CallMeter | None = None
    ) -> Sequence[ContactSnapshot]:
        if self.script and isinstance(self.script[0], Exception):
            raise self.script.pop(0)  # type: ignore[misc]
        return self.persons.get(crm_id, [])

    def differing(self, document: Document, lead: LeadSnapshot) -> frozenset[str]:
        return frozenset(k for k, v in document.items() if lead.fields.get(k) != v)

    def _same(self, document: Document) -> list[int]:
        return [n for n, lead in self.leads.items() if lead.get("taxid") == document.get("taxid")]

    async def _write(
        self, verb: str, change: Change, fields: frozenset[str], meter: CallMeter
    ) -> ItemResult | None:
        meter.calls += 1
        self.writes.append((verb, change.record_key, fields))
        self.concurrent += 1
        self.most_concurrent = max(self.most_concurrent, self.concurrent)
        try:
            if self.hold is not None:
                await self.hold.wait()
        finally:
            self.concurrent -= 1
        if not self.script:
            return None
        answer = self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class MemoryCallBook:
    """The ``CallBook`` of one process; several of them share the ``MemoryCalls`` of an account."""

    def __init__(self, calls: MemoryCalls) -> None:
        self._calls = calls
        self.failing: DatabaseError | None = None
        self.asked = 0

    async def join(self, seconds: float, *, is_start: bool) -> Standing:
        self._fail()
        return Standing(sharing=self._calls.sharing, stops=self._calls.stops())

    async def take(self, ask: Ask) -> Grant:
        self._fail()
        self.asked += 1
        return self._calls.take(id(self), ask)

    async def pause(self, seconds: float, reason: str) -> None:
        self._fail()
        until = self._calls.clock.monotonic() + seconds
        if until > self._calls.paused[0]:
            self._calls.paused = (until, reason)

    async def refuse(self, status: int) -> None:
        self._fail()
        if self._calls.refused is None:
            self._calls.refused, self._calls.probed = status, self._calls.clock.monotonic()

    async def admit(self) -> None:
        self._fail()
        self._calls.refused = None

    async def take_probe(self, after_seconds: float) -> Turn:
        self._fail()
        if self._calls.refused is None:
            return Turn.ADMITTED
        now = self._calls.clock.monotonic()
        if now < self._calls.probed + after_seconds:
            return Turn.NOT_YET
        self._calls.probed = now
        return Turn.OURS

    def _fail(self) -> None:
        if self.failing is not None:
            raise self.failing


class MemoryCalls:
    """What is counted of the calls of one account, as ``crm_quota_book`` counts."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.sharing = 1
        self.paused = (0.0, "")
        self.refused: int | None = None
        self.probed = 0.0
        self._spent: dict[str, list[tuple[float, int]]] = {}
        self._held: dict[str, dict[int, tuple[float, int]]] = {}

    def stops(self) -> Stops:
        left = self.paused[0] - self.clock.monotonic()
        return Stops(
            pause_seconds=max(left, 0.0),
            pause_reason=self.paused[1] if left > 0 else None,
            refused_status=self.refused,
        )

    def take(self, holder: int, ask: Ask) -> Grant:
        now = self.clock.monotonic()
        window = ask.seconds * 1.0005
        spent = [entry for entry in self._spent.get(ask.quota, []) if entry[0] > now]
        spent += [(now + window - age, calls) for calls, age in ask.made if age < window]
        self._spent[ask.quota] = spent
        held = self._held.setdefault(ask.quota, {})
        others = [entry for key, entry in held.items() if key != holder and entry[0] > now]
        counted = spent + others
        free = ask.calls - sum(calls for _, calls in counted) - ask.kept
        askers = 1 + sum(until > now + window for until, _ in others)
        piece = -(-ask.calls // 10)
        granted = max(min(ask.wanted, free, max(-(-free // askers), piece)), 0)
        guard = min(0.25, ask.seconds * 0.01)
        held[holder] = (now + ask.use_seconds + guard + window, ask.kept + granted)
        wait = 0.0
        if granted < ask.wanted:
            wait = min(ask.seconds * 0.005, 0.1)
            rest = free - granted
            missing = min(ask.wanted - granted, piece) - rest if rest <= 0 else 0
            for until, calls in sorted(counted) if missing > 0 else ():
                missing -= calls
                if missing <= 0:
                    wait = max(wait, until - now)
                    break
            else:
                wait = max(wait, ask.use_seconds if missing > 0 else 0.0)
        return Grant(granted=granted, wait_seconds=wait, stops=self.stops())

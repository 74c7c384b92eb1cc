"""The relays over the ports in memory: promptness, order, parallelism, failure, stopping."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
from patience import STALL

from bridge.core.inbound import InboundRelay
from bridge.core.reconcile import GapFeeder
from bridge.core.relay import OutboundRelay
from bridge.core.supervisor import Part, ProgressBoard, Supervisor
from bridge.domain.changes import (
    ApplyResult,
    CallMeter,
    Change,
    ContactSnapshot,
    CrmId,
    Document,
    EventType,
    InboxOutcome,
    ItemKind,
    ItemResult,
    LeadSnapshot,
    Outcome,
    ReasonClass,
    Settlement,
    Webhook,
)
from bridge.domain.retry import RetryPolicy
from bridge.errors import (
    AccessRefused,
    CrmRefused,
    DatabaseBusy,
    DatabaseError,
    DatabaseSlow,
    DatabaseUnavailable,
    DataRejected,
)
from bridge.testing import (
    ManualClock,
    MemoryChangeQueue,
    MemoryCrm,
    MemoryInbox,
    MemoryNotifier,
    MemoryOutbox,
    MemoryWebhookQueue,
)

Until = Callable[[Callable[[], bool]], Awaitable[None]]
RETRY = RetryPolicy(base_seconds=2, cap_seconds=60, uniform=lambda low, high: high)


def outbound(
    outbox: MemoryOutbox, crm: MemoryCrm, clock: ManualClock, *, slots: int = 8
) -> tuple[OutboundRelay, MemoryChangeQueue]:
    queue = MemoryChangeQueue(outbox)
    relay = OutboundRelay(
        queue=queue,
        outbox=outbox,
        crm=crm,
        retry=RETRY,
        slots=slots,
        wait_seconds=5,
        lease_seconds=120,
        clock=clock,
        progress=ProgressBoard(clock, stall_seconds=60),
    )
    return relay, queue


def inbound(inbox: MemoryInbox, crm: MemoryCrm, clock: ManualClock) -> InboundRelay:
    return InboundRelay(
        queue=MemoryWebhookQueue(inbox),
        inbox=inbox,
        crm=crm,
        retry=RETRY,
        slots=4,
        wait_seconds=5,
        lease_seconds=120,
        clock=clock,
        progress=ProgressBoard(clock, stall_seconds=60),
    )


@asynccontextmanager
async def running(relay: OutboundRelay | InboundRelay) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(relay.loop.run())
    try:
        yield task
    finally:
        relay.loop.stop()
        async with asyncio.timeout(STALL):
            await task


async def test_a_change_is_delivered_and_settled(
    outbox: MemoryOutbox, crm: MemoryCrm, clock: ManualClock, until: Until
) -> None:
    relay, _ = outbound(outbox, crm, clock)
    async with running(relay):
        outbox.change("1-1", {"taxid": "A", "name": "One"})
        await until(lambda: len(outbox.settled) == 1)

    assert crm.leads == {1: {"taxid": "A", "name": "One"}}
    assert outbox.records["1-1"].crm_id == 1


async def test_a_burst_on_one_key_is_one_call(
    outbox: MemoryOutbox, crm: MemoryCrm, clock: ManualClock, until: Until
) -> None:
    for number in range(10):
        outbox.change("1-1", {"taxid": "A", "name": f"Name {number}"})
    relay, _ = outbound(outbox, crm, clock)
    async with running(relay):
        await until(lambda: len(outbox.settled) == 1)

    assert len(crm.writes) == 1
    assert crm.leads[1]["name"] == "Name 9"


async def test_an_edit_during_a_call_follows_as_soon_as_the_call_is_settled(
    outbox: MemoryOutbox, crm: MemoryCrm, clock: ManualClock, until: Until
) -> None:
    crm.hold = asyncio.Event()
    relay, _ = outbound(outbox, crm, clock)
    async with running(relay):
        outbox.change("1-1", {"taxid": "A", "name": "first"})
        await until(lambda: crm.concurrent == 1)
        outbox.change("1-1", {"name": "second"})
        await until(lambda: not outbox.woken.is_set())
        assert len(crm.writes) == 1, "its record is leased"
        crm.hold.set()
        await until(lambda: len(outbox.settled) == 2)

    assert crm.leads[1]["name"] == "second"
    assert [change.version for change, _ in outbox.settled] == [1, 2]


async def test_keys_run_side_by_side_and_never_beyond_the_slots(
    outbox: MemoryOutbox, crm: MemoryCrm, clock: ManualClock, until: Until
) -> None:
    crm.hold = asyncio.Event()
    for number in range(20):
        outbox.change(f"{number}-1", {"taxid": str(number)})
    relay, _ = outbound(outbox, crm, clock, slots=5)
    async with running(relay):
        await until(lambda: crm.concurrent == 5)
        crm.hold.set()
        await until(lambda: len(outbox.settled) == 20)

    assert crm.most_concurrent == 5
    assert len(crm.leads) == 20


async def test_a_failing_key_does_not_stop_the_others(
    outbox: MemoryOutbox, crm: MemoryCrm, clock: ManualClock, until: Until
) -> None:
    crm.script = [ItemResult(kind=ItemKind.REJECTED, reason=ReasonClass.VALIDATION)]
    relay, _ = outbound(outbox, crm, clock, slots=1)
    async with running(relay):
        outbox.change("1-1", {"taxid": "bad"})
        await until(lambda: len(outbox.settled) == 1)
        outbox.change("2-1", {"taxid": "good"})
        await until(lambda: len(outbox.settled) == 2)

    assert [s.outcome for _, s in outbox.settled] == [Outcome.PARKED, Outcome.DELIVERED]


async def test_a_failed_attempt_is_repeated_when_it_is_due(
    outbox: MemoryOutbox, crm: MemoryCrm, clock: ManualClock, until: Until
) -> None:
    crm.script = [ItemResult(kind=ItemKind.RETRY, reason=ReasonClass.TRANSIENT)]
    relay, _ = outbound(outbox, crm, clock)
    async with running(relay):
        outbox.change("1-1", {"taxid": "A"})
        await until(lambda: len(outbox.settled) == 1)
        await asyncio.sleep(0.05)
        assert len(outbox.settled) == 1
        clock.advance(3)
        await until(lambda: len(outbox.settled) == 2)

    assert outbox.settled[1][1].outcome is Outcome.DELIVERED
    assert len(crm.leads) == 1


async def test_a_lost_answer_of_a_create_makes_one_lead(
    outbox: MemoryOutbox, crm: MemoryCrm, clock: ManualClock, until: Until
) -> None:
    crm.script = [ItemResult(kind=ItemKind.UNKNOWN, reason=ReasonClass.UNKNOWN_OUTCOME)]
    relay, _ = outbound(outbox, crm, clock)
    async with running(relay):
        outbox.change("1-1", {"taxid": "A"})
        await until(lambda: len(outbox.settled) == 1)
        crm.plant({"taxid": "A"})  # it had arrived
        clock.advance(3)
        await until(lambda: len(outbox.settled) == 2)

    assert len(crm.leads) == 1
    assert outbox.records["1-1"].crm_id == 1


async def test_nothing_is_claimed_while_calls_are_held_back(
    outbox: MemoryOutbox, crm: MemoryCrm, clock: ManualClock, until: Until
) -> None:
    crm.pause = 3.0
    relay, queue = outbound(outbox, crm, clock)
    async with running(relay):
        outbox.change("1-1", {"taxid": "A"})
        await asyncio.sleep(0.05)
        assert queue.waits == []
        crm.pause = 0.0
        clock.advance(3)
        await until(lambda: len(outbox.settled) == 1)


async def test_a_database_failure_is_waited_out(
    outbox: MemoryOutbox, crm: MemoryCrm, clock: ManualClock, until: Until
) -> None:
    relay, queue = outbound(outbox, crm, clock)
    queue.failing = DatabaseUnavailable(code="ORA-12541", statement="connect")
    async with running(relay):
        outbox.change("1-1", {"taxid": "A"})
        await until(lambda: len(queue.waits) == 1)
        assert relay.loop.is_failing
        queue.failing = None
        clock.advance(1)
        await until(lambda: len(outbox.settled) == 1)
        assert not relay.loop.is_failing


async def test_a_result_that_the_database_refuses_is_parked(
    outbox: MemoryOutbox, crm: MemoryCrm, clock: ManualClock
) -> None:
    relay, _ = outbound(outbox, crm, clock)
    outbox.change("1-1", {"taxid": "A"})
    [change] = outbox.claim(1)
    refused: list[Outcome] = []
    settle = outbox.settle

    async def refuse_once(change_: object, settlement: object) -> None:
        refused.append(settlement.outcome)  # type: ignore[attr-defined]
        if len(refused) == 1:
            raise DataRejected(code="ORA-20120", statement="settle_change")
        await settle(change_, settlement)  # type: ignore[arg-type]

    outbox.settle = refuse_once  # type: ignore[method-assign]
    await relay.handle(change)

    assert refused == [Outcome.DELIVERED, Outcome.PARKED]


def _settle_fails(outbox: MemoryOutbox, errors: list[DatabaseError]) -> list[Outcome]:
    """Settling fails so often, then does what it is asked; returns what was tried."""
    tried: list[Outcome] = []
    settle = outbox.settle

    async def fail(change: Change, settlement: Settlement) -> None:
        tried.append(settlement.outcome)
        if len(tried) <= len(errors):
            raise errors[len(tried) - 1]
        await settle(change, settlement)

    outbox.settle = fail  # type: ignore[method-assign]
    return tried


async def _handled(relay: OutboundRelay, change: Change, clock: ManualClock) -> None:
    """Deliver a change, however long the relay waits in between."""
    task = asyncio.create_task(relay.handle(change))
    while not task.done():
        clock.advance(5)
        await asyncio.sleep(0)
    await task


async def test_a_settlement_that_ran_out_of_time_is_repeated_and_the_crm_is_not_called_again(
    outbox: MemoryOutbox, crm: MemoryCrm, clock: ManualClock
) -> None:
    slow = DatabaseSlow(code="DPY-4024", statement="settle_change")
    busy = DatabaseBusy(code="DPY-4005", statement="acquire for settle_change")
    tried = _settle_fails(outbox, [slow, busy] * 5)
    relay, _ = outbound(outbox, crm, clock)
    outbox.change("1-1", {"taxid": "A"})
    [change] = outbox.claim(1)
    await _handled(relay, change, clock)

    assert tried == [Outcome.DELIVERED] * 11
    assert [verb for verb, _, _ in crm.writes] == ["create"]
    assert outbox.records["1-1"].crm_id == 1


async def test_a_settlement_is_given_up_at_the_end_of_its_lease(
    outbox: MemoryOutbox, crm: MemoryCrm, clock: ManualClock
) -> None:
    slow = DatabaseSlow(code="DPY-4024", statement="settle_change")
    tried = _settle_fails(outbox, [slow] * 999)
    relay, _ = outbound(outbox, crm, clock)
    outbox.change("1-1", {"taxid": "A"})
    [change] = outbox.claim(1)
    await _handled(relay, change, clock)

    assert 10 < len(tried) < 999
    assert clock.elapsed <= 120 + 5
    assert len(crm.writes) == 1


async def test_a_password_that_is_refused_is_not_tried_again_and_again(
    outbox: MemoryOutbox, crm: MemoryCrm, clock: ManualClock
) -> None:
    tried = _settle_fails(outbox, [AccessRefused(code="ORA-01017", statement="settle")] * 9)
    relay, _ = outbound(outbox, crm, clock)
    outbox.change("1-1", {"taxid": "A"})
    [change] = outbox.claim(1)
    await _handled(relay, change, clock)

    assert len(tried) == 1


async def test_claims_are_halved_when_time_runs_out_and_grow_again(
    outbox: MemoryOutbox, crm: MemoryCrm, clock: ManualClock, until: Until
) -> None:
    relay, queue = outbound(outbox, crm, clock, slots=8)
    queue.failing = DatabaseSlow(code="DPY-4024", statement="claim_changes")
    for number in range(40):
        outbox.change(f"{number}-1", {"taxid": str(number)})
    async with running(relay):
        for rounds in (1, 2, 3):
            await until(lambda rounds=rounds: len(queue.limits) == rounds)  # type: ignore[misc]
            clock.advance(5)
        await until(lambda: len(queue.limits) == 4)
        queue.failing = None
        clock.advance(10)
        await until(lambda: len(outbox.settled) == 40)

    assert queue.limits[:8] == [8, 4, 2, 1, 1, 2, 3, 4]
    assert max(queue.limits[8:]) > 4


async def test_a_settlement_that_runs_out_of_time_makes_claims_smaller(
    outbox: MemoryOutbox, crm: MemoryCrm, clock: ManualClock, until: Until
) -> None:
    _settle_fails(outbox, [DatabaseSlow(code="DPY-4024", statement="settle_change")])
    relay, queue = outbound(outbox, crm, clock, slots=8)
    outbox.change("1-1", {"taxid": "A"})
    [change] = outbox.claim(1)
    await _handled(relay, change, clock)
    async with running(relay):
        await until(lambda: queue.limits)  # type: ignore[arg-type, return-value]

    assert queue.limits[0] == 4


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("x"), TypeError("x")])
async def test_a_record_that_trips_the_code_is_repeated_and_the_daemon_goes_on(
    outbox: MemoryOutbox, crm: MemoryCrm, clock: ManualClock, until: Until, error: Exception
) -> None:
    crm.script = [error]
    relay, _ = outbound(outbox, crm, clock, slots=1)
    async with running(relay):
        outbox.change("1-1", {"taxid": "A"})
        await until(lambda: len(outbox.settled) == 1)
        outbox.change("2-1", {"taxid": "B"})
        await until(lambda: len(outbox.settled) == 2)

    assert outbox.settled[0][1].outcome is Outcome.RETRY
    assert outbox.settled[0][1].reason is ReasonClass.INTERNAL
    assert outbox.settled[1][1].outcome is Outcome.DELIVERED


async def test_a_late_result_is_fenced_off_and_changes_nothing(
    outbox: MemoryOutbox, crm: MemoryCrm, clock: ManualClock
) -> None:
    relay, _ = outbound(outbox, crm, clock)
    outbox.change("1-1", {"taxid": "A"})
    [late] = outbox.claim(1)
    await outbox.begin_worker()
    outbox.events[0].state = "READY"
    [current] = outbox.claim(1)

    await relay.handle(late)

    assert outbox.settled == []
    assert outbox.records["1-1"].token == current.fence_token


async def test_stopping_finishes_what_is_in_the_slots(
    outbox: MemoryOutbox, crm: MemoryCrm, clock: ManualClock, until: Until
) -> None:
    crm.hold = asyncio.Event()
    relay, queue = outbound(outbox, crm, clock)
    task = asyncio.create_task(relay.loop.run())
    outbox.change("1-1", {"taxid": "A"})
    await until(lambda: crm.concurrent == 1)
    relay.loop.stop()
    outbox.change("2-1", {"taxid": "B"})
    await asyncio.sleep(0.03)
    assert not task.done()
    crm.hold.set()
    async with asyncio.timeout(STALL):
        await task

    assert [change.record_key for change, _ in outbox.settled] == ["1-1"]
    assert queue.closed


async def test_a_webhook_makes_the_lead_be_read_and_applied(
    inbox: MemoryInbox, crm: MemoryCrm, clock: ManualClock, until: Until
) -> None:
    crm.leads[5] = {"name": "as it is now"}
    async with running(inbound(inbox, crm, clock)):
        await store(inbox, 5)
        await until(lambda: len(inbox.applied) == 1)

    assert inbox.applied[0][1].fields == {"name": "as it is now"}


async def test_a_webhook_without_a_lead_is_parked(
    inbox: MemoryInbox, crm: MemoryCrm, clock: ManualClock, until: Until
) -> None:
    async with running(inbound(inbox, crm, clock)):
        await store(inbox, None)
        await until(lambda: len(inbox.settled) == 1)

    assert inbox.settled[0][1].outcome is InboxOutcome.PARKED


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (CrmRefused(status=503, reason_class="transient", detail="down"), InboxOutcome.RETRY),
        (CrmRefused(status=401, reason_class="auth", detail="no"), InboxOutcome.RETRY),
        (CrmRefused(status=400, reason_class="validation", detail="no"), InboxOutcome.PARKED),
    ],
)
async def test_a_failed_reading_is_repeated_unless_it_never_helps(
    inbox: MemoryInbox,
    crm: MemoryCrm,
    clock: ManualClock,
    error: CrmRefused,
    outcome: InboxOutcome,
) -> None:
    crm.script = [error]
    await store(inbox, 5)
    [webhook] = inbox.claim(1)

    await inbound(inbox, crm, clock).handle(webhook)

    assert inbox.settled[0][1].outcome is outcome
    assert inbox.applied == []


async def test_a_missing_lead_deletes_nothing_and_is_looked_for_again(
    inbox: MemoryInbox, crm: MemoryCrm, clock: ManualClock
) -> None:
    await store(inbox, 5)
    [webhook] = inbox.claim(1)

    await inbound(inbox, crm, clock).handle(webhook)

    assert inbox.missing == [webhook]
    assert inbox.applied == []
    assert inbox.settled == []


async def store(inbox: MemoryInbox, crm_id: int | None) -> None:
    await inbox.store(
        source="spotter",
        event_type=EventType.LEAD_UPDATED,
        dedupe_key=f"{len(inbox.stored):064d}",
        crm_id=None if crm_id is None else CrmId(crm_id),
        body=b"{}",
    )


async def test_gaps_are_repaired_when_the_daemon_starts(
    outbox: MemoryOutbox, clock: ManualClock, until: Until
) -> None:
    outbox.gaps = 700
    feeder = GapFeeder(
        outbox=outbox,
        every_seconds=30,
        clock=clock,
        progress=ProgressBoard(clock, stall_seconds=60),
    )
    task = asyncio.create_task(feeder.run())
    await until(lambda: outbox.gaps == 0)
    feeder.stop()
    async with asyncio.timeout(STALL):
        await task


async def test_the_watchdog_is_fed_only_while_everybody_moves(
    clock: ManualClock, until: Until
) -> None:
    board = ProgressBoard(clock, stall_seconds=10)
    board.mark("outbound")
    notifier = MemoryNotifier()
    idle = asyncio.Event()

    async def wait() -> None:
        await idle.wait()

    supervisor = Supervisor(
        [Part(name="outbound", run=wait, stop=idle.set)],
        board=board,
        notifier=notifier,
        drain_seconds=1,
        watch_seconds=0.01,
        summary=dict,
    )
    task = asyncio.create_task(supervisor.run())
    await until(lambda: notifier.told.count("alive") > 1)
    clock.advance(11)
    await asyncio.sleep(0.03)
    fed = notifier.told.count("alive")
    await asyncio.sleep(0.05)
    assert notifier.told.count("alive") == fed
    assert board.stalled() == ["outbound"]
    supervisor.stop()
    supervisor.stop()
    async with asyncio.timeout(STALL):
        await task
    assert notifier.told[0] == "ready"
    assert notifier.told[-1] == "stopping"
    assert supervisor.drained


async def test_a_part_that_does_not_end_is_cancelled_after_the_drain_time(
    clock: ManualClock,
) -> None:
    async def stuck() -> None:
        await asyncio.Event().wait()

    supervisor = Supervisor(
        [Part(name="stuck", run=stuck, stop=lambda: None)],
        board=ProgressBoard(clock, stall_seconds=10),
        notifier=MemoryNotifier(),
        drain_seconds=0.02,
        watch_seconds=1,
        summary=dict,
    )
    supervisor.stop()
    async with asyncio.timeout(STALL):
        await supervisor.run()

    assert not supervisor.drained


class SlowCrm(MemoryCrm):
    """Knows how many readings were under way at once."""

    reading = most_reading = 0

    async def read(
        self, crm_id: CrmId, meter: CallMeter | None = None, *, known: Document | None = None
    ) -> LeadSnapshot | None:
        self.reading += 1
        self.most_reading = max(self.most_reading, self.reading)
        await asyncio.sleep(0.01)
        self.reading -= 1
        return await super().read(crm_id, meter, known=known)


class SlowInbox(MemoryInbox):
    """Knows how many leads were applied at once."""

    applying = most_applying = 0

    async def apply(
        self,
        webhook: Webhook,
        lead: LeadSnapshot,
        contacts: Sequence[ContactSnapshot] | None = None,
    ) -> ApplyResult:
        self.applying += 1
        self.most_applying = max(self.most_applying, self.applying)
        await asyncio.sleep(0.01)
        self.applying -= 1
        return await super().apply(webhook, lead, contacts)


async def test_many_webhooks_are_read_at_once_and_applied_by_a_few(
    clock: ManualClock, until: Until
) -> None:
    """Readings are combined, so many slots are good; connections to the database are few."""
    inbox, crm = SlowInbox(), SlowCrm()
    for number in range(1, 21):
        crm.leads[number] = {"name": "x"}
        await store(inbox, number)
    relay = InboundRelay(
        queue=MemoryWebhookQueue(inbox),
        inbox=inbox,
        crm=crm,
        retry=RETRY,
        slots=24,
        wait_seconds=5,
        lease_seconds=120,
        clock=clock,
        progress=ProgressBoard(clock, stall_seconds=60),
    )
    async with running(relay):
        await until(lambda: len(inbox.applied) == 20)

    assert crm.most_reading >= 20
    assert 2 <= inbox.most_applying <= 4

"""What is HubSpot's own: batches, partial success, limits of several kinds, one contact an address."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from benches import CrmId, HubSpotBench, hubspot_bench, make_change
from patience import STALL, until_async
from test_crm_adapters import DONE, Asked, contact, created, deliver

from bridge.crm.batching import Batcher, BatchItem, Judged
from bridge.crm.client import CrmClient
from bridge.crm.errors import HUBSPOT, classify
from bridge.crm.hubspot import HubSpotCrm
from bridge.crm.hubspot_batch import describe
from bridge.crm.hubspot_fields import CompanyMapper, amount
from bridge.crm.policy import CrmPolicy
from bridge.crm.quota import DayBudget, seconds_to_midnight
from bridge.domain.changes import CallMeter, ItemKind, ItemResult, Lane, Outcome, ReasonClass
from bridge.domain.mapping import FieldNames, LeadMapper
from bridge.testing import ManualClock

SAO_PAULO = ZoneInfo("America/Sao_Paulo")


async def create_many(
    bench: HubSpotBench, count: int, *, bad: int | None = None
) -> list[ItemResult]:
    changes = [
        make_change(n, document={"industry": "Nowhere"} if n == bad else {})
        for n in range(1, count + 1)
    ]
    return list(await asyncio.gather(*(bench.crm.create(c, CallMeter()) for c in changes)))


# --------------------------------------------------------------------------- batches


async def test_a_call_that_is_refused_for_one_is_halved_until_it_stands_alone(
    hubspot: HubSpotBench,
) -> None:
    hubspot.simulator.settings.batch_errors = "whole"
    results = await create_many(hubspot, 16, bad=11)

    assert [n for n, r in enumerate(results, start=1) if r.kind is not ItemKind.CREATED] == [11]
    assert (results[10].kind, results[10].reason) == (ItemKind.REJECTED, ReasonClass.VALIDATION)
    assert len(hubspot.crm_ids()) == 15
    # one for all, then two for each halving: not one for each record
    assert len(hubspot.requests()) == 9


@pytest.mark.parametrize("context", ["trace", "ids", "none"])
@pytest.mark.parametrize("body", ["full", "message"])
async def test_each_item_is_judged_by_its_own_error_however_little_is_said(
    hubspot: HubSpotBench, context: str, body: str
) -> None:
    hubspot.simulator.settings.update({"error_context": context, "error_body": body})
    results = await create_many(hubspot, 5, bad=3)

    kinds = [r.kind for r in results]
    assert kinds == [ItemKind.CREATED] * 2 + [ItemKind.REJECTED] + [ItemKind.CREATED] * 2
    assert results[2].reason is ReasonClass.VALIDATION


async def test_an_error_that_says_nothing_at_all_leaves_one_item_in_doubt(
    hubspot: HubSpotBench,
) -> None:
    hubspot.simulator.settings.update({"error_context": "none", "error_body": "empty"})
    results = await create_many(hubspot, 3, bad=2)

    assert [r.kind for r in results] == [ItemKind.CREATED, ItemKind.UNKNOWN, ItemKind.CREATED]


async def test_a_batch_fills_up_while_it_waits_for_the_quota(hubspot: HubSpotBench) -> None:
    async with hubspot_bench() as bench:
        policy = bench.policy
        policy.quota._limit, policy.quota._window = 1, 1.0
        first = asyncio.create_task(bench.crm.create(make_change(99), CallMeter()))
        await until_async(bench.requests, "the first call")
        late = []
        for number in range(1, 21):
            late.append(asyncio.create_task(bench.crm.create(make_change(number), CallMeter())))
            await asyncio.sleep(0)
        results = await asyncio.gather(first, *late)

    assert {r.kind for r in results} == {ItemKind.CREATED}
    assert len(bench.requests()) == 2


async def test_more_than_a_batch_holds_goes_in_several(hubspot: HubSpotBench) -> None:
    results = await create_many(hubspot, 101)

    assert {r.kind for r in results} == {ItemKind.CREATED}
    assert len(hubspot.requests()) == 2


async def test_two_writes_of_one_record_are_never_in_one_call(hubspot: HubSpotBench) -> None:
    results = await asyncio.gather(
        *(hubspot.crm.create(make_change(1), CallMeter()) for _ in range(2))
    )

    assert {r.kind for r in results} == {ItemKind.CREATED, ItemKind.UPDATED}
    assert (len(hubspot.crm_ids()), len(hubspot.requests())) == (1, 2)


async def test_lanes_do_not_wait_for_each_others_quota(hubspot: HubSpotBench) -> None:
    meters = [CallMeter(lane=Lane.LIVE), CallMeter(lane=Lane.BACKFILL)]
    await asyncio.gather(
        *(hubspot.crm.create(make_change(n), m) for n, m in enumerate(meters, start=1))
    )

    assert [meter.calls for meter in meters] == [1, 1]


async def test_a_write_that_is_cancelled_in_time_is_not_sent(hubspot: HubSpotBench) -> None:
    meters = [CallMeter() for _ in range(3)]
    writes = [
        asyncio.create_task(hubspot.crm.create(make_change(n), meter))
        for n, meter in enumerate(meters, start=1)
    ]
    await asyncio.sleep(0)
    writes[0].cancel()
    await asyncio.gather(*writes, return_exceptions=True)

    assert len(hubspot.crm_ids()) == 2
    assert (meters[0].calls, meters[0].write_pending) == (0, False)


async def test_when_all_are_cancelled_nothing_is_sent(hubspot: HubSpotBench) -> None:
    writes = [asyncio.create_task(hubspot.crm.create(make_change(n), CallMeter())) for n in (1, 2)]
    await asyncio.sleep(0)
    for write in writes:
        write.cancel()
    await asyncio.gather(*writes, return_exceptions=True)
    await asyncio.sleep(0.05)

    assert hubspot.requests() == []
    assert not hubspot.policy.quota._granted, "no share of the quota is taken either"


async def test_one_who_leaves_a_call_under_way_takes_nobody_along(hubspot: HubSpotBench) -> None:
    hubspot.break_writes(action="delay", when="before", seconds=0.3)
    meters = [CallMeter() for _ in range(3)]
    writes = [
        asyncio.create_task(hubspot.crm.create(make_change(n), meter))
        for n, meter in enumerate(meters, start=1)
    ]
    await until_async(lambda: meters[1].write_pending, "the call to be under way")
    writes[1].cancel()
    results = await asyncio.gather(*writes, return_exceptions=True)

    assert isinstance(results[1], asyncio.CancelledError)
    assert meters[1].write_pending
    assert [r.kind for r in results if isinstance(r, ItemResult)] == [ItemKind.CREATED] * 2
    assert not (meters[0].write_pending or meters[2].write_pending)


async def test_who_is_cut_off_in_the_moment_of_the_answer_is_in_doubt() -> None:
    class Answers(list[tuple[BatchItem, ItemResult]]):
        """Cancels the writer when its result is there, before it has heard of it."""

        def __iter__(self) -> Iterator[tuple[BatchItem, ItemResult]]:
            yield from super().__iter__()
            write.cancel()

    async def send(take: Callable[[], Sequence[BatchItem]], meter: CallMeter) -> Judged:
        done = ItemResult(kind=ItemKind.CREATED, crm_id=CrmId(7))
        return Judged(results=Answers((item, done) for item in take()))

    batcher = Batcher(send, spawn=asyncio.create_task, limit=10, linger_seconds=0)
    meter = CallMeter()
    write = asyncio.create_task(batcher.submit("1-1", {"id": "1-1"}, meter))
    with pytest.raises(asyncio.CancelledError):
        await write

    assert (meter.write_pending, meter.calls) == (True, 1)


async def test_a_stop_leaves_nobody_waiting() -> None:
    async with hubspot_bench() as bench:
        bench.break_writes(action="delay", when="after", seconds=2.0)
        meter = CallMeter()
        write = asyncio.create_task(bench.crm.create(make_change(1), meter))
        await until_async(lambda: meter.write_pending, "the call to be under way")
    result = await asyncio.wait_for(write, timeout=STALL)

    assert (result.kind, result.reason) == (ItemKind.UNKNOWN, ReasonClass.UNKNOWN_OUTCOME)


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_happens_what_is_told_of_a_write_is_true(
    hubspot: HubSpotBench, seed: int
) -> None:
    """Many writes at once, some bad, some cancelled, with faults: result against ledger."""
    rng = random.Random(seed)
    hubspot.simulator.settings.update(
        {
            "batch_errors": rng.choice(("partial", "whole")),
            "error_context": rng.choice(("trace", "ids", "none")),
            "error_body": rng.choice(("full", "message")),
        }
    )
    for _ in range(rng.randrange(4)):
        hubspot.break_writes(
            action=rng.choice(("drop", "garbage", "delay")),
            when=rng.choice(("before", "after")),
            seconds=0.05,
            skip=rng.randrange(3),
        )
    bad = set(rng.sample(range(1, 61), 6))
    meters = {number: CallMeter() for number in range(1, 61)}
    tasks: dict[int, asyncio.Task[ItemResult]] = {}
    for number, meter in meters.items():
        document = {"industry": "Nowhere"} if number in bad else {}
        change = make_change(number, document=document)
        tasks[number] = asyncio.create_task(hubspot.crm.create(change, meter))
        if rng.random() < 0.3:
            await asyncio.sleep(0.004)
    for number in rng.sample(range(1, 61), 8):
        tasks[number].cancel()
        await asyncio.sleep(0.002)
    async with asyncio.timeout(STALL):
        results = await asyncio.gather(*tasks.values(), return_exceptions=True)

    companies = {
        record.properties["erp_record_key"]: record.id
        for record in hubspot.simulator.state.live("companies")
    }
    assert hubspot.creations() == len(companies)
    for number, result in zip(tasks, results, strict=True):
        held = companies.get(f"1001-{number}")
        if isinstance(result, asyncio.CancelledError):
            # one that was cut off before it left is not there, and may say so
            assert meters[number].write_pending or held is None
            continue
        assert isinstance(result, ItemResult)
        match result.kind:
            case ItemKind.CREATED | ItemKind.UPDATED:
                assert held == result.crm_id
                assert number not in bad
            case ItemKind.REJECTED:
                assert (number in bad, held) == (True, None)
            case ItemKind.UNKNOWN:
                assert result.crm_id is None
            case _:
                assert held is None
        assert not meters[number].write_pending
    assert sum(meter.calls for meter in meters.values()) == len(hubspot.requests())


# --------------------------------------------------------------------------- records


async def test_an_update_never_brings_an_archived_company_back(hubspot: HubSpotBench) -> None:
    crm_id = await created(hubspot)
    hubspot.simulator.state.archive("companies", crm_id, actor="user")
    result = await hubspot.crm.update(
        make_change(crm_id=crm_id), crm_id, frozenset({"name"}), CallMeter()
    )

    assert (result.kind, result.reason) == (ItemKind.REJECTED, ReasonClass.NOT_FOUND)
    assert hubspot.crm_ids() == []


async def test_a_creation_in_doubt_is_found_although_the_index_lags(hubspot: HubSpotBench) -> None:
    hubspot.simulator.settings.search_lag_seconds = 60.0
    hubspot.break_writes(action="drop", when="after")
    await deliver(hubspot, make_change())
    [found] = await hubspot.crm.find(make_change().document, CallMeter())
    again = await deliver(hubspot, make_change(is_in_doubt=True))

    assert again.outcome is Outcome.DELIVERED
    assert [again.crm_id] == [found.crm_id] == hubspot.crm_ids()


async def test_a_tax_number_of_another_record_is_a_conflict(hubspot: HubSpotBench) -> None:
    await created(hubspot, 1)
    taxid = make_change(1).document["taxid"]
    settlement = await deliver(hubspot, make_change(2, document={"taxid": taxid}))

    assert (settlement.outcome, settlement.reason) == (Outcome.PARKED, ReasonClass.CONFLICT)
    assert len(hubspot.crm_ids()) == 1


# --------------------------------------------------------------------------- limits


@pytest.mark.parametrize(
    ("fault", "low", "high"),
    [
        ({"status": 423}, 1.0, 2.0),
        ({"status": 477, "retry_after": "3600"}, 3500.0, 3600.0),
        ({"status": 477}, 50.0, 60.0),
        ({"status": 429, "policy": "TEN_SECONDLY_ROLLING"}, 9.0, 10.0),
        ({"status": 429, "policy": "SECONDLY"}, 0.5, 1.0),
        ({"status": 429, "policy": "TEN_SECONDLY_ROLLING", "retry_after": "4"}, 3.0, 4.0),
    ],
)
async def test_each_refusal_holds_calls_back_for_its_own_time(
    hubspot: HubSpotBench, fault: dict[str, Any], low: float, high: float
) -> None:
    hubspot.break_writes(action="status", **fault)
    results = await create_many(hubspot, 3)

    assert {r.kind for r in results} == {ItemKind.PAUSED}
    assert low < hubspot.crm.pause_seconds() <= high
    assert len(hubspot.requests()) == 1


@pytest.fixture
async def in_brazil() -> AsyncIterator[tuple[HubSpotBench, ManualClock]]:
    clock = ManualClock(datetime(2026, 11, 24, 23, 30, tzinfo=UTC))  # 20:30 in São Paulo
    day = DayBudget(
        5, zone=SAO_PAULO, clock=clock, remaining_header="X-HubSpot-RateLimit-Daily-Remaining"
    )
    async with hubspot_bench(clock=clock, day=day) as bench:
        yield bench, clock


async def test_a_spent_day_pauses_until_the_day_turns_in_the_accounts_zone(
    in_brazil: tuple[HubSpotBench, ManualClock],
) -> None:
    bench, clock = in_brazil
    bench.break_writes(action="status", status=429, policy="DAILY", retry_after="10")
    result = await bench.crm.create(make_change(1), CallMeter())
    assert (result.kind, result.reason) == (ItemKind.PAUSED, ReasonClass.RATE_LIMITED)
    assert bench.crm.pause_seconds() == pytest.approx(3.5 * 3600, abs=1)

    clock.advance(3.5 * 3600 + 1)
    assert bench.crm.pause_seconds() == 0
    assert (await bench.crm.create(make_change(1), CallMeter())).kind is ItemKind.CREATED


async def test_our_own_count_of_the_day_stops_before_the_crm_must(
    in_brazil: tuple[HubSpotBench, ManualClock],
) -> None:
    bench, clock = in_brazil
    results = [await bench.crm.create(make_change(n), CallMeter()) for n in range(1, 8)]

    assert [r.kind for r in results] == [ItemKind.CREATED] * 5 + [ItemKind.PAUSED] * 2
    assert len(bench.requests()) == 5
    clock.advance(3.5 * 3600 + 1)
    assert (await bench.crm.create(make_change(6), CallMeter())).kind is ItemKind.CREATED


async def test_what_the_crm_says_is_left_of_the_day_counts_more(
    in_brazil: tuple[HubSpotBench, ManualClock],
) -> None:
    bench, _ = in_brazil
    bench.simulator.settings.daily_requests = 3
    bench.simulator.limits.today = 2  # somebody else's morning
    results = [await bench.crm.create(make_change(n), CallMeter()) for n in (1, 2)]

    assert [r.kind for r in results] == [ItemKind.CREATED, ItemKind.PAUSED]
    assert len(bench.requests()) == 1


def test_a_day_is_shared_by_the_daemons_that_are_alive() -> None:
    day = DayBudget(10, zone=SAO_PAULO, clock=ManualClock())
    day.share(3)

    assert [day.spend() for _ in range(4)] == [True, True, True, False]


def test_midnight_is_that_of_the_zone() -> None:
    before = datetime(2026, 11, 24, 23, 59, 30, tzinfo=SAO_PAULO)

    assert seconds_to_midnight(before) == 30
    assert seconds_to_midnight(before + timedelta(seconds=30)) == 86_400


async def test_searches_keep_within_their_own_limit(hubspot: HubSpotBench) -> None:
    changes = [make_change(n) for n in range(1, 8)]
    await asyncio.gather(*(hubspot.crm.find(c.document, CallMeter()) for c in changes))

    statuses = {entry.status for entry in hubspot.simulator.ledger.select(kind="request")}
    assert 429 not in statuses
    assert sum(path.endswith("/search") for path in hubspot.requests()) == 7


def test_the_table_covers_every_failure() -> None:
    for status in range(400, 600):
        assert classify(HUBSPOT, status, "", is_html=False) is not ReasonClass.UNREADABLE


# --------------------------------------------------------------------------- contacts


async def test_a_contact_of_the_same_address_is_taken_over_from_a_user(
    hubspot: HubSpotBench,
) -> None:
    crm_id = await created(hubspot)
    person = hubspot.simulator.state.create(
        "contacts", {"email": "ANA@example.com", "firstname": "Ana"}, actor="user"
    )
    added = await hubspot.crm.perform(make_change(), crm_id, contact(), CallMeter())

    assert (added.kind, added.crm_id) == (ItemKind.UPDATED, person.id)
    assert [c["name"] for c in hubspot.contacts(crm_id)] == ["Ana Lima"]


async def test_of_a_contact_that_is_taken_over_what_its_user_wrote_stays(
    hubspot: HubSpotBench,
) -> None:
    crm_id = await created(hubspot)
    person = hubspot.simulator.state.create(
        "contacts",
        {"email": "ana@example.com", "firstname": "Ana", "jobtitle": "Diretoria"},
        actor="user",
    )
    guard = Asked("job_title")
    added = await hubspot.crm.perform(make_change(), crm_id, contact(), CallMeter(), guard)

    assert (added.kind, added.crm_id) == (ItemKind.UPDATED, person.id)
    assert guard.shown == [(person.id, "Diretoria")]
    assert [c["job_title"] for c in hubspot.contacts(crm_id)] == ["Diretoria"]


async def test_a_contact_of_another_branch_is_not_taken_over(hubspot: HubSpotBench) -> None:
    first, second = await created(hubspot, 1), await created(hubspot, 2)
    await hubspot.crm.perform(make_change(1), first, contact(), CallMeter())
    refused = await hubspot.crm.perform(make_change(2), second, contact(), CallMeter())

    assert (refused.kind, refused.reason) == (ItemKind.REJECTED, ReasonClass.CONFLICT)
    assert hubspot.contacts(second) == []


async def test_a_contact_whose_link_failed_is_linked_the_next_time(hubspot: HubSpotBench) -> None:
    crm_id = await created(hubspot)
    hubspot.simulator.faults.add({"action": "drop", "path": "associations", "when": "before"})
    broken = await hubspot.crm.perform(make_change(), crm_id, contact(), CallMeter())
    healed = await hubspot.crm.perform(
        make_change(), crm_id, contact(is_in_doubt=True), CallMeter()
    )

    assert broken.kind is ItemKind.UNKNOWN
    assert healed.kind in DONE
    assert [c["id"] for c in hubspot.contacts(crm_id)] == [healed.crm_id]


@pytest.mark.parametrize(("text", "sent"), [("10.00", "10.00"), (None, ""), ("1E+3", "1000")])
def test_amounts_as_they_are_sent(text: str | None, sent: str) -> None:
    assert amount(text) == sent


@pytest.mark.parametrize("text", ["ten", "NaN", "Infinity", ""])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        amount(text)


# --------------------------------------------------------------------------- strange answers


async def answered(*answers: Any) -> tuple[list[ItemResult], int]:
    """Two creations, and the answers to the calls that they make."""
    script = list(answers)
    calls = 0

    async def handle(request: web.Request) -> web.StreamResponse:
        nonlocal calls
        calls += 1
        return web.json_response(script.pop(0), status=207)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handle)
    async with (
        TestServer(app) as server,
        CrmClient(base_url=str(server.make_url("/")), headers={}, timeout_seconds=2) as client,
    ):
        policy = CrmPolicy(
            client,
            rules=HUBSPOT,
            quota_calls=100,
            quota_seconds=1,
            breaker_failures=50,
            breaker_seconds=1,
            describe=describe,
        )
        crm = HubSpotCrm(policy, mapper=CompanyMapper(LeadMapper(FieldNames()).canonical))
        results = await asyncio.gather(*(crm.create(make_change(n), CallMeter()) for n in (1, 2)))
    return list(results), calls


ROW = {"id": "77", "new": True, "properties": {"erp_record_key": "1001-1"}}


async def test_an_item_that_the_answer_forgets_is_in_doubt() -> None:
    results, calls = await answered({"results": [ROW]})

    assert [r.kind for r in results] == [ItemKind.CREATED, ItemKind.UNKNOWN]
    assert (results[0].crm_id, calls) == (CrmId(77), 1)


async def test_a_result_of_another_object_is_nobodys() -> None:
    stranger = {"id": "99", "new": True, "properties": {"erp_record_key": "5-5"}}
    results, _ = await answered({"results": [ROW, stranger, 5, {}]})

    assert [r.kind for r in results] == [ItemKind.CREATED, ItemKind.UNKNOWN]


async def test_an_error_that_names_nobody_is_asked_for_again_alone() -> None:
    error = {"category": "VALIDATION_ERROR", "message": "no"}
    results, calls = await answered(
        {"results": [ROW], "errors": [error, 5]}, {"results": [], "errors": [error]}
    )

    assert [r.kind for r in results] == [ItemKind.CREATED, ItemKind.REJECTED]
    assert calls == 2


async def test_an_error_of_the_server_within_an_answer_is_a_doubt_of_its_item() -> None:
    error = {
        "category": "INTERNAL_ERROR",
        "message": "oops",
        "context": {"objectWriteTraceId": ["erp:1001-2:1"]},
    }
    results, _ = await answered({"results": [ROW], "errors": [error]})

    assert [r.kind for r in results] == [ItemKind.CREATED, ItemKind.UNKNOWN]


@pytest.mark.parametrize("number", ["", None, "x", "²"])
async def test_a_created_object_without_a_readable_id_is_in_doubt(number: Any) -> None:
    row = {**ROW, "id": number}
    results, _ = await answered({"results": [row]})

    assert results[0].kind is ItemKind.UNKNOWN

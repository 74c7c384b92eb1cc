"""The quota that processes share: never more than any window allows, whoever is killed, and hardly fewer."""

from __future__ import annotations

import asyncio
import bisect
import random
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from patience import STALL, until_async

from bridge.crm.client import Call, CrmClient
from bridge.crm.errors import SPOTTER
from bridge.crm.permits import Permits
from bridge.crm.policy import CrmPolicy
from bridge.crm.quota import LaneQuota
from bridge.domain.changes import CallMeter, Lane
from bridge.errors import CrmPaused, CrmRefused, DatabaseUnavailable
from bridge.testing import ManualClock, MemoryCallBook, MemoryCalls

CALLS, SECONDS = 30, 20.0
WINDOWS = 50
STEP = 0.01
ANSWER = 0.05
AWAY = DatabaseUnavailable(code="DPY-4011", statement="take_calls")


class Process:
    """A daemon that always has calls to make, until it is killed."""

    def __init__(self, fleet: Fleet, *, slots: int = CALLS) -> None:
        self.fleet = fleet
        self.book = MemoryCallBook(fleet.calls)
        self.tasks: set[asyncio.Task[None]] = set()
        self.quota = LaneQuota(CALLS, SECONDS, clock=fleet.clock)
        self.permits = Permits(
            self.book,
            quota="CALLS",
            calls=CALLS,
            seconds=SECONDS,
            clock=fleet.clock,
            spawn=self._spawn,
            heard=lambda stops: None,
        )
        self.quota.ask(self.permits)
        self.made = 0
        for _ in range(slots):
            self._spawn(self._ask())

    def _spawn(self, work: object) -> asyncio.Task[None]:
        task = asyncio.create_task(work)  # type: ignore[arg-type]
        self.tasks.add(task)
        return task

    async def _ask(self) -> None:
        while True:
            await self.one()

    async def one(self, seconds: float = ANSWER) -> None:
        number = await self.quota.acquire(Lane.LIVE)
        # it arrives half-way, whatever becomes of the process
        self.fleet.arrivals.append(self.fleet.clock.monotonic() + seconds / 2)
        self.made += 1
        await self.fleet.clock.sleep(seconds)
        self.quota.ended(number)

    async def kill(self) -> None:
        pump = self.quota._pump
        for task in [*self.tasks, *([pump] if pump else [])]:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


class Fleet:
    """Processes of one account on a clock moved by hand, and what the CRM counts of them."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.calls = MemoryCalls(clock)
        self.arrivals: list[float] = []

    async def run(self, seconds: float) -> None:
        until = self.clock.elapsed + seconds
        while self.clock.elapsed < until:
            for _ in range(6):
                await asyncio.sleep(0)
            self.clock.advance(STEP)

    def most_in_a_window(self) -> int:
        arrived = sorted(self.arrivals)
        return max(
            bisect.bisect_left(arrived, start + SECONDS) - number
            for number, start in enumerate(arrived)
        )


@pytest.fixture
def fleet(clock: ManualClock) -> Fleet:
    return Fleet(clock)


async def test_two_processes_at_saturation_use_nearly_all_and_never_more(fleet: Fleet) -> None:
    both = [Process(fleet), Process(fleet)]
    await fleet.run(WINDOWS * SECONDS)
    for process in both:
        await process.kill()

    assert fleet.most_in_a_window() == CALLS
    assert len(fleet.arrivals) >= 0.98 * WINDOWS * CALLS
    assert min(process.made for process in both) >= 0.25 * WINDOWS * CALLS, "each has its part"
    # though the quota is small, fewer questions than calls
    assert sum(process.book.asked for process in both) <= 0.8 * len(fleet.arrivals)


async def test_one_process_at_saturation_uses_nearly_all(fleet: Fleet) -> None:
    process = Process(fleet)
    await fleet.run(WINDOWS * SECONDS)
    await process.kill()

    assert fleet.most_in_a_window() == CALLS
    assert len(fleet.arrivals) >= 0.98 * WINDOWS * CALLS


async def test_no_window_holds_too_many_calls_over_fifty_kills(fleet: Fleet) -> None:
    chance = random.Random(8)
    process = Process(fleet)
    for _ in range(50):
        await fleet.run(chance.uniform(0.1, 12.0))
        await process.kill()
        process = Process(fleet)
    await fleet.run(SECONDS)
    await process.kill()

    assert fleet.most_in_a_window() == CALLS


async def test_a_killed_process_takes_no_more_with_it_than_it_held(fleet: Fleet) -> None:
    first = Process(fleet, slots=0)
    await asyncio.wait_for(asyncio.gather(_run_while(fleet, first.one())), STALL)
    await first.kill()
    second = Process(fleet)
    await fleet.run(SECONDS / 2)
    await second.kill()

    # one was made; of those that were held ahead nobody knows
    assert CALLS - 4 <= len(fleet.arrivals) <= CALLS


async def test_what_an_idle_process_holds_goes_to_the_others(fleet: Fleet) -> None:
    idle = Process(fleet, slots=0)
    await _run_while(fleet, idle.one())
    await fleet.run(10)
    busy = Process(fleet)
    await fleet.run(2)
    await busy.kill()
    await idle.kill()

    assert len(fleet.arrivals) == CALLS


async def test_a_call_that_is_under_way_for_long_goes_on_counting(fleet: Fleet) -> None:
    slow, busy = Process(fleet, slots=0), Process(fleet)
    await busy.kill()
    fleet.arrivals.clear()
    call = asyncio.create_task(slow.one(3 * SECONDS))  # arrives after a window and a half
    await fleet.run(0.1)
    busy = Process(fleet)
    await fleet.run(3 * SECONDS)
    await call
    await fleet.run(SECONDS)
    await busy.kill()
    await slow.kill()

    assert fleet.most_in_a_window() <= CALLS


async def test_without_the_database_no_call_is_made_beyond_what_is_held(fleet: Fleet) -> None:
    process = Process(fleet, slots=0)
    await _run_while(fleet, process.one())
    process.book.failing = AWAY
    more = [process._spawn(process.one()) for _ in range(CALLS)]
    await fleet.run(SECONDS)
    made = len(fleet.arrivals)
    process.book.failing = None
    await fleet.run(2 * SECONDS)
    await process.kill()

    assert made <= 4
    assert all(task.done() for task in more)
    assert fleet.most_in_a_window() <= CALLS


async def test_what_is_held_while_the_database_is_away_ends_with_its_time(fleet: Fleet) -> None:
    process = Process(fleet, slots=0)
    await _run_while(fleet, process.one())
    process.book.failing = AWAY
    await fleet.run(6)
    ready = process.permits.ready()
    late = process._spawn(process.one())
    await fleet.run(1)
    made = len(fleet.arrivals)
    await process.kill()

    assert late.cancelled()
    assert (ready, made) == (False, 1)


async def test_a_call_that_was_not_made_is_given_back(fleet: Fleet) -> None:
    process = Process(fleet, slots=0)

    async def not_made() -> None:
        process.quota.unused(await process.quota.acquire(Lane.LIVE))

    for _ in range(3 * CALLS):
        await _run_while(fleet, not_made())
    busy = Process(fleet)
    await fleet.run(0.75 * SECONDS)
    await busy.kill()
    await process.kill()

    assert len(fleet.arrivals) == CALLS


async def _run_while(fleet: Fleet, work: object) -> None:
    task = asyncio.create_task(work)  # type: ignore[arg-type]
    while not task.done():
        await fleet.run(STEP)
    await task


# --------------------------------------------------------------------- stops


class Account:
    """A CRM that answers as it is told, and processes that call it with one book."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.status = 200
        self.calls = 0
        self.clock = ManualClock()
        self.shared = MemoryCalls(self.clock)
        self._clients: list[CrmClient] = []

    async def process(self, book: MemoryCallBook | None = None) -> CrmPolicy:
        """A process that has just been started."""
        client = await CrmClient(base_url=self.url, headers={}, timeout_seconds=5).__aenter__()
        self._clients.append(client)
        policy = CrmPolicy(
            client,
            rules=SPOTTER,
            quota_calls=CALLS,
            quota_seconds=SECONDS,
            breaker_failures=50,
            breaker_seconds=1.0,
            clock=self.clock,
            waits_for_book=True,
        )
        await policy.use_book(book or MemoryCallBook(self.shared))
        return policy

    async def close(self) -> None:
        for client in self._clients:
            await client.__aexit__(None, None, None)


@pytest.fixture
async def account() -> AsyncIterator[Account]:
    made: list[Account] = []

    async def answer(request: web.Request) -> web.Response:
        made[0].calls += 1
        headers = {"Retry-After": "40"} if made[0].status == 429 else {}
        return web.json_response({"value": []}, status=made[0].status, headers=headers)

    app = web.Application()
    app.router.add_get("/{tail:.*}", answer)
    async with TestServer(app) as server:
        made.append(Account(str(server.make_url("/v3"))))
        yield made[0]
        await made[0].close()


async def call(policy: CrmPolicy) -> None:
    await policy.send(Call(method="GET", path="/Leads"), CallMeter())


async def test_a_pause_outlives_the_process_that_was_asked_for_it(account: Account) -> None:
    first = await account.process()
    account.status = 429
    with pytest.raises(CrmRefused):
        await call(first)
    account.status = 200

    restarted = await account.process()
    assert 30 < restarted.pause_seconds() <= 40
    with pytest.raises(CrmPaused):
        await call(restarted)
    assert account.calls == 1

    account.clock.advance(41)
    await call(restarted)
    assert account.calls == 2


async def test_a_pause_stops_a_process_that_runs_beside(account: Account) -> None:
    first, second = await account.process(), await account.process()
    account.status = 429
    with pytest.raises(CrmRefused):
        await call(first)

    await second.refresh()
    with pytest.raises(CrmPaused):
        await call(second)
    assert account.calls == 1


async def test_a_pause_that_could_not_be_written_is_told_with_the_next_heartbeat(
    account: Account,
) -> None:
    book = MemoryCallBook(account.shared)
    first = await account.process(book)
    await call(first)
    account.status = 429
    book.failing = AWAY
    with pytest.raises(CrmRefused):
        await call(first)
    assert account.shared.stops().pause_seconds == 0

    book.failing = None
    await first.refresh()
    assert account.shared.stops().pause_seconds > 30


async def test_a_refused_token_outlives_the_process_and_is_asked_for_by_one(
    account: Account,
) -> None:
    first = await account.process()
    account.status = 401
    with pytest.raises(CrmRefused):
        await call(first)

    second = await account.process()
    for policy in (first, second):
        with pytest.raises(CrmPaused):
            await call(policy)
    assert account.calls == 1

    account.status = 200
    account.clock.advance(31)
    await until_async(lambda: account.calls == 2)  # one of the two has probed
    await until_async(lambda: account.shared.refused is None)
    account.clock.advance(11)
    await until_async(lambda: not first.pause_seconds() and not second.pause_seconds())
    assert account.calls == 2


async def test_who_is_started_with_another_token_need_not_wait(account: Account) -> None:
    first = await account.process()
    account.status = 401
    with pytest.raises(CrmRefused):
        await call(first)

    second = await account.process()
    with pytest.raises(CrmRefused):
        await second.look(Lane.LIVE)
    account.status = 200
    await second.look(Lane.LIVE)
    await call(second)
    assert account.shared.refused is None


async def test_no_call_is_made_before_the_book_is_known(account: Account) -> None:
    async with CrmClient(base_url=account.url, headers={}, timeout_seconds=5) as client:
        policy = CrmPolicy(
            client,
            rules=SPOTTER,
            quota_calls=CALLS,
            quota_seconds=SECONDS,
            breaker_failures=50,
            breaker_seconds=1.0,
            waits_for_book=True,
        )
        with pytest.raises(CrmPaused):
            await call(policy)
        await policy.use_book(None)
        await call(policy)
        policy.share(2)
    assert policy.quota.limit == CALLS // 2
    assert account.calls == 1


async def test_the_quota_is_divided_only_beside_a_process_that_does_not_know_the_book(
    account: Account,
) -> None:
    policy = await account.process()
    policy.share(2)
    alone = policy.quota.limit
    account.shared.sharing = 2
    await policy.refresh()
    policy.share(2)

    assert (alone, policy.quota.limit) == (CALLS, CALLS // 2)

"""The quota: never more calls than any window allows, hardly fewer, and each lane its share."""

from __future__ import annotations

import asyncio
import bisect
import random

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from patience import STALL

from bridge.crm.client import Call, CrmClient
from bridge.crm.errors import SPOTTER
from bridge.crm.policy import CrmPolicy
from bridge.crm.quota import WEIGHTS, LaneQuota
from bridge.domain.changes import CallMeter, Lane, ReasonClass
from bridge.errors import CrmPaused
from bridge.testing import ManualClock

CALLS, SECONDS = 30, 20.0


class Saturation:
    """Lanes that always have calls waiting, on a clock moved by hand."""

    def __init__(self, quota: LaneQuota, clock: ManualClock) -> None:
        self.quota = quota
        self.clock = clock
        self.made: list[tuple[float, Lane]] = []

    async def _ask(self, lane: Lane) -> None:
        while True:
            await self.quota.acquire(lane)
            self.made.append((self.clock.elapsed, lane))

    async def run(self, lanes: list[Lane], *, seconds: float, step: float = 0.25) -> None:
        # As many askers a lane as the window holds: a burst finds all of them waiting.
        tasks = [asyncio.create_task(self._ask(lane)) for lane in lanes for _ in range(CALLS)]
        until = self.clock.elapsed + seconds
        while self.clock.elapsed < until:
            for _ in range(4):
                await asyncio.sleep(0)
            self.clock.advance(step)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def count(self, lane: Lane) -> int:
        return sum(asked is lane for _, asked in self.made)


@pytest.fixture
def load(clock: ManualClock) -> Saturation:
    return Saturation(LaneQuota(CALLS, SECONDS, clock=clock), clock)


def most_in_a_window(times: list[float]) -> int:
    return max(sum(start <= at < start + SECONDS for at in times) for start in times)


async def test_no_window_holds_more_calls_than_allowed(load: Saturation) -> None:
    await load.run(list(Lane), seconds=200)

    assert most_in_a_window([at for at, _ in load.made]) == CALLS


async def test_at_saturation_nearly_the_whole_quota_is_used(load: Saturation) -> None:
    await load.run([Lane.LIVE, Lane.BACKFILL], seconds=1000)

    assert len(load.made) >= 0.98 * CALLS * 1000 / SECONDS


async def test_each_lane_gets_its_weight_while_all_wait(load: Saturation) -> None:
    await load.run(list(Lane), seconds=1000)

    for lane, weight in WEIGHTS.items():
        assert load.count(lane) / len(load.made) == pytest.approx(weight / 100, abs=0.02)


async def test_what_a_lane_does_not_use_goes_to_the_others(load: Saturation) -> None:
    await load.run([Lane.BACKFILL], seconds=400)

    assert load.count(Lane.BACKFILL) >= 0.98 * CALLS * 400 / SECONDS


async def test_a_lane_that_was_idle_does_not_make_up_for_it(load: Saturation) -> None:
    await load.run([Lane.BACKFILL], seconds=400)
    load.made.clear()
    await load.run([Lane.LIVE, Lane.BACKFILL], seconds=400)

    assert load.count(Lane.BACKFILL) > 0.1 * len(load.made)


async def test_two_daemons_take_one_half_each(load: Saturation) -> None:
    load.quota.share(2)
    await load.run([Lane.LIVE], seconds=200)

    assert most_in_a_window([at for at, _ in load.made]) == CALLS // 2


class Crm:
    """Counts calls when they arrive, as the CRM does; each takes a random way there and back."""

    def __init__(self, clock: ManualClock, *, slowest: float) -> None:
        self._clock = clock
        self._random = random.Random(3)
        self._slowest = slowest
        self.arrived: list[float] = []
        self.calls: list[tuple[float, float, int]] = []  # arrival, answer, number

    def send(self, number: int) -> None:
        there = self._random.uniform(0, self._slowest)
        back = self._random.uniform(0, self._slowest)
        now = self._clock.elapsed
        self.calls.append((now + there, now + there + back, number))
        self.arrived.append(now + there)

    def answer(self, quota: LaneQuota) -> None:
        for call in [one for one in self.calls if one[1] <= self._clock.elapsed]:
            self.calls.remove(call)
            quota.ended(call[2])


@pytest.mark.parametrize("slowest", [0.01, 0.4, 5.0])
async def test_however_long_calls_are_under_way_no_window_of_the_crm_holds_too_many(
    clock: ManualClock, slowest: float
) -> None:
    quota = LaneQuota(CALLS, SECONDS, clock=clock)
    crm = Crm(clock, slowest=slowest)

    async def ask() -> None:
        while True:
            crm.send(await quota.acquire(Lane.LIVE))

    tasks = [asyncio.create_task(ask()) for _ in range(CALLS)]
    while clock.elapsed < 300:
        for _ in range(4):
            await asyncio.sleep(0)
        clock.advance(0.01)
        crm.answer(quota)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    arrived = sorted(crm.arrived)
    assert max(
        bisect.bisect_left(arrived, start + SECONDS) - number
        for number, start in enumerate(arrived)
    ) == (CALLS)
    # a way there and back takes its part of each window
    assert len(arrived) >= 0.98 * CALLS * 300 / (SECONDS + 1.5 * slowest)


async def test_the_policy_tells_the_quota_when_a_call_has_ended() -> None:
    arrived: list[float] = []

    async def answer_late(request: web.Request) -> web.Response:
        arrived.append(asyncio.get_running_loop().time())
        await asyncio.sleep(0.3)
        return web.json_response({"value": []})

    app = web.Application()
    app.router.add_get("/{tail:.*}", answer_late)
    async with (
        TestServer(app) as server,
        CrmClient(base_url=str(server.make_url("/v3")), headers={}, timeout_seconds=5) as client,
    ):
        policy = CrmPolicy(
            client,
            rules=SPOTTER,
            quota_calls=1,
            quota_seconds=0.5,
            breaker_failures=5,
            breaker_seconds=1.0,
        )
        for _ in range(2):
            await policy.send(Call(method="GET", path="/Leads"), CallMeter())

    # the first may have arrived as late as its answer was early
    assert arrived[1] - arrived[0] >= 0.8


async def test_a_pause_that_began_while_a_call_waited_costs_no_call_of_the_quota(
    clock: ManualClock,
) -> None:
    async with CrmClient(base_url="http://127.0.0.1:1", headers={}, timeout_seconds=5) as client:
        policy = CrmPolicy(
            client,
            rules=SPOTTER,
            quota_calls=1,
            quota_seconds=SECONDS,
            breaker_failures=5,
            breaker_seconds=1.0,
            clock=clock,
        )
        first = await policy.quota.acquire(Lane.LIVE)
        waiting = asyncio.create_task(policy.send(Call(method="GET", path="/Leads"), CallMeter()))
        for _ in range(10):
            await asyncio.sleep(0)
        policy._pause(60, ReasonClass.RATE_LIMITED)
        policy.quota.unused(first)
        clock.advance(SECONDS + 1)
        with pytest.raises(CrmPaused):
            await waiting
        async with asyncio.timeout(STALL):
            await policy.quota.acquire(Lane.LIVE)


async def test_a_call_that_was_not_made_does_not_count(clock: ManualClock) -> None:
    quota = LaneQuota(1, SECONDS, clock=clock)
    quota.unused(await quota.acquire(Lane.LIVE))
    async with asyncio.timeout(STALL):
        await quota.acquire(Lane.LIVE)


async def test_a_call_that_is_given_up_leaves_its_place_to_the_next(clock: ManualClock) -> None:
    quota = LaneQuota(1, SECONDS, clock=clock)
    await quota.acquire(Lane.LIVE)
    given_up = asyncio.create_task(quota.acquire(Lane.LIVE))
    waiting = asyncio.create_task(quota.acquire(Lane.BACKFILL))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    assert quota.waiting(Lane.LIVE) == 0

    clock.advance(SECONDS + 1)
    async with asyncio.timeout(STALL):
        await waiting

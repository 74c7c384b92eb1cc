"""The quota that all daemons share: no window holds more, whatever crashes when."""

from __future__ import annotations

import asyncio
import bisect

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.crm.client import Call, CrmClient
from bridge.crm.errors import SPOTTER
from bridge.crm.held import HeldCalls
from bridge.crm.policy import CrmPolicy
from bridge.crm.quota import LaneQuota
from bridge.domain.changes import CallMeter, Lane
from bridge.errors import CrmPaused, CrmRefused, DatabaseUnavailable
from bridge.testing import ManualClock, MemoryCallBook

CALLS, SECONDS = 30, 20.0
LATENCY = 0.05


class Daemon:
    """Makes as many calls as it may, until it is killed."""

    def __init__(self, book: MemoryCallBook, clock: ManualClock, arrived: list[float]) -> None:
        self.clock = clock
        self.arrived = arrived
        self.quota = LaneQuota(CALLS, SECONDS, clock=clock)
        self.quota.hold(
            HeldCalls(
                book,
                calls=CALLS,
                seconds=self.quota.window,
                clock=clock,
                heard=lambda answer: None,
            )
        )
        self.open: list[tuple[float, int]] = []
        self.tasks = [asyncio.create_task(self._ask()) for _ in range(CALLS)]

    async def _ask(self) -> None:
        while True:
            number = await self.quota.acquire(Lane.LIVE)
            self.arrived.append(self.clock.elapsed + LATENCY)
            self.open.append((self.clock.elapsed + 2 * LATENCY, number))

    def answer(self) -> None:
        due = [one for one in self.open if one[0] <= self.clock.elapsed]
        for one in due:
            self.open.remove(one)
            self.quota.ended(one[1])

    async def kill(self) -> None:
        pump = self.quota._pump
        for task in (*self.tasks, *([pump] if pump else [])):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


def most_in_a_window(times: list[float]) -> int:
    times = sorted(times)
    return max(
        bisect.bisect_left(times, start + SECONDS) - number for number, start in enumerate(times)
    )


async def spend(kills: list[tuple[float, int]], *, seconds: float) -> tuple[list[float], int]:
    """Two daemons at saturation; each kill is a moment and who dies, to come again at once."""
    clock = ManualClock()
    book = MemoryCallBook(clock)
    arrived: list[float] = []
    daemons = [Daemon(book.for_worker(name), clock, arrived) for name in ("a", "b")]
    kills = sorted(kills)
    while clock.elapsed < seconds:
        for _ in range(4):
            await asyncio.sleep(0)
        clock.advance(0.02)
        for daemon in daemons:
            daemon.answer()
        while kills and kills[0][0] <= clock.elapsed:
            who = kills.pop(0)[1]
            await daemons[who].kill()
            daemons[who] = Daemon(book.for_worker("ab"[who]), clock, arrived)
    for daemon in daemons:
        await daemon.kill()
    return arrived, book.state["asked"]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 90), st.integers(0, 1)), max_size=12),
)
def test_whatever_crashes_when_no_window_of_the_crm_holds_more(
    kills: list[tuple[float, int]],
) -> None:
    arrived, _ = asyncio.run(spend(kills, seconds=90))

    assert most_in_a_window(arrived) <= CALLS


async def test_at_saturation_nearly_all_is_used_and_the_database_is_asked_rarely() -> None:
    arrived, asked = await spend([], seconds=600)

    assert most_in_a_window(arrived) == CALLS
    # a way there and back takes its part of each window
    assert len(arrived) >= 0.98 * CALLS * 600 / (SECONDS + 2 * LATENCY)
    assert asked <= 0.5 * len(arrived)


async def test_without_the_database_only_what_is_held_is_used(clock: ManualClock) -> None:
    book = MemoryCallBook(clock)
    quota = LaneQuota(CALLS, SECONDS, clock=clock)
    quota.hold(
        HeldCalls(book, calls=CALLS, seconds=SECONDS, clock=clock, heard=lambda answer: None)
    )
    await quota.acquire(Lane.LIVE)
    book.failing = DatabaseUnavailable(code="DPY-4011", statement="take_calls")
    made = 1
    with pytest.raises(CrmPaused):
        while made < CALLS:
            await quota.acquire(Lane.LIVE)
            made += 1

    assert 1 < made <= CALLS // 5


def policy_of(client: CrmClient, book: MemoryCallBook, clock: ManualClock) -> CrmPolicy:
    return CrmPolicy(
        client,
        rules=SPOTTER,
        quota_calls=CALLS,
        quota_seconds=SECONDS,
        breaker_failures=5,
        breaker_seconds=1.0,
        clock=clock,
        book=book,
    )


LEADS = Call(method="GET", path="/Leads")


@pytest.mark.parametrize(
    ("status", "headers"), [(429, {"Retry-After": "50"}), (401, {})], ids=["pause", "refusal"]
)
async def test_what_the_crm_told_one_daemon_holds_for_all_and_over_a_restart(
    clock: ManualClock, status: int, headers: dict[str, str]
) -> None:
    answers: list[tuple[int, dict[str, str]]] = [(status, headers)]
    asked = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        code, extra = answers.pop() if answers else (200, {})
        return web.json_response({"value": []}, status=code, headers=extra)

    app = web.Application()
    app.router.add_get("/{tail:.*}", answer)
    book = MemoryCallBook(clock)
    async with TestServer(app) as server:
        url = str(server.make_url("/v3"))
        async with CrmClient(base_url=url, headers={}, timeout_seconds=5) as client:
            with pytest.raises(CrmRefused):
                await policy_of(client, book.for_worker("a"), clock).send(LEADS, CallMeter())
        # the other daemon, or the same after it was killed
        async with CrmClient(base_url=url, headers={}, timeout_seconds=5) as client:
            other = policy_of(client, book.for_worker("b"), clock)
            await other.refresh()
            held_back = other.pause_seconds()
            if status == 429:
                with pytest.raises(CrmPaused):
                    await other.send(LEADS, CallMeter())
                assert asked == 1
                assert 49 < held_back <= 50
                return
            assert held_back > 0
            # the probe, and only that, ends it for all
            for _ in range(200):
                if book.state["refused"] is None:
                    break
                await asyncio.sleep(0.01)
            assert asked == 2
            assert other.pause_seconds() == 0
            await other.send(LEADS, CallMeter())

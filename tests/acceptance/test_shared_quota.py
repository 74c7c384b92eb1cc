"""The CRM's quota is kept by daemons that are killed again and again, as the CRM itself counts.

``ERPCRM_TEST_KILLS=50`` is the long form; its figures are in docs/faults.md.
"""

from __future__ import annotations

import bisect
import os
import signal
from collections.abc import Iterator

import pytest
from deployed_world import Branch, Deployed, Watch

CALLS, SECONDS = 20, 2.0
KILLS = int(os.environ.get("ERPCRM_TEST_KILLS", "10"))
WINDOWS = 5
WIDE = 6.0


def limited(calls: int, seconds: float) -> dict[str, str]:
    return {
        "ERPCRM_CRM__QUOTA_CALLS": str(calls),
        "ERPCRM_CRM__QUOTA_SECONDS": str(seconds),
        "ERPCRM_RELAY__LEASE_SECONDS": "10",
        "ERPCRM_CRM__TIMEOUT_SECONDS": "4",
    }


@pytest.fixture
def alone(world: Deployed) -> Iterator[Deployed]:
    """The world, with the daemon of other tests at the end."""
    yield world
    world.crm_settings(quota_requests=0)
    world.halt()


def edit(world: Deployed, branches: list[Branch], text: str) -> None:
    keys = ",".join(f"({b.client},{b.code})" for b in branches)
    world.erp(
        f"update branches set address_complement = '{text}' where (client_code, code) in ({keys})"
    )


def arrivals(watch: Watch) -> list[float]:
    return sorted(call["monotonic"] for call in watch.calls() if call["status"] != 429)


def refused(watch: Watch) -> int:
    return sum(call["status"] == 429 for call in watch.calls())


def most_in_a_window(times: list[float], seconds: float) -> int:
    return max(bisect.bisect_left(times, at + seconds) - number for number, at in enumerate(times))


def test_no_call_beyond_the_quota_over_kills_and_takeovers(alone: Deployed, watch: Watch) -> None:
    world, quota = alone, limited(CALLS, SECONDS)
    branches = world.take(60)
    names = ("demo:bridge", "demo:again")
    world.daemon(**quota)
    other = world.second_daemon("demo:second", **quota)
    world.bridges.remove(other)  # it lives all the time; the one that is killed is world.bridge
    world.crm_settings(quota_requests=CALLS, quota_seconds=SECONDS)
    try:
        for kill in range(KILLS):
            edit(world, branches, f"Casa {kill}")
            seen = len(watch.calls())
            # within a window that is being filled, now sooner, now later
            wanted = seen + CALLS // 2 + 3 * (kill % 4)
            world.wait_for(lambda: len(watch.calls()) >= wanted, "calls")  # noqa: B023
            os.kill(world.bridge.pid, signal.SIGKILL)
            world.wait_for_death(world.bridge)
            world.halt()
            # restarted under its name, or another one takes over
            world.daemon(worker=names[kill // 2 % 2], **quota)
        watch.settle(*branches)
    finally:
        other.stop()

    made = arrivals(watch)
    assert refused(watch) == 0
    assert most_in_a_window(made, SECONDS) <= CALLS
    assert len(made) >= KILLS * CALLS // 2
    print(f"{KILLS} kills, {len(made)} calls, {refused(watch)} beyond the quota")


def test_two_daemons_share_it_and_never_exceed_it(alone: Deployed, watch: Watch) -> None:
    """The figure is printed; 98 % is held on a clock that no load slows down, in ``bridge/test_shared_quota.py``."""
    world, quota = alone, limited(CALLS, WIDE)
    branches = world.take((WINDOWS + 2) * CALLS)
    world.daemon(**quota)
    other = world.second_daemon("demo:second", **quota)
    world.crm_settings(quota_requests=CALLS, quota_seconds=WIDE)
    edit(world, branches, "Fundos")
    watch.settle(*branches)
    other.stop()
    world.bridges.remove(other)

    made = arrivals(watch)
    used = bisect.bisect_left(made, made[0] + WINDOWS * WIDE)
    assert refused(watch) == 0
    assert most_in_a_window(made, WIDE) <= CALLS
    assert len(watch.workers()) == 2, "each had its part"
    print(f"{used} of {WINDOWS * CALLS} calls in {WINDOWS} windows")

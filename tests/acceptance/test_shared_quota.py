"""The CRM's quota is kept by daemons that are killed again and again, as the CRM itself counts."""

from __future__ import annotations

import os
import signal
from collections import Counter

from deployed_world import Deployed, Watch

CHANGES = 60
CALLS, SECONDS = 10, 2.0
KILLS = 4


def test_no_call_beyond_the_quota_over_kills_of_two_daemons(world: Deployed, watch: Watch) -> None:
    branches = world.take(CHANGES, in_crm=True)
    quota = {
        "ERPCRM_CRM__QUOTA_CALLS": str(CALLS),
        "ERPCRM_CRM__QUOTA_SECONDS": str(SECONDS),
        "ERPCRM_RELAY__LEASE_SECONDS": "3",
    }
    world.daemon(**quota)
    other = world.second_daemon("demo:second", **quota)
    world.crm_settings(quota_requests=CALLS, quota_seconds=SECONDS)
    try:
        for kill in range(KILLS):
            keys = ",".join(f"({b.client},{b.code})" for b in branches[kill :: KILLS + 1])
            world.erp(
                "update branches set address_complement = 'Casa ' || code"
                f" where (client_code, code) in ({keys})"
            )
            watch.until(lambda: len(watch.calls()) >= 5 * (kill + 1), "calls are made")
            os.kill(world.bridge.pid, signal.SIGKILL)
            world.daemon(worker=f"demo:again-{kill}", **quota)
        watch.settle(*(b for kill in range(KILLS) for b in branches[kill :: KILLS + 1]))
    finally:
        world.crm_settings(quota_requests=0)
        other.stop()
        if other in world.bridges:
            world.bridges.remove(other)

    statuses = Counter(call["status"] for call in watch.calls())
    assert statuses[429] == 0
    assert statuses[200] + statuses[204] + statuses[201] >= CHANGES // 2

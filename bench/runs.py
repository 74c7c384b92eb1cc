"""Whole-set runs: how near a resynchronisation comes to the least time that the quota allows."""

from __future__ import annotations

import json
import tempfile
import time
from datetime import datetime
from pathlib import Path

from bench.measure import Measurement
from devkit.demo.world import World

_AREA = "Whole-set runs"
_CALLS, _SECONDS = 30, 20.0


def measure(*, short: bool) -> list[Measurement]:
    """Measure a full synchronisation, and the same number of calls with little to compare."""
    leads = 400 if short else 5_000
    # pages of 20: as many calls as 5,000 leads need in pages of 500, next to nothing to serve and compare
    return [_synchronised(leads, page_cap=0), _synchronised(200, page_cap=20)]


def _synchronised(leads: int, *, page_cap: int) -> Measurement:
    """Load the leads without a quota, then resynchronise them under it."""
    with tempfile.TemporaryDirectory() as folder, World(Path(folder), branches=leads) as world:
        world.start_oracle()
        world.deploy_erp()
        world.deploy_integration()
        world.start_crm(quota="off")
        world.start_bridge(worker="bench:bridge")
        world.cli("load")
        world.wait_for(
            lambda: world.crm_admin("GET", "/health")["leads"] >= leads, "the load", seconds=1800
        )
        world.drain(seconds=600)
        # a daemon that lives would take half of the quota
        world.bridge.stop()
        world.bridges.clear()
        time.sleep(61)
        limits = {"quota_requests": _CALLS, "quota_seconds": _SECONDS}
        if page_cap:
            limits["page_cap"] = page_cap
        world.crm_admin("PATCH", "/settings", limits)
        return _resync(world, leads, page_cap or 500)


def _resync(world: World, leads: int, page: int) -> Measurement:
    since = int(world.crm_admin("GET", "/ledger/summary")["last_seq"])
    done = world.cli(
        "resync",
        "--entity",
        "leads",
        "--json",
        timeout=900,
        ERPCRM_CRM__QUOTA_CALLS=str(_CALLS),
        ERPCRM_CRM__QUOTA_SECONDS=str(_SECONDS),
    )
    row = json.loads(done.stdout)
    requests = world.ledger("request", since=since)
    begun, ended = (datetime.fromisoformat(row[name]) for name in ("started_on", "finished_on"))
    seconds = (ended - begun).total_seconds()
    refused = sum(entry["status"] == 429 for entry in requests)
    windows = (len(requests) - 1) // _CALLS
    least = windows * _SECONDS
    ratio = f"{seconds / least:.2f}x" if least else "one window"
    if row["records_equal"] != leads:
        raise RuntimeError(f"{row['records_equal']} of {leads} leads were equal")
    return Measurement(
        _AREA,
        f"full sync of {leads:,} leads in pages of {page}",
        f"{seconds:.1f} s, {len(requests)} calls, {ratio}",
        "1.1x of the quota's minimum",
        f"from the opening of the run to its end, no daemon beside it; minimum: {windows} full periods"
        f" of {_SECONDS:.0f} s before the last {_CALLS} calls; refused with 429: {refused}",
    )

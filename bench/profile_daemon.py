"""Where the daemon's CPU goes: a burst under cProfile, as a table of functions by their own time."""

from __future__ import annotations

import pstats
import time

from bench.measure import Measurement
from devkit.demo.processes import Child, python
from devkit.demo.world import World, is_ready

_AREA = "The daemon's CPU by function"
_SHOWN = 15


def measure(world: World, *, short: bool) -> list[Measurement]:
    """Deliver bursts with the profiler on; ``world`` is at rest, and gets its daemon back."""
    count = 60 if short else 300
    world.bridge.stop()
    world.bridges.clear()
    output = world.folder / "bridge.prof"
    daemon = Child(
        "the daemon under cProfile",
        python("-m", "cProfile", "-o", str(output), "-m", "bridge", "run"),
        log=world.folder / "profile.log",
        env=world.settings(ERPCRM_RELAY__WORKER_ID="bench:profile"),
    )
    world.bridges.append(daemon)
    world.wait_for(lambda: is_ready(world.web_port), "the daemon to be ready", seconds=60)
    with world.connect("ERP") as erp, erp.cursor() as cursor:
        for number in range(3):
            cursor.execute(
                "update branches set address_complement = 'perfil ' || :number_ || id_crm"
                " where id_crm is not null and rownum <= :count_",
                number_=number,
                count_=count,
            )
            erp.commit()
            world.drain()
            time.sleep(0.2)
    daemon.stop()
    world.bridges.clear()
    world.start_bridge(worker="bench:bridge")
    return _table(pstats.Stats(str(output)), 3 * count)


def _table(stats: pstats.Stats, changes: int) -> list[Measurement]:
    rows = stats.stats  # type: ignore[attr-defined]
    own = sorted(((entry[2], entry[0], where) for where, entry in rows.items()), reverse=True)
    total = sum(seconds for seconds, _, _ in own)
    return [
        Measurement(
            _AREA,
            f"{where[0].rpartition('/')[2]}:{where[1]} {where[2]}".strip(),
            f"{seconds / total:.1%}",
            "",
            f"{seconds / changes * 1000:.3f} ms and {calls / changes:.1f} calls per change",
        )
        for seconds, calls, where in own[:_SHOWN]
    ]

"""``python -m bench``: every measurement, as a table on the terminal and, with --write, as a page."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Collection
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import capture, day_trace, delivery, profile_daemon, rules, runs, standin
from bench.measure import Measurement, as_markdown
from devkit.demo.world import World

Take = Callable[[str, list[Measurement]], None]


_AREAS = ("start", "speed", "latency", "cpu", "rules", "trace", "runs", "capture")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        epilog="example: python -m bench --short; python -m bench --write docs/benchmarks.md",
    )
    parser.add_argument(
        "--short", action="store_true", help="small sizes: proves that the bench works"
    )
    parser.add_argument(
        "--only",
        choices=(*_AREAS, "profile"),
        nargs="+",
        help="these measurements instead of all; profile: the daemon under cProfile",
    )
    parser.add_argument("--write", type=Path, help="write the page here")
    return parser.parse_args()


def run(*, short: bool, console: Console, only: Collection[str] = _AREAS) -> list[Measurement]:
    """Take the measurements."""
    found: list[Measurement] = []

    def take(title: str, measurements: list[Measurement]) -> None:
        console.print(f"[green]done[/] {title}")
        found.extend(measurements)

    if "start" in only:
        take("start", standin.measure_start(short=short))
    if not {"speed", "latency", "cpu", "rules", "trace", "profile"}.isdisjoint(only):
        _run_loaded(take, short=short, only=only)
    if "runs" in only:
        take("whole-set runs", runs.measure(short=short))
    if "capture" in only:
        _run_capture(take, short=short)
    return found


def _run_loaded(take: Take, *, short: bool, only: Collection[str]) -> None:
    """What needs both sides, loaded and at rest."""
    with tempfile.TemporaryDirectory() as folder, World(Path(folder), branches=400) as world:
        world.start_oracle()
        world.deploy_erp()
        world.deploy_integration()
        world.set_products()
        world.start_crm(quota="off")
        world.start_bridge(worker="bench:bridge")
        world.cli("load")
        world.wait_for(
            lambda: world.crm_admin("GET", "/health")["leads"] >= world.branches,
            "the load",
            seconds=180,
        )
        world.drain()
        if "speed" in only:
            with world.connect("SYSTEM") as admin:
                take("speed", standin.measure_speed(admin, short=short))
        if "latency" in only:
            take("latency", delivery.measure_latency(world, short=short))
        if "cpu" in only:
            take("CPU per change", delivery.measure_cpu(world, short=short))
        if "rules" in only:
            take("merge and mapping", rules.measure(world, short=short))
        if "profile" in only:
            take("profile", profile_daemon.measure(world, short=short))
        if "trace" in only:
            take("day-like trace", day_trace.measure(world, short=short))


def _run_capture(take: Take, *, short: bool) -> None:
    branches = 1200 if short else 100_500
    with tempfile.TemporaryDirectory() as folder, World(Path(folder), branches=branches) as world:
        world.start_oracle()
        world.deploy_erp()
        world.deploy_integration()
        world.set_products()
        with world.connect("SYSTEM") as admin:  # ERP may not read V$MYSTAT
            take("capture", capture.measure(admin, short=short))


def main() -> int:
    arguments = _arguments()
    console = Console(highlight=False)
    started = time.monotonic()
    found = run(short=arguments.short, console=console, only=arguments.only or _AREAS)
    table = Table("area", "what", "figure", "held against")
    for one in found:
        table.add_row(one.area, one.name, one.value, one.limit)
    console.print(table)
    if arguments.write:
        page = as_markdown(found, short=arguments.short, seconds=time.monotonic() - started)
        arguments.write.write_text(page, encoding="utf-8")
        console.print(f"written to {arguments.write}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""``python -m bench``: every measurement, as a table on the terminal and, with --write, as a page."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import capture, delivery, runs, standin
from bench.measure import Measurement, as_markdown
from devkit.demo.world import World


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        epilog="example: python -m bench --short; python -m bench --write docs/benchmarks.md",
    )
    parser.add_argument(
        "--short", action="store_true", help="small sizes: proves that the bench works"
    )
    parser.add_argument("--write", type=Path, help="write the page here")
    return parser.parse_args()


def run(*, short: bool, console: Console) -> list[Measurement]:
    """Take all measurements."""
    found: list[Measurement] = []

    def take(title: str, measurements: list[Measurement]) -> None:
        console.print(f"[green]done[/] {title}")
        found.extend(measurements)

    take("start", standin.measure_start(short=short))
    with tempfile.TemporaryDirectory() as folder, World(Path(folder), branches=400) as world:
        world.start_oracle()
        world.deploy_erp()
        world.deploy_integration()
        world.start_crm(quota="off")
        world.start_bridge(worker="bench:bridge")
        world.cli("load")
        world.wait_for(
            lambda: world.crm_admin("GET", "/health")["leads"] >= world.branches,
            "the load",
            seconds=180,
        )
        world.drain()
        with world.connect("SYSTEM") as admin:
            take("speed", standin.measure_speed(admin, short=short))
        take("latency", delivery.measure_latency(world, short=short))
        take("CPU per change", delivery.measure_cpu(world, short=short))
    take("whole-set runs", runs.measure(short=short))
    branches = 1200 if short else 100_500
    with tempfile.TemporaryDirectory() as folder, World(Path(folder), branches=branches) as world:
        world.start_oracle()
        world.deploy_erp()
        world.deploy_integration()
        with world.connect("SYSTEM") as admin:  # ERP may not read V$MYSTAT
            take("capture", capture.measure(admin, short=short))
    return found


def main() -> int:
    arguments = _arguments()
    console = Console(highlight=False)
    started = time.monotonic()
    found = run(short=arguments.short, console=console)
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

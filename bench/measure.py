"""What a measurement is, and how a set of them is written down."""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Measurement:
    """One figure. ``limit`` is what the figure is held against, in words; ``note`` says how it was taken."""

    area: str
    name: str
    value: str
    limit: str = ""
    note: str = ""


def median_seconds(work: Callable[[], object], repeats: int) -> float:
    """Median wall time of one call."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def cpu_seconds(pid: int) -> float:
    """User and system time that a process has used so far (Linux: /proc/PID/stat, fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return ticks / 100.0  # USER_HZ is 100 on every Linux platform that Python supports


def as_markdown(measurements: Sequence[Measurement], *, short: bool, seconds: float) -> str:
    """The page: one table an area, with the conditions on top."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`. Ratios and medians of one run on one machine with other load; only ratios",
        "carry over to another machine. The database is the stand-in (`devkit/oracle`), not Oracle: figures of",
        "an area that names Oracle's part say what *we* add, not what Oracle costs.",
        "",
        f"- taken {datetime.now(UTC):%Y-%m-%d %H:%M} UTC in {seconds:.0f} s"
        + (" (short form)" if short else ""),
        f"- Python {platform.python_version()}, {platform.system()} {platform.machine()}",
        "",
    ]
    for area in dict.fromkeys(one.area for one in measurements):
        lines += [f"## {area}", "", "| what | figure | held against | how |", "|---|---|---|---|"]
        lines += [
            f"| {one.name} | {one.value} | {one.limit} | {one.note} |"
            for one in measurements
            if one.area == area
        ]
        lines.append("")
    return "\n".join(lines)

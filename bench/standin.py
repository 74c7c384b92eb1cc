"""The stand-in itself: how fast it starts, answers, fetches and loops."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import oracledb

from bench.measure import Measurement, median_seconds
from devkit.demo.world import World

_AREA = "The stand-in for Oracle"
_LOOP = """
declare
   l_sum pls_integer := 0;
begin
   for i in 1 .. :iterations loop
      l_sum := l_sum + 1;
   end loop;
   :result := l_sum;
end;"""


def measure_start(*, short: bool) -> list[Measurement]:
    """From the command to its ready line, on a new data directory each time (template already built)."""
    times = []
    for _ in range(2 if short else 5):
        with tempfile.TemporaryDirectory() as folder, World(Path(folder)) as world:
            started = time.perf_counter()
            world.start_oracle()
            times.append(time.perf_counter() - started)
    return [
        Measurement(
            _AREA, "cold start, new data directory", f"{statistics.median(times):.2f} s", "1.5 s",
            f"median of {len(times)}; first use builds the template, not counted",
        )
    ]  # fmt: skip


def measure_speed(connection: oracledb.Connection, *, short: bool) -> list[Measurement]:
    """Round trips, fetching, looping, on one connection."""
    trips, rows, iterations = (300, 20_000, 300_000) if short else (3000, 100_000, 3_000_000)
    with connection.cursor() as cursor:

        def round_trips() -> None:
            for _ in range(trips):
                cursor.execute("select :value from dual", value=1)
                cursor.fetchone()

        def fetch() -> None:
            cursor.arraysize = 1000
            cursor.execute(
                "select level, 'row ' || level, sysdate from dual connect by level <= :count",
                count=rows,
            )
            if len(cursor.fetchall()) != rows:
                raise RuntimeError("rows are missing")

        result = cursor.var(int)

        def loop() -> None:
            cursor.execute(_LOOP, iterations=iterations, result=result)
            if result.getvalue() != iterations:
                raise RuntimeError("the loop ended early")

        repeats = 3 if short else 5
        figures = [
            (
                "round trips (execute + fetch of one row)",
                trips / median_seconds(round_trips, repeats),
                "/s",
            ),
            ("rows fetched, 3 columns", rows / median_seconds(fetch, repeats), "rows/s"),
            (
                "PL/SQL FOR loop with one addition",
                iterations / median_seconds(loop, repeats),
                "iterations/s",
            ),
        ]
    return [
        Measurement(_AREA, name, f"{value:,.0f} {unit}", "", f"median of {repeats}, one session")
        for name, value, unit in figures
    ]

"""Run a command beside busy processes, or several times: ``python -m devkit.tools.suite --busy 8 -- make unit``.

What a suite shows once on an idle machine it must show each time, and on one that has other things to do.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import FrameType

__all__ = ["busy", "main", "repeat"]

# ends with us even if we are killed: it looks whether its parent is still the one that is named to it
_SPIN = "import os, sys\nwhile os.getppid() == int(sys.argv[1]):\n    sum(range(100_000))\n"


@dataclass(frozen=True, slots=True)
class Run:
    number: int
    seconds: float
    status: int


@contextlib.contextmanager
def busy(count: int) -> Iterator[list[int]]:
    """That many processes that do nothing but compute; gives their ids."""
    with contextlib.ExitStack() as stack:
        spinning = []
        for _ in range(count):
            process = stack.enter_context(
                subprocess.Popen([sys.executable, "-c", _SPIN, str(os.getpid())])
            )
            stack.callback(process.kill)
            spinning.append(process.pid)
        yield spinning


def repeat(command: Sequence[str], times: int) -> list[Run]:
    """Run the command until it fails, ``times`` times at most."""
    runs: list[Run] = []
    for number in range(1, times + 1):
        started = time.monotonic()
        status = _run(command)
        runs.append(Run(number, time.monotonic() - started, status))
        if status != 0:
            break
    return runs


def table(runs: Sequence[Run], times: int) -> str:
    """The runs with their times, a line each."""
    lines = ["run  minutes  result"]
    for run in runs:
        minutes, seconds = divmod(round(run.seconds), 60)
        result = "green" if run.status == 0 else f"red (status {run.status})"
        lines.append(f"{run.number:3}  {minutes:4}:{seconds:02}  {result}")
    lines.append(f"{sum(run.status == 0 for run in runs)} of {times} green")
    return "\n".join(lines)


def _run(command: Sequence[str]) -> int:
    process = subprocess.Popen(command)
    try:
        return process.wait()
    except KeyboardInterrupt:  # which the terminal has sent to the command, too
        process.wait()
        raise
    except SystemExit:
        process.send_signal(signal.SIGINT)
        process.wait()
        raise


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m devkit.tools.suite", description=__doc__)
    parser.add_argument("--busy", type=int, default=0, help="processes that compute meanwhile")
    parser.add_argument("--times", type=int, default=1, help="stop at the first red one")
    parser.add_argument("command", nargs="+", metavar="COMMAND")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _leave)
    # whoever started us in the background has it ignored, and the command would inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with busy(options.busy) as spinning:
        if spinning:
            load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
            _say(f"beside {len(spinning)} busy processes (load before: {load})")
        runs = repeat(options.command, options.times)
    _say(table(runs, options.times))
    return runs[-1].status if runs else 2


if __name__ == "__main__":
    sys.exit(main())

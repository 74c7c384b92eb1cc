"""The runner of ``make test-loaded`` and ``make test-repeat``: nothing is left running, red is red."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from patience import STALL, until

from devkit.tools.suite import busy, main

TOOL = [sys.executable, "-m", "devkit.tools.suite"]


def works(process: psutil.Process) -> bool:
    """Not even if nobody has asked for the status of one that has ended."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_what_is_busy_ends_whatever_happens() -> None:
    with pytest.raises(KeyError), busy(2) as spinning:
        assert len(spinning) == 2
        assert all(psutil.pid_exists(pid) for pid in spinning)
        raise KeyError
    assert not any(psutil.pid_exists(pid) for pid in spinning)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_what_is_busy_ends_with_the_runner(number: int) -> None:
    command = [*TOOL, "--busy", "2", "--", sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as runner:
        until(lambda: len(psutil.Process(runner.pid).children()) == 3, "all to run")
        children = psutil.Process(runner.pid).children()
        if number == signal.SIGINT:  # as a terminal does
            os.killpg(runner.pid, number)
        else:
            runner.send_signal(number)
        if number == signal.SIGKILL:
            assert runner.stdin is not None
            runner.stdin.close()  # its command is told by nobody
        assert runner.wait(STALL) != 0
        until(lambda: not any(works(child) for child in children), "the end of all")


def test_it_stops_at_the_first_red_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mark = tmp_path / "mark"
    third_is_red = f"test ! -e {mark}.2 && {{ test ! -e {mark} || touch {mark}.2; touch {mark}; }}"
    assert main(["--times", "5", "--", "sh", "-c", third_is_red]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines[1:3]] == ["green", "green"]
    assert "red (status 1)" in lines[3]
    assert lines[-1] == "2 of 5 green"


def test_five_green_runs_are_five(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--times", "5", "--", "true"]) == 0
    assert capsys.readouterr().out.endswith("5 of 5 green\n")

"""Processes that are forked: their own environment, output, end and death."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from patience import until

from devkit.demo.prefork import Forker

PROGRAM = """
import os, sys, time
STARTS = []
def main():
    STARTS.append(1)
    match sys.argv[1]:
        case "tell":
            print(os.environ.get("WORD"), os.getcwd(), len(STARTS), os.getpid() == os.getsid(0))
            print("aside", file=sys.stderr)
            sys.exit(3)
        case "text":
            sys.exit("a reason")
        case "fail":
            raise ValueError("it fails")
        case "stay":
            print("here", flush=True)
            time.sleep(600)
"""


@pytest.fixture
def forker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Forker]:
    (tmp_path / "program_to_fork.py").write_text(PROGRAM)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    forker = Forker("program_to_fork")
    yield forker
    forker.close()


def run(forker: Forker, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return forker.run(words, env={**os.environ, **env}, timeout=60, cwd=Path("/"))


def test_each_has_its_own_environment_and_output_and_nothing_of_the_one_before(
    forker: Forker,
) -> None:
    for word in ("one", "two"):
        done = run(forker, "tell", WORD=word)
        assert (done.returncode, done.stdout) == (3, f"{word} / 1 True\n")
        assert done.stderr == "aside\n"
    assert run(forker, "tell").stdout == "None / 1 True\n"


def test_a_reason_and_an_error_end_as_they_would_in_a_program_of_its_own(forker: Forker) -> None:
    done = run(forker, "text")
    assert (done.returncode, done.stderr) == (1, "a reason\n")
    done = run(forker, "fail")
    assert done.returncode == 1
    assert done.stderr.endswith("ValueError: it fails\n")


def test_it_runs_until_it_is_killed_and_says_so(forker: Forker, tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        process = forker.start(["stay"], env=os.environ, stdout=subprocess.PIPE, stderr=log)
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        assert process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.05)
        process.kill()
        assert process.wait(timeout=60) == -signal.SIGKILL
        process.stdout.close()


def test_what_still_runs_ends_with_the_forker(forker: Forker, tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        process = forker.start(["stay"], env=os.environ, stdout=log, stderr=log)
    forker.close()
    assert process.wait(timeout=60) == -signal.SIGKILL
    until(lambda: not _is_there(process.pid), "the process is gone")


def _is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[-1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False

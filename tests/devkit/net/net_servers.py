"""Starts and stops servers with canned answers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PROFILES = {"23ai": ["23ai"], "small packets": ["23ai", "512"], "19c": ["19c"]}


def start_server(*arguments: str) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, str(HERE / "canned_server.py"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    return process, f"127.0.0.1:{int(process.stdout.readline())}/FREEPDB1"


def stop_server(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()

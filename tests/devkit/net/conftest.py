"""Servers with canned answers, one process per profile, and connections of the real driver."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import oracledb
import pytest

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


@pytest.fixture(scope="session", params=PROFILES)
def dsn(request: pytest.FixtureRequest) -> Iterator[str]:
    process, address = start_server(*PROFILES[request.param])
    yield address
    stop_server(process)


@pytest.fixture(scope="session")
def modern_dsn() -> Iterator[str]:
    """One server that announces END_OF_RESPONSE, for what does not depend on the profile."""
    process, address = start_server("23ai")
    yield address
    stop_server(process)


@pytest.fixture
def connection(dsn: str) -> Iterator[oracledb.Connection]:
    with oracledb.connect(user="scott", password="tiger", dsn=dsn) as opened:
        yield opened


@pytest.fixture
def cursor(connection: oracledb.Connection) -> Iterator[oracledb.Cursor]:
    with connection.cursor() as opened:
        yield opened

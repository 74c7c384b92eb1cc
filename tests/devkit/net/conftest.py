"""Servers with canned answers, one process per profile, and connections of the real driver."""

from __future__ import annotations

from collections.abc import Iterator

import oracledb
import pytest
from net_servers import PROFILES, start_server, stop_server


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

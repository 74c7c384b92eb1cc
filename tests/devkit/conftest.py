"""The driver's own defaults: the daemon changes them for its process, which here is everybody's."""

from __future__ import annotations

from collections.abc import Iterator

import oracledb
import pytest


@pytest.fixture(autouse=True)
def driver_defaults() -> Iterator[None]:
    before = (oracledb.defaults.fetch_lobs, oracledb.defaults.fetch_decimals)
    oracledb.defaults.fetch_lobs, oracledb.defaults.fetch_decimals = True, False
    yield
    oracledb.defaults.fetch_lobs, oracledb.defaults.fetch_decimals = before

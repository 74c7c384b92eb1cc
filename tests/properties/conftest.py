"""One deployed database for the properties that are checked through PL/SQL and views; how long they look for examples.

``PROPERTIES=deep`` (``make properties``) looks for minutes to hours, at random; otherwise the examples are few and
the same each time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from deployed_world import Deployed
from hypothesis import HealthCheck, settings

from devkit.demo.world import run_script

if TYPE_CHECKING:
    import oracledb

PLSQL = Path(__file__).parents[1] / "plsql"
_PATIENT = [
    HealthCheck.function_scoped_fixture,
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.large_base_example,
]

_CI = settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=_PATIENT)
_DEEP = settings(max_examples=400, deadline=None, database=None, suppress_health_check=_PATIENT)

settings.register_profile("properties", _DEEP if os.environ.get("PROPERTIES") == "deep" else _CI)


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[oracledb.Connection]:
    """A connection of the administrator, current schema CRM_SYNC; tests roll back."""
    with Deployed(tmp_path_factory.mktemp("properties"), branches=5, loaded=5) as world:
        world.bring_deployed()
        with world.connect("SYSTEM") as admin:
            with admin.cursor() as cursor:
                cursor.execute("alter session set current_schema = CRM_SYNC")
            yield admin


@pytest.fixture(scope="session")
def batches(database: oracledb.Connection) -> oracledb.Connection:
    """The same, with CRM_TEST_PROPERTIES."""
    for name in (
        "grants_for_tests.sql",
        "crm_test_fixture.pks",
        "crm_test_fixture.pkb",
        "crm_test_properties.pks",
        "crm_test_properties.pkb",
    ):
        run_script(database, PLSQL / name, {})
    return database

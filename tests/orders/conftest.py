"""One deployed database, one record in it; no order is committed."""

from __future__ import annotations

from collections.abc import Iterator

import oracledb
import pytest
from deployed_world import Deployed


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[oracledb.Connection]:
    """A connection of the administrator, current schema CRM_SYNC."""
    with Deployed(tmp_path_factory.mktemp("orders"), branches=5, loaded=5) as world:
        world.bring_deployed()
        with world.connect("SYSTEM") as admin:
            with admin.cursor() as cursor:
                cursor.execute("alter session set current_schema = CRM_SYNC")
            yield admin
            admin.rollback()

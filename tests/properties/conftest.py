"""One deployed database for the properties that are checked through PL/SQL and views."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from devkit.demo.world import World

if TYPE_CHECKING:
    import oracledb


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[oracledb.Connection]:
    """A connection of the administrator, current schema CRM_SYNC; tests roll back."""
    with World(tmp_path_factory.mktemp("properties"), branches=5) as world:
        world.start_oracle()
        world.deploy_erp()
        world.deploy_integration()
        with world.connect("SYSTEM") as admin:
            with admin.cursor() as cursor:
                cursor.execute("alter session set current_schema = CRM_SYNC")
            yield admin

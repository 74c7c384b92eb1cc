"""A database that was there before: made use of only when it is empty, and left empty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from deployed_world import Deployed

from devkit.demo.external import External, ExternalError


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Deployed]:
    """A world of this test alone, which is taken away in it."""
    with Deployed(tmp_path, branches=5, loaded=5) as world:
        world.bring_deployed()
        yield world


def test_nothing_is_set_and_nothing_is_external() -> None:
    assert External.from_environment({}) is None


def test_a_password_is_needed() -> None:
    with pytest.raises(ExternalError, match="ERPCRM_TEST_ADMIN_PASSWORD"):
        External.from_environment({"ERPCRM_TEST_DSN": "host:1521/service"})


def test_a_database_in_use_is_refused_and_everything_can_be_taken_away(deployed: Deployed) -> None:
    database = External(deployed.dsn, deployed.admin, str(deployed.database["admin_password"]))
    there = ["user CRM_BRIDGE", "user CRM_SYNC", "user ERP", "role CRM_MONITOR"]
    assert database.left_behind() == there
    with pytest.raises(ExternalError, match="has user CRM_BRIDGE, user CRM_SYNC, user ERP"):
        database.refuse_unless_empty()

    database.remove()  # the world's own sessions are still open: they are ended
    assert database.left_behind() == []
    database.refuse_unless_empty()
    database.remove()  # what is gone already is no error

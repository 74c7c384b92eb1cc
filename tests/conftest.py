"""The deployed world that acceptance, privilege and contract tests share, built once per run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from deployed_world import Deployed, Watch
from hypothesis import settings

# examples have no limit of time: what is slow beside other programs is not wrong
settings.register_profile("suite", deadline=None)


def pytest_collectstart(collector: pytest.Collector) -> None:
    """A test has the profile of its folder, whatever was collected before it."""
    if isinstance(collector, pytest.Module):
        settings.load_profile("properties" if "properties" in collector.path.parts else "suite")


@pytest.fixture(scope="session")
def deployed_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    world = Deployed(tmp_path_factory.mktemp("world"), branches=560)
    try:
        world.prepare()
        yield world
    finally:
        world.stop()


@pytest.fixture(autouse=True)
def _logging_ends_with_its_test() -> Iterator[None]:
    """No logger keeps a stream that a test has closed, whichever test comes next."""
    configure = structlog.configure

    def uncached(**settings: Any) -> None:
        configure(**{**settings, "cache_logger_on_first_use": False})

    structlog.configure = uncached
    yield
    structlog.configure = configure
    structlog.reset_defaults()


@pytest.fixture
def world(deployed_world: Deployed) -> Iterator[Deployed]:
    """The shared world; what a test has changed of the CRM's behaviour is put back."""
    normal = deployed_world.crm_admin("GET", "/settings")
    yield deployed_world
    deployed_world.crm_admin("DELETE", "/faults")
    deployed_world.crm_settings(**normal)


@pytest.fixture
def watch(world: Deployed) -> Watch:
    """The accounts from here on, with both sides at rest."""
    world.daemon()
    world.drain()
    return world.watch()

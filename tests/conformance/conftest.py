"""One bench a test: an adapter and the simulator of its CRM, on a real port."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import stamina
from benches import BENCHES, Bench, HubSpotBench, hubspot_bench


@pytest.fixture(autouse=True)
def _short_retries() -> object:
    stamina.set_testing(True, attempts=2, cap=True)
    yield
    stamina.set_testing(False)


@pytest.fixture(params=sorted(BENCHES))
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with BENCHES[request.param]() as made:
        yield made


@pytest.fixture
async def hubspot() -> AsyncIterator[HubSpotBench]:
    async with hubspot_bench() as made:
        yield made

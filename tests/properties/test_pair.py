"""Both sides end equal, whatever users do on either side and whatever breaks in between."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from deployed_world import Deployed
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from pair_machine import RECORDS, PairMachine

#: ``make properties`` sets it: minutes to hours instead of a minute
IS_LONG = os.environ.get("PROPERTIES") == "deep"
EXAMPLES = int(os.environ.get("PAIR_EXAMPLES", "150" if IS_LONG else "6"))
STEPS = 40 if IS_LONG else 14


@pytest.fixture(autouse=True)
def _contacts(deployed_world: Deployed, world: Deployed) -> Iterator[None]:
    """Contacts travel both ways, edits of persons have a path of their own, a second look comes soon."""
    before = dict(world.rows("select name, value from crm_settings"))
    world.set_options(send_steps="S", missing_recheck_seconds="1")
    world.set_products()
    urls: dict[str, Any] = world.crm_admin("GET", "/webhooks")["urls"]
    own = urls["lead_updated"].replace("/atualizalead", "/atualizacontatocrm")
    world.crm_admin("PUT", "/webhooks", {"person_updated": own})
    yield
    world.crm_admin("PUT", "/webhooks", {"person_updated": ""})
    world.set_options(**{name: before[name] for name in ("send_steps", "missing_recheck_seconds")})


@pytest.mark.timeout(14_400 if IS_LONG else 3600)
def test_both_sides_end_equal_whatever_happens(world: Deployed) -> None:
    branches = world.take(RECORDS)

    class Machine(PairMachine):
        is_long = IS_LONG

    Machine.world = world
    Machine.branches = branches
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            # an example is seconds long: the story of the key tells more than a smaller example
            phases=[Phase.generate],
            derandomize=not IS_LONG,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

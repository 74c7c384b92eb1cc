"""A field that both sides changed differently, where policy says that the later edit wins."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from deployed_world import Deployed, Watch

ERP_PHONE = "11955554001"
CRM_PHONE = "11955554002"
#: times of the CRM are compared to the second
A_LITTLE_LATER = 2.1


@pytest.fixture(autouse=True)
def _the_later_phone_wins(world: Deployed, watch: Watch) -> Iterator[None]:
    change = "update crm_field_policies set policy = :policy where field_name = 'phone'"
    before = world.value("select policy from crm_field_policies where field_name = 'phone'")
    world.administer(change, policy="LATEST")
    yield
    world.administer(change, policy=before)


@pytest.mark.parametrize("later", ["ERP", "CRM"])
def test_the_later_edit_wins_by_the_times_of_both_sides(
    world: Deployed, watch: Watch, later: str
) -> None:
    """The CRM names no zone: a time that is read in the wrong one is three hours off."""
    (branch,) = world.take()
    world.edit_lead(branch)
    world.drain()
    edits = {
        "ERP": lambda: world.set_branch(branch, phone=ERP_PHONE),
        "CRM": lambda: world.edit_lead(branch, ddiPhone="55", phone=CRM_PHONE),
    }
    world.bridge.kill()
    for side in sorted(edits, key=lambda side: side == later):
        edits[side]()
        time.sleep(A_LITTLE_LATER)
    world.daemon()
    watch.settle(branch)

    expected = {"ERP": ERP_PHONE, "CRM": CRM_PHONE}[later]
    assert world.branch_row(branch)["phone"] == expected
    assert world.lead(branch)["phone1"] == expected

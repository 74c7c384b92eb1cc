"""A field that both sides changed differently, where policy says that a person decides."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from deployed_world import Branch, Deployed, Watch

ERP_PHONE = "11955553001"
CRM_PHONE = "11955553002"


@pytest.fixture(autouse=True)
def _a_person_decides_phones(world: Deployed, watch: Watch) -> Iterator[None]:
    change = "update crm_field_policies set policy = :policy where field_name = 'phone'"
    before = world.value("select policy from crm_field_policies where field_name = 'phone'")
    world.administer(change, policy="MANUAL")
    yield
    world.administer(change, policy=before)


@pytest.fixture
def conflict(world: Deployed, watch: Watch) -> tuple[Branch, dict[str, Any]]:
    """A branch whose phone was changed differently on both sides."""
    (branch,) = world.take()
    # the webhook is stored, but nothing is read or sent before both sides have changed
    dying = world.daemon(ERPCRM_FAILPOINT="inbound_after_store_commit:kill")
    world.edit_lead(branch, ddiPhone="55", phone=CRM_PHONE)
    world.wait_for_death(dying)
    world.set_branch(branch, phone=ERP_PHONE)
    world.daemon()
    world.drain()
    (found,) = shown(world, "conflicts", "list", "--record", branch.key, "--values")["conflicts"]
    return branch, found


def shown(world: Deployed, *words: str) -> Any:
    return json.loads(world.cli(*words, "--json").stdout)


def phones(world: Deployed, branch: Branch) -> tuple[str, str]:
    """The phone in the ERP and in the CRM."""
    return world.branch_row(branch)["phone"], world.lead(branch)["phone1"]


def test_until_it_is_decided_each_side_keeps_its_value_and_the_rest_flows(
    world: Deployed, watch: Watch, conflict: tuple[Branch, dict[str, Any]]
) -> None:
    branch, found = conflict
    world.set_branch(branch, address_number="88")
    world.drain()

    assert (found["field_name"], found["erp_value"], found["crm_value"]) == (
        "phone",
        ERP_PHONE,
        CRM_PHONE,
    )
    assert phones(world, branch) == (ERP_PHONE, CRM_PHONE)
    assert world.lead(branch)["number"] == "88"


@pytest.mark.parametrize(
    ("words", "phone"),
    [
        (["--take", "erp"], ERP_PHONE),
        (["--take", "crm"], CRM_PHONE),
        (["--value", "11955553003"], "11955553003"),
    ],
)
def test_both_sides_get_what_is_decided(
    world: Deployed,
    watch: Watch,
    conflict: tuple[Branch, dict[str, Any]],
    words: list[str],
    phone: str,
) -> None:
    branch, found = conflict
    number = str(found["conflict_id"])

    world.cli("conflicts", "resolve", number, *words, "--by", "ana")
    watch.settle(branch)

    assert phones(world, branch) == (phone, phone)
    after = shown(world, "conflicts", "show", number, "--values")
    assert (after["status"], after["resolved_value"], after["resolved_by"]) == (
        "RESOLVED",
        phone,
        "ana",
    )
    assert world.cli("conflicts", "resolve", number, *words, check=False).returncode == 1


def test_the_decision_is_part_of_the_record_s_story(
    world: Deployed, watch: Watch, conflict: tuple[Branch, dict[str, Any]]
) -> None:
    branch, found = conflict
    world.cli("conflicts", "resolve", str(found["conflict_id"]), "--take", "crm", "--by", "ana")
    watch.settle(branch)

    told = shown(world, "why", branch.key)["happenings"]
    steps = [(line["happening"], line["outcome"], line["actor"]) for line in told]

    assert ("merge decision", "CRM", "ana") in steps
    assert [step[0] for step in steps].index("conflict opened") < steps.index(
        ("merge decision", "CRM", "ana")
    )
    assert CRM_PHONE not in json.dumps(told)

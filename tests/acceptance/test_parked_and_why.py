"""What an operator does when a change needs a person, and how its story is told afterwards."""

from __future__ import annotations

import json
from typing import Any

import pytest
from deployed_world import Branch, Deployed, Watch

PHONE = "11955552001"


@pytest.fixture
def parked(world: Deployed, watch: Watch) -> tuple[Branch, dict[str, Any]]:
    """A branch whose last change the CRM has refused, and the parked change."""
    (branch,) = world.take()
    world.fault(action="status", path="LeadsUpdate", status=400)
    world.set_branch(branch, phone=PHONE)
    world.wait_for(lambda: watch.outbox(branch)["PARKED"], "the change to be parked")
    (item,) = shown(world, "parked", "list", "--record", branch.key)["items"]
    return branch, item


def shown(world: Deployed, *words: str) -> Any:
    return json.loads(world.cli(*words, "--json").stdout)


def audit(world: Deployed, item: dict[str, Any]) -> list[tuple[Any, ...]]:
    return world.rows(
        "select action, done_by, reason from crm_operator_audit_v where kind = 'OUTBOX' and item_id = :id"
        " order by audit_id",
        id=item["event_id"],
    )


def test_a_refused_change_is_replayed_and_arrives(
    world: Deployed, watch: Watch, parked: tuple[Branch, dict[str, Any]]
) -> None:
    branch, item = parked

    assert (item["direction"], item["record_key"]) == ("OUTBOX", branch.key)
    assert item["crm_id"] == world.lead(branch)["id"]
    assert shown(world, "parked", "show", str(item["event_id"])) == item
    assert PHONE not in json.dumps(item)
    assert shown(world, "parked", "replay", str(item["event_id"]), "--by", "ana") == {"replayed": 1}
    watch.settle(branch)

    assert world.cli("parked", "show", str(item["event_id"]), check=False).returncode == 1
    assert audit(world, item) == [("REPLAY", "ana", None)]


def test_a_parked_change_that_is_skipped_leaves_its_reason_and_the_next_one_carries_it(
    world: Deployed, watch: Watch, parked: tuple[Branch, dict[str, Any]]
) -> None:
    branch, item = parked
    number = str(item["event_id"])

    assert shown(world, "parked", "skip", number, "--because", "a test", "--by", "ana") == {
        "skipped": 1
    }
    assert watch.outbox(branch) == {"SKIPPED": 1}
    assert audit(world, item) == [("SKIP", "ana", "a test")]

    world.set_branch(branch, address_number="77")
    watch.settle(branch)

    assert set(watch.changed(branch)) == {"phone1", "number"}


def test_filters_touch_what_fits_them_and_nothing_else(
    world: Deployed, watch: Watch, parked: tuple[Branch, dict[str, Any]]
) -> None:
    branch, item = parked

    other = world.cli("parked", "replay", "--record", "0-0", check=False)
    kind = world.cli("parked", "replay", "--kind", "inbox", "--record", branch.key, check=False)
    assert (other.returncode, kind.returncode) == (1, 1)
    assert watch.outbox(branch) == {"PARKED": 1}

    words = ["--kind", "outbox", "--reason", item["reason_class"], "--record", branch.key]
    assert shown(world, "parked", "replay", *words) == {"replayed": 1}
    watch.settle(branch)


def test_why_tells_the_chain_from_the_edit_to_the_answer_and_back(
    world: Deployed, watch: Watch, parked: tuple[Branch, dict[str, Any]]
) -> None:
    branch, item = parked
    world.cli("parked", "replay", str(item["event_id"]), "--by", "ana")
    watch.settle(branch)
    world.edit_lead(branch, ddiPhone="55", phone="11955552002")
    watch.settle(branch)

    told = shown(world, "why", branch.key)["happenings"]
    mine = [
        line
        for line in told
        if line["item_id"] == item["event_id"] and line["direction"] == "ERP to CRM"
    ]
    steps = [line["happening"] for line in mine]
    inbound = [line for line in told if line["direction"] == "CRM to ERP"]

    assert [line["happened_on"] for line in told] == sorted(line["happened_on"] for line in told)
    assert steps[0] == "changed in the ERP"
    assert steps.count("claimed") == 2
    assert ("operator", "REPLAY", "ana") in {
        (i["happening"], i["outcome"], i["actor"]) for i in mine
    }
    assert mine[-1]["outcome"] == "DELIVERED"
    assert ("settled", "APPLIED") in {(i["happening"], i["outcome"]) for i in inbound}
    assert PHONE not in json.dumps(told)


def test_of_an_unknown_record_there_is_nothing_to_tell(world: Deployed) -> None:
    done = world.cli("why", "0-0", check=False)

    assert done.returncode == 1
    assert "nothing is known of record 0-0" in done.stderr

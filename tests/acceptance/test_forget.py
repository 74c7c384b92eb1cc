"""Personal data is erased on request, and no sync brings it back by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from deployed_world import Branch, Deployed, Watch

# Every column of ours that can hold a value of a record; keys, times and states are not values.
HOLDERS = {
    "crm_records": ("agreed_image", "left_image", "substitutes"),
    "crm_contact_records": ("agreed_image",),
    "crm_outbox_events": ("document", "steps", "detail"),
    "crm_outbox_attempts": ("detail",),
    "crm_inbox_events": ("fields", "detail"),
    "crm_conflicts": ("base_value", "erp_value", "crm_value", "resolved_value"),
    "crm_merge_audit": ("base_value", "erp_value", "crm_value"),
    "crm_operator_audit": ("detail", "reason"),
    "crm_erasures": ("erased", "reason"),
    "error_log": ("message", "error_info", "errorstack"),
    "leads": ("name", "address_street", "phone"),
    "contacts": ("name", "email", "phone"),
}
MARK = "Esquecida"


def holders_of(world: Deployed, mark: str) -> set[str]:
    """The columns of ours in which the mark stands."""
    found = {
        f"{table}.{column}"
        for table, columns in HOLDERS.items()
        for column in columns
        if world.value(f"select count(*) from {table} where instr({column}, :mark) > 0", mark=mark)
    }
    in_a_body = (
        "select count(*) from crm_inbox_events"
        " where instr(utl_raw.cast_to_varchar2(dbms_lob.substr(body, 2000, 1)), :mark) > 0"
    )
    if world.value(in_a_body, mark=mark):
        found.add("crm_inbox_events.body")
    return found


@pytest.fixture
def marked(world: Deployed, watch: Watch) -> Branch:
    """A branch whose street can be told from all others; both sides have it, and the mirror its phone."""
    (branch,) = world.take()
    world.daemon()
    world.set_branch(branch, address_street=f"Rua {MARK} 5")
    world.drain()
    world.edit_lead(branch, ddiPhone="55", phone="11955557001")
    world.drain()
    return branch


def forget(world: Deployed, branch: Branch, *words: str) -> Any:
    return json.loads(world.cli("forget", branch.key, *words, "--json").stdout)


def test_what_is_forgotten_is_in_no_table_of_ours_and_no_sync_brings_it_back(
    world: Deployed, watch: Watch, marked: Branch
) -> None:
    assert "crm_records.agreed_image" in holders_of(world, MARK)
    world.halt()

    looked = forget(world, marked, "--even-if-live")
    done = forget(world, marked, "--even-if-live", "--yes", "--because", "request 17")

    assert (looked["is_done"], done["is_done"]) == (False, True)
    assert looked["erased"] == done["erased"]
    assert done["erased"]["leads"] == 1
    assert holders_of(world, MARK) == set()

    # both sides go on: an edit in each, and every job that compares
    world.daemon()
    world.set_branch(marked, address_number="99")
    world.edit_lead(marked, ddiPhone="55", phone="11955557002")
    world.drain()
    world.cli("resync")
    world.drain()

    assert holders_of(world, MARK) == set()
    assert world.value("select count(*) from leads where id = :id", id=done["crm_id"]) == 0
    assert world.value(
        "select count(*) from crm_records where record_key = :key and crm_id is null",
        key=marked.key,
    )
    # what is the customer's is as it was
    assert world.branch_row(marked)["phone"] != "11955557002"
    assert world.lead(marked)["number"] != "99"
    assert [line["outcome"] for line in _history(world, marked)].count("FORGET") == 1


def _history(world: Deployed, branch: Branch) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(world.cli("why", branch.key, "--json").stdout)[
        "happenings"
    ]
    return found

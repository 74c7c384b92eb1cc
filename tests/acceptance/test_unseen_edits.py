"""An edit of a CRM user of which no webhook has told is not overwritten by an edit of the ERP."""

from __future__ import annotations

from typing import Any

import pytest
from deployed_world import Branch, Deployed, Watch

#: what a CRM user edits, what an ERP user sets in the same field, and what both sides must end with
BOTH: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[str, Any]]] = {
    "phone": (
        {"ddiPhone": "55", "phone": "11955557001"},
        {"phone": "11944447001"},
        ("phone", "11955557001"),
    ),
    "industry": (
        {"industry": "Papel e celulose"},
        {"industry_id": 2},
        ("industry", "Papel e celulose"),
    ),
    "sales rep": (
        {"customFields": [{"id": "_cod.gestores", "options": [{"value": "17"}]}]},
        {"sales_rep": 5},
        ("sales_rep", 17),
    ),
}


def seen(world: Deployed, branch: Branch, field: str) -> Any:
    return world.value(
        f"select {field} from vw_crm_clients where record_key = :key", key=branch.key
    )


def settled_in_a_late_stage(world: Deployed) -> Branch:
    (branch,) = world.take()
    world.edit_lead(branch)
    world.set_branch(branch, phone="11955557000", sales_rep=3, industry_id=1)
    world.drain()
    return branch


@pytest.mark.parametrize("kind", BOTH)
def test_an_edit_without_a_webhook_survives_an_edit_of_the_erp(
    world: Deployed, watch: Watch, kind: str
) -> None:
    branch = settled_in_a_late_stage(world)
    crm_edit, erp_edit, (field, expected) = BOTH[kind]
    world.crm_settings(webhook_drop=1.0)
    world.edit_lead(branch, **crm_edit)
    world.crm_settings(webhook_drop=0.0)
    watch = world.watch()

    world.set_branch(branch, **erp_edit)
    watch.settle(branch)

    assert seen(world, branch, field) == expected
    assert watch.writes(branch) == [], "nothing of the ERP's was sent"


def test_what_else_the_erp_has_changed_is_sent_all_the_same(world: Deployed, watch: Watch) -> None:
    branch = settled_in_a_late_stage(world)
    world.crm_settings(webhook_drop=1.0)
    world.edit_lead(branch, ddiPhone="55", phone="11955557002")
    world.crm_settings(webhook_drop=0.0)
    watch = world.watch()

    world.set_branch(branch, phone="11944447002", address_street="Rua do Guarda")
    watch.settle(branch)

    assert seen(world, branch, "phone") == "11955557002"
    assert watch.changed(branch) == {"street": "Rua do Guarda"}


def test_the_read_before_a_write_is_one_call_and_only_where_users_may_win(
    world: Deployed, watch: Watch
) -> None:
    branch = settled_in_a_late_stage(world)
    calls = {}
    for name, edit in {
        "phone": {"phone": "11944447003"},
        "rep": {"sales_rep": 7},
        "street": {"address_street": "Rua sem Guarda"},
    }.items():
        watch = world.watch()
        world.set_branch(branch, **edit)
        watch.settle(branch)
        # the webhook of the write does not show the persons: they may be read afterwards
        made = [call["operation"] for call in watch.calls()]
        calls[name] = [operation for operation in made if operation != "list_persons"]

    assert [len(found) for found in calls.values()] == [2, 2, 1], calls


def test_a_lead_made_by_a_user_keeps_what_the_user_wrote_when_it_is_adopted(
    world: Deployed, watch: Watch
) -> None:
    (branch,) = world.take(in_crm=False)
    world.crm_admin(
        "POST",
        "/leads",
        {
            "name": "Feito à mão",
            "cpfcnpj": branch.taxid,
            "ddiPhone": "55",
            "phone": "11955557004",
            "stage": "Desenvolvimento/Orçamento",
        },
    )
    world.drain()

    world.set_branch(branch, integrate_crm="S", phone="11944447004")
    watch.settle(branch)

    assert seen(world, branch, "phone") == "11955557004"
    assert len([lead for lead in world.leads() if lead["cnpj"] == branch.taxid]) == 1


def test_in_an_early_stage_the_edit_stays_and_the_sides_count_as_different(
    world: Deployed, watch: Watch
) -> None:
    """Early stages do not come into the ERP; the merge decides when the lead has moved on."""
    (branch,) = world.take()
    lead = world.lead(branch)["id"]
    world.crm_admin("PATCH", f"/leads/{lead}", {"ddiPhone": "55", "phone": "11955557005"})
    world.drain()

    world.set_branch(branch, phone="11944447005")
    world.drain()

    assert world.lead(branch)["phone1"] == "11955557005"
    assert seen(world, branch, "phone") == "11944447005"
    assert world.value(
        "select count(*) from crm_records where record_key = :key and agreed_hash is null",
        key=branch.key,
    )

    world.edit_lead(branch)
    watch.settle(branch)

    assert seen(world, branch, "phone") == "11955557005"

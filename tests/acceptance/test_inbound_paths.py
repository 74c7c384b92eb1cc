"""Each kind of webhook has its path: stored under its kind, then the lead is read and applied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from deployed_world import LATE_STAGE, Branch, Deployed, Watch

from devkit.demo.world import call

PATHS = {
    "lead_updated": "/atualizalead",
    "lead_converted": "/convertedlead",
    "lead_discarded": "/leaddescartada",
}


@pytest.fixture(autouse=True)
def _paths(world: Deployed, watch: Watch) -> Iterator[None]:
    """The CRM posts each event to its own path, as the replaced system had it."""
    before: dict[str, Any] = world.crm_admin("GET", "/webhooks")["urls"]
    address = before["lead_updated"].removesuffix(PATHS["lead_updated"])
    world.crm_admin("PUT", "/webhooks", {event: address + path for event, path in PATHS.items()})
    yield
    world.crm_admin("PUT", "/webhooks", {**dict.fromkeys(PATHS, ""), **before})


def received(world: Deployed, branch: Branch) -> list[tuple[str, str]]:
    """Kind and end of each webhook of the branch's lead."""
    return [
        (kind, status)
        for kind, status in world.rows(
            "select event_type, status from crm_inbox_events where crm_id = :lead order by inbox_id",
            lead=world.lead(branch)["id"],
        )
    ]


def mirrored(world: Deployed, branch: Branch) -> list[tuple[Any, ...]]:
    return world.rows(
        "select stage from leads where id = :lead and ended_on is null",
        lead=world.lead(branch)["id"],
    )


def test_a_move_to_a_late_stage_brings_the_lead_into_the_mirror(
    world: Deployed, watch: Watch
) -> None:
    (branch,) = world.take()
    assert mirrored(world, branch) == []

    world.edit_lead(branch)
    watch.settle(branch)

    assert received(world, branch)[-1][0] == "LEAD_CONVERTED"
    assert mirrored(world, branch) == [(LATE_STAGE,)]


def test_an_edit_without_a_move_is_told_as_an_update(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take()
    world.edit_lead(branch)
    watch.settle(branch)

    world.edit_lead(branch, ddiPhone="55", phone="11955551001")
    watch.settle(branch)

    assert received(world, branch)[-1] == ("LEAD_UPDATED", "APPLIED")
    assert world.branch_row(branch)["phone"] == "11955551001"


def test_a_discarded_lead_leaves_the_mirror_and_the_branch_stays(
    world: Deployed, watch: Watch
) -> None:
    (branch,) = world.take()
    world.edit_lead(branch)
    watch.settle(branch)
    before = world.branch_row(branch)

    world.crm_admin(
        "POST", f"/leads/{world.lead(branch)['id']}/discard", {"reason": "Sem interesse"}
    )
    world.drain()

    assert received(world, branch)[-1] == ("LEAD_DISCARDED", "IGNORED")
    assert mirrored(world, branch) == []
    assert world.rows(
        "select end_reason from leads where id = :lead", lead=world.lead(branch)["id"]
    ) == [("discarded in the CRM",)]
    assert world.branch_row(branch) == before
    assert watch.writes(branch) == []


def test_a_webhook_is_only_a_hint_and_its_path_decides_nothing(
    world: Deployed, watch: Watch
) -> None:
    """A discard that is told, but not true, discards nothing: the lead is read."""
    (branch,) = world.take()
    world.edit_lead(branch)
    watch.settle(branch)
    token = world.settings()["ERPCRM_WEB__TOKEN"]

    call(
        "POST",
        f"http://127.0.0.1:{world.web_port}{PATHS['lead_discarded']}/{token}",
        {"Lead": {"Id": world.lead(branch)["id"], "Stage": "Descartado"}},
    )
    watch.settle(branch)

    assert received(world, branch)[-1] == ("LEAD_DISCARDED", "UNCHANGED")
    assert mirrored(world, branch) == [(LATE_STAGE,)]


def test_a_lead_converted_in_the_crm_becomes_a_client_of_the_erp_once(
    world: Deployed, watch: Watch
) -> None:
    number = world.crm_admin(
        "POST",
        "/leads",
        {
            "name": "Cerâmica Convertida Ltda",
            "cpfcnpj": "12ABC34501DE35",
            "phone": "1133334444",
            "address": "Rua Nova",
            "stage": "Novos leads",
        },
    )["id"]
    world.drain()

    world.crm_admin("PATCH", f"/leads/{number}", {"stage": LATE_STAGE})
    world.drain()
    world.crm_admin("PATCH", f"/leads/{number}", {"phone": "11955550009"})
    world.drain()

    assert world.rows(
        "select name, taxid, phone, crm_id from vw_crm_clients where crm_id = :lead", lead=number
    ) == [("Cerâmica Convertida Ltda", "12ABC34501DE35", "11955550009", number)]
    assert world.rows("select stage from leads where id = :lead", lead=number) == [(LATE_STAGE,)]
    assert [lead["id"] for lead in world.leads() if lead["cnpj"] == "12ABC34501DE35"] == [number]

"""What leads do in the CRM, end to end: converted, discarded, back to an early stage, gone, given another rep."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from deployed_world import LATE_STAGE, Branch, Deployed, Watch

PATHS = {
    "lead_updated": "/atualizalead",
    "lead_converted": "/convertedlead",
    "lead_discarded": "/leaddescartada",
}
ACTIVE = "Ativação"
#: CNPJs with right check digits, which no branch of the sample has
TAX_IDS = itertools.chain(
    ["60701190000104", "33000167000101", "00000000000191", "60746948000112", "47960950000121"],
    ["33592510000154", "02558157000162", "76535764000143", "61532644000115", "07526557000100"],
)


@pytest.fixture(autouse=True)
def _paths(world: Deployed, watch: Watch) -> Iterator[None]:
    before: dict[str, Any] = world.crm_admin("GET", "/webhooks")["urls"]
    address = before["lead_updated"].removesuffix(PATHS["lead_updated"])
    world.crm_admin("PUT", "/webhooks", {event: address + path for event, path in PATHS.items()})
    setting = "update crm_settings set value = :value where name = 'missing_recheck_seconds'"
    seconds = world.value("select value from crm_settings where name = 'missing_recheck_seconds'")
    world.administer(setting, value="1")
    yield
    world.administer(setting, value=seconds)
    world.crm_admin("PUT", "/webhooks", {**dict.fromkeys(PATHS, ""), **before})


def new_lead(world: Deployed, **fields: Any) -> int:
    """A CRM user makes a lead in an early stage."""
    body = {"name": "Cerâmica Nova Ltda", "stage": "Novos leads", **fields}
    return int(world.crm_admin("POST", "/leads", body)["id"])


def convert(world: Deployed, lead: int, stage: str = LATE_STAGE) -> None:
    world.crm_admin("PATCH", f"/leads/{lead}", {"stage": stage})


def clients(world: Deployed, lead: int) -> list[tuple[Any, ...]]:
    return world.rows(
        "select b.client_code, b.code, b.taxid, b.sales_rep, b.city_id, b.phone from erp.branches b"
        " where b.id_crm = :lead",
        lead=lead,
    )


def parked(world: Deployed, lead: int) -> list[str]:
    """Reasons for which webhooks of a lead are parked."""
    return [
        detail
        for (detail,) in world.rows(
            "select detail from crm_parked_events_v where direction = 'INBOX' and crm_id = :lead",
            lead=lead,
        )
    ]


def skip_all(world: Deployed) -> None:
    world.cli("parked", "skip", "--all", "--because", "the test is over", "--by", "test")


# --------------------------------------------------------------------------- conversion


def test_a_converted_lead_becomes_a_client_with_everything_that_belongs_to_one(
    world: Deployed, watch: Watch
) -> None:
    taxid = next(TAX_IDS)
    (city, state), *_ = world.rows("select name, state_code from erp.cities order by id")
    lead = new_lead(
        world, cpfcnpj=taxid, phone="1133334444", address="Rua Nova", addressNumber="S/N",
        city=city.upper(), state=state, country="Brasil", industry="Alimentos e bebidas",
        customFields=[{"id": "_cod.gestores", "options": [{"value": "12"}]}],
    )  # fmt: skip
    world.drain()
    assert clients(world, lead) == []  # an early stage makes no client
    convert(world, lead)
    world.drain()

    ((client, branch, stored, rep, city_id, phone),) = clients(world, lead)
    key = f"{client}-{branch}"
    assert (stored, rep, phone) == (taxid, 12, "1133334444")
    assert world.value("select name from erp.cities where id = :id", id=city_id) == city
    for table in ("billing_addresses", "sales_rep_branches"):
        assert (
            world.value(f"select count(*) from erp.{table} where client_code = :c", c=client) == 1
        )
    assert (
        world.value("select count(*) from erp.client_industries where client_code = :c", c=client)
        == 1
    )
    record = world.rows(
        "select crm_id, agreed_stage, nvl2(agreed_image, 'S', 'N') from crm_records where record_key = :key",
        key=key,
    )
    assert record == [(lead, LATE_STAGE, "S")]
    assert world.rows(
        "select stage from leads where id = :lead and ended_on is null", lead=lead
    ) == [(LATE_STAGE,)]
    # the client code is new to the CRM, and nothing else
    assert {c["field"]: c["new"] for entry in watch.writes() for c in entry["changed"]} == {
        "_cod.cliente": str(client)
    }
    assert watch.outbox_total()["PARKED"] == 0

    convert(world, lead, ACTIVE)
    world.drain()
    assert (
        world.value("select agreed_stage from crm_records where record_key = :key", key=key)
        == ACTIVE
    )
    assert len(clients(world, lead)) == 1


def test_a_conversion_told_twice_makes_one_client(world: Deployed, watch: Watch) -> None:
    lead = new_lead(world, cpfcnpj=next(TAX_IDS))
    world.drain()
    world.crm_settings(webhook_duplicate=1.0)
    convert(world, lead)
    world.drain()
    convert(world, lead, ACTIVE)
    convert(world, lead)
    world.drain()

    assert len(clients(world, lead)) == 1


def test_a_lead_with_the_tax_number_of_a_branch_is_that_branch(
    world: Deployed, watch: Watch
) -> None:
    (branch,) = world.take(in_crm=False)
    lead = new_lead(world, cpfcnpj=branch.taxid)
    world.drain()
    convert(world, lead)
    world.drain()

    assert world.branch_row(branch)["id_crm"] == lead
    assert world.branch_row(branch)["integrate_crm"] == "S"
    assert world.value("select count(*) from erp.branches where taxid = :t", t=branch.taxid) == 1
    assert world.differences([branch]) == []


@pytest.mark.parametrize(
    ("taxid", "reason"),
    [
        ("", "needs a CNPJ or a CPF"),
        ("1234", "needs a CNPJ or a CPF"),
        ("60701190000105", "check digits"),
    ],
    ids=["none", "too short", "check digits"],
)
def test_a_lead_with_a_bad_tax_number_is_parked_with_the_reason(
    world: Deployed, watch: Watch, taxid: str, reason: str
) -> None:
    lead = new_lead(world, cpfcnpj=taxid)
    world.drain()
    convert(world, lead)
    world.drain()

    assert clients(world, lead) == []
    (detail,) = parked(world, lead)
    assert reason in detail
    assert reason in world.cli("parked", "list", "--kind", "inbox", "--json").stdout

    # mended in the CRM and tried again
    world.crm_admin("PATCH", f"/leads/{lead}", {"cpfcnpj": next(TAX_IDS)})
    world.drain()
    world.cli("parked", "replay", "--all", "--by", "test")
    world.drain()
    assert len(clients(world, lead)) == 1
    assert parked(world, lead) == []


def test_a_lead_of_an_unknown_city_waits_and_keeps_its_address(
    world: Deployed, watch: Watch
) -> None:
    """A client without its city would empty the address in the CRM with the next delivery."""
    lead = new_lead(
        world,
        cpfcnpj=next(TAX_IDS),
        address="Rua Nova",
        city="Lugar Nenhum",
        state="SP",
        country="Brasil",
    )
    world.drain()
    convert(world, lead)
    world.drain()
    assert clients(world, lead) == []
    (reason,) = parked(world, lead)
    assert "city" in reason

    # the user meant another place
    (city, state), *_ = world.rows("select name, state_code from erp.cities order by id")
    user_edit = {"address": "Rua Nova", "city": city, "state": state, "country": "Brasil"}
    world.crm_admin("PATCH", f"/leads/{lead}", user_edit)
    world.drain()
    world.cli("parked", "replay", "--all", "--by", "test")
    world.drain()
    ((*_, city_id, _),) = clients(world, lead)
    assert city_id is not None
    assert parked(world, lead) == []


# --------------------------------------------------------------------------- discard, restart, absence


@pytest.fixture
def branch(world: Deployed, watch: Watch) -> Branch:
    """A branch whose lead is mirrored."""
    (branch,) = world.take()
    world.edit_lead(branch)
    world.drain()
    return branch


def ended(world: Deployed, lead: int) -> list[tuple[Any, ...]]:
    return world.rows(
        "select end_reason from leads where id = :lead and ended_on is not null", lead=lead
    )


def test_a_discarded_lead_ends_its_mirror_row_and_starts_again_when_recovered(
    world: Deployed, branch: Branch
) -> None:
    lead = world.lead(branch)["id"]
    before = world.branch_row(branch)
    world.crm_admin("POST", f"/leads/{lead}/discard", {"reason": "Sem interesse"})
    world.drain()
    assert ended(world, lead) == [("discarded in the CRM",)]
    assert world.branch_row(branch) == before

    world.crm_admin("POST", f"/leads/{lead}/recover")
    world.drain()
    assert ended(world, lead) == []
    assert (
        world.value("select ended_on from crm_records where record_key = :k", k=branch.key) is None
    )


def test_a_lead_that_moves_backward_restarts_its_cycle(world: Deployed, branch: Branch) -> None:
    lead = world.lead(branch)["id"]
    convert(world, lead, "Novos leads")
    world.drain()
    assert ended(world, lead) == [("restart of the cycle",)]
    assert world.branch_row(branch)["integrate_crm"] == "S"

    convert(world, lead)
    world.drain()
    assert ended(world, lead) == []


def test_a_look_up_that_fails_or_finds_nothing_once_ends_nothing(
    world: Deployed, branch: Branch
) -> None:
    lead = world.lead(branch)["id"]
    for _ in range(2):
        world.fault(action="status", status=500, path="Leads")
    world.crm_admin("PATCH", f"/leads/{lead}", {"ddiPhone": "55", "phone": "11955551234"})
    world.drain()

    assert ended(world, lead) == []
    assert world.branch_row(branch)["phone"] == "11955551234"


def test_a_lead_that_is_gone_ends_at_the_second_look_and_the_branch_stays(
    world: Deployed, branch: Branch
) -> None:
    lead = world.lead(branch)["id"]
    before = world.branch_row(branch)
    world.crm_settings(webhook_paused=True)
    world.crm_admin("PATCH", f"/leads/{lead}", {"ddiPhone": "55", "phone": "11955554321"})
    world.crm_admin("DELETE", f"/leads/{lead}")
    world.crm_settings(webhook_paused=False)
    world.drain()

    assert ended(world, lead) == [("the CRM does not have the lead",)]
    assert world.branch_row(branch)["taxid"] == before["taxid"]


# --------------------------------------------------------------------------- sales reps


def test_a_rep_that_the_crm_does_not_know_is_sent_as_the_default_until_it_does(
    world: Deployed, branch: Branch
) -> None:
    world.daemon(ERPCRM_CRM__CATALOGUE_SECONDS="1")
    world.administer("insert into erp.sales_reps (code, name) values (777, 'Rep Novo')")
    watch = world.watch()
    world.set_branch(branch, sales_rep=777)
    world.drain()

    assert world.lead(branch)["customFields"]["_cod.gestores"] == "99"
    assert world.branch_row(branch)["sales_rep"] == 777
    assert watch.outbox(branch)["PARKED"] == 0

    # it stays quiet: an edit of another field sends that field alone, a read sends nothing
    later = world.watch()
    world.set_branch(branch, address_number="77")
    world.drain()
    assert set(later.changed(branch)) == {"number"}
    quiet = world.watch()
    world.edit_lead(branch, ddiPhone="55", phone="11955559876")
    world.drain()
    assert quiet.writes(branch) == []
    assert world.branch_row(branch)["sales_rep"] == 777
    assert world.branch_row(branch)["phone"] == "11955559876"

    world.crm_admin("POST", "/custom_fields/_cod.gestores/options", {"value": "777"})
    world.wait_for(
        lambda: world.lead(branch)["customFields"]["_cod.gestores"] == "777", "the rep to be sent"
    )
    world.drain()
    assert (
        world.value("select substitutes from crm_records where record_key = :k", k=branch.key)
        is None
    )


# --------------------------------------------------------------------------- loops


def test_two_sides_that_answer_each_other_are_stopped_by_the_fuse(
    world: Deployed, branch: Branch
) -> None:
    """A rule of the CRM that undoes each of our writes would go on for ever."""
    world.administer("update crm_settings set value = '3' where name = 'loop_deliveries'")
    try:
        watch = world.watch()
        lead = world.lead(branch)["id"]
        for number in range(12):
            # the name is the ERP's: each edit in the CRM is answered
            world.crm_admin(
                "PATCH",
                f"/leads/{lead}",
                {"name": f"Outro nome {number}", "phone": f"119555500{number:02}"},
            )
            world.drain()
            if watch.outbox(branch)["PARKED"]:
                break
        assert watch.outbox(branch)["DELIVERED"] == 3
        items = world.cli("parked", "list", "--record", branch.key, "--json").stdout
        assert '"loop"' in items
    finally:
        world.administer("update crm_settings set value = '20' where name = 'loop_deliveries'")
    world.cli("parked", "replay", "--record", branch.key, "--by", "test")
    world.drain()
    assert world.differences([branch]) == []

"""What hangs on a branch reaches the CRM with its lead: contacts, quotation, sale, stage, discard."""

from __future__ import annotations

import json
from typing import Any

import oracledb
import pytest
from deployed_world import Branch, Deployed, Watch


@pytest.fixture
def branch(world: Deployed, watch: Watch) -> Branch:
    """A branch whose lead and contacts are in the CRM, and nothing of it waits."""
    (branch,) = world.take()
    settled(world, branch)
    return branch


def settled(world: Deployed, branch: Branch) -> None:
    """Bring what hangs on a branch to the CRM by one change of its lead."""
    phone = world.branch_row(branch)["phone"] or "11900000000"
    world.set_branch(branch, phone=phone[:-1] + str((int(phone[-1]) + 1) % 10))
    world.drain()


def persons(world: Deployed, branch: Branch) -> dict[str, dict[str, Any]]:
    lead = world.lead(branch)["id"]
    found = world.crm_admin("GET", f"/leads/{lead}")["persons"]
    return {person["name"]: person for person in found}


def proposal(world: Deployed, branch: Branch) -> list[float]:
    lead = world.crm_admin("GET", f"/leads/{world.lead(branch)['id']}")
    return [line["labelValue"] for line in lead["proposal"]]


def add_contact(world: Deployed, branch: Branch, name: str, **columns: Any) -> None:
    values = {"name": name, "email": f"{name.split()[0].lower()}@example.com", **columns}
    names = ", ".join(values)
    binds = ", ".join(f":{column}" for column in values)
    world.erp(
        f"insert into contacts (client_code, branch_code, {names}) values (:client, :branch, {binds})",
        client=branch.client,
        branch=branch.code,
        **values,
    )


def add_document(
    world: Deployed, branch: Branch, table: str, key: str, *, price: int = 1000
) -> int:
    """A quotation or an order of 500 units, for delivery in 30 days; its id."""
    with world.erp_session() as erp, erp.cursor() as cursor:
        number = cursor.var(oracledb.NUMBER)
        cursor.execute(
            f"insert into {table}s (client_code, branch_code) values (:c, :b) returning id into :id",
            c=branch.client, b=branch.code, id=number,
        )  # fmt: skip
        (identity,) = number.getvalue()
        cursor.execute(
            f"insert into {table}_items ({key}, item, product_code, description, list_price)"
            " values (:id, 1, 'P1', 'Etiqueta', :price)",
            id=identity, price=price,
        )  # fmt: skip
        quantity = "min_quantity" if table == "budget" else "quantity"
        cursor.execute(
            f"insert into {table}_deliveries ({key}, item, delivery, deliver_on, {quantity}, approved)"
            " values (:id, 1, 1, trunc(sysdate) + 30, 500, 'S')"
            if table == "budget"
            else f"insert into {table}_deliveries ({key}, item, delivery, deliver_on, {quantity})"
            " values (:id, 1, 1, trunc(sysdate) + 30, 500)",
            id=identity,
        )
        erp.commit()
    return int(identity)


def test_a_new_branch_becomes_a_lead_and_then_its_contacts(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take(in_crm=False)
    with world.held():
        add_contact(world, branch, "Ana Lima", is_primary="S")
        world.set_branch(branch, integrate_crm="S")
    watch.settle(branch)

    operations = [write["operation"] for write in watch.writes(branch)]
    assert operations[0] == "create_lead"
    assert set(operations[1:]) == {"create_person"}
    assert persons(world, branch)["Ana Lima"]["mainContact"] in (True, "true")


def test_a_contact_is_added_changed_and_let_go(world: Deployed, branch: Branch) -> None:
    add_contact(world, branch, "Bia Souza", is_primary="N")
    world.drain()
    assert persons(world, branch)["Bia Souza"]["email"] == "bia@example.com"

    world.erp("update contacts set email = 'bia.souza@example.com' where name = 'Bia Souza'")
    world.drain()
    assert persons(world, branch)["Bia Souza"]["email"] == "bia.souza@example.com"

    watch = world.watch()
    world.erp("delete from contacts where name = 'Bia Souza'")
    watch.settle()
    assert "Bia Souza" in persons(world, branch)  # the CRM keeps its persons
    assert set(watch.outbox(branch)) <= {"DELIVERED", "SUPERSEDED", "UNCHANGED"}


def test_an_edit_of_a_contact_leaves_the_lead_alone(world: Deployed, branch: Branch) -> None:
    add_contact(world, branch, "Caio Reis")
    world.drain()
    watch = world.watch()
    world.erp("update contacts set job_title = 'Compras' where name = 'Caio Reis'")
    watch.settle()

    assert [write["operation"] for write in watch.writes(branch)] == ["update_person"]


def test_a_contact_without_an_answer_is_not_added_twice(world: Deployed, branch: Branch) -> None:
    world.fault(action="drop", path="personsAdd", when="after")
    watch = world.watch()
    add_contact(world, branch, "Davi Melo")
    watch.settle()

    operations = [write["operation"] for write in watch.writes(branch)]
    assert operations.count("create_person") == 1
    assert world.value("select id_crm from erp.contacts where name = 'Davi Melo'") == int(
        persons(world, branch)["Davi Melo"]["id"]
    )


def test_a_refused_contact_does_not_repeat_the_lead(world: Deployed, branch: Branch) -> None:
    world.fault(action="status", status=400, path="personsAdd")
    watch = world.watch()
    with world.held():
        world.set_branch(branch, phone="11987651234")
        add_contact(world, branch, "Enzo Dias")
    world.drain()

    assert watch.changed(branch) == {"phone1": "11987651234"}
    assert watch.outbox(branch)["PARKED"] == 1
    assert world.lead(branch)["phone1"] == "11987651234"
    world.erp("delete from contacts where name = 'Enzo Dias'")
    world.set_branch(branch, phone="11987651235")
    world.drain()
    assert world.lead(branch)["phone1"] == "11987651235"


@pytest.mark.parametrize(
    "point", ["before_call", "after_call", "before_settle_commit", "after_settle_commit"]
)
def test_a_quotation_is_replaced_wherever_the_daemon_died(
    world: Deployed, branch: Branch, point: str
) -> None:
    number = add_document(world, branch, "budget", "budget_id")
    world.drain()
    assert proposal(world, branch) == [500.0]

    dying = world.daemon(ERPCRM_FAILPOINT=f"{point}:kill")
    world.erp("update budget_items set list_price = 3000 where budget_id = :id", id=number)
    world.wait_for_death(dying)
    world.daemon()
    world.drain()
    assert proposal(world, branch) == [1500.0]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("path", ["recommendedProductsRemove", "recommendedProductsAdd"])
def test_a_quotation_heals_when_its_replacement_broke_half_way(
    world: Deployed, branch: Branch, path: str, when: str
) -> None:
    number = add_document(world, branch, "budget", "budget_id")
    world.drain()
    world.fault(action="drop", path=path, when=when)
    world.erp("update budget_items set list_price = 5000 where budget_id = :id", id=number)
    world.drain()

    assert proposal(world, branch) == [2500.0]


def test_a_quotation_that_is_rejected_leaves_no_line(world: Deployed, branch: Branch) -> None:
    number = add_document(world, branch, "budget", "budget_id")
    world.drain()
    world.erp("update budgets set status = 'R' where id = :id", id=number)
    world.drain()

    assert proposal(world, branch) == []


def test_values_wait_for_their_product_and_the_daemon_says_so(
    world: Deployed, branch: Branch
) -> None:
    world.set_options(budget_product_id="")
    watch = world.watch()
    try:
        world.daemon(worker="demo:unset")
        add_document(world, branch, "budget", "budget_id")
        world.drain()
        assert proposal(world, branch) == []
        assert watch.outbox(branch)["PARKED"] == 0
        advice = json.loads(world.cli("status", "--json").stdout)["advice"]
        assert [text for text in advice if "budget_product_id" in text] == advice
        told = [
            line
            for line in world.bridge.log.read_text().splitlines()
            if "setting_missing" in line and "budget_product_id" in line
        ]
        assert len(told) == 1
    finally:
        world.set_products()
    world.administer("begin crm_jobs.run_time_values; end;")
    world.drain()
    assert proposal(world, branch) == [500.0]


def test_a_primary_contact_who_leaves_does_not_stay_the_main_one(
    world: Deployed, branch: Branch
) -> None:
    add_contact(world, branch, "Gil Nunes", is_primary="S")
    world.drain()
    assert persons(world, branch)["Gil Nunes"]["mainContact"] in (True, "true")

    world.erp("delete from contacts where name = 'Gil Nunes'")
    world.drain()
    assert persons(world, branch)["Gil Nunes"]["mainContact"] in (False, "false")


@pytest.mark.parametrize("mode", ["yes", "no", "after"])
def test_custom_fields_of_a_new_lead_as_the_tenant_takes_them(world: Deployed, mode: str) -> None:
    world.daemon(ERPCRM_CRM__CUSTOM_FIELDS_ON_CREATE=mode)
    world.drain()
    watch = world.watch()
    (branch,) = world.take(in_crm=False)
    world.set_branch(branch, integrate_crm="S")
    world.drain()

    lead = world.lead(branch)
    operations = [write["operation"] for write in watch.writes(branch)]
    updates = [operation for operation in operations if operation == "update_lead"]
    assert operations[0] == "create_lead"
    assert len(updates) == (1 if mode == "after" else 0)
    assert bool(lead["customFields"].get("_cod.cliente")) is (mode != "no")
    assert world.branch_row(branch)["id_crm"] == lead["id"]
    if mode != "no":
        assert world.differences([branch]) == []


def test_a_failing_lead_parks_its_contacts_and_nobody_elses(world: Deployed, watch: Watch) -> None:
    bad, good = world.take(2, in_crm=False)
    world.fault(action="status", status=400, path="LeadsAdd", count=1)
    with world.held():
        add_contact(world, bad, "Hugo Prado")
        add_contact(world, good, "Iara Teles")
        world.set_branch(bad, integrate_crm="S")
    world.drain()
    world.set_branch(good, integrate_crm="S")
    world.drain()

    assert watch.outbox(bad)["PARKED"] == 1
    assert world.value("select id_crm from erp.contacts where name = 'Hugo Prado'") is None
    assert "Iara Teles" in persons(world, good)
    world.cli("parked", "replay", "--record", bad.key)
    world.drain()
    assert "Hugo Prado" in persons(world, bad)


def test_an_order_sells_the_lead_once(world: Deployed, branch: Branch) -> None:
    watch = world.watch()
    world.fault(action="drop", path="leadsWon", when="after")
    add_document(world, branch, "sales_order", "order_id", price=4000)
    world.drain()
    add_document(world, branch, "sales_order", "order_id", price=9000)
    world.drain()

    operations = [write["operation"] for write in watch.writes(branch)]
    assert operations.count("sell_lead") == 1
    assert (
        world.crm_admin("GET", f"/leads/{world.lead(branch)['id']}")["sale"]["totalDealValue"]
        == 2000
    )
    assert watch.outbox(branch)["PARKED"] == 0


def test_a_stage_asked_for_in_the_erp_is_moved_to(world: Deployed, branch: Branch) -> None:
    watch = world.watch()
    world.administer(
        "begin crm_bridge_api.request_stage(in_record_key => :key,"
        " in_stage => 'Desenvolvimento/Orçamento', in_by => 'test'); end;",
        key=branch.key,
    )
    world.drain()

    assert world.lead(branch)["stage"] == "Desenvolvimento/Orçamento"
    assert [write["operation"] for write in watch.writes(branch)] == ["change_stage"]


def test_a_discard_asked_for_in_the_erp_ends_the_lead(world: Deployed, branch: Branch) -> None:
    watch = world.watch()
    world.administer(
        "begin crm_bridge_api.request_discard(in_record_key => :key,"
        " in_reason => 'Sem perfil', in_by => 'test'); end;",
        key=branch.key,
    )
    world.drain()

    assert world.lead(branch)["stage"] == "Descartado"
    assert watch.outbox_total()["PARKED"] == 0

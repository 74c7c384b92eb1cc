"""Persons of a lead, edited in the CRM, become contacts of the ERP; their echoes and absences change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from deployed_world import LATE_STAGE, Branch, Deployed, Watch


@pytest.fixture(autouse=True)
def _contacts(deployed_world: Deployed, world: Deployed) -> Iterator[None]:
    """Contacts travel both ways, edits of persons have a path of their own, a second look comes soon."""
    setting = "update crm_settings set value = :value where name = :name"
    before = dict(world.rows("select name, value from crm_settings"))
    world.administer(setting, value="S", name="send_steps")
    world.administer(setting, value="1", name="missing_recheck_seconds")
    for name in ("budget_product_id", "sale_product_id"):
        world.administer(setting, value="10001", name=name)
    urls: dict[str, Any] = world.crm_admin("GET", "/webhooks")["urls"]
    own = urls["lead_updated"].replace("/atualizalead", "/atualizacontatocrm")
    world.crm_admin("PUT", "/webhooks", {"person_updated": own})
    yield
    world.drain()
    world.crm_admin("PUT", "/webhooks", {"person_updated": ""})
    for name in ("send_steps", "missing_recheck_seconds"):
        world.administer(setting, value=before[name], name=name)


@pytest.fixture
def branch(world: Deployed, watch: Watch) -> Branch:
    """A branch in a late stage whose contacts are persons of its lead, with nothing under way."""
    (branch,) = world.take()
    phone = world.branch_row(branch)["phone"] or "11900000000"
    world.edit_lead(branch)
    world.set_branch(branch, phone=phone[:-1] + str((int(phone[-1]) + 1) % 10))
    world.drain()
    return branch


def contacts(world: Deployed, branch: Branch) -> dict[str, dict[str, Any]]:
    """The contacts of a branch in the ERP, by name."""
    names = ("name", "email", "phone", "job_title", "is_primary", "id_crm", "id")
    found = world.rows(
        f"select {', '.join(names)} from erp.contacts where client_code = :c and branch_code = :b",
        c=branch.client,
        b=branch.code,
    )
    return {row[0]: dict(zip(names, row, strict=True)) for row in found}


def persons(world: Deployed, branch: Branch) -> dict[str, dict[str, Any]]:
    lead = world.lead(branch)["id"]
    found = world.crm_admin("GET", f"/leads/{lead}")["persons"]
    return {person["name"]: person for person in found}


def add_person(world: Deployed, branch: Branch, name: str, **fields: Any) -> int:
    """A CRM user adds a person."""
    body = {
        "leadId": world.lead(branch)["id"],
        "name": name,
        "email": f"{name.split()[0].lower()}@example.com",
        **fields,
    }
    return int(world.crm_admin("POST", "/persons", body)["id"])


def edit_person(world: Deployed, number: int, **fields: Any) -> None:
    world.crm_admin("PATCH", f"/persons/{number}", fields)


def reads(watch: Watch) -> list[str]:
    """Paths of the reads of the CRM, without what they asked for."""
    return sorted(
        entry["path"].rsplit("/", 1)[-1].partition("?")[0].lower() for entry in watch.calls("GET")
    )


def ends(world: Deployed, branch: Branch, watch: Watch) -> list[str]:
    return sorted(watch.inbox(branch).elements())


def test_a_person_added_in_the_crm_becomes_a_contact(world: Deployed, branch: Branch) -> None:
    watch = world.watch()
    number = add_person(
        world,
        branch,
        "Nina Prado",
        phone1="+55 (11) 98888-7777",
        jobTitle="Compradora",
        mainContact=True,
    )
    watch.settle(branch)

    contact = contacts(world, branch)["Nina Prado"]
    assert (contact["email"], contact["phone"], contact["job_title"]) == (
        "nina@example.com", "11988887777", "Compradora",
    )  # fmt: skip
    assert contact["id_crm"] == number
    assert [c["name"] for c in contacts(world, branch).values() if c["is_primary"] == "S"] == [
        "Nina Prado"
    ]
    assert watch.writes(branch) == []
    assert reads(watch) == ["persons"]  # one call


def test_an_edit_of_a_person_reads_the_persons_alone_and_keeps_the_other_sides_edit(
    world: Deployed, branch: Branch
) -> None:
    number = add_person(world, branch, "Olga Melo", phone1="1133334444")
    world.drain()
    watch = world.watch()
    with world.held():
        world.erp("update contacts set job_title = 'Diretora' where id_crm = :id", id=number)
        edit_person(world, number, phone1="11977776666")
    watch.settle(branch)

    contact = contacts(world, branch)["Olga Melo"]
    assert (contact["phone"], contact["job_title"]) == ("11977776666", "Diretora")
    person = persons(world, branch)["Olga Melo"]
    assert (person["phone1"], person["jobTitle"]) == ("11977776666", "Diretora")
    assert [write["operation"] for write in watch.writes(branch)] == ["update_person"]
    # before our own writing, whose webhook may come with that of the edit or after it: read twice or three times, and
    # no lead
    assert reads(watch) in (["persons"] * 2, ["persons"] * 3)


def test_the_echo_of_our_own_writing_of_a_person_changes_nothing_and_reads_no_lead(
    world: Deployed, branch: Branch
) -> None:
    watch = world.watch()
    world.erp(
        "insert into contacts (client_code, branch_code, name, email) values (:c, :b, 'Paulo Reis', 'p@example.com')",
        c=branch.client, b=branch.code,
    )  # fmt: skip
    world.drain()
    world.erp("update contacts set phone = '1140028922' where name = 'Paulo Reis'")
    watch.settle(branch)

    assert [write["operation"] for write in watch.writes(branch)] == [
        "create_person",
        "update_person",
    ]
    # nothing tells our writing from a choice of the main contact: the persons are read, and no lead
    reads = [call["path"] for call in watch.reads(branch)]
    assert len(reads) <= 3  # one of them before the update
    assert set(reads) <= {"/Persons"}
    assert set(watch.inbox(branch)) == {"UNCHANGED"}


def test_a_main_contact_chosen_in_the_crm_is_seen_although_no_webhook_shows_it(
    world: Deployed, branch: Branch
) -> None:
    add_person(world, branch, "Quele Nunes", mainContact=True)
    second = add_person(world, branch, "Rita Nunes")
    world.drain()
    watch = world.watch()
    edit_person(world, second, mainContact=True)
    watch.settle(branch)

    mains = [c["name"] for c in contacts(world, branch).values() if c["is_primary"] == "S"]
    assert mains == ["Rita Nunes"]
    assert watch.writes(branch) == []


def test_without_a_path_of_their_own_edits_of_persons_come_with_the_lead(
    world: Deployed, branch: Branch
) -> None:
    world.crm_admin("PUT", "/webhooks", {"person_updated": ""})
    watch = world.watch()
    add_person(world, branch, "Sara Luz", phone1="1133334444")
    watch.settle(branch)

    assert contacts(world, branch)["Sara Luz"]["phone"] == "1133334444"
    assert reads(watch) == ["persons"]
    assert ends(world, branch, watch) == ["APPLIED"]


def test_several_contacts_with_one_address_wait_for_a_person_and_the_reason_is_shown(
    world: Deployed, branch: Branch
) -> None:
    for name in ("Compras A", "Compras B"):
        world.erp(
            "insert into contacts (client_code, branch_code, name, email) values (:c, :b, :n, 'compras@example.com')",
            c=branch.client, b=branch.code, n=name,
        )  # fmt: skip
    # neither has gone out yet
    world.administer(
        "delete from crm_outbox_events where record_key = :key and status = 'READY'", key=branch.key
    )
    world.drain()
    before = contacts(world, branch)
    known = {c["id_crm"] for c in before.values() if c["email"] == "compras@example.com"}
    if known != {None}:
        world.administer(
            "delete from crm_contact_records where contact_id in (select id from erp.contacts"
            " where email = 'compras@example.com')"
        )
        world.erp("update contacts set id_crm = null where email = 'compras@example.com'")
        for person in persons(world, branch).values():
            if person["email"] == "compras@example.com":
                world.crm_admin("DELETE", f"/persons/{person['id']}")
        world.drain()
    number = add_person(world, branch, "Compras", email="COMPRAS@example.com")
    world.wait_for(
        lambda: (
            f"person {number} may be several contacts"
            in world.cli("parked", "list", "--kind", "inbox", "--json").stdout
        ),
        "the webhook to be parked",
    )
    assert contacts(world, branch).keys() == before.keys()


def test_a_person_removed_in_the_crm_leaves_the_contact_in_the_erp(
    world: Deployed, branch: Branch
) -> None:
    number = add_person(world, branch, "Tais Leal", phone1="1133334444")
    world.drain()
    watch = world.watch()
    world.crm_admin("DELETE", f"/persons/{number}")
    watch.settle(branch)

    contact = contacts(world, branch)["Tais Leal"]
    assert contact["id_crm"] is None
    assert "Tais Leal" not in persons(world, branch)
    assert watch.writes(branch) == []
    assert (
        world.value("select end_reason from contacts where id = :id", id=number)
        == "removed in the CRM"
    )

    world.erp("update contacts set phone = '1144445555' where id = :id", id=contact["id"])
    world.drain()
    assert persons(world, branch)["Tais Leal"]["phone1"] == "1144445555"  # the later edit wins


def test_a_contact_changed_in_the_erp_is_added_again_when_its_person_was_just_removed(
    world: Deployed, branch: Branch
) -> None:
    number = add_person(world, branch, "Tito Vaz", phone1="1133334444")
    world.drain()
    watch = world.watch()
    with world.held():
        world.crm_admin("DELETE", f"/persons/{number}")
        world.erp("update contacts set phone = '1144445555' where id_crm = :id", id=number)
    # a change that is ready goes before the webhook is old enough to tell that the person is gone
    watch.settle(branch)

    contact, person = contacts(world, branch)["Tito Vaz"], persons(world, branch)["Tito Vaz"]
    assert (contact["id_crm"], person["phone1"]) == (person["id"], "1144445555")
    assert person["id"] != number
    writes = [write["operation"] for write in watch.writes(branch)]
    assert writes == ["create_person"]


def test_a_main_contact_chosen_in_the_crm_is_seen_when_the_webhook_of_our_writing_was_read(
    world: Deployed, branch: Branch
) -> None:
    add_person(world, branch, "Zeca Dias", mainContact=True)
    second = add_person(world, branch, "Zilda Dias")
    world.drain()
    with world.held():
        # the webhook of our writing comes with that of an edit, and both are read at once
        edit_person(world, second, jobTitle="Sócia")
        world.erp("update contacts set phone = '1144446666' where name = 'Zeca Dias'")
    world.drain()
    edit_person(world, second, mainContact=True)
    world.drain()

    mains = [c["name"] for c in contacts(world, branch).values() if c["is_primary"] == "S"]
    assert mains == ["Zilda Dias"]


def test_a_main_contact_chosen_just_after_our_writing_is_seen_although_both_webhooks_are_the_same(
    world: Deployed, branch: Branch
) -> None:
    """Word for word, so that the second one is kept as a repetition of the first."""
    add_person(world, branch, "Zora Reis", mainContact=True)
    second = add_person(world, branch, "Zita Reis")
    world.drain()
    world.erp("update contacts set phone = '1144447777' where name = 'Zora Reis'")
    world.drain()
    edit_person(world, second, mainContact=True)
    world.drain()

    mains = [c["name"] for c in contacts(world, branch).values() if c["is_primary"] == "S"]
    assert mains == ["Zita Reis"]


def test_a_read_of_persons_that_fails_removes_nothing(world: Deployed, branch: Branch) -> None:
    number = add_person(world, branch, "Ugo Paz")
    world.drain()
    for status in (500, 404):
        world.fault(action="status", status=status, path="Persons")
    watch = world.watch()
    edit_person(world, number, phone1="1133339999")
    world.wait_for(lambda: len(watch.calls("GET")) >= 1, "the read that fails")
    world.drain()

    assert contacts(world, branch)["Ugo Paz"]["id_crm"] == number


def test_a_contact_deleted_in_the_erp_does_not_come_back(world: Deployed, branch: Branch) -> None:
    number = add_person(world, branch, "Vera Cruz")
    world.drain()
    world.erp("delete from contacts where id_crm = :id", id=number)
    world.drain()
    edit_person(world, number, phone1="1133330000")
    world.drain()

    assert "Vera Cruz" not in contacts(world, branch)
    assert "Vera Cruz" in persons(world, branch)


def test_contacts_that_a_user_of_the_erp_holds_are_taken_later(
    world: Deployed, branch: Branch
) -> None:
    number = add_person(world, branch, "Wilma Sá")
    world.drain()
    watch = world.watch()
    with world.erp_session() as erp, erp.cursor() as cursor:
        cursor.execute("update contacts set updated_on = sysdate where id_crm = :id", id=number)
        edit_person(world, number, phone1="1133331111")
        world.wait_for(
            lambda: (
                "the branch is locked in the ERP"
                in {
                    detail
                    for (detail,) in world.rows(
                        "select detail from crm_inbox_events where crm_id = :lead and status = 'READY'",
                        lead=world.lead(branch)["id"],
                    )
                }
            ),
            "the webhook to be deferred",
        )
        erp.rollback()
    watch.settle(branch)

    assert contacts(world, branch)["Wilma Sá"]["phone"] == "1133331111"


def test_persons_come_in_with_the_lead_that_is_converted(world: Deployed, watch: Watch) -> None:
    urls: dict[str, Any] = world.crm_admin("GET", "/webhooks")["urls"]
    converted = urls["lead_updated"].replace("/atualizalead", "/convertedlead")
    world.crm_admin("PUT", "/webhooks", {"lead_converted": converted})
    try:
        lead = int(
            world.crm_admin(
                "POST",
                "/leads",
                {"name": "Vidros Novos Ltda", "cpfcnpj": "45723174000110", "stage": "Novos leads"},
            )["id"]
        )
        world.crm_admin(
            "POST",
            "/persons",
            {"leadId": lead, "name": "Xuxa Lins", "email": "Xuxa@Example.com", "mainContact": True},
        )
        world.drain()
        world.crm_admin("PATCH", f"/leads/{lead}", {"stage": LATE_STAGE})
        world.drain()
    finally:
        world.crm_admin("PUT", "/webhooks", {"lead_converted": ""})

    assert world.rows(
        "select c.name, c.email, c.is_primary from erp.contacts c join erp.branches b"
        " on b.client_code = c.client_code and b.code = c.branch_code where b.taxid = '45723174000110'"
    ) == [("Xuxa Lins", "xuxa@example.com", "S")]
    assert watch.outbox_total()["PARKED"] == 0


def test_an_edit_of_a_person_without_a_webhook_survives_an_edit_of_the_erp(
    world: Deployed, branch: Branch
) -> None:
    number = add_person(world, branch, "Rosa Lins", phone1="1133334444", jobTitle="Compras")
    world.drain()
    world.crm_settings(webhook_drop=1.0)
    edit_person(world, number, phone1="11977770001")
    world.crm_settings(webhook_drop=0.0)
    watch = world.watch()
    world.erp(
        "update contacts set phone = '11966660001', job_title = 'Diretora' where id_crm = :id",
        id=number,
    )
    watch.settle(branch)

    contact = contacts(world, branch)["Rosa Lins"]
    assert (contact["phone"], contact["job_title"]) == ("11977770001", "Diretora")
    person = persons(world, branch)["Rosa Lins"]
    assert (person["jobTitle"], person["phone1"][-11:]) == ("Diretora", "11977770001")
    assert world.rows(
        "select erp_value, crm_value from crm_merge_audit where contact_id = :id",
        id=contact["id"],
    ) == [("11966660001", "11977770001")]


def test_of_an_attempt_without_an_answer_only_what_it_sent_goes_again(
    world: Deployed, branch: Branch
) -> None:
    """The lost call changed the phone: the job title that a user has changed unheard stays."""
    number = add_person(world, branch, "Sara Lobo", phone1="1133334444", jobTitle="Compras")
    world.drain()
    world.crm_settings(webhook_drop=1.0)
    edit_person(world, number, jobTitle="Chefe")
    world.fault(action="drop", path=f"PersonsUpdate/{number}", when="after", count=1)
    watch = world.watch()
    world.erp("update contacts set phone = '11966660002' where id_crm = :id", id=number)
    watch.settle(branch)
    world.crm_settings(webhook_drop=0.0)

    person = persons(world, branch)["Sara Lobo"]
    assert (person["jobTitle"], person["phone1"][-11:]) == ("Chefe", "11966660002")
    assert set(watch.changed(branch)) <= {"ddiPhone1", "phone1"}

"""Differences of every kind, planted behind the back of capture and webhooks: which tool finds which.

A world of its own, where nothing differs but what is planted. Each plant says which tool claims it and how the report
names it; ``UNSEEN`` are the kinds that no tool compares yet. A tool that begins to see one of these fails the test
until its plant says so: the list is as true as the tools.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from deployed_world import Branch, Deployed

_TRIGGERS = (
    "crm_branches_trg",
    "crm_clients_trg",
    "crm_contacts_trg",
    "crm_credit_limit_history_trg",
    # what is planted in the mirror tables stays there
    "trg_crm_update_erp",
    "trg_crm_update_contact_erp",
)


@dataclass(frozen=True, slots=True)
class Plant:
    """One difference: how it comes to be, who finds it, and how ``validate`` names it."""

    name: str
    plant: Callable[[Deployed, Branch], object]
    kind: str = "DIFFERENT"
    field: str | None = None
    entity: str = "LEAD"
    by_validate: bool = True
    by_diff: bool = False
    is_in_crm: bool = True


def erp_branch(column: str, value: object, field: str | None = None) -> Plant:
    return Plant(
        f"ERP {column}",
        lambda world, branch: world.set_branch(branch, **{column: value}),
        field=field or column,
        by_diff=True,
    )


def other_of(column: str, query: str, field: str) -> Plant:
    """The column gets another value of its list."""

    def plant(world: Deployed, branch: Branch) -> None:
        old = world.branch_row(branch)[column]
        value = world.value(query, old=old)
        world.set_branch(branch, **{column: value})

    return Plant(f"ERP {column}", plant, field=field, by_diff=True)


def crm_lead(write_name: str, value: object, field: str, **more: object) -> Plant:
    return Plant(
        f"CRM {field}",
        lambda world, branch: world.edit_lead(branch, **{write_name: value, **more}),
        field=field,
    )


def set_name(world: Deployed, branch: Branch) -> None:
    world.erp("update clients set name = 'Nome Oculto SA' where code = :c", c=branch.client)


def set_analysis(world: Deployed, branch: Branch) -> None:
    world.erp(
        "insert into credit_limit_history (client_code, branch_code, credit_limit, financial_analysis, changed_on)"
        " values (:c, :b, 1, 'Em revisão', sysdate + 1)",
        c=branch.client,
        b=branch.code,
    )


# --------------------------------------------------------------------------- contacts


def contact_of(world: Deployed, branch: Branch, flag: str = "S") -> tuple[int, int]:
    """A contact of the branch which the CRM has, and the id of its person."""
    rows = world.rows(
        "select contact_id, person_id from crm_contact_rows_v"
        " where record_key = :k and agreed_person_id is not null"
        " order by case is_primary when :f then 0 else 1 end, contact_id",
        k=branch.key,
        f=flag,
    )
    return int(rows[0][0]), int(rows[0][1])


def erp_contact(column: str, value: str) -> Plant:
    def plant(world: Deployed, branch: Branch) -> None:
        number, _ = contact_of(world, branch)
        world.erp(f"update contacts set {column} = :v where id = :id", v=value, id=number)

    return Plant(f"ERP contact {column}", plant, field=column, entity="CONTACT")


def crm_person(name: str, value: object, field: str) -> Plant:
    def plant(world: Deployed, branch: Branch) -> None:
        _, person = contact_of(world, branch, "N" if field == "is_primary" else "S")
        world.crm_admin("PATCH", f"/persons/{person}", {name: value})

    return Plant(f"CRM person {field}", plant, field=field, entity="CONTACT")


def erp_flag(world: Deployed, branch: Branch) -> None:
    primary, _ = contact_of(world, branch)
    world.erp("update contacts set is_primary = 'N' where id = :id", id=primary)


def contact_never_sent(world: Deployed, branch: Branch) -> None:
    world.erp(
        "insert into contacts (client_code, branch_code, name, email) values (:c, :b, 'Nunca Enviada', 'nunca@x.com')",
        c=branch.client,
        b=branch.code,
    )


def contact_deleted(world: Deployed, branch: Branch) -> None:
    world.erp("delete from contacts where id = :id", id=contact_of(world, branch)[0])


def person_added(world: Deployed, branch: Branch) -> None:
    body = {"leadId": world.lead(branch)["id"], "name": "Pessoa Nova", "email": "pessoa@x.com"}
    world.crm_admin("POST", "/persons", body)


def person_deleted(world: Deployed, branch: Branch) -> None:
    world.crm_admin("DELETE", f"/persons/{contact_of(world, branch)[1]}")


# --------------------------------------------------------------------------- whole leads, mirrors


def lead_deleted(world: Deployed, branch: Branch) -> None:
    world.meant_doubles.add(branch.taxid)  # a repair makes it a second time
    world.crm_admin("DELETE", f"/leads/{world.lead(branch)['id']}")


def lead_discarded(world: Deployed, branch: Branch) -> None:
    world.crm_admin(
        "POST", f"/leads/{world.lead(branch)['id']}/discard", {"reason": "Sem interesse"}
    )


def lead_goes_back(world: Deployed, branch: Branch) -> None:
    world.edit_lead(branch, stage="Prospecção")


def not_sent(world: Deployed, branch: Branch) -> None:
    world.set_branch(branch, integrate_crm="S")


def left(world: Deployed, branch: Branch) -> None:
    world.set_branch(branch, integrate_crm="N")


def mirror_lead(column: str, value: object) -> Plant:
    def plant(world: Deployed, branch: Branch) -> None:
        lead = world.lead(branch)["id"]
        assert world.administer(f"update leads set {column} = :v where id = :id", v=value, id=lead)

    return Plant(f"LEADS {column}", plant, kind="MIRROR")


def mirror_lead_gone(world: Deployed, branch: Branch) -> None:
    assert world.administer("delete from leads where id = :id", id=world.lead(branch)["id"])


def mirror_contact(world: Deployed, branch: Branch) -> None:
    _, person = contact_of(world, branch)
    assert world.administer(
        "merge into contacts t using (select :id as id from dual) s on (t.id = s.id)"
        " when matched then update set t.name = 'Errado'"
        " when not matched then insert (id, name) values (s.id, 'Errado')",
        id=person,
    )


SEEN = (
    erp_branch("phone", "11955590001"),
    erp_branch("address_street", "Rua Oculta"),
    erp_branch("address_number", "4711"),
    erp_branch("address_complement", "Sala Oculta"),
    erp_branch("address_district", "Bairro Oculto"),
    erp_branch("address_zipcode", "01310999"),
    erp_branch("tax_registration", "998877665544"),
    other_of(
        "sales_rep",
        "select max(code) from erp.sales_reps where code <> coalesce(:old, 0)",
        "sales_rep",
    ),
    other_of(
        "industry_id",
        "select max(id) from erp.industries where id <> coalesce(:old, 0)",
        "industry",
    ),
    other_of("city_id", "select max(id) from erp.cities where id <> coalesce(:old, 0)", "city"),
    Plant("ERP name", set_name, field="name", by_diff=True),
    Plant("ERP financial_analysis", set_analysis, field="financial_analysis", by_diff=True),
    crm_lead("name", "Nome do CRM", "name"),
    crm_lead("address", "Rua do CRM", "address_street"),
    crm_lead("addressNumber", "8", "address_number"),
    crm_lead("addressComplement", "Fundos do CRM", "address_complement"),
    crm_lead("neighborhood", "Bairro do CRM", "address_district"),
    crm_lead("zipcode", "04567123", "address_zipcode"),
    crm_lead("phone", "11955590002", "phone", ddiPhone="55"),
    erp_contact("name", "Contato Oculto"),
    erp_contact("email", "oculto@example.com"),
    erp_contact("phone", "11955590003"),
    erp_contact("job_title", "Oculto"),
    Plant("ERP main contact", erp_flag, field="is_primary", entity="CONTACT"),
    crm_person("name", "Pessoa do CRM", "name"),
    crm_person("email", "crm@example.com", "email"),
    crm_person("phone1", "11955590004", "phone"),
    crm_person("jobTitle", "Do CRM", "job_title"),
    crm_person("mainContact", True, "is_primary"),
    Plant("contact deleted in the ERP", contact_deleted, kind="EXTRA_IN_CRM", entity="CONTACT"),
    Plant("person unknown to the ERP", person_added, kind="MISSING_IN_ERP", entity="CONTACT"),
    Plant("person deleted in the CRM", person_deleted, kind="MISSING_IN_CRM", entity="CONTACT"),
    Plant("lead deleted", lead_deleted, kind="MISSING_IN_CRM"),
    Plant("lead discarded", lead_discarded, kind="MIRROR"),
    Plant("lead in an early stage again", lead_goes_back, kind="MIRROR"),
    Plant("LEADS row gone", mirror_lead_gone, kind="MIRROR"),
    mirror_lead("stage", "Ativação"),
    Plant("branch without a lead", not_sent, kind="MISSING_IN_CRM", by_diff=True, is_in_crm=False),
    Plant("branch that left", left, kind="EXTRA_IN_CRM", by_diff=True),
)

#: planted all the same: no tool compares them
UNSEEN = (
    Plant("contact never sent", contact_never_sent, kind="MISSING_IN_CRM", entity="CONTACT"),
    mirror_lead("phone", "11955590009"),
    mirror_lead("name", "Espelho Errado"),
    mirror_lead("address_street", "Rua do Espelho"),
    Plant("CONTACTS row wrong", mirror_contact, kind="MIRROR", entity="CONTACT"),
)


@pytest.fixture(scope="module")
def planted(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Deployed, dict[str, Branch]]]:
    world = Deployed(tmp_path_factory.mktemp("planted"), branches=90, loaded=60)
    setting = "update crm_settings set value = :v where name = :n"
    try:
        world.prepare()
        for name, value in (
            ("send_steps", "S"),
            ("run_margin_seconds", "0"),
            ("missing_recheck_seconds", "1"),
        ):
            world.administer(setting, v=value, n=name)
        yield world, plant_all(world)
    finally:
        world.stop()


def plant_all(world: Deployed) -> dict[str, Branch]:
    """Every plant has a branch of its own, in a late stage and with its contacts agreed."""
    free = [b for b in world.take(60) if people(world, b) >= 2]
    clients: set[int] = set()
    places: dict[str, Branch] = {}
    wanted = [p for p in (*SEEN, *UNSEEN) if p.is_in_crm]
    # a name belongs to all branches of its client
    wanted.sort(key=lambda p: p.name != "ERP name")
    for plant in wanted:
        branch = next(b for b in free if b.client not in clients)
        free.remove(branch)
        if plant.name == "ERP name":
            clients.add(branch.client)
        places[plant.name] = branch
    for branch in places.values():
        world.edit_lead(branch)
        world.set_branch(branch, phone="1133330000")
    world.drain()
    (places["branch without a lead"],) = world.take(in_crm=False)
    world.crm_settings(webhook_drop=1.0)
    world.halt()
    for trigger in _TRIGGERS:
        world.administer(f"alter trigger {trigger} disable")
    for plant in (*SEEN, *UNSEEN):
        plant.plant(world, places[plant.name])
    for trigger in _TRIGGERS:
        world.administer(f"alter trigger {trigger} enable")
    world.crm_settings(webhook_drop=0.0)
    return places


def people(world: Deployed, branch: Branch) -> int:
    return int(
        world.value(
            "select count(*) from erp.contacts where client_code = :c and branch_code = :b and email is not null",
            c=branch.client,
            b=branch.code,
        )
    )


def run_json(world: Deployed, *words: str) -> Any:
    done = world.cli(*words, "--json", check=False)
    assert done.returncode in (0, 5), done.stdout + done.stderr
    return json.loads(done.stdout)


def names(found: dict[str, Any], plant: Plant, branch: Branch) -> bool:
    return any(
        f["entity"] == plant.entity
        and f["kind"] == plant.kind
        and f["record_key"] == branch.key
        and (plant.field is None or plant.field in f["fields"])
        for f in found["findings"]
    )


def test_each_difference_is_found_by_the_tool_that_claims_it_and_mended(
    planted: tuple[Deployed, dict[str, Branch]],
) -> None:
    world, places = planted
    plants = (*SEEN, *UNSEEN)
    assert len(plants) >= 40

    diff = run_json(world, "diff", "--engine", "arrow")
    found = run_json(world, "validate")

    assert {p.name for p in plants if names(found, p, places[p.name])} == {p.name for p in SEEN}
    assert {p.name for p in plants if places[p.name].key in diff["keys"]} == {
        p.name for p in SEEN if p.by_diff
    }

    run_json(world, "validate", "--repair", "--yes")
    world.daemon()
    world.drain()
    again = run_json(world, "validate")
    assert again["findings"] == []
    assert run_json(world, "diff", "--engine", "arrow")["keys"] == []

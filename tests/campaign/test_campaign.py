"""The checker on a world whose books are wrong on purpose.

A campaign itself is `make chaos`: it is not clean yet (docs/faults.md), so its short form is not here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from devkit.demo.world import call
from devkit.faults.campaign import Campaign, Options
from devkit.faults.site import PRIMARY, Site
from devkit.faults.truth import Record

SEED = 20


@pytest.fixture
def site(tmp_path: Any) -> Iterator[Site]:
    found = Site(tmp_path)
    try:
        found.prepare()
        yield found
    finally:
        found.stop()


# --------------------------------------------------------------------------- wrong on purpose


class Planter:
    """Does what the integration must never do, by its own API of the CRM, while the daemon is away."""

    def __init__(self, site: Site, record: Record) -> None:
        self.site = site
        self.record = record

    def api(self, method: str, path: str, body: Any) -> Any:
        simulator = self.site.simulator
        token = {"token_exact": simulator["token"]}
        return call(method, f"{simulator['base_url']}{path}", body, headers=token)

    def lead(self, **fields: Any) -> None:
        body = {"lead": fields, "duplicityValidation": False}
        self.api("PUT", f"/LeadsUpdate/{self.record.lead_id}", body)

    def user(self, path: str, **fields: Any) -> None:
        self.site.crm_admin("PATCH", path, fields)

    def erp(self, sql: str, *, commit: bool = True) -> None:
        session = self.site.session("ERP")
        with session.cursor() as cursor:
            cursor.execute(sql, client=self.record.client, code=self.record.code)
        if commit:
            session.commit()
        else:
            session.rollback()

    def phone(self) -> str:
        lead = self.site.crm_admin("GET", f"/leads/{self.record.lead_id}")
        return str(lead["phone1"])

    def person(self) -> dict[str, Any]:
        lead = self.site.crm_admin("GET", f"/leads/{self.record.lead_id}")
        person: dict[str, Any] = lead["persons"][0]
        return person


def overwrites_a_lead(plant: Planter) -> None:
    before = plant.phone()
    plant.user(f"/leads/{plant.record.lead_id}", ddiPhone="55", phone="11911111111")
    plant.lead(ddiPhone="55", phone=before)


def overwrites_a_contact(plant: Planter) -> None:
    person = plant.person()
    plant.user(f"/persons/{person['id']}", jobTitle="Diretora de compras")
    plant.api("PUT", f"/PersonsUpdate/{person['id']}", {"jobTitle": person["jobTitle"] or ""})


def loses_an_edit_of_the_erp(plant: Planter) -> None:
    plant.site.administer("alter trigger crm_branches_trg disable")
    plant.erp(
        "update branches set phone = '11922222222' where client_code = :client and code = :code"
    )
    plant.site.administer("alter trigger crm_branches_trg enable")


def loses_an_edit_of_a_person(plant: Planter) -> None:
    plant.user(f"/persons/{plant.person()['id']}", phone1="11933333333")


def makes_a_lead_twice(plant: Planter) -> None:
    lead = {"name": "Outra vez", "cpfcnpj": plant.record.taxid}
    plant.api("POST", "/LeadsAdd", {"lead": lead, "duplicityValidation": False})
    plant.api("POST", "/LeadsAdd", {"lead": lead, "duplicityValidation": False})


def makes_a_person_twice(plant: Planter) -> None:
    person = plant.person()
    body = {"leadId": plant.record.lead_id, "name": person["name"], "email": person["email"]}
    plant.api("POST", "/personsAdd", body)


def sends_what_was_rolled_back(plant: Planter) -> None:
    plant.erp(
        "update branches set phone = '11944444444' where client_code = :client and code = :code",
        commit=False,
    )
    plant.lead(ddiPhone="55", phone="11944444444")


def leaves_a_sale_out(plant: Planter) -> None:
    plant.site.administer("alter trigger crm_branches_trg disable")
    plant.erp(
        "update branches set integrate_crm = 'N' where client_code = :client and code = :code"
    )
    plant.site.administer("alter trigger crm_branches_trg enable")
    plant.record.takes_part = False


def moves_a_lead_from_where_a_user_put_it(plant: Planter) -> None:
    plant.record.stage = "Ativação"


def writes_at_rest(plant: Planter) -> None:
    before = plant.phone()
    writes = [
        lambda: plant.lead(ddiPhone="55", phone="11955555555"),
        lambda: plant.lead(ddiPhone="55", phone=before),
    ]
    for number, write in enumerate(writes, 1):
        threading.Timer(0.3 * number, write).start()


PLANTED: list[tuple[Callable[[Planter], None], str, str]] = [
    (overwrites_a_contact, "overwritten", "contact"),
    (loses_an_edit_of_a_person, "equal", "contact"),
    (makes_a_person_twice, "doubled", "contact"),
    (overwrites_a_lead, "overwritten", "lead"),
    (loses_an_edit_of_the_erp, "equal", "lead"),
    (makes_a_lead_twice, "doubled", "creation"),
    (sends_what_was_rolled_back, "rolled back", "lead"),
    (leaves_a_sale_out, "equal", "discard"),
    (moves_a_lead_from_where_a_user_put_it, "overwritten", "stage"),
    (writes_at_rest, "quiet", "all"),
]


def test_each_planted_wrong_is_found(site: Site) -> None:
    """One record each, so that what is found of it was found for what was done to it."""
    campaign = Campaign(site, Options(seed=SEED, edits=0, faults=0, quota=(5, 60.0)))
    site.stop_daemon(PRIMARY)
    site.crm_admin("PATCH", "/settings", {"webhook_drop": 1.0})
    records = sorted(campaign.truth.records, key=lambda record: -len(record.persons))
    campaign.truth.rolled_back[records[6].key] = {"11944444444"}
    for (plant, _, _), record in zip(PLANTED, records, strict=False):
        plant(Planter(site, record))
    check = campaign.check()

    found = {(violation.rule, violation.entity) for violation in check.violations}
    missing = {(rule, entity) for _, rule, entity in PLANTED} - found
    assert missing == set(), [str(violation) for violation in check.violations]
    for (plant, rule, entity), record in zip(PLANTED, records, strict=False):
        if entity not in ("all", "creation"):
            assert any(
                violation.rule == rule
                and violation.entity == entity
                and violation.subject.startswith(record.key)
                for violation in check.violations
            ), plant.__name__
    # ten calls were made where five were allowed
    assert ("quota", "quota") in found
    untouched = {record.key for record in records[len(PLANTED) :]}
    assert untouched
    assert not [v for v in check.violations if v.subject.split(" ")[0] in untouched]


def test_a_pair_that_does_not_come_to_rest_is_a_violation(site: Site) -> None:
    """The daemon answers, and does nothing: its account may not claim any more."""
    campaign = Campaign(site, Options(seed=SEED, edits=10, faults=0, patience_seconds=3.0))
    site.administer("revoke execute on crm_bridge_api from crm_bridge")
    check = campaign.round()

    assert [violation.rule for violation in check.violations] == ["drain"]

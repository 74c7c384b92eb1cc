"""Contacts of a lead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devkit.spotter.calls import Answer, Call, Routes, Tenant, created, listing

if TYPE_CHECKING:
    from devkit.spotter.state import Person


def person_row(person: Person) -> dict[str, Any]:
    """As ``/Persons`` shows it: ``mainContact``, written as a boolean, is read as text (S5)."""
    values = person.values
    return {
        "id": person.id,
        "name": values.get("name"),
        "email": values.get("email"),
        "phone1": values.get("phone1"),
        "jobTitle": values.get("jobTitle"),
        "mainContact": "true" if values.get("mainContact") else "false",
        "leadId": person.lead_id,
    }


def list_persons(tenant: Tenant, call: Call) -> Answer:
    persons = sorted(tenant.state.persons.items())
    return listing(tenant, call, [person_row(person) for _, person in persons], "Persons")


def list_persons_of_lead(tenant: Tenant, call: Call) -> Answer:
    persons = tenant.state.persons_of(call.number())
    return listing(tenant, call, [person_row(person) for person in persons], "Persons")


def add_person(tenant: Tenant, call: Call) -> Answer:
    return created(tenant.state.create_person(call.members(), actor="api"))


def update_person(tenant: Tenant, call: Call) -> Answer:
    number = call.number()
    tenant.state.update_person(number, call.members(), actor="api")
    return created(number, status=200)


ROUTES: Routes = {
    ("GET", "persons", 1): list_persons,
    ("GET", "persons", 2): list_persons_of_lead,
    ("POST", "personsadd", 1): add_person,
    ("PUT", "personsupdate", 2): update_person,
}

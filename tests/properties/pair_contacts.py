"""Contacts and quotations of the pair: what their users did since the pair was last at rest, and what may stand then.

A contact is one person on both sides. Its rules, as ``crm_contacts`` and ``crm_steps`` have them:

* deleted in the ERP: it does not come back, and the CRM keeps the person;
* removed in the CRM: the contact stays in the ERP without a person, and an edit of the ERP adds it again;
* edited: as the fields of a lead. A branch has at most one main contact, the same on both sides.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any, Final

import oracledb
from deployed_world import Branch, Deployed
from hypothesis import strategies as st

from devkit.faults.values import CRM_PERSON_FIELDS

__all__ = [
    "BUDGET_PRICES",
    "CONTACT_EDITS",
    "Budget",
    "Contact",
    "add_budget",
    "add_contact",
    "agreed_prices",
    "contacts_of",
    "is_main",
    "persons_of",
    "proposal_of",
]

FIELDS: Final = ("name", "email", "phone", "job_title")

#: field: what a user of either side enters; names and addresses are completed so that each belongs to one contact
CONTACT_EDITS: Final = {
    "name": st.sampled_from(["João", "Conceição", "Ana Ç", "Zé"]),
    "email": st.sampled_from(["a", "b", "compras"]),
    "phone": st.integers(0, 99).map(lambda n: f"119777700{n:02d}"),
    "job_title": st.sampled_from(["Compras", "Direção", "Sócio"]),
}
BUDGET_PRICES: Final = st.sampled_from([1000, 2500, 3333])

_numbers = itertools.count(1)


@dataclass(slots=True)
class Contact:
    """One person, and the last edits of each side since the last rest."""

    number: int = field(default_factory=lambda: next(_numbers))
    contact_id: int | None = None
    person_id: int | None = None
    erp: dict[str, Any] = field(default_factory=dict)
    crm: dict[str, Any] = field(default_factory=dict)
    #: as of the last rest; empty: added since then
    before: dict[str, Any] = field(default_factory=dict)
    is_gone_in_erp: bool = False
    is_gone_in_crm: bool = False
    #: removed in the CRM before the last rest, and not changed in the ERP since then
    is_single: bool = False

    def entered(self, name: str, value: str) -> str:
        """What a user enters: names and addresses tell whose they are."""
        if name == "name":
            return f"{value} {self.number}"
        return f"{value}.{self.number}@example.com" if name == "email" else value

    def allowed(self, name: str) -> list[Any]:
        """Values of a field that may stand at the end."""
        found = [side[name] for side in (self.erp, self.crm) if name in side]
        return found or [self.before.get(name)]


@dataclass(slots=True)
class Budget:
    """A quotation of 500 units with one delivery."""

    budget_id: int


def add_contact(world: Deployed, branch: Branch, values: dict[str, Any]) -> int:
    """An ERP user adds a contact; its id."""
    with world.erp_session() as erp, erp.cursor() as cursor:
        number = cursor.var(oracledb.NUMBER)
        cursor.execute(
            "insert into contacts (client_code, branch_code, name, email, phone, job_title, is_primary)"
            " values (:client, :code, :name, :email, :phone, :job_title, 'N') returning id into :id",
            client=branch.client,
            code=branch.code,
            id=number,
            **values,
        )
        erp.commit()
    (identity,) = number.getvalue()
    return int(identity)


def erp_main(world: Deployed, branch: Branch, contact_id: int) -> bool:
    """An ERP screen moves the flag of the main contact; whether the contact was there."""
    with world.erp_session() as erp, erp.cursor() as cursor:
        cursor.execute(
            "update contacts set is_primary = 'N' where client_code = :client and branch_code = :code"
            " and is_primary = 'S' and id <> :id",
            client=branch.client, code=branch.code, id=contact_id,
        )  # fmt: skip
        cursor.execute("update contacts set is_primary = 'S' where id = :id", id=contact_id)
        found = cursor.rowcount
        erp.commit()
    return bool(found)


def contacts_of(world: Deployed, branch: Branch) -> dict[int, dict[str, Any]]:
    """The contacts of a branch in the ERP, by their id."""
    names = (*FIELDS, "is_primary", "id_crm", "id")
    found = world.rows(
        f"select {', '.join(names)} from erp.contacts where client_code = :client and branch_code = :code",
        client=branch.client,
        code=branch.code,
    )
    rows = (dict(zip(names, row, strict=True)) for row in found)
    return {int(row["id"]): row for row in rows}


def persons_of(lead: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """The persons of a lead by their id, with the names of the ERP; an empty text is none."""
    return {
        int(row["id"]): {
            **{name: row[crm_name] or None for name, crm_name in CRM_PERSON_FIELDS.items()},
            "is_primary": "S" if is_main(row) else "N",
        }
        for row in lead["persons"]
    }


def is_main(person: dict[str, Any]) -> bool:
    return str(person["mainContact"]).lower() == "true"


def add_budget(world: Deployed, branch: Branch, price: int) -> Budget:
    """An ERP user writes a quotation whose delivery is approved, due in 30 days."""
    with world.erp_session() as erp, erp.cursor() as cursor:
        number = cursor.var(oracledb.NUMBER)
        cursor.execute(
            "insert into budgets (client_code, branch_code) values (:c, :b) returning id into :id",
            c=branch.client, b=branch.code, id=number,
        )  # fmt: skip
        identity = int(number.getvalue()[0])
        cursor.execute(
            "insert into budget_items (budget_id, item, product_code, description, list_price)"
            " values (:id, 1, 'P1', 'Etiqueta', :price)",
            id=identity, price=price,
        )  # fmt: skip
        cursor.execute(
            "insert into budget_deliveries (budget_id, item, delivery, deliver_on, min_quantity, approved)"
            " values (:id, 1, 1, trunc(sysdate) + 30, 500, 'S')",
            id=identity,
        )
        erp.commit()
    return Budget(identity)


def agreed_prices(world: Deployed, branch: Branch) -> list[float]:
    """What the proposal must be: one line with the sum of what is approved and due, or none.

    Written down here once more, so that a mistake of the view is not its own proof.
    """
    total = world.value(
        "select sum(d.min_quantity * case when i.negotiated_price > 0 then i.negotiated_price else i.list_price end)"
        " from erp.budgets b, erp.budget_items i, erp.budget_deliveries d"
        " where b.client_code = :client and b.branch_code = :code and b.status <> 'R' and i.budget_id = b.id"
        " and d.budget_id = i.budget_id and d.item = i.item and d.approved = 'S'"
        " and d.deliver_on >= trunc(sysdate) and d.deliver_on < trunc(sysdate) + 366",
        client=branch.client,
        code=branch.code,
    )
    return [] if total is None else [round(float(total) / 1000, 2)]


def proposal_of(lead: dict[str, Any]) -> list[float]:
    return [float(line["labelValue"]) for line in lead["proposal"]]


def broken_promises(
    contacts: list[Contact],
    rows: dict[int, dict[str, Any]],
    persons: dict[int, dict[str, Any]],
    *,
    mains: list[Contact],
) -> list[str]:
    """What of the contacts of one branch is not as it must be; both sides as they are now.

    ``mains``: those that a user made the main one since the last rest.
    """
    by_person = {int(row["id_crm"]): row for row in rows.values() if row["id_crm"] is not None}
    problems = []
    for contact in contacts:
        problems += _of_contact(contact, rows, persons, by_person)
    known = {c.contact_id for c in contacts} | {
        row["id"]
        for row in rows.values()
        if any(row["id_crm"] is not None and row["id_crm"] == c.person_id for c in contacts)
    }
    for contact_id in sorted(rows.keys() - known):
        problems.append(f"contact {contact_id} was added by nobody: {rows[contact_id]}")
    addresses = [row["email"] for row in persons.values()]
    for email in sorted({email for email in addresses if email and addresses.count(email) > 1}):
        problems.append(f"{email} is several persons in the CRM")
    return problems + _of_mains(mains, rows, persons, by_person)


def _of_contact(
    contact: Contact,
    rows: dict[int, dict[str, Any]],
    persons: dict[int, dict[str, Any]],
    by_person: dict[int, dict[str, Any]],
) -> list[str]:
    label = f"contact {contact.number} ({contact.contact_id}, person {contact.person_id})"
    row = rows.get(contact.contact_id or 0) or by_person.get(contact.person_id or 0)
    if contact.is_gone_in_erp:
        return [f"{label} was deleted in the ERP, and is there again"] if row else []
    if row is None:
        # added and removed in the CRM before anybody saw it
        is_unseen = contact.contact_id is None and contact.is_gone_in_crm
        return [] if is_unseen else [f"{label} is not in the ERP"]
    person = persons.get(row["id_crm"] or 0)
    if person is None:
        if row["id_crm"] is not None:
            return [f"{label} has person {row['id_crm']}, who is not in the CRM"]
        may_be_single = contact.is_gone_in_crm or (contact.is_single and not contact.erp)
        problems = [] if may_be_single else [f"{label} is not in the CRM"]
    else:
        problems = [
            f"{label} {name}: ERP {row[name]!r}, CRM {person[name]!r}"
            for name in (*FIELDS, "is_primary")
            if row[name] != person[name]
        ]
        if contact.is_gone_in_crm and not contact.erp:
            problems.append(f"{label} was removed in the CRM, and is there again")
    return problems + [
        f"{label} {name} is {row[name]!r}, and not one of {contact.allowed(name)!r}"
        for name in FIELDS
        if row[name] not in contact.allowed(name)
    ]


def _of_mains(
    mains: list[Contact],
    rows: dict[int, dict[str, Any]],
    persons: dict[int, dict[str, Any]],
    by_person: dict[int, dict[str, Any]],
) -> list[str]:
    """At most one main contact; exactly one when a user has just chosen one that is still there."""
    chosen = [row for row in rows.values() if row["is_primary"] == "S"]
    if len(chosen) > 1:
        return [f"{len(chosen)} main contacts: {[row['id'] for row in chosen]}"]
    found = sum(person["is_primary"] == "S" for person in persons.values())
    if found > 1:
        return [f"{found} main persons"]
    standing = [c for c in mains if not (c.is_gone_in_erp or c.is_gone_in_crm)]
    if standing and len(standing) == len(mains):
        allowed = [
            row["id"]
            for c in standing
            if (row := rows.get(c.contact_id or 0) or by_person.get(c.person_id or 0)) is not None
        ]
        if [row["id"] for row in chosen if row["id"] in allowed] == []:
            return [f"the main contact is {[row['id'] for row in chosen]}, not one of {allowed}"]
    return []

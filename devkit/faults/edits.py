"""Users of both sides: each edit of a plan, done on what there is by then, and noted in the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any, Final

import oracledb

from devkit.erp import sales
from devkit.faults.plan import Action
from devkit.faults.site import LATE_STAGE, Site
from devkit.faults.truth import Person, Record, Truth
from devkit.faults.values import (
    CONTACT_FIELDS,
    LEAD_FIELDS,
    crm_lead_body,
    crm_person_body,
    lead_value,
    new_tax_id,
    person_value,
)

__all__ = ["ENTITY_OF", "Editor"]

#: contacts of one branch
_CONTACTS: Final = 5
#: numbers of persons begin above the ids of the sample ERP
_FIRST_PERSON: Final = 1_000_000
_STAGES: Final = (LATE_STAGE, "Ativação", "Retenção/Expansão")

#: entity of each kind of edit, for the figures
ENTITY_OF: Final = {
    "erp_lead_field": "lead",
    "crm_lead_field": "lead",
    "both_lead_field": "lead",
    "erp_two_fields": "lead",
    "erp_batch": "lead",
    "erp_rollback": "rollback",
    "erp_contact_field": "contact",
    "crm_contact_field": "contact",
    "both_contact_field": "contact",
    "erp_contact_add": "contact",
    "crm_contact_add": "contact",
    "erp_contact_remove": "contact",
    "crm_contact_remove": "contact",
    "erp_main_contact": "main contact",
    "crm_main_contact": "main contact",
    "budget_add": "proposal",
    "budget_reprice": "proposal",
    "budget_reject": "proposal",
    "order_add": "sale",
    "crm_stage": "stage",
    "branch_leaves": "discard",
    "branch_returns": "discard",
    "branch_joins": "creation",
    "crm_lead_converted": "conversion",
}


class Editor:
    """Does edits; ``done`` counts them by entity, ``idle`` those that met nothing to edit."""

    def __init__(self, site: Site, truth: Truth) -> None:
        self._site = site
        self._truth = truth
        self.done: Counter[str] = Counter()
        self.idle: Counter[str] = Counter()

    def do(self, action: Action) -> None:
        edit: Callable[[Action], bool] = getattr(self, f"_{action.kind}")
        if edit(action):
            self.done[ENTITY_OF[action.kind]] += 1
        else:
            self.idle[action.kind] += 1

    # ----------------------------------------------------------------- fields of leads

    def _record(self, action: Action, *, mirrored: bool = False) -> Record | None:
        """One that takes part; a few are meant more often than others, so that edits meet."""
        found = [
            record
            for record in self._truth.records
            if record.takes_part and (not mirrored or (record.is_mirrored and record.lead_id))
        ]
        if not found:
            return None
        hot = found[: max(3, len(found) // 3)] if action.pick % 2 else found
        return hot[action.record % len(hot)]

    def _erp_lead_field(self, action: Action) -> bool:
        record = self._record(action)
        if record is None:
            return False
        name = LEAD_FIELDS[action.choice % len(LEAD_FIELDS)]
        self._write_erp(record, name, lead_value(name, 2 * action.number))
        return True

    def _crm_lead_field(self, action: Action) -> bool:
        record = self._record(action, mirrored=True)
        if record is None:
            return False
        name = LEAD_FIELDS[action.choice % len(LEAD_FIELDS)]
        self._write_crm(record, name, lead_value(name, 2 * action.number + 1))
        return True

    def _both_lead_field(self, action: Action) -> bool:
        record = self._record(action, mirrored=True)
        if record is None:
            return False
        name = LEAD_FIELDS[action.choice % len(LEAD_FIELDS)]
        writes: list[Callable[[], object]] = [
            lambda: self._write_erp(record, name, lead_value(name, 2 * action.number)),
            lambda: self._write_crm(record, name, lead_value(name, 2 * action.number + 1)),
        ]
        for write in writes if action.pick % 4 < 2 else reversed(writes):
            write()
        return True

    def _erp_two_fields(self, action: Action) -> bool:
        record = self._record(action)
        if record is None:
            return False

        def edit(session: oracledb.Connection) -> None:
            with session.cursor() as cursor:
                for name in ("phone", "address_street"):
                    value = lead_value(name, 2 * action.number)
                    cursor.execute(*_update(record, name, value))
            session.commit()

        self._site.again("ERP", edit)
        return True

    def _erp_batch(self, action: Action) -> bool:
        value = lead_value("sales_rep", action.number)

        def edit(session: oracledb.Connection) -> None:
            with session.cursor() as cursor:
                cursor.execute(
                    "update branches set sales_rep = :value where integrate_crm = 'S'", value=value
                )
            session.commit()

        self._site.again("ERP", edit)
        return True

    def _erp_rollback(self, action: Action) -> bool:
        record = self._record(action)
        if record is None:
            return False
        values = {
            name: lead_value(name, 2 * action.number)
            for name in ("phone", "address_street", "address_complement")
        }

        def edit(session: oracledb.Connection) -> None:
            with session.cursor() as cursor:
                for name, value in values.items():
                    cursor.execute(*_update(record, name, value))
            session.rollback()

        self._site.again("ERP", edit)
        self._truth.rolled_back.setdefault(record.key, set()).update(values.values())
        return True

    def _write_erp(self, record: Record, name: str, value: Any) -> None:
        if name == "financial_analysis":
            sql = (
                "insert into credit_limit_history"
                " (client_code, branch_code, changed_on, credit_limit, financial_analysis)"
                " values (:client, :code, sysdate, 1000, :value)"
            )
            binds = {"client": record.client, "code": record.code, "value": value}
        else:
            sql, binds = _update(record, name, value)

        def edit(session: oracledb.Connection) -> None:
            with session.cursor() as cursor:
                cursor.execute(sql, binds)
            session.commit()

        self._site.again("ERP", edit)

    def _write_crm(self, record: Record, name: str, value: Any) -> None:
        self._site.crm_admin("PATCH", f"/leads/{record.lead_id}", crm_lead_body(name, value))

    # ----------------------------------------------------------------- contacts

    def _person(self, action: Action, *, in_erp: bool) -> tuple[Record, Person] | None:
        """A person that stands, and is known on the side on which it is edited."""
        record = self._record(action, mirrored=True)
        if record is None:
            return None
        self._find(record)
        standing = [
            person
            for person in record.standing()
            if (person.contact_id if in_erp else person.person_id) is not None
        ]
        return (record, standing[action.pick // 2 % len(standing)]) if standing else None

    def _find(self, record: Record) -> None:
        """Who by now is on the other side: found by the number in the name."""
        missing = [p for p in record.standing() if p.contact_id is None or p.person_id is None]
        if not missing:
            return
        contacts, persons = self._site.contacts_of(record), self._site.persons_of(record)
        for person in missing:
            person.contact_id = person.contact_id or contacts.get(person.number)
            person.person_id = person.person_id or persons.get(person.number)

    def _erp_contact_field(self, action: Action) -> bool:
        found = self._person(action, in_erp=True)
        return found is not None and self._edit_contact(*found, action, 2 * action.number)

    def _crm_contact_field(self, action: Action) -> bool:
        found = self._person(action, in_erp=False)
        return found is not None and self._edit_person(*found, action, 2 * action.number + 1)

    def _both_contact_field(self, action: Action) -> bool:
        found = self._person(action, in_erp=False)
        if found is None or found[1].contact_id is None:
            return False
        edits: list[Callable[[], object]] = [
            lambda: self._edit_contact(*found, action, 2 * action.number),
            lambda: self._edit_person(*found, action, 2 * action.number + 1),
        ]
        for edit in edits if action.pick % 4 < 2 else reversed(edits):
            edit()
        return True

    def _edit_contact(self, record: Record, person: Person, action: Action, number: int) -> bool:
        name = CONTACT_FIELDS[action.choice % len(CONTACT_FIELDS)]
        value = person_value(name, number, person.number)
        assert person.contact_id is not None
        contact_id = person.contact_id

        def edit(session: oracledb.Connection) -> None:
            sales.edit_contact(session, contact_id, **{name: value})
            session.commit()

        self._site.again("ERP", edit)
        person.edited_in_erp = True
        return True

    def _edit_person(self, record: Record, person: Person, action: Action, number: int) -> bool:
        name = CONTACT_FIELDS[action.choice % len(CONTACT_FIELDS)]
        body = crm_person_body({name: person_value(name, number, person.number)})
        self._site.crm_admin("PATCH", f"/persons/{person.person_id}", body)
        return True

    def _new_person(self, record: Record, action: Action) -> tuple[Person, dict[str, str]] | None:
        if len(record.standing()) >= _CONTACTS:
            return None
        person = Person(_FIRST_PERSON + action.number)
        values = {
            name: person_value(name, action.number, person.number)
            for name in ("name", "email", "phone")
        }
        return person, values

    def _erp_contact_add(self, action: Action) -> bool:
        record = self._record(action, mirrored=True)
        new = record and self._new_person(record, action)
        if record is None or not new:
            return False
        person, values = new

        def add(session: oracledb.Connection) -> int:
            with session.cursor() as cursor:
                # done before, when the answer to the commit was lost
                cursor.execute(
                    "select max(id) from contacts where name = :name", name=values["name"]
                )
                (done,) = cursor.fetchone() or (None,)
            if done is not None:
                return int(done)
            number = sales.add_contact(session, record.client, record.code, **values)
            session.commit()
            return number

        person.contact_id = self._site.again("ERP", add)
        record.persons.append(person)
        return True

    def _crm_contact_add(self, action: Action) -> bool:
        record = self._record(action, mirrored=True)
        new = record and self._new_person(record, action)
        if record is None or not new:
            return False
        person, values = new
        body = {"leadId": record.lead_id, **crm_person_body(values)}
        person.person_id = int(self._site.crm_admin("POST", "/persons", body)["id"])
        record.persons.append(person)
        return True

    def _erp_contact_remove(self, action: Action) -> bool:
        found = self._person(action, in_erp=True)
        if found is None:
            return False
        contact_id = found[1].contact_id
        assert contact_id is not None

        def remove(session: oracledb.Connection) -> None:
            sales.remove_contact(session, contact_id)
            session.commit()

        self._site.again("ERP", remove)
        found[1].removed_in_erp = True
        return True

    def _crm_contact_remove(self, action: Action) -> bool:
        found = self._person(action, in_erp=False)
        if found is None or found[1].contact_id is None:
            return False
        self._site.crm_admin("DELETE", f"/persons/{found[1].person_id}")
        found[1].removed_in_crm = True
        return True

    def _erp_main_contact(self, action: Action) -> bool:
        found = self._person(action, in_erp=True)
        if found is None:
            return False
        record, person = found

        def choose(session: oracledb.Connection) -> set[int]:
            with session.cursor() as cursor:
                cursor.execute(
                    "select id from contacts where client_code = :client"
                    " and branch_code = :code and is_primary = 'S'",
                    client=record.client,
                    code=record.code,
                )
                moved = {int(identity) for (identity,) in cursor} ^ {person.contact_id or 0}
                cursor.execute(
                    "update contacts set is_primary = 'N' where client_code = :client"
                    " and branch_code = :code and is_primary = 'S' and id <> :id",
                    client=record.client,
                    code=record.code,
                    id=person.contact_id,
                )
                cursor.execute(
                    "update contacts set is_primary = 'S' where id = :id", id=person.contact_id
                )
            session.commit()
            return moved

        moved = self._site.again("ERP", choose)
        for one in record.persons:
            # who loses the flag is changed as well
            one.edited_in_erp |= one.contact_id in moved
        record.mains.append(person.number)
        return True

    def _crm_main_contact(self, action: Action) -> bool:
        found = self._person(action, in_erp=False)
        if found is None:
            return False
        record, person = found
        self._site.crm_admin("PATCH", f"/persons/{person.person_id}", {"mainContact": True})
        record.mains.append(person.number)
        return True

    # ----------------------------------------------------------------- quotations, orders, stages

    def _budget_add(self, action: Action) -> bool:
        record = self._record(action, mirrored=True)
        if record is None:
            return False

        def add(session: oracledb.Connection) -> int:
            price = _price(action)
            number = sales.add_budget(session, record.client, record.code, price)
            session.commit()
            return number

        record.budgets.append(self._site.again("ERP", add))
        return True

    def _budget_reprice(self, action: Action) -> bool:
        record = self._with_budget(action)
        if record is None:
            return False
        budget = record.budgets[action.pick % len(record.budgets)]

        def change(session: oracledb.Connection) -> None:
            sales.reprice_budget(session, budget, _price(action))
            session.commit()

        self._site.again("ERP", change)
        return True

    def _budget_reject(self, action: Action) -> bool:
        record = self._with_budget(action)
        if record is None:
            return False
        budget = record.budgets.pop(action.pick % len(record.budgets))

        def reject(session: oracledb.Connection) -> None:
            sales.reject_budget(session, budget)
            session.commit()

        self._site.again("ERP", reject)
        return True

    def _with_budget(self, action: Action) -> Record | None:
        found = [r for r in self._truth.records if r.takes_part and r.budgets]
        return found[action.record % len(found)] if found else None

    def _order_add(self, action: Action) -> bool:
        found = [
            record
            for record in self._truth.records[3:]
            if record.takes_part and record.is_mirrored and not record.has_order
        ]
        if not found:
            return False
        record = found[action.record % len(found)]

        def add(session: oracledb.Connection) -> None:
            sales.add_order(session, record.client, record.code, _price(action))
            session.commit()

        self._site.again("ERP", add)
        record.has_order = True
        return True

    def _crm_stage(self, action: Action) -> bool:
        record = self._record(action, mirrored=True)
        if record is None:
            return False
        stage = _STAGES[action.choice % len(_STAGES)]
        record.is_in_sold_stage = stage != LATE_STAGE
        record.was_in_sold_stage |= record.is_in_sold_stage
        self._site.crm_admin("PATCH", f"/leads/{record.lead_id}", {"stage": stage})
        record.stage = stage
        return True

    # ----------------------------------------------------------------- taking part

    def _branch_leaves(self, action: Action) -> bool:
        found = [
            r for r in self._truth.records[6:] if r.takes_part and r.is_mirrored and not r.has_order
        ]
        if len(found) < 2:
            return False
        self._take_part(found[action.record % len(found)], False)
        return True

    def _branch_returns(self, action: Action) -> bool:
        found = [record for record in self._truth.records if not record.takes_part]
        if not found:
            return False
        self._take_part(found[action.record % len(found)], True)
        return True

    def _branch_joins(self, action: Action) -> bool:
        """A branch that the CRM does not know: it is made there, with its contacts."""
        if not self._truth.waiting:
            return False
        record = self._truth.waiting.pop(0)
        self._truth.records.append(record)
        self._take_part(record, True)
        return True

    def _crm_lead_converted(self, action: Action) -> bool:
        """A lead that the ERP does not know, and that becomes a client: both in one go, so that webhooks meet."""
        taxid = new_tax_id(action.number)
        body = {
            "name": f"Indústria Nova {action.number} Ltda",
            "cpfcnpj": taxid,
            "stage": "Novos leads",
            "ddiPhone": "55",
            "phone": lead_value("phone", 2 * action.number + 1),
            "address": f"Rua Nova {action.number}",
            "addressNumber": "S/N",
            "country": "Brasil",
            **self._city(action),
        }
        lead_id = int(self._site.crm_admin("POST", "/leads", body)["id"])
        self._truth.converted[taxid] = lead_id
        self._site.crm_admin("PATCH", f"/leads/{lead_id}", {"stage": LATE_STAGE})
        if action.pick % 2:
            value = lead_value("sales_rep", action.choice)
            self._site.crm_admin("PATCH", f"/leads/{lead_id}", crm_lead_body("sales_rep", value))
        return True

    def _city(self, action: Action) -> dict[str, str]:
        """One that the ERP knows: without, the CRM takes no address of this lead."""
        found = self._site.rows("select name, state_code from erp.cities order by id")
        city, state = found[action.choice % len(found)]
        return {"city": city, "state": state}

    def _take_part(self, record: Record, flag: bool) -> None:
        def change(session: oracledb.Connection) -> None:
            with session.cursor() as cursor:
                cursor.execute(
                    "update branches set integrate_crm = :flag"
                    " where client_code = :client and code = :branch",
                    flag="S" if flag else "N",
                    client=record.client,
                    branch=record.code,
                )
            session.commit()

        self._site.again("ERP", change)
        record.takes_part = flag
        record.has_moved = True

    def find_everybody(self) -> None:
        """Learn the ids of what was made on the other side; for the end of a round."""
        by_taxid = {lead["cnpj"]: lead for lead in self._site.leads()}
        self._find_converted()
        for record in self._truth.records:
            if record.lead_id is None and record.taxid in by_taxid:
                record.lead_id = int(by_taxid[record.taxid]["id"])
            if record.takes_part and record.lead_id is not None:
                with suppress(OSError):
                    self._find(record)

    def _find_converted(self) -> None:
        """The branches that conversions made; from now on they are edited as the others are."""
        known = {record.taxid for record in self._truth.records}
        for taxid, lead_id in self._truth.converted.items():
            if taxid not in known:
                found = self._site.rows(
                    "select client_code, code from erp.branches where taxid = :taxid", taxid=taxid
                )
                for client, code in found[:1]:
                    record = Record(f"{client}-{code}", int(client), int(code), taxid)
                    record.lead_id, record.is_converted = lead_id, True
                    self._truth.records.append(record)


def _price(action: Action) -> Decimal:
    return Decimal(1000 + action.number)


def _update(record: Record, name: str, value: Any) -> tuple[str, dict[str, Any]]:
    column = "industry_id" if name == "industry" else name
    return (
        f"update branches set {column} = :value, updated_on = sysdate"  # noqa: S608
        " where client_code = :client and code = :branch",
        {"value": value, "client": record.client, "branch": record.code},
    )

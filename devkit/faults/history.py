"""From the accounts of both sides to the registers that the checker reads.

The CRM's account is its ledger, the ERP's the journal of :mod:`devkit.faults.journal`. Of the product's own tables
only those are read in which it says that a value gave way, or waits for a person: that they do is what is checked.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from devkit.faults import journal
from devkit.faults.checker import SYNC, USER, Call, Contact, Register, Side, Write
from devkit.faults.site import Site
from devkit.faults.truth import Record, Truth, number_in
from devkit.faults.values import (
    CONTACT_FIELDS,
    CRM_LEAD_FIELDS,
    CRM_PERSON_FIELDS,
    ERP_OWNED,
    LEAD_FIELDS,
    form,
)

__all__ = [
    "Accounts",
    "Mark",
    "Snapshot",
    "as_text",
    "contacts",
    "conversions",
    "creations",
    "mark",
    "registers",
    "take",
]

_ERP_USER: Final = "ERP"

_LEADS: Final = """
select b.client_code || '-' || b.code, b.taxid,
       b.phone, b.sales_rep, b.industry_id, b.address_street, b.address_complement,
       (select max(h.financial_analysis) keep (dense_rank last order by h.changed_on, h.id)
          from erp.credit_limit_history h
         where h.client_code = b.client_code and h.branch_code = b.code)
  from erp.branches b"""
_LEAD_NAMES: Final = (
    "phone", "sales_rep", "industry", "address_street", "address_complement", "financial_analysis",
)  # fmt: skip
_CONTACTS: Final = """
select c.client_code || '-' || c.branch_code, c.id, c.name, c.email, c.phone, c.job_title, c.is_primary
  from erp.contacts c
 order by c.id"""
_TOLD: Final = """
select record_key, contact_id, field_name, base_value, erp_value, crm_value from crm_merge_audit
 union all
select record_key, null, field_name, base_value, erp_value, crm_value from crm_conflicts"""

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the accounts stood."""

    ledger: int
    journal: int


@dataclass(slots=True)
class Snapshot:
    """Both sides as they are: values by neutral name in the form of :func:`devkit.faults.values.form`.

    Contacts are by the person's number; a number may be there several times, which is what must not be.
    """

    erp_leads: dict[str, Values] = field(default_factory=dict)
    crm_leads: dict[str, Values] = field(default_factory=dict)
    erp_contacts: dict[tuple[str, int], list[Values]] = field(default_factory=dict)
    crm_contacts: dict[tuple[str, int], list[Values]] = field(default_factory=dict)
    #: the CRM's records as they are shown, by tax id
    leads: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    #: keys of the ERP's branches, by tax id
    branches: dict[str, list[str]] = field(default_factory=dict)
    #: number of each contact and each person, by its id
    contact_numbers: dict[int, int] = field(default_factory=dict)
    person_numbers: dict[int, int] = field(default_factory=dict)


def mark(site: Site) -> Mark:
    last = int(site.crm_admin("GET", "/ledger/summary")["last_seq"])
    return Mark(last, site.again("SYSTEM", journal.last_number))


def take(site: Site, truth: Truth) -> Snapshot:
    """Read both sides; they should be at rest."""
    found = Snapshot()
    for key, taxid, *values in site.rows(_LEADS):
        found.branches.setdefault(str(taxid), []).append(key)
        found.erp_leads[key] = {
            name: form("lead", name, value) for name, value in zip(_LEAD_NAMES, values, strict=True)
        }
    for key, identity, *values, is_primary in site.rows(_CONTACTS):
        number = number_in(values[0])
        if number is not None:
            found.contact_numbers[int(identity)] = number
            row = {
                name: form("contact", name, value)
                for name, value in zip(CONTACT_FIELDS, values, strict=True)
            }
            row["is_primary"] = "S" if is_primary == "S" else "N"
            found.erp_contacts.setdefault((key, number), []).append(row)
    by_taxid = {record.taxid: record for record in truth.every()}
    for lead in site.leads():
        found.leads.setdefault(str(lead["cnpj"]), []).append(lead)
        record = by_taxid.get(str(lead["cnpj"]))
        if record is not None:
            found.crm_leads[record.key] = _crm_values(lead)
            _add_persons(found, record, lead)
    return found


def _crm_values(lead: Mapping[str, Any]) -> Values:
    custom = lead["customFields"]
    values = {
        "phone": lead["phone1"],
        "sales_rep": custom.get("_cod.gestores"),
        "industry": (lead["industry"] or {}).get("value"),
        "financial_analysis": custom.get("_analisefinanceira"),
        "address_street": lead["street"],
        "address_complement": lead["complement"],
    }
    return {name: form("lead", name, value) for name, value in values.items()}


def _add_persons(found: Snapshot, record: Record, lead: Mapping[str, Any]) -> None:
    for person in lead["persons"]:
        number = number_in(person["name"])
        if number is None:
            continue
        found.person_numbers[int(person["id"])] = number
        row = {
            name: form("contact", name, person[crm_name])
            for name, crm_name in CRM_PERSON_FIELDS.items()
        }
        row["is_primary"] = "S" if str(person["mainContact"]).lower() == "true" else "N"
        found.crm_contacts.setdefault((record.key, number), []).append(row)


@dataclass(slots=True)
class Accounts:
    """All that both sides noted since a mark."""

    before: Snapshot
    after: Snapshot
    journal: Sequence[journal.Row]
    requests: Sequence[Mapping[str, Any]]
    writes: Sequence[Mapping[str, Any]]
    #: record key, contact's id or None, field: values that are named as given way
    told: Mapping[tuple[str, int | None, str], frozenset[str]]
    #: up to where they go: the next ones begin there
    until: Mark

    @classmethod
    def since(cls, site: Site, truth: Truth, mark: Mark, before: Snapshot) -> Accounts | None:
        """One cut: the accounts and both sides as they are at their end. None when something was written meanwhile."""
        entries = site.crm_admin("GET", f"/ledger?since={mark.ledger}")
        rows = site.again("SYSTEM", lambda session: journal.read(session, since=mark.journal))
        until = Mark(
            entries[-1]["seq"] if entries else mark.ledger,
            rows[-1].number if rows else mark.journal,
        )
        accounts = cls(
            before=before,
            after=take(site, truth),
            journal=rows,
            requests=[entry for entry in entries if entry["kind"] == "request"],
            writes=[entry for entry in entries if entry["kind"] == "write"],
            told=_told(site.rows(_TOLD)),
            until=until,
        )
        if site.again("SYSTEM", journal.last_number) != until.journal:
            return None
        if site.crm_admin("GET", f"/ledger?kind=write&since={until.ledger}"):
            return None
        return accounts

    def call_times(self) -> list[float]:
        """When each call of the integration arrived, monotonic seconds."""
        return [float(entry["monotonic"]) for entry in self.requests]


def _told(rows: Iterable[tuple[Any, ...]]) -> dict[tuple[str, int | None, str], frozenset[str]]:
    found: defaultdict[tuple[str, int | None, str], set[str]] = defaultdict(set)
    for key, contact_id, name, *values in rows:
        contact = None if contact_id is None else int(contact_id)
        entity = "lead" if contact is None else "contact"
        found[key, contact, name].update(form(entity, name, value) for value in values)
    return {place: frozenset(values) for place, values in found.items()}


# --------------------------------------------------------------------------- registers


def registers(accounts: Accounts, truth: Truth) -> list[Register]:
    """Every field of every record and contact that both sides had at the beginning, or have at the end."""
    reads = _Readings(accounts.requests)
    crm = _CrmWrites(accounts)
    erp = _ErpWrites(accounts)
    found: list[Register] = []
    for record in truth.records:
        if record.key not in accounts.after.crm_leads or record.lead_id is None:
            continue
        if record.is_converted:
            continue  # its sides have no beginning that they have in common: check_creations, and the whole
        found += _of_lead(record, accounts, crm, erp, reads, truth)
        found += _of_persons(record, accounts, crm, erp, reads, truth)
    return found


def _of_lead(
    record: Record,
    accounts: Accounts,
    crm: _CrmWrites,
    erp: _ErpWrites,
    reads: _Readings,
    truth: Truth,
) -> Iterable[Register]:
    before, after = accounts.before, accounts.after
    for name in LEAD_FIELDS:
        kind = "LeadsCustomFields" if name in ("sales_rep", "financial_analysis") else "Leads"
        erp_before = before.erp_leads[record.key][name]
        crm_before = before.crm_leads.get(record.key, {}).get(name, "")
        yield Register(
            entity="lead",
            subject=record.key,
            name=name,
            owner="ERP" if name in ERP_OWNED else "CRM",
            erp=Side(erp_before, erp.leads[record.key, name], after.erp_leads[record.key][name]),
            crm=Side(
                crm_before,
                crm.leads[record.lead_id or 0, name],
                after.crm_leads[record.key][name],
            ),
            told=accounts.told.get((record.key, None, name), frozenset()),
            readings=reads.of(record.lead_id or 0, kind),
            lag=truth.lag,
            is_integrated=record.takes_part and not record.has_moved,
            rolled_back=frozenset(truth.rolled_back.get(record.key, ())),
        )


def _of_persons(
    record: Record,
    accounts: Accounts,
    crm: _CrmWrites,
    erp: _ErpWrites,
    reads: _Readings,
    truth: Truth,
) -> Iterable[Register]:
    before, after = accounts.before, accounts.after
    numbers = {number: identity for identity, number in after.contact_numbers.items()}
    for person in record.persons:
        place = record.key, person.number
        if not (person.stands and place in after.erp_contacts and place in after.crm_contacts):
            continue  # whether they are there is another question: check_contacts
        for name in CONTACT_FIELDS:
            yield Register(
                entity="contact",
                subject=f"{record.key} #{person.number}",
                name=name,
                erp=Side(
                    _first(before.erp_contacts, place, name),
                    erp.contacts[person.number, name],
                    _first(after.erp_contacts, place, name),
                ),
                crm=Side(
                    _first(before.crm_contacts, place, name),
                    crm.persons[person.number, name],
                    _first(after.crm_contacts, place, name),
                ),
                told=accounts.told.get((record.key, numbers.get(person.number), name), frozenset()),
                readings=reads.of(record.lead_id or 0, "Persons"),
                lag=truth.lag,
                is_integrated=record.takes_part and not record.has_moved,
            )


def _first(found: Mapping[tuple[str, int], list[Values]], place: tuple[str, int], name: str) -> str:
    rows = found.get(place)
    return rows[0][name] if rows else ""


class _ErpWrites:
    """The journal's rows by what they are of."""

    def __init__(self, accounts: Accounts) -> None:
        self.leads: defaultdict[tuple[str, str], list[Write]] = defaultdict(list)
        self.contacts: defaultdict[tuple[int, str], list[Write]] = defaultdict(list)
        numbers = dict(accounts.before.contact_numbers)
        for row in accounts.journal:
            write = Write(
                row.number,
                USER if row.actor == _ERP_USER else SYNC,
                form(row.entity, row.field, row.value),
            )
            if row.entity == "lead":
                self.leads[row.subject, row.field].append(write)
                continue
            identity = int(row.subject)
            if row.field == "name" and identity not in numbers:
                number = number_in(row.value)
                if number is not None:
                    numbers[identity] = number
            if identity in numbers and row.field in CONTACT_FIELDS:
                _append(self.contacts[numbers[identity], row.field], write)


class _CrmWrites:
    """The ledger's writes by what they are of."""

    def __init__(self, accounts: Accounts) -> None:
        self.leads: defaultdict[tuple[int, str], list[Write]] = defaultdict(list)
        self.persons: defaultdict[tuple[int, str], list[Write]] = defaultdict(list)
        names = {crm_name: name for name, crm_name in CRM_LEAD_FIELDS.items()}
        person_names = {crm_name: name for name, crm_name in CRM_PERSON_FIELDS.items()}
        numbers = dict(accounts.before.person_numbers)
        calls = {entry["seq"]: float(entry["monotonic"]) for entry in accounts.requests}
        for entry in accounts.writes:
            changed = {change["field"]: change["new"] for change in entry["changed"]}
            person_id = entry["person_id"]
            if person_id is None:
                for crm_name, name in names.items():
                    if crm_name in changed:
                        write = _write(entry, form("lead", name, changed[crm_name]), calls)
                        _append(self.leads[entry["lead_id"], name], write)
                continue
            if person_id not in numbers and (number := number_in(changed.get("name"))) is not None:
                numbers[person_id] = number
            for crm_name, name in person_names.items():
                if crm_name in changed and person_id in numbers:
                    write = _write(entry, form("contact", name, changed[crm_name]), calls)
                    _append(self.persons[numbers[person_id], name], write)


def _append(writes: list[Write], write: Write) -> None:
    """An empty value of something new is no write."""
    if writes or write.value:
        writes.append(write)


def _write(entry: Mapping[str, Any], value: str, calls: Mapping[int, float]) -> Write:
    request = int(entry["request"] or 0)
    return Write(
        order=int(entry["seq"]),
        actor=SYNC if entry["actor"] == "api" else USER,
        value=value,
        at=float(entry["monotonic"]),
        called_order=request,
        called_at=calls.get(request, 0.0),
    )


class _Readings:
    """The integration's readings of each lead, by what they show."""

    def __init__(self, requests: Iterable[Mapping[str, Any]]) -> None:
        self._found: defaultdict[tuple[int, str], list[Call]] = defaultdict(list)
        for entry in requests:
            if entry["method"] != "GET":
                continue
            text = f"{entry['path']}?{entry['query']}"
            kind = entry["path"].strip("/").partition("/")[0]
            call = Call(int(entry["seq"]), float(entry["monotonic"]))
            for lead_id in _numbers(text):
                self._found[lead_id, kind.lower()].append(call)

    def of(self, lead_id: int, kind: str) -> Sequence[Call]:
        return self._found.get((lead_id, kind.lower()), [])


def _numbers(text: str) -> set[int]:
    digits = "".join(c if c.isdigit() else " " for c in text)
    return {int(word) for word in digits.split() if len(word) >= 8}


# --------------------------------------------------------------------------- what exists


def contacts(accounts: Accounts, truth: Truth) -> list[Contact]:
    """Each person of each record whose lead comes into the ERP."""
    after = accounts.after
    return [
        Contact(
            subject=f"{record.key} #{person.number}",
            in_erp=len(after.erp_contacts.get((record.key, person.number), [])),
            in_crm=len(after.crm_contacts.get((record.key, person.number), [])),
            removed_in_erp=person.removed_in_erp,
            removed_in_crm=person.removed_in_crm,
            edited_in_erp=person.edited_in_erp,
            is_integrated=record.takes_part and record.is_mirrored and not record.has_moved,
        )
        for record in truth.records
        for person in record.persons
    ]


def creations(accounts: Accounts) -> Counter[str]:
    """Leads that the integration made, by tax id."""
    made: Counter[str] = Counter()
    for entry in accounts.writes:
        if entry["operation"] == "create_lead" and entry["actor"] == "api":
            for change in entry["changed"]:
                if change["field"] == "cnpj":
                    made[str(change["new"])] += 1
    return made


def conversions(accounts: Accounts, truth: Truth) -> Counter[str]:
    """Branches of the ERP that belong to leads which users made and converted, by tax id."""
    leads = {key: rows for key, rows in accounts.after.branches.items() if key in truth.converted}
    return Counter({key: len(rows) for key, rows in leads.items()})


def as_text(register: Register) -> str:
    """A register as JSON, for the minimal account of a violation."""

    def side(one: Side) -> dict[str, Any]:
        writes = [
            f"{write.order} {write.actor} {write.value!r}"
            + (f" (called at {write.called_order})" if write.called_order else "")
            for write in one.writes
        ]
        return {"before": one.before, "writes": writes, "after": one.after}

    return json.dumps(
        {
            "register": f"{register.entity} {register.subject} {register.name}",
            "erp": side(register.erp),
            "crm": side(register.crm),
            "told": sorted(register.told),
            "readings": [reading.order for reading in register.readings],
        },
        ensure_ascii=False,
    )

"""The whole pair as a state machine: users edit both sides, everything breaks, and after rest both sides are equal.

The model is small on purpose: for each record and field the last edit of each side since the pair was last at rest. It
says which values may stand at the end, not how they get there:

* edited on one side only: that value, on both sides, unless the other side owns the field alone;
* edited on both sides: one of the two values, the same on both sides.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Final

from deployed_world import LATE_STAGE, Branch, Deployed, Watch, update_of
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from pair_contacts import (
    BUDGET_PRICES,
    CONTACT_EDITS,
    Budget,
    Contact,
    add_budget,
    add_contact,
    agreed_prices,
    broken_promises,
    contacts_of,
    erp_main,
    persons_of,
    proposal_of,
)

from devkit.demo.world import WorldError, call
from devkit.faults.values import ERP_OWNED, crm_lead_body, crm_person_body
from devkit.sample import FINANCIAL_ANALYSES, INDUSTRIES

#: records of one example; the last one is not in the CRM when an example begins
RECORDS: Final = 4
QUIET_SECONDS: Final = 0.8

#: contacts of one branch
CONTACTS: Final = 5

_INDEX = st.integers(0, RECORDS - 1)
_PHONES = st.integers(0, 99).map(lambda n: f"119555500{n:02d}")
_REPS = st.sampled_from([3, 5, 7, 11, 17])
_INDUSTRIES = st.integers(1, len(INDUSTRIES))
_STREETS = st.sampled_from(["Rua Á", "Avenida Ç", "Travessa do Ó", "Rua A"])
_COMPLEMENTS = st.sampled_from([None, "Fundos", "Sala 2", "2º andar"])
_WHICH = st.integers(0, CONTACTS - 1)
_CONTACT_FIELDS = st.sampled_from(sorted(CONTACT_EDITS))
_ANALYSES = st.sampled_from(FINANCIAL_ANALYSES)

#: field of the view: strategy of what an ERP user enters
ERP_EDITS: Final = {
    "phone": _PHONES | st.none(),
    "sales_rep": _REPS,
    "industry": _INDUSTRIES,
    "address_street": _STREETS,
    "address_complement": _COMPLEMENTS,
    "financial_analysis": _ANALYSES,
}
#: what a CRM user enters
CRM_EDITS: Final = {
    "phone": _PHONES,
    "sales_rep": _REPS,
    "industry": _INDUSTRIES,
    "address_street": _STREETS,
    "financial_analysis": _ANALYSES,
}
_COLUMNS: Final = {"industry": "industry_id"}
_UNKNOWN: Final = object()

#: (path, fault): each passes by itself after one to three calls
FAULTS: Final = [
    {"action": "status", "status": 503},
    {"action": "status", "status": 500, "when": "after"},
    {"action": "drop"},
    {"action": "drop", "when": "after"},
    {"action": "delay", "seconds": 0.4},
    {"action": "delay", "seconds": 0.4, "when": "after"},
    {"action": "garbage", "when": "after"},
    {"action": "html", "when": "after"},
    {"action": "empty", "when": "after"},
]
#: these hold all calls back for seconds, and belong into the long form
SLOW_FAULTS: Final = [
    {"action": "status", "status": 429},
    {"action": "status", "status": 401},
]
_PATHS: Final = [
    "LeadsUpdate",
    "LeadsAdd",
    "/Leads",
    "LeadsCustomFields",
    "LeadsLost",
    "ersons",
    "recommendedProducts",
    "",
]


@dataclass(slots=True)
class Record:
    """A branch, and the last edits of each side since the last rest."""

    branch: Branch
    takes_part: bool = True
    #: asked for once: the list of all leads is long
    lead_id: int | None = None
    erp: dict[str, Any] = field(default_factory=dict)
    crm: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    #: a webhook of it may have been lost: only reading the lead will tell
    needs_hint: bool = False
    #: changed while capture was off: only the comparison will tell
    needs_diff: bool = False
    contacts: list[Contact] = field(default_factory=list)
    #: contacts that a user made the main one
    mains: list[Contact] = field(default_factory=list)
    budgets: list[Budget] = field(default_factory=list)
    #: a quotation changed while capture was off: the hourly job will tell
    needs_time_values: bool = False
    #: the CRM takes no proposal for a lead that is sold: what it had stays
    was_sold: bool = False


class PairMachine(RuleBasedStateMachine):
    """Rules are what people and faults do; ``settle`` and the end check what must hold."""

    #: set by the test
    world: Deployed
    branches: list[Branch]
    is_long = False

    def __init__(self) -> None:
        super().__init__()
        self.records = [Record(branch) for branch in self.branches]
        self.webhooks = "normal"
        self.story: list[str] = []
        self.watch: Watch

    # ----------------------------------------------------------------- beginning

    @initialize()
    def begin(self) -> None:
        """The same beginning for every example: both sides equal, all but one record in the CRM."""
        world = self.world
        world.daemon()
        put_back(world)
        for record in self.records:
            lead = self._lead_or_none(record)
            if lead is not None:
                # one that is sold would keep its proposal
                world.crm_admin("PATCH", f"/leads/{lead['id']}", {"stage": LATE_STAGE})
        world.drain()
        for number, record in enumerate(self.records):
            branch = record.branch
            world.set_branch(
                branch,
                integrate_crm="S",
                phone=f"1193333000{number}",
                sales_rep=1,
                industry_id=10,
                address_street="Rua do Começo",
                address_complement=None,
            )
            _analyse(world, branch, FINANCIAL_ANALYSES[0])
            _begin_contacts(world, branch, self._lead_or_none(record))
            world.erp(
                "update budgets set status = 'R' where client_code = :c and branch_code = :b and status <> 'R'",
                c=branch.client,
                b=branch.code,
            )
        world.drain()
        for record in self.records:
            lead = self._lead(record)
            # whatever an earlier example left: in a late stage, equal to the ERP, and read once
            world.crm_admin("PATCH", f"/leads/{lead['id']}", {"stage": "Novos leads"})
            world.crm_admin("PATCH", f"/leads/{lead['id']}", {"stage": LATE_STAGE})
            self._hint(record)
        world.drain()
        branches = [record.branch for record in self.records]
        if world.differences(branches):
            # what an example left in one side alone, e.g. the phone of a branch that had left
            compare_and_repair(world)
            world.drain()
        self._remember()
        self.watch = world.watch()
        assert world.differences(branches) == [], "the beginning must be equal"

    # ----------------------------------------------------------------- users of the ERP

    @rule(index=_INDEX, data=st.data(), name=st.sampled_from(sorted(ERP_EDITS)))
    def erp_user_edits(self, index: int, data: st.DataObject, name: str) -> None:
        value = data.draw(ERP_EDITS[name], label="value")
        self._edit_erp(self.records[index], name, value)

    @rule(index=_INDEX, first=_PHONES, second=_STREETS)
    def erp_user_edits_twice_in_a_transaction(self, index: int, first: str, second: str) -> None:
        record = self.records[index]
        with self.world.erp_session() as erp, erp.cursor() as cursor:
            cursor.execute(*update_of(record.branch, {"phone": first}))
            cursor.execute(*update_of(record.branch, {"address_street": second}))
            erp.commit()
        record.erp |= {"phone": first, "address_street": second}

    @rule(index=_INDEX, phone=_PHONES)
    def erp_user_rolls_back(self, index: int, phone: str) -> None:
        with self.world.erp_session() as erp, erp.cursor() as cursor:
            cursor.execute(*update_of(self.records[index].branch, {"phone": phone}))
            erp.rollback()

    @rule(rep=_REPS)
    def erp_batch_changes_all(self, rep: int) -> None:
        keys = ",".join(f"({b.client},{b.code})" for b in self.branches)
        self.world.erp(
            f"update branches set sales_rep = :rep where (client_code, code) in ({keys})", rep=rep
        )
        for record in self.records:
            record.erp["sales_rep"] = rep

    @rule(index=_INDEX)
    def branch_leaves_or_joins(self, index: int) -> None:
        record = self.records[index]
        record.takes_part = not record.takes_part
        self.world.set_branch(record.branch, integrate_crm="S" if record.takes_part else "N")
        record.needs_hint = True

    # ----------------------------------------------------------------- users of the CRM

    @rule(index=_INDEX, data=st.data(), name=st.sampled_from(sorted(CRM_EDITS)))
    def crm_user_edits(self, index: int, data: st.DataObject, name: str) -> None:
        record = self.records[index]
        value = data.draw(CRM_EDITS[name], label="value")
        self.world.crm_admin(
            "PATCH", f"/leads/{self._lead(record)['id']}", crm_lead_body(name, value)
        )
        record.crm[name] = _shown(name, value)
        record.needs_hint |= self.webhooks == "dropped"

    @rule(index=_INDEX, stage=st.sampled_from(["Ativação", "Retenção/Expansão", LATE_STAGE]))
    def crm_user_moves_the_lead(self, index: int, stage: str) -> None:
        record = self.records[index]
        if record.takes_part:
            record.was_sold |= stage != LATE_STAGE
            self.world.crm_admin("PATCH", f"/leads/{self._lead(record)['id']}", {"stage": stage})

    # ----------------------------------------------------------------- contacts

    @rule(index=_INDEX, name=CONTACT_EDITS["name"], phone=CONTACT_EDITS["phone"])
    def erp_user_adds_a_contact(self, index: int, name: str, phone: str) -> None:
        record = self.records[index]
        if not record.takes_part or _standing(record) >= CONTACTS:
            return
        contact = Contact()
        contact.erp = _first_values(contact, name, phone)
        contact.contact_id = add_contact(self.world, record.branch, contact.erp)
        record.contacts.append(contact)

    @rule(index=_INDEX, name=CONTACT_EDITS["name"], phone=CONTACT_EDITS["phone"])
    def crm_user_adds_a_person(self, index: int, name: str, phone: str) -> None:
        record = self.records[index]
        if not record.takes_part or _standing(record) >= CONTACTS:
            return
        contact = Contact()
        contact.crm = _first_values(contact, name, phone)
        body = {"leadId": self._lead(record)["id"], **crm_person_body(contact.crm)}
        contact.person_id = int(self.world.crm_admin("POST", "/persons", body)["id"])
        record.contacts.append(contact)
        record.needs_hint |= self.webhooks == "dropped"

    @rule(index=_INDEX, which=_WHICH, data=st.data(), name=_CONTACT_FIELDS)
    def erp_user_edits_a_contact(
        self, index: int, which: int, data: st.DataObject, name: str
    ) -> None:
        self._edit_contact_in_erp(index, which, name, data.draw(CONTACT_EDITS[name], label="value"))

    @rule(index=_INDEX, which=_WHICH, data=st.data(), name=_CONTACT_FIELDS)
    def crm_user_edits_a_person(
        self, index: int, which: int, data: st.DataObject, name: str
    ) -> None:
        self._edit_person_in_crm(index, which, name, data.draw(CONTACT_EDITS[name], label="value"))

    @rule(index=_INDEX, which=_WHICH, data=st.data(), name=_CONTACT_FIELDS)
    def both_users_edit_one_contact(
        self, index: int, which: int, data: st.DataObject, name: str
    ) -> None:
        first = data.draw(CONTACT_EDITS[name], label="value of the ERP")
        other = data.draw(CONTACT_EDITS[name], label="value of the CRM")
        self._edit_contact_in_erp(index, which, name, first)
        self._edit_person_in_crm(index, which, name, other)

    @rule(index=_INDEX, which=_WHICH)
    def erp_user_empties_a_contact(self, index: int, which: int) -> None:
        self._edit_contact_in_erp(index, which, "job_title", None)

    @rule(index=_INDEX, which=_WHICH)
    def erp_user_moves_the_main_flag(self, index: int, which: int) -> None:
        record = self.records[index]
        contact = _chosen(record, which)
        contact_id = None if contact is None else self._contact_id(record, contact)
        if contact is None or contact_id is None:
            return
        if erp_main(self.world, record.branch, contact_id):
            record.mains.append(contact)
            contact.erp.setdefault("is_primary", "S")

    @rule(index=_INDEX, which=_WHICH)
    def crm_user_moves_the_main_flag(self, index: int, which: int) -> None:
        record = self.records[index]
        contact = _chosen(record, which)
        if contact is None or not self._write_person(record, contact, {"mainContact": True}):
            return
        record.mains.append(contact)

    @rule(index=_INDEX, which=_WHICH)
    def erp_user_deletes_a_contact(self, index: int, which: int) -> None:
        record = self.records[index]
        contact = _chosen(record, which)
        contact_id = None if contact is None else self._contact_id(record, contact)
        if contact is None or contact_id is None:
            return
        contact.person_id = self._person_id(record, contact)
        self.world.erp("delete from contacts where id = :id", id=contact_id)
        contact.is_gone_in_erp = True

    @rule(index=_INDEX, which=_WHICH)
    def crm_user_removes_a_person(self, index: int, which: int) -> None:
        record = self.records[index]
        contact = _chosen(record, which)
        person_id = None if contact is None else self._person_id(record, contact)
        if contact is None or person_id is None or contact.is_gone_in_crm or contact.is_single:
            return
        self.world.crm_admin("DELETE", f"/persons/{person_id}")
        contact.is_gone_in_crm = True
        record.needs_hint |= self.webhooks == "dropped"

    # ----------------------------------------------------------------- quotations

    @rule(index=_INDEX, price=BUDGET_PRICES)
    def quotation_is_approved(self, index: int, price: int) -> None:
        record = self.records[index]
        record.budgets.append(add_budget(self.world, record.branch, price))

    @rule(index=_INDEX, price=BUDGET_PRICES)
    def quotation_changes(self, index: int, price: int) -> None:
        for budget in self.records[index].budgets[-1:]:
            self.world.erp(
                "update budget_items set negotiated_price = :price where budget_id = :id",
                price=price, id=budget.budget_id,
            )  # fmt: skip

    @rule(index=_INDEX)
    def quotation_is_rejected(self, index: int) -> None:
        for budget in self.records[index].budgets[:1]:
            self.world.erp("update budgets set status = 'R' where id = :id", id=budget.budget_id)

    @rule(index=_INDEX)
    def delivery_becomes_past(self, index: int) -> None:
        """Days pass, and no trigger fires."""
        record = self.records[index]
        for budget in record.budgets[:1]:
            self.world.administer("alter trigger crm_budget_deliveries_trg disable")
            try:
                self.world.erp(
                    "update budget_deliveries set deliver_on = trunc(sysdate) - 1 where budget_id = :id",
                    id=budget.budget_id,
                )
            finally:
                self.world.administer("alter trigger crm_budget_deliveries_trg enable")
            record.needs_time_values = True

    # ----------------------------------------------------------------- what breaks

    @rule(fault=st.sampled_from(FAULTS), path=st.sampled_from(_PATHS), count=st.integers(1, 3))
    def crm_fails(self, fault: dict[str, Any], path: str, count: int) -> None:
        self.world.fault(**fault, path=path, count=count)

    @precondition(lambda self: self.is_long)
    @rule(fault=st.sampled_from(SLOW_FAULTS))
    def crm_refuses_all(self, fault: dict[str, Any]) -> None:
        self.world.fault(**fault)

    @rule(mode=st.sampled_from(["normal", "dropped", "doubled", "late", "shuffled"]))
    def webhooks_become(self, mode: str) -> None:
        self.webhooks = mode
        self.world.crm_settings(
            webhook_drop=1.0 if mode == "dropped" else 0.0,
            webhook_duplicate=1.0 if mode == "doubled" else 0.0,
            webhook_delay_seconds=0.3 if mode in ("late", "shuffled") else 0.0,
            webhook_reorder=mode == "shuffled",
        )

    @rule(pause=st.sampled_from([0.0, 0.02, 0.1, 0.3]))
    def daemon_is_killed(self, pause: float) -> None:
        time.sleep(pause)
        killed = self.world.bridges.pop()
        killed.kill()
        killed.stop()
        if not self.world.bridges:
            self.world.daemon()

    @precondition(lambda self: len(self.world.bridges) == 1)
    @rule()
    def second_daemon_starts(self) -> None:
        self.world.second_daemon("demo:second")

    @rule(index=_INDEX, phone=_PHONES)
    def capture_is_bypassed(self, index: int, phone: str) -> None:
        """A trigger disabled by a DBA: only the comparison finds what was changed."""
        record = self.records[index]
        self.world.administer("alter trigger crm_branches_trg disable")
        try:
            self.world.set_branch(record.branch, phone=phone)
        finally:
            self.world.administer("alter trigger crm_branches_trg enable")
        record.erp["phone"] = phone
        record.needs_diff = True

    @rule(seconds=st.sampled_from([0.05, 0.2, 0.6]))
    def time_passes(self, seconds: float) -> None:
        time.sleep(seconds)

    # ----------------------------------------------------------------- what must hold

    @rule()
    def settle(self) -> None:
        self.check()

    def teardown(self) -> None:
        if hasattr(self, "watch"):
            self.check()
            self.stays_quiet()

    def check(self) -> None:
        """Come to rest, and compare both sides with the model and with each other."""
        world = self.world
        put_back(world)
        self.webhooks = "normal"
        if not world.bridges:
            world.daemon()
        try:
            world.drain(seconds=120)
            if any(record.needs_diff for record in self.records):
                compare_and_repair(world)
                world.drain()
            if any(record.needs_time_values for record in self.records):
                world.administer("begin crm_jobs.run_time_values; end;")
                world.drain()
            for record in self.records:
                if record.needs_hint:
                    self._hint(record)
            world.drain()
            problems = self._problems()
        except WorldError as exc:
            problems = [str(exc)]
        if problems:
            stories = "\n".join(
                world.cli("why", record.branch.key, "--limit", "60", check=False).stdout
                for record in self.records
                if any(record.branch.key in problem for problem in problems)
            )
            raise AssertionError("\n".join([*problems, stories]))
        self._remember()

    def stays_quiet(self) -> None:
        """Nothing is sent any more, by nobody."""
        before = self.world.watch()
        time.sleep(QUIET_SECONDS)
        assert before.calls() == [], "the pair goes quiet"

    def _problems(self) -> list[str]:
        world = self.world
        taking_part = [record.branch for record in self.records if record.takes_part]
        problems = world.differences(taking_part)
        problems += [
            f"{key} is parked: {reason}"
            for key, reason in world.rows(
                "select record_key, reason_class || ' ' || detail from crm_outbox_events where status = 'PARKED'"
                " union all select to_char(record_key), detail from crm_inbox_events where status = 'PARKED'"
            )
            # other tests have left some
            if key in {record.branch.key for record in self.records}
        ]
        doubled = world.crm_admin("GET", "/ledger/summary")["doubled_creates"]
        problems += [f"created twice: {doubled}"] if doubled else []
        for record in self.records:
            if record.takes_part:
                problems += self._broken_promises(record)
                problems += self._broken_promises_of_steps(record)
            elif self._lead(record)["stage"].replace("\u00a0", " ") != "Descartado":
                problems.append(f"{record.branch.key} has left, and its lead is not discarded")
        return problems

    def _broken_promises(self, record: Record) -> list[str]:
        now = fields_of(self.world, record.branch)
        problems = []
        for name in sorted(ERP_EDITS):
            allowed = self._allowed(record, name)
            if now[name] not in allowed:
                problems.append(
                    f"{record.branch.key} {name} is {now[name]!r}, and not one of {allowed!r}"
                )
        return problems

    def _broken_promises_of_steps(self, record: Record) -> list[str]:
        world, branch = self.world, record.branch
        lead = self._lead(record)
        found = broken_promises(
            record.contacts, contacts_of(world, branch), persons_of(lead), mains=record.mains
        )
        wanted, proposed = agreed_prices(world, branch), proposal_of(lead)
        if wanted != proposed and not record.was_sold:
            found.append(f"the quotation is {wanted}, the proposal {proposed}")
        return [f"{branch.key} {problem}" for problem in found]

    def _allowed(self, record: Record, name: str) -> list[Any]:
        """Values that may stand at the end."""
        erp = record.erp.get(name, _UNKNOWN)
        crm = record.crm.get(name, _UNKNOWN)
        if name in ERP_OWNED:
            crm = _UNKNOWN
        found = [value for value in (erp, crm) if value is not _UNKNOWN]
        return found or [record.before[name]]

    # ----------------------------------------------------------------- inside

    def _edit_erp(self, record: Record, name: str, value: Any) -> None:
        if name == "financial_analysis":
            _analyse(self.world, record.branch, value)
        else:
            self.world.set_branch(record.branch, **{_COLUMNS.get(name, name): value})
        record.erp[name] = _shown(name, value)

    def _edit_contact_in_erp(self, index: int, which: int, name: str, value: str | None) -> None:
        record = self.records[index]
        contact = _chosen(record, which)
        contact_id = None if contact is None else self._contact_id(record, contact)
        if contact is None or contact_id is None:
            return
        entered = None if value is None else contact.entered(name, value)
        self.world.erp(f"update contacts set {name} = :v where id = :id", v=entered, id=contact_id)
        contact.erp[name] = entered

    def _edit_person_in_crm(self, index: int, which: int, name: str, value: str) -> None:
        record = self.records[index]
        contact = _chosen(record, which)
        if contact is None:
            return
        values = {name: contact.entered(name, value)}
        if self._write_person(record, contact, crm_person_body(values)):
            contact.crm |= values

    def _write_person(self, record: Record, contact: Contact, body: dict[str, Any]) -> bool:
        """A CRM user edits the person of a contact, when there is one."""
        person_id = self._person_id(record, contact)
        if person_id is None or contact.is_gone_in_crm or contact.is_single:
            return False
        self.world.crm_admin("PATCH", f"/persons/{person_id}", body)
        record.needs_hint |= self.webhooks == "dropped"
        return True

    def _contact_id(self, record: Record, contact: Contact) -> int | None:
        """The contact in the ERP, when it is there by now."""
        if contact.contact_id is None:
            contact.contact_id = next(
                (
                    number
                    for number, row in contacts_of(self.world, record.branch).items()
                    if row["id_crm"] is not None and row["id_crm"] == contact.person_id
                ),
                None,
            )
        return contact.contact_id

    def _person_id(self, record: Record, contact: Contact) -> int | None:
        """The person in the CRM, when the ERP knows it by now."""
        if contact.person_id is None and contact.contact_id is not None:
            row = contacts_of(self.world, record.branch).get(contact.contact_id)
            contact.person_id = row and row["id_crm"]
        return contact.person_id

    def _lead_or_none(self, record: Record) -> dict[str, Any] | None:
        found = [lead for lead in self.world.leads() if lead["cnpj"] == record.branch.taxid]
        return found[0] if found else None

    def _lead(self, record: Record) -> dict[str, Any]:
        """The lead of a record; that it is the only one is checked by ``differences``."""
        if record.lead_id is None:
            record.lead_id = int(self.world.lead(record.branch)["id"])
        lead: dict[str, Any] = self.world.crm_admin("GET", f"/leads/{record.lead_id}")
        return lead

    def _remember(self) -> None:
        for record in self.records:
            record.before = fields_of(self.world, record.branch)
            record.erp, record.crm = {}, {}
            record.needs_diff = record.needs_time_values = False
            if record.takes_part:
                record.needs_hint = False
                record.mains = []
                record.contacts = _remembered(contacts_of(self.world, record.branch), record)

    def _hint(self, record: Record) -> None:
        hint(self.world, self._lead(record)["id"])


def _chosen(record: Record, which: int) -> Contact | None:
    """One of the contacts that stand in the ERP; none while the branch takes no part."""
    standing = [contact for contact in record.contacts if not contact.is_gone_in_erp]
    return standing[which % len(standing)] if standing and record.takes_part else None


def _standing(record: Record) -> int:
    return sum(not contact.is_gone_in_erp for contact in record.contacts)


def _first_values(contact: Contact, name: str, phone: str) -> dict[str, Any]:
    return {
        "name": contact.entered("name", name),
        "email": contact.entered("email", "first"),
        "phone": phone,
        "job_title": None,
    }


def _remembered(rows: dict[int, dict[str, Any]], record: Record) -> list[Contact]:
    """The contacts as they stand; those that are deleted stay to be missed."""
    kept = []
    by_person = {row["id_crm"]: row for row in rows.values() if row["id_crm"] is not None}
    for contact in record.contacts:
        row = rows.get(contact.contact_id or 0) or by_person.get(contact.person_id)
        if row is not None:
            contact.contact_id, contact.person_id = int(row["id"]), row["id_crm"]
            contact.before = row
            contact.is_single = row["id_crm"] is None
            contact.is_gone_in_crm = False
        contact.erp, contact.crm = {}, {}
        kept.append(contact)
    known = {contact.contact_id for contact in kept}
    return kept + [
        Contact(contact_id=number, person_id=row["id_crm"], before=row)
        for number, row in rows.items()
        if number not in known
    ]


def _begin_contacts(world: Deployed, branch: Branch, lead: dict[str, Any] | None) -> None:
    """At most one contact, as at the end of an earlier example; whoever is in one side alone goes."""
    rows = contacts_of(world, branch)
    linked = [number for number, row in rows.items() if row["id_crm"] is not None]
    kept = rows.get(min(linked, default=0))
    for number, row in rows.items():
        if row is not kept:
            world.erp("delete from contacts where id = :id", id=number)
    # the title of a catalogue would show through an empty one
    world.erp(
        "update contacts set job_title_id = null where client_code = :c and branch_code = :b"
        " and job_title_id is not null",
        c=branch.client,
        b=branch.code,
    )
    for number in persons_of(lead or {"persons": []}):
        if kept is None or number != kept["id_crm"]:
            world.crm_admin("DELETE", f"/persons/{number}")


def _shown(name: str, value: Any) -> Any:
    """As VW_CRM_CLIENTS shows what was entered."""
    return INDUSTRIES[value - 1] if name == "industry" else value


def _analyse(world: Deployed, branch: Branch, text: str) -> None:
    world.erp(
        "insert into credit_limit_history (client_code, branch_code, changed_on, credit_limit, financial_analysis)"
        " values (:client, :code, sysdate, 1000, :text)",
        client=branch.client,
        code=branch.code,
        text=text,
    )


def fields_of(world: Deployed, branch: Branch) -> dict[str, Any]:
    """The fields of the model as they stand in the ERP."""
    names = sorted(ERP_EDITS)
    joins = (
        "select b.phone, b.sales_rep, i.description industry, b.address_street, b.address_complement,"
        " (select max(h.financial_analysis) keep (dense_rank last order by h.changed_on, h.id)"
        " from erp.credit_limit_history h where h.client_code = b.client_code and h.branch_code = b.code)"
        " financial_analysis from erp.branches b left join erp.industries i on i.id = b.industry_id"
        " where b.client_code = :client and b.code = :code"
    )
    (row,) = world.rows(
        f"select {', '.join(names)} from ({joins})", client=branch.client, code=branch.code
    )
    return dict(zip(names, row, strict=True))


def hint(world: Deployed, lead_id: int) -> None:
    """What polling does where webhooks fail: say that a lead may have changed, nothing more."""
    token = world.settings()["ERPCRM_WEB__TOKEN"]
    for path in ("atualizalead", "atualizacontatocrm"):
        call(
            "POST",
            f"http://127.0.0.1:{world.web_port}/{path}/{token}",
            {"Lead": {"Id": lead_id}, "Nonce": time.monotonic_ns()},
        )


def compare_and_repair(world: Deployed) -> None:
    """The hash-diff of ERP and agreed state, by the quick engine."""
    world.cli("diff", "--repair", "--engine", "arrow")


def put_back(world: Deployed) -> None:
    """No faults, ordinary webhooks, one daemon at least."""
    world.crm_admin("DELETE", "/faults")
    world.crm_settings(
        webhook_drop=0.0, webhook_duplicate=0.0, webhook_delay_seconds=0.0, webhook_reorder=False
    )

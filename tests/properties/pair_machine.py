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

from devkit.demo.world import WorldError, call
from devkit.sample import FINANCIAL_ANALYSES, INDUSTRIES

#: records of one example; the last one is not in the CRM when an example begins
RECORDS: Final = 4
QUIET_SECONDS: Final = 0.8

_INDEX = st.integers(0, RECORDS - 1)
_PHONES = st.integers(0, 99).map(lambda n: f"119555500{n:02d}")
_REPS = st.sampled_from([3, 5, 7, 11, 17])
_INDUSTRIES = st.integers(1, len(INDUSTRIES))
_STREETS = st.sampled_from(["Rua Á", "Avenida Ç", "Travessa do Ó", "Rua A"])
_COMPLEMENTS = st.sampled_from([None, "Fundos", "Sala 2", "2º andar"])
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
#: fields in which an edit of a CRM user does not come in
ERP_OWNED: Final = frozenset({"address_street", "address_complement"})

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
_PATHS: Final = ["LeadsUpdate", "LeadsAdd", "/Leads", "LeadsCustomFields", "LeadsLost", ""]


@dataclass(slots=True)
class Record:
    """A branch, and the last edits of each side since the last rest."""

    branch: Branch
    takes_part: bool = True
    erp: dict[str, Any] = field(default_factory=dict)
    crm: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    #: a webhook of it may have been lost: only reading the lead will tell
    needs_hint: bool = False
    #: changed while capture was off: only the comparison will tell
    needs_diff: bool = False


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
        self.world.crm_admin("PATCH", f"/leads/{self._lead(record)['id']}", _crm_edit(name, value))
        record.crm[name] = _shown(name, value)
        record.needs_hint |= self.webhooks == "dropped"

    @rule(index=_INDEX, stage=st.sampled_from(["Ativação", "Retenção/Expansão", LATE_STAGE]))
    def crm_user_moves_the_lead(self, index: int, stage: str) -> None:
        record = self.records[index]
        if record.takes_part:
            self.world.crm_admin("PATCH", f"/leads/{self._lead(record)['id']}", {"stage": stage})

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

    def _lead(self, record: Record) -> dict[str, Any]:
        return self.world.lead(record.branch)

    def _remember(self) -> None:
        for record in self.records:
            record.before = fields_of(self.world, record.branch)
            record.erp, record.crm = {}, {}
            record.needs_hint = record.needs_diff = False

    def _hint(self, record: Record) -> None:
        hint(self.world, self._lead(record)["id"])


def _shown(name: str, value: Any) -> Any:
    """As VW_CRM_CLIENTS shows what was entered."""
    return INDUSTRIES[value - 1] if name == "industry" else value


def _crm_edit(name: str, value: Any) -> dict[str, Any]:
    match name:
        case "phone":
            return {"ddiPhone": "55", "phone": value}
        case "industry":
            return {"industry": INDUSTRIES[value - 1]}
        case "sales_rep":
            return {"customFields": [{"id": "_cod.gestores", "options": [{"value": str(value)}]}]}
        case "financial_analysis":
            return {"customFields": [{"id": "_analisefinanceira", "value": value}]}
        case _:
            return {"address": value}


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
    port = world.web_port
    call(
        "POST",
        f"http://127.0.0.1:{port}/atualizalead/{token}",
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

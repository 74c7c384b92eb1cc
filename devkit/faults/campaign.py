"""Rounds of edits and faults; after each, faults end, both sides come to rest, and the accounts are checked."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import oracledb

from devkit.demo.proof import Difference, compare, erp_rows
from devkit.demo.proof_steps import compare_steps, step_rows
from devkit.demo.world import BUDGET_PRODUCT, WorldError
from devkit.faults import history, kinds
from devkit.faults.checker import (
    Check,
    Once,
    Violation,
    check_calls,
    check_contacts,
    check_creations,
    check_register,
)
from devkit.faults.edits import Editor
from devkit.faults.kinds import KINDS, Setting
from devkit.faults.plan import FAULTS, Action, plan_round
from devkit.faults.site import LATE_STAGE, Site, drain_within
from devkit.faults.truth import Truth

__all__ = ["Campaign", "Options", "Result"]

#: nothing is written by the integration for so long: quiet
QUIET_SECONDS: Final = 1.0
#: so often is read what is written meanwhile
_CUTS: Final = 5
_PARKED: Final = """
select record_key, reason_class || ' ' || detail from crm_outbox_events where status = 'PARKED'
 union all
select to_char(coalesce(record_key, to_char(crm_id))), detail from crm_inbox_events where status = 'PARKED'"""
_OPEN: Final = """
select 'records leased', count(*) from crm_records where lease_owner is not null
 union all
select 'attempts without an outcome', count(*) from crm_outbox_attempts where outcome is null
 union all
select 'webhooks leased', count(*) from crm_inbox_events where lease_owner is not null
 union all
select 'events without an end', count(*) from crm_outbox_events where status in ('READY', 'INFLIGHT')"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a campaign is run."""

    seed: int
    edits: int = 60
    faults: int = 10
    #: deaths of daemons besides, a round
    kills: int = 0
    fault_kinds: Sequence[str] = tuple(FAULTS)
    #: after the last action, for work under faults
    dwell_seconds: float = 4.0
    #: after the faults: nothing may stand still for so long, and ten times that must do, on a busy machine as well
    patience_seconds: float = 90.0
    #: calls and seconds that all daemons together keep; None: not checked
    quota: tuple[int, float] | None = None


@dataclass(slots=True)
class Result:
    """What a campaign did and found; JSON by :func:`devkit.faults.report.as_data`."""

    seed: int
    rounds: int = 0
    seconds: float = 0.0
    changes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    processes: Counter[str] = field(default_factory=Counter)
    http_faults: int = 0
    calls: int = 0
    longest_drain: float = 0.0
    check: Check = field(default_factory=Check)
    #: registers and accounts of records of which something must not be, as text
    accounts: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        return self.processes["kills"]

    @property
    def kills_per_minute(self) -> float:
        return 60 * self.kills / self.seconds if self.seconds else 0.0


def without_sold(differences: Sequence[Difference], truth: Truth, check: Check) -> list[Difference]:
    """What remains when leads that a user moved into a sold stage are left out, as ``view_leads_sold`` and
    ``view_leads_budgeted`` do: an order does not sell a lead that stands there, and a value that came up while it did
    counts as sent ("the lead is sold already"), also when the lead is moved back.
    """
    records = {record.key: record for record in truth.records}
    left = []
    for difference in differences:
        record = records.get(difference.record_key)
        if record is not None and (
            (difference.field == "sale" and record.is_in_sold_stage and difference.crm == "False")
            or (difference.field == "proposal" and record.was_in_sold_stage)
        ):
            check.allowed[f"{difference.field} of a lead in a sold stage"] += 1
        else:
            left.append(difference)
    return left


class Campaign:
    """One campaign on a site that is prepared."""

    def __init__(
        self, site: Site, options: Options, *, say: Callable[[str], None] = lambda _: None
    ) -> None:
        self._site = site
        self._options = options
        self._say = say
        self.truth = site.truth()
        self._setting = Setting(site, self.truth)
        self._editor = Editor(site, self.truth)
        self._mark = history.mark(site)
        self._before = history.take(site, self.truth)
        self._made: Counter[str] = Counter()
        self._once = Once()
        self._late_calls: list[float] = []
        self._known_parked: set[tuple[Any, ...]] = set(site.rows(_PARKED))
        site.lost_webhooks()
        self.result = Result(options.seed)
        self._started = time.monotonic()

    def rounds(self) -> Iterator[Result]:
        """Do one round each time; the same result, grown."""
        while True:
            self.round()
            yield self.result

    def round(self) -> Check:
        """Edits and faults, rest, and what the accounts say then."""
        number = self.result.rounds + 1
        actions = plan_round(
            self._options.seed,
            number,
            edits=self._options.edits,
            faults=self._options.faults,
            fault_kinds=self._options.fault_kinds,
            kills=self._options.kills,
        )
        for action in actions:
            self._pause(action.pause)
            self._do(action)
        self._dwell()
        check = Check()
        try:
            self._come_to_rest()
            check = self.check()
        except WorldError as exc:
            check.violations.append(Violation("drain", "all", f"round {number}", str(exc)))
        self._count(check, number)
        return check

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        self._go_on()
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.05))
            self._go_on()

    def _go_on(self) -> None:
        """What died comes up again, what is over ends."""
        self._setting.tick()
        self._site.keep_alive()

    def _dwell(self) -> None:
        """Let the pair work under the faults that are still to come, and to their end those that take their time."""
        until = time.monotonic() + self._options.dwell_seconds
        while self._setting.is_waited_for or (
            time.monotonic() < until and not self._site.is_quiet_for_sure()
        ):
            self._go_on()
            time.sleep(0.1)

    def _do(self, action: Action) -> None:
        if action.is_fault:
            KINDS[action.kind](self._setting, action)
            self._setting.injected[action.kind] += 1
        else:
            self._editor.do(action)

    # ----------------------------------------------------------------- rest

    def _come_to_rest(self) -> None:
        site = self._site
        self._setting.tick(all_of_it=True)
        kinds.calm(self._setting)
        started = time.monotonic()
        self._drain()
        is_lost = site.lost_webhooks()
        if is_lost:
            # what no webhook told is brought by polling
            site.wait_for_polling()
            self._drain()
        is_removed = any(p.removed_in_crm for record in self.truth.records for p in record.persons)
        if any(record.has_moved for record in self.truth.records) or (is_lost and is_removed):
            # by reading all: what users of the CRM edited while a branch took no part, and whom they removed unheard
            site.cli("resync")
            self._drain()
        self._promote()
        drained = time.monotonic() - started
        self.result.longest_drain = max(self.result.longest_drain, drained)

    def _drain(self) -> None:
        drain_within(self._site, self._options.patience_seconds, say=self._say)

    def _promote(self) -> None:
        """Leads that were made in this round come into a stage in which users' edits come into the ERP."""
        self._editor.find_everybody()
        new = [
            record
            for record in self.truth.records
            if record.takes_part and record.lead_id is not None and not record.is_mirrored
        ]
        for record in new:
            self._site.crm_admin("PATCH", f"/leads/{record.lead_id}", {"stage": LATE_STAGE})
            record.is_mirrored = True
        if new:
            self._drain()

    # ----------------------------------------------------------------- what must hold

    def check(self) -> Check:
        """What the accounts say of the time since this was asked last; both sides should be at rest."""
        truth = self.truth
        check = Check()
        check.add(self._quiet())
        accounts = self._accounts()
        for register in history.registers(accounts, truth):
            found = check_register(register)
            if found.violations:
                self.result.accounts.append(history.as_text(register))
            check.add(found)
        check.add(check_contacts(history.contacts(accounts, truth)))
        self._made += history.creations(accounts)
        known = {record.taxid for record in truth.records if record.is_mirrored}
        began = set(self._before.leads)
        wanted = known - began - set(truth.converted) | set(self._made)
        check.add(check_creations("creation", self._made, wanted=wanted))
        check.add(
            check_creations(
                "conversion", history.conversions(accounts, truth), wanted=truth.converted
            )
        )
        check.add(self._whole(accounts))
        if self._options.quota is not None:
            check.add(self._calls(accounts, *self._options.quota))
        self._once.reduce(check)
        self.result.calls += len(accounts.requests)
        self.result.http_faults += sum(
            1 for entry in accounts.requests if entry["fault"] or entry["status"] in (None, 429)
        )
        self._mark, self._before = accounts.until, accounts.after
        truth.rest(accounts.after.crm_contacts)
        return check

    def _accounts(self) -> history.Accounts:
        """One cut of both sides. What is written while it is read is waited for, and read again."""
        for _ in range(_CUTS):
            accounts = history.Accounts.since(self._site, self.truth, self._mark, self._before)
            if accounts is not None:
                return accounts
            self._drain()
        raise WorldError(f"written while it was read, {_CUTS} times")

    def _calls(self, accounts: history.Accounts, limit: int, seconds: float) -> Check:
        """The quota, by the CRM's own account, over the ends of rounds and the lives of daemons."""
        times = [*self._late_calls, *accounts.call_times()]
        last = max(times, default=0.0)
        self._late_calls = [moment for moment in times if moment > last - seconds]
        return check_calls(times, limit=limit, seconds=seconds, slack=0.1 * seconds)

    def _quiet(self) -> Check:
        """Nothing is sent any more, and no work is left open."""
        site = self._site
        check = Check()
        before = history.mark(site)
        time.sleep(QUIET_SECONDS)
        entries = site.crm_admin("GET", f"/ledger?since={before.ledger}&kind=write")
        writes = [f"{entry['operation']} of lead {entry['lead_id']}" for entry in entries]
        if writes:
            check.violations.append(Violation("quiet", "all", "CRM", ", ".join(writes[:5])))
        if history.mark(site).journal != before.journal:
            check.violations.append(Violation("quiet", "all", "ERP", "is written at rest"))
        for what, count in site.rows(_OPEN):
            check.comparisons["work"] += 1
            if count:
                check.violations.append(Violation("open", "all", str(what), str(count)))
        for row in site.rows(_PARKED):
            if row not in self._known_parked:
                self._known_parked.add(row)
                key, reason = row
                check.violations.append(Violation("parked", "all", str(key), str(reason)))
        return check

    def _whole(self, accounts: history.Accounts) -> Check:
        """Both sides as a whole, by the proof of the demonstration: all fields, proposals, sales, stages, discards."""
        site = self._site
        check = Check()

        def ask(erp: oracledb.Connection) -> tuple[Any, Any]:
            found = erp_rows(erp), step_rows(erp)
            erp.rollback()
            return found

        branches, (_, values) = site.again("ERP", ask)
        leads = [lead for rows in accounts.after.leads.values() for lead in rows]
        whole = compare(branches, leads)
        steps = compare_steps([], values, leads, accounts.writes, product=int(BUDGET_PRODUCT))
        steps.differences = without_sold(steps.differences, self.truth, check)
        check.comparisons += Counter(
            {"branch": whole.compared, "proposal": steps.proposals, "sale": steps.sales}
        )
        for difference in [*whole.differences, *steps.differences]:
            detail = f"ERP {difference.erp!r}, CRM {difference.crm!r}"
            entity = difference.field if difference.field in ("proposal", "sale") else "branch"
            subject = f"{difference.record_key} {difference.field}"
            check.violations.append(Violation("equal", entity, subject, detail))
        # as check_creations names them, so that what both find is told once
        taxids = {record.key: record.taxid for record in self.truth.records}
        for key in whole.missing:
            subject = taxids.get(key, key)
            check.violations.append(Violation("lost", "creation", subject, "is not in the CRM"))
        for key in [*whole.doubled, *steps.doubled]:
            subject = taxids.get(key, key)
            check.violations.append(Violation("doubled", "creation", subject, "is there twice"))
        check.add(self._stages(leads))
        check.add(self._mains(accounts.after))
        return check

    def _stages(self, leads: Sequence[dict[str, Any]]) -> Check:
        """The mirror has the stage of the CRM; who has left is discarded, and nobody else."""
        check = Check()
        mirrored = dict(self._site.rows("select id, stage from leads where ended_on is null"))
        by_id = {lead["id"]: lead for lead in leads}
        for record in self.truth.records:
            lead = by_id.get(record.lead_id)
            if lead is None:
                continue
            stage = str(lead["stage"]).replace("\u00a0", " ").strip()
            if (stage == "Descartado") == record.takes_part:
                detail = f"takes part: {record.takes_part}, stage {stage}"
                check.violations.append(Violation("equal", "discard", record.key, detail))
            check.comparisons["discard"] += 1
            if record.takes_part and record.is_mirrored:
                check.comparisons["stage"] += 1
                if mirrored.get(record.lead_id) != stage:
                    detail = f"mirror {mirrored.get(record.lead_id)!r}, CRM {stage!r}"
                    check.violations.append(Violation("equal", "stage", record.key, detail))
                if record.stage is not None and not record.has_moved and stage != record.stage:
                    # only the user moves leads that take part
                    detail = f"chosen {record.stage!r}, CRM {stage!r}"
                    check.violations.append(Violation("overwritten", "stage", record.key, detail))
        return check

    def _mains(self, now: history.Snapshot) -> Check:
        """At most one main contact, the same on both sides, and one that a user chose if one was chosen."""
        check = Check()
        for record in self.truth.records:
            if not (record.takes_part and record.is_mirrored):
                continue
            standing = {person.number for person in record.standing()}
            chosen = []
            for name, contacts in (("ERP", now.erp_contacts), ("CRM", now.crm_contacts)):
                mains = {
                    number
                    for (key, number), rows in contacts.items()
                    if key == record.key and rows[0]["is_primary"] == "S"
                }
                chosen.append(mains)
                check.comparisons["main contact"] += 1
                if len(mains) > 1:
                    detail = f"{name} has {sorted(mains)}"
                    check.violations.append(
                        Violation("doubled", "main contact", record.key, detail)
                    )
            erp, crm = (mains & standing for mains in chosen)
            if erp != crm:
                detail = f"ERP {sorted(erp)}, CRM {sorted(crm)}"
                check.violations.append(Violation("equal", "main contact", record.key, detail))
            wanted = set(record.mains)
            if wanted and wanted <= standing and not record.has_moved and not erp & wanted:
                detail = f"chosen {sorted(wanted)}, ERP {sorted(erp)}"
                check.violations.append(
                    Violation("overwritten", "main contact", record.key, detail)
                )
        return check

    # ----------------------------------------------------------------- figures

    def _count(self, check: Check, number: int) -> None:
        result = self.result
        result.rounds = number
        result.seconds = time.monotonic() - self._started
        result.changes = Counter(self._editor.done)
        result.faults = Counter(self._setting.injected)
        result.processes = Counter(self._site.counts)
        result.check.add(check)
        for violation in check.violations:
            self._say(f"  {violation}")
        self._say(
            f"round {number}: {result.seconds:.0f} s, {result.kills} kills"
            f" ({result.kills_per_minute:.0f} a minute),"
            f" {sum(result.faults.values())} faults ({result.http_faults} calls hit),"
            f" {sum(result.changes.values())} changes,"
            f" {sum(result.check.comparisons.values())} comparisons,"
            f" {len(result.check.violations)} violations"
        )

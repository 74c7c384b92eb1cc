"""A day's traffic in small: what each change costs in calls, and how much of the quota is used.

A *changed record* is one lead, contact, proposal or sale whose state differs between the beginning and
the end of a moment on the side where people work on it, so that the other side has to learn it. A burst
of edits of one record within a moment is one change; a lead with three new contacts is four. *Calls* are
all requests that the simulator's ledger holds: reads, echoes and repetitions too.

Each kind of traffic has leads of its own, so that calls can be told by their lead; a call for several
leads is shared among them.
"""

from __future__ import annotations

import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import oracledb

from bench.measure import Measurement
from devkit.demo.proof import compare, erp_rows
from devkit.demo.proof_steps import compare_steps, step_rows
from devkit.demo.world import BUDGET_PRODUCT, World
from devkit.erp import sales
from devkit.sample import FINANCIAL_ANALYSES, INDUSTRIES, SALES_REP_CODES

_AREA = "Calls and quota"
_SEED = 20
_LATE_STAGE = "Desenvolvimento/Orçamento"
_LEAD_IDS = re.compile(r"\b1\d{7}\b")  # lead numbers of the simulator

#: quota of the trace: that of the CRM, with time run faster by this factor
_FASTER = 20
_CALLS, _SECONDS = 30, 20.0
_PAUSE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Branch:
    """A client branch and its lead."""

    client: int
    code: int
    lead: int


@dataclass(slots=True)
class Tally:
    """Changes and calls by kind of traffic."""

    changes: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    calls: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    operations: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    lead_kinds: dict[int, str] = field(default_factory=dict)

    def ratio(self, kind: str | None = None) -> float:
        """Calls per changed record, of one kind or of all."""
        if kind is not None:
            return self.calls[kind] / max(1, self.changes[kind])
        return sum(self.calls.values()) / max(1, sum(self.changes.values()))

    def charge(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Count the requests of a ledger; a write tells the lead of its request."""
        by_request = {
            entry["request"]: entry["lead_id"] for entry in entries if entry["kind"] == "write"
        }
        for entry in entries:
            if entry["kind"] != "request":
                continue
            named = {int(n) for n in _LEAD_IDS.findall(f"{entry['path']} {entry['query']}")}
            lead = by_request.get(entry["seq"])
            leads = sorted({lead} if lead is not None else named)
            for one in leads or [0]:
                kind = self.lead_kinds.get(one, "other")
                self.calls[kind] += 1 / max(1, len(leads))
                self.operations[kind][entry["operation"]] += 1


class Trace:
    """The people of both sides; every method is one moment or more of one kind of traffic."""

    def __init__(self, world: World, erp: oracledb.Connection, *, scale: int) -> None:
        self._world = world
        self._erp = erp
        self._rng = random.Random(_SEED)
        self._branches = self._all_branches()
        self._scale = scale
        self.tally = Tally()

    def _all_branches(self) -> list[Branch]:
        with self._erp.cursor() as cursor:
            cursor.execute(
                "select client_code, code, id_crm from branches where id_crm is not null"
                " order by client_code, code"
            )
            return [Branch(*map(int, row)) for row in cursor]

    def _take(self, kind: str, count: int) -> list[Branch]:
        if len(self._branches) < count:
            raise RuntimeError(f"{count} branches are needed for {kind}")
        taken, self._branches = self._branches[:count], self._branches[count:]
        self.tally.lead_kinds |= {branch.lead: kind for branch in taken}
        return taken

    def moments(self) -> list[Callable[[], None]]:
        """Every moment of the day, in the order in which they happen: mixed, as people work."""
        scale = self._scale
        singles = [
            *self._erp_edits(12 * scale),
            *self._bursts(4 * scale),
            *self._contact_edits(5 * scale),
            *self._budgets(3 * scale),
            *self._sales(scale),
            *self._crm_edits(6 * scale),
        ]
        self._rng.shuffle(singles)
        # a price list in the morning, a new seller in the afternoon
        third = len(singles) // 3
        return [
            *singles[:third],
            *self._bulk_update(12 * scale),
            *singles[third : 2 * third],
            *self._crm_mass_edit(6 * scale),
            *singles[2 * third :],
        ]

    def pause(self) -> None:
        """Until the next moment: some seconds of the day, 20 times as fast."""
        time.sleep(self._rng.expovariate(1 / _PAUSE_SECONDS))

    # ----------------------------------------------------------------- the ERP

    def _update(self, branch: Branch, **columns: Any) -> None:
        assignments = ", ".join(f"{name} = :{name}" for name in columns)
        with self._erp.cursor() as cursor:
            cursor.execute(
                f"update branches set {assignments}, updated_on = sysdate"  # noqa: S608
                " where client_code = :client_code and code = :code",
                {**columns, "client_code": branch.client, "code": branch.code},
            )
        self._erp.commit()

    def _phone(self) -> str:
        return f"119{self._rng.randrange(10**8):08}"

    def _done(self, kind: str, changes: int = 1) -> None:
        self.tally.changes[kind] += changes

    def _erp_edits(self, count: int) -> Iterator[Callable[[], None]]:
        def edit(branch: Branch) -> None:
            self._update(branch, address_complement=f"Sala {self._rng.randrange(10**6)}")
            self._done("edit in the ERP")

        for branch in self._take("edit in the ERP", count):
            yield lambda branch=branch: edit(branch)  # type: ignore[misc]

    def _bursts(self, count: int) -> Iterator[Callable[[], None]]:
        """A clerk who saves after each field."""

        def burst(branch: Branch) -> None:
            for number in range(6):
                self._update(branch, address_complement=f"Andar {number}")
                self._update(branch, phone=self._phone())
            self._done("burst on one record")

        for branch in self._take("burst on one record", count):
            yield lambda branch=branch: burst(branch)  # type: ignore[misc]

    def _bulk_update(self, count: int) -> Iterator[Callable[[], None]]:
        branches = self._take("bulk update", count)

        def update() -> None:
            with self._erp.cursor() as cursor:
                cursor.executemany(
                    "update branches set address_complement = 'Galpão' || :lead where id_crm = :lead",
                    [{"lead": branch.lead} for branch in branches],
                )
            self._erp.commit()
            self._done("bulk update", count)

        yield update

    def _contact_edits(self, count: int) -> Iterator[Callable[[], None]]:
        def add(branch: Branch) -> None:
            name = f"Contato {branch.client}-{branch.code}"
            sales.add_contact(
                self._erp, branch.client, branch.code, name, email=f"c{branch.lead}@example.com"
            )
            self._erp.commit()
            self._done("contact")

        for branch in self._take("contact", count):
            yield lambda branch=branch: add(branch)  # type: ignore[misc]

    def _budgets(self, count: int) -> Iterator[Callable[[], None]]:
        """A quotation, its new price, and for every third its rejection."""
        numbers: dict[Branch, int] = {}

        def act(branch: Branch, rank: int) -> None:
            if branch not in numbers:
                price = Decimal(1000 + rank)
                numbers[branch] = sales.add_budget(self._erp, branch.client, branch.code, price)
            elif rank % 3 == 0:
                sales.reject_budget(self._erp, numbers[branch])
            else:
                sales.reprice_budget(self._erp, numbers[branch], Decimal(5000 + rank))
            self._erp.commit()
            self._done("quotation")

        for rank, branch in enumerate(self._take("quotation", count)):
            yield lambda branch=branch, rank=rank: act(branch, rank)  # type: ignore[misc]
            yield lambda branch=branch, rank=rank: act(branch, rank)  # type: ignore[misc]

    def _sales(self, count: int) -> Iterator[Callable[[], None]]:
        def sell(branch: Branch) -> None:
            sales.add_order(self._erp, branch.client, branch.code, Decimal(4000))
            self._erp.commit()
            self._done("sale")

        for branch in self._take("sale", count):
            yield lambda branch=branch: sell(branch)  # type: ignore[misc]

    # ----------------------------------------------------------------- the CRM

    def _edit_lead(self, branch: Branch, kind: int) -> None:
        body: dict[str, Any] = {"stage": _LATE_STAGE}
        if kind == 0:
            body |= {"ddiPhone": "55", "phone": self._phone()}
        elif kind == 1:
            body["industry"] = INDUSTRIES[branch.lead % len(INDUSTRIES)]
            body["phone"] = self._phone()
        elif kind == 2:
            rep = str(SALES_REP_CODES[branch.lead % len(SALES_REP_CODES)])
            body["customFields"] = [{"id": "_cod.gestores", "options": [{"value": rep}]}]
        else:
            text = FINANCIAL_ANALYSES[branch.lead % len(FINANCIAL_ANALYSES)]
            body["customFields"] = [{"id": "_analisefinanceira", "value": text}]
        self._world.crm_admin("PATCH", f"/leads/{branch.lead}", body)

    def _crm_edits(self, count: int) -> Iterator[Callable[[], None]]:
        def edit(branch: Branch, kind: int) -> None:
            self._edit_lead(branch, kind)
            self._done("edit in the CRM")

        for number, branch in enumerate(self._take("edit in the CRM", count)):
            yield lambda branch=branch, kind=number % 4: edit(branch, kind)  # type: ignore[misc]

    def _crm_mass_edit(self, count: int) -> Iterator[Callable[[], None]]:
        """A screen that changes many leads at once."""
        branches = self._take("mass edit in the CRM", count)

        def edit() -> None:
            for branch in branches:
                self._edit_lead(branch, 2)
            self._done("mass edit in the CRM", count)

        yield edit


def measure(world: World, *, short: bool) -> list[Measurement]:
    """Play the trace under the quota, time running faster; ``world`` is at rest, its daemon is restarted."""
    calls, seconds = _CALLS, _SECONDS / _FASTER
    _hold_to(world, calls, seconds)
    with world.connect("ERP") as erp:
        trace = Trace(world, erp, scale=2 if short else 8)
        moments = trace.moments()
        since = world.crm_admin("GET", "/ledger/summary")["last_seq"]
        for moment in moments:
            moment()
            trace.pause()
        world.drain(seconds=180)
        _assert_equal(world, erp)
    entries = world.crm_admin("GET", f"/ledger?since={since}")
    tally = trace.tally
    tally.charge(entries)
    refused = sum(entry["status"] == 429 for entry in entries)
    changes = sum(tally.changes.values())
    found = [
        Measurement(
            _AREA, "calls per changed record", f"{tally.ratio():.2f}", "1.05",
            f"{changes} changes in {len(moments)} moments, {sum(tally.calls.values()):.0f} calls;"
            f" quota {calls} in {seconds:g} s, as 30 in 20 s with time {_FASTER} times as fast;"
            " both sides proven equal afterwards",
        ),
        Measurement(_AREA, "refused by the quota during the trace", str(refused), "0"),
    ]  # fmt: skip
    found += [
        Measurement(
            _AREA, f"of these: {kind}", f"{tally.ratio(kind):.2f}", "",
            f"{tally.changes[kind]} changes, {tally.calls[kind]:.1f} calls; leads named by "
            + ", ".join(f"{name}: {count}" for name, count in tally.operations[kind].most_common()),
        )
        for kind in sorted(tally.changes)
    ]  # fmt: skip
    if tally.calls.get("other"):
        found.append(
            Measurement(_AREA, "of these: other calls", f"{tally.calls['other']:.0f}", "", "")
        )
    found += measure_saturation(world, short=short)
    return found


def _hold_to(world: World, calls: int, seconds: float) -> None:
    """Give CRM and daemon the same quota; 0 calls: none."""
    world.bridge.stop()
    world.bridges.clear()
    world.crm_admin("PATCH", "/settings", {"quota_requests": calls, "quota_seconds": seconds})
    world.start_bridge(
        worker="bench:bridge",
        ERPCRM_CRM__QUOTA_CALLS=str(calls or 100_000),
        ERPCRM_CRM__QUOTA_SECONDS=str(seconds),
    )


def _assert_equal(world: World, erp: oracledb.Connection) -> None:
    leads = world.leads()
    sides = compare(erp_rows(erp), leads)
    contacts, values = step_rows(erp)
    hanging = compare_steps(
        contacts, values, leads, world.ledger("write"), product=int(BUDGET_PRODUCT)
    )
    if not sides.holds or not hanging.holds:
        wrong: Sequence[Any] = [*sides.differences, *hanging.differences, *hanging.doubled]
        raise RuntimeError(f"the sides are not equal after the trace: {wrong[:5]}")


# --------------------------------------------------------------------------- the quota when all is waiting


def measure_saturation(world: World, *, short: bool) -> list[Measurement]:
    """More changes than the quota lets through: how much of it is used, and is anything refused?"""
    calls = _CALLS
    seconds = 4.0 if short else _SECONDS
    windows = 3
    _hold_to(world, calls, seconds)
    time.sleep(seconds)  # the CRM still counts what an earlier process has called
    since = world.crm_admin("GET", "/ledger/summary")["last_seq"]
    with world.connect("ERP") as erp, erp.cursor() as cursor:
        cursor.execute(
            "update branches set address_complement = 'saturado ' || id_crm"
            " where id_crm is not null and rownum <= :count_",
            count_=calls * (windows + 2),
        )
        erp.commit()
    wanted = calls * (windows + 1) + 1
    world.wait_for(
        lambda: len(_answered(world, since)) >= wanted,
        "the windows to pass",
        seconds=seconds * (windows + 3),
    )
    times = [entry["monotonic"] for entry in _answered(world, since)]
    refused = sum(
        entry["status"] in (403, 429)
        for entry in world.crm_admin("GET", f"/ledger?kind=request&since={since}")
    )
    # from the first call of a window to that of another one, windows later: what the CRM would count
    spans = times[calls * (windows + 1)] - times[calls]
    used = windows * seconds / spans
    _hold_to(world, 0, 1.0)
    world.drain(seconds=180)
    return [
        Measurement(
            _AREA, "use of the quota when changes wait", f"{used:.1%}", "98 %",
            f"{calls} calls in {seconds:g} s, over {windows} windows; {spans:.2f} s for what may take"
            f" {windows * seconds:.0f} s",
        ),
        Measurement(_AREA, "refused by the quota meanwhile", str(refused), "0"),
    ]  # fmt: skip


def _answered(world: World, since: int) -> list[dict[str, Any]]:
    return [
        entry
        for entry in world.crm_admin("GET", f"/ledger?kind=request&since={since}")
        if entry["status"] not in (None, 403, 429)
    ]

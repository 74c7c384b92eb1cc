"""What must hold of a history, whatever happened. Pure: histories come from :mod:`devkit.faults.history`, or by hand.

A *register* is one field of one record or contact, with every write that each side truly applied, who made it, and
what it overwrote, since both sides were last equal and at rest. From the writes follows what may stand at the end:

* **equal**: both sides end with the same value;
* **overwritten**: what a user wrote, and the integration then overwrote, was known on the other side by then or
  later, or a row of the audit, a conflict or a parked row names it;
* **phantom**: the integration writes nothing that no side ever held, such as the value of a rolled-back transaction;
* **foreign**: nor does it write a field of the ERP that the ERP alone owns.

Where the documented policy takes less than that, the rule says so and names it:

* *a field that the ERP owns*: what a user of the CRM writes there gives way without a row where the ERP's value is
  sent before the lead is read (``crm_field_policies.policy``: "ERP: the ERP wins, and a change made in the CRM alone
  does not come in").
* *decision 0010*: "an edit in the moment between reading and writing is still overwritten". That moment begins with
  the last reading before the call; where answers lag, with the state that was read. Such edits are counted.
* *a lead in a sold stage*: an order does not sell a lead that a user of the CRM moved into a sold stage
  (``view_leads_sold``), and a value that comes up meanwhile counts as sent ("the lead is sold already").
* *a branch that takes no part*: what a user of the CRM edits in a lead that is not integrated is not merged.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

__all__ = [
    "GUARD_SECONDS",
    "Call",
    "Check",
    "Contact",
    "Once",
    "Register",
    "Side",
    "Violation",
    "Write",
    "check_calls",
    "check_contacts",
    "check_creations",
    "check_register",
]

#: a reading that is older than that was not made for the call: the limit of one call and of what may hold it back
GUARD_SECONDS: Final = 25.0

USER: Final = "user"
SYNC: Final = "sync"


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that must not be; ``rule`` is one of the words of this module."""

    rule: str
    entity: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.entity} {self.subject}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Write:
    """A write that was applied. ``order`` rises within a side; ``actor`` is USER or SYNC."""

    order: int
    actor: str
    value: str
    #: CRM: when it was applied, and when its call arrived; monotonic seconds
    at: float = 0.0
    called_order: int = 0
    called_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Call:
    """A call that the CRM got: when (monotonic seconds), and for a reading its place among the writes."""

    order: int
    at: float


@dataclass(slots=True)
class Side:
    """One side of a register: what it held at the beginning, what was written, what it holds at the end."""

    before: str
    writes: list[Write] = field(default_factory=list)
    after: str = ""

    def held(self) -> set[str]:
        return {self.before, *(write.value for write in self.writes)}


@dataclass(slots=True)
class Register:
    """One field with both sides; ``subject`` says whose."""

    entity: str
    subject: str
    name: str
    erp: Side
    crm: Side
    #: 'ERP': users of the CRM never win it
    owner: str = "CRM"
    #: values that an audit, a conflict or a parked row names as given way
    told: frozenset[str] = frozenset()
    #: readings of this lead by the integration, by order
    readings: Sequence[Call] = ()
    #: the longest lag of answers while this happened, seconds
    lag: float = 0.0
    #: it took part all the time
    is_integrated: bool = True
    #: values of transactions that were rolled back
    rolled_back: frozenset[str] = frozenset()


@dataclass(slots=True)
class Check:
    """What was compared and found; checks add up."""

    comparisons: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    #: what the documented policy allows, by its name
    allowed: Counter[str] = field(default_factory=Counter)

    def add(self, other: Check) -> None:
        self.comparisons += other.comparisons
        self.allowed += other.allowed
        self.violations += other.violations


#: rules of which each case is one of its own, whatever the last check said of the same place
_EVENTS: Final = frozenset(
    {"overwritten", "phantom", "rolled back", "foreign", "quiet", "quota", "drain", "parked"}
)


class Once:
    """Tells what is wrong once: not again while it stays so, nor by two rules that see the same field."""

    def __init__(self) -> None:
        self._standing: set[tuple[str, str, str]] = set()

    def reduce(self, check: Check) -> None:
        """Leave out what the last check told, and a branch's field of which a register tells the same."""
        fields = {(v.rule, v.subject) for v in check.violations if v.entity == "lead"}
        found: dict[tuple[str, str, str], Violation] = {}
        standing = set()
        for violation in check.violations:
            place = violation.rule, violation.entity, violation.subject
            standing.add(place)
            if violation.entity == "branch" and (violation.rule, violation.subject) in fields:
                continue
            if violation.rule in _EVENTS:
                place = violation.rule, violation.entity, str(violation)
            elif place in self._standing:
                continue
            found.setdefault(place, violation)
        self._standing = standing
        check.violations = list(found.values())


def check_register(register: Register) -> Check:
    """Everything that one register can tell."""
    check = Check()
    check.comparisons[register.entity] += 1
    _equal(register, check)
    _overwritten_in_erp(register, check)
    _overwritten_in_crm(register, check)
    _phantoms(register, check)
    return check


def _violate(check: Check, rule: str, register: Register, detail: str) -> None:
    subject = f"{register.subject} {register.name}"
    check.violations.append(Violation(rule, register.entity, subject, detail))


def _equal(register: Register, check: Check) -> None:
    for side, name in ((register.erp, "ERP"), (register.crm, "CRM")):
        last = side.writes[-1].value if side.writes else side.before
        if side.after != last:
            # then the history is not complete, and nothing that is said of it would count
            _violate(check, "untold", register, f"{name} holds {side.after!r}, last known {last!r}")
    if register.is_integrated and register.erp.after != register.crm.after:
        detail = f"ERP {register.erp.after!r}, CRM {register.crm.after!r}"
        _violate(check, "equal", register, detail)


def _overwrites(side: Side) -> Iterable[tuple[Write, Write]]:
    """Each write of the integration that took the place of a user's, with that one."""
    for earlier, later in zip(side.writes, side.writes[1:], strict=False):
        if earlier.actor == USER and later.actor == SYNC and earlier.value != later.value:
            yield earlier, later


def _overwritten_in_erp(register: Register, check: Check) -> None:
    known = register.crm.held() | register.told | {register.erp.before}
    for user, sync in _overwrites(register.erp):
        if user.value not in known:
            _violate(check, "overwritten", register, f"ERP {user.value!r} by {sync.value!r}")


def _overwritten_in_crm(register: Register, check: Check) -> None:
    known = register.erp.held() | register.told | {register.crm.before}
    for user, sync in _overwrites(register.crm):
        if user.value in known:
            continue
        if register.owner == "ERP":
            check.allowed["a field that the ERP owns"] += 1
        elif not register.is_integrated:
            check.allowed["a branch that takes no part"] += 1
        elif _is_in_the_moment(register, user, sync):
            check.allowed["decision 0010"] += 1
        else:
            _violate(check, "overwritten", register, f"CRM {user.value!r} by {sync.value!r}")


def _is_in_the_moment(register: Register, user: Write, sync: Write) -> bool:
    """Whether the user wrote after the last reading that was made before the call (decision 0010)."""
    if sync.called_order and user.order > sync.called_order:
        return True  # the call was on its way
    orders = [reading.order for reading in register.readings]
    place = bisect_left(orders, sync.called_order) - 1
    if place < 0:
        return False
    reading = register.readings[place]
    is_for_it = sync.called_at - reading.at <= GUARD_SECONDS
    return is_for_it and (user.order > reading.order or user.at > reading.at - register.lag)


def _phantoms(register: Register, check: Check) -> None:
    for side, other, name in (
        (register.erp, register.crm, "ERP"),
        (register.crm, register.erp, "CRM"),
    ):
        sources = other.held() | {side.before}
        for write in side.writes:
            if write.actor != SYNC:
                continue
            if write.value in register.rolled_back:
                _violate(check, "rolled back", register, f"{name} was given {write.value!r}")
            elif write.value not in sources:
                _violate(check, "phantom", register, f"{name} was given {write.value!r}")
            if side is register.erp and register.owner == "ERP":
                _violate(check, "foreign", register, f"ERP was given {write.value!r}")


# --------------------------------------------------------------------------- what exists, and how often


def check_creations(entity: str, made: Mapping[str, int], *, wanted: Iterable[str]) -> Check:
    """Each of ``wanted`` exists exactly once; ``made``: how many the integration made and nobody removed since."""
    check = Check()
    for subject in sorted(wanted):
        check.comparisons[entity] += 1
        if not made.get(subject):
            check.violations.append(Violation("lost", entity, subject, "was never made"))
    for subject, count in sorted(made.items()):
        if count > 1:
            check.violations.append(
                Violation("doubled", entity, subject, f"was made {count} times")
            )
    return check


@dataclass(frozen=True, slots=True)
class Contact:
    """One person on both sides at the end: how many rows of it, what users did with it."""

    subject: str
    in_erp: int
    in_crm: int
    removed_in_erp: bool = False
    removed_in_crm: bool = False
    #: the ERP changed it after, or beside, its removal in the CRM: it may be added again
    edited_in_erp: bool = False
    is_integrated: bool = True


def check_contacts(contacts: Iterable[Contact]) -> Check:
    """Nobody is lost, nobody is there twice, nobody who was removed comes back."""
    check = Check()

    def violate(rule: str, contact: Contact, detail: str) -> None:
        check.violations.append(Violation(rule, "contact", contact.subject, detail))

    for contact in contacts:
        check.comparisons["contact"] += 1
        for side, count in (("ERP", contact.in_erp), ("CRM", contact.in_crm)):
            if count > 1:
                violate("doubled", contact, f"is {count} times in the {side}")
        if not contact.is_integrated:
            continue
        if contact.removed_in_erp:
            # the CRM keeps its persons: Spotter's API removes none
            if contact.in_erp:
                violate("removed", contact, "was deleted in the ERP, and is there again")
        elif contact.removed_in_crm:
            # the ERP keeps its contact: nothing is ever deleted there
            if contact.in_crm and not contact.edited_in_erp:
                violate("removed", contact, "was removed in the CRM, and is there again")
        else:
            for side, count in (("ERP", contact.in_erp), ("CRM", contact.in_crm)):
                if not count:
                    violate("lost", contact, f"is not in the {side}")
    return check


def check_calls(calls: Sequence[float], *, limit: int, seconds: float, slack: float = 0.0) -> Check:
    """No window of ``seconds`` holds more than ``limit`` calls; ``slack``: how far a way through a network, or a
    process that was stopped for a moment, may push calls together."""
    check = Check()
    ordered = sorted(calls)
    window = max(seconds - slack, 0.0)
    start = 0
    worst = 0
    for end, moment in enumerate(ordered):
        while moment - ordered[start] >= window:
            start += 1
        worst = max(worst, end - start + 1)
    check.comparisons["quota"] += len(ordered)
    if worst > limit:
        detail = f"{worst} calls in {seconds:g} s, allowed {limit}"
        check.violations.append(Violation("quota", "quota", "calls", detail))
    return check

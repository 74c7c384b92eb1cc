"""Brings one record to the CRM: decides what to call, and what the answers mean; no retry in here.

The rules that keep an effect from happening twice:

* A create whose answer was lost is never repeated blindly: the record is looked up first.
* A lead that is found is compared, and only what differs is sent.
* Several leads for one record are a conflict for a person, never "take the first".
* A field that users of the CRM may win is read before it is written: an edit that no webhook has told
  of yet stays, and the merge decides.
* What follows the lead is done step by step, in order, and each step is settled on its own: a
  contact that fails repeats neither the lead nor the contacts that are done.
"""

from __future__ import annotations

from bridge.domain.changes import (
    CallMeter,
    Change,
    ContactSnapshot,
    CrmId,
    Document,
    ItemKind,
    ItemResult,
    LeadSnapshot,
    Operation,
    Outcome,
    ReasonClass,
    Settlement,
    Step,
    StepResult,
)
from bridge.domain.retry import RetryPolicy
from bridge.errors import (
    CrmError,
    CrmNotSent,
    CrmOutcomeUnknown,
    CrmPaused,
    CrmRefused,
    DatabaseError,
)
from bridge.ports import Crm, Outbox

__all__ = ["UNEXPECTED", "Delivery", "result_of"]

# What data of a form that nobody thought of leads to.
UNEXPECTED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

_STOP = frozenset({ItemKind.RETRY, ItemKind.UNKNOWN, ItemKind.PAUSED})
_DONE = frozenset({ItemKind.CREATED, ItemKind.UPDATED, ItemKind.UNCHANGED})


def result_of(exc: CrmError) -> ItemResult:
    """Return what an exception of a read means for the item it was made for."""
    match exc:
        case CrmPaused():
            return ItemResult(
                kind=ItemKind.PAUSED, reason=ReasonClass.PAUSED, retry_after=exc.seconds
            )
        case CrmRefused():
            reason = ReasonClass(exc.reason_class)
            transient = reason in {
                ReasonClass.TRANSIENT,
                ReasonClass.RATE_LIMITED,
                ReasonClass.PAUSED,
                ReasonClass.AUTH,
                ReasonClass.UNREADABLE,
            }
            return ItemResult(
                kind=ItemKind.RETRY if transient else ItemKind.REJECTED,
                http_status=exc.status,
                reason=reason,
                detail=exc.detail,
                retry_after=exc.retry_after,
            )
        case CrmNotSent() | CrmOutcomeUnknown():
            return ItemResult(kind=ItemKind.RETRY, reason=ReasonClass.TRANSIENT)
        case _:
            return ItemResult(kind=ItemKind.RETRY, reason=ReasonClass.INTERNAL)


def _untold(exc: DatabaseError) -> ItemResult:
    return ItemResult(
        kind=ItemKind.RETRY,
        reason=ReasonClass.TRANSIENT,
        detail=f"not sent: the database could not tell what users changed: {exc.code}",
    )


class _Guard:
    """What a step may write over a person that exists."""

    def __init__(self, outbox: Outbox, change: Change, crm_id: CrmId, step: Step) -> None:
        self._outbox = outbox
        self._change = change
        self._crm_id = crm_id
        self._step = step

    def needs(self, fields: frozenset[str]) -> bool:
        return bool(fields & self._step.guarded)

    async def allow(
        self, person: ContactSnapshot, fields: frozenset[str], main_id: int | None
    ) -> frozenset[str]:
        asked = fields & self._step.guarded
        seen = {name: person.fields[name] for name in sorted(asked) if name in person.fields}
        if not seen:
            return fields
        return fields - await self._outbox.check_unseen_contact(
            self._change, self._crm_id, self._step, seen, main_id
        )


class Delivery:
    """Delivers changes over a ``Crm``."""

    def __init__(self, crm: Crm, *, outbox: Outbox, retry: RetryPolicy) -> None:
        self._crm = crm
        self._outbox = outbox
        self._retry = retry

    async def deliver(self, change: Change, meter: CallMeter) -> Settlement:
        """Attempt one change and return how to settle it."""
        if change.operation is Operation.REMOVE:
            result = await self._remove(change, meter)
        elif change.crm_id is not None:
            result = await self._update(change, change.crm_id, change.changed_fields, meter)
        elif change.is_in_doubt:
            result = await self._adopt_or_create(change, meter)
        else:
            result = await self._create(change, meter)
        if result.kind in _DONE and change.steps:
            result = await self._follow(change, result, meter)
        return self.settlement(change, result, meter)

    async def _follow(self, change: Change, lead: ItemResult, meter: CallMeter) -> ItemResult:
        """Do the steps; returns the lead's result, or that of the step that decides the attempt."""
        meter.lead = lead
        crm_id = lead.crm_id or change.crm_id
        if crm_id is None:
            return lead
        worst = lead
        can = self._crm.capabilities
        for step in change.steps:
            if step.kind not in can.steps:
                # It never will be done there: said in the attempt, and no reason to park a record.
                detail = f"{can.name} has no step {step.kind.value}"
                meter.results.append(StepResult(step=step, is_done=True, detail=detail))
                continue
            meter.step = step
            try:
                guard = _Guard(self._outbox, change, crm_id, step)
                result = await self._crm.perform(change, crm_id, step, meter, guard)
            except DatabaseError as exc:
                result = _untold(exc)
            meter.step = None
            is_done = result.kind in _DONE
            meter.results.append(
                StepResult(
                    step=step,
                    is_done=is_done,
                    person_id=result.crm_id or step.person_id,
                    detail=result.detail,
                )
            )
            if result.kind in _STOP:
                # What comes next would meet the same; it has not been begun, so it costs nothing.
                return result
            if not is_done and worst is lead:
                worst = result
        return worst

    def settlement(self, change: Change, result: ItemResult, meter: CallMeter) -> Settlement:
        """Turn the answer for an item into the outcome of the attempt."""
        lead = meter.lead
        crm_id = (lead.crm_id if lead else result.crm_id) or change.crm_id
        steps = list(meter.results)
        if meter.step is not None:
            steps.append(
                StepResult(
                    step=meter.step,
                    is_done=False,
                    person_id=meter.step.person_id,
                    detail=result.detail,
                )
            )
        is_new = (lead or result).kind is ItemKind.CREATED
        sent = (lead or result).sent
        if is_new or sent or (lead is not None and result.kind not in _DONE):
            steps.insert(0, StepResult(step=None, is_done=True, is_new=is_new, sent=sent))
        if result.kind in _DONE:
            return Settlement(
                outcome=Outcome.DELIVERED,
                crm_id=crm_id,
                calls=meter.calls,
                http_status=result.http_status,
                steps=tuple(steps),
            )
        if result.kind is ItemKind.UNKNOWN or (
            # Once a create may have arrived, every later failure of the attempt leaves that doubt.
            lead is None
            and change.is_in_doubt
            and change.crm_id is None
            and result.kind is not ItemKind.REJECTED
        ):
            outcome = Outcome.IN_DOUBT
        elif result.kind in {ItemKind.REJECTED, ItemKind.DUPLICATE}:
            outcome = Outcome.PARKED
        else:
            outcome = Outcome.RETRY
        return Settlement(
            outcome=outcome,
            crm_id=crm_id,
            calls=meter.calls,
            http_status=result.http_status,
            steps=tuple(steps),
            reason=result.reason,
            detail=result.detail,
            retry_seconds=None
            if outcome is Outcome.PARKED
            else self._retry.delay(change.attempt, result.retry_after),
        )

    async def _create(self, change: Change, meter: CallMeter) -> ItemResult:
        result = await self._crm.create(change, meter)
        if result.kind is not ItemKind.DUPLICATE:
            return result
        found = await self._look_up(change, meter)
        if isinstance(found, ItemResult):
            return found
        if found is None:
            return ItemResult(
                kind=ItemKind.REJECTED,
                http_status=result.http_status,
                reason=ReasonClass.CONFLICT,
                detail="the CRM calls it a duplicate, but no lead is this record",
            )
        return await self._adopt(change, found, meter)

    async def _adopt_or_create(self, change: Change, meter: CallMeter) -> ItemResult:
        found = await self._look_up(change, meter)
        if isinstance(found, ItemResult):
            return found
        if found is None:
            return await self._create(change, meter)
        return await self._adopt(change, found, meter)

    async def _look_up(self, change: Change, meter: CallMeter) -> LeadSnapshot | ItemResult | None:
        try:
            found = await self._crm.find(change.document, meter)
        except CrmError as exc:
            return result_of(exc)
        if len(found) > 1:
            return ItemResult(
                kind=ItemKind.REJECTED,
                reason=ReasonClass.CONFLICT,
                detail=f"{len(found)} leads are this record",
            )
        return found[0] if found else None

    async def _adopt(self, change: Change, lead: LeadSnapshot, meter: CallMeter) -> ItemResult:
        differing = self._crm.differing(change.document, lead)
        result = await self._update(change, lead.crm_id, differing, meter, seen=lead.fields)
        if result.kind is ItemKind.UNCHANGED:
            return ItemResult(kind=ItemKind.UNCHANGED, crm_id=lead.crm_id, sent=result.sent)
        return result

    async def _update(
        self,
        change: Change,
        crm_id: CrmId,
        fields: frozenset[str],
        meter: CallMeter,
        *,
        seen: Document | None = None,
    ) -> ItemResult:
        guarded = fields & change.guarded_fields
        if guarded:
            try:
                if seen is None:
                    seen = await self._crm.read_fields(crm_id, guarded, meter)
                # A lead that is not there any more holds no edit: the update says so.
                if seen is not None:
                    seen = {field: seen[field] for field in guarded if field in seen}
                    # A substitute that an attempt without an answer left there is no edit of a user.
                    ours = await self._crm.as_sent(change, seen, meter)
                    seen = {field: value for field, value in seen.items() if field not in ours}
                    if seen:
                        fields -= await self._outbox.check_unseen(change, crm_id, seen)
            except CrmError as exc:
                return result_of(exc)
            except DatabaseError as exc:
                return _untold(exc)
        if not fields:
            return ItemResult(kind=ItemKind.UNCHANGED, crm_id=change.crm_id)
        # An update is the same however often it arrives: a lost answer needs no lookup, only a
        # repeat.
        return await self._crm.update(change, crm_id, fields, meter)

    async def _remove(self, change: Change, meter: CallMeter) -> ItemResult:
        if change.crm_id is None:
            return ItemResult(kind=ItemKind.UNCHANGED)
        return await self._crm.remove(change, change.crm_id, meter)

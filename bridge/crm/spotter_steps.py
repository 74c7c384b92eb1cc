"""What follows a lead in Spotter: contacts, stage, proposal, sale, discard.

Every step may be done again after a lost answer and ends in the same state: a contact in doubt is
looked for before it is added, a proposal in doubt is read before it is replaced, and what is sold,
discarded or at its stage already is done. What users may win of a person is read before it is written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.core.delivery import result_of
from bridge.crm.adapter import Adapter
from bridge.crm.client import Call, Reply
from bridge.crm.policy import CrmPolicy
from bridge.crm.spotter_persons import SpotterPersons
from bridge.crm.spotter_rows import all_rows
from bridge.domain.changes import (
    CallMeter,
    Change,
    ContactSnapshot,
    CrmId,
    Document,
    ItemKind,
    ItemResult,
    ReasonClass,
    Step,
    StepKind,
    StepOp,
)
from bridge.domain.identifiers import clean_text
from bridge.domain.persons import differing_fields, main_of
from bridge.errors import CrmError
from bridge.ports import PersonGuard

__all__ = ["SpotterSteps", "StepOptions"]

_WRITTEN = frozenset({200, 201, 204})
_STAGES_SECONDS = 3600.0
_DONE_BEFORE = frozenset({ReasonClass.ALREADY_IN_STATE})
# neutral name: name in a write
_CONTACT = {
    "name": "name",
    "email": "email",
    "phone": "phone1",
    "job_title": "jobTitle",
    "is_primary": "mainContact",
}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOptions:
    """What differs from tenant to tenant."""

    discard_user_email: str = ""
    discard_reason: str = ""
    sales_rep_email: str = ""
    sold_stages: frozenset[str] = frozenset({"Ativação", "Retenção/Expansão"})
    phone_ddi: str = "55"


class SpotterSteps(Adapter):
    """Does the steps of changes."""

    def __init__(
        self,
        policy: CrmPolicy,
        options: StepOptions,
        *,
        persons: SpotterPersons,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(policy)
        self._options = options
        self._persons = persons
        self._clock = clock
        self._stages: dict[str, int] = {}
        self._stages_until = 0.0

    async def perform(
        self,
        change: Change,
        crm_id: CrmId,
        step: Step,
        meter: CallMeter,
        guard: PersonGuard | None = None,
    ) -> ItemResult:
        """Do one step; reads that fail become results as well."""
        try:
            match step.kind:
                case StepKind.CONTACT:
                    return await self._contact(change, crm_id, step, meter, guard)
                case StepKind.STAGE:
                    return await self._stage(crm_id, step, meter)
                case StepKind.BUDGET:
                    return await self._budget(crm_id, step, meter)
                case StepKind.SALE:
                    return await self._sale(crm_id, step, meter)
                case StepKind.DISCARD:
                    return await self._discard(crm_id, step, meter)
        except CrmError as exc:
            return result_of(exc)

    # ----------------------------------------------------------------- contacts

    async def _contact(
        self,
        change: Change,
        crm_id: CrmId,
        step: Step,
        meter: CallMeter,
        guard: PersonGuard | None,
    ) -> ItemResult:
        if step.op is StepOp.REMOVE:
            return await self._let_go(step, meter)
        gone: ItemResult | None = None
        if step.person_id is not None:
            fields = step.changed
            if guard is not None and guard.needs(fields):
                persons = await self._persons_of(crm_id, meter)
                for person in persons:
                    if person.person_id == step.person_id:
                        fields = await guard.allow(person, fields, main_of(persons))
            gone = await self._write_contact(step, step.person_id, fields, meter)
            if gone.reason is not ReasonClass.NOT_FOUND:
                return gone
            # removed by a user, and not noticed yet: what the ERP changes is added again
            meter.persons = None
        if not _is_new(meter) and (
            # a lead that was found, not made, may have this person already; an addition may have had no answer
            gone is not None
            or step.is_in_doubt
            or change.is_in_doubt
            or change.agreed_image is None
        ):
            # read anew when this attempt has added one
            persons = await self._persons_of(crm_id, meter)
            found = _alike(step.fields, persons)
            if gone is not None and any(person.person_id == step.person_id for person in found):
                return gone
            if len(found) > 1:
                return _rejected(ReasonClass.CONFLICT, f"{len(found)} persons are this contact")
            if found:
                fields = differing_fields(step.fields, found[0].fields)
                if guard is not None:
                    fields = await guard.allow(found[0], fields, main_of(persons))
                return await self._write_contact(step, found[0].person_id, fields, meter)
        meter.persons = None
        body = {"leadId": crm_id, **self._person(step.fields, frozenset(_CONTACT))}
        reply = await self._send("POST", "/personsAdd", body, meter)
        if isinstance(reply, ItemResult):
            return reply
        data = reply.json()
        value = data.get("value") if isinstance(data, dict) else None
        if not isinstance(value, int) or isinstance(value, bool):
            return ItemResult(
                kind=ItemKind.UNKNOWN,
                http_status=reply.status,
                reason=ReasonClass.UNREADABLE,
                detail="the answer to an added person holds no id",
            )
        return ItemResult(kind=ItemKind.CREATED, crm_id=CrmId(value), http_status=reply.status)

    async def _write_contact(
        self, step: Step, person_id: int, fields: frozenset[str], meter: CallMeter
    ) -> ItemResult:
        body = self._person(step.fields, fields)
        if not body:
            return ItemResult(kind=ItemKind.UNCHANGED, crm_id=CrmId(person_id))
        reply = await self._send("PUT", f"/PersonsUpdate/{person_id}", body, meter)
        if isinstance(reply, ItemResult):
            return reply
        return ItemResult(kind=ItemKind.UPDATED, crm_id=CrmId(person_id), http_status=reply.status)

    async def _let_go(self, step: Step, meter: CallMeter) -> ItemResult:
        """Spotter removes no persons: one who left must at least not stay the main contact."""
        if step.person_id is None or step.fields.get("is_primary") != "S":
            return ItemResult(kind=ItemKind.UNCHANGED, detail="the CRM keeps its persons")
        reply = await self._send(
            "PUT", f"/PersonsUpdate/{step.person_id}", {"mainContact": False}, meter
        )
        if isinstance(reply, ItemResult):
            if reply.reason is ReasonClass.NOT_FOUND:
                return ItemResult(kind=ItemKind.UNCHANGED)
            return reply
        return ItemResult(kind=ItemKind.UPDATED, http_status=reply.status)

    async def _persons_of(self, crm_id: CrmId, meter: CallMeter) -> Sequence[ContactSnapshot]:
        if meter.persons is None:
            meter.persons = await self._persons.read(crm_id, meter)
        return meter.persons

    def _person(self, fields: Document, chosen: frozenset[str]) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for name, write_name in _CONTACT.items():
            if name not in chosen:
                continue
            value = fields.get(name)
            body[write_name] = value == "S" if name == "is_primary" else value or ""
        if "phone1" in body:
            body["ddiPhone1"] = self._options.phone_ddi
        return body

    # ----------------------------------------------------------------- stage, values, discard

    async def _stage(self, crm_id: CrmId, step: Step, meter: CallMeter) -> ItemResult:
        wanted = clean_text(step.stage) or ""
        if wanted not in self._stages or self._clock() > self._stages_until:
            rows = await self._rows("/stages", {}, meter)
            self._stages = {
                clean_text(row.get("value")) or "": int(row["id"])
                for row in rows
                if row.get("active") is not False
            }
            self._stages_until = self._clock() + _STAGES_SECONDS
        number = self._stages.get(wanted)
        if number is None:
            return _rejected(ReasonClass.VALIDATION, "the CRM has no such stage")
        body = {"leadId": crm_id, "stageId": number}
        return _done(await self._send("POST", "/ChangeFunnel", body, meter))

    async def _budget(self, crm_id: CrmId, step: Step, meter: CallMeter) -> ItemResult:
        """Bring the proposal to one line of our product, or to none.

        Remove and add are two calls. What stands there is read first, unless it is known: a lead of
        this attempt has no line, nor has one that the database knows to be empty, and an agreed
        value that is not in doubt is one line.
        """
        product = _product(step)
        if product is None:
            return _rejected(ReasonClass.VALIDATION, "no product is configured for budgets")
        if step.is_sold:
            return ItemResult(kind=ItemKind.UNCHANGED, detail="the lead is sold already")
        value = None if step.value is None else float(step.value)
        if _is_new(meter) or (step.is_empty and not step.is_in_doubt):
            has_line = False
        elif step.agreed is not None and not step.is_in_doubt:
            has_line = True
        else:
            lines = await self._rows(f"/recommendedProducts/{crm_id}", {}, meter)
            ours = [_amount(line) for line in lines if line.get("productId") == product]
            if ours == ([] if value is None else [value]):
                return ItemResult(kind=ItemKind.UNCHANGED)
            has_line = bool(ours)
            if value is not None and has_line and await self._is_sold(crm_id, meter):
                # Spotter would let the old line go and refuse the new one.
                return ItemResult(kind=ItemKind.UNCHANGED, detail="the lead is sold already")
        if has_line:
            gone = await self._send(
                "DELETE",
                f"/recommendedProductsRemove/{crm_id}",
                None,
                meter,
                params={"productId": str(product)},
            )
            if isinstance(gone, ItemResult) and gone.reason is not ReasonClass.NOT_FOUND:
                return _done(gone)
        if value is None:
            return ItemResult(kind=ItemKind.UPDATED)
        line = {"productId": product, "quantity": 1, "labelValue": value}
        body = {"leadId": crm_id, "products": [line]}
        return _done(await self._send("POST", "/recommendedProductsAdd", body, meter))

    async def _is_sold(self, crm_id: CrmId, meter: CallMeter) -> bool:
        rows = await self._rows("/Leads", {"$filter": f"id eq {crm_id}"}, meter)
        stage = clean_text(rows[0].get("stage")) if rows else None
        return stage in self._options.sold_stages

    async def _sale(self, crm_id: CrmId, step: Step, meter: CallMeter) -> ItemResult:
        product = _product(step)
        if product is None or step.value is None:
            return _rejected(ReasonClass.VALIDATION, "no product is configured for sales")
        email = self._options.sales_rep_email
        body = {
            "leadId": crm_id,
            "salesRepEmail": email,
            "ignoreSalesRep": not email,
            "products": [{"productId": product, "quantity": 1, "labelValue": float(step.value)}],
        }
        return _done(await self._send("POST", "/leadsWon", body, meter))

    async def _discard(self, crm_id: CrmId, step: Step, meter: CallMeter) -> ItemResult:
        body = {
            "leadId": crm_id,
            "userEmail": self._options.discard_user_email,
            "reason": step.reason or self._options.discard_reason,
        }
        return _done(await self._send("POST", "/LeadsLost", body, meter))

    # ----------------------------------------------------------------- calls

    async def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        meter: CallMeter,
        *,
        params: Mapping[str, str] | None = None,
    ) -> Reply | ItemResult:
        call = Call(method=method, path=path, body=body, params=params or {}, expect=_WRITTEN)
        return await self._write(call, meter)

    async def _rows(self, path: str, params: Mapping[str, str], meter: CallMeter) -> Sequence[Row]:
        return await all_rows(self._policy, path, params, meter)


def _is_new(meter: CallMeter) -> bool:
    """Whether the lead was made in this attempt, so that nothing hangs on it yet but its steps."""
    return meter.lead is not None and meter.lead.kind is ItemKind.CREATED


def _done(reply: Reply | ItemResult) -> ItemResult:
    if isinstance(reply, Reply):
        return ItemResult(kind=ItemKind.UPDATED, http_status=reply.status)
    if reply.reason in _DONE_BEFORE:
        return ItemResult(kind=ItemKind.UNCHANGED, detail=reply.detail)
    return reply


def _rejected(reason: ReasonClass, detail: str) -> ItemResult:
    return ItemResult(kind=ItemKind.REJECTED, reason=reason, detail=detail)


def _product(step: Step) -> int | None:
    text = step.product_id or ""
    return int(text) if text.isascii() and text.isdigit() else None


def _amount(line: Row) -> float | None:
    """A total of one line; what cannot be read equals nothing."""
    try:
        return round(float(line["labelValue"]) * float(line.get("quantity") or 1), 2)
    except (KeyError, TypeError, ValueError):
        return None


def _folded(value: Any) -> str:
    return (clean_text(value) or "").casefold()


def _alike(fields: Document, persons: Sequence[ContactSnapshot]) -> list[ContactSnapshot]:
    for name in ("email", "name"):
        wanted = _folded(fields.get(name))
        found = [one for one in persons if wanted and _folded(one.fields.get(name)) == wanted]
        if found:
            return found
    return []

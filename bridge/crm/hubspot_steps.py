"""What follows a company in HubSpot: contacts, and properties for stage, budget and discard.

Every step is a write of a state, so that doing it again changes nothing: a contact is upserted by
the key of the ERP's contact, and linking it to its company twice is linking it once.
"""

from __future__ import annotations

import re
from typing import Final

from bridge.core.delivery import result_of
from bridge.crm.adapter import Adapter, undeclared
from bridge.crm.client import Call
from bridge.crm.hubspot_batch import ObjectWriter
from bridge.crm.hubspot_fields import (
    BUDGET,
    CONTACT_FIELDS,
    CONTACT_KEY,
    DISCARD_REASON,
    DISCARDED,
    STAGE,
    amount,
    contact_properties,
)
from bridge.crm.hubspot_persons import HubSpotPersons
from bridge.crm.policy import CrmPolicy
from bridge.domain.changes import (
    CallMeter,
    Change,
    ContactSnapshot,
    CrmId,
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

__all__ = ["HubSpotSteps"]

_EXISTING_ID: Final = re.compile(r"Existing ID: (\d{1,18})")
_DONE: Final = frozenset({ItemKind.CREATED, ItemKind.UPDATED, ItemKind.UNCHANGED})


class HubSpotSteps(Adapter):
    """Does the steps of changes."""

    def __init__(
        self,
        policy: CrmPolicy,
        *,
        companies: ObjectWriter,
        persons: HubSpotPersons,
        contacts_limit: int,
        linger_seconds: float,
    ) -> None:
        super().__init__(policy)
        self._companies = companies
        self._persons = persons
        self._contacts = ObjectWriter(
            policy,
            kind="contacts",
            id_property=CONTACT_KEY,
            limit=contacts_limit,
            linger_seconds=linger_seconds,
        )

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
                    stage = {STAGE: clean_text(step.stage) or ""}
                    return await self._write_company(change, crm_id, stage, meter)
                case StepKind.BUDGET:
                    return await self._budget(change, crm_id, step, meter)
                case StepKind.DISCARD:
                    lost = {STAGE: DISCARDED, DISCARD_REASON: clean_text(step.reason) or ""}
                    return await self._write_company(change, crm_id, lost, meter)
                case StepKind.SALE:
                    return undeclared(step.kind, "HubSpot")
        except CrmError as exc:
            return result_of(exc)

    # ----------------------------------------------------------------- properties of the company

    async def _write_company(
        self, change: Change, crm_id: CrmId, properties: dict[str, str], meter: CallMeter
    ) -> ItemResult:
        result = await self._companies.update(
            crm_id,
            properties,
            key=change.record_key,
            trace=change.idempotency_key,
            meter=meter,
        )
        if result.kind is ItemKind.UPDATED:
            # The id of a step's result is that of a person.
            return ItemResult(kind=ItemKind.UPDATED, http_status=result.http_status)
        return result

    async def _budget(
        self, change: Change, crm_id: CrmId, step: Step, meter: CallMeter
    ) -> ItemResult:
        try:
            value = amount(step.value)
        except ValueError as exc:
            return ItemResult(
                kind=ItemKind.REJECTED, reason=ReasonClass.VALIDATION, detail=str(exc)
            )
        return await self._write_company(change, crm_id, {BUDGET: value}, meter)

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
            if step.person_id is None:
                return ItemResult(kind=ItemKind.UNCHANGED, detail="the CRM never had it")
            return await self._contacts.archive(CrmId(step.person_id), meter)
        if step.person_id is not None:
            fields = step.changed
            if guard is not None and guard.needs(fields):
                person = await self._persons.read_one(step.person_id, meter)
                if person is not None:
                    fields = await self._allowed(crm_id, step, person, fields, meter, guard)
            return await self._write_contact(change, step, step.person_id, fields, meter)
        return await self._add_contact(change, crm_id, step, meter, guard)

    async def _allowed(
        self,
        crm_id: CrmId,
        step: Step,
        person: ContactSnapshot,
        fields: frozenset[str],
        meter: CallMeter,
        guard: PersonGuard | None,
    ) -> frozenset[str]:
        """Return what may be written; the other persons are read where the main contact moves."""
        if guard is None:
            return fields
        main_id = None
        if "is_primary" in fields and step.fields.get("is_primary") == "S":
            if meter.persons is None:
                meter.persons = await self._persons.read(crm_id, meter)
            main_id = main_of(meter.persons)
        return await guard.allow(person, fields, main_id)

    async def _add_contact(
        self,
        change: Change,
        crm_id: CrmId,
        step: Step,
        meter: CallMeter,
        guard: PersonGuard | None,
    ) -> ItemResult:
        key = _contact_key(change, step)
        if guard is not None and step.is_in_doubt:
            # the addition may have arrived, and a user may have edited it since
            person = await self._persons.read_one(key, meter, id_property=CONTACT_KEY)
            if person is not None:
                fields = differing_fields(step.fields, person.fields)
                fields = await self._allowed(crm_id, step, person, fields, meter, guard)
                result = await self._write_contact(change, step, person.person_id, fields, meter)
                return await self._linked(result, crm_id, meter)
        result = await self._contacts.upsert(
            key,
            contact_properties(step.fields, frozenset(CONTACT_FIELDS)),
            trace=f"{change.idempotency_key}:{key}",
            meter=meter,
        )
        if result.kind is ItemKind.DUPLICATE:
            result = await self._adopt_contact(change, crm_id, step, result, meter, guard)
        return await self._linked(result, crm_id, meter)

    async def _linked(self, result: ItemResult, crm_id: CrmId, meter: CallMeter) -> ItemResult:
        if result.kind not in _DONE or result.crm_id is None:
            return result
        linked = await self._link(result.crm_id, crm_id, meter)
        return result if linked is None else linked

    async def _adopt_contact(
        self,
        change: Change,
        crm_id: CrmId,
        step: Step,
        refused: ItemResult,
        meter: CallMeter,
        guard: PersonGuard | None,
    ) -> ItemResult:
        """Take over the contact that holds the e-mail address, unless it is another contact of ours.

        HubSpot has one contact an address; in the ERP several branches may name the same person.
        """
        found = _EXISTING_ID.search(refused.detail or "")
        conflict = ItemResult(
            kind=ItemKind.REJECTED,
            http_status=refused.http_status,
            reason=ReasonClass.CONFLICT,
            detail="another contact of the CRM holds this e-mail address",
        )
        if found is None:
            return conflict
        number = int(found[1])
        person = await self._persons.read_one(number, meter)
        if person is None:
            return conflict
        if clean_text(person.fields.get(CONTACT_KEY)) not in {None, _contact_key(change, step)}:
            return conflict
        fields = frozenset(CONTACT_FIELDS)
        if guard is not None:
            fields = differing_fields(step.fields, person.fields)
            fields = await self._allowed(crm_id, step, person, fields, meter, guard)
        return await self._write_contact(change, step, number, fields, meter, with_key=True)

    async def _write_contact(
        self,
        change: Change,
        step: Step,
        person_id: int,
        fields: frozenset[str],
        meter: CallMeter,
        *,
        with_key: bool = False,
    ) -> ItemResult:
        properties = contact_properties(step.fields, fields)
        key = _contact_key(change, step)
        if with_key:
            properties[CONTACT_KEY] = key
        if not properties:
            return ItemResult(kind=ItemKind.UNCHANGED, crm_id=CrmId(person_id))
        result = await self._contacts.update(
            CrmId(person_id),
            properties,
            key=key,
            trace=f"{change.idempotency_key}:{key}",
            meter=meter,
        )
        if result.kind is ItemKind.DUPLICATE:
            return ItemResult(
                kind=ItemKind.REJECTED,
                http_status=result.http_status,
                reason=ReasonClass.CONFLICT,
                detail="another contact of the CRM holds this e-mail address",
            )
        return result

    async def _link(self, person_id: CrmId, crm_id: CrmId, meter: CallMeter) -> ItemResult | None:
        call = Call(
            method="PUT",
            path=(f"/crm/v4/objects/contacts/{person_id}/associations/default/companies/{crm_id}"),
            expect=frozenset({200, 201, 204}),
        )
        reply = await self._write(call, meter)
        if not isinstance(reply, ItemResult):
            return None
        return ItemResult(
            kind=reply.kind,
            crm_id=person_id,
            http_status=reply.http_status,
            reason=reply.reason,
            detail=reply.detail,
            retry_after=reply.retry_after,
        )


def _contact_key(change: Change, step: Step) -> str:
    return f"{change.record_key}/{step.contact_id}"

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
from bridge.crm.policy import CrmPolicy
from bridge.domain.changes import (
    CallMeter,
    Change,
    CrmId,
    ItemKind,
    ItemResult,
    ReasonClass,
    Step,
    StepKind,
    StepOp,
)
from bridge.domain.identifiers import clean_text
from bridge.errors import CrmError

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
        contacts_limit: int,
        linger_seconds: float,
    ) -> None:
        super().__init__(policy)
        self._companies = companies
        self._contacts = ObjectWriter(
            policy,
            kind="contacts",
            id_property=CONTACT_KEY,
            limit=contacts_limit,
            linger_seconds=linger_seconds,
        )

    async def perform(
        self, change: Change, crm_id: CrmId, step: Step, meter: CallMeter
    ) -> ItemResult:
        """Do one step; reads that fail become results as well."""
        try:
            match step.kind:
                case StepKind.CONTACT:
                    return await self._contact(change, crm_id, step, meter)
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
        self, change: Change, crm_id: CrmId, step: Step, meter: CallMeter
    ) -> ItemResult:
        if step.op is StepOp.REMOVE:
            if step.person_id is None:
                return ItemResult(kind=ItemKind.UNCHANGED, detail="the CRM never had it")
            return await self._contacts.archive(CrmId(step.person_id), meter)
        if step.person_id is not None:
            return await self._write_contact(change, step, step.person_id, step.changed, meter)
        return await self._add_contact(change, crm_id, step, meter)

    async def _add_contact(
        self, change: Change, crm_id: CrmId, step: Step, meter: CallMeter
    ) -> ItemResult:
        key = _contact_key(change, step)
        result = await self._contacts.upsert(
            key,
            contact_properties(step.fields, frozenset(CONTACT_FIELDS)),
            trace=f"{change.idempotency_key}:{key}",
            meter=meter,
        )
        if result.kind is ItemKind.DUPLICATE:
            result = await self._adopt_contact(change, step, result, meter)
        if result.kind not in _DONE or result.crm_id is None:
            return result
        linked = await self._link(result.crm_id, crm_id, meter)
        return result if linked is None else linked

    async def _adopt_contact(
        self, change: Change, step: Step, refused: ItemResult, meter: CallMeter
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
        call = Call(
            method="GET",
            path=f"/crm/v3/objects/contacts/{number}",
            params={"properties": CONTACT_KEY},
        )
        data = (await self._policy.send(call, meter)).json()
        properties = data.get("properties") if isinstance(data, dict) else None
        held = properties.get(CONTACT_KEY) if isinstance(properties, dict) else None
        if clean_text(held) not in {None, _contact_key(change, step)}:
            return conflict
        return await self._write_contact(
            change, step, number, frozenset(CONTACT_FIELDS), meter, with_key=True
        )

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

"""The adapter for Exact Spotter (API v3).

Quirks that shape it: created ids come as ``{"value": id}``; an update answers 201; there is no
upsert and no idempotency; two leads of one tax number are refused only when ``duplicityValidation``
is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bridge.core.delivery import result_of
from bridge.crm.adapter import Adapter
from bridge.crm.client import Call, Reply
from bridge.crm.policy import CrmPolicy
from bridge.crm.spotter_persons import SpotterPersons
from bridge.crm.spotter_reads import SpotterReads
from bridge.crm.spotter_reps import SpotterReps, without_agreed
from bridge.crm.spotter_rows import all_rows
from bridge.crm.spotter_steps import SpotterSteps, StepOptions
from bridge.domain.changes import (
    CallMeter,
    Capabilities,
    Change,
    ContactSnapshot,
    CrmId,
    Document,
    ItemKind,
    ItemResult,
    LeadSnapshot,
    RateLimit,
    ReasonClass,
    Step,
    StepKind,
)
from bridge.domain.identifiers import taxid_spellings
from bridge.domain.mapping import CUSTOM_FIELDS, LeadMapper
from bridge.errors import CrmError
from bridge.ports import PersonGuard

__all__ = ["SpotterCrm"]

_CREATED = frozenset({200, 201})
_WRITTEN = frozenset({200, 201, 204})
_PAGE = 500


class SpotterCrm(Adapter):
    """Implements ``bridge.ports.Crm``."""

    def __init__(
        self,
        policy: CrmPolicy,
        *,
        mapper: LeadMapper,
        custom_fields_on_create: str,
        client_code_key: str,
        discard_user_email: str,
        discard_reason: str,
        steps: StepOptions | None = None,
        max_read_batch: int = 20,
        reps: SpotterReps | None = None,
    ) -> None:
        super().__init__(policy)
        self._mapper = mapper
        self._custom_fields = custom_fields_on_create
        self._client_code_key = client_code_key
        self._discard_user_email = discard_user_email
        self._discard_reason = discard_reason
        self._reads = SpotterReads(policy, max_batch=max_read_batch)
        options = steps or StepOptions(
            discard_user_email=discard_user_email, discard_reason=discard_reason
        )
        self._persons = SpotterPersons(
            policy, phone_ddi=options.phone_ddi, max_batch=max_read_batch
        )
        self._steps = SpotterSteps(policy, options, persons=self._persons)
        self._reps = None if custom_fields_on_create == "no" else reps

    @property
    def capabilities(self) -> Capabilities:
        """What Spotter can do."""
        return Capabilities(
            name="spotter",
            upsert_by_external_id="unique-field-only",
            max_batch=1,
            custom_fields_on_create=self._custom_fields,
            page_size=_PAGE,
            remove_model="discard",
            webhook_scheme="path-token",
            webhook_has_delivery_id=False,
            incremental_filter="updateDate",
            lead_time_covers_persons=False,  # the CRM says nothing of it
            has_pages=True,
            contact_remove="demote",
            budget_model="lines",
            stage_move="endpoint",
            steps=frozenset(StepKind),
            rate_limits=(RateLimit(calls=30, seconds=20.0),),
        )

    # ----------------------------------------------------------------- writes

    async def create(self, change: Change, meter: CallMeter) -> ItemResult:
        """Add a lead; with custom fields in a second call where the tenant wants that."""
        document: Document = change.document
        sent: Mapping[str, str] = {}
        if self._reps is not None and self._custom_fields == "yes":
            try:
                document, sent = await self._reps.substitute(change, None, meter)
            except CrmError as exc:
                return result_of(exc)
        call = Call(
            method="POST",
            path="/LeadsAdd",
            body={
                "duplicityValidation": True,
                "lead": self._mapper.to_lead(document, custom_fields=self._custom_fields == "yes"),
            },
            expect=_CREATED,
            idempotency_key=change.idempotency_key,
        )
        reply = await self._write(call, meter)
        if isinstance(reply, ItemResult):
            return reply
        crm_id = _created_id(reply)
        if crm_id is None:
            return ItemResult(
                kind=ItemKind.UNKNOWN,
                http_status=reply.status,
                reason=ReasonClass.UNREADABLE,
                detail="the answer to a create holds no id",
            )
        if self._custom_fields == "after":
            added = await self.update(change, crm_id, CUSTOM_FIELDS, meter)
            if added.kind is not ItemKind.UPDATED:
                # The lead is there and half of it is missing: the next attempt must find it first.
                return _in_doubt(added)
            sent = added.sent
        return ItemResult(kind=ItemKind.CREATED, crm_id=crm_id, http_status=reply.status, sent=sent)

    async def update(
        self, change: Change, crm_id: CrmId, fields: frozenset[str], meter: CallMeter
    ) -> ItemResult:
        """Send some fields of a lead; what is not sent stays as it is."""
        document: Document = change.document
        sent: Mapping[str, str] = {}
        if self._reps is not None:
            try:
                document, sent = await self._reps.substitute(change, fields, meter)
            except CrmError as exc:
                return replace(result_of(exc), crm_id=crm_id)
            fields = without_agreed(fields, sent, change)
        lead = self._mapper.to_lead(document, fields, custom_fields=self._custom_fields != "no")
        if not lead:
            return ItemResult(kind=ItemKind.UNCHANGED, crm_id=crm_id, sent=sent)
        call = Call(
            method="PUT",
            path=f"/LeadsUpdate/{crm_id}",
            body={"lead": lead},
            expect=_WRITTEN,
            idempotency_key=change.idempotency_key,
        )
        reply = await self._write(call, meter)
        if isinstance(reply, ItemResult):
            return _with_id(reply, crm_id)
        return ItemResult(kind=ItemKind.UPDATED, crm_id=crm_id, http_status=reply.status, sent=sent)

    async def remove(self, change: Change, crm_id: CrmId, meter: CallMeter) -> ItemResult:
        """Discard a lead; a user can recover it."""
        call = Call(
            method="POST",
            path="/LeadsLost",
            body={
                "leadId": crm_id,
                "userEmail": self._discard_user_email,
                "reason": self._discard_reason,
            },
            expect=_WRITTEN,
            idempotency_key=change.idempotency_key,
        )
        reply = await self._write(call, meter)
        if isinstance(reply, ItemResult):
            if reply.reason in {ReasonClass.NOT_FOUND, ReasonClass.ALREADY_IN_STATE}:
                return ItemResult(kind=ItemKind.UNCHANGED, crm_id=crm_id)
            return _with_id(reply, crm_id)
        return ItemResult(kind=ItemKind.UPDATED, crm_id=crm_id, http_status=reply.status)

    async def perform(
        self,
        change: Change,
        crm_id: CrmId,
        step: Step,
        meter: CallMeter,
        guard: PersonGuard | None = None,
    ) -> ItemResult:
        """Do one step after the lead."""
        return await self._steps.perform(change, crm_id, step, meter, guard)

    # ----------------------------------------------------------------- reads

    async def find(self, document: Document, meter: CallMeter) -> Sequence[LeadSnapshot]:
        """Look a record up by its tax number, else by its client code.

        A client code is shared by the branches of a client, so a lead found by it is this record
        only when it holds the same tax number or none.
        """
        rows = await self._rows_by_taxid(document.get("taxid"), meter)
        if not rows and document.get("client_code") is not None:
            rows = await self._rows_by_client_code(document, meter)
        found = [await self._with_custom_fields(row, meter) for row in rows]
        if len(found) > 1:
            code = self._mapper.canonical("client_code", document.get("client_code"))
            same = [lead for lead in found if lead.fields.get("client_code") == code]
            found = same or found
        return found

    async def read(
        self, crm_id: CrmId, meter: CallMeter | None = None, *, known: Document | None = None
    ) -> LeadSnapshot | None:
        """Read a lead and its custom fields, together with whoever reads at the same time.

        ``known``: values of the custom fields that need no reading (decision 0009).
        """
        with_values = known is None and self._custom_fields != "no"
        rows = await self._reads.read(crm_id, with_values=with_values, meter=meter or CallMeter())
        if rows is None:
            return None
        lead = self._mapper.from_lead(rows.lead, rows.values if with_values else ())
        if known is None:
            return lead
        values = {field: self._mapper.canonical(field, known.get(field)) for field in CUSTOM_FIELDS}
        return replace(lead, fields={**lead.fields, **values})

    async def read_fields(
        self, crm_id: CrmId, fields: frozenset[str], meter: CallMeter
    ) -> Document | None:
        """Read some fields of a lead: one call for those of the lead, one for custom fields."""
        rows: list[Mapping[str, Any]] = [{"id": crm_id}]
        values: list[Mapping[str, Any]] = []
        if fields - CUSTOM_FIELDS:
            rows = await self._rows("/Leads", f"id eq {crm_id}", meter)
        if rows and fields & CUSTOM_FIELDS and self._custom_fields != "no":
            values = await self._rows("/LeadsCustomFields", f"leadId eq {crm_id}", meter)
        if not rows:
            return None
        found = self._mapper.from_lead(rows[0], values).fields
        readable = fields - CUSTOM_FIELDS if self._custom_fields == "no" else fields
        return {field: found[field] for field in readable}

    async def as_sent(self, change: Change, seen: Document, meter: CallMeter) -> frozenset[str]:
        """Return the fields that hold a substitute of ours; may cost a call for the list of reps."""
        if self._reps is None or not seen.keys() & CUSTOM_FIELDS:
            return frozenset()
        _, sent = await self._reps.substitute(change, frozenset(seen), meter)
        return frozenset(
            field
            for field, value in sent.items()
            if self._mapper.canonical(field, value) == seen.get(field)
        )

    async def read_contacts(
        self, crm_id: CrmId, meter: CallMeter | None = None
    ) -> Sequence[ContactSnapshot]:
        """Read all persons of a lead."""
        return await self._persons.read(crm_id, meter or CallMeter())

    def differing(self, document: Document, lead: LeadSnapshot) -> frozenset[str]:
        """Return the fields in which a lead is not what the document says."""
        fields = self._mapper.differing(document, lead)
        return fields - CUSTOM_FIELDS if self._custom_fields == "no" else fields

    async def _rows_by_taxid(self, taxid: object, meter: CallMeter) -> list[Mapping[str, Any]]:
        rows: list[Mapping[str, Any]] = []
        for spelling in taxid_spellings(taxid):
            rows += await self._rows("/Leads", f"cnpj eq {_quoted(spelling)}", meter)
        return rows

    async def _rows_by_client_code(
        self, document: Document, meter: CallMeter
    ) -> list[Mapping[str, Any]]:
        code = str(self._mapper.canonical("client_code", document.get("client_code")))
        values = await self._rows(
            "/LeadsCustomFields",
            f"id eq {_quoted(self._client_code_key)} and value eq {_quoted(code)}",
            meter,
        )
        rows: list[Mapping[str, Any]] = []
        for value in values:
            rows += await self._rows("/Leads", f"id eq {int(value['leadId'])}", meter)
        taxid = self._mapper.canonical("taxid", document.get("taxid"))
        return [
            row for row in rows if self._mapper.canonical("taxid", row.get("cnpj")) in {taxid, None}
        ]

    async def _with_custom_fields(self, row: Mapping[str, Any], meter: CallMeter) -> LeadSnapshot:
        custom: list[Mapping[str, Any]] = []
        if self._custom_fields != "no":
            custom = await self._rows("/LeadsCustomFields", f"leadId eq {int(row['id'])}", meter)
        return self._mapper.from_lead(row, custom)

    async def _rows(self, path: str, condition: str, meter: CallMeter) -> list[Mapping[str, Any]]:
        """Return the rows of all pages: what a page leaves out would pass for empty."""
        return await all_rows(self._policy, path, {"$filter": condition}, meter)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _created_id(reply: Reply) -> CrmId | None:
    data = reply.json()
    value = data.get("value") if isinstance(data, dict) else None
    return CrmId(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _in_doubt(result: ItemResult) -> ItemResult:
    return ItemResult(
        kind=ItemKind.UNKNOWN,
        crm_id=result.crm_id,
        http_status=result.http_status,
        reason=result.reason,
        detail=result.detail,
        retry_after=result.retry_after,
    )


def _with_id(result: ItemResult, crm_id: CrmId) -> ItemResult:
    return ItemResult(
        kind=result.kind,
        crm_id=crm_id,
        http_status=result.http_status,
        reason=result.reason,
        detail=result.detail,
        retry_after=result.retry_after,
    )

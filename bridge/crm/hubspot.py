"""The adapter for HubSpot (CRM API v3): a record is a company, its contacts are contacts.

Quirks that shape it: writes go in batches and are answered item by item (207); a create is an
upsert by a property of ours, so that it may be repeated; one bad item may be the end of a whole
call, which is then halved; 429 tells which of its limits is spent, and the daily one opens again
at midnight only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bridge.crm.adapter import Adapter
from bridge.crm.client import Call
from bridge.crm.hubspot_batch import ObjectWriter, rows_of
from bridge.crm.hubspot_fields import PROPERTIES, RECORD_KEY, TAXID, CompanyMapper
from bridge.crm.hubspot_persons import HubSpotPersons
from bridge.crm.hubspot_steps import HubSpotSteps
from bridge.crm.policy import CrmPolicy
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
from bridge.errors import CrmRefused
from bridge.ports import PersonGuard

__all__ = ["DAY_CALLS", "PROBE", "SEARCHES", "HubSpotCrm"]

_PAGE: Final = 100
_MAX_BATCH: Final = 100
BURST: Final = RateLimit(calls=100, seconds=10.0)
DAY_CALLS: Final = 250_000
# Searches have a limit of their own, for the whole account. One less is asked for: in so short a
# window calls arrive less evenly than they leave.
SEARCH_LIMIT: Final = RateLimit(calls=5, seconds=1.0, scope="search")
SEARCHES: Final = {SEARCH_LIMIT.scope: (SEARCH_LIMIT.calls - 1, SEARCH_LIMIT.seconds)}
PROBE: Final = Call(method="GET", path="/crm/v3/objects/companies", params={"limit": "1"})


class HubSpotCrm(Adapter):
    """Implements ``bridge.ports.Crm``."""

    def __init__(
        self,
        policy: CrmPolicy,
        *,
        mapper: CompanyMapper,
        linger_seconds: float = 0.005,
        max_batch: int = _MAX_BATCH,
        phone_ddi: str = "55",
    ) -> None:
        super().__init__(policy)
        self._mapper = mapper
        self._max_batch = max_batch
        self._companies = ObjectWriter(
            policy,
            kind="companies",
            id_property=RECORD_KEY,
            limit=max_batch,
            linger_seconds=linger_seconds,
        )
        self._persons = HubSpotPersons(policy, phone_ddi=phone_ddi)
        self._steps = HubSpotSteps(
            policy,
            companies=self._companies,
            persons=self._persons,
            contacts_limit=max_batch,
            linger_seconds=linger_seconds,
        )

    @property
    def capabilities(self) -> Capabilities:
        """What HubSpot can do; a sale would be a deal, which the integration does not make."""
        return Capabilities(
            name="hubspot",
            upsert_by_external_id="yes",
            max_batch=self._max_batch,
            has_partial_success=True,
            custom_fields_on_create="yes",
            page_size=_PAGE,
            page_style="cursor",
            incremental_filter="hs_lastmodifieddate",
            lead_time_covers_persons=False,  # a company's time does not move with its contacts
            remove_model="archive",
            webhook_scheme="hubspot-v3",
            webhook_has_delivery_id=True,
            webhook_is_batch=True,
            webhook_has_change_source=True,
            contact_remove="archive",
            budget_model="field",
            stage_move="field",
            steps=frozenset({StepKind.CONTACT, StepKind.STAGE, StepKind.BUDGET, StepKind.DISCARD}),
            rate_limits=(
                BURST,
                RateLimit(calls=DAY_CALLS, seconds=86_400.0, scope="daily"),
                SEARCH_LIMIT,
            ),
        )

    # ----------------------------------------------------------------- writes

    async def create(self, change: Change, meter: CallMeter) -> ItemResult:
        """Add a company, or write the one that has the key of the record already."""
        return await self._companies.upsert(
            change.record_key,
            self._mapper.to_properties({**change.document, "record_key": change.record_key}),
            trace=change.idempotency_key,
            meter=meter,
        )

    async def update(
        self, change: Change, crm_id: CrmId, fields: frozenset[str], meter: CallMeter
    ) -> ItemResult:
        """Send some fields of a company; what is not sent stays as it is."""
        properties = self._mapper.to_properties(
            {**change.document, "record_key": change.record_key}, fields
        )
        if not properties:
            return ItemResult(kind=ItemKind.UNCHANGED, crm_id=crm_id)
        return await self._companies.update(
            crm_id, properties, key=change.record_key, trace=change.idempotency_key, meter=meter
        )

    async def remove(self, change: Change, crm_id: CrmId, meter: CallMeter) -> ItemResult:
        """Archive a company; a user can restore it for some time."""
        return await self._companies.archive(crm_id, meter)

    async def perform(
        self,
        change: Change,
        crm_id: CrmId,
        step: Step,
        meter: CallMeter,
        guard: PersonGuard | None = None,
    ) -> ItemResult:
        """Do one step after the company."""
        return await self._steps.perform(change, crm_id, step, meter, guard)

    # ----------------------------------------------------------------- reads

    async def find(self, document: Document, meter: CallMeter) -> Sequence[LeadSnapshot]:
        """Look a record up by its key, else by its tax number.

        The key is unique and is read from the objects themselves. A search reads an index that
        lags, and finds the companies that people have made: such a one is this record only when it
        has no key of its own.
        """
        key = document.get("record_key")
        if key is not None:
            rows = await self._by_key(str(key), meter)
            if rows:
                return [self._mapper.from_company(row) for row in rows]
        spellings = taxid_spellings(document.get("taxid"))
        if not spellings:
            return []
        found = [self._mapper.from_company(row) for row in await self._search(spellings, meter)]
        return [lead for lead in found if lead.fields.get("record_key") in {None, key}]

    async def read(
        self, crm_id: CrmId, meter: CallMeter | None = None, *, known: Document | None = None
    ) -> LeadSnapshot | None:
        """Read a company; None when it is archived or was never there. One call reads all of it."""
        call = Call(
            method="GET",
            path=f"/crm/v3/objects/companies/{crm_id}",
            params={"properties": ",".join(PROPERTIES)},
        )
        try:
            reply = await self._policy.send(call, meter or CallMeter())
        except CrmRefused as exc:
            if exc.reason_class == ReasonClass.NOT_FOUND.value:
                return None
            raise
        data = reply.json()
        if not isinstance(data, Mapping) or str(data.get("id")) != str(crm_id):
            raise _unreadable(reply.status)
        return self._mapper.from_company(data)

    async def read_fields(
        self, crm_id: CrmId, fields: frozenset[str], meter: CallMeter
    ) -> Document | None:
        """Read some fields of a company; one call reads all of it."""
        lead = await self.read(crm_id, meter)
        if lead is None:
            return None
        return {field: lead.fields[field] for field in fields if field in lead.fields}

    async def read_contacts(
        self, crm_id: CrmId, meter: CallMeter | None = None
    ) -> Sequence[ContactSnapshot]:
        """Read all contacts of a company."""
        return await self._persons.read(crm_id, meter or CallMeter())

    def differing(self, document: Document, lead: LeadSnapshot) -> frozenset[str]:
        """Return the fields in which a company is not what the document says."""
        return self._mapper.differing(document, lead)

    async def _by_key(self, key: str, meter: CallMeter) -> list[Mapping[str, Any]]:
        call = Call(
            method="POST",
            path="/crm/v3/objects/companies/batch/read",
            body={
                "idProperty": RECORD_KEY,
                "properties": list(PROPERTIES),
                "inputs": [{"id": key}],
            },
            # 207: the key that was asked for is not there
            expect=frozenset({200, 207}),
            reads=True,
        )
        reply = await self._policy.send(call, meter)
        return rows_of(reply)

    async def _search(self, spellings: Sequence[str], meter: CallMeter) -> list[Mapping[str, Any]]:
        """Return the first page: whoever has more than one has too many anyway."""
        # Groups are alternatives; an IN would want its values in lower case.
        groups = [
            {"filters": [{"propertyName": TAXID, "operator": "EQ", "value": text}]}
            for text in spellings
        ]
        call = Call(
            method="POST",
            path="/crm/v3/objects/companies/search",
            body={
                "filterGroups": groups,
                "properties": list(PROPERTIES),
                "limit": _PAGE,
            },
            reads=True,
            quota=SEARCH_LIMIT.scope,
        )
        return rows_of(await self._policy.send(call, meter))


def _unreadable(status: int) -> CrmRefused:
    return CrmRefused(
        status=status,
        reason_class=ReasonClass.UNREADABLE.value,
        detail="the answer to a read is not the object that was asked for",
    )

"""The adapters beside the simulators of their CRMs, under one set of names for both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Protocol

from bridge.crm.client import Call, CrmClient
from bridge.crm.errors import HUBSPOT, SPOTTER
from bridge.crm.hubspot import PROBE, SEARCHES, HubSpotCrm
from bridge.crm.hubspot_batch import describe, rows_of
from bridge.crm.hubspot_fields import COMPANY_FIELDS, CompanyMapper
from bridge.crm.policy import CrmPolicy
from bridge.crm.spotter import SpotterCrm
from bridge.domain.changes import CallMeter, Change, CrmId, Operation, RecordKey
from bridge.domain.mapping import FieldNames, LeadMapper
from bridge.errors import CrmRefused
from bridge.ports import Crm
from devkit.hubspot import app as hubspot_app
from devkit.hubspot.settings import Settings as HubSpotSettings
from devkit.hubspot.simulator import Simulator as HubSpotSimulator
from devkit.spotter import app as spotter_app
from devkit.spotter.settings import Settings as SpotterSettings
from devkit.spotter.simulator import Simulator as SpotterSimulator

DOCUMENT: Mapping[str, Any] = {
    "client_code": 1001,
    "branch_code": 1,
    "name": "Padaria São João",
    "tax_registration": "110042490114",
    "industry": "Alimentos e bebidas",
    "phone": "11987654321",
    "address_street": "Rua das Flores",
    "address_number": "S/N",
    "address_complement": None,
    "address_district": "Centro",
    "address_zipcode": "01310100",
    "city": "São Paulo",
    "state": "SP",
    "sales_rep": 12,
    "financial_analysis": "Crédito aprovado",
    "crm_id": None,
}
_MAPPER = LeadMapper(FieldNames())


def make_change(
    number: int = 1, *, document: Mapping[str, Any] | None = None, **changes: Any
) -> Change:
    """A first attempt to create a record of its own for each number."""
    key = f"1001-{number}"
    values: dict[str, Any] = {
        "event_id": number,
        "record_key": RecordKey(key),
        "version": 1,
        "operation": Operation.UPSERT,
        "fence_token": 1,
        "attempt": 1,
        "idempotency_key": f"erp:{key}:1",
        "crm_id": None,
        "is_in_doubt": False,
        "agreed_image": None,
        "changed_fields": frozenset(),
        **changes,
    }
    full = {
        **DOCUMENT, "record_key": key, "taxid": f"{11222333000100 + number}", **(document or {})
    }  # fmt: skip
    return Change(document=full, **values)


class Bench(Protocol):
    """One adapter, the CRM behind it, and what a test may do to that CRM."""

    crm: Crm

    def crm_ids(self) -> list[int]:
        """The leads of the CRM that are not archived."""

    def creations(self) -> int:
        """How often the API has created a lead."""

    def changed(self, crm_id: int) -> set[str]:
        """The neutral names of the fields that the API's updates have changed."""

    def requests(self) -> list[str]:
        """Paths of the requests that arrived."""

    def by_user(self, change: Change, **fields: Any) -> int:
        """A user makes a lead by hand: it has the tax number, and no key of ours."""

    def contacts(self, crm_id: int) -> list[dict[str, Any]]: ...

    def edit_persons(self, crm_id: int) -> None:
        """A user changes a field of each person of the lead."""

    def stage(self, crm_id: int) -> str: ...

    def budget(self, crm_id: int) -> Decimal | None: ...

    def sales(self, crm_id: int) -> int: ...

    def is_removed(self, crm_id: int) -> bool: ...

    def break_writes(self, **fault: Any) -> None:
        """The next write of a lead meets a fault."""

    def spend_quota(self, *, tells_when: bool) -> None:
        """Let one more request pass and refuse all others."""

    def revoke_token(self) -> None: ...

    def restore_token(self) -> None: ...

    async def page(self, size: int) -> int | None:
        """How many leads one page of this size brings; None when the CRM refuses the size."""

    async def changed_since(self, moment: datetime) -> set[int]:
        """The leads that the CRM's own filter on ``incremental_filter`` finds."""


class SpotterBench:
    def __init__(self, crm: SpotterCrm, simulator: SpotterSimulator, policy: CrmPolicy) -> None:
        self.crm: Crm = crm
        self._sim = simulator
        self._policy = policy
        self._token = simulator.settings.token

    def crm_ids(self) -> list[int]:
        return sorted(self._sim.state.leads)

    def creations(self) -> int:
        return len(self._writes("create_lead"))

    def changed(self, crm_id: int) -> set[str]:
        names = {
            "lead": "name", "cnpj": "taxid", "phone1": "phone", "street": "address_street",
            "_cod.gestores": "sales_rep",
        }  # fmt: skip
        return {
            names.get(change.field, change.field)
            for entry in self._writes("update_lead")
            if entry.lead_id == crm_id
            for change in entry.changed
        }

    def _writes(self, operation: str) -> list[Any]:
        entries = self._sim.ledger.select(kind="write")
        return [e for e in entries if e.operation == operation and e.actor == "api"]

    def requests(self) -> list[str]:
        return [entry.path for entry in self._sim.ledger.select(kind="request")]

    def by_user(self, change: Change, **fields: Any) -> int:
        lead = _MAPPER.to_lead({**change.document, **fields})
        lead["customFields"] = [
            item for item in lead["customFields"] if item["id"] != "_cod.cliente"
        ]
        return self._sim.state.create_lead(lead, actor="user", check_duplicity=False)

    def contacts(self, crm_id: int) -> list[dict[str, Any]]:
        return [
            {
                "id": person.id,
                "name": person.values["name"],
                "job_title": person.values.get("jobTitle"),
                "is_primary": bool(person.values.get("mainContact")),
            }
            for person in self._sim.state.persons_of(crm_id)
        ]

    def edit_persons(self, crm_id: int) -> None:
        for person in self._sim.state.persons_of(crm_id):
            self._sim.state.update_person(person.id, {"jobTitle": "Diretora"}, actor="user")

    def stage(self, crm_id: int) -> str:
        return self._sim.state.lead(crm_id).shown_stage.replace("\u00a0", " ")

    def budget(self, crm_id: int) -> Decimal | None:
        lines = self._sim.state.proposals.get(crm_id, [])
        assert len(lines) <= 1, "a budget is one line"
        return Decimal(str(lines[0]["labelValue"])) if lines else None

    def sales(self, crm_id: int) -> int:
        return int(crm_id in self._sim.state.sales)

    def is_removed(self, crm_id: int) -> bool:
        return self._sim.state.lead(crm_id).discarded_stage is not None

    def break_writes(self, **fault: Any) -> None:
        self._sim.faults.add({"path": "Leads", "method": "POST", **fault})

    def spend_quota(self, *, tells_when: bool) -> None:
        mode = "seconds" if tells_when else "none"
        self._sim.settings.update({"quota_requests": 1, "quota_seconds": 60.0, "quota_mode": mode})

    def revoke_token(self) -> None:
        self._token, self._sim.settings.token = self._sim.settings.token, "another"

    def restore_token(self) -> None:
        self._sim.settings.token = self._token

    async def page(self, size: int) -> int | None:
        return len(await self._leads({"$top": str(size)}))

    async def changed_since(self, moment: datetime) -> set[int]:
        field = self.crm.capabilities.incremental_filter
        # its times name no zone
        zone = timezone(timedelta(hours=self._sim.settings.utc_offset_hours))
        text = moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        return {int(row["id"]) for row in await self._leads({"$filter": f"{field} ge {text}"})}

    async def _leads(self, params: Mapping[str, str]) -> list[Any]:
        call = Call(method="GET", path="/Leads", params=params)
        rows: list[Any] = (await self._policy.send(call, CallMeter())).json()["value"]
        return rows


class HubSpotBench:
    def __init__(self, crm: HubSpotCrm, simulator: HubSpotSimulator, policy: CrmPolicy) -> None:
        self.crm: Crm = crm
        self.simulator = simulator
        self.policy = policy
        self._token = simulator.settings.token

    def crm_ids(self) -> list[int]:
        return sorted(record.id for record in self.simulator.state.live("companies"))

    def creations(self) -> int:
        return len(self._writes("companies.creation"))

    def changed(self, crm_id: int) -> set[str]:
        names = {name: field for field, name in COMPANY_FIELDS.items()}
        return {
            names.get(change.field, change.field)
            for entry in self._writes("companies.propertyChange")
            if entry.lead_id == crm_id
            for change in entry.changed
        }

    def _writes(self, operation: str) -> list[Any]:
        entries = self.simulator.ledger.select(kind="write")
        return [e for e in entries if e.operation == operation and e.actor == "api"]

    def requests(self) -> list[str]:
        return [entry.path for entry in self.simulator.ledger.select(kind="request")]

    def by_user(self, change: Change, **fields: Any) -> int:
        properties = CompanyMapper(_MAPPER.canonical).to_properties({**change.document, **fields})
        del properties["erp_record_key"]
        if self.simulator.state.by_property("companies", "erp_taxid", properties["erp_taxid"]):
            # a unique property holds a value once; people write it in another form, then
            properties["erp_taxid"] = properties["erp_taxid"].rjust(15, "0")[:15]
        return self.simulator.state.create("companies", properties, actor="user").id

    def contacts(self, crm_id: int) -> list[dict[str, Any]]:
        return [
            {
                "id": record.id,
                "name": record.properties["firstname"],
                "job_title": record.properties.get("jobtitle"),
                "is_primary": record.properties.get("erp_is_primary") == "true",
            }
            for record in self.simulator.state.contacts_of(crm_id)
        ]

    def edit_persons(self, crm_id: int) -> None:
        for record in self.simulator.state.contacts_of(crm_id):
            self.simulator.state.update(record, {"jobtitle": "Diretora"}, actor="user")

    def _company(self, crm_id: int) -> Mapping[str, str]:
        return self.simulator.state.records["companies"][crm_id].properties

    def stage(self, crm_id: int) -> str:
        return self._company(crm_id).get("erp_stage") or "Novos leads"

    def budget(self, crm_id: int) -> Decimal | None:
        text = self._company(crm_id).get("erp_budget")
        return Decimal(text) if text else None

    def sales(self, crm_id: int) -> int:
        return 0

    def is_removed(self, crm_id: int) -> bool:
        return self.simulator.state.records["companies"][crm_id].archived

    def break_writes(self, **fault: Any) -> None:
        self.simulator.faults.add({"path": "companies/batch/", "method": "POST", **fault})

    def spend_quota(self, *, tells_when: bool) -> None:
        self.simulator.settings.update(
            {"burst_requests": 1, "burst_seconds": 60.0, "retry_after": tells_when}
        )

    def revoke_token(self) -> None:
        settings = self.simulator.settings
        self._token, settings.token = settings.token, "another"

    def restore_token(self) -> None:
        self.simulator.settings.token = self._token

    async def page(self, size: int) -> int | None:
        call = Call(method="GET", path="/crm/v3/objects/companies", params={"limit": str(size)})
        try:
            return len(rows_of(await self.policy.send(call, CallMeter())))
        except CrmRefused:
            return None

    async def changed_since(self, moment: datetime) -> set[int]:
        condition = {
            "propertyName": self.crm.capabilities.incremental_filter,
            "operator": "GTE",
            "value": str(int(moment.timestamp() * 1000)),
        }
        call = Call(
            method="POST",
            path="/crm/v3/objects/companies/search",
            body={"filterGroups": [{"filters": [condition]}], "limit": 100},
            reads=True,
        )
        return {int(row["id"]) for row in rows_of(await self.policy.send(call, CallMeter()))}


@asynccontextmanager
async def spotter_bench() -> AsyncIterator[SpotterBench]:
    simulator = SpotterSimulator(SpotterSettings(quota_requests=0))
    server = spotter_app.Server(simulator)
    await server.start()
    async with CrmClient(
        base_url=server.base_url,
        headers={"token_exact": simulator.settings.token},
        timeout_seconds=5,
    ) as client:
        policy = CrmPolicy(
            client,
            rules=SPOTTER,
            quota_calls=10_000,
            quota_seconds=1,
            breaker_failures=50,
            breaker_seconds=5,
        )
        crm = SpotterCrm(
            policy,
            mapper=_MAPPER,
            custom_fields_on_create="yes",
            client_code_key="_cod.cliente",
            discard_user_email="vendas.um@example.com",
            discard_reason="Encerrou atividades",
        )
        yield SpotterBench(crm, simulator, policy)
    await server.stop()


@asynccontextmanager
async def hubspot_bench(**options: Any) -> AsyncIterator[HubSpotBench]:
    simulator = HubSpotSimulator(HubSpotSettings(burst_requests=0))
    server = hubspot_app.Server(simulator)
    await server.start()
    async with CrmClient(
        base_url=server.base_url,
        headers={"Authorization": f"Bearer {simulator.settings.token}"},
        timeout_seconds=5,
    ) as client:
        policy = CrmPolicy(
            client,
            rules=HUBSPOT,
            quota_calls=10_000,
            quota_seconds=1,
            breaker_failures=50,
            breaker_seconds=5,
            describe=describe,
            probe=PROBE,
            more_quotas=SEARCHES,
            **options,
        )
        crm = HubSpotCrm(policy, mapper=CompanyMapper(_MAPPER.canonical))
        yield HubSpotBench(crm, simulator, policy)
    await server.stop()


BENCHES = {"spotter": spotter_bench, "hubspot": hubspot_bench}

__all__ = ["BENCHES", "Bench", "CrmId", "HubSpotBench", "hubspot_bench", "make_change"]

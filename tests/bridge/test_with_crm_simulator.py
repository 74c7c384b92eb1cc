"""The adapter against the CRM simulator, quirks included: what is sent reads back as it was."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from bridge.core.delivery import Delivery
from bridge.crm.client import CrmClient
from bridge.crm.errors import SPOTTER
from bridge.crm.policy import CrmPolicy
from bridge.crm.spotter import SpotterCrm
from bridge.domain.changes import CallMeter, Change, ItemKind, Outcome, ReasonClass
from bridge.domain.mapping import FieldNames, LeadMapper
from bridge.domain.retry import RetryPolicy
from bridge.testing import ManualClock, MemoryOutbox
from devkit.spotter.app import Server
from devkit.spotter.settings import Settings
from devkit.spotter.simulator import Simulator

Make = Callable[..., Change]


@pytest.fixture
def tenant() -> Settings:
    return Settings(quota_requests=0)


@pytest.fixture
async def server(tenant: Settings) -> AsyncIterator[Server]:
    server = Server(Simulator(tenant))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def spotter(server: Server, tenant: Settings) -> AsyncIterator[SpotterCrm]:
    async with CrmClient(
        base_url=server.base_url,
        headers={"token_exact": tenant.token},
        timeout_seconds=5,
    ) as client:
        policy = CrmPolicy(
            client,
            rules=SPOTTER,
            quota_calls=10_000,
            quota_seconds=1,
            breaker_failures=5,
            breaker_seconds=5,
        )
        yield SpotterCrm(
            policy,
            mapper=LeadMapper(FieldNames()),
            custom_fields_on_create="yes",
            client_code_key="_cod.cliente",
            discard_user_email="vendas.um@example.com",
            discard_reason="Encerrou atividades",
        )


def varied(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**document, **changes}


async def test_a_created_lead_reads_back_as_the_document(spotter: SpotterCrm, change: Make) -> None:
    created = await spotter.create(change(), CallMeter())
    assert created.crm_id is not None
    lead = await spotter.read(created.crm_id)

    assert lead is not None
    assert spotter.differing(change().document, lead) == frozenset()


@pytest.mark.parametrize(
    "changes",
    [
        {"tax_registration": None},
        {"tax_registration": "ISENTO"},
        {"address_number": None, "address_complement": "Sala 2"},
        {"city": None, "state": None, "address_street": None, "address_number": None,
         "address_complement": None, "address_district": None, "address_zipcode": None},
        {"phone": None, "industry": None, "sales_rep": None, "financial_analysis": None},
        {"taxid": "52998224725", "name": "João d'Ávila — “Açaí”"},
    ],
)  # fmt: skip
async def test_empty_and_unusual_values_survive_the_way_there_and_back(
    spotter: SpotterCrm, change: Make, changes: dict[str, Any]
) -> None:
    document = varied(dict(change().document), **changes)
    created = await spotter.create(change(document=document), CallMeter())
    assert created.kind is ItemKind.CREATED, created
    assert created.crm_id is not None
    lead = await spotter.read(created.crm_id)

    assert lead is not None
    assert spotter.differing(document, lead) == frozenset()


async def test_an_update_changes_the_fields_it_sends_and_no_others(
    spotter: SpotterCrm, change: Make
) -> None:
    created = await spotter.create(change(), CallMeter())
    assert created.crm_id is not None
    document = varied(
        dict(change().document), name="Another", address_number="77B", phone=None, city="Curitiba",
        state="PR", sales_rep=None,
    )  # fmt: skip
    fields = frozenset({"address_number", "phone", "state", "sales_rep"})
    updated = await spotter.update(change(document=document), created.crm_id, fields, CallMeter())
    lead = await spotter.read(created.crm_id)

    assert updated.kind is ItemKind.UPDATED
    assert lead is not None
    assert spotter.differing(document, lead) == {"name", "city"}


async def test_a_second_create_of_a_tax_number_is_adopted(
    spotter: SpotterCrm, server: Server, change: Make
) -> None:
    delivery = Delivery(
        spotter,
        outbox=MemoryOutbox(ManualClock()),
        retry=RetryPolicy(base_seconds=1, cap_seconds=10),
    )
    first = await delivery.deliver(change(), CallMeter())
    second = await delivery.deliver(change(), CallMeter())

    assert (first.outcome, second.outcome) == (Outcome.DELIVERED, Outcome.DELIVERED)
    assert first.crm_id == second.crm_id
    assert len(list(server.simulator.state.visible_leads())) == 1


async def test_a_key_that_another_branch_holds_is_a_conflict_for_a_person(
    spotter: SpotterCrm, tenant: Settings, change: Make
) -> None:
    tenant.unique_custom_fields = ["_cod.cliente"]
    delivery = Delivery(
        spotter,
        outbox=MemoryOutbox(ManualClock()),
        retry=RetryPolicy(base_seconds=1, cap_seconds=10),
    )
    await delivery.deliver(change(), CallMeter())
    other = varied(dict(change().document), taxid="11222333000181")
    settlement = await delivery.deliver(change(document=other), CallMeter())

    assert (settlement.outcome, settlement.reason) == (Outcome.PARKED, ReasonClass.CONFLICT)


async def test_an_address_without_a_state_is_for_a_person(
    spotter: SpotterCrm, change: Make
) -> None:
    document = varied(dict(change().document), city=None, state=None)
    result = await spotter.create(change(document=document), CallMeter())

    assert (result.kind, result.reason) == (ItemKind.REJECTED, ReasonClass.VALIDATION)


async def test_an_unknown_industry_is_for_a_person(spotter: SpotterCrm, change: Make) -> None:
    document = varied(dict(change().document), industry="Nowhere")
    result = await spotter.create(change(document=document), CallMeter())

    assert (result.kind, result.reason) == (ItemKind.REJECTED, ReasonClass.VALIDATION)


async def test_a_wrong_token_is_no_fault_of_the_record(
    spotter: SpotterCrm, tenant: Settings, change: Make
) -> None:
    tenant.token = "another"
    result = await spotter.create(change(), CallMeter())

    assert (result.kind, result.reason) == (ItemKind.RETRY, ReasonClass.AUTH)


@pytest.mark.parametrize("mode", ["seconds", "http_date", "none", "html403"])
async def test_a_spent_quota_is_recognised_in_every_form(
    spotter: SpotterCrm, tenant: Settings, change: Make, mode: str
) -> None:
    tenant.quota_requests, tenant.quota_seconds, tenant.quota_mode = 1, 60.0, mode
    await spotter.create(change(), CallMeter())
    result = await spotter.create(change(), CallMeter())

    assert result.kind is ItemKind.PAUSED
    assert spotter.pause_seconds() > 0


@pytest.mark.parametrize("cap", [1, 2, 500])
async def test_what_a_page_of_the_crm_leaves_out_is_read_as_well(
    server: Server, spotter: SpotterCrm, tenant: Settings, change: Make, cap: int
) -> None:
    """A person that a short page leaves out would be taken as removed, a custom field as empty."""
    created = await spotter.create(change(), CallMeter())
    assert created.crm_id is not None
    names = ["Ana", "Bia", "Caio"]
    for name in names:
        body = {"leadId": created.crm_id, "name": name}
        server.simulator.state.create_person(body, actor="user")
    tenant.page_cap = cap

    persons = await spotter.read_contacts(created.crm_id)
    assert [person.fields["name"] for person in persons] == names
    fields = frozenset({"sales_rep", "financial_analysis"})
    read = await spotter.read_fields(created.crm_id, fields, CallMeter())
    assert read == {name: change().document[name] for name in fields}

"""Reads of leads that are asked for at the same time share their calls, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from patience import LONG, STALL

from bridge.crm.client import CrmClient
from bridge.crm.errors import SPOTTER
from bridge.crm.policy import CrmPolicy
from bridge.crm.read_batch import AnswerNotAsAsked, ReadBatch, Wanted
from bridge.crm.spotter import SpotterCrm
from bridge.domain.changes import CallMeter, CrmId, Lane, LeadSnapshot
from bridge.domain.mapping import FieldNames, LeadMapper
from bridge.errors import CrmOutcomeUnknown, CrmRefused


@dataclass
class Leads:
    """A tenant that understands ``a eq 1 or a eq 2``; each call is noted."""

    ids: frozenset[int]
    custom: int = 2
    page: int = 500
    links: bool = True
    most: int = 100
    deaf: bool = False
    gate: asyncio.Event | None = None
    calls: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    odd: Callable[[list[dict[str, Any]]], list[Any]] | None = None

    async def handle(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix("/v3/")
        clauses = request.query["$filter"].split(" or ")
        names = {clause.split(" eq ")[0] for clause in clauses}
        asked = [int(clause.split(" eq ")[1]) for clause in clauses]
        self.calls.append((path, tuple(asked)))
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        if len(asked) > self.most:
            return web.json_response({"error": {"message": "node count"}}, status=400)
        assert names == ({"id"} if path == "Leads" else {"leadId"})
        known = sorted(self.ids if self.deaf else self.ids.intersection(asked))
        rows: list[Any]
        if path == "Leads":
            rows = [
                {"id": number, "lead": f"Lead {number}", "stage": "Ativação"} for number in known
            ]
        else:
            rows = [
                {"id": key, "leadId": number, "value": f"{number} {key}", "options": []}
                for number in known
                for key in ["_analisefinanceira", *(f"_x{n}" for n in range(1, self.custom))]
            ]
        if self.odd is not None:
            rows = self.odd(rows)
        skip = int(request.query.get("$skip", 0))
        answer: dict[str, Any] = {"value": rows[skip : skip + self.page]}
        if self.links and skip + self.page < len(rows):
            query = {**request.query, "$skip": str(skip + self.page)}
            link = request.url.with_host("elsewhere.example").with_query(query)
            answer["@odata.nextLink"] = str(link)
        return web.json_response(answer)


@asynccontextmanager
async def spotter(
    tenant: Leads, *, limit: int = 20, custom: str = "yes"
) -> AsyncIterator[SpotterCrm]:
    app = web.Application()
    app.router.add_get("/{tail:.*}", tenant.handle)
    async with (
        TestServer(app) as server,
        CrmClient(base_url=str(server.make_url("/v3")), headers={}, timeout_seconds=5) as client,
    ):
        policy = CrmPolicy(
            client,
            rules=SPOTTER,
            quota_calls=1000,
            quota_seconds=1.0,
            breaker_failures=50,
            breaker_seconds=1.0,
        )
        yield SpotterCrm(
            policy,
            mapper=LeadMapper(FieldNames()),
            custom_fields_on_create=custom,
            client_code_key="_cod.cliente",
            discard_user_email="",
            discard_reason="",
            max_read_batch=limit,
        )


async def read_all(crm: SpotterCrm, *numbers: int) -> list[LeadSnapshot | BaseException | None]:
    return await asyncio.gather(
        *(crm.read(CrmId(number)) for number in numbers), return_exceptions=True
    )


def shown(lead: LeadSnapshot | BaseException | None) -> tuple[Any, Any]:
    assert isinstance(lead, LeadSnapshot), lead
    return lead.fields["name"], lead.fields["financial_analysis"]


# --------------------------------------------------------------------------- what is shared


async def test_reads_of_one_moment_cost_two_calls_and_each_gets_its_own() -> None:
    tenant = Leads(frozenset(range(1, 31)))
    async with spotter(tenant) as crm:
        leads = await read_all(crm, *range(1, 16))

    assert [shown(lead) for lead in leads] == [
        (f"Lead {n}", f"{n} _analisefinanceira") for n in range(1, 16)
    ]
    assert sorted(tenant.calls) == [
        ("Leads", tuple(range(1, 16))),
        ("LeadsCustomFields", tuple(range(1, 16))),
    ]


async def test_one_read_alone_is_not_held_up() -> None:
    tenant = Leads(frozenset({5}))
    async with spotter(tenant) as crm:
        await crm.read(CrmId(5))
        started = asyncio.get_running_loop().time()
        await crm.read(CrmId(5))
        took = asyncio.get_running_loop().time() - started

    assert sorted(tenant.calls) == sorted([("Leads", (5,)), ("LeadsCustomFields", (5,))] * 2)
    assert took < 0.5


async def test_whoever_comes_during_a_read_is_read_with_the_next() -> None:
    tenant = Leads(frozenset(range(1, 10)), gate=asyncio.Event())
    async with spotter(tenant, custom="no") as crm:
        first = asyncio.create_task(crm.read(CrmId(1)))
        await tenant.asked.wait()
        # the same lead again: what is under way may have been read before the newer hint
        later = [asyncio.create_task(crm.read(CrmId(n))) for n in (1, 2, 3)]
        await asyncio.sleep(0.05)
        assert len(tenant.calls) == 1
        tenant.gate.set()
        await asyncio.gather(first, *later)

    assert tenant.calls == [("Leads", (1,)), ("Leads", (1, 2, 3))]


async def test_two_who_ask_for_the_same_lead_ask_once() -> None:
    tenant = Leads(frozenset({4}))
    async with spotter(tenant, custom="no") as crm:
        leads = await read_all(crm, 4, 4)

    assert [lead is not None for lead in leads] == [True, True]
    assert tenant.calls == [("Leads", (4,))]


async def test_a_read_takes_so_many_leads_at_most() -> None:
    tenant = Leads(frozenset(range(1, 31)))
    async with spotter(tenant, limit=10, custom="no") as crm:
        await read_all(crm, *range(1, 26))

    assert sorted(len(ids) for _, ids in tenant.calls) == [5, 10, 10]


async def test_one_means_that_each_is_read_by_itself() -> None:
    tenant = Leads(frozenset(range(1, 5)))
    async with spotter(tenant, limit=1, custom="no") as crm:
        await read_all(crm, 1, 2, 3)

    assert sorted(tenant.calls) == [("Leads", (1,)), ("Leads", (2,)), ("Leads", (3,))]


async def test_a_filter_stays_within_what_servers_take() -> None:
    base = 9_000_000_000_000_000
    tenant = Leads(frozenset(range(base, base + 100)))
    async with spotter(tenant, limit=100, custom="no") as crm:
        leads = await read_all(crm, *range(base, base + 100))

    assert all(isinstance(lead, LeadSnapshot) for lead in leads)
    longest = max(len(" or ".join(f"leadId eq {i}" for i in ids)) for _, ids in tenant.calls)
    assert longest <= 1_800
    assert len(tenant.calls) == 3


async def test_lanes_do_not_wait_for_each_other() -> None:
    tenant = Leads(frozenset({1, 2}), gate=asyncio.Event())
    async with spotter(tenant, custom="no") as crm:
        live = asyncio.create_task(crm.read(CrmId(1)))
        await asyncio.sleep(0.05)
        other = asyncio.create_task(crm.read(CrmId(2), CallMeter(lane=Lane.RECONCILE)))
        await asyncio.sleep(0.05)
        assert tenant.calls == [("Leads", (1,)), ("Leads", (2,))]
        tenant.gate.set()
        await asyncio.gather(live, other)


async def test_known_fields_are_not_read_and_stand_in_the_lead() -> None:
    known = {
        "client_code": "1001",
        "sales_rep": "7",
        "tax_registration": "99",
        "financial_analysis": "A",
    }
    tenant = Leads(frozenset({1, 2}))
    async with spotter(tenant) as crm:
        quick = await crm.read(CrmId(1), known=known)
        assert [path for path, _ in tenant.calls] == ["Leads"]
        full, again = await asyncio.gather(crm.read(CrmId(2)), crm.read(CrmId(1), known=known))

    assert quick is not None
    assert quick.fields["name"] == "Lead 1"
    assert {name: quick.fields[name] for name in known} == {
        "client_code": 1001, "sales_rep": 7, "tax_registration": None, "financial_analysis": "A",
    }  # fmt: skip
    assert shown(full) == ("Lead 2", "2 _analisefinanceira")
    assert again == quick
    assert sorted(tenant.calls[1:]) == [("Leads", (1, 2)), ("LeadsCustomFields", (2,))]


async def test_calls_are_counted_once() -> None:
    tenant = Leads(frozenset(range(1, 9)))
    meters = [CallMeter() for _ in range(8)]
    async with spotter(tenant) as crm:
        await asyncio.gather(
            *(crm.read(CrmId(n), meter) for n, meter in enumerate(meters, start=1))
        )

    assert sum(meter.calls for meter in meters) == len(tenant.calls) == 2


# --------------------------------------------------------------------------- what is not


async def test_a_lead_that_the_answer_lacks_is_absent() -> None:
    tenant = Leads(frozenset({1, 3}))
    async with spotter(tenant) as crm:
        leads = await read_all(crm, 1, 2, 3)

    assert [lead is None for lead in leads] == [False, True, False]


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(lambda rows: [*rows, {"id": 99, "leadId": 99}], id="a lead nobody asked for"),
        pytest.param(lambda rows: [*rows, {"lead": "X"}], id="a row without its lead"),
        pytest.param(lambda rows: [*rows, "X"], id="a row that is none"),
    ],
)
async def test_an_answer_that_is_not_what_was_asked_makes_nobody_absent(odd: Any) -> None:
    tenant = Leads(frozenset({1}), odd=odd)
    async with spotter(tenant) as crm:
        leads = await read_all(crm, 1, 2)

    assert all(isinstance(lead, CrmRefused) for lead in leads)


async def test_a_lead_twice_in_an_answer_is_no_answer() -> None:
    tenant = Leads(frozenset({1}), odd=lambda rows: rows * 2)
    async with spotter(tenant, custom="no") as crm:
        leads = await read_all(crm, 1, 2)

    # the second one was then read by itself, and that answer was one
    assert [type(lead) for lead in leads] == [AnswerNotAsAsked, type(None)]


@pytest.mark.parametrize("links", [True, False])
async def test_all_pages_of_custom_fields_are_read(links: bool) -> None:
    tenant = Leads(frozenset(range(1, 21)), custom=60, links=links)
    async with spotter(tenant) as crm:
        leads = await read_all(crm, *range(1, 21))

    assert shown(leads[-1]) == ("Lead 20", "20 _analisefinanceira")
    assert [path for path, _ in tenant.calls].count("LeadsCustomFields") == 3


async def test_pages_that_lead_back_to_themselves_end() -> None:
    tenant = Leads(frozenset({1, 2}))

    async def circle(request: web.Request) -> web.Response:
        return web.json_response(
            {"value": [{"id": 1, "lead": "X"}], "@odata.nextLink": str(request.url)}
        )

    tenant.handle = circle  # type: ignore[method-assign]
    async with spotter(tenant, custom="no") as crm:
        with pytest.raises(CrmRefused, match="do not end"):
            await crm.read(CrmId(1))


async def test_a_reader_who_goes_takes_nobody_along() -> None:
    tenant = Leads(frozenset({1, 2}), gate=asyncio.Event())
    async with spotter(tenant) as crm:
        gone = asyncio.create_task(crm.read(CrmId(1)))
        stays = asyncio.create_task(crm.read(CrmId(2)))
        await asyncio.sleep(0.05)
        gone.cancel()
        tenant.gate.set()
        assert shown(await stays) == ("Lead 2", "2 _analisefinanceira")
        with pytest.raises(asyncio.CancelledError):
            await gone


async def test_what_nobody_waits_for_any_more_is_not_read() -> None:
    tenant = Leads(frozenset({1, 2, 3}), gate=asyncio.Event())
    async with spotter(tenant, custom="no") as crm:
        first = asyncio.create_task(crm.read(CrmId(1)))
        await asyncio.sleep(0.05)
        gone = asyncio.create_task(crm.read(CrmId(2)))
        stays = asyncio.create_task(crm.read(CrmId(3)))
        await asyncio.sleep(0)
        gone.cancel()
        tenant.gate.set()
        await asyncio.gather(first, stays)

    assert tenant.calls == [("Leads", (1,)), ("Leads", (3,))]


# --------------------------------------------------------------------------- refusals


async def test_a_crm_that_takes_shorter_filters_only_is_asked_in_halves_from_then_on() -> None:
    tenant = Leads(frozenset(range(1, 41)), most=5)
    async with spotter(tenant, custom="no") as crm:
        leads = await read_all(crm, *range(1, 21))
        assert all(isinstance(lead, LeadSnapshot) for lead in leads)
        tenant.calls.clear()
        await read_all(crm, *range(1, 21))

    assert [len(ids) for _, ids in tenant.calls] == [5, 5, 5, 5]


async def test_a_crm_that_does_not_understand_the_filter_is_asked_for_each() -> None:
    tenant = Leads(frozenset({1, 2, 3, 4}))
    plain = tenant.handle

    async def first_clause_only(request: web.Request) -> web.Response:
        tenant.deaf = " or " in request.query["$filter"]
        return await plain(request)

    tenant.ids |= {50}
    tenant.handle = first_clause_only  # type: ignore[method-assign]
    async with spotter(tenant, custom="no") as crm:
        leads = await read_all(crm, 1, 2, 3, 4)

    assert [shown(lead)[0] for lead in leads] == ["Lead 1", "Lead 2", "Lead 3", "Lead 4"]


async def test_one_lead_that_is_refused_does_not_refuse_the_others() -> None:
    async def fetch(wanted: Wanted, meter: CallMeter) -> Mapping[CrmId, str | None]:
        if CrmId(3) in wanted:
            raise CrmRefused(status=400, reason_class="validation", detail="no")
        return {crm_id: f"lead {crm_id}" for crm_id in wanted}

    reads = ReadBatch(fetch, limit=20)
    found = await asyncio.gather(
        *(reads.read(CrmId(n), with_values=True, meter=CallMeter()) for n in range(1, 6)),
        return_exceptions=True,
    )

    assert [one for one in found if isinstance(one, str)] == [
        "lead 1",
        "lead 2",
        "lead 4",
        "lead 5",
    ]
    assert isinstance(found[2], CrmRefused)
    assert reads.limit == 20


async def test_an_answer_that_did_not_come_is_not_asked_for_in_halves() -> None:
    rounds = 0

    async def fetch(wanted: Wanted, meter: CallMeter) -> Mapping[CrmId, str | None]:
        nonlocal rounds
        rounds += 1
        raise CrmOutcomeUnknown("lost")

    reads = ReadBatch(fetch, limit=20)
    found = await asyncio.gather(
        *(reads.read(CrmId(n), with_values=True, meter=CallMeter()) for n in range(1, 6)),
        return_exceptions=True,
    )

    assert rounds == 1
    assert [type(one) for one in found] == [CrmOutcomeUnknown] * 5


async def test_a_read_that_hangs_holds_up_the_others_for_a_while_only() -> None:
    started: list[tuple[CrmId, ...]] = []

    async def fetch(wanted: Wanted, meter: CallMeter) -> Mapping[CrmId, str | None]:
        started.append(tuple(wanted))
        if CrmId(1) in wanted:
            await asyncio.sleep(LONG)
        return dict.fromkeys(wanted, "lead")

    reads = ReadBatch(fetch, limit=20, patience_seconds=0.1)
    hangs = asyncio.create_task(reads.read(CrmId(1), with_values=True, meter=CallMeter()))
    await asyncio.sleep(0.01)
    async with asyncio.timeout(STALL):
        found = await reads.read(CrmId(2), with_values=True, meter=CallMeter())
    hangs.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hangs

    assert found == "lead"
    assert started == [(CrmId(1),), (CrmId(2),)]

"""Reading Spotter page by page, against the simulator's own idea of filters and pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.crm.client import CrmClient
from bridge.crm.errors import SPOTTER
from bridge.crm.policy import CrmPolicy
from bridge.crm.spotter_pages import SpotterPages, earlier
from bridge.domain.changes import Lane
from bridge.domain.mapping import FieldNames, LeadMapper
from bridge.domain.runs import Cursor, Entity, Page
from bridge.errors import CrmRefused
from devkit.spotter.odata import answer_list

KEYS = ("_cod.gestores", "_cod.cliente", "_inscricaoestadual", "_analisefinanceira")


class Tenant:
    """Leads by id, each with a value in every custom field, behind real OData paging."""

    def __init__(self, leads: int) -> None:
        self.leads = {
            number: {
                "id": number,
                "lead": f"Lead {number}",
                "stage": "Ativação",
                "updateDate": f"2026-01-01T00:{number % 60:02}:00.000",
            }
            for number in range(1, leads + 1)
        }
        self.cap = 500
        self.ranges = "works"
        self.has_links = True
        self.has_count = True
        self.standing_still = False
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.after_call: Any = None

    def shrink(self, leads: int, *, cap: int) -> None:
        self.leads = {number: self.leads[number] for number in range(1, leads + 1)}
        self.cap = cap

    def rows(self, entity: str) -> list[dict[str, Any]]:
        match entity:
            case "Leads":
                return list(self.leads.values())
            case "Persons":
                return [
                    {
                        "id": 900 + number,
                        "leadId": number,
                        "name": " Ana ",
                        "email": "ANA@Example.com",
                        "phone1": "5511987654321",
                        "jobTitle": "",
                        "mainContact": "true",
                    }
                    for number in self.leads
                ]
            case _:
                return [
                    {"id": key, "leadId": number, "value": f"{number}", "options": []}
                    for number in self.leads
                    for key in (*KEYS, "_another")
                ]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        query = dict(request.query)
        entity = request.path.rpartition("/")[2]
        self.calls.append((entity, query))
        condition = query.get("$filter", "")
        if any(f" {word} " in condition for word in ("gt", "ge", "le")):
            if self.ranges == "rejected":
                return web.json_response({"error": {"message": "not supported"}}, status=400)
            if self.ranges == "ignored":
                query.pop("$filter")
        if self.standing_still:
            query.pop("$skip", None)
        answer = answer_list(
            self.rows(entity), query, url=str(request.url), context="", cap=self.cap
        )
        if not self.has_links:
            answer.pop("@odata.nextLink", None)
        if not self.has_count:
            answer.pop("@odata.count", None)
        if self.after_call is not None:
            self.after_call()
        return web.json_response(answer)

    def asked(self, entity: str) -> list[dict[str, str]]:
        return [query for name, query in self.calls if name == entity]


@pytest.fixture
def tenant() -> Tenant:
    return Tenant(leads=1_200)


@pytest.fixture
async def pages(tenant: Tenant) -> AsyncIterator[SpotterPages]:
    app = web.Application()
    app.router.add_route("*", "/v3/{tail:.*}", tenant.handle)
    async with (
        TestServer(app) as server,
        CrmClient(base_url=str(server.make_url("/v3")), headers={}, timeout_seconds=10) as client,
    ):
        policy = CrmPolicy(
            client,
            rules=SPOTTER,
            quota_calls=100_000,
            quota_seconds=20,
            breaker_failures=5,
            breaker_seconds=15,
        )
        yield SpotterPages(
            policy, mapper=LeadMapper(FieldNames()), custom_keys=KEYS, lane=Lane.BACKFILL
        )


async def read_all(pages: SpotterPages, entity: Entity = Entity.LEADS) -> list[Page]:
    found = [await pages.read(entity, Cursor())]
    while (following := found[-1].following) is not None:
        assert len(found) < 500
        found.append(await pages.read(entity, following))
    return found


def ids(found: list[Page]) -> list[int]:
    return [row["crm_id"] for page in found for row in page.rows]


async def test_all_leads_come_once_with_their_custom_fields(
    tenant: Tenant, pages: SpotterPages
) -> None:
    found = await read_all(pages)

    assert ids(found) == list(tenant.leads)
    assert found[0].total == 1_200
    assert found[0].rows[6]["financial_analysis"] == "7"
    assert found[0].rows[6]["client_code"] == 7
    assert found[0].rows[6]["read_version"] == "2026-01-01T00:07:00.000"


async def test_five_calls_read_five_hundred_leads(tenant: Tenant, pages: SpotterPages) -> None:
    await pages.read(Entity.LEADS, Cursor())

    assert len(tenant.asked("Leads")) == 1
    assert len(tenant.asked("LeadsCustomFields")) == 4


async def test_rows_that_go_meanwhile_shift_nothing(tenant: Tenant, pages: SpotterPages) -> None:
    tenant.after_call = lambda: [tenant.leads.pop(number, None) for number in range(1, 101)]

    found = await read_all(pages)

    assert set(range(101, 1_201)) <= set(ids(found))


@pytest.mark.parametrize("how", ["rejected", "ignored"])
@pytest.mark.parametrize("has_links", [True, False])
async def test_without_filters_by_key_pages_are_read_by_number(
    tenant: Tenant, pages: SpotterPages, how: str, has_links: bool
) -> None:
    tenant.shrink(260, cap=100)
    tenant.ranges = how
    tenant.has_links, tenant.has_count = has_links, not has_links

    found = await read_all(pages)

    assert sorted(set(ids(found))) == list(tenant.leads)
    assert found[-1].rows[-1]["financial_analysis"] == "260"


async def test_pages_by_number_overlap_and_known_rows_are_dropped(
    tenant: Tenant, pages: SpotterPages
) -> None:
    tenant.shrink(260, cap=100)
    tenant.ranges = "rejected"
    await read_all(pages)
    starts = [int(query["$skip"]) for query in tenant.asked("Leads") if "$skip" in query]

    assert starts == [0, 80, 160]

    tenant.after_call = lambda: (
        tenant.leads.pop(min(tenant.leads)) if len(tenant.leads) > 255 else None
    )
    found = await read_all(pages)

    assert len(ids(found)) == len(set(ids(found)))
    assert set(range(6, 261)) <= set(ids(found))


async def test_pages_that_do_not_move_on_are_refused(tenant: Tenant, pages: SpotterPages) -> None:
    tenant.shrink(260, cap=100)
    tenant.ranges = "rejected"
    tenant.standing_still = True

    with pytest.raises(CrmRefused, match="do not move on"):
        await read_all(pages)


@pytest.mark.parametrize("has_count", [True, False])
async def test_a_crm_with_smaller_pages_is_read_completely(
    tenant: Tenant, pages: SpotterPages, has_count: bool
) -> None:
    tenant.cap = 150
    tenant.has_count = has_count

    found = await read_all(pages)

    assert ids(found) == list(tenant.leads)
    assert all(
        row["financial_analysis"] == str(row["crm_id"]) for page in found for row in page.rows
    )


@pytest.mark.parametrize("cap", [500, 7])
async def test_all_persons_of_leads_are_read_whatever_the_page_holds(
    tenant: Tenant, pages: SpotterPages, cap: int
) -> None:
    tenant.cap = cap

    page = await pages.persons_of([*range(1, 31), 5_000])

    assert [row["person_id"] for row in page.rows] == list(range(901, 931))
    assert {row["crm_id"] for row in page.rows} == set(range(1, 31))
    assert page.rows[0]["email"] == "ana@example.com"
    if cap == 500:
        assert len(tenant.asked("Persons")) == 2


async def test_what_changed_since_comes_with_the_newest_time(
    tenant: Tenant, pages: SpotterPages
) -> None:
    tenant.leads = {number: tenant.leads[number] for number in range(1, 60)}

    page = await pages.read(Entity.LEADS, Cursor(), since="2026-01-01T00:55:00")

    assert [row["crm_id"] for row in page.rows] == [55, 56, 57, 58, 59]
    assert page.newest == "2026-01-01T00:59:00.000"
    assert page.is_filtered
    # only of these leads, however far apart they lie
    assert len(tenant.asked("LeadsCustomFields")) == 1


async def test_a_time_that_is_overlooked_is_noticed_and_costs_no_more_calls(
    tenant: Tenant, pages: SpotterPages
) -> None:
    tenant.ranges = "ignored"

    page = await pages.read(Entity.LEADS, Cursor(), since="2026-01-01T00:55:00")

    assert not page.is_filtered
    assert tenant.asked("LeadsCustomFields") == []


@pytest.mark.parametrize("cap", [500, 7])
async def test_leads_are_looked_up_by_their_ids(
    tenant: Tenant, pages: SpotterPages, cap: int
) -> None:
    tenant.cap = cap
    page = await pages.look_up(Entity.LEADS, [*range(1, 31), 5_000])

    assert [row["crm_id"] for row in page.rows] == list(range(1, 31))
    assert page.rows[0]["financial_analysis"] == "1"
    if cap == 500:
        assert len(tenant.asked("Leads")) == 2


async def test_persons_come_in_the_form_in_which_they_are_compared(
    tenant: Tenant, pages: SpotterPages
) -> None:
    found = await read_all(pages, Entity.CONTACTS)

    assert found[0].rows[0] == {
        "person_id": 901,
        "crm_id": 1,
        "name": "Ana",
        "email": "ana@example.com",
        "phone": "11987654321",
        "job_title": None,
        "is_primary": "S",
    }
    assert sum(len(page.rows) for page in found) == 1_200


async def test_the_newest_change_is_one_call(tenant: Tenant, pages: SpotterPages) -> None:
    assert await pages.newest_change() == "2026-01-01T00:59:00.000"
    assert len(tenant.calls) == 1


@pytest.mark.parametrize(
    ("moment", "before"),
    [
        ("2026-01-01T00:01:00.123", "2026-01-01T00:00:00"),
        ("2026-01-01T00:01:00Z", "2026-01-01T00:00:00Z"),
        ("no time", "no time"),
    ],
)
def test_a_time_some_seconds_earlier_keeps_its_form(moment: str, before: str) -> None:
    assert earlier(moment, 60) == before

"""The kept HTTP routes against the CRM simulator: what each answers, and who is let in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from web_desk import HEADERS, LEAD, TAXID, TOKEN, Desk, running_desk

from bridge.web.api import ROUTES


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with running_desk(max_body_bytes=2048) as running:
        yield running


# --------------------------------------------------------------------------- what is served

#: the routes of the system before this one, as docs/jobs.md and the reference count them
LEGACY = {
    "/atualizalead": {"POST"},
    "/convertedlead": {"POST"},
    "/leaddescartada": {"POST"},
    "/atualizalead/{lead_id}": {"PUT"},
    "/leads": {"GET", "POST", "PUT"},
    "/lead/{lead_id}": {"GET"},
    "/leadid/{cnpj}": {"GET"},
    "/leadstage/{cnpj}": {"GET"},
    "/leadaddinfo/{lead_id}": {"GET"},
    "/endruanumero/{lead_id}": {"GET"},
    "/codgestores": {"GET"},
    "/representante/{lead_id}": {"GET"},
    "/inscricaoestadual/{lead_id}": {"GET"},
    "/analisefinanceira/{lead_id}": {"GET"},
    "/inserecontato": {"POST"},
    "/atualizacontato/{contact_id}": {"POST"},
    "/buscacontato/{lead_id}": {"GET"},
    "/maincontact/{lead_id}/{contact_id}": {"GET"},
    "/dummycontact/{lead_id}": {"POST"},
    "/contatoobs/{lead_id}/{flag}": {"POST"},
    "/passagemdebastao/{lead_id}": {"POST"},
    "/vendelead": {"POST"},
    "/leadvendida/{lead_id}": {"GET"},
    "/orcalead/{lead_id}": {"POST"},
    "/mercados": {"GET", "POST"},
    "/edit_json": {"GET", "POST"},
}


async def test_all_26_routes_of_before_are_served(desk: Desk) -> None:
    served: dict[str, set[str]] = {}
    for route in desk.client.app.router.routes():
        resource = route.resource
        assert resource is not None
        served.setdefault(resource.canonical, set()).add(route.method)

    assert len(LEGACY) == 26
    missing = {path: methods - served.get(path, set()) for path, methods in LEGACY.items()}
    assert {path: methods for path, methods in missing.items() if methods} == {}


# --------------------------------------------------------------------------- who is let in


@pytest.mark.parametrize("headers", [{}, {"X-Api-Token": "wrong"}, {"Authorization": "Bearer x"}])
async def test_nothing_but_health_is_shown_to_a_stranger(
    desk: Desk, headers: dict[str, str]
) -> None:
    answers = {}
    for resource in desk.client.app.router.resources():
        path = resource.canonical.replace("{flag}", "S").replace("{token}", "x")
        for name in ("lead_id", "contact_id", "cnpj", "inbox_id"):
            path = path.replace(f"{{{name}}}", "1")
        for method in ("GET", "POST", "PUT", "DELETE"):
            async with desk.client.request(method, path, headers=headers) as answer:
                answers[method, path] = answer.status

    open_to_all = {key for key, status in answers.items() if status != 401}
    assert {path for _, path in open_to_all} == {"/livez", "/readyz"}


async def test_a_stranger_does_not_learn_which_paths_there_are(desk: Desk) -> None:
    async with desk.client.get("/no/such/path") as answer:
        assert answer.status == 401


async def test_the_token_may_come_as_a_bearer(desk: Desk) -> None:
    async with desk.client.get(
        "/codgestores", headers={"Authorization": f"Bearer {TOKEN}"}
    ) as answer:
        assert answer.status == 200


async def test_the_token_of_webhooks_opens_nothing_else(desk: Desk) -> None:
    async with desk.client.get("/leads", headers={"X-Api-Token": "webhook-token"}) as answer:
        assert answer.status == 401


# --------------------------------------------------------------------------- reads


async def test_all_leads_are_read(desk: Desk) -> None:
    _, body = await desk.get("/leads")

    assert [lead["id"] for lead in body["value"]] == [desk.lead_id]


async def test_leads_beyond_one_page_are_read_each_once(desk: Desk) -> None:
    desk.simulator.settings.page_cap = 500
    for number in range(505):
        desk.simulator.state.create_lead(
            {"name": f"L{number}"}, actor="user", check_duplicity=False
        )
    _, body = await desk.get("/leads")

    assert len({lead["id"] for lead in body["value"]}) == len(body["value"]) == 506


async def test_one_lead_is_read(desk: Desk) -> None:
    status, body = await desk.get(f"/lead/{desk.lead_id}")

    assert (status, body["lead"]) == (200, "Padaria São João")


async def test_a_lead_is_found_by_its_tax_number(desk: Desk) -> None:
    assert await desk.get(f"/leadid/{TAXID}") == (200, {"id": desk.lead_id})
    assert await desk.get(f"/leadstage/{TAXID}") == (
        200,
        {"id": desk.lead_id, "stage": "Novos leads"},
    )


async def test_several_leads_of_a_tax_number_are_a_conflict(desk: Desk) -> None:
    desk.simulator.state.create_lead(LEAD, actor="user", check_duplicity=False)
    status, body = await desk.get(f"/leadid/{TAXID}")

    assert (status, body["title"]) == (409, "Conflict")
    assert str(desk.lead_id) in body["detail"]


async def test_the_parts_that_webhooks_leave_out_are_read(desk: Desk) -> None:
    assert await desk.get(f"/leadaddinfo/{desk.lead_id}") == (
        200,
        {
            "number": "S/N", "complement": None, "district": "Centro",
            "city": "São Paulo", "state": "SP", "phone": "11987654321",
        },
    )  # fmt: skip
    assert await desk.get(f"/endruanumero/{desk.lead_id}") == (
        200,
        {"number": "S/N", "street": "Rua das Flores", "district": "Centro"},
    )


async def test_custom_fields_are_read_with_their_defaults(desk: Desk) -> None:
    assert await desk.get(f"/representante/{desk.lead_id}") == (200, {"value": "12"})
    assert await desk.get(f"/inscricaoestadual/{desk.lead_id}") == (200, {"value": "ISENTO"})
    assert await desk.get(f"/analisefinanceira/{desk.lead_id}") == (200, {"value": None})
    assert "12" in (await desk.get("/codgestores"))[1]["value"]


async def test_the_catalogue_of_industries_is_read(desk: Desk) -> None:
    status, body = await desk.get("/mercados")

    assert status == 200
    assert body["value"][0].keys() >= {"id", "value"}


@pytest.mark.parametrize(
    "path",
    ["/lead/9", "/leadid/11222333000181", "/leadaddinfo/9", "/representante/9", "/leadvendida/9",
     "/maincontact/9/9"],
)  # fmt: skip
async def test_what_is_not_there_is_not_found(desk: Desk, path: str) -> None:
    status, body = await desk.get(path)

    assert (status, body["status"]) == (404, 404)


@pytest.mark.parametrize("path", ["/lead/0", "/lead/x", "/lead/99999999999", "/leadid/1'or'1"])
async def test_a_path_that_does_not_fit_is_refused_before_the_crm_is_asked(
    desk: Desk, path: str
) -> None:
    status, _ = await desk.get(path)

    assert status == 422
    assert [e for e in desk.simulator.ledger.entries if e.kind == "request"] == []


# --------------------------------------------------------------------------- writes


async def test_a_contact_is_added_once(desk: Desk) -> None:
    person = {"leadId": desk.lead_id, "name": "Ana", "email": "ana@example.com"}
    first = await desk.post("/inserecontato", person)
    second = await desk.post("/inserecontato", {**person, "email": "ANA@example.com"})

    assert (first[0], second[0]) == (201, 200)
    assert second[1] == {"id": first[1]["id"], "is_new": False}
    assert len((await desk.get(f"/buscacontato/{desk.lead_id}"))[1]["value"]) == 1


async def test_a_placeholder_is_added_once(desk: Desk) -> None:
    statuses = [(await desk.post(f"/dummycontact/{desk.lead_id}"))[0] for _ in range(2)]

    assert statuses == [201, 200]


async def test_a_contact_is_changed_and_its_main_flag_read(desk: Desk) -> None:
    _, added = await desk.post("/inserecontato", {"leadId": desk.lead_id, "name": "Ana"})
    path = f"/maincontact/{desk.lead_id}/{added['id']}"
    assert await desk.get(path) == (200, {"value": "N"})
    status, _ = await desk.post(
        f"/atualizacontato/{added['id']}", {"name": "Ana Maria", "mainContact": True}
    )

    assert status == 200
    assert await desk.get(path) == (200, {"value": "S"})


@pytest.mark.parametrize(
    ("flag", "body", "text"),
    [("S", None, "Contato atualizado - Sincronizar"), ("N", None, ""), ("S", {"text": "x"}, "x")],
)
async def test_the_description_is_written(desk: Desk, flag: str, body: Any, text: str) -> None:
    path = f"/contatoobs/{desk.lead_id}/{flag}"
    async with (
        desk.client.post(path, headers=HEADERS, json=body)
        if body
        else desk.client.post(path, headers=HEADERS) as answer
    ):
        assert answer.status == 200

    assert (await desk.get(f"/lead/{desk.lead_id}"))[1]["description"] == text


async def test_a_proposal_is_replaced_and_not_added_to(desk: Desk) -> None:
    for value in ("100.00", "250.50"):
        status, _ = await desk.post(
            f"/orcalead/{desk.lead_id}", {"productId": 10001, "value": value}
        )
        assert status == 200

    [line] = desk.simulator.state.proposals[desk.lead_id]
    assert line["labelValue"] == "250.50"


async def test_a_lead_is_sold_once(desk: Desk) -> None:
    sale = {
        "leadId": desk.lead_id, "productId": 10001, "value": "10.00",
        "salesRepEmail": "vendas.um@example.com",
    }  # fmt: skip
    assert await desk.post("/vendelead", sale) == (201, {"status": "done"})
    assert await desk.post("/vendelead", sale) == (200, {"status": "already"})
    assert (await desk.get(f"/leadvendida/{desk.lead_id}"))[1]["totalDealValue"] == 10.0


async def test_the_proposal_of_a_sold_lead_is_left_as_it_is(desk: Desk) -> None:
    await desk.post(f"/orcalead/{desk.lead_id}", {"productId": 10001, "value": "1.00"})
    await desk.post(
        "/vendelead",
        {"leadId": desk.lead_id, "productId": 10001, "value": "1.00",
         "salesRepEmail": "vendas.um@example.com"},
    )  # fmt: skip
    status, _ = await desk.post(f"/orcalead/{desk.lead_id}", {"productId": 10001, "value": "2.00"})

    assert status == 409
    assert len(desk.simulator.state.proposals[desk.lead_id]) == 1


@pytest.mark.parametrize(
    "body",
    [[], {}, {"leadId": "1", "name": "Ana"}, {"leadId": 1, "name": ""},
     {"leadId": 1, "name": "Ana", "extra": 1}],
)  # fmt: skip
async def test_a_body_that_does_not_fit_is_refused_before_the_crm_is_asked(
    desk: Desk, body: Any
) -> None:
    status, problem = await desk.post("/inserecontato", body)

    assert (status, problem["status"]) == (422, 422)
    assert [e for e in desk.simulator.ledger.entries if e.kind == "request"] == []


# --------------------------------------------------------------------------- errors


async def test_errors_are_problems_and_tell_nothing_of_the_inside(desk: Desk) -> None:
    desk.simulator.settings.token = "another"
    async with desk.client.get("/leads", headers=HEADERS) as answer:
        text = await answer.text()

    assert (answer.status, answer.content_type) == (502, "application/problem+json")
    assert "token" not in text
    assert "Traceback" not in text


async def test_a_spent_quota_asks_the_caller_to_wait(desk: Desk) -> None:
    desk.simulator.settings.quota_requests = 1
    desk.simulator.settings.quota_seconds = 30.0
    await desk.get("/codgestores")
    async with desk.client.get("/codgestores", headers=HEADERS) as answer:
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) > 0


async def test_a_body_beyond_the_limit_is_too_large(desk: Desk) -> None:
    status, _ = await desk.post("/inserecontato", {"leadId": 1, "name": "x" * 5000})

    assert status == 413


async def test_the_document_names_every_route_that_is_served(desk: Desk) -> None:
    _, document = await desk.get("/openapi.json")
    described = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    }

    assert document["openapi"] == "3.1.0"
    assert described == {(route.method, route.path) for route in ROUTES}


async def test_the_page_needs_nothing_from_elsewhere(desk: Desk) -> None:
    async with desk.client.get("/docs", headers=HEADERS) as answer:
        text = await answer.text()

    assert answer.status == 200
    assert "://" not in text


async def test_a_body_that_is_not_json_is_malformed(desk: Desk) -> None:
    async with desk.client.post("/inserecontato", data=b"{", headers=HEADERS) as answer:
        assert answer.status == 400


async def test_another_method_is_refused_with_those_that_are_allowed(desk: Desk) -> None:
    async with desk.client.delete("/leads", headers=HEADERS) as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "GET,POST,PUT")

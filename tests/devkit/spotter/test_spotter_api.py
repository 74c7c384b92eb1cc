"""The API as a client meets it: names, status codes, checks, paging. One test a trap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.devkit.spotter.conftest import LEAD

if TYPE_CHECKING:
    from devkit.spotter.settings import Settings
    from tests.devkit.spotter.conftest import Caller

pytestmark = pytest.mark.asyncio


async def test_a_lead_reads_back_under_other_names(caller: Caller) -> None:
    lead = await caller.lead(await caller.add())
    assert lead["lead"] == "Comercial Aurora 17 Ltda"
    assert lead["cnpj"] == "11222333000181"
    assert (lead["street"], lead["number"], lead["cep"]) == ("Rua das Acácias", "S/N", "01001000")
    assert lead["industry"] == {"id": 12, "value": "Metalurgia"}
    assert lead["phone1"] == "11987654321"
    assert "name" not in lead and "cpfcnpj" not in lead


async def test_status_codes_are_the_odd_ones(caller: Caller) -> None:
    number = await caller.add()
    status, body = await caller.api("PUT", f"LeadsUpdate/{number}", {"lead": {"description": "x"}})
    assert (status, body["value"]) == (201, number)
    person = {"leadId": number, "name": "Contato Um", "mainContact": True}
    status, body = await caller.api("POST", "personsAdd", person)
    assert status == 201
    change = {"phone1": "1133334444"}
    status, _ = await caller.api("PUT", f"PersonsUpdate/{body['value']}", change)
    assert status == 200
    line = {"leadId": number, "products": [{"productId": 10001, "quantity": 1, "labelValue": 5}]}
    assert (await caller.api("POST", "recommendedProductsAdd", line))[0] == 201
    path = f"recommendedProductsRemove/{number}?productId=10001"
    assert (await caller.api("DELETE", path))[0] == 204


async def test_paths_match_in_any_case_and_plain_crud_does_not_exist(caller: Caller) -> None:
    assert (await caller.api("POST", "leadsadd", {"lead": LEAD}))[0] == 201
    assert (await caller.api("POST", "Leads", {"lead": LEAD}))[0] == 404
    assert (await caller.api("POST", "LeadsDelete", {"leadId": 1}))[0] == 404


async def test_main_contact_is_written_as_boolean_and_read_as_text(caller: Caller) -> None:
    number = await caller.add()
    for name in ("Contato Um", "Contato Dois"):
        await caller.api(
            "POST", "personsAdd", {"leadId": number, "name": name, "mainContact": True}
        )
    _, body = await caller.api("GET", f"Persons/{number}")
    assert [row["mainContact"] for row in body["value"]] == ["false", "true"]


async def test_an_update_leaves_fields_alone_that_it_does_not_send(caller: Caller) -> None:
    number = await caller.add()
    before = await caller.lead(number)
    await caller.api("PUT", f"LeadsUpdate/{number}", {"lead": {"phone": "2133334444"}})
    after = await caller.lead(number)
    assert after["phone1"] == "2133334444"
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"phone1", "updateDate"}


@pytest.mark.parametrize(
    ("lead", "message"),
    [
        ({"cpfcnpj": "1"}, "Name is required"),
        ({"name": "A", "industry": 12}, "dto : An error has occurred"),
        ({"name": "A", "addressNumber": 12}, "dto : An error has occurred"),
        ({"name": "A", "cnpj": "11222333000181"}, "dto : An error has occurred"),
        ({"name": "A", "address": "Rua A"}, "State and Country are required"),
        ({"name": "A", "stage": "Inexistente"}, "Stage not found"),
        ({"name": "A", "stage": "Descartado"}, "Stage not found"),
        ({"name": "A", "sdrEmail": "ninguem@example.com"}, "User not found"),
        ({"name": "A", "industry": "Alquimia"}, "Industry not found"),
        (
            {"name": "A", "customFields": [{"id": "_cod.gestores", "options": [{"value": "77"}]}]},
            "Option not found in _cod.gestores",
        ),
    ],
)
async def test_a_bad_lead_is_refused_and_nothing_is_stored(
    caller: Caller, lead: dict[str, object], message: str
) -> None:
    status, body = await caller.api("POST", "LeadsAdd", {"lead": lead})
    assert status == 400
    assert message in body["error"]["message"]
    assert not caller.server.simulator.state.leads


async def test_an_unknown_sub_source_is_created_in_silence(caller: Caller) -> None:
    await caller.add(subSource="Campanha inventada")
    assert "Campanha inventada" in caller.server.simulator.state.catalog.sub_sources


@pytest.mark.parametrize("flag", [True, "true"])
async def test_duplicity_is_checked_on_demand_only(caller: Caller, flag: object) -> None:
    await caller.add()
    await caller.add(name="Outra com o mesmo CNPJ")
    status, body = await caller.api("POST", "LeadsAdd", {"lead": LEAD, "duplicityValidation": flag})
    assert status == 400
    assert "Duplicated" in body["error"]["message"]
    _, body = await caller.api("GET", "Leads", params={"$filter": "cnpj eq '11222333000181'"})
    assert len(body["value"]) == 2


async def test_a_unique_custom_field_refuses_the_second_value(
    caller: Caller, settings: Settings
) -> None:
    settings.unique_custom_fields = ["_cod.cliente"]
    await caller.add()
    status, body = await caller.api("POST", "LeadsAdd", {"lead": LEAD})
    assert status == 400
    assert body["error"]["message"] == "Duplicated Keys: _cod.cliente"


async def test_custom_fields_break_the_binding_where_the_type_lacks_them(
    caller: Caller, settings: Settings
) -> None:
    settings.custom_fields = "numeric"
    assert (await caller.api("POST", "LeadsAdd", {"lead": LEAD}))[0] == 400
    plain = {name: value for name, value in LEAD.items() if name != "customFields"}
    _, body = await caller.api("POST", "LeadsAdd", {"lead": plain})
    old_way = {"leadId": body["value"], "customFields": [{"id": 102, "value": "1017"}]}
    assert (await caller.api("POST", "leadsCustomFieldsAdd", old_way))[0] == 201
    _, body = await caller.api("GET", "LeadsCustomFields")
    assert [(row["id"], row["value"]) for row in body["value"]] == [(102, "1017")]
    _, metadata = await caller.api("GET", "$metadata")
    assert "customFields" not in metadata


async def test_custom_field_values_read_as_text_or_option(caller: Caller) -> None:
    number = await caller.add()
    query = {"$filter": f"leadId eq {number}"}
    _, body = await caller.api("GET", "LeadsCustomFields", params=query)
    rows = {row["id"]: row for row in body["value"]}
    assert rows["_cod.cliente"]["value"] == "1017"
    assert rows["_cod.gestores"]["options"] == [{"value": "12"}]
    assert rows["_cod.gestores"]["value"] == ""


async def test_stages_hide_the_discarded_state_and_hold_no_break_spaces(caller: Caller) -> None:
    _, body = await caller.api("GET", "stages")
    names = [row["value"] for row in body["value"]]
    assert "Passagem\u00a0de bastão" in names
    assert "Descartado" not in names
    number = await caller.add(stage="Passagem de bastão")
    assert (await caller.lead(number))["stage"] == "Passagem\u00a0de bastão"
    lost = {"leadId": number, "userEmail": "vendas.um@example.com", "reason": "Sem perfil"}
    assert (await caller.api("POST", "LeadsLost", lost))[0] == 201
    lead = await caller.lead(number)
    assert lead["stage"] == "Descartado"
    assert lead["discardedStage"] == "Passagem\u00a0de bastão"
    _, body = await caller.api("GET", "Losts")
    assert [(row["leadId"], row["reason"]) for row in body["value"]] == [(number, "Sem perfil")]


async def test_the_stage_moves_after_the_last_qualification_answer_only(caller: Caller) -> None:
    number = await caller.add(stage="Passagem de bastão")
    stages = []
    for question in (1, 2, 3):
        answer = {"questionId": question, "questionType": "2", "answersIds": [1]}
        body = {"leadId": number, "answersList": [answer]}
        assert (await caller.api("POST", "leadsQualification", body))[0] == 201
        stages.append((await caller.lead(number))["stage"].replace("\u00a0", " "))
    assert stages == ["Passagem de bastão"] * 2 + ["Desenvolvimento/Orçamento"]


async def test_change_funnel_moves_by_stage_number(caller: Caller) -> None:
    number = await caller.add()
    assert (await caller.api("POST", "ChangeFunnel", {"leadId": number, "stageId": 6}))[0] == 201
    assert (await caller.lead(number))["stage"] == "Ativação"
    status, _ = await caller.api("POST", "ChangeFunnel", {"leadId": number, "stageId": 60})
    assert status == 400


async def test_a_sold_lead_takes_no_second_sale_and_no_proposal(caller: Caller) -> None:
    number = await caller.add()
    sale = {
        "leadId": number,
        "salesRepEmail": "vendas.um@example.com",
        "ignoreSalesRep": True,
        "products": [{"productId": 10001, "quantity": 2, "labelValue": 100.5}],
    }
    assert (await caller.api("POST", "leadsWon", sale))[0] == 201
    for path in ("leadsWon", "recommendedProductsAdd"):
        status, body = await caller.api("POST", path, sale)
        assert status == 400
        assert "Lead is sold" in body["error"]["message"]
    _, body = await caller.api("GET", "LeadsSold", params={"$filter": f"leadId eq {number}"})
    assert body["value"][0]["totalDealValue"] == 201.0


async def test_pages_end_at_the_cap_and_link_on_absolutely(
    caller: Caller, settings: Settings
) -> None:
    settings.page_cap = 5
    numbers = [await caller.add(name=f"Empresa {n}") for n in range(12)]
    status, body = await caller.api("GET", "Leads", params={"$top": "9", "$count": "true"})
    assert (status, len(body["value"]), body["@odata.count"]) == (200, 5, 12)
    seen = [row["id"] for row in body["value"]]
    while "@odata.nextLink" in body:
        assert body["@odata.nextLink"].startswith("http://")
        _, body = await caller.api("GET", body["@odata.nextLink"])
        seen += [row["id"] for row in body["value"]]
    assert seen == numbers


async def test_a_token_is_required(caller: Caller) -> None:
    status, _ = await caller.api("GET", "Leads", headers={"token_exact": "wrong"})
    assert status == 401


async def test_stage_history_ignores_the_filter(caller: Caller) -> None:
    for _ in range(2):
        await caller.add()
    _, body = await caller.api("GET", "StagesLead", params={"$filter": "leadId eq 1"})
    assert len(body["value"]) == 2


async def test_dates_have_no_zone(caller: Caller) -> None:
    lead = await caller.lead(await caller.add())
    assert "Z" not in lead["updateDate"] and "+" not in lead["updateDate"]
    query = {"$filter": f"updateDate ge {lead['updateDate'][:10]}"}
    _, body = await caller.api("GET", "Leads", params=query)
    assert len(body["value"]) == 1

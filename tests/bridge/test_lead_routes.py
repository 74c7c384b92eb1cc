"""The kept routes that write leads, pass them over a stage, and store industries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from patience import STALL, until_async
from structlog.testing import capture_logs
from web_desk import HEADERS, LEAD, TAXID, Desk, running_desk

from bridge.crm.handover import Question, parse_questions
from bridge.crm.quota import LaneQuota
from bridge.domain.changes import Lane
from bridge.errors import DatabaseUnavailable, SettingsError
from bridge.settings import load

NEW = {"name": "Cerâmica Nova", "cpfcnpj": "11222333000181"}
HANDOVER = "Passagem de bastão"
AFTER = "Desenvolvimento/Orçamento"


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with running_desk() as running:
        yield running


def creates(desk: Desk) -> int:
    return sum(
        entry.kind == "write" and entry.operation == "create_lead" and entry.actor == "api"
        for entry in desk.simulator.ledger.entries
    )


def stage(desk: Desk, lead_id: int) -> str:
    return desk.simulator.state.lead(lead_id).shown_stage.replace("\u00a0", " ")


# --------------------------------------------------------------------------- adding


async def test_a_lead_is_added_and_the_second_time_found(desk: Desk) -> None:
    status, added = await desk.post("/leads", {"lead": NEW})
    again = await desk.post("/leads", {"lead": NEW})

    assert (status, added["is_new"]) == (201, True)
    assert again == (200, {"lead_id": added["lead_id"], "is_new": False})
    assert creates(desk) == 1


async def test_the_body_of_old_callers_is_taken(desk: Desk) -> None:
    """They send the flag as text, and custom fields inside the lead."""
    body = {
        "duplicityValidation": "true",
        "validateEmail": "false",
        "lead": {**NEW, "customFields": [{"id": "_cod.cliente", "value": "77"}]},
    }
    desk.simulator.settings.unique_custom_fields = ["_cod.cliente"]
    # the simulator knows no validateEmail of its own: it only must not refuse it
    status, added = await desk.post("/leads", body)

    assert status == 201
    assert desk.simulator.state.lead(added["lead_id"]).custom == {"_cod.cliente": "77"}


async def test_a_lead_is_found_under_any_spelling_of_its_tax_number(desk: Desk) -> None:
    status, known = await desk.post(
        "/leads", {"lead": {"name": "x", "cpfcnpj": "12.ABC.345/01DE-35"}}
    )

    assert (status, known) == (200, {"lead_id": desk.lead_id, "is_new": False})
    assert creates(desk) == 0


async def test_doubles_are_refused_even_when_the_caller_allows_them(desk: Desk) -> None:
    """Another client code, the same tax number, added by somebody else between look and add."""
    desk.simulator.settings.read_lag_seconds = 3600
    desk.simulator.state.create_lead(NEW, actor="user", check_duplicity=False)
    body = {"duplicityValidation": False, "lead": NEW}
    status, problem = await desk.post("/leads", body)

    assert (status, problem["status"]) == (409, 409)
    assert creates(desk) == 0


async def test_a_lead_that_somebody_adds_between_look_and_add_is_the_answer(desk: Desk) -> None:
    desk.simulator.settings.read_lag_seconds = 0.1
    other = desk.simulator.state.create_lead(NEW, actor="user", check_duplicity=False)
    desk.simulator.faults.add({"action": "delay", "seconds": 0.2, "path": "LeadsAdd"})
    answer = await desk.post("/leads", {"lead": NEW})

    assert answer == (200, {"lead_id": other, "is_new": False})
    assert any("LeadsAdd" in call for call in desk.requests())


async def test_a_duplicated_client_code_answers_with_the_lead_that_has_it(desk: Desk) -> None:
    desk.simulator.settings.unique_custom_fields = ["_cod.cliente"]
    code = [{"id": "_cod.cliente", "value": "77"}]
    _, first = await desk.post("/leads", {"lead": {"name": "Um", "customFields": code}})
    status, second = await desk.post("/leads", {"lead": {"name": "Dois", "customFields": code}})

    assert (status, second) == (200, {"lead_id": first["lead_id"], "is_new": False})


@pytest.mark.parametrize("fault", [{"action": "drop"}, {"action": "status", "status": 500}])
async def test_a_lead_whose_answer_was_lost_is_found_and_not_added_again(
    desk: Desk, fault: dict[str, Any]
) -> None:
    desk.simulator.faults.add({**fault, "path": "LeadsAdd", "when": "after"})
    status, added = await desk.post("/leads", {"lead": NEW})
    again = await desk.post("/leads", {"lead": NEW})

    assert status == 201
    assert again == (200, {"lead_id": added["lead_id"], "is_new": False})
    assert creates(desk) == 1


async def test_without_a_trace_of_the_lead_the_caller_is_told_to_look(desk: Desk) -> None:
    desk.simulator.faults.add({"action": "drop", "path": "LeadsAdd", "when": "before"})
    status, problem = await desk.post("/leads", {"lead": NEW})

    assert (status, problem["detail"]) == (
        504,
        "no readable answer from the CRM; look before you repeat",
    )


async def test_several_leads_of_the_tax_number_are_named_and_none_is_added(desk: Desk) -> None:
    other = desk.simulator.state.create_lead(LEAD, actor="user", check_duplicity=False)
    status, problem = await desk.post("/leads", {"lead": {"name": "x", "cpfcnpj": TAXID}})

    assert status == 409
    assert str(other) in problem["detail"]
    assert creates(desk) == 0


async def test_custom_fields_follow_in_a_second_call_where_the_tenant_wants_that() -> None:
    async with running_desk(custom_fields_on_create="after") as desk:
        body = {"lead": {**NEW, "customFields": [{"id": "_cod.cliente", "value": "77"}]}}
        status, added = await desk.post("/leads", body)

        assert status == 201
        assert desk.simulator.state.lead(added["lead_id"]).custom == {"_cod.cliente": "77"}
        assert [call.split("/")[-2:] for call in desk.requests() if "PUT" in call] != []


async def test_a_tenant_without_custom_fields_says_so() -> None:
    async with running_desk(custom_fields_on_create="no") as desk:
        body = {"lead": {**NEW, "customFields": [{"id": "_cod.cliente", "value": "77"}]}}
        status, problem = await desk.post("/leads", body)

        assert (status, creates(desk)) == (422, 0)
        assert "customFields" in problem["detail"]


# --------------------------------------------------------------------------- quota


async def test_every_call_of_a_route_is_of_the_interactive_lane(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    lanes: list[Lane] = []
    acquire = LaneQuota.acquire

    async def noted(quota: LaneQuota, lane: Lane) -> None:
        lanes.append(lane)
        await acquire(quota, lane)

    monkeypatch.setattr(LaneQuota, "acquire", noted)
    field = {"field_name": "_cod.cliente", "field_value": "1"}
    await desk.post("/leads", {"lead": NEW})
    await desk.put("/leads", {"Id": desk.lead_id, "Fields": [field]})
    await desk.put(f"/atualizalead/{desk.lead_id}", {"lead": {"description": "x"}})
    await desk.post(at_handover(desk))
    await desk.post("/mercados")
    await desk.get(f"/lead/{desk.lead_id}")

    assert len(lanes) == len(desk.requests()) == 11
    assert set(lanes) == {Lane.INTERACTIVE}


# --------------------------------------------------------------------------- writing


async def test_fields_given_as_a_list_are_written_custom_ones_among_them(desk: Desk) -> None:
    body = {
        "Id": desk.lead_id,
        "Fields": [
            {"field_name": "phone", "field_value": 11911112222},
            {"field_name": "funnelId", "field_value": "1"},
            {"field_name": "_cod.cliente", "field_value": 4711},
            {"field_name": "_cod.gestores", "field_value": "14"},
        ],
    }
    options = desk.simulator.state.catalog.custom_field("_cod.gestores").options  # type: ignore[union-attr]
    body["Fields"][3]["field_value"] = options[1]
    assert await desk.put("/leads", body) == (200, {"status": "done"})

    lead = desk.simulator.state.lead(desk.lead_id)
    assert (lead.values["phone1"], lead.values["funnelId"]) == ("11911112222", 1)
    assert lead.custom == {"_cod.cliente": "4711", "_cod.gestores": options[1]}


async def test_null_and_an_empty_text_clear_a_field(desk: Desk) -> None:
    fields = [
        {"field_name": "phone", "field_value": None},
        {"field_name": "_cod.gestores", "field_value": ""},
    ]
    await desk.put("/leads", {"Id": desk.lead_id, "Fields": fields})

    lead = desk.simulator.state.lead(desk.lead_id)
    assert (lead.values["phone1"], lead.custom["_cod.gestores"]) == ("", "")
    assert lead.values["lead"] == LEAD["name"]


async def test_the_catalogue_of_custom_fields_is_read_once(desk: Desk) -> None:
    for value in ("1", "2"):
        field = {"field_name": "_cod.cliente", "field_value": value}
        await desk.put("/leads", {"Id": desk.lead_id, "Fields": [field]})

    assert sum("CustomFields" in call for call in desk.requests()) == 1


async def test_a_custom_field_that_the_crm_does_not_have_is_named(desk: Desk) -> None:
    field = {"field_name": "_nosuch", "field_value": "1"}
    status, problem = await desk.put("/leads", {"Id": desk.lead_id, "Fields": [field]})

    assert (status, problem["detail"]) == (422, "the CRM has no custom field _nosuch")


@pytest.mark.parametrize(
    "body",
    [
        {"Id": 1, "Fields": []},
        {"Id": 1, "Fields": [{"field_name": "nosuch", "field_value": "x"}]},
        {"Id": "1", "Fields": [{"field_name": "phone", "field_value": "x"}]},
        {"Fields": [{"field_name": "phone", "field_value": "x"}]},
    ],
)
async def test_a_list_that_does_not_fit_is_refused_before_the_crm_is_asked(
    desk: Desk, body: Any
) -> None:
    assert (await desk.put("/leads", body))[0] == 422
    assert desk.requests() == []


async def test_a_lead_is_written_and_only_what_is_given(desk: Desk) -> None:
    path = f"/atualizalead/{desk.lead_id}"
    assert await desk.put(path, {"lead": {"description": "x"}}) == (200, {"status": "done"})

    lead = desk.simulator.state.lead(desk.lead_id)
    assert (lead.values["description"], lead.values["phone1"]) == ("x", LEAD["phone"])


@pytest.mark.parametrize("route", ["fields", "lead"])
async def test_a_client_code_of_another_lead_answers_200_and_writes_nothing(
    desk: Desk, route: str
) -> None:
    desk.simulator.settings.unique_custom_fields = ["_cod.cliente"]
    code = {"id": "_cod.cliente", "value": "77"}
    desk.simulator.state.create_lead(
        {**NEW, "customFields": [code]}, actor="user", check_duplicity=False
    )
    answer = (
        await desk.put(
            "/leads",
            {
                "Id": desk.lead_id,
                "Fields": [
                    {"field_name": "_cod.cliente", "field_value": "77"},
                    {"field_name": "phone", "field_value": "1"},
                ],
            },
        )
        if route == "fields"
        else await desk.put(
            f"/atualizalead/{desk.lead_id}", {"lead": {"phone": "1", "customFields": [code]}}
        )
    )

    assert answer == (200, {"status": "duplicate"})
    assert desk.simulator.state.lead(desk.lead_id).values["phone1"] == LEAD["phone"]


async def test_another_unique_field_of_another_lead_is_a_conflict(desk: Desk) -> None:
    desk.simulator.settings.unique_custom_fields = ["_inscricaoestadual"]
    field = {"id": "_inscricaoestadual", "value": "1"}
    desk.simulator.state.create_lead(
        {**NEW, "customFields": [field]}, actor="user", check_duplicity=False
    )
    status, _ = await desk.put(f"/atualizalead/{desk.lead_id}", {"lead": {"customFields": [field]}})

    assert status == 409


async def test_a_lead_that_is_not_there_is_not_found(desk: Desk) -> None:
    assert (await desk.put("/atualizalead/9", {"lead": {"description": "x"}}))[0] == 404


async def test_nothing_to_write_is_refused(desk: Desk) -> None:
    status, _ = await desk.put(f"/atualizalead/{desk.lead_id}", {"lead": {"phone": None}})

    assert (status, desk.requests()) == (422, [])


# --------------------------------------------------------------------------- handover


def at_handover(desk: Desk) -> str:
    desk.simulator.state.change_stage(
        desk.lead_id, desk.simulator.state.catalog.stage(HANDOVER), actor="user"
    )
    return f"/passagemdebastao/{desk.lead_id}"


def answers(desk: Desk) -> list[int]:
    return desk.simulator.state.lead(desk.lead_id).answers


async def test_all_questions_are_answered_and_the_stage_moves(desk: Desk) -> None:
    path = at_handover(desk)
    done = {"status": "done", "answered": 3, "questions": 3, "next_in_seconds": None}

    assert await desk.post(path) == (201, done)
    assert (answers(desk), stage(desk, desk.lead_id)) == ([11, 12, 13], AFTER)
    assert await desk.post(path) == (200, done)
    assert sum("leadsQualification" in call for call in desk.requests()) == 3


async def test_the_caller_does_not_wait_for_the_later_answers() -> None:
    async with running_desk(pause_seconds=10) as desk:
        path = at_handover(desk)
        async with desk.client.post(path, headers=HEADERS) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (202, "10")
            assert await answer.json() == {
                "status": "under way", "answered": 1, "questions": 3, "next_in_seconds": 10.0,
            }  # fmt: skip
        assert answers(desk) == [11]

        # asking meanwhile tells how far it is and answers nothing a second time
        assert (await desk.post(path))[1]["answered"] == 1
        for expected in ([11, 12], [11, 12, 13]):
            desk.clock.advance(10)
            await until_async(lambda expected=expected: answers(desk) == expected)
        assert stage(desk, desk.lead_id) == AFTER
        await eventually_done(desk, path)
        assert sum("leadsQualification" in call for call in desk.requests()) == 3


async def test_after_a_failure_it_goes_on_with_the_first_open_question() -> None:
    async with running_desk(pause_seconds=10) as desk:
        path = at_handover(desk)
        desk.simulator.faults.add(
            {"action": "status", "status": 400, "path": "leadsQualification", "skip": 1}
        )
        with capture_logs() as logs:
            await desk.post(path)
            desk.clock.advance(10)
            await until_async(lambda: any(line["event"] == "handover_stopped" for line in logs))
        assert answers(desk) == [11]
        assert {line["crm_id"] for line in logs if "crm_id" in line} == {desk.lead_id}

        status, progress = await desk.post(path)
        assert (status, progress["answered"]) == (202, 2)
        desk.clock.advance(10)
        await until_async(lambda: answers(desk) == [11, 12, 13])


async def test_a_restart_goes_on_with_the_first_open_question(desk: Desk) -> None:
    """Another daemon knows nothing of the first one: what is answered is read from the CRM."""
    path = at_handover(desk)
    desk.simulator.state.answer_question(desk.lead_id, 11, actor="api")
    await desk.post(path)

    assert answers(desk) == [11, 12, 13]
    assert sum("leadsQualification" in call for call in desk.requests()) == 2


async def test_a_tenant_that_does_not_tell_what_is_answered_gets_all_answers(desk: Desk) -> None:
    desk.simulator.faults.add({"action": "status", "status": 404, "path": "qualificationHist"})
    status, _ = await desk.post(at_handover(desk))

    assert (status, stage(desk, desk.lead_id)) == (201, AFTER)


async def test_a_refused_first_answer_is_told_to_the_caller(desk: Desk) -> None:
    assert (await desk.post("/passagemdebastao/9"))[0] == 404


async def test_without_the_questions_it_says_which_setting_is_missing() -> None:
    async with running_desk(questions="") as desk:
        status, problem = await desk.post(f"/passagemdebastao/{desk.lead_id}")

        assert status == 501
        assert "ERPCRM_CRM__HANDOVER_QUESTIONS" in problem["detail"]
        assert desk.requests() == []


def test_questions_are_read_from_their_setting() -> None:
    assert parse_questions(" 1:2 , 3:4+5 ") == (
        Question(number=1, answers=(2,)),
        Question(number=3, answers=(4, 5)),
    )
    assert parse_questions("") == ()
    settings, _ = load(environ={"ERPCRM_CRM__HANDOVER_QUESTIONS": "1:2, 3:4+5"})
    assert len(parse_questions(settings.crm.handover_questions)) == 2


@pytest.mark.parametrize("text", ["1", "1:", ":2", "1:2;3:4", "1:x", "1:2,1:3"])
def test_a_setting_of_questions_that_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"question"):
        parse_questions(text)
    with pytest.raises(SettingsError, match="HANDOVER_QUESTIONS"):
        load(environ={"ERPCRM_CRM__HANDOVER_QUESTIONS": text})


async def eventually_done(desk: Desk, path: str) -> None:
    async with asyncio.timeout(STALL):
        while (await desk.post(path))[0] != 200:  # noqa: ASYNC110 - the answer is asked for
            await asyncio.sleep(0.01)


# --------------------------------------------------------------------------- industries


async def test_the_industries_of_the_crm_are_stored(desk: Desk) -> None:
    known = desk.simulator.state.catalog.industries
    assert await desk.post("/mercados") == (
        200,
        {"added": len(known), "known": 0, "refused": 0},
    )
    assert desk.backoffice.industries == set(known)


async def test_while_the_database_is_away_the_caller_is_asked_to_come_again(desk: Desk) -> None:
    desk.backoffice.failing = DatabaseUnavailable(code="DPY-4011", statement="x")
    async with desk.client.post("/mercados", headers=HEADERS) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
        assert "DPY" not in await answer.text()

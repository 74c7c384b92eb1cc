"""Ledger, quota, faults, webhooks, restart: what surrounds the API."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from patience import STALL, until_async

from devkit.spotter.settings import Settings
from devkit.spotter.simulator import Simulator
from tests.devkit.spotter.conftest import LEAD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.devkit.spotter.conftest import Caller

pytestmark = pytest.mark.asyncio


async def test_the_ledger_ties_each_write_to_its_request(caller: Caller) -> None:
    number = await caller.add()
    await caller.api(
        "PUT",
        f"LeadsUpdate/{number}",
        {"lead": {"phone": "2133334444"}},
        headers={"Idempotency-Key": "abc"},
    )
    await caller.admin("PATCH", f"leads/{number}", {"description": "visto"})
    entries = await caller.admin("GET", f"ledger?lead_id={number}")
    writes = [e for e in entries if e["kind"] == "write"]
    assert [(w["actor"], w["operation"]) for w in writes] == [
        ("api", "create_lead"),
        ("api", "update_lead"),
        ("user", "update_lead"),
    ]
    request = next(e for e in entries if e["seq"] == writes[1]["request"])
    assert (request["method"], request["status"], request["applied"]) == ("PUT", 201, True)
    assert request["hints"] == {"idempotency-key": "abc"}
    assert writes[1]["changed"] == [{"field": "phone1", "old": "11987654321", "new": "2133334444"}]
    assert writes[2]["request"] is None


async def test_the_summary_shows_doubled_creates_and_writes_without_effect(caller: Caller) -> None:
    numbers = [await caller.add(), await caller.add()]
    await caller.api("PUT", f"LeadsUpdate/{numbers[0]}", {"lead": {"phone": LEAD["phone"]}})
    summary = await caller.admin("GET", "ledger/summary")
    assert summary["doubled_creates"] == {LEAD["cpfcnpj"]: numbers}
    assert summary["repeated_writes"] == 1
    assert summary["writes_by_operation"] == {"api:create_lead": 2, "api:update_lead": 1}


@pytest.mark.parametrize(
    ("mode", "status", "header"),
    [("seconds", 429, "20"), ("http_date", 429, "GMT"), ("none", 429, ""), ("html403", 403, "")],
)
async def test_the_quota_refuses_in_four_ways(
    caller: Caller, settings: Settings, mode: str, status: int, header: str
) -> None:
    settings.quota_requests, settings.quota_mode = 3, mode
    answers = [(await caller.api("GET", "stages"))[0] for _ in range(4)]
    assert answers == [200, 200, 200, status]
    given = caller.headers.get("Retry-After", "")
    assert given.endswith(header) if header else given == ""
    assert (await caller.admin("GET", "health"))["leads"] == 0


async def test_a_request_may_be_applied_and_still_fail(caller: Caller) -> None:
    await caller.admin(
        "POST", "faults", {"action": "status", "status": 502, "when": "after", "path": "leadsadd"}
    )
    assert (await caller.api("POST", "LeadsAdd", {"lead": LEAD}))[0] == 502
    assert len(caller.server.simulator.state.leads) == 1
    assert (await caller.api("POST", "LeadsAdd", {"lead": LEAD}))[0] == 201


@pytest.mark.parametrize(("when", "stored"), [("before", 0), ("after", 1)])
async def test_a_connection_may_be_dropped_before_or_after_applying(
    caller: Caller, when: str, stored: int
) -> None:
    await caller.admin("POST", "faults", {"action": "drop", "when": when, "path": "LeadsAdd"})
    with pytest.raises(aiohttp.ClientError):
        await caller.api("POST", "LeadsAdd", {"lead": LEAD})
    assert len(caller.server.simulator.state.leads) == stored
    (entry,) = await caller.admin("GET", "ledger?kind=request")
    assert (entry["status"], entry["applied"]) == (None, bool(stored))


async def test_a_success_may_answer_rubbish(caller: Caller) -> None:
    await caller.admin("POST", "faults", {"action": "html", "when": "after", "skip": 1})
    await caller.add()
    status, body = await caller.api("POST", "LeadsAdd", {"lead": LEAD})
    assert status == 201
    assert "<html>" in body


async def test_reads_may_lag_behind_writes(caller: Caller, settings: Settings) -> None:
    settings.read_lag_seconds = 0.3
    number = await caller.add()
    _, body = await caller.api("GET", "Leads")
    assert body["value"] == []
    await asyncio.sleep(0.35)
    await caller.api("PUT", f"LeadsUpdate/{number}", {"lead": {"description": "novo"}})
    assert (await caller.lead(number))["description"] is None
    await asyncio.sleep(0.35)
    assert (await caller.lead(number))["description"] == "novo"


async def test_random_user_edits_report_every_field_that_changed(caller: Caller) -> None:
    for n in range(6):
        await caller.add(name=f"Empresa {n}")
    before = {row["id"]: row for row in await caller.admin("GET", "leads")}
    edits = await caller.admin("POST", "edit_random", {"count": 4, "seed": 3, "stage": "Ativação"})
    after = {row["id"]: row for row in await caller.admin("GET", "leads")}
    assert len({edit["lead_id"] for edit in edits}) == 4
    for number, row in after.items():
        fields = {edit["field"] for edit in edits if edit["lead_id"] == number}
        shown = {n for n in row if row[n] != before[number][n]} - {"updateDate"}
        customs = {
            key
            for key in row["customFields"]
            if row["customFields"][key] != before[number]["customFields"].get(key)
        }
        assert shown - {"customFields"} == {f for f in fields if f[0] != "_"} - {"ddi1"}
        assert customs == {f for f in fields if f[0] == "_"}


class Receiver:
    """A webhook receiver that keeps what it is sent."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.refuse = 0
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def _take(self, request: web.Request) -> web.Response:
        if self.refuse:
            self.refuse -= 1
            return web.Response(status=503)
        self.headers.append(dict(request.headers))
        self.bodies.append(await request.json())
        return web.Response()

    async def __aenter__(self) -> Receiver:
        app = web.Application()
        app.router.add_post("/atualizalead", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/atualizalead"
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()


async def test_api_and_user_cause_the_same_webhook_with_its_gaps(
    caller: Caller, settings: Settings
) -> None:
    settings.webhook_token = "secret"
    async with Receiver() as receiver:
        await caller.admin("PUT", "webhooks", {"lead_updated": receiver.url})
        number = await caller.add()
        await until_async(lambda: len(receiver.bodies) == 1)
        await caller.api("PUT", f"LeadsUpdate/{number}", {"lead": {"description": "a"}})
        await until_async(lambda: len(receiver.bodies) == 2)
        await caller.admin("PATCH", f"leads/{number}", {"description": "b"})
        await until_async(lambda: len(receiver.bodies) == 3)
    lead = receiver.bodies[0]["Lead"]
    assert (lead["Id"], lead["Company"], lead["CpfCnpj"]) == (number, LEAD["name"], LEAD["cpfcnpj"])
    assert lead["Address"]["City"] == "São Paulo"
    assert {"id": "_cod.cliente", "value": "1017"} in lead["CustomFields"]
    assert "S/N" not in json.dumps(lead) and "Centro" not in json.dumps(lead)
    assert receiver.bodies[0] == receiver.bodies[1] == receiver.bodies[2]
    assert receiver.headers[0]["X-Webhook-Token"] == "secret"


async def test_webhooks_come_twice_or_never_or_after_a_refusal(
    caller: Caller, settings: Settings
) -> None:
    async with Receiver() as receiver:
        await caller.admin("PUT", "webhooks", {"lead_updated": receiver.url})
        settings.webhook_duplicate = 1.0
        await caller.add()
        await until_async(lambda: len(receiver.bodies) == 2)
        settings.webhook_duplicate, settings.webhook_drop = 0.0, 1.0
        await caller.add()
        settings.webhook_drop = 0.0
        receiver.refuse = 1
        number = await caller.add(name="Terceira")
        await until_async(lambda: len(receiver.bodies) == 3)
        assert receiver.bodies[-1]["Lead"]["Id"] == number
        states = [d["state"] for d in await caller.admin("GET", "webhooks/deliveries")]
        assert states == ["delivered", "dropped", "delivered"]


async def test_paused_webhooks_wait_until_released(caller: Caller, settings: Settings) -> None:
    settings.webhook_paused = True
    settings.webhook_address = "lead"
    async with Receiver() as receiver:
        await caller.admin("PUT", "webhooks", {"lead_updated": receiver.url})
        await caller.add()
        assert (await caller.admin("GET", "webhooks"))["pending"] == 1
        assert receiver.bodies == []
        await caller.admin("PATCH", "settings", {"webhook_paused": False})
        await until_async(lambda: len(receiver.bodies) == 1)
        assert receiver.bodies[0]["Lead"]["City"] == "São Paulo"
        assert "City" not in receiver.bodies[0]["Lead"]["Address"]


async def test_a_bad_setting_is_refused_whole(caller: Caller, settings: Settings) -> None:
    answer = await caller.admin("PATCH", "settings", {"page_cap": 7, "quota_mode": "polite"})
    assert "quota_mode" in answer["error"]
    assert settings.page_cap == 500


async def test_records_and_ledger_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    first = Simulator(Settings(), path=path)
    number = first.state.create_lead(LEAD, actor="user", check_duplicity=False)
    first.state.create_person({"leadId": number, "name": "Contato"}, actor="user")
    first.state.discard_lead(number, "Sem perfil", actor="user")
    second = Simulator(Settings(), path=path)
    assert second.state.leads == first.state.leads
    assert second.state.persons == first.state.persons
    assert second.ledger.entries == first.ledger.entries
    assert second.state.losts == first.state.losts
    again = second.state.create_lead(LEAD, actor="user", check_duplicity=False)
    assert again == number + 1


async def test_the_command_prints_its_addresses_and_stops_on_sigterm(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "devkit.spotter", "--port", "0", "--quota", "off", "--token", "t"),
        *("--state", str(tmp_path / "s.db"), "--set", "page_cap=7"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    ready = json.loads(await asyncio.wait_for(process.stdout.readline(), STALL))
    async with (
        aiohttp.ClientSession() as session,
        session.get(ready["base_url"] + "/stages", headers={"token_exact": "t"}) as answer,
    ):
        assert answer.status == 200
    assert ready["quota"] == "off"
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), STALL) == 0

"""The simulator of HubSpot behaves as its documentation and the reports on it say."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from patience import STALL

from devkit.hubspot.app import Server
from devkit.hubspot.settings import Settings
from devkit.hubspot.simulator import Simulator
from devkit.hubspot.webhooks import sign

COMPANIES = "crm/v3/objects/companies"
CONTACTS = "crm/v3/objects/contacts"


class Caller:
    """Calls the API (with token) or the admin side (without), and gives status and body."""

    def __init__(self, session: aiohttp.ClientSession, server: Server) -> None:
        self.session = session
        self.server = server
        self.sim = server.simulator

    async def api(
        self, method: str, path: str, body: Any = None, *, token: str | None = None
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token or self.sim.settings.token}"}
        async with self.session.request(
            method, f"{self.server.base_url}/{path}", json=body, headers=headers
        ) as answer:
            self.headers = answer.headers
            text = await answer.text()
            return answer.status, json.loads(text) if text else None

    async def admin(self, method: str, path: str, body: Any = None) -> Any:
        async with self.session.request(
            method, f"{self.server.admin_url}/{path}", json=body
        ) as answer:
            return await answer.json()

    async def upsert(self, *keys: str, **properties: str) -> tuple[int, Any]:
        inputs = [
            {
                "idProperty": "erp_record_key",
                "id": key,
                "objectWriteTraceId": f"trace {key}",
                "properties": {"name": f"Company {key}", **properties},
            }
            for key in keys
        ]
        return await self.api("POST", f"{COMPANIES}/batch/upsert", {"inputs": inputs})


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    server = Server(Simulator(Settings(burst_requests=0)))
    await server.start()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=STALL)) as session:
        yield Caller(session, server)
    await server.stop()


# --------------------------------------------------------------------------- objects


async def test_an_upsert_creates_and_then_writes(caller: Caller) -> None:
    status, first = await caller.upsert("1-1", "1-2")
    again_status, again = await caller.upsert("1-2", "1-3")

    assert (status, again_status) == (200, 200)
    assert [row["new"] for row in first["results"]] == [True, True]
    assert [row["new"] for row in again["results"]] == [False, True]
    assert first["results"][1]["id"] == again["results"][0]["id"]
    assert first["results"][0]["objectWriteTraceId"] == "trace 1-1"


async def test_an_upsert_needs_a_unique_property(caller: Caller) -> None:
    inputs = [{"idProperty": "name", "id": "X", "properties": {}}]
    status, body = await caller.api("POST", f"{COMPANIES}/batch/upsert", {"inputs": inputs})

    assert status == 207
    assert "non-unique" in body["errors"][0]["message"]


async def test_one_bad_input_is_the_answers_error_and_the_others_are_done(caller: Caller) -> None:
    inputs = [
        {"idProperty": "erp_record_key", "id": "1-1", "properties": {"erp_stage": "Nowhere"},
         "objectWriteTraceId": "a"},
        {"idProperty": "erp_record_key", "id": "1-2", "properties": {}},
    ]  # fmt: skip
    status, body = await caller.api("POST", f"{COMPANIES}/batch/upsert", {"inputs": inputs})

    assert (status, body["numErrors"], len(body["results"])) == (207, 1, 1)
    assert body["errors"][0]["context"] == {"objectWriteTraceId": ["a"]}
    assert "INVALID_OPTION" in body["errors"][0]["message"]


async def test_a_whole_batch_may_be_refused_for_one_and_then_nothing_is_done(
    caller: Caller,
) -> None:
    caller.sim.settings.batch_errors = "whole"
    await caller.upsert("1-1")
    inputs = [
        {"idProperty": "erp_record_key", "id": key, "properties": {"name": name}}
        for key, name in (("1-1", "Changed"), ("1-2", "New"))
    ]
    inputs.append({"idProperty": "erp_record_key", "id": "1-3", "properties": {"nothing": "x"}})
    status, body = await caller.api("POST", f"{COMPANIES}/batch/upsert", {"inputs": inputs})

    assert (status, body["category"]) == (400, "VALIDATION_ERROR")
    rows = await caller.admin("GET", "companies")
    assert [row["name"] for row in rows] == ["Company 1-1"]
    assert len(caller.sim.ledger.select(kind="write")) == 1


@pytest.mark.parametrize("count", [0, 101])
async def test_a_batch_holds_one_to_a_hundred(caller: Caller, count: int) -> None:
    status, _ = await caller.upsert(*(f"1-{n}" for n in range(count)))

    assert status == 400


async def test_the_same_id_twice_in_a_batch_is_refused(caller: Caller) -> None:
    status, body = await caller.upsert("1-1", "1-1")

    assert (status, "Duplicate IDs" in body["message"]) == (400, True)


async def test_a_batch_read_names_what_is_not_there(caller: Caller) -> None:
    await caller.upsert("1-1")
    body = {
        "idProperty": "erp_record_key",
        "properties": ["name"],
        "inputs": [{"id": "1-1"}, {"id": "9-9"}],
    }
    status, answer = await caller.api("POST", f"{COMPANIES}/batch/read", body)

    assert status == 207
    assert [row["properties"]["name"] for row in answer["results"]] == ["Company 1-1"]
    assert answer["errors"][0]["context"] == {"ids": ["9-9"]}


async def test_an_archived_object_is_gone_and_archiving_again_is_fine(caller: Caller) -> None:
    _, made = await caller.upsert("1-1")
    number = made["results"][0]["id"]
    for _ in range(2):
        status, _ = await caller.api(
            "POST", f"{COMPANIES}/batch/archive", {"inputs": [{"id": number}]}
        )
        assert status == 204
    assert (await caller.api("GET", f"{COMPANIES}/{number}"))[0] == 404
    await caller.admin("POST", f"companies/{number}/restore")
    assert (await caller.api("GET", f"{COMPANIES}/{number}"))[0] == 200


async def test_a_search_pages_by_a_cursor_lags_and_ends_at_its_cap(caller: Caller) -> None:
    caller.sim.settings.search_requests = 0
    await caller.upsert(*(f"1-{n}" for n in range(5)))
    groups = [{"filters": [{"propertyName": "erp_record_key", "operator": "HAS_PROPERTY"}]}]
    body: dict[str, Any] = {"filterGroups": groups, "limit": 2, "properties": ["erp_record_key"]}
    keys: list[str] = []
    while True:
        status, page = await caller.api("POST", f"{COMPANIES}/search", body)
        assert (status, page["total"]) == (200, 5)
        keys += [row["properties"]["erp_record_key"] for row in page["results"]]
        if "paging" not in page:
            break
        body["after"] = page["paging"]["next"]["after"]
    assert keys == [f"1-{n}" for n in range(5)]

    caller.sim.settings.search_cap = 4
    assert (await caller.api("POST", f"{COMPANIES}/search", {**body, "after": "4"}))[0] == 400
    caller.sim.settings.search_lag_seconds = 60.0
    del body["after"]
    assert (await caller.api("POST", f"{COMPANIES}/search", body))[1]["total"] == 0


async def test_an_address_is_that_of_one_contact(caller: Caller) -> None:
    person = await caller.admin("POST", "contacts", {"email": "ana@example.com"})
    inputs = [
        {
            "idProperty": "erp_contact_key",
            "id": "1-1/5",
            "properties": {"email": "ANA@example.com"},
        }
    ]
    status, body = await caller.api("POST", f"{CONTACTS}/batch/upsert", {"inputs": inputs})

    assert status == 207
    assert body["errors"][0]["message"] == f"Contact already exists. Existing ID: {person['id']}"


async def test_a_contact_is_linked_to_its_company(caller: Caller) -> None:
    _, made = await caller.upsert("1-1")
    company = made["results"][0]["id"]
    person = (await caller.admin("POST", "contacts", {"firstname": "Ana"}))["id"]
    path = f"crm/v4/objects/contacts/{person}/associations/default/companies/{company}"
    for _ in range(2):
        assert (await caller.api("PUT", path))[0] == 200
    _, linked = await caller.api("GET", f"crm/v4/objects/companies/{company}/associations/contacts")

    assert [row["toObjectId"] for row in linked["results"]] == [person]


# --------------------------------------------------------------------------- limits and access


async def test_a_stranger_is_refused(caller: Caller) -> None:
    status, body = await caller.api("GET", COMPANIES, token="another")

    assert (status, body["category"]) == (401, "INVALID_AUTHENTICATION")


@pytest.mark.parametrize("tells", [True, False])
async def test_a_spent_limit_names_its_policy(caller: Caller, tells: bool) -> None:
    caller.sim.settings.update({"burst_requests": 2, "burst_seconds": 60.0, "retry_after": tells})
    statuses = [(await caller.api("GET", COMPANIES))[0] for _ in range(2)]
    assert (statuses, self_remaining(caller)) == ([200, 200], "0")
    status, body = await caller.api("GET", COMPANIES)

    assert (status, body["policyName"]) == (429, "TEN_SECONDLY_ROLLING")
    assert ("Retry-After" in caller.headers) is tells


def self_remaining(caller: Caller) -> str:
    return str(caller.headers["X-HubSpot-RateLimit-Remaining"])


async def test_the_day_has_a_limit_until_it_turns(caller: Caller) -> None:
    caller.sim.settings.daily_requests = 1
    await caller.api("GET", COMPANIES)
    status, body = await caller.api("GET", COMPANIES)
    await caller.admin("POST", "new_day")

    assert (status, body["policyName"]) == (429, "DAILY")
    assert (await caller.api("GET", COMPANIES))[0] == 200


async def test_searches_have_a_limit_of_their_own_and_no_headers(caller: Caller) -> None:
    caller.sim.settings.update({"burst_requests": 100, "search_seconds": 60.0})
    answers = [await caller.api("POST", f"{COMPANIES}/search", {}) for _ in range(6)]

    assert [status for status, _ in answers] == [200] * 5 + [429]
    assert answers[-1][1]["policyName"] == "SECONDLY"
    assert not [name for name in caller.headers if name.startswith("X-HubSpot-RateLimit")]
    assert (await caller.api("GET", COMPANIES))[0] == 200


@pytest.mark.parametrize("body", ["full", "message", "empty"])
async def test_an_error_says_as_much_as_it_is_told_to(caller: Caller, body: str) -> None:
    caller.sim.settings.error_body = body
    _, error = await caller.api("GET", f"{COMPANIES}/5")

    assert {"full": {"status", "message", "category", "correlationId", "context"},
            "message": {"message"}, "empty": set()}[body] == set(error or {})  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "status"),
    [({"status": 423}, 423), ({"status": 477, "retry_after": "7"}, 477)],
)
async def test_faults_on_order(caller: Caller, fault: dict[str, Any], status: int) -> None:
    await caller.admin("POST", "faults", {"action": "status", "path": "companies", **fault})

    assert (await caller.api("GET", COMPANIES))[0] == status
    assert caller.headers.get("Retry-After", "") == fault.get("retry_after", "")
    assert (await caller.api("GET", COMPANIES))[0] == 200


# --------------------------------------------------------------------------- webhooks


class Receiver:
    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []

    async def take(self, request: web.Request) -> web.Response:
        headers = dict(request.headers)
        self.requests.append((str(request.url), headers, await request.read()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for _, _, body in self.requests for event in json.loads(body)]


@pytest.fixture
async def receiver(caller: Caller) -> AsyncIterator[Receiver]:
    made = Receiver()
    app = web.Application()
    app.router.add_post("/hook", made.take)
    async with TestServer(app) as server:
        await caller.admin("PUT", "webhooks", {"url": str(server.make_url("/hook"))})
        yield made


async def quiet(caller: Caller) -> None:
    deadline = time.monotonic() + STALL
    while (await caller.admin("GET", "webhooks"))["pending"]:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_events_come_in_arrays_signed_and_say_whose_write_it_was(
    caller: Caller, receiver: Receiver
) -> None:
    _, made = await caller.upsert("1-1")
    number = made["results"][0]["id"]
    await caller.admin("PATCH", f"companies/{number}", {"phone": "1", "city": "Curitiba"})
    await quiet(caller)

    url, headers, body = receiver.requests[0]
    stamp = headers["X-HubSpot-Request-Timestamp"]
    expected = sign(caller.sim.settings.app_secret, "POST", url, body, stamp)
    assert headers["X-HubSpot-Signature-v3"] == expected
    shown = [
        (e["subscriptionType"], e.get("propertyName"), e["changeSource"]) for e in receiver.events
    ]
    assert shown == [
        ("company.creation", None, "INTEGRATION"),
        ("company.propertyChange", "phone", "CRM_UI"),
        ("company.propertyChange", "city", "CRM_UI"),
    ]
    assert {e["objectId"] for e in receiver.events} == {int(number)}


def test_the_signature_is_that_of_the_documentation() -> None:
    """HMAC-SHA256, base64, over method, URI, body and time: worked out with openssl."""
    assert sign("secret", "POST", "https://example.com/x", b"[]", "1700000000000") == (
        "FxhiBDzVEkrGgiWbMqaZhIekkgmhxS/qt+0RgVMHc7w="
    )


async def test_a_delivery_that_is_not_taken_comes_again_with_its_number(
    caller: Caller, receiver: Receiver
) -> None:
    receiver.statuses = [503, 429]
    await caller.upsert("1-1")
    await quiet(caller)

    assert [event["attemptNumber"] for event in receiver.events] == [0, 1, 2]
    assert len({event["eventId"] for event in receiver.events}) == 1


@pytest.mark.parametrize("status", [400, 401, 404])
async def test_some_refusals_are_the_last_word(
    caller: Caller, receiver: Receiver, status: int
) -> None:
    receiver.statuses = [status]
    await caller.upsert("1-1")
    await quiet(caller)

    assert len(receiver.requests) == 1


async def test_events_are_doubled_and_shuffled_on_demand(
    caller: Caller, receiver: Receiver
) -> None:
    caller.sim.settings.update({"webhook_duplicate": 1.0, "webhook_shuffle": True})
    await caller.upsert(*(f"1-{n}" for n in range(20)))
    await quiet(caller)
    numbers = [event["eventId"] for event in receiver.events]

    assert sorted(numbers) == sorted([*range(1, 21), *range(1, 21)])
    assert numbers[:20] != sorted(numbers[:20])


# --------------------------------------------------------------------------- the process


def test_it_announces_itself_as_a_process() -> None:
    command = [
        sys.executable, "-m", "devkit.hubspot", "--port", "0", "--token", "t", "--app-secret", "s",
        "--webhook-url", "http://127.0.0.1:9/hook", "--set", "burst_requests=7",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=STALL) == 0

    assert ready["base_url"].startswith("http://127.0.0.1:")
    assert (ready["token"], ready["app_secret"], ready["limit"]) == ("t", "s", "7/10")
    assert ready["webhooks"] == {"url": "http://127.0.0.1:9/hook", "signature": "v3"}


@pytest.mark.parametrize(
    "changes", [{"nothing": 1}, {"burst_requests": "x"}, {"batch_errors": "some"}]
)
def test_a_setting_that_does_not_fit_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="setting"):
        Settings().update(changes)

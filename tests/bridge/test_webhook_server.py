"""The web server: who may write, what is stored, and what the sender is told."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.domain.changes import EventType
from bridge.domain.mapping import FieldNames, LeadMapper
from bridge.errors import DatabaseUnavailable, DataRejected
from bridge.testing import ManualClock, MemoryInbox
from bridge.web import openapi, webhooks
from bridge.web.app import build
from bridge.web.keys import Check, Health, WebhookContext
from bridge.web.webhooks import dedupe_key, lead_id

BODY = b'{"Lead": {"Id": 42, "Company": "X"}}'
DOWN = DatabaseUnavailable(code="ORA-12541", statement="store_webhook")


class Service:
    """The application with a memory inbox behind it."""

    def __init__(self, client: TestClient, inbox: MemoryInbox, checks: list[Check]) -> None:
        self.client = client
        self.inbox = inbox
        self.checks = checks


@pytest.fixture
async def service(inbox: MemoryInbox, clock: ManualClock) -> AsyncIterator[Service]:
    checks = [Check(name="database", ok=True)]

    async def read_checks() -> list[Check]:
        return checks

    async def status() -> dict[str, float]:
        if inbox.failing is not None:
            raise inbox.failing
        return {"outbox_pending": 3.0}

    app = build(
        webhook_context=WebhookContext(
            inbox=inbox,
            read_fields=LeadMapper(FieldNames()).from_webhook,
            clock=clock,
            source="spotter",
            tokens=(b"current-token", b"previous-token"),
            max_body_bytes=2048,
            body_timeout_seconds=1,
            dedupe_seconds=1.0,
            retry_after_seconds=10,
        ),
        health_source=Health(checks=read_checks, status=status),
        with_details=True,
    )
    async with TestClient(TestServer(app)) as client:
        yield Service(client, inbox, checks)


@pytest.mark.parametrize("token", ["current-token", "previous-token"])
async def test_a_webhook_is_stored_as_it_came(service: Service, token: str) -> None:
    answer = await service.client.post(
        "/atualizalead", data=BODY, headers={"X-Webhook-Token": token}
    )

    assert answer.status == 202
    [stored] = service.inbox.stored.values()
    assert (stored.body, stored.webhook.crm_id) == (BODY, 42)
    assert stored.webhook.event_type == "LEAD_UPDATED"


async def test_what_the_body_shows_is_stored_beside_it(service: Service) -> None:
    await service.client.post("/atualizalead/current-token", data=BODY)

    [stored] = service.inbox.stored.values()
    assert stored.fields == '{"stage":null,"name":"X"}'


@pytest.mark.parametrize(
    "lead", ['{"Id": 42, "Industry": {"value": [1]}, "Company": "\\u0000"}', "[]", '"x"']
)
async def test_a_body_that_cannot_be_compared_is_stored_without_fields(
    service: Service, lead: str
) -> None:
    answer = await service.client.post(
        "/atualizalead/current-token", data=f'{{"Lead": {lead}}}'.encode()
    )

    assert answer.status == 202
    [stored] = service.inbox.stored.values()
    assert stored.fields is None


@pytest.mark.parametrize(
    ("path", "event_type"),
    [
        ("/atualizalead", "LEAD_UPDATED"),
        ("/convertedlead", "LEAD_CONVERTED"),
        ("/leaddescartada", "LEAD_DISCARDED"),
    ],
)
async def test_the_path_says_what_happened_to_the_lead(
    service: Service, path: str, event_type: str
) -> None:
    by_path = await service.client.post(f"{path}/current-token", data=BODY)
    again = await service.client.post(path, data=BODY, headers={"X-Webhook-Token": "current-token"})

    assert (by_path.status, again.status) == (202, 200)
    [stored] = service.inbox.stored.values()
    assert stored.webhook.event_type == event_type


async def test_equal_bodies_on_different_paths_are_different_webhooks(service: Service) -> None:
    for path in ("/atualizalead", "/convertedlead", "/leaddescartada"):
        answer = await service.client.post(f"{path}/current-token", data=BODY)
        assert answer.status == 202

    assert len(service.inbox.stored) == 3


@pytest.mark.parametrize("path", ["/convertedlead", "/leaddescartada"])
async def test_no_path_takes_a_webhook_without_its_token(service: Service, path: str) -> None:
    answer = await service.client.post(path, data=BODY)

    assert answer.status == 401
    assert service.inbox.stored == {}


async def test_the_token_may_stand_in_the_path(service: Service) -> None:
    answer = await service.client.post("/atualizalead/current-token", data=BODY)

    assert answer.status == 202


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/atualizalead", {}),
        ("/atualizalead", {"X-Webhook-Token": ""}),
        ("/atualizalead", {"X-Webhook-Token": "current-toke"}),
        ("/atualizalead", {"X-Webhook-Token": "ação"}),
        ("/atualizalead/wrong", {}),
        ("/atualizalead/wrong", {"X-Webhook-Token": "current-token"}),
    ],
)
async def test_without_the_right_token_nothing_is_written(
    service: Service, path: str, headers: dict[str, str]
) -> None:
    answer = await service.client.post(path, data=BODY, headers=headers)

    assert answer.status == 401
    assert service.inbox.stored == {}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"NaN",
        b'{"Lead": NaN}',
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"[" * 2000,
        b'{"a":' * 300,
        b"\x00",
    ],
)
async def test_a_body_that_is_no_object_is_refused_and_not_written(
    service: Service, body: bytes
) -> None:
    answer = await service.client.post("/atualizalead/current-token", data=body)

    assert answer.status == 400
    assert service.inbox.stored == {}


@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"Lead": []}', b'{"Lead": {"Id": "x"}}', b'{"Lead": {"Id": -1}}', b'{"Sale": {}}'],
)
async def test_an_object_without_a_lead_is_stored_without_one(
    service: Service, body: bytes
) -> None:
    answer = await service.client.post("/atualizalead/current-token", data=body)

    assert answer.status == 202
    [stored] = service.inbox.stored.values()
    assert stored.webhook.crm_id is None


async def test_a_body_beyond_the_limit_is_refused(service: Service) -> None:
    big = b'{"x": "' + b"x" * 4096 + b'"}'
    answer = await service.client.post("/atualizalead/current-token", data=big)

    assert answer.status == 413
    assert service.inbox.stored == {}


async def test_a_body_beyond_the_limit_without_a_length_is_refused(service: Service) -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(8):
            yield b" " * 1024

    answer = await service.client.post("/atualizalead/current-token", data=drip())

    assert answer.status == 413
    assert service.inbox.stored == {}


@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        ("gzip", gzip.compress(BODY), 202),
        ("deflate", zlib.compress(BODY), 202),
        ("identity", BODY, 202),
        ("gzip", b"not gzip at all", 400),
        ("gzip", gzip.compress(BODY)[:15], 400),
        ("gzip", gzip.compress(b" " * 10_000_000 + BODY), 413),
        ("deflate", b"abc", 400),
        ("br", b"abc", 400),
        ("gzip, gzip", gzip.compress(gzip.compress(BODY)), 415),
        ("nonsense", BODY, 415),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # bytes of gzip hold the time
)
async def test_a_body_is_decoded_or_refused(
    service: Service, encoding: str, body: bytes, status: int
) -> None:
    async with service.client.post(
        "/atualizalead/current-token", data=body, headers={"Content-Encoding": encoding}
    ) as answer:
        assert answer.status == status
        # what is left of a body that was not read to its end must not meet the next request
        if status in {413, 415}:
            assert answer.headers["Connection"] == "close"
    stored = [known.body for known in service.inbox.stored.values()]
    assert stored == ([BODY] if status == 202 else [])


async def test_a_repetition_is_stored_once(service: Service) -> None:
    for expected in (202, 200, 200):
        answer = await service.client.post("/atualizalead/current-token", data=BODY)
        assert answer.status == expected

    assert len(service.inbox.stored) == 1


async def test_an_old_body_that_comes_back_later_is_new(
    service: Service, clock: ManualClock
) -> None:
    await service.client.post("/atualizalead/current-token", data=BODY)
    clock.elapsed += 2
    answer = await service.client.post("/atualizalead/current-token", data=BODY)

    assert answer.status == 202
    assert len(service.inbox.stored) == 2


async def test_while_the_database_is_away_the_sender_is_asked_to_come_again(
    service: Service,
) -> None:
    service.inbox.failing = DOWN
    answer = await service.client.post("/atualizalead/current-token", data=BODY)

    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")


async def test_data_that_the_database_refuses_is_no_success(service: Service) -> None:
    service.inbox.failing = DataRejected(code="ORA-12899", statement="store_webhook")
    answer = await service.client.post("/atualizalead/current-token", data=BODY)

    assert answer.status == 422


async def test_other_methods_and_paths_are_answered_without_detail(service: Service) -> None:
    assert (await service.client.get("/atualizalead")).status == 405
    assert (await service.client.post("/leads", data=BODY)).status == 404


async def test_alive_does_not_ask_the_database(service: Service) -> None:
    service.checks[:] = [Check(name="database", ok=False, detail="ORA-12541")]

    assert (await service.client.get("/livez")).status == 200
    ready = await service.client.get("/readyz")
    assert ready.status == 503
    assert await ready.json() == {"status": "not ready", "checks": {"database": "failed"}}


async def test_metrics_hold_what_the_database_says(service: Service) -> None:
    text = await (await service.client.get("/metrics")).text()

    assert 'erpcrm_database{metric="outbox_pending"} 3.0' in text
    assert "erpcrm_build_info" in text


async def test_metrics_forget_the_database_while_it_is_away(service: Service) -> None:
    await service.client.get("/metrics")
    service.inbox.failing = DOWN
    answer = await service.client.get("/metrics")

    assert answer.status == 200
    assert "outbox_pending" not in await answer.text()


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5))
@settings(max_examples=50)
def test_no_value_of_an_id_raises(value: object) -> None:
    found = lead_id({"Lead": {"Id": value}})

    assert found is None or found > 0


def test_the_key_tells_event_lead_body_and_window_apart() -> None:
    keys = {
        dedupe_key(event, None, body, window=window, delivery=delivery)
        for event in (EventType.LEAD_UPDATED, EventType.LEAD_DISCARDED)
        for body in (b"a", b"b")
        for window in (1, 2)
        for delivery in ("", "msg_1")
    }

    assert len(keys) == 12  # a delivery id stands for the window
    assert all(len(key) == 64 for key in keys)


def test_the_document_of_the_routes_names_every_webhook() -> None:
    described = openapi.document(())["webhooks"]

    assert {event.value.lower() for event in webhooks.ROUTES.values()} == set(described)
    assert "/atualizacontatocrm" in described["person_updated"]["post"]["summary"]


def test_what_a_body_shows_of_persons_is_kept_and_too_much_of_it_is_only_noted() -> None:
    context: Any = SimpleNamespace(read_fields=LeadMapper(FieldNames()).from_webhook)
    person = {"Id": 9, "Name": "Ana", "Email": "Ana@Example.com", "Phone": "+55 11 98765-4321"}
    few = webhooks.shown_fields({"Lead": {"Id": 7, "Contact": [person]}}, context)
    many = webhooks.shown_fields({"Lead": {"Id": 7, "Contact": [person] * 200}}, context)
    odd = webhooks.shown_fields({"Lead": {"Id": 7, "Contact": [{"Name": "no id"}]}}, context)

    assert json.loads(few or "")["contacts"] == [
        {"person_id": 9, "name": "Ana", "email": "ana@example.com", "phone": "11987654321"}
    ]
    assert json.loads(many or "")["contacts"] is None
    assert odd is None

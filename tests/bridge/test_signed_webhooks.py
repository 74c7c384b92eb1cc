"""Webhooks of a CRM that signs them and sends arrays: who is believed, and what is stored."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from bridge.crm.hubspot_events import EventReader
from bridge.crm.hubspot_fields import CompanyMapper
from bridge.domain.mapping import FieldNames, LeadMapper
from bridge.errors import DatabaseUnavailable
from bridge.testing import ManualClock, MemoryInbox
from bridge.web.app import build
from bridge.web.dashboard import PageContext
from bridge.web.keys import Health, WebhookContext
from bridge.web.signatures import Head, HubSpotV3
from devkit.hubspot.webhooks import sign

PUBLIC = "https://crm-hooks.example.com"
PATH = "/webhooks/hubspot"
SECRET = "app secret"


def event(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "eventId": number,
        "subscriptionId": 9,
        "portalId": 62515,
        "appId": 54321,
        "occurredAt": 1_700_000_000_000,
        "subscriptionType": "company.propertyChange",
        "attemptNumber": 0,
        "objectId": 30_000_000_001,
        "propertyName": "phone",
        "propertyValue": "11 98888-7777",
        "changeSource": "CRM_UI",
        "sourceId": "userId:1",
        **changes,
    }


class Sender:
    """HubSpot's side: signs what it sends, unless told to sign something else."""

    def __init__(self, client: TestClient, inbox: MemoryInbox, clock: ManualClock) -> None:
        self.client = client
        self.inbox = inbox
        self.clock = clock

    async def send(
        self,
        events: Any,
        *,
        path: str = PATH,
        secret: str = SECRET,
        signed_uri: str | None = None,
        signed_body: bytes | None = None,
        age: float = 0.0,
        drop: str = "",
    ) -> tuple[int, Any]:
        body = events if isinstance(events, bytes) else json.dumps(events).encode()
        stamp = str(int((self.clock.now().timestamp() - age) * 1000))
        headers = {
            "Content-Type": "application/json",
            "X-HubSpot-Request-Timestamp": stamp,
            "X-HubSpot-Signature-v3": sign(
                secret, "POST", signed_uri or PUBLIC + path, signed_body or body, stamp
            ),
        }
        headers.pop(drop, None)
        # as it stands: the client would decode a part of it
        url = URL(f"{str(self.client.make_url('/')).rstrip('/')}{path}", encoded=True)
        async with self.client.session.post(url, data=body, headers=headers) as answer:
            return answer.status, await answer.json()


class NoFigures:
    """An overview that nobody looks at."""

    async def read(self) -> Any:
        raise AssertionError("not asked")


@pytest.fixture(params=[False, True], ids=["no pages", "with pages"])
async def sender(
    request: pytest.FixtureRequest, inbox: MemoryInbox, clock: ManualClock
) -> AsyncIterator[Sender]:
    async def nothing() -> Any:
        return []

    reader = EventReader(CompanyMapper(LeadMapper(FieldNames()).canonical), app_id="54321")
    app = build(
        webhook_context=WebhookContext(
            inbox=inbox,
            read_fields=dict,
            clock=clock,
            source="hubspot",
            tokens=(b"a token that counts for nothing here",),
            max_body_bytes=8192,
            body_timeout_seconds=1,
            dedupe_seconds=1.0,
            retry_after_seconds=10,
            scheme=HubSpotV3([SECRET.encode(), b"former secret"], public_url=PUBLIC, clock=clock),
            read_events=reader.read,
        ),
        health_source=Health(checks=nothing, status=nothing),
        with_details=True,
        # with a token for people, all but webhooks and health wants one
        pages=PageContext(
            view_tokens=(b"viewers-token",), overview=NoFigures().read, can_edit=False
        )
        if request.param
        else None,
    )
    async with TestClient(TestServer(app)) as client:
        yield Sender(client, inbox, clock)


# --------------------------------------------------------------------------- who is believed


@pytest.mark.parametrize("secret", [SECRET, "former secret"])
async def test_what_the_crm_has_signed_is_stored(sender: Sender, secret: str) -> None:
    status, body = await sender.send([event()], secret=secret)

    assert (status, body) == (200, {"stored": 1, "known": 0})
    [stored] = sender.inbox.stored.values()
    assert stored.webhook.crm_id == 30_000_000_001


@pytest.mark.parametrize(
    "lie",
    [
        {"secret": "another secret"},
        {"signed_body": b"[]"},
        {"signed_uri": f"{PUBLIC}/webhooks/other"},
        {"signed_uri": f"https://elsewhere.example.com{PATH}"},
        {"signed_uri": f"http://crm-hooks.example.com{PATH}"},
        {"path": f"{PATH}?x=1", "signed_uri": PUBLIC + PATH},
        {"age": 301.0},
        {"age": -301.0},
        {"drop": "X-HubSpot-Signature-v3"},
        {"drop": "X-HubSpot-Request-Timestamp"},
    ],
)
async def test_what_is_not_signed_just_so_is_refused_and_not_written(
    sender: Sender, lie: dict[str, Any]
) -> None:
    status, _ = await sender.send([event()], **lie)

    assert status == 401
    assert sender.inbox.stored == {}


async def test_a_request_may_be_some_minutes_old(sender: Sender) -> None:
    assert (await sender.send([event()], age=290.0))[0] == 200


async def test_an_old_request_is_refused_before_its_body_is_read(sender: Sender) -> None:
    """The age alone: its signature is right."""
    status, _ = await sender.send(b"x" * 9000, age=600.0)

    assert status == 401


@pytest.mark.parametrize("stamp", ["", "soon", "-5", "²", "1" * 40])
@pytest.mark.parametrize("signature", ["", "x", "ação", "AAAA"])
def test_no_header_raises(clock: ManualClock, stamp: str, signature: str) -> None:
    scheme = HubSpotV3([b"s"], public_url=PUBLIC, clock=clock)
    headers = {"X-HubSpot-Request-Timestamp": stamp, "X-HubSpot-Signature-v3": signature}
    head = Head(method="POST", target=PATH, headers=headers)

    assert not scheme.admits(head, b"[]")


def test_without_a_secret_nobody_is_believed(clock: ManualClock) -> None:
    stamp = str(int(clock.now().timestamp() * 1000))
    headers = {
        "X-HubSpot-Request-Timestamp": stamp,
        "X-HubSpot-Signature-v3": sign("", "POST", PUBLIC + PATH, b"[]", stamp),
    }
    head = Head(method="POST", target=PATH, headers=headers)

    assert not HubSpotV3([b""], public_url=PUBLIC, clock=clock).admits(head, b"[]")


async def test_the_uri_is_signed_with_some_characters_decoded(sender: Sender) -> None:
    """``%3A`` and its like are decoded in what is signed, ``%20`` is not."""
    status, _ = await sender.send(
        [event()],
        path=f"{PATH}?at=12%3A30%2f00&by=a%20b",
        signed_uri=f"{PUBLIC}{PATH}?at=12:30/00&by=a%20b",
    )

    assert status == 200


async def test_the_paths_of_the_other_crm_are_not_there(sender: Sender) -> None:
    answer = await sender.client.post(
        "/atualizalead", data=b'{"Lead": {"Id": 1}}', headers={"X-Webhook-Token": "x"}
    )

    # where people have a token, a stranger does not learn which paths there are
    assert answer.status in {404, 401}
    assert not sender.inbox.stored


# --------------------------------------------------------------------------- what is stored


async def test_each_event_is_stored_as_it_came(sender: Sender) -> None:
    body = (
        b'[ {"eventId":1, "subscriptionType":"company.creation","objectId":7},\n'
        b'  {"eventId":2,"subscriptionType":"company.deletion" , "objectId":"8", "n":"], \\"{"}\t]'
    )
    status, answer = await sender.send(body)

    assert (status, answer) == (200, {"stored": 2, "known": 0})
    assert [(s.body, s.webhook.crm_id, s.webhook.event_type) for s in sender.inbox.stored.values()] == [
        (b'{"eventId":1, "subscriptionType":"company.creation","objectId":7}', 7, "LEAD_UPDATED"),
        (
            b'{"eventId":2,"subscriptionType":"company.deletion" , "objectId":"8", "n":"], \\"{"}',
            8,
            "LEAD_DISCARDED",
        ),
    ]  # fmt: skip


async def test_events_that_come_again_in_another_order_are_known(sender: Sender) -> None:
    await sender.send([event(1), event(2)])
    status, answer = await sender.send(
        [event(2, attemptNumber=1), event(1, attemptNumber=1), event(3)]
    )

    assert (status, answer) == (200, {"stored": 1, "known": 2})


@pytest.mark.parametrize(
    "other",
    [
        {"objectId": 5},
        {"occurredAt": 1_700_000_000_001},
        {"propertyName": "city"},
        {"subscriptionType": "company.deletion"},
    ],
)
async def test_the_number_of_an_event_alone_is_not_its_identity(
    sender: Sender, other: dict[str, Any]
) -> None:
    await sender.send([event(1), event(1, **other)])

    assert len(sender.inbox.stored) == 2


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"null", b"[", b"[NaN]", b"\xff", b"\xef\xbb\xbf[]", b"[" * 2000, b'[{"a":1},]'],
)
async def test_a_body_that_is_no_array_is_refused(sender: Sender, body: bytes) -> None:
    status, _ = await sender.send(body)

    assert (status, sender.inbox.stored) == (400, {})


@pytest.mark.parametrize("depth", [100, 900, 1000, 1020])
async def test_deep_nesting_ends_in_an_answer(sender: Sender, depth: int) -> None:
    status, _ = await sender.send(b"[" * depth + b"]" * depth)

    assert (status, len(sender.inbox.stored)) in {(200, 1), (400, 0)}


async def test_what_nobody_knows_is_kept_for_a_person(sender: Sender) -> None:
    strange: list[Any] = [
        5,
        "x",
        {},
        {"subscriptionType": 3},
        event(objectId="x"),
        event(objectId=-1),
    ]
    status, answer = await sender.send(strange)

    assert (status, answer["stored"]) == (200, 6)
    assert all(stored.webhook.crm_id is None for stored in sender.inbox.stored.values())


@pytest.mark.parametrize("value", [[], {}, [[1], {}], {"a": []}])
@pytest.mark.parametrize(
    ("field", "others"),
    [
        ("changeSource", {}),
        ("objectTypeId", {"subscriptionType": "object.propertyChange"}),
        ("propertyName", {"changeSource": "INTEGRATION", "sourceId": "54321"}),
        ("propertyValue", {"changeSource": "INTEGRATION", "sourceId": "54321"}),
    ],
)
async def test_a_list_or_an_object_in_place_of_a_word_ends_in_an_answer(
    sender: Sender, field: str, others: dict[str, Any], value: Any
) -> None:
    status, _ = await sender.send([event(1, **others, **{field: value}), event(2)])

    assert status == 200
    assert event(2) in [json.loads(known.body) for known in sender.inbox.stored.values()]


async def test_events_of_other_objects_are_taken_and_left_out(sender: Sender) -> None:
    others = [
        event(1, subscriptionType="contact.propertyChange"),
        event(2, subscriptionType="object.creation", objectTypeId="0-1"),
    ]
    status, answer = await sender.send(others)
    assert (status, answer, sender.inbox.stored) == (200, {"stored": 0, "known": 0}, {})

    status, answer = await sender.send(
        [event(3, subscriptionType="object.propertyChange", objectTypeId="0-2")]
    )
    assert (status, answer["stored"]) == (200, 1)


async def test_an_empty_array_is_fine(sender: Sender) -> None:
    assert await sender.send([]) == (200, {"stored": 0, "known": 0})


async def test_while_the_database_is_away_nothing_is_confirmed(sender: Sender) -> None:
    sender.inbox.failing = DatabaseUnavailable(code="ORA-12541", statement="store_webhook")
    status, _ = await sender.send([event()])
    assert (status, sender.inbox.stored) == (503, {})

    sender.inbox.failing = None
    assert (await sender.send([event(attemptNumber=1)]))[1] == {"stored": 1, "known": 0}


# --------------------------------------------------------------------------- whose write it was


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, {"own_write": "S", "phone": "11988887777"}),
        ({"propertyName": "erp_stage", "propertyValue": "Ativação"},
         {"own_write": "S", "stage": "Ativação"}),
        ({"propertyName": "erp_budget", "propertyValue": "5"}, {"own_write": "S"}),
        ({"subscriptionType": "company.creation", "propertyName": None}, {"own_write": "S"}),
        # gone is gone, whoever did it
        ({"subscriptionType": "company.deletion"}, None),
        ({"sourceId": "99"}, None),
        ({"changeSource": "CRM_UI"}, None),
        ({"changeSource": "CRM_UI", "sourceId": "userId:54321"}, None),
        ({"propertyValue": "\u0000", "propertyName": "city"}, None),
    ],
)  # fmt: skip
async def test_only_our_own_write_may_be_taken_for_an_echo(
    sender: Sender, changes: dict[str, Any], fields: dict[str, Any] | None
) -> None:
    await sender.send([event(**{"changeSource": "INTEGRATION", "sourceId": "54321", **changes})])

    [stored] = sender.inbox.stored.values()
    assert (None if stored.fields is None else json.loads(stored.fields)) == fields


def test_without_the_number_of_our_app_nothing_is_ours() -> None:
    reader = EventReader(CompanyMapper(LeadMapper(FieldNames()).canonical), app_id="")
    ours = event(changeSource="INTEGRATION", sourceId="")
    [read] = reader.read(json.dumps([ours]).encode()) or []

    assert read.fields is None


@pytest.mark.parametrize(
    ("stage", "event_type"), [("Ativação", "LEAD_CONVERTED"), ("Descartado", "LEAD_DISCARDED")]
)
async def test_a_stage_says_what_happened_to_the_lead(
    sender: Sender, stage: str, event_type: str
) -> None:
    await sender.send([event(propertyName="erp_stage", propertyValue=stage)])

    [stored] = sender.inbox.stored.values()
    assert stored.webhook.event_type == event_type


def test_a_target_that_is_no_text_is_refused() -> None:
    clock = ManualClock()
    stamp = str(int(clock.now().timestamp() * 1000))
    head = Head(
        method="POST",
        target="/webhooks/hubspot?\udcff",
        path_token="",
        headers={"X-HubSpot-Signature-v3": "AAAA", "X-HubSpot-Request-Timestamp": stamp},
    )
    scheme = HubSpotV3([b"secret"], public_url="https://example.com", clock=clock)

    assert not scheme.admits(head, b"[]")

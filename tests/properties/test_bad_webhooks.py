"""After any bad body, of either CRM, the next good webhook is applied: the real server, the real packages.

Each batch posts bodies that no CRM should send and then one good webhook; nothing is answered with 5xx, and the good
one must come into the ERP. ``PROPERTIES=deep`` looks for longer, at random.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, TCPConnector
from aiohttp.test_utils import TestClient, TestServer
from deployed_world import Deployed
from hypothesis import given
from hypothesis import strategies as st

from bridge.cli import compose
from bridge.clock import SystemClock
from bridge.core.inbound import InboundRelay
from bridge.core.supervisor import ProgressBoard
from bridge.crm.hubspot_fields import COMPANY_FIELDS, STAGE
from bridge.domain import mapping, persons
from bridge.domain.retry import RetryPolicy
from bridge.oracle.aq import webhook_queue
from bridge.oracle.inbox import OracleInbox
from bridge.oracle.pool import Database
from bridge.settings import load
from bridge.testing import MemoryCrm
from bridge.web.app import build
from bridge.web.keys import Health
from devkit.demo.world import run_script

PLSQL = Path(__file__).parents[1] / "plsql"
GOOD, UNKNOWN = 990000001, 990000077
TOKEN, SECRET, APP, PUBLIC = "webhook-token", "app-secret", "54321", "https://erp.example.com"
HUBSPOT_PATH = "/webhooks/hubspot"
MOST_IN_FLIGHT = 50

#: JSON texts that no field is meant to hold
BAD_VALUES = (
    "null", "true", "[]", "{}", '""', "[[1], {}]", '{"value": [1]}', '{"id": {"a": 1}, "value": {"b": []}}',
    "-1", "1.5", "9" * 39, "9" * 5000, "-" + "9" * 400, "1e400", "-1e400", "1e-400", "0." + "1" * 60,
    "NaN", "Infinity", "-Infinity", json.dumps("A" * 5000), json.dumps("€" * 70_000, ensure_ascii=False),
    json.dumps("9" * 5000), '"\\u0000"', '"\\ud800"', '"\\udc00\\ud800"', json.dumps("\x01\x1f\x7f\u2028\"\\"),
    '"\U0001f600"', '"0001-01-01T00:00:00Z"', "[" * 200 + "]" * 200, '{"a":' * 900 + "1" + "}" * 900,
    "[" * 5000 + "]" * 5000,
)  # fmt: skip
ADDRESS = {key for key, within in mapping._SHOWN.values() if within}
LEAD = [
    "Id",
    "Stage",
    "CustomFields",
    "Contact",
    "Address",
    *(k for k, _ in mapping._SHOWN.values()),
]
CUSTOM = list(mapping.LeadMapper(mapping.FieldNames())._custom_keys.values())
PERSON = ["Id", *persons._SHOWN.values()]
EVENT = [
    "objectId", "primaryObjectId", "subscriptionType", "objectTypeId", "propertyName", "propertyValue", "eventId",
    "occurredAt", "portalId", "subscriptionId", "changeSource", "sourceId",
]  # fmt: skip


@dataclass(frozen=True)
class Body:
    """What is posted; the repr is short, so that a falsifying example can be read."""

    data: bytes
    encoding: str | None = None

    def __repr__(self) -> str:
        data = self.data if len(self.data) < 300 else self.data[:200] + b" ... " + self.data[-60:]
        return f"Body({data!r}, {self.encoding!r}, {len(self.data)} bytes)"


def text_of(members: Sequence[tuple[str, str]]) -> str:
    """An object of JSON texts; a key may come twice."""
    return "{" + ",".join(f"{json.dumps(key)}:{value}" for key, value in members) + "}"


def lead_body(
    where: str, field: str, value: str, *, crm_id: str = str(GOOD), twice: bool = False
) -> str:
    """A body of Spotter's with one bad value in it."""
    lead = [("Id", crm_id), ("Stage", '"Ativação"'), ("Phone", '"1133334444"')]
    bad = [(field, value)] * (2 if twice else 1)
    match where:
        case "lead":
            lead = [*lead, *bad] if twice else [m for m in lead if m[0] != field] + bad
        case "address":
            lead.append(("Address", text_of(bad)))
        case "custom value":
            lead.append(
                ("CustomFields", f"[{text_of([('id', json.dumps(field)), ('value', value)])}]")
            )
        case "custom options":
            options = [("id", json.dumps(field)), ("options", f"[{value}]")]
            lead.append(("CustomFields", f"[{text_of(options)}]"))
        case "custom id":
            lead.append(("CustomFields", f"[{text_of([('id', value), ('value', value)])}]"))
        case _:
            person = [("Id", "7"), ("Name", '"Ana"')]
            person = [*person, *bad] if twice else [m for m in person if m[0] != field] + bad
            lead.append(("Contact", f"[{text_of(person)}]"))
    return text_of([("Lead", text_of(lead))])


def event_body(
    field: str, value: str, *, name: str = "phone", ours: bool = True, twice: bool = False
) -> str:
    """An event of HubSpot's with one bad value in it; what our own app wrote is compared, and so stored."""
    stamp = str(next(COUNTER))
    event = [
        ("objectId", str(GOOD)), ("subscriptionType", '"company.propertyChange"'), ("eventId", stamp),
        ("propertyName", json.dumps(name)), ("propertyValue", '"1133334444"'), ("occurredAt", stamp),
        ("changeSource", '"INTEGRATION"' if ours else '"CRM_UI"'), ("sourceId", f'"{APP}"'),
    ]  # fmt: skip
    bad = [(field, value)] * (2 if twice else 1)
    return text_of([*event, *bad] if twice else [m for m in event if m[0] != field] + bad)


COUNTER = itertools.count(1)
PLACES = [
    *(("lead", field) for field in LEAD), *(("address", field) for field in sorted(ADDRESS)),
    *(("custom value", field) for field in CUSTOM), *(("custom options", field) for field in CUSTOM),
    ("custom id", "x"), *(("person", field) for field in PERSON),
]  # fmt: skip
PROPERTIES = [*COMPANY_FIELDS.values(), STAGE]


def every_body(adapter: str) -> list[Body]:
    """Each declared field with each bad value."""
    if adapter == "spotter":
        texts = [lead_body(where, field, value) for where, field in PLACES for value in BAD_VALUES]
        texts += [lead_body("lead", "Stage", value, crm_id=str(UNKNOWN)) for value in BAD_VALUES]
        texts += [text_of([(key, value)]) for key in ("Lead", "Sale") for value in BAD_VALUES]
    else:
        events = [event_body(field, value) for field in EVENT for value in BAD_VALUES]
        events += [event_body("propertyValue", v, name=p) for p in PROPERTIES for v in BAD_VALUES]
        texts = [f"[{event}]" for event in events]
        texts += [f"[{value}]" for value in BAD_VALUES]
    return [Body(text.encode()) for text in [*texts, *BAD_VALUES]]


def damaged(data: bytes) -> list[Body]:
    """One body, broken in every way in which the sending of it can go wrong."""
    half = len(data) // 2
    return [
        Body(data[:half]), Body(b""), Body(data + data), Body(b"\xef\xbb\xbf" + data),
        Body(data.decode().encode("utf-16")),
        *(Body(data[:half] + junk + data[half:]) for junk in (b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\xc3")),
        *(Body(data, encoding) for encoding in ("gzip", "deflate", "br", "zstd", "identity", "", "x", "gzip, gzip")),
        Body(gzip.compress(data), "gzip"), Body(gzip.compress(data)[:-9], "gzip"),
        Body(gzip.compress(b" " * 20_000_000), "gzip"), Body(gzip.compress(data)),
    ]  # fmt: skip


values = st.sampled_from(BAD_VALUES) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5
).map(lambda value: json.dumps(value))
spotter_texts = st.builds(
    lambda place, value, crm_id, twice: lead_body(*place, value, crm_id=crm_id, twice=twice),
    st.sampled_from(PLACES), values, st.sampled_from([str(GOOD), str(UNKNOWN)]) | values, st.booleans(),
)  # fmt: skip
hubspot_texts = st.lists(
    st.builds(
        lambda field, value, name, ours, twice: event_body(field, value, name=name, ours=ours, twice=twice),
        st.sampled_from(EVENT), values, st.sampled_from(PROPERTIES), st.booleans(), st.booleans(),
    ) | values,
    min_size=1, max_size=4,
).map(lambda events: f"[{','.join(events)}]")  # fmt: skip


def batches(texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[Body]]:
    plain = texts.map(lambda text: Body(text.encode("utf-8", "surrogatepass")))
    broken = plain.flatmap(
        lambda body: st.sampled_from(damaged(body.data.decode("utf-8", "replace").encode()))
    )
    return st.lists(plain | plain | broken, min_size=1, max_size=20)


class Door:
    """The web application of one adapter, and the inbound relay behind it."""

    def __init__(self, world: Deployed, adapter: str) -> None:
        self.adapter = adapter
        self._admin = world.connect("SYSTEM")
        self._admin.current_schema = "CRM_SYNC"
        environ = world.settings(
            ERPCRM_CRM__ADAPTER=adapter, ERPCRM_CRM__URL="http://127.0.0.1:9", ERPCRM_CRM__TOKEN="x",
            ERPCRM_WEB__TOKEN=TOKEN, ERPCRM_CRM__APP_SECRET=SECRET, ERPCRM_CRM__APP_ID=APP,
            ERPCRM_WEB__PUBLIC_URL=PUBLIC, ERPCRM_WEB__API_TOKEN="",
        )  # fmt: skip
        self._settings, _ = load(environ=environ)
        self._crm = MemoryCrm()
        key = str(
            self._rows("select record_key from crm_records where crm_id = :id", id=GOOD)[0][0]
        )
        ((lead,),) = self._rows(
            "select document from crm_client_rows_v where record_key = :key", key=key
        )
        self._lead = json.loads(lead if isinstance(lead, str) else lead.read())
        del self._lead["crm_id"]

    async def __aenter__(self) -> Door:
        settings, clock = self._settings, SystemClock()
        self._database = await Database(compose.account(settings)).__aenter__()
        inbox = OracleInbox(self._database)
        adapter = compose.adapter(
            settings, compose.crm_policy(settings, compose.crm_client(settings))
        )
        self._queue = webhook_queue(
            self._database, owner="CRM_SYNC", worker_id="fuzz", lease_seconds=120
        )
        self._relay = InboundRelay(
            queue=self._queue, inbox=inbox, crm=self._crm, retry=RetryPolicy(base_seconds=600, cap_seconds=600),
            slots=MOST_IN_FLIGHT, wait_seconds=1, lease_seconds=120, clock=clock,
            progress=ProgressBoard(clock, stall_seconds=600),
        )  # fmt: skip
        app = build(
            webhook_context=compose.webhook_context(settings, adapter, inbox, clock),
            health_source=Health(checks=_nothing, status=_nothing), with_details=False,
        )  # fmt: skip
        # a body that cannot be decoded ends its connection, in aiohttp's own hands for some encodings
        connector = TCPConnector(force_close=True)
        self._client = await TestClient(TestServer(app), connector=connector).__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._client.close()
        await self._queue.close()
        await self._database.__aexit__(*exc_info)
        self._admin.close()

    async def take(self, bodies: Sequence[Body]) -> None:
        """Post bad bodies, then a good one, which must be applied."""
        self._forget()
        statuses = [(await self._post(body)).status for body in bodies]
        wrong = [
            (s, b)
            for s, b in zip(statuses, bodies, strict=True)
            if not (200 <= s < 300 or 400 <= s < 500)
        ]
        assert wrong == []

        phone = f"119{next(COUNTER):08d}"
        self._crm.leads[GOOD] = {**self._lead, "phone": phone}
        answer = await self._post(self._good(phone))
        assert answer.status in {200, 202}, await answer.text()
        while items := await self._queue.take(MOST_IN_FLIGHT, wait_seconds=0):
            await asyncio.gather(*(self._relay.handle(item) for item in items))

        assert self._rows(
            "select status from crm_inbox_events order by inbox_id desc fetch first 1 row only"
        ) == [("APPLIED",)]
        assert self._rows(
            "select phone from erp.branches where client_code = 99000001 and code = 1"
        ) == [(phone,)]
        left = "select status, crm_id from crm_inbox_events where status in ('READY', 'INFLIGHT') and attempts = 0"
        assert self._rows(left) == [], "every one of them was looked at"

    def _good(self, phone: str) -> Body:
        if self.adapter == "spotter":
            return Body(lead_body("lead", "Phone", json.dumps(phone)).encode())
        return Body(f"[{event_body('propertyValue', json.dumps(phone), ours=False)}]".encode())

    async def _post(self, body: Body) -> ClientResponse:
        headers = {} if body.encoding is None else {"Content-Encoding": body.encoding}
        path = f"/atualizalead/{TOKEN}"
        if self.adapter == "hubspot":
            # signed as it is read: a stranger cannot send what is decoded to something else
            path, stamp = HUBSPOT_PATH, str(int(time.time() * 1000))
            text = b"".join((b"POST", f"{PUBLIC}{path}".encode(), _decoded(body), stamp.encode()))
            digest = hmac.new(SECRET.encode(), text, hashlib.sha256).digest()
            headers |= {
                "X-HubSpot-Signature-v3": base64.b64encode(digest).decode(),
                "X-HubSpot-Request-Timestamp": stamp,
            }
        async with self._client.post(path, data=body.data, headers=headers) as answer:
            await answer.read()
            return answer

    def _forget(self) -> None:
        """Nothing of an earlier batch is in the way, so that a failing one can be made smaller."""
        with self._admin.cursor() as cursor:
            cursor.execute("delete from crm_inbox_events")
            cursor.execute(
                "update crm_records set lease_owner = null, lease_until = null where lease_owner is not null"
            )
        self._admin.commit()

    def _rows(self, sql: str, **binds: Any) -> list[tuple[Any, ...]]:
        with self._admin.cursor() as cursor:
            cursor.execute(sql, binds)
            found = list(cursor.fetchall())
        self._admin.rollback()
        return found


def _decoded(body: Body) -> bytes:
    if body.encoding != "gzip":
        return body.data
    try:
        return gzip.decompress(body.data)
    except (OSError, EOFError):
        return body.data


async def _nothing() -> Any:
    return []


@pytest.fixture(scope="module")
def agreed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A deployed database with one record on which both sides agree."""
    with Deployed(tmp_path_factory.mktemp("doors"), branches=5, loaded=5) as world:
        world.bring_deployed()
        with world.connect("SYSTEM") as admin:
            admin.current_schema = "CRM_SYNC"
            for name in ("grants_for_tests.sql", "crm_test_fixture.pks", "crm_test_fixture.pkb"):
                run_script(admin, PLSQL / name, {})
            with admin.cursor() as cursor:
                cursor.execute(
                    "declare l_key crm_records.record_key%type; begin crm_test_fixture.quiet;"
                    f" l_key := crm_test_fixture.new_synced_branch(in_crm_id => {GOOD});"
                    " update crm_records set agreed_stage = 'Ativação' where record_key = l_key; end;"
                )
            admin.commit()
        yield world


@pytest.fixture(scope="module", params=["spotter", "hubspot"])
def door(agreed: Deployed, request: pytest.FixtureRequest) -> Iterator[tuple[asyncio.Runner, Door]]:
    with asyncio.Runner() as runner:
        opened = runner.run(Door(agreed, request.param).__aenter__())
        yield runner, opened
        runner.run(opened.__aexit__(None, None, None))


@pytest.mark.devkit
def test_each_bad_value_of_each_field_stops_no_good_webhook(
    door: tuple[asyncio.Runner, Door],
) -> None:
    runner, opened = door
    bodies = every_body(opened.adapter)
    for start in range(0, len(bodies), 100):
        runner.run(opened.take(bodies[start : start + 100]))


@pytest.mark.devkit
def test_a_body_that_is_broken_on_its_way_stops_no_good_webhook(
    door: tuple[asyncio.Runner, Door],
) -> None:
    runner, opened = door
    for body in damaged(opened._good("11999990000").data):
        runner.run(opened.take([body]))


@pytest.mark.devkit
def test_no_batch_of_bad_bodies_stops_a_good_webhook(door: tuple[asyncio.Runner, Door]) -> None:
    runner, opened = door

    @given(batches(spotter_texts if opened.adapter == "spotter" else hubspot_texts))
    def check(bodies: list[Body]) -> None:
        runner.run(opened.take(bodies))

    check()

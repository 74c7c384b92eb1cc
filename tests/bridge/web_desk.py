"""The web server with all its routes against the CRM simulator, over a back office in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bridge.crm.client import CrmClient
from bridge.crm.desk import SpotterDesk
from bridge.crm.errors import SPOTTER
from bridge.crm.handover import SpotterHandover, parse_questions
from bridge.crm.lead_desk import SpotterLeadDesk
from bridge.crm.policy import CrmPolicy
from bridge.domain.mapping import FieldNames, LeadMapper
from bridge.domain.operations import DatabaseOverview, ParkedItem, ParkedWebhook, StoredIndustries
from bridge.errors import DatabaseError, DataRejected
from bridge.ports import Clock
from bridge.testing import ManualClock, MemoryInbox
from bridge.web.app import build
from bridge.web.dashboard import PageContext
from bridge.web.desk import ApiContext
from bridge.web.keys import Check, Health, WebhookContext
from bridge.web.overview import OverviewReader, QuotaFigures, Timeline
from devkit.spotter.app import Server
from devkit.spotter.settings import Settings
from devkit.spotter.simulator import Simulator

TOKEN = "callers-token"
VIEW_TOKEN = "viewers-token"
HEADERS = {"X-Api-Token": TOKEN}
TAXID = "12ABC34501DE35"
LEAD = {
    "name": "Padaria São João",
    "cpfcnpj": TAXID,
    "address": "Rua das Flores",
    "addressNumber": "S/N",
    "neighborhood": "Centro",
    "city": "São Paulo",
    "state": "SP",
    "country": "Brasil",
    "phone": "11987654321",
    "customFields": [{"id": "_cod.gestores", "options": [{"value": "12"}]}],
}
QUESTIONS = "11:21,12:22,13:23+24"
NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


@dataclass
class MemoryBackoffice:
    """Industries and parked webhooks, with the refusals of the database."""

    industries: set[str] = field(default_factory=set)
    parked: dict[int, ParkedWebhook] = field(default_factory=dict)
    edited: list[tuple[int, str, str, int | None]] = field(default_factory=list)
    failing: DatabaseError | None = None

    def park(self, inbox_id: int, body: bytes, detail: str = "the body names no lead") -> None:
        self.parked[inbox_id] = ParkedWebhook(
            inbox_id=inbox_id, event_type="LEAD_UPDATED", crm_id=None, record_key=None, attempts=3,
            detail=detail, received_on=NOON, body=body,
        )  # fmt: skip

    async def store_industries(self, names: Sequence[str]) -> StoredIndustries:
        self._check()
        new = set(names) - self.industries
        self.industries |= new
        return StoredIndustries(added=len(new), known=len(names) - len(new), refused=0)

    async def parked_webhooks(self, limit: int) -> list[ParkedItem]:
        self._check()
        return [
            ParkedItem(
                direction="INBOX", event_id=item.inbox_id, record_key=item.record_key,
                crm_id=item.crm_id, attempts=item.attempts, reason_class=None, detail=item.detail,
                created_on=item.received_on, parked_on=item.received_on,
            )
            for item in list(self.parked.values())[:limit]
        ]  # fmt: skip

    async def parked_webhook(self, inbox_id: int) -> ParkedWebhook:
        self._check()
        if inbox_id not in self.parked:
            raise DataRejected(code="ORA-20111", statement="read_parked_webhook")
        return self.parked[inbox_id]

    async def edit_webhook(self, inbox_id: int, body: str, *, by: str, crm_id: int | None) -> None:
        self._check()
        if inbox_id not in self.parked:
            raise DataRejected(code="ORA-20112", statement="edit_inbox")
        del self.parked[inbox_id]
        self.edited.append((inbox_id, body, by, crm_id))

    def _check(self) -> None:
        if self.failing is not None:
            raise self.failing


@dataclass
class MemoryOverview:
    """What the database would say, as a test sets it."""

    figures: DatabaseOverview = field(
        default_factory=lambda: DatabaseOverview(
            metrics={"outbox_pending": 60.0},
            backlog=[],
            parked=[],
            reasons=[],
            conflicts=[],
            workers=[],
            diffs=[],
        )
    )
    backlog: int = 0
    failing: DatabaseError | None = None
    reads: int = 0

    async def read(self) -> DatabaseOverview:
        self.reads += 1
        if self.failing is not None:
            raise self.failing
        return self.figures

    async def waiting(self) -> int:
        if self.failing is not None:
            raise self.failing
        return self.backlog


async def no_checks() -> list[Check]:
    return []


async def no_status() -> dict[str, float]:
    return {}


class Desk:
    """The web server, its CRM, and one lead in it."""

    def __init__(
        self,
        client: TestClient,
        simulator: Simulator,
        lead_id: int,
        backoffice: MemoryBackoffice,
        overview: MemoryOverview,
        timeline: Timeline,
        clock: ManualClock,
    ) -> None:
        self.client = client
        self.simulator = simulator
        self.lead_id = lead_id
        self.backoffice = backoffice
        self.overview = overview
        self.timeline = timeline
        self.clock = clock

    async def get(self, path: str) -> tuple[int, Any]:
        return await self.send("GET", path)

    async def post(self, path: str, body: object = None) -> tuple[int, Any]:
        return await self.send("POST", path, body)

    async def put(self, path: str, body: object = None) -> tuple[int, Any]:
        return await self.send("PUT", path, body)

    async def send(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        async with self.client.request(method, path, json=body, headers=HEADERS) as answer:
            return answer.status, await answer.json(content_type=None)

    def requests(self) -> list[str]:
        """The requests that the CRM got, as method and path."""
        return [
            f"{entry.method} {entry.path}"
            for entry in self.simulator.ledger.entries
            if entry.kind == "request"
        ]


def application(
    crm: CrmClient,
    *,
    inbox: MemoryInbox,
    clock: Clock,
    backoffice: MemoryBackoffice,
    overview: MemoryOverview,
    timeline: Timeline | None = None,
    max_body_bytes: int = 65_536,
    pause_seconds: float = 0.0,
    questions: str = QUESTIONS,
    custom_fields_on_create: str = "yes",
    request_seconds: float = 5.0,
) -> web.Application:
    """The application as ``erpcrm run`` puts it together, over these parts."""
    policy = CrmPolicy(
        crm, rules=SPOTTER, quota_calls=100_000, quota_seconds=1,
        breaker_failures=1000, breaker_seconds=1,
    )  # fmt: skip
    reader = OverviewReader(
        overview,
        timeline=timeline or Timeline(overview, clock=clock),
        quota=lambda: QuotaFigures(calls=30, seconds=20, limit=15, used=4, pause_seconds=0),
        worker_id="test:bridge",
        clock=clock,
    )
    return build(
        webhook_context=WebhookContext(
            inbox=inbox,
            read_fields=LeadMapper(FieldNames()).from_webhook,
            clock=clock,
            source="spotter",
            tokens=(b"webhook-token",),
            max_body_bytes=max_body_bytes,
            body_timeout_seconds=1,
            dedupe_seconds=1.0,
            retry_after_seconds=10,
        ),
        health_source=Health(checks=no_checks, status=no_status),
        with_details=True,
        api=ApiContext(
            desk=SpotterDesk(policy, sales_rep_key="_cod.gestores"),
            leads=SpotterLeadDesk(
                policy,
                client_code_key="_cod.cliente",
                custom_fields_on_create=custom_fields_on_create,
            ),
            handover=SpotterHandover(
                policy,
                questions=parse_questions(questions),
                pause_seconds=pause_seconds,
                clock=clock,
            ),
            backoffice=backoffice,
            tokens=(TOKEN.encode(),),
            field_sales_rep="_cod.gestores",
            field_tax_registration="_inscricaoestadual",
            field_financial_analysis="_analisefinanceira",
            exempt_tax_registration="99",
            request_seconds=request_seconds,
        ),
        pages=PageContext(view_tokens=(VIEW_TOKEN.encode(),), overview=reader.read, can_edit=True),
    )


@asynccontextmanager
async def running_desk(*, timeout_seconds: float = 5, **options: Any) -> AsyncIterator[Desk]:
    """A desk with a lead; ``options`` as ``application`` takes them."""
    tenant = Settings(quota_requests=0)
    server = Server(Simulator(tenant))
    await server.start()
    clock, backoffice, overview = ManualClock(), MemoryBackoffice(), MemoryOverview()
    timeline = Timeline(overview, clock=clock)
    async with CrmClient(
        base_url=server.base_url,
        headers={"token_exact": tenant.token},
        timeout_seconds=timeout_seconds,
    ) as crm:
        app = application(
            crm, inbox=MemoryInbox(), clock=clock, backoffice=backoffice, overview=overview,
            timeline=timeline, **options,
        )  # fmt: skip
        lead_id = server.simulator.state.create_lead(LEAD, actor="user", check_duplicity=False)
        async with TestClient(TestServer(app)) as client:
            yield Desk(client, server.simulator, lead_id, backoffice, overview, timeline, clock)
    await server.stop()

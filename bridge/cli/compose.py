"""Puts the parts together according to the settings: the composition root of the daemon."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bridge import API_VERSION
from bridge.clock import SystemClock
from bridge.core.inbound import InboundRelay
from bridge.core.polling import Poller
from bridge.core.reconcile import GapFeeder
from bridge.core.relay import OutboundRelay
from bridge.core.share import QuotaShare
from bridge.core.supervisor import ProgressBoard
from bridge.crm.client import CrmClient
from bridge.crm.desk import SpotterDesk
from bridge.crm.errors import SPOTTER
from bridge.crm.policy import CrmPolicy
from bridge.crm.spotter import SpotterCrm
from bridge.crm.spotter_pages import SpotterPages, earlier
from bridge.crm.spotter_steps import StepOptions
from bridge.domain.changes import Lane
from bridge.domain.mapping import FieldNames, LeadMapper
from bridge.domain.retry import RetryPolicy
from bridge.errors import DatabaseError, SchemaIncompatible
from bridge.oracle.aq import change_queue, webhook_queue
from bridge.oracle.inbox import OracleInbox
from bridge.oracle.outbox import OracleOutbox
from bridge.oracle.pool import Account, Database
from bridge.oracle.runs import OracleRuns
from bridge.ports import Crm, PageSource
from bridge.settings import Settings
from bridge.web.app import WebServer
from bridge.web.desk import ApiContext
from bridge.web.keys import Check, Health, WebhookContext

__all__ = [
    "Daemon",
    "account",
    "api_context",
    "check_api",
    "crm_client",
    "crm_policy",
    "pages",
    "spotter",
]

# A fraction of the database's setting worker_live_seconds.
_HEARTBEAT_SECONDS = 10.0


def account(settings: Settings) -> Account:
    """Return the daemon's way to log on."""
    database = settings.database
    return Account(
        dsn=database.connect_string,
        user=database.user,
        password=database.password.get_secret_value(),
        owner=database.owner,
        pool_size=database.pool_size,
        pool_wait_seconds=database.pool_wait_seconds,
        call_timeout_seconds=database.call_timeout_seconds,
        connect_timeout_seconds=database.connect_timeout_seconds,
    )


def crm_client(settings: Settings) -> CrmClient:
    """Return the HTTP client of the CRM."""
    crm = settings.crm
    return CrmClient(
        base_url=crm.url,
        headers={crm.token_header: crm.token.get_secret_value()},
        timeout_seconds=crm.timeout_seconds,
        connect_timeout_seconds=crm.connect_timeout_seconds,
        connections=settings.relay.slots + 2 * settings.relay.inbound_slots,
    )


def crm_policy(settings: Settings, client: CrmClient) -> CrmPolicy:
    """Return what every call goes through: one quota and one breaker for the whole process."""
    crm = settings.crm
    return CrmPolicy(
        client,
        rules=SPOTTER,
        quota_calls=crm.quota_calls,
        quota_seconds=crm.quota_seconds,
        breaker_failures=crm.breaker_failures,
        breaker_seconds=crm.breaker_seconds,
    )


def mapper(settings: Settings) -> LeadMapper:
    """Return the translation of fields, by the names of this tenant."""
    crm = settings.crm
    return LeadMapper(
        FieldNames(
            sales_rep=crm.field_sales_rep,
            client_code=crm.field_client_code,
            tax_registration=crm.field_tax_registration,
            financial_analysis=crm.field_financial_analysis,
            exempt_tax_registration=crm.exempt_tax_registration,
            country=crm.country,
            phone_ddi=crm.phone_ddi,
        )
    )


def spotter(settings: Settings, policy: CrmPolicy) -> SpotterCrm:
    """Return the adapter."""
    crm = settings.crm
    return SpotterCrm(
        policy,
        mapper=mapper(settings),
        custom_fields_on_create=crm.custom_fields_on_create,
        client_code_key=crm.field_client_code,
        discard_user_email=crm.discard_user_email,
        discard_reason=crm.discard_reason,
        steps=StepOptions(
            discard_user_email=crm.discard_user_email,
            discard_reason=crm.discard_reason,
            sales_rep_email=crm.sales_rep_email,
            phone_ddi=crm.phone_ddi,
        ),
    )


def pages(settings: Settings, policy: CrmPolicy, lane: Lane) -> SpotterPages:
    """Return what reads the CRM page by page."""
    crm = settings.crm
    keys = (
        crm.field_sales_rep,
        crm.field_client_code,
        crm.field_tax_registration,
        crm.field_financial_analysis,
    )
    return SpotterPages(
        policy,
        mapper=mapper(settings),
        custom_keys=() if crm.custom_fields_on_create == "no" else keys,
        lane=lane,
        incremental_filter=settings.relay.poll_filter or None,
    )


def api_context(settings: Settings, policy: CrmPolicy) -> ApiContext | None:
    """Return what the kept routes need; None when nobody has a token to call them."""
    web, crm = settings.web, settings.crm
    tokens = (web.api_token.get_secret_value(), web.api_token_previous.get_secret_value())
    if not any(tokens):
        return None
    return ApiContext(
        desk=SpotterDesk(policy, sales_rep_key=crm.field_sales_rep),
        tokens=tuple(token.encode() for token in tokens if token),
        field_sales_rep=crm.field_sales_rep,
        field_tax_registration=crm.field_tax_registration,
        field_financial_analysis=crm.field_financial_analysis,
        exempt_tax_registration=crm.exempt_tax_registration,
        request_seconds=web.api_seconds,
    )


async def check_api(outbox: OracleOutbox) -> int:
    """Return the API's version.

    Raises:
        SchemaIncompatible: the database serves another one than this daemon speaks.
    """
    version = await outbox.api_version()
    if version != API_VERSION:
        raise SchemaIncompatible(expected=API_VERSION, found=version)
    return version


class Daemon:
    """The parts of ``erpcrm run``."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        crm: Crm,
        *,
        share: Callable[[int], None],
        pages: PageSource,
        api: ApiContext | None = None,
    ) -> None:
        relay = settings.relay
        self._database = database
        self._crm = crm
        self._started = False
        clock = SystemClock()
        self.clock = clock
        self.board = ProgressBoard(clock, stall_seconds=relay.stall_seconds)
        self.outbox = OracleOutbox(database, worker_id=relay.worker_id)
        inbox = OracleInbox(database)
        retry = RetryPolicy(
            base_seconds=relay.retry_base_seconds,
            cap_seconds=relay.retry_cap_seconds,
        )
        owner = settings.database.owner
        self.outbound = OutboundRelay(
            queue=change_queue(
                database,
                owner=owner,
                worker_id=relay.worker_id,
                lease_seconds=relay.lease_seconds,
            ),
            outbox=self.outbox,
            crm=crm,
            retry=retry,
            slots=relay.slots,
            wait_seconds=relay.wait_seconds,
            lease_seconds=relay.lease_seconds,
            clock=clock,
            progress=self.board,
        )
        self.inbound = InboundRelay(
            queue=webhook_queue(
                database,
                owner=owner,
                worker_id=relay.worker_id,
                lease_seconds=relay.lease_seconds,
            ),
            inbox=inbox,
            crm=crm,
            retry=retry,
            slots=relay.inbound_slots,
            wait_seconds=relay.wait_seconds,
            lease_seconds=relay.lease_seconds,
            clock=clock,
            progress=self.board,
        )
        self.feeder = GapFeeder(
            outbox=self.outbox,
            every_seconds=relay.reconcile_seconds,
            clock=clock,
            progress=self.board,
        )
        self.poller = Poller(
            store=OracleRuns(database),
            pages=pages,
            worker_id=relay.worker_id,
            every_seconds=relay.poll_seconds,
            overlap_seconds=relay.poll_overlap_seconds,
            earlier=earlier,
            progress=self.board,
        )
        self.share = QuotaShare(
            outbox=self.outbox,
            share=share,
            every_seconds=_HEARTBEAT_SECONDS,
            progress=self.board,
        )
        self.web = WebServer(
            webhook_context=_webhook_context(settings, inbox, clock),
            health_source=Health(checks=self.checks, status=self.status),
            host=settings.web.host,
            port=settings.web.port,
            metrics_port=settings.web.metrics_port,
            api=api,
        )

    def mark_started(self) -> None:
        """Say that the worker is announced, which readiness waits for."""
        self._started = True

    async def status(self) -> Mapping[str, float]:
        """Return the metrics of the database."""
        return await self.outbox.status()

    async def checks(self) -> list[Check]:
        """Return the lines of ``/readyz``."""
        try:
            await self.outbox.ping()
            database = Check(name="database", ok=True)
        except DatabaseError as exc:
            database = Check(name="database", ok=False, detail=exc.code)
        pause = self._crm.pause_seconds()
        stalled = self.board.stalled()
        failing = [
            name
            for name, relay in (("outbound", self.outbound), ("inbound", self.inbound))
            if relay.loop.is_failing
        ]
        return [
            database,
            Check(name="started", ok=self._started),
            Check(name="queues", ok=not failing, detail=", ".join(failing)),
            Check(
                name="crm", ok=pause == 0, detail=f"held back for {pause:.1f} s" if pause else ""
            ),
            Check(name="progress", ok=not stalled, detail=", ".join(stalled)),
        ]


def _webhook_context(settings: Settings, inbox: OracleInbox, clock: SystemClock) -> WebhookContext:
    web = settings.web
    tokens = (web.token.get_secret_value(), web.token_previous.get_secret_value())
    return WebhookContext(
        inbox=inbox,
        read_fields=mapper(settings).from_webhook,
        clock=clock,
        source=settings.crm.adapter,
        tokens=tuple(token.encode() for token in tokens if token),
        max_body_bytes=web.max_body_bytes,
        body_timeout_seconds=web.body_timeout_seconds,
        dedupe_seconds=web.dedupe_seconds,
        retry_after_seconds=web.retry_after_seconds,
    )

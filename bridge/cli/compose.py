"""Puts the parts together according to the settings: the composition root of the daemon."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable, Mapping
from zoneinfo import ZoneInfo

from bridge import API_VERSION, OLDEST_API_VERSION
from bridge.cli.advice import capture_detail
from bridge.clock import SystemClock
from bridge.core.catalogue import Catalogue, CatalogueWatch
from bridge.core.inbound import InboundRelay
from bridge.core.polling import Poller
from bridge.core.reconcile import GapFeeder
from bridge.core.relay import OutboundRelay
from bridge.core.share import QuotaShare
from bridge.core.supervisor import ProgressBoard
from bridge.crm.client import CrmClient
from bridge.crm.desk import SpotterDesk
from bridge.crm.errors import HUBSPOT, SPOTTER
from bridge.crm.handover import SpotterHandover, parse_questions
from bridge.crm.hubspot import PROBE, SEARCHES, HubSpotCrm
from bridge.crm.hubspot_batch import describe
from bridge.crm.hubspot_events import EventReader
from bridge.crm.hubspot_fields import CompanyMapper
from bridge.crm.lead_desk import SpotterLeadDesk
from bridge.crm.policy import CrmPolicy
from bridge.crm.quota import DayBudget
from bridge.crm.spotter import SpotterCrm
from bridge.crm.spotter_pages import SpotterPages, earlier
from bridge.crm.spotter_reps import SpotterReps
from bridge.crm.spotter_steps import StepOptions
from bridge.domain.changes import Lane
from bridge.domain.mapping import FieldNames, LeadMapper
from bridge.domain.retry import RetryPolicy
from bridge.domain.runs import PersonsPolled
from bridge.errors import DatabaseError, SchemaIncompatible, SettingsError
from bridge.oracle.aq import change_queue, webhook_queue
from bridge.oracle.backoffice import OracleBackoffice
from bridge.oracle.inbox import OracleInbox
from bridge.oracle.outbox import OracleOutbox
from bridge.oracle.overview import OracleOverview
from bridge.oracle.pool import Account, Database
from bridge.oracle.quota import OracleCallBook
from bridge.oracle.runs import OracleRuns
from bridge.ports import CallBook, Clock, Crm, Inbox, Outbox, PageSource
from bridge.settings import Settings
from bridge.web.app import WebServer
from bridge.web.dashboard import PageContext
from bridge.web.desk import ApiContext
from bridge.web.keys import Check, Health, WebhookContext
from bridge.web.overview import OverviewReader, QuotaFigures, Timeline
from bridge.web.signatures import HubSpotV3, PathToken, WebhookScheme

__all__ = [
    "Daemon",
    "account",
    "adapter",
    "api_context",
    "book",
    "check_api",
    "crm_client",
    "crm_policy",
    "pages",
    "quota_figures",
    "spotter",
]

# A fraction of the database's setting worker_live_seconds.
_HEARTBEAT_SECONDS = 10.0
_FIGURES_SECONDS = 60.0
_BOOK_SINCE = "0039"
_DAY_HEADER = "X-HubSpot-RateLimit-Daily-Remaining"


def account(settings: Settings) -> Account:
    """Return the daemon's way to log on."""
    database = settings.database
    return Account(
        dsn=database.connect_string,
        user=database.user,
        password=database.password.get_secret_value(),
        owner=database.owner,
        pool_size=database.pool_size,
        pool_reserved=min(database.pool_reserved, database.pool_size - 1),
        pool_wait_seconds=database.pool_wait_seconds,
        call_timeout_seconds=database.call_timeout_seconds,
        connect_timeout_seconds=database.connect_timeout_seconds,
    )


def crm_client(settings: Settings) -> CrmClient:
    """Return the HTTP client of the CRM."""
    crm = settings.crm
    token = crm.token.get_secret_value()
    return CrmClient(
        base_url=crm.url,
        headers={crm.token_header: f"Bearer {token}" if crm.adapter == "hubspot" else token},
        timeout_seconds=crm.timeout_seconds,
        connect_timeout_seconds=crm.connect_timeout_seconds,
        connections=settings.relay.slots + settings.relay.inbound_slots,
    )


def crm_policy(settings: Settings, client: CrmClient) -> CrmPolicy:
    """Return what every call goes through: one breaker, and the quota that all daemons share.

    No call is made before it has heard of the ``book``.
    """
    crm = settings.crm
    clock = SystemClock()
    day = None
    if crm.quota_day_calls is not None:
        day = DayBudget(
            crm.quota_day_calls,
            zone=ZoneInfo(crm.timezone),
            clock=clock,
            remaining_header=_DAY_HEADER,
        )
    is_hubspot = crm.adapter == "hubspot"
    return CrmPolicy(
        client,
        rules=HUBSPOT if is_hubspot else SPOTTER,
        quota_calls=crm.quota_calls,
        quota_seconds=crm.quota_seconds,
        breaker_failures=crm.breaker_failures,
        breaker_seconds=crm.breaker_seconds,
        clock=clock,
        probe=PROBE if is_hubspot else None,
        describe=describe if is_hubspot else None,
        more_quotas=SEARCHES if is_hubspot else None,
        day=day,
        waits_for_book=True,
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
            timezone=crm.timezone,
        )
    )


def company_mapper(settings: Settings) -> CompanyMapper:
    """Return the translation of fields for HubSpot; the forms of values are the same."""
    return CompanyMapper(mapper(settings).canonical)


def adapter(settings: Settings, policy: CrmPolicy, reps: SpotterReps | None = None) -> Crm:
    """Return the adapter that the settings choose; ``reps`` are for Spotter."""
    if settings.crm.adapter == "hubspot":
        return HubSpotCrm(policy, mapper=company_mapper(settings), phone_ddi=settings.crm.phone_ddi)
    return spotter(settings, policy, reps)


def sales_reps(settings: Settings, policy: CrmPolicy) -> SpotterReps | None:
    """Return the list of sales reps that the CRM knows; None where it has none."""
    crm = settings.crm
    if crm.adapter != "spotter":
        return None
    return SpotterReps(policy, key=crm.field_sales_rep, default=crm.sales_rep_default)


def spotter(settings: Settings, policy: CrmPolicy, reps: SpotterReps | None = None) -> SpotterCrm:
    """Return the adapter for Spotter."""
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
        max_read_batch=crm.max_read_batch,
        reps=reps or sales_reps(settings, policy),
    )


def pages(settings: Settings, policy: CrmPolicy, lane: Lane) -> SpotterPages:
    """Return what reads the CRM page by page.

    Raises:
        SettingsError: the adapter says that it cannot (``Capabilities.has_pages``).
    """
    crm = settings.crm
    if not adapter(settings, policy).capabilities.has_pages:
        raise SettingsError(
            f"the adapter {crm.adapter} does not read a CRM page by page, so that resync, validate and polling "
            "cannot be had; erpcrm diff compares the ERP with what was agreed"
        )
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


def persons_polled(settings: Settings, crm: Crm) -> PersonsPolled:
    """Return how polling comes to persons: as the setting says, else as the adapter does."""
    chosen = settings.relay.poll_persons
    if chosen != "auto":
        return PersonsPolled(chosen)
    covers = crm.capabilities.lead_time_covers_persons
    return PersonsPolled.WITH_LEAD if covers else PersonsPolled.IN_TURN


def api_context(settings: Settings, policy: CrmPolicy, database: Database) -> ApiContext | None:
    """Return what the kept routes need; None when nobody has a token to call them."""
    web, crm = settings.web, settings.crm
    if crm.adapter != "spotter":
        return None
    tokens = (web.api_token.get_secret_value(), web.api_token_previous.get_secret_value())
    if not any(tokens):
        return None
    return ApiContext(
        desk=SpotterDesk(policy, sales_rep_key=crm.field_sales_rep),
        leads=SpotterLeadDesk(
            policy,
            client_code_key=crm.field_client_code,
            custom_fields_on_create=crm.custom_fields_on_create,
        ),
        handover=SpotterHandover(
            policy,
            questions=parse_questions(crm.handover_questions),
            pause_seconds=crm.handover_pause_seconds,
            clock=SystemClock(),
        ),
        backoffice=OracleBackoffice(database),
        tokens=tuple(token.encode() for token in tokens if token),
        field_sales_rep=crm.field_sales_rep,
        field_tax_registration=crm.field_tax_registration,
        field_financial_analysis=crm.field_financial_analysis,
        exempt_tax_registration=crm.exempt_tax_registration,
        request_seconds=web.api_seconds,
    )


async def check_api(outbox: Outbox) -> int:
    """Return the API's version: this daemon's, the one before, or a newer one that serves it.

    Raises:
        SchemaIncompatible: the database serves only others than this daemon speaks.
    """
    version = await outbox.api_version()
    if version < OLDEST_API_VERSION:
        raise SchemaIncompatible(
            expected=API_VERSION, found=version, next_step="run erpcrm migrate of this release"
        )
    if version > API_VERSION and await outbox.oldest_api_version() > API_VERSION:
        raise SchemaIncompatible(
            expected=API_VERSION, found=version, next_step="install the daemon of that release"
        )
    return version


async def book(database: Database, *, worker_id: str) -> CallBook | None:
    """Return the quota as all daemons share it; None: the database is of the release before."""
    version = await OracleOutbox(database, worker_id=worker_id).schema_version()
    return OracleCallBook(database, worker_id=worker_id) if version >= _BOOK_SINCE else None


class Daemon:
    """The parts of ``erpcrm run``."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        crm: Crm,
        *,
        share: Callable[[int], None],
        refresh: Callable[[], Awaitable[None]],
        quota: Callable[[], QuotaFigures],
        pages: PageSource | None,
        api: ApiContext | None = None,
        catalogue: Catalogue | None = None,
    ) -> None:
        relay = settings.relay
        self._database = database
        self._crm = crm
        self._started = False
        self._metrics: Mapping[str, float] = {}
        self._metrics_at = -math.inf
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
        self.catalogue = CatalogueWatch(
            catalogue=catalogue,
            outbox=self.outbox,
            every_seconds=settings.crm.catalogue_seconds,
        )
        self.poller: Poller | None = None
        if pages is not None:
            self.poller = Poller(
                store=OracleRuns(database),
                pages=pages,
                worker_id=relay.worker_id,
                every_seconds=relay.poll_seconds,
                overlap_seconds=relay.poll_overlap_seconds,
                earlier=earlier,
                progress=self.board,
                persons=persons_polled(settings, crm),
                person_pages=relay.poll_person_pages,
            )
        self.share = QuotaShare(
            outbox=self.outbox,
            share=share,
            every_seconds=_HEARTBEAT_SECONDS,
            progress=self.board,
            refresh=refresh,
        )
        overview = OracleOverview(database)
        self.timeline = Timeline(overview, clock=clock)
        reader = OverviewReader(
            overview,
            timeline=self.timeline,
            quota=quota,
            worker_id=relay.worker_id,
            clock=clock,
        )
        self.web = WebServer(
            webhook_context=webhook_context(settings, crm, inbox, clock),
            health_source=Health(checks=self.checks, status=self.status),
            host=settings.web.host,
            port=settings.web.port,
            metrics_port=settings.web.metrics_port,
            api=api,
            pages=_page_context(settings, reader, can_edit=api is not None),
        )

    def mark_started(self) -> None:
        """Say that the worker is announced, which readiness waits for."""
        self._started = True

    async def status(self) -> Mapping[str, float]:
        """Return the metrics of the database."""
        self._metrics = await self.outbox.status()
        self._metrics_at = time.monotonic()
        return self._metrics

    async def _capture(self) -> Check:
        """Say what is wrong with the capture triggers; the daemon is as ready as before.

        The figures are those of the last scrape unless they are older than a minute.
        """
        if time.monotonic() - self._metrics_at > _FIGURES_SECONDS:
            try:
                await self.status()
            except DatabaseError as exc:
                return Check(name="capture", ok=True, detail=f"not known: {exc.code}")
        return Check(name="capture", ok=True, detail=capture_detail(self._metrics))

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
            await self._capture(),
        ]


def _page_context(
    settings: Settings, reader: OverviewReader, *, can_edit: bool
) -> PageContext | None:
    """Return what the overview page needs; None when nobody has a token to open it."""
    view_token = settings.web.view_token.get_secret_value()
    if not view_token and not can_edit:
        return None
    return PageContext(
        view_tokens=(view_token.encode(),) if view_token else (),
        overview=reader.read,
        can_edit=can_edit,
    )


def quota_figures(settings: Settings, policy: CrmPolicy) -> QuotaFigures:
    """Return how the quota stands."""
    return QuotaFigures(
        calls=settings.crm.quota_calls,
        seconds=settings.crm.quota_seconds,
        limit=policy.quota.limit,
        used=policy.quota.used,
        pause_seconds=policy.pause_seconds(),
    )


def webhook_context(settings: Settings, crm: Crm, inbox: Inbox, clock: Clock) -> WebhookContext:
    """Return what storing webhooks needs, as the adapter declares its CRM's webhooks."""
    web = settings.web
    can = crm.capabilities
    tokens = (web.token.get_secret_value(), web.token_previous.get_secret_value())
    reader = EventReader(company_mapper(settings), app_id=settings.crm.app_id)
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
        scheme=_scheme(can.webhook_scheme, settings, clock),
        read_events=reader.read if can.webhook_is_batch else None,
    )


def _scheme(name: str, settings: Settings, clock: Clock) -> WebhookScheme:
    web, crm = settings.web, settings.crm
    match name:
        case "path-token":
            tokens = (web.token.get_secret_value(), web.token_previous.get_secret_value())
            return PathToken([token.encode() for token in tokens if token])
        case "hubspot-v3":
            values = (crm.app_secret.get_secret_value(), crm.app_secret_previous.get_secret_value())
            return HubSpotV3(
                [value.encode() for value in values if value],
                public_url=web.public_url,
                clock=clock,
            )
        case _:
            raise SettingsError(f"no webhook scheme {name} is known")

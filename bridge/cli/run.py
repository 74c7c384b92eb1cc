"""``erpcrm run``: the daemon from start to end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

import structlog

from bridge import failpoints, logs
from bridge.cli import compose
from bridge.cli.advice import advice
from bridge.cli.notify import SystemdNotifier, watch_seconds
from bridge.core.supervisor import Part, Supervisor
from bridge.crm.policy import CrmPolicy
from bridge.domain.changes import Lane
from bridge.errors import AccessRefused, DatabaseError, DataRejected
from bridge.oracle.pool import Database
from bridge.settings import Settings

__all__ = ["run"]

_RETRY_CAP_SECONDS = 30.0
_ACCESS_RETRY_SECONDS = 120.0

log = structlog.get_logger(__name__)


def run(settings: Settings) -> bool:
    """Run the daemon until it is stopped; true when everything claimed was finished."""
    settings.require_daemon()
    logs.configure(
        level=settings.log.level,
        format_name=settings.log.format,
        pepper=settings.log.pepper.get_secret_value(),
    )
    failpoints.configure(os.environ.get("ERPCRM_FAILPOINT", ""))
    return asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> bool:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with (
        Database(compose.account(settings)) as database,
        compose.crm_client(settings) as client,
    ):
        policy = compose.crm_policy(settings, client)
        reps = compose.sales_reps(settings, policy)
        crm = compose.adapter(settings, policy, reps)
        pages = None
        if crm.capabilities.has_pages:
            pages = compose.pages(settings, policy, Lane.RECONCILE)
        elif settings.relay.poll_seconds:
            log.warning("poll_unavailable", adapter=settings.crm.adapter)
        daemon = compose.Daemon(
            settings,
            database,
            crm,
            share=policy.share,
            refresh=policy.refresh,
            quota=lambda: compose.quota_figures(settings, policy),
            pages=pages,
            api=compose.api_context(settings, policy, database),
            catalogue=reps,
        )
        # Webhooks are answered from the first moment on, with 503 while the database is away.
        await daemon.web.start()
        if not await _announce(daemon, settings, stop, database, policy):
            daemon.web.stop()
            await daemon.web.run()
            return True
        supervisor = _supervisor(daemon, settings)
        watcher = asyncio.create_task(_stop_on(stop, supervisor), name="signals")
        try:
            await supervisor.run()
        except ExceptionGroup:
            # Logged where it happened; a traceback would quote data.
            return False
        finally:
            watcher.cancel()
            with contextlib.suppress(DatabaseError):
                await policy.give_back()
        log.info("bridge_stopped", drained=supervisor.drained)
        return supervisor.drained


async def _stop_on(stop: asyncio.Event, supervisor: Supervisor) -> None:
    await stop.wait()
    supervisor.stop()


def _supervisor(daemon: compose.Daemon, settings: Settings) -> Supervisor:
    outbound, inbound, poller = daemon.outbound.loop, daemon.inbound.loop, daemon.poller
    return Supervisor(
        [
            Part(name="web", run=daemon.web.run, stop=daemon.web.stop),
            Part(name="outbound", run=outbound.run, stop=outbound.stop),
            Part(name="inbound", run=inbound.run, stop=inbound.stop),
            Part(name="heartbeat", run=daemon.share.run, stop=daemon.share.stop),
            Part(name="timeline", run=daemon.timeline.run, stop=daemon.timeline.stop),
            Part(name="reconcile", run=daemon.feeder.run, stop=daemon.feeder.stop),
            Part(name="catalogue", run=daemon.catalogue.run, stop=daemon.catalogue.stop),
            *([Part(name="poll", run=poller.run, stop=poller.stop)] if poller else ()),
        ],
        board=daemon.board,
        notifier=SystemdNotifier(),
        drain_seconds=settings.relay.drain_seconds,
        watch_seconds=watch_seconds(),
        summary=lambda: {"address": daemon.web.addresses, "worker": settings.relay.worker_id},
    )


async def _announce(
    daemon: compose.Daemon,
    settings: Settings,
    stop: asyncio.Event,
    database: Database,
    policy: CrmPolicy,
) -> bool:
    """Check the API and announce the worker, once the database lets us; false when stopped."""
    failures = 0
    while not stop.is_set():
        try:
            version = await compose.check_api(daemon.outbox)
            await policy.use_book(await compose.book(database, worker_id=settings.relay.worker_id))
            released = await daemon.outbox.begin_worker()
            metrics = await daemon.status()
        except DataRejected:
            raise
        except DatabaseError as exc:
            failures += 1
            delay = min(_RETRY_CAP_SECONDS, 0.5 * 2.0 ** min(failures, 10))
            if isinstance(exc, AccessRefused):
                delay = _ACCESS_RETRY_SECONDS
            log.warning(
                "component_failed",
                component="start",
                code=exc.code,
                statement=exc.statement,
                delay=delay,
                **({"advice": exc.advice} if exc.advice else {}),
            )
            try:
                async with asyncio.timeout(delay):
                    await stop.wait()
            except TimeoutError:
                continue
            return False
        log.info(
            "worker_registered",
            worker=settings.relay.worker_id,
            released=released,
            api_version=version,
        )
        for text in advice(metrics):
            log.warning("setting_missing", advice=text)
        daemon.mark_started()
        return True
    return False

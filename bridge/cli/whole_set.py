"""What ``erpcrm resync`` and ``erpcrm validate`` share: working on a run, and showing it."""

from __future__ import annotations

import asyncio
import enum
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from typing import Annotated, Any, TypeVar

import typer

from bridge import failpoints, logs
from bridge.cli import compose, desk, render
from bridge.cli.exits import Exit
from bridge.clock import SystemClock
from bridge.core.runs import WholeSetRun
from bridge.core.share import QuotaShare
from bridge.crm.policy import CrmPolicy
from bridge.domain.changes import Lane, ReasonClass
from bridge.domain.runs import Entity, Run, RunEnd, RunKind
from bridge.errors import (
    BridgeError,
    CrmError,
    CrmPaused,
    CrmRefused,
    DatabaseError,
    RunError,
    SettingsError,
)
from bridge.oracle.outbox import OracleOutbox
from bridge.oracle.pool import Database
from bridge.oracle.runs import OracleRuns, RunRow
from bridge.settings import Settings

__all__ = [
    "EntityChoice",
    "EntityOption",
    "Restart",
    "Resume",
    "end_code",
    "mode_of",
    "pause",
    "show_runs",
    "totals_row",
    "uncompared",
    "with_runs",
    "work_on",
]

_T = TypeVar("_T")

_HEARTBEAT_SECONDS = 10.0
_END_SECONDS = 10.0
_NEVER_COMPARED = (
    "proposals, sales, contacts that were never sent, of LEADS all but the stage, and CONTACTS, "
    "because no part of this command reads them"
)
_LANES = {RunKind.RESYNC: Lane.BACKFILL, RunKind.VALIDATE: Lane.RECONCILE}


class EntityChoice(enum.Enum):
    """What is read."""

    LEADS = "leads"
    CONTACTS = "contacts"
    ALL = "all"

    @property
    def entity(self) -> Entity:
        """The same for the database."""
        return Entity(self.name)


EntityOption = Annotated[
    EntityChoice,
    typer.Option("--entity", help="What is read; contacts only when send_steps is on."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the run that is open.")]
Restart = Annotated[
    bool, typer.Option("--restart", help="Give the open run up and begin a new one.")
]


def mode_of(*, resume: bool, restart: bool) -> str:
    """Return how a run is opened."""
    if resume and restart:
        raise typer.BadParameter("give --resume or --restart, not both")
    return "RESUME" if resume else "RESTART" if restart else "NEW"


@asynccontextmanager
async def _runs(settings: Settings) -> AsyncIterator[tuple[Database, OracleRuns]]:
    async with Database(compose.account(settings)) as database:
        await compose.check_api(OracleOutbox(database, worker_id=settings.relay.worker_id))
        yield database, OracleRuns(database)


def with_runs(settings: Settings, work: Callable[[OracleRuns], Coroutine[Any, Any, _T]]) -> _T:
    """Run something as the daemon's user, after the check of versions."""

    async def session() -> _T:
        async with _runs(settings) as (_, runs):
            return await work(runs)

    return asyncio.run(session())


def work_on(
    settings: Settings, kind: RunKind, *, entity: Entity, mode: str, by: str | None, quiet: bool
) -> tuple[RunEnd, RunRow, bool]:
    """Open a run and work on it until it ends or is paused; returns how, the run, and whether
    contacts take part.

    Raises:
        BridgeError: saying how to go on.
    """
    if not settings.crm.url or not settings.crm.token.get_secret_value():
        raise SettingsError("not set: ERPCRM_CRM__URL, ERPCRM_CRM__TOKEN")
    logs.configure(
        level="ERROR" if not quiet else settings.log.level,
        format_name=settings.log.format,
        pepper=settings.log.pepper.get_secret_value(),
    )
    failpoints.configure(os.environ.get("ERPCRM_FAILPOINT", ""))
    return asyncio.run(_work(settings, kind, entity=entity, mode=mode, by=by, quiet=quiet))


async def _work(
    settings: Settings, kind: RunKind, *, entity: Entity, mode: str, by: str | None, quiet: bool
) -> tuple[RunEnd, RunRow, bool]:
    async with AsyncExitStack() as stack:
        policy = compose.crm_policy(
            settings, await stack.enter_async_context(compose.crm_client(settings))
        )
        # An adapter that does not read page by page says so before a run is opened.
        pages = compose.pages(settings, policy, _LANES[kind])
        database, runs = await stack.enter_async_context(_runs(settings))
        name = f"{kind.value.lower()}@{socket.gethostname()}"[:64]
        share = QuotaShare(
            outbox=OracleOutbox(database, worker_id=name),
            share=policy.share,
            every_seconds=_HEARTBEAT_SECONDS,
            progress=_NoBoard(),
        )
        await _see_the_crm(policy, _LANES[kind], settings.crm.url)
        run = await runs.open(kind, entity, mode=mode, by=by or desk.operator_name())
        with render.RunBar(quiet=quiet) as bar:
            if run.position:
                bar.note(f"run {run.run_id} goes on with: {run.position.get('part')}")
            job = WholeSetRun(
                run,
                store=runs,
                pages=pages,
                progress=bar,
                clock=SystemClock(),
            )
            # The daemons that live give us a part of the quota, and get it back a minute later.
            beat = asyncio.create_task(share.run(), name="heartbeat")
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, job.stop)
            try:
                end = await job.run()
            except (RunError, CrmError, DatabaseError) as exc:
                raise BridgeError(_advice(kind, run, exc)) from exc
            finally:
                share.stop()
                await asyncio.wait({beat}, timeout=_END_SECONDS)
                beat.cancel()
        (row,) = await runs.runs(run_id=run.run_id)
        return end, row, run.has_contacts


async def _see_the_crm(policy: CrmPolicy, lane: Lane, url: str) -> None:
    """Say at once that the CRM is not there; a run that has begun waits for it."""
    try:
        await policy.look(lane)
    except CrmPaused:
        return  # it was there, and asked for patience
    except CrmRefused as exc:
        if exc.reason_class == ReasonClass.RATE_LIMITED.value:
            return
        raise BridgeError(f"the CRM at {url} refuses: {exc}\nnothing was compared") from exc
    except CrmError as exc:
        raise BridgeError(f"the CRM at {url} does not answer: {exc}\nnothing was compared") from exc


def _advice(kind: RunKind, run: Run, exc: BridgeError) -> str:
    return (
        f"run {run.run_id} stopped: {exc}\n"
        f"nothing is lost; erpcrm {kind.value.lower()} --resume goes on where it stopped"
    )


class _NoBoard:
    """Nobody watches this process but the person who started it."""

    def mark(self, part: str) -> None:
        """Do nothing."""


def pause(settings: Settings, kind: RunKind, *, as_json: bool) -> None:
    """Ask the process that works on a run to pause before its next page."""
    asked = with_runs(settings, lambda runs: runs.ask_pause(kind))
    if as_json:
        render.emit_json({"asked": asked})
        return
    name = kind.value.lower()
    render.say(
        f"asked to pause; erpcrm {name} --resume goes on later"
        if asked
        else f"no {name} is running"
    )


def show_runs(settings: Settings, kind: RunKind, *, limit: int, as_json: bool) -> None:
    """Show the newest runs of a kind."""
    rows = with_runs(settings, lambda runs: runs.runs(kind=kind, limit=limit))
    if as_json:
        render.emit_json([asdict(row) for row in rows])
        return
    columns = (
        "run", "what", "status", "read", "equal", "different", "applied", "left", "open", "progress",
    )  # fmt: skip
    render.table("Runs", columns, [_cells(row) for row in rows])


def _cells(row: RunRow) -> tuple[object, ...]:
    status = "PAUSING" if row.is_pause_wanted == "S" else row.status
    return (
        row.run_id,
        row.entity.lower(),
        status,
        row.records_read,
        row.records_equal,
        row.records_different,
        row.records_applied,
        row.records_left,
        row.findings_open,
        row.last_progress_on.isoformat(" ", "seconds"),
    )


def totals_row(row: RunRow) -> list[tuple[str, int]]:
    """Return the totals of a run for a table."""
    return [
        ("read", row.records_read),
        ("equal", row.records_equal),
        ("different", row.records_different),
        ("applied from the page", row.records_applied),
        ("left to the live flow", row.records_left),
        ("busy", row.records_busy),
        ("outside", row.records_outside),
        ("findings open", row.findings_open),
    ]


def uncompared(row: RunRow, *, has_contacts: bool) -> list[str]:
    """What a validation did not compare, one line each: its verdict does not speak of it."""
    entity = Entity(row.entity)
    lines = [_NEVER_COMPARED]
    if row.records_busy:
        lines.append(
            f"up to {row.records_busy}, because they were at work when they were looked at"
        )
    if row.records_outside:
        lines.append(
            f"{row.records_outside}, because they take no part or their news does not come in by rule"
        )
    if entity is Entity.LEADS:
        lines.append("contacts, because only leads were asked for")
    elif not has_contacts:
        lines.append("contacts, because the setting send_steps is off")
    if entity is Entity.CONTACTS:
        lines.append("leads, because only contacts were asked for")
    return lines


def end_code(end: RunEnd, kind: RunKind) -> None:
    """Leave with the exit code of a pause, if it was one."""
    if end is RunEnd.PAUSED:
        render.note(f"paused; erpcrm {kind.value.lower()} --resume goes on")
        raise typer.Exit(Exit.PAUSED)

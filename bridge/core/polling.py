"""Polling where webhooks fail: leads that changed lately are read, and what differs becomes a hint.

The watermark is the CRM's own time of the newest change seen, so no clocks are compared; each round
reads some seconds before it again. It moves only when everything up to it is committed.

A CRM that ignores the filter, or does not take it, is read completely instead, one page a round; then
the filter is tried again.

Persons are read with the leads that changed, where the CRM moves the time of a lead with its persons.
Elsewhere nothing tells which of them changed: all are read in turn, some pages a round, and their
place is kept beside the watermark.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import structlog

from bridge import metrics
from bridge.domain.changes import ReasonClass
from bridge.domain.runs import Cursor, Entity, Page, PersonsPolled, Run, Totals
from bridge.errors import CrmError, CrmRefused, DatabaseError, RunLost
from bridge.ports import PageSource, Progress, RunStore

__all__ = ["Poller"]

_T = TypeVar("_T")

_MARK_SECONDS = 5.0
# Where in the position the persons are that are read in turn.
_PERSONS = "persons"

log = structlog.get_logger(__name__)


class Poller:
    """Reads what changed, every ``every_seconds`` in one of the daemons, until stopped."""

    def __init__(
        self,
        *,
        store: RunStore,
        pages: PageSource,
        worker_id: str,
        every_seconds: float,
        overlap_seconds: float,
        earlier: Callable[[str, float], str],
        progress: Progress,
        persons: PersonsPolled = PersonsPolled.NEVER,
        person_pages: int = 1,
    ) -> None:
        self._store = store
        self._pages = pages
        self._worker_id = worker_id
        self._every_seconds = every_seconds
        self._overlap_seconds = overlap_seconds
        self._earlier = earlier
        self._progress = progress
        self._persons = persons
        self._person_pages = person_pages
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End after the page that is under way."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until stopped; with ``every_seconds`` 0 there is nothing to do."""
        while not self._stopping.is_set():
            await self._pause()
            if self._every_seconds > 0 and not self._stopping.is_set():
                await self.round()

    async def round(self) -> None:
        """Do one round, whatever happens."""
        try:
            # A little less than the period, or two daemons would share every second round.
            run = await self._store.take_poll(
                every_seconds=0.9 * self._every_seconds, by=self._worker_id
            )
            if run is None:
                return
            by_time = self._pages.can_filter_by_time and not run.position.get("rolling")
            position = await (self._changed(run) if by_time else self._rolling(run))
            # Without the times of leads nothing tells of their persons either.
            if self._persons is PersonsPolled.IN_TURN or (
                self._persons is PersonsPolled.WITH_LEAD and not by_time
            ):
                await self._persons_in_turn(run, position)
        except RunLost:
            log.warning("poll_lost")
        except DatabaseError as exc:
            log.warning(
                "component_failed", component="poll", code=exc.code, statement=exc.statement
            )
        except CrmError as exc:
            log.warning("component_failed", component="poll", code=type(exc).__name__)

    # ----------------------------------------------------------------- what changed

    async def _changed(self, run: Run) -> Mapping[str, Any]:
        """Read what changed; returns where the leads are then."""
        since = run.position.get("since")
        if since is None:
            await self._store.begin_page(run)
            newest = await self._alive(self._pages.newest_change())
            return await self._finish(run, {"since": newest}, Totals())
        start = self._earlier(since, self._overlap_seconds)
        newest, read = since, 0
        position: Mapping[str, Any] = {"since": since}
        cursor: Cursor | None = Cursor()
        while cursor is not None and not self._stopping.is_set():
            mark, _ = await self._store.begin_page(run)
            try:
                page = await self._alive(self._pages.read(Entity.LEADS, cursor, since=start))
            except CrmRefused as exc:
                if exc.reason_class != ReasonClass.VALIDATION.value:
                    raise
                return await self._give_up_filter(run, "refused")
            if not page.is_filtered:
                return await self._give_up_filter(run, "ignored")
            newest, read = max(newest, page.newest or newest), read + len(page.rows)
            cursor = page.following
            totals = Totals()
            if self._persons is PersonsPolled.WITH_LEAD and page.rows:
                # Before the watermark moves past these leads.
                totals = await self._persons_of(run, page)
            position = {"since": newest if cursor is None else since}
            position = await self._store_page(run, mark, page, position, totals)
        if not read:
            return await self._check_empty(run, since, position)
        return position

    async def _persons_of(self, run: Run, leads: Page) -> Totals:
        """Compare the persons of the leads of a page; they count with the page."""
        mark, _ = await self._store.begin_page(run)
        crm_ids = [int(row["crm_id"]) for row in leads.rows]
        page = await self._alive(self._pages.persons_of(crm_ids))
        return await self._compare(run, Entity.CONTACTS, mark, page)

    async def _check_empty(
        self, run: Run, since: str, position: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The newest change itself should have come again, unless its lead is gone."""
        newest = await self._alive(self._pages.newest_change())
        if newest is not None and newest >= since:
            return await self._give_up_filter(run, "wrong")
        return position

    async def _give_up_filter(self, run: Run, reason: str) -> Mapping[str, Any]:
        log.warning("poll_filter_unusable", reason=reason)
        position = {"rolling": True, "since": run.position["since"]}
        return await self._finish(run, position, Totals())

    # ----------------------------------------------------------------- everything, in turn

    async def _rolling(self, run: Run) -> Mapping[str, Any]:
        """Read the next page of all leads; returns where the leads are then."""
        cursor = Cursor.of(run.position)
        mark, _ = await self._store.begin_page(run)
        page = await self._alive(self._pages.read(Entity.LEADS, cursor))
        # The watermark stays: once everything was read the filter is tried again, from there.
        position = {"since": since} if (since := run.position.get("since")) else {}
        if page.following is not None:
            position |= page.following.as_data()
            if run.position.get("rolling"):
                position["rolling"] = True
        return await self._store_page(run, mark, page, position, Totals())

    async def _persons_in_turn(self, run: Run, position: Mapping[str, Any]) -> None:
        """Read the next pages of all persons; after the last one they begin anew, in a later round."""
        leads = {name: value for name, value in position.items() if name != _PERSONS}
        cursor: Cursor | None = Cursor.of(run.position.get(_PERSONS) or {})
        pages = 0
        while cursor is not None and pages < self._person_pages and not self._stopping.is_set():
            mark, _ = await self._store.begin_page(run)
            page = await self._alive(self._pages.read(Entity.CONTACTS, cursor))
            totals = await self._compare(run, Entity.CONTACTS, mark, page)
            cursor, pages = page.following, pages + 1
            persons = {_PERSONS: cursor.as_data()} if cursor is not None else {}
            await self._store.finish_page(run, {**leads, **persons}, totals)

    # ----------------------------------------------------------------- steps

    async def _store_page(
        self, run: Run, mark: str, page: Page, position: Mapping[str, Any], totals: Totals
    ) -> Mapping[str, Any]:
        totals.add(await self._compare(run, Entity.LEADS, mark, page))
        return await self._finish(run, position, totals)

    async def _compare(self, run: Run, entity: Entity, mark: str, page: Page) -> Totals:
        result = await self._store.store_page(run, entity, mark, page.rows)
        metrics.POLLED.inc(len(page.rows))
        if result.left:
            metrics.POLL_HINTS.inc(result.left)
            log.info(
                "poll_found", count=result.left, read=len(page.rows), entity=entity.value.lower()
            )
        return Totals(
            read=len(page.rows),
            equal=result.equal,
            busy=result.busy,
            outside=result.outside,
            different=result.different,
            left=result.left,
        )

    async def _finish(
        self, run: Run, position: Mapping[str, Any], totals: Totals
    ) -> Mapping[str, Any]:
        """Move the leads; the place of the persons stays. Returns the whole position."""
        kept = run.position.get(_PERSONS)
        whole = {**position, _PERSONS: kept} if kept else dict(position)
        await self._store.finish_page(run, whole, totals)
        return whole

    async def _alive(self, work: Awaitable[_T]) -> _T:
        """Wait for the CRM, saying meanwhile that this part lives: its lane may wait for long."""
        task = asyncio.ensure_future(work)
        try:
            while not task.done():
                self._progress.mark("poll")
                await asyncio.wait({task}, timeout=_MARK_SECONDS)
            return task.result()
        finally:
            task.cancel()

    async def _pause(self) -> None:
        # Some seconds at a time, so that the watchdog sees the part alive.
        left = self._every_seconds or _MARK_SECONDS
        while left > 0 and not self._stopping.is_set():
            self._progress.mark("poll")
            step = min(left, _MARK_SECONDS)
            left -= step
            try:
                async with asyncio.timeout(step):
                    await self._stopping.wait()
            except TimeoutError:
                continue

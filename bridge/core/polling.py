"""Polling where webhooks fail: leads that changed lately are read, and what differs becomes a hint.

The watermark is the CRM's own time of the newest change seen, so no clocks are compared; each round
reads some seconds before it again. It moves only when everything up to it is committed.

A CRM that ignores the filter, or does not take it, is read completely instead, one page a round; then
the filter is tried again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog

from bridge import metrics
from bridge.domain.changes import ReasonClass
from bridge.domain.runs import Cursor, Entity, Page, Run, Totals
from bridge.errors import CrmError, CrmRefused, DatabaseError, RunLost
from bridge.ports import PageSource, Progress, RunStore

__all__ = ["Poller"]

_T = TypeVar("_T")

_MARK_SECONDS = 5.0

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
    ) -> None:
        self._store = store
        self._pages = pages
        self._worker_id = worker_id
        self._every_seconds = every_seconds
        self._overlap_seconds = overlap_seconds
        self._earlier = earlier
        self._progress = progress
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
            if self._pages.can_filter_by_time and not run.position.get("rolling"):
                await self._changed(run)
            else:
                await self._rolling(run)
        except RunLost:
            log.warning("poll_lost")
        except DatabaseError as exc:
            log.warning(
                "component_failed", component="poll", code=exc.code, statement=exc.statement
            )
        except CrmError as exc:
            log.warning("component_failed", component="poll", code=type(exc).__name__)

    # ----------------------------------------------------------------- what changed

    async def _changed(self, run: Run) -> None:
        since = run.position.get("since")
        if since is None:
            await self._store.begin_page(run)
            newest = await self._alive(self._pages.newest_change())
            await self._finish(run, {"since": newest}, Totals())
            return
        start = self._earlier(since, self._overlap_seconds)
        newest, read = since, 0
        cursor: Cursor | None = Cursor()
        while cursor is not None and not self._stopping.is_set():
            mark, _ = await self._store.begin_page(run)
            try:
                page = await self._alive(self._pages.read(Entity.LEADS, cursor, since=start))
            except CrmRefused as exc:
                if exc.reason_class != ReasonClass.VALIDATION.value:
                    raise
                await self._give_up_filter(run, "refused")
                return
            if not page.is_filtered:
                await self._give_up_filter(run, "ignored")
                return
            newest, read = max(newest, page.newest or newest), read + len(page.rows)
            cursor = page.following
            position = {"since": newest if cursor is None else since}
            await self._store_page(run, mark, page, position)
        if not read:
            await self._check_empty(run, since)

    async def _check_empty(self, run: Run, since: str) -> None:
        """The newest change itself should have come again, unless its lead is gone."""
        newest = await self._alive(self._pages.newest_change())
        if newest is not None and newest >= since:
            await self._give_up_filter(run, "wrong")

    async def _give_up_filter(self, run: Run, reason: str) -> None:
        log.warning("poll_filter_unusable", reason=reason)
        position = {"rolling": True, "since": run.position["since"]}
        await self._finish(run, position, Totals())

    # ----------------------------------------------------------------- everything, in turn

    async def _rolling(self, run: Run) -> None:
        cursor = Cursor.of(run.position)
        mark, _ = await self._store.begin_page(run)
        page = await self._alive(self._pages.read(Entity.LEADS, cursor))
        # The watermark stays: once everything was read the filter is tried again, from there.
        position = {"since": since} if (since := run.position.get("since")) else {}
        if page.following is not None:
            position |= page.following.as_data()
            if run.position.get("rolling"):
                position["rolling"] = True
        await self._store_page(run, mark, page, position)

    # ----------------------------------------------------------------- steps

    async def _store_page(self, run: Run, mark: str, page: Page, position: dict[str, Any]) -> None:
        result = await self._store.store_page(run, Entity.LEADS, mark, page.rows)
        totals = Totals(
            read=len(page.rows),
            equal=result.equal,
            busy=result.busy,
            outside=result.outside,
            different=result.different,
            left=result.left,
        )
        await self._finish(run, position, totals)
        metrics.POLLED.inc(len(page.rows))
        if result.left:
            metrics.POLL_HINTS.inc(result.left)
            log.info("poll_found", count=result.left, read=len(page.rows))

    async def _finish(self, run: Run, position: dict[str, Any], totals: Totals) -> None:
        await self._store.finish_page(run, position, totals)

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

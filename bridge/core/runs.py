"""A run over the whole set: page after page, then what no page showed, then the end.

While a page is compared in the database the next one is read, so that the quota is never waited for
in vain. A page counts when ``finish_page`` has committed; a process that dies there leaves a run
that another one resumes with this page.

Absence from the pages means nothing: what the ERP knows and no page showed is looked up by its id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final, TypeVar

import structlog

from bridge.domain.changes import ReasonClass
from bridge.domain.runs import Cursor, Entity, Page, Run, RunEnd, Totals
from bridge.errors import CrmError, CrmPaused, CrmRefused, DataRejected, RunStuck
from bridge.ports import Clock, PageSource, RunProgress, RunStore

__all__ = ["WholeSetRun"]

_T = TypeVar("_T")

_LOOK_UP = 100
_CLIENTS = 1000  # of a piece; some thousand branches are compared in a second or two
_TRIES = 8
_PATIENCE_SECONDS = 600.0
_MAX_DELAY_SECONDS = 60.0
_PASSING: Final = frozenset({ReasonClass.TRANSIENT.value, ReasonClass.RATE_LIMITED.value})
_PARTS: Final[Mapping[Entity, tuple[str, ...]]] = {
    Entity.LEADS: ("leads", "unseen leads", "unsent"),
    Entity.CONTACTS: ("contacts", "unseen contacts"),
    Entity.ALL: ("leads", "unseen leads", "unsent", "contacts", "unseen contacts"),
}

log = structlog.get_logger(__name__)


class _Stopped(Exception):
    """The run shall pause here."""


class WholeSetRun:
    """Works on an open run until it is done, paused or stuck."""

    def __init__(
        self,
        run: Run,
        *,
        store: RunStore,
        pages: PageSource,
        progress: RunProgress,
        clock: Clock,
    ) -> None:
        self._run = run
        self._store = store
        self._pages = pages
        self._progress = progress
        self._clock = clock
        self._stop = asyncio.Event()
        self.totals = Totals()

    def stop(self) -> None:
        """Pause before the next page; calling it again changes nothing."""
        self._stop.set()

    async def run(self) -> RunEnd:
        """Work through what is left of the run.

        Raises:
            RunLost: another process has taken the run over.
            RunStuck: the CRM does not answer; the run can be resumed.
            DatabaseError: likewise.
        """
        parts = _PARTS[self._run.entity]
        position = self._run.position
        first = parts.index(position["part"]) if position else 0
        try:
            for part in parts[first:]:
                if part.endswith("contacts") and not self._run.has_contacts:
                    self._progress.note("contacts take no part: the setting send_steps is off")
                    continue
                cursor = Cursor.of(position) if part == position.get("part") else Cursor()
                await self._work(part, cursor)
        except _Stopped:
            await self._store.end(self._run, RunEnd.PAUSED)
            return RunEnd.PAUSED
        await self._store.end(self._run, RunEnd.DONE)
        return RunEnd.DONE

    async def _work(self, part: str, cursor: Cursor) -> None:
        match part:
            case "leads":
                await self._read(part, Entity.LEADS, cursor)
            case "contacts":
                await self._read(part, Entity.CONTACTS, cursor)
            case "unseen leads":
                await self._look_up(part, Entity.LEADS, cursor)
            case "unseen contacts":
                await self._look_up(part, Entity.CONTACTS, cursor)
            case _:
                await self._look_for_unsent(part, cursor)

    # ----------------------------------------------------------------- pages

    async def _read(self, part: str, entity: Entity, cursor: Cursor) -> None:
        following: Cursor | None = cursor
        ahead = self._begin_read(entity, cursor)
        is_first = True
        try:
            while following is not None:
                mark, page = await ahead
                if is_first:
                    self._progress.begin(part, total=page.total)
                    is_first = False
                following = page.following
                if following is not None:
                    ahead = self._begin_read(entity, following)
                await self._store_page(part, entity, mark, page)
        finally:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)

    def _begin_read(self, entity: Entity, cursor: Cursor) -> asyncio.Task[tuple[str, Page]]:
        async def read() -> tuple[str, Page]:
            mark = await self._mark()
            page = await self._patiently(partial(self._pages.read, entity, cursor))
            return mark, page

        return asyncio.create_task(read(), name="read-page")

    async def _store_page(self, part: str, entity: Entity, mark: str, page: Page) -> None:
        result = await self._store.store_page(self._run, entity, mark, page.rows)
        totals = Totals(
            read=len(page.rows),
            equal=result.equal,
            busy=result.busy,
            outside=result.outside,
            different=result.different,
            left=result.left,
        )
        for row in page.rows if result.to_apply else ():
            if row["crm_id"] in result.to_apply:
                if await self._apply(mark, row):
                    totals.applied += 1
                else:
                    totals.left += 1
        await self._finish(part, page.following, totals)

    async def _apply(self, mark: str, row: Mapping[str, Any]) -> bool:
        """Apply one lead; what the database does not take concerns this lead alone."""
        try:
            return await self._store.apply_lead(self._run, mark, row)
        except DataRejected as exc:
            log.warning("run_lead_rejected", crm_id=row["crm_id"], code=exc.code)
            await self._store.leave_lead(self._run, row["crm_id"])
            return False

    # ----------------------------------------------------------------- second look

    async def _look_up(self, part: str, entity: Entity, cursor: Cursor) -> None:
        after = cursor.after
        is_first = True
        while True:
            mark = await self._mark()
            ids = await self._store.find_unseen(self._run, entity, after=after, limit=_LOOK_UP)
            if not ids:
                return
            if is_first:
                self._progress.begin(part, total=None)
                is_first = False
            page = await self._patiently(partial(self._pages.look_up, entity, ids))
            name = "person_id" if entity is Entity.CONTACTS else "crm_id"
            found = {row[name] for row in page.rows}
            missing = [number for number in ids if number not in found]
            if missing:
                count = await self._store.note_missing(self._run, entity, missing)
                self._progress.note(f"the CRM does not have {count} of {len(ids)} looked up by id")
            after = ids[-1]
            await self._store_page(
                part,
                entity,
                mark,
                Page(rows=page.rows, following=Cursor(after=after)),
            )

    async def _look_for_unsent(self, part: str, cursor: Cursor) -> None:
        found = 0
        following: int | None = cursor.after
        while following is not None:
            await self._mark()
            count, following = await self._store.look_for_unsent(
                self._run, after=following, limit=_CLIENTS
            )
            found += count
            if following is not None:
                await self._finish(part, Cursor(after=following), Totals())
        if found:
            self._progress.note(f"branches without a lead: {found}")

    # ----------------------------------------------------------------- steps

    async def _finish(self, part: str, following: Cursor | None, totals: Totals) -> None:
        parts = _PARTS[self._run.entity]
        if following is None:
            is_last = part == parts[-1]
            part = part if is_last else parts[parts.index(part) + 1]
            following = Cursor(after=2**62) if is_last else Cursor()
        await self._store.finish_page(self._run, {"part": part, **following.as_data()}, totals)
        self.totals.add(totals)
        self._progress.advance(totals)

    async def _mark(self) -> str:
        if self._stop.is_set():
            raise _Stopped
        mark, is_pause_wanted = await self._store.begin_page(self._run)
        if is_pause_wanted:
            raise _Stopped
        return mark

    async def _patiently(self, read: Callable[[], Awaitable[_T]]) -> _T:
        """Read, again while the CRM is away; a stop ends the wait."""
        given_up_at = self._clock.monotonic() + _PATIENCE_SECONDS
        tries = 0
        while True:
            try:
                return await self._unless_stopped(read())
            except CrmPaused as exc:
                error: CrmError = exc
                delay = exc.seconds
            except CrmRefused as exc:
                if exc.reason_class not in _PASSING:
                    raise RunStuck(f"the CRM refuses to be read page by page: {exc}") from exc
                error = exc
                delay = exc.retry_after or 2.0**tries
            except CrmError as exc:
                error = exc
                delay = 2.0**tries
            tries += not isinstance(error, CrmPaused)
            if tries >= _TRIES or self._clock.monotonic() >= given_up_at:
                raise RunStuck(f"the CRM does not answer: {error}") from error
            delay = min(delay, _MAX_DELAY_SECONDS)
            self._progress.note(f"trying again in {delay:,.0f} s: {error}")
            await self._unless_stopped(self._clock.sleep(delay))

    async def _unless_stopped(self, work: Awaitable[_T]) -> _T:
        task = asyncio.ensure_future(work)
        stop = asyncio.create_task(self._stop.wait(), name="stop")
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise _Stopped
            return task.result()
        finally:
            stop.cancel()
            if not task.done():
                task.cancel()
            await asyncio.gather(stop, task, return_exceptions=True)

"""Takes claimed work from a queue and handles it in parallel slots.

Serial per key is the database's doing: it leases a record to one holder at a time, so a claim never
returns a key that is still in a slot. What this module adds is promptness: a change that was
committed while its record was in a slot has spent its wake-up, so the slot claims again as soon as
it is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

from bridge.errors import AccessRefused, DatabaseError, SchemaMismatch
from bridge.ports import Clock, Progress, WorkQueue

__all__ = ["SlotLoop"]

Item = TypeVar("Item")

_MAX_PAUSE_SECONDS = 5.0
_BACKOFF_BASE_SECONDS = 0.5
_BACKOFF_CAP_SECONDS = 30.0
# A wrong password tried every few seconds locks the account.
_ACCESS_BACKOFF_SECONDS = 120.0

log = structlog.get_logger(__name__)


class SlotLoop(Generic[Item]):
    """Runs ``handle`` for each item, ``slots`` at a time."""

    def __init__(
        self,
        name: str,
        *,
        queue: WorkQueue[Item],
        handle: Callable[[Item], Awaitable[None]],
        key: Callable[[Item], str],
        slots: int,
        wait_seconds: int,
        pause_seconds: Callable[[], float],
        clock: Clock,
        progress: Progress,
    ) -> None:
        self._name = name
        self._queue = queue
        self._handle = handle
        self._key = key
        self._slots = slots
        self._wait_seconds = wait_seconds
        self._pause_seconds = pause_seconds
        self._clock = clock
        self._progress = progress
        self._busy = 0
        self._changed = asyncio.Event()
        self._in_flight: set[str] = set()
        self._failures = 0
        self._missed: set[str] = set()  # keys that were woken while in flight
        self._stopping = asyncio.Event()
        self._taking: asyncio.Task[None] | None = None

    @property
    def in_flight(self) -> int:
        """Items being handled now."""
        return self._busy

    @property
    def is_failing(self) -> bool:
        """Whether the last attempt to take work failed."""
        return self._failures > 0

    def stop(self) -> None:
        """Take nothing more; items in the slots are finished."""
        self._stopping.set()
        self._changed.set()
        if self._taking is not None:
            self._taking.cancel()

    async def run(self) -> None:
        """Work until stopped, then wait for the slots."""
        async with asyncio.TaskGroup() as group:
            self._taking = group.create_task(self._take_all(group), name=f"{self._name}-take")
        await self._queue.close()

    async def _take_all(self, group: asyncio.TaskGroup) -> None:
        wait = 0  # the first round looks for what an earlier process has left
        backlog = False
        while not self._stopping.is_set():
            self._progress.mark(self._name)
            pause = self._pause_seconds()
            if pause > 0:
                await self._clock.sleep(min(pause, _MAX_PAUSE_SECONDS))
                continue
            # In a backlog half of the slots are filled by one claim rather than each by its own.
            wanted = max(1, self._slots // 2) if backlog else 1
            if self._slots - self._busy < wanted:
                self._changed.clear()
                await self._wait_changed()
                continue
            limit = self._slots - self._busy
            try:
                # The slots are reserved while the queue is waited on: a finishing slot may claim
                # again.
                self._busy += limit
                try:
                    batch = await self._queue.take(limit, wait_seconds=wait)
                finally:
                    self._busy -= limit
            except DatabaseError as exc:
                self._failures += 1
                await self._back_off(exc, self._failures)
                continue
            self._failures = 0
            unanswered = batch.messages > len(batch.items)
            if unanswered:
                # Their records are leased: in a slot of ours, by the other direction, or elsewhere.
                self._missed |= batch.woken & self._in_flight if batch.woken else self._in_flight
            for item in batch.items:
                self._start(group, item)
            backlog = len(batch.items) >= limit
            wait = 0 if backlog else 1 if unanswered else self._wait_seconds

    async def _wait_changed(self) -> None:
        try:
            async with asyncio.timeout(_MAX_PAUSE_SECONDS):
                await self._changed.wait()
        except TimeoutError:
            # Slots are full of long calls; each of them is bounded by itself.
            return

    async def _back_off(self, exc: DatabaseError, failures: int) -> None:
        delay = min(_BACKOFF_CAP_SECONDS, _BACKOFF_BASE_SECONDS * 2.0 ** min(failures - 1, 10))
        if isinstance(exc, AccessRefused):
            delay = _ACCESS_BACKOFF_SECONDS
        elif isinstance(exc, SchemaMismatch):
            delay = _BACKOFF_CAP_SECONDS
        log.warning(
            "component_failed",
            component=self._name,
            code=exc.code,
            statement=exc.statement,
            delay=delay,
        )
        deadline = self._clock.monotonic() + delay
        while (left := deadline - self._clock.monotonic()) > 0:
            # Waiting for the database is what there is to do: that is progress.
            self._progress.mark(self._name)
            await self._clock.sleep(min(left, _MAX_PAUSE_SECONDS))

    def _start(self, group: asyncio.TaskGroup, item: Item) -> None:
        self._busy += 1
        self._in_flight.add(self._key(item))
        group.create_task(self._work(item), name=f"{self._name}-slot")

    async def _work(self, item: Item) -> None:
        try:
            current: Item | None = item
            while current is not None:
                key = self._key(current)
                await self._handle(current)
                self._in_flight.discard(key)
                self._progress.mark(self._name)
                current = await self._next(key)
        finally:
            self._busy -= 1
            self._changed.set()

    async def _next(self, key: str) -> Item | None:
        """Return an item for the slot that has just handled ``key``, if its wake-up was missed."""
        if key not in self._missed:
            return None
        self._missed.discard(key)
        if self._stopping.is_set():
            return None
        try:
            items = await self._queue.claim(1)
        except DatabaseError as exc:
            # The regular claim finds it, at the latest after one wait.
            log.warning(
                "component_failed", component=self._name, code=exc.code, statement=exc.statement
            )
            return None
        for item in items:
            self._in_flight.add(self._key(item))
            return item
        return None

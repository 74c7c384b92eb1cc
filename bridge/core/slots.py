"""Takes claimed work from a queue and handles it in parallel slots.

Serial per key is the database's doing: it leases a record to one holder at a time, so a claim never
returns a key that is still in a slot, and settling a record announces what has waited behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

from bridge.domain.claim_size import ClaimSize
from bridge.errors import AccessRefused, DatabaseError, DatabaseSlow, SchemaMismatch
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
        slots: int,
        wait_seconds: int,
        pause_seconds: Callable[[], float],
        clock: Clock,
        progress: Progress,
    ) -> None:
        self._name = name
        self._queue = queue
        self._handle = handle
        self._slots = slots
        self._size = ClaimSize(slots)
        self._wait_seconds = wait_seconds
        self._pause_seconds = pause_seconds
        self._clock = clock
        self._progress = progress
        self._busy = 0
        self._changed = asyncio.Event()
        self._failures = 0
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

    def ran_out_of_time(self) -> None:
        """A transaction of this direction was too slow: the next claim is smaller."""
        self._size.ran_out_of_time()

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
            wanted = max(1, min(self._slots // 2, self._size.limit)) if backlog else 1
            if self._slots - self._busy < wanted:
                self._changed.clear()
                await self._wait_changed()
                continue
            limit = min(self._slots - self._busy, self._size.limit)
            self._size.begin()
            try:
                items = await self._queue.take(limit, wait_seconds=wait)
            except DatabaseError as exc:
                self._failures += 1
                if isinstance(exc, DatabaseSlow):
                    self._size.ran_out_of_time()
                await self._back_off(exc, self._failures)
                continue
            self._failures = 0
            if items:
                self._size.went_well()
            for item in items:
                self._start(group, item)
            backlog = len(items) >= limit
            wait = 0 if backlog else self._wait_seconds

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
        group.create_task(self._work(item), name=f"{self._name}-slot")

    async def _work(self, item: Item) -> None:
        try:
            await self._handle(item)
            self._progress.mark(self._name)
        finally:
            self._busy -= 1
            self._changed.set()

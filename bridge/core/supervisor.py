"""Starts the parts, watches that they move, and ends them in order.

The service manager's watchdog is fed only while every part has made progress within
``stall_seconds``: a loop that is blocked or a part that hangs leads to a restart, which loses
nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from bridge.ports import Clock, Notifier

__all__ = ["Part", "ProgressBoard", "Supervisor"]

log = structlog.get_logger(__name__)


class ProgressBoard:
    """The last sign of life of each part."""

    def __init__(self, clock: Clock, *, stall_seconds: float) -> None:
        self._clock = clock
        self._stall_seconds = stall_seconds
        self._marks: dict[str, float] = {}

    def mark(self, part: str) -> None:
        """Say that a part is alive."""
        self._marks[part] = self._clock.monotonic()

    def stalled(self) -> list[str]:
        """Return the parts that have been silent for too long."""
        limit = self._clock.monotonic() - self._stall_seconds
        return sorted(part for part, at in self._marks.items() if at < limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Something that runs until it is told to stop."""

    name: str
    run: Callable[[], Coroutine[Any, Any, None]]
    stop: Callable[[], None]


class Supervisor:
    """Runs the parts of the daemon in one task group."""

    def __init__(
        self,
        parts: list[Part],
        *,
        board: ProgressBoard,
        notifier: Notifier,
        drain_seconds: float,
        watch_seconds: float,
        summary: Callable[[], Mapping[str, object]],
    ) -> None:
        self._parts = parts
        self._board = board
        self._notifier = notifier
        self._drain_seconds = drain_seconds
        self._watch_seconds = watch_seconds
        self._summary = summary
        self._stopping = asyncio.Event()
        self.drained = True

    def stop(self) -> None:
        """Begin to stop; calling it again changes nothing."""
        self._stopping.set()

    async def run(self) -> None:
        """Run until stopped or until a part crashes.

        Raises:
            ExceptionGroup: a part ended with an error that it could not handle itself.
        """
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._guard(part), name=part.name) for part in self._parts]
            group.create_task(self._end(tasks), name="drain")
            group.create_task(self._watch(), name="watchdog")
            self._notifier.ready()
            log.info("bridge_started", **self._summary())

    async def _guard(self, part: Part) -> None:
        try:
            await part.run()
        except Exception as exc:
            # The group cancels the others; the service manager starts a new process.
            log.error("component_crashed", component=part.name, error=type(exc).__name__)
            raise

    async def _end(self, tasks: list[asyncio.Task[None]]) -> None:
        await self._stopping.wait()
        self._notifier.stopping()
        log.info("bridge_stopping")
        for part in self._parts:
            part.stop()
        _, late = await asyncio.wait(tasks, timeout=self._drain_seconds)
        self.drained = not late
        for task in late:
            # What is still claimed is found by the next process: begin_worker gives it back.
            task.cancel()

    async def _watch(self) -> None:
        told: list[str] = []
        while not self._stopping.is_set():
            stalled = self._board.stalled()
            if not stalled:
                self._notifier.alive()
            elif stalled != told:
                log.error("progress_stalled", components=stalled)
            told = stalled
            try:
                async with asyncio.timeout(self._watch_seconds):
                    await self._stopping.wait()
            except TimeoutError:
                continue

"""Feeds capture gaps back into the outbox: each is a marker of what could not be captured."""

from __future__ import annotations

import asyncio

import structlog

from bridge import metrics
from bridge.errors import DatabaseError
from bridge.ports import Clock, Outbox, Progress

__all__ = ["GapFeeder"]

_BATCH = 500

log = structlog.get_logger(__name__)


class GapFeeder:
    """Repairs gaps at once when started, then regularly, until stopped."""

    def __init__(
        self, *, outbox: Outbox, every_seconds: float, clock: Clock, progress: Progress
    ) -> None:
        self._outbox = outbox
        self._every_seconds = every_seconds
        self._clock = clock
        self._progress = progress
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End after the round that is running."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until stopped."""
        while not self._stopping.is_set():
            self._progress.mark("reconcile")
            repaired = await self._round()
            if repaired < _BATCH:
                await self._pause()

    async def _round(self) -> int:
        try:
            repaired = await self._outbox.repair_gaps(_BATCH)
        except DatabaseError as exc:
            log.warning(
                "component_failed", component="reconcile", code=exc.code, statement=exc.statement
            )
            return 0
        if repaired:
            metrics.GAPS_REPAIRED.inc(repaired)
            log.info("gaps_repaired", count=repaired)
        return repaired

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._every_seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

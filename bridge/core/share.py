"""Says that this daemon is alive, and takes its share of the CRM's quota among those that are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bridge.errors import DatabaseError
from bridge.ports import Outbox, Progress

__all__ = ["QuotaShare"]

log = structlog.get_logger(__name__)


class QuotaShare:
    """Beats at once when started, then regularly, until stopped.

    While the database is away the last share stands: the others still count on it. ``refresh`` is
    called after each beat, before the share is taken.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        share: Callable[[int], None],
        every_seconds: float,
        progress: Progress,
        refresh: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._outbox = outbox
        self._share = share
        self._every_seconds = every_seconds
        self._progress = progress
        self._refresh = refresh
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End after the beat that is under way."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until stopped."""
        while not self._stopping.is_set():
            self._progress.mark("heartbeat")
            await self._beat()
            try:
                async with asyncio.timeout(self._every_seconds):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    async def _beat(self) -> None:
        try:
            workers = await self._outbox.heartbeat()
            if self._refresh is not None:
                await self._refresh()
        except DatabaseError as exc:
            log.warning(
                "component_failed", component="heartbeat", code=exc.code, statement=exc.statement
            )
            return
        self._share(workers)

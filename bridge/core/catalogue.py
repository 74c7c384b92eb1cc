"""Tells the database what the CRM knows by now, so that values which were replaced are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol

import structlog

from bridge.domain.changes import CallMeter, Lane
from bridge.errors import CrmError, DatabaseError

__all__ = ["Catalogue", "CatalogueWatch", "Releaser"]

_FIELD = "sales_rep"

log = structlog.get_logger(__name__)


class Catalogue(Protocol):
    """Where the CRM's list comes from."""

    async def known(self, meter: CallMeter) -> frozenset[str]:
        """Read the list. Raises ``bridge.errors.CrmError``."""


class Releaser(Protocol):
    """Who sends again what is known by now. Raises ``bridge.errors.DatabaseError``."""

    async def status(self) -> Mapping[str, float]:
        """Return the metrics that the database computes."""

    async def release_substitutes(self, field: str, known: frozenset[str]) -> int:
        """Return how many records are sent again."""


class CatalogueWatch:
    """Looks regularly until stopped; while nothing is replaced it costs no call."""

    def __init__(
        self,
        *,
        catalogue: Catalogue | None,
        outbox: Releaser,
        every_seconds: float,
    ) -> None:
        self._catalogue = catalogue
        self._outbox = outbox
        self._every_seconds = every_seconds
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End after the round that is running."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until stopped."""
        while not self._stopping.is_set():
            await self.round()
            try:
                async with asyncio.timeout(self._every_seconds):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    async def round(self) -> int:
        """Look once; returns the records that are sent again."""
        if self._catalogue is None:
            return 0
        try:
            status = await self._outbox.status()
            if not status.get("records_substituted"):
                return 0
            known = await self._catalogue.known(CallMeter(lane=Lane.RECONCILE))
            released = await self._outbox.release_substitutes(_FIELD, known)
        except CrmError as exc:
            log.warning("component_failed", component="catalogue", code=type(exc).__name__)
            return 0
        except DatabaseError as exc:
            log.warning(
                "component_failed", component="catalogue", code=exc.code, statement=exc.statement
            )
            return 0
        if released:
            log.info("substitutes_released", count=released)
        return released

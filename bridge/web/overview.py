"""Collects what the overview page shows: the database's figures, the process's own, and their past.

Reading costs the database something, however many people look: what was read is shown again for
twenty times as long as reading it took.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bridge import metrics
from bridge.domain.operations import DatabaseOverview
from bridge.errors import DatabaseError
from bridge.ports import Clock
from bridge.web.figures import ProcessFigures, counted, measure

__all__ = [
    "Overview",
    "OverviewReader",
    "QuotaFigures",
    "Sample",
    "Source",
    "Timeline",
]

_LEAST_SECONDS = 3.0
_REST_FACTOR = 20.0
_SAMPLE_SECONDS = 15.0
_SAMPLES = 241  # an hour


class Source(Protocol):
    """The database; raises ``bridge.errors.DatabaseError``."""

    async def read(self) -> DatabaseOverview: ...

    async def waiting(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaFigures:
    """The CRM's quota as this daemon keeps it.

    ``limit`` is this daemon's share of ``calls`` in ``seconds``, ``used`` how much of it was granted
    in the window that ends now.
    """

    calls: int
    seconds: float
    limit: int
    used: int
    pause_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One moment of the past; rates are counted since the sample before. None: not known."""

    at: dt.datetime
    waiting: int | None
    delivered: int
    handled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All that the page shows; ``database`` is None while it cannot be asked, ``trouble`` says why."""

    at: dt.datetime
    worker_id: str
    database: DatabaseOverview | None
    trouble: str | None
    process: ProcessFigures
    quota: QuotaFigures
    samples: Sequence[Sample]

    @property
    def drain_seconds(self) -> float | None:
        """How long the backlog takes at the quota; as ``erpcrm status`` forecasts it."""
        if self.database is None:
            return None
        figures = self.database.metrics
        waiting = figures.get("outbox_pending", 0) + figures.get("outbox_inflight", 0)
        return waiting * self.quota.seconds / self.quota.calls


class Timeline:
    """Takes a sample regularly until stopped; a ``Part`` of the supervisor.

    It marks no progress: a page that cannot be drawn is no reason to restart a daemon.
    """

    def __init__(self, source: Source, *, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._stopping = asyncio.Event()
        self._before = (0, 0)
        self.samples: deque[Sample] = deque(maxlen=_SAMPLES)

    def stop(self) -> None:
        """End after the sample that is being taken."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until stopped."""
        self._before = _counts()
        while not self._stopping.is_set():
            await self.take()
            try:
                async with asyncio.timeout(_SAMPLE_SECONDS):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    async def take(self) -> None:
        """Take one sample."""
        try:
            waiting = await self._source.waiting()
        except DatabaseError:
            waiting = None
        counts = _counts()
        delivered, handled = (now - then for now, then in zip(counts, self._before, strict=True))
        self._before = counts
        self.samples.append(
            Sample(at=self._clock.now(), waiting=waiting, delivered=delivered, handled=handled)
        )


class OverviewReader:
    """Reads for whoever looks; several who look at once cost one reading."""

    def __init__(
        self,
        source: Source,
        *,
        timeline: Timeline,
        quota: Callable[[], QuotaFigures],
        worker_id: str,
        clock: Clock,
    ) -> None:
        self._source = source
        self._timeline = timeline
        self._quota = quota
        self._worker_id = worker_id
        self._clock = clock
        self._lock = asyncio.Lock()
        self._known: tuple[DatabaseOverview | None, str | None] = (None, None)
        self._read_on = clock.now()
        self._good_until: float | None = None

    async def read(self) -> Overview:
        """Return the overview; the database part is at most twenty times its cost old."""
        async with self._lock:
            if self._good_until is None or self._clock.monotonic() >= self._good_until:
                began = self._clock.monotonic()
                try:
                    self._known = (await self._source.read(), None)
                except DatabaseError as exc:
                    self._known = (None, exc.code)
                self._read_on = self._clock.now()
                ended = self._clock.monotonic()
                self._good_until = ended + max(_LEAST_SECONDS, _REST_FACTOR * (ended - began))
            figures, trouble = self._known
        return Overview(
            at=self._read_on,
            worker_id=self._worker_id,
            database=figures,
            trouble=trouble,
            process=measure(),
            quota=self._quota(),
            samples=tuple(self._timeline.samples),
        )


def _counts() -> tuple[int, int]:
    delivered = counted(metrics.DELIVERIES, outcome="delivered")
    return int(delivered), int(counted(metrics.INBOUND))

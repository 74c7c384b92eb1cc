"""Combines reads of single leads that are asked for at the same time into few calls.

A reader waits for nobody: the first one starts at once. Whoever comes while a read is under way is
read with the next, so that batches grow by themselves when the quota is short and are single
otherwise. A reader never shares a read that began before it asked: its hint may be newer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import structlog

from bridge.domain.changes import CallMeter, CrmId, Lane, ReasonClass
from bridge.errors import CrmError, CrmOutcomeUnknown, CrmRefused

__all__ = ["AnswerNotAsAsked", "ReadBatch", "Wanted"]

Value = TypeVar("Value")
# Which leads, and whether the values of their custom fields are wanted too.
Wanted = Mapping[CrmId, bool]
Fetch = Callable[[Wanted, CallMeter], Awaitable[Mapping[CrmId, Value | None]]]

# After so long another read starts beside the one that hangs.
_PATIENCE_SECONDS = 10.0
# IIS takes 2,048 characters of query; a space counts three.
_MAX_FILTER_CHARS = 1_800
_CLAUSE_CHARS = len("leadId%20eq%20") + len("%20or%20")
# What says that the request itself is wrong; anything else would meet a smaller one as well.
_ABOUT_THE_REQUEST = frozenset(
    {ReasonClass.VALIDATION, ReasonClass.NOT_FOUND, ReasonClass.CONFLICT, ReasonClass.DUPLICATE}
)

log = structlog.get_logger(__name__)


class AnswerNotAsAsked(CrmRefused):
    """The answer holds other leads than were asked for, so what it lacks says nothing."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(
            status=status,
            reason_class=ReasonClass.UNREADABLE.value,
            detail=detail,
            retry_after=None,
        )


@dataclass(slots=True)
class _Asked(Generic[Value]):
    """One lead and those who wait for it."""

    with_values: bool = False
    waiters: list[tuple[asyncio.Future[Value | None], CallMeter]] = field(default_factory=list)

    @property
    def is_wanted(self) -> bool:
        return any(not future.done() for future, _ in self.waiters)


@dataclass(slots=True)
class _Line(Generic[Value]):
    """The reads of one lane: what waits, and what is under way."""

    lane: Lane
    waiting: dict[CrmId, _Asked[Value]] = field(default_factory=dict)
    flights: dict[asyncio.Task[None], dict[CrmId, _Asked[Value]]] = field(default_factory=dict)
    is_overdue: bool = False
    is_scheduled: bool = False


class ReadBatch(Generic[Value]):
    """Reads leads, several in one go.

    Example::

        reads = ReadBatch(fetch, limit=20)
        row = await reads.read(CrmId(7), with_values=True, meter=CallMeter())

    Args:
        fetch: reads the leads; None in its result says that the CRM does not have the lead.
        limit: leads of one read at most; 1 reads each by itself and at once.
        patience_seconds: how long a read that hangs holds up those behind it.
    """

    def __init__(
        self,
        fetch: Fetch[Value],
        *,
        limit: int,
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        self._fetch = fetch
        self._limit = limit
        self._patience_seconds = patience_seconds
        self._lines: dict[Lane, _Line[Value]] = {}

    @property
    def limit(self) -> int:
        """Leads of one read at most; falls when the CRM refuses larger ones."""
        return self._limit

    async def read(self, crm_id: CrmId, *, with_values: bool, meter: CallMeter) -> Value | None:
        """Return a lead; the calls are counted by the meter of one of those who share them.

        Raises:
            CrmError: as the calls raise it.
        """
        if self._limit == 1:
            return (await self._fetch({crm_id: with_values}, meter)).get(crm_id)
        line = self._lines.setdefault(meter.lane, _Line(meter.lane))
        asked = line.waiting.setdefault(crm_id, _Asked())
        asked.with_values = asked.with_values or with_values
        future: asyncio.Future[Value | None] = asyncio.get_running_loop().create_future()
        asked.waiters.append((future, meter))
        self._schedule(line)
        try:
            return await future
        except asyncio.CancelledError:
            self._drop(line, crm_id, asked)
            raise

    # ----------------------------------------------------------------- when

    def _schedule(self, line: _Line[Value]) -> None:
        """Start once the callers of this moment have all asked."""
        if not line.is_scheduled:
            line.is_scheduled = True
            asyncio.get_running_loop().call_soon(self._start, line)

    def _start(self, line: _Line[Value]) -> None:
        line.is_scheduled = False
        while line.waiting and (
            not line.flights or line.is_overdue or len(line.waiting) >= self._limit
        ):
            line.is_overdue = False
            batch = self._take(line)
            task = asyncio.create_task(self._fly(line, batch), name="crm-read")
            line.flights[task] = batch
            task.add_done_callback(lambda done: self._landed(line, done))

    def _take(self, line: _Line[Value]) -> dict[CrmId, _Asked[Value]]:
        batch: dict[CrmId, _Asked[Value]] = {}
        chars = 0
        for crm_id in list(line.waiting)[: self._limit]:
            chars += len(str(crm_id)) + _CLAUSE_CHARS
            if batch and chars > _MAX_FILTER_CHARS:
                break
            batch[crm_id] = line.waiting.pop(crm_id)
        return batch

    def _landed(self, line: _Line[Value], task: asyncio.Task[None]) -> None:
        line.flights.pop(task, None)
        if line.waiting:
            self._schedule(line)

    def _run_late(self, line: _Line[Value]) -> None:
        line.is_overdue = True
        self._start(line)

    def _drop(self, line: _Line[Value], crm_id: CrmId, asked: _Asked[Value]) -> None:
        """A reader has gone: what nobody waits for is not read."""
        if asked.is_wanted:
            return
        if line.waiting.get(crm_id) is asked:
            del line.waiting[crm_id]
        for task, batch in line.flights.items():
            if not any(other.is_wanted for other in batch.values()):
                task.cancel()

    # ----------------------------------------------------------------- what

    async def _fly(self, line: _Line[Value], batch: dict[CrmId, _Asked[Value]]) -> None:
        late = asyncio.get_running_loop().call_later(self._patience_seconds, self._run_late, line)
        try:
            await self._read_all(line.lane, batch)
        finally:
            late.cancel()
            _fail(batch, CrmOutcomeUnknown("the read was broken off"))

    async def _read_all(self, lane: Lane, batch: Mapping[CrmId, _Asked[Value]]) -> bool:
        """Read and hand out; true when every reader got an answer."""
        meter = CallMeter(lane=lane)
        try:
            found = await self._fetch(
                {crm_id: asked.with_values for crm_id, asked in batch.items()}, meter
            )
        except CrmRefused as exc:
            if len(batch) > 1 and _is_about_the_request(exc):
                return await self._read_halves(lane, batch, exc)
            _fail(batch, exc)
            return False
        except (
            CrmError,
            ArithmeticError,
            AttributeError,
            LookupError,
            TypeError,
            ValueError,
        ) as exc:
            _fail(batch, exc)
            return False
        finally:
            _charge(batch, meter)
        for crm_id, asked in batch.items():
            for future, _ in asked.waiters:
                if not future.done():
                    future.set_result(found.get(crm_id))
        return True

    async def _read_halves(
        self, lane: Lane, batch: Mapping[CrmId, _Asked[Value]], refusal: CrmRefused
    ) -> bool:
        """A CRM may not like the whole (its length, its shape) or one lead of it: find out."""
        items = list(batch.items())
        middle = len(items) // 2
        first = await self._read_all(lane, dict(items[:middle]))
        second = await self._read_all(lane, dict(items[middle:]))
        if first and second and middle < self._limit:
            self._limit = max(1, middle)
            log.warning(
                "read_batch_reduced",
                limit=self._limit,
                status=refusal.status,
                reason=refusal.detail,
            )
        return first and second


def _is_about_the_request(exc: CrmRefused) -> bool:
    return isinstance(exc, AnswerNotAsAsked) or ReasonClass(exc.reason_class) in _ABOUT_THE_REQUEST


def _charge(batch: Mapping[CrmId, _Asked[Value]], spent: CallMeter) -> None:
    """Each call is counted once: by the first who still waits."""
    meters = [meter for asked in batch.values() for future, meter in asked.waiters]
    meters[0].calls += spent.calls


def _fail(batch: Mapping[CrmId, _Asked[Value]], exc: Exception) -> None:
    waiting: Sequence[asyncio.Future[Value | None]] = [
        future for asked in batch.values() for future, _ in asked.waiters if not future.done()
    ]
    for future in waiting:
        future.set_exception(exc)

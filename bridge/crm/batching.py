"""Combines writes of different records that come at the same time into one call.

A batch stays open while it waits for its share of the quota, so that under load it fills up, and a
lone write waits for a few milliseconds only. Each write keeps its own result: it is judged on its
own, and one that is cancelled takes nothing from its neighbours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from bridge.core.delivery import UNEXPECTED
from bridge.crm.adapter import judge
from bridge.domain.changes import CallMeter, ItemKind, ItemResult, Lane, ReasonClass
from bridge.errors import CrmError

__all__ = ["BatchItem", "Batcher", "Judged", "SendItems"]

log = structlog.get_logger(__name__)

Sleep = Callable[[float], Awaitable[None]]


@dataclass(slots=True, eq=False)
class BatchItem:
    """One write: ``key`` is its record, ``input`` its member of the call's body."""

    key: str
    input: Mapping[str, Any]
    meter: CallMeter
    future: asyncio.Future[ItemResult]

    @property
    def is_awaited(self) -> bool:
        """Whether somebody still wants the result."""
        return not self.future.done()

    def leaves(self) -> None:
        """Note that the write is about to leave."""
        self.meter.write_pending = True

    def end(self, result: ItemResult) -> None:
        """Hand out the result."""
        if self.is_awaited:
            self.meter.write_pending = False
            self.future.set_result(result)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What an answer says of the items of a call; ``alone`` are those that it leaves open.

    Who is in ``alone`` is sent once more in a call of its own, in which nothing can be mistaken for
    the answer to somebody else. That needs writes that may be repeated.
    """

    results: Sequence[tuple[BatchItem, ItemResult]]
    alone: Sequence[BatchItem] = ()


class SendItems(Protocol):
    """Makes one call for some items."""

    async def __call__(
        self, take: Callable[[], Sequence[BatchItem]], meter: CallMeter
    ) -> Judged | ItemResult:
        """Send what ``take`` hands out, which is asked for at the last moment.

        Returns:
            What became of each item, or the one result that a refusal means for all of them.

        Raises:
            CrmError: nothing is known of any item but what the error says.
        """


_MAY_BE_DONE = frozenset({ItemKind.CREATED, ItemKind.UPDATED, ItemKind.UNKNOWN})


class _Batch:
    def __init__(self, lane: Lane, limit: int) -> None:
        self.lane = lane
        self._limit = limit
        self.items: list[BatchItem] = []
        self.is_closed = False
        self.runner: asyncio.Task[None] | None = None

    def takes(self, key: str) -> bool:
        """Whether a write of this record may join: two of one record are never in one call."""
        return (
            not self.is_closed
            and len(self.items) < self._limit
            and all(item.key != key for item in self.items)
        )

    def seal(self) -> list[BatchItem]:
        """Let nobody in any more; returns those who are still waiting."""
        if not self.is_closed:
            self.is_closed = True
            self.items = [item for item in self.items if item.is_awaited]
            # One call is one call, however many it serves; each of them may be in doubt.
            self.items[0].meter.calls += 1
        for item in self.items:
            item.leaves()
        return self.items

    def leave(self, item: BatchItem) -> None:
        """Take a cancelled write out, unless it has left already."""
        if self.is_closed:
            return
        self.items.remove(item)
        if not self.items and self.runner is not None:
            self.is_closed = True
            self.runner.cancel()


class Batcher:
    """Sends writes of one kind, each as its caller's own.

    Example::

        result = await batcher.submit("1001-1", {"id": "1001-1", "properties": {}}, meter)
    """

    def __init__(
        self,
        send: SendItems,
        *,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        limit: int,
        linger_seconds: float,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._send = send
        self._spawn = spawn
        self._limit = limit
        self._linger_seconds = linger_seconds
        self._sleep = sleep
        self._open: dict[Lane, _Batch] = {}

    async def submit(self, key: str, item: Mapping[str, Any], meter: CallMeter) -> ItemResult:
        """Send one write in the company of others; returns its own result."""
        future: asyncio.Future[ItemResult] = asyncio.get_running_loop().create_future()
        entry = BatchItem(key=key, input=item, meter=meter, future=future)
        batch = self._open.get(meter.lane)
        if batch is None or not batch.takes(key):
            batch = self._open[meter.lane] = _Batch(meter.lane, self._limit)
            batch.items.append(entry)
            batch.runner = self._spawn(self._run(batch))
        else:
            batch.items.append(entry)
        try:
            return await future
        except asyncio.CancelledError:
            batch.leave(entry)
            if not future.cancelled() and future.result().kind in _MAY_BE_DONE:
                # Answered in the same moment, and nobody will hear of it: that is a doubt.
                meter.write_pending = True
            raise

    async def _run(self, batch: _Batch) -> None:
        meter = CallMeter(lane=batch.lane)
        try:
            await self._sleep(self._linger_seconds)
            await self._deliver(batch.seal, lambda: batch.items, meter)
        except UNEXPECTED as exc:
            log.error("change_tripped", error=type(exc).__name__)
        finally:
            # Whatever ended this early, nobody is left waiting, and what may have left is in doubt.
            batch.is_closed = True
            for item in batch.items:
                item.end(_interrupted(may_have_left=item.meter.write_pending))

    async def _deliver(
        self,
        take: Callable[[], Sequence[BatchItem]],
        items: Callable[[], Sequence[BatchItem]],
        meter: CallMeter,
    ) -> None:
        try:
            answer = await self._send(take, meter)
        except CrmError as exc:
            answer = judge(exc)
        if isinstance(answer, Judged):
            for item, result in answer.results:
                item.end(result)
            for item in answer.alone:
                await self._deliver_some([item], meter)
            return
        sent = [item for item in items() if item.is_awaited]
        if len(sent) > 1 and answer.kind in {ItemKind.REJECTED, ItemKind.DUPLICATE}:
            # The whole call was refused, maybe because of one: the others must not pay for it.
            for item in sent:
                item.meter.write_pending = False
            middle = len(sent) // 2
            await self._deliver_some(sent[:middle], meter)
            await self._deliver_some(sent[middle:], meter)
            return
        for item in sent:
            item.end(answer)

    async def _deliver_some(self, items: Sequence[BatchItem], meter: CallMeter) -> None:
        """Send some items of a call again, without those that nobody waits for any more."""
        waiting = [item for item in items if item.is_awaited]
        if not waiting:
            return
        waiting[0].meter.calls += 1

        def take() -> Sequence[BatchItem]:
            for item in waiting:
                item.leaves()
            return waiting

        await self._deliver(take, lambda: waiting, meter)


def _interrupted(*, may_have_left: bool) -> ItemResult:
    if may_have_left:
        return ItemResult(
            kind=ItemKind.UNKNOWN, reason=ReasonClass.UNKNOWN_OUTCOME, detail="interrupted"
        )
    return ItemResult(kind=ItemKind.RETRY, reason=ReasonClass.TRANSIENT, detail="interrupted")

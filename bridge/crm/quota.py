"""The CRM's quota, counted here as the CRM counts it: so many calls in any window of so many seconds.

The CRM counts a call when it arrives there: after it was granted here, and before its answer came back.
So a call leaves the window here a window after its answer, whatever the way took; only one whose end
nobody tells leaves it after a guessed time.

With ``Permits`` a call also needs one that the database has granted, which counts what all daemons
made, those that were killed with them.

A ``DayBudget`` beside it counts what a CRM allows in a day.

The lanes share it by weight: while several wait, each gets its part; what one does not use goes to
the others at once, and no lane waits for ever. A lane that comes back from idleness does not make up
for what it did not ask for.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import OrderedDict, deque
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from bridge import metrics
from bridge.crm.permits import Permits
from bridge.domain.changes import Lane
from bridge.ports import Clock

__all__ = ["WEIGHTS", "DayBudget", "LaneQuota", "seconds_to_midnight"]

WEIGHTS: Final[Mapping[Lane, int]] = {
    Lane.LIVE: 50,
    Lane.RETRY: 15,
    Lane.INTERACTIVE: 15,
    Lane.RECONCILE: 10,
    Lane.BACKFILL: 10,
}
# Two clocks do not run equally fast.
_DRIFT_SHARE: Final = 0.0005
# What a call that is under way may take to get there.
_GUARD_SHARE: Final = 0.01
_GUARD_SECONDS: Final = 0.25
_LEAST_PAUSE_SECONDS: Final = 0.001


class _Waiting:
    """The calls of one lane that wait, and how much the lane has had."""

    __slots__ = ("calls", "gauge", "had", "step")

    def __init__(self, lane: Lane, weight: int) -> None:
        self.calls: deque[asyncio.Future[int]] = deque()
        self.had = 0.0
        self.step = 1.0 / weight
        self.gauge = metrics.QUOTA_WAITING.labels(lane.value)


class LaneQuota:
    """Grants calls in a sliding window.

    Example::

        quota = LaneQuota(30, 20.0, clock=SystemClock())
        call = await quota.acquire(Lane.LIVE)
        ...
        quota.ended(call)
    """

    def __init__(
        self,
        calls: int,
        seconds: float,
        *,
        clock: Clock,
        weights: Mapping[Lane, int] = WEIGHTS,
    ) -> None:
        self._calls = calls
        self._limit = calls
        self._seconds = seconds
        self._window = seconds * (1 + _DRIFT_SHARE)
        self._guard = min(_GUARD_SECONDS, seconds * _GUARD_SHARE)
        self._clock = clock
        # number of a call: when it counts as arrived; in the order in which they leave the window
        self._granted: OrderedDict[int, float] = OrderedDict()
        self._numbers = itertools.count(1)
        self._lanes = {lane: _Waiting(lane, weight) for lane, weight in weights.items()}
        self._had = 0.0
        self._permits: Permits | None = None
        self._permitted: set[int] = set()
        self._pump: asyncio.Task[None] | None = None

    def share(self, workers: int) -> None:
        """Take one part of the quota, which so many daemons have between them."""
        self._limit = max(1, self._calls // max(1, workers))

    def ask(self, permits: Permits | None) -> None:
        """Make only calls that are permitted; None: this window alone counts."""
        self._permits = permits

    @property
    def calls(self) -> int:
        """Calls that the CRM allows in a window."""
        return self._calls

    @property
    def seconds(self) -> float:
        """Length of the CRM's window."""
        return self._seconds

    @property
    def limit(self) -> int:
        """Calls that this daemon may make in a window."""
        return self._limit

    @property
    def used(self) -> int:
        """Calls that count in the window that ends now."""
        since = self._clock.monotonic() - self._window
        return sum(counted > since for counted in self._granted.values())

    def waiting(self, lane: Lane) -> int:
        """Calls of a lane that wait."""
        return len(self._lanes[lane].calls)

    async def acquire(self, lane: Lane) -> int:
        """Wait until one call of the lane may be made; returns its number, for ``ended``."""
        nobody_waits = not any(waiting.calls for waiting in self._lanes.values())
        if nobody_waits and self._free() <= 0 and self._is_permitted():
            return self._grant(self._lanes[lane])
        call: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        waiting = self._lanes[lane]
        waiting.calls.append(call)
        waiting.gauge.set(len(waiting.calls))
        if self._pump is None:
            self._pump = asyncio.create_task(self._grant_all(), name="quota")
        try:
            return await call
        except asyncio.CancelledError:
            if call.done() and not call.cancelled():
                # Granted in the same moment: nobody will make that call.
                self.unused(call.result())
            elif call in waiting.calls:
                waiting.calls.remove(call)
                waiting.gauge.set(len(waiting.calls))
            raise

    def ended(self, call: int) -> None:
        """Say that the answer of a call is here, or that none will come: it has arrived before now."""
        if self._permits is not None and call in self._permitted:
            self._permitted.discard(call)
            self._permits.made()
        if call in self._granted:
            self._granted[call] = self._clock.monotonic()
            self._granted.move_to_end(call)

    def unused(self, call: int) -> None:
        """Give back a call that was not made."""
        if self._permits is not None and call in self._permitted:
            self._permitted.discard(call)
            self._permits.unused()
        self._granted.pop(call, None)

    def _is_permitted(self) -> bool:
        return self._permits is None or self._permits.ready()

    def _grant(self, waiting: _Waiting) -> int:
        self._charge(waiting)
        call = next(self._numbers)
        if self._permits is not None:
            self._permits.take()
            self._permitted.add(call)
        self._granted[call] = self._clock.monotonic() + self._guard
        return call

    def _free(self) -> float:
        """Return the seconds until a call may be made; 0 when one may be made now."""
        now = self._clock.monotonic()
        granted = self._granted
        while granted and next(iter(granted.values())) <= now - self._window:
            granted.popitem(last=False)
        if len(granted) < self._limit:
            return 0.0
        # With a limit that has become smaller, more than one call has to leave the window.
        last = next(itertools.islice(granted.values(), len(granted) - self._limit, None))
        return max(last + self._window - now, _LEAST_PAUSE_SECONDS)

    async def _grant_all(self) -> None:
        try:
            while (waiting := self._next()) is not None:
                pause = self._free()
                if pause > 0:
                    await self._clock.sleep(pause)
                    continue
                if self._permits is not None and not self._permits.ready():
                    await self._permits.more(self._count_waiting())
                    continue
                call = waiting.calls.popleft()
                waiting.gauge.set(len(waiting.calls))
                if call.done():
                    continue
                call.set_result(self._grant(waiting))
        finally:
            self._pump = None

    def _count_waiting(self) -> int:
        return sum(len(waiting.calls) for waiting in self._lanes.values())

    def _next(self) -> _Waiting | None:
        asking = [waiting for waiting in self._lanes.values() if waiting.calls]
        return min(asking, key=lambda waiting: max(waiting.had, self._had), default=None)

    def _charge(self, waiting: _Waiting) -> None:
        self._had = max(waiting.had, self._had)
        waiting.had = self._had + waiting.step


class DayBudget:
    """Counts the calls of a day, which begins at midnight in the zone of the CRM's account.

    What an answer says is left counts more than what was counted here: a daemon that was started at
    noon does not know of the morning, nor of other programs with the same account.
    """

    def __init__(
        self,
        calls: int,
        *,
        zone: tzinfo,
        clock: Clock,
        remaining_header: str | None = None,
    ) -> None:
        self._calls = calls
        self._limit = calls
        self._zone = zone
        self._clock = clock
        self._remaining_header = remaining_header
        self._day: date | None = None
        self._spent = 0
        self._told: int | None = None

    def share(self, workers: int) -> None:
        """Take one part of the budget, which so many daemons have between them."""
        self._limit = max(1, self._calls // max(1, workers))

    def spend(self) -> bool:
        """Count one call; false when there is none left today."""
        today = self._clock.now().astimezone(self._zone).date()
        if today != self._day:
            self._day, self._spent, self._told = today, 0, None
        if self._spent >= self._limit or (self._told is not None and self._told <= 0):
            return False
        self._spent += 1
        if self._told is not None:
            self._told -= 1
        return True

    def note(self, headers: Mapping[str, str]) -> None:
        """Take what an answer says is left of the day."""
        text = headers.get(self._remaining_header, "") if self._remaining_header else ""
        if text.isascii() and text.isdigit():
            self._told = int(text)

    def seconds_left(self) -> float:
        """Return the seconds until the next day begins."""
        return seconds_to_midnight(self._clock.now().astimezone(self._zone))


def seconds_to_midnight(now: datetime) -> float:
    """Return the seconds until the next day begins in the zone of an aware time."""
    tomorrow = datetime.combine(now.date() + timedelta(days=1), time(), tzinfo=now.tzinfo)
    return max(1.0, tomorrow.timestamp() - now.timestamp())

"""The CRM's quota, counted here as the CRM counts it: so many calls in any window of so many seconds.

A ``DayBudget`` beside it counts what a CRM allows in a day.

The lanes share it by weight: while several wait, each gets its part; what one does not use goes to
the others at once, and no lane waits for ever. A lane that comes back from idleness does not make up
for what it did not ask for.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from bridge import metrics
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
# Calls reach the CRM later than they are granted, and not all by the same time: a window that is a
# little longer here is never shorter there.
_GUARD_SHARE: Final = 0.01
_GUARD_SECONDS: Final = 0.25


class _Waiting:
    """The calls of one lane that wait, and how much the lane has had."""

    __slots__ = ("calls", "gauge", "had", "step")

    def __init__(self, lane: Lane, weight: int) -> None:
        self.calls: deque[asyncio.Future[float]] = deque()
        self.had = 0.0
        self.step = 1.0 / weight
        self.gauge = metrics.QUOTA_WAITING.labels(lane.value)


class LaneQuota:
    """Grants calls in a sliding window.

    Example::

        quota = LaneQuota(30, 20.0, clock=SystemClock())
        await quota.acquire(Lane.LIVE)
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
        self._window = seconds + min(_GUARD_SECONDS, seconds * _GUARD_SHARE)
        self._clock = clock
        self._granted: deque[float] = deque()
        self._lanes = {lane: _Waiting(lane, weight) for lane, weight in weights.items()}
        self._had = 0.0
        self._pump: asyncio.Task[None] | None = None

    def share(self, workers: int) -> None:
        """Take one part of the quota, which so many daemons have between them."""
        self._limit = max(1, self._calls // max(1, workers))

    @property
    def limit(self) -> int:
        """Calls that this daemon may make in a window."""
        return self._limit

    @property
    def used(self) -> int:
        """Calls granted in the window that ends now."""
        since = self._clock.monotonic() - self._window
        return sum(granted > since for granted in self._granted)

    def waiting(self, lane: Lane) -> int:
        """Calls of a lane that wait."""
        return len(self._lanes[lane].calls)

    async def acquire(self, lane: Lane) -> None:
        """Wait until one call of the lane may be made."""
        if not any(waiting.calls for waiting in self._lanes.values()) and self._free() <= 0:
            self._charge(self._lanes[lane])
            self._granted.append(self._clock.monotonic())
            return
        call: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        waiting = self._lanes[lane]
        waiting.calls.append(call)
        waiting.gauge.set(len(waiting.calls))
        if self._pump is None:
            self._pump = asyncio.create_task(self._grant_all(), name="quota")
        try:
            await call
        except asyncio.CancelledError:
            if call.done() and not call.cancelled():
                # Granted in the same moment: nobody will make that call.
                self._granted.remove(call.result())
            elif call in waiting.calls:
                waiting.calls.remove(call)
                waiting.gauge.set(len(waiting.calls))
            raise

    def _free(self) -> float:
        """Return the seconds until a call may be made; 0 when one may be made now."""
        now = self._clock.monotonic()
        granted = self._granted
        while granted and granted[0] <= now - self._window:
            granted.popleft()
        if len(granted) < self._limit:
            return 0.0
        # With a limit that has become smaller, more than one grant has to leave the window.
        return granted[len(granted) - self._limit] + self._window - now

    async def _grant_all(self) -> None:
        try:
            while (waiting := self._next()) is not None:
                pause = self._free()
                if pause > 0:
                    await self._clock.sleep(pause)
                    continue
                call = waiting.calls.popleft()
                waiting.gauge.set(len(waiting.calls))
                if call.done():
                    continue
                self._charge(waiting)
                now = self._clock.monotonic()
                self._granted.append(now)
                call.set_result(now)
        finally:
            self._pump = None

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

"""The calls that this process holds of the quota that all share: taken ahead, told of afterwards.

Its own clock is read for differences only. What is granted begins, counted from the moment of the
answer, and ends, counted from the moment of the question: whichever the way took, no call is made
before the database thinks, nor after.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bridge.domain.grants import CallsAnswer, CallsRequest, Fate, Told
from bridge.ports import CallBook, Clock

__all__ = ["HeldCalls", "HeldSlot"]

# What is told at once fits into 4,000 bytes.
_MOST_TOLD: Final = 80
_LOW_SHARE: Final = 0.05
_SPARE: Final = 2
# A call that is granted takes a moment to leave.
_GUARD_SHARE: Final = 0.01
_GUARD_SECONDS: Final = 0.25

DayTerms = Callable[[], tuple[int, int, int | None]]


@dataclass(slots=True)
class HeldSlot:
    """One call that may be made between two moments of this process's clock."""

    slot: int
    grant: int
    begins: float
    ends: float


class HeldCalls:
    """Takes slots of a ``CallBook`` ahead of need and tells what became of them."""

    def __init__(
        self,
        book: CallBook,
        *,
        calls: int,
        seconds: float,
        clock: Clock,
        heard: Callable[[CallsAnswer], None],
        day: DayTerms | None = None,
    ) -> None:
        self._book = book
        self._calls = calls
        self._seconds = seconds
        self._clock = clock
        self._heard = heard
        self._day = day
        self._low = int(calls * _LOW_SHARE)
        self._guard = min(_GUARD_SECONDS, seconds * _GUARD_SHARE)
        self._held: deque[HeldSlot] = deque()
        self._underway: list[HeldSlot] = []
        self._told: deque[tuple[HeldSlot, Fate, float]] = deque()
        self._ask_at = 0.0
        self._recent: deque[float] = deque()
        self.used = 0

    def usable(self) -> bool:
        """Whether a call may be made now."""
        now = self._clock.monotonic()
        while self._held and self._held[0].ends <= now:
            self._told.append((self._held.popleft(), Fate.UNUSED, now))
        return bool(self._held) and self._held[0].begins <= now

    def take(self) -> HeldSlot:
        """Return the slot for a call that is made now; only if ``usable``."""
        slot = self._held.popleft()
        self._underway.append(slot)
        self._recent.append(self._clock.monotonic())
        return slot

    def made(self, slot: HeldSlot) -> None:
        """Say that the call has arrived by now."""
        self._underway.remove(slot)
        self._told.append((slot, Fate.MADE, self._clock.monotonic()))

    def unused(self, slot: HeldSlot) -> None:
        """Give a slot back whose call was not made."""
        self._underway.remove(slot)
        self._held.appendleft(slot)

    async def more(self, waiting: int) -> None:
        """Ask for slots, or wait until one can be used or asking is worth it.

        Raises:
            DatabaseError: the book cannot be had.
        """
        now = self._clock.monotonic()
        if len(self._held) <= self._low and now >= self._ask_at:
            while self._recent and self._recent[0] < now - self._seconds / 10:
                self._recent.popleft()
            # What follows a call closely is part of the same change, as a rule.
            await self.ask(max(waiting - len(self._held), 0) + max(len(self._recent), _SPARE))
            return
        until = min(
            [slot.begins for slot in self._held]
            + ([self._ask_at] if len(self._held) <= self._low else [])
        )
        await self._clock.sleep(max(until - now, 0.001))

    async def ask(self, wanted: int) -> CallsAnswer:
        """Tell what became of earlier slots, and take up to so many."""
        telling = [self._told.popleft() for _ in range(min(len(self._told), _MOST_TOLD))]
        asked = self._clock.monotonic()
        told = [
            Told(slot.slot, slot.grant, fate, max(asked - at, 0.0)) for slot, fate, at in telling
        ]
        told += [
            Told(slot.slot, slot.grant, Fate.UNDERWAY)
            for slot in self._underway[: _MOST_TOLD - len(told)]
        ]
        calls, minutes, left = self._day() if self._day is not None else (None, 0, None)
        try:
            answer = await self._book.take(
                CallsRequest(
                    calls=self._calls,
                    seconds=self._seconds,
                    wanted=wanted,
                    told=told,
                    day_calls=calls,
                    day_minutes=minutes,
                    day_left=left,
                )
            )
        except BaseException:
            # Telling twice changes nothing: the second time the slot is not held any more.
            self._told.extendleft(reversed(telling))
            raise
        answered = self._clock.monotonic()
        self._held.extend(
            HeldSlot(s.slot, s.grant, answered + s.begins, asked + s.ends - self._guard)
            for s in answer.slots
        )
        self._held = deque(sorted(self._held, key=lambda slot: slot.begins))
        self._ask_at = answered + answer.wait_seconds
        self.used = answer.used
        self._heard(answer)
        return answer

    async def give_back(self) -> None:
        """Give everything back that is held, and tell the rest."""
        now = self._clock.monotonic()
        self._told.extend((slot, Fate.UNUSED, now) for slot in self._held)
        self._held.clear()
        while self._told:
            await self.ask(0)

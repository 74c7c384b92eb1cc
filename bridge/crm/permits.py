"""Calls of a quota that all processes share: taken from the book ahead of need, told of afterwards.

What is granted may be used for a few seconds, counted from the question, so that whichever way the
answer took no call is made that the book does not count. This clock is read for differences only.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog

from bridge.domain.calls import Ask, Stops
from bridge.errors import DatabaseError
from bridge.ports import CallBook, Clock

__all__ = ["Permits"]

_USE_SHARE: Final = 0.25
_MOST_USE_SECONDS: Final = 5.0
_LEAST_USE_SECONDS: Final = 0.5
# So early in that time what is still held is renewed or given back.
_RENEW_SHARE: Final = 0.7
# Calls that end so close to each other are told as one.
_PIECE_SHARE: Final = 0.002
# What one may hold beyond those who wait, and what follows one call closely as a rule.
_AHEAD_SHARE: Final = 0.1
_LEAST_AHEAD: Final = 2
_MOST_TOLD: Final = 500
# While the database is away only what is held can be used.
_AWAY_SECONDS: Final = 1.0
_LEAST_PAUSE_SECONDS: Final = 0.001

Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]

log = structlog.get_logger(__name__)


class Permits:
    """The calls of one quota that this process may make."""

    def __init__(
        self,
        book: CallBook,
        *,
        quota: str,
        calls: int,
        seconds: float,
        clock: Clock,
        spawn: Spawn,
        heard: Callable[[Stops], None],
    ) -> None:
        self._book = book
        self._quota = quota
        self._calls = calls
        self._seconds = seconds
        self._clock = clock
        self._spawn = spawn
        self._heard = heard
        self._use = min(_MOST_USE_SECONDS, max(seconds * _USE_SHARE, _LEAST_USE_SECONDS))
        self._most_ahead = max(_LEAST_AHEAD, math.ceil(calls * _AHEAD_SHARE))
        self._held = 0
        self._until = -math.inf  # what is held may be used
        self._underway = 0
        self._made: list[tuple[int, float]] = []  # calls, and when the last of them had arrived
        self._used = 0  # since the last question
        self._number = 0
        self._asked_at = -math.inf
        self._ask_at = -math.inf  # when asking is worth it
        self._asking = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None

    def ready(self) -> bool:
        """Whether a call may be made now."""
        return self._held > 0 and self._clock.monotonic() < self._until

    def take(self) -> None:
        """Begin a call; only when ``ready``."""
        self._held -= 1
        self._underway += 1
        self._used += 1
        if self._keeper is None:
            self._keeper = self._spawn(self._keep())

    def made(self) -> None:
        """Say that a call has arrived by now."""
        now = self._clock.monotonic()
        self._underway -= 1
        if self._made and now - self._made[-1][1] < self._seconds * _PIECE_SHARE:
            self._made[-1] = (self._made[-1][0] + 1, now)
        else:
            self._made.append((1, now))

    def unused(self) -> None:
        """Give back a call that was not made."""
        self._underway -= 1
        self._held += 1

    async def more(self, waiting: int) -> None:
        """Take some for those who wait; where that is not worth a question yet, wait first.

        Returns whether or not some were granted, within a bound.
        """
        now = self._clock.monotonic()
        if now < self._ask_at:
            await self._clock.sleep(max(self._ask_at - now, _LEAST_PAUSE_SECONDS))
            return
        try:
            await self._ask(waiting + self._ahead() - self._held)
        except DatabaseError as exc:
            self._warn(exc)
            self._ask_at = self._clock.monotonic() + _AWAY_SECONDS

    async def give_back(self) -> None:
        """Give back what is held: no more calls are made.

        Raises:
            DatabaseError: the book counts them as made.
        """
        if self._held or self._underway or self._made:
            await self._ask(0, keep=False)

    def _ahead(self) -> int:
        return min(max(_LEAST_AHEAD, 2 * self._used), self._most_ahead)

    async def _ask(self, wanted: int, *, keep: bool = True) -> None:
        """One question at a time, so that each tells what is true when it is asked."""
        async with self._asking:
            asked_at = self._clock.monotonic()
            if asked_at >= self._until or not keep:
                self._held = 0
            told, self._made = self._made[:_MOST_TOLD], self._made[_MOST_TOLD:]
            wanted = max(wanted, 0)
            self._number += 1
            self._used = 0
            self._asked_at = asked_at
            ask = Ask(
                quota=self._quota,
                number=self._number,
                calls=self._calls,
                seconds=self._seconds,
                use_seconds=self._use,
                kept=self._held + self._underway,
                made=[(calls, asked_at - at) for calls, at in told],
                wanted=wanted,
            )
            try:
                grant = await self._book.take(ask)
            except BaseException:
                # Told again: counted twice rather than not at all.
                self._made[:0] = told
                raise
            self._held += grant.granted
            self._until = asked_at + self._use
            if grant.granted < wanted:
                # Others may give back earlier than the book can know.
                longest = self._use * _RENEW_SHARE
                self._ask_at = self._clock.monotonic() + min(grant.wait_seconds, longest)
            self._heard(grant.stops)

    async def _keep(self) -> None:
        """Renew what is under way before the book forgets it; give back what nobody uses."""
        try:
            while self._held or self._underway or self._made:
                due = self._asked_at + self._use * _RENEW_SHARE
                if (pause := due - self._clock.monotonic()) > 0:
                    await self._clock.sleep(pause)
                    continue
                try:
                    is_busy = self._used > 0
                    await self._ask(self._ahead() - self._held if is_busy else 0, keep=is_busy)
                except DatabaseError as exc:
                    self._warn(exc)
                    await self._clock.sleep(_AWAY_SECONDS)
        finally:
            self._keeper = None

    def _warn(self, exc: DatabaseError) -> None:
        log.warning(
            "component_failed",
            component="quota",
            code=exc.code,
            statement=exc.statement,
            delay=_AWAY_SECONDS,
        )

"""Waiting is a matter of progress: it ends when nothing goes on any more, not when a machine is slow."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

__all__ = ["Patience"]

#: who goes on for that many times as long as somebody may stand still goes in circles
_CIRCLES = 10


class Patience:
    """How long to wait for something: as long as ``pulse`` keeps changing.

    ``pulse`` gives what changes while something goes on. It is asked only when ``seconds`` are over, and then gives as
    many more if its answer is another than the time before. Ten times ``seconds`` are enough in any case.
    """

    def __init__(
        self,
        pulse: Callable[[], Hashable],
        seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pulse = pulse
        self._seconds = seconds
        self._clock = clock
        self._started = clock()
        self._deadline = self._started + seconds
        self._seen: Hashable = object()

    @property
    def is_over(self) -> bool:
        now = self._clock()
        if now < self._deadline:
            return False
        seen = self._pulse()
        if seen == self._seen or now - self._started >= _CIRCLES * self._seconds:
            return True
        self._seen = seen
        self._deadline = now + self._seconds
        return False

    @property
    def waited(self) -> float:
        """Seconds."""
        return self._clock() - self._started

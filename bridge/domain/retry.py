"""When to try again: exponential back-off with full jitter, counted in the outbox row; pure."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.domain.changes import ReasonClass

__all__ = ["RetryPolicy"]

# Nothing is wrong with the item itself: such attempts never park it.
_NOT_THE_ITEM = frozenset({ReasonClass.RATE_LIMITED, ReasonClass.PAUSED, ReasonClass.AUTH})


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Decides between another attempt and parking."""

    max_attempts: int
    base_seconds: float
    cap_seconds: float
    uniform: Callable[[float, float], float] = field(default=random.uniform)

    def is_exhausted(self, attempt: int, reason: ReasonClass | None) -> bool:
        """Tell whether the attempt was the last one."""
        return attempt >= self.max_attempts and reason not in _NOT_THE_ITEM

    def delay(self, attempt: int, retry_after: float | None = None) -> float:
        """Return the seconds to wait; never less than the CRM asked for, which is capped as well."""
        ceiling = min(self.cap_seconds, self.base_seconds * 2.0 ** min(attempt - 1, 30))
        jittered = self.uniform(0.0, ceiling)
        if retry_after is None:
            return max(jittered, self.base_seconds / 4)
        asked = min(max(retry_after, 0.0), self.cap_seconds)
        return asked + self.uniform(0.0, min(1.0, self.base_seconds))

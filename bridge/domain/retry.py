"""When to try again: exponential back-off with full jitter; pure.

How often is the database's business: it counts the failures of a record and parks it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["RetryPolicy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Computes the delay before the next attempt."""

    base_seconds: float
    cap_seconds: float
    uniform: Callable[[float, float], float] = field(default=random.uniform)

    def delay(self, attempt: int, retry_after: float | None = None) -> float:
        """Return the seconds to wait, never less than the CRM asked for; both are capped."""
        ceiling = min(self.cap_seconds, self.base_seconds * 2.0 ** min(attempt - 1, 30))
        jittered = self.uniform(0.0, ceiling)
        if retry_after is None:
            return max(jittered, self.base_seconds / 4)
        asked = min(max(retry_after, 0.0), self.cap_seconds)
        return asked + self.uniform(0.0, min(1.0, self.base_seconds))

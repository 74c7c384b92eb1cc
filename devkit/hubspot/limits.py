"""The call budgets: any ten seconds, searches, and the day."""

from __future__ import annotations

import math
import time
from collections import deque
from typing import TYPE_CHECKING

from devkit.hubspot.schema import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.hubspot.settings import Settings


class Limits:
    """Refused requests do not count. Search answers carry no headers, as the real one's."""

    def __init__(self, settings: Settings, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._monotonic = monotonic
        self._burst: deque[float] = deque()
        self._searches: deque[float] = deque()
        self.today = 0

    def take(self, *, is_search: bool) -> None:
        """Count a request. Raises :class:`ApiError` (429) when a budget is spent."""
        settings = self._settings
        if settings.daily_requests and self.today >= settings.daily_requests:
            raise self._refusal("DAILY", "You have reached your daily limit.", 0.0)
        now = self._monotonic()
        if is_search:
            wait = _wait(self._searches, settings.search_requests, settings.search_seconds, now)
            if wait > 0:
                raise self._refusal("SECONDLY", "You have reached your secondly limit.", wait)
        wait = _wait(self._burst, settings.burst_requests, settings.burst_seconds, now)
        if wait > 0:
            raise self._refusal(
                "TEN_SECONDLY_ROLLING", "You have reached your ten_secondly_rolling limit.", wait
            )
        self._burst.append(now)
        if is_search:
            self._searches.append(now)
        self.today += 1

    def headers(self, *, is_search: bool) -> dict[str, str]:
        settings = self._settings
        if is_search:
            return {}
        shown = {}
        if settings.burst_requests:
            left = max(0, settings.burst_requests - len(self._burst))
            shown = {
                "X-HubSpot-RateLimit-Max": str(settings.burst_requests),
                "X-HubSpot-RateLimit-Remaining": str(left),
                "X-HubSpot-RateLimit-Interval-Milliseconds": str(
                    int(settings.burst_seconds * 1000)
                ),
            }
        if settings.daily_requests:
            shown |= {
                "X-HubSpot-RateLimit-Daily": str(settings.daily_requests),
                "X-HubSpot-RateLimit-Daily-Remaining": str(
                    max(0, settings.daily_requests - self.today)
                ),
            }
        return shown

    def _refusal(self, policy: str, message: str, wait: float) -> ApiError:
        headers = {"Retry-After": str(math.ceil(wait))} if self._settings.retry_after else {}
        return ApiError(429, "RATE_LIMITS", message, policy=policy, headers=headers)


def _wait(taken: deque[float], limit: int, window: float, now: float) -> float:
    while taken and taken[0] <= now - window:
        taken.popleft()
    if limit <= 0 or len(taken) < limit:
        return 0.0
    return taken[0] + window - now

"""The call budget: so many requests in any window of so many seconds (trap S21)."""

from __future__ import annotations

import math
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.spotter.settings import Settings


class Quota:
    """A sliding window. Refused requests do not count against it."""

    def __init__(self, settings: Settings, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._monotonic = monotonic
        self._taken: deque[float] = deque()

    def take(self) -> float:
        """0 when the request may pass, else the seconds until one may."""
        limit, window = self._settings.quota_requests, self._settings.quota_seconds
        if limit <= 0:
            return 0.0
        now = self._monotonic()
        while self._taken and self._taken[0] <= now - window:
            self._taken.popleft()
        if len(self._taken) < limit:
            self._taken.append(now)
            return 0.0
        return self._taken[0] + window - now


def refusal(settings: Settings, wait: float) -> tuple[int, dict[str, str], str | None]:
    """Status, headers and, when the body is not the usual JSON, its HTML."""
    seconds = math.ceil(wait)
    if settings.quota_mode == "html403":
        return (
            403,
            {},
            "<html><head><title>403 Forbidden</title></head><body>Forbidden</body></html>",
        )
    if settings.quota_mode == "none":
        return 429, {}, None
    if settings.quota_mode == "http_date":
        moment = datetime.now(UTC) + timedelta(seconds=seconds)
        return 429, {"Retry-After": format_datetime(moment, usegmt=True)}, None
    return 429, {"Retry-After": str(seconds)}, None

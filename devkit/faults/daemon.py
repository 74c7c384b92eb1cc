"""``erpcrm`` with a wall clock that can be put wrong from outside: what the site of a campaign starts.

``CHAOS_CLOCK`` names a file with seconds that are added to the time of day. Monotonic time goes on as it does, as on
a host whose clock is corrected.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bridge.cli import app
from bridge.clock import SystemClock

__all__ = ["CLOCK_VARIABLE", "main", "offset"]

CLOCK_VARIABLE: Final = "CHAOS_CLOCK"


def offset() -> float:
    """By how many seconds the clock is wrong."""
    name = os.environ.get(CLOCK_VARIABLE)
    try:
        return float(Path(name).read_text(encoding="ascii")) if name else 0.0
    except (FileNotFoundError, ValueError):
        return 0.0


def _now(_clock: SystemClock) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=offset())


def main() -> None:
    """Run ``erpcrm`` with such a clock; its parts make their own, so that the class itself is changed."""
    SystemClock.now = _now  # type: ignore[method-assign, assignment]
    app.main()

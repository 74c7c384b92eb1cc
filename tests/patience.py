"""How tests wait: until what they wait for is there, whatever the machine has to do beside.

``STALL`` is no measure of speed. It is so long that what has not come by then will not come, and shorter than the
limit of pytest, so that a test says what it waited for. ``LONG`` is how long something would take that is
interrupted, refused or woken at once: a test that sees it end earlier knows why, on a slow machine as well.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

__all__ = ["LONG", "STALL", "until", "until_async"]

STALL = 300.0
LONG = 600


def until(condition: Callable[[], Any], what: str = "it", *, pause: float = 0.02) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + STALL
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {STALL:.0f} s for {what}")
        time.sleep(pause)


async def until_async(
    condition: Callable[[], Any], what: str = "it", *, pause: float = 0.01
) -> None:
    """Let other tasks run until the condition holds."""
    deadline = time.monotonic() + STALL
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {STALL:.0f} s for {what}")
        await asyncio.sleep(pause)

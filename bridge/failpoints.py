"""Named points at which a test can kill or delay the daemon.

``ERPCRM_FAILPOINT=name:kill`` or ``name:sleep=2.5``, several separated by commas; a trailing ``@N``
waits for the N-th pass (``before_call:kill@3``). Without the variable ``hit`` is an empty function.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bridge.errors import SettingsError

__all__ = ["NAMES", "configure", "hit", "is_armed"]

NAMES: Final = frozenset(
    {
        "after_dequeue",
        "after_claim",
        "before_call",
        "after_call",
        "before_settle_commit",
        "after_settle_commit",
        "inbound_before_store_commit",
        "inbound_after_store_commit",
        "inbound_after_dequeue",
        "inbound_after_claim",
        "inbound_before_call",
        "inbound_after_call",
        "inbound_before_settle_commit",
        "inbound_after_settle_commit",
        "run_before_finish_page",
        "run_after_finish_page",
    }
)


@dataclass(slots=True)
class _Point:
    act: Callable[[], None]
    passes_left: int


class _Registry:
    """The armed points of this process."""

    def __init__(self) -> None:
        self.points: dict[str, _Point] = {}


_registry: Final = _Registry()


def hit(name: str) -> None:
    """Pass a named point; a sleep blocks the whole loop, as a stalled process would."""
    if not _registry.points:
        return
    point = _registry.points.get(name)
    if point is None:
        return
    point.passes_left -= 1
    if point.passes_left == 0:
        point.act()


def is_armed(name: str) -> bool:
    """Tell whether a named point will act, now or at a later pass."""
    return name in _registry.points


def configure(specification: str) -> None:
    """Arm the points of a specification, disarm all others.

    Raises:
        SettingsError: a name or an action is unknown.
    """
    points: dict[str, _Point] = {}
    for part in filter(None, (item.strip() for item in specification.split(","))):
        name, _, rest = part.partition(":")
        action, _, count = rest.partition("@")
        if name not in NAMES or (count and not count.isdigit()):
            raise SettingsError(
                f"ERPCRM_FAILPOINT: {part!r} is not NAME:ACTION[@N] of a known name"
            )
        points[name] = _Point(act=_action(action), passes_left=int(count or 1))
    _registry.points = points


def _action(text: str) -> Callable[[], None]:
    if text == "kill":
        return lambda: os.kill(os.getpid(), signal.SIGKILL)
    kind, _, value = text.partition("=")
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if kind != "sleep" or seconds < 0:
        raise SettingsError(f"ERPCRM_FAILPOINT: {text!r} is neither kill nor sleep=SECONDS")
    return lambda: time.sleep(seconds)

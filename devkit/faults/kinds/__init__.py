"""What breaks: one function a kind, by the names of :data:`devkit.faults.plan.FAULTS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from devkit.faults.kinds import crm, daemons, database, webhooks
from devkit.faults.kinds.setting import Setting
from devkit.faults.plan import FAULTS, Action

__all__ = ["KINDS", "Setting", "calm"]

KINDS: Final[Mapping[str, Callable[[Setting, Action], None]]] = {
    **daemons.KINDS,
    **crm.KINDS,
    **webhooks.KINDS,
    **database.KINDS,
}
assert KINDS.keys() == FAULTS.keys()


def calm(setting: Setting) -> None:
    """End every fault: from here on only time is needed."""
    for module in (database, crm, webhooks, daemons):
        module.calm(setting)

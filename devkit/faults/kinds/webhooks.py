"""Webhooks get lost, come twice, late, or in another order, for some seconds each time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from devkit.faults.kinds.setting import Setting
from devkit.faults.plan import Action

__all__ = ["KINDS", "calm"]

_SECONDS: Final = 2.0
CALM: Final[dict[str, Any]] = {
    "webhook_drop": 0.0,
    "webhook_duplicate": 0.0,
    "webhook_delay_seconds": 0.0,
    "webhook_reorder": False,
}


def _for_a_while(**settings: Any) -> Callable[[Setting, Action], None]:
    def inject(setting: Setting, action: Action) -> None:
        site = setting.site
        site.crm_admin("PATCH", "/settings", settings)
        usual = {name: CALM[name] for name in settings}
        setting.later(_SECONDS, lambda: site.crm_admin("PATCH", "/settings", usual))

    return inject


KINDS: Final[Mapping[str, Callable[[Setting, Action], None]]] = {
    "webhooks_lost": _for_a_while(webhook_drop=1.0),
    "webhooks_doubled": _for_a_while(webhook_duplicate=1.0),
    "webhooks_delayed": _for_a_while(webhook_delay_seconds=1.0),
    "webhooks_reordered": _for_a_while(webhook_reorder=True),
}


def calm(setting: Setting) -> None:
    setting.site.crm_admin("PATCH", "/settings", CALM)

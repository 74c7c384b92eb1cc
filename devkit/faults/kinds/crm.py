"""The CRM refuses, breaks off, answers late, or answers rubbish; each fault passes by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from devkit.faults.kinds.setting import Setting
from devkit.faults.plan import Action

__all__ = ["KINDS", "calm"]

#: parts of the paths of calls
_PATHS: Final = (
    "LeadsUpdate",
    "LeadsAdd",
    "/Leads",
    "LeadsCustomFields",
    "LeadsLost",
    "PersonsUpdate",
    "personsAdd",
    "Persons",
    "recommendedProducts",
    "leadsWon",
    "ChangeFunnel",
    *[""] * 12,
)
_PAGE_CAP: Final = 500
_SERVER_ERRORS: Final = (500, 502, 503, 504)


def _order(setting: Setting, given: Action, **fault: Any) -> None:
    path = _PATHS[given.choice % len(_PATHS)]
    count = 2 + given.pick % 4
    setting.site.crm_admin("POST", "/faults", {"path": path, "count": count, **fault})


def _when(action: Action) -> str:
    return "after" if action.record % 2 else "before"


def _too_many(setting: Setting, action: Action) -> None:
    _order(setting, action, action="status", status=429, path="")


def _too_many_for_a_while(setting: Setting, action: Action) -> None:
    """The quota of the CRM itself: few calls, and a Retry-After that says how long."""
    site = setting.site
    usual = site.crm_admin("GET", "/settings")
    mode = ("seconds", "http_date", "none")[action.choice % 3]
    limits = {"quota_requests": 3, "quota_seconds": 1.0, "quota_mode": mode}
    site.crm_admin("PATCH", "/settings", limits)
    setting.later(
        1.5,
        lambda: site.crm_admin("PATCH", "/settings", {name: usual[name] for name in limits}),
    )


def _server_error(setting: Setting, action: Action) -> None:
    status = _SERVER_ERRORS[action.pick % len(_SERVER_ERRORS)]
    _order(setting, action, action="status", status=status, when=_when(action))


def _reset_before(setting: Setting, action: Action) -> None:
    _order(setting, action, action="drop")


def _reset_after(setting: Setting, action: Action) -> None:
    """The write is applied, and nobody says so."""
    _order(setting, action, action="drop", when="after")


def _slow(setting: Setting, action: Action) -> None:
    """Held before or after it is applied; the longest is more than the daemon waits for."""
    seconds = (0.2, 0.6, 3.5)[action.pick % 3]
    _order(setting, action, action="delay", seconds=seconds, when=_when(action), count=1)


def _broken_body(kind: str) -> Callable[[Setting, Action], None]:
    def inject(setting: Setting, action: Action) -> None:
        _order(setting, action, action=kind, when="after")

    return inject


def _unauthorized(setting: Setting, action: Action) -> None:
    """A token that is not taken for a while."""
    site = setting.site
    site.crm_admin("POST", "/faults", {"action": "status", "status": 401, "count": 2})


def _stale_reads(setting: Setting, action: Action) -> None:
    site = setting.site
    lag = (0.2, 0.5)[action.pick % 2]
    setting.truth.lag = max(setting.truth.lag, lag)
    site.crm_admin("PATCH", "/settings", {"read_lag_seconds": lag})
    setting.later(2.0, lambda: site.crm_admin("PATCH", "/settings", {"read_lag_seconds": 0.0}))


def _paging_shifts(setting: Setting, action: Action) -> None:
    """Pages of two rows, which shift while users edit, make and remove what is on them."""
    site = setting.site
    usual = site.crm_admin("GET", "/settings")["page_cap"]
    site.crm_admin("PATCH", "/settings", {"page_cap": 2})
    setting.later(
        5.0, lambda: site.crm_admin("PATCH", "/settings", {"page_cap": max(usual, _PAGE_CAP)})
    )


KINDS: Final[Mapping[str, Callable[[Setting, Action], None]]] = {
    "crm_429": _too_many,
    "crm_429_retry_after": _too_many_for_a_while,
    "crm_5xx": _server_error,
    "crm_reset_before": _reset_before,
    "crm_reset_after": _reset_after,
    "crm_slow": _slow,
    "crm_truncated": _broken_body("garbage"),
    "crm_html": _broken_body("html"),
    "crm_empty": _broken_body("empty"),
    "crm_401": _unauthorized,
    "crm_stale_reads": _stale_reads,
    "crm_paging_shifts": _paging_shifts,
}


def calm(setting: Setting) -> None:
    setting.site.crm_admin("DELETE", "/faults")

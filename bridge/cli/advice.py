"""What is switched off or not set in the database, in words that say what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["advice", "capture_detail"]

# metric of CRM_STATUS_V: what follows from it
_ADVICE: Final[Mapping[str, str]] = {
    "steps_switched_off": (
        "CRM_SETTINGS send_steps is not 'S': contacts, values, stages and discards are not sent"
    ),
    "budget_product_missing": (
        "CRM_SETTINGS budget_product_id holds no number: values of quotations wait. "
        "Set it to the number of the CRM's product that carries them (GET /products)"
    ),
    "sale_product_missing": (
        "CRM_SETTINGS sale_product_id holds no number: sales wait. "
        "Set it to the number of the CRM's product with which leads are sold (GET /products)"
    ),
    "capture_triggers_missing": (
        "A trigger of capture is missing: changes of its table are not captured. "
        "erpcrm migrate makes it again; then erpcrm diff --repair"
    ),
    "capture_triggers_off": (
        "A trigger of capture is switched off: changes of its table are not captured. "
        "ALTER TRIGGER … ENABLE (ERROR_LOG names it); then erpcrm diff --repair"
    ),
    "capture_triggers_invalid": (
        "A trigger of capture does not compile, so it was switched off: a column of its table has changed "
        "(user_errors). Mend it, ALTER TRIGGER … ENABLE; then erpcrm diff --repair"
    ),
}

_CAPTURE: Final = ("missing", "off", "invalid")


def capture_detail(metrics: Mapping[str, float]) -> str:
    """Return what is wrong with the triggers of capture, as ``2 off, 1 invalid``; empty when nothing is."""
    found = {state: int(metrics.get(f"capture_triggers_{state}", 0)) for state in _CAPTURE}
    return ", ".join(f"{count} {state}" for state, count in found.items() if count)


def advice(metrics: Mapping[str, float]) -> list[str]:
    """Return one sentence for each thing that keeps something from being sent."""
    return [text for metric, text in _ADVICE.items() if metrics.get(metric)]

"""What is switched off or not set in the database, in words that say what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["advice"]

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
}


def advice(metrics: Mapping[str, float]) -> list[str]:
    """Return one sentence for each setting that keeps something from being sent."""
    return [text for metric, text in _ADVICE.items() if metrics.get(metric)]

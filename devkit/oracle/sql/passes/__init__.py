"""One Oracle rule a module: functions and operators whose meaning differs from PostgreSQL's."""

from __future__ import annotations

import importlib

_MODULES = (
    "aggregates",
    "analytic",
    "characters",
    "dates",
    "hashing",
    "masks",
    "nulls",
    "numbers",
    "regular",
    "session",
    "strings",
    "refused",  # last: only names that no other module knows
)


def load_passes() -> None:
    """Import the modules that register functions."""
    for name in _MODULES:
        importlib.import_module(f"{__name__}.{name}")

"""The statements of ``queries.sql`` by name."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


@cache
def _all() -> dict[str, str]:
    text = Path(__file__).with_name("queries.sql").read_text(encoding="utf-8")
    parts = _NAME.split(text)[1:]
    return {
        name: "\n".join(line for line in body.splitlines() if not line.startswith("--")).rstrip()
        for name, body in zip(parts[::2], parts[1::2], strict=True)
    }


def query(name: str) -> str:
    return _all()[name]


def ranged(side: str, *, low: object, high: object) -> tuple[str, dict[str, object]]:
    """Statement and binds that read one key range of a side ('erp' or 'agreed'); None is open."""
    text, binds = query(f"{side}_rows"), {}
    if low is not None:
        text += "\n" + query(f"{side}_low")
        binds["low"] = low
    if high is not None:
        text += "\n" + query(f"{side}_high")
        binds["high"] = high
    return text, binds

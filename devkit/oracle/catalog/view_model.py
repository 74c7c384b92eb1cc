"""How a family of dictionary views is written down."""

from __future__ import annotations

import re
from dataclasses import dataclass


def yes(condition: str) -> str:
    """YES when the condition holds, else NO."""
    return f"CASE WHEN {condition} THEN 'YES' ELSE 'NO' END"


def columns(text: str) -> tuple[tuple[str, str], ...]:
    """``NAME = expression`` lines; a bare NAME means NULL text, ``NAME#`` NULL number.

    A line that begins with ``...`` goes on with the one before.
    """
    found = []
    for line in re.sub(r"\n\s*\.\.\.", " ", text).strip().splitlines():
        name, separator, expression = line.strip().partition(" = ")
        if not separator:
            kind = "numeric" if name.endswith("#") else "text"
            name, expression = name.rstrip("#"), f"NULL::{kind}"
        found.append((name.strip(), expression))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class DictionaryView:
    """``source`` is the FROM clause; ``owner`` and ``object`` decide who sees a row."""

    name: str
    columns: tuple[tuple[str, str], ...]
    source: str
    owner: str
    object: str
    where: str = ""
    owner_column: str = "OWNER"
    forms: tuple[str, ...] = ("USER", "ALL", "DBA")

"""Loads ``queries.sql``."""

from __future__ import annotations

from collections.abc import Mapping

from bridge import sqlfiles

__all__ = ["load"]


def load(owner: str) -> Mapping[str, str]:
    """Return every statement by name, with the owner put in.

    Raises:
        ValueError: the owner is not a plain schema name.
    """
    if not owner.replace("_", "").isalnum():
        raise ValueError(f"{owner!r} is not a plain schema name")
    statements = sqlfiles.read("bridge.oracle", "queries.sql")
    return {name: text.replace("{owner}", owner.lower()) for name, text in statements.items()}

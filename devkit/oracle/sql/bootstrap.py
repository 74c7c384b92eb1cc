"""The PostgreSQL functions that stand for Oracle's: ``functions.sql``, statement by statement."""

from __future__ import annotations

from pathlib import Path

_SOURCE = Path(__file__).with_name("functions.sql")


def statements() -> list[str]:
    """The statements of ``functions.sql``, in order; each ends at a line that is only ``--;``."""
    text = _SOURCE.read_text(encoding="utf-8")
    return [part.strip() for part in text.split("\n--;\n") if part.strip()]

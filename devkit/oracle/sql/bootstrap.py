"""The PostgreSQL functions that stand for Oracle's: ``functions.sql`` and its companions."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent
_FILES = ("json.sql", "functions.sql", "collections.sql", "zones.sql")


def statements() -> list[str]:
    """The statements of the files, in order; each ends at a line that is only ``--;``."""
    parts: list[str] = []
    for name in _FILES:
        parts += (_FOLDER / name).read_text(encoding="utf-8").split("\n--;\n")
    return [part.strip() for part in parts if part.strip()]

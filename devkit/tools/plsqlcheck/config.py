"""The project's part of the rules, read from ``[tool.plsqlcheck]`` in pyproject.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from fnmatch import fnmatch
from pathlib import Path
from typing import Any


class ConfigError(Exception):
    """The table in pyproject.toml is wrong; the message says where."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a project may set.

    ``scripts`` are folders and files (globs) for an administrator's SQL*Plus: client commands and
    substitution variables are theirs. ``layers`` go from the lowest up; folders in one inner list
    may call each other. ``raisers`` are procedures that always raise; ``positional`` are calls
    (globs) that need not name their arguments. ``independent`` are files (globs) whose units must
    not name any other. ``shared_tables`` are those (globs, lower case) that others write as well.
    ``allow`` maps a rule to the paths (globs) it does not apply to.
    """

    paths: list[str] = field(default_factory=lambda: ["plsql", "migrations"])
    migrations: list[str] = field(default_factory=lambda: ["migrations"])
    tests: list[str] = field(default_factory=lambda: ["tests"])
    scripts: list[str] = field(default_factory=list)
    layers: list[list[str]] = field(default_factory=list)
    max_line_length: int = 120
    raisers: list[str] = field(default_factory=list)
    positional: list[str] = field(default_factory=list)
    forbidden_words: list[str] = field(default_factory=list)
    independent: list[str] = field(default_factory=list)
    shared_tables: list[str] = field(default_factory=lambda: ["erp.*"])
    allow: dict[str, list[str]] = field(default_factory=dict)

    def allows(self, rule: str, path: str) -> bool:
        """Whether ``path`` is excused from ``rule``."""
        return any(fnmatch(path, pattern) for pattern in self.allow.get(rule, ()))

    def layer(self, path: str) -> tuple[int, str] | None:
        """Rank and name of the layer folder that holds ``path``."""
        folder = Path(path).parent.name
        for rank, names in enumerate(self.layers):
            if folder in names:
                return rank, folder
        return None


def load(pyproject: Path) -> Config:
    """The configuration of a project; the defaults when there is no table."""
    if not pyproject.is_file():
        return Config()
    table = tomllib.loads(pyproject.read_text(encoding="utf-8")).get("tool", {})
    return from_table(table.get("plsqlcheck", {}))


def from_table(table: dict[str, Any]) -> Config:
    known = {f.name for f in fields(Config)}
    values = {key.replace("-", "_"): value for key, value in table.items()}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ConfigError(f"[tool.plsqlcheck] does not know: {', '.join(unknown)}")
    return Config(**values)

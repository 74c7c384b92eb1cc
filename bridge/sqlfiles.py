"""Reads files of named SQL statements.

A block begins with ``-- name: some_name``, followed by one or more comment lines that say what the
statement is for. It ends with ``;`` (SQL) or with a line holding only ``/`` (PL/SQL).
"""

from __future__ import annotations

import re
from importlib import resources

__all__ = ["parse", "read"]

_NAME = re.compile(r"\A--\s*name:\s*(?P<name>[a-z][a-z0-9_]*)\s*\Z")


def parse(text: str) -> dict[str, str]:
    """Return the statements of a file by name, without comments and terminators."""
    statements: dict[str, str] = {}
    name: str | None = None
    lines: list[str] = []

    def close() -> None:
        if name is None:
            return
        body = "\n".join(lines).strip()
        if body.endswith("\n/"):
            body = body[:-2].rstrip()
        else:
            body = body.rstrip(";").rstrip()
        if not body or name in statements:
            raise ValueError(f"statement {name!r} is empty or defined twice")
        statements[name] = body

    for line in text.splitlines():
        match = _NAME.match(line.strip())
        if match:
            close()
            name, lines = match["name"], []
        elif name is not None and not line.lstrip().startswith("--"):
            lines.append(line.rstrip())
    close()
    return statements


def read(package: str, file_name: str) -> dict[str, str]:
    """Return the statements of a file that is shipped inside a package."""
    return parse(resources.files(package).joinpath(file_name).read_text(encoding="utf-8"))

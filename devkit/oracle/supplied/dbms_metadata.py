"""DBMS_METADATA.GET_DDL of what has a source: units of PL/SQL and views. Tables are refused by name."""

from __future__ import annotations

import re
from typing import Any

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.supplied.native import Package

# The parts that an object type stands for, and how the dictionary calls them.
_PARTS = {
    "PACKAGE": ("PACKAGE", "PACKAGE BODY"),
    "PACKAGE_SPEC": ("PACKAGE",),
    "PACKAGE_BODY": ("PACKAGE BODY",),
    "TYPE": ("TYPE", "TYPE BODY"),
    "TYPE_SPEC": ("TYPE",),
    "TYPE_BODY": ("TYPE BODY",),
    "PROCEDURE": ("PROCEDURE",),
    "FUNCTION": ("FUNCTION",),
    "TRIGGER": ("TRIGGER",),
    "VIEW": ("VIEW",),
}
_HEAD = r"(?:(?:\"[^\"]+\"|[\w$#]+)\s*\.\s*)?(?:\"[^\"]+\"|[\w$#]+)"


def _get_ddl(
    session: Any,
    kind: str,
    name: str,
    schema: str | None,
    _version: Any,
    model: Any,
    transform: Any,
) -> str:
    owner = schema or session.current_schema
    if transform != "DDL" or model != "ORACLE":
        raise unsupported(f"DBMS_METADATA.GET_DDL with transform {transform}")
    if kind not in _PARTS:
        raise unsupported(f"DBMS_METADATA.GET_DDL of {kind}")
    seen = session.catalog.can_see(session.user, owner, name)
    texts = [_text(session, owner, name, part) for part in _PARTS[kind]] if seen else []
    found = [text for text in texts if text is not None]
    if not found:
        raise OraError(31603, f'"{name}"', kind, f'"{owner}"')
    return "\n".join(found)


def _text(session: Any, owner: str, name: str, part: str) -> str | None:
    full = f'"{owner}"."{name}"'
    if part == "VIEW":
        rows = session.storage.query(
            "SELECT v.text, v.read_only, v.check_option, (SELECT array_agg(c.name ORDER BY c.position)"
            " FROM ora_dict.columns c WHERE c.owner = v.owner AND c.table_name = v.name)"
            " FROM ora_dict.views v WHERE v.owner = $1 AND v.name = $2",
            (owner, name),
        ).rows
        if not rows:
            return None
        text, read_only, check_option, names = rows[0]
        listed = ", ".join(f'"{one}"' for one in names)
        tail = " WITH READ ONLY" if read_only else " WITH CHECK OPTION" if check_option else ""
        return f"\n  CREATE OR REPLACE FORCE EDITIONABLE VIEW {full} ({listed}) AS \n  {text}{tail}"
    source = session.catalog.source(owner, name, part)
    if source is None:
        return None
    words = r"\s+".join(part.split())
    head = re.compile(rf"\s*(?:(?:NON)?EDITIONABLE\s+)?{words}\s+{_HEAD}", re.IGNORECASE)
    rest = source[match.end() :] if (match := head.match(source)) else f" {source}"
    return f"\n  CREATE OR REPLACE EDITIONABLE {part} {full}{rest}"


PACKAGE = Package("DBMS_METADATA", {"GET_DDL": _get_ddl})

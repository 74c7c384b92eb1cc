"""LOCK TABLE."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.plans import LockPlan
from devkit.oracle.sql.typing import quote

if TYPE_CHECKING:
    from devkit.oracle.sql.scope import Context


def lock_plan(ctx: Context, tokens: list[Any]) -> LockPlan:
    """LOCK TABLE t [, t] IN mode MODE [NOWAIT | WAIT n]."""
    words = [token.text for token in tokens]
    upper = [word.upper() for word in words]
    if upper[:2] != ["LOCK", "TABLE"] or "IN" not in upper:
        raise OraError(905, position=0)
    at = upper.index("IN")
    tables: list[str] = []
    parts: list[str] = []
    names: list[tuple[str, ...]] = []
    for token in tokens[2:at]:
        if token.text.upper() in {"PARTITION", "SUBPARTITION"}:
            raise OraError(14501)  # no table is partitioned here
        if token.text == ",":
            names.append(tuple(parts))
            parts = []
        elif token.text != ".":
            quoted = token.token_type.name == "IDENTIFIER"
            parts.append(token.text if quoted else token.text.upper())
    names.append(tuple(parts))
    rest = " ".join(upper[at + 1 :])
    match = re.fullmatch(
        r"(ROW SHARE|ROW EXCLUSIVE|SHARE UPDATE|SHARE ROW EXCLUSIVE|SHARE|EXCLUSIVE) MODE"
        r"(?: (NOWAIT)| WAIT (\d+))?",
        rest,
    )
    if match is None:
        raise OraError(1735 if "MODE" in rest else 905)
    mode = "ROW SHARE" if match.group(1) == "SHARE UPDATE" else match.group(1)
    for name in names:
        definition = ctx.table(name, "SELECT", tokens[2].start)
        if definition.is_view:
            raise unsupported("LOCK TABLE of a view")
        tables.append(f"{quote(definition.owner)}.{quote(definition.name)}")
    nowait = " NOWAIT" if match.group(2) else ""
    sql = [f"LOCK TABLE {table} IN {mode} MODE{nowait}" for table in tables]
    return LockPlan(sql, int(match.group(3)) if match.group(3) else None)

"""ROWNUM, OFFSET … FETCH, and FOR UPDATE: which rows of a block count, and which are locked."""

# ruff: noqa: S608  (building SQL text is the work here: names are quoted, values bound)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.scope import Block, Source, column_parts, folded, position_of, shown
from devkit.oracle.sql.typing import quote

if TYPE_CHECKING:
    from devkit.oracle.sql.outputs import Query
    from devkit.oracle.sql.queries import Queries


def rownum_limit(queries: Queries, test: Any, block: Block) -> str | None:
    """``ROWNUM <= n`` and its like as the n of a LIMIT, None for any other condition."""
    if isinstance(test, exp.Paren):
        return rownum_limit(queries, test.this, block)
    if isinstance(test, exp.Between) and is_rownum(test.this):
        low = queries.ex.number(test.args["low"], block).sql
        high = queries.ex.number(test.args["high"], block).sql
        return f"CASE WHEN {low} <= 1 THEN COALESCE(GREATEST(floor({high}), 0), 0) ELSE 0 END"
    if not isinstance(test, exp.LT | exp.LTE | exp.EQ | exp.GT | exp.GTE):
        return None
    left, right, operator = test.this, test.expression, type(test)
    if is_rownum(right):
        mirror = {exp.LT: exp.GT, exp.LTE: exp.GTE, exp.GT: exp.LT, exp.GTE: exp.LTE}
        left, right, operator = right, left, mirror.get(operator, operator)
    if not is_rownum(left):
        return None
    bound = queries.ex.number(right, block).sql
    if operator is exp.LTE:
        return f"COALESCE(GREATEST(floor({bound}), 0), 0)"
    if operator is exp.LT:
        return f"COALESCE(GREATEST(ceil({bound}) - 1, 0), 0)"
    if operator is exp.EQ:
        return f"CASE WHEN {bound} = 1 THEN 1 ELSE 0 END"
    first = "<" if operator is exp.GT else "<="
    return f"CASE WHEN {bound} {first} 1 THEN NULL::numeric ELSE 0 END"


def row_limit(queries: Queries, node: Any, block: Block, sql: str, ordered: bool) -> str:
    """OFFSET and FETCH, with TIES and PERCENT; negative and NULL counts give no rows."""
    offset = node.args.get("offset")
    fetch = node.args.get("limit")
    text = ""
    start = "0"
    if offset is not None:
        start = (
            f"COALESCE(GREATEST(floor({queries.ex.number(offset.expression, block).sql}), 0), 0)"
        )
        text += f" OFFSET ({start})::bigint"
    if fetch is None:
        return text
    if not isinstance(fetch, exp.Fetch):
        raise OraError(933)
    options = fetch.args.get("limit_options")
    count = fetch.args.get("count")
    number = queries.ex.number(count, block).sql if count is not None else "1"
    if options is not None and options.args.get("percent"):
        alias = queries.ctx.alias("n")
        number = f"ceil((SELECT count(*) FROM ({sql}) AS {alias}) * ({number}) / 100.0)"
    rows = f"(COALESCE(GREATEST(floor({number}), 0), 0))::bigint"
    if options is not None and options.args.get("with_ties") and ordered:
        return f"{text} FETCH FIRST ({rows}) ROWS WITH TIES"
    return f"{text} LIMIT {rows}"


def lock_rows(
    queries: Queries, lock: Any, block: Block, sources: list[Source], query: Query
) -> str:
    """FOR UPDATE as the end of the PostgreSQL query that reads the sources."""
    if not lock.args.get("update"):
        raise unsupported("FOR SHARE")
    if block.parent is not None:
        raise OraError(907)
    chosen: list[Source] = []
    for target in lock.args.get("expressions") or []:
        parts = tuple(folded(target.args[part]) for part in ("db", "this") if target.args.get(part))
        owner = [
            source
            for source in sources
            if parts[-1] in source.columns and (len(parts) == 1 or source.alias == parts[0])
        ]
        if not owner:
            raise OraError(904, shown(parts), position=position_of(target))
        if owner[0] not in chosen:
            chosen.append(owner[0])
    if not chosen:
        chosen = [source for source in sources if not source.optional]
    lockable = [source for source in chosen if source.table is not None or source.inline]
    for source in lockable:
        definition = source.table
        if definition is not None:
            queries.ctx.table((definition.owner, definition.name), "UPDATE", None)
    query.for_update = True
    if not lockable:
        return ""
    names = ", ".join(quote(source.alias) for source in lockable)
    wait = lock.args.get("wait")
    if isinstance(wait, exp.Literal):
        query.wait = int(str(wait.this))
    elif wait is not None and not isinstance(wait, bool):
        raise unsupported("FOR UPDATE WAIT with an expression")
    words = {True: " NOWAIT", False: " SKIP LOCKED"}
    return f" FOR UPDATE OF {names}{words[wait] if isinstance(wait, bool) else ''}"


def least(limits: list[str]) -> str:
    if len(limits) == 1:
        return f"({limits[0]})::bigint"
    return f"(LEAST({', '.join(limits)}))::bigint"


def is_rownum(node: Any) -> bool:
    return isinstance(node, exp.Column) and column_parts(node) == ("ROWNUM",)

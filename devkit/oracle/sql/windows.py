"""OVER, KEEP and WITHIN GROUP: the clauses that follow an aggregate or analytic function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.scope import folded, position_of
from devkit.oracle.sql.typing import BINARY, DATES, INTERVALS, NUMERIC
from devkit.oracle.values import Kind

if TYPE_CHECKING:
    from devkit.oracle.sql.expressions import Expressions
    from devkit.oracle.sql.scope import Block
    from devkit.oracle.sql.typing import Typed


def window(ex: Expressions, node: Any, block: Block) -> Typed:
    inner = node.this
    keep: tuple[str, Any] | None = None
    parts: tuple[str, str, str] | None = None
    if _is_keep(node):
        if folded(node.args["alias"]) != "DENSE_RANK":
            raise OraError(2000, "DENSE_RANK", position=position_of(node))
        keep = ("FIRST" if node.args.get("first") else "LAST", node.args.get("order"))
    else:
        parts = window_parts(ex, node, block)
        if isinstance(inner, exp.Window) and _is_keep(inner):
            keep = ("FIRST" if inner.args.get("first") else "LAST", inner.args.get("order"))
            inner = inner.this
            if parts[1] or parts[2]:
                raise OraError(30487, position=position_of(node))
    ignore_nulls = False
    within = None
    if isinstance(inner, exp.IgnoreNulls):
        ignore_nulls, inner = True, inner.this
    elif isinstance(inner, exp.RespectNulls):
        inner = inner.this
    if isinstance(inner, exp.WithinGroup):
        within, inner = inner.expression, inner.this
    if not isinstance(inner, exp.Anonymous):
        raise unsupported("OVER after this expression")
    return ex._dispatch(
        inner, block, window=parts, keep=keep, within=within, ignore_nulls=ignore_nulls
    )


def _is_keep(node: Any) -> bool:
    return str(node.args.get("over") or "").upper() == "KEEP"


def window_parts(ex: Expressions, node: Any, block: Block) -> tuple[str, str, str]:
    """PARTITION BY, ORDER BY and the frame, each empty when not written."""
    if node.args.get("alias") is not None:
        raise unsupported("WINDOW clause")
    partition = node.args.get("partition_by")
    by = "PARTITION BY " + ", ".join(ex.value(p, block).sql for p in partition) if partition else ""
    order = node.args.get("order")
    with block.without_sequences():
        ordering = "ORDER BY " + ex.order_items(order, block) if order is not None else ""
    spec = node.args.get("spec")
    if spec is None:
        return by, ordering, ""
    if not ordering:
        raise OraError(30485, position=position_of(node))
    return by, ordering, _frame(ex, spec, order, block)


def over(parts: tuple[str, str, str]) -> str:
    return f" OVER ({' '.join(part for part in parts if part)})"


def _frame(ex: Expressions, spec: Any, order: Any, block: Block) -> str:
    kind = str(spec.args["kind"]).upper()
    if kind not in {"ROWS", "RANGE"}:  # GROUPS came with release 21
        raise OraError(907, position=position_of(spec))

    def bound(value: Any, side: Any) -> str:
        if isinstance(value, str):
            return f"{value.upper()} {str(side or '').upper()}".strip()
        if kind == "ROWS":
            return f"({ex.number(value, block).sql})::bigint {str(side).upper()}"
        return f"{_distance(ex, value, order, block)} {str(side).upper()}"

    start = bound(spec.args["start"], spec.args.get("start_side"))
    end = spec.args.get("end")
    if end is None:
        return f"{kind} {start}"
    return f"{kind} BETWEEN {start} AND {bound(end, spec.args.get('end_side'))}"


def _distance(ex: Expressions, value: Any, order: Any, block: Block) -> str:
    """The offset of RANGE, in the unit of the one sort key: a number, or days for a date."""
    if len(order.expressions) != 1:
        raise OraError(30486, position=position_of(order))
    key = ex.value(order.expressions[0].this, block)
    offset = ex.value(value, block)
    if key.kind in NUMERIC:
        number = ex.ctx.conversions.to_number(offset)
        return f"({number.sql})::{'float8' if key.kind in BINARY else 'numeric'}"
    if key.kind in DATES and key.kind is not Kind.TIMESTAMP_TZ:
        if offset.kind in INTERVALS:
            return f"({offset.sql})"
        number = ex.ctx.conversions.to_number(offset)
        return f"(({number.sql})::float8 * interval '1 day')"
    raise OraError(902, position=position_of(order))

"""Aggregates and analytic functions."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.passes.registry import Call, function
from devkit.oracle.sql.typing import BINARY, LOBS, Typed, mismatch
from devkit.oracle.values import NUMBER, VARCHAR2, Kind, OraType


def _distinct(call: Call) -> str:
    return "DISTINCT " if call.distinct else ""


@function("COUNT", least=1, most=1, aggregate=True)
def _count(call: Call) -> Typed:
    if isinstance(call.args[0], exp.Star):
        return Typed(f"count(*){call.over}::numeric", NUMBER)
    if call.keep is not None:
        raise unsupported("COUNT with KEEP")
    value = call.value(0)
    if value.kind in LOBS and call.distinct:
        raise mismatch("-", value.kind)
    return Typed(f"count({_distinct(call)}{value.rowid or value.sql}){call.over}::numeric", NUMBER)


@function("SUM", "AVG", least=1, most=1, aggregate=True)
def _sum(call: Call) -> Typed:
    if call.keep is not None:
        raise unsupported(f"{call.name} with KEEP")
    number = call.ex.number(call.args[0], call.block)
    what = f"{_distinct(call)}{number.sql}"
    if number.kind in BINARY:
        return Typed(f"{call.name.lower()}({what}){call.over}", OraType(Kind.BINARY_DOUBLE))
    total = f"sum({what}){call.over}"
    if call.name == "SUM":
        return Typed(total, NUMBER)
    return Typed(f"ora.div({total}, NULLIF(count({what}){call.over}, 0)::numeric)", NUMBER)


@function("MIN", "MAX", least=1, most=1, aggregate=True)
def _extreme(call: Call) -> Typed:
    value = call.value(0)
    if value.kind in LOBS:
        raise mismatch("-", value.kind)
    type_ = value.type
    if type_.kind is Kind.ROWID and value.rowid is not None:
        bigint = f"{call.name.lower()}({value.rowid}){call.over}"
        return Typed(f"ora.rowid_text({bigint})", type_, rowid=bigint)
    if call.keep is not None:
        return _kept(call, value)
    if value.is_null:
        return Typed(f"{call.name.lower()}(NULL::text){call.over}", VARCHAR2)
    what = f"encode({value.sql}, 'hex')" if type_.kind is Kind.RAW else value.sql
    sql = f"{call.name.lower()}({_distinct(call)}{what}){call.over}"
    return Typed(f"decode({sql}, 'hex')" if type_.kind is Kind.RAW else sql, type_)


def _kept(call: Call, value: Typed) -> Typed:
    """MAX(x) KEEP (DENSE_RANK FIRST|LAST ORDER BY …): of the rows that rank first, the extreme."""
    assert call.keep is not None
    if call.over:
        raise unsupported("KEEP with OVER")
    side, order = call.keep
    items = []
    for ordered in order.expressions:
        key = call.ex.value(ordered.this, call.block).sql
        descending = bool(ordered.args.get("desc"))
        nulls_first = bool(ordered.args.get("nulls_first"))
        if side == "LAST":
            descending, nulls_first = not descending, not nulls_first
        items.append(
            f"{key}{' DESC' if descending else ''} NULLS {'FIRST' if nulls_first else 'LAST'}"
        )
    items.append(f"{value.sql}{' DESC' if call.name == 'MAX' else ''} NULLS LAST")
    return Typed(f"(array_agg({value.sql} ORDER BY {', '.join(items)}))[1]", value.type)


@function("LISTAGG", least=1, most=2, aggregate=True)
def _listagg(call: Call) -> Typed:
    value = call.text(0)
    separator = call.text(1).sql if len(call) > 1 else "''::text"
    if separator == "NULL::text":
        separator = "''::text"
    order = ""
    if call.within is not None:
        order = " ORDER BY " + call.ex.order_items(call.within, call.block)
    if call.over:
        whole = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
        window = f"{call.over[:-1]}{order} {whole})"
        return Typed(f"ora.listagg_result(string_agg({value.sql}, {separator}){window})", VARCHAR2)
    return Typed(
        f"ora.listagg_result(string_agg({_distinct(call)}{value.sql}, {separator}{order}))",
        OraType(Kind.CLOB) if value.kind is Kind.CLOB else VARCHAR2,
    )


@function(
    "STDDEV",
    "VARIANCE",
    "STDDEV_POP",
    "STDDEV_SAMP",
    "VAR_POP",
    "VAR_SAMP",
    least=1,
    most=1,
    aggregate=True,
)
def _spread(call: Call) -> Typed:
    name = {"VARIANCE": "var_samp", "STDDEV": "stddev_samp"}.get(call.name, call.name.lower())
    number = call.number(0)
    sql = f"{name}({_distinct(call)}{number}){call.over}"
    if call.name in {"STDDEV", "VARIANCE"}:  # of one row they are 0, not NULL
        sql = f"CASE WHEN count({number}){call.over} = 1 THEN 0 ELSE {sql} END"
    return Typed(sql, NUMBER)


@function("MEDIAN", least=1, most=1, aggregate=True)
def _median(call: Call) -> Typed:
    if call.over:
        raise unsupported("MEDIAN with OVER")
    return Typed(f"ora.median(array_agg({call.number(0)}))", NUMBER)


@function("GROUPING", least=1, most=1, aggregate=True)
def _grouping(call: Call) -> Typed:
    return Typed(f"grouping({call.value(0).sql})::numeric", NUMBER)


@function("ROW_NUMBER", "RANK", "DENSE_RANK", most=0, window=True)
def _ranking(call: Call) -> Typed:
    if not call.over:
        raise OraError(30484, position=call.position)
    return Typed(f"{call.name.lower()}(){call.over}::numeric", NUMBER)


@function("PERCENT_RANK", "CUME_DIST", most=0, window=True)
def _share_of_rows(call: Call) -> Typed:
    if not call.over:
        raise OraError(30484, position=call.position)
    return Typed(f"({call.name.lower()}(){call.over})::numeric", NUMBER)


@function("NTILE", least=1, most=1, window=True)
def _ntile(call: Call) -> Typed:
    return Typed(f"ntile({call.integer(0)}){call.over}::numeric", NUMBER)


@function("LAG", "LEAD", least=1, most=3, window=True)
def _neighbour(call: Call) -> Typed:
    if call.ignore_nulls:
        raise unsupported(f"{call.name} IGNORE NULLS")
    value = call.value(0)
    offset = call.integer(1) if len(call) > 1 else "1"
    default = ""
    if len(call) > 2:
        default = ", " + call.ctx.conversions.convert(call.value(2), value.type).sql
    return Typed(f"{call.name.lower()}({value.sql}, {offset}{default}){call.over}", value.type)


@function("FIRST_VALUE", "LAST_VALUE", least=1, most=1, window=True)
def _boundary(call: Call) -> Typed:
    if call.ignore_nulls:
        raise unsupported(f"{call.name} IGNORE NULLS")
    value = call.value(0)
    return Typed(f"{call.name.lower()}({value.sql}){call.over}", value.type)


@function("NTH_VALUE", least=2, most=2, window=True)
def _nth(call: Call) -> Typed:
    value = call.value(0)
    return Typed(f"nth_value({value.sql}, {call.integer(1)}){call.over}", value.type)


@function("RATIO_TO_REPORT", least=1, most=1, window=True)
def _ratio(call: Call) -> Typed:
    number = call.number(0)
    return Typed(f"ora.div({number}, NULLIF(sum({number}){call.over}, 0))", NUMBER)


def uses_aggregate(node: Any) -> bool:
    """Whether an expression has an aggregate of its own block (not one with OVER)."""
    from devkit.oracle.sql.grammar import JsonCall
    from devkit.oracle.sql.passes.registry import AGGREGATES

    if isinstance(node, exp.Query):
        return False
    if isinstance(node, exp.Window) and str(node.args.get("over") or "").upper() != "KEEP":
        inner = node.this
        if isinstance(inner, exp.Anonymous):
            return any(uses_aggregate(arg) for arg in inner.expressions)
        return False
    if isinstance(node, JsonCall) and str(node.args["name"]).endswith("AGG"):
        return True
    if isinstance(node, exp.Anonymous) and str(node.this).upper() in AGGREGATES:
        return True
    return any(uses_aggregate(child) for child in node.iter_expressions())

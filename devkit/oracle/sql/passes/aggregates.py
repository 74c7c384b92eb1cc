"""Aggregates and analytic functions."""

# ruff: noqa: S608  (building SQL text is the work here: names are quoted, values bound)

from __future__ import annotations

from typing import Any

from sqlglot import exp

from devkit.oracle.errors import unsupported
from devkit.oracle.sql.passes.registry import Call, function
from devkit.oracle.sql.typing import BINARY, LOBS, Typed, mismatch, text_literal
from devkit.oracle.values import NUMBER, VARCHAR2, Kind, OraType

_WHOLE = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"


def _distinct(call: Call) -> str:
    return "DISTINCT " if call.distinct else ""


@function("COUNT", least=1, most=1, aggregate=True)
def _count(call: Call) -> Typed:
    if isinstance(call.args[0], exp.Star):
        if call.keep is not None:
            return Typed(
                _of_first_ranks(call, Typed("1::numeric", NUMBER), "count(v)::numeric"), NUMBER
            )
        return Typed(f"count(*){call.over}::numeric", NUMBER)
    value = call.value(0)
    if call.keep is not None:
        return Typed(_of_first_ranks(call, value, "count(v)::numeric"), NUMBER)
    if value.kind in LOBS and call.distinct:
        raise mismatch("-", value.kind)
    return Typed(f"count({_distinct(call)}{value.rowid or value.sql}){call.over}::numeric", NUMBER)


@function("SUM", "AVG", least=1, most=1, aggregate=True)
def _sum(call: Call) -> Typed:
    number = call.ex.number(call.args[0], call.block)
    if call.keep is not None:
        what = "sum(v)" if call.name == "SUM" else "ora.div(sum(v), NULLIF(count(v), 0)::numeric)"
        return Typed(_of_first_ranks(call, number, what), number.type)
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
    items = _rank_items(call)
    items.append(f"{value.sql}{' DESC' if call.name == 'MAX' else ''} NULLS LAST")
    if call.over:
        parts = [call.window[0], f"ORDER BY {', '.join(items)}", _WHOLE]
        window = " ".join(part for part in parts if part)
        return Typed(f"first_value({value.sql}) OVER ({window})", value.type)
    return Typed(f"(array_agg({value.sql} ORDER BY {', '.join(items)}))[1]", value.type)


def _of_first_ranks(call: Call, value: Typed, aggregate: str) -> str:
    """SUM, AVG, COUNT with KEEP: over the rows that share the first rank."""
    if call.over:
        raise unsupported(f"{call.name} with KEEP and OVER")
    assert call.keep is not None
    order = ", ".join(_rank_items(call))
    keys = [call.ex.value(item.this, call.block).sql for item in call.keep[1].expressions]
    ranks = f"array_agg(jsonb_build_array({', '.join(keys)}) ORDER BY {order})"
    return (
        f"(SELECT {aggregate} FROM unnest(array_agg({value.sql} ORDER BY {order}), {ranks})"
        f" AS u(v, k) WHERE k = ({ranks})[1])"
    )


def _rank_items(call: Call) -> list[str]:
    """The ORDER BY of KEEP, turned around for LAST."""
    assert call.keep is not None
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
    return items


@function("LISTAGG", least=1, most=2, aggregate=True)
def _listagg(call: Call) -> Typed:
    value = call.text(0)
    separator = call.text(1).sql if len(call) > 1 else "''::text"
    if separator == "NULL::text":
        separator = "''::text"
    order = ""
    if call.within is not None:
        order = " ORDER BY " + call.ex.order_items(call.within, call.block)
    if call.distinct and value.sql != call.value(0).sql and not call.over:
        return _listagg_of_values(call, separator, order)
    if call.overflow is not None:
        if call.over:
            raise unsupported("LISTAGG ON OVERFLOW TRUNCATE with OVER")
        filler, counted = call.overflow
        values = f"array_agg({_distinct(call)}{value.sql}{order})"
        rest = f"{text_literal(filler)}, {'true' if counted else 'false'}"
        return Typed(f"ora.listagg_truncated({values}, {separator}, {rest})", VARCHAR2)
    if call.over:
        window = f"{call.over[:-1]}{order} {_WHOLE})"
        return Typed(f"ora.listagg_result(string_agg({value.sql}, {separator}){window})", VARCHAR2)
    return Typed(
        f"ora.listagg_result(string_agg({_distinct(call)}{value.sql}, {separator}{order}))",
        OraType(Kind.CLOB) if value.kind is Kind.CLOB else VARCHAR2,
    )


def _listagg_of_values(call: Call, separator: str, order: str) -> Typed:
    """LISTAGG(DISTINCT …) of numbers or dates: they are distinct, and sorted, as what they are."""
    if call.overflow is not None:
        raise unsupported("LISTAGG(DISTINCT …) of values that are no text, ON OVERFLOW TRUNCATE")
    value = call.value(0)
    text = call.ctx.conversions.to_text(Typed("u.x", value.type)).sql
    values = f"unnest(array_agg(DISTINCT {value.sql}{order})) WITH ORDINALITY AS u(x, n)"
    sql = f"(SELECT string_agg({text}, {separator} ORDER BY u.n) FROM {values})"
    return Typed(f"ora.listagg_result({sql})", VARCHAR2)


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
    number, over = call.number(0), call.over
    if call.distinct and over:
        raise unsupported(f"{call.name} DISTINCT with OVER")
    which = "covar_pop" if call.name.endswith("_POP") else "covar_samp"
    n = f"count({_distinct(call)}{number}){over}"
    if call.distinct:
        sql = (
            f"(SELECT ora.{which}(count(v)::numeric, sum(v), sum(v), sum(v * v), NULL, NULL)"
            f" FROM unnest(array_agg(DISTINCT {number})) AS u(v) WHERE v IS NOT NULL)"
        )
    else:
        total = f"sum({number}){over}"
        squares = f"sum(({number}) * ({number})){over}"
        sql = f"ora.{which}(({n})::numeric, {total}, {total}, {squares}, NULL, NULL)"
    if call.name in {"STDDEV", "VARIANCE"}:  # of one row they are 0, not NULL
        sql = f"CASE WHEN {n} = 1 THEN 0 ELSE {sql} END"
    return Typed(f"ora.sqrt({sql})" if call.name.startswith("STDDEV") else sql, NUMBER)


@function("MEDIAN", least=1, most=1, aggregate=True)
def _median(call: Call) -> Typed:
    return Typed(f"ora.median(array_agg({call.number(0)}){call.over})", NUMBER)


@function("GROUPING", least=1, most=1, aggregate=True)
@function("GROUPING_ID", least=1, most=31, aggregate=True)
def _grouping(call: Call) -> Typed:
    keys = ", ".join(call.value(index).sql for index in range(len(call)))
    return Typed(f"grouping({keys})::numeric", NUMBER)


@function("ANY_VALUE", "STATS_MODE", least=1, most=1, aggregate=True)
def _any_value(call: Call) -> Typed:
    if call.over or call.keep is not None:
        raise unsupported(f"{call.name} with OVER or KEEP")
    value = call.value(0)
    if call.name == "ANY_VALUE":
        return Typed(
            f"(array_agg({value.sql}) FILTER (WHERE {value.sql} IS NOT NULL))[1]", value.type
        )
    return Typed(f"mode() WITHIN GROUP (ORDER BY {value.sql})", value.type)


@function("APPROX_COUNT_DISTINCT", least=1, most=1, aggregate=True)
def _approximate(call: Call) -> Typed:
    return Typed(f"count(DISTINCT {call.value(0).sql})::numeric", NUMBER)


@function("COVAR_POP", "COVAR_SAMP", "CORR", least=2, most=2, aggregate=True)
def _covariance(call: Call) -> Typed:
    """From sums, exactly: PostgreSQL's own are double precision."""
    x, y = call.number(0), call.number(1)
    both = f"FILTER (WHERE ({x}) IS NOT NULL AND ({y}) IS NOT NULL){call.over}"
    n = f"count(*) {both}"
    products = [f"sum({a} * {b}) {both}" for a, b in ((x, y), (x, x), (y, y))]
    sums = [f"sum({a}) {both}" for a in (x, y)]
    return Typed(
        f"ora.{call.name.lower()}(({n})::numeric, {', '.join([*sums, *products])})", NUMBER
    )


def uses_aggregate(node: Any) -> bool:
    """Whether an expression has an aggregate of its own block (not one with OVER)."""
    from devkit.oracle.sql.grammar import JsonCall
    from devkit.oracle.sql.passes.registry import AGGREGATES

    stack = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, exp.Query):
            continue
        if isinstance(one, exp.Window) and str(one.args.get("over") or "").upper() != "KEEP":
            inner = one.this
            while isinstance(
                inner, exp.Window | exp.WithinGroup | exp.IgnoreNulls | exp.RespectNulls
            ):
                inner = inner.this
            if isinstance(inner, exp.Anonymous):
                stack += inner.expressions
            continue
        if isinstance(one, JsonCall) and str(one.args["name"]).endswith("AGG"):
            return True
        if isinstance(one, exp.WithinGroup):  # RANK(…) WITHIN GROUP too
            return True
        if isinstance(one, exp.Anonymous) and str(one.this).upper() in AGGREGATES:
            return True
        stack += one.iter_expressions()
    return False

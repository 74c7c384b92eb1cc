"""Analytic functions: ranking, neighbours, the values at the borders of a window."""

from __future__ import annotations

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.passes.registry import Call, function
from devkit.oracle.sql.typing import LOBS, Typed, mismatch
from devkit.oracle.values import NUMBER

_WHOLE = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"


def _over(*parts: str) -> str:
    return f" OVER ({' '.join(part for part in parts if part)})"


def _needs_window(call: Call) -> None:
    if not call.over:
        raise OraError(30484, position=call.position)


def _needs_order(call: Call) -> None:
    _needs_window(call)
    if not call.window[1]:
        raise OraError(30485, position=call.position)
    if call.window[2]:
        raise OraError(30487, position=call.position)


@function("ROW_NUMBER", most=0, window=True)
def _row_number(call: Call) -> Typed:
    _needs_order(call)
    return Typed(f"row_number(){call.over}::numeric", NUMBER)


@function("RANK", "DENSE_RANK", window=True)
def _ranking(call: Call) -> Typed:
    """With arguments and WITHIN GROUP: the rank that a row with these values would have."""
    if call.within is not None:
        return _hypothetical(call)
    if len(call):
        raise OraError(30483 if call.over else 30484, position=call.position)
    _needs_order(call)
    return Typed(f"{call.name.lower()}(){call.over}::numeric", NUMBER)


def _hypothetical(call: Call) -> Typed:
    keys = call.within.expressions
    if len(keys) != len(call):
        raise OraError(939 if len(call) > len(keys) else 938, call.name, position=call.position)
    values = [
        call.ctx.conversions.convert(call.value(i), call.ex.value(key.this, call.block).type).sql
        for i, key in enumerate(keys)
    ]
    order = call.ex.order_items(call.within, call.block)
    sql = f"{call.name.lower()}({', '.join(values)}) WITHIN GROUP (ORDER BY {order})"
    return Typed(f"({sql})::numeric", NUMBER)


@function("PERCENT_RANK", "CUME_DIST", most=0, window=True)
def _share_of_rows(call: Call) -> Typed:
    """From counts, since PostgreSQL's own are double precision."""
    _needs_order(call)
    partition, _, _ = call.window
    rows = f"count(*){_over(partition)}"
    if call.name == "CUME_DIST":
        return Typed(f"ora.div((count(*){call.over})::numeric, ({rows})::numeric)", NUMBER)
    below = f"(rank(){call.over} - 1)::numeric"
    return Typed(f"ora.div({below}, greatest({rows} - 1, 1)::numeric)", NUMBER)


@function("NTILE", least=1, most=1, window=True)
def _ntile(call: Call) -> Typed:
    _needs_order(call)
    return Typed(f"ntile({call.integer(0)}){call.over}::numeric", NUMBER)


@function("LAG", "LEAD", least=1, most=3, window=True)
def _neighbour(call: Call) -> Typed:
    _needs_order(call)
    value = call.value(0)
    if value.kind in LOBS:
        raise mismatch("-", value.kind)
    offset = call.integer(1) if len(call) > 1 else "1"
    default = ""
    if len(call) > 2:
        default = call.ctx.conversions.convert(call.value(2), value.type).sql
    if call.ignore_nulls:
        return _neighbour_that_is(call, value, offset, default)
    default = default and f", {default}"
    return Typed(f"{call.name.lower()}({value.sql}, {offset}{default}){call.over}", value.type)


def _neighbour_that_is(call: Call, value: Typed, offset: str, default: str) -> Typed:
    """IGNORE NULLS: the n-th of the values before (or after) the row that are not NULL."""
    before = call.name == "LAG"
    frame = (
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
        if before
        else "ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING"
    )
    values = _present(value, _over(call.window[0], call.window[1], frame))
    place = f"cardinality({values}) + 1 - ({offset})" if before else f"({offset})"
    sql = f"({values})[{place}]"
    return Typed(f"COALESCE({sql}, {default})" if default else sql, value.type)


def _present(value: Typed, over: str) -> str:
    """The values of a window that are not NULL, in its order, as an array."""
    return f"(array_agg({value.sql}) FILTER (WHERE {value.sql} IS NOT NULL){over})"


@function("FIRST_VALUE", "LAST_VALUE", least=1, most=1, window=True)
def _boundary(call: Call) -> Typed:
    _needs_window(call)
    value = call.value(0)
    if call.ignore_nulls:
        values = _present(value, call.over)
        place = "1" if call.name == "FIRST_VALUE" else f"cardinality({values})"
        return Typed(f"({values})[{place}]", value.type)
    return Typed(f"{call.name.lower()}({value.sql}){call.over}", value.type)


@function("NTH_VALUE", least=2, most=2, window=True)
def _nth(call: Call) -> Typed:
    _needs_window(call)
    value = call.value(0)
    if call.ignore_nulls:
        return Typed(f"({_present(value, call.over)})[{call.integer(1)}]", value.type)
    return Typed(f"nth_value({value.sql}, {call.integer(1)}){call.over}", value.type)


@function("RATIO_TO_REPORT", least=1, most=1, window=True)
def _ratio(call: Call) -> Typed:
    _needs_window(call)
    if call.window[1]:
        raise OraError(30487, position=call.position)
    number = call.number(0)
    return Typed(f"ora.div({number}, NULLIF(sum({number}){call.over}, 0))", NUMBER)


@function("PERCENTILE_CONT", "PERCENTILE_DISC", least=1, most=1, aggregate=True)
def _percentile(call: Call) -> Typed:
    if call.within is None or len(call.within.expressions) != 1:
        raise OraError(30491, position=call.position)
    key = call.within.expressions[0]
    value = call.ex.value(key.this, call.block)
    descending = "true" if key.args.get("desc") else "false"
    if call.name == "PERCENTILE_CONT":
        number = call.ctx.conversions.to_number(value)
        if value.kind is not number.kind:
            raise unsupported("PERCENTILE_CONT over dates")
        values = f"array_agg({number.sql}){call.over}"
        return Typed(f"ora.percentile_cont({values}, {call.number(0)}, {descending})", NUMBER)
    values = f"array_agg({value.sql}){call.over}"
    return Typed(f"ora.percentile_disc({values}, {call.number(0)}, {descending})", value.type)

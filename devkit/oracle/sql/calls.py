"""PL/SQL functions in SQL: evaluated before the statement, since PostgreSQL cannot call back.

Without column arguments a call is made once and its result bound. With column arguments the calls
are materialised: a query over the same FROM and the same other predicates gives the distinct
arguments, the function is called for each, and the statement looks the results up by the arguments.
That is right for functions that only read; one that writes raises ORA-14551 when it does.
"""

# ruff: noqa: S608  (building SQL text is the work here: names are quoted, values bound)

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import unsupported
from devkit.oracle.shapes import COMPOSITE, loads
from devkit.oracle.sql.scope import Block, Compiled, Context, Param
from devkit.oracle.sql.typing import Typed, parameter_type, received

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.oracle.values import OraType


@dataclass(slots=True)
class FunctionCall:
    """One call site. ``query`` gives the arguments: one row, or one per distinct tuple with the key
    first (``materialised``); None when there are no arguments."""

    number: int
    parts: tuple[str, ...]
    args: list[Typed]
    type: OraType
    materialised: bool = False
    aggregated: bool = False  # an argument is a group's: the arguments come of the groups
    query: Compiled | None = None
    direct: list[Any] | None = field(default=None)  # ('bind', name) or ('value', v) per argument
    shape: Any = None  # of a result that is a collection or object
    shapes: list[Any] = field(default_factory=list)  # the same of the arguments

    def arguments(self, row: Sequence[Any]) -> list[Any]:
        """The arguments as PL/SQL takes them."""
        return [
            value if shape is None else loads(shape, value)
            for value, shape in zip(row, self.shapes, strict=True)
        ]


def plan_call(ctx: Context, block: Block, call: FunctionCall, uses_columns: bool) -> Typed:
    """The expression that stands for the call; the call itself is added to the context."""
    from devkit.oracle.sql.collections import shape_named

    call.shapes = [shape_named(ctx, a.type) if a.kind in COMPOSITE else None for a in call.args]
    if call.type.kind in COMPOSITE:
        call.shape = shape_named(ctx, call.type)
    call.number = len(ctx.calls)
    ctx.calls.append(call)
    pg = parameter_type(call.type)
    if not uses_columns and not ctx.batch:
        call.direct = _direct(call.args)
        if call.direct is None:
            call.query = ctx.compile("SELECT " + ", ".join(_argument(arg) for arg in call.args))
        sql = ctx.param(Param("call", str(call.number), pg, call.type.kind))
        return Typed(f"({received(sql, call.type)})", call.type)
    if ctx.batch:
        raise unsupported("PL/SQL function in array DML")
    call.materialised = True
    block.calls.append(call)
    table = ctx.param(Param("map", str(call.number), "jsonb"))
    sql = f"({table} ->> {_key(call)})::{pg}"
    return Typed(f"({received(sql, call.type)})", call.type)


def argument_query(
    ctx: Context, block: Block, from_sql: str, conditions: list[str], group_sql: str = ""
) -> None:
    """Give the materialised calls of a finished block their argument queries."""
    for call in block.calls:
        if block.correlated:
            raise unsupported("PL/SQL function over columns in a correlated subquery")
        later = [other.number for other in block.calls if other.number >= call.number]
        own = [text for text in conditions if not any(_uses(ctx, text, n) for n in later)]
        where = f" WHERE {' AND '.join(own)}" if own else ""
        items = ", ".join([_key(call), *(_argument(arg) for arg in call.args)])
        group = group_sql if call.aggregated else ""
        call.query = ctx.compile(f"SELECT DISTINCT {items} {from_sql}{where}{group}")


def argument_query_in_from(ctx: Context, block: Block, calls: list[FunctionCall]) -> None:
    """The same for calls in FROM, whose arguments are columns of what stands before them."""
    for call in calls:
        if block.correlated or not block.from_sql:
            raise unsupported("PL/SQL function over columns of an outer query in FROM")
        items = ", ".join([_key(call), *(_argument(arg) for arg in call.args)])
        call.query = ctx.compile(f"SELECT DISTINCT {items} FROM {block.from_sql}")
        block.calls.remove(call)


def _uses(ctx: Context, text: str, number: int) -> bool:
    slot = ctx.numbers.get(Param("map", str(number), "jsonb"))
    return slot is not None and f"\ue000{slot}\ue001" in text


def _argument(arg: Typed) -> str:
    return "NULL::text" if arg.is_null else arg.sql


def _key(call: FunctionCall) -> str:
    return f"jsonb_build_array({', '.join(_argument(arg) for arg in call.args)})::text"


def _direct(args: list[Typed]) -> list[Any] | None:
    from decimal import Decimal

    found: list[Any] = []
    for arg in args:
        if arg.bind is not None and arg.kind not in COMPOSITE:
            found.append(("bind", arg.bind))
        elif arg.is_null:
            found.append(("value", None))
        elif arg.literal is not None:
            if arg.sql.endswith("::numeric"):
                number = arg.literal
                found.append(("value", int(number) if number.isdigit() else Decimal(number)))
            else:
                found.append(("value", arg.literal))
        else:
            return None
    return found

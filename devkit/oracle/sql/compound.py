"""WITH, recursive WITH and the set operators."""

# ruff: noqa: S608  (building SQL text is the work here: names are quoted, values bound)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.outputs import OutColumn, Query, ordinal
from devkit.oracle.sql.row_limits import row_limit
from devkit.oracle.sql.scope import Block, Cte, SourceColumn, column_parts, folded, position_of
from devkit.oracle.sql.typing import LOBS, Typed, common_type, mismatch, quote
from devkit.oracle.values import NUMBER, VARCHAR2, Kind, OraType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.oracle.sql.queries import Queries


def with_clause(queries: Queries, node: Any, block: Block) -> str:
    with_ = node.args.get("with_")
    if with_ is None:
        return ""
    parts = []
    recursive = False
    for cte in with_.expressions:
        if not isinstance(cte, exp.CTE):
            raise unsupported("WITH FUNCTION")
        name = folded(cte.args["alias"].this)
        names = [folded(column) for column in cte.args["alias"].args.get("columns") or []]
        if names and refers_to(cte.this, name):
            recursive = True
            parts.append(_recursive(queries, cte.this, name, names, block))
        else:
            query = queries.query(cte.this, block)
            parts.append(_define(queries, name, names, query, block))
    for extra in ("search", "cycle"):
        if with_.args.get(extra):
            raise unsupported(f"{extra.upper()} of a recursive WITH")
    return f"WITH {'RECURSIVE ' if recursive else ''}{', '.join(parts)} "


def _define(queries: Queries, name: str, names: list[str], query: Query, block: Block) -> str:
    alias = queries.ctx.alias(f"w_{name[:40]}_")
    if names and len(names) != len(query.columns):
        raise OraError(32038)
    pg_names = [quote(column.pg_name) for column in query.columns]
    columns = [
        SourceColumn(
            names[index] if names else column.name,
            column.type,
            pg_names[index],
            column.nullable,
            pg_names[index] if column.rowid else None,
        )
        for index, column in enumerate(query.columns)
    ]
    block.ctes[name] = Cte(name, alias, columns)
    return f"{alias}({', '.join(pg_names)}) AS ({query.sql})"


def _recursive(queries: Queries, node: Any, name: str, names: list[str], block: Block) -> str:
    if not isinstance(node, exp.Union) or node.args.get("distinct"):
        raise OraError(32040)
    anchor = queries.query(node.this, block)
    if len(anchor.columns) != len(names):
        raise OraError(32038)
    alias = queries.ctx.alias(f"w_{name[:40]}_")
    types = [
        VARCHAR2
        if column.type.kind in {Kind.CHAR, Kind.VARCHAR2, Kind.NULL}
        else NUMBER
        if column.type.kind is Kind.NUMBER
        else column.type
        for column in anchor.columns
    ]
    columns = [
        SourceColumn(column, type_, quote(column))
        for column, type_ in zip(names, types, strict=True)
    ]
    block.ctes[name] = Cte(name, alias, columns)
    step = queries.query(node.expression, block)
    if len(step.columns) != len(names):
        raise OraError(1789)
    sides = [_as_types(queries, side, types) for side in (anchor, step)]
    listed = ", ".join(quote(column) for column in names)
    return f"{alias}({listed}) AS ({sides[0]} UNION ALL {sides[1]})"


def set_operation(queries: Queries, node: Any, parent: Block | None) -> Query:
    block = Block(parent)
    with_sql = with_clause(queries, node, block)
    left = queries.query(node.this, block)
    right = queries.query(node.expression, block)
    if len(left.columns) != len(right.columns):
        raise OraError(1789, position=position_of(node.expression))
    word = {exp.Union: "UNION", exp.Except: "EXCEPT", exp.Intersect: "INTERSECT"}[type(node)]
    if not node.args.get("distinct"):
        if word != "UNION":
            raise unsupported(f"{word} ALL")
        word = "UNION ALL"
    types: list[OraType] = []
    for one, two in zip(left.columns, right.columns, strict=True):
        try:
            types.append(common_type([one.type, two.type]))
        except OraError as error:
            raise OraError(1790, position=position_of(node.expression)) from error
        if types[-1].kind in LOBS and word != "UNION ALL":
            raise mismatch("-", types[-1].kind)
    sides = [_as_types(queries, side, types) for side in (left, right)]
    columns = [
        OutColumn(column.name, column.pg_name, type_)
        for column, type_ in zip(left.columns, types, strict=True)
    ]
    sql = f"{with_sql}({sides[0]}) {word} ({sides[1]})"
    order = order_by_position(queries, node, columns)
    sql += order + row_limit(queries, node, block, sql, bool(order))
    if parent is not None and block.correlated:
        parent.correlated = parent.correlated or False
    return Query(sql, columns)


def _as_types(queries: Queries, query: Query, types: Sequence[OraType]) -> str:
    """The query with its columns converted to ``types``."""
    alias = queries.ctx.alias("u")
    items = []
    changed = False
    for index, (column, type_) in enumerate(zip(query.columns, types, strict=True)):
        reference = Typed(f"{alias}.c{index + 1}", column.type)
        if column.rowid:
            reference = Typed(f"ora.rowid_text({reference.sql})", column.type)
        converted = queries.ctx.conversions.convert(reference, type_)
        if column.type.kind is Kind.NULL:
            changed = True
        changed = changed or converted.sql != f"{alias}.c{index + 1}"
        items.append(f"{converted.sql} AS {quote(column.pg_name)}")
    if not changed:
        return query.sql
    names = ", ".join(f"c{index + 1}" for index in range(len(items)))
    return f"SELECT {', '.join(items)} FROM ({query.sql}) AS {alias}({names})"


def order_by_position(queries: Queries, node: Any, columns: list[OutColumn]) -> str:
    order = node.args.get("order")
    if order is None:
        return ""

    def item(target: Any) -> str:
        if isinstance(target, exp.Literal) and not target.args.get("is_string"):
            return str(ordinal(target, len(columns)))
        if isinstance(target, exp.Column):
            name = column_parts(target)[-1]
            for index, column in enumerate(columns):
                if column.name == name:
                    return str(index + 1)
        raise OraError(1785, position=position_of(target))

    return " ORDER BY " + queries.ex.order_items(order, Block(), item)


def refers_to(node: Any, name: str) -> bool:
    return any(
        isinstance(table.this, exp.Identifier)
        and folded(table.this) == name
        and not table.args.get("db")
        for table in node.find_all(exp.Table)
    )

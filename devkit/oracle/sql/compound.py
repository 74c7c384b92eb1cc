"""WITH, recursive WITH and the set operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.outputs import OutColumn, Query, ordinal
from devkit.oracle.sql.recursion import as_types, recursive_query
from devkit.oracle.sql.row_limits import row_limit
from devkit.oracle.sql.scope import Block, Cte, SourceColumn, column_parts, folded, position_of
from devkit.oracle.sql.typing import LOBS, common_type, mismatch, quote
from devkit.oracle.values import OraType

if TYPE_CHECKING:
    from devkit.oracle.sql.queries import Queries


def with_clause(queries: Queries, node: Any, block: Block) -> str:
    with_ = node.args.get("with_")
    if with_ is None:
        return ""
    parts = []
    recursive = False
    if with_.args.get("udfs"):
        raise unsupported("WITH FUNCTION")
    for cte in with_.expressions:
        name = folded(cte.args["alias"].this)
        names = [folded(column) for column in cte.args["alias"].args.get("columns") or []]
        if names and refers_to(cte.this, name):
            recursive = True
            parts.append(recursive_query(queries, cte, name, names, block))
        else:
            query = queries.query(cte.this, block)
            parts.append(_define(queries, name, names, query, block))
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


def set_operation(queries: Queries, node: Any, parent: Block | None) -> Query:
    block = Block(parent)
    with_sql = with_clause(queries, node, block)
    if node.args.get("locks") or node.expression.args.get("locks"):
        raise OraError(1786, position=position_of(node.expression))
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
    sides = [as_types(queries, side, types) for side in (left, right)]
    columns = [
        OutColumn(column.name, column.pg_name, type_, named=column.named)
        for column, type_ in zip(left.columns, types, strict=True)
    ]
    sql = f"{with_sql}({sides[0]}) {word} ({sides[1]})"
    order = order_by_position(queries, node, columns)
    sql += order + row_limit(queries, node, block, sql, bool(order))
    if parent is not None and block.correlated:
        parent.correlated = parent.correlated or False
    return Query(sql, columns, grouped=True)


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

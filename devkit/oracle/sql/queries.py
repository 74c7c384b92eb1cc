"""Query blocks: FROM with joins, WHERE, grouping, ordering, row limits, set operators, WITH.

Rules kept here: ``(+)`` becomes an outer join, ROWNUM counts rows as they pass WHERE and before the
block sorts, select-list aliases win in ORDER BY, ``*`` is expanded from the catalogue, FOR UPDATE
locks the tables that own the named columns.
"""

# ruff: noqa: S608  (building SQL text is the work here: names are quoted, values bound)

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.shapes import COMPOSITE
from devkit.oracle.sql.calls import argument_query
from devkit.oracle.sql.collections import shape_named
from devkit.oracle.sql.compound import order_by_position, set_operation, with_clause
from devkit.oracle.sql.expressions import Expressions
from devkit.oracle.sql.hierarchy import connect_by
from devkit.oracle.sql.joins import from_clause
from devkit.oracle.sql.nested import over_groups
from devkit.oracle.sql.outputs import OutColumn, Query, ordinal
from devkit.oracle.sql.passes.aggregates import uses_aggregate
from devkit.oracle.sql.row_limits import least, lock_rows, row_limit, rownum_limit
from devkit.oracle.sql.scope import (
    Block,
    Context,
    Source,
    column_parts,
    find_column,
    folded,
    position_of,
    shown,
)
from devkit.oracle.sql.typing import LOBS, Typed, instant, mismatch, quote
from devkit.oracle.values import Kind

_SELECT_ARGS = {
    "expressions",
    "distinct",
    "from_",
    "joins",
    "where",
    "group",
    "having",
    "order",
    "limit",
    "offset",
    "locks",
    "connect",
    "with_",
    "hint",
    "kind",
    "operation_modifiers",
    "laterals",
}
_MAX_NAME = 60
_LIMITS = ("limit", "offset")


@dataclass(slots=True)
class _Item:
    name: str
    value: Typed
    nullable: bool
    alias: bool  # written by the user
    plain: bool = True  # a column of a row source
    origin: tuple[str, str, str] | None = None


@dataclass(slots=True)
class Queries:
    """Translates queries; ``text`` is the statement, for the names of unnamed columns."""

    ctx: Context
    text: str = ""
    ex: Expressions = field(init=False)

    def __post_init__(self) -> None:
        self.ex = Expressions(self.ctx, self)

    def query(self, node: Any, parent: Block | None, *, top: bool = False) -> Query:
        while isinstance(node, exp.Subquery) and not _modifiers(node):
            node = node.this
        if isinstance(node, exp.Select):
            return self._select(node, parent, top=top)
        if isinstance(node, exp.SetOperation):
            return set_operation(self, node, parent)
        if isinstance(node, exp.Subquery):
            return self._wrapped(node, parent)
        raise unsupported(type(node).__name__.upper())

    def _wrapped(self, node: Any, parent: Block | None) -> Query:
        """A parenthesised query with its own ORDER BY or row limit."""
        inner = self.query(node.this, parent)
        tail = order_by_position(self, node, inner.columns)
        tail += row_limit(self, node, Block(parent), inner.sql, bool(tail))
        limited = any(node.args.get(one) is not None for one in _LIMITS)
        return Query(f"({inner.sql}){tail}", inner.columns, grouped=inner.grouped or limited)

    # ------------------------------------------------------------------ SELECT

    def _select(self, node: Any, parent: Block | None, *, top: bool) -> Query:
        _check_args(node, _SELECT_ARGS, "SELECT")
        node = over_groups(node)
        block = Block(parent, sequences_allowed=top)
        with_sql = with_clause(self, node, block)
        if node.args.get("from_") is None:
            raise OraError(923, position=len(self.text) or None)
        clause = from_clause(self, node, block)
        tests = list(clause.conditions)
        where = node.args.get("where")
        plain = clause.remaining if where is not None else []
        connect = node.args.get("connect")
        limits: list[str] = []
        if connect is not None:
            with block.without_sequences():
                clause.sql = connect_by(self, node, block, clause.sql, tests)
            tests = []
        block.rownum = _ROWNUM
        with block.without_sequences():
            for test in plain:
                if uses_aggregate(test):
                    raise OraError(934, position=position_of(test))
                limit = rownum_limit(self, test, block)
                if limit is not None:
                    limits.append(limit)
                else:
                    tests.append(self.ex.condition(test, block))
        if any(_ROWNUM in test for test in tests):
            raise unsupported("ROWNUM in this condition")
        sql = self._block(node, block, clause.sql, tests, limits, top=top)
        sql.sql = with_sql + sql.sql
        return sql

    def _block(
        self,
        node: Any,
        block: Block,
        from_sql: str,
        tests: list[str],
        limits: list[str],
        *,
        top: bool,
    ) -> Query:
        group = node.args.get("group")
        having = node.args.get("having")
        order = node.args.get("order")
        distinct = node.args.get("distinct") is not None
        aggregated = (
            group is not None
            or having is not None
            or any(uses_aggregate(item) for item in node.expressions)
        )
        reorders = aggregated or distinct or (order is not None and not order.args.get("siblings"))
        numbered = any(_mentions(item, "ROWNUM") for item in node.expressions) or (
            order is not None and _mentions(order, "ROWNUM")
        )
        if reorders:  # ORA-02287: each row draws once, before it is sorted or grouped
            block.sequences_allowed = False
        locks = node.args.get("locks") or []
        if locks:
            _check_lockable(node, block, grouped=aggregated or distinct)
        query = Query("", [])
        locks_sql = "".join(lock_rows(self, lock, block, block.sources, query) for lock in locks)
        calls_resolved = False
        if (reorders and (limits or numbered)) or (locks_sql and numbered):
            argument_query(self.ctx, block, from_sql, tests)
            calls_resolved = True
            from_sql = self._barrier(block, from_sql, tests, limits, locks_sql, numbered=numbered)
            tests, limits, locks_sql = [], [], ""
        else:
            block.rownum = "(row_number() OVER ())::numeric"
        items = self._items(node, block)
        where_sql = f" WHERE {' AND '.join(tests)}" if tests else ""
        group_sql = self._group(group, block) if group is not None else ""
        having_sql = ""
        if having is not None:
            with block.without_sequences():
                having_sql = f" HAVING {self.ex.condition(having.this, block)}"
        order_sql = ""
        if order is not None:
            if order.args.get("siblings"):
                order_sql = f" ORDER BY {block.pseudo['$SIBLINGS'].sql}"
            else:
                order_sql = self._order(order, block, items, distinct=distinct)
        elif "$SIBLINGS" in block.pseudo and not aggregated and not distinct:
            order_sql = f" ORDER BY {block.pseudo['$SIBLINGS'].sql}"
        if not calls_resolved:
            argument_query(self.ctx, block, from_sql, tests, group_sql)
        columns, selected = self._output(items)
        head = "SELECT DISTINCT " if distinct else "SELECT "
        sql = f"{head}{selected} {from_sql}{where_sql}{group_sql}{having_sql}{order_sql}"
        if limits:
            if node.args.get("limit") is not None or node.args.get("offset") is not None:
                names = ", ".join(quote(column.pg_name) for column in columns)
                alias = self.ctx.alias("l")
                sql = f"SELECT {names} FROM ({sql} LIMIT {least(limits)}) AS {alias}"
            else:
                sql += f" LIMIT {least(limits)}"
        sql += row_limit(self, node, block, sql, bool(order_sql))
        limited = bool(limits) or any(node.args.get(one) is not None for one in _LIMITS)
        query.sql, query.columns = sql + locks_sql, columns
        query.grouped = aggregated or distinct or limited
        return query

    def _barrier(
        self,
        block: Block,
        from_sql: str,
        tests: list[str],
        limits: list[str],
        locks: str,
        *,
        numbered: bool,
    ) -> str:
        """Put FROM, WHERE, the row limit and FOR UPDATE into a derived table; the sources now read
        from it."""
        alias = self.ctx.alias("b")
        where = f" WHERE {' AND '.join(tests)}" if tests else ""
        limit = f" LIMIT {least(limits)}" if limits else ""
        exported = rebase(block, alias)
        block.rownum = f'{alias}."$rn"::numeric' if numbered else None
        if numbered and not locks:
            exported.append('row_number() OVER () AS "$rn"')
        sql = f"SELECT {', '.join(exported)} {from_sql}{where}{limit}{locks}"
        if numbered and locks:  # rows are locked first: PostgreSQL locks none of a window's
            inner = self.ctx.alias("b")
            sql = f'SELECT {inner}.*, row_number() OVER () AS "$rn" FROM ({sql}) AS {inner}'
        return f"FROM ({sql}) AS {alias}"

    # ------------------------------------------------------------------ select list

    def _items(self, node: Any, block: Block) -> list[_Item]:
        items: list[_Item] = []
        for index, expression in enumerate(node.expressions):
            if isinstance(expression, exp.Star):
                if index:  # ORA-00936: a star stands alone …
                    raise OraError(936, position=position_of(expression))
                if len(node.expressions) > 1:  # … and nothing follows it
                    raise OraError(923, position=position_of(node.expressions[1]))
                if expression.args.get("except_") or expression.args.get("replace"):
                    raise unsupported("* EXCEPT")
                items += self._star(block.sources, block)
            elif isinstance(expression, exp.Column) and isinstance(expression.this, exp.Star):
                qualifier = column_parts(expression)[:-1]
                sources = [
                    source
                    for source in block.sources
                    if source.alias == qualifier[-1]
                    and (
                        len(qualifier) == 1
                        or (source.table is not None and source.table.owner == qualifier[0])
                    )
                ]
                if not sources:
                    raise OraError(904, shown(qualifier), position=position_of(expression))
                items += self._star(sources[:1], None)
            else:
                items.append(self._item(expression, block))
        return items

    def _star(self, sources: list[Source], merged: Block | None) -> list[_Item]:
        items = []
        done: set[str] = set()
        if merged is not None:
            for column in merged.merged.values():
                items.append(
                    _Item(column.name, Typed(column.sql, column.type), column.nullable, False)
                )
                done.add(column.name)
        for source in sources:
            for name, column in source.columns.items():
                if name in done or column.hidden:
                    continue
                if column.ambiguous:
                    raise OraError(918)
                value = Typed(column.sql, column.type, rowid=column.rowid)
                nullable = column.nullable or source.optional
                origin = None if source.optional else column.origin
                items.append(_Item(name, value, nullable, False, origin=origin))
        self.ctx.column_uses += len(items)
        return items

    def _item(self, expression: Any, block: Block) -> _Item:
        alias = None
        target = expression
        if isinstance(expression, exp.Alias):
            alias = folded(expression.args["alias"])
            target = expression.this
        value = self.ex.value(target, block)
        nullable = True
        name = alias
        plain, origin = False, None
        if isinstance(target, exp.Column):
            parts = column_parts(target)
            column = find_column(block, parts, None)
            if column is not None:
                optional = any(
                    source.optional and source.columns.get(parts[-1]) is column
                    for source in block.sources
                )
                nullable, plain = column.nullable or optional, parts[-1] != "ROWID"
                origin = None if optional else column.origin
            name = alias or parts[-1]
        if name is None:
            name = self._expression_name(expression)
        return _Item(name, value, nullable, alias is not None, plain, origin)

    def _expression_name(self, expression: Any) -> str:
        """Oracle names an unnamed expression after its text, without blanks."""
        span = expression.meta.get("span")
        if span is None:
            return "EXPR"
        pieces = re.split(r"('(?:[^']|'')*'|\"[^\"]*\")", self.text[span[0] : span[1]])
        return "".join(
            piece if index % 2 else re.sub(r"\s+", "", piece).upper()
            for index, piece in enumerate(pieces)
        )

    def _output(self, items: list[_Item]) -> tuple[list[OutColumn], str]:
        columns: list[OutColumn] = []
        parts: list[str] = []
        taken: set[str] = set()
        for index, item in enumerate(items):
            pg_name = item.name
            if pg_name in taken or len(pg_name.encode()) > _MAX_NAME:
                pg_name = f"$c{index + 1}"
            taken.add(pg_name)
            value = item.value
            sql = value.rowid if value.rowid else value.sql
            if value.is_null:
                sql = "NULL::text"
            shape = shape_named(self.ctx, value.type) if value.kind in COMPOSITE else None
            columns.append(
                OutColumn(
                    item.name,
                    pg_name,
                    value.type,
                    item.nullable,
                    value.rowid is not None,
                    shape,
                    named=item.alias or item.plain,
                    origin=item.origin,
                )
            )
            parts.append(f"{sql} AS {quote(pg_name)}")
        return columns, ", ".join(parts)

    # ------------------------------------------------------------------ clauses

    def _group(self, group: Any, block: Block) -> str:
        _check_args(group, {"expressions"}, "GROUP BY")
        parts = []
        if not group.expressions:
            raise OraError(936, position=len(self.text))
        for item in group.expressions:
            if isinstance(item, exp.Rollup | exp.Cube):
                word = "ROLLUP" if isinstance(item, exp.Rollup) else "CUBE"
                inner = ", ".join(self._group_item(part, block) for part in item.expressions)
                parts.append(f"{word} ({inner})")
            elif isinstance(item, exp.GroupingSets):
                inner = ", ".join(self._group_item(part, block) for part in item.expressions)
                parts.append(f"GROUPING SETS ({inner})")
            else:
                parts.append(self._group_item(item, block))
        return f" GROUP BY {', '.join(parts)}"

    def _group_item(self, node: Any, block: Block) -> str:
        if isinstance(node, exp.Tuple):
            return f"({', '.join(self._group_item(item, block) for item in node.expressions)})"
        value = self.ex.value(node, block)
        if value.kind in LOBS:
            raise mismatch("-", value.kind)
        return f"({value.rowid or value.sql})"

    def _order(self, order: Any, block: Block, items: list[_Item], *, distinct: bool) -> str:
        for index, entry in enumerate(items):
            if entry.alias:
                block.pseudo.setdefault(entry.name, items[index].value)

        def item(target: Any) -> str:
            if isinstance(target, exp.Literal) and not target.args.get("is_string"):
                return str(ordinal(target, len(items)))
            if isinstance(target, exp.Column) and len(column_parts(target)) == 1:
                name = column_parts(target)[0]
                for index, entry in enumerate(items):
                    if entry.alias and entry.name == name:
                        return str(index + 1)
            value = self.ex.value(target, block)
            if value.kind in LOBS:
                raise mismatch("-", value.kind)
            for index, entry in enumerate(items):
                if entry.value.sql == value.sql and (
                    distinct or value.kind is not Kind.TIMESTAMP_TZ
                ):
                    return str(index + 1)
            if value.kind is Kind.TIMESTAMP_TZ and not distinct:  # as its index has it
                return f"({instant(value)})"
            return f"({value.rowid or value.sql})"

        return " ORDER BY " + self.ex.order_items(order, block, item)


_ROWNUM = "\ue002ROWNUM"


def _check_lockable(node: Any, block: Block, *, grouped: bool) -> None:
    """FOR UPDATE needs rows of tables: ORA-01786 when this block has none any more, ORA-02014 with
    a row limit, or over an inline view or view that groups (SQL Language Reference, SELECT,
    for_update_clause and row_limiting_clause)."""
    if grouped:
        raise OraError(1786)
    if any(node.args.get(one) is not None for one in _LIMITS) or any(
        source.grouped for source in block.sources
    ):
        raise OraError(2014)


def rebase(block: Block, alias: str) -> list[str]:
    """Let every source of the block read from the derived table ``alias``; gives its select
    list."""
    exported: list[str] = []
    for number, source in enumerate(block.sources):
        for index, column in enumerate(source.columns.values()):
            name = f'"c{number}_{index}"'
            exported.append(f"{column.rowid or column.sql} AS {name}")
            if column.rowid:
                column.rowid = f"{alias}.{name}"
                column.sql = f"ora.rowid_text({alias}.{name})"
            else:
                column.sql = f"{alias}.{name}"
        if source.rowid is not None:
            name = f'"r{number}"'
            exported.append(f"{source.rowid} AS {name}")
            source.rowid = f"{alias}.{name}"
    for number, column in enumerate(block.merged.values()):
        name = f'"m{number}"'
        exported.append(f"{column.sql} AS {name}")
        column.sql = f"{alias}.{name}"
    for number, (key, value) in enumerate(block.pseudo.items()):
        name = f'"p{number}"'
        exported.append(f"{value.sql} AS {name}")
        block.pseudo[key] = Typed(f"{alias}.{name}", value.type)
    return exported


def _modifiers(node: Any) -> bool:
    return any(node.args.get(name) for name in ("order", "limit", "offset", "with_"))


def _mentions(node: Any, name: str) -> bool:
    """Whether the expression names the pseudo-column, not counting its subqueries."""
    stack = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, exp.Query):
            continue
        if isinstance(one, exp.Column) and not isinstance(one.this, exp.Star):
            if column_parts(one) == (name,):
                return True
            continue
        stack += one.iter_expressions()
    return False


def _check_args(node: Any, allowed: set[str], what: str) -> None:
    """Refuse any clause the parser knows and we do not."""
    for name, value in node.args.items():
        if value and name not in allowed:
            raise unsupported(f"{name.rstrip('_').upper()} in {what}")

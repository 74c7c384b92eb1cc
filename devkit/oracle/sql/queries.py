"""Query blocks: FROM with joins, WHERE, grouping, ordering, row limits, set operators, WITH.

Rules kept here: ``(+)`` becomes an outer join, ROWNUM counts rows as they pass WHERE and before the
block sorts, select-list aliases win in ORDER BY, ``*`` is expanded from the catalogue, FOR UPDATE
locks the tables that own the named columns.
"""

# ruff: noqa: S608  (building SQL text is the work here: names are quoted, values bound)

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.calls import argument_query
from devkit.oracle.sql.expressions import Expressions
from devkit.oracle.sql.hierarchy import connect_by
from devkit.oracle.sql.joins import from_clause
from devkit.oracle.sql.passes.aggregates import uses_aggregate
from devkit.oracle.sql.scope import (
    Block,
    Context,
    Cte,
    Source,
    SourceColumn,
    column_parts,
    find_column,
    folded,
    position_of,
    shown,
)
from devkit.oracle.sql.typing import LOBS, Typed, common_type, mismatch, quote
from devkit.oracle.values import NUMBER, VARCHAR2, Kind, OraType

if TYPE_CHECKING:
    from collections.abc import Sequence

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


@dataclass(slots=True)
class OutColumn:
    """A column of a query: Oracle's name, and the name it has on the PostgreSQL side."""

    name: str
    pg_name: str
    type: OraType
    nullable: bool = True
    rowid: bool = False  # the PostgreSQL column holds the bigint


@dataclass(slots=True)
class Query:
    sql: str
    columns: list[OutColumn]
    for_update: bool = False
    wait: int | None = None  # seconds of FOR UPDATE WAIT
    orderable: bool = field(default=True)


@dataclass(slots=True)
class _Item:
    name: str
    value: Typed
    nullable: bool
    alias: bool  # written by the user


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
            return self._set_operation(node, parent)
        if isinstance(node, exp.Subquery):
            return self._wrapped(node, parent)
        raise unsupported(type(node).__name__.upper())

    def _wrapped(self, node: Any, parent: Block | None) -> Query:
        """A parenthesised query with its own ORDER BY or row limit."""
        inner = self.query(node.this, parent)
        tail = self._order_by_position(node, inner.columns)
        tail += self._row_limit(node, Block(parent), inner.sql, bool(tail))
        return Query(f"({inner.sql}){tail}", inner.columns)

    # ------------------------------------------------------------------ WITH

    def with_clause(self, node: Any, block: Block) -> str:
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
            if names and _refers_to(cte.this, name):
                recursive = True
                parts.append(self._recursive(cte.this, name, names, block))
            else:
                query = self.query(cte.this, block)
                parts.append(self._define(name, names, query, block))
        for extra in ("search", "cycle"):
            if with_.args.get(extra):
                raise unsupported(f"{extra.upper()} of a recursive WITH")
        return f"WITH {'RECURSIVE ' if recursive else ''}{', '.join(parts)} "

    def _define(self, name: str, names: list[str], query: Query, block: Block) -> str:
        alias = self.ctx.alias(f"w_{name[:40]}_")
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

    def _recursive(self, node: Any, name: str, names: list[str], block: Block) -> str:
        if not isinstance(node, exp.Union) or node.args.get("distinct"):
            raise OraError(32040)
        anchor = self.query(node.this, block)
        if len(anchor.columns) != len(names):
            raise OraError(32038)
        alias = self.ctx.alias(f"w_{name[:40]}_")
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
        step = self.query(node.expression, block)
        if len(step.columns) != len(names):
            raise OraError(1789)
        sides = [self._as_types(side, types) for side in (anchor, step)]
        listed = ", ".join(quote(column) for column in names)
        return f"{alias}({listed}) AS ({sides[0]} UNION ALL {sides[1]})"

    # ------------------------------------------------------------------ set operators

    def _set_operation(self, node: Any, parent: Block | None) -> Query:
        block = Block(parent)
        with_sql = self.with_clause(node, block)
        left = self.query(node.this, block)
        right = self.query(node.expression, block)
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
        sides = [self._as_types(side, types) for side in (left, right)]
        columns = [
            OutColumn(column.name, column.pg_name, type_)
            for column, type_ in zip(left.columns, types, strict=True)
        ]
        sql = f"{with_sql}({sides[0]}) {word} ({sides[1]})"
        order = self._order_by_position(node, columns)
        sql += order + self._row_limit(node, block, sql, bool(order))
        if parent is not None and block.correlated:
            parent.correlated = parent.correlated or False
        return Query(sql, columns)

    def _as_types(self, query: Query, types: Sequence[OraType]) -> str:
        """The query with its columns converted to ``types``."""
        alias = self.ctx.alias("u")
        items = []
        changed = False
        for index, (column, type_) in enumerate(zip(query.columns, types, strict=True)):
            reference = Typed(f"{alias}.c{index + 1}", column.type)
            if column.rowid:
                reference = Typed(f"ora.rowid_text({reference.sql})", column.type)
            converted = self.ctx.conversions.convert(reference, type_)
            if column.type.kind is Kind.NULL:
                changed = True
            changed = changed or converted.sql != f"{alias}.c{index + 1}"
            items.append(f"{converted.sql} AS {quote(column.pg_name)}")
        if not changed:
            return query.sql
        names = ", ".join(f"c{index + 1}" for index in range(len(items)))
        return f"SELECT {', '.join(items)} FROM ({query.sql}) AS {alias}({names})"

    def _order_by_position(self, node: Any, columns: list[OutColumn]) -> str:
        order = node.args.get("order")
        if order is None:
            return ""

        def item(target: Any) -> str:
            if isinstance(target, exp.Literal) and not target.args.get("is_string"):
                return str(_ordinal(target, len(columns)))
            if isinstance(target, exp.Column):
                name = column_parts(target)[-1]
                for index, column in enumerate(columns):
                    if column.name == name:
                        return str(index + 1)
            raise OraError(1785, position=position_of(target))

        return " ORDER BY " + self.ex.order_items(order, Block(), item)

    # ------------------------------------------------------------------ SELECT

    def _select(self, node: Any, parent: Block | None, *, top: bool) -> Query:
        _check_args(node, _SELECT_ARGS, "SELECT")
        block = Block(parent, sequences_allowed=top)
        with_sql = self.with_clause(node, block)
        if node.args.get("from_") is None:
            raise OraError(923, position=len(self.text) or None)
        clause = from_clause(self, node, block)
        tests = list(clause.conditions)
        where = node.args.get("where")
        plain = clause.remaining if where is not None else []
        connect = node.args.get("connect")
        limits: list[str] = []
        if connect is not None:
            clause.sql = connect_by(self, node, block, clause.sql, tests)
            tests = []
        block.rownum = _ROWNUM
        for test in plain:
            limit = self._rownum_limit(test, block)
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
        locks = node.args.get("locks") or []
        lockable = list(block.sources)
        calls_resolved = False
        if reorders and (limits or numbered):
            argument_query(self.ctx, block, from_sql, tests)
            calls_resolved = True
            from_sql = self._barrier(block, from_sql, tests, limits, numbered=numbered)
            tests, limits = [], []
        else:
            block.rownum = "(row_number() OVER ())::numeric"
        items = self._items(node, block)
        where_sql = f" WHERE {' AND '.join(tests)}" if tests else ""
        group_sql = self._group(group, block) if group is not None else ""
        having_sql = (
            f" HAVING {self.ex.condition(having.this, block)}" if having is not None else ""
        )
        order_sql = ""
        if order is not None:
            if order.args.get("siblings"):
                order_sql = f" ORDER BY {block.pseudo['$SIBLINGS'].sql}"
            else:
                order_sql = self._order(order, block, items)
        elif "$SIBLINGS" in block.pseudo and not aggregated and not distinct:
            order_sql = f" ORDER BY {block.pseudo['$SIBLINGS'].sql}"
        if not calls_resolved:
            argument_query(self.ctx, block, from_sql, tests)
        columns, selected = self._output(items)
        head = "SELECT DISTINCT " if distinct else "SELECT "
        sql = f"{head}{selected} {from_sql}{where_sql}{group_sql}{having_sql}{order_sql}"
        if limits:
            if node.args.get("limit") is not None or node.args.get("offset") is not None:
                names = ", ".join(quote(column.pg_name) for column in columns)
                alias = self.ctx.alias("l")
                sql = f"SELECT {names} FROM ({sql} LIMIT {_least(limits)}) AS {alias}"
            else:
                sql += f" LIMIT {_least(limits)}"
        sql += self._row_limit(node, block, sql, bool(order_sql))
        query = Query(sql, columns)
        for lock in locks:
            self._lock(lock, block, lockable, query)
        return query

    def _barrier(
        self, block: Block, from_sql: str, tests: list[str], limits: list[str], *, numbered: bool
    ) -> str:
        """Put FROM, WHERE and the row limit into a derived table; the sources now read from it."""
        alias = self.ctx.alias("b")
        where = f" WHERE {' AND '.join(tests)}" if tests else ""
        limit = f" LIMIT {_least(limits)}" if limits else ""
        exported = rebase(block, alias)
        if numbered:
            exported.append('row_number() OVER () AS "$rn"')
            block.rownum = f'{alias}."$rn"::numeric'
        else:
            block.rownum = None
        return f"FROM (SELECT {', '.join(exported)} {from_sql}{where}{limit}) AS {alias}"

    # ------------------------------------------------------------------ select list

    def _items(self, node: Any, block: Block) -> list[_Item]:
        items: list[_Item] = []
        for expression in node.expressions:
            if isinstance(expression, exp.Star):
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
                if name in done:
                    continue
                value = Typed(column.sql, column.type, rowid=column.rowid)
                items.append(_Item(name, value, column.nullable or source.optional, False))
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
        if isinstance(target, exp.Column):
            parts = column_parts(target)
            column = find_column(block, parts, None)
            if column is not None:
                nullable = column.nullable
            name = alias or parts[-1]
        if name is None:
            name = self._expression_name(expression)
        return _Item(name, value, nullable, alias is not None)

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
            if value.zone is not None:
                raise unsupported("AT TIME ZONE as a result, without TO_CHAR or CAST")
            columns.append(
                OutColumn(item.name, pg_name, value.type, item.nullable, value.rowid is not None)
            )
            parts.append(f"{sql} AS {quote(pg_name)}")
        return columns, ", ".join(parts)

    # ------------------------------------------------------------------ clauses

    def _group(self, group: Any, block: Block) -> str:
        _check_args(group, {"expressions"}, "GROUP BY")
        parts = []
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

    def _order(self, order: Any, block: Block, items: list[_Item]) -> str:
        for index, entry in enumerate(items):
            if entry.alias:
                block.pseudo.setdefault(entry.name, items[index].value)

        def item(target: Any) -> str:
            if isinstance(target, exp.Literal) and not target.args.get("is_string"):
                return str(_ordinal(target, len(items)))
            if isinstance(target, exp.Column) and len(column_parts(target)) == 1:
                name = column_parts(target)[0]
                for index, entry in enumerate(items):
                    if entry.alias and entry.name == name:
                        return str(index + 1)
            value = self.ex.value(target, block)
            if value.kind in LOBS:
                raise mismatch("-", value.kind)
            for index, entry in enumerate(items):
                if entry.value.sql == value.sql:
                    return str(index + 1)
            return f"({value.rowid or value.sql})"

        return " ORDER BY " + self.ex.order_items(order, block, item)

    def _rownum_limit(self, test: Any, block: Block) -> str | None:
        """``ROWNUM <= n`` and its like as the n of a LIMIT, None for any other condition."""
        if isinstance(test, exp.Paren):
            return self._rownum_limit(test.this, block)
        if isinstance(test, exp.Between) and _is_rownum(test.this):
            low = self.ex.number(test.args["low"], block).sql
            high = self.ex.number(test.args["high"], block).sql
            return f"CASE WHEN {low} <= 1 THEN COALESCE(GREATEST(floor({high}), 0), 0) ELSE 0 END"
        if not isinstance(test, exp.LT | exp.LTE | exp.EQ | exp.GT | exp.GTE):
            return None
        left, right, operator = test.this, test.expression, type(test)
        if _is_rownum(right):
            mirror = {exp.LT: exp.GT, exp.LTE: exp.GTE, exp.GT: exp.LT, exp.GTE: exp.LTE}
            left, right, operator = right, left, mirror.get(operator, operator)
        if not _is_rownum(left):
            return None
        bound = self.ex.number(right, block).sql
        if operator is exp.LTE:
            return f"COALESCE(GREATEST(floor({bound}), 0), 0)"
        if operator is exp.LT:
            return f"COALESCE(GREATEST(ceil({bound}) - 1, 0), 0)"
        if operator is exp.EQ:
            return f"CASE WHEN {bound} = 1 THEN 1 ELSE 0 END"
        first = "<" if operator is exp.GT else "<="
        return f"CASE WHEN {bound} {first} 1 THEN NULL::numeric ELSE 0 END"

    def _row_limit(self, node: Any, block: Block, sql: str, ordered: bool) -> str:
        """OFFSET and FETCH, with TIES and PERCENT; negative and NULL counts give no rows."""
        offset = node.args.get("offset")
        fetch = node.args.get("limit")
        text = ""
        start = "0"
        if offset is not None:
            start = (
                f"COALESCE(GREATEST(floor({self.ex.number(offset.expression, block).sql}), 0), 0)"
            )
            text += f" OFFSET ({start})::bigint"
        if fetch is None:
            return text
        if not isinstance(fetch, exp.Fetch):
            raise OraError(933)
        options = fetch.args.get("limit_options")
        count = fetch.args.get("count")
        number = self.ex.number(count, block).sql if count is not None else "1"
        if options is not None and options.args.get("percent"):
            alias = self.ctx.alias("n")
            number = f"ceil((SELECT count(*) FROM ({sql}) AS {alias}) * ({number}) / 100.0)"
        rows = f"(COALESCE(GREATEST(floor({number}), 0), 0))::bigint"
        if options is not None and options.args.get("with_ties") and ordered:
            return f"{text} FETCH FIRST ({rows}) ROWS WITH TIES"
        return f"{text} LIMIT {rows}"

    def _lock(self, lock: Any, block: Block, sources: list[Source], query: Query) -> None:
        if not lock.args.get("update"):
            raise unsupported("FOR SHARE")
        if block.parent is not None:
            raise OraError(907)
        chosen: list[Source] = []
        for target in lock.args.get("expressions") or []:
            parts = tuple(
                folded(target.args[part]) for part in ("db", "this") if target.args.get(part)
            )
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
            chosen = [
                source for source in sources if source.table is not None and not source.optional
            ]
        lockable = [source for source in chosen if source.table is not None]
        for source in lockable:
            definition = source.table
            if definition is not None:
                self.ctx.table((definition.owner, definition.name), "UPDATE", None)
        query.for_update = True
        if lockable:
            names = ", ".join(quote(source.alias) for source in lockable)
            query.sql += f" FOR UPDATE OF {names}"
            wait = lock.args.get("wait")
            if wait is True:
                query.sql += " NOWAIT"
            elif wait is False:
                query.sql += " SKIP LOCKED"
            elif isinstance(wait, exp.Literal):
                query.wait = int(str(wait.this))
            elif wait is not None:
                raise unsupported("FOR UPDATE WAIT with an expression")


_ROWNUM = "\ue002ROWNUM"


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


def _least(limits: list[str]) -> str:
    if len(limits) == 1:
        return f"({limits[0]})::bigint"
    return f"(LEAST({', '.join(limits)}))::bigint"


def _modifiers(node: Any) -> bool:
    return any(node.args.get(name) for name in ("order", "limit", "offset", "with_"))


def _is_rownum(node: Any) -> bool:
    return isinstance(node, exp.Column) and column_parts(node) == ("ROWNUM",)


def _mentions(node: Any, name: str) -> bool:
    """Whether the expression names the pseudo-column, not counting its subqueries."""
    if isinstance(node, exp.Query):
        return False
    if isinstance(node, exp.Column) and not isinstance(node.this, exp.Star):
        return column_parts(node) == (name,)
    return any(_mentions(child, name) for child in node.iter_expressions())


def _refers_to(node: Any, name: str) -> bool:
    return any(
        isinstance(table.this, exp.Identifier)
        and folded(table.this) == name
        and not table.args.get("db")
        for table in node.find_all(exp.Table)
    )


def _ordinal(literal: Any, count: int) -> int:
    text = str(literal.this)
    if not text.isdigit() or not 1 <= int(text) <= count:
        raise OraError(1785, position=position_of(literal))
    return int(text)


def _check_args(node: Any, allowed: set[str], what: str) -> None:
    """Refuse any clause the parser knows and we do not."""
    for name, value in node.args.items():
        if value and name not in allowed:
            raise unsupported(f"{name.rstrip('_').upper()} in {what}")

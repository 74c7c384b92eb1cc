"""DML through an updatable view: the base table, and what the view says of it.

SQL Language Reference, CREATE VIEW, "Notes on Updatable Views": a view without set operator,
DISTINCT, aggregate or analytic function, GROUP BY, ORDER BY, CONNECT BY and without a subquery in
its select list can be changed, and what changes is its base table: its triggers fire, its defaults
apply, its columns are named in errors. Other views are ORA-01732, columns that are expressions
ORA-01733. The owner of the view needs the right on the base table.

Refused by name: views of several tables (Oracle changes those whose rows the join keeps apart), of
inline views, of a view with an INSTEAD OF trigger, and WITH CHECK OPTION over a subquery, for which
the manual gives no guarantee.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.dialect import parse
from devkit.oracle.sql.queries import Queries
from devkit.oracle.sql.scope import (
    Block,
    Context,
    Source,
    SourceColumn,
    column_parts,
    find_column,
    folded,
)
from devkit.oracle.sql.typing import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from devkit.oracle.catalog.model import ColumnDef, TableDef

_READ = frozenset({"expressions", "from_", "where", "hint"})
_UNCHANGEABLE = frozenset(
    {"distinct", "group", "having", "order", "connect", "limit", "offset", "windows", "qualify"}
)


@dataclass(slots=True)
class Through:
    """A view as its base table has it. ``columns``: None for those that are expressions."""

    view: TableDef
    base: TableDef
    source: Source
    columns: dict[str, ColumnDef | None]
    conditions: list[str]
    check: list[str]

    @property
    def check_sql(self) -> str:
        """For RETURNING: fails where a row as stored is not one of the view's (ORA-01402)."""
        return f"ora.check_option({' AND '.join(self.check)})" if self.check else ""


def replaced(ctx: Context, view: TableDef, events: Iterable[str]) -> bool:
    """Whether INSTEAD OF triggers do the work of one of these events."""
    wanted = set(events)
    return any(
        one.enabled and one.timing == "INSTEAD OF" and not wanted.isdisjoint(one.events)
        for one in ctx.catalog.triggers(view.owner, view.name)
    )


def through(ctx: Context, view: TableDef, alias: str, events: tuple[str, ...]) -> Through:
    """The base table under the PostgreSQL alias ``alias`` (quoted)."""
    own = Context(ctx.catalog, view.owner, view.owner, False, static=True)
    own.callbacks = ctx.callbacks
    if not view.view_text:
        raise OraError(1732)
    tree = parse(view.view_text).tree
    if not isinstance(tree, exp.Select):
        raise OraError(1732)
    _check_form(tree)
    table = tree.args["from_"].this
    parts = tuple(folded(table.args[part]) for part in ("db", "this") if table.args.get(part))
    base = own.table(parts, "SELECT", None)
    for event in events:
        own.table((base.owner, base.name), event, None)
    ctx.tables |= own.tables
    name = folded(table.args["alias"].this) if table.args.get("alias") else parts[-1]
    conditions: list[str] = []
    check: list[str] = []
    if base.is_view:
        if base.read_only:
            raise OraError(42399)
        if replaced(ctx, base, ("INSERT", "UPDATE", "DELETE")):
            raise unsupported("DML on a view of a view with an INSTEAD OF trigger")
        inner = through(own, base, alias, events)
        ctx.tables |= own.tables
        source = replace(inner.source, alias=name, table=base)
        definitions = inner.columns
        conditions, check, base = inner.conditions, inner.check, inner.base
    else:
        source = own.table_source(base, name)
        for one in source.columns.values():
            one.sql = f"{alias}.{quote(one.name)}"
        source.rowid = f'{alias}."$rowid"'
        definitions = dict(base.by_name)
    queries = Queries(own, view.view_text)
    block = Block(sources=[source])
    shown = _projections(queries, tree, block, source, definitions)
    if len(shown) != len(view.columns):
        raise unsupported("DML on a view whose * has other columns than when it was made")
    columns = {}
    definition_of = {}
    for column, (found, definition) in zip(view.columns, shown, strict=True):
        columns[column.name] = replace(found, name=column.name, hidden=False)
        definition_of[column.name] = definition
    where = tree.args.get("where")
    if where is not None:
        conditions = [*conditions, f"({queries.ex.condition(where.this, block)})"]
    if view.check_option:
        if where is not None and any(True for _ in where.find_all(exp.Query)):
            raise unsupported("DML on a view WITH CHECK OPTION over a subquery")
        check = list(conditions)
    seen = Source(view.name, columns, view, source.rowid)
    return Through(view, base, seen, definition_of, conditions, check)


def _check_form(tree: Any) -> None:
    given = {name for name, value in tree.args.items() if value}
    if given & _UNCHANGEABLE or _mentions_rownum(tree):
        raise OraError(1732)
    for item in tree.expressions:
        if any(True for _ in item.find_all(exp.Query, exp.AggFunc, exp.Window)):
            raise OraError(1732)
    source = tree.args["from_"].this
    if given - _READ or not isinstance(source, exp.Table):
        joined = {"joins", "laterals"} & given
        raise unsupported(
            "DML on a view of several tables" if joined else "DML on a view of an inline view"
        )
    extra = {name for name, value in source.args.items() if value} - {"this", "db", "alias"}
    if extra or not isinstance(source.this, exp.Identifier):
        raise unsupported("DML on a view of several tables")


def _mentions_rownum(tree: Any) -> bool:
    return any(
        isinstance(node, exp.Column | exp.Pseudocolumn) and node.name.upper() == "ROWNUM"
        for node in tree.walk()
    )


def _projections(
    queries: Queries,
    tree: Any,
    block: Block,
    source: Source,
    definitions: dict[str, ColumnDef | None],
) -> list[tuple[SourceColumn, ColumnDef | None]]:
    found: list[tuple[SourceColumn, ColumnDef | None]] = []
    for item in tree.expressions:
        inner = item.this if isinstance(item, exp.Alias) else item
        if isinstance(inner, exp.Star) or (
            isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star)
        ):
            found += [
                (column, definitions[column.name])
                for column in source.columns.values()
                if not column.hidden
            ]
            continue
        if isinstance(inner, exp.Column):
            column = find_column(block, column_parts(inner), None)
            if column is not None and column.rowid is None:
                found.append((column, definitions[column.name]))
                continue
        value = queries.ex.value(inner, block)
        found.append((SourceColumn("", value.type, f"({value.sql})"), None))
    return found

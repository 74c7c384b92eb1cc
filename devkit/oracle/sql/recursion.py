"""Recursive WITH, its SEARCH and CYCLE.

Each row carries the path of its ancestors: what SEARCH orders by, with a number that makes siblings
unequal, and what CYCLE compares. A row that repeats an ancestor is marked and not followed.

Without CYCLE a row that repeats an ancestor is ORA-32044. Each row then carries its depth and one
ancestor, that of the last depth that is a power of two (Brent's way of finding a loop): a loop is
found within three times its way, at a price that does not grow with the depth.
"""

# ruff: noqa: S608  (building SQL text is the work here: names are quoted, values bound)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.scope import Block, Cte, SourceColumn, folded
from devkit.oracle.sql.typing import NUMERIC, Typed, quote
from devkit.oracle.values import NUMBER, VARCHAR2, Kind, OraType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.oracle.sql.outputs import Query
    from devkit.oracle.sql.queries import Queries

_PATH, _SEEN, _MARK = '"$PATH"', '"$SEEN"', '"$MARK"'
_DEPTH, _PAST = '"$DEPTH"', '"$PAST"'


def recursive_query(queries: Queries, cte: Any, name: str, names: list[str], block: Block) -> str:
    """The definition of a recursive WITH; the block knows its name afterwards."""
    node = cte.this
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
    step_node = node.expression
    while isinstance(step_node, exp.Subquery) and not step_node.args.get("order"):
        step_node = step_node.this
    if _recursive_source(step_node, name) is None:
        # inside a subquery it could not be told when it comes back to a row
        raise OraError(32042)
    paths = _Paths(cte, names, types)
    hidden = [SourceColumn(one.strip('"'), VARCHAR2, one) for one in paths.carried]
    block.ctes[name] = Cte(name, alias, columns + hidden)
    if hidden:
        step_node = _carrying(step_node, name, paths.carried)
    step = queries.query(step_node, block)
    if len(step.columns) != len(names) + len(hidden):
        raise OraError(1789)
    sides = [
        as_types(queries, anchor, types),
        as_types(queries, step, [*types, *(VARCHAR2 for _ in hidden)], convert=len(types)),
    ]
    listed = ", ".join(quote(column) for column in names)
    if not hidden:
        block.ctes[name] = Cte(name, alias, columns)
        return f"{alias}({listed}) AS ({sides[0]} UNION ALL {sides[1]})"
    inner = queries.ctx.alias("r")
    all_names = ", ".join([listed, *paths.carried])
    first = f"SELECT {listed}, {paths.first()} FROM ({sides[0]}) AS {inner}({listed})"
    then = (
        f"SELECT {listed}, {paths.then(inner)} FROM ({sides[1]}) AS {inner}({all_names})"
        f"{paths.followed(inner)}"
    )
    outer = queries.ctx.alias(f"w_{name[:40]}_")
    block.ctes[name] = Cte(name, outer, columns + paths.columns(queries, block))
    return (
        f"{alias}({all_names}) AS ({first} UNION ALL {then}), "
        f"{outer} AS (SELECT {listed}{paths.results} FROM {alias})"
    )


class _Paths:
    """What SEARCH and CYCLE add to each row of the recursion."""

    def __init__(self, cte: Any, names: list[str], types: list[OraType]) -> None:
        self.search = cte.meta.get("search")
        self.cycle = cte.meta.get("cycle")
        self.types = dict(zip(names, types, strict=True))
        self.carried = [_PATH] if self.search else []
        self.carried += [_SEEN, _MARK] if self.cycle else []
        self.guarded = not self.cycle
        self.carried += [_DEPTH, _PAST] if self.guarded else []
        self.results = ""

    def _column(self, node: Any) -> str:
        name = folded(node)
        if name not in self.types:
            raise OraError(904, f'"{name}"')
        return quote(name)

    def _keys(self) -> str:
        keys = []
        for ordered in self.search[1]:
            column = self._column(ordered.this)
            if ordered.args.get("desc"):
                if self.types[folded(ordered.this)].kind not in NUMERIC:
                    raise unsupported("SEARCH … DESC of a recursive WITH by a column of this type")
                column = f"-{column}"
            keys.append(column)
        return ", ".join([*keys, "row_number() OVER ()"])

    def _seen(self) -> str:
        return f"ROW({', '.join(self._column(name) for name in self.cycle[0])})"

    def _row(self) -> str:
        return f"ROW({', '.join(quote(name) for name in self.types)})::text"

    def first(self) -> str:
        items = [f"ARRAY[ROW({self._keys()})]"] if self.search else []
        items += [f"ARRAY[{self._seen()}]", "false"] if self.cycle else []
        items += ["0", self._row()] if self.guarded else []
        return ", ".join(items)

    def then(self, inner: str) -> str:
        items = [f"{inner}.{_PATH} || ROW({self._keys()})"] if self.search else []
        if self.cycle:
            seen = self._seen()
            items += [f"{inner}.{_SEEN} || {seen}", f"{seen} = ANY ({inner}.{_SEEN})"]
        if self.guarded:
            depth, past = f"{inner}.{_DEPTH}", f"{inner}.{_PAST}"
            items += [f"{depth} + 1", f"ora.recursion_guard({self._row()}, {past}, {depth} + 1)"]
        return ", ".join(items)

    def followed(self, inner: str) -> str:
        return f" WHERE NOT {inner}.{_MARK}" if self.cycle else ""

    def columns(self, queries: Queries, block: Block) -> list[SourceColumn]:
        """The columns that SEARCH and CYCLE name; ``results`` is their SQL."""
        found = []
        if self.search:
            kind, _, target = self.search
            last = f"cardinality({_PATH}), {_PATH}[cardinality({_PATH})]"
            order = _PATH if kind == "DEPTH" else last
            name = quote(folded(target))
            self.results += f", row_number() OVER (ORDER BY {order})::numeric AS {name}"
            found.append(SourceColumn(folded(target), NUMBER, name, False))
        if self.cycle:
            _, target, value, default = self.cycle
            name = quote(folded(target))
            yes, no = (queries.ex.value(node, block) for node in (value, default))
            self.results += f", CASE WHEN {_MARK} THEN {yes.sql} ELSE {no.sql} END AS {name}"
            found.append(SourceColumn(folded(target), OraType(Kind.VARCHAR2, 1), name))
        return found


def _carrying(step: Any, name: str, carried: list[str]) -> Any:
    """The recursive branch with the carried columns of the recursive name in its select list."""
    copy = step.copy()
    source = _recursive_source(copy, name)
    assert source is not None
    alias = source.args.get("alias")
    qualifier = alias.this.copy() if alias is not None else source.this.copy()
    for column in carried:
        copy.expressions.append(
            exp.Column(
                this=exp.to_identifier(column.strip('"'), quoted=True),
                table=qualifier.copy(),
            )
        )
    return copy


def _recursive_source(step: Any, name: str) -> Any:
    """The place in FROM of the recursive branch that names the query itself."""
    if not isinstance(step, exp.Select) or step.args.get("from_") is None:
        return None
    for source in [step.args["from_"].this, *(join.this for join in step.args.get("joins") or [])]:
        if (
            isinstance(source, exp.Table)
            and not source.args.get("db")
            and folded(source.this) == name
        ):
            return source
    return None


def as_types(
    queries: Queries, query: Query, types: Sequence[OraType], convert: int | None = None
) -> str:
    """The query with its columns converted to ``types``, or only the first ``convert`` of them."""
    alias = queries.ctx.alias("u")
    items = []
    changed = False
    for index, (column, type_) in enumerate(zip(query.columns, types, strict=True)):
        reference = Typed(f"{alias}.c{index + 1}", column.type)
        if column.rowid:
            reference = Typed(f"ora.rowid_text({reference.sql})", column.type)
        if convert is not None and index >= convert:
            items.append(f"{reference.sql} AS {quote(column.pg_name)}")
            continue
        converted = queries.ctx.conversions.convert(reference, type_)
        if column.type.kind is Kind.NULL:
            changed = True
        changed = changed or converted.sql != f"{alias}.c{index + 1}"
        items.append(f"{converted.sql} AS {quote(column.pg_name)}")
    if not changed:
        return query.sql
    names = ", ".join(f"c{index + 1}" for index in range(len(items)))
    return f"SELECT {', '.join(items)} FROM ({query.sql}) AS {alias}({names})"

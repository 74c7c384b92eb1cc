"""CONNECT BY: a row generator over LEVEL, and hierarchies as a recursive query in depth-first
order.

``LEVEL``, ``CONNECT_BY_ISLEAF``, ``CONNECT_BY_ISCYCLE``, ``SYS_CONNECT_BY_PATH`` and
``CONNECT_BY_ROOT`` become columns of a derived table. The order is kept by an array of row numbers,
one per level, so that children follow their parent and siblings keep ORDER SIBLINGS BY. A loop
without NOCYCLE raises ORA-01436.
"""

# ruff: noqa: S608  (building SQL text is the work here: names are quoted, values bound)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.scope import Block, Source, SourceColumn, column_parts, folded
from devkit.oracle.sql.typing import Typed
from devkit.oracle.values import NUMBER, VARCHAR2, Kind, OraType

if TYPE_CHECKING:
    from devkit.oracle.sql.queries import Queries


def connect_by(queries: Queries, node: Any, block: Block, from_sql: str, joins: list[str]) -> str:
    """The FROM clause of the hierarchy; the block's sources and pseudo-columns read from it."""
    connect = node.args["connect"]
    condition = connect.args.get("connect")
    if condition.find(exp.Prior) is None:
        return _generator(queries, node, block, from_sql)
    if len(block.sources) != 1:
        raise unsupported("CONNECT BY over several tables")
    if joins:
        raise unsupported("CONNECT BY with (+)")
    return _Hierarchy(queries, node, block, from_sql).build()


def _generator(queries: Queries, node: Any, block: Block, from_sql: str) -> str:
    """A condition over LEVEL on DUAL: rows 1, 2 … while it holds, at least one."""
    connect = node.args["connect"]
    test = connect.args["connect"]
    if from_sql or connect.args.get("start") is not None:
        raise unsupported("CONNECT BY without PRIOR, except over DUAL")
    alias = queries.ctx.alias("g")
    level = Typed(f"{alias}.n::numeric", NUMBER)
    if isinstance(test, exp.LT | exp.LTE) and _is_level(test.this):
        bound = queries.ex.number(test.expression, block).sql
        block.pseudo["LEVEL"] = level
        last = f"floor({bound})" if isinstance(test, exp.LTE) else f"ceil({bound}) - 1"
        return f"FROM generate_series(1, COALESCE(GREATEST({last}, 1), 1)::bigint) AS {alias}(n)"
    step = Block(block.parent, block.sources)
    step.pseudo["LEVEL"] = Typed(f"({alias}.n + 1)::numeric", NUMBER)
    step.rownum = step.pseudo["LEVEL"].sql
    condition = queries.ex.condition(test, step)
    block.pseudo["LEVEL"] = level
    return (
        f"FROM (WITH RECURSIVE {alias}(n) AS (SELECT 1::bigint UNION ALL SELECT {alias}.n + 1"
        f" FROM {alias} WHERE {condition}) SELECT n FROM {alias}) AS {alias}"
    )


def _is_level(node: Any) -> bool:
    return isinstance(node, exp.Column) and column_parts(node) in {("LEVEL",), ("ROWNUM",)}


class _Hierarchy:
    """One recursive query: anchor = START WITH, step = CONNECT BY with PRIOR over the step
    before."""

    def __init__(self, queries: Queries, node: Any, block: Block, from_sql: str) -> None:
        self.queries = queries
        self.node = node
        self.block = block
        self.from_sql = from_sql
        self.table = queries.ctx.alias("h")
        self.prior_alias = queries.ctx.alias("p")
        self.source = block.sources[0]
        self.names = {name: f"c{index}" for index, name in enumerate(self.source.columns)}
        self.extras = [
            call
            for call in _own_nodes(node)
            if isinstance(call, exp.Anonymous)
            and folded(call.this) in {"SYS_CONNECT_BY_PATH", "CONNECT_BY_ROOT"}
        ]

    def _reading_from(self, alias: str) -> Source:
        columns = {
            name: SourceColumn(
                name,
                column.type,
                f"{alias}.{self.names[name]}",
                column.nullable,
                hidden=column.hidden,
            )
            for name, column in self.source.columns.items()
        }
        rowid = f"{alias}.rid" if self.source.rowid is not None else None
        return Source(self.source.alias, columns, self.source.table, rowid)

    def build(self) -> str:
        ex, block, connect = self.queries.ex, self.block, self.node.args["connect"]
        start = connect.args.get("start")
        anchor_where = f" WHERE {ex.condition(start, block)}" if start is not None else ""
        prior = Block(block.parent, [self._reading_from(self.prior_alias)])
        prior.pseudo["LEVEL"] = Typed(f"{self.prior_alias}.lvl", NUMBER)
        step = Block(block.parent, [self.source], prior=prior)
        step.pseudo["LEVEL"] = Typed(f"({self.prior_alias}.lvl + 1)", NUMBER)
        step_test = ex.condition(connect.args["connect"], step)
        order = self.node.args.get("order")
        window = ""
        if order is not None and order.args.get("siblings"):
            window = "ORDER BY " + ex.order_items(order, block)
        number = f"row_number() OVER ({window})"
        key = (
            self.source.rowid
            or "md5("
            + " || ".join(
                f"COALESCE({column.sql}::text, '~') || ','"
                for column in self.source.columns.values()
            )
            + ")"
        )
        own = [column.sql for column in self.source.columns.values()]
        if self.source.rowid is not None:
            own.append(self.source.rowid)
        anchor_extra, step_extra = self._extras(step)
        anchor = [*own, "1::numeric", f"ARRAY[{number}]", f"ARRAY[{key}]", *anchor_extra]
        cycle = f"{key} = ANY({self.prior_alias}.keys)"
        seen = f"{self.prior_alias}.keys || {key}"
        is_cycle = "0"
        if connect.args.get("nocycle"):
            # a row is a cycle when one of its children is one of its ancestors
            is_cycle = (
                f"CASE WHEN EXISTS (SELECT 1 {self.from_sql} WHERE {step_test} AND {cycle})"
                " THEN 1 ELSE 0 END"
            )
            step_test += f" AND NOT {cycle}"
        else:
            failure = f"ora.loop_in_hierarchy({self.prior_alias}.keys)"
            seen = f"CASE WHEN {cycle} THEN {failure} ELSE {seen} END"
        following = [
            *own,
            f"{self.prior_alias}.lvl + 1",
            f"{self.prior_alias}.path || {number}",
            seen,
            *step_extra,
        ]
        columns = list(self.names.values())
        if self.source.rowid is not None:
            columns.append("rid")
        columns += ["lvl", "path", "keys", *(f"x{index}" for index in range(len(self.extras)))]
        recursion = (
            f"WITH RECURSIVE {self.table}({', '.join(columns)}) AS ("
            f"SELECT {', '.join(anchor)} {self.from_sql}{anchor_where} UNION ALL "
            f"SELECT {', '.join(following)} {self.from_sql} "
            f"CROSS JOIN {self.table} AS {self.prior_alias} WHERE {step_test}) "
            "SELECT *, CASE WHEN lead(lvl) OVER (ORDER BY path) > lvl THEN 0 ELSE 1 END AS leaf,"
            f" {is_cycle} AS iscycle FROM {self.table} AS {self.prior_alias}"
        )
        result = self.queries.ctx.alias("r")
        self._publish(result)
        return f"FROM ({recursion}) AS {result}"

    def _extras(self, step: Block) -> tuple[list[str], list[str]]:
        """The columns that carry SYS_CONNECT_BY_PATH and CONNECT_BY_ROOT down the levels."""
        ex = self.queries.ex
        convert = self.queries.ctx.conversions
        anchor, following = [], []
        for index, call in enumerate(self.extras):
            value = ex.value(call.expressions[0], self.block)
            below = ex.value(call.expressions[0], step)
            if folded(call.this) == "CONNECT_BY_ROOT":
                anchor.append(value.sql)
                following.append(f"{self.prior_alias}.x{index}")
                call.meta["type"] = value.type
            else:
                if len(call.expressions) != 2:
                    raise OraError(909)
                separator = convert.to_text(ex.value(call.expressions[1], self.block)).sql
                text, deeper = convert.to_text(value).sql, convert.to_text(below).sql
                anchor.append(f"({separator} || COALESCE({text}, ''))")
                following.append(
                    f"({self.prior_alias}.x{index} || {separator} || COALESCE({deeper}, ''))"
                )
                call.meta["type"] = VARCHAR2
        return anchor, following

    def _publish(self, alias: str) -> None:
        block = self.block
        block.sources[0] = self._reading_from(alias)
        block.pseudo["LEVEL"] = Typed(f"{alias}.lvl", NUMBER)
        block.pseudo["CONNECT_BY_ISLEAF"] = Typed(f"{alias}.leaf::numeric", NUMBER)
        if self.node.args["connect"].args.get(
            "nocycle"
        ):  # elsewhere the name is no column: ORA-00904
            block.pseudo["CONNECT_BY_ISCYCLE"] = Typed(f"{alias}.iscycle::numeric", NUMBER)
        block.pseudo["$SIBLINGS"] = Typed(f"{alias}.path", OraType(Kind.COLLECTION))
        for index, call in enumerate(self.extras):
            name = f"$X{index}"
            block.pseudo[name] = Typed(f"{alias}.x{index}", call.meta["type"])
            call.replace(exp.Column(this=exp.Identifier(this=name, quoted=False)))


def _own_nodes(node: Any) -> list[Any]:
    """The nodes of a block without those of its subqueries."""
    found: list[Any] = []
    for child in node.iter_expressions():
        if isinstance(child, exp.Query):
            continue
        found.append(child)
        found += _own_nodes(child)
    return found

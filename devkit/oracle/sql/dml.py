"""INSERT, UPDATE and DELETE as plans: the one-statement form, and what row triggers work on."""

# ruff: noqa: S608  (building SQL text is the work here: names are quoted, values bound)

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.assignment import (
    assign,
    check_writable,
    column_sql,
    default_of,
    stored_value,
)
from devkit.oracle.sql.calls import argument_query
from devkit.oracle.sql.joins import conjuncts
from devkit.oracle.sql.outputs import OutColumn
from devkit.oracle.sql.plans import DeletePlan, InsertPlan, Plan, Returning, Target, UpdatePlan
from devkit.oracle.sql.queries import Queries
from devkit.oracle.sql.row_limits import rownum_limit
from devkit.oracle.sql.scope import (
    Block,
    Compiled,
    Context,
    column_parts,
    folded,
    position_of,
    shown,
)
from devkit.oracle.sql.through_views import replaced, through
from devkit.oracle.sql.typing import Typed, quote
from devkit.oracle.values import Kind

if TYPE_CHECKING:
    from devkit.oracle.catalog.model import ColumnDef


@dataclass(slots=True)
class DmlTranslator:
    """Builds the plan of one statement."""

    ctx: Context
    queries: Queries

    def translate(self, node: Any) -> Plan:
        if isinstance(node, exp.Insert):
            return self._insert(node)
        if isinstance(node, exp.Update):
            return self._update(node)
        if isinstance(node, exp.Delete):
            return self._delete(node)
        if isinstance(node, exp.Merge):
            from devkit.oracle.sql.merge import merge

            return merge(self, node)
        if isinstance(node, exp.MultitableInserts):
            from devkit.oracle.sql.merge import multi_insert

            return multi_insert(self, node)
        raise unsupported(type(node).__name__.upper())

    # ------------------------------------------------------------------ target

    def target(
        self, node: Any, privilege: str, events: tuple[str, ...], *, alias: str | None = None
    ) -> Target:
        """``events``: what the statement may do; a view's base table is meant by it, unless the
        view has INSTEAD OF triggers for it."""
        if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
            raise unsupported("DML on a subquery or collection")
        for name in ("version", "sample", "partition", "pivots", "joins"):
            if node.args.get(name):
                raise unsupported(f"{name.upper()} of a table in DML")
        parts = tuple(folded(node.args[part]) for part in ("db", "this") if node.args.get(part))
        if "@" in parts[-1] and not node.this.args.get("quoted"):
            raise unsupported("database link")
        table = self.ctx.table(parts, privilege, position_of(node))
        if table.is_view and table.read_only:
            raise OraError(42399)
        given = node.args.get("alias")
        if given is not None and given.meta.get("as"):  # ORA-00933: no AS before an alias
            raise OraError(933, position=position_of(given))
        name = alias or (folded(given.this) if given is not None else parts[-1])
        if table.is_view and not replaced(self.ctx, table, events):
            quoted = self.ctx.alias("base")
            view = through(self.ctx, table, quoted, events)
            source = replace(view.source, alias=name)
            return Target(view.base, quoted, source, view)
        return Target(table, quote(name), self.ctx.table_source(table, name))

    def written(self, target: Target, privilege: str, columns: list[ColumnDef]) -> None:
        """Check the right to write the columns: those of the view, where it is named."""
        names = [column.name for column in columns]
        if target.view is None:
            self.ctx.written(target.table, privilege, names)
            return
        shown = {
            column.name: name for name, column in target.view.columns.items() if column is not None
        }
        self.ctx.written(target.view.view, privilege, [shown[name] for name in names])

    def column(self, target: Target, node: Any, *, qualified: bool = True) -> ColumnDef:
        parts = column_parts(node) if isinstance(node, exp.Column) else (folded(node),)
        column = target.table.column(parts[-1])
        named = target.table.name
        if target.view is not None:
            named = target.view.view.name
            column = target.view.columns.get(parts[-1])
            if column is None and parts[-1] in target.view.columns:
                raise OraError(1733, position=position_of(node))
        if len(parts) > 1 and qualified and parts[-2] not in {target.source.alias, named}:
            column = None
        if column is None:
            raise OraError(904, shown(parts), position=position_of(node))
        return column

    def _returning(self, node: Any, target: Target) -> Returning:
        clause = node.args.get("returning")
        check = ""
        if target.view is not None and not isinstance(node, exp.Delete):
            check = target.view.check_sql
        if not clause:
            return Returning(check)
        if target.table.is_view:  # INSTEAD OF triggers
            raise OraError(22816, position=position_of(clause))
        block = Block(sources=[target.source])
        columns: list[OutColumn] = []
        parts: list[str] = []
        for index, item in enumerate(clause.expressions):
            value = self.queries.ex.value(item, block)
            sql = value.rowid or value.sql
            name = folded(item) if isinstance(item, exp.Column) else f"EXPR{index + 1}"
            columns.append(
                OutColumn(name, f"r{index + 1}", value.type, True, value.rowid is not None)
            )
            parts.append(f"{'NULL::text' if value.is_null else sql} AS r{index + 1}")
        return Returning(", ".join([*parts, check] if check else parts), columns)

    # ------------------------------------------------------------------ INSERT

    def _insert(self, node: Any) -> InsertPlan:
        for name in (
            "overwrite",
            "conflict",
            "by_name",
            "exists",
            "ignore",
            "partition",
            "default",
        ):
            if node.args.get(name):
                raise unsupported(f"{name.upper()} in INSERT")
        schema = node.this
        listed = None
        if isinstance(schema, exp.Schema):
            listed = schema.expressions
            schema = schema.this
        target = self.target(schema, "INSERT", ("INSERT",))
        if listed is not None:
            columns = [self.column(target, item) for item in listed]
            if len({column.name for column in columns}) != len(columns):
                raise OraError(957, position=position_of(node))
        else:
            # virtual ones too: without a list every visible column wants a value (ORA-00947)
            columns = target.insertable
        source = node.args.get("expression")
        values: list[Typed | None] = []
        query_sql: str | None = None
        self.written(target, "INSERT", columns)
        query_columns: list[OutColumn] = []
        if isinstance(source, exp.Values):
            values = self._values(source, columns, target)
        elif isinstance(source, exp.Query | exp.Subquery):
            block = Block(sequences_allowed=True)
            query = self.queries.query(source, block, top=True)
            query_sql, query_columns = query.sql, query.columns
            self.count(len(query.columns), columns, source)
        else:
            raise OraError(926, position=len(self.queries.text))
        if query_sql is not None:
            for column in columns:
                if column.virtual is not None:
                    raise OraError(54013)
        else:  # DEFAULT is all that a virtual column takes
            values = [
                value
                for value, column in zip(values, columns, strict=True)
                if column.virtual is None
            ]
            columns = [column for column in columns if column.virtual is None]
        returning = self._returning(node, target)
        plan = InsertPlan(
            target, columns, values, query_sql, query_columns, returning, Compiled("", ())
        )
        plan.simple = self.ctx.compile(self.insert_sql(plan))
        plan.image = self.ctx.compile(self.insert_image(plan))
        return plan

    def count(self, found: int, columns: list[ColumnDef], node: Any) -> None:
        if found < len(columns):
            raise OraError(947, position=position_of(node))
        if found > len(columns):
            raise OraError(913, position=position_of(node))

    def _values(self, source: Any, columns: list[ColumnDef], target: Target) -> list[Typed | None]:
        if len(source.expressions) != 1:
            raise OraError(933, position=position_of(source.expressions[1]))
        items = source.expressions[0].expressions
        self.count(len(items), columns, source)
        block = Block(sequences_allowed=True)
        values: list[Typed | None] = []
        for item, column in zip(items, columns, strict=True):
            value = None if is_default(item) else self._value(item, block)
            check_writable(column, is_insert=True, given=value)
            values.append(value)
        argument_query(self.ctx, block, "", [])
        return values

    def _value(self, item: Any, block: Block) -> Typed:
        try:
            return self.queries.ex.value(item, block)
        except OraError as error:
            if error.code == 904 and isinstance(item, exp.Column):
                # in VALUES no column is in scope at all
                raise OraError(984, position=error.position) from error
            raise

    def insert_sql(self, plan: InsertPlan) -> str:
        target = plan.target
        names = ", ".join(quote(column.name) for column in plan.columns)
        returning = self._insert_returning(plan)
        head = f"INSERT INTO {target.relation} AS {target.alias} ({names})"
        if plan.query is None:
            stored = ", ".join(
                stored_value(self.ctx, target.table, column, value)
                for column, value in zip(plan.columns, plan.values, strict=True)
            )
            if self.ctx.batch_from:
                return f"{head} SELECT {stored} FROM {self.ctx.batch_from}{returning}"
            return f"{head} VALUES ({stored}){returning}"
        stored = ", ".join(
            stored_value(self.ctx, target.table, column, value)
            for column, value in zip(plan.columns, self._from_query(plan), strict=True)
        )
        return f'{head} SELECT {stored} FROM ({plan.query}) AS "$q"({_listed(plan)}){returning}'

    def _from_query(self, plan: InsertPlan) -> list[Typed]:
        return [
            Typed(
                f'"$q"."c{index + 1}"'
                if not column.rowid
                else f'ora.rowid_text("$q"."c{index + 1}")',
                column.type,
            )
            if column.type.kind is not Kind.NULL
            else Typed("NULL", column.type)
            for index, column in enumerate(plan.query_columns)
        ]

    def _insert_returning(self, plan: InsertPlan) -> str:
        items = []
        if plan.target.source.rowid is not None and plan.query is None:
            items.append(plan.target.source.rowid)
        if plan.returning.sql:
            items.append(plan.returning.sql)
        return f" RETURNING {', '.join(items)}" if items else ""

    def insert_image(self, plan: InsertPlan) -> str:
        """The new rows with every real column, unchecked, defaults applied."""
        target = plan.target
        given: dict[str, Typed | None] = {}
        if plan.query is None:
            given = {c.name: v for c, v in zip(plan.columns, plan.values, strict=True)}
        else:
            given = {c.name: v for c, v in zip(plan.columns, self._from_query(plan), strict=True)}
        items = []
        for column in target.real_columns:
            value = given.get(column.name)
            if column.name not in given or value is None:
                items.append(default_of(column).sql)
                continue
            sql = self.ctx.conversions.convert(value, column.type).sql
            if column.default_on_null or column.identity == "BY DEFAULT ON NULL":
                sql = f"COALESCE({sql}, {default_of(column).sql})"
            items.append(sql)
        if plan.query is None:
            batch = f" FROM {self.ctx.batch_from}" if self.ctx.batch_from else ""
            return f"SELECT {', '.join(items)}{batch}"
        return f'SELECT {", ".join(items)} FROM ({plan.query}) AS "$q"({_listed(plan)})'

    # ------------------------------------------------------------------ UPDATE

    def _update(self, node: Any) -> UpdatePlan:
        for name in ("from_", "order", "limit"):
            if node.args.get(name):
                raise OraError(933)
        target = self.target(node.this, "UPDATE", ("UPDATE",))
        block = Block(sources=[target.source], sequences_allowed=True)
        sets, laterals, columns = self.assignments(node.expressions, target, block)
        where, tests = self._where(node, block, target)
        from_sql = f"FROM {target.relation} AS {target.alias}"
        argument_query(self.ctx, block, from_sql, tests)
        returning = self._returning(node, target)
        set_sql = ", ".join(f"{quote(c.name)} = {stored}" for c, stored, _ in sets)
        lateral_sql = "".join(
            f" LEFT JOIN LATERAL ({sql}) AS {alias} ON true" for alias, sql in laterals
        )
        tail = f" RETURNING {returning.sql}" if returning.sql else ""
        if laterals:
            set_sql = self._multi_set(sets, laterals)
        batch = ""
        if self.ctx.batch_from:
            batch = f" FROM {self.ctx.batch_from}"
            tail = f' RETURNING "$batch"."$n"{", " + returning.sql if returning.sql else ""}'
        simple = f"UPDATE {target.relation} AS {target.alias} SET {set_sql}{batch}{where}{tail}"
        image = None
        if not (target.table.is_view and target.source.rowid):
            image = self._images(target, [raw for _, _, raw in sets], lateral_sql, where)
        return UpdatePlan(
            target,
            columns,
            returning,
            self.ctx.compile(simple),
            self.ctx.compile(image) if image is not None else None,
        )

    def assignments(
        self, assignments: list[Any], target: Target, block: Block
    ) -> tuple[list[tuple[ColumnDef, str, str]], list[tuple[str, str]], list[ColumnDef]]:
        """(column, stored value, unchecked value) per column, and subqueries of multi-column
        SETs."""
        sets: list[tuple[ColumnDef, str, str]] = []
        laterals: list[tuple[str, str]] = []
        for assignment in assignments:
            left, right = assignment.this, assignment.expression
            if isinstance(left, exp.Tuple | exp.Paren):
                items = left.expressions if isinstance(left, exp.Tuple) else [left.this]
                inner = right.this if isinstance(right, exp.Subquery) else right
                if not isinstance(inner, exp.Query):
                    raise OraError(1767, position=position_of(right))
                query = self.queries.query(inner, block)
                columns = [self.column(target, item) for item in items]
                self.count(len(query.columns), columns, right)
                alias = self.ctx.alias("s")
                names = ", ".join(f"c{index + 1}" for index in range(len(columns)))
                laterals.append((f"{alias}({names})", query.sql))
                for index, (column, out) in enumerate(zip(columns, query.columns, strict=True)):
                    value = Typed(f"{alias}.c{index + 1}", out.type)
                    sets.append(self._set(target, column, value))
                continue
            column = self.column(target, left)
            if is_default(right):
                check_writable(column, is_insert=False, given=None)
                sql = default_of(column).sql
                sets.append((column, sql, sql))
                continue
            sets.append(self._set(target, column, self.queries.ex.value(right, block)))
        columns = [column for column, _, _ in sets]
        self.written(target, "UPDATE", columns)
        if len({column.name for column in columns}) != len(columns):
            raise OraError(957)
        return sets, laterals, columns

    def _set(self, target: Target, column: ColumnDef, value: Typed) -> tuple[ColumnDef, str, str]:
        check_writable(column, is_insert=False, given=value)
        stored = assign(self.ctx, target.table, column, value)
        return column, stored, self.ctx.conversions.convert(value, column.type).sql

    def _multi_set(
        self, sets: list[tuple[ColumnDef, str, str]], laterals: list[tuple[str, str]]
    ) -> str:
        """``(a, b) = (SELECT …)`` for the columns of each subquery, ``c = …`` for the others."""
        parts = []
        left = list(sets)
        for alias, sql in laterals:
            name = alias.partition("(")[0]
            own = [entry for entry in left if f"{name}." in entry[2]]
            left = [entry for entry in left if entry not in own]
            columns = ", ".join(quote(column.name) for column, _, _ in own)
            values = ", ".join(stored for _, stored, _ in own)
            parts.append(f"({columns}) = (SELECT {values} FROM ({sql}) AS {alias})")
        parts += [f"{quote(column.name)} = {stored}" for column, stored, _ in left]
        return ", ".join(parts)

    def _where(self, node: Any, block: Block, target: Target) -> tuple[str, list[str]]:
        where = node.args.get("where")
        limits: list[str] = []
        tests: list[str] = list(target.conditions)
        with block.without_sequences():
            for test in conjuncts(where.this) if where is not None else ():
                limit = rownum_limit(self.queries, test, block)
                if limit is not None:
                    limits.append(limit)
                else:
                    tests.append(self.queries.ex.condition(test, block))
        condition = f" WHERE {' AND '.join(tests)}" if tests else ""
        if limits:
            if target.source.rowid is None:
                raise unsupported("ROWNUM in DML on a view")
            count = limits[0] if len(limits) == 1 else f"LEAST({', '.join(limits)})"
            inner = (
                f"SELECT {target.source.rowid} FROM {target.relation} AS {target.alias}{condition}"
                f" LIMIT ({count})::bigint FOR UPDATE"
            )
            return f" WHERE {target.source.rowid} = ANY (ARRAY({inner}))", tests
        return condition, tests

    def _images(self, target: Target, new: list[str], laterals: str, where: str) -> str:
        """Row id (or NULL), old values of every column, new values; the rows are locked."""
        old = [column_sql(target, column) for column in target.table.columns]
        items = [target.source.rowid or "NULL::bigint", *old, *new]
        lock = f" FOR UPDATE OF {target.alias}" if target.source.rowid is not None else ""
        from_sql = f"FROM {target.relation} AS {target.alias}{laterals}{where}"
        return f"SELECT {', '.join(items)} {from_sql}{lock}"

    # ------------------------------------------------------------------ DELETE

    def _delete(self, node: Any) -> DeletePlan:
        tables = node.args.get("tables") or []
        table = node.this if isinstance(node.this, exp.Table) else (tables[0] if tables else None)
        if table is None or len(tables) > 1 or node.args.get("using"):
            raise OraError(903)
        target = self.target(table, "DELETE", ("DELETE",))
        block = Block(sources=[target.source])
        where, tests = self._where(node, block, target)
        argument_query(self.ctx, block, f"FROM {target.relation} AS {target.alias}", tests)
        returning = self._returning(node, target)
        tail = f" RETURNING {returning.sql}" if returning.sql else ""
        batch = ""
        if self.ctx.batch_from:
            batch = f" USING {self.ctx.batch_from}"
            tail = f' RETURNING "$batch"."$n"{", " + returning.sql if returning.sql else ""}'
        simple = f"DELETE FROM {target.relation} AS {target.alias}{batch}{where}{tail}"
        image = self._images(target, [], "", where)
        return DeletePlan(target, returning, self.ctx.compile(simple), self.ctx.compile(image))


def _listed(plan: InsertPlan) -> str:
    return ", ".join(f'"c{index + 1}"' for index in range(len(plan.query_columns)))


def is_default(node: Any) -> bool:
    return isinstance(node, exp.Var) and str(node.this).upper() == "DEFAULT"

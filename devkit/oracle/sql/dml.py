"""INSERT, UPDATE, DELETE and MERGE as plans: the one-statement form, and the pieces that the forms
with row triggers are made of.

Every assigned value is converted to its column and checked by name (ORA-12899, ORA-01438); a row
image is checked when it is written, after BEFORE ROW triggers had their say.
"""

# ruff: noqa: S608  (building SQL text is the work here: names are quoted, values bound)

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.calls import argument_query
from devkit.oracle.sql.joins import conjuncts
from devkit.oracle.sql.queries import OutColumn, Queries
from devkit.oracle.sql.scope import (
    Block,
    Compiled,
    Context,
    Source,
    column_parts,
    find_column,
    folded,
    position_of,
    shown,
)
from devkit.oracle.sql.typing import (
    FIXED,
    STAMPS,
    TEXT,
    Typed,
    null_of,
    pg_type,
    quote,
    text_literal,
)
from devkit.oracle.values import Column, Kind, OraType

if TYPE_CHECKING:
    from devkit.oracle.catalog.model import ColumnDef, TableDef

_PLAIN_COLUMN = re.compile(r'^"[^"]+"\."[^"]+"$')


@dataclass(slots=True)
class Target:
    """The table or view a statement changes, as PostgreSQL sees it."""

    table: TableDef
    alias: str  # quoted
    source: Source

    @property
    def relation(self) -> str:
        return f"{quote(self.table.owner)}.{quote(self.table.name)}"

    @property
    def real_columns(self) -> list[ColumnDef]:
        """The columns that can be written."""
        return [column for column in self.table.columns if column.virtual is None]

    @property
    def key(self) -> tuple[str, str]:
        return (self.table.owner, self.table.name)


@dataclass(slots=True)
class Returning:
    """RETURNING: the expressions over the target, in the form of a select list."""

    sql: str = ""
    columns: list[OutColumn] = field(default_factory=list)


@dataclass(slots=True)
class InsertPlan:
    """``values`` for one row of VALUES, ``query`` for a subquery (columns c1, c2 …)."""

    target: Target
    columns: list[ColumnDef]
    values: list[Typed | None]  # None: DEFAULT
    query: str | None
    query_columns: list[OutColumn]
    returning: Returning
    simple: Compiled
    image: Compiled | None = None  # select list: every real column, for row triggers


@dataclass(slots=True)
class UpdatePlan:
    """``image`` selects "$rowid", every column, then the new values of ``columns``."""

    target: Target
    columns: list[ColumnDef]
    returning: Returning
    simple: Compiled
    image: Compiled | None = None


@dataclass(slots=True)
class DeletePlan:
    target: Target
    returning: Returning
    simple: Compiled
    image: Compiled | None = None


@dataclass(slots=True)
class MergePlan:
    """``matched`` selects row id, columns, new values and whether DELETE WHERE holds; ``missing``
    selects a full image of every row to insert."""

    target: Target
    update_columns: list[ColumnDef]
    has_delete: bool
    has_insert: bool
    simple: Compiled
    matched: Compiled | None
    missing: Compiled | None


@dataclass(slots=True)
class MultiInsertPlan:
    targets: list[Target]
    simple: Compiled


@dataclass(slots=True)
class LockPlan:
    sql: list[str]
    wait: int | None


Plan = InsertPlan | UpdatePlan | DeletePlan | MergePlan | MultiInsertPlan | LockPlan


# --------------------------------------------------------------------------- assignment


def assign(ctx: Context, table: TableDef, column: ColumnDef, value: Typed) -> str:
    """The value as it is stored in the column: converted, rounded, padded, checked."""
    type_ = column.type
    converted = ctx.conversions.convert(value, type_)
    sql = converted.sql
    if value.is_null:
        return sql
    kind = type_.kind
    name = text_literal(f'"{table.owner}"."{table.name}"."{column.name}"')
    same_kind = value.bind is None and value.kind is kind and bool(_PLAIN_COLUMN.match(value.sql))
    if kind is Kind.NUMBER:
        if type_.precision is None and type_.scale is None:
            return sql
        if same_kind and value.type == type_:
            return sql
        return f"ora.fit_number({sql}, {type_.precision or 38}, {type_.scale or 0})"
    if kind in FIXED:
        bytes_ = str(not type_.char_semantics).lower()
        return f"ora.fit_char({sql}, {type_.length or 1}, {bytes_}, {name})"
    if kind in TEXT and kind not in {Kind.CLOB, Kind.LONG, Kind.JSON} and type_.length is not None:
        if value.literal is not None and value.kind in TEXT:
            size = len(value.literal if type_.char_semantics else value.literal.encode())
            if size <= type_.length:
                return sql
        if (
            same_kind
            and value.type.length is not None
            and value.type.length <= type_.length
            and value.type.char_semantics == type_.char_semantics
        ):
            return sql
        bytes_ = str(not type_.char_semantics).lower()
        return f"ora.fit_text({sql}, {type_.length}, {bytes_}, {name})"
    if kind is Kind.RAW and type_.length is not None:
        return f"ora.fit_raw({sql}, {type_.length}, {name})"
    if kind in STAMPS and type_.scale is not None and type_.scale < 6:
        return f"({sql})::{pg_type(type_)}({type_.scale})"
    if kind is Kind.DATE and value.kind is Kind.DATE and value.bind is not None:
        return f"date_trunc('second', {sql})"
    return sql


def default_of(column: ColumnDef) -> Typed:
    if column.default_sql:
        return Typed(f"({column.default_sql})", column.type)
    return null_of(column.type)


def _check_writable(column: ColumnDef, *, is_insert: bool, given: Typed | None) -> None:
    if column.virtual is not None:
        raise OraError(54013 if is_insert else 54017)
    if column.identity == "ALWAYS" and given is not None:
        raise OraError(32795 if is_insert else 32796)


def _stored(ctx: Context, table: TableDef, column: ColumnDef, value: Typed | None) -> str:
    """The value of a column in an INSERT; None means DEFAULT."""
    if value is None:
        return default_of(column).sql
    sql = assign(ctx, table, column, value)
    if column.default_on_null or column.identity == "BY DEFAULT ON NULL":
        return f"COALESCE({sql}, {default_of(column).sql})"
    return sql


# --------------------------------------------------------------------------- translation


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
            return self._merge(node)
        if isinstance(node, exp.MultitableInserts):
            return self._multi_insert(node)
        raise unsupported(type(node).__name__.upper())

    # ------------------------------------------------------------------ target

    def _target(self, node: Any, privilege: str, *, alias: str | None = None) -> Target:
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
        name = alias or (folded(given.this) if given is not None else parts[-1])
        return Target(table, quote(name), self.ctx.table_source(table, name))

    def _column(self, target: Target, node: Any, *, qualified: bool = True) -> ColumnDef:
        parts = column_parts(node) if isinstance(node, exp.Column) else (folded(node),)
        column = target.table.column(parts[-1])
        if (
            len(parts) > 1
            and qualified
            and parts[-2] not in {target.source.alias, target.table.name}
        ):
            column = None
        if column is None:
            raise OraError(904, shown(parts), position=position_of(node))
        return column

    def _returning(self, node: Any, target: Target) -> Returning:
        clause = node.args.get("returning")
        if not clause:
            return Returning()
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
        return Returning(", ".join(parts), columns)

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
        target = self._target(schema, "INSERT")
        if listed is not None:
            columns = [self._column(target, item) for item in listed]
            if len({column.name for column in columns}) != len(columns):
                raise OraError(957, position=position_of(node))
        else:
            columns = [
                column
                for column in target.table.columns
                if not column.hidden and column.virtual is None
            ]
        source = node.args.get("expression")
        values: list[Typed | None] = []
        query_sql: str | None = None
        self.ctx.written(target.table, "INSERT", (column.name for column in columns))
        query_columns: list[OutColumn] = []
        if isinstance(source, exp.Values):
            values = self._values(source, columns, target)
        elif isinstance(source, exp.Query | exp.Subquery):
            block = Block(sequences_allowed=True)
            query = self.queries.query(source, block, top=True)
            query_sql, query_columns = query.sql, query.columns
            self._count(len(query.columns), columns, source)
        else:
            raise OraError(926, position=len(self.queries.text))
        returning = self._returning(node, target)
        plan = InsertPlan(
            target, columns, values, query_sql, query_columns, returning, Compiled("", ())
        )
        plan.simple = self.ctx.compile(self.insert_sql(plan))
        plan.image = self.ctx.compile(self.insert_image(plan))
        return plan

    def _count(self, found: int, columns: list[ColumnDef], node: Any) -> None:
        if found < len(columns):
            raise OraError(947, position=position_of(node))
        if found > len(columns):
            raise OraError(913, position=position_of(node))

    def _values(self, source: Any, columns: list[ColumnDef], target: Target) -> list[Typed | None]:
        if len(source.expressions) != 1:
            raise OraError(933, position=position_of(source.expressions[1]))
        items = source.expressions[0].expressions
        self._count(len(items), columns, source)
        block = Block(sequences_allowed=True)
        values: list[Typed | None] = []
        for item, column in zip(items, columns, strict=True):
            value = None if _is_default(item) else self._value(item, block)
            _check_writable(column, is_insert=True, given=value)
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
                _stored(self.ctx, target.table, column, value)
                for column, value in zip(plan.columns, plan.values, strict=True)
            )
            if self.ctx.batch_from:
                return f"{head} SELECT {stored} FROM {self.ctx.batch_from}{returning}"
            return f"{head} VALUES ({stored}){returning}"
        stored = ", ".join(
            _stored(self.ctx, target.table, column, value)
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
        target = self._target(node.this, "UPDATE")
        block = Block(sources=[target.source], sequences_allowed=True)
        sets, laterals, columns = self._assignments(node.expressions, target, block)
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

    def _assignments(
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
                columns = [self._column(target, item) for item in items]
                self._count(len(query.columns), columns, right)
                alias = self.ctx.alias("s")
                names = ", ".join(f"c{index + 1}" for index in range(len(columns)))
                laterals.append((f"{alias}({names})", query.sql))
                for index, (column, out) in enumerate(zip(columns, query.columns, strict=True)):
                    value = Typed(f"{alias}.c{index + 1}", out.type)
                    sets.append(self._set(target, column, value))
                continue
            column = self._column(target, left)
            if _is_default(right):
                _check_writable(column, is_insert=False, given=None)
                sql = default_of(column).sql
                sets.append((column, sql, sql))
                continue
            sets.append(self._set(target, column, self.queries.ex.value(right, block)))
        columns = [column for column, _, _ in sets]
        self.ctx.written(target.table, "UPDATE", (column.name for column in columns))
        if len({column.name for column in columns}) != len(columns):
            raise OraError(957)
        return sets, laterals, columns

    def _set(self, target: Target, column: ColumnDef, value: Typed) -> tuple[ColumnDef, str, str]:
        _check_writable(column, is_insert=False, given=value)
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
        if where is None:
            return "", []
        limits: list[str] = []
        tests: list[str] = []
        for test in conjuncts(where.this):
            limit = self.queries._rownum_limit(test, block)
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
        target = self._target(table, "DELETE")
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

    # ------------------------------------------------------------------ MERGE

    def _merge(self, node: Any) -> MergePlan:
        target = self._target(node.this, "SELECT")
        using = Block()
        from devkit.oracle.sql.joins import _source

        item, source = _source(self.queries, node.args["using"], using)
        both = Block(sources=[target.source, source], sequences_allowed=True)
        on = self.queries.ex.condition(node.args["on"], both)
        update = insert = None
        for branch in node.args["whens"].expressions:
            if branch.args["matched"]:
                if update is not None:
                    raise OraError(38106)
                update = branch
            else:
                if insert is not None:
                    raise OraError(38106)
                insert = branch
        parts: list[str] = []
        columns: list[ColumnDef] = []
        matched = missing = None
        if update is not None:
            self.ctx.table(target.key, "UPDATE", None)
            clauses, columns, matched = self._merge_update(update, target, both, item, on, node)
            parts += clauses
        if insert is not None:
            self.ctx.table(target.key, "INSERT", None)
            only = Block(sources=[source], sequences_allowed=True)
            clause, missing = self._merge_insert(insert, target, only, item, on)
            parts.append(clause)
        if both.calls:
            raise unsupported("PL/SQL function over columns in MERGE")
        simple = (
            f"MERGE INTO {target.relation} AS {target.alias} USING {item} ON {on} {' '.join(parts)}"
        )
        return MergePlan(
            target,
            columns,
            update is not None and update.args.get("delete") is not None,
            insert is not None,
            self.ctx.compile(simple),
            self.ctx.compile(matched) if matched else None,
            self.ctx.compile(missing) if missing else None,
        )

    def _merge_update(
        self, branch: Any, target: Target, both: Block, item: str, on: str, node: Any
    ) -> tuple[list[str], list[ColumnDef], str]:
        sets, laterals, columns = self._assignments(branch.args["assignments"], target, both)
        in_condition = {
            column_parts(column)[-1]
            for column in node.args["on"].find_all(exp.Column)
            if not isinstance(column.this, exp.Star)
            and find_column(Block(sources=[target.source]), column_parts(column), None) is not None
            and (len(column_parts(column)) > 1 or find_column(both, column_parts(column), None))
        }
        for assignment, column in zip(branch.args["assignments"], columns, strict=False):
            if column.name in in_condition:
                name = shown((target.source.alias, column.name))
                raise OraError(38104, name, position=position_of(assignment))
        if laterals:
            raise unsupported("SET (…) = (subquery) in MERGE")
        where = branch.args.get("where")
        test = f" AND {self.queries.ex.condition(where.this, both)}" if where is not None else ""
        clauses = []
        doomed = "false"
        delete = branch.args.get("delete")
        if delete is not None:
            # DELETE WHERE sees the row as updated
            updated = Source(target.source.alias, dict(target.source.columns), target.table)
            for column, stored, _ in sets:
                old = updated.columns[column.name]
                updated.columns[column.name] = type(old)(
                    old.name, old.type, f"({stored})", old.nullable
                )
            after = Block(sources=[updated, *both.sources[1:]])
            doomed = self.queries.ex.condition(delete.this, after)
            clauses.append(f"WHEN MATCHED{test} AND {doomed} THEN DELETE")
        set_sql = ", ".join(f"{quote(c.name)} = {stored}" for c, stored, _ in sets)
        clauses.append(f"WHEN MATCHED{test} THEN UPDATE SET {set_sql}")
        old_columns = [column_sql(target, column) for column in target.table.columns]
        items = [
            target.source.rowid or "NULL::bigint",
            *old_columns,
            *(raw for _, _, raw in sets),
            f"COALESCE({doomed}, false)",
        ]
        where_sql = f" WHERE true{test}" if test else ""
        image = (
            f"SELECT {', '.join(items)} FROM {target.relation} AS {target.alias}"
            f" JOIN {item} ON {on}{where_sql} FOR UPDATE OF {target.alias}"
        )
        return clauses, columns, image

    def _merge_insert(
        self, branch: Any, target: Target, only: Block, item: str, on: str
    ) -> tuple[str, str]:
        listed = branch.args.get("columns")
        columns = (
            [self._column(target, column) for column in listed]
            if listed is not None
            else [c for c in target.table.columns if not c.hidden and c.virtual is None]
        )
        items = branch.args["values"].expressions
        self._count(len(items), columns, branch.args["values"])
        values: list[Typed | None] = []
        for node, column in zip(items, columns, strict=True):
            value = None if _is_default(node) else self.queries.ex.value(node, only)
            _check_writable(column, is_insert=True, given=value)
            values.append(value)
        where = branch.args.get("where")
        test = f" AND {self.queries.ex.condition(where.this, only)}" if where is not None else ""
        stored = ", ".join(
            _stored(self.ctx, target.table, column, value)
            for column, value in zip(columns, values, strict=True)
        )
        names = ", ".join(quote(column.name) for column in columns)
        clause = f"WHEN NOT MATCHED{test} THEN INSERT ({names}) VALUES ({stored})"
        given = dict(zip((column.name for column in columns), values, strict=True))
        images = []
        for column in target.real_columns:
            value = given.get(column.name)
            if value is None:
                images.append(default_of(column).sql)
                continue
            sql = self.ctx.conversions.convert(value, column.type).sql
            if column.default_on_null:
                sql = f"COALESCE({sql}, {default_of(column).sql})"
            images.append(sql)
        missing = (
            f"SELECT {', '.join(images)} FROM {item} WHERE NOT EXISTS"
            f" (SELECT 1 FROM {target.relation} AS {target.alias} WHERE {on}){test}"
        )
        return clause, missing

    # ------------------------------------------------------------------ INSERT ALL

    def _multi_insert(self, node: Any) -> MultiInsertPlan:
        """The source once, then one INSERT per INTO; FIRST stops at the first condition that
        holds."""
        first = str(node.args["kind"]).upper() == "FIRST"
        source = node.args["source"]
        inner = source.this if isinstance(source, exp.Subquery | exp.Table) else source
        top = Block(sequences_allowed=True)
        query = self.queries.query(inner if isinstance(inner, exp.Query) else source, top, top=True)
        columns = {column.name: f'"$m".{quote(column.pg_name)}' for column in query.columns}
        from devkit.oracle.sql.scope import SourceColumn

        rows = Source(
            "$M",
            {
                column.name: SourceColumn(column.name, column.type, columns[column.name])
                for column in query.columns
            },
        )
        block = Block(sources=[rows], sequences_allowed=True)
        parts = [f'"$m" AS MATERIALIZED ({query.sql})']
        targets = []
        tested: list[str] = []
        current: str | None = None
        counts = []
        for index, entry in enumerate(node.expressions):
            if entry.args.get("expression") is not None:
                current = self.queries.ex.condition(entry.args["expression"], block)
                tested.append(current)
                earlier = tested[:-1] if first else []
                current = " AND ".join([current, *(f"({t}) IS NOT TRUE" for t in earlier)])
            elif entry.args.get("else_"):
                current = " AND ".join(f"({t}) IS NOT TRUE" for t in tested)
            target, sql = self._into(entry.this, block, current, query.columns, index)
            targets.append(target)
            parts.append(f'"$i{index}" AS ({sql})')
            counts.append(f'(SELECT count(*) FROM "$i{index}")')
        simple = f"WITH {', '.join(parts)} SELECT {' + '.join(counts)}"
        return MultiInsertPlan(targets, self.ctx.compile(simple))

    def _into(
        self, insert: Any, block: Block, test: str | None, source: list[OutColumn], index: int
    ) -> tuple[Target, str]:
        table = insert.this
        listed = None
        if isinstance(table, exp.Schema):
            listed, table = table.expressions, table.this
        target = self._target(table, "INSERT", alias=f"$t{index}")
        columns = (
            [self._column(target, item, qualified=False) for item in listed]
            if listed is not None
            else [c for c in target.table.columns if not c.hidden and c.virtual is None]
        )
        expression = insert.args.get("expression")
        values: list[Typed | None]
        if expression is None:
            self._count(len(source), columns, insert)
            values = [Typed(f'"$m".{quote(out.pg_name)}', out.type) for out in source]
        else:
            items = expression.expressions[0].expressions
            self._count(len(items), columns, expression)
            values = [
                None if _is_default(item) else self.queries.ex.value(item, block) for item in items
            ]
        stored = ", ".join(
            _stored(self.ctx, target.table, column, value)
            for column, value in zip(columns, values, strict=True)
        )
        names = ", ".join(quote(column.name) for column in columns)
        where = f" WHERE {test}" if test else ""
        return target, (
            f"INSERT INTO {target.relation} AS {target.alias} ({names})"
            f' SELECT {stored} FROM "$m"{where} RETURNING 1'
        )


# --------------------------------------------------------------------------- writing images


def column_sql(target: Target, column: ColumnDef) -> str:
    return f"{target.alias}.{quote(column.name)}"


def write_sql(
    ctx: Context, target: Target, kind: str, columns: list[ColumnDef], returning: str
) -> str:
    """Write row images back: arrays of row ids ($1, not for INSERT) and of each column's values."""
    arrays = []
    names = []
    if kind != "INSERT":
        arrays.append("$1::bigint[]")
        names.append("rid")
    for index, column in enumerate(columns):
        arrays.append(f"${len(arrays) + 1}::{pg_type(column.type)}[]")
        names.append(f"c{index + 1}")
    rows = f'unnest({", ".join(arrays)}) WITH ORDINALITY AS "$u"({", ".join(names)}, n)'
    # a checked image may not skip its check because it looks like a column
    stored = [
        _checked(ctx, target, column, f'"$u".c{index + 1}') for index, column in enumerate(columns)
    ]
    tail = f" RETURNING {returning}" if returning else ""
    if kind == "INSERT":
        listed = ", ".join(quote(column.name) for column in columns)
        return (
            f"INSERT INTO {target.relation} AS {target.alias} ({listed})"
            f' SELECT {", ".join(stored)} FROM {rows} ORDER BY "$u".n{tail}'
        )
    where = f'{target.source.rowid} = "$u".rid'
    if kind == "DELETE":
        return f"DELETE FROM {target.relation} AS {target.alias} USING {rows} WHERE {where}{tail}"
    sets = ", ".join(
        f"{quote(column.name)} = {sql}" for column, sql in zip(columns, stored, strict=True)
    )
    return f"UPDATE {target.relation} AS {target.alias} SET {sets} FROM {rows} WHERE {where}{tail}"


def _checked(ctx: Context, target: Target, column: ColumnDef, sql: str) -> str:
    return assign(ctx, target.table, column, Typed(sql, OraType(column.type.kind)))


def returned_columns(returning: Returning) -> list[Column]:
    return [Column(column.name, column.type, column.nullable) for column in returning.columns]


def lock_plan(ctx: Context, tokens: list[Any]) -> LockPlan:
    """LOCK TABLE t [, t] IN mode MODE [NOWAIT | WAIT n]."""
    words = [token.text for token in tokens]
    upper = [word.upper() for word in words]
    if upper[:2] != ["LOCK", "TABLE"] or "IN" not in upper:
        raise OraError(905, position=0)
    at = upper.index("IN")
    tables: list[str] = []
    parts: list[str] = []
    names: list[tuple[str, ...]] = []
    for token in tokens[2:at]:
        if token.text == ",":
            names.append(tuple(parts))
            parts = []
        elif token.text != ".":
            quoted = token.token_type.name == "IDENTIFIER"
            parts.append(token.text if quoted else token.text.upper())
    names.append(tuple(parts))
    rest = " ".join(upper[at + 1 :])
    match = re.fullmatch(
        r"(ROW SHARE|ROW EXCLUSIVE|SHARE UPDATE|SHARE ROW EXCLUSIVE|SHARE|EXCLUSIVE) MODE"
        r"(?: (NOWAIT)| WAIT (\d+))?",
        rest,
    )
    if match is None:
        raise OraError(1735 if "MODE" in rest else 905)
    mode = "ROW SHARE" if match.group(1) == "SHARE UPDATE" else match.group(1)
    for name in names:
        definition = ctx.table(name, "SELECT", tokens[2].start)
        if definition.is_view:
            raise unsupported("LOCK TABLE of a view")
        tables.append(f"{quote(definition.owner)}.{quote(definition.name)}")
    nowait = " NOWAIT" if match.group(2) else ""
    sql = [f"LOCK TABLE {table} IN {mode} MODE{nowait}" for table in tables]
    return LockPlan(sql, int(match.group(3)) if match.group(3) else None)


def _listed(plan: InsertPlan) -> str:
    return ", ".join(f'"c{index + 1}"' for index in range(len(plan.query_columns)))


def _is_default(node: Any) -> bool:
    return isinstance(node, exp.Var) and str(node.this).upper() == "DEFAULT"

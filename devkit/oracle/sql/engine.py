"""The SQL engine of one session: translate, cache, and hand over to the executor.

Translations are cached by text, schema, user and bind types until something changes of what they
looked up in the catalogue; for an embedded statement also by what the names around it meant.
"""

# ruff: noqa: S608  (building SQL text is the work here: names are quoted, values bound)

from __future__ import annotations

import sys
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.oracle.contracts import Prepared
from devkit.oracle.errors import OraError
from devkit.oracle.sql.cursors import QueryPlan
from devkit.oracle.sql.dialect import Statement, parse, parse_expression
from devkit.oracle.sql.dml import DmlTranslator
from devkit.oracle.sql.executor import Executor, StatementPlan
from devkit.oracle.sql.locks import lock_plan
from devkit.oracle.sql.outputs import OutColumn
from devkit.oracle.sql.plans import returned_columns
from devkit.oracle.sql.queries import Queries
from devkit.oracle.sql.scope import Block, Context
from devkit.oracle.sql.typing import pg_type, quote
from devkit.oracle.values import Column, Kind, OraType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from devkit.oracle.catalog.model import TableDef
    from devkit.oracle.contracts import BatchError, DmlResult, HostScope, ResultCursor, Trigger

_CACHE_SIZE = 2000
MIN_RECURSION = 20_000


class _RecordingHost:
    """A HostScope that notes what was asked, so that a cached translation can be checked."""

    def __init__(self, host: HostScope) -> None:
        self.host = host
        self.variables: dict[str, str | None] = {}
        self.types: dict[str, OraType] = {}

    def variable(self, name: str) -> str | None:
        found = self.host.variable(name)
        self.variables[name] = found
        return found

    def bind_type(self, bind: str) -> OraType:
        type_ = self.host.bind_type(bind)
        self.types[bind] = type_
        return type_

    def shape(self, bind: str) -> Any:
        shape = getattr(self.host, "shape", None)
        return shape(bind) if shape is not None else None

    def still_holds(self, host: HostScope) -> bool:
        try:
            return all(
                host.variable(name) == bind for name, bind in self.variables.items()
            ) and all(host.bind_type(bind) == type_ for bind, type_ in self.types.items())
        except OraError:  # it knows no such bind
            return False


@dataclass(slots=True)
class _Callbacks:
    """PL/SQL as name resolution needs it; the machine is made only when a name asks for it."""

    session: Any

    def triggers(
        self, owner: str, table: str, event: str, columns: frozenset[str]
    ) -> Sequence[Trigger]:
        found: Sequence[Trigger] = self.session.plsql.triggers(owner, table, event, columns)
        return found

    def function_type(self, parts: tuple[str, ...], *, schema: str, user: str) -> OraType | None:
        type_: OraType | None = self.session.plsql.function_type(parts, schema=schema, user=user)
        return type_

    def named_type(self, parts: tuple[str, ...], *, schema: str, user: str) -> Any:
        """The collection or object type of that name, with its shape."""
        return self.session.plsql.named_type(parts, schema=schema, user=user)

    def function_parameters(
        self, parts: tuple[str, ...], *, schema: str, user: str
    ) -> list[list[str]]:
        """The parameter names of every function of that name."""
        routines = self.session.plsql._routines(parts, schema, user)
        return [[p.name for p in one.parameters] for one in routines if one.returns is not None]

    def call_function(
        self, parts: tuple[str, ...], args: Sequence[Any], *, schema: str, user: str
    ) -> Any:
        return self.session.plsql.call_function(parts, args, schema=schema, user=user)

    def host_function(self, host: HostScope, name: str) -> Callable[..., Any] | None:
        inner = host.host if isinstance(host, _RecordingHost) else host
        found: Callable[..., Any] | None = self.session.plsql.host_function(inner, name)
        return found


@dataclass(slots=True)
class _Entry:
    """A translation, and what of the dictionary it was made of, and when."""

    prepared: Prepared
    host: _RecordingHost | None
    keys: frozenset[tuple[str, str]]
    epoch: int


@dataclass
class Engine:
    """contracts.SqlEngine. ``executions`` counts SQL executions, those of PL/SQL included; array
    DML counts once."""

    session: Any
    executor: Executor = field(init=False)
    _cache: OrderedDict[tuple[Any, ...], list[_Entry]] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self.executor = Executor(self.session)
        # a UNION of a thousand queries is a thousand deep
        if sys.getrecursionlimit() < MIN_RECURSION:
            sys.setrecursionlimit(MIN_RECURSION)

    @property
    def executions(self) -> int:
        return self.executor.executions

    # ------------------------------------------------------------------ prepare

    def prepare(
        self,
        text: str,
        *,
        schema: str,
        user: str,
        roles: bool = True,
        host: HostScope | None = None,
        bind_types: Mapping[str, OraType] | None = None,
    ) -> Prepared:
        types = dict(bind_types or {})
        key = (text, schema, user, roles, host is not None, tuple(sorted(types.items(), key=_name)))
        catalog = self.session.catalog
        entries = self._cache.get(key)
        if entries:
            entries[:] = [entry for entry in entries if self._is_current(entry)]
            for entry in entries:
                if host is None or entry.host is None or entry.host.still_holds(host):
                    self._cache.move_to_end(key)
                    catalog.note(*entry.keys)
                    return entry.prepared
        recorder = _RecordingHost(host) if host is not None else None
        epoch = catalog.epoch
        with catalog.trace() as keys:
            prepared = self._translate(text, schema, user, roles, recorder, types)
        self._cache.setdefault(key, []).append(_Entry(prepared, recorder, frozenset(keys), epoch))
        if len(self._cache) > _CACHE_SIZE:
            self._cache.popitem(last=False)
        return prepared

    def _is_current(self, entry: _Entry) -> bool:
        """Whether it is what a translation would give now; then it is of this version."""
        catalog = self.session.catalog
        if entry.prepared.catalog_version != catalog.version:
            if not catalog.is_unchanged(entry.keys, entry.epoch):
                return False
            entry.epoch = catalog.epoch
            entry.prepared.catalog_version = catalog.version
        return True

    def _context(
        self,
        schema: str,
        user: str,
        roles: bool,
        host: _RecordingHost | None,
        types: Mapping[str, OraType],
    ) -> Context:
        return Context(
            self.session.catalog,
            schema,
            user,
            roles,
            host,
            types,
            callbacks=_Callbacks(self.session),
        )

    def _translate(
        self,
        text: str,
        schema: str,
        user: str,
        roles: bool,
        host: _RecordingHost | None,
        types: Mapping[str, OraType],
    ) -> Prepared:
        statement = parse(text, self.session.release)
        ctx = self._context(schema, user, roles, host, types)
        if statement.kind == "lock":
            plan: StatementPlan = StatementPlan(ctx, lock_plan(ctx, statement.tokens), statement)
            return self._prepared(statement, plan, [], False)
        self._find_sequences(ctx, statement)
        queries = Queries(ctx, text)
        if statement.kind == "query":
            query = queries.query(statement.tree, None, top=True)
            query_plan = QueryPlan(
                ctx.compile(query.sql),
                query.columns,
                query.for_update,
                query.wait,
                list(ctx.calls),
                frozenset(ctx.tables),
                "SKIP LOCKED" in query.sql and query.for_update,
                (schema, user),
            )
            return self._prepared(
                statement, query_plan, columns_of(query.columns), query.for_update
            )
        dml = DmlTranslator(ctx, queries).translate(statement.tree)
        plan = StatementPlan(ctx, dml, statement)
        returning = getattr(dml, "returning", None)
        columns = returned_columns(returning) if returning is not None else []
        if len(statement.returning_binds) not in {0, len(columns)}:
            raise OraError(913 if len(columns) > len(statement.returning_binds) else 947)
        return self._prepared(statement, plan, columns, False)

    def _prepared(
        self, statement: Statement, plan: Any, columns: Sequence[Column], for_update: bool
    ) -> Prepared:
        return Prepared(
            kind=statement.kind,
            text=statement.text,
            binds=statement.binds,
            columns=columns,
            for_update=for_update,
            returning_binds=statement.returning_binds,
            catalog_version=self.session.catalog.version,
            impl=plan,
        )

    def _find_sequences(self, ctx: Context, statement: Statement) -> None:
        """Note the sequences that draw a number somewhere in the statement."""
        from sqlglot import exp

        from devkit.oracle.sql.scope import column_parts

        if statement.tree is None:
            return
        for column in statement.tree.find_all(exp.Column):
            if isinstance(column.this, exp.Star):
                continue
            parts = column_parts(column)
            if len(parts) > 1 and parts[-1] == "NEXTVAL":
                ref = ctx.resolve(parts[:-1]) if len(parts) <= 3 else None
                if ref is not None and ref.type == "SEQUENCE":
                    ctx.sequences.add((ref.owner, ref.name))

    # ------------------------------------------------------------------ run

    def open(self, statement: Prepared, binds: Mapping[str, Any]) -> ResultCursor:
        return self.executor.open(statement, binds)

    def run(self, statement: Prepared, binds: Mapping[str, Any]) -> DmlResult:
        return self.executor.run(statement, binds)

    def run_many(
        self, statement: Prepared, rows: Sequence[Mapping[str, Any]], *, save_exceptions: bool
    ) -> tuple[list[DmlResult], list[BatchError]]:
        return self.executor.run_many(statement, rows, save_exceptions=save_exceptions)

    # ------------------------------------------------------------------ for DDL

    def translate_view(
        self, text: str, *, schema: str, names: Sequence[str] = ()
    ) -> tuple[str, list[Column]]:
        """The defining query of a view, as PostgreSQL text without parameters, and its columns.

        ``names`` are those that the statement lists for its columns.
        """
        sql, columns, _ = self.translate_query(text, schema=schema, names=names)
        return sql, columns

    def translate_query(
        self, text: str, *, schema: str, names: Sequence[str] = ()
    ) -> tuple[str, list[Column], list[OutColumn]]:
        """As ``translate_view``, and what is known of each column."""
        statement = parse(text, self.session.release)
        if statement.kind != "query" or statement.tree is None:
            raise OraError(900, position=0)
        ctx = Context(self.session.catalog, schema, schema, False, static=True)
        ctx.callbacks = _Callbacks(self.session)
        query = Queries(ctx, text).query(statement.tree, None)
        if query.for_update:
            raise OraError(933)
        check_named(query.columns, names)
        alias = '"$view"'
        items = []
        for index, column in enumerate(query.columns):
            reference = f"{alias}.c{index + 1}"
            if column.rowid:
                reference = f"ora.rowid_text({reference})"
            items.append(f"({reference})::{pg_type(column.type)} AS {quote(column.pg_name)}")
        names = ", ".join(f"c{index + 1}" for index in range(len(items)))
        simple = all(not column.rowid for column in query.columns)
        sql = (
            query.sql
            if simple and not any(column.type.kind is Kind.NULL for column in query.columns)
            else f"SELECT {', '.join(items)} FROM ({query.sql}) AS {alias}({names})"
        )
        return sql, columns_of(query.columns), query.columns

    def translate_expression(
        self, text: str, *, schema: str, table: TableDef, is_default: bool = False
    ) -> str:
        """A condition or value over the columns of ``table``; column names stand alone.

        Only a DEFAULT may draw numbers from sequences.
        """
        node, binds = parse_expression(text)
        if binds:
            raise OraError(1027)
        ctx = Context(self.session.catalog, schema, schema, False, static=True)
        ctx.callbacks = _Callbacks(self.session)
        queries = Queries(ctx, "SELECT " + text)
        source = ctx.table_source(table, table.name)
        for column in source.columns.values():
            column.sql = quote(column.name)
        source.rowid = None
        block = Block(sources=[source], sequences_allowed=is_default)
        from sqlglot import exp

        for sequence in node.find_all(exp.Column):
            from devkit.oracle.sql.scope import column_parts

            parts = column_parts(sequence)
            if len(parts) > 1 and parts[-1] == "NEXTVAL":
                ref = ctx.resolve(parts[:-1])
                if ref is not None and ref.type == "SEQUENCE":
                    ctx.sequences.add((ref.owner, ref.name))
        try:
            sql = queries.ex.value(node, block).sql
        except OraError as error:
            if error.code != 907 and not (error.code == 904 and isinstance(node, exp.Anonymous)):
                raise
            sql = queries.ex.condition(node, block)
        if any(True for _ in node.find_all(exp.Query)):
            raise OraError(2251)
        return sql

    def expression_type(self, text: str, *, schema: str, table: TableDef) -> OraType:
        """The Oracle type of a value expression over the columns of ``table``."""
        node, _ = parse_expression(text)
        ctx = Context(self.session.catalog, schema, schema, False, static=True)
        queries = Queries(ctx, "SELECT " + text)
        return queries.ex.value(node, Block(sources=[ctx.table_source(table, table.name)])).type


def check_named(columns: Sequence[OutColumn], names: Sequence[str]) -> None:
    """Columns of a view or table have names of their own: ORA-00998, ORA-00957."""
    if names:
        return
    for column in columns:
        if not column.named:
            raise OraError(998)
    found = [column.name for column in columns]
    if len(set(found)) != len(found):
        raise OraError(957)


def columns_of(columns: Sequence[OutColumn]) -> list[Column]:
    """The columns as described to a client; a bare NULL is a VARCHAR2."""
    return [
        Column(
            column.name,
            OraType(Kind.VARCHAR2, 1) if column.type.kind is Kind.NULL else column.type,
            column.nullable,
        )
        for column in columns
    ]


def _name(item: tuple[str, Any]) -> str:
    return item[0]

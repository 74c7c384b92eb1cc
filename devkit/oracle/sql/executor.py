"""Runs translated statements: cursors, DML with triggers, array DML, PL/SQL functions beforehand.

Triggers follow Oracle's order: BEFORE STATEMENT, then BEFORE ROW of every row, the rows in one
set-based statement, AFTER ROW of every row, AFTER STATEMENT. While row triggers run, the table is
mutating (ORA-04091).
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from devkit.oracle.contracts import BatchError, DmlResult, Timing
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.dml import (
    DeletePlan,
    InsertPlan,
    LockPlan,
    MergePlan,
    MultiInsertPlan,
    Plan,
    Returning,
    Target,
    UpdatePlan,
    column_sql,
    write_sql,
)
from devkit.oracle.sql.scope import Compiled, Context
from devkit.oracle.values import Kind, Months

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from devkit.oracle.catalog.model import ColumnDef
    from devkit.oracle.contracts import Prepared, ResultCursor, Row, RowImage, Trigger, TriggerRun
    from devkit.oracle.sql.calls import FunctionCall
    from devkit.oracle.sql.dialect import Statement
    from devkit.oracle.sql.queries import OutColumn

_ROWID_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


@dataclass(slots=True)
class QueryPlan:
    compiled: Compiled
    columns: list[OutColumn]
    for_update: bool
    wait: int | None
    calls: list[FunctionCall]
    tables: frozenset[tuple[str, str]]
    skips_locked: bool
    converters: list[tuple[int, Callable[[Any], Any]]] = field(init=False)

    def __post_init__(self) -> None:
        self.converters = _converters(self.columns)


@dataclass(slots=True)
class StatementPlan:
    """A DML plan with its context, from which further forms are made when they are first needed."""

    ctx: Context
    dml: Plan
    statement: Statement
    written: dict[Any, str] = field(default_factory=dict)
    batch: Any = None


def rowid_text(number: int) -> str:
    """The 18 characters of a row id, as ``ora.rowid_text`` makes them."""
    block, row = number >> 10, number & 1023
    head = "".join(_ROWID_DIGITS[(block >> shift) & 63] for shift in (30, 24, 18, 12, 6, 0))
    tail = "".join(_ROWID_DIGITS[(row >> shift) & 63] for shift in (12, 6, 0))
    return f"AAAAAAAAB{head}{tail}"


def _months(value: Any) -> Any:
    if isinstance(value, timedelta):
        return Months(value.days // 30)
    return value


def _rowid(value: Any) -> Any:
    return None if value is None else rowid_text(int(value))


def _converters(columns: Sequence[OutColumn]) -> list[tuple[int, Callable[[Any], Any]]]:
    found: list[tuple[int, Callable[[Any], Any]]] = []
    for index, column in enumerate(columns):
        if column.rowid:
            found.append((index, _rowid))
        elif column.type.kind is Kind.INTERVAL_YM:
            found.append((index, _months))
    return found


def _convert(rows: list[Row], converters: list[tuple[int, Callable[[Any], Any]]]) -> list[Row]:
    if not converters:
        return rows
    result = []
    for row in rows:
        values = list(row)
        for index, convert in converters:
            values[index] = convert(values[index])
        result.append(tuple(values))
    return result


class Cursor:
    """contracts.ResultCursor over a stream of the storage."""

    def __init__(self, plan: QueryPlan, columns: Sequence[Any], stream: Any) -> None:
        self.columns = columns
        self.rows_fetched = 0
        self._plan = plan
        self._stream = stream

    def fetch(self, count: int) -> list[Row]:
        if self._stream is None:
            raise OraError(1001)
        rows: list[Row] = self._stream.fetch(count)
        self.rows_fetched += len(rows)
        return _convert(rows, self._plan.converters)

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None


@dataclass(slots=True)
class _Firing:
    """The triggers of one statement on one table, started."""

    runs: list[tuple[Trigger, TriggerRun]]

    def has(self, timing: Timing) -> bool:
        return any(timing in trigger.timings for trigger, _ in self.runs)

    def fire(
        self,
        timing: Timing,
        event: str,
        columns: frozenset[str],
        old: RowImage | None = None,
        new: RowImage | None = None,
    ) -> None:
        for trigger, run in self.runs:
            if timing in trigger.timings:
                run.fire(timing, event, columns, old, new)

    @property
    def has_row_work(self) -> bool:
        return any(
            self.has(timing) for timing in (Timing.BEFORE_ROW, Timing.AFTER_ROW, Timing.INSTEAD_OF)
        )


class Executor:
    """The running half of the engine."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.executions = 0
        self.mutating: list[tuple[str, str]] = []
        self.query_depth = 0  # > 0 while a function called from SQL runs: no DML then

    # ------------------------------------------------------------------ parameters

    def _values(
        self, compiled: Compiled, binds: Mapping[str, Any], results: Mapping[int, Any]
    ) -> list[Any]:
        values: list[Any] = []
        for param in compiled.params:
            source = param.source
            if source == "bind":
                try:
                    values.append(binds[param.name])
                except KeyError:
                    raise OraError(1008) from None
            elif source == "special":
                values.append(self._special(param.name))
            elif source == "collection":
                values.append(_elements(binds.get(param.name)))
            else:
                values.append(results[int(param.name)])
        return values

    def _special(self, name: str) -> Any:
        if name == "USER":
            return self.session.user
        if name == "UID":
            return self.session.user_id
        if name.startswith("CONTEXT:"):
            _, namespace, attribute = name.split(":", 2)
            return self.session.sys_context(namespace, attribute)
        return self.session.nls.get(name)

    def _call_functions(
        self, calls: Sequence[FunctionCall], ctx_schema: str, user: str, binds: Mapping[str, Any]
    ) -> dict[int, Any]:
        """Evaluate the PL/SQL functions of a statement, in order; see ``calls``."""
        results: dict[int, Any] = {}
        self.query_depth += 1
        try:
            for call in calls:

                def invoke(args: Sequence[Any], call: FunctionCall = call) -> Any:
                    return self.session.plsql.call_function(
                        call.parts, list(args), schema=ctx_schema, user=user
                    )

                if call.materialised:
                    results[call.number] = self._materialise(call, binds, results, invoke)
                elif call.direct is not None:
                    args = [binds[v] if how == "bind" else v for how, v in call.direct]
                    results[call.number] = invoke(args)
                else:
                    assert call.query is not None
                    row = self._query(call.query, binds, results)[0]
                    results[call.number] = invoke(row)
        finally:
            self.query_depth -= 1
        return results

    def _materialise(
        self,
        call: FunctionCall,
        binds: Mapping[str, Any],
        results: Mapping[int, Any],
        invoke: Callable[[Sequence[Any]], Any],
    ) -> str:
        import json

        if call.query is None:
            raise unsupported("PL/SQL function over columns in this place")
        table: dict[str, str | None] = {}
        for row in self._query(call.query, binds, results):
            value = invoke(row[1:])
            table[row[0]] = None if value is None else _pg_text(value)
        return json.dumps(table)

    def _query(
        self, compiled: Compiled, binds: Mapping[str, Any], results: Mapping[int, Any]
    ) -> list[Row]:
        rows: list[Row] = self.session.storage.query(
            compiled.sql, self._values(compiled, binds, results)
        ).rows
        return rows

    def _check_mutating(self, tables: frozenset[tuple[str, str]] | set[tuple[str, str]]) -> None:
        for key in self.mutating:
            if key in tables:
                raise OraError(4091, f"{key[0]}.{key[1]}")

    # ------------------------------------------------------------------ queries

    def open(self, statement: Prepared, binds: Mapping[str, Any]) -> ResultCursor:
        plan: QueryPlan = statement.impl
        self.executions += 1
        if self.mutating:
            self._check_mutating(plan.tables)
        storage = self.session.storage
        results: Mapping[int, Any] = {}
        with storage.statement(writes=plan.for_update):
            if plan.calls:
                results = self._call_functions(
                    plan.calls, self.session.effective_schema, self.session.effective_user, binds
                )
            values = self._values(plan.compiled, binds, results)
            limit = storage.wait_limit(plan.wait) if plan.wait is not None else nullcontext()
            with limit, _oracle_errors():
                if plan.skips_locked:
                    stream = storage.stream(plan.compiled.sql, values, locks=True)
                else:
                    stream = storage.stream(plan.compiled.sql, values)
        return Cursor(plan, statement.columns, stream)

    # ------------------------------------------------------------------ DML

    def run(self, statement: Prepared, binds: Mapping[str, Any]) -> DmlResult:
        plan: StatementPlan = statement.impl
        self.executions += 1
        return self._run(plan, binds)

    def _run(self, plan: StatementPlan, binds: Mapping[str, Any]) -> DmlResult:
        if self.query_depth:
            raise OraError(14551)
        storage = self.session.storage
        if self.mutating:
            self._check_mutating(plan.ctx.tables)
        with storage.statement(writes=True), _oracle_errors():
            results: Mapping[int, Any] = {}
            if plan.ctx.calls:
                results = self._call_functions(
                    plan.ctx.calls, plan.ctx.schema, plan.ctx.user, binds
                )
            dml = plan.dml
            if isinstance(dml, InsertPlan):
                return self._insert(plan, dml, binds, results)
            if isinstance(dml, UpdatePlan):
                return self._update(plan, dml, binds, results)
            if isinstance(dml, DeletePlan):
                return self._delete(plan, dml, binds, results)
            if isinstance(dml, MergePlan):
                return self._merge(plan, dml, binds, results)
            if isinstance(dml, MultiInsertPlan):
                return self._multi_insert(dml, binds, results)
            return self._lock(dml)

    def _firing(self, target: Target, event: str, columns: frozenset[str]) -> _Firing | None:
        owner, table = target.key
        if not self.session.catalog.triggers(owner, table):
            return None
        triggers = self.session.plsql.triggers(owner, table, event, columns)
        if not triggers:
            return None
        return _Firing([(trigger, trigger.start()) for trigger in triggers])

    @contextmanager
    def _mutation(self, target: Target) -> Iterator[None]:
        self.mutating.append(target.key)
        try:
            yield
        finally:
            self.mutating.pop()

    def _simple(
        self,
        compiled: Compiled,
        returning: Returning,
        binds: Mapping[str, Any],
        results: Mapping[int, Any],
        *,
        rowid_first: bool = False,
    ) -> DmlResult:
        done = self.session.storage.query(compiled.sql, self._values(compiled, binds, results))
        rows: list[Row] = done.rows
        lastrowid = None
        if rowid_first and rows:
            lastrowid = rowid_text(rows[-1][0])
            rows = [row[1:] for row in rows]
        returned = _convert(rows, _converters(returning.columns)) if returning.columns else []
        return DmlResult(done.rowcount, returned, lastrowid)

    def _insert(
        self,
        plan: StatementPlan,
        dml: InsertPlan,
        binds: Mapping[str, Any],
        results: Mapping[int, Any],
    ) -> DmlResult:
        columns: frozenset[str] = frozenset()
        firing = self._firing(dml.target, "INSERT", columns)
        if firing is None or not firing.has_row_work:
            if firing is not None:
                firing.fire(Timing.BEFORE_STATEMENT, "INSERT", columns)
            rowid_first = dml.query is None and dml.target.source.rowid is not None
            result = self._simple(
                dml.simple, dml.returning, binds, results, rowid_first=rowid_first
            )
            if firing is not None:
                firing.fire(Timing.AFTER_STATEMENT, "INSERT", columns)
            return result
        assert dml.image is not None
        firing.fire(Timing.BEFORE_STATEMENT, "INSERT", columns)
        rows = self._query(dml.image, binds, results)
        result = self._insert_images(
            plan, dml.target, firing, rows, dml.returning, dml.query is None
        )
        firing.fire(Timing.AFTER_STATEMENT, "INSERT", columns)
        return result

    def _insert_images(
        self,
        plan: StatementPlan,
        target: Target,
        firing: _Firing,
        rows: list[Row],
        returning: Returning,
        single: bool,
    ) -> DmlResult:
        nothing: frozenset[str] = frozenset()
        real = target.real_columns
        images: list[RowImage] = [
            {column.name: value for column, value in zip(real, row, strict=True)} for row in rows
        ]
        virtual = [column for column in target.table.columns if column.virtual is not None]
        for image in images:
            image.update({column.name: None for column in virtual})
        if firing.has(Timing.INSTEAD_OF):
            for image in images:
                firing.fire(Timing.INSTEAD_OF, "INSERT", nothing, None, image)
            return DmlResult(len(images))
        if firing.has(Timing.BEFORE_ROW):
            # a single-row INSERT … VALUES does not make its table mutate before the row is there
            guard: Any = nullcontext() if single else self._mutation(target)
            with guard:
                for image in images:
                    firing.fire(Timing.BEFORE_ROW, "INSERT", nothing, None, image)
        written = self._write(plan, target, "INSERT", real, [], images, returning, firing)
        if firing.has(Timing.AFTER_ROW):
            with self._mutation(target):
                for _, image, _ in written:
                    firing.fire(Timing.AFTER_ROW, "INSERT", nothing, None, image)
        last = rowid_text(written[-1][0]) if written and written[-1][0] is not None else None
        return DmlResult(len(images), [row for _, _, row in written if row is not None], last)

    def _write(
        self,
        plan: StatementPlan,
        target: Target,
        kind: str,
        columns: list[ColumnDef],
        rowids: list[int],
        images: list[RowImage],
        returning: Returning,
        firing: _Firing,
    ) -> list[tuple[int, RowImage, Row | None]]:
        """Write images in one statement; gives row id, image as stored and RETURNING of each
        row."""
        if not images:
            return []
        wants_images = firing.has(Timing.AFTER_ROW) and kind != "DELETE"
        key = (kind, target.key, tuple(column.name for column in columns), wants_images)
        sql = plan.written.get(key)
        if sql is None:
            items = [target.source.rowid or "NULL::bigint"]
            if wants_images:
                items += [column_sql(target, column) for column in target.table.columns]
            if returning.sql:
                items.append(returning.sql)
            sql = write_sql(plan.ctx, target, kind, columns, ", ".join(items))
            sql = plan.ctx.compile(sql).sql
            plan.written[key] = sql
        params: list[Any] = [] if kind == "INSERT" else [rowids]
        params += [[image[column.name] for image in images] for column in columns]
        rows = self.session.storage.query(sql, params).rows
        if kind != "INSERT":
            position = {rowid: index for index, rowid in enumerate(rowids)}
            rows.sort(key=lambda row: position[row[0]])
        converters = _converters(returning.columns)
        result: list[tuple[int, RowImage, Row | None]] = []
        names = [column.name for column in target.table.columns]
        width = len(names) if wants_images else 0
        for index, row in enumerate(rows):
            image = (
                dict(zip(names, row[1 : 1 + width], strict=True)) if wants_images else images[index]
            )
            rest = _convert([row[1 + width :]], converters)[0] if returning.columns else None
            result.append((row[0], image, rest))
        return result

    def _update(
        self,
        plan: StatementPlan,
        dml: UpdatePlan,
        binds: Mapping[str, Any],
        results: Mapping[int, Any],
    ) -> DmlResult:
        columns = frozenset(column.name for column in dml.columns)
        firing = self._firing(dml.target, "UPDATE", columns)
        if firing is None or not firing.has_row_work:
            if firing is not None:
                firing.fire(Timing.BEFORE_STATEMENT, "UPDATE", columns)
            result = self._simple(dml.simple, dml.returning, binds, results)
            if firing is not None:
                firing.fire(Timing.AFTER_STATEMENT, "UPDATE", columns)
            return result
        assert dml.image is not None
        firing.fire(Timing.BEFORE_STATEMENT, "UPDATE", columns)
        rows = self._query(dml.image, binds, results)
        result = self._update_images(plan, dml.target, firing, dml.columns, rows, dml.returning)
        firing.fire(Timing.AFTER_STATEMENT, "UPDATE", columns)
        return result

    def _update_images(
        self,
        plan: StatementPlan,
        target: Target,
        firing: _Firing,
        assigned: list[ColumnDef],
        rows: list[Row],
        returning: Returning,
    ) -> DmlResult:
        columns = frozenset(column.name for column in assigned)
        names = [column.name for column in target.table.columns]
        olds: list[RowImage] = []
        news: list[RowImage] = []
        for row in rows:
            old: RowImage = dict(zip(names, row[1 : 1 + len(names)], strict=True))
            new: RowImage = dict(old)
            for column, value in zip(assigned, row[1 + len(names) :], strict=False):
                new[column.name] = value
            olds.append(old)
            news.append(new)
        if firing.has(Timing.INSTEAD_OF):
            for old, new in zip(olds, news, strict=True):
                firing.fire(Timing.INSTEAD_OF, "UPDATE", columns, old, new)
            return DmlResult(len(rows))
        written_columns = assigned
        if firing.has(Timing.BEFORE_ROW):
            with self._mutation(target):
                for old, new in zip(olds, news, strict=True):
                    firing.fire(Timing.BEFORE_ROW, "UPDATE", columns, old, new)
            written_columns = [
                column
                for column in target.real_columns
                if column.name in columns
                or any(
                    old[column.name] != new[column.name]
                    for old, new in zip(olds, news, strict=True)
                )
            ]
        rowids = [row[0] for row in rows]
        written = self._write(
            plan, target, "UPDATE", written_columns, rowids, news, returning, firing
        )
        if firing.has(Timing.AFTER_ROW):
            with self._mutation(target):
                for old, (_, image, _) in zip(olds, written, strict=True):
                    firing.fire(Timing.AFTER_ROW, "UPDATE", columns, old, image)
        return DmlResult(len(rows), [row for _, _, row in written if row is not None])

    def _delete(
        self,
        plan: StatementPlan,
        dml: DeletePlan,
        binds: Mapping[str, Any],
        results: Mapping[int, Any],
    ) -> DmlResult:
        nothing: frozenset[str] = frozenset()
        firing = self._firing(dml.target, "DELETE", nothing)
        if firing is None or not firing.has_row_work:
            if firing is not None:
                firing.fire(Timing.BEFORE_STATEMENT, "DELETE", nothing)
            result = self._simple(dml.simple, dml.returning, binds, results)
            if firing is not None:
                firing.fire(Timing.AFTER_STATEMENT, "DELETE", nothing)
            return result
        assert dml.image is not None
        firing.fire(Timing.BEFORE_STATEMENT, "DELETE", nothing)
        rows = self._query(dml.image, binds, results)
        result = self._delete_images(plan, dml.target, firing, rows, dml.returning)
        firing.fire(Timing.AFTER_STATEMENT, "DELETE", nothing)
        return result

    def _delete_images(
        self,
        plan: StatementPlan,
        target: Target,
        firing: _Firing,
        rows: list[Row],
        returning: Returning,
    ) -> DmlResult:
        nothing: frozenset[str] = frozenset()
        names = [column.name for column in target.table.columns]
        olds: list[RowImage] = [dict(zip(names, row[1:], strict=False)) for row in rows]
        if firing.has(Timing.INSTEAD_OF):
            for old in olds:
                firing.fire(Timing.INSTEAD_OF, "DELETE", nothing, old, None)
            return DmlResult(len(rows))
        if firing.has(Timing.BEFORE_ROW):
            with self._mutation(target):
                for old in olds:
                    firing.fire(Timing.BEFORE_ROW, "DELETE", nothing, old, None)
        rowids = [row[0] for row in rows]
        written = self._write(plan, target, "DELETE", [], rowids, olds, returning, firing)
        if firing.has(Timing.AFTER_ROW):
            with self._mutation(target):
                for old in olds:
                    firing.fire(Timing.AFTER_ROW, "DELETE", nothing, old, None)
        return DmlResult(len(rows), [row for _, _, row in written if row is not None])

    def _merge(
        self,
        plan: StatementPlan,
        dml: MergePlan,
        binds: Mapping[str, Any],
        results: Mapping[int, Any],
    ) -> DmlResult:
        updated = frozenset(column.name for column in dml.update_columns)
        nothing: frozenset[str] = frozenset()
        inserting = self._firing(dml.target, "INSERT", nothing) if dml.has_insert else None
        updating = self._firing(dml.target, "UPDATE", updated) if dml.matched else None
        deleting = self._firing(dml.target, "DELETE", nothing) if dml.has_delete else None
        if inserting is None and updating is None and deleting is None:
            try:
                done = self.session.storage.query(
                    dml.simple.sql, self._values(dml.simple, binds, results)
                )
            except OraError as error:
                if error.code == 1427:  # one target row matched by two source rows
                    raise OraError(30926) from error
                raise
            return DmlResult(done.rowcount)
        empty = _Firing([])
        inserting, updating, deleting = inserting or empty, updating or empty, deleting or empty
        order = (
            (updating, "UPDATE", updated),
            (inserting, "INSERT", nothing),
            (deleting, "DELETE", nothing),
        )
        for firing, event, columns in order:
            firing.fire(Timing.BEFORE_STATEMENT, event, columns)
        matched = self._query(dml.matched, binds, results) if dml.matched else []
        if len({row[0] for row in matched}) != len(matched):
            raise OraError(30926)
        missing = self._query(dml.missing, binds, results) if dml.missing else []
        count = 0
        if matched:
            rows = [row[:-1] for row in matched]
            self._update_images(plan, dml.target, updating, dml.update_columns, rows, Returning())
            count += len(rows)
            doomed = [row for row in matched if row[-1]]
            if doomed:
                width = 1 + len(dml.target.table.columns)
                olds = []
                for row in doomed:
                    values = list(row[:width])
                    names = [column.name for column in dml.target.table.columns]
                    for column, value in zip(dml.update_columns, row[width:], strict=False):
                        values[1 + names.index(column.name)] = value
                    olds.append(tuple(values))
                self._delete_images(plan, dml.target, deleting, olds, Returning())
        if missing:
            self._insert_images(plan, dml.target, inserting, missing, Returning(), False)
            count += len(missing)
        for firing, event, columns in order:
            firing.fire(Timing.AFTER_STATEMENT, event, columns)
        return DmlResult(count)

    def _multi_insert(
        self, dml: MultiInsertPlan, binds: Mapping[str, Any], results: Mapping[int, Any]
    ) -> DmlResult:
        for target in dml.targets:
            if self._firing(target, "INSERT", frozenset()) is not None:
                raise unsupported("INSERT ALL into a table with triggers")
        rows = self._query(dml.simple, binds, results)
        return DmlResult(int(rows[0][0]))

    def _lock(self, dml: LockPlan) -> DmlResult:
        storage = self.session.storage
        with storage.wait_limit(dml.wait) if dml.wait is not None else nullcontext():
            for sql in dml.sql:
                storage.query(sql)
        return DmlResult(0)

    # ------------------------------------------------------------------ array DML

    def run_many(
        self, statement: Prepared, rows: Sequence[Mapping[str, Any]], *, save_exceptions: bool
    ) -> tuple[list[DmlResult], list[BatchError]]:
        """One execution for all rows; set-based when no row can tell the difference."""
        from devkit.oracle.sql.batch import run_batch

        plan: StatementPlan = statement.impl
        self.executions += 1
        if self.query_depth:
            raise OraError(14551)
        if self.mutating:
            self._check_mutating(plan.ctx.tables)
        done = run_batch(self, plan, rows)
        if done is not None:
            return done, []
        results: list[DmlResult] = []
        errors: list[BatchError] = []
        for offset, binds in enumerate(rows):
            try:
                results.append(self._run(plan, binds))
            except OraError as error:
                if save_exceptions:
                    errors.append(BatchError(offset, error))
                    results.append(DmlResult(0))
                    continue
                error.__dict__["rows_done"] = results
                raise
        return results, errors


def _elements(collection: Any) -> list[Any]:
    if collection is None:
        return []
    if hasattr(collection, "values"):
        return list(collection.values())
    return list(collection)


def _pg_text(value: Any) -> str:
    """A function's result in PostgreSQL's text form, for the look-up of materialised calls."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, bool):
        return "true" if value else "false"
    if hasattr(value, "isoformat"):
        return str(value.isoformat(" "))
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.6f} seconds"
    return str(value)


_STATES = {"42803": 979, "42P10": 1791, "21000": 1427, "2201W": 1428, "2201X": 1428}


@contextmanager
def _oracle_errors() -> Iterator[None]:
    """Errors that storage could only name by PostgreSQL's state, as Oracle's."""
    try:
        yield
    except OraError as error:
        state = error.__dict__.get("sqlstate")
        if error.code == 3001 and state in _STATES:
            raise OraError(_STATES[state], *([""] if _STATES[state] == 1428 else [])) from error
        raise

"""Runs translated statements: queries, DML with statement triggers, PL/SQL functions beforehand.

Triggers follow Oracle's order: BEFORE STATEMENT, for each row BEFORE ROW, its change and AFTER ROW,
then AFTER STATEMENT. Row triggers are in ``triggered``, foreign keys that fire some in ``cascades``.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from devkit.oracle.contracts import BatchError, DmlResult, Timing
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.shapes import dumps
from devkit.oracle.sql.cascades import Cascades
from devkit.oracle.sql.cursors import (
    Cursor,
    QueryPlan,
    convert_rows,
    converters_of,
    rowid_text,
)
from devkit.oracle.sql.keys import Keys
from devkit.oracle.sql.plans import (
    DeletePlan,
    InsertPlan,
    LockPlan,
    MergePlan,
    MultiInsertPlan,
    Plan,
    Returning,
    Target,
    UpdatePlan,
)
from devkit.oracle.sql.scope import Compiled, Context
from devkit.oracle.sql.space import Space
from devkit.oracle.sql.triggered import Firing, RowWork

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from devkit.oracle.contracts import Prepared, ResultCursor, Row
    from devkit.oracle.sql.calls import FunctionCall
    from devkit.oracle.sql.cascades import Cascade
    from devkit.oracle.sql.dialect import Statement


@dataclass(slots=True)
class StatementPlan:
    """A DML plan with its context, from which further forms are made when they are first needed."""

    ctx: Context
    dml: Plan
    statement: Statement
    written: dict[Any, Compiled] = field(default_factory=dict)
    batch: Any = None


class Executor:
    """The running half of the engine."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.executions = 0
        # tables whose row triggers run, with the storage (an autonomous transaction has its own)
        self.mutating: list[tuple[tuple[str, str], Any]] = []
        self.rows = RowWork(self)
        self.cascades = Cascades(session.catalog)
        self.keys = Keys(session)
        self.space = Space(session)
        # the storage of a statement that is calling functions: they may not write there
        self.calling: list[Any] = []

    # ------------------------------------------------------------------ parameters

    def values(
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
            elif source == "composite":
                values.append(dumps(param.shape, binds.get(param.name)))
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
        self,
        calls: Sequence[FunctionCall],
        schema: str,
        user: str,
        binds: Mapping[str, Any],
    ) -> dict[int, Any]:
        """Evaluate the PL/SQL functions of a statement, in order; see ``calls``."""
        results: dict[int, Any] = {}
        for call in calls:

            def invoke(args: Sequence[Any], call: FunctionCall = call) -> Any:
                return self.session.plsql.call_function(
                    call.parts, list(args), schema=schema, user=user
                )

            if call.materialised:
                results[call.number] = self._materialise(call, binds, results, invoke)
                continue
            if call.direct is not None:
                result = invoke([binds[v] if how == "bind" else v for how, v in call.direct])
            else:
                assert call.query is not None
                result = invoke(call.arguments(self.query(call.query, binds, results)[0]))
            results[call.number] = result if call.shape is None else dumps(call.shape, result)
        return results

    @contextmanager
    def _querying(self) -> Iterator[None]:
        """While functions of a query run, they may not write (ORA-14551)."""
        self.calling.append(self.session.storage)
        try:
            yield
        finally:
            self.calling.pop()

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
        for row in self.query(call.query, binds, results):
            value = invoke(call.arguments(row[1:]))
            if call.shape is not None:
                table[row[0]] = dumps(call.shape, value)
            else:
                table[row[0]] = None if value is None else _pg_text(value)
        return json.dumps(table)

    def query(
        self, compiled: Compiled, binds: Mapping[str, Any], results: Mapping[int, Any]
    ) -> list[Row]:
        rows: list[Row] = self.session.storage.query(
            compiled.sql, self.values(compiled, binds, results)
        ).rows
        return rows

    def _check_mutating(self, tables: frozenset[tuple[str, str]] | set[tuple[str, str]]) -> None:
        reached: set[tuple[str, str]] = set()
        for table in tables:
            reached |= self.session.catalog.tables_under(*table)
        for key, storage in self.mutating:
            if key in reached and storage is self.session.storage:
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
                with self._querying():
                    results = self._call_functions(plan.calls, *plan.rights, binds)
            values = self.values(plan.compiled, binds, results)
            limit = storage.wait_limit(plan.wait) if plan.wait is not None else nullcontext()
            try:
                with limit, oracle_errors(plan.compiled.sql):
                    if plan.skips_locked:
                        stream = storage.stream(plan.compiled.sql, values, locks=True)
                    else:
                        stream = storage.stream(plan.compiled.sql, values)
            except OraError as error:
                if error.code == 54 and plan.wait is not None:
                    raise OraError(30006) from error
                raise
        return Cursor(plan, statement.columns, stream, storage)

    # ------------------------------------------------------------------ DML

    def run(self, statement: Prepared, binds: Mapping[str, Any]) -> DmlResult:
        plan: StatementPlan = statement.impl
        self.executions += 1
        return self._run(plan, binds)

    def _run(self, plan: StatementPlan, binds: Mapping[str, Any]) -> DmlResult:
        if self.calling and self.calling[-1] is self.session.storage:
            raise OraError(14551)
        if self.mutating:
            self._check_mutating(plan.ctx.tables)
        moved = self.keys.changed_by(plan.dml)
        if moved is None:
            return self._statement(plan, binds)
        if plan.ctx.calls or self.session.catalog.triggers(*moved.key):
            return self._statement(plan, binds, keys_of=moved)
        try:
            return self._statement(plan, binds)
        except OraError as error:
            if error.code != 1:
                raise
        return self._statement(plan, binds, keys_of=moved)

    def _statement(
        self, plan: StatementPlan, binds: Mapping[str, Any], *, keys_of: Target | None = None
    ) -> DmlResult:
        """Run it; the keys of ``keys_of`` are checked when it has run."""
        dml = plan.dml
        with self.session.storage.statement(writes=True), oracle_errors():
            results: Mapping[int, Any] = {}
            if plan.ctx.calls:
                # functions may write elsewhere, but not see the table that is being changed
                changes = isinstance(dml, UpdatePlan | DeletePlan | MergePlan)
                changes = changes or (isinstance(dml, InsertPlan) and dml.query is not None)
                target = getattr(dml, "target", None)
                with self.mutation(target) if changes and target else nullcontext():
                    results = self._call_functions(
                        plan.ctx.calls, plan.ctx.schema, plan.ctx.user, binds
                    )
            with self.keys.at_end(keys_of) if keys_of is not None else nullcontext():
                return self._change(plan, binds, results)

    def _change(
        self, plan: StatementPlan, binds: Mapping[str, Any], results: Mapping[int, Any]
    ) -> DmlResult:
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

    def cascade(self, parent: Target, cascade: Cascade, row: Mapping[str, Any]) -> None:
        """Carry out one rule for one row of the parent, with the rights of the child's owner."""
        binds = cascade.binds(row)
        if binds is None:
            return
        owner = cascade.child[0]
        prepared = self.session.sql.prepare(
            cascade.sql, schema=owner, user=owner, bind_types=cascade.bind_types
        )
        with self.mutation(parent, cascading=True):
            self._change(prepared.impl, binds, {})

    def firing(self, target: Target, event: str, columns: frozenset[str]) -> Firing | None:
        owner, table = target.key
        if not self.session.catalog.triggers(owner, table):
            return None
        triggers = self.session.plsql.triggers(owner, table, event, columns)
        if not triggers:
            return None
        return Firing([(trigger, trigger.start()) for trigger in triggers])

    @contextmanager
    def mutation(self, target: Target, *, cascading: bool = False) -> Iterator[None]:
        """While triggers may not see the table; ``cascading``: nor what deleting from it changes."""
        tables = self.cascades.mutating(target.key) if cascading else frozenset({target.key})
        height = len(self.mutating)
        self.mutating += [(key, self.session.storage) for key in tables]
        try:
            yield
        finally:
            del self.mutating[height:]

    def simple(
        self,
        compiled: Compiled,
        returning: Returning,
        binds: Mapping[str, Any],
        results: Mapping[int, Any],
        *,
        rowid_first: bool = False,
    ) -> DmlResult:
        done = self.session.storage.query(compiled.sql, self.values(compiled, binds, results))
        rows: list[Row] = done.rows
        lastrowid = None
        if rowid_first and rows:
            lastrowid = rowid_text(rows[-1][0])
            rows = [row[1:] for row in rows]
        returned: list[Row] = []
        if returning.columns:
            width = len(returning.columns)
            returned = convert_rows([row[:width] for row in rows], converters_of(returning.columns))
        return DmlResult(done.rowcount, returned, lastrowid)

    def _insert(
        self,
        plan: StatementPlan,
        dml: InsertPlan,
        binds: Mapping[str, Any],
        results: Mapping[int, Any],
    ) -> DmlResult:
        columns: frozenset[str] = frozenset()
        self.space.check(dml.target)
        firing = self.firing(dml.target, "INSERT", columns)
        if firing is None or not firing.has_row_work:
            if firing is not None:
                firing.fire(Timing.BEFORE_STATEMENT, "INSERT", columns)
            rowid_first = dml.query is None and dml.target.source.rowid is not None
            result = self.simple(dml.simple, dml.returning, binds, results, rowid_first=rowid_first)
            if firing is not None:
                firing.fire(Timing.AFTER_STATEMENT, "INSERT", columns)
            return result
        assert dml.image is not None
        firing.fire(Timing.BEFORE_STATEMENT, "INSERT", columns)
        rows = self.query(dml.image, binds, results)
        result = self.rows.insert(
            plan, dml.target, firing, rows, dml.returning, binds, dml.query is None
        )
        firing.fire(Timing.AFTER_STATEMENT, "INSERT", columns)
        return result

    def _update(
        self,
        plan: StatementPlan,
        dml: UpdatePlan,
        binds: Mapping[str, Any],
        results: Mapping[int, Any],
    ) -> DmlResult:
        columns = frozenset(column.name for column in dml.columns)
        firing = self.firing(dml.target, "UPDATE", columns)
        if firing is None or not firing.has_row_work:
            if firing is not None:
                firing.fire(Timing.BEFORE_STATEMENT, "UPDATE", columns)
            result = self.simple(dml.simple, dml.returning, binds, results)
            if firing is not None:
                firing.fire(Timing.AFTER_STATEMENT, "UPDATE", columns)
            return result
        assert dml.image is not None
        firing.fire(Timing.BEFORE_STATEMENT, "UPDATE", columns)
        rows = self.query(dml.image, binds, results)
        result = self.rows.update(plan, dml.target, firing, dml.columns, rows, dml.returning, binds)
        firing.fire(Timing.AFTER_STATEMENT, "UPDATE", columns)
        return result

    def _delete(
        self,
        plan: StatementPlan,
        dml: DeletePlan,
        binds: Mapping[str, Any],
        results: Mapping[int, Any],
    ) -> DmlResult:
        nothing: frozenset[str] = frozenset()
        firing = self.firing(dml.target, "DELETE", nothing)
        if firing is None and self.cascades.fired(dml.target.key):
            firing = Firing([])
        if firing is None or not (firing.has_row_work or self.cascades.fired(dml.target.key)):
            if firing is not None:
                firing.fire(Timing.BEFORE_STATEMENT, "DELETE", nothing)
            result = self.simple(dml.simple, dml.returning, binds, results)
            if firing is not None:
                firing.fire(Timing.AFTER_STATEMENT, "DELETE", nothing)
            return result
        assert dml.image is not None
        firing.fire(Timing.BEFORE_STATEMENT, "DELETE", nothing)
        rows = self.query(dml.image, binds, results)
        result = self.rows.delete(plan, dml.target, firing, rows, dml.returning, binds)
        firing.fire(Timing.AFTER_STATEMENT, "DELETE", nothing)
        return result

    def _merge(
        self,
        plan: StatementPlan,
        dml: MergePlan,
        binds: Mapping[str, Any],
        results: Mapping[int, Any],
    ) -> DmlResult:
        if dml.has_insert:
            self.space.check(dml.target)
        updated = frozenset(column.name for column in dml.update_columns)
        nothing: frozenset[str] = frozenset()
        inserting = self.firing(dml.target, "INSERT", nothing) if dml.has_insert else None
        updating = self.firing(dml.target, "UPDATE", updated) if dml.matched else None
        deleting = self.firing(dml.target, "DELETE", nothing) if dml.doomed else None
        if dml.doomed and deleting is None and self.cascades.fired(dml.target.key):
            deleting = Firing([])
        if inserting is None and updating is None and deleting is None:
            try:
                done = self.session.storage.query(
                    dml.simple.sql, self.values(dml.simple, binds, results)
                )
            except OraError as error:
                if error.code == 1427:  # one target row matched by two source rows
                    raise OraError(30926) from error
                raise
            return DmlResult(done.rowcount)
        empty = Firing([])
        inserting, updating, deleting = inserting or empty, updating or empty, deleting or empty
        order = (
            (updating, "UPDATE", updated),
            (inserting, "INSERT", nothing),
            (deleting, "DELETE", nothing),
        )
        for firing, event, columns in order:
            firing.fire(Timing.BEFORE_STATEMENT, event, columns)
        matched = self.query(dml.matched, binds, results) if dml.matched else []
        if len({row[0] for row in matched}) != len(matched):
            raise OraError(30926)
        missing = self.query(dml.missing, binds, results) if dml.missing else []
        # a row that DELETE WHERE takes away is updated first, and its triggers fire for both
        one_by_one = updating.interleaves or dml.doomed is not None
        for part in [[row] for row in matched] if one_by_one else [matched]:
            self._merge_matched(plan, dml, updating, deleting, part, binds)
        count = len(matched)
        if missing:
            self.rows.insert(plan, dml.target, inserting, missing, dml.returning, binds, False)
            count += len(missing)
        for firing, event, columns in order:
            firing.fire(Timing.AFTER_STATEMENT, event, columns)
        return DmlResult(count)

    def _merge_matched(
        self,
        plan: StatementPlan,
        dml: MergePlan,
        updating: Firing,
        deleting: Firing,
        matched: list[Row],
        binds: Mapping[str, Any],
    ) -> None:
        columns = dml.update_columns
        width = 1 + len(dml.target.table.columns) + len(columns)
        rows = [row[:width] for row in matched]
        self.rows.update(plan, dml.target, updating, columns, rows, dml.returning, binds)
        if dml.doomed is None or not matched:
            return
        compiled = dml.doomed.compiled
        params: list[Any] = [[row[0] for row in matched]]
        params += [list(values) for values in zip(*(row[width:] for row in matched), strict=True)]
        params += self.values(compiled, binds, {})
        doomed = self.session.storage.query(compiled.sql, params).rows
        if doomed:
            self.rows.delete(plan, dml.target, deleting, doomed, Returning(), binds)

    def _multi_insert(
        self, dml: MultiInsertPlan, binds: Mapping[str, Any], results: Mapping[int, Any]
    ) -> DmlResult:
        for target in dml.targets:
            self.space.check(target)
            if self.firing(target, "INSERT", frozenset()) is not None:
                raise unsupported("INSERT ALL into a table with triggers")
        rows = self.query(dml.simple, binds, results)
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
        if self.calling and self.calling[-1] is self.session.storage:
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
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.6f} seconds"
    return str(value)


_STATES = {"42803": 979, "42P10": 1791, "21000": 1427, "2201W": 1428, "2201X": 1428}


@contextmanager
def oracle_errors(sql: str = "GROUP BY") -> Iterator[None]:
    """Errors that storage could only name by PostgreSQL's state, as Oracle's."""
    try:
        yield
    except OraError as error:
        state = error.__dict__.get("sqlstate")
        if state == "42803" and "GROUP BY" not in sql:
            raise OraError(937) from error
        if error.code == 3001 and state in _STATES:
            raise OraError(_STATES[state], *([""] if _STATES[state] == 1428 else [])) from error
        raise

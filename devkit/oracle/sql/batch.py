"""Array DML in one statement: the rows travel as one array per bind and are unnested.

INSERT … VALUES is always done so. UPDATE and DELETE only when each execution names one row by its
primary key, all keys differ and nothing fires: then no execution can see what another one did. If
the set-based form fails, its effects are undone and the caller goes row by row, which finds the
failing row and leaves what Oracle leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from devkit.oracle.contracts import DmlResult, Timing
from devkit.oracle.errors import OraError
from devkit.oracle.sql.dialect import parse
from devkit.oracle.sql.dml import DmlTranslator
from devkit.oracle.sql.joins import conjuncts
from devkit.oracle.sql.plans import DeletePlan, InsertPlan, UpdatePlan
from devkit.oracle.sql.queries import Queries
from devkit.oracle.sql.scope import Context, Param, column_parts
from devkit.oracle.sql.typing import parameter_type, quote
from devkit.oracle.values import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devkit.oracle.sql.executor import Executor, StatementPlan

_UNFIT = "unfit"


@dataclass(slots=True)
class BatchForm:
    """``key_binds``: the binds that name the row, for UPDATE and DELETE."""

    dml: InsertPlan | UpdatePlan | DeletePlan
    key_binds: list[str]


def run_batch(
    executor: Executor, plan: StatementPlan, rows: Sequence[Mapping[str, Any]]
) -> list[DmlResult] | None:
    """The results per row, or None when the rows must be run one by one."""
    if len(rows) < 2:
        return None
    if plan.batch is None:
        plan.batch = _form(plan) or _UNFIT
    if plan.batch == _UNFIT:
        return None
    form: BatchForm = plan.batch
    if form.key_binds:
        keys = {tuple(row.get(name) for name in form.key_binds) for row in rows}
        if len(keys) != len(rows):
            return None
    names = dict.fromkeys(plan.statement.binds)
    binds = {name: [row.get(name) for row in rows] for name in names}
    from devkit.oracle.sql.executor import oracle_errors

    try:
        with executor.session.storage.statement(writes=True), oracle_errors():
            return _run(executor, plan, form, binds, len(rows))
    except OraError as error:
        if error.code in {1013, 3113}:
            raise
        return None


def _run(
    executor: Executor,
    plan: StatementPlan,
    form: BatchForm,
    binds: Mapping[str, Any],
    count: int,
) -> list[DmlResult] | None:
    dml = form.dml
    if isinstance(dml, InsertPlan):
        nothing: frozenset[str] = frozenset()
        executor.space.check(dml.target)
        firing = executor.firing(dml.target, "INSERT", nothing)
        if firing is not None:
            firing.fire(Timing.BEFORE_STATEMENT, "INSERT", nothing)
        if firing is not None and firing.has_row_work:
            assert dml.image is not None
            images = executor.query(dml.image, binds, {})
            whole = executor.rows.insert(
                plan, dml.target, firing, images, dml.returning, binds, False
            )
            returned, last = whole.returned, whole.lastrowid
        else:
            rowid_first = dml.target.source.rowid is not None
            whole = executor.simple(dml.simple, dml.returning, binds, {}, rowid_first=rowid_first)
            returned, last = whole.returned, whole.lastrowid
        if firing is not None:
            firing.fire(Timing.AFTER_STATEMENT, "INSERT", nothing)
        return [DmlResult(1, [returned[index]] if returned else [], last) for index in range(count)]
    event = "UPDATE" if isinstance(dml, UpdatePlan) else "DELETE"
    columns = (
        frozenset(column.name for column in dml.columns)
        if isinstance(dml, UpdatePlan)
        else frozenset()
    )
    if executor.firing(dml.target, event, columns) is not None or (
        event == "DELETE" and executor.cascades.fired(dml.target.key)
    ):
        return None
    done = executor.session.storage.query(dml.simple.sql, executor.values(dml.simple, binds, {}))
    results = [DmlResult(0) for _ in range(count)]
    for row in done.rows:
        one = results[int(row[0]) - 1]
        one.rowcount += 1
        if dml.returning.columns:
            one.returned.append(tuple(row[1 : 1 + len(dml.returning.columns)]))
    return results


def _form(plan: StatementPlan) -> BatchForm | None:
    if plan.ctx.calls or not plan.statement.binds:
        return None
    tree = parse(plan.statement.text).tree
    key_binds: list[str] = []
    if isinstance(tree, exp.Insert):
        if not isinstance(tree.args.get("expression"), exp.Values):
            return None
    elif isinstance(tree, exp.Update | exp.Delete):
        found = _key_binds(plan, tree)
        if found is None:
            return None
        key_binds = found
    else:
        return None
    ctx = _context(plan)
    try:
        dml = DmlTranslator(ctx, Queries(ctx, plan.statement.text)).translate(tree)
    except OraError:
        return None
    if not isinstance(dml, InsertPlan | UpdatePlan | DeletePlan):
        return None
    return BatchForm(dml, key_binds)


def _context(plan: StatementPlan) -> Context:
    old = plan.ctx
    ctx = Context(
        old.catalog,
        old.schema,
        old.user,
        old.roles,
        old.host,
        old.bind_types,
        old.callbacks,
        batch=True,
    )
    ctx.sequences = set(old.sequences)
    arrays = []
    names = []
    for name in dict.fromkeys(plan.statement.binds):
        type_ = ctx.bind(name).type
        kind = parameter_type(type_)
        arrays.append(ctx.param(Param("bind", name, f"{kind}[]", type_.kind)))
        names.append(quote(name))
    ctx.batch_from = (
        f'unnest({", ".join(arrays)}) WITH ORDINALITY AS "$batch"({", ".join(names)}, "$n")'
    )
    return ctx


def _key_binds(plan: StatementPlan, tree: Any) -> list[str] | None:
    """The binds compared with the primary key, when WHERE is exactly ``key = :bind AND …``."""
    dml = plan.dml
    if not isinstance(dml, UpdatePlan | DeletePlan) or tree.args.get("where") is None:
        return None
    key = set(dml.target.table.primary_key)
    if dml.target.view is not None or dml.target.table.is_view:
        return None
    if not key or any(True for _ in tree.find_all(exp.Query)):
        return None
    if isinstance(dml, UpdatePlan) and key & {column.name for column in dml.columns}:
        return None
    found: dict[str, str] = {}
    for test in conjuncts(tree.args["where"].this):
        if (
            isinstance(test, exp.EQ)
            and isinstance(test.this, exp.Column)
            and isinstance(test.expression, exp.Placeholder)
            and plan.ctx.bind(str(test.expression.this)).kind is not Kind.NULL
        ):
            found[column_parts(test.this)[-1]] = str(test.expression.this)
    if not key <= set(found):
        return None
    return [found[name] for name in sorted(key)]

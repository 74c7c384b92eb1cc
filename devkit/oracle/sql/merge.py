"""MERGE and multi-table INSERT."""

# ruff: noqa: S608  (building SQL text is the work here: names are quoted, values bound)

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.assignment import check_writable, column_sql, default_of, stored_value
from devkit.oracle.sql.dml import is_default
from devkit.oracle.sql.joins import row_source
from devkit.oracle.sql.plans import (
    Doomed,
    MergePlan,
    MultiInsertPlan,
    Returning,
    Target,
)
from devkit.oracle.sql.scope import (
    Block,
    Source,
    SourceColumn,
    column_parts,
    find_column,
    position_of,
    shown,
)
from devkit.oracle.sql.typing import Typed, parameter_type, quote, received

if TYPE_CHECKING:
    from devkit.oracle.catalog.model import ColumnDef
    from devkit.oracle.sql.dml import DmlTranslator
    from devkit.oracle.sql.outputs import OutColumn


def merge(tr: DmlTranslator, node: Any) -> MergePlan:
    update = insert = None
    for branch in node.args["whens"].expressions:
        if branch.args["matched"]:
            if update is not None:
                raise OraError(933, position=position_of(branch))
            update = branch
        else:
            if insert is not None:
                raise OraError(933, position=position_of(branch))
            insert = branch
    deletes = update is not None and update.args.get("delete") is not None
    events = (
        *(("UPDATE",) if update is not None else ()),
        *(("INSERT",) if insert is not None else ()),
        *(("DELETE",) if deletes else ()),
    )
    target = tr.target(node.this, "SELECT", events)
    if target.table.is_view:
        raise OraError(38106, position=position_of(node.this))
    using = Block()
    item, source = row_source(tr.queries, node.args["using"], using)
    both = Block(sources=[target.source, source], sequences_allowed=True)
    with both.without_sequences():
        on = tr.queries.ex.condition(node.args["on"], both)
    on = " AND ".join([f"({on})", *target.conditions])
    named = target.view.view if target.view is not None else target.table
    for event in events:
        tr.ctx.table((named.owner, named.name), event, None)
    check = target.view.check_sql if target.view is not None else ""
    parts: list[str] = []
    columns: list[ColumnDef] = []
    matched = missing = doomed = None
    if update is not None:
        clauses, columns, matched, doomed = _merge_update(tr, update, target, both, item, on, node)
        parts += clauses
    if insert is not None:
        only = Block(sources=[source], sequences_allowed=True)
        clause, missing = _merge_insert(tr, insert, target, only, item, on)
        parts.append(clause)
    if both.calls:
        raise unsupported("PL/SQL function over columns in MERGE")
    tail = f" RETURNING {check}" if check else ""
    simple = (
        f"MERGE INTO {target.relation} AS {target.alias} USING {item} ON {on}"
        f" {' '.join(parts)}{tail}"
    )
    return MergePlan(
        target,
        columns,
        insert is not None,
        tr.ctx.compile(simple),
        tr.ctx.compile(matched) if matched else None,
        tr.ctx.compile(missing) if missing else None,
        doomed,
        Returning(check),
    )


def _merge_update(
    tr: DmlTranslator, branch: Any, target: Target, both: Block, item: str, on: str, node: Any
) -> tuple[list[str], list[ColumnDef], str, Doomed | None]:
    sets, laterals, columns = tr.assignments(branch.args["assignments"], target, both)
    in_condition = {
        target.base_name(column_parts(column)[-1])
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
    test = f" AND {tr.queries.ex.condition(where.this, both)}" if where is not None else ""
    clauses = []
    delete = branch.args.get("delete")
    doomed = None
    kept: list[str] = []
    if delete is not None:
        # DELETE WHERE sees the row as updated
        new = {column.name: f"({stored})" for column, stored, _ in sets}
        updated = replace(target.source, columns=dict(target.source.columns))
        for name, old in target.source.columns.items():
            base = target.base_name(name)
            if base is None:  # an expression of a view: what it says of the new row is not at hand
                del updated.columns[name]
            elif base in new:
                updated.columns[name] = replace(old, sql=new[base], origin=None)
        after = Block(sources=[updated, *both.sources[1:]])
        condition = tr.queries.ex.condition(delete.this, after)
        clauses.append(f"WHEN MATCHED{test} AND {condition} THEN DELETE")
        doomed, kept = _doomed(tr, delete, target, both)
    set_sql = ", ".join(f"{quote(c.name)} = {stored}" for c, stored, _ in sets)
    clauses.append(f"WHEN MATCHED{test} THEN UPDATE SET {set_sql}")
    old_columns = [column_sql(target, column) for column in target.table.columns]
    items = [
        target.source.rowid or "NULL::bigint",
        *old_columns,
        *(raw for _, _, raw in sets),
        *kept,
    ]
    where_sql = f" WHERE true{test}" if test else ""
    image = (
        f"SELECT {', '.join(items)} FROM {target.relation} AS {target.alias}"
        f" JOIN {item} ON {on}{where_sql} FOR UPDATE OF {target.alias}"
    )
    return clauses, columns, image, doomed


def _doomed(
    tr: DmlTranslator, delete: Any, target: Target, both: Block
) -> tuple[Doomed, list[str]]:
    """DELETE WHERE for rows that were updated with triggers: it sees what BEFORE triggers made of
    them, and the source's row as it was joined; also what the image must keep of the latter."""
    kept: list[SourceColumn] = []
    sources = []
    for source in both.sources[1:]:
        columns = {}
        for name, column in source.columns.items():
            sql = received(f'"$d".s{len(kept) + 1}', column.type)
            columns[name] = replace(column, sql=sql, rowid=None, origin=None)
            kept.append(column)
        sources.append(replace(source, columns=columns, rowid=None))
    condition = tr.queries.ex.condition(delete.this, Block(sources=[target.source, *sources]))
    used = [
        index
        for index in range(len(kept))
        if re.search(rf'"\$d"\.s{index + 1}\b', condition) is not None
    ]
    arrays = ["$1::bigint[]"]
    arrays += [
        f"${number}::{parameter_type(kept[index].type)}[]"
        for number, index in enumerate(used, start=2)
    ]
    names = ", ".join(["rid", *(f"s{index + 1}" for index in used)])
    shown_columns = [column_sql(target, column) for column in target.table.columns]
    rowid = target.source.rowid
    sql = (
        f"SELECT {', '.join([str(rowid), *shown_columns])}"
        f" FROM {target.relation} AS {target.alias},"
        f' unnest({", ".join(arrays)}) AS "$d"({names})'
        f' WHERE {rowid} = "$d".rid AND {condition}'
    )
    return Doomed(tr.ctx.compile(sql, after=len(arrays))), [kept[index].sql for index in used]


def _merge_insert(
    tr: DmlTranslator, branch: Any, target: Target, only: Block, item: str, on: str
) -> tuple[str, str]:
    listed = branch.args.get("columns")
    columns = (
        [tr.column(target, column) for column in listed]
        if listed is not None
        else [column for column in target.insertable if column.virtual is None]
    )
    items = branch.args["values"].expressions
    tr.count(len(items), columns, branch.args["values"])
    values: list[Typed | None] = []
    for node, column in zip(items, columns, strict=True):
        value = None if is_default(node) else tr.queries.ex.value(node, only)
        check_writable(column, is_insert=True, given=value)
        values.append(value)
    where = branch.args.get("where")
    test = f" AND {tr.queries.ex.condition(where.this, only)}" if where is not None else ""
    stored = ", ".join(
        stored_value(tr.ctx, target.table, column, value)
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
        sql = tr.ctx.conversions.convert(value, column.type).sql
        if column.default_on_null:
            sql = f"COALESCE({sql}, {default_of(column).sql})"
        images.append(sql)
    missing = (
        f"SELECT {', '.join(images)} FROM {item} WHERE NOT EXISTS"
        f" (SELECT 1 FROM {target.relation} AS {target.alias} WHERE {on}){test}"
    )
    return clause, missing


def multi_insert(tr: DmlTranslator, node: Any) -> MultiInsertPlan:
    """The source once, then one INSERT per INTO; FIRST stops at the first condition that
    holds."""
    first = str(node.args["kind"]).upper() == "FIRST"
    source = node.args["source"]
    inner = source.this if isinstance(source, exp.Subquery | exp.Table) else source
    top = Block(sequences_allowed=True)
    query = tr.queries.query(inner if isinstance(inner, exp.Query) else source, top, top=True)
    columns = {column.name: f'"$m".{quote(column.pg_name)}' for column in query.columns}
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
            current = tr.queries.ex.condition(entry.args["expression"], block)
            tested.append(current)
            earlier = tested[:-1] if first else []
            current = " AND ".join([current, *(f"({t}) IS NOT TRUE" for t in earlier)])
        elif entry.args.get("else_"):
            current = " AND ".join(f"({t}) IS NOT TRUE" for t in tested)
        target, sql = _into(tr, entry.this, block, current, query.columns, index)
        targets.append(target)
        parts.append(f'"$i{index}" AS ({sql})')
        counts.append(f'(SELECT count(*) FROM "$i{index}")')
    simple = f"WITH {', '.join(parts)} SELECT {' + '.join(counts)}"
    return MultiInsertPlan(targets, tr.ctx.compile(simple))


def _into(
    tr: DmlTranslator,
    insert: Any,
    block: Block,
    test: str | None,
    source: list[OutColumn],
    index: int,
) -> tuple[Target, str]:
    table = insert.this
    listed = None
    if isinstance(table, exp.Schema):
        listed, table = table.expressions, table.this
    target = tr.target(table, "INSERT", ("INSERT",), alias=f"$t{index}")
    if target.view is not None or target.table.is_view:
        # SQL Language Reference, INSERT: multitable inserts go to tables, not to views
        raise OraError(1702, position=position_of(table))
    columns = (
        [tr.column(target, item, qualified=False) for item in listed]
        if listed is not None
        else [c for c in target.table.columns if not c.hidden and c.virtual is None]
    )
    expression = insert.args.get("expression")
    values: list[Typed | None]
    if expression is None:
        tr.count(len(source), columns, insert)
        values = [Typed(f'"$m".{quote(out.pg_name)}', out.type) for out in source]
    else:
        items = expression.expressions[0].expressions
        tr.count(len(items), columns, expression)
        values = [None if is_default(item) else tr.queries.ex.value(item, block) for item in items]
    stored = ", ".join(
        stored_value(tr.ctx, target.table, column, value)
        for column, value in zip(columns, values, strict=True)
    )
    names = ", ".join(quote(column.name) for column in columns)
    where = f" WHERE {test}" if test else ""
    return target, (
        f"INSERT INTO {target.relation} AS {target.alias} ({names})"
        f' SELECT {stored} FROM "$m"{where} RETURNING 1'
    )

"""Assignment to columns: values are converted, rounded, padded and checked by the column's name.

Lengths and precision raise ORA-12899 and ORA-01438 where the value is stored; a row image is
checked when it is written, after BEFORE ROW triggers had their say.
"""

# ruff: noqa: S608  (building SQL text is the work here: names are quoted, values bound)

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from devkit.oracle.errors import OraError
from devkit.oracle.sql.typing import (
    FIXED,
    STAMPS,
    TEXT,
    Typed,
    null_of,
    parameter_type,
    pg_type,
    quote,
    received,
    text_literal,
)
from devkit.oracle.values import Kind, OraType

if TYPE_CHECKING:
    from devkit.oracle.catalog.model import ColumnDef, TableDef
    from devkit.oracle.sql.plans import Target
    from devkit.oracle.sql.scope import Context

_PLAIN_COLUMN = re.compile(r'^"[^"]+"\."[^"]+"$')


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
        if type_.is_float:
            return f"ora.fit_float({sql}, {type_.float_digits})"
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
        if kind is Kind.TIMESTAMP_TZ:
            return f"ora.fit_tstz({sql}, {type_.scale})"
        return f"({sql})::{pg_type(type_)}({type_.scale})"
    if kind is Kind.DATE and value.kind is Kind.DATE and value.bind is not None:
        return f"date_trunc('second', {sql})"
    return sql


def default_of(column: ColumnDef) -> Typed:
    if column.default_sql:
        return Typed(f"({column.default_sql})", column.type)
    return null_of(column.type)


def check_writable(column: ColumnDef, *, is_insert: bool, given: Typed | None) -> None:
    if column.virtual is not None and not (is_insert and given is None):
        raise OraError(54013 if is_insert else 54017)
    if column.identity == "ALWAYS" and given is not None:
        raise OraError(32795 if is_insert else 32796)


def stored_value(ctx: Context, table: TableDef, column: ColumnDef, value: Typed | None) -> str:
    """The value of a column in an INSERT; None means DEFAULT."""
    if value is None:
        return default_of(column).sql
    sql = assign(ctx, table, column, value)
    if column.default_on_null or column.identity == "BY DEFAULT ON NULL":
        return f"COALESCE({sql}, {default_of(column).sql})"
    return sql


def column_sql(target: Target, column: ColumnDef) -> str:
    return f"{target.alias}.{quote(column.name)}"


def write_sql(
    ctx: Context,
    target: Target,
    kind: str,
    columns: list[ColumnDef],
    returning: str,
    *,
    single: bool = False,
) -> str:
    """Write row images back: arrays of row ids ($1, not for INSERT) and of each column's values;
    with ``single`` the row id and the values of one row."""
    if single:
        return _write_one(ctx, target, kind, columns, returning)
    arrays = []
    names = []
    if kind != "INSERT":
        arrays.append("$1::bigint[]")
        names.append("rid")
    for index, column in enumerate(columns):
        arrays.append(f"${len(arrays) + 1}::{parameter_type(column.type)}[]")
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


def _write_one(
    ctx: Context, target: Target, kind: str, columns: list[ColumnDef], returning: str
) -> str:
    first = 1 if kind == "INSERT" else 2
    stored = [
        _checked(ctx, target, column, f"${index}::{parameter_type(column.type)}")
        for index, column in enumerate(columns, start=first)
    ]
    tail = f" RETURNING {returning}" if returning else ""
    if kind == "INSERT":
        listed = ", ".join(quote(column.name) for column in columns)
        return (
            f"INSERT INTO {target.relation} AS {target.alias} ({listed})"
            f" VALUES ({', '.join(stored)}){tail}"
        )
    where = f"{target.source.rowid} = $1::bigint"
    if kind == "DELETE":
        return f"DELETE FROM {target.relation} AS {target.alias} WHERE {where}{tail}"
    sets = ", ".join(
        f"{quote(column.name)} = {sql}" for column, sql in zip(columns, stored, strict=True)
    )
    return f"UPDATE {target.relation} AS {target.alias} SET {sets} WHERE {where}{tail}"


def _checked(ctx: Context, target: Target, column: ColumnDef, sql: str) -> str:
    type_ = OraType(column.type.kind)
    return assign(ctx, target.table, column, Typed(received(sql, type_), type_))

"""Making, dropping, enabling and renaming constraints."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from devkit.oracle.catalog.ddl.columns import NewConstraint
from devkit.oracle.catalog.ddl.context import Context, quote
from devkit.oracle.catalog.model import ConstraintDef, TableDef
from devkit.oracle.errors import OraError
from devkit.oracle.storage.failures import INDEX_PREFIX
from devkit.oracle.values import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

# What a failed check of existing rows is called, by kind.
_CANNOT_VALIDATE = {"P": 2437, "U": 2299, "C": 2293, "R": 2298}


# SQL Language Reference, constraint: restrictions on unique and on primary key constraints. A column
# of TIMESTAMP WITH LOCAL TIME ZONE may be in a key.
_NO_KEY = {
    Kind.CLOB: "LOB", Kind.BLOB: "LOB", Kind.JSON: "JSON", Kind.LONG: "LONG",
    Kind.TIMESTAMP_TZ: "TIMESTAMP WITH TIME ZONE",
}  # fmt: skip
_MAX_KEY_COLUMNS = 32


def relation(table: TableDef) -> str:
    """The PostgreSQL table; that behind the view, for a global temporary table."""
    return quote(table.owner, storage_name(table))


def storage_name(table: TableDef) -> str:
    return f"g${table.name}" if table.temporary else table.name


def add(context: Context, table: TableDef, new: NewConstraint) -> str:
    """Add the constraint to a table whose columns exist; gives its name."""
    generated = new.name is None
    name = new.name or context.generated_name()
    if not generated and context.query(
        "SELECT 1 FROM ora_dict.constraints WHERE owner = $1 AND name = $2", (table.owner, name)
    ):
        raise OraError(2264)
    for column in new.columns:
        found = table.column(column)
        if found is None:
            raise OraError(904, f'"{column}"')
        if new.kind in "PU" and found.type.kind in _NO_KEY:
            raise OraError(2329, _NO_KEY[found.type.kind])
    if new.kind in "PU" and len(new.columns) > _MAX_KEY_COLUMNS:
        raise OraError(2257)
    if len(set(new.columns)) != len(new.columns):
        raise OraError(957)
    existing = context.catalog.constraints(table.owner, table.name)
    if new.kind == "P" and any(one.kind == "P" for one in existing):
        raise OraError(2260)
    if new.kind in "PU" and any(
        one.kind in "PU" and one.columns == new.columns for one in existing
    ):
        raise OraError(2261)
    made = ConstraintDef(
        table.owner, name, table.name, "C" if new.kind == "N" else new.kind, new.columns,
        condition=new.condition, delete_rule=new.delete_rule, enabled=new.enabled,
        deferrable=new.deferrable, generated=generated,
        index_name=(new.index_name or name) if new.kind in "PU" and new.enabled else None,
    )  # fmt: skip
    if new.kind == "R":
        made = _with_target(context, table, made, new, existing)
    if new.kind == "C":
        condition_sql = context.expression(new.condition or "", table)
        columns = tuple(one.name for one in table.columns if f'"{one.name}"' in condition_sql)
        made = replace(made, condition_sql=condition_sql, columns=columns)
    context.query(
        "INSERT INTO ora_dict.constraints (owner, name, table_name, kind, columns, condition,"
        " condition_sql,"
        " r_owner, r_name, delete_rule, enabled, is_deferrable, is_deferred, validated,"
        " generated, index_name)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        (
            made.owner, made.name, made.table, made.kind, list(made.columns), made.condition,
            made.condition_sql, made.r_owner, made.r_name, made.delete_rule, made.enabled,
            made.deferrable, new.deferred, new.validate and new.enabled, generated, made.index_name,
        ),
    )  # fmt: skip
    if new.kind != "N" and new.enabled:
        enable(context, table, made, validate=new.validate, deferred=new.deferred)
    return name


def _with_target(
    context: Context,
    table: TableDef,
    made: ConstraintDef,
    new: NewConstraint,
    existing: Sequence[ConstraintDef],
) -> ConstraintDef:
    """Find the key that a foreign key refers to."""
    if table.temporary:
        raise OraError(
            14455, text="attempt to create referential integrity constraint on temporary table"
        )
    owner, name = new.r_owner or table.owner, new.r_table or ""
    if (owner, name) == (table.owner, table.name):
        keys: Sequence[ConstraintDef] = existing
        target = table
    else:
        target = context.table(owner, name)
        # The owner of the child needs the privilege, whoever creates the constraint.
        if not context.catalog.can(
            table.owner, "REFERENCES", target.owner, target.name, roles=False
        ):
            seen = context.catalog.can_see(
                context.user, target.owner, target.name, roles=context.roles
            )
            raise OraError(1031 if seen else 942)
        keys = context.catalog.constraints(target.owner, target.name)
    if new.r_columns:
        key = next((one for one in keys if one.kind in "PU" and one.columns == new.r_columns), None)
        for column in new.r_columns:
            if target.column(column) is None:
                raise OraError(904, f'"{column}"')
    else:
        key = next((one for one in keys if one.kind == "P"), None)
        if key is None:
            raise OraError(2268, text="referenced table does not have a primary key")
    if key is None:
        raise OraError(2270)
    if len(key.columns) != len(new.columns):
        raise OraError(2256)
    for child, parent in zip(new.columns, key.columns, strict=True):
        child_column, parent_column = table.column(child), target.column(parent)
        assert child_column is not None and parent_column is not None
        if _family(child_column.type.kind) != _family(parent_column.type.kind):
            raise OraError(2267)
    return replace(
        made, r_owner=key.owner, r_name=key.name, r_table=target.name, r_columns=key.columns
    )


def _family(kind: Kind) -> str:
    return "TEXT" if kind in (Kind.VARCHAR2, Kind.CHAR, Kind.NVARCHAR2, Kind.NCHAR) else kind.value


def _needs_partial_index(table: TableDef, columns: Sequence[str]) -> bool:
    """A composite key with a nullable column: Oracle compares NULLs unless all are NULL."""
    return len(columns) > 1 and any(
        found is not None and found.nullable for found in map(table.column, columns)
    )


def unique_index_sql(table: TableDef, name: str, columns: Sequence[str]) -> str:
    """A unique index with Oracle's view of NULL: a row of only NULLs is not in the index."""
    shown = ", ".join(quote(column) for column in columns)
    session = ', "$session"' if table.temporary else ""
    sql = (
        f"CREATE UNIQUE INDEX {quote(INDEX_PREFIX + name)} ON {relation(table)} ({shown}{session})"
    )
    if _needs_partial_index(table, columns):
        all_null = " AND ".join(f"{quote(column)} IS NULL" for column in columns)
        sql += f" NULLS NOT DISTINCT WHERE NOT ({all_null})"
    return sql


def enable(
    context: Context,
    table: TableDef,
    one: ConstraintDef,
    *,
    validate: bool = True,
    deferred: bool = False,
) -> None:
    """Create the constraint in PostgreSQL, which checks the rows that are there."""
    where = relation(table)
    if one.kind in "PU":
        index = one.index_name or one.name
        if _needs_partial_index(table, one.columns) and one.kind == "U":
            sql = unique_index_sql(table, one.name, one.columns)
        else:
            columns = ", ".join(quote(column) for column in one.columns)
            session = ', "$session"' if table.temporary else ""
            word = "PRIMARY KEY" if one.kind == "P" and not table.temporary else "UNIQUE"
            sql = (
                f"ALTER TABLE {where} ADD CONSTRAINT {quote(INDEX_PREFIX + one.name)} {word}"
                f" ({columns}{session})"
            )
        _register_index(context, table, one, index)
    elif one.kind == "C":
        if one.condition_sql is None:
            return
        sql = f"ALTER TABLE {where} ADD CONSTRAINT {quote(one.name)} CHECK ({one.condition_sql})"
    else:
        columns = ", ".join(quote(column) for column in one.columns)
        targets = ", ".join(quote(column) for column in one.r_columns)
        rule = {"CASCADE": " ON DELETE CASCADE", "SET NULL": " ON DELETE SET NULL"}
        sql = (
            f"ALTER TABLE {where} ADD CONSTRAINT {quote(one.name)} FOREIGN KEY ({columns})"
            f" REFERENCES {quote(one.r_owner or '', one.r_table or '')} ({targets})"
            f"{rule.get(one.delete_rule or '', '')}"
        )
    # a foreign key is deferrable in PostgreSQL even where it is not in Oracle: a statement that
    # fires row triggers writes row by row, and the key is checked at its end
    if one.kind == "R" or (one.deferrable and one.kind in "PU" and not sql.startswith("CREATE")):
        sql += " DEFERRABLE INITIALLY " + ("DEFERRED" if deferred else "IMMEDIATE")
    if not validate and one.kind in "CR":
        sql += " NOT VALID"
    try:
        context.pg(sql)
    except OraError as error:
        if error.code in (1, 2290, 2291, 2292, 1400):
            raise OraError(_CANNOT_VALIDATE[one.kind], f"{one.owner}.{one.name}") from None
        raise
    if one.kind in "PU":
        keys_can_wait(context, table)
    if one.kind == "P":
        for column in one.columns:
            set_not_null(context, table, column)


def keys_can_wait(context: Context, table: TableDef) -> None:
    """Make new unique indexes of the table fit for a check at the end of a statement."""
    context.query("SELECT ora_dict.keys_can_wait($1::regclass)", (relation(table),))


def set_not_null(context: Context, table: TableDef, column: str) -> None:
    """NOT NULL in PostgreSQL and in the dictionary."""
    context.pg(f"ALTER TABLE {relation(table)} ALTER COLUMN {quote(column)} SET NOT NULL")
    context.query(
        "UPDATE ora_dict.columns SET nullable = false WHERE owner = $1 AND table_name = $2 AND"
        " name = $3",
        (table.owner, table.name, column),
    )


def _register_index(context: Context, table: TableDef, one: ConstraintDef, index: str) -> None:
    if context.query(
        "SELECT 1 FROM ora_dict.indexes WHERE owner = $1 AND name = $2", (table.owner, index)
    ):
        return  # USING INDEX an existing one
    context.add_object(table.owner, index, "INDEX", generated=one.generated)
    context.query(
        "INSERT INTO ora_dict.indexes (owner, name, table_owner, table_name, is_unique, columns,"
        " expressions,"
        " descending, generated, constraint_name) VALUES ($1, $2, $1, $3, true, $4, $5, $5, $6,"
        " $7)",
        (
            table.owner, index, table.name, list(one.columns), [False] * len(one.columns),
            one.generated, one.name,
        ),
    )  # fmt: skip


def disable(
    context: Context, table: TableDef, one: ConstraintDef, *, cascade: bool = False
) -> None:
    """Take the constraint out of PostgreSQL; its index goes with it."""
    if one.kind in "PU":
        for owner, name, child in context.catalog.references_to(one.owner, one.name):
            if not cascade:
                raise OraError(2297, f"{one.owner}.{one.name}")
            child_table = context.table(owner, child)
            found = next(c for c in context.catalog.constraints(owner, child) if c.name == name)
            disable(context, child_table, found)
            _mark(context, found, enabled=False)
    if not one.enabled:
        return
    where = relation(table)
    if one.kind in "PU":
        context.pg(
            f"ALTER TABLE {where} DROP CONSTRAINT IF EXISTS {quote(INDEX_PREFIX + one.name)}"
        )
        context.pg(f"DROP INDEX IF EXISTS {quote(table.owner, INDEX_PREFIX + one.name)}")
        _forget_index(context, one)
    elif one.condition_sql is None and one.kind == "C":
        column = one.columns[0]
        if not _is_key_column(context, table, column, one):
            context.pg(f"ALTER TABLE {where} ALTER COLUMN {quote(column)} DROP NOT NULL")
            context.query(
                "UPDATE ora_dict.columns SET nullable = true WHERE owner = $1 AND table_name = $2"
                " AND name = $3",
                (table.owner, table.name, column),
            )
    else:
        context.pg(f"ALTER TABLE {where} DROP CONSTRAINT IF EXISTS {quote(one.name)}")


def _is_key_column(context: Context, table: TableDef, column: str, leaving: ConstraintDef) -> bool:
    return any(
        one.name != leaving.name
        and one.enabled
        and (
            (one.kind == "P" and column in one.columns)
            or (one.columns == (column,) and is_not_null(one))
        )
        for one in context.catalog.constraints(table.owner, table.name)
    )


def is_not_null(one: ConstraintDef) -> bool:
    return (
        one.kind == "C"
        and one.condition_sql is None
        and (one.condition or "").endswith(" IS NOT NULL")
    )


def _forget_index(context: Context, one: ConstraintDef) -> None:
    rows = context.query(
        "DELETE FROM ora_dict.indexes WHERE owner = $1 AND constraint_name = $2 RETURNING name",
        (one.owner, one.name),
    )
    for (index,) in rows:
        context.drop_object(one.owner, index, "INDEX")


def drop(context: Context, table: TableDef, one: ConstraintDef, *, cascade: bool = False) -> None:
    if one.kind in "PU":
        for owner, name, child in context.catalog.references_to(one.owner, one.name):
            if not cascade:
                raise OraError(2273)
            child_table = context.table(owner, child)
            found = next(c for c in context.catalog.constraints(owner, child) if c.name == name)
            drop(context, child_table, found)
    disable(context, table, one, cascade=cascade)
    context.query(
        "DELETE FROM ora_dict.constraints WHERE owner = $1 AND name = $2", (one.owner, one.name)
    )
    if one.kind == "P":
        for column in one.columns:
            if not _is_key_column(context, table, column, one):
                context.pg(
                    f"ALTER TABLE {relation(table)} ALTER COLUMN {quote(column)} DROP NOT NULL"
                )
                context.query(
                    "UPDATE ora_dict.columns SET nullable = true"
                    " WHERE owner = $1 AND table_name = $2 AND name = $3",
                    (table.owner, table.name, column),
                )


def switch(
    context: Context,
    table: TableDef,
    one: ConstraintDef,
    *,
    on: bool,
    validate: bool,
    cascade: bool = False,
) -> None:
    """ENABLE or DISABLE CONSTRAINT."""
    if on and not one.enabled:
        if is_not_null(one):
            set_not_null(context, table, one.columns[0])
        else:
            enable(context, table, replace(one, enabled=True), validate=validate)
    elif not on:
        disable(context, table, one, cascade=cascade)
    _mark(context, one, enabled=on)


def _mark(context: Context, one: ConstraintDef, *, enabled: bool) -> None:
    index = one.name if enabled and one.kind in "PU" else None
    context.query(
        "UPDATE ora_dict.constraints SET enabled = $3, validated = $3, last_change ="
        " localtimestamp,"
        " index_name = $4 WHERE owner = $1 AND name = $2",
        (one.owner, one.name, enabled, index),
    )


def find(context: Context, table: TableDef, name: str, code: int = 2443) -> ConstraintDef:
    one: ConstraintDef
    for one in context.catalog.constraints(table.owner, table.name):
        if one.name == name:
            return one
    raise OraError(code, name) if code != 2443 else OraError(2443)


def rename(context: Context, table: TableDef, old: str, new: str) -> None:
    one = find(context, table, old, 23292)
    if context.query(
        "SELECT 1 FROM ora_dict.constraints WHERE owner = $1 AND name = $2", (table.owner, new)
    ):
        raise OraError(2264)
    if one.kind in "PU":
        index = quote(table.owner, INDEX_PREFIX + old)
        context.pg(f"ALTER INDEX {index} RENAME TO {quote(INDEX_PREFIX + new)}")
    elif not is_not_null(one) and one.enabled:
        context.pg(f"ALTER TABLE {relation(table)} RENAME CONSTRAINT {quote(old)} TO {quote(new)}")
    context.query(
        "UPDATE ora_dict.constraints SET name = $3, generated = false WHERE owner = $1 AND name ="
        " $2",
        (table.owner, old, new),
    )
    context.query(
        "UPDATE ora_dict.constraints SET r_name = $3 WHERE r_owner = $1 AND r_name = $2",
        (table.owner, old, new),
    )
    context.query(
        "UPDATE ora_dict.indexes SET constraint_name = $3 WHERE owner = $1 AND constraint_name ="
        " $2",
        (table.owner, old, new),
    )

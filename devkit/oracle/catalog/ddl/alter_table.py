"""ALTER TABLE: columns, constraints, triggers; physical clauses have nothing to do here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from devkit.oracle.catalog.ddl import constraints, physical, tables
from devkit.oracle.catalog.ddl.columns import (
    NewColumn,
    NewConstraint,
    is_constraint,
    read_column,
    read_constraint,
    read_state,
)
from devkit.oracle.catalog.ddl.context import Context, literal, quote
from devkit.oracle.catalog.ddl.objects import change_sequence
from devkit.oracle.catalog.ddl.reader import pg_type
from devkit.oracle.catalog.model import ColumnDef, ConstraintDef, TableDef
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.values import Kind, OraType

if TYPE_CHECKING:
    from devkit.oracle.catalog.ddl.reader import Reader

_TEXT = (Kind.VARCHAR2, Kind.CHAR, Kind.NVARCHAR2, Kind.NCHAR)


def alter(context: Context, reader: Reader) -> None:
    owner, name = reader.qualified(context.schema)
    table = context.table(owner, name)
    if not context.may("ALTER", table.owner, table.name):
        context.need_on(table.owner, table.name, "ALTER ANY TABLE")
    context.refuse_queue_table(table.owner, table.name)
    if reader.done:
        raise OraError(1735)
    while not reader.done:
        _clause(context, reader, table)
        context.catalog.forget_changed()
        renamed = context.catalog.table(table.owner, table.name)
        if renamed is None:
            reader.finish(933)
            return
        table = renamed
    context.touch(table.owner, table.name, "TABLE")


def _clause(context: Context, reader: Reader, table: TableDef) -> None:
    if reader.take("ADD"):
        _add(context, reader, table)
    elif reader.take("MODIFY"):
        _modify(context, reader, table)
    elif reader.take("DROP"):
        _drop(context, reader, table)
    elif reader.take("RENAME"):
        _rename(context, reader, table)
    elif reader.is_at("ENABLE") or reader.is_at("DISABLE"):
        _switch(context, reader, table)
    elif reader.take("MOVE"):  # a row keeps its ROWID here, which Oracle changes
        reader.take("ONLINE")
        physical.skip(reader)
    elif reader.take("SHRINK"):
        reader.expect("SPACE")
        reader.take_one("COMPACT", "CASCADE")
    elif reader.take("DEALLOCATE"):
        reader.expect("UNUSED")
    elif reader.take("READ"):
        raise unsupported(f"ALTER TABLE READ {reader.word()}")
    elif reader.take("SET", "UNUSED"):
        raise unsupported("ALTER TABLE SET UNUSED")
    elif not physical.skip(reader):
        raise OraError(1735, position=reader.offset)


# --------------------------------------------------------------------------- ADD


def _add(context: Context, reader: Reader, table: TableDef) -> None:
    semantics = context.session.nls["NLS_LENGTH_SEMANTICS"]
    wrapped = reader.take("(")
    while True:
        if is_constraint(reader):
            _add_constraint(context, reader, table)
        else:
            column = read_column(reader, table.owner, semantics)
            _add_column(context, table, column)
            context.catalog.forget_changed()
            table = context.table(table.owner, table.name)
            for new in column.constraints:
                constraints.add(context, table, new)
        table = _again(context, table)
        if not wrapped or not reader.take(","):
            break
    if wrapped:
        reader.expect(")")


def _again(context: Context, table: TableDef) -> TableDef:
    context.catalog.forget_changed()
    return context.table(table.owner, table.name)


def _add_constraint(context: Context, reader: Reader, table: TableDef) -> None:
    new = read_constraint(reader, table.owner)
    constraints.add(context, table, new)


def _add_column(context: Context, table: TableDef, column: NewColumn) -> None:
    if table.column(column.name) is not None:
        raise OraError(1430)
    position = max((one.position for one in table.columns), default=0) + 1
    object_id = int(context.query("SELECT nextval('ora_dict.object_ids')")[0][0])
    plain = tables.definition(column, position)
    sketch = tables.table_of(table.owner, table.name, [*table.columns, plain], table.temporary)
    made = tables.complete(context, sketch, column, plain, object_id)
    try:
        context.pg(
            f"ALTER TABLE {constraints.relation(table)} ADD COLUMN {tables.column_sql(made)}"
        )
    except OraError as error:
        if error.code in (1400, 1407):
            raise OraError(1758) from None
        raise
    tables.store_column(context, table, made)
    if table.temporary:
        # CREATE OR REPLACE VIEW only adds at the end, so the view is made anew.
        context.pg(f"DROP VIEW {quote(table.owner, table.name)}")
        tables.show_temporary(context, sketch)
    _units_look_again(context, table)


def _units_look_again(context: Context, table: TableDef) -> None:
    """A new column invalidates PL/SQL that uses the table's shape; views keep their columns."""
    context.query(
        "UPDATE ora_dict.objects o SET status = 'INVALID' FROM ora_dict.dependencies d"
        " WHERE d.r_owner = $1 AND d.r_name = $2 AND d.r_type = 'TABLE' AND o.owner = d.owner"
        " AND o.name = d.name AND o.type = d.type AND o.type <> 'VIEW'",
        (table.owner, table.name),
    )


# --------------------------------------------------------------------------- MODIFY


def _modify(context: Context, reader: Reader, table: TableDef) -> None:
    if reader.take("CONSTRAINT") or reader.is_at("PRIMARY", "KEY"):
        raise unsupported("ALTER TABLE MODIFY CONSTRAINT")
    semantics = context.session.nls["NLS_LENGTH_SEMANTICS"]
    wrapped = reader.take("(")
    while True:
        column = read_column(reader, table.owner, semantics, modify=True)
        _modify_column(context, table, column)
        table = _again(context, table)
        if not wrapped or not reader.take(","):
            break
    if wrapped:
        reader.expect(")")
    _units_look_again(context, table)


def _modify_column(context: Context, table: TableDef, new: NewColumn) -> None:
    old = table.column(new.name)
    if old is None:
        raise OraError(904, f'"{new.name}"')
    where = constraints.relation(table)
    column = quote(new.name)
    if new.virtual is not None:
        raise unsupported("ALTER TABLE MODIFY of a virtual column")
    if new.identity:
        _modify_identity(context, table, old, new)
    if new.type is not None and new.type != old.type:
        _change_type(context, table, old, new.type)
        _store_type(context, table, new.name, new.type)
    if new.default_given:
        default_sql = None
        if new.default is not None:
            value = context.expression(new.default, table, is_default=True)
            default_sql = f"({value})::{pg_type(new.type or old.type)}"
        action = f"SET DEFAULT {default_sql}" if default_sql else "DROP DEFAULT"
        context.pg(f"ALTER TABLE {where} ALTER COLUMN {column} {action}")
        context.query(
            "UPDATE ora_dict.columns SET default_text = $4, default_sql = $5, default_on_null = $6"
            " WHERE owner = $1 AND table_name = $2 AND name = $3",
            (table.owner, table.name, new.name, new.default, default_sql, new.default_on_null),
        )
        if new.default_on_null and old.nullable:
            new.nullable = False
    if new.nullable is False and not any(one.kind == "N" for one in new.constraints):
        _not_null(context, table, old)
    elif new.nullable is True:
        _nullable(context, table, old)
    if new.hidden is not None:
        context.query(
            # a column that becomes visible is from then on the last one
            "UPDATE ora_dict.columns SET hidden = $4, position = CASE WHEN hidden AND NOT $4"
            " THEN (SELECT max(position) + 1 FROM ora_dict.columns WHERE owner = $1"
            " AND table_name = $2) ELSE position END"
            " WHERE owner = $1 AND table_name = $2 AND name = $3",
            (table.owner, table.name, new.name, new.hidden),
        )
    for one in new.constraints:
        if one.kind == "N":
            _not_null(context, table, old)
        constraints.add(context, _again(context, table), one)


def _modify_identity(context: Context, table: TableDef, old: ColumnDef, new: NewColumn) -> None:
    """New options of an identity column's sequence (SQL Reference, ALTER TABLE, identity_clause)."""
    if old.identity is None:
        raise OraError(30673)
    if new.identity != old.identity or new.identity_options is None:
        raise unsupported("ALTER TABLE MODIFY of the kind of an identity column")
    options = new.identity_options
    if options.start is not None:
        raise unsupported("ALTER TABLE MODIFY … IDENTITY (START WITH n)")
    ((sequence,),) = context.query(
        "SELECT identity_sequence FROM ora_dict.columns"
        " WHERE owner = $1 AND table_name = $2 AND name = $3",
        (table.owner, table.name, new.name),
    )
    change_sequence(context, table.owner, sequence, options)
    if options.limit_value:
        # the next value is the highest of the table and a step; of a falling sequence the lowest
        ((increment,),) = context.query(
            "SELECT increment FROM ora_dict.sequences WHERE owner = $1 AND name = $2",
            (table.owner, sequence),
        )
        extreme = "max" if increment > 0 else "min"
        relation = constraints.relation(table)
        ((reached,),) = context.query(f"SELECT {extreme}({quote(new.name)}) FROM {relation}")  # noqa: S608
        if reached is not None:
            name = literal(quote(table.owner, sequence))
            context.pg(f"SELECT setval({name}, {int(reached)})")


def _not_null(context: Context, table: TableDef, old: ColumnDef) -> None:
    if not old.nullable:
        raise OraError(1442)
    try:
        constraints.set_not_null(context, table, old.name)
    except OraError as error:
        if error.code in (1400, 1407):
            raise OraError(2296, f"{table.owner}.") from None
        raise


def _nullable(context: Context, table: TableDef, old: ColumnDef) -> None:
    if old.nullable:
        raise OraError(1451)
    if old.name in table.primary_key:
        raise OraError(1451)
    for one in context.catalog.constraints(table.owner, table.name):
        if constraints.is_not_null(one) and one.columns == (old.name,):
            constraints.drop(context, table, one)
    context.pg(
        f"ALTER TABLE {constraints.relation(table)} ALTER COLUMN {quote(old.name)} DROP NOT NULL"
    )
    context.query(
        "UPDATE ora_dict.columns SET nullable = true WHERE owner = $1 AND table_name = $2 AND"
        " name = $3",
        (table.owner, table.name, old.name),
    )


def _change_type(context: Context, table: TableDef, old: ColumnDef, new: OraType) -> None:
    """A wider type always, a narrower one as far as the rows allow, another one if empty."""
    where, column = constraints.relation(table), quote(old.name)
    if old.type.kind in _TEXT and new.kind in _TEXT and old.type.kind is new.kind:
        measure = f"char_length({column})" if new.char_semantics else f"octet_length({column})"
        if context.query(
            f"SELECT 1 FROM {where} WHERE {measure} > $1 LIMIT 1",  # noqa: S608 - names of the dictionary
            (new.length,),
        ):
            raise OraError(1441)
        return
    has_values = bool(
        context.query(f"SELECT 1 FROM {where} WHERE {column} IS NOT NULL LIMIT 1")  # noqa: S608
    )
    if old.type.kind is Kind.NUMBER and new.kind is Kind.NUMBER:
        if has_values and _narrows(old.type, new):
            raise OraError(1440)
        return
    if (
        old.type.kind is Kind.RAW
        and new.kind is Kind.RAW
        and (new.length or 0) >= (old.type.length or 0)
    ):
        return
    if has_values and not (old.type.kind in _TEXT and new.kind in _TEXT):
        widening = (old.type.kind, new.kind) in (
            (Kind.DATE, Kind.TIMESTAMP),
            (Kind.TIMESTAMP, Kind.TIMESTAMP),
        )
        if not widening:
            raise OraError(1439)
    if pg_type(old.type) != pg_type(new):
        context.invalidate(table.owner, table.name, "TABLE")
        context.pg(f"ALTER TABLE {where} ALTER COLUMN {column} DROP DEFAULT")
        kept = f"{column}::{pg_type(new)}" if has_values else f"NULL::{pg_type(new)}"
        context.pg(f"ALTER TABLE {where} ALTER COLUMN {column} TYPE {pg_type(new)} USING {kept}")
        constraints.keys_can_wait(context, table)  # its indexes were made anew


def _narrows(old: OraType, new: OraType) -> bool:
    if old.is_float or new.is_float:
        return old.is_float != new.is_float or (new.precision or 0) < (old.precision or 0)
    if new.precision is None:
        return False
    if old.precision is None:
        return True
    old_scale, new_scale = old.scale or 0, new.scale or 0
    return new_scale < old_scale or new.precision - new_scale < old.precision - old_scale


def _store_type(context: Context, table: TableDef, name: str, new: OraType) -> None:
    context.query(
        "UPDATE ora_dict.columns SET kind = $4, length = $5, char_semantics = $6, precision = $7,"
        " scale = $8"
        " WHERE owner = $1 AND table_name = $2 AND name = $3",
        (
            table.owner, table.name, name, new.kind.value, new.length, new.char_semantics,
            new.precision, new.scale,
        ),
    )  # fmt: skip


# --------------------------------------------------------------------------- DROP, RENAME, ENABLE


def _drop(context: Context, reader: Reader, table: TableDef) -> None:
    if reader.take("CONSTRAINT"):
        missing_ok = reader.if_exists()
        name = reader.name()
        cascade = reader.take("CASCADE")
        if reader.take("KEEP"):
            raise unsupported("DROP CONSTRAINT KEEP INDEX")
        if reader.take("DROP"):
            reader.expect("INDEX")
        try:
            one = constraints.find(context, table, name)
        except OraError:
            if missing_ok:
                return
            raise
        constraints.drop(context, table, one, cascade=cascade)
    elif reader.take("PRIMARY", "KEY"):
        cascade = reader.take("CASCADE")
        _drop_key(context, table, "P", (), cascade)
    elif reader.take("UNIQUE"):
        columns = reader.names()
        _drop_key(context, table, "U", columns, reader.take("CASCADE"))
    elif reader.take("COLUMN"):
        _drop_columns(context, table, (reader.name(),), reader.take("CASCADE", "CONSTRAINTS"))
    elif reader.word() == "(":
        names = reader.names()
        _drop_columns(context, table, names, reader.take("CASCADE", "CONSTRAINTS"))
    else:
        raise unsupported(f"ALTER TABLE DROP {reader.word()}")


def _drop_key(
    context: Context, table: TableDef, kind: str, columns: tuple[str, ...], cascade: bool
) -> None:
    for one in context.catalog.constraints(table.owner, table.name):
        if one.kind == kind and (kind == "P" or one.columns == columns):
            constraints.drop(context, table, one, cascade=cascade)
            return
    raise OraError(2441 if kind == "P" else 2442)


def _drop_columns(context: Context, table: TableDef, names: tuple[str, ...], cascade: bool) -> None:
    if len(names) >= len([one for one in table.columns if not one.hidden]):
        raise OraError(12983)
    for name in names:
        column = table.column(name)
        if column is None:
            raise OraError(904, f'"{name}"')
        for one in context.catalog.constraints(table.owner, table.name):
            if name not in one.columns:
                continue
            if len([other for other in one.columns if other not in names]) and not cascade:
                raise OraError(12991)
            if (
                one.kind in "PU"
                and context.catalog.references_to(one.owner, one.name)
                and not cascade
            ):
                raise OraError(12992)
            constraints.drop(context, table, one, cascade=cascade)
    context.invalidate(table.owner, table.name, "TABLE")
    for name in names:
        for index in context.catalog.indexes(table.owner, table.name):
            if name in index.columns:
                context.query(
                    "DELETE FROM ora_dict.indexes WHERE owner = $1 AND name = $2",
                    (index.owner, index.name),
                )
                context.drop_object(index.owner, index.name, "INDEX")
        if table.temporary:
            context.pg(f"DROP VIEW IF EXISTS {quote(table.owner, table.name)}")
        context.pg(f"ALTER TABLE {constraints.relation(table)} DROP COLUMN {quote(name)}")
        context.query(
            "DELETE FROM ora_dict.columns WHERE owner = $1 AND table_name = $2 AND name = $3",
            (table.owner, table.name, name),
        )
    context.query(
        "UPDATE ora_dict.columns c SET position = k.n FROM (SELECT name, row_number() OVER (ORDER"
        " BY position) n"
        " FROM ora_dict.columns WHERE owner = $1 AND table_name = $2) k"
        " WHERE c.owner = $1 AND c.table_name = $2 AND c.name = k.name",
        (table.owner, table.name),
    )
    if table.temporary:
        left = tuple(one for one in table.columns if one.name not in names)
        tables.show_temporary(context, replace(table, columns=left))


def _rename(context: Context, reader: Reader, table: TableDef) -> None:
    if reader.take("COLUMN"):
        old = reader.name()
        reader.expect("TO", 946)
        new = reader.name()
        if table.column(old) is None:
            raise OraError(904, f'"{old}"')
        if table.column(new) is not None:
            raise OraError(957)
        _rename_column(context, table, old, new)
    elif reader.take("CONSTRAINT"):
        old = reader.name()
        reader.expect("TO", 946)
        constraints.rename(context, table, old, reader.name())
    else:
        reader.expect("TO", 946)
        new = reader.name()
        context.need_free(table.owner, new)
        tables.rename_table(context, table, new)


def _rename_column(context: Context, table: TableDef, old: str, new: str) -> None:
    if any(
        old in one.columns and one.condition_sql
        for one in context.catalog.constraints(table.owner, table.name)
    ):
        raise unsupported("RENAME COLUMN used in a check constraint")
    if table.temporary:
        raise unsupported("RENAME COLUMN of a global temporary table")
    context.invalidate(table.owner, table.name, "TABLE")
    context.pg(
        f"ALTER TABLE {constraints.relation(table)} RENAME COLUMN {quote(old)} TO {quote(new)}"
    )
    key = (table.owner, table.name, old, new)
    context.query(
        "UPDATE ora_dict.columns SET name = $4 WHERE owner = $1 AND table_name = $2 AND name = $3",
        key,
    )
    context.query(
        "UPDATE ora_dict.constraints SET columns = array_replace(columns, $3, $4),"
        " condition = replace(condition, '\"' || $3 || '\"', '\"' || $4 || '\"')"
        " WHERE owner = $1 AND table_name = $2",
        key,
    )
    context.query(
        "UPDATE ora_dict.indexes SET columns = array_replace(columns, $3, $4)"
        " WHERE table_owner = $1 AND table_name = $2",
        key,
    )


def _switch(context: Context, reader: Reader, table: TableDef) -> None:
    on = reader.take_one("ENABLE", "DISABLE") == "ENABLE"
    if reader.take("ALL", "TRIGGERS"):
        context.query(
            "UPDATE ora_dict.triggers SET enabled = $3 WHERE table_owner = $1 AND table_name = $2",
            (table.owner, table.name, on),
        )
        return
    if reader.take("ROW", "MOVEMENT"):
        return
    validate = reader.take_one("VALIDATE", "NOVALIDATE") != "NOVALIDATE"
    if reader.take("CONSTRAINT"):
        one = constraints.find(context, table, reader.name(), 2430 if on else 2431)
    elif reader.take("PRIMARY", "KEY"):
        one = _key(context, table, "P", (), on)
    elif reader.take("UNIQUE"):
        one = _key(context, table, "U", reader.names(), on)
    else:
        raise OraError(1735, position=reader.offset)
    cascade = reader.take("CASCADE")
    ignored = NewConstraint(one.kind)
    read_state(reader, ignored)
    constraints.switch(
        context, table, one, on=on, validate=validate and ignored.validate, cascade=cascade
    )


def _key(
    context: Context, table: TableDef, kind: str, columns: tuple[str, ...], on: bool
) -> ConstraintDef:
    one: ConstraintDef
    for one in context.catalog.constraints(table.owner, table.name):
        if one.kind == kind and (kind == "P" or one.columns == columns):
            return one
    raise OraError(2430 if on else 2431, "")

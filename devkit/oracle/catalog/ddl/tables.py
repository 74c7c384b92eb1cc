# ruff: noqa: S608 - only names of the dictionary, quoted, go into SQL text
"""CREATE, DROP, TRUNCATE and RENAME of tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.oracle.catalog.ddl import constraints, objects, physical
from devkit.oracle.catalog.ddl.columns import (
    NewColumn,
    NewConstraint,
    is_constraint,
    read_column,
    read_constraint,
)
from devkit.oracle.catalog.ddl.context import Context, literal, quote
from devkit.oracle.catalog.ddl.reader import pg_type
from devkit.oracle.catalog.model import ColumnDef, TableDef
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.values import Kind, OraType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.oracle.catalog.ddl.reader import Reader

_MAX_COLUMNS = 1000
_LOBS = (Kind.CLOB, Kind.BLOB, Kind.JSON)
ROWID = '"$rowid" bigint GENERATED ALWAYS AS IDENTITY'
SESSION = "\"$session\" text NOT NULL DEFAULT current_setting('ora.sid')"


def create(context: Context, reader: Reader) -> None:
    temporary = reader.take("GLOBAL", "TEMPORARY")
    if reader.take_one("PRIVATE", "SHARDED", "DUPLICATED", "BLOCKCHAIN", "IMMUTABLE"):
        raise unsupported(f"CREATE {reader.word(-1)} TABLE")
    reader.expect("TABLE", 901)
    exists_ok = reader.if_not_exists()
    owner, name = reader.qualified(context.schema)
    context.need_create(owner, "TABLE")
    columns: list[NewColumn] = []
    added: list[NewConstraint] = []
    names: tuple[str, ...] = ()
    semantics = context.session.nls["NLS_LENGTH_SEMANTICS"]
    if reader.word() == "(":
        names = _read_items(reader, owner, semantics, columns, added)
    lobs = [one.name for one in columns if one.type and one.type.kind in _LOBS]
    has_key = any(one.kind == "P" for one in (*added, *(c for n in columns for c in n.constraints)))
    delete_on_commit, query, position = _read_properties(reader, temporary, lobs, has_key)
    reader.finish()
    if exists_ok and context.catalog.kind_in_namespace(owner, name):
        return
    context.need_free(owner, name)
    select = None
    if query is not None:
        select, columns = _columns_of_query(context, query, names, columns, position)
    if not columns:
        raise OraError(902 if names else 904, "")
    table = make(
        context, owner, name, columns, added, temporary=temporary, delete_on_commit=delete_on_commit
    )
    if select is not None:
        shown = ", ".join(quote(column.name) for column in columns)
        context.pg(f"INSERT INTO {quote(table.owner, table.name)} ({shown}) {select}")


def _read_items(
    reader: Reader,
    owner: str,
    semantics: str,
    columns: list[NewColumn],
    added: list[NewConstraint],
) -> tuple[str, ...]:
    """The parenthesised list; that of CREATE TABLE t (a, b) AS … is only names: returned."""
    start = reader.at
    if reader.word(2) in (",", ")") and reader.tokens[reader.at + 1].value.isidentifier():
        names = _bare_names(reader)
        if names:
            return names
        reader.at = start
    reader.expect("(")
    while True:
        if is_constraint(reader):
            added.append(read_constraint(reader, owner))
        elif reader.take("SUPPLEMENTAL"):
            reader.expect("LOG")
            while reader.word() not in (",", ")") and not reader.done:
                if reader.word() == "(":
                    reader.parenthesised()
                else:
                    reader.at += 1
        else:
            columns.append(read_column(reader, owner, semantics))
        if not reader.take(","):
            break
    reader.expect(")")
    return ()


def _bare_names(reader: Reader) -> tuple[str, ...]:
    try:
        return reader.names()
    except OraError:
        return ()


def _read_properties(
    reader: Reader, temporary: bool, lobs: Sequence[str], has_key: bool
) -> tuple[bool, str | None, int]:
    """What follows the columns: ON COMMIT, AS query, and what is only physical."""
    delete_on_commit = temporary
    while not reader.done:
        if reader.take("ON", "COMMIT"):
            if not temporary:
                raise reader.error(14451)
            delete_on_commit = reader.take_one("DELETE", "PRESERVE") == "DELETE"
            reader.expect("ROWS")
        elif reader.take("AS"):
            position = reader.offset
            return delete_on_commit, reader.rest(), position
        elif reader.take("SEGMENT", "CREATION"):
            if not reader.take_one("IMMEDIATE", "DEFERRED"):
                raise reader.error(922)
        elif reader.take("ROW", "STORE"):
            reader.expect("COMPRESS")
            reader.take_one("ADVANCED", "BASIC")
        elif reader.take_one("ENABLE", "DISABLE"):
            reader.expect("ROW")
            reader.expect("MOVEMENT")
        elif reader.take("ORGANIZATION"):
            kind = reader.take_one("HEAP", "INDEX")
            if not kind:
                raise unsupported(f"ORGANIZATION {reader.word()}")
            if kind == "INDEX" and not has_key:
                raise OraError(25175)
        elif reader.take("LOB"):
            for name in reader.names():
                if name not in lobs:
                    raise OraError(904, f'"{name}"')
            reader.expect("STORE")
            reader.expect("AS")
            reader.take_one("SECUREFILE", "BASICFILE")
            if reader.word() == "(":
                reader.parenthesised()
        else:
            physical.refuse_partitions(reader)
            if not physical.skip(reader):
                raise reader.error(922)
    return delete_on_commit, None, 0


def _columns_of_query(
    context: Context, query: str, names: tuple[str, ...], given: list[NewColumn], position: int
) -> tuple[str, list[NewColumn]]:
    if given:
        raise unsupported("CREATE TABLE with column types AS SELECT")
    try:
        select, found, selected = context.session.sql.translate_query(
            query, schema=context.schema, names=names
        )
    except OraError as error:
        if error.position is not None:
            error.position += position
        raise
    if names and len(names) != len(found):
        raise OraError(1730)
    columns = []
    for index, column in enumerate(found):
        ora_type = column.type
        if ora_type.kind in (Kind.VARCHAR2, Kind.CHAR, Kind.NVARCHAR2) and not ora_type.length:
            ora_type = OraType(ora_type.kind, 4000)
        if selected[index].type.kind is Kind.NULL:
            raise OraError(1723, text="zero-length columns are not allowed")
        new = NewColumn(names[index] if names else column.name, ora_type)
        if _has_not_null(context, selected[index].origin):
            new.nullable = False
            new.constraints.append(
                NewConstraint("N", None, (new.name,), f'"{new.name}" IS NOT NULL')
            )
        columns.append(new)
    return select, columns


def _has_not_null(context: Context, origin: tuple[str, str, str] | None) -> bool:
    """Whether the selected column has a NOT NULL of its own, which the new table keeps; that of a
    primary key is not kept (SQL Language Reference, CREATE TABLE, AS subquery)."""
    if origin is None:
        return False
    table = context.table(origin[0], origin[1])
    column = table.column(origin[2])
    if column is None or column.nullable:
        return False
    text = f'"{column.name}" IS NOT NULL'
    of_key = False
    for one in context.catalog.constraints(table.owner, table.name):
        if one.kind == "C" and one.condition == text:
            return True
        of_key = of_key or (one.kind == "P" and column.name in one.columns)
    return not of_key


def make(
    context: Context,
    owner: str,
    name: str,
    columns: list[NewColumn],
    added: list[NewConstraint],
    *,
    temporary: bool = False,
    delete_on_commit: bool = False,
) -> TableDef:
    """Create the table with its constraints."""
    if len(columns) > _MAX_COLUMNS:
        raise OraError(1792, text="maximum number of columns in a table or view is 1000")
    if len({column.name for column in columns}) != len(columns):
        raise OraError(957)
    object_id = context.add_object(owner, name, "TABLE", temporary=temporary)
    context.query(
        "INSERT INTO ora_dict.tables (owner, name, temporary, delete_on_commit) VALUES ($1, $2,"
        " $3, $4)",
        (owner, name, temporary, delete_on_commit),
    )
    if sum(1 for column in columns if column.identity) > 1:
        raise OraError(30669)
    plain = [definition(column, number) for number, column in enumerate(columns, 1)]
    sketch = table_of(owner, name, plain, temporary)
    made = [
        complete(context, sketch, column, one, object_id)
        for column, one in zip(columns, plain, strict=True)
    ]
    table = table_of(owner, name, made, temporary)
    parts = [column_sql(one) for one in made] + [ROWID]
    if temporary:
        parts.append(SESSION)
    unlogged = "UNLOGGED " if temporary else ""
    where = constraints.relation(table)
    context.pg(f"CREATE {unlogged}TABLE {where} ({', '.join(parts)})")
    context.pg(f'CREATE UNIQUE INDEX ON {where} ("$rowid")')
    for one in made:
        store_column(context, table, one)
    if temporary:
        show_temporary(context, table)
    context.catalog.forget_changed()
    every = [one for column in columns for one in column.constraints] + added
    order = {"N": 0, "P": 1, "U": 2, "C": 3, "R": 4}
    for new in sorted(every, key=lambda one: order[one.kind]):
        constraints.add(context, table, new)
        if new.kind == "P":
            table = table_of(
                owner, name, [_not_null(one, new.columns) for one in table.columns], temporary
            )
    context.catalog.forget_changed()
    return table


def show_temporary(context: Context, table: TableDef) -> None:
    """(Re)create the view through which a session sees its own rows of a temporary table."""
    shown = ", ".join([*(quote(one.name) for one in table.columns), '"$rowid"'])
    context.pg(
        f"CREATE OR REPLACE VIEW {quote(table.owner, table.name)} AS SELECT {shown}"
        f" FROM {constraints.relation(table)} WHERE \"$session\" = current_setting('ora.sid')"
    )


def _not_null(column: ColumnDef, names: tuple[str, ...]) -> ColumnDef:
    if column.name not in names:
        return column
    values = {field: getattr(column, field) for field in column.__slots__}
    return ColumnDef(**{**values, "nullable": False})


def table_of(owner: str, name: str, columns: list[ColumnDef], temporary: bool) -> TableDef:
    return TableDef(
        owner, name, tuple(columns), temporary=temporary, by_name={one.name: one for one in columns}
    )


def definition(column: NewColumn, position: int) -> ColumnDef:
    """The column before its expressions are translated."""
    if column.type is None:
        if column.virtual is not None:
            raise unsupported("a virtual column without a data type")
        raise OraError(902)
    nullable = column.nullable is not False and not column.identity and not column.default_on_null
    return ColumnDef(
        column.name, column.type, position, nullable=nullable, default=column.default,
        default_on_null=column.default_on_null or column.identity == "BY DEFAULT ON NULL",
        virtual=column.virtual, identity=column.identity, hidden=bool(column.hidden),
    )  # fmt: skip


def complete(
    context: Context, table: TableDef, column: NewColumn, plain: ColumnDef, object_id: int
) -> ColumnDef:
    """The column with its PostgreSQL texts; makes the sequence of an identity column."""
    default_sql = virtual_sql = None
    default = plain.default
    if column.virtual is not None:
        virtual_sql = context.expression(column.virtual, table)
    elif column.identity and column.identity_options is not None:
        if plain.type.kind is not Kind.NUMBER or (plain.type.scale or 0) > 0:
            raise OraError(30675)
        sequence = f"ISEQ$$_{object_id}"
        objects.add_sequence(
            context, table.owner, sequence, column.identity_options, generated=True
        )
        default_sql = f"nextval({literal(quote(table.owner, sequence))})::numeric"
        default = f'"{table.owner}"."{sequence}".nextval'
    elif default is not None:
        default_sql = (
            f"({context.expression(default, table, is_default=True)})::{pg_type(plain.type)}"
        )
    values = {field: getattr(plain, field) for field in plain.__slots__}
    return ColumnDef(
        **{**values, "default": default, "default_sql": default_sql, "virtual_sql": virtual_sql}
    )


def column_sql(column: ColumnDef) -> str:
    """The column as CREATE TABLE and ADD COLUMN of PostgreSQL write it."""
    parts = [quote(column.name), pg_type(column.type)]
    if column.virtual_sql is not None:
        parts.append(f"GENERATED ALWAYS AS ({column.virtual_sql}) STORED")
    elif column.default_sql is not None:
        parts.append(f"DEFAULT {column.default_sql}")
    if not column.nullable:
        parts.append("NOT NULL")
    return " ".join(parts)


def store_column(context: Context, table: TableDef, column: ColumnDef) -> None:
    kind = column.type
    sequence = None
    if column.identity and column.default:
        sequence = column.default.split('"')[3]
    context.query(
        "INSERT INTO ora_dict.columns (owner, table_name, name, position, kind, length,"
        " char_semantics,"
        " precision, scale, type_name, nullable, default_text, default_sql, default_on_null,"
        " virtual_text,"
        " virtual_sql, identity, identity_sequence, hidden)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,"
        " $18, $19)",
        (
            table.owner, table.name, column.name, column.position, kind.kind.value, kind.length,
            kind.char_semantics, kind.precision, kind.scale, list(kind.name) if kind.name else None,
            column.nullable, column.default, column.default_sql, column.default_on_null,
            column.virtual, column.virtual_sql, column.identity, sequence, column.hidden,
        ),
    )  # fmt: skip


# --------------------------------------------------------------------------- drop, truncate, rename


def drop(context: Context, reader: Reader) -> None:
    missing_ok = reader.if_exists()
    owner, name = reader.qualified(context.schema)
    cascade = reader.take("CASCADE", "CONSTRAINTS")
    reader.take("PURGE")
    reader.finish(933)
    if context.catalog.kind_in_namespace(owner, name) != "TABLE":
        if missing_ok:
            return
        raise OraError(942)
    context.need_on(owner, name, "DROP ANY TABLE")
    if owner == "SYS":
        raise OraError(1031)
    context.refuse_queue_table(owner, name)
    remove(context, context.table(owner, name), cascade=cascade)


def remove(context: Context, table: TableDef, *, cascade: bool) -> None:
    owner, name = table.owner, table.name
    for one in context.catalog.constraints(owner, name):
        for child_owner, _, child in context.catalog.references_to(one.owner, one.name):
            if (child_owner, child) != (owner, name) and not cascade:
                raise OraError(2449)
    context.invalidate(owner, name, "TABLE")
    for one in context.catalog.constraints(owner, name):
        for child_owner, child_name, child in context.catalog.references_to(one.owner, one.name):
            if (child_owner, child) != (owner, name):
                child_table = context.table(child_owner, child)
                constraints.drop(
                    context, child_table, constraints.find(context, child_table, child_name)
                )
    for trigger_owner, trigger in context.query(
        "DELETE FROM ora_dict.triggers WHERE table_owner = $1 AND table_name = $2 RETURNING"
        " owner, name",
        (owner, name),
    ):
        context.drop_object(trigger_owner, trigger, "TRIGGER")
    for index_owner, index in context.query(
        "DELETE FROM ora_dict.indexes WHERE table_owner = $1 AND table_name = $2 RETURNING owner,"
        " name",
        (owner, name),
    ):
        context.drop_object(index_owner, index, "INDEX")
    if table.temporary:
        context.pg(f"DROP VIEW {quote(owner, name)}")
    context.pg(f"DROP TABLE {constraints.relation(table)}")
    for (sequence,) in context.query(
        "SELECT identity_sequence FROM ora_dict.columns"
        " WHERE owner = $1 AND table_name = $2 AND identity_sequence IS NOT NULL",
        (owner, name),
    ):
        objects.remove_sequence(context, owner, sequence)
    context.query(
        "DELETE FROM ora_dict.columns WHERE owner = $1 AND table_name = $2", (owner, name)
    )
    context.query(
        "DELETE FROM ora_dict.constraints WHERE owner = $1 AND table_name = $2", (owner, name)
    )
    context.query("DELETE FROM ora_dict.tables WHERE owner = $1 AND name = $2", (owner, name))
    context.drop_object(owner, name, "TABLE")


def truncate(context: Context, reader: Reader) -> None:
    reader.expect("TABLE", 3290)
    owner, name = reader.qualified(context.schema)
    if reader.take_one("PRESERVE", "PURGE"):
        for word in ("MATERIALIZED", "VIEW", "LOG"):
            reader.expect(word, 3291)
    if reader.take_one("DROP", "REUSE"):
        if reader.word(-1) == "DROP":
            reader.take("ALL")
        reader.expect("STORAGE", 3291)
    cascade = reader.take("CASCADE")
    reader.finish(3291)
    table = context.table(owner, name)
    context.need_on(table.owner, table.name, "DROP ANY TABLE")
    context.refuse_queue_table(table.owner, table.name)
    children = [
        child
        for one in context.catalog.constraints(table.owner, table.name)
        for child in context.catalog.references_to(one.owner, one.name)
        if (child[0], child[2]) != (table.owner, table.name)
    ]
    if children and not cascade:
        raise OraError(2266)
    if table.temporary:
        context.pg(f"DELETE FROM {quote(table.owner, table.name)}")
    else:
        context.pg(f"TRUNCATE {constraints.relation(table)}{' CASCADE' if cascade else ''}")


def rename(context: Context, reader: Reader) -> None:
    """``RENAME old TO new``: own tables, views, sequences, private synonyms."""
    old = reader.name()
    reader.expect("TO", 946)
    new = reader.name()
    reader.finish(933)
    kind = context.catalog.kind_in_namespace(context.user, old)
    if kind is None:
        raise OraError(4043, old)
    context.need_free(context.user, new)
    if kind == "TABLE":
        rename_table(context, context.table(context.user, old), new)
    elif kind == "SEQUENCE":
        context.pg(f"ALTER SEQUENCE {quote(context.user, old)} RENAME TO {quote(new)}")
        _rename_rows(context, context.user, old, new, "SEQUENCE", ("sequences",))
    else:
        raise unsupported(f"RENAME of a {kind.lower()}")


def rename_table(context: Context, table: TableDef, new: str) -> None:
    owner, old = table.owner, table.name
    if table.temporary:
        raise unsupported("RENAME of a global temporary table")
    context.invalidate(owner, old, "TABLE")
    context.pg(f"ALTER TABLE {quote(owner, old)} RENAME TO {quote(new)}")
    for name, column in (
        ("columns", "table_name"),
        ("constraints", "table_name"),
    ):
        context.query(
            f"UPDATE ora_dict.{name} SET {column} = $3 WHERE owner = $1 AND {column} = $2",
            (owner, old, new),
        )
    for name in ("indexes", "triggers"):
        context.query(
            f"UPDATE ora_dict.{name} SET table_name = $3 WHERE table_owner = $1 AND table_name ="
            " $2",
            (owner, old, new),
        )
    _rename_rows(context, owner, old, new, "TABLE", ("tables",))


def _rename_rows(
    context: Context, owner: str, old: str, new: str, kind: str, tables: tuple[str, ...]
) -> None:
    for name in tables:
        context.query(
            f"UPDATE ora_dict.{name} SET name = $3 WHERE owner = $1 AND name = $2",
            (owner, old, new),
        )
    context.invalidate(owner, old, kind)
    context.query(
        "UPDATE ora_dict.objects SET name = $3, last_ddl = localtimestamp"
        " WHERE owner = $1 AND name = $2 AND type = $4",
        (owner, old, new, kind),
    )
    context.query(
        "UPDATE ora_dict.obj_grants SET name = $3 WHERE owner = $1 AND name = $2", (owner, old, new)
    )

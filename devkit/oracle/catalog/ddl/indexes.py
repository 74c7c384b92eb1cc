"""CREATE, ALTER and DROP INDEX."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.oracle.catalog.ddl import constraints, physical
from devkit.oracle.catalog.ddl.context import Context, quote
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.plsql.tokens import Kind
from devkit.oracle.storage.failures import INDEX_PREFIX
from devkit.oracle.values import Kind as ColumnKind

if TYPE_CHECKING:
    from devkit.oracle.catalog.ddl.reader import Reader
    from devkit.oracle.catalog.model import TableDef


# SQL Language Reference, CREATE INDEX: a column of these types cannot be indexed. One of TIMESTAMP
# WITH TIME ZONE can, unlike in a key.
_NO_INDEX = {
    ColumnKind.CLOB: "LOB", ColumnKind.BLOB: "LOB", ColumnKind.JSON: "JSON",
    ColumnKind.LONG: "LONG",
}  # fmt: skip
_MAX_COLUMNS = 32
# what ALTER INDEX can say of an index without building it anew
_ALTERED = ("LOGGING", "NOLOGGING", "PARALLEL", "NOPARALLEL", "PCTFREE", "INITRANS", "STORAGE")


def create(context: Context, reader: Reader) -> None:
    unique = reader.take("UNIQUE")
    bitmap = reader.take("BITMAP")
    reader.expect("INDEX", 901)
    exists_ok = reader.if_not_exists()
    owner, name = reader.qualified(context.schema, 953)
    reader.expect("ON", 969)
    if reader.word() == "CLUSTER":
        raise unsupported("CREATE INDEX ON CLUSTER")
    table_owner, table_name = reader.qualified(context.schema)
    table = context.table(table_owner, table_name)
    if owner == context.user and not context.may("INDEX", table.owner, table.name):
        raise OraError(1031)
    if owner != context.user:
        context.need("CREATE ANY INDEX")
    columns, expressions, descending = _columns(reader)
    visible = True
    while not reader.done:
        if reader.take("INVISIBLE"):
            visible = False
        elif reader.take("UNUSABLE"):
            raise unsupported("CREATE INDEX UNUSABLE")
        elif reader.take_one("DEFERRED", "IMMEDIATE"):
            reader.expect("INVALIDATION")
        elif reader.take("LOCAL"):
            raise OraError(14016)
        elif reader.take("GLOBAL") or reader.is_at("PARTITION", "BY"):
            raise unsupported("partitioned indexes")
        elif reader.take("NOSORT"):
            raise unsupported("CREATE INDEX NOSORT")
        elif reader.take("INDEXTYPE"):
            raise unsupported("domain indexes")
        elif not physical.skip(reader, index=True):
            raise reader.error(933)
    if context.query(
        "SELECT 1 FROM ora_dict.indexes WHERE owner = $1 AND name = $2", (owner, name)
    ):
        if exists_ok:
            return
        raise OraError(955)
    for column, is_expression in zip(columns, expressions, strict=True):
        if is_expression:
            continue
        found = table.column(column)
        if found is None:
            raise OraError(904, f'"{column}"')
        if found.type.kind in _NO_INDEX:
            raise OraError(2327, _NO_INDEX[found.type.kind])
    if len(columns) > _MAX_COLUMNS:
        raise OraError(1793)
    for one in context.catalog.indexes(table.owner, table.name):
        if one.columns == tuple(columns) and one.descending == tuple(descending):
            raise OraError(1408)
    _build(context, table, name, columns, expressions, descending, unique=unique)
    context.add_object(owner, name, "INDEX")
    context.query(
        "INSERT INTO ora_dict.indexes (owner, name, table_owner, table_name, is_unique, columns,"
        " expressions,"
        " descending, visible, bitmap) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        (
            owner, name, table.owner, table.name, unique, columns, expressions,
            descending, visible, bitmap,
        ),
    )  # fmt: skip


def _columns(reader: Reader) -> tuple[list[str], list[bool], list[bool]]:
    reader.expect("(")
    columns: list[str] = []
    expressions: list[bool] = []
    descending: list[bool] = []
    while True:
        token = reader.token
        plain = (
            token is not None
            and token.kind in (Kind.IDENT, Kind.QUOTED)
            and reader.word(1) in (",", ")", "ASC", "DESC")
        )
        if plain:
            columns.append(reader.name())
        else:
            columns.append(reader.expression(lambda: reader.word() in ("ASC", "DESC")))
        expressions.append(not plain)
        descending.append(reader.take_one("ASC", "DESC") == "DESC")
        if not reader.take(","):
            break
    reader.expect(")")
    return columns, expressions, descending


def _build(
    context: Context,
    table: TableDef,
    name: str,
    columns: list[str],
    expressions: list[bool],
    descending: list[bool],
    *,
    unique: bool,
) -> None:
    if unique and not any(expressions):
        sql = constraints.unique_index_sql(table, name, columns)
    else:
        parts = []
        for column, is_expression, down in zip(columns, expressions, descending, strict=True):
            if is_expression:
                shown = f"({context.expression(column, table)})"
            elif table.by_name[column].type.kind is ColumnKind.TIMESTAMP_TZ:
                shown = f"(({quote(column)}).instant)"  # which is what is compared and sorted
            else:
                shown = quote(column)
            parts.append(f"{shown}{' DESC' if down else ''}")
        word = "UNIQUE INDEX" if unique else "INDEX"
        sql = (
            f"CREATE {word} {quote(INDEX_PREFIX + name)} ON {constraints.relation(table)}"
            f" ({', '.join(parts)})"
        )
    try:
        with context.session.storage.statement(writes=True):
            context.pg(sql)
            if unique:
                constraints.keys_can_wait(context, table)
    except OraError as error:
        if error.code == 1:
            raise OraError(1452) from None
        # An expression that PostgreSQL does not hold for immutable: without effect on results
        # unless the index is unique, so the dictionary alone knows the index.
        if unique or error.__dict__.get("sqlstate") != "42P17":
            raise


def _find(context: Context, reader: Reader) -> tuple[str, str, str, str, str | None]:
    owner, name = reader.qualified(context.schema, 953)
    rows = context.query(
        "SELECT owner, name, table_owner, table_name, constraint_name FROM ora_dict.indexes"
        " WHERE owner = $1 AND name = $2",
        (owner, name),
    )
    if not rows:
        raise OraError(1418)
    first = rows[0]
    return first[0], first[1], first[2], first[3], first[4]


def alter(context: Context, reader: Reader) -> None:
    owner, name, _, _, _ = _find(context, reader)
    context.need_on(owner, name, "ALTER ANY INDEX", missing=1418)
    if reader.take("RENAME"):
        reader.expect("TO", 946)
        new = reader.name()
        reader.finish(933)
        context.pg(
            f"ALTER INDEX IF EXISTS {quote(owner, INDEX_PREFIX + name)} RENAME TO"
            f" {quote(INDEX_PREFIX + new)}"
        )
        for table, kind in (("indexes", ""), ("objects", " AND type = 'INDEX'")):
            context.query(
                f"UPDATE ora_dict.{table} SET name = $3 WHERE owner = $1 AND name = $2{kind}",  # noqa: S608
                (owner, name, new),
            )
        return
    word = reader.take_one("VISIBLE", "INVISIBLE", "REBUILD", "COALESCE", "UNUSABLE")
    if not word and not (reader.word() in _ALTERED and physical.skip(reader, index=True)):
        raise unsupported(f"ALTER INDEX {reader.word()}")
    if word in ("VISIBLE", "INVISIBLE"):
        context.query(
            "UPDATE ora_dict.indexes SET visible = $3 WHERE owner = $1 AND name = $2",
            (owner, name, word == "VISIBLE"),
        )
    elif word == "UNUSABLE":
        raise unsupported("ALTER INDEX UNUSABLE")
    if word == "REBUILD":
        physical.skip(reader, index=True)
    reader.finish(2243)


def drop(context: Context, reader: Reader) -> None:
    if reader.if_exists() and not context.query(
        "SELECT 1 FROM ora_dict.indexes WHERE name = $1", (reader.tokens[-1].value,)
    ):
        return
    owner, name, _, _, constraint = _find(context, reader)
    reader.take("ONLINE")
    reader.take("FORCE")
    reader.finish(933)
    context.need_on(owner, name, "DROP ANY INDEX", missing=1418)
    if constraint is not None:
        raise OraError(2429)
    context.pg(f"DROP INDEX IF EXISTS {quote(owner, INDEX_PREFIX + name)}")
    context.query("DELETE FROM ora_dict.indexes WHERE owner = $1 AND name = $2", (owner, name))
    context.drop_object(owner, name, "INDEX")

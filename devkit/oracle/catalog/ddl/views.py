"""CREATE, ALTER and DROP VIEW; a view is a PostgreSQL view of its translated text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devkit.oracle.catalog.ddl.context import Context, quote
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.values import Kind, OraType

if TYPE_CHECKING:
    from devkit.oracle.catalog.ddl.reader import Reader

_OPTION_ENDS = ("ONLY", "OPTION")
_DEPENDS = """SELECT DISTINCT o.owner, o.name, o.type
FROM pg_rewrite r JOIN pg_depend d ON d.objid = r.oid AND d.classid = 'pg_rewrite'::regclass
 AND d.refclassid = 'pg_class'::regclass
JOIN pg_class c ON c.oid = d.refobjid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN ora_dict.objects o ON o.owner = n.nspname AND o.name = c.relname
 AND o.type IN ('TABLE', 'VIEW', 'SEQUENCE')
WHERE r.ev_class = to_regclass($1) AND d.refobjid <> r.ev_class"""


def create(context: Context, reader: Reader) -> None:
    replace = reader.take("OR", "REPLACE")
    force = False
    while word := reader.take_one("NO", "FORCE", "EDITIONABLE", "NONEDITIONABLE"):
        force = word == "FORCE" if word in ("NO", "FORCE") else force
        if word == "NO":
            reader.expect("FORCE")
    if reader.take_one("MATERIALIZED", "EDITIONING", "JSON"):
        raise unsupported(f"CREATE {reader.word(-1)} VIEW")
    reader.expect("VIEW", 901)
    exists_ok = reader.if_not_exists()
    owner, name = reader.qualified(context.schema, 999)
    context.need_create(owner, "VIEW")
    aliases = _aliases(reader)
    if reader.take("BEQUEATH") and not reader.take("DEFINER"):  # the default
        raise unsupported(f"BEQUEATH {reader.word()}")
    if reader.take_one("SHARING", "DEFAULT", "CONTAINER_MAP", "CONTAINERS_DEFAULT"):
        raise unsupported(f"CREATE VIEW {reader.word(-1)}")
    reader.expect("AS", 905)
    text, offset, read_only, check_option = _body(reader)
    held = context.catalog.kind_in_namespace(owner, name)
    if held == "VIEW" and exists_ok:
        return
    if held is not None:
        if held != "VIEW" or not replace:
            raise OraError(955)
        context.invalidate(owner, name, "VIEW")
        context.pg(f"DROP VIEW IF EXISTS {quote(owner, name)} CASCADE")
        context.touch(owner, name, "VIEW")
        context.query(
            "UPDATE ora_dict.views SET text = $3, read_only = $4, check_option = $5, aliases = $6"
            " WHERE owner = $1 AND name = $2",
            (owner, name, text, read_only, check_option, list(aliases) or None),
        )
    else:
        context.add_object(owner, name, "VIEW")
        context.query(
            "INSERT INTO ora_dict.views (owner, name, text, read_only, check_option, aliases)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            (owner, name, text, read_only, check_option, list(aliases) or None),
        )
    context.catalog.forget_changed()
    try:
        with context.session.storage.statement(writes=True):
            build(context, owner, name, text, aliases)
    except OraError as error:
        if not force:
            if error.position is not None:
                error.position += offset
            raise
        _fail(context, owner, name, error)
        context.warning = True


def _aliases(reader: Reader) -> tuple[str, ...]:
    if not reader.take("("):
        return ()
    found = []
    while True:
        found.append(reader.name())
        if reader.word() not in (",", ")"):
            raise unsupported("constraint of a view")
        if not reader.take(","):
            break
    reader.expect(")")
    return tuple(found)


def _body(reader: Reader) -> tuple[str, int, bool, bool]:
    """The query's text and offset, READ ONLY, CHECK OPTION."""
    start, stop = reader.at, len(reader.tokens)
    words = [one.value for one in reader.tokens]
    if stop - 2 > start and words[stop - 2] == "CONSTRAINT" and words[stop - 3] in _OPTION_ENDS:
        raise unsupported("name for the constraint of a view")
    read_only = words[max(stop - 3, 0) : stop] == ["WITH", "READ", "ONLY"]
    check_option = words[max(stop - 3, 0) : stop] == ["WITH", "CHECK", "OPTION"]
    if read_only or check_option:
        stop -= 3
    if stop <= start:
        raise reader.error(928)
    return reader.text(start, stop), reader.tokens[start].offset, read_only, check_option


def build(context: Context, owner: str, name: str, text: str, aliases: tuple[str, ...]) -> None:
    """Translate and create the PostgreSQL view; record columns, dependencies, status."""
    select, found = context.session.sql.translate_view(text, schema=owner, names=aliases)
    check = context.query(
        "SELECT 1 FROM ora_dict.views WHERE owner = $1 AND name = $2 AND check_option",
        (owner, name),
    )
    if aliases and len(aliases) != len(found):
        raise OraError(1730)
    names = [aliases[index] if aliases else column.name for index, column in enumerate(found)]
    if len(set(names)) != len(names):
        raise OraError(957)
    shown = ", ".join(quote(one) for one in names)
    context.pg(f"DROP VIEW IF EXISTS {quote(owner, name)} CASCADE")
    option = " WITH CASCADED CHECK OPTION" if check else ""
    try:
        context.pg(f"CREATE VIEW {quote(owner, name)} ({shown}) AS {select}{option}")
    except OraError as error:
        if check and error.__dict__.get("sqlstate") == "0A000":
            raise OraError(3001, "WITH CHECK OPTION on a view of several tables") from error
        raise
    comments = dict(
        context.query(
            "DELETE FROM ora_dict.columns WHERE owner = $1 AND table_name = $2 RETURNING name,"
            " comment_text",
            (owner, name),
        )
    )
    for position, (one, column) in enumerate(zip(names, found, strict=True), 1):
        kind = column.type if column.type.kind is not Kind.NULL else OraType(Kind.VARCHAR2, 0)
        context.query(
            "INSERT INTO ora_dict.columns (owner, table_name, name, position, kind, length,"
            " char_semantics,"
            " precision, scale, type_name, nullable, comment_text)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            (
                owner, name, one, position, kind.kind.value, kind.length, kind.char_semantics,
                kind.precision, kind.scale, list(kind.name) if kind.name else None, column.nullable,
                comments.get(one),
            ),
        )  # fmt: skip
    targets = [(row[0], row[1], row[2]) for row in context.query(_DEPENDS, (quote(owner, name),))]
    context.catalog.set_unit_result(owner, name, "VIEW", [], targets)


class _Failure:
    """contracts.CompileError of a view."""

    def __init__(self, error: OraError) -> None:
        self.line = 0
        self.column = error.position or 0
        self.text = error.message


def _fail(context: Context, owner: str, name: str, error: OraError) -> None:
    kept = context.query(
        "SELECT r_owner, r_name, r_type FROM ora_dict.dependencies"
        " WHERE owner = $1 AND name = $2 AND type = 'VIEW'",
        (owner, name),
    )
    context.catalog.set_unit_result(
        owner, name, "VIEW", [_Failure(error)], [(row[0], row[1], row[2]) for row in kept]
    )


def revalidate(session: Any, owner: str, name: str) -> bool:
    """Try to make an invalid view valid; in a transaction of its own. True when it is valid now."""
    context = Context(session)
    with session.autonomous():
        rows = context.query(
            "SELECT v.text, v.aliases, o.status FROM ora_dict.views v JOIN ora_dict.objects o"
            " ON o.owner = v.owner AND o.name = v.name AND o.type = 'VIEW'"
            " WHERE v.owner = $1 AND v.name = $2",
            (owner, name),
        )
        if not rows or rows[0][2] == "VALID":
            return bool(rows)
        text, aliases, _ = rows[0]
        with session.storage.statement(writes=True):
            try:
                with session.storage.statement(writes=True):
                    build(context, owner, name, text, tuple(aliases or ()))
            except OraError as error:
                _fail(context, owner, name, error)
                session.storage.commit()
                return False
        session.storage.commit()
    return True


def alter(context: Context, reader: Reader) -> None:
    owner, name = reader.qualified(context.schema)
    if context.catalog.kind_in_namespace(owner, name) != "VIEW":
        raise OraError(942)
    context.need_on(owner, name, "CREATE ANY VIEW")
    if not reader.take("COMPILE"):
        raise OraError(3001, f"ALTER VIEW {reader.word()}")
    reader.finish(933)
    context.warning = not compile_view(context, owner, name)


def compile_view(context: Context, owner: str, name: str) -> bool:
    """Inside a DDL transaction; True when the view is valid afterwards."""
    text, aliases = context.query(
        "SELECT text, aliases FROM ora_dict.views WHERE owner = $1 AND name = $2", (owner, name)
    )[0]
    context.catalog.forget_changed()
    try:
        with context.session.storage.statement(writes=True):
            build(context, owner, name, text, tuple(aliases or ()))
    except OraError as error:
        _fail(context, owner, name, error)
        return False
    return True


def drop(context: Context, reader: Reader) -> None:
    missing_ok = reader.if_exists()
    owner, name = reader.qualified(context.schema)
    reader.take("CASCADE", "CONSTRAINTS")
    reader.finish(933)
    if context.catalog.kind_in_namespace(owner, name) != "VIEW":
        if missing_ok:
            return
        raise OraError(942)
    context.need_on(owner, name, "DROP ANY VIEW")
    remove(context, owner, name)


def remove(context: Context, owner: str, name: str) -> None:
    context.invalidate(owner, name, "VIEW")
    context.pg(f"DROP VIEW IF EXISTS {quote(owner, name)} CASCADE")
    for trigger_owner, trigger in context.query(
        "DELETE FROM ora_dict.triggers WHERE table_owner = $1 AND table_name = $2 RETURNING"
        " owner, name",
        (owner, name),
    ):
        context.drop_object(trigger_owner, trigger, "TRIGGER")
    context.query(
        "DELETE FROM ora_dict.columns WHERE owner = $1 AND table_name = $2", (owner, name)
    )
    context.query("DELETE FROM ora_dict.views WHERE owner = $1 AND name = $2", (owner, name))
    context.drop_object(owner, name, "VIEW")

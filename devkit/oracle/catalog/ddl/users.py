"""Users and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devkit.oracle.catalog import verifier
from devkit.oracle.catalog.ddl import physical
from devkit.oracle.catalog.ddl.context import Context, quote
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.plsql.tokens import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.oracle.catalog.ddl.reader import Reader


def _password(reader: Reader) -> str:
    """``IDENTIFIED BY word`` or ``"word"``: case counts in both."""
    token = reader.token
    if token is None or token.kind not in (Kind.IDENT, Kind.QUOTED, Kind.STRING, Kind.NUMBER):
        raise OraError(988)
    reader.at += 1
    return token.text if token.kind in (Kind.IDENT, Kind.NUMBER) else token.value


def _exists(context: Context, name: str) -> bool:
    return bool(
        context.query(
            "SELECT 1 FROM ora_dict.users WHERE name = $1 UNION ALL SELECT 1 FROM ora_dict.roles"
            " WHERE name = $1",
            (name,),
        )
    )


def create_user(context: Context, reader: Reader) -> None:
    reader.expect("USER", 901)
    exists_ok = reader.if_not_exists()
    name = reader.name(1935)
    context.need("CREATE USER")
    password = _authentication(reader)
    if _exists(context, name) or name == "PUBLIC":
        if exists_ok:
            return
        raise OraError(1920, name)
    if name.startswith("C##"):
        raise OraError(65096)
    context.pg(f"CREATE SCHEMA {quote(name)}")
    context.query(
        "INSERT INTO ora_dict.users (name, user_id) VALUES ($1, nextval('ora_dict.user_ids'))",
        (name,),
    )
    if password is not None:
        _set_password(context, name, password)
    _options(context, reader, name)


def _authentication(reader: Reader) -> str | None:
    if reader.take("NO", "AUTHENTICATION"):
        return None
    if not reader.take("IDENTIFIED"):
        raise OraError(1935, text="missing user or role name") if reader.done else reader.error(922)
    if not reader.take("BY"):
        raise unsupported(f"IDENTIFIED {reader.word()}")
    if reader.take("VALUES"):
        raise unsupported("IDENTIFIED BY VALUES")
    return _password(reader)


def _set_password(context: Context, name: str, password: str) -> None:
    salt, key = verifier.make(password)
    context.query(
        "UPDATE ora_dict.users SET salt = $2, key = $3 WHERE name = $1", (name, salt, key)
    )


def _check_password(context: Context, password: str, held: Sequence[Any]) -> None:
    """REPLACE names the old password (ORA-28008); an administrator need not know it."""
    salt, key = held[0]
    if not context.has("ALTER USER") and (
        salt is None or verifier.derive(password, bytes(salt)) != bytes(key)
    ):
        raise OraError(28008)


def _options(context: Context, reader: Reader, name: str) -> None:
    while not reader.done:
        if reader.take("DEFAULT", "TABLESPACE"):
            _set(context, name, "default_tablespace", physical.tablespace(reader))
        elif reader.take("TEMPORARY", "TABLESPACE"):
            _set(context, name, "temporary_tablespace", physical.tablespace(reader))
        elif reader.take("QUOTA"):
            _quota(context, reader, name)
        elif reader.take("PROFILE"):
            profile = reader.any_name(2380)
            if profile != "DEFAULT":
                raise OraError(2380, profile)
            _set(context, name, "profile", profile)
        elif reader.take("ACCOUNT"):
            locked = reader.take_one("LOCK", "UNLOCK") == "LOCK"
            context.query(
                "UPDATE ora_dict.users SET locked = $2, locked_on = CASE WHEN $2 THEN"
                " localtimestamp END"
                " WHERE name = $1",
                (name, locked),
            )
        elif reader.take("PASSWORD", "EXPIRE"):
            raise unsupported("PASSWORD EXPIRE")
        elif reader.take("CONTAINER"):
            reader.expect("=")
            if not reader.take("CURRENT"):
                raise OraError(65050, text="Common DDLs only allowed in root.")
        elif reader.take("DEFAULT", "ROLE"):
            _default_role(reader)
        elif reader.take("ENABLE", "EDITIONS"):
            raise unsupported("ENABLE EDITIONS")
        elif reader.take("DEFAULT", "COLLATION"):
            raise OraError(43929)
        else:
            raise reader.error(922)


def _default_role(reader: Reader) -> None:
    if reader.take("NONE"):
        raise unsupported("DEFAULT ROLE NONE")
    if not reader.take("ALL"):
        raise unsupported("DEFAULT ROLE with a list")


def _set(context: Context, name: str, column: str, value: str) -> None:
    context.query(f"UPDATE ora_dict.users SET {column} = $2 WHERE name = $1", (name, value))  # noqa: S608


def _quota(context: Context, reader: Reader, name: str) -> None:
    limit = -1
    if not reader.take("UNLIMITED"):
        limit = reader.number(2187)
        unit = reader.take_one("K", "M", "G", "T")
        limit *= {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}[unit]
        token = reader.token
        if token is not None and token.text.upper() in ("K", "M", "G", "T"):
            reader.at += 1
    reader.expect("ON", 969)
    context.query(
        "INSERT INTO ora_dict.quotas VALUES ($1, $2, $3)"
        " ON CONFLICT (username, tablespace) DO UPDATE SET max_bytes = excluded.max_bytes",
        (name, physical.tablespace(reader), limit),
    )


def alter_user(context: Context, reader: Reader) -> None:
    name = reader.name(1935)
    if not context.query("SELECT 1 FROM ora_dict.users WHERE name = $1", (name,)):
        raise OraError(1918, name)
    if reader.word() == "GRANT" or reader.word() == "REVOKE":
        raise unsupported("proxy users")
    own_password = name == context.user and reader.is_at("IDENTIFIED", "BY")
    if not own_password:
        context.need("ALTER USER")
    if reader.take("NO", "AUTHENTICATION"):
        context.query("UPDATE ora_dict.users SET salt = NULL, key = NULL WHERE name = $1", (name,))
    elif reader.word() == "IDENTIFIED":
        before = context.query("SELECT salt, key FROM ora_dict.users WHERE name = $1", (name,))
        password = _authentication(reader)
        if password is not None:
            _set_password(context, name, password)
        if reader.take("REPLACE"):
            _check_password(context, _password(reader), before)
    if own_password and not context.has("ALTER USER"):
        reader.finish(1031)
    _options(context, reader, name)


def drop_user(context: Context, reader: Reader) -> None:
    missing_ok = reader.if_exists()
    name = reader.name(1935)
    cascade = reader.take("CASCADE")
    reader.finish(922)
    context.need("DROP USER")
    rows = context.query("SELECT maintained FROM ora_dict.users WHERE name = $1", (name,))
    if not rows:
        if missing_ok:
            return
        raise OraError(1918, name)
    if rows[0][0]:
        raise OraError(28050, text="specified user or role cannot be dropped")
    if context.query(
        "SELECT 1 FROM ora_dict.sessions s JOIN pg_stat_activity a ON a.pid = s.backend WHERE"
        " s.username = $1",
        (name,),
    ):
        raise OraError(1940)
    objects = context.query("SELECT name, type FROM ora_dict.objects WHERE owner = $1", (name,))
    if objects and not cascade:
        raise OraError(1922, name)
    for object_name, kind in objects:
        context.invalidate(name, object_name, kind)
    context.pg(f"DROP SCHEMA {quote(name)} CASCADE")
    _forget_schema(context, name)
    for table in ("sys_grants", "role_grants", "obj_grants"):
        context.query(f"DELETE FROM ora_dict.{table} WHERE grantee = $1", (name,))  # noqa: S608
    context.query("DELETE FROM ora_dict.users WHERE name = $1", (name,))


def _forget_schema(context: Context, name: str) -> None:
    for table in (
        "objects", "tables", "views", "columns", "constraints", "indexes", "sequences", "synonyms",
        "source",
        "errors", "dependencies", "triggers", "queue_tables", "queues", "jobs", "obj_grants",
    ):  # fmt: skip
        context.query(f"DELETE FROM ora_dict.{table} WHERE owner = $1", (name,))  # noqa: S608
    # Other schemas' foreign keys to, triggers and indexes on the dropped tables went with them.
    context.query("DELETE FROM ora_dict.constraints WHERE r_owner = $1", (name,))
    context.query("DELETE FROM ora_dict.indexes WHERE table_owner = $1", (name,))
    for owner, trigger in context.query(
        "DELETE FROM ora_dict.triggers WHERE table_owner = $1 RETURNING owner, name", (name,)
    ):
        context.drop_object(owner, trigger, "TRIGGER")


def create_role(context: Context, reader: Reader) -> None:
    reader.expect("ROLE", 901)
    exists_ok = reader.if_not_exists()
    name = reader.name(1935)
    context.need("CREATE ROLE")
    if (
        not reader.done
        and not reader.take("NOT", "IDENTIFIED")
        and not reader.take("CONTAINER", "=", "CURRENT")
    ):
        raise unsupported("CREATE ROLE IDENTIFIED")
    if _exists(context, name):
        if exists_ok:
            return
        raise OraError(1921, name)
    context.query("INSERT INTO ora_dict.roles (name) VALUES ($1)", (name,))
    # The creator holds the role, with the right to give it on.
    context.query("INSERT INTO ora_dict.role_grants VALUES ($1, $2, true)", (context.user, name))


def drop_role(context: Context, reader: Reader) -> None:
    missing_ok = reader.if_exists()
    name = reader.name(1935)
    reader.finish(933)
    rows = context.query("SELECT maintained FROM ora_dict.roles WHERE name = $1", (name,))
    if not rows:
        if missing_ok:
            return
        raise OraError(1919, name)
    if not context.query(
        "SELECT 1 FROM ora_dict.role_grants WHERE grantee = $1 AND role = $2 AND admin",
        (context.user, name),
    ):
        context.need("DROP ANY ROLE")
    if rows[0][0]:
        raise OraError(28050, text="specified user or role cannot be dropped")
    for table in ("sys_grants", "role_grants", "obj_grants"):
        context.query(f"DELETE FROM ora_dict.{table} WHERE grantee = $1", (name,))  # noqa: S608
    context.query("DELETE FROM ora_dict.role_grants WHERE role = $1", (name,))
    context.query("DELETE FROM ora_dict.roles WHERE name = $1", (name,))

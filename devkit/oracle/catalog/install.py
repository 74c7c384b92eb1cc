"""Fills a new PostgreSQL cluster: dictionary, Oracle functions, users, supplied packages."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg import errors

from devkit.oracle.catalog import privileges, unit_views, views
from devkit.oracle.storage.binaries import ClusterError

if TYPE_CHECKING:
    import psycopg

_CREATE = re.compile(r"^\s*create\s+(or\s+replace\s+)?", re.IGNORECASE)
_FIRST_ID = 20_246  # of the first object that is not supplied
_DICTIONARY = Path(__file__).with_name("dictionary.sql")


def _function_statements() -> list[str]:
    if importlib.util.find_spec("devkit.oracle.sql.bootstrap") is None:
        return []
    return list(importlib.import_module("devkit.oracle.sql.bootstrap").statements())


def _packages() -> dict[str, str]:
    registry: Any = importlib.import_module("devkit.oracle.supplied.registry")
    return {name: _CREATE.sub("", registry.spec(name), count=1) for name in registry.names()}


def dictionary_key() -> str:
    """Names the shape of the dictionary tables; data directories of another shape are refused."""
    return hashlib.sha256(_DICTIONARY.read_bytes()).hexdigest()[:16]


def contents_key() -> str:
    """Names everything installed here, what may be replaced in an existing directory included."""
    digest = hashlib.sha256(dictionary_key().encode())
    for statement in _function_statements():
        digest.update(statement.encode())
    for name, text in sorted(_packages().items()):
        digest.update(f"{name}\n{text}".encode())
    for name, text in sorted(_types().items()):
        digest.update(f"{name}\n{text}".encode())
    for part in (views, unit_views, privileges):
        digest.update(Path(str(part.__file__)).read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()[:16]


def install(connection: psycopg.Connection[Any]) -> None:
    """Everything, into an empty cluster."""
    with connection.transaction():
        connection.execute(_DICTIONARY.read_text(encoding="utf-8"))
        connection.execute('CREATE SCHEMA "SYS"; CREATE SCHEMA "SYSTEM"')
        _set_property(connection, "dictionary", dictionary_key())
        _users(connection)
        connection.execute("ALTER SEQUENCE ora_dict.object_ids MINVALUE 1000 RESTART 1000")
        _replaceable(connection)
        # Supplied objects have numbers of their own, so that one more of them changes none of a
        # user's: names that Oracle generates hold such a number.
        connection.execute(f"ALTER SEQUENCE ora_dict.object_ids RESTART {_FIRST_ID}")


def refresh(connection: psycopg.Connection[Any]) -> None:
    """Bring an existing data directory up to this version of the stand-in, if that is possible."""
    if _property(connection, "dictionary") != dictionary_key():
        raise ClusterError(
            "the data directory was made by another version of the stand-in: remove it and start"
            " again"
        )
    if _property(connection, "contents") != contents_key():
        with connection.transaction():
            _replaceable(connection)
            connection.execute("UPDATE ora_dict.version SET version = version + 1")


def _replaceable(connection: psycopg.Connection[Any]) -> None:
    for statement in _function_statements():
        connection.execute(statement)
    connection.execute(unit_views.TABLE)
    _roles(connection)
    _views(connection)
    _supplied(connection)
    _set_property(connection, "contents", contents_key())


def _property(connection: psycopg.Connection[Any], name: str) -> str | None:
    row = connection.execute(
        "SELECT value FROM ora_dict.property WHERE name = %s", (name,)
    ).fetchone()
    return row[0] if row else None


def _set_property(connection: psycopg.Connection[Any], name: str, value: str) -> None:
    connection.execute(
        "INSERT INTO ora_dict.property VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value ="
        " excluded.value",
        (name, value),
    )


def _users(connection: psycopg.Connection[Any]) -> None:
    for number, name in ((0, "SYS"), (9, "SYSTEM")):
        connection.execute(
            "INSERT INTO ora_dict.users (name, user_id, maintained, default_tablespace)"
            " VALUES (%s, %s, true, 'SYSTEM')",
            (name, number),
        )


def _roles(connection: psycopg.Connection[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ora_dict.roles VALUES (%s, true) ON CONFLICT DO NOTHING",
            [(name,) for name in privileges.ROLES],
        )
        grants = [(role, one) for role, held in privileges.ROLES.items() for one in held]
        cursor.executemany(
            "INSERT INTO ora_dict.sys_grants VALUES (%s, %s, true) ON CONFLICT DO NOTHING", grants
        )
        members = [(role, one) for role, held in privileges.ROLE_MEMBERS.items() for one in held]
        members += [("SYSTEM", "DBA"), ("SYS", "DBA")]
        cursor.executemany(
            "INSERT INTO ora_dict.role_grants VALUES (%s, %s, true) ON CONFLICT DO NOTHING", members
        )


# Packages that Oracle grants to administrators only, SYSTEM with grant option.
_RESTRICTED = frozenset({"DBMS_AQ", "DBMS_AQADM", "DBMS_CRYPTO", "DBMS_LOCK"})


def _object(
    cursor: psycopg.Cursor[Any], name: str, kind: str, grantee: str, privilege: str
) -> None:
    public = views.public_name(name)
    cursor.execute(
        "INSERT INTO ora_dict.objects (owner, name, type) VALUES ('SYS', %s, %s) ON CONFLICT DO"
        " NOTHING",
        (name, kind),
    )
    _synonym(cursor, public, name)
    cursor.execute(
        "INSERT INTO ora_dict.obj_grants (grantee, owner, name, privilege, grantor)"
        " VALUES (%s, 'SYS', %s, %s, 'SYS') ON CONFLICT DO NOTHING",
        (grantee, name, privilege),
    )


def _synonym(cursor: psycopg.Cursor[Any], public: str, name: str) -> None:
    cursor.execute(
        "INSERT INTO ora_dict.objects (owner, name, type) VALUES ('PUBLIC', %s, 'SYNONYM')"
        " ON CONFLICT DO NOTHING",
        (public,),
    )
    cursor.execute(
        "INSERT INTO ora_dict.synonyms VALUES ('PUBLIC', %s, 'SYS', %s) ON CONFLICT DO NOTHING",
        (public, name),
    )


_KINDS = {
    "numeric": "NUMBER",
    "text": "VARCHAR2",
    "bool": "BOOLEAN",
    "interval": "INTERVAL DAY TO SECOND",
}


def _views(connection: psycopg.Connection[Any]) -> None:
    with connection.cursor() as cursor:
        for name, text, audience in views.definitions():
            _view(connection, name, text)
            kind = "TABLE" if name == "DUAL" else "VIEW"
            grantee = "PUBLIC" if audience == "PUBLIC" else "SELECT_CATALOG_ROLE"
            _object(cursor, name, kind, grantee, "SELECT")
            for other in unit_views.SYNONYMS.get(name, ()):
                _synonym(cursor, other, name)
            table = (
                "tables (owner, name)"
                if kind == "TABLE"
                else "views (owner, name, text, read_only)"
            )
            values = "'SYS', %s" if kind == "TABLE" else "'SYS', %s, 'select …', true"
            cursor.execute(
                f"INSERT INTO ora_dict.{table} VALUES ({values}) ON CONFLICT DO NOTHING",  # noqa: S608
                (name,),
            )
        cursor.execute("DELETE FROM ora_dict.columns WHERE owner = 'SYS'")
        cursor.execute(
            """SELECT c.relname, a.attname, a.attnum, t.typname, a.atttypmod
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            JOIN pg_type t ON t.oid = a.atttypid
            WHERE c.relnamespace = '"SYS"'::regnamespace AND a.attnum > 0"""
        )
        rows = [_column(*row) for row in cursor.fetchall()]
        cursor.executemany(
            "INSERT INTO ora_dict.columns (owner, table_name, name, position, kind, length, scale)"
            " VALUES ('SYS', %s, %s, %s, %s, %s, %s)",
            rows,
        )


def _view(connection: psycopg.Connection[Any], name: str, text: str) -> None:
    """Create or replace; a view whose columns have changed is made anew."""
    statement = f'CREATE OR REPLACE VIEW "SYS"."{name}" AS {text}'
    try:
        with connection.transaction():
            connection.execute(statement)
    except errors.InvalidTableDefinition:
        connection.execute(f'DROP VIEW "SYS"."{name}"')
        connection.execute(statement)


def _column(view: str, name: str, position: int, pg_type: str, modifier: int) -> tuple[Any, ...]:
    kind = _KINDS.get(pg_type, "VARCHAR2")
    length: int | None = None
    scale: int | None = None
    if pg_type == "timestamp":
        kind, scale = ("DATE", None) if modifier == 0 else ("TIMESTAMP", 6)
    elif pg_type == "timestamptz":
        kind, scale = "TIMESTAMP WITH TIME ZONE", 6
    elif kind == "VARCHAR2":
        length = (
            1
            if view == "DUAL"
            else 4000
            if name in ("TEXT", "TEXT_VC", "COMMENTS", "VALUE")
            else 128
        )
        if (view.split("_", 1)[-1], name) in views.LONG_COLUMNS:
            kind, length = "LONG", None
    return view, name, position, kind, length, scale


def _types() -> dict[str, str]:
    registry: Any = importlib.import_module("devkit.oracle.supplied.registry")
    return dict(registry.TYPES)


def _supplied_types(cursor: psycopg.Cursor[Any]) -> None:
    for name, text in _types().items():
        cursor.execute(
            "INSERT INTO ora_dict.objects (owner, name, type) VALUES ('SYS', %s, 'TYPE')"
            " ON CONFLICT DO NOTHING",
            (name,),
        )
        cursor.execute(
            "INSERT INTO ora_dict.obj_grants (grantee, owner, name, privilege, grantor)"
            " VALUES ('PUBLIC', 'SYS', %s, 'EXECUTE', 'SYS') ON CONFLICT DO NOTHING",
            (name,),
        )
        cursor.execute(
            "INSERT INTO ora_dict.source VALUES ('SYS', %s, 'TYPE', %s)"
            " ON CONFLICT (owner, name, type) DO UPDATE SET text = excluded.text",
            (name, text),
        )


def _supplied(connection: psycopg.Connection[Any]) -> None:
    with connection.cursor() as cursor:
        _supplied_types(cursor)
        for name, text in _packages().items():
            grantee = "EXECUTE_CATALOG_ROLE" if name in _RESTRICTED else "PUBLIC"
            _object(cursor, name, "PACKAGE", grantee, "EXECUTE")
            if name in _RESTRICTED:
                cursor.execute(
                    "INSERT INTO ora_dict.obj_grants (grantee, owner, name, privilege, grantor,"
                    " grantable) VALUES ('SYSTEM', 'SYS', %s, 'EXECUTE', 'SYS', true)"
                    " ON CONFLICT DO NOTHING",
                    (name,),
                )
            cursor.execute(
                "INSERT INTO ora_dict.objects (owner, name, type) VALUES ('SYS', %s, 'PACKAGE"
                " BODY')"
                " ON CONFLICT DO NOTHING",
                (name,),
            )
            # A refreshed spec must reach sessions that cache by the unit's time stamp.
            cursor.execute(
                "UPDATE ora_dict.objects SET stamp = clock_timestamp()::timestamp"
                " WHERE owner = 'SYS' AND name = %s AND type = 'PACKAGE' AND EXISTS (SELECT 1"
                " FROM ora_dict.source s WHERE s.owner = 'SYS' AND s.name = %s AND s.text <> %s)",
                (name, name, text),
            )
            cursor.execute(
                "INSERT INTO ora_dict.source VALUES ('SYS', %s, 'PACKAGE', %s)"
                " ON CONFLICT (owner, name, type) DO UPDATE SET text = excluded.text",
                (name, text),
            )

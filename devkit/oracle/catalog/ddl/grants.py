# ruff: noqa: S608 - only names of the dictionary, quoted, go into SQL text
"""GRANT and REVOKE of system privileges, roles and object privileges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.oracle.catalog.ddl.context import Context
from devkit.oracle.catalog.privileges import OBJECT_PRIVILEGES, SYSTEM_PRIVILEGES
from devkit.oracle.errors import OraError, unsupported

if TYPE_CHECKING:
    from devkit.oracle.catalog.ddl.reader import Reader

_ROLES_SINCE = {"DB_DEVELOPER_ROLE": 23}
_OBJECT_WORDS = frozenset(one for held in OBJECT_PRIVILEGES.values() for one in held)
# What a refused kind of privilege is called, by the kind of object.
_WRONG = {
    "SEQUENCE": 2205,
    "PROCEDURE": 2225,
    "FUNCTION": 2225,
    "PACKAGE": 2225,
    "TABLE": 2224,
    "VIEW": 2224,
}


def _privileges(reader: Reader, end: str) -> list[tuple[str, tuple[str, ...]]]:
    """Privileges or roles before ON, TO or FROM, each with its columns (REFERENCES (a, b))."""
    found: list[tuple[str, tuple[str, ...]]] = []
    while True:
        words: list[str] = []
        while reader.word() not in (",", "ON", end, "("):
            # ON COMMIT REFRESH begins with a word that otherwise ends the list.
            words.append(reader.any_name(990))
        if reader.is_at("ON", "COMMIT", "REFRESH") and not words:
            reader.at += 3
            words = ["ON", "COMMIT", "REFRESH"]
        columns = reader.names() if reader.word() == "(" else ()
        if not words:
            raise OraError(990)
        found.append((" ".join(words), columns))
        if not reader.take(","):
            return found


def _grantees(reader: Reader) -> list[str]:
    found: list[str] = []
    while True:
        found.append(reader.any_name(987))
        if reader.take("IDENTIFIED"):
            raise unsupported("GRANT … IDENTIFIED BY")
        if not reader.take(","):
            return found


def _check_grantee(context: Context, name: str) -> None:
    if name != "PUBLIC" and not context.query(
        "SELECT 1 FROM ora_dict.users WHERE name = $1 UNION ALL SELECT 1 FROM ora_dict.roles"
        " WHERE name = $1",
        (name,),
    ):
        raise OraError(1917, name)


def grant(context: Context, reader: Reader) -> None:
    privileges = _privileges(reader, "TO")
    if reader.take("ON"):
        _grant_object(context, reader, privileges)
        return
    reader.expect("TO", 946)
    grantees = _grantees(reader)
    admin = reader.take("WITH", "ADMIN", "OPTION")
    if reader.take("WITH", "DELEGATE", "OPTION"):
        raise unsupported("WITH DELEGATE OPTION")
    reader.finish(933)
    for grantee in grantees:
        _check_grantee(context, grantee)
        for name, _ in privileges:
            _grant_one(context, name, grantee, admin)


def _grant_one(context: Context, name: str, grantee: str, admin: bool) -> None:
    if name in ("ALL PRIVILEGES", "ALL"):
        if not context.has("GRANT ANY PRIVILEGE"):
            raise OraError(1031)
        for privilege in SYSTEM_PRIVILEGES:
            _add_system(context, privilege, grantee, admin)
        return
    if name in SYSTEM_PRIVILEGES:
        if not _has_admin(context, "sys_grants", "privilege", name) and not context.has(
            "GRANT ANY PRIVILEGE"
        ):
            raise OraError(1031)
        _add_system(context, name, grantee, admin)
        return
    known = context.session.release.since(_ROLES_SINCE.get(name, 0))
    if not known or not context.query("SELECT 1 FROM ora_dict.roles WHERE name = $1", (name,)):
        raise OraError(990) if " " in name else OraError(1919, name)
    if not _has_admin(context, "role_grants", "role", name) and not context.has("GRANT ANY ROLE"):
        raise OraError(1932, name)
    if context.query(
        "SELECT 1 WHERE $1 = $2 OR $1 IN (SELECT ora_dict.roles_of($2))", (grantee, name)
    ):
        raise OraError(1934)
    context.query(
        "INSERT INTO ora_dict.role_grants VALUES ($1, $2, $3)"
        " ON CONFLICT (grantee, role) DO UPDATE SET admin = ora_dict.role_grants.admin OR"
        " excluded.admin",
        (grantee, name, admin),
    )


def _has_admin(context: Context, table: str, column: str, name: str) -> bool:
    return context.user == "SYS" or bool(
        context.query(
            f"SELECT 1 FROM ora_dict.{table} WHERE {column} = $1 AND"
            " admin"
            " AND (grantee IN ($2, 'PUBLIC') OR grantee IN (SELECT ora_dict.roles_of($2)))",
            (name, context.user),
        )
    )


def _add_system(context: Context, privilege: str, grantee: str, admin: bool) -> None:
    context.query(
        "INSERT INTO ora_dict.sys_grants VALUES ($1, $2, $3)"
        " ON CONFLICT (grantee, privilege) DO UPDATE SET admin = ora_dict.sys_grants.admin OR"
        " excluded.admin",
        (grantee, privilege, admin),
    )


def _target(context: Context, reader: Reader) -> tuple[str, str, str]:
    if reader.take_one("DIRECTORY", "USER", "EDITION", "MINING", "JAVA"):
        raise unsupported(f"GRANT … ON {reader.word(-1)}")
    owner, name = reader.qualified(context.schema)
    found = context.catalog.resolve((owner, name), schema=owner)
    if found is None and owner == context.schema:
        found = context.catalog.resolve((name,), schema=owner)
    if found is None or found.type == "SYNONYM":
        raise OraError(942)
    if not context.catalog.can_see(
        context.user, found.owner, found.name, roles=context.roles
    ) and not (context.has("GRANT ANY OBJECT PRIVILEGE")):
        raise OraError(942)
    return found.owner, found.name, found.type


def _expand(name: str, kind: str) -> frozenset[str]:
    allowed = OBJECT_PRIVILEGES.get(kind, frozenset())
    if name in ("ALL", "ALL PRIVILEGES"):
        return allowed - {"READ", "MERGE VIEW", "KEEP SEQUENCE"}
    if name in allowed:
        return frozenset({name})
    if name not in _OBJECT_WORDS:
        raise OraError(990)
    raise OraError(_WRONG.get(kind, 990))


def _may_grant(context: Context, owner: str, name: str, privilege: str) -> bool:
    if context.user in (owner, "SYS"):
        return True
    if owner != "SYS" and context.has("GRANT ANY OBJECT PRIVILEGE"):
        return True
    return bool(
        context.query(
            "SELECT 1 FROM ora_dict.obj_grants WHERE grantee = $1 AND owner = $2 AND name = $3"
            " AND privilege = $4 AND grantable",
            (context.user, owner, name, privilege),
        )
    )


def _grant_object(
    context: Context, reader: Reader, privileges: list[tuple[str, tuple[str, ...]]]
) -> None:
    owner, name, kind = _target(context, reader)
    reader.expect("TO", 946)
    grantees = _grantees(reader)
    if reader.take("WITH", "HIERARCHY", "OPTION"):
        raise unsupported("WITH HIERARCHY OPTION")
    grantable = reader.take("WITH", "GRANT", "OPTION")
    reader.finish(933)
    # With GRANT ANY OBJECT PRIVILEGE the owner appears as the one who granted.
    grantor = context.user if _holds_grant_option(context, owner, name) else owner
    for word, columns in privileges:
        if columns and word not in ("INSERT", "UPDATE", "REFERENCES"):
            raise OraError(990)
        if columns and word == "REFERENCES":
            raise unsupported("GRANT REFERENCES on columns")
        for column in columns:
            if _has_no_column(context, owner, name, column):
                raise OraError(904, f'"{column}"')
        for privilege in sorted(_expand(word, kind)):
            if not _may_grant(context, owner, name, privilege):
                raise OraError(1031)
            for grantee in grantees:
                _check_grantee(context, grantee)
                if grantee == owner:
                    if context.user == owner:
                        raise OraError(1749)
                    continue
                if grantable and context.query(
                    "SELECT 1 FROM ora_dict.roles WHERE name = $1", (grantee,)
                ):
                    raise OraError(1926)
                context.catalog.grant_object(
                    privilege, owner, name, grantee, grantor=grantor, grantable=grantable,
                    columns=columns,
                )  # fmt: skip


def _has_no_column(context: Context, owner: str, name: str, column: str) -> bool:
    table = context.catalog.table(owner, name)
    return table is None or table.column(column) is None


def _holds_grant_option(context: Context, owner: str, name: str) -> bool:
    return context.user == owner or bool(
        context.query(
            "SELECT 1 FROM ora_dict.obj_grants WHERE grantee = $1 AND owner = $2 AND name = $3"
            " AND grantable",
            (context.user, owner, name),
        )
    )


def revoke(context: Context, reader: Reader) -> None:
    privileges = _privileges(reader, "FROM")
    if reader.take("ON"):
        _revoke_object(context, reader, privileges)
        return
    reader.expect("FROM", 905)
    grantees = _grantees(reader)
    reader.finish(933)
    for grantee in grantees:
        _check_grantee(context, grantee)
        for name, _ in privileges:
            _revoke_one(context, name, grantee)


def _revoke_one(context: Context, name: str, grantee: str) -> None:
    if name in ("ALL PRIVILEGES", "ALL"):
        context.need("GRANT ANY PRIVILEGE")
        context.query("DELETE FROM ora_dict.sys_grants WHERE grantee = $1", (grantee,))
        return
    if name in SYSTEM_PRIVILEGES:
        if not _has_admin(context, "sys_grants", "privilege", name) and not context.has(
            "GRANT ANY PRIVILEGE"
        ):
            raise OraError(1031)
        if not context.query(
            "DELETE FROM ora_dict.sys_grants WHERE grantee = $1 AND privilege = $2 RETURNING 1",
            (grantee, name),
        ):
            raise OraError(1952, grantee)
        return
    known = context.session.release.since(_ROLES_SINCE.get(name, 0))
    if not known or not context.query("SELECT 1 FROM ora_dict.roles WHERE name = $1", (name,)):
        raise OraError(990) if " " in name else OraError(1919, name)
    if not _has_admin(context, "role_grants", "role", name) and not context.has("GRANT ANY ROLE"):
        raise OraError(1932, name)
    if not context.query(
        "DELETE FROM ora_dict.role_grants WHERE grantee = $1 AND role = $2 RETURNING 1",
        (grantee, name),
    ):
        raise OraError(1951, name, grantee)


def _revoke_object(
    context: Context, reader: Reader, privileges: list[tuple[str, tuple[str, ...]]]
) -> None:
    owner, name, kind = _target(context, reader)
    reader.expect("FROM", 905)
    grantees = _grantees(reader)
    cascade = reader.take("CASCADE", "CONSTRAINTS")
    if reader.take("FORCE"):
        raise unsupported("REVOKE … FORCE")
    reader.finish(933)
    for word, columns in privileges:
        if columns:
            raise OraError(1750 if word in ("INSERT", "UPDATE", "REFERENCES") else 990)
        for grantee in grantees:
            _check_grantee(context, grantee)
            found = False
            for privilege in _expand(word, kind):
                if not _may_grant(context, owner, name, privilege):
                    raise OraError(1927)
                if privilege == "REFERENCES" and _is_referred_to(context, owner, name, grantee):
                    if cascade:
                        raise unsupported("REVOKE … CASCADE CONSTRAINTS that drops a foreign key")
                    raise OraError(1981)
                found = context.catalog.revoke_object(privilege, owner, name, grantee) or found
                _revoke_what_was_passed_on(context, owner, name, privilege, grantee)
            if not found:
                raise OraError(1927)
    context.invalidate(owner, name)


def _is_referred_to(context: Context, owner: str, name: str, grantee: str) -> bool:
    """Whether a foreign key of the grantee's refers to the table."""
    return bool(
        context.query(
            "SELECT 1 FROM ora_dict.constraints c JOIN ora_dict.constraints r"
            " ON r.owner = c.r_owner AND r.name = c.r_name"
            " WHERE c.kind = 'R' AND c.owner = $3 AND r.owner = $1 AND r.table_name = $2",
            (owner, name, grantee),
        )
    )


def _revoke_what_was_passed_on(
    context: Context, owner: str, name: str, privilege: str, grantor: str
) -> None:
    for (grantee,) in context.query(
        "DELETE FROM ora_dict.obj_grants WHERE grantor = $1 AND owner = $2 AND name = $3 AND"
        " privilege = $4"
        " AND owner <> $1 RETURNING grantee",
        (grantor, owner, name, privilege),
    ):
        _revoke_what_was_passed_on(context, owner, name, privilege, grantee)

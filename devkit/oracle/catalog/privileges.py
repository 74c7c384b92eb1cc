"""System privileges, predefined roles, and which ANY privilege opens which kind of object."""

from __future__ import annotations

_ANY = {
    "TABLE": "CREATE ALTER DROP SELECT READ INSERT UPDATE DELETE LOCK COMMENT FLASHBACK UNDER",
    "VIEW": "CREATE DROP UNDER MERGE",
    "INDEX": "CREATE ALTER DROP",
    "SEQUENCE": "CREATE ALTER DROP SELECT",
    "SYNONYM": "CREATE DROP",
    "PROCEDURE": "CREATE ALTER DROP EXECUTE DEBUG",
    "TRIGGER": "CREATE ALTER DROP",
    "TYPE": "CREATE ALTER DROP EXECUTE UNDER",
    "QUEUE": "ENQUEUE DEQUEUE MANAGE",
    "CONTEXT": "CREATE DROP",
    "JOB": "CREATE",
    "PROGRAM": "EXECUTE",
    "CLASS": "EXECUTE",
    "DIRECTORY": "CREATE DROP",
    "ROLE": "DROP GRANT ALTER",
    "PRIVILEGE": "GRANT",
    "OBJECT PRIVILEGE": "GRANT",
}

SYSTEM_PRIVILEGES = frozenset(
    {f"{verb} ANY {kind}" for kind, verbs in _ANY.items() for verb in verbs.split()}
    | {
        "ADMINISTER DATABASE TRIGGER", "ALTER DATABASE", "ALTER SESSION", "ALTER SYSTEM",
        "ALTER USER", "ALTER PROFILE", "ANALYZE ANY", "AUDIT ANY", "AUDIT SYSTEM",
        "CREATE CLUSTER", "CREATE DATABASE LINK", "CREATE DIMENSION", "CREATE INDEXTYPE",
        "CREATE JOB", "CREATE LIBRARY", "CREATE MATERIALIZED VIEW", "CREATE OPERATOR",
        "CREATE PROCEDURE", "CREATE PROFILE", "CREATE PUBLIC SYNONYM", "CREATE ROLE",
        "CREATE SEQUENCE", "CREATE SESSION", "CREATE SYNONYM", "CREATE TABLE",
        "CREATE TABLESPACE", "CREATE TRIGGER", "CREATE TYPE", "CREATE USER", "CREATE VIEW",
        "DEBUG CONNECT SESSION", "DROP PROFILE", "DROP PUBLIC SYNONYM", "DROP TABLESPACE",
        "DROP USER", "GRANT ANY OBJECT PRIVILEGE", "INHERIT ANY PRIVILEGES", "MANAGE SCHEDULER",
        "ON COMMIT REFRESH", "QUERY REWRITE", "RESTRICTED SESSION", "SELECT ANY DICTIONARY",
        "SELECT ANY TRANSACTION", "SET CONTAINER", "SYSBACKUP", "SYSDBA", "SYSOPER",
        "UNLIMITED TABLESPACE", "EXEMPT ACCESS POLICY",
    }
)  # fmt: skip

_DEVELOPER = (
    "CREATE JOB,CREATE MATERIALIZED VIEW,CREATE PROCEDURE,CREATE SEQUENCE,CREATE SESSION,"
    "CREATE SYNONYM,CREATE TABLE,CREATE TRIGGER,CREATE TYPE,CREATE VIEW,DEBUG CONNECT SESSION"
)
_RESOURCE = (
    "CREATE CLUSTER,CREATE INDEXTYPE,CREATE OPERATOR,CREATE PROCEDURE,CREATE SEQUENCE,CREATE TABLE,"
    "CREATE TRIGGER,CREATE TYPE"
)

ROLES: dict[str, frozenset[str]] = {
    "CONNECT": frozenset({"CREATE SESSION", "SET CONTAINER"}),
    "RESOURCE": frozenset(_RESOURCE.split(",")),
    "DB_DEVELOPER_ROLE": frozenset(_DEVELOPER.split(",")),
    "DBA": SYSTEM_PRIVILEGES - {"SYSDBA", "SYSOPER", "SYSBACKUP"},
    "SELECT_CATALOG_ROLE": frozenset(),
    "EXECUTE_CATALOG_ROLE": frozenset(),
    "AQ_ADMINISTRATOR_ROLE": frozenset(
        {"ENQUEUE ANY QUEUE", "DEQUEUE ANY QUEUE", "MANAGE ANY QUEUE"}
    ),
    "AQ_USER_ROLE": frozenset(),
    "SCHEDULER_ADMIN": frozenset({"CREATE JOB", "CREATE ANY JOB", "MANAGE SCHEDULER"}),
    "PLUSTRACE": frozenset(),
}
ROLE_MEMBERS = {"DBA": ("SELECT_CATALOG_ROLE", "EXECUTE_CATALOG_ROLE", "SCHEDULER_ADMIN")}

_DML = frozenset({"SELECT", "READ", "INSERT", "UPDATE", "DELETE"})
OBJECT_PRIVILEGES: dict[str, frozenset[str]] = {
    "TABLE": _DML | {
        "ALTER", "INDEX", "REFERENCES", "DEBUG", "FLASHBACK", "ON COMMIT REFRESH", "QUERY REWRITE",
    },
    "VIEW": _DML | {"REFERENCES", "DEBUG", "MERGE VIEW", "UNDER", "FLASHBACK"},
    "SEQUENCE": frozenset({"SELECT", "ALTER", "KEEP SEQUENCE"}),
    "PACKAGE": frozenset({"EXECUTE", "DEBUG"}),
    "PROCEDURE": frozenset({"EXECUTE", "DEBUG"}),
    "FUNCTION": frozenset({"EXECUTE", "DEBUG"}),
    "TYPE": frozenset({"EXECUTE", "DEBUG", "UNDER"}),
    "QUEUE": frozenset({"ENQUEUE", "DEQUEUE"}),
}  # fmt: skip

_CODE = ("PACKAGE", "PROCEDURE", "FUNCTION")


def any_privilege(privilege: str, kind: str) -> tuple[str, ...]:
    """System privileges that give ``privilege`` on every object of this kind (SYS's excepted)."""
    if kind in ("TABLE", "VIEW"):
        if privilege in ("SELECT", "READ"):
            return (
                ("SELECT ANY TABLE", "READ ANY TABLE")
                if privilege == "READ"
                else ("SELECT ANY TABLE",)
            )
        if privilege in ("INSERT", "UPDATE", "DELETE", "ALTER"):
            return (f"{privilege} ANY TABLE",)
        if privilege == "INDEX":
            return ("CREATE ANY INDEX",)
        if privilege == "LOCK":
            return ("LOCK ANY TABLE",)
        return ()
    if kind == "SEQUENCE":
        return (f"{privilege} ANY SEQUENCE",)
    if kind in _CODE:
        return (f"{privilege} ANY PROCEDURE",)
    if kind in ("TYPE", "QUEUE"):
        return (f"{privilege} ANY {kind}",)
    return ()

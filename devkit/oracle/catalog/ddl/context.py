"""What every DDL handler needs: rights, names, objects, invalidation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import OraError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.oracle.catalog.model import TableDef

_INVALIDATE = """WITH RECURSIVE hit(owner, name, type) AS (
   SELECT d.owner, d.name, d.type FROM ora_dict.dependencies d
   WHERE d.r_owner = $1 AND d.r_name = $2 AND ($3::text IS NULL OR d.r_type = $3)
   UNION SELECT d.owner, d.name, d.type FROM ora_dict.dependencies d JOIN hit h
   ON d.r_owner = h.owner AND d.r_name = h.name AND d.r_type = h.type)
UPDATE ora_dict.objects o SET status = 'INVALID' FROM hit h
WHERE o.owner = h.owner AND o.name = h.name AND o.type = h.type
RETURNING o.owner, o.name, o.type"""


def quote(*parts: str) -> str:
    """The PostgreSQL name of an Oracle object."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class Context:
    """One DDL statement under way: who runs it, and the dictionary it changes."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self.catalog = session.catalog
        self.user: str = session.effective_user
        self.schema: str = session.effective_schema
        self.roles: bool = session.effective_roles
        self.warning = False  # a unit was created with errors
        self.to_compile: list[tuple[str, str, str]] = []  # once the statement has committed

    # -- storage

    def query(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self.session.storage.query(sql, params).rows
        return rows

    def pg(self, sql: str) -> None:
        self.session.storage.script(sql)

    # -- rights

    def has(self, privilege: str) -> bool:
        found: bool = self.catalog.has_system_privilege(self.user, privilege, roles=self.roles)
        return found

    def need(self, privilege: str) -> None:
        if not self.has(privilege):
            raise OraError(1031)

    def need_create(self, owner: str, kind: str) -> None:
        """CREATE kind in the own schema, CREATE ANY kind elsewhere (never in SYS)."""
        if not self.catalog.user_exists(owner):
            raise OraError(1918, owner)
        if owner == self.user:
            if not self.has(f"CREATE {kind}") and not self.has(f"CREATE ANY {kind}"):
                raise OraError(1031)
        elif owner == "SYS" or not self.has(f"CREATE ANY {kind}"):
            raise OraError(1031)

    def need_on(self, owner: str, name: str, any_privilege: str, *, missing: int = 942) -> None:
        """Own object, or the ANY privilege; what the user cannot see does not exist for him."""
        if owner == self.user or self.user == "SYS":
            return
        if owner != "SYS" and self.has(any_privilege):
            return
        if self.catalog.can_see(self.user, owner, name, roles=self.roles):
            raise OraError(1031)
        raise OraError(missing, name) if missing != 942 else OraError(942)

    def refuse_queue_table(self, owner: str, name: str) -> None:
        """ORA-24005: a queue table is changed by DBMS_AQADM only."""
        if self.query(
            "SELECT 1 FROM ora_dict.queue_tables WHERE owner = $1 AND name = $2", (owner, name)
        ):
            raise OraError(24005, f"{owner}.{name}")

    def may(self, privilege: str, owner: str, name: str) -> bool:
        found: bool = self.catalog.can(self.user, privilege, owner, name, roles=self.roles)
        return found

    # -- objects

    def need_free(self, owner: str, name: str) -> None:
        if self.catalog.kind_in_namespace(owner, name) is not None:
            raise OraError(955)

    def add_object(
        self, owner: str, name: str, kind: str, *, generated: bool = False, temporary: bool = False
    ) -> int:
        rows = self.query(
            "INSERT INTO ora_dict.objects (owner, name, type, generated, temporary)"
            " VALUES ($1, $2, $3, $4, $5) RETURNING object_id",
            (owner, name, kind, generated, temporary),
        )
        return int(rows[0][0])

    def touch(self, owner: str, name: str, kind: str) -> None:
        self.query(
            "UPDATE ora_dict.objects SET last_ddl = localtimestamp, stamp ="
            " clock_timestamp()::timestamp"
            " WHERE owner = $1 AND name = $2 AND type = $3",
            (owner, name, kind),
        )

    def drop_object(self, owner: str, name: str, kind: str) -> None:
        """Forget the object, its grants, errors and source; its dependants become invalid."""
        self.invalidate(owner, name, kind)
        key = (owner, name, kind)
        self.query("DELETE FROM ora_dict.objects WHERE owner = $1 AND name = $2 AND type = $3", key)
        for table in ("errors", "source", "dependencies"):
            self.query(
                f"DELETE FROM ora_dict.{table} WHERE owner = $1 AND name = $2 AND type = $3",  # noqa: S608
                key,
            )
        if kind not in ("PACKAGE BODY", "TYPE BODY", "INDEX", "TRIGGER"):
            self.query(
                "DELETE FROM ora_dict.obj_grants WHERE owner = $1 AND name = $2", (owner, name)
            )

    def invalidate(
        self, owner: str, name: str, kind: str | None = None
    ) -> list[tuple[str, str, str]]:
        """Mark everything that depends on the object INVALID, directly or not; drop such views."""
        hit = [(row[0], row[1], row[2]) for row in self.query(_INVALIDATE, (owner, name, kind))]
        for one_owner, one_name, one_kind in hit:
            if one_kind == "VIEW":
                self.pg(f"DROP VIEW IF EXISTS {quote(one_owner, one_name)} CASCADE")
            elif one_kind in ("PACKAGE", "PROCEDURE", "FUNCTION", "TYPE"):
                self.session.plsql.discard(one_owner, one_name)
        return hit

    def table(self, owner: str, name: str) -> TableDef:
        """A table (no view) that is there, else ORA-00942."""
        found = self.catalog.resolve((owner, name), schema=owner)
        if found is None or found.type not in ("TABLE", "VIEW"):
            raise OraError(942)
        table: TableDef | None = self.catalog.table(found.owner, found.name)
        if table is None:
            raise OraError(942)
        if table.is_view:
            raise OraError(1702)
        return table

    def generated_name(self) -> str:
        number = self.query("SELECT nextval('ora_dict.generated_names')")[0][0]
        return f"SYS_C{int(number):07d}"

    def expression(self, text: str, table: TableDef, *, is_default: bool = False) -> str:
        """The PostgreSQL form of an Oracle expression over the table's columns."""
        translated: str = self.session.sql.translate_expression(
            text, schema=table.owner, table=table, is_default=is_default
        )
        return translated

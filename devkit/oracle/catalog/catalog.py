"""The dictionary as one session reads it: typed look-ups, each kept until what it says has changed.

``ora_dict.changes`` names what each transaction has changed. A session that sees a new version of the
dictionary drops only that, and gives the time of the change a number of its own (``epoch``), so that
what was made of the dictionary (translations, compiled units) can be asked whether it still holds.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Protocol

from devkit.oracle.catalog.model import (
    ColumnDef,
    ConstraintDef,
    IndexDef,
    ObjectRef,
    SequenceDef,
    TableDef,
    TriggerDef,
    UnitDef,
    UserDef,
)
from devkit.oracle.catalog.privileges import any_privilege
from devkit.oracle.errors import OraError
from devkit.oracle.values import Kind, OraType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from devkit.oracle.contracts import CompileError, Row
    from devkit.oracle.releases import Release

_SHARED = (  # one namespace in Oracle
    "TABLE", "VIEW", "SEQUENCE", "PACKAGE", "PROCEDURE", "FUNCTION", "TYPE",
)  # fmt: skip
_SYNONYM_LIMIT = 30
_UNIT_TYPES = (
    "PACKAGE", "PACKAGE BODY", "PROCEDURE", "FUNCTION", "TYPE", "TYPE BODY", "TRIGGER", "VIEW",
)  # fmt: skip
# what stands for "whatever this user or role was granted" among the names of objects
_GRANTS = "$grants"

# Everything changed by transactions that the snapshot $1 does not see, or that is $2 (a snapshot does
# not say of its own transaction that it is under way), with what the names among it mean now.
_CHANGES = """SELECT v.version, now.snapshot, now.own, c.kind, c.owner, c.name, o.type, y.target_owner,
 y.target FROM ora_dict.version v
 CROSS JOIN (SELECT pg_current_snapshot()::text AS snapshot,
    pg_current_xact_id_if_assigned()::text AS own) now
 LEFT JOIN (SELECT DISTINCT kind::text, owner, name FROM ora_dict.changes
    WHERE xid >= pg_snapshot_xmin($1::pg_snapshot)
      AND (NOT pg_visible_in_snapshot(xid, $1::pg_snapshot) OR xid = $2::xid8)) c ON true
 LEFT JOIN ora_dict.objects o ON c.kind IN ('o', 'u') AND o.owner = c.owner AND o.name = c.name
    AND (o.type = ANY ($3) OR o.type = 'QUEUE')
 LEFT JOIN ora_dict.synonyms y ON c.kind = 'o' AND y.owner = c.owner AND y.name = c.name"""
_TRANSACTIONAL = "SELECT owner, name FROM ora_dict.tables WHERE temporary AND delete_on_commit"

_COLUMNS = """owner, table_name, name, kind, length, char_semantics, precision, scale, type_name,
 position, nullable, default_text, default_sql, default_on_null, virtual_text, virtual_sql, identity,
 hidden FROM ora_dict.columns"""
_CONSTRAINTS = """c.owner, c.name, c.table_name, c.kind, c.columns, c.condition,
 c.condition_sql, c.r_owner, c.r_name, r.table_name, r.columns, c.delete_rule, c.enabled,
 c.is_deferrable, c.generated, c.index_name
 FROM ora_dict.constraints c LEFT JOIN ora_dict.constraints r
 ON r.owner = c.r_owner AND r.name = c.r_name"""
_COLUMN_SQL = f"SELECT {_COLUMNS} WHERE owner = $1 AND table_name = $2 ORDER BY position"
_CONSTRAINT_SQL = f"SELECT {_CONSTRAINTS} WHERE c.owner = $1 AND c.table_name = $2 ORDER BY c.name"
_TABLE_SQL = "SELECT owner, name, temporary, delete_on_commit FROM ora_dict.tables"
_VIEW_SQL = "SELECT owner, name, text, read_only, check_option FROM ora_dict.views"
_UNIT_SQL = "SELECT owner, name, type, status, authid, object_id, stamp FROM ora_dict.objects"
# what a view shows rows of, and the views between
_UNDER_SQL = """WITH RECURSIVE under (owner, name, type) AS (
 SELECT r_owner, r_name, r_type FROM ora_dict.dependencies
  WHERE owner = $1 AND name = $2 AND type = 'VIEW'
 UNION SELECT d.r_owner, d.r_name, d.r_type FROM ora_dict.dependencies d JOIN under u
  ON u.type = 'VIEW' AND (d.owner, d.name, d.type) = (u.owner, u.name, u.type))
SELECT owner, name FROM under WHERE type IN ('TABLE', 'VIEW')"""
# of many objects at once, given as arrays of their owners and names
_MANY = "(SELECT * FROM unnest($1::text[], $2::text[]))"


Key = tuple[str, str]


class HasStorage(Protocol):
    """The session, as far as the catalogue knows it."""

    release: Release

    @property
    def storage(self) -> Any: ...

    def revalidate(self, owner: str, name: str, kind: str) -> bool: ...


class _User:
    """What one user may do: with roles, and without them (inside definer-rights units)."""

    __slots__ = (
        "columns",
        "direct",
        "direct_columns",
        "direct_objects",
        "keys",
        "objects",
        "roles",
        "system",
    )

    def __init__(self) -> None:
        # whose grants count, as keys of what a translation depends on
        self.keys: frozenset[Key] = frozenset()
        self.roles: frozenset[str] = frozenset()
        self.system: frozenset[str] = frozenset()
        self.direct: frozenset[str] = frozenset()
        self.objects: dict[tuple[str, str], set[str]] = {}
        self.direct_objects: dict[tuple[str, str], set[str]] = {}
        # (owner, name, privilege) → columns, where only those were granted
        self.columns: dict[tuple[str, str, str], set[str]] = {}
        self.direct_columns: dict[tuple[str, str, str], set[str]] = {}


class Catalog:
    """Read access is cached per process; ``refresh`` drops what another session's DDL has changed."""

    def __init__(self, session: HasStorage) -> None:
        self._session = session
        self.release = session.release
        self.version = 0
        #: raised by each look that found changes
        self.epoch = 0
        self._changed: dict[Key, int] = {}  # what, and in which epoch last
        self._forgotten = 0  # the epoch of the last change of everything
        self._snapshot: str | None = None
        self._own: str | None = None
        self._trace: set[Key] | None = None
        self._names: dict[tuple[str, str], str] = {}
        self._synonyms: dict[tuple[str, str], tuple[str, str]] = {}
        self._queues: set[tuple[str, str]] = set()
        self._owners: set[str] = set()
        self._loaded = False
        self._tables: dict[tuple[str, str], TableDef | None] = {}
        self._sequences: dict[tuple[str, str], SequenceDef | None] = {}
        self._units: dict[tuple[str, str, str], UnitDef | None] = {}
        self._sources: dict[tuple[str, str, str], str | None] = {}
        self._triggers: dict[tuple[str, str], list[TriggerDef]] = {}
        self._under: dict[tuple[str, str], frozenset[tuple[str, str]]] = {}
        self._users: dict[str, _User] = {}
        self._invalid: frozenset[tuple[str, str, str]] | None = None
        self._revalidating: set[tuple[str, str]] = set()
        self._transactional: list[Key] = []

    def _rows(self, sql: str, params: Sequence[Any] = ()) -> list[Row]:
        rows: list[Row] = self._session.storage.query(sql, params).rows
        return rows

    # -- freshness

    def refresh(self) -> bool:
        """Compare the version (one cheap read); True when there was something new.

        Sessions call it once per top-level call, so one call sees one dictionary."""
        version = self._rows("SELECT version FROM ora_dict.version")[0][0]
        if version == self.version:
            return False
        self.follow()
        return True

    def follow(self) -> None:
        """Drop what has changed since the last look, whoever changed it, and be of this version."""
        if self._snapshot is None:
            self.forget()
            row = self._changes()[0]
        else:
            rows = self._changes()
            self._drop(rows)
            row = rows[0]
        self.version, self._snapshot, self._own = row[:3]

    def forget_changed(self) -> None:
        """Within a DDL statement: drop what has changed so far. The next look will see it again."""
        if self._snapshot is None:
            self.forget()
        else:
            self._drop(self._changes())

    def forget(self) -> None:
        """Drop everything read so far: what was read during a statement that has failed."""
        self.epoch += 1
        self._forgotten = self.epoch
        self._changed.clear()
        self._loaded = False
        self._invalid = None
        for cache in (
            self._names, self._synonyms, self._tables, self._sequences, self._units, self._sources,
            self._triggers, self._under, self._users,
        ):  # fmt: skip
            cache.clear()
        self._queues.clear()

    def _changes(self) -> list[Row]:
        none = "1:1:"  # a snapshot that sees nothing; then the changes are of no interest
        own = self._own or "0"
        return self._rows(_CHANGES, (self._snapshot or none, own, list(_SHARED)))

    def _drop(self, rows: Sequence[Row]) -> None:
        if rows[0][3] is None:
            return
        self.epoch += 1
        self._under.clear()
        tables: set[Key] = set()
        named: set[Key] = set()
        for _, _, _, kind, owner, name, *_ in rows:
            key = (owner, name)
            if kind == "g":
                self._changed[_GRANTS, owner] = self.epoch
                self._users = {
                    user: one
                    for user, one in self._users.items()
                    if (_GRANTS, owner) not in one.keys
                }
                continue
            self._changed[key] = self.epoch
            if kind == "n":
                self._loaded = False
            elif kind == "r":
                self._triggers.clear()
            elif kind == "d":
                self._transactional = [(row[0], row[1]) for row in self._rows(_TRANSACTIONAL)]
            if kind in ("u", "r"):
                self._invalid = None
            if kind in ("o", "u"):
                named.add(key)
            tables.add(key)
        self._drop_objects(tables)
        self._rename(named, rows)

    def _drop_objects(self, keys: set[Key]) -> None:
        for key in keys:
            self._tables.pop(key, None)
            self._sequences.pop(key, None)
            self._triggers.pop(key, None)
            for kind in _UNIT_TYPES:
                self._units.pop((*key, kind), None)
                self._sources.pop((*key, kind), None)
        # a foreign key shows the table and the columns that it refers to
        for key, table in list(self._tables.items()):
            if table is not None and any(
                one.r_owner is not None and (one.r_owner, one.r_table) in keys
                for one in table.constraints
            ):
                del self._tables[key]
                self._changed[key] = self.epoch

    def _rename(self, keys: set[Key], rows: Sequence[Row]) -> None:
        """What these names mean now."""
        if not self._loaded:
            return
        for key in keys:
            self._names.pop(key, None)
            self._synonyms.pop(key, None)
            self._queues.discard(key)
        for *_, owner, name, kind, target_owner, target in rows:
            key = (owner, name)
            if kind == "QUEUE":
                self._queues.add(key)
            elif kind is not None:
                self._names[key] = kind
            if target is not None:
                self._synonyms[key] = (target_owner, target)

    def _load(self) -> None:
        if self._loaded:
            return
        self._names = {}
        self._queues.clear()
        for owner, name, kind in self._rows(
            "SELECT owner, name, type FROM ora_dict.objects WHERE type = ANY ($1) OR type ="
            " 'QUEUE'",
            (list(_SHARED),),
        ):
            if kind == "QUEUE":
                self._queues.add((owner, name))
            else:
                self._names[owner, name] = kind
        self._synonyms = {
            (owner, name): (target_owner, target)
            for owner, name, target_owner, target in self._rows(
                "SELECT owner, name, target_owner, target FROM ora_dict.synonyms"
            )
        }
        self._owners = {row[0] for row in self._rows("SELECT name FROM ora_dict.users")}
        self._transactional = [(row[0], row[1]) for row in self._rows(_TRANSACTIONAL)]
        self._loaded = True

    # -- what was made of it

    @contextlib.contextmanager
    def trace(self) -> Iterator[set[Key]]:
        """Collects what is looked up inside, found or not: on which the outcome depends."""
        outer, self._trace = self._trace, set()
        found = self._trace
        try:
            yield found
        finally:
            self._trace = outer
            if outer is not None:
                outer |= found

    @contextlib.contextmanager
    def untraced(self) -> Iterator[None]:
        """What is looked up inside does not count for a ``trace`` outside."""
        outer, self._trace = self._trace, None
        try:
            yield
        finally:
            self._trace = outer

    def note(self, *keys: Key) -> None:
        """The outcome under way depends on these as well."""
        if self._trace is not None:
            self._trace.update(keys)

    def is_unchanged(self, keys: Iterable[Key], epoch: int) -> bool:
        """Whether nothing of it has changed since ``epoch``."""
        if self.epoch == epoch:
            return True
        changed = self._changed
        return self._forgotten <= epoch and all(changed.get(key, 0) <= epoch for key in keys)

    def changed_since(self, epoch: int) -> set[Key] | None:
        """Owner and name of what has changed since; None when that is not known."""
        if self._forgotten > epoch:
            return None
        return {key for key, when in self._changed.items() if when > epoch}

    @property
    def transactional_tables(self) -> Sequence[Key]:
        """The temporary tables that a commit empties."""
        self._load()
        return self._transactional

    # -- names

    def resolve(self, parts: tuple[str, ...], *, schema: str) -> ObjectRef | None:
        """The object a name means in ``schema``: own object, private synonym, PUBLIC synonym.

        One or two parts; synonyms are followed to the end. Privileges do not count: see ``can``.
        A two-part name whose first part is no schema gives None (it may be package.member).
        """
        self._load()
        if len(parts) == 2:
            return self._find(parts[0], parts[1])
        name = parts[0]
        return self._find(schema, name) or self._find("PUBLIC", name)

    def _find(self, owner: str, name: str) -> ObjectRef | None:
        key = (owner, name)
        for hop in range(_SYNONYM_LIMIT):
            self.note(key)
            kind = self._names.get(key)
            if kind is not None:
                return ObjectRef(*key, kind, hop > 0)
            target = self._synonyms.get(key)
            if target is None:
                if key in self._queues:
                    return ObjectRef(*key, "QUEUE", hop > 0)
                return ObjectRef(owner, name, "SYNONYM", True) if hop else None
            key = target
        raise OraError(1775)

    def exists(self, owner: str, name: str, kind: str) -> bool:
        """Whether exactly this object is there; ``kind`` may be any type, bodies included."""
        return bool(
            self._rows(
                "SELECT 1 FROM ora_dict.objects WHERE owner = $1 AND name = $2 AND type = $3",
                (owner, name, kind),
            )
        )

    def kind_in_namespace(self, owner: str, name: str) -> str | None:
        """What holds this name in the shared namespace of the schema, synonyms included."""
        self._load()
        kind = self._names.get((owner, name))
        return kind or ("SYNONYM" if (owner, name) in self._synonyms else None)

    def user(self, name: str) -> UserDef | None:
        rows = self._rows(
            "SELECT name, user_id, salt, key, locked, created FROM ora_dict.users WHERE name = $1",
            (name,),
        )
        return UserDef(*rows[0]) if rows else None

    def user_exists(self, name: str) -> bool:
        self._load()
        return name in self._owners

    # -- privileges

    def _user(self, name: str) -> _User:
        found = self._users.get(name)
        if found is not None:
            self.note(*found.keys)
            return found
        one = _User()
        one.roles = frozenset(row[0] for row in self._rows("SELECT ora_dict.roles_of($1)", (name,)))
        names = [name, "PUBLIC", *one.roles]
        system = self._rows(
            "SELECT grantee, privilege FROM ora_dict.sys_grants WHERE grantee = ANY ($1)", (names,)
        )
        one.system = frozenset(privilege for _, privilege in system)
        one.direct = frozenset(p for grantee, p in system if grantee in (name, "PUBLIC"))
        for grantee, owner, target, privilege, columns in self._rows(
            "SELECT grantee, owner, name, privilege, array_to_string(columns, chr(1))"
            " FROM ora_dict.obj_grants WHERE grantee = ANY ($1)",
            (names,),
        ):
            if columns is not None:
                listed = set(columns.split("\x01"))
                one.columns.setdefault((owner, target, privilege), set()).update(listed)
                if grantee in (name, "PUBLIC"):
                    one.direct_columns.setdefault((owner, target, privilege), set()).update(listed)
                continue
            one.objects.setdefault((owner, target), set()).add(privilege)
            if grantee in (name, "PUBLIC"):
                one.direct_objects.setdefault((owner, target), set()).add(privilege)
        one.keys = frozenset((_GRANTS, grantee) for grantee in names)
        self._users[name] = one
        self.note(*one.keys)
        return one

    def can(
        self,
        user: str,
        privilege: str,
        owner: str,
        name: str,
        *,
        roles: bool = True,
        column: str | None = None,
    ) -> bool:
        """Whether ``user`` may SELECT, INSERT, UPDATE, DELETE, EXECUTE, ALTER, INDEX …

        With ``column`` a grant on that column counts as well (INSERT, UPDATE)."""
        if user in (owner, "SYS"):
            return True
        one = self._user(user)
        held = (one.objects if roles else one.direct_objects).get((owner, name))
        if held and (privilege in held or (privilege == "SELECT" and "READ" in held)):
            return True
        if column is not None and column in (one.columns if roles else one.direct_columns).get(
            (owner, name, privilege), ()
        ):
            return True
        system = one.system if roles else one.direct
        if owner == "SYS":
            return privilege == "SELECT" and "SELECT ANY DICTIONARY" in system
        self._load()
        kind = self._names.get((owner, name)) or ("QUEUE" if (owner, name) in self._queues else "")
        return any(one_privilege in system for one_privilege in any_privilege(privilege, kind))

    def has_column_grant(
        self, user: str, privilege: str, owner: str, name: str, *, roles: bool = True
    ) -> bool:
        """Whether the privilege was granted on at least one column."""
        one = self._user(user)
        return (owner, name, privilege) in (one.columns if roles else one.direct_columns)

    def can_see(self, user: str, owner: str, name: str, *, roles: bool = True) -> bool:
        """Whether the object exists for ``user`` at all (else ORA-00942, PLS-00201, ORA-04043)."""
        if user in (owner, "SYS"):
            return True
        one = self._user(user)
        if (owner, name) in (one.objects if roles else one.direct_objects):
            return True
        if any(key[:2] == (owner, name) for key in (one.columns if roles else one.direct_columns)):
            return True
        self._load()
        kind = self._names.get((owner, name)) or ("QUEUE" if (owner, name) in self._queues else "")
        wanted = {
            "TABLE": ("SELECT", "INSERT", "UPDATE", "DELETE"),
            "VIEW": ("SELECT", "INSERT", "UPDATE", "DELETE"),
            "SEQUENCE": ("SELECT",),
            "QUEUE": ("ENQUEUE", "DEQUEUE"),
        }.get(kind, ("EXECUTE",))
        return any(self.can(user, privilege, owner, name, roles=roles) for privilege in wanted)

    def has_system_privilege(self, user: str, privilege: str, *, roles: bool = True) -> bool:
        if user == "SYS":
            return True
        one = self._user(user)
        return privilege in (one.system if roles else one.direct)

    def roles(self, user: str) -> frozenset[str]:
        """Roles granted to the user, directly, through roles and to PUBLIC."""
        return self._user(user).roles

    def has_role(self, user: str, role: str) -> bool:
        return role in self._user(user).roles

    # -- tables, sequences

    def table(self, owner: str, name: str) -> TableDef | None:
        """Table or view, dictionary views (owner SYS) included."""
        key = (owner, name)
        self.note(key)
        if key not in self._tables:
            self._load()
            kind = self._names.get(key)
            self._tables[key] = (
                self._read_table(owner, name, kind) if kind in ("TABLE", "VIEW") else None
            )
        table = self._tables[key]
        if table is not None and table.invalid and key not in self._revalidating:
            self._revalidating.add(key)
            try:
                self._session.revalidate(owner, name, "VIEW")
                self._units.pop((owner, name, "VIEW"), None)
                table = self._tables[key] = self._read_table(owner, name, "VIEW")
            finally:
                self._revalidating.discard(key)
        return table

    def _read_table(self, owner: str, name: str, kind: str) -> TableDef:
        key = (owner, name)
        columns = self._rows(_COLUMN_SQL, key)
        own = f"{_VIEW_SQL if kind == 'VIEW' else _TABLE_SQL} WHERE owner = $1 AND name = $2"
        constraints = () if kind == "VIEW" else self.constraints(owner, name)
        row = self._rows(own, key)[0]
        return self._table(key, columns, row, constraints, is_view=kind == "VIEW")

    def _table(
        self,
        key: tuple[str, str],
        column_rows: Sequence[Row],
        own: Row,
        constraints: tuple[ConstraintDef, ...],
        *,
        is_view: bool,
    ) -> TableDef:
        """``own`` is a row of _VIEW_SQL or _TABLE_SQL."""
        owner, name = key
        columns = tuple(_column(row) for row in column_rows)
        by_name = {column.name: column for column in columns}
        if is_view:
            _, _, text, read_only, check_option = own
            unit = self.unit(owner, name, "VIEW")
            return TableDef(
                owner, name, columns, is_view=True, view_text=text, read_only=read_only,
                check_option=check_option, invalid=unit is not None and unit.status != "VALID",
                by_name=by_name,
            )  # fmt: skip
        _, _, temporary, delete_on_commit = own
        primary = next((one.columns for one in constraints if one.kind == "P"), ())
        return TableDef(
            owner, name, columns, temporary=temporary, delete_on_commit=delete_on_commit,
            primary_key=primary, constraints=constraints, by_name=by_name,
        )  # fmt: skip

    def read_ahead(self, keys: Iterable[tuple[str, str, str]]) -> None:
        """Read what is not known of these objects (owner, name, type), in a few queries for all.

        After DDL everything that is compiled is compared with what it was compiled against; object by
        object that took most of the time of a deployment.
        """
        self._load()
        wanted = set(keys)
        tables = [
            (owner, name)
            for owner, name, kind in wanted
            if kind in ("TABLE", "VIEW")
            and (owner, name) not in self._tables
            and self._names.get((owner, name)) == kind
        ]
        units = [
            key for key in wanted if key[2] not in ("TABLE", "SEQUENCE") and key not in self._units
        ]
        if units:
            self._read_units(units)
        if not tables:
            return
        arrays = _arrays(tables)
        columns = _grouped(
            self._rows(
                f"SELECT {_COLUMNS} WHERE (owner, table_name) IN {_MANY}"
                " ORDER BY owner, table_name, position",
                arrays,
            )
        )
        constraints: dict[tuple[str, str], list[ConstraintDef]] = {}
        for row in self._rows(
            f"SELECT {_CONSTRAINTS} WHERE (c.owner, c.table_name) IN {_MANY} ORDER BY c.name",
            arrays,
        ):
            constraints.setdefault((row[0], row[2]), []).append(_constraint(row))
        for sql in (_TABLE_SQL, _VIEW_SQL):
            for own in self._rows(f"{sql} WHERE (owner, name) IN {_MANY}", arrays):
                key = (own[0], own[1])
                self._tables[key] = self._table(
                    key,
                    columns.get(key, []),
                    own,
                    tuple(constraints.get(key, ())),
                    is_view=sql == _VIEW_SQL,
                )

    def _read_units(self, keys: Sequence[tuple[str, str, str]]) -> None:
        found = {
            (row[0], row[1], row[2]): UnitDef(*row)
            for row in self._rows(f"{_UNIT_SQL} WHERE (owner, name) IN {_MANY}", _arrays(keys))
        }
        for key in keys:
            self._units[key] = found.get(key)

    def constraints(self, owner: str, table: str) -> tuple[ConstraintDef, ...]:
        return tuple(_constraint(row) for row in self._rows(_CONSTRAINT_SQL, (owner, table)))

    def references_to(self, owner: str, constraint: str) -> list[tuple[str, str, str]]:
        """Foreign keys on a key: (owner, name, table)."""
        return [
            (row[0], row[1], row[2])
            for row in self._rows(
                "SELECT owner, name, table_name FROM ora_dict.constraints WHERE r_owner = $1 AND"
                " r_name = $2",
                (owner, constraint),
            )
        ]

    def indexes(self, owner: str, table: str) -> list[IndexDef]:
        return [
            IndexDef(
                row[0],
                row[1],
                row[2],
                row[3],
                row[4],
                tuple(row[5]),
                tuple(row[6]),
                tuple(row[7]),
                row[8],
                row[9],
            )
            for row in self._rows(
                "SELECT owner, name, table_owner, table_name, is_unique, columns, expressions,"
                " descending,"
                " generated, constraint_name FROM ora_dict.indexes WHERE table_owner = $1 AND"
                " table_name = $2",
                (owner, table),
            )
        ]

    def sequence(self, owner: str, name: str) -> SequenceDef | None:
        key = (owner, name)
        self.note(key)
        if key not in self._sequences:
            rows = self._rows(
                "SELECT minimum, maximum, increment, cycle, ordered, cache FROM ora_dict.sequences"
                " WHERE owner = $1 AND name = $2",
                key,
            )
            self._sequences[key] = SequenceDef(owner, name, *rows[0]) if rows else None
        return self._sequences[key]

    # -- units

    def unit(self, owner: str, name: str, unit_type: str) -> UnitDef | None:
        key = (owner, name, unit_type)
        self.note((owner, name))
        if key not in self._units:
            rows = self._rows(f"{_UNIT_SQL} WHERE owner = $1 AND name = $2 AND type = $3", key)
            self._units[key] = UnitDef(*rows[0]) if rows else None
        return self._units[key]

    def invalid_units(self) -> frozenset[tuple[str, str, str]]:
        """Every PL/SQL unit whose status is INVALID."""
        if self._invalid is None:
            self._invalid = frozenset(
                (row[0], row[1], row[2])
                for row in self._rows(
                    "SELECT owner, name, type FROM ora_dict.objects"
                    " WHERE status = 'INVALID' AND type <> 'VIEW'"
                )
            )
        return self._invalid

    def source(self, owner: str, name: str, unit_type: str) -> str | None:
        """Source as stored: from the unit's kind word on ("package p is …"), without CREATE."""
        key = (owner, name, unit_type)
        self.note((owner, name))
        if key not in self._sources:
            rows = self._rows(
                "SELECT text FROM ora_dict.source WHERE owner = $1 AND name = $2 AND type = $3", key
            )
            self._sources[key] = rows[0][0] if rows else None
        return self._sources[key]

    def errors(self, owner: str, name: str, unit_type: str) -> list[tuple[int, int, str]]:
        """The unit's compile errors: line, column, text."""
        return [
            (row[0], row[1], row[2])
            for row in self._rows(
                "SELECT line, position, text FROM ora_dict.errors"
                " WHERE owner = $1 AND name = $2 AND type = $3 ORDER BY sequence",
                (owner, name, unit_type),
            )
        ]

    def triggers(self, owner: str, table: str) -> list[TriggerDef]:
        """All triggers on a table or view, in firing order (FOLLOWS, then creation)."""
        key = (owner, table)
        self.note(key)
        if key not in self._triggers:
            rows = self._rows(
                "SELECT t.owner, t.name, t.table_owner, t.table_name, t.timing, t.for_each_row,"
                " t.events,"
                " t.update_columns, t.when_text, t.enabled, o.status, t.follows, t.ordinal"
                " FROM ora_dict.triggers t JOIN ora_dict.objects o"
                " ON o.owner = t.owner AND o.name = t.name AND o.type = 'TRIGGER'"
                " WHERE t.table_owner = $1 AND t.table_name = $2 ORDER BY t.ordinal",
                key,
            )
            self._triggers[key] = _in_firing_order([_trigger(row) for row in rows])
        return self._triggers[key]

    def tables_under(self, owner: str, name: str) -> frozenset[tuple[str, str]]:
        """The table itself, or what a view shows rows of: itself, its views and their tables."""
        key = (owner, name)
        if key not in self._under:
            self._load()
            reached = {key}
            if self._names.get(key) == "VIEW":
                for row in self._rows(_UNDER_SQL, key):
                    reached.add((row[0], row[1]))
            self._under[key] = frozenset(reached)
        return self._under[key]

    def dependants(self, owner: str, name: str) -> list[UnitDef]:
        """Units and views that depend on the object, directly."""
        return [
            UnitDef(*row)
            for row in self._rows(
                "SELECT o.owner, o.name, o.type, o.status, o.authid, o.object_id, o.stamp"
                " FROM ora_dict.dependencies d JOIN ora_dict.objects o"
                " ON o.owner = d.owner AND o.name = d.name AND o.type = d.type"
                " WHERE d.r_owner = $1 AND d.r_name = $2",
                (owner, name),
            )
        ]

    def dependencies(self, owner: str, name: str, unit_type: str) -> list[tuple[str, str, str]]:
        """What the object depends on, directly, as its last compilation has recorded it."""
        return [
            (row[0], row[1], row[2])
            for row in self._rows(
                "SELECT r_owner, r_name, r_type FROM ora_dict.dependencies"
                " WHERE owner = $1 AND name = $2 AND type = $3",
                (owner, name, unit_type),
            )
        ]

    def set_unit_result(
        self,
        owner: str,
        name: str,
        unit_type: str,
        errors: Sequence[CompileError],
        dependencies: Sequence[tuple[str, str, str]],
    ) -> None:
        """Record a (re)compilation: status, USER_ERRORS, USER_DEPENDENCIES."""
        key = (owner, name, unit_type)
        query = self._session.storage.query
        query("DELETE FROM ora_dict.errors WHERE owner = $1 AND name = $2 AND type = $3", key)
        query("DELETE FROM ora_dict.dependencies WHERE owner = $1 AND name = $2 AND type = $3", key)
        for number, error in enumerate(errors, 1):
            query(
                "INSERT INTO ora_dict.errors VALUES ($1, $2, $3, $4, $5, $6, $7, 'ERROR', $8)",
                (*key, number, error.line, error.column, error.text, _message_number(error.text)),
            )
        for target in dict.fromkeys(dependencies):
            if target != key:
                query(
                    "INSERT INTO ora_dict.dependencies VALUES ($1, $2, $3, $4, $5, $6) ON"
                    " CONFLICT DO NOTHING",
                    (*key, *target),
                )
        query(
            "UPDATE ora_dict.objects SET status = $4 WHERE owner = $1 AND name = $2 AND type = $3",
            (*key, "INVALID" if errors else "VALID"),
        )
        self._units.pop(key, None)
        self._invalid = None
        self._triggers.clear()
        self._tables.pop((owner, name), None)

    # -- objects that supplied packages make

    def register_object(self, owner: str, name: str, kind: str) -> None:
        self._session.storage.query(
            "INSERT INTO ora_dict.objects (owner, name, type) VALUES ($1, $2, $3)",
            (owner, name, kind),
        )

    def unregister_object(self, owner: str, name: str, kind: str) -> None:
        query = self._session.storage.query
        query(
            "DELETE FROM ora_dict.objects WHERE owner = $1 AND name = $2 AND type = $3",
            (owner, name, kind),
        )
        if not query(
            "SELECT 1 FROM ora_dict.objects WHERE owner = $1 AND name = $2", (owner, name)
        ).rows:
            query("DELETE FROM ora_dict.obj_grants WHERE owner = $1 AND name = $2", (owner, name))

    def grant_object(
        self,
        privilege: str,
        owner: str,
        name: str,
        grantee: str,
        *,
        grantor: str,
        grantable: bool = False,
        columns: Sequence[str] = (),
    ) -> None:
        """Grant a privilege on an object, or only on some columns of it."""
        if grantee != "PUBLIC" and not self._rows(
            "SELECT 1 FROM ora_dict.users WHERE name = $1 UNION ALL SELECT 1 FROM ora_dict.roles"
            " WHERE name = $1",
            (grantee,),
        ):
            raise OraError(1917, grantee)
        self._session.storage.query(
            "INSERT INTO ora_dict.obj_grants AS g"
            " (grantee, owner, name, privilege, grantor, grantable, columns)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)"
            " ON CONFLICT (grantee, owner, name, privilege, grantor)"
            " DO UPDATE SET grantable = g.grantable OR excluded.grantable,"
            # NULL, the whole table, wins; else the columns add up
            " columns = CASE WHEN g.columns IS NOT NULL AND excluded.columns IS NOT NULL"
            " THEN g.columns || excluded.columns END",
            (grantee, owner, name, privilege, grantor, grantable, list(columns) or None),
        )

    def revoke_object(self, privilege: str, owner: str, name: str, grantee: str) -> bool:
        """True when there was such a grant."""
        result = self._session.storage.query(
            "DELETE FROM ora_dict.obj_grants WHERE grantee = $1 AND owner = $2 AND name = $3 AND"
            " privilege = $4",
            (grantee, owner, name, privilege),
        )
        return bool(result.rowcount)


def _arrays(keys: Iterable[Sequence[str]]) -> tuple[list[str], list[str]]:
    """The parameters of _MANY."""
    pairs = list(keys)
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _grouped(rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    """Rows by their first two values."""
    result: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        result.setdefault((row[0], row[1]), []).append(row)
    return result


def _column(row: Row) -> ColumnDef:
    _, _, name, kind, length, chars, precision, scale, type_name, position, *rest = row
    named = tuple(type_name) if type_name else None
    ora_type = OraType(Kind(kind), length, chars, precision, scale, named)
    nullable, default, default_sql, on_null, virtual, virtual_sql, identity, hidden = rest
    return ColumnDef(
        name,
        ora_type,
        position,
        nullable,
        default,
        default_sql,
        on_null,
        virtual,
        virtual_sql,
        identity,
        hidden,
    )


def _constraint(row: Row) -> ConstraintDef:
    values = list(row)
    values[4] = tuple(values[4])
    values[10] = tuple(values[10] or ())
    return ConstraintDef(*values)


def _trigger(row: Row) -> TriggerDef:
    values = list(row)
    values[6], values[7] = tuple(values[6]), tuple(values[7])
    pairs = values[11]
    values[11] = tuple(zip(pairs[::2], pairs[1::2], strict=True))
    return TriggerDef(*values)


def _in_firing_order(triggers: list[TriggerDef]) -> list[TriggerDef]:
    """Creation order, except that a trigger comes after those it FOLLOWS."""
    waiting = list(triggers)
    names = {(one.owner, one.name) for one in triggers}
    result: list[TriggerDef] = []
    done: set[tuple[str, str]] = set()
    while waiting:
        ready = next(
            (one for one in waiting if all(f in done or f not in names for f in one.follows)),
            waiting[0],
        )
        waiting.remove(ready)
        done.add((ready.owner, ready.name))
        result.append(ready)
    return result


def _message_number(text: str) -> int:
    prefix, _, rest = text.partition("-")
    digits = rest[:5]
    return int(digits) if prefix in ("PLS", "ORA", "PLW") and digits.isdigit() else 0

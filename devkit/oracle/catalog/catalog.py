"""The dictionary as one session reads it: typed look-ups, cached until DDL changes the version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.oracle.catalog.model import (
    ObjectRef,
    SequenceDef,
    TableDef,
    TriggerDef,
    UnitDef,
    UserDef,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.oracle.contracts import CompileError


class Catalog:
    """Read access is cached per process; ``refresh`` drops the cache when another session did DDL."""

    version: int

    def refresh(self) -> bool:
        """Compare the version (one cheap read); True when the cache was dropped.

        Sessions call it once per top-level call, so one call sees one dictionary."""
        ...

    def resolve(self, parts: tuple[str, ...], *, schema: str) -> ObjectRef | None:
        """The object a name means in ``schema``: own object, private synonym, PUBLIC synonym.

        One or two parts; synonyms are followed to the end. Privileges are not looked at: see ``can``.
        A two-part name whose first part is no schema gives None (it may be package.member).
        """
        ...

    def table(self, owner: str, name: str) -> TableDef | None:
        """Table or view, dictionary views (owner SYS) included."""
        ...

    def sequence(self, owner: str, name: str) -> SequenceDef | None: ...

    def user(self, name: str) -> UserDef | None: ...

    def user_exists(self, name: str) -> bool: ...

    def can(self, user: str, privilege: str, owner: str, name: str, *, roles: bool = True) -> bool:
        """Whether ``user`` may SELECT, INSERT, UPDATE, DELETE, EXECUTE, ALTER, INDEX, REFERENCES …"""
        ...

    def can_see(self, user: str, owner: str, name: str, *, roles: bool = True) -> bool:
        """Whether the object exists for ``user`` at all (else ORA-00942 / PLS-00201 / ORA-04043)."""
        ...

    def has_system_privilege(self, user: str, privilege: str, *, roles: bool = True) -> bool: ...

    def roles(self, user: str) -> frozenset[str]:
        """Roles granted to the user, directly, through roles and to PUBLIC."""
        ...

    def unit(self, owner: str, name: str, unit_type: str) -> UnitDef | None: ...

    def source(self, owner: str, name: str, unit_type: str) -> str | None:
        """Source as stored: from the unit's kind word on ("package crm_log is …"), without CREATE."""
        ...

    def triggers(self, owner: str, table: str) -> list[TriggerDef]:
        """All triggers on a table or view, in firing order (FOLLOWS, then creation)."""
        ...

    def dependants(self, owner: str, name: str) -> list[UnitDef]:
        """Units and views that depend on the object, directly."""
        ...

    def set_unit_result(
        self,
        owner: str,
        name: str,
        unit_type: str,
        errors: Sequence[CompileError],
        dependencies: Sequence[tuple[str, str, str]],
    ) -> None:
        """Record a (re)compilation: status, USER_ERRORS, USER_DEPENDENCIES."""
        ...

"""The plans of statements: the one-statement form, and the pieces that row triggers need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devkit.oracle.sql.typing import Typed, quote
from devkit.oracle.values import Column

if TYPE_CHECKING:
    from devkit.oracle.catalog.model import ColumnDef, TableDef
    from devkit.oracle.sql.outputs import OutColumn
    from devkit.oracle.sql.scope import Compiled, Source


@dataclass(slots=True)
class Target:
    """The table or view a statement changes, as PostgreSQL sees it."""

    table: TableDef
    alias: str  # quoted
    source: Source

    @property
    def relation(self) -> str:
        return f"{quote(self.table.owner)}.{quote(self.table.name)}"

    @property
    def real_columns(self) -> list[ColumnDef]:
        """The columns that can be written."""
        return [column for column in self.table.columns if column.virtual is None]

    @property
    def key(self) -> tuple[str, str]:
        return (self.table.owner, self.table.name)


@dataclass(slots=True)
class Returning:
    """RETURNING: the expressions over the target, in the form of a select list."""

    sql: str = ""
    columns: list[OutColumn] = field(default_factory=list)


@dataclass(slots=True)
class InsertPlan:
    """``values`` for one row of VALUES, ``query`` for a subquery (columns c1, c2 …)."""

    target: Target
    columns: list[ColumnDef]
    values: list[Typed | None]  # None: DEFAULT
    query: str | None
    query_columns: list[OutColumn]
    returning: Returning
    simple: Compiled
    image: Compiled | None = None  # select list: every real column, for row triggers


@dataclass(slots=True)
class UpdatePlan:
    """``image`` selects "$rowid", every column, then the new values of ``columns``."""

    target: Target
    columns: list[ColumnDef]
    returning: Returning
    simple: Compiled
    image: Compiled | None = None


@dataclass(slots=True)
class DeletePlan:
    target: Target
    returning: Returning
    simple: Compiled
    image: Compiled | None = None


@dataclass(slots=True)
class MergePlan:
    """``matched`` selects row id, columns, new values and whether DELETE WHERE holds; ``missing``
    selects a full image of every row to insert."""

    target: Target
    update_columns: list[ColumnDef]
    has_delete: bool
    has_insert: bool
    simple: Compiled
    matched: Compiled | None
    missing: Compiled | None


@dataclass(slots=True)
class MultiInsertPlan:
    targets: list[Target]
    simple: Compiled


@dataclass(slots=True)
class LockPlan:
    sql: list[str]
    wait: int | None


Plan = InsertPlan | UpdatePlan | DeletePlan | MergePlan | MultiInsertPlan | LockPlan


def returned_columns(returning: Returning) -> list[Column]:
    return [Column(column.name, column.type, column.nullable) for column in returning.columns]

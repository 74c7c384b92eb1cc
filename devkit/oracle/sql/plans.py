"""The plans of statements: the one-statement form, and the pieces that row triggers need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devkit.oracle.errors import OraError
from devkit.oracle.sql.typing import Typed, quote
from devkit.oracle.values import Column

if TYPE_CHECKING:
    from devkit.oracle.catalog.model import ColumnDef, TableDef
    from devkit.oracle.sql.outputs import OutColumn
    from devkit.oracle.sql.scope import Compiled, Source
    from devkit.oracle.sql.through_views import Through


@dataclass(slots=True)
class Target:
    """The table or view a statement changes, as PostgreSQL sees it."""

    table: TableDef
    alias: str  # quoted
    source: Source
    view: Through | None = None  # the view that the statement names; ``table`` is its base

    @property
    def conditions(self) -> list[str]:
        """What keeps the rows of the table to those of the view."""
        return self.view.conditions if self.view is not None else []

    @property
    def insertable(self) -> list[ColumnDef]:
        """The columns of an INSERT without a list; an expression of a view is none (ORA-01733)."""
        if self.view is None:
            return [column for column in self.table.columns if not column.hidden]
        found = list(self.view.columns.values())
        if any(column is None for column in found):
            raise OraError(1733)
        return [column for column in found if column is not None]

    def base_name(self, name: str) -> str | None:
        """The base table's column for one that the statement can name."""
        if self.view is None:
            return name
        column = self.view.columns.get(name)
        return column.name if column is not None else None

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
    """RETURNING: the expressions over the target, in the form of a select list.

    The check of a view WITH CHECK OPTION is an expression behind the columns.
    """

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
class Doomed:
    """DELETE WHERE of a MERGE: the rows, as they are now, of the row ids in $1 for which it holds.

    The further arrays are the values of the source that were joined with each.
    """

    compiled: Compiled


@dataclass(slots=True)
class MergePlan:
    """``matched`` selects row id, columns, new values and what ``doomed`` wants of the source;
    ``missing`` selects a full image of every row to insert."""

    target: Target
    update_columns: list[ColumnDef]
    has_insert: bool
    simple: Compiled
    matched: Compiled | None
    missing: Compiled | None
    doomed: Doomed | None
    returning: Returning  # nothing but the check of a view


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

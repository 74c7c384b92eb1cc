"""Unique keys that are checked when the whole statement has run.

Oracle Database Concepts, "How the Database Checks Constraints": ``update t set id = id + 1`` is
right if every key differs at its end. PostgreSQL looks at each row as it comes. So an UPDATE that
fails for a key it changes is done again with the table's keys waiting until its end; one that fires
triggers or calls functions, which must not happen twice, is done so from the start.

While such a statement's transaction lasts, another session that needs the same of the same table
waits for it.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.oracle.sql.plans import MergePlan, Plan, UpdatePlan
from devkit.oracle.sql.typing import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.oracle.sql.plans import Target

Key = tuple[str, str]  # owner and name of a table


@dataclass(slots=True)
class Keys:
    """The unique keys of tables, read once until something of the table changes."""

    session: Any
    # the constraints whose checks wait, of the tables for which they do at present
    waiting: dict[Key, str] = field(default_factory=dict)
    # with the epoch of the catalogue in which they were read
    _columns: dict[Key, tuple[int, frozenset[str] | None]] = field(default_factory=dict)

    def changed_by(self, dml: Plan) -> Target | None:
        """The table, if the statement may give rows of it new keys."""
        if isinstance(dml, UpdatePlan):
            columns = dml.columns
        elif isinstance(dml, MergePlan):
            columns = dml.update_columns
        else:
            return None
        if not columns or dml.target.table.is_view:
            return None
        keys = self._keys(dml.target.key)
        if keys is None or any(column.name in keys for column in columns):
            return dml.target
        return None

    def _keys(self, table: Key) -> frozenset[str] | None:
        """The columns of unique keys; None: an expression is one, so any column may matter."""
        catalog = self.session.catalog
        known = self._columns.get(table)
        if known is None or not catalog.is_unchanged([table], known[0]):
            epoch = catalog.epoch
            found: set[str] | None = set()
            for index in catalog.indexes(*table):
                if not index.unique or found is None:
                    continue
                found = None if any(index.expressions) else found | set(index.columns)
            known = self._columns[table] = (epoch, None if found is None else frozenset(found))
        return known[1]

    def checks(self, target: Target) -> list[str]:
        """The constraints that wait because the statement changes keys of the table: its keys, and
        the foreign keys that refer to them."""
        if target.key not in self.waiting:
            return []
        catalog = self.session.catalog
        names = [self.waiting[target.key]] if self.waiting[target.key] else []
        for key in target.table.constraints:
            if key.kind not in "PU":
                continue
            for owner, name, child in catalog.references_to(key.owner, key.name):
                names += [
                    f"{quote(owner)}.{quote(name)}"
                    for one in catalog.constraints(owner, child)
                    if one.name == name and one.enabled and not one.deferrable
                ]
        return names

    @contextmanager
    def at_end(self, target: Target) -> Iterator[None]:
        """The keys of the table wait; a failure undoes that with the rest of the statement."""
        if target.key in self.waiting:
            yield
            return
        table = target.table
        name = f"g${table.name}" if table.temporary else table.name
        relation = f"{quote(table.owner)}.{quote(name)}"
        self.waiting[target.key] = self._wait(relation, True) or ""
        try:
            yield
            self._wait(relation, False)
        finally:
            del self.waiting[target.key]

    def _wait(self, relation: str, waiting: bool) -> str | None:
        names: str | None = self.session.storage.query(
            "SELECT ora_dict.keys_wait($1::regclass, $2)", (relation, waiting)
        ).rows[0][0]
        return names

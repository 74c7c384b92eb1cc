"""Foreign keys with ON DELETE CASCADE or SET NULL whose effect fires triggers.

PostgreSQL carries out such a rule by itself, and does so wherever no trigger can tell. Where the
child has a trigger for it, or a child of the child has, the rule is carried out as Oracle does:
for each parent row a DELETE or UPDATE of its children, which fires their triggers, statement
triggers included.

While that happens parent and child are mutating tables. PL/SQL Language Reference, "Mutating-Table
Restriction": a table "that might be updated by the effects of a DELETE CASCADE constraint" is
mutating too, so the row triggers of the parent may not see the child either.
"""

# ruff: noqa: S608  (building SQL text is the work here: names are quoted, values bound)

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.oracle.sql.typing import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.oracle.catalog.model import ConstraintDef, TableDef, TriggerDef
    from devkit.oracle.values import OraType

Key = tuple[str, str]  # owner and name of a table


@dataclass(frozen=True, slots=True)
class Cascade:
    """One rule: the statement on the child, its binds, and the parent's columns they come from."""

    child: Key
    sql: str
    parent_columns: tuple[str, ...]
    bind_types: Mapping[str, OraType]

    def binds(self, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """The key of a parent row; None where a NULL keeps it from having children."""
        values = [row[name] for name in self.parent_columns]
        if any(value is None for value in values):
            return None
        return dict(zip(self.bind_types, values, strict=True))


@dataclass(slots=True)
class Cascades:
    """What deleting from a table does to others; read once for each version of the catalogue."""

    catalog: Any
    _version: int = -1
    _rules: dict[Key, list[tuple[TableDef, ConstraintDef]]] = field(default_factory=dict)
    _fired: dict[Key, tuple[Cascade, ...]] = field(default_factory=dict)
    _mutating: dict[Key, frozenset[Key]] = field(default_factory=dict)

    def fired(self, table: Key) -> tuple[Cascade, ...]:
        """The rules of deleting from ``table`` that a trigger must see."""
        self._refresh()
        found = self._fired.get(table)
        if found is None:
            parent = self.catalog.table(*table)
            found = self._fired[table] = tuple(
                _cascade(parent, child, rule)
                for child, rule in self._children(table)
                if self._seen(child, rule, {table})
            )
        return found

    def mutating(self, table: Key) -> frozenset[Key]:
        """The tables that deleting from ``table`` might change, itself included."""
        self._refresh()
        found = self._mutating.get(table)
        if found is None:
            reached = {table}
            waiting = [table]
            while waiting:
                for child, _ in self._children(waiting.pop()):
                    key = (child.owner, child.name)
                    if key not in reached:
                        reached.add(key)
                        waiting.append(key)
            found = self._mutating[table] = frozenset(reached)
        return found

    def _refresh(self) -> None:
        if self._version != self.catalog.version:
            self._version = self.catalog.version
            self._rules.clear()
            self._fired.clear()
            self._mutating.clear()

    def _children(self, table: Key) -> list[tuple[TableDef, ConstraintDef]]:
        found = self._rules.get(table)
        if found is None:
            found = self._rules[table] = []
            definition = self.catalog.table(*table)
            for key in definition.constraints if definition is not None else ():
                if key.kind not in "PU":
                    continue
                for owner, name, child in self.catalog.references_to(key.owner, key.name):
                    child_table = self.catalog.table(owner, child)
                    found += [
                        (child_table, rule)
                        for rule in child_table.constraints
                        if rule.name == name
                        and rule.enabled
                        and rule.delete_rule in {"CASCADE", "SET NULL"}
                    ]
        return found

    def _seen(self, child: TableDef, rule: ConstraintDef, passed: set[Key]) -> bool:
        """Whether the rule's effect on the child, or what follows from it, fires a trigger."""
        key = (child.owner, child.name)
        set_null = rule.delete_rule == "SET NULL"
        event = "UPDATE" if set_null else "DELETE"
        columns = frozenset(rule.columns) if set_null else frozenset()
        if any(_fires(one, event, columns) for one in self.catalog.triggers(*key)):
            return True
        if set_null or key in passed:
            return False
        return any(
            self._seen(grandchild, further, passed | {key})
            for grandchild, further in self._children(key)
        )


def _fires(trigger: TriggerDef, event: str, columns: frozenset[str]) -> bool:
    if not trigger.enabled or event not in trigger.events:
        return False
    return not (event == "UPDATE" and trigger.update_columns) or not columns.isdisjoint(
        trigger.update_columns
    )


def _cascade(parent: TableDef, child: TableDef, rule: ConstraintDef) -> Cascade:
    name = f"{quote(child.owner)}.{quote(child.name)}"
    binds = [f"K{index + 1}" for index in range(len(rule.columns))]
    where = " and ".join(
        f"{quote(column)} = :{bind}" for column, bind in zip(rule.columns, binds, strict=True)
    )
    if rule.delete_rule == "CASCADE":
        sql = f"delete from {name} where {where}"
    else:
        nulls = ", ".join(f"{quote(column)} = null" for column in rule.columns)
        sql = f"update {name} set {nulls} where {where}"
    types = {
        bind: parent.by_name[column].type
        for bind, column in zip(binds, rule.r_columns, strict=True)
    }
    return Cascade((child.owner, child.name), sql, rule.r_columns, types)

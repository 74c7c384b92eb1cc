"""Triggers as the SQL layer fires them: contracts.Trigger and contracts.TriggerRun."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.oracle.contracts import Timing
from devkit.oracle.errors import OraError
from devkit.oracle.plsql.row_only import row_only

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devkit.oracle.contracts import RowImage
    from devkit.oracle.plsql.units import CompiledUnit

_ROW_TIMINGS = (Timing.BEFORE_ROW, Timing.AFTER_ROW, Timing.INSTEAD_OF)


class NoRow(dict[str, Any]):
    """``:old`` of an INSERT, ``:new`` of a DELETE: every column is NULL."""

    def __missing__(self, _key: str) -> None:
        return None


_NO_ROW = NoRow()


class UnitTrigger:
    """One compiled trigger."""

    def __init__(self, machine: Any, unit: CompiledUnit, timings: frozenset[Timing]) -> None:
        self.machine = machine
        self.unit = unit
        self.owner = unit.owner
        self.name = unit.name
        self.timings = timings
        self.row_only = row_only(unit.node)

    def start(self) -> UnitTriggerRun:
        """A run for one statement; the state of a compound trigger is its own."""
        with self.machine.entered():
            return UnitTriggerRun(self, self.unit.ns["make"]())


@dataclass(slots=True)
class UnitTriggerRun:
    trigger: UnitTrigger
    sections: dict[Timing, Any]
    depth: int = field(default=0)

    def fire(
        self,
        timing: Timing,
        event: str,
        columns: frozenset[str],
        old: RowImage | None = None,
        new: RowImage | None = None,
    ) -> None:
        """See contracts.TriggerRun."""
        section = self.sections.get(timing)
        if section is None:
            return
        trigger = self.trigger
        machine = trigger.machine
        before = old if old is not None else _NO_ROW
        after = new if new is not None else _NO_ROW
        session = machine.session
        machine.events.append((event, columns))
        session.trigger_depth += 1
        try:
            with machine.entered():
                if timing in _ROW_TIMINGS and not trigger.unit.ns["when"](before, after):
                    return
                section(before, after)
        except OraError as error:
            where = f"{trigger.owner}.{trigger.name}"
            wrapped = OraError(4088, where)
            error.lines.append(wrapped.message)
            error.recursive = True  # type: ignore[attr-defined]
            raise
        finally:
            session.trigger_depth -= 1
            machine.events.pop()


class TriggerSupport:
    """The part of the machine that knows triggers."""

    session: Any

    def __init__(self) -> None:
        self.events: list[tuple[str, frozenset[str]]] = []
        self._triggers: dict[tuple[str, str], UnitTrigger] = {}

    def unit(self, owner: str, name: str, kind: str) -> CompiledUnit | None:
        raise AssertionError("see Library")

    def refresh(self) -> None:
        raise AssertionError("see Library")

    def triggers(
        self, owner: str, table: str, event: str, columns: frozenset[str]
    ) -> Sequence[UnitTrigger]:
        """See contracts.PlsqlCallbacks."""
        found = []
        definitions = self.session.catalog.triggers(owner, table)
        if definitions:
            self.refresh()
        for definition in definitions:
            if not definition.enabled or event not in definition.events:
                continue
            if (
                event == "UPDATE"
                and definition.update_columns
                and columns.isdisjoint(definition.update_columns)
            ):
                continue
            found.append(self._trigger(definition))
        return found

    def _trigger(self, definition: Any) -> UnitTrigger:
        key = (definition.owner, definition.name)
        unit = self.unit(definition.owner, definition.name, "TRIGGER")
        if unit is None or unit.errors:
            raise OraError(4098, f"{definition.owner}.{definition.name}")
        known = self._triggers.get(key)
        if known is None or known.unit is not unit:
            known = UnitTrigger(self, unit, _timings(definition, unit))
            self._triggers[key] = known
        return known

    # ------------------------------------------------------------------ predicates

    def trigger_event(self, event: str) -> bool:
        return bool(self.events) and self.events[-1][0] == event

    def trigger_updating(self, column: str | None) -> bool:
        if not self.events or column is None:
            return False
        event, columns = self.events[-1]
        return event == "UPDATE" and column.upper() in columns


def _timings(definition: Any, unit: CompiledUnit) -> frozenset[Timing]:
    if definition.timing == "COMPOUND":
        return frozenset(Timing(s.timing) for s in unit.node.body.sections)
    if definition.timing == "INSTEAD OF":
        return frozenset({Timing.INSTEAD_OF})
    suffix = "EACH ROW" if definition.for_each_row else "STATEMENT"
    return frozenset({Timing(f"{definition.timing} {suffix}")})

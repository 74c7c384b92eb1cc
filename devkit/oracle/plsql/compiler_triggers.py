"""Triggers: sections over the row images, and the WHEN clause."""

from __future__ import annotations

import itertools
from typing import Any

from devkit.oracle.contracts import Timing
from devkit.oracle.plsql import nodes
from devkit.oracle.plsql.compiler_base import Ex
from devkit.oracle.plsql.compiler_declarations import (
    DeclarationCompiler,
)
from devkit.oracle.plsql.scope import (
    Failure,
    RowSymbol,
    Scope,
)
from devkit.oracle.plsql.types import PlType

_serial = itertools.count(1)


class TriggerCompiler(DeclarationCompiler):
    """``make`` gives the sections of one statement; compound state is local to it."""

    def trigger_unit(self, unit: nodes.TriggerUnit, columns: dict[str, PlType]) -> None:
        """``make()`` gives a dict from Timing to functions ``f(old, new)``, and the WHEN test."""
        saved = self.begin_function()
        body = unit.body
        if isinstance(body, nodes.CompoundBody):
            self.declarations(body.declarations)
            entries = [self._section(unit, s.timing, s.block, columns) for s in body.sections]
        else:
            timing = _timing(unit)
            if isinstance(body, nodes.CallStatement):
                entries = [self._section(unit, timing.value, None, columns, body)]
            else:
                entries = [self._section(unit, timing.value, body, columns)]
        self.emit(f"return {{{', '.join(entries)}}}")
        self.end_function(saved, "def make():")
        self._when(unit, columns)

    def _rows(self, unit: nodes.TriggerUnit, columns: dict[str, PlType], timing: Timing) -> None:
        if timing in (Timing.BEFORE_STATEMENT, Timing.AFTER_STATEMENT):
            return
        # a trigger of DELETE alone has no NEW to change (ORA-04084)
        writable = timing is Timing.BEFORE_ROW and {event.kind for event in unit.events} != {
            "DELETE"
        }
        self.scope.declare(":" + unit.new, RowSymbol("NEW", "_new", columns, writable))
        self.scope.declare(":" + unit.old, RowSymbol("OLD", "_old", columns, False))

    def _section(
        self,
        unit: nodes.TriggerUnit,
        timing_text: str,
        block: nodes.Block | None,
        columns: dict[str, PlType],
        call: nodes.CallStatement | None = None,
    ) -> str:
        timing = Timing(timing_text)
        saved = self.begin_function()
        outer = self.scope
        self.scope = Scope(self.scope, unit.name.parts[-1].folded)
        self._rows(unit, columns, timing)
        if timing in (Timing.BEFORE_STATEMENT, Timing.AFTER_STATEMENT):
            self.no_rows = frozenset({unit.new, unit.old})
        if block is not None:
            self.routine_block(block)
        elif call is not None:
            self.statements((call,))
        self.scope = outer
        self.no_rows = frozenset()
        name = self.unique("s_")
        self.end_function(saved, f"def {name}(_old, _new):")
        return f"{self.constant(timing)}: {name}"

    def _when(self, unit: nodes.TriggerUnit, columns: dict[str, PlType]) -> None:
        saved = self.begin_function()
        outer = self.scope
        self.scope = Scope(self.scope)
        self.scope.declare(unit.new, RowSymbol("NEW", "_new", columns, False))
        self.scope.declare(unit.old, RowSymbol("OLD", "_old", columns, False))
        self.line = unit.line
        test = "True"
        if unit.when is not None:
            try:
                self.line = unit.when.line
                test = self.truth(unit.when)
            except Failure as failure:
                self.record(failure)
        self.emit(f"return {test}")
        self.scope = outer
        self.end_function(saved, "def when(_old, _new):")

    def _reference_name(self, node: nodes.Name) -> Any:
        """In a WHEN clause the row images are plain names."""
        symbol = self.scope.lookup(node.parts[0].folded, labels=False)
        if isinstance(symbol, RowSymbol) and len(node.parts) == 2:
            column = symbol.columns.get(node.parts[1].folded)
            if column is None:
                raise Failure(node, f'PL/SQL: ORA-00904: "{node.text}": invalid identifier')
            return Ex(f"{symbol.code}[{node.parts[1].folded!r}]", column, True, True)
        return super()._reference_name(node)


def _timing(unit: nodes.TriggerUnit) -> Timing:
    if unit.timing == "INSTEAD OF":
        return Timing.INSTEAD_OF
    if unit.for_each_row:
        return Timing.BEFORE_ROW if unit.timing == "BEFORE" else Timing.AFTER_ROW
    return Timing.BEFORE_STATEMENT if unit.timing == "BEFORE" else Timing.AFTER_STATEMENT

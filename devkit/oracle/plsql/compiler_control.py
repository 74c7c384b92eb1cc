"""Control flow: sequences, conditions, loops and the jumps between them, exceptions."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.plsql import messages, nodes, types
from devkit.oracle.plsql.compiler_assignments import AssignmentCompiler
from devkit.oracle.plsql.compiler_base import Ex
from devkit.oracle.plsql.scope import (
    CursorSymbol,
    Failure,
    Scope,
    Variable,
)
from devkit.oracle.plsql.statement_support import loop_cursor, loop_range
from devkit.oracle.plsql.types import (
    CollectionType,
    RecordType,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(slots=True)
class LoopState:
    """A loop being compiled. ``leaves`` are the outer loops that statements inside it leave or
    continue; each is tested after the loop through its flag."""

    labels: frozenset[str]
    flag: str
    leaves: set[int] = field(default_factory=set)
    used: bool = False
    targets: dict[str, int] = field(default_factory=dict)  # of GOTO: label → segment
    segment: str = ""  # the variable that says where the sequence goes on

    @property
    def is_loop(self) -> bool:
        """False for the Python loop around a sequence with labels that GOTO names."""
        return not self.targets


class ControlCompiler(AssignmentCompiler):
    """``statements`` compiles a sequence; failures are recorded and the next statement tried."""

    _statements: ClassVar[dict[type[nodes.Statement], str]] = {}

    @functools.cached_property
    def goto_labels(self) -> frozenset[str]:
        """Labels that some GOTO of the unit names."""
        gotos = (n for n in self.unit.node.walk() if isinstance(n, nodes.Goto))
        return frozenset(n.label.folded for n in gotos)

    def statements(self, sequence: Sequence[nodes.Statement]) -> None:
        if self.goto_labels and any(self._targets(s) for s in sequence):
            self._with_targets(sequence)
        else:
            self._sequence(sequence)

    def _targets(self, statement: nodes.Statement) -> list[str]:
        return [p.folded for p in statement.labels if p.folded in self.goto_labels]

    def _with_targets(self, sequence: Sequence[nodes.Statement]) -> None:
        """A sequence that GOTO jumps into: segments, each beginning at a label, in a Python loop that
        runs once unless a jump sets the segment to go on with."""
        segments: list[list[nodes.Statement]] = [[]]
        state = LoopState(frozenset(), self.unique("_x"), segment=self.unique("_g"))
        for statement in sequence:
            names = self._targets(statement)
            if names:
                segments.append([])
                state.targets.update(dict.fromkeys(names, len(segments) - 1))
            segments[-1].append(statement)
        position, base_indent, line = len(self.out), self.indent, self.line
        self.emit(f"{state.segment} = 0")
        self.emit("while True:")
        self.loops.append(state)
        with self.indented():
            self.emit("_check()")
            for number, segment in enumerate(segments):
                self.emit(f"if {state.segment} <= {number}:")
                with self.indented():
                    self._sequence(segment)
            self.emit("break")
        self.loops.pop()
        self._pass_jumps(state, position, base_indent, line)

    def _sequence(self, sequence: Sequence[nodes.Statement]) -> None:
        before = len(self.out)
        for statement in sequence:
            self.line = statement.line
            try:
                self.statement(statement)
            except Failure as failure:
                self.record(failure)
                ignored = (
                    "PL/SQL: SQL Statement ignored"
                    if failure.text.startswith("PL/SQL: ORA")
                    else ("PL/SQL: Statement ignored")
                )
                self.record(Failure(statement, ignored))
        if len(self.out) == before:
            self.emit("pass")

    def statement(self, node: nodes.Statement) -> None:
        method = self._statements.get(type(node))
        if method is None:
            raise Failure(node, unsupported(type(node).__name__).message)
        getattr(self, method)(node)

    # ------------------------------------------------------------------ control flow

    def _if(self, node: nodes.If) -> None:
        for index, branch in enumerate(node.branches):
            self.line = branch.condition.line
            self.emit(f"{'elif' if index else 'if'} {self.truth(branch.condition)}:")
            with self.indented():
                self.statements(branch.statements)
        if node.otherwise is not None:
            self.emit("else:")
            with self.indented():
                self.statements(node.otherwise)

    def _case_statement(self, node: nodes.CaseStatement) -> None:
        again: Ex | None = None
        if node.selector is not None:
            value = self.value_of(node.selector)
            if value.simple:
                again = value
            else:
                temp = self.fc.temp()
                self.emit(f"{temp} = {value.code}")
                again = Ex(temp, value.type, value.nullable, True)
        for index, branch in enumerate(node.branches):
            if again is not None:
                test = self._comparison("=", again, self.value_of(branch.condition), branch)
            else:
                test = self.truth(branch.condition)
            self.emit(f"{'elif' if index else 'if'} {test}:")
            with self.indented():
                self.statements(branch.statements)
        self.line = node.line
        self.emit("else:")
        with self.indented():
            if node.otherwise is not None:
                self.statements(node.otherwise)
            else:
                self.emit(f"raise {self.helper(OraError)}(6592)")

    def _loop_body(
        self, node: Any, labels: tuple[nodes.NamePart, ...], head: Callable[[], None]
    ) -> None:
        """``head`` opens a Python loop; afterwards the jumps to outer loops are passed on."""
        state = LoopState(frozenset(part.folded for part in labels), self.unique("_x"))
        if node.end_name is not None and labels and node.end_name.folded not in state.labels:
            raise Failure(
                node.end_name, f"PLS-00375: illegal label '{node.end_name.folded}' at END LOOP"
            )
        position = len(self.out)
        base_indent = self.indent
        line = self.line
        head()
        self.loops.append(state)
        with self.indented():
            self.statements(node.statements)
        self.loops.pop()
        self._pass_jumps(state, position, base_indent, line)

    def _pass_jumps(self, state: LoopState, position: int, base_indent: int, line: int) -> None:
        """After a loop: what left it for an outer one goes on to that one."""
        for outer in sorted(state.leaves):
            flag = self.loops[outer].flag
            self.line = line
            if outer == len(self.loops) - 1:
                self.emit(f"if {flag} == 1: break")
                self.emit(f"if {flag} == 2:")
                with self.indented():
                    self.emit(f"{flag} = 0")
                    self.emit("continue")
            else:
                self.loops[-1].leaves.add(outer)
                self.emit(f"if {flag}: break")
        if state.used:
            self.out.insert(position, (base_indent, f"{state.flag} = 0", line))

    def _loop(self, node: nodes.Loop) -> None:
        counter = self.unique("_n")
        self.emit(f"{counter} = 0")

        def head() -> None:
            self.emit("while True:")
            with self.indented():
                self._cancel_check(counter)

        self._loop_body(node, node.labels, head)

    def _cancel_check(self, counter: str) -> None:
        self.emit(f"{counter} += 1")
        self.emit(f"if not {counter} & 255: _check()")

    def _while(self, node: nodes.While) -> None:
        counter = self.unique("_n")
        self.emit(f"{counter} = 0")

        def head() -> None:
            self.emit(f"while {self.truth(node.condition)}:")
            with self.indented():
                self._cancel_check(counter)

        self._loop_body(node, node.labels, head)

    def _for_range(self, node: nodes.ForRange) -> None:
        low, high = self.integer(node.low), self.integer(node.high)
        index = self.unique("i_")
        bounds = (
            f"range({low.code}, {high.code} + 1)"
            if not (low.nullable or high.nullable)
            else f"{self.helper(loop_range)}({low.code}, {high.code})"
        )
        if node.reverse:
            bounds = f"{bounds}[::-1]"

        def head() -> None:
            self.emit(f"for {index} in {bounds}:")
            with self.indented():
                self.emit(f"if not {index} & 255: _check()")

        scope = Scope(self.scope)
        scope.declare(
            node.index.folded,
            Variable(
                node.index.folded, types.PLS_INTEGER, index, self.fc, index=True, not_null=True
            ),
        )
        self.scope = scope
        try:
            self._loop_body(node, node.labels, head)
        finally:
            self.scope = self.scope.parent or scope

    def _for_rows(
        self, node: nodes.ForCursor | nodes.ForQuery, rows: str, row_type: RecordType, kinds: Any
    ) -> None:
        variable = self.unique("r_")
        row = self.unique("_w")
        iterator = self.unique("_it")
        cls = self.constant(row_type.cls)
        self.emit(f"{iterator} = {rows}")
        self.emit("try:")
        scope = Scope(self.scope)
        scope.declare(node.index.folded, Variable(node.index.folded, row_type, variable, self.fc))

        def head() -> None:
            self.emit(f"for {row} in {iterator}:")
            with self.indented():
                self.emit(f"{variable} = {cls}.of({row})")
                self.emit("_check()")

        self.scope = scope
        try:
            with self.indented():
                # jumps to outer loops must be passed on outside "try"
                self._loop_body(node, node.labels, head)
        finally:
            self.scope = self.scope.parent or scope
        self.emit("finally:")
        with self.indented():
            self.emit(f"{iterator}.close()")
        del kinds

    def _for_query(self, node: nodes.ForQuery) -> None:
        statement = self.sql(node.query)
        row_type = self.row_of("ROW", statement.prepared.columns)
        self._for_rows(node, f"{statement.site}.rows({statement.tuple})", row_type, None)

    def _for_cursor(self, node: nodes.ForCursor) -> None:
        if not isinstance(node.cursor, nodes.Name):
            raise Failure(node, "PLS-00456: item is not a cursor")
        symbol, used = self.resolve(node.cursor.parts, node.cursor)
        if not isinstance(symbol, CursorSymbol) or used != len(node.cursor.parts):
            raise Failure(node.cursor, f"PLS-00456: item '{node.cursor.text}' is not a cursor")
        opened = self._open_code(symbol, node.args, node)
        reference = self.cursor_reference(symbol)
        rows = f"{self.helper(loop_cursor)}({reference}, {opened})"
        self._for_rows(node, rows, symbol.row, None)

    def _open_code(
        self, symbol: CursorSymbol, args: tuple[nodes.Argument, ...], node: nodes.Node
    ) -> str:
        raise AssertionError("see compiler_statements")

    def _find_loop(self, label: nodes.NamePart | None, node: nodes.Node, word: str) -> int:
        for index in range(len(self.loops) - 1, -1, -1):
            state = self.loops[index]
            if state.is_loop and (label is None or label.folded in state.labels):
                return index
        if label is None:
            text = f"PLS-00376: illegal {word} statement; it must appear inside a loop"
            raise Failure(node, text)
        raise Failure(label, messages.undeclared(label.folded))

    def _jump(self, node: nodes.Exit | nodes.Continue, word: str, value: int) -> None:
        index = self._find_loop(node.label, node, word.upper())
        if node.condition is not None:
            self.emit(f"if {self.truth(node.condition)}:")
            self.indent += 1
        if index == len(self.loops) - 1:
            self.emit("break" if value == 1 else "continue")
        else:
            target = self.loops[index]
            target.used = True
            self.loops[-1].leaves.add(index)
            self.emit(f"{target.flag} = {value}")
            self.emit("break")
        if node.condition is not None:
            self.indent -= 1

    def _exit(self, node: nodes.Exit) -> None:
        self._jump(node, "exit", 1)

    def _continue(self, node: nodes.Continue) -> None:
        self._jump(node, "continue", 2)

    def _goto(self, node: nodes.Goto) -> None:
        """A jump to a label of this or an enclosing sequence."""
        label = node.label.folded
        for index in range(len(self.loops) - 1, -1, -1):
            state = self.loops[index]
            if label not in state.targets:
                continue
            self.emit(f"{state.segment} = {state.targets[label]}")
            if index == len(self.loops) - 1:
                self.emit("continue")
            else:
                state.used = True
                self.loops[-1].leaves.add(index)
                self.emit(f"{state.flag} = 2")
                self.emit("break")
            return
        text = f"PLS-00375: illegal GOTO statement; this GOTO cannot branch to label '{label}'"
        raise Failure(node, text)

    def _null(self, _node: nodes.NullStatement) -> None:
        self.emit("pass")

    def _pragma(self, _node: nodes.PragmaStatement) -> None:
        self.emit("pass")

    def _routine_context(self) -> Any:
        return self.fc

    def _return(self, node: nodes.Return) -> None:
        fc = self.fc
        if node.value is None:
            if fc.is_function and fc.pipe is None:
                raise Failure(
                    node,
                    "PLS-00503: RETURN <value> statement required for this return from function",
                )
            self.emit(self.return_code("None"))
            return
        if not fc.is_function or fc.returns is None:
            raise Failure(
                node, "PLS-00372: In a procedure, RETURN statement cannot contain an expression"
            )
        value = self.convert(self.value_of(node.value), fc.returns, node.value)
        self.emit(self.return_code(value.code))

    def return_code(self, value: str) -> str:
        """RETURN with the values of the OUT parameters, as the calling convention wants them."""
        fc = self.fc
        if fc.pipe is not None:
            return f"return {fc.pipe}"
        if not fc.out_codes:
            return f"return {value}" if fc.is_function else "return"
        outs = ", ".join(fc.out_codes)
        return f"return ({value}, {outs})" if fc.is_function else f"return ({outs},)"

    def _pipe_row(self, node: nodes.PipeRow) -> None:
        fc = self.fc
        if fc.pipe is None or not isinstance(fc.returns, CollectionType):
            raise Failure(
                node, "PLS-00629: PIPE statement cannot be used in non-pipelined functions"
            )
        value = self.convert(self.value_of(node.value), fc.returns.element, node.value)
        self.emit(f"{fc.pipe}.d.append({value.code})")

"""Statements to Python: assignments, control flow, handlers, cursors, SQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.plsql import arithmetic, cursors, exceptions, nodes, types
from devkit.oracle.plsql.compiler_base import Ex
from devkit.oracle.plsql.compiler_calls import Bound
from devkit.oracle.plsql.compiler_expressions import Callee
from devkit.oracle.plsql.embedded_sql import SqlCompiler, Statement
from devkit.oracle.plsql.scope import (
    CursorSymbol,
    ExceptionSymbol,
    Failure,
    RoutineSet,
    RowSymbol,
    Scope,
    TypeSymbol,
    Variable,
)
from devkit.oracle.plsql.types import (
    CollectionType,
    CursorType,
    ObjectType,
    PlType,
    RecordType,
    Scalar,
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


class StatementCompiler(SqlCompiler):
    """``statements`` compiles a sequence; failures are recorded and the next statement tried."""

    def statements(self, sequence: Sequence[nodes.Statement]) -> None:
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
        method(self, node)

    # ------------------------------------------------------------------ assignment

    def _assignment(self, node: nodes.Assignment) -> None:
        target_type = self._peek_type(node.target)
        value = self.value_of(node.value)
        if (
            target_type is not None
            and not types.convertible(value.type, target_type)
            and value.host is None
        ):
            raise Failure(node.value, "PLS-00382: expression is of wrong type")
        self.assign(node.target, value)

    def _peek_type(self, target: nodes.Expr) -> PlType | None:
        if isinstance(target, nodes.Name):
            symbol = self.scope.lookup(target.parts[0].folded, labels=False)
            if isinstance(symbol, Variable) and len(target.parts) == 1:
                return symbol.type
        return None

    def assign(self, target: nodes.Expr, value: Ex) -> None:
        """Emit ``target := value``."""
        store, kind = self._store(target)
        if value.wide and kind == types.PLS_INTEGER and isinstance(target, nodes.Name):
            self._assign_wide(store, value)
            return
        converted = self.convert(value, kind, target)
        if converted.nullable is False or not self._forbids_null(target):
            self.emit(store(converted.code))
            return
        self.emit(store(f"{self.helper(not_null)}({converted.code})"))

    def _assign_wide(self, store: Callable[[str], str], value: Ex) -> None:
        """PLS_INTEGER arithmetic into a plain PLS_INTEGER: the range test stands inline."""
        text = store(value.code)
        place = text.partition(" = ")[0]
        self.emit(text)
        guard = f"{place} is not None and " if value.nullable else ""
        low, high = types.PLS_MIN, types.PLS_MAX
        overflow = self.helper(arithmetic.overflow)
        self.emit(f"if {guard}not {low} <= {place} <= {high}: raise {overflow}()")

    def _forbids_null(self, _target: nodes.Expr) -> bool:
        return False

    def assign_expression(self, target: nodes.Expr, value: Ex) -> str:
        """``target := value`` inside a Python expression."""
        store, kind = self._store(target)
        code = self.convert(value, kind, target).code
        text = store("\0")
        if text.endswith(" = \0"):
            left = text[:-4]
            if left.isidentifier():
                return f"({left} := {code})"
            if left.endswith("]"):
                base, _, key = left[:-1].rpartition("[")
                return f"{base}.__setitem__({key}, {code})"
            base, _, attr = left.rpartition(".")
            return f"setattr({base}, {attr!r}, {code})"
        return text.replace("\0", code)

    def _store(self, target: nodes.Expr) -> tuple[Callable[[str], str], PlType]:
        """How to write to a target, and its type."""
        if isinstance(target, nodes.HostBind):
            return self._store_bind(target)
        if isinstance(target, nodes.Name):
            return self._store_name(target)
        if isinstance(target, nodes.Dotted):
            if isinstance(target.base, nodes.HostBind):
                return self._store_row(target)
            base = self._place(target.base)
            return self._store_member(base, target.member)
        if isinstance(target, nodes.Apply):
            base = self._place(target.target)
            if isinstance(base.type, CollectionType) and len(target.args) == 1:
                key = self.key_of(base.type, target.args[0].value)
                code, key_code = base.code, key.code
                return (lambda v: f"{code}.put({key_code}, {v})"), base.type.element
        raise Failure(target, "PLS-00363: expression cannot be used as an assignment target")

    def _store_bind(self, target: nodes.HostBind) -> tuple[Callable[[str], str], PlType]:
        if not self.has_binds:
            raise Failure(target, f"PLS-00049: bad bind variable '{target.name}'")
        self.bind_writes[target.name] = self.bind_writes.get(target.name, 0) + 1
        ora = self.bind_types.get(target.name)
        kind: PlType = types.ANY if ora is None else self.machine.bind_type(ora)
        if self._is_array(target.name):
            return (lambda v: f"_b[{target.name!r}] = {v}"), types.ANY
        return (lambda v: f"_b[{target.name!r}] = {v}"), kind

    def _is_array(self, name: str) -> bool:
        return name in self.machine.array_binds

    def _store_name(self, target: nodes.Name) -> tuple[Callable[[str], str], PlType]:
        symbol, used = self.resolve(target.parts, target)
        rest = target.parts[used:]
        if not isinstance(symbol, Variable):
            if isinstance(symbol, RoutineSet | TypeSymbol | str):
                raise Failure(
                    target,
                    "PLS-00363: expression '"
                    + target.text
                    + "' cannot be used as an assignment target",
                )
            raise Failure(
                target,
                f"PLS-00403: expression '{target.text}' cannot be used as an INTO-target of a SELECT/FETCH statement",
            )
        if symbol.constant or symbol.index or symbol.mode == "IN":
            raise Failure(
                target,
                f"PLS-00363: expression '{target.text}' cannot be used as an assignment target",
            )
        if not rest:
            name = self.assign_name(symbol)
            return (lambda v: f"{name} = {v}"), symbol.type
        base = Ex(self.variable_code(symbol), symbol.type)
        for part in rest[:-1]:
            found = self.member(base, part)
            if not isinstance(found, Ex):
                raise Failure(
                    target,
                    f"PLS-00363: expression '{target.text}' cannot be used as an assignment target",
                )
            base = found
        return self._store_member(base, rest[-1])

    def _store_member(self, base: Ex, part: nodes.NamePart) -> tuple[Callable[[str], str], PlType]:
        found = self.member(base, part)
        if not isinstance(found, Ex):
            raise Failure(
                part,
                f"PLS-00363: expression '{part.folded}' cannot be used as an assignment target",
            )
        code = found.code
        kind = found.type
        fields = getattr(base.type, "fields", {})
        if fields[part.folded].not_null and isinstance(kind, Scalar):
            return (lambda v: f"{code} = {self.helper(not_null)}({v})"), kind
        return (lambda v: f"{code} = {v}"), kind

    def _place(self, node: nodes.Expr) -> Ex:
        """A composite to be changed in place: like a value, but missing elements are made."""
        if isinstance(node, nodes.Apply):
            base = self._place(node.target)
            if isinstance(base.type, CollectionType) and len(node.args) == 1:
                key = self.key_of(base.type, node.args[0].value)
                return Ex(f"{base.code}.ref({key.code})", base.type.element)
        if isinstance(node, nodes.Dotted) and not isinstance(node.base, nodes.HostBind):
            found = self.member(self._place(node.base), node.member)
            if isinstance(found, Ex):
                return found
        if isinstance(node, nodes.Name):
            symbol, _ = self.resolve(node.parts, node)
            if isinstance(symbol, Variable) and (symbol.constant or symbol.mode == "IN"):
                raise Failure(
                    node,
                    f"PLS-00363: expression '{node.text}' cannot be used as an assignment target",
                )
        return self.value_of(node)

    def _store_row(self, target: nodes.Dotted) -> tuple[Callable[[str], str], PlType]:
        assert isinstance(target.base, nodes.HostBind)
        row = self.scope.lookup(":" + target.base.name)
        place = self._row_column(target)
        if isinstance(row, RowSymbol) and not row.writable:
            if row.name == "OLD":
                raise Failure(
                    target, "PLS-00363: expression 'OLD' cannot be used as an assignment target"
                )
            raise Failure(
                target, "PL/SQL: ORA-04084: cannot change NEW values for this trigger type"
            )
        code, kind = place.code, place.type
        if isinstance(kind, Scalar):
            # the column's own limits are checked when the row is written
            kind = kind.unconstrained()
        return (lambda v: f"{code} = {v}"), kind

    # ------------------------------------------------------------------ calls

    def _call_statement(self, node: nodes.CallStatement) -> None:
        call = node.call
        args: tuple[nodes.Argument, ...] = ()
        target = call
        if isinstance(call, nodes.Apply):
            target, args = call.target, call.args
        if isinstance(target, nodes.Name) and self._standard_procedure(target, args, node):
            return
        found = self.reference(target)
        if isinstance(found, Ex):
            name = target.text if isinstance(target, nodes.Name) else "expression"
            raise Failure(node, f"PLS-00221: '{name}' is not a procedure or is undefined")
        self._run(found, args, call)

    def _run(self, callee: Callee, args: tuple[nodes.Argument, ...], node: nodes.Expr) -> None:
        if callee.kind == "collection":
            place = callee.base
            assert place is not None
            self.emit(self.collection_statement(callee, args, node))
            return
        if callee.kind == "dynamic":
            self.emit(self.call(callee, args, node).code)
            return
        if callee.kind == "routine":
            symbol: RoutineSet = callee.symbol
            code, routine, bound = self.routine_call(symbol.name, symbol.routines, args, node)
        elif callee.kind == "method":
            assert callee.base is not None
            code, routine, bound = self.method_call(
                callee.symbol, callee.name, callee.base, args, node
            )
        elif callee.kind == "static" and isinstance(callee.symbol.type, ObjectType):
            kind: ObjectType = callee.symbol.type
            if callee.name not in kind.methods:
                raise Failure(node, f"PLS-00302: component '{callee.name}' must be declared")
            code, routine, bound = self.routine_call(
                callee.name, kind.methods[callee.name], args, node
            )
        else:
            raise Failure(node, f"PLS-00221: '{callee.name}' is not a procedure or is undefined")
        if routine.returns is not None:
            raise Failure(node, f"PLS-00221: '{callee.name}' is not a procedure or is undefined")
        self._emit_call(code, bound)

    def _emit_call(self, code: str, bound: list[Bound]) -> None:
        outs = [b for b in bound if b.parameter.mode != "IN"]
        if not outs:
            self.emit(code)
            return
        temps = [self.fc.temp() for _ in outs]
        self.emit(f"{', '.join(temps)}, = {code}")
        for temp, one in zip(temps, outs, strict=True):
            if one.node is None:
                continue
            if isinstance(one.node, nodes.HostBind) and isinstance(
                one.parameter.type, CollectionType
            ):
                self.bind_writes[one.node.name] = self.bind_writes.get(one.node.name, 0) + 1
                self.emit(f"_b[{one.node.name!r}] = {temp}.values()")
                continue
            fresh = not one.parameter.nocopy
            self.assign(one.node, Ex(temp, one.parameter.type, fresh=fresh or True))

    def _standard_procedure(
        self, target: nodes.Name, args: tuple[nodes.Argument, ...], node: nodes.Statement
    ) -> bool:
        names = target.folded
        if names[:2] == ("SYS", "STANDARD") or names[:2] == ("SYS", "DBMS_STANDARD"):
            names = names[2:]
        elif names[:1] in (("DBMS_STANDARD",), ("STANDARD",)):
            names = names[1:]
        if (
            names == ("RAISE_APPLICATION_ERROR",)
            and self.scope.lookup(names[0], labels=False) is None
        ):
            self._raise_application_error(args, node)
            return True
        return False

    def _raise_application_error(self, args: tuple[nodes.Argument, ...], node: nodes.Node) -> None:
        order = ["NUM", "MSG", "KEEPERRORSTACK"]
        values: dict[str, nodes.Expr] = {}
        for position, arg in enumerate(args):
            name = (
                order[position]
                if arg.name is None and position < 3
                else (arg.name.folded if arg.name is not None else "")
            )
            name = {"ERROR_NUMBER": "NUM", "MESSAGE": "MSG"}.get(name, name)
            if name not in order or name in values:
                raise Failure(
                    node,
                    "PLS-00306: wrong number or types of arguments in call to 'RAISE_APPLICATION_ERROR'",
                )
            values[name] = arg.value
        if "NUM" not in values or "MSG" not in values:
            raise Failure(
                node,
                "PLS-00306: wrong number or types of arguments in call to 'RAISE_APPLICATION_ERROR'",
            )
        keep = values.get("KEEPERRORSTACK")
        codes = [self.integer(values["NUM"]).code, self.text(values["MSG"]).code]
        codes.append(self.truth(keep) if keep is not None else "False")
        self.emit(f"raise _m.application_error({', '.join(codes)})")

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

    def _find_loop(self, label: nodes.NamePart | None, node: nodes.Node, word: str) -> int:
        if not self.loops:
            raise Failure(
                node, f"PLS-00376: illegal {word} statement; it must appear inside a loop"
            )
        if label is None:
            return len(self.loops) - 1
        for index in range(len(self.loops) - 1, -1, -1):
            if label.folded in self.loops[index].labels:
                return index
        raise Failure(label, f"PLS-00201: identifier '{label.folded}' must be declared")

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
        raise Failure(node, unsupported("GOTO").message)

    def _null(self, _node: nodes.NullStatement) -> None:  # type: ignore[override]
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

    # ------------------------------------------------------------------ exceptions

    def _raise(self, node: nodes.Raise) -> None:
        if node.exception is None:
            if not self.handler_depth:
                raise Failure(
                    node,
                    "PLS-00367: a RAISE statement with no exception name must be inside an exception handler",
                )
            unit = self.display
            place = f'at "{unit}", line {node.line}' if unit else f"at line {node.line}"
            self.emit(f"raise {self.helper(exceptions.reraise)}({self.handler_name}, {place!r})")
            return
        symbol = self._exception(node.exception)
        self.emit(f"raise _m.raised({self.constant(symbol.identity)})")

    @property
    def handler_name(self) -> str:
        return f"_e{self.handler_depth}"

    def _exception(self, name: nodes.Name) -> ExceptionSymbol:
        symbol, used = self.resolve(name.parts, name)
        if not isinstance(symbol, ExceptionSymbol) or used != len(name.parts):
            raise Failure(
                name, f"PLS-00485: in exception handler, '{name.text}' must be an exception name"
            )
        return symbol

    def _handlers(self, handlers: tuple[nodes.Handler, ...]) -> None:
        """The EXCEPTION part of a block whose body was emitted under ``try:``."""
        self.line = 0
        self.emit("except Exception as _exc:")
        self.handler_depth += 1
        name = self.handler_name
        with self.indented():
            self.emit(f"{name} = {self.helper(exceptions.normalise)}(_exc)")
            self.emit(f"_key = {self.helper(exceptions.key_of)}({name})")
            self.emit(f"_m.handling.append({name})")
            self.emit("try:")
            with self.indented():
                self._handler_chain(handlers)
            self.line = 0
            self.emit("finally:")
            with self.indented():
                self.emit("_m.handling.pop()")
                self.emit(f"{name} = None")
        self.handler_depth -= 1

    def _handler_chain(self, handlers: tuple[nodes.Handler, ...]) -> None:
        others: nodes.Handler | None = None
        word = "if"
        for handler in handlers:
            if handler.others:
                others = handler
                continue
            tests = []
            for exception in handler.exceptions:
                try:
                    identity = self._exception(exception).identity
                except Failure as failure:
                    self.record(failure)
                    continue
                key = identity.code
                test = f"_key == {key}" if key is not None else f"_key is {self.constant(identity)}"
                tests.append(test)
            self.line = 0
            self.emit(f"{word} {' or '.join(tests) or 'False'}:")
            word = "elif"
            with self.indented():
                self.statements(handler.statements)
        if others is not None and word == "if":
            self.statements(others.statements)
            return
        self.line = 0
        self.emit("else:")
        with self.indented():
            if others is not None:
                self.statements(others.statements)
            else:
                self.emit("raise")

    def _block(self, node: nodes.Block) -> None:
        label = node.labels[-1].folded if node.labels else None
        scope = Scope(self.scope, label)
        self.scope = scope
        try:
            self.block_body(node)
        finally:
            self.scope = scope.parent or scope

    def block_body(self, node: nodes.Block) -> None:
        """Declarations, statements and handlers of a block in the current scope."""
        self.declarations(node.declarations)
        if not node.handlers:
            self.statements(node.statements)
            return
        self.emit("try:")
        with self.indented():
            self.statements(node.statements)
        self._handlers(node.handlers)

    def declarations(self, declared: tuple[nodes.Declaration, ...]) -> None:
        raise AssertionError("see compiler_declarations")

    # ------------------------------------------------------------------ SQL statements

    def _sql_statement(self, node: nodes.SqlStatement) -> None:
        if node.kind == "SET":
            self.emit(f"_m.run_control({node.text!r})")
            return
        statement = self.sql(node)
        columns = statement.prepared.columns
        site, values = statement.site, statement.tuple
        if node.kind == "SELECT":
            if not node.into:
                raise Failure(
                    node, "PLS-00428: an INTO clause is expected in this SELECT statement"
                )
            result = self.fc.temp()
            if node.bulk:
                self.emit(f"{result} = {site}.all({values})")
                self.store_rows(result, columns, node.into, node)
            else:
                self.emit(f"{result} = {site}.one({values})")
                self.store_row(result, columns, node.into, node)
            return
        if not node.into:
            self.emit(f"{site}.run({values})")
            return
        result = self.fc.temp()
        if node.bulk:
            self.emit(f"{result} = {site}.run({values}).returned")
            self.store_rows(result, columns, node.into, node)
        else:
            self.emit(f"{result} = {site}.returning({values})")
            self.store_row(result, columns, node.into, node)

    def _commit(self, _node: nodes.Commit) -> None:
        self.emit("_m.commit()")

    def _rollback(self, node: nodes.Rollback) -> None:
        self.emit(f"_m.rollback_to({node.to.folded!r})" if node.to is not None else "_m.rollback()")

    def _savepoint(self, node: nodes.Savepoint) -> None:
        self.emit(f"_m.savepoint({node.name.folded!r})")

    def _for_all(self, node: nodes.ForAll) -> None:
        indexes, variable = self.fc.temp(), self.unique("i_")
        self.emit(f"{indexes} = {self._bounds(node.bounds)}")
        scope = Scope(self.scope)
        scope.declare(
            node.index.folded,
            Variable(
                node.index.folded, types.PLS_INTEGER, variable, self.fc, index=True, not_null=True
            ),
        )
        self.scope = scope
        try:
            if isinstance(node.statement, nodes.SqlStatement):
                self._for_all_sql(node, node.statement, indexes, variable)
            else:
                self._for_all_dynamic(node, node.statement, indexes, variable)
        finally:
            self.scope = scope.parent or scope

    def _bounds(self, bounds: nodes.ForAllBounds) -> str:
        if isinstance(bounds, nodes.RangeBounds):
            low, high = self.integer(bounds.low), self.integer(bounds.high)
            return f"{self.helper(forall_range)}({low.code}, {high.code})"
        if isinstance(bounds, nodes.IndicesOf):
            code = self.value_of(bounds.collection).code
            limits = [
                self.integer(b).code if b is not None else "None" for b in (bounds.low, bounds.high)
            ]
            return f"{self.helper(forall_indices)}({code}, {', '.join(limits)})"
        assert isinstance(bounds, nodes.ValuesOf)
        return f"list({self.value_of(bounds.collection).code}.values())"

    def _for_all_sql(
        self, node: nodes.ForAll, sql: nodes.SqlStatement, indexes: str, variable: str
    ) -> None:
        statement: Statement = self.sql(sql)
        rows = self.fc.temp()
        self.emit(f"{rows} = []")
        self.emit(f"for {variable} in {indexes}:")
        with self.indented():
            self.emit(f"{rows}.append({statement.tuple})")
        result = self.fc.temp()
        self.emit(f"{result} = {statement.site}.many({indexes}, {rows}, {node.save_exceptions})")
        if sql.into:
            self.store_rows(result, statement.prepared.columns, sql.into, sql)
        if node.save_exceptions:
            self.emit("_m.raise_bulk_errors()")

    def _for_all_dynamic(
        self, node: nodes.ForAll, dynamic: nodes.ExecuteImmediate, indexes: str, variable: str
    ) -> None:
        if dynamic.into or dynamic.returning:
            raise Failure(dynamic, unsupported("FORALL EXECUTE IMMEDIATE … INTO").message)
        text = self.text(dynamic.sql).code
        rows = self.fc.temp()
        self.emit(f"{rows} = []")
        self.emit(f"for {variable} in {indexes}:")
        with self.indented():
            values = [self.value_of(u.value) for u in dynamic.using]
            self.emit(f"{rows}.append(({''.join(v.code + ', ' for v in values)}))")
        kinds = self.constant([self._bind_ora(v) for v in values])
        rights = self.constant(self.rights(), "_rt")
        self.emit(
            f"_m.execute_many({text}, {kinds}, {indexes}, {rows}, {node.save_exceptions}, {rights})"
        )
        if node.save_exceptions:
            self.emit("_m.raise_bulk_errors()")

    # ------------------------------------------------------------------ cursors

    def _open_code(
        self, symbol: CursorSymbol, args: tuple[nodes.Argument, ...], node: nodes.Node
    ) -> str:
        """Python code that opens the query of an explicit cursor: a ResultCursor."""
        slots: list[str | None] = [None] * len(symbol.parameters)
        for position, arg in enumerate(args):
            index = position
            if arg.name is not None:
                index = next(
                    (i for i, p in enumerate(symbol.parameters) if p.name == arg.name.folded),
                    len(slots),
                )
            if index >= len(slots) or slots[index] is not None:
                raise Failure(
                    node,
                    f"PLS-00306: wrong number or types of arguments in call to '{symbol.name}'",
                )
            parameter = symbol.parameters[index]
            slots[index] = self.converted(arg.value, parameter.type).code
        for index, parameter in enumerate(symbol.parameters):
            if slots[index] is None and not parameter.has_default:
                raise Failure(
                    node,
                    f"PLS-00306: wrong number or types of arguments in call to '{symbol.name}'",
                )
        codes = [s if s is not None else "_D" for s in slots]
        opener = f"q_{symbol.code}"
        if symbol.unit is not None and symbol.unit.ns is not self.ns:
            opener = self.function_of(symbol.unit, opener)
        return f"{opener}({', '.join(codes)})"

    def _open(self, node: nodes.OpenCursor) -> None:
        if isinstance(node.cursor, nodes.Name):
            symbol, used = self.resolve(node.cursor.parts, node.cursor)
            if isinstance(symbol, CursorSymbol) and used == len(node.cursor.parts):
                opened = self._open_code(symbol, node.args, node)
                self.emit(
                    f"{self.helper(open_cursor)}({self.cursor_reference(symbol)}, lambda: {opened})"
                )
                return
        raise Failure(node.cursor, "PLS-00456: item is not a cursor")

    def _open_for(self, node: nodes.OpenFor) -> None:
        if node.query is not None:
            statement = self.sql(node.query)
            cursor = f"{statement.site}.cursor({statement.tuple})"
        else:
            assert node.sql is not None
            text = self.text(node.sql).code
            values = [self.value_of(u.value) for u in node.using]
            kinds = self.constant([self._bind_ora(v) for v in values])
            rights = self.constant(self.rights(), "_rt")
            codes = "".join(v.code + ", " for v in values)
            cursor = f"_m.open_dynamic({text}, {kinds}, ({codes}), {rights})"
        self.assign(node.cursor, Ex(cursor, types.REF_CURSOR, False, fresh=True))

    def _bind_ora(self, value: Ex) -> Any:
        from devkit.oracle.plsql.embedded_sql import bind_ora

        return bind_ora(value.type)

    def _fetch(self, node: nodes.Fetch) -> None:
        cursor = f"{self.helper(cursors.valid)}({self.cursor_code(node.cursor)})"
        row_type = self.cursor_columns(node.cursor)
        temp = self.fc.temp()
        if node.bulk:
            if node.limit is not None:
                self.emit(f"{temp} = {cursor}.fetch({self.integer(node.limit).code})")
            else:
                self.emit(f"{temp} = {cursor}.fetch_all()")
            self._fetched_rows(temp, row_type, node)
            return
        self.emit(f"{temp} = {cursor}.fetch_one()")
        self.emit(f"if {temp} is not None:")
        with self.indented():
            if row_type is not None:
                self._store_fetched(temp, row_type, node)
            else:
                self._store_untyped(temp, node)

    def _store_fetched(self, row: str, row_type: RecordType, node: nodes.Fetch) -> None:
        columns = [_FieldColumn(f.name, f.type.ora()) for f in row_type.fields.values()]
        self.store_row(row, columns, node.into, node)

    def _store_untyped(self, row: str, node: nodes.Fetch) -> None:
        """FETCH from a weak cursor variable: types are known only now."""
        strong = self.value_of(node.cursor).type
        if isinstance(strong, CursorType) and isinstance(strong.row, RecordType):
            self._store_fetched(row, strong.row, node)
            return
        if len(node.into) == 1:
            kind = self.target_type(node.into[0])
            if isinstance(kind, RecordType):
                make = self.helper(self.machine.dynamic_record)
                self.assign(
                    node.into[0], Ex(f"{make}({self.constant(kind)}, {row})", kind, fresh=True)
                )
                return
        self.emit(f"{self.helper(check_width)}({row}, {len(node.into)})")
        for index, target in enumerate(node.into):
            self.assign(target, Ex(f"{row}[{index}]", types.ANY))

    def _fetched_rows(self, rows: str, row_type: RecordType | None, node: nodes.Fetch) -> None:
        if row_type is None:
            strong = self.value_of(node.cursor).type
            if isinstance(strong, CursorType) and isinstance(strong.row, RecordType):
                row_type = strong.row
        if row_type is not None:
            columns = [_FieldColumn(f.name, f.type.ora()) for f in row_type.fields.values()]
            self.store_rows(rows, columns, node.into, node)
            return
        self._dynamic_rows(rows, node.into, node)

    def _dynamic_rows(self, rows: str, targets: tuple[nodes.Expr, ...], node: nodes.Node) -> None:
        """Rows of unknown types into collections."""
        for index, target in enumerate(targets):
            kind = self.target_type(target)
            if not isinstance(kind, CollectionType):
                raise Failure(
                    node,
                    "PLS-00497: cannot mix between single row and multi-row (BULK) in INTO list",
                )
            if len(targets) == 1 and isinstance(kind.element, RecordType):
                make = self.helper(self.machine.dynamic_record)
                items = f"[{make}({self.constant(kind.element)}, _r) for _r in {rows}]"
            else:
                value = self.convert(Ex(f"_r[{index}]", types.ANY), kind.element, node)
                items = f"[{value.code} for _r in {rows}]"
            self._store_collection(target, kind, items)

    def _close(self, node: nodes.Close) -> None:
        self.emit(f"{self.helper(cursors.valid)}({self.cursor_code(node.cursor)}).close()")

    # ------------------------------------------------------------------ dynamic SQL

    def _execute_immediate(self, node: nodes.ExecuteImmediate) -> None:
        text = self.text(node.sql).code
        modes: list[str] = []
        kinds: list[Any] = []
        codes: list[str] = []
        for one in node.using:
            value = self.value_of(one.value)
            if one.mode == "OUT" and value.host is not None:
                self.bind_reads[value.host] -= 1
            modes.append(one.mode)
            kinds.append(self._bind_ora(value))
            codes.append(value.code if one.mode != "OUT" else "None")
        using = f"({''.join(c + ', ' for c in codes)})"
        rights = self.constant(self.rights(), "_rt")
        mode_name, kind_name = self.constant(modes), self.constant(kinds)
        base = f"{text}, {kind_name}, {using}, {rights}"
        if node.into:
            temp = self.fc.temp()
            if node.bulk:
                self.emit(f"{temp} = _m.query_all({base})")
                self._dynamic_rows(temp, node.into, node)
            else:
                self.emit(f"{temp} = _m.query_one({base})")
                self._dynamic_row(temp, node)
            return
        outs = [u for u in node.using if u.mode != "IN"]
        temp = self.fc.temp()
        self.emit(f"{temp} = _m.execute_immediate({base}, {mode_name}, {len(node.returning)})")
        for index, one in enumerate(outs):
            self.assign(one.value, Ex(f"{temp}[0][{index}]", types.ANY))
        if node.returning_bulk:
            self._dynamic_rows(f"{temp}[1]", node.returning, node)
        elif node.returning:
            row = self.fc.temp()
            self.emit(f"{row} = {self.helper(single_row)}({temp}[1], {len(node.returning)})")
            for index, target in enumerate(node.returning):
                self.assign(target, Ex(f"{row}[{index}]", types.ANY))

    def _dynamic_row(self, row: str, node: nodes.ExecuteImmediate) -> None:
        if len(node.into) == 1:
            kind = self.target_type(node.into[0])
            if isinstance(kind, RecordType):
                make = self.helper(self.machine.dynamic_record)
                self.assign(
                    node.into[0], Ex(f"{make}({self.constant(kind)}, {row})", kind, fresh=True)
                )
                return
        self.emit(f"{self.helper(check_width)}({row}, {len(node.into)})")
        for index, target in enumerate(node.into):
            self.assign(target, Ex(f"{row}[{index}]", types.ANY))

    _statements: dict[type[nodes.Statement], Callable[[Any, Any], None]] = {
        nodes.Assignment: _assignment,
        nodes.CallStatement: _call_statement,
        nodes.If: _if,
        nodes.CaseStatement: _case_statement,
        nodes.Loop: _loop,
        nodes.While: _while,
        nodes.ForRange: _for_range,
        nodes.ForCursor: _for_cursor,
        nodes.ForQuery: _for_query,
        nodes.Exit: _exit,
        nodes.Continue: _continue,
        nodes.Goto: _goto,
        nodes.NullStatement: _null,
        nodes.PragmaStatement: _pragma,
        nodes.Return: _return,
        nodes.PipeRow: _pipe_row,
        nodes.Raise: _raise,
        nodes.Block: _block,
        nodes.SqlStatement: _sql_statement,
        nodes.Commit: _commit,
        nodes.Rollback: _rollback,
        nodes.Savepoint: _savepoint,
        nodes.ForAll: _for_all,
        nodes.OpenCursor: _open,
        nodes.OpenFor: _open_for,
        nodes.Fetch: _fetch,
        nodes.Close: _close,
        nodes.ExecuteImmediate: _execute_immediate,
    }


@dataclass(frozen=True, slots=True)
class _FieldColumn:
    """A record field seen as a query column."""

    name: str
    type: Any


# --------------------------------------------------------------------------- run time


def not_null(value: Any) -> Any:
    if value is None:
        raise OraError(6502, "")
    return value


def loop_range(low: Any, high: Any) -> range:
    """Bounds of a FOR loop; a NULL bound is ORA-06502."""
    if low is None or high is None:
        raise OraError(6502, "")
    return range(low, high + 1)


def forall_range(low: Any, high: Any) -> range:
    if low is None or high is None:
        raise OraError(6502, "")
    return range(low, high + 1)


def forall_indices(collection: Any, low: Any, high: Any) -> list[int]:
    """INDICES OF: the present subscripts, within the bounds."""
    if collection is None:
        raise OraError(6531)
    return [
        k for k in collection.keys() if (low is None or k >= low) and (high is None or k <= high)
    ]


def open_cursor(cursor: cursors.Cursor, opener: Any) -> None:
    """OPEN: refuse before the query runs when the cursor is open."""
    if cursor.is_open:
        raise OraError(6511)
    result = opener()
    cursor.attach(result.result, for_update=result.prefetch == 1)
    cursor.with_rowid = result.with_rowid


class _CursorLoop:
    """Rows of an explicit cursor in a FOR loop; the cursor is open meanwhile."""

    def __init__(self, cursor: cursors.Cursor, opened: cursors.Cursor) -> None:
        if cursor.is_open:
            raise OraError(6511)
        assert opened.result is not None
        self.cursor = cursor.attach(opened.result, for_update=opened.prefetch == 1)
        self.cursor.with_rowid = opened.with_rowid

    def __iter__(self) -> Any:
        while True:
            row = self.cursor.fetch_one()
            if row is None:
                return
            yield row

    def close(self) -> None:
        if self.cursor.is_open:
            self.cursor.close()


def loop_cursor(cursor: cursors.Cursor, opened: cursors.Cursor) -> _CursorLoop:
    return _CursorLoop(cursor, opened)


def check_width(row: Sequence[Any], count: int) -> None:
    """ORA-01007 when a dynamic query has another number of columns than INTO targets."""
    if len(row) != count:
        raise OraError(1007, text="variable not in select list")


def single_row(rows: Sequence[Any], count: int) -> Any:
    """RETURNING INTO scalars: one row at most."""
    if len(rows) > 1:
        raise OraError(1422)
    return rows[0] if rows else (None,) * count

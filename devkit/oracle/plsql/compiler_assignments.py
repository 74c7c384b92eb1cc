"""Assignments to every kind of target, and procedure calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.oracle.plsql import arithmetic, messages, nodes, types
from devkit.oracle.plsql.compiler_base import Ex
from devkit.oracle.plsql.compiler_calls import Bound
from devkit.oracle.plsql.compiler_references import Callee
from devkit.oracle.plsql.compiler_results import ResultCompiler
from devkit.oracle.plsql.scope import (
    Failure,
    RoutineSet,
    RowSymbol,
    TypeSymbol,
    Variable,
)
from devkit.oracle.plsql.statement_support import not_null
from devkit.oracle.plsql.types import (
    CollectionType,
    ObjectType,
    PlType,
    Scalar,
)

if TYPE_CHECKING:
    from collections.abc import Callable


class AssignmentCompiler(ResultCompiler):
    """Writes values where they belong."""

    # ------------------------------------------------------------------ assignment

    def _assignment(self, node: nodes.Assignment) -> None:
        target_type = self._peek_type(node.target)
        value = self.value_of(node.value)
        if (
            target_type is not None
            and not types.convertible(value.type, target_type)
            and value.host is None
        ):
            raise Failure(node.value, messages.WRONG_TYPE)
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
            raise Failure(target, self.bad_bind(target.name))
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
                messages.not_a_target(target.text),
            )
        if symbol.constant or symbol.index or symbol.mode == "IN":
            raise Failure(
                target,
                messages.not_assignable(target.text),
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
                    messages.not_assignable(target.text),
                )
            base = found
        return self._store_member(base, rest[-1])

    def _store_member(self, base: Ex, part: nodes.NamePart) -> tuple[Callable[[str], str], PlType]:
        found = self.member(base, part)
        if not isinstance(found, Ex):
            raise Failure(
                part,
                messages.not_assignable(part.folded),
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
                    messages.not_assignable(node.text),
                )
        return self.value_of(node)

    def _store_row(self, target: nodes.Dotted) -> tuple[Callable[[str], str], PlType]:
        assert isinstance(target.base, nodes.HostBind)
        row = self.scope.lookup(":" + target.base.name)
        place = self._row_column(target)
        if isinstance(row, RowSymbol) and not row.writable:
            if row.name == "OLD":
                raise Failure(
                    target,
                    "PL/SQL: ORA-04085: cannot change the value of an OLD reference variable",
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
            raise Failure(node, messages.not_a_procedure(name))
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
                raise Failure(node, messages.no_component(callee.name))
            code, routine, bound = self.routine_call(
                callee.name, kind.methods[callee.name], args, node
            )
        else:
            raise Failure(node, messages.not_a_procedure(callee.name))
        if routine.returns is not None:
            raise Failure(node, messages.not_a_procedure(callee.name))
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
                    messages.WRONG_RAISE_ARGUMENTS,
                )
            values[name] = arg.value
        if "NUM" not in values or "MSG" not in values:
            raise Failure(
                node,
                messages.WRONG_RAISE_ARGUMENTS,
            )
        keep = values.get("KEEPERRORSTACK")
        codes = [self.integer(values["NUM"]).code, self.text(values["MSG"]).code]
        codes.append(self.truth(keep) if keep is not None else "False")
        self.emit(f"raise _m.application_error({', '.join(codes)})")

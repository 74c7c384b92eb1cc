"""Calls: overload resolution, arguments and copy-back, methods, constructors, collections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from devkit.oracle.errors import unsupported
from devkit.oracle.plsql import messages, nodes, types
from devkit.oracle.plsql.compiler_base import Ex
from devkit.oracle.plsql.compiler_expressions import ExpressionCompiler
from devkit.oracle.plsql.compiler_references import Callee
from devkit.oracle.plsql.native_calls import native_function
from devkit.oracle.plsql.scope import Failure, Parameter, Routine, RoutineSet, TypeSymbol
from devkit.oracle.plsql.types import (
    CollectionType,
    ObjectType,
    OpaqueType,
    PlType,
    RecordType,
    Scalar,
)
from devkit.oracle.values import Kind

Arguments = tuple[nodes.Argument, ...]
_LOB_PACKAGE = ("SYS", "DBMS_LOB")


@dataclass(slots=True)
class Bound:
    """An argument matched to its parameter; None when the default is to be used."""

    parameter: Parameter
    node: nodes.Expr | None
    ex: Ex | None


class CallCompiler(ExpressionCompiler):
    """What is applied to arguments."""

    def call(self, callee: Callee, args: Arguments, node: nodes.Expr) -> Ex:
        method = getattr(self, "_call_" + callee.kind)
        result: Ex = method(callee, args, node)
        return result

    def assign_expression(self, target: nodes.Expr, value: Ex) -> str:
        raise AssertionError("see compiler_statements")

    # ------------------------------------------------------------------ routines

    def _call_routine(self, callee: Callee, args: Arguments, node: nodes.Expr) -> Ex:
        symbol: RoutineSet = callee.symbol
        code, routine, bound = self.routine_call(symbol.name, symbol.routines, args, node)
        if routine.returns is None:
            raise Failure(node, messages.no_function(symbol.name))
        return self._with_outs(code, routine, bound)

    def _with_outs(self, code: str, routine: Routine, bound: list[Bound]) -> Ex:
        assert routine.returns is not None
        outs = [b for b in bound if b.parameter.mode != "IN"]
        if outs:
            temp = self.fc.temp()
            assignments = [
                self.assign_expression(b.node, Ex(f"{temp}[{i}]", b.parameter.type, fresh=True))
                for i, b in enumerate(outs, 1)
                if b.node is not None
            ]
            code = f"({temp} := {code}, {', '.join([*assignments, f'{temp}[0]'])})[-1]"
        return Ex(code, routine.returns, True, fresh=True)

    def routine_call(
        self,
        name: str,
        routines: list[Routine],
        args: Arguments,
        node: nodes.Expr,
        *,
        this: str | None = None,
    ) -> tuple[str, Routine, list[Bound]]:
        """Python code of the call; the caller deals with OUT values."""
        values = [self.value_of(a.value) for a in args]
        routine, bound = self._choose(name, routines, args, values, node)
        if routine.accessible_by is not None:
            self._check_accessible(routine, node)
        if routine.unit is not None and (routine.unit.owner, routine.unit.name) == _LOB_PACKAGE:
            self._check_lobs(routine, bound, node)
        codes = [] if this is None else [this]
        codes.extend(self._argument(one) for one in bound)
        while codes and codes[-1] == "_D":
            codes.pop()
        return f"{self.routine_name(routine)}({', '.join(codes)})", routine, bound

    def _check_lobs(self, routine: Routine, bound: list[Bound], node: nodes.Node) -> None:
        """A LOB is a value here: writing through the locator of a table's LOB is refused."""
        for one in bound:
            if (
                one.parameter.mode == "IN"
                or one.ex is None
                or one.ex.code not in self.fc.fetched_lobs
            ):
                continue
            if routine.name == "CREATETEMPORARY":
                self.fc.fetched_lobs.discard(one.ex.code)
            elif one.parameter.type.kind in (Kind.CLOB, Kind.BLOB):
                what = f"DBMS_LOB.{routine.name} of a LOB that a statement fetched"
                raise Failure(node, unsupported(what).message)

    def _check_accessible(self, routine: Routine, node: nodes.Node) -> None:
        kind = self.unit.kind.removesuffix(" BODY")
        if routine.unit is None or (routine.unit.owner, routine.unit.name) == (
            self.unit.owner,
            self.unit.name,
        ):
            return
        for accessor in routine.accessible_by:
            parts = accessor.name.folded
            owner = parts[0] if len(parts) > 1 else routine.unit.owner
            if (owner, parts[-1]) == (self.unit.owner, self.unit.name) and accessor.kind in (
                None,
                kind,
            ):
                return
        raise Failure(node, messages.no_access(routine.name))

    def routine_name(self, routine: Routine) -> str:
        if routine.native is not None:
            return self._native(routine)
        if routine.unit is not None and routine.unit.ns is not self.ns:
            return self.function_of(routine.unit, routine.code)
        return routine.code

    def _native(self, routine: Routine) -> str:
        key = ("native", id(routine))
        name = self._constants.get(key)
        if name is None:
            name = self._constants[key] = self.unique("_n")
            function = native_function(routine, self.machine.session)
            invoker = routine.unit is not None and not routine.unit.definer
            self.ns[name] = self.with_rights(function) if invoker else function
        return name

    def with_rights(self, function: Any) -> Any:
        """A session function that sees the rights of this unit, if they are its owner's."""
        if not self.unit.definer or self.unit.kind == "BLOCK":
            return function
        session, entry = self.machine.session, (self.user, self.schema)

        def call(*args: Any) -> Any:
            session.rights.append(entry)
            try:
                return function(*args)
            finally:
                session.rights.pop()

        return call

    def _argument(self, bound: Bound) -> str:
        parameter = bound.parameter
        if bound.node is None or bound.ex is None:
            return "_D"
        if parameter.mode == "OUT":
            self._as_written(bound)
            return (
                "None"
                if not isinstance(parameter.type, CollectionType | RecordType)
                else (self.default_value(parameter.type))
            )
        ex = bound.ex
        if parameter.mode == "IN OUT":
            self._as_written(bound, reads=True)
            if parameter.nocopy:
                ex = Ex(ex.code, ex.type, ex.nullable, ex.simple, fresh=True, host=ex.host)
            return self.convert(ex, parameter.type, bound.node, check=False).code
        if (
            ex.type.is_composite
            and types.conversion_cost(ex.type, parameter.type) == 0
            and ex.host is None
        ):
            return ex.code  # IN composites are passed by reference: nobody can change them
        return self.convert(ex, parameter.type, bound.node, check=True).code

    def _as_written(self, bound: Bound, *, reads: bool = False) -> None:
        """A client bind passed to an OUT parameter is written, and read only if IN OUT."""
        ex = bound.ex
        if ex is not None and ex.host is not None and not reads:
            self.bind_reads[ex.host] -= 1

    def _choose(
        self,
        name: str,
        routines: list[Routine],
        args: Arguments,
        values: list[Ex],
        node: nodes.Node,
    ) -> tuple[Routine, list[Bound]]:
        best: tuple[int, Routine, list[Bound]] | None = None
        for routine in routines:
            match = self._match(routine, args, values)
            if match is not None and (best is None or match[0] < best[0]):
                best = (match[0], routine, match[1])
        if best is None:
            raise Failure(node, messages.wrong_arguments(name))
        return best[1], best[2]

    def _match(
        self, routine: Routine, args: Arguments, values: list[Ex]
    ) -> tuple[int, list[Bound]] | None:
        """(cost, bound arguments) or None when the call does not fit."""
        parameters = routine.parameters
        slots: list[Bound | None] = [None] * len(parameters)
        cost = 0
        for position, (arg, ex) in enumerate(zip(args, values, strict=True)):
            if arg.name is None:
                index = position
            else:
                index = next(
                    (i for i, p in enumerate(parameters) if p.name == arg.name.folded),
                    len(parameters),
                )
            if index >= len(parameters) or slots[index] is not None:
                return None
            parameter = parameters[index]
            step = self._argument_cost(ex, parameter)
            if step is None:
                return None
            cost += step
            slots[index] = Bound(parameter, arg.value, ex)
        for index, parameter in enumerate(parameters):
            if slots[index] is None:
                if not parameter.has_default:
                    return None
                slots[index] = Bound(parameter, None, None)
        return cost, [s for s in slots if s is not None]

    @staticmethod
    def _argument_cost(ex: Ex, parameter: Parameter) -> int | None:
        if ex.host is not None and isinstance(
            parameter.type, CollectionType | types.AnyCollectionType
        ):
            return 1
        if (
            ex.host is not None
            and parameter.type.kind is Kind.BOOLEAN
            and ex.kind is not Kind.BOOLEAN
        ):
            return None
        cost = types.conversion_cost(ex.type, parameter.type)
        if cost is None and parameter.mode == "OUT":
            cost = types.conversion_cost(parameter.type, ex.type)
        return cost

    # ------------------------------------------------------------------ methods of objects

    def _call_method(self, callee: Callee, args: Arguments, node: nodes.Expr) -> Ex:
        kind: ObjectType = callee.symbol
        assert callee.base is not None
        code, routine, bound = self.method_call(kind, callee.name, callee.base, args, node)
        if routine.returns is None:
            raise Failure(node, messages.no_function(callee.name))
        return self._with_outs(code, routine, bound)

    def method_call(
        self, kind: ObjectType, name: str, base: Ex, args: Arguments, node: nodes.Expr
    ) -> tuple[str, Routine, list[Bound]]:
        """A call of a member method; the instance comes first, and its class decides."""
        code, routine, bound = self.routine_call(
            name, kind.methods[name], args, node, this=base.code
        )
        inner = code[code.index("(") + 1 :]
        invoke = self.helper(self.machine.call_member)
        return f"{invoke}({routine.code!r}, {inner}", routine, bound

    def _call_dynamic(self, callee: Callee, args: Arguments, node: nodes.Expr) -> Ex:
        """A method of a Python object: JSON_OBJECT_T, what native packages return."""
        assert callee.base is not None
        values = [self.value_of(a.value).code for a in args]
        invoke = self.helper(self.machine.call_method)
        code = f"{invoke}({callee.base.code}, {callee.name!r}, [{', '.join(values)}])"
        return Ex(code, self._dynamic_result(callee), True, fresh=True)

    @staticmethod
    def _dynamic_result(callee: Callee) -> PlType:
        return (
            DYNAMIC_RESULTS.get(callee.name, types.ANY)
            if callee.symbol.cls is not None
            else types.ANY
        )

    def _call_static(self, callee: Callee, args: Arguments, node: nodes.Expr) -> Ex:
        symbol: TypeSymbol = callee.symbol
        kind = symbol.type
        if isinstance(kind, OpaqueType) and kind.cls is not None:
            values = [self.value_of(a.value).code for a in args]
            code = f"{self.constant(kind.cls)}.static({callee.name!r}, [{', '.join(values)}])"
            return Ex(code, kind, True, fresh=True)
        if isinstance(kind, ObjectType):
            if callee.name not in kind.methods:
                raise Failure(node, messages.no_component(callee.name))
            code, routine, bound = self.routine_call(
                callee.name, kind.methods[callee.name], args, node
            )
            if routine.returns is None:
                raise Failure(node, messages.no_function(callee.name))
            return self._with_outs(code, routine, bound)
        raise Failure(node, messages.no_component(callee.name))

    # ------------------------------------------------------------------ types as functions

    def _call_type(self, callee: Callee, args: Arguments, node: nodes.Expr) -> Ex:
        kind = callee.symbol.type
        if isinstance(kind, CollectionType):
            if kind.form == "INDEX BY":
                raise Failure(node, messages.no_function(callee.name))
            items = [self.converted(a.value, kind.element, check=True).code for a in args]
            return Ex(
                f"{self.constant(kind.factory)}([{', '.join(items)}])", kind, False, fresh=True
            )
        if isinstance(kind, ObjectType):
            return self._construct(kind, args, node)
        if isinstance(kind, OpaqueType) and kind.cls is not None:
            values = [self.value_of(a.value).code for a in args]
            return Ex(
                f"{self.constant(kind.cls)}.make({', '.join(values)})", kind, False, fresh=True
            )
        if isinstance(kind, Scalar) and len(args) == 1:
            return self.converted(args[0].value, kind, check=True)
        raise Failure(node, messages.no_function(callee.name))

    def _construct(self, kind: ObjectType, args: Arguments, node: nodes.Expr) -> Ex:
        if not kind.instantiable:
            raise Failure(
                node, "PLS-00713: attempting to instantiate a type that is NOT INSTANTIABLE"
            )
        attributes = [Parameter(f.name, "IN", f.type) for f in kind.fields.values()]
        plain = Routine(kind.name, attributes, kind, "", kind="FUNCTION", method="ATTRIBUTES")
        values = [self.value_of(a.value) for a in args]
        routine, bound = self._choose(kind.name, [*kind.constructors, plain], args, values, node)
        codes = [self._argument(b) for b in bound]
        if routine is plain:
            return Ex(
                f"{self.constant(kind.cls)}.of(({''.join(c + ', ' for c in codes)}))",
                kind,
                False,
                fresh=True,
            )
        while codes and codes[-1] == "_D":
            codes.pop()
        blank = f"{self.constant(kind.cls)}.new()"
        return Ex(
            f"{self.routine_name(routine)}({', '.join([blank, *codes])})", kind, True, fresh=True
        )

    # ------------------------------------------------------------------ collections

    def _call_collection(self, callee: Callee, args: Arguments, node: nodes.Expr) -> Ex:
        base = callee.base
        assert base is not None
        name = callee.name
        kind = base.type
        key_type: PlType = types.PLS_INTEGER
        if isinstance(kind, CollectionType) and kind.key is not None:
            key_type = kind.key.unconstrained()
        if name in ("EXTEND", "TRIM", "DELETE"):
            raise Failure(node, messages.no_function(name))
        wanted = 1 if name in ("EXISTS", "NEXT", "PRIOR") else 0
        if len(args) != wanted:
            raise Failure(node, messages.wrong_arguments(name))
        if name == "EXISTS":
            assert isinstance(kind, CollectionType)
            key = self.key_of(kind, args[0].value)
            return Ex(f"{self.helper(exists)}({base.code}, {key.code})", types.BOOLEAN, False)
        if wanted:
            assert isinstance(kind, CollectionType)
            return Ex(
                f"{base.code}.{name.lower()}({self.key_of(kind, args[0].value).code})", key_type
            )
        result = types.PLS_INTEGER if name in ("COUNT", "LIMIT") else key_type
        return Ex(f"{base.code}.{name.lower()}()", result, name != "COUNT")

    def collection_statement(self, callee: Callee, args: Arguments, node: nodes.Node) -> str:
        """EXTEND, TRIM, DELETE as statements."""
        base = callee.base
        assert base is not None
        kind = base.type
        if callee.name not in ("EXTEND", "TRIM", "DELETE"):
            raise Failure(node, messages.not_a_procedure(callee.name))
        if isinstance(kind, CollectionType) and kind.form == "INDEX BY" and callee.name != "DELETE":
            raise Failure(node, messages.wrong_arguments(callee.name))
        values = []
        for arg in args:
            if callee.name == "DELETE" and isinstance(kind, CollectionType):
                values.append(self.key_of(kind, arg.value).code)
            else:
                values.append(self.integer(arg.value).code)
        return f"{base.code}.{callee.name.lower()}({', '.join(values)})"


DYNAMIC_RESULTS: dict[str, PlType] = {
    "GET_STRING": types.VARCHAR2,
    "TO_STRING": types.VARCHAR2,
    "STRINGIFY": types.VARCHAR2,
    "GET_TYPE": types.VARCHAR2,
    "GET_CLOB": types.CLOB,
    "TO_CLOB": types.CLOB,
    "TO_BLOB": types.BLOB,
    "GET_NUMBER": types.NUMBER,
    "TO_NUMBER": types.NUMBER,
    "GET_SIZE": types.NUMBER,
    "GET_DATE": types.DATE,
    "TO_DATE": types.DATE,
    "GET_TIMESTAMP": types.TIMESTAMP,
    "TO_TIMESTAMP": types.TIMESTAMP,
    "GET_BOOLEAN": types.BOOLEAN,
    "TO_BOOLEAN": types.BOOLEAN,
    "HAS": types.BOOLEAN,
    **dict.fromkeys(
        [
            "IS_OBJECT",
            "IS_ARRAY",
            "IS_SCALAR",
            "IS_STRING",
            "IS_NUMBER",
            "IS_BOOLEAN",
            "IS_TRUE",
            "IS_FALSE",
            "IS_NULL",
            "IS_DATE",
            "IS_TIMESTAMP",
        ],
        types.BOOLEAN,
    ),
}


def exists(collection: Any, key: Any) -> bool:
    """EXISTS is FALSE, not an error, for an uninitialised collection."""
    return collection is not None and key is not None and bool(collection.exists(key))

"""Object and collection types of the schema, and type bodies."""

from __future__ import annotations

from devkit.oracle.errors import unsupported
from devkit.oracle.plsql import messages, nodes
from devkit.oracle.plsql.compiler_declarations import (
    object_attributes,
    python_name,
)
from devkit.oracle.plsql.compiler_triggers import TriggerCompiler
from devkit.oracle.plsql.records import ObjectValue, attribute_name, record_class
from devkit.oracle.plsql.scope import (
    Failure,
    FunctionContext,
    Routine,
    Scope,
    TypeSymbol,
    Variable,
)
from devkit.oracle.plsql.types import CollectionType, FieldType, ObjectType, PlType


class ObjectCompiler(TriggerCompiler):
    """An object type is a class of records; its methods are functions with SELF first."""

    def type_unit(self, unit: nodes.TypeUnit) -> None:
        name = self.unit.name
        spec = unit.spec
        if spec is None:
            raise Failure(unit, unsupported("incomplete type").message)
        if isinstance(spec, nodes.ObjectSpec):
            self._declare_object(spec)
            return
        declaration = nodes.TypeDeclaration(unit.span, unit.name.parts[-1], spec)
        symbol = self.declare_type(declaration, None)
        assert isinstance(symbol.type, CollectionType)
        symbol.type.owner = self.unit.owner
        self.unit.main = symbol.type
        self.scope.declare(name, symbol)

    def _declare_object(self, spec: nodes.ObjectSpec) -> None:
        kind = ObjectType(self.unit.owner, self.unit.name)
        kind.unit = self.unit
        kind.instantiable = spec.instantiable is not False
        if spec.under is not None:
            kind.supertype = self._object_type(spec.under)
            kind.fields.update(kind.supertype.fields)
            kind.methods.update({n: list(m) for n, m in kind.supertype.methods.items()})
        self.unit.main = kind
        self.scope.declare(kind.name, TypeSymbol(kind.name, kind, self.unit))
        for one in spec.attributes:
            field_name = one.name.folded
            kind.fields[field_name] = FieldType(
                field_name, self.declared(one.type), attribute_name(field_name)
            )
        composite = [f.name for f in kind.fields.values() if f.type.is_composite]
        base = kind.supertype.cls if kind.supertype is not None else ObjectValue
        kind.cls = record_class(kind.name, list(kind.fields), composite, base)
        kind.cls._type = kind
        for method in spec.methods:
            self._method(kind, method)

    def _method(self, kind: ObjectType, method: nodes.Method) -> Routine:
        spec = method.spec
        parameters = [self.parameter(p) for p in spec.parameters if p.name.folded != "SELF"]
        returns: PlType | None = kind if spec.returns_self else None
        if spec.returns is not None:
            returns = self.formal(spec.returns)
        name = spec.name.folded
        code = f"m_{python_name(name)}_{len(parameters)}"
        group = (
            kind.constructors if method.kind == "CONSTRUCTOR" else kind.methods.setdefault(name, [])
        )
        own = [r for r in group if r.unit is self.unit and r.code.startswith(code)]
        if own:
            code += f"_{len(own)}"
        if method.kind == "CONSTRUCTOR":
            code = "k" + code
        routine = Routine(
            name,
            parameters,
            returns,
            code,
            self.unit,
            kind=spec.kind,
            method=method.kind,
            node=spec,
        )
        overridden = [
            r for r in group if r.unit is not self.unit and len(r.parameters) == len(parameters)
        ]
        for old in overridden:
            group.remove(old)
        group.append(routine)
        return routine

    def type_body(self, unit: nodes.TypeBodyUnit, kind: ObjectType) -> None:
        self.package = self.unit.name
        saved = self.begin_function()
        self.fc.unit_level = True
        self.module_out = saved[0]
        for method in unit.methods:
            self.line = method.line
            try:
                self._method_body(kind, method)
            except Failure as failure:
                self.record(failure)
        self.end_function(saved, "def _init_body():")

    def _method_body(self, kind: ObjectType, method: nodes.Method) -> None:
        spec = method.spec
        group = (
            kind.constructors
            if method.kind == "CONSTRUCTOR"
            else kind.methods.get(spec.name.folded, [])
        )
        declared = tuple(p for p in spec.parameters if p.name.folded != "SELF")
        routine = next(
            (
                r
                for r in group
                if r.unit is kind.unit
                and not r.defined
                and [p.name for p in r.parameters] == [p.name.folded for p in declared]
            ),
            None,
        )
        if routine is None or method.body is None or method.body.block is None:
            raise Failure(
                method,
                messages.not_in_type_specification(spec.name.folded),
            )
        routine.defined = True
        with self.module_level():
            saved = self.begin_function()
            outer = self.scope
            self.scope = Scope(self.scope, spec.name.folded)
            fc: FunctionContext = self.fc
            fc.is_function = routine.returns is not None
            fc.returns = routine.returns
            heads = ["p_SELF"] if method.kind != "STATIC" else []
            if heads:
                for variable in object_attributes(kind):
                    self.scope.declare(variable.name, variable)
                self.scope.declare("SELF", Variable("SELF", kind, "p_SELF", fc, mode="IN OUT"))
                self.scope = Scope(self.scope)
            heads += self._parameters(routine.parameters, declared)
            for parameter in routine.outs:
                symbol = self.scope.local(parameter.name)
                assert isinstance(symbol, Variable)
                fc.out_codes.append(symbol.code)
            if method.kind == "CONSTRUCTOR":
                fc.pipe = "p_SELF"
            self.routine_block(method.body.block)
            self.scope = outer
            self.line = method.line
            self.end_function(saved, f"def {routine.code}({', '.join(heads)}):")

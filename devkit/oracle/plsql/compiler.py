"""Units to Python code objects: packages, subprograms, triggers, types, anonymous blocks."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from devkit.oracle.contracts import Timing
from devkit.oracle.errors import unsupported
from devkit.oracle.plsql import exceptions, nodes
from devkit.oracle.plsql.compiler_base import Ex
from devkit.oracle.plsql.compiler_calls import DEFAULT, missing_native
from devkit.oracle.plsql.compiler_declarations import (
    DeclarationCompiler,
    object_attributes,
    python_name,
)
from devkit.oracle.plsql.records import ObjectValue, attribute_name, record_class
from devkit.oracle.plsql.scope import (
    Failure,
    FunctionContext,
    Message,
    Parameter,
    Routine,
    RoutineSet,
    RowSymbol,
    Scope,
    TypeSymbol,
    Variable,
)
from devkit.oracle.plsql.types import CollectionType, FieldType, ObjectType, PlType
from devkit.oracle.plsql.units import CompiledUnit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.oracle.plsql.machine import Machine

_serial = itertools.count(1)


class UnitCompiler(DeclarationCompiler):
    """Compiles one unit; see the functions at the end of the module."""

    spec: CompiledUnit | None = None

    def package_unit(self) -> CompiledUnit:
        return self.spec or self.unit

    def _declaring_scopes(self) -> list[Scope]:
        if self.spec is not None and self.at_module:
            return [self.scope, self.spec.scope]
        return [self.scope]

    # ------------------------------------------------------------------ output

    def finish(self) -> None:
        """Make the code object and run it in the namespace, unless there were errors."""
        self.unit.errors = _without_repeats(self.errors)
        if self.unit.errors:
            return
        text, lines = self.source_text()
        filename = f"{exceptions.FILE_PREFIX}{self.unit.kind}:{self.unit.display}:{next(_serial)}"
        code = compile(text, filename, "exec", dont_inherit=True)
        exceptions.LINE_TABLES[filename] = (self.display, lines)
        self.machine.unit_of_file[filename] = self.unit
        self.unit.code = code
        self.unit.source = text
        exec(code, self.ns)  # text written by this compiler

    # ------------------------------------------------------------------ packages

    def declare_package(
        self,
        declared: tuple[nodes.Declaration, ...],
        initialization: nodes.Block | None,
        init_name: str,
    ) -> None:
        """Specification or body: functions at module level, variables in the init function."""
        self.package = self.unit.name
        saved = self.begin_function()
        self.fc.unit_level = True
        self.module_out = saved[0]
        self.declarations(declared)
        if initialization is not None:
            self.scope = Scope(self.scope)
            self.block_body(initialization)
            self.scope = self.scope.parent or self.scope
        self.end_function(saved, f"def {init_name}():")

    def native_routines(self, native: Any) -> None:
        """Give the routines of a supplied package their Python bodies."""
        for symbol in self.unit.scope.names.values():
            if not isinstance(symbol, RoutineSet):
                continue
            for routine in symbol.routines:
                name = f"{self.unit.name}.{routine.name}"
                routine.native = native.routines.get(routine.name) or missing_native(name)
                routine.node = [self._native_default(p) for p in routine.parameters]

    def _native_default(self, parameter: Parameter) -> str | None:
        if parameter.default is None:
            return None
        saved = self.begin_function()
        self.emit(f"return {self.converted(parameter.default, parameter.type).code}")
        name = self.unique("_nd")
        self.end_function(saved, f"def {name}():")
        return name

    # ------------------------------------------------------------------ stand-alone subprograms

    def subprogram(self, definition: nodes.SubprogramDefinition, *, signature_only: bool) -> None:
        self.package = self.unit.name
        routine = self.new_routine(definition.spec)
        routine.unit = self.unit
        self.unit.main = routine
        self.scope.declare(routine.name, RoutineSet(routine.name, [routine]))
        self.package = None
        if not signature_only:
            self.define(routine, definition)

    # ------------------------------------------------------------------ blocks

    def block(self, block: nodes.Block) -> None:
        saved = self.begin_function()
        if block.labels:
            self.scope = Scope(self.scope, block.labels[-1].folded)
        self.routine_block(block)
        self.end_function(saved, "def main():")

    # ------------------------------------------------------------------ triggers

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
        writable = timing is Timing.BEFORE_ROW
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
        if block is not None:
            self.routine_block(block)
        elif call is not None:
            self.statements((call,))
        self.scope = outer
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

    # ------------------------------------------------------------------ object and collection types

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
                f"PLS-00539: subprogram '{spec.name.folded}' is declared in an object type body and must be defined in the object type specification",
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


def _timing(unit: nodes.TriggerUnit) -> Timing:
    if unit.timing == "INSTEAD OF":
        return Timing.INSTEAD_OF
    if unit.for_each_row:
        return Timing.BEFORE_ROW if unit.timing == "BEFORE" else Timing.AFTER_ROW
    return Timing.BEFORE_STATEMENT if unit.timing == "BEFORE" else Timing.AFTER_STATEMENT


def _without_repeats(errors: list[Message]) -> list[Message]:
    kept: list[Message] = []
    for error in errors:
        if error not in kept:
            kept.append(error)
    return kept


# --------------------------------------------------------------------------- entry points


def _namespace(machine: Machine) -> dict[str, Any]:
    return {
        "_m": machine,
        "_check": machine.session.check_cancel,
        "_D": DEFAULT,
        "__builtins__": __builtins__,
    }


def _unit(
    machine: Machine, owner: str, name: str, kind: str, ns: dict[str, Any] | None = None
) -> CompiledUnit:
    scope = Scope(None, name if kind != "BLOCK" else None)
    unit = CompiledUnit(owner, name, kind, scope, ns if ns is not None else _namespace(machine))
    if kind != "BLOCK":
        machine.loading[unit.key] = unit  # units may refer to each other in a circle
    return unit


def _compiler(machine: Machine, unit: CompiledUnit) -> UnitCompiler:
    """With the rights of the unit: its owner's, without roles, unless it has invoker's rights."""
    if unit.kind == "BLOCK":
        session = machine.session
        return UnitCompiler(machine, unit, session.current_schema, session.user, True)
    return UnitCompiler(machine, unit, unit.owner, unit.owner, False)


def _definer(options: nodes.RoutineOptions | None) -> bool:
    return options is None or options.authid != "CURRENT_USER"


def _guarded(compiler: UnitCompiler, work: Any, *args: Any, **named: Any) -> None:
    try:
        work(*args, **named)
    except Failure as failure:
        compiler.record(failure)
    compiler.finish()


def compile_package(
    machine: Machine, owner: str, node: nodes.PackageSpec, native: Any = None
) -> CompiledUnit:
    """A package specification; ``native`` gives the bodies of a supplied package."""
    unit = _unit(machine, owner, node.name.parts[-1].folded, "PACKAGE")
    unit.options = node.options
    unit.definer = _definer(node.options)
    unit.node = node
    unit.native = native
    compiler = _compiler(machine, unit)

    def work() -> None:
        compiler.declare_package(node.declarations, None, "_init_spec")
        if native is not None:
            compiler.native_routines(native)

    _guarded(compiler, work)
    return unit


def compile_package_body(
    machine: Machine, spec: CompiledUnit, node: nodes.PackageBody
) -> CompiledUnit:
    """The body shares the namespace of its specification."""
    unit = CompiledUnit(
        spec.owner, spec.name, "PACKAGE BODY", Scope(spec.scope, spec.name), spec.ns
    )
    unit.definer = spec.definer
    unit.options = spec.options
    unit.node = node
    for symbol in spec.scope.names.values():
        if isinstance(symbol, RoutineSet):
            for routine in symbol.routines:
                routine.defined = False
    compiler = _compiler(machine, unit)
    compiler.spec = spec
    compiler.serial = 1_000_000  # names of the specification stay its own
    compiler.routine_serial = dict.fromkeys(spec.scope.names, 1000)

    def work() -> None:
        compiler.declare_package(node.declarations, node.initialization, "_init_body")
        for symbol in spec.scope.names.values():
            if not isinstance(symbol, RoutineSet):
                continue
            for routine in symbol.routines:
                if not routine.defined and isinstance(routine.node, nodes.SubprogramSpec):
                    compiler.record(
                        Failure(
                            routine.node.name,
                            f"PLS-00323: subprogram or cursor '{routine.name}' is declared in a package "
                            "specification and must be defined in the package body",
                        )
                    )

    _guarded(compiler, work)
    return unit


def compile_subprogram(machine: Machine, owner: str, node: nodes.SubprogramUnit) -> CompiledUnit:
    spec = node.definition.spec
    unit = _unit(machine, owner, spec.name.folded, spec.kind)
    unit.options = spec.options
    unit.definer = _definer(spec.options)
    unit.node = node
    compiler = _compiler(machine, unit)
    _guarded(compiler, compiler.subprogram, node.definition, signature_only=False)
    return unit


def compile_trigger(
    machine: Machine, owner: str, node: nodes.TriggerUnit, columns: dict[str, PlType]
) -> CompiledUnit:
    unit = _unit(machine, owner, node.name.parts[-1].folded, "TRIGGER")
    unit.node = node
    compiler = _compiler(machine, unit)
    compiler.trigger = node
    _guarded(compiler, compiler.trigger_unit, node, columns)
    return unit


def compile_type(machine: Machine, owner: str, node: nodes.TypeUnit) -> CompiledUnit:
    unit = _unit(machine, owner, node.name.parts[-1].folded, "TYPE")
    unit.options = node.options
    unit.definer = _definer(node.options)
    unit.node = node
    compiler = _compiler(machine, unit)
    _guarded(compiler, compiler.type_unit, node)
    return unit


def compile_type_body(
    machine: Machine, spec: CompiledUnit, node: nodes.TypeBodyUnit
) -> CompiledUnit:
    unit = CompiledUnit(spec.owner, spec.name, "TYPE BODY", Scope(spec.scope, spec.name), spec.ns)
    unit.definer = spec.definer
    unit.node = node
    kind = spec.main
    for group in [*kind.methods.values(), kind.constructors]:
        for routine in group:
            routine.defined = routine.unit is not spec
    compiler = _compiler(machine, unit)
    compiler.spec = spec
    compiler.serial = 1_000_000
    _guarded(compiler, compiler.type_body, node, kind)
    return unit


def compile_block(
    machine: Machine,
    node: nodes.Block,
    bind_types: Mapping[str, Any],
    rights: tuple[str, str, bool] | None,
) -> tuple[CompiledUnit, UnitCompiler]:
    """An anonymous block; the compiler tells how each bind is used."""
    unit = _unit(machine, machine.session.user, "", "BLOCK")
    unit.node = node
    compiler = _compiler(machine, unit)
    if rights is not None:
        compiler.schema, compiler.user, compiler.roles = rights
    compiler.has_binds = True
    compiler.bind_types = dict(bind_types)
    _guarded(compiler, compiler.block, node)
    return unit, compiler

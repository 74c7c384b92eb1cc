"""Units to Python code objects: packages, subprograms, triggers, types, anonymous blocks."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import unsupported
from devkit.oracle.plsql import exceptions, messages, nodes
from devkit.oracle.plsql.compiler_objects import ObjectCompiler
from devkit.oracle.plsql.native_calls import DEFAULT, missing_native
from devkit.oracle.plsql.scope import (
    Failure,
    Message,
    Parameter,
    Routine,
    RoutineSet,
    Scope,
)
from devkit.oracle.plsql.types import PlType
from devkit.oracle.plsql.units import CompiledUnit, invalid_body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.oracle.plsql.machine import Machine

_serial = itertools.count(1)


class UnitCompiler(ObjectCompiler):
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
        self._make()

    def define_late(self, routine: Routine, node: nodes.SubprogramDefinition, scope: Scope) -> None:
        """Compile a subprogram of a package body that was loaded without its subprograms."""
        self.out = self.module_out = []
        self.indent, self.fc, self.loops, self.handler_depth = 0, self.module, [], 0
        self.errors = []
        self.scope = scope
        with self.catalog.untraced():
            try:
                self.define(routine, node)
            except Failure as failure:
                self.record(failure)
        self.unit.errors = _without_repeats(self.errors)
        if not self.unit.errors:
            self._make()
        if self.unit.errors:
            raise invalid_body(self.unit)

    def _make(self) -> None:
        text, lines = self.source_text()
        filename = f"{exceptions.FILE_PREFIX}{self.unit.kind}:{self.unit.display}:{next(_serial)}"
        try:
            code = compile(text, filename, "exec", dont_inherit=True)
        except SyntaxError as error:  # Python's own limit of 20 nested blocks
            refused = unsupported(f"nesting that deep ({error.msg})")
            self.unit.errors = [Message(1, 1, refused.message)]
            return
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
                body = native.routines.get(routine.name) or missing_native(name)
                routine.native = body.of(routine) if hasattr(body, "of") else body
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
        compiler.check_options(node, node.options)
        compiler.declare_package(node.declarations, None, "_init_spec")
        if native is not None:
            compiler.native_routines(native)

    _guarded(compiler, work)
    return unit


def compile_package_body(
    machine: Machine, spec: CompiledUnit, node: nodes.PackageBody, *, lazy: bool = False
) -> CompiledUnit:
    """The body shares the namespace of its specification. ``lazy``: it is known to be valid."""
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
    compiler.lazy = lazy
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
                            messages.without_body(routine.name),
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

    def work() -> None:
        compiler.check_options(node, node.options)
        compiler.type_unit(node)

    _guarded(compiler, work)
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

"""Declarations: variables, types, exceptions, cursors, subprograms."""

from __future__ import annotations

import contextlib
import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.plsql import messages, nodes
from devkit.oracle.plsql.compiler_base import Ex
from devkit.oracle.plsql.compiler_statements import StatementCompiler
from devkit.oracle.plsql.cursors import Cursor, keep_rowid
from devkit.oracle.plsql.exceptions import ExceptionId
from devkit.oracle.plsql.records import attribute_name
from devkit.oracle.plsql.scope import (
    CursorSymbol,
    ExceptionSymbol,
    Failure,
    FunctionContext,
    Parameter,
    Routine,
    RoutineSet,
    Scope,
    TypeSymbol,
    Variable,
)
from devkit.oracle.plsql.types import CollectionType, ObjectType, PlType, RecordType, Scalar
from devkit.oracle.plsql.units import LazyRoutine

if TYPE_CHECKING:
    from collections.abc import Iterator


_LITERALS = (nodes.DateLiteral, nodes.TimestampLiteral, nodes.IntervalLiteral)


def python_name(name: str) -> str:
    """A folded name as part of a Python identifier."""
    return attribute_name(name)


# Pragmas that change nothing that can be seen, and why.
_PRAGMAS = {
    "AUTONOMOUS_TRANSACTION": "acted on where the block is compiled",
    "COVERAGE": "for DBMS_PLSQL_CODE_COVERAGE",
    "DEPRECATE": "for warnings of those who use the unit",
    "INLINE": "how the optimizer works",
    "RESTRICT_REFERENCES": "deprecated; Oracle looks at the body itself",
    "UDF": "how the optimizer works",
}


class DeclarationCompiler(StatementCompiler):
    """``package`` is the package whose declarations are being compiled, None inside routines.

    The variables of a package are Python globals: an init function assigns their first values,
    while subprograms become functions of the module (``module_out``). ``lazy``: those of the package
    are compiled when they are first called.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.package: str | None = None
        self.lazy = False
        self.module_out: list[tuple[int, str, int]] = []
        self.routine_serial: dict[str, int] = {}

    @functools.cached_property
    def current_of(self) -> frozenset[str]:
        """Cursors that a WHERE CURRENT OF of the unit names."""
        return frozenset(
            n.cursor.parts[-1].folded
            for n in self.unit.node.walk()
            if isinstance(n, nodes.CurrentOf)
        )

    @contextlib.contextmanager
    def module_level(self) -> Iterator[None]:
        """Write to the module when a package is being declared."""
        if not self.at_package_level:
            yield
            return
        saved = (self.out, self.indent, self.fc)
        self.out, self.indent, self.fc = self.module_out, 0, self.module
        try:
            yield
        finally:
            self.out, self.indent, self.fc = saved

    @property
    def at_package_level(self) -> bool:
        return self.package is not None and self.fc.unit_level

    def declarations(self, declared: tuple[nodes.Declaration, ...]) -> None:
        for one in declared:
            self.line = one.line
            try:
                self.declaration(one)
            except Failure as failure:
                self.record(failure)
                self.record(Failure(one, "PL/SQL: Item ignored"))
        self._check_forward(declared)

    def _check_forward(self, declared: tuple[nodes.Declaration, ...]) -> None:
        """Forward declarations without a body: PLS-00323."""
        for one in declared:
            if not isinstance(one, nodes.SubprogramDeclaration):
                continue
            symbol = self.scope.local(one.spec.name.folded)
            if not isinstance(symbol, RoutineSet):
                continue
            for routine in symbol.routines:
                if routine.node is one.spec and not routine.defined and not self._spec_only():
                    name = one.spec.name.folded
                    self.record(
                        Failure(
                            one.spec.name,
                            messages.without_body(name),
                        )
                    )

    def _spec_only(self) -> bool:
        return self.unit.kind == "PACKAGE" and self.at_package_level

    def declaration(self, node: nodes.Declaration) -> None:
        method = self._declarations.get(type(node))
        if method is None:
            raise Failure(node, unsupported(type(node).__name__).message)
        getattr(self, method)(node)

    # ------------------------------------------------------------------ variables

    def _unique_here(self, name: nodes.NamePart) -> None:
        if self.scope.local(name.folded) is not None:
            raise Failure(name, messages.declared_twice(name.folded))

    def _variable(self, node: nodes.VariableDeclaration) -> None:
        self._unique_here(node.name)
        kind = self.declared(node.type)
        if node.not_null and isinstance(kind, Scalar):
            kind = replace(kind, not_null=True)
        forbids = isinstance(kind, Scalar) and kind.not_null
        if node.default is None and node.constant:
            raise Failure(
                node,
                messages.constant_without_value(node.name.folded),
            )
        if node.default is None and forbids:
            raise Failure(
                node,
                "PLS-00218: a variable declared NOT NULL must have an initialization assignment",
            )
        value: Ex | None = None
        if node.default is not None:
            value = self.convert(self.value_of(node.default), kind, node.default)
        variable = self.new_variable(node.name.folded, kind)
        variable.constant = node.constant
        variable.not_null = forbids
        if node.constant and value is not None and value.is_const and isinstance(kind, Scalar):
            variable.value = Ex(value.code, kind, value.const is None, True, value.const)
        # A package of constants known when it is compiled has no state (PL/SQL Language Reference,
        # Package State); what a function gives is known only when the package is instantiated.
        is_known = node.constant and (
            (value is not None and value.is_const) or isinstance(node.default, _LITERALS)
        )
        if variable.unit is not None and not is_known:
            self.unit.has_state = True
        self.scope.declare(node.name.folded, variable)
        code = value.code if value is not None else self.default_value(kind)
        self.emit(f"{self.assign_name(variable)} = {code}")

    def new_variable(self, name: str, kind: PlType) -> Variable:
        """A variable of the current block, or of the package."""
        if self.at_package_level:
            unit = self.package_unit()
            return Variable(name, kind, f"g_{python_name(name)}", None, unit)
        return Variable(name, kind, self.unique(f"v_{python_name(name)}_"), self.fc)

    def package_unit(self) -> Any:
        """The unit that owns the namespace: of a body, its specification."""
        return self.unit

    def _subtype(self, node: nodes.SubtypeDeclaration) -> None:
        self._unique_here(node.name)
        kind = self.type_of(node.base)
        if node.not_null and isinstance(kind, Scalar):
            kind = replace(kind, not_null=True)
        self.scope.declare(node.name.folded, TypeSymbol(node.name.folded, kind, self.unit))

    def _type(self, node: nodes.TypeDeclaration) -> None:
        self._unique_here(node.name)
        with self.module_level():
            symbol = self.declare_type(node, self.package if self.at_module else None)
        self.scope.declare(node.name.folded, symbol)

    @property
    def at_module(self) -> bool:
        return self.fc is self.module or self.at_package_level

    def _exception(self, node: Any) -> Any:
        if isinstance(node, nodes.Name):
            return super()._exception(node)
        self._unique_here(node.name)
        name = node.name.folded
        self.scope.declare(name, ExceptionSymbol(name, ExceptionId(name)))
        return None

    def _pragma_declaration(self, node: nodes.PragmaDeclaration) -> None:
        if node.name == "EXCEPTION_INIT":
            self._exception_init(node)
        elif node.name == "SERIALLY_REUSABLE":
            raise Failure(node, unsupported("PRAGMA SERIALLY_REUSABLE").message)
        elif node.name not in _PRAGMAS:
            raise Failure(node, f"PLS-00127: Pragma {node.name} is not a supported pragma")

    def _exception_init(self, node: nodes.PragmaDeclaration) -> None:
        if len(node.args) != 2 or not isinstance(node.args[0].value, nodes.Name):
            raise Failure(node, "PLS-00706: exception expected in pragma EXCEPTION_INIT")
        symbol = self._exception(node.args[0].value)
        number = self.value_of(node.args[1].value)
        if not number.is_const or not isinstance(number.const, int):
            raise Failure(
                node,
                "PLS-00702: second argument to PRAGMA EXCEPTION_INIT must be a numeric literal",
            )
        code = number.const
        if code == 100:
            code = -1403
        if code >= 0:
            raise Failure(node, "PLS-00701: illegal ORACLE error number for PRAGMA EXCEPTION_INIT")
        symbol.identity.code = -code

    # ------------------------------------------------------------------ cursors

    def _cursor(self, node: nodes.CursorDeclaration) -> None:
        existing = self.scope.local(node.name.folded)
        parameters = [self.parameter(p) for p in node.parameters]
        if node.query is None:
            row = self.type_of(node.returns) if node.returns is not None else None
            if not isinstance(row, RecordType):
                raise Failure(
                    node,
                    messages.INCOMPLETE_TYPE,
                )
            self._declare_cursor(node, row, parameters)
            return
        saved_scope = self.scope
        code = self._cursor_name(node, existing)
        with_rowid = node.name.folded in self.current_of
        with self.module_level():
            saved = self.begin_function()
            self.scope = Scope(self.scope, node.name.folded)
            try:
                heads = self._parameters(parameters, node.parameters)
                self.line = node.query.line
                statement = self.sql(node.query, with_rowid=with_rowid)
                opened = f"{statement.site}.cursor({statement.tuple})"
                if with_rowid:
                    opened = f"{self.helper(keep_rowid)}({opened})"
                self.emit(f"return {opened}")
            except Failure:
                self.end_function(saved, "def unused():")
                raise
            finally:
                self.scope = saved_scope
            self.end_function(saved, f"def q_{code}({', '.join(heads)}):")
        columns = statement.prepared.columns
        row = self.row_of(node.name.folded, columns[:-1] if with_rowid else columns)
        if node.returns is not None:
            declared = self.type_of(node.returns)
            row = declared if isinstance(declared, RecordType) else row
        if isinstance(existing, CursorSymbol):
            return
        self._declare_cursor(node, row, parameters, code)

    def _cursor_name(self, node: nodes.CursorDeclaration, existing: Any) -> str:
        if isinstance(existing, CursorSymbol):
            return existing.code
        name = python_name(node.name.folded)
        return f"g_{name}" if self.at_package_level else self.unique(f"c_{name}_")

    def _declare_cursor(
        self,
        node: nodes.CursorDeclaration,
        row: RecordType,
        parameters: list[Parameter],
        code: str | None = None,
    ) -> None:
        name = node.name.folded
        inside = self.at_package_level
        unit = self.package_unit() if inside else None
        code = code or (
            f"g_{python_name(name)}" if inside else self.unique(f"c_{python_name(name)}_")
        )
        symbol = CursorSymbol(name, row, parameters, code, None if inside else self.fc, unit)
        self.scope.declare(name, symbol)
        if inside:
            self.fc.globals.add(code)
            self.unit.has_state = True
        self.emit(f"{code} = {self.helper(Cursor)}()")

    # ------------------------------------------------------------------ subprograms

    def parameter(self, node: nodes.Parameter) -> Parameter:
        return Parameter(
            node.name.folded,
            node.mode,
            self.formal(node.type),
            node.default,
            node.nocopy,
            node.default is not None,
        )

    def _parameters(
        self, parameters: list[Parameter], declared: tuple[nodes.Parameter, ...]
    ) -> list[str]:
        """Declare the parameters in the current scope; their Python spelling in the head."""
        heads = []
        for parameter in parameters:
            code = self.unique(f"p_{python_name(parameter.name)}_")
            heads.append(f"{code}=_D" if parameter.has_default else code)
            variable = Variable(parameter.name, parameter.type, code, self.fc, mode=parameter.mode)
            if parameter.has_default and parameter.default is not None:
                default = self.converted(parameter.default, parameter.type)
                self.emit(f"if {code} is _D: {code} = {default.code}")
            self.scope.declare(parameter.name, variable)
        # Python wants parameters with defaults last; calls are positional, so all may have one
        seen = False
        for index, head in enumerate(heads):
            seen = seen or head.endswith("=_D")
            if seen and not head.endswith("=_D"):
                heads[index] = head + "=_D"
        return heads

    def new_routine(self, spec: nodes.SubprogramSpec) -> Routine:
        """The signature of a subprogram declaration."""
        parameters = [self.parameter(p) for p in spec.parameters]
        names = [p.name for p in parameters]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise Failure(
                    spec.parameters[index],
                    messages.DUPLICATE_FIELDS,
                )
        returns = self.formal(spec.returns) if spec.returns is not None else None
        serial = self.routine_serial[spec.name.folded] = (
            self.routine_serial.get(spec.name.folded, 0) + 1
        )
        module = self.at_module and self.unit.kind != "BLOCK" and self.package is not None
        code = f"f_{python_name(spec.name.folded)}_{serial}"
        if not module:
            code = self.unique(code + "_")
        routine = Routine(spec.name.folded, parameters, returns, code, kind=spec.kind, node=spec)
        routine.unit = self.package_unit() if module else None
        routine.context = None if module else self.fc
        routine.pipelined = spec.options.pipelined
        routine.accessible_by = spec.options.accessible_by
        routine.deterministic = spec.options.deterministic
        return routine

    def _overload(self, spec: nodes.SubprogramSpec) -> Routine:
        """Declare a routine in the current scope, beside its overloads."""
        routine = self.new_routine(spec)
        existing = self.scope.local(spec.name.folded)
        if existing is None:
            self.scope.declare(spec.name.folded, RoutineSet(spec.name.folded, [routine]))
        elif isinstance(existing, RoutineSet):
            existing.routines.append(routine)
        else:
            raise Failure(
                spec.name,
                messages.declared_twice(spec.name.folded),
            )
        return routine

    def _subprogram_declaration(self, node: nodes.SubprogramDeclaration) -> None:
        self._overload(node.spec)

    def _subprogram(self, node: nodes.SubprogramDefinition) -> None:
        routine = self._declared_routine(node.spec)
        if routine is None:
            routine = self._overload(node.spec)
        routine.defined = True
        if self.lazy and self.at_package_level:
            self.ns[routine.code] = LazyRoutine(self, routine, node, self.scope.so_far())
            return
        self.define(routine, node)

    def _declared_routine(self, spec: nodes.SubprogramSpec) -> Routine | None:
        """The forward declaration that this body completes."""
        for scope in self._declaring_scopes():
            symbol = scope.local(spec.name.folded)
            if isinstance(symbol, RoutineSet):
                for routine in symbol.routines:
                    if not routine.defined and self._same_signature(routine, spec):
                        return routine
        return None

    def _declaring_scopes(self) -> list[Scope]:
        return [self.scope]

    def _same_signature(self, routine: Routine, spec: nodes.SubprogramSpec) -> bool:
        if len(routine.parameters) != len(spec.parameters) or routine.kind != spec.kind:
            return False
        for ours, theirs in zip(routine.parameters, spec.parameters, strict=True):
            if ours.name != theirs.name.folded or ours.mode != theirs.mode:
                return False
            kind = self.formal(theirs.type)
            if kind is not ours.type and kind.ora() != ours.type.ora():
                return False
        return True

    @staticmethod
    def check_options(node: nodes.Node, options: nodes.RoutineOptions | None) -> None:
        """Refuse those that nothing acts on.

        RESULT_CACHE and PARALLEL_ENABLE only say how fast a result comes.
        """
        if options is None:
            return
        if options.sql_macro:
            raise Failure(node, unsupported("SQL_MACRO").message)
        if options.pipelined_using or options.aggregate_using:
            word = "PIPELINED" if options.pipelined_using else "AGGREGATE"
            raise Failure(node, unsupported(f"{word} USING").message)
        if options.sharing not in (None, "NONE"):
            raise Failure(node, unsupported(f"SHARING = {options.sharing}").message)
        if options.default_collation not in (None, "USING_NLS_COMP"):
            raise Failure(
                node,
                "ORA-43929: Collation cannot be specified if parameter"
                " MAX_STRING_SIZE=STANDARD is set",
            )

    def define(self, routine: Routine, node: nodes.SubprogramDefinition) -> None:
        """Emit the Python function of a subprogram."""
        spec, body = node.spec, node.body
        self.check_options(spec, spec.options)
        if body.block is None:
            raise Failure(spec, unsupported(f"call specification ({body.external})").message)
        with self.module_level():
            saved = self.begin_function()
            outer = self.scope
            self.scope = Scope(self.scope, spec.name.folded)
            try:
                heads = self._routine_body(routine, spec, body.block)
            finally:
                self.scope = outer
            self.line = spec.line
            self.end_function(saved, f"def {routine.code}({', '.join(heads)}):")

    def _routine_body(
        self, routine: Routine, spec: nodes.SubprogramSpec, block: nodes.Block
    ) -> list[str]:
        fc: FunctionContext = self.fc
        fc.is_function = routine.returns is not None
        fc.returns = routine.returns
        self.line = spec.line
        heads = self._parameters(routine.parameters, spec.parameters)
        for parameter in routine.outs:
            symbol = self.scope.local(parameter.name)
            assert isinstance(symbol, Variable)
            fc.out_codes.append(symbol.code)
        if routine.pipelined:
            assert isinstance(routine.returns, CollectionType)
            fc.pipe = "_pipe"
            self.emit(f"_pipe = {self.constant(routine.returns.factory)}()")
        self.routine_block(block)
        return heads

    def routine_block(self, block: nodes.Block) -> None:
        """The block of a routine, with what must stand around it."""
        fc = self.fc
        autonomous = is_autonomous(block)
        if autonomous:
            self.emit("with _m.autonomous():")
            self.indent += 1
        self.block_body(block)
        self.line = block.line
        if fc.pipe is not None or not fc.is_function:
            self.emit(self.return_code("None"))
        else:
            self.emit(f"raise {self.helper(OraError)}(6503)")
        if autonomous:
            self.indent -= 1

    _declarations: ClassVar[dict[type[nodes.Declaration], str]] = {
        nodes.VariableDeclaration: "_variable",
        nodes.SubtypeDeclaration: "_subtype",
        nodes.TypeDeclaration: "_type",
        nodes.ExceptionDeclaration: "_exception",
        nodes.PragmaDeclaration: "_pragma_declaration",
        nodes.CursorDeclaration: "_cursor",
        nodes.SubprogramDeclaration: "_subprogram_declaration",
        nodes.SubprogramDefinition: "_subprogram",
    }


def is_autonomous(block: nodes.Block) -> bool:
    return any(
        isinstance(d, nodes.PragmaDeclaration) and d.name == "AUTONOMOUS_TRANSACTION"
        for d in block.declarations
    )


def object_attributes(kind: ObjectType) -> list[Variable]:
    """The attributes of SELF as variables of a method's scope."""
    return [Variable(f.name, f.type, f"p_SELF.{f.attr}") for f in kind.fields.values()]

"""State and output of one compilation: lines of Python, constants, variables."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.oracle.plsql import messages
from devkit.oracle.plsql.scope import (
    Failure,
    FunctionContext,
    Message,
    Scope,
    Variable,
)
from devkit.oracle.plsql.types import (
    PlType,
)
from devkit.oracle.plsql.units import CompiledUnit, LazyFunction, LazyNamespace
from devkit.oracle.values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.oracle.plsql.machine import Machine


_MISSING = object()


@dataclass(slots=True)
class Ex:
    """A compiled expression: Python code and what is known about its value.

    ``simple``: cheap and free of side effects, may be written twice. ``const``: the value of a
    literal. ``fresh``: a composite that nobody else holds. ``wide``: a PLS_INTEGER result that may
    be out of range. ``checked``: already satisfies the constraint of its type.
    """

    code: str
    type: PlType
    nullable: bool = True
    simple: bool = False
    const: Any = _MISSING
    fresh: bool = False
    wide: bool = False
    host: str | None = None
    node: Any = None

    @property
    def is_const(self) -> bool:
        return self.const is not _MISSING

    @property
    def kind(self) -> Kind:
        return self.type.kind


def literal(value: Any, kind: PlType) -> Ex:
    """The expression of a known value."""
    if value is None or isinstance(value, int | str | bytes | bool):
        return Ex(repr(value), kind, value is None, True, value)
    raise AssertionError(value)


class CompilerBase:
    """State of one compilation; names and SQL resolve in ``schema`` with the rights of ``user``."""

    def __init__(
        self, machine: Machine, unit: CompiledUnit, schema: str, user: str, roles: bool
    ) -> None:
        self.machine = machine
        self.catalog = machine.session.catalog
        self.unit = unit
        self.ns = unit.ns
        self.schema = schema
        self.user = user
        self.roles = roles
        self.scope: Scope = unit.scope
        self.module = FunctionContext(None, is_module=True)
        self.fc = self.module
        self.out: list[tuple[int, str, int]] = []
        self.indent = 0
        self.line = 0
        self.serial = 0
        self.errors: list[Message] = []
        self._constants: dict[Any, str] = {}
        self.loops: list[Any] = []
        self.handler_depth = 0
        self.bind_types: dict[str, Any] = {}
        self.bind_reads: dict[str, int] = {}
        self.bind_writes: dict[str, int] = {}
        self.has_binds = False
        # names of row images in a section of the statement, where they may not be used
        self.no_rows: frozenset[str] = frozenset()
        self.display = unit.display if unit.kind != "BLOCK" else ""
        self.trigger: Any = None

    def bad_bind(self, name: str) -> str:
        """The message for a bind that means nothing here."""
        if name.partition(".")[0] in self.no_rows:
            return messages.row_in_statement_section()
        return messages.bad_bind(name)

    # ------------------------------------------------------------------ output

    def emit(self, text: str) -> None:
        self.out.append((self.indent, text, self.line))

    @contextlib.contextmanager
    def indented(self) -> Iterator[None]:
        self.indent += 1
        yield
        self.indent -= 1

    def unique(self, prefix: str) -> str:
        self.serial += 1
        return f"{prefix}{self.serial}"

    def constant(self, value: Any, prefix: str = "_k") -> str:
        """A name in the namespace for a Python object known at compile time."""
        key = (prefix, id(value))
        name = self._constants.get(key)
        if name is None:
            name = self._constants[key] = self.unique(prefix)
            self.ns[name] = value
            self._constants[("keep", id(value))] = value
        return name

    def helper(self, function: Any) -> str:
        """A name for a run-time function; bound methods compare by function and object."""
        key = (
            "f",
            getattr(function, "__func__", function),
            id(getattr(function, "__self__", None)),
        )
        name = self._constants.get(key)
        if name is None:
            name = "_f_" + getattr(function, "__name__", "x").strip("<>_")
            while name in self.ns and self.ns[name] is not function:
                name = self.unique(name + "_")
            self._constants[key] = name
            self.ns[name] = function
        return name

    def source_text(self) -> tuple[str, list[int]]:
        """The Python source and the PL/SQL line of each of its lines."""
        text = "\n".join("    " * depth + line for depth, line, _ in self.out)
        return text, [number for _, _, number in self.out]

    def begin_function(self) -> tuple[Any, ...]:
        """Start a Python function: what follows is its body until :meth:`end_function`."""
        saved = (self.out, self.indent, self.fc, self.loops, self.handler_depth, self.line)
        self.out = []
        self.indent += 1
        self.fc = FunctionContext(self.fc)
        self.loops = []
        self.handler_depth = 0
        return saved

    def end_function(self, saved: tuple[Any, ...], head: str) -> None:
        body, fc = self.out, self.fc
        self.out, self.indent, self.fc, self.loops, self.handler_depth, self.line = saved
        self.emit(head)
        with self.indented():
            if fc.globals:
                self.emit("global " + ", ".join(sorted(fc.globals)))
            if fc.nonlocals:
                self.emit("nonlocal " + ", ".join(sorted(fc.nonlocals)))
            if not body:
                self.emit("pass")
        self.out.extend(body)

    def record(self, failure: Failure) -> None:
        self.errors.append(Message(failure.line, failure.column, failure.text))

    # ------------------------------------------------------------------ variables

    def variable_code(self, variable: Variable) -> str:
        """How Python reads the variable from here."""
        if variable.unit is not None and variable.unit.ns is not self.ns:
            return f'{self.namespace_of(variable.unit)}["{variable.code}"]'
        return variable.code

    def assign_name(self, variable: Variable) -> str:
        """How Python writes it; declares it global or nonlocal where that is needed."""
        if variable.unit is not None:
            if variable.unit.ns is not self.ns:
                return f'{self.namespace_of(variable.unit)}["{variable.code}"]'
            self.fc.globals.add(variable.code)
        elif variable.context is not None and variable.context is not self.fc:
            self.fc.nonlocals.add(variable.code)
        return variable.code

    def namespace_of(self, unit: CompiledUnit) -> str:
        key = ("ns", id(unit))
        name = self._constants.get(key)
        if name is None:
            name = self._constants[key] = self.unique("_u")
            self.ns[name] = LazyNamespace(self.machine, self.ns, name, unit)
        return name

    def function_of(self, unit: CompiledUnit, code: str) -> str:
        """A name for a function of another unit, linked at its first call."""
        key = ("fn", id(unit), code)
        name = self._constants.get(key)
        if name is None:
            name = self._constants[key] = self.unique("_l")
            self.ns[name] = LazyFunction(self.machine, self.ns, name, unit, code)
        return name

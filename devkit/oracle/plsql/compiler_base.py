"""What every part of the compiler uses: output, constants, conversions and name resolution."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import OraError
from devkit.oracle.plsql import arithmetic, json_types, nodes, types
from devkit.oracle.plsql.builtins import BUILTINS
from devkit.oracle.plsql.exceptions import PREDEFINED, ExceptionId
from devkit.oracle.plsql.scope import (
    ExceptionSymbol,
    Failure,
    FunctionContext,
    LabelSymbol,
    Message,
    PackageSymbol,
    RoutineSet,
    Scope,
    SequenceSymbol,
    Symbol,
    TableSymbol,
    TypeSymbol,
    Variable,
)
from devkit.oracle.plsql.types import (
    AnyCollectionType,
    CollectionType,
    ObjectType,
    OpaqueType,
    PlType,
    RecordType,
    Scalar,
)
from devkit.oracle.plsql.units import CompiledUnit, LazyFunction, LazyNamespace
from devkit.oracle.values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.oracle.plsql.machine import Machine

_MISSING = object()

JSON_TYPES: dict[str, OpaqueType] = {
    "JSON_ELEMENT_T": OpaqueType("JSON_ELEMENT_T", json_types.ElementType),
    "JSON_OBJECT_T": OpaqueType("JSON_OBJECT_T", json_types.Object),
    "JSON_ARRAY_T": OpaqueType("JSON_ARRAY_T", json_types.Array),
    "JSON_SCALAR_T": OpaqueType("JSON_SCALAR_T", json_types.Scalar),
    "JSON_KEY_LIST": OpaqueType("JSON_KEY_LIST", json_types.KeyList),
}

KEY_LIST = CollectionType("JSON_KEY_LIST", "VARRAY", types.VARCHAR2, owner="SYS")
KEY_LIST.factory = json_types.KeyList


def _standard_scope() -> Scope:
    scope = Scope(None, "STANDARD")
    for name, kind in types.STANDARD_TYPES.items():
        scope.declare(name, TypeSymbol(name, kind))
    for name, opaque in JSON_TYPES.items():
        scope.declare(name, TypeSymbol(name, opaque))
    scope.declare("JSON_KEY_LIST", TypeSymbol("JSON_KEY_LIST", KEY_LIST))
    scope.declare("<ANY>", TypeSymbol("<ANY>", types.ANY))
    scope.declare("<OBJECT>", TypeSymbol("<OBJECT>", types.ANY))
    for name, code in PREDEFINED.items():
        scope.declare(name, ExceptionSymbol(name, ExceptionId(name, code)))
    return scope


STANDARD = _standard_scope()


@dataclass(slots=True)
class Ex:
    """A compiled expression: Python code and what is known about its value.

    ``simple``: cheap and free of side effects, may be written twice. ``const``: the value of a
    literal. ``fresh``: a composite that nobody else holds. ``wide``: a PLS_INTEGER result that may be
    out of range. ``checked``: already satisfies the constraint of its type.
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


def indefinite(name: str) -> str:
    return f"PLS-00201: identifier '{name}' must be declared"


class CompilerBase:
    """State of one compilation. ``rights`` are (schema, user, roles) of the unit's SQL and names."""

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
        self.display = unit.display if unit.kind != "BLOCK" else ""
        self.trigger: Any = None

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

    # ------------------------------------------------------------------ names

    def find(self, name: str) -> Symbol | None:
        """The PL/SQL meaning of a simple name: local, of the enclosing units, of STANDARD."""
        return self.scope.lookup(name, labels=False) or STANDARD.local(name)

    def resolve(self, parts: tuple[nodes.NamePart, ...], node: nodes.Node) -> tuple[Any, int]:
        """The symbol that the longest meaningful beginning of a name stands for, and its length.

        A builtin function is returned as its name (str).
        """
        first = parts[0].folded
        found: Any = self.scope.lookup(first, labels=len(parts) > 1)
        used = 1
        if (
            found is None
            and first == self.unit.name
            and len(parts) > 1
            and self.unit.kind != "BLOCK"
        ):
            found = self._own_member(parts)
        if (
            found is None
            and len(parts) > 2
            and first == self.unit.owner
            and (parts[1].folded == self.unit.name)
        ):
            own = self._own_member(parts[1:])
            if own is not None:
                found, used = own, 2
        if found is None:
            found = STANDARD.local(first)
        if found is None and first in BUILTINS_AND_SPECIAL and self._is_builtin_place(parts):
            return first, 1
        if found is None:
            found, used = self.external(parts, node)
        while isinstance(found, LabelSymbol | PackageSymbol) and used < len(parts):
            member = parts[used].folded
            inner = self._member(found, member)
            if inner is None:
                if isinstance(found, PackageSymbol) and found.unit is STANDARD_UNIT:
                    return member, used + 1
                raise Failure(parts[used], f"PLS-00302: component '{member}' must be declared")
            found = inner
            used += 1
        return found, used

    def _own_member(self, parts: tuple[nodes.NamePart, ...]) -> Any:
        scope: Scope | None = self.scope
        while scope is not None:
            if scope.label == parts[0].folded:
                return LabelSymbol(scope)
            scope = scope.parent
        return None

    @staticmethod
    def _is_builtin_place(parts: tuple[nodes.NamePart, ...]) -> bool:
        return len(parts) == 1 and not parts[0].quoted

    @staticmethod
    def _member(found: LabelSymbol | PackageSymbol, member: str) -> Symbol | None:
        scope = found.scope if isinstance(found, LabelSymbol) else found.unit.scope
        symbol: Symbol | None = scope.local(member)
        if symbol is None and scope.parent is not None and isinstance(found, LabelSymbol):
            # the body of a package sees its specification under the same name
            parent = scope.parent
            if parent.label == scope.label:
                symbol = parent.local(member)
        return symbol

    def external(self, parts: tuple[nodes.NamePart, ...], node: nodes.Node) -> tuple[Any, int]:
        """A name of the catalogue: (symbol, parts used); PLS-00201 when there is none."""
        names = tuple(part.folded for part in parts)
        text = ".".join(names[:2]) if len(names) > 1 else names[0]
        if names[0] in ("STANDARD", "DBMS_STANDARD"):
            return PackageSymbol(STANDARD_UNIT), 1
        if names[0] == "SYS" and len(names) > 1 and names[1] in ("STANDARD", "DBMS_STANDARD"):
            return PackageSymbol(STANDARD_UNIT), 2
        if names[0] == "SYS" and len(names) > 1 and STANDARD.local(names[1]) is not None:
            return STANDARD.local(names[1]), 2
        ref, used = self.catalogue_object(names)
        if ref is None:
            raise Failure(parts[0], indefinite(text))
        return self.external_symbol(ref, parts[0], text), used

    def catalogue_object(self, names: tuple[str, ...]) -> tuple[Any, int]:
        """(ObjectRef, parts used) of a possibly qualified name."""
        ref = self.catalog.resolve(names[:1], schema=self.schema)
        if ref is not None:
            return ref, 1
        if len(names) > 1:
            ref = self.catalog.resolve(names[:2], schema=self.schema)
            if ref is not None:
                return ref, 2
        return None, 0

    def external_symbol(self, ref: Any, node: nodes.Node, text: str) -> Symbol:
        owner, name, kind = ref.owner, ref.name, ref.type
        if kind in ("PACKAGE", "PROCEDURE", "FUNCTION", "TYPE"):
            if owner != self.user and not self.catalog.can(
                self.user, "EXECUTE", owner, name, roles=self.roles
            ):
                raise Failure(node, indefinite(text))
            return self._unit_symbol(owner, name, kind, node)
        if kind == "SEQUENCE":
            self.depend(owner, name, kind)
            return SequenceSymbol(owner, name)
        if kind in ("TABLE", "VIEW"):
            return TableSymbol(owner, name)
        raise Failure(node, indefinite(text))

    def _unit_symbol(self, owner: str, name: str, kind: str, node: nodes.Node) -> Symbol:
        unit = self.machine.unit(owner, name, kind)
        if unit is None:
            raise Failure(node, indefinite(f"{owner}.{name}"))
        self.depend(owner, name, kind)
        if unit.errors:
            raise Failure(node, f"PLS-00905: object {owner}.{name} is invalid")
        self.check_access(unit, node)
        if kind == "PACKAGE":
            return PackageSymbol(unit)
        if kind == "TYPE":
            return TypeSymbol(name, unit.main, unit)
        return RoutineSet(name, [unit.main])

    def check_access(self, unit: CompiledUnit, node: nodes.Node) -> None:
        """ACCESSIBLE BY: PLS-00904 for units that are not on the list."""
        options = unit.options
        if options is None or options.accessible_by is None or unit.ns is self.ns:
            return
        kind = self.unit.kind.removesuffix(" BODY")
        for accessor in options.accessible_by:
            parts = accessor.name.folded
            owner = parts[0] if len(parts) > 1 else unit.owner
            if (owner, parts[-1]) == (self.unit.owner, self.unit.name) and (
                accessor.kind is None or accessor.kind == kind
            ):
                return
        raise Failure(node, f"PLS-00904: insufficient privilege to access object {unit.name}")

    def depend(self, owner: str, name: str, kind: str) -> None:
        key = (owner, name, kind)
        if key not in self.unit.dependencies and key[:2] != (self.unit.owner, self.unit.name):
            self.unit.dependencies[key] = self.machine.fingerprint(*key)

    # ------------------------------------------------------------------ conversion

    def value_of(self, expression: nodes.Expr) -> Ex:
        raise AssertionError("see compiler_expressions")

    def guard(self, ex: Ex, node: nodes.Node | None, target: PlType) -> None:
        if types.conversion_cost(ex.type, target) is None:
            raise Failure(node, "PLS-00382: expression is of wrong type")

    def convert(self, ex: Ex, target: PlType, node: nodes.Node | None, *, check: bool = True) -> Ex:
        """``ex`` as a value of ``target``; composites are copied unless fresh.

        With ``check`` the constraint of ``target`` is enforced (assignment); without it only the base
        type changes (a parameter).
        """
        if isinstance(target, CollectionType) and ex.host is not None:
            factory = self.constant(target.factory)
            return Ex(f"{factory}.from_list({ex.code} or ())", target, False, fresh=True)
        if ex.type is types.ANY or target is types.ANY:
            return self._dynamic(ex, target)
        self.guard(ex, node, target)
        if isinstance(target, Scalar) and isinstance(ex.type, Scalar):
            return self._convert_scalar(ex, ex.type, target, check)
        if isinstance(target, RecordType):
            return self._convert_record(ex, target, node)
        if isinstance(target, CollectionType | ObjectType | AnyCollectionType):
            return self._copy(ex, target)
        return ex

    def _dynamic(self, ex: Ex, target: PlType) -> Ex:
        if isinstance(target, Scalar) and target.kind is not Kind.NULL:
            convert = self.helper(self.machine.conversions.to_type)
            return Ex(f"{convert}({ex.code}, {self.constant(target)})", target, True)
        return Ex(ex.code, target, ex.nullable, ex.simple, fresh=ex.fresh)

    def _convert_scalar(self, ex: Ex, source: Scalar, target: Scalar, check: bool) -> Ex:
        if ex.is_const and (folded := self._fold(ex, source, target, check)) is not None:
            return folded
        code, nullable = ex.code, ex.nullable
        function = self.machine.conversions.converter(source.kind, target.kind)
        if function is not None:
            code = f"{self.helper(function)}({code})"
        elif ex.wide and target.kind is Kind.PLS_INTEGER:
            code = f"{self.helper(arithmetic.to_pls)}({code})"
        same = source == target and not ex.wide and not target.not_null
        if check and not same:
            name = self.check_name(target)
            if name is not None:
                code = f"{name}({code})"
        simple = ex.simple and code == ex.code
        return Ex(code, target, nullable, simple, fresh=ex.fresh)

    def _fold(self, ex: Ex, source: Scalar, target: Scalar, check: bool) -> Ex | None:
        """A literal converted at compile time, unless that depends on NLS settings or fails."""
        if ex.const is None:
            if check and target.not_null:
                return None
            return Ex("None", target, True, True, None)
        numeric = source.kind in types.NUMERIC and target.kind in types.NUMERIC
        textual = source.kind in types.TEXT and target.kind in types.TEXT
        if not (numeric or textual or source.kind is target.kind):
            return None
        try:
            value = ex.const
            function = self.machine.conversions.converter(source.kind, target.kind)
            if function is not None:
                value = function(value)
            test = arithmetic.assignment_check(target) if check else None
            if test is not None:
                value = test(value)
        except OraError:
            return None
        if isinstance(value, int | str | bool):
            return Ex(repr(value), target, False, True, value)
        return Ex(self.constant(value), target, False, True, value)

    def check_name(self, target: Scalar) -> str | None:
        """The name of the assignment check of a constrained type, or None."""
        key = ("check", target)
        name = self._constants.get(key)
        if name is None:
            check = arithmetic.assignment_check(target)
            if check is None:
                return None
            name = self._constants[key] = self.unique("_c")
            self.ns[name] = check
        return name

    def _copy(self, ex: Ex, target: PlType) -> Ex:
        if ex.fresh or ex.code == "None":
            return Ex(ex.code, target, ex.nullable, fresh=True)
        if isinstance(target, CollectionType) and target.form == "INDEX BY":
            return Ex(f"{ex.code}.copy()", target, False, fresh=True)
        return Ex(f"{self.helper(copy_value)}({ex.code})", target, True, fresh=True)

    def _convert_record(self, ex: Ex, target: RecordType, node: nodes.Node | None) -> Ex:
        source = ex.type
        if source is target:
            return Ex(ex.code if ex.fresh else f"{ex.code}.copy()", target, False, fresh=True)
        if not isinstance(source, RecordType):
            return Ex(f"{self.constant(target.cls)}.new()", target, False, fresh=True)
        pairs = zip(source.fields.values(), target.fields.values(), strict=True)
        values = [self.convert(Ex(f"s.{a.attr}", a.type), b.type, node).code for a, b in pairs]
        maker = self.constant(target.cls)
        code = f"(lambda s: {maker}.of(({', '.join(values)},)))({ex.code})"
        return Ex(code, target, False, fresh=True)

    def default_value(self, kind: PlType) -> str:
        """The value of a variable of this type that was not given one."""
        if isinstance(kind, RecordType):
            return f"{self.constant(kind.cls)}.new()"
        if isinstance(kind, CollectionType) and kind.form == "INDEX BY":
            return f"{self.constant(kind.factory)}()"
        return "None"


def copy_value(value: Any) -> Any:
    """A copy of a composite that may be NULL."""
    return None if value is None else value.copy()


class _StandardUnit:
    scope = STANDARD
    owner = "SYS"
    name = "STANDARD"


STANDARD_UNIT: Any = _StandardUnit()

SPECIAL = frozenset(
    [
        "SQLCODE",
        "SQLERRM",
        "NVL",
        "COALESCE",
        "NULLIF",
        "GREATEST",
        "LEAST",
        "TO_CHAR",
        "TRUNC",
        "ROUND",
        "SUBSTR",
        "INSERTING",
        "UPDATING",
        "DELETING",
        "RAISE_APPLICATION_ERROR",
        "DECODE",
        "NVL2",
        "TREAT",
    ]
)
BUILTINS_AND_SPECIAL = frozenset(BUILTINS) | SPECIAL

"""What names mean while a unit is compiled: symbols, scopes and the functions being written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from devkit.oracle.plsql import nodes
    from devkit.oracle.plsql.exceptions import ExceptionId
    from devkit.oracle.plsql.types import PlType, RecordType


class Failure(Exception):
    """A compile error at a place; the compiler records it and goes on with the next statement."""

    def __init__(self, node: nodes.Node | None, text: str) -> None:
        self.line = node.line if node is not None else 1
        self.column = node.column if node is not None else 1
        self.text = text
        super().__init__(text)


@dataclass(slots=True)
class Message:
    """One compile error: implements contracts.CompileError."""

    line: int
    column: int
    text: str


class FunctionContext:
    """A Python function being written: which names of outer functions it rebinds."""

    def __init__(self, parent: FunctionContext | None, *, is_module: bool = False) -> None:
        self.parent = parent
        self.is_module = is_module
        self.nonlocals: set[str] = set()
        self.globals: set[str] = set()
        self.temps = 0
        self.returns: PlType | None = None
        self.out_codes: list[Any] = []
        self.is_function = False
        self.pipe: str | None = None
        self.unit_level = False
        self.fetched_lobs: set[str] = set()  # variables that hold a LOB of a table

    def temp(self) -> str:
        self.temps += 1
        return f"_t{self.temps}"


class Symbol:
    """Anything a name may mean."""

    __slots__ = ()


@dataclass(slots=True, eq=False)
class Variable(Symbol):
    """A variable, parameter, constant or loop index.

    ``code`` is how Python reads it. ``context`` is the function that owns it, None for a package
    variable; ``unit`` is the package of a package variable. ``constant`` forbids assignment.
    """

    name: str
    type: PlType
    code: str
    context: FunctionContext | None = None
    unit: Any = None
    constant: bool = False
    not_null: bool = False
    mode: str | None = None  # of a parameter
    value: Any = None  # the Expression of a constant known at compile time
    index: bool = False  # a loop index: PLS-00363 when assigned


@dataclass(slots=True, eq=False)
class TypeSymbol(Symbol):
    name: str
    type: PlType
    unit: Any = None


@dataclass(slots=True, eq=False)
class ExceptionSymbol(Symbol):
    name: str
    identity: ExceptionId
    code: str = ""


@dataclass(slots=True, eq=False)
class CursorSymbol(Symbol):
    """An explicit cursor. ``code`` reads the run-time cursor object; ``declaration`` its text."""

    name: str
    row: RecordType
    parameters: list[Parameter]
    code: str
    context: FunctionContext | None = None
    unit: Any = None
    arguments: list[str] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Parameter:
    name: str
    mode: str
    type: PlType
    default: nodes.Expr | None = None
    nocopy: bool = False
    has_default: bool = False


@dataclass(slots=True, eq=False)
class Routine:
    """A callable: its Python function is ``code`` in the namespace of ``unit``.

    A routine with OUT or IN OUT parameters returns a tuple: the result (of a function) and then the
    values of these parameters in order. ``native`` is the Python routine of a supplied package.
    """

    name: str
    parameters: list[Parameter]
    returns: PlType | None
    code: str
    unit: Any = None
    native: Any = None
    defined: bool = False
    context: FunctionContext | None = None
    kind: str = "PROCEDURE"
    method: str | None = None  # MEMBER, STATIC, CONSTRUCTOR, MAP, ORDER of an object type
    node: Any = None
    autonomous: bool = False
    pipelined: bool = False
    accessible_by: Any = None
    deterministic: bool = False

    @property
    def outs(self) -> list[Parameter]:
        return [p for p in self.parameters if p.mode != "IN"]


@dataclass(slots=True, eq=False)
class RoutineSet(Symbol):
    """All overloads of one name in one scope."""

    name: str
    routines: list[Routine]


@dataclass(slots=True, eq=False)
class PackageSymbol(Symbol):
    """Another unit whose members are named after a dot."""

    unit: Any


@dataclass(slots=True, eq=False)
class LabelSymbol(Symbol):
    """A block label or subprogram name used as a qualifier."""

    scope: Scope


@dataclass(slots=True, eq=False)
class SequenceSymbol(Symbol):
    owner: str
    name: str


@dataclass(slots=True, eq=False)
class TableSymbol(Symbol):
    owner: str
    name: str


@dataclass(slots=True, eq=False)
class RowSymbol(Symbol):
    """``:new`` or ``:old`` of a trigger; ``code`` reads the row image."""

    name: str
    code: str
    columns: dict[str, PlType]
    writable: bool


class Scope:
    """A block, subprogram, package or cursor parameter list."""

    def __init__(self, parent: Scope | None, label: str | None = None) -> None:
        self.parent = parent
        self.label = label
        self.names: dict[str, Symbol] = {}

    def declare(self, name: str, symbol: Symbol) -> None:
        self.names[name] = symbol

    def local(self, name: str) -> Symbol | None:
        return self.names.get(name)

    def so_far(self) -> Scope:
        """A copy that does not see what is declared later."""
        copied = Scope(self.parent, self.label)
        copied.names = {
            name: RoutineSet(symbol.name, list(symbol.routines))
            if isinstance(symbol, RoutineSet)
            else symbol
            for name, symbol in self.names.items()
        }
        return copied

    def lookup(self, name: str, *, labels: bool = True) -> Symbol | None:
        """The innermost declaration of ``name``, or an enclosing scope with that label."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found
            if labels and scope.label == name:
                return LabelSymbol(scope)
            scope = scope.parent
        return None

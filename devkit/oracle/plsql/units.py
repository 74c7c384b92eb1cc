"""A compiled unit in a session: its scope, its Python namespace, what it depends on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import OraError
from devkit.oracle.plsql.scope import Message, Scope

if TYPE_CHECKING:
    from types import CodeType

    from devkit.oracle.plsql import nodes

Key = tuple[str, str, str]  # owner, name, type


@dataclass(slots=True, eq=False)
class CompiledUnit:
    """What the machine keeps of a unit.

    Of a package this is the specification; its body is a second CompiledUnit (``body``) that shares
    the namespace. ``links`` are the places in other namespaces that were bound to this unit's
    functions and must be unbound when it is discarded.
    """

    owner: str
    name: str
    kind: str
    scope: Scope
    ns: dict[str, Any]
    definer: bool = True
    options: nodes.RoutineOptions | None = None
    dependencies: dict[Key, Any] = field(default_factory=dict)
    errors: list[Message] = field(default_factory=list)
    code: CodeType | None = None
    source: str = ""
    node: Any = None
    fingerprint: Any = None
    has_state: bool = False
    ready: bool = False  # instantiated: variables have values
    starting: bool = False
    body: CompiledUnit | None = None
    links: list[tuple[dict[str, Any], str, Any]] = field(default_factory=list)
    native: Any = None
    checked: int = -1  # catalogue version at which it was last found current
    main: Any = None  # Routine of a stand-alone subprogram, type of a type unit
    trigger: Any = None
    initialisers: list[str] = field(default_factory=list)

    @property
    def key(self) -> Key:
        return (self.owner, self.name, self.kind)

    @property
    def display(self) -> str:
        return f"{self.owner}.{self.name}"


def invalid_body(unit: CompiledUnit) -> OraError:
    """ORA-04063 of a call into a body with errors."""
    error = OraError(4063, f'{unit.kind.lower()} "{unit.display}"')
    error.lines.append(OraError(6508, unit.display).message)
    return error


class LazyRoutine:
    """Stands for a subprogram of a valid package body until the first call, which compiles it.

    Most sessions call few of a package's subprograms. ``scope`` is what was declared before it.
    """

    __slots__ = ("compiler", "node", "routine", "scope")

    def __init__(self, compiler: Any, routine: Any, node: Any, scope: Scope) -> None:
        self.compiler = compiler
        self.routine = routine
        self.node = node
        self.scope = scope

    def __call__(self, *args: Any) -> Any:
        return self.function()(*args)

    def function(self) -> Any:
        """The compiled function; raises ORA-04063 where the unit has become invalid meanwhile."""
        if self.compiler.ns[self.routine.code] is self:
            self.compiler.define_late(self.routine, self.node, self.scope)
        return self.compiler.ns[self.routine.code]


class LazyFunction:
    """Stands for a function of another unit until the first call, which links it."""

    __slots__ = ("function", "key", "machine", "namespace", "unit")

    def __init__(
        self, machine: Any, namespace: dict[str, Any], key: str, unit: CompiledUnit, function: str
    ) -> None:
        self.machine = machine
        self.namespace = namespace
        self.key = key
        self.unit = unit
        self.function = function

    def __call__(self, *args: Any) -> Any:
        self.machine.instantiate(self.unit)
        found = self.unit.ns[self.function]
        if isinstance(found, LazyRoutine):
            found = found.function()
        self.namespace[self.key] = found
        self.unit.links.append((self.namespace, self.key, self))
        return found(*args)


class LazyNamespace:
    """Stands for another package's variables until the first access."""

    __slots__ = ("key", "machine", "namespace", "unit")

    def __init__(
        self, machine: Any, namespace: dict[str, Any], key: str, unit: CompiledUnit
    ) -> None:
        self.machine = machine
        self.namespace = namespace
        self.key = key
        self.unit = unit

    def _link(self) -> dict[str, Any]:
        self.machine.instantiate(self.unit)
        found = self.unit.ns
        if self.unit.ready:
            self.namespace[self.key] = found
            self.unit.links.append((self.namespace, self.key, self))
        return found

    def __getitem__(self, name: str) -> Any:
        return self._link()[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._link()[name] = value

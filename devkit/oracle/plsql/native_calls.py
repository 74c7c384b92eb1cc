"""Native routines of supplied packages under the calling convention of compiled code."""

from __future__ import annotations

from typing import Any

from devkit.oracle.contracts import Ref
from devkit.oracle.errors import unsupported
from devkit.oracle.plsql import nodes
from devkit.oracle.plsql.scope import Routine

Arguments = tuple[nodes.Argument, ...]


class Default:
    """The argument that was not given."""

    def __repr__(self) -> str:
        return "DEFAULT"


DEFAULT = Default()


def native_function(routine: Routine, session: Any) -> Any:
    """A native routine under the calling convention of compiled ones."""
    function = routine.native
    parameters = routine.parameters
    outs = [i for i, p in enumerate(parameters) if p.mode != "IN"]
    is_function = routine.returns is not None
    total = len(parameters)
    defaults: list[str | None] = routine.node
    unit = routine.unit

    def complete(args: tuple[Any, ...]) -> list[Any]:
        values = list(args) + [DEFAULT] * (total - len(args))
        for index, value in enumerate(values):
            if value is DEFAULT:
                name = defaults[index]
                values[index] = None if name is None else unit.ns[name]()
        return values

    if not outs:

        def plain(*args: Any) -> Any:
            if len(args) < total or any(a is DEFAULT for a in args):
                args = tuple(complete(args))
            return function(session, *args)

        return plain

    def with_refs(*args: Any) -> Any:
        values = complete(args)
        refs = []
        for index in outs:
            values[index] = Ref(values[index])
            refs.append(values[index])
        result = function(session, *values)
        returned = [r.value for r in refs]
        return (result, *returned) if is_function else tuple(returned)

    return with_refs


def missing_native(name: str) -> Any:
    """What a supplied routine without a body does: refuse, naming itself."""

    def refuse(_session: Any, *_args: Any) -> Any:
        raise unsupported(name)

    return refuse

"""How a native package body is declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

Routine = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Package:
    """Implements contracts.NativePackage. A routine gets the session, then one argument per parameter."""

    name: str
    routines: Mapping[str, Routine | Overloaded]


@dataclass(frozen=True, slots=True)
class Overloaded:
    """A routine that is also told the type of one parameter (from 0) of the overload in use, first."""

    function: Routine
    parameter: int

    def of(self, routine: Any) -> Routine:
        return partial(self.function, routine.parameters[self.parameter].type)


def integer(value: Any, default: int = 0) -> int:
    """An INTEGER argument, where NULL stands for the documented default."""
    return default if value is None else int(value)

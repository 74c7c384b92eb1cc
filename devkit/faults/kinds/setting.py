"""What a fault works on, and what is to be done about it later."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from devkit.faults.site import Site
from devkit.faults.truth import Truth

__all__ = ["Setting"]


@dataclass(frozen=True, slots=True, eq=False)
class _Later:
    due: float
    end: Callable[[], None]
    in_full: bool


@dataclass(slots=True)
class Setting:
    """The site with the ends of faults that pass by themselves."""

    site: Site
    truth: Truth
    #: faults that were injected, by kind
    injected: Counter[str] = field(default_factory=Counter)
    #: daemons that stand still
    stopped: set[int] = field(default_factory=set)
    is_queue_stopped: bool = False
    _later: list[_Later] = field(default_factory=list)

    def later(self, seconds: float, end: Callable[[], None], *, in_full: bool = False) -> None:
        """Call ``end`` in some seconds, or when the faults end; ``in_full``: they do not end before."""
        self._later.append(_Later(time.monotonic() + seconds, end, in_full))

    @property
    def is_waited_for(self) -> bool:
        """Whether a fault goes on that must not be cut short."""
        return any(entry.in_full for entry in self._later)

    def tick(self, *, all_of_it: bool = False) -> None:
        """Do what is due by now."""
        now = time.monotonic()
        due = [entry for entry in self._later if all_of_it or entry.due <= now]
        self._later = [entry for entry in self._later if entry not in due]
        for entry in due:
            entry.end()

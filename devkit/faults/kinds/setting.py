"""What a fault works on, and what is to be done about it later."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from devkit.faults.site import Site
from devkit.faults.truth import Truth

__all__ = ["Setting"]


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
    _later: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def later(self, seconds: float, end: Callable[[], None]) -> None:
        """Call ``end`` in some seconds, or when the faults end."""
        self._later.append((time.monotonic() + seconds, end))

    def tick(self, *, all_of_it: bool = False) -> None:
        """Do what is due by now."""
        now = time.monotonic()
        due = [entry for entry in self._later if all_of_it or entry[0] <= now]
        self._later = [entry for entry in self._later if entry not in due]
        for _, end in due:
            end()

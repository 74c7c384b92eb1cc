"""Every order in which the steps of several actors can happen, each run from the same beginning.

A run is repeated from the beginning for each order (the actors cannot be copied). Two steps that touch nothing of each
other give the same in both orders, so of all orders that differ only by such steps one is run: sleep sets, as Godefroid
describes them ("Partial-Order Methods", 1996). A sleeping step is one that an order before has tried at this place.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Footprint", "System", "are_independent", "explore"]

#: what a step touches: name of the thing → whether it may change it
Footprint = Mapping[str, bool]


class System(Protocol):
    """What is explored."""

    async def begin(self) -> None:
        """Go back to the beginning."""

    def enabled(self) -> Mapping[str, Footprint]:
        """Return the actors that can take a step now, and what their next step touches."""

    async def step(self, actor: str) -> None:
        """Let an actor take its next step."""


@dataclass(slots=True)
class _Place:
    """A point in an order: what could happen here, what is tried, and what need not be."""

    enabled: dict[str, Footprint]
    sleep: dict[str, Footprint]
    tried: dict[str, Footprint] = field(default_factory=dict)
    chosen: str = ""

    def choose(self) -> bool:
        """Choose what has not been tried; False when nothing is left."""
        left = [name for name in self.enabled if name not in self.sleep and name not in self.tried]
        if not left:
            return False
        self.chosen = left[0]
        self.tried[self.chosen] = self.enabled[self.chosen]
        return True

    def asleep_after(self) -> dict[str, Footprint]:
        """What need not be tried after the step chosen: it was, before it."""
        before = {**self.sleep, **self.tried}
        del before[self.chosen]
        step = self.enabled[self.chosen]
        return {name: other for name, other in before.items() if are_independent(step, other)}


def are_independent(one: Footprint, other: Footprint) -> bool:
    """Whether two steps give the same in both orders."""
    return not any(one[name] or other[name] for name in one.keys() & other.keys())


async def explore(system: System, *, prune: bool = True) -> AsyncIterator[tuple[str, ...]]:
    """Run all orders; gives each when its last step is done, before the next begins."""
    path: list[_Place] = []
    while True:
        await system.begin()
        for place in path:
            await system.step(place.chosen)
        is_whole = True
        while enabled := dict(system.enabled()):
            sleep = path[-1].asleep_after() if path and prune else {}
            place = _Place(enabled, {name: sleep[name] for name in sleep if name in enabled})
            if not place.choose():
                is_whole = False  # equal to an order that was run
                break
            path.append(place)
            await system.step(place.chosen)
        if is_whole:
            yield tuple(place.chosen for place in path)
        while path and not path[-1].choose():
            path.pop()
        if not path:
            return

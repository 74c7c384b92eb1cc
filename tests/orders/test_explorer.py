"""The explorer runs what it says: as many orders as there are, or as there are different ones."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from explorer import Footprint, explore

WRITE, READ = True, False


class Counters:
    """Actors with so many steps each; the trace tells what the order of dependent steps was."""

    def __init__(self, steps: Mapping[str, list[Footprint]]) -> None:
        self._steps = steps
        self.at: dict[str, int] = {}
        self.seen: dict[str, list[str]] = {}

    async def begin(self) -> None:
        self.at = dict.fromkeys(self._steps, 0)
        self.seen = {}

    def enabled(self) -> Mapping[str, Footprint]:
        return {
            name: steps[self.at[name]]
            for name, steps in self._steps.items()
            if self.at[name] < len(steps)
        }

    async def step(self, actor: str) -> None:
        for thing in self._steps[actor][self.at[actor]]:
            self.seen.setdefault(thing, []).append(actor)
        self.at[actor] += 1


async def orders_of(counters: Counters, *, prune: bool) -> list[tuple[str, ...]]:
    return [order async for order in explore(counters, prune=prune)]


@pytest.mark.parametrize("lengths", [(1, 1), (2, 3), (5, 5), (1, 2, 3), (2, 2, 1, 1)])
async def test_all_orders_are_as_many_as_the_multinomial_coefficient(
    lengths: tuple[int, ...],
) -> None:
    counters = Counters({str(i): [{"db": WRITE}] * length for i, length in enumerate(lengths)})
    orders = await orders_of(counters, prune=False)
    expected = math.factorial(sum(lengths)) // math.prod(map(math.factorial, lengths))
    assert len(orders) == len(set(orders)) == expected
    assert await orders_of(counters, prune=True) == orders, "steps that depend are not pruned"


async def test_of_steps_that_touch_nothing_of_each_other_one_order_is_run() -> None:
    counters = Counters({"a": [{"db": WRITE}] * 3, "b": [{"crm": WRITE}] * 3})
    assert len(await orders_of(counters, prune=True)) == 1
    reads = Counters({"a": [{"db": READ}] * 3, "b": [{"db": READ}] * 3})
    assert len(await orders_of(reads, prune=True)) == 1


async def test_pruning_leaves_out_no_order_of_steps_that_depend() -> None:
    """What each thing sees, in all orders and in those that are left, is the same set."""
    counters = Counters(
        {
            "a": [{"db": WRITE}, {"crm": READ}, {"db": WRITE}],
            "b": [{"crm": WRITE}, {"db": WRITE}],
            "c": [{"crm": WRITE, "mail": WRITE}, {"mail": WRITE}],
        }
    )

    async def traces(*, prune: bool) -> tuple[int, set[str]]:
        count, found = 0, set()
        async for order in explore(counters, prune=prune):
            count += 1
            # the order of each pair of steps that depend
            at = dict.fromkeys("abc", 0)
            steps = []
            for name in order:
                steps.append((name, at[name], counters._steps[name][at[name]]))
                at[name] += 1
            found.add(
                repr(
                    sorted(
                        (one[:2], other[:2])
                        for place, one in enumerate(steps)
                        for other in steps[place + 1 :]
                        if any(one[2][t] or other[2][t] for t in one[2].keys() & other[2].keys())
                    )
                )
            )
        return count, found

    all_count, everything = await traces(prune=False)
    count, left = await traces(prune=True)
    assert left == everything
    assert count == len(everything) < all_count

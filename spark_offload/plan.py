"""How a side is cut into key ranges: the unit of work of every engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Key = int | str


@dataclass(frozen=True, slots=True)
class KeyRange:
    """Keys from ``low`` (included) to ``high`` (not included); None is open."""

    low: Key | None
    high: Key | None

    def holds(self, key: Key) -> bool:
        above = self.low is None or self.low <= key  # type: ignore[operator]
        return above and (self.high is None or key < self.high)  # type: ignore[operator]


def key_ranges(bounds: Sequence[Key]) -> list[KeyRange]:
    """Ranges that cover every key, also those that appear after the bounds were read.

    :param bounds: the smallest key of each bucket, ascending; the first and repeats do not cut
    """
    cuts: list[Key] = []
    for bound in bounds[1:]:
        if bound != bounds[0] and (not cuts or bound != cuts[-1]):
            cuts.append(bound)
    lows: list[Key | None] = [None, *cuts]
    highs: list[Key | None] = [*cuts, None]
    return [KeyRange(low, high) for low, high in zip(lows, highs, strict=True)]

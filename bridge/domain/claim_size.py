"""How much one claim takes: half after the database ran out of time, one more after each that went well; pure."""

from __future__ import annotations

__all__ = ["ClaimSize"]


class ClaimSize:
    """The size of the next claim: additive increase, multiplicative decrease."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = most
        self._is_halved = False

    @property
    def limit(self) -> int:
        """How many the next claim takes at most, 1 or more."""
        return self._limit

    def begin(self) -> None:
        """A claim of this size begins: what runs out of time from now on halves it once more."""
        self._is_halved = False

    def ran_out_of_time(self) -> None:
        """The claim, or a transaction of what it took, was too slow; many at a time count as one."""
        if not self._is_halved:
            self._limit = max(1, self._limit // 2)
            self._is_halved = True

    def went_well(self) -> None:
        """A claim has brought work in time."""
        self._limit = min(self._most, self._limit + 1)

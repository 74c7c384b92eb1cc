"""What a process asks of the book of calls that all processes share, and what it hears."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Ask", "Grant", "Standing", "Stops", "Turn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Calls wanted, and what became of those granted before.

    ``kept`` of them are under way or may still be made; ``made`` has (calls, seconds ago). A call
    that is granted arrives in the CRM within ``use_seconds`` of the question, or is given back.
    """

    quota: str
    number: int
    calls: int
    seconds: float
    use_seconds: float
    kept: int
    made: Sequence[tuple[int, float]]
    wanted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stops:
    """What the CRM has asked of any process: a pause, and no calls with the token we have."""

    pause_seconds: float = 0.0
    pause_reason: str | None = None
    refused_status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Calls granted; with fewer than were wanted, when asking again is worth it."""

    granted: int
    wait_seconds: float = 0.0
    stops: Stops = Stops()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """By how many each process divides the quota beside the book, and the stops."""

    sharing: int = 1
    stops: Stops = Stops()


class Turn(enum.Enum):
    """Whose turn it is to ask the CRM whether it takes the token again."""

    OURS = "ours"
    NOT_YET = "not_yet"
    ADMITTED = "admitted"

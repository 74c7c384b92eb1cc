"""Calls of the CRM's quota as the database grants them: what is asked, and what is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["CallsAnswer", "CallsRequest", "Fate", "Slot", "Told"]


class Fate(StrEnum):
    """What became of a slot."""

    MADE = "MADE"
    UNUSED = "UNUSED"
    UNDERWAY = "UNDERWAY"


@dataclass(frozen=True, slots=True)
class Told:
    """One slot of an earlier grant; a call that was made arrived so many seconds ago at the latest."""

    slot: int
    grant: int
    fate: Fate
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsRequest:
    """``day_minutes``: how much earlier than in UTC the account's day begins."""

    calls: int
    seconds: float
    wanted: int
    told: Sequence[Told] = ()
    day_calls: int | None = None
    day_minutes: int = 0
    day_left: int | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """One call that may be made; the moments in seconds after the answer."""

    slot: int
    grant: int
    begins: float
    ends: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsAnswer:
    """What was granted, and why not more; seconds from the moment of the answer."""

    slots: Sequence[Slot] = ()
    wait_seconds: float = 0.0
    pause_seconds: float = 0.0
    pause_reason: str | None = None
    refused_status: int | None = None
    used: int = 0
    others: int = 0

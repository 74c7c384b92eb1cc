"""Runs over the whole set of leads or contacts: what is read, compared and told."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "Cursor",
    "Entity",
    "Page",
    "PageResult",
    "PersonsPolled",
    "Run",
    "RunEnd",
    "RunKind",
    "Totals",
]


class RunKind(enum.Enum):
    """What a run is for."""

    RESYNC = "RESYNC"
    VALIDATE = "VALIDATE"


class Entity(enum.Enum):
    """What is read."""

    LEADS = "LEADS"
    CONTACTS = "CONTACTS"
    ALL = "ALL"


class PersonsPolled(enum.Enum):
    """How polling comes to persons that changed."""

    WITH_LEAD = "with_lead"  # the time of a lead moves with its persons
    IN_TURN = "in_turn"  # nothing tells: all of them, some pages a round
    NEVER = "never"


class RunEnd(enum.Enum):
    """How the work of a process on a run ended."""

    DONE = "DONE"
    FAILED = "FAILED"
    PAUSED = "PAUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where a reading of pages goes on.

    By key: after the id ``after``. By number, where the CRM does not filter by key: from the row
    ``skip`` on, which is a few rows before the end of the last page; ``after`` tells which are known.
    """

    after: int = 0
    skip: int | None = None

    def as_data(self) -> dict[str, int]:
        """Return the cursor as it is stored."""
        return {"after": self.after} | ({} if self.skip is None else {"skip": self.skip})

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Cursor:
        """Return a stored cursor."""
        skip = data.get("skip")
        return cls(after=int(data.get("after", 0)), skip=None if skip is None else int(skip))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Leads or persons as read, each under neutral names as ``store_page`` takes it.

    ``following`` is None on the last page. ``total`` is what the CRM counts from this page on, if it
    counts. ``newest`` is the greatest time of change, as the CRM writes it. ``is_filtered`` is
    False when rows came that the time given should have kept out.
    """

    rows: tuple[Mapping[str, Any], ...]
    following: Cursor | None = None
    total: int | None = None
    newest: str | None = None
    is_filtered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """An open run, and the right to work on it; ``position`` is empty at the beginning."""

    run_id: int
    token: int
    kind: RunKind | None  # none: polling
    entity: Entity
    position: Mapping[str, Any] = field(default_factory=dict)
    has_contacts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResult:
    """What the comparison of a page found; ``to_apply`` names leads to be applied from the page."""

    equal: int = 0
    busy: int = 0
    outside: int = 0
    different: int = 0
    left: int = 0
    to_apply: frozenset[int] = frozenset()


@dataclass(slots=True)
class Totals:
    """Counts of a page, or of all pages that this process did."""

    read: int = 0
    equal: int = 0
    busy: int = 0
    outside: int = 0
    different: int = 0
    applied: int = 0
    left: int = 0

    def add(self, other: Totals) -> None:
        """Add the counts of another."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

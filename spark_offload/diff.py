"""What a difference is, for every engine, and when there are too many to be believed."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass


class Kind(enum.StrEnum):
    """A key's state. The first three are differences and are stored under these words."""

    MISSING = "MISSING"  # in the ERP, never agreed on
    CHANGED = "CHANGED"  # the ERP's row is not the agreed one
    EXTRA = "EXTRA"  # agreed on, no longer in the ERP
    PENDING = "PENDING"  # known to differ, and on its way: no agreed hash at present
    EQUAL = "EQUAL"


DIFFERENCES = (Kind.MISSING, Kind.CHANGED, Kind.EXTRA)


@dataclass(frozen=True, slots=True)
class Difference:
    record_key: str
    kind: Kind
    erp_hash: str | None


def classify(
    erp_hash: str | None, agreed_hash: str | None, *, in_erp: bool, in_agreed: bool
) -> Kind:
    """The state of one key. Presence and hash are told apart: an absent row has no hash either."""
    if not in_agreed:
        return Kind.MISSING
    if not in_erp:
        return Kind.EXTRA
    if agreed_hash is None:
        return Kind.PENDING
    return Kind.EQUAL if erp_hash == agreed_hash else Kind.CHANGED


def compare(erp: Mapping[str, str], agreed: Mapping[str, str | None]) -> list[Difference]:
    """The differences of two small sides, in key order: the meaning that engines must match."""
    found = []
    for key in sorted(erp.keys() | agreed.keys()):
        kind = classify(erp.get(key), agreed.get(key), in_erp=key in erp, in_agreed=key in agreed)
        if kind in DIFFERENCES:
            found.append(Difference(key, kind, erp.get(key)))
    return found


@dataclass(frozen=True, slots=True)
class Counts:
    missing: int = 0
    changed: int = 0
    extra: int = 0
    pending: int = 0
    equal: int = 0

    @property
    def differences(self) -> int:
        return self.missing + self.changed + self.extra

    @property
    def compared(self) -> int:
        return self.differences + self.pending + self.equal


@dataclass(frozen=True, slots=True)
class Guard:
    """Stops a run that finds a flood: a wrong rule or a half-loaded side looks exactly like one.

    ``at_least`` keeps small tables out of it, where a share says little.
    """

    max_share: float = 0.2
    at_least: int = 50
    force: bool = False

    def objection(self, counts: Counts) -> str | None:
        """Why the differences must not be used, or None."""
        if self.force or counts.differences <= self.at_least:
            return None
        share = counts.differences / counts.compared
        if share <= self.max_share:
            return None
        return (
            f"{counts.differences} of {counts.compared} rows differ ({share:.0%}), more than "
            f"{self.max_share:.0%}: nothing was stored; look first, or force"
        )

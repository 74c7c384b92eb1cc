"""What the driver knows of what users did: kept by it alone, never read from the product.

Every person carries a number in the name ("Ana #17"), so that who is who on the two sides is told by what users
entered, not by what the integration stored.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, field

__all__ = ["Person", "Record", "Truth", "number_in"]

_NUMBER = re.compile(r"#(\d+)\Z")


def number_in(name: str | None) -> int | None:
    """The number of a person, from the name; None for one that nobody of the campaign named."""
    found = _NUMBER.search(name or "")
    return int(found[1]) if found else None


@dataclass(slots=True)
class Person:
    """One contact, whichever side it was added on."""

    number: int
    contact_id: int | None = None
    person_id: int | None = None
    removed_in_erp: bool = False
    removed_in_crm: bool = False
    edited_in_erp: bool = False
    #: added since the last rest
    is_new: bool = True

    @property
    def stands(self) -> bool:
        return not (self.removed_in_erp or self.removed_in_crm)


@dataclass(slots=True)
class Record:
    """One client branch with its lead."""

    key: str
    client: int
    code: int
    taxid: str
    takes_part: bool = True
    lead_id: int | None = None
    #: its lead is in a stage that comes into the ERP
    is_mirrored: bool = True
    #: it left, came or came back since the last rest
    has_moved: bool = False
    #: a user of the CRM moved it into a sold stage, now or before: it takes no proposal there, and what it missed is
    #: not sent when it comes back
    was_in_sold_stage: bool = False
    #: it is in one now: an order does not sell it
    is_in_sold_stage: bool = False
    has_order: bool = False
    #: a user of the CRM made it since the last rest, and the ERP got its branch by that
    is_converted: bool = False
    persons: list[Person] = field(default_factory=list)
    budgets: list[int] = field(default_factory=list)
    #: numbers of persons that a user made the main contact since the last rest
    mains: list[int] = field(default_factory=list)
    #: the last stage that a user chose since the last rest
    stage: str | None = None

    def standing(self) -> list[Person]:
        return [person for person in self.persons if person.stands]


@dataclass(slots=True)
class Truth:
    """All records of a campaign; ``waiting`` take no part yet."""

    records: list[Record]
    waiting: list[Record]
    #: record key: values of transactions that were rolled back
    rolled_back: dict[str, set[str]] = field(default_factory=dict)
    #: the longest lag of the CRM's answers since the last rest, seconds
    lag: float = 0.0
    #: tax id and lead of what users made in the CRM and moved into a stage in which it becomes a client of the ERP
    converted: dict[str, int] = field(default_factory=dict)

    def every(self) -> Iterable[Record]:
        yield from self.records
        yield from self.waiting

    def rest(self, in_crm: Container[tuple[str, int]]) -> None:
        """Both sides are equal: what was edited before is no news any more.

        ``in_crm``: record key and number of the persons that the CRM has. One that was removed there and changed in
        the ERP since then has been added again.
        """
        self.lag = 0.0
        for record in self.records:
            record.has_moved = False
            record.mains = []
            record.stage = None
            record.is_converted = False
            for person in record.persons:
                person.is_new = False
                if (
                    person.removed_in_crm
                    and person.edited_in_erp
                    and not person.removed_in_erp
                    and (record.key, person.number) in in_crm
                ):
                    person.removed_in_crm = False
                    person.person_id = None
                person.edited_in_erp = False

"""The account's objects and every change to them, without any HTTP.

Whoever writes (the API or a user's screen) comes through here, so that both leave the same trace:
one :class:`Write`, handed to the observers (ledger, webhooks).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from devkit.hubspot.schema import SCHEMA, ApiError, check, invalid
from devkit.spotter.ledger import Change

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from devkit.hubspot.settings import Settings

FIRST_ID = {"companies": 30_000_000_001, "contacts": 40_000_000_001}


@dataclass(slots=True)
class Record:
    id: int
    kind: str
    properties: dict[str, str]
    created: datetime
    updated: datetime
    written: float  # monotonic: when the index of the search will hear of it
    archived: bool = False

    def shown(self, names: Sequence[str] = ()) -> dict[str, Any]:
        wanted = {name: self.properties.get(name) or None for name in names}
        return {
            "id": str(self.id),
            "properties": {**wanted, "hs_object_id": str(self.id)},
            "createdAt": _stamp(self.created),
            "updatedAt": _stamp(self.updated),
            "archived": self.archived,
        }


@dataclass(slots=True)
class Write:
    """One applied write. ``event``: 'creation', 'propertyChange', 'deletion' or 'restore'."""

    actor: str  # 'api' or 'user'
    event: str
    record: Record
    changed: list[Change] = field(default_factory=list)


class State:
    """All objects of the account. A method that raises :class:`ApiError` changed nothing."""

    def __init__(
        self,
        settings: Settings,
        *,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.observers: list[Callable[[Write], None]] = []
        self._wall = wall
        self._monotonic = monotonic
        self.reset()

    def reset(self) -> None:
        self.records: dict[str, dict[int, Record]] = {kind: {} for kind in SCHEMA}
        self.links: set[tuple[int, int]] = set()  # contact, company
        self._next = dict(FIRST_ID)

    # ------------------------------------------------------------------ reading

    def live(self, kind: str) -> list[Record]:
        return [record for record in self.records[kind].values() if not record.archived]

    def get(self, kind: str, number: object) -> Record:
        text = str(number)
        record = self.records[kind].get(int(text)) if text.isascii() and text.isdigit() else None
        if record is None or record.archived:
            raise missing(kind, text)
        return record

    def by_property(self, kind: str, name: str, value: str) -> Record | None:
        """The one live object with this value of a unique property."""
        definition = SCHEMA[kind].get(name)
        if definition is None or not definition.unique:
            raise ApiError(
                400,
                "VALIDATION_ERROR",
                f"Unable to perform update/upsert by non-unique {kind} property {name}"
                f" in portal ID {self.settings.portal_id}",
            )
        folded = _folded(name, value)
        for record in self.live(kind):
            if _folded(name, record.properties.get(name, "")) == folded:
                return record
        return None

    def indexed(self, kind: str) -> list[Record]:
        """What a search sees: writes of the last moment are not in the index yet."""
        limit = self._monotonic() - self.settings.search_lag_seconds
        return [record for record in self.live(kind) if record.written <= limit]

    def contacts_of(self, company: int) -> list[Record]:
        numbers = sorted(contact for contact, linked in self.links if linked == company)
        records = (self.records["contacts"][number] for number in numbers)
        return [record for record in records if not record.archived]

    # ------------------------------------------------------------------ writing

    def create(self, kind: str, properties: object, *, actor: str) -> Record:
        values = check(kind, properties)
        self._check_unique(kind, values, None)
        now = self._wall()
        record = Record(self._next[kind], kind, values, now, now, self._monotonic())
        self._next[kind] += 1
        self.records[kind][record.id] = record
        changed = [Change(name, None, value) for name, value in values.items() if value]
        self._tell(Write(actor, "creation", record, changed))
        return record

    def update(self, record: Record, properties: object, *, actor: str) -> Record:
        values = check(record.kind, properties)
        self._check_unique(record.kind, values, record)
        changed = [
            Change(name, record.properties.get(name) or None, value)
            for name, value in values.items()
            if (record.properties.get(name) or "") != value
        ]
        record.properties.update(values)
        record.updated = self._wall()
        record.written = self._monotonic()
        self._tell(Write(actor, "propertyChange", record, changed))
        return record

    def archive(self, kind: str, number: object, *, actor: str) -> None:
        """Archiving what is not there is no error."""
        try:
            record = self.get(kind, number)
        except ApiError:
            return
        record.archived = True
        self._tell(Write(actor, "deletion", record))

    def restore(self, kind: str, number: int, *, actor: str) -> None:
        record = self.records[kind].get(number)
        if record is None:
            raise missing(kind, str(number))
        record.archived = False
        self._tell(Write(actor, "restore", record))

    def link(self, contact: object, company: object) -> None:
        self.links.add((self.get("contacts", contact).id, self.get("companies", company).id))

    def _check_unique(self, kind: str, values: Mapping[str, str], record: Record | None) -> None:
        for name, value in values.items():
            if not value or not SCHEMA[kind][name].unique:
                continue
            holder = self.by_property(kind, name, value)
            if holder is None or holder is record:
                continue
            if name == "email":
                raise ApiError(409, "CONFLICT", f"Contact already exists. Existing ID: {holder.id}")
            raise invalid(name, "CONFLICTING_UNIQUE_VALUE", f"{holder.id} already has that value.")

    def _tell(self, write: Write) -> None:
        for observer in self.observers:
            observer(write)


def missing(kind: str, number: str) -> ApiError:
    return ApiError(
        404,
        "OBJECT_NOT_FOUND",
        f"Object not found. objectId are usually numeric. ({kind} {number})",
        {"ids": [number]},
    )


def _folded(name: str, value: str) -> str:
    return value.casefold() if name == "email" else value


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"

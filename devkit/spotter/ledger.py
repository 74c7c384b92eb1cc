"""The ledger: every request received and every write applied. The ground truth of every test."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.spotter.store import Store


@dataclass(slots=True)
class Change:
    field: str
    old: Any
    new: Any


@dataclass(slots=True)
class Entry:
    """``kind`` 'request': one HTTP request. ``kind`` 'write': one write applied, by the API (then
    ``request`` is the sequence number of its request) or by a user."""

    kind: str
    seq: int = 0
    monotonic: float = 0.0
    wall: str = ""
    method: str = ""
    path: str = ""
    query: str = ""
    operation: str = ""
    actor: str = "api"
    request: int | None = None
    lead_id: int | None = None
    person_id: int | None = None
    changed: list[Change] = field(default_factory=list)
    hints: dict[str, str] = field(default_factory=dict)
    status: int | None = None  # None: the connection was dropped without an answer
    applied: bool = False
    fault: str | None = None


class Ledger:
    """Append-only. A request gets its number on arrival, its outcome when it is answered."""

    def __init__(
        self,
        store: Store,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._monotonic = monotonic
        self._wall = wall
        self.entries: list[Entry] = []
        for _, body in store.all("ledger"):
            body["changed"] = [Change(**change) for change in body["changed"]]
            self.entries.append(Entry(**body))

    def open(self, entry: Entry) -> Entry:
        """Stamp ``entry`` and keep it; call :meth:`close` when its outcome is known."""
        entry.seq = len(self.entries) + 1
        entry.monotonic = self._monotonic()
        entry.wall = self._wall().isoformat(timespec="microseconds")
        self.entries.append(entry)
        self.close(entry)
        return entry

    def close(self, entry: Entry) -> None:
        self._store.put("ledger", entry.seq, asdict(entry))

    def select(
        self, *, since: int = 0, kind: str | None = None, lead_id: int | None = None
    ) -> list[Entry]:
        return [
            entry
            for entry in self.entries[since:]
            if (kind is None or entry.kind == kind)
            and (lead_id is None or entry.lead_id == lead_id)
        ]

    def clear(self) -> None:
        self.entries.clear()

    def summary(self, *, since: int = 0) -> dict[str, Any]:
        """Counts, and what must never be: creates that repeat a tax id, writes without effect.

        ``repeated_writes`` counts API updates that carried no new value: calls that a client could
        have saved, or effects that came twice. Leads that users alone made of one tax id are no
        repeated create.
        """
        entries = self.entries[since:]
        requests = [e for e in entries if e.kind == "request"]
        writes = [e for e in entries if e.kind == "write"]
        creates: defaultdict[str, list[int]] = defaultdict(list)
        by_api: set[str] = set()
        for write in writes:
            if write.operation == "create_lead" and write.lead_id is not None:
                tax_id = next((c.new for c in write.changed if c.field == "cnpj"), None)
                if tax_id:
                    creates[str(tax_id)].append(write.lead_id)
                    if write.actor == "api":
                        by_api.add(str(tax_id))
        return {
            "requests": len(requests),
            "requests_by_status": dict(Counter(str(e.status) for e in requests)),
            "requests_by_operation": dict(Counter(e.operation or e.path for e in requests)),
            "writes": len(writes),
            "writes_by_operation": dict(Counter(f"{e.actor}:{e.operation}" for e in writes)),
            "repeated_writes": sum(
                1
                for e in writes
                if e.actor == "api" and e.operation == "update_lead" and not e.changed
            ),
            "doubled_creates": {
                tax: ids for tax, ids in creates.items() if len(ids) > 1 and tax in by_api
            },
            "last_seq": len(self.entries),
        }

"""Queues and queue tables as the dictionary knows them.

A queue table is an ordinary table of its owner (so that it can be queried as in Oracle); the columns are
those of a classic single-consumer queue table with RAW payload (Advanced Queuing User's Guide, "Queue
Table Views", and ALL_QUEUES).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from devkit.oracle.errors import OraError

_PART = re.compile(r'\s*(?:"([^"]+)"|([^\W\d_][\w$#]*))\s*')


@dataclass(frozen=True, slots=True)
class QueueTable:
    owner: str
    name: str
    payload: str
    sort_list: tuple[str, ...]  # of PRIORITY, ENQ_TIME

    @property
    def relation(self) -> str:
        """The quoted PostgreSQL name."""
        return f'"{self.owner}"."{self.name}"'

    @property
    def order(self) -> str:
        """ORDER BY list; the hidden row id is the enqueue order within one microsecond."""
        return ", ".join([*(f'"{name}"' for name in self.sort_list), '"$rowid"'])


@dataclass(frozen=True, slots=True)
class Queue:
    owner: str
    name: str
    table: QueueTable
    is_exception: bool
    enqueue_enabled: bool
    dequeue_enabled: bool
    max_retries: int
    retry_delay: int  # seconds
    retention: int  # seconds

    @property
    def channel(self) -> str:
        """The notification channel that a committed enqueue wakes."""
        return f"aq {self.owner}.{self.name}"[:63]


def split_name(text: str | None, schema: str) -> tuple[str, str]:
    """Owner and folded name of ``[schema.]name``. AQ does not look at synonyms."""
    parts: list[str] = []
    position = 0
    source = text or ""
    while found := _PART.match(source, position):
        parts.append(found[1] or found[2].upper())
        position = found.end()
        if position >= len(source) or source[position] != ".":
            break
        position += 1
    if position != len(source) or not 1 <= len(parts) <= 2:
        raise OraError(
            24000, text=f"invalid value {source}, QUEUE name should be of the form [SCHEMA.]NAME"
        )
    return (schema, parts[0]) if len(parts) == 1 else (parts[0], parts[1])


def find_queue_table(session: Any, owner: str, name: str) -> QueueTable | None:
    rows = session.storage.query(
        "select payload_type, sort_list from ora_dict.queue_tables where owner = $1 and name = $2",
        (owner, name),
    ).rows
    if not rows:
        return None
    payload, sort_list = rows[0]
    return QueueTable(owner, name, payload, tuple(sort_list.split(",")))


def find_queue(session: Any, owner: str, name: str) -> Queue | None:
    """The queue as it is now; cached per session until the catalogue or a queue changes."""
    version = session.catalog.version
    cached: dict[Any, Any] = session.supplied.setdefault("QUEUES", {})
    if cached.get("version") != version:
        cached.clear()
        cached["version"] = version
    key = (owner, name)
    if key not in cached:
        rows = session.storage.query(
            "select q.queue_table, q.queue_type, q.enqueue_enabled, q.dequeue_enabled, q.max_retries,"
            " q.retry_delay, q.retention, t.payload_type, t.sort_list"
            " from ora_dict.queues q join ora_dict.queue_tables t"
            " on t.owner = q.owner and t.name = q.queue_table where q.owner = $1 and q.name = $2",
            key,
        ).rows
        if not rows:
            return None
        table, kind, enqueue, dequeue, retries, delay, retention, payload, sort_list = rows[0]
        cached[key] = Queue(
            owner=owner,
            name=name,
            table=QueueTable(owner, table, payload, tuple(sort_list.split(","))),
            is_exception=kind == "EXCEPTION_QUEUE",
            enqueue_enabled=enqueue == "YES",
            dequeue_enabled=dequeue == "YES",
            max_retries=int(retries),
            retry_delay=int(delay),
            retention=int(retention),
        )
    queue: Queue = cached[key]
    return queue

"""Where the simulator keeps its documents: in memory, or in a file that survives a restart."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Store:
    """JSON documents by kind and number.

    Every write is its own transaction in WAL mode without fsync: it survives the end of this
    process, also by SIGKILL, which is what tests and demonstrations do; not that of the machine.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._db = sqlite3.connect(str(path) if path else ":memory:", isolation_level=None)
        if path:
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = off")
        self._db.execute(
            "create table if not exists documents (kind text, id integer, body text, "
            "primary key (kind, id)) without rowid"
        )

    def put(self, kind: str, number: int, body: Any) -> None:
        self._db.execute(
            "insert or replace into documents values (?, ?, ?)",
            (kind, number, json.dumps(body, ensure_ascii=False)),
        )

    def delete(self, kind: str, number: int) -> None:
        self._db.execute("delete from documents where kind = ? and id = ?", (kind, number))

    def all(self, kind: str) -> Iterator[tuple[int, Any]]:
        rows = self._db.execute(
            "select id, body from documents where kind = ? order by id", (kind,)
        )
        for number, body in rows.fetchall():
            yield number, json.loads(body)

    def clear(self) -> None:
        self._db.execute("delete from documents")

    def close(self) -> None:
        self._db.close()

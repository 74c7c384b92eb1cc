"""RE-EXECUTE (4) and RE-EXECUTE AND FETCH (78): the head; rows of values may follow."""

from __future__ import annotations

from dataclasses import dataclass

from devkit.oracle.net.types import Reader


@dataclass(frozen=True, slots=True)
class Reexecute:
    cursor_id: int
    count: int  # executions, or rows wanted when it also fetches
    autocommit: bool


def read_reexecute(reader: Reader) -> Reexecute:
    cursor_id, count = reader.ub(), reader.ub()
    reader.ub()
    return Reexecute(cursor_id, count, bool(reader.ub() & 1))

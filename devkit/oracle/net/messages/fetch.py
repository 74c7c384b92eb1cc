"""FETCH (function 5)."""

from __future__ import annotations

from dataclasses import dataclass

from devkit.oracle.net.types import Reader


@dataclass(frozen=True, slots=True)
class Fetch:
    cursor_id: int
    rows: int


def read_fetch(reader: Reader) -> Fetch:
    return Fetch(reader.ub(), reader.ub())

"""What a query gives: its columns, and its PostgreSQL text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from devkit.oracle.errors import OraError
from devkit.oracle.sql.scope import position_of
from devkit.oracle.values import OraType


@dataclass(slots=True)
class OutColumn:
    """A column of a query: Oracle's name, and the name it has on the PostgreSQL side."""

    name: str
    pg_name: str
    type: OraType
    nullable: bool = True
    rowid: bool = False  # the PostgreSQL column holds the bigint
    shape: Any = None  # of a collection or object


@dataclass(slots=True)
class Query:
    sql: str
    columns: list[OutColumn]
    for_update: bool = False
    wait: int | None = None  # seconds of FOR UPDATE WAIT
    orderable: bool = field(default=True)


def ordinal(literal: Any, count: int) -> int:
    text = str(literal.this)
    if not text.isdigit() or not 1 <= int(text) <= count:
        raise OraError(1785, position=position_of(literal))
    return int(text)

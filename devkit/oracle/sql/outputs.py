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
    named: bool = True  # a column or an alias; otherwise named after its text
    origin: tuple[str, str, str] | None = None  # owner, table, column: a table's, as it stands


@dataclass(slots=True)
class Query:
    sql: str
    columns: list[OutColumn]
    for_update: bool = False
    wait: int | None = None  # seconds of FOR UPDATE WAIT
    orderable: bool = field(default=True)
    grouped: bool = False  # its rows are no rows of tables: grouped, distinct, limited, united


def ordinal(literal: Any, count: int) -> int:
    text = str(literal.this)
    if not text.isdigit() or not 1 <= int(text) <= count:
        raise OraError(1785, position=position_of(literal))
    return int(text)

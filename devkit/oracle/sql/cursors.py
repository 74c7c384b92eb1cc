"""Results: the plan of a query, its cursor, values whose stored form is not their Python form."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.shapes import COMPOSITE, loads
from devkit.oracle.values import Kind, Months

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from devkit.oracle.contracts import Row
    from devkit.oracle.sql.calls import FunctionCall
    from devkit.oracle.sql.outputs import OutColumn
    from devkit.oracle.sql.scope import Compiled

_ROWID_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


@dataclass(slots=True)
class QueryPlan:
    compiled: Compiled
    columns: list[OutColumn]
    for_update: bool
    wait: int | None
    calls: list[FunctionCall]
    tables: frozenset[tuple[str, str]]
    skips_locked: bool
    rights: tuple[str, str]  # schema and user of the translation
    converters: list[tuple[int, Callable[[Any], Any]]] = field(init=False)

    def __post_init__(self) -> None:
        self.converters = converters_of(self.columns)


def rowid_text(number: int) -> str:
    """The 18 characters of a row id, as ``ora.rowid_text`` makes them."""
    block, row = number >> 10, number & 1023
    head = "".join(_ROWID_DIGITS[(block >> shift) & 63] for shift in (30, 24, 18, 12, 6, 0))
    tail = "".join(_ROWID_DIGITS[(row >> shift) & 63] for shift in (12, 6, 0))
    return f"AAAAAAAAB{head}{tail}"


def _months(value: Any) -> Any:
    if isinstance(value, timedelta):
        return Months(value.days // 30)
    return value


def _rowid(value: Any) -> Any:
    return None if value is None else rowid_text(int(value))


def converters_of(columns: Sequence[OutColumn]) -> list[tuple[int, Callable[[Any], Any]]]:
    found: list[tuple[int, Callable[[Any], Any]]] = []
    for index, column in enumerate(columns):
        if column.rowid:
            found.append((index, _rowid))
        elif column.type.kind is Kind.INTERVAL_YM:
            found.append((index, _months))
        elif column.type.kind in COMPOSITE:
            if column.shape is None:
                raise unsupported(f"a column of type {column.type.kind.value} in this place")
            found.append((index, partial(loads, column.shape)))
    return found


def convert_rows(rows: list[Row], converters: list[tuple[int, Callable[[Any], Any]]]) -> list[Row]:
    if not converters:
        return rows
    result = []
    for row in rows:
        values = list(row)
        for index, convert in converters:
            values[index] = convert(values[index])
        result.append(tuple(values))
    return result


class Cursor:
    """contracts.ResultCursor over a stream of the storage.

    One FOR UPDATE ends with its transaction: its rows are locked no longer, and a fetch after COMMIT
    or ROLLBACK is ORA-01002 (PL/SQL Language Reference, SELECT FOR UPDATE and FOR UPDATE Cursors).
    """

    def __init__(self, plan: QueryPlan, columns: Sequence[Any], stream: Any, storage: Any) -> None:
        self._storage = storage
        self._transaction = storage.transactions_ended
        self.columns = columns
        self.rows_fetched = 0
        self._plan = plan
        self._stream = stream

    def fetch(self, count: int) -> list[Row]:
        if self._stream is None:
            raise OraError(1001)
        if self._plan.for_update and self._storage.transactions_ended != self._transaction:
            raise OraError(1002)
        rows: list[Row] = self._stream.fetch(count)
        self.rows_fetched += len(rows)
        return convert_rows(rows, self._plan.converters)

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

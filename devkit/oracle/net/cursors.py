"""Cursors of one session by their 16-bit ids: text, descriptors, defines and the open result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from devkit.oracle.contracts import Direction, ResultCursor
from devkit.oracle.errors import OraError
from devkit.oracle.net.columns import (
    BLOB,
    CHAR,
    CLOB,
    DEFINED_TYPES,
    LONG,
    LONG_RAW,
    RAW,
    VARCHAR,
    Encoder,
    Resources,
    WireType,
    row_encoders,
    wire_type,
)
from devkit.oracle.net.messages.execute import Oac
from devkit.oracle.net.statement import ScannedStatement
from devkit.oracle.net.types import Writer
from devkit.oracle.values import Column

MAX_OPEN_CURSORS = 65_000
_ROW_DATA = 7


@dataclass(slots=True)
class Cursor:
    """``statement`` is None for REF CURSORs and implicit results, which have no text."""

    id: int
    statement: ScannedStatement | None = None
    oacs: list[Oac] = field(default_factory=list)
    directions: list[Direction] | None = None
    columns: tuple[Column, ...] = ()
    types: list[WireType] = field(default_factory=list)
    defines: list[int] | None = None  # None: a define step is still due
    result: ResultCursor | None = None
    exhausted: bool = False
    rows_sent: int = 0
    children: list[int] = field(default_factory=list)
    _encoders: list[Encoder] | None = None

    def describe(self, columns: Sequence[Column]) -> bool:
        """Take over the columns of a new result; whether the client must be told of them.

        A column that was a string and is now a LOB is sent inline at once: the driver expects it.
        """
        if self.types and tuple(columns) == self.columns:
            return False
        previous = self.types
        self.columns = tuple(columns)
        self.types = [wire_type(column.type) for column in columns]
        defines = [
            _without_define(wire.type, previous[index].type if index < len(previous) else 0)
            for index, wire in enumerate(self.types)
        ]
        self.defines = None if None in defines else [number for number in defines if number]
        self._encoders = None
        return True

    def define(self, defines: Sequence[Oac]) -> None:
        self.defines = [oac.type for oac in defines]
        self._encoders = None

    def open(self, result: ResultCursor) -> None:
        self.close_result()
        self.result = result
        self.exhausted = False
        self.rows_sent = 0

    def close_result(self) -> None:
        if self.result is not None:
            self.result.close()
            self.result = None

    def send_rows(self, writer: Writer, count: int, resources: Resources) -> int:
        """Write at most ``count`` rows; returns how many. Sets ``exhausted`` at the end."""
        if self.result is None:
            raise OraError(1002)
        if count <= 0 or self.exhausted:
            return 0
        rows = self.result.fetch(count)
        if self._encoders is None:
            self._encoders = row_encoders(self.types, self.defines or [], resources)
        encoders, out = self._encoders, writer.data
        for row in rows:
            out.append(_ROW_DATA)
            for encode, value in zip(encoders, row, strict=True):
                encode(out, value)
        self.exhausted = len(rows) < count
        self.rows_sent += len(rows)
        return len(rows)


def _without_define(number: int, before: int) -> int | None:
    """The wire type in which a column can be sent before any define; None when it must wait."""
    if number == CLOB and before in {VARCHAR, CHAR, LONG}:
        return LONG
    if number == BLOB and before in {RAW, LONG_RAW}:
        return LONG_RAW
    return None if number in DEFINED_TYPES else number


class CursorTable:
    """The open cursors; ids are handed out in turn, so that a stale one is not soon reused."""

    def __init__(self) -> None:
        self._cursors: dict[int, Cursor] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._cursors)

    def new(self, statement: ScannedStatement | None) -> Cursor:
        if len(self._cursors) >= MAX_OPEN_CURSORS:
            raise OraError(1000)
        while True:
            self._last = self._last % 65_535 + 1
            if self._last not in self._cursors:
                break
        cursor = self._cursors[self._last] = Cursor(self._last, statement)
        return cursor

    def get(self, cursor_id: int) -> Cursor:
        """ORA-01001 for an id of none of them."""
        cursor = self._cursors.get(cursor_id)
        if cursor is None:
            raise OraError(1001)
        return cursor

    def close(self, cursor_id: int) -> None:
        """Forget a cursor and its nested ones; unknown ids are ignored."""
        cursor = self._cursors.pop(cursor_id, None)
        if cursor is None:
            return
        cursor.close_result()
        for child in cursor.children:
            self.close(child)

    def close_all(self) -> None:
        for cursor_id in list(self._cursors):
            self.close(cursor_id)

"""What compiled statements call at run time: bounds of loops and FORALL, opening of cursors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import OraError
from devkit.oracle.plsql import cursors

if TYPE_CHECKING:
    from collections.abc import Sequence


def not_null(value: Any) -> Any:
    if value is None:
        raise OraError(6502, "")
    return value


def loop_range(low: Any, high: Any) -> range:
    """Bounds of a FOR loop; a NULL bound is ORA-06502."""
    if low is None or high is None:
        raise OraError(6502, "")
    return range(low, high + 1)


def forall_range(low: Any, high: Any) -> range:
    if low is None or high is None:
        raise OraError(6502, "")
    return range(low, high + 1)


def forall_indices(collection: Any, low: Any, high: Any) -> list[int]:
    """INDICES OF: the present subscripts, within the bounds."""
    if collection is None:
        raise OraError(6531)
    keys = collection.keys()
    return [k for k in keys if (low is None or k >= low) and (high is None or k <= high)]


def open_cursor(cursor: cursors.Cursor, opener: Any) -> None:
    """OPEN: refuse before the query runs when the cursor is open."""
    if cursor.is_open:
        raise OraError(6511)
    result = opener()
    cursor.attach(result.result, for_update=result.prefetch == 1)
    cursor.with_rowid = result.with_rowid


class _CursorLoop:
    """Rows of an explicit cursor in a FOR loop; the cursor is open meanwhile."""

    def __init__(self, cursor: cursors.Cursor, opened: cursors.Cursor) -> None:
        if cursor.is_open:
            raise OraError(6511)
        assert opened.result is not None
        self.cursor = cursor.attach(opened.result, for_update=opened.prefetch == 1)
        self.cursor.with_rowid = opened.with_rowid

    def __iter__(self) -> Any:
        while True:
            row = self.cursor.fetch_one()
            if row is None:
                return
            yield row

    def close(self) -> None:
        if self.cursor.is_open:
            self.cursor.close()


def loop_cursor(cursor: cursors.Cursor, opened: cursors.Cursor) -> _CursorLoop:
    return _CursorLoop(cursor, opened)


def check_width(row: Sequence[Any], count: int) -> None:
    """ORA-01007 when a dynamic query has another number of columns than INTO targets."""
    if len(row) != count:
        raise OraError(1007, text="variable not in select list")


def single_row(rows: Sequence[Any], count: int) -> Any:
    """RETURNING INTO scalars: one row at most."""
    if len(rows) > 1:
        raise OraError(1422)
    return rows[0] if rows else (None,) * count

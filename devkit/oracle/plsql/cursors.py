"""Cursors at run time: explicit ones, cursor variables, and the implicit cursor ``SQL``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import OraError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devkit.oracle.contracts import ResultCursor, Row
    from devkit.oracle.values import Column

_PREFETCH = 100


class Cursor:
    """An open or closed cursor; implements contracts.ResultCursor so that a client can fetch on.

    ``prefetch`` is 1 for FOR UPDATE: rows are locked only when the program fetches them.
    """

    __slots__ = (
        "_buffer",
        "_ended",
        "columns",
        "found",
        "prefetch",
        "result",
        "rowid",
        "rows_fetched",
        "with_rowid",
    )

    def __init__(self) -> None:
        self.result: ResultCursor | None = None
        self.columns: Sequence[Column] = ()
        self.rows_fetched = 0
        self.found: bool | None = None
        self.prefetch = _PREFETCH
        self._buffer: list[Row] = []
        self._ended = False
        self.with_rowid = False
        self.rowid: str | None = None

    def copy(self) -> Cursor:
        """Cursor variables are references."""
        return self

    def attach(self, result: ResultCursor, *, for_update: bool = False) -> Cursor:
        """Open: ORA-06511 when it is open already."""
        if self.result is not None:
            raise OraError(6511)
        self.result = result
        self.columns = result.columns
        self.rows_fetched = 0
        self.found = None
        self.prefetch = 1 if for_update else _PREFETCH
        self._buffer = []
        self._ended = False
        return self

    def fetch_one(self) -> Row | None:
        """The next row, or None at the end."""
        if not self._buffer:
            if self.result is None:
                raise OraError(1001)
            if not self._ended:
                rows = self.result.fetch(self.prefetch)
                self._ended = len(rows) < self.prefetch
                rows.reverse()
                self._buffer = rows
        if not self._buffer:
            self.found = False
            return None
        self.found = True
        self.rows_fetched += 1
        row = self._buffer.pop()
        if self.with_rowid:
            self.rowid = row[-1]
            return row[:-1]
        return row

    def fetch(self, count: int) -> list[Row]:
        """The next ``count`` rows, fewer at the end."""
        if self.result is None:
            raise OraError(1001)
        rows: list[Row] = []
        while self._buffer and len(rows) < count:
            rows.append(self._buffer.pop())
        while len(rows) < count and not self._ended:
            wanted = count - len(rows)
            more = self.result.fetch(wanted)
            self._ended = len(more) < wanted
            rows.extend(more)
        # after a bulk fetch %NOTFOUND means: fewer rows than the limit
        self.found = len(rows) == count
        if self.with_rowid and rows:
            self.rowid = rows[-1][-1]
            rows = [row[:-1] for row in rows]
        self.rows_fetched += len(rows)
        return rows

    def fetch_all(self) -> list[Row]:
        rows: list[Row] = []
        while True:
            more = self.fetch(1000)
            rows.extend(more)
            if len(more) < 1000:
                return rows

    def close(self) -> None:
        """ORA-01001 when it is not open."""
        if self.result is None:
            raise OraError(1001)
        result, self.result = self.result, None
        self._buffer = []
        result.close()

    @property
    def is_open(self) -> bool:
        return self.result is not None

    def check_open(self) -> Cursor:
        if self.result is None:
            raise OraError(1001)
        return self


def iterate(result: ResultCursor, size: int) -> Iterator[Row]:
    """The rows of a cursor FOR loop, fetched ``size`` at a time; closes at the end."""
    try:
        while True:
            rows = result.fetch(size)
            yield from rows
            if len(rows) < size:
                return
    finally:
        result.close()


def keep_rowid(cursor: Cursor) -> Cursor:
    """The last column of the query is the row id of WHERE CURRENT OF."""
    cursor.with_rowid = True
    return cursor


def current_rowid(cursor: Cursor) -> str:
    """WHERE CURRENT OF: the row last fetched."""
    if cursor.result is None:
        raise OraError(1001)
    if cursor.rowid is None or not cursor.found:
        raise OraError(1410)
    return cursor.rowid


def valid(cursor: Cursor | None) -> Cursor:
    """A cursor variable that was opened: ORA-01001 otherwise."""
    if cursor is None:
        raise OraError(1001)
    return cursor


def attribute(cursor: Any, name: str) -> Any:
    """``c%FOUND`` and its relatives."""
    if name == "ISOPEN":
        return cursor is not None and cursor.result is not None
    if cursor is None or cursor.result is None:
        raise OraError(1001)
    if name == "ROWCOUNT":
        return cursor.rows_fetched
    found = cursor.found
    if name == "FOUND":
        return found
    return None if found is None else not found


class BulkException:
    """One element of SQL%BULK_EXCEPTIONS."""

    __slots__ = ("ERROR_CODE", "ERROR_INDEX")

    def __init__(self, index: int, code: int) -> None:
        self.ERROR_INDEX = index
        self.ERROR_CODE = code


class ImplicitCursor:
    """What ``SQL%…`` reads: the outcome of the last SQL statement of the session's PL/SQL."""

    __slots__ = ("bulk_exceptions", "bulk_rowcount", "rowcount")

    def __init__(self) -> None:
        self.rowcount: int | None = None
        self.bulk_rowcount: dict[int, int] = {}
        self.bulk_exceptions: list[BulkException] = []

    def set(self, count: int) -> None:
        self.rowcount = count

    def attribute(self, name: str) -> Any:
        count = self.rowcount
        if name == "ISOPEN":
            return False
        if name == "ROWCOUNT":
            return count
        if count is None:
            return None
        return count > 0 if name == "FOUND" else count == 0

    def bulk_count(self, index: int) -> int:
        try:
            return self.bulk_rowcount[index]
        except KeyError:
            raise OraError(22160, index) from None

    def bulk_exception(self, index: int) -> BulkException:
        if not 1 <= index <= len(self.bulk_exceptions):
            raise OraError(1403)
        return self.bulk_exceptions[index - 1]

    def bulk_exception_count(self) -> int:
        return len(self.bulk_exceptions)

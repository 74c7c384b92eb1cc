"""One raw connection to PostgreSQL: prepared statements, results, streams, no transactions."""

from __future__ import annotations

import os
import select
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer

from devkit.oracle.errors import OraError
from devkit.oracle.storage.conversion import ZonedLoader, clean, encode, make_adapters
from devkit.oracle.storage.failures import oracle_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from psycopg.pq.abc import PGresult

    from devkit.oracle.contracts import Row

PREPARED_LIMIT = 500
_GOOD = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK, pq.ExecStatus.EMPTY_QUERY)
_CHUNK = pq.ExecStatus.TUPLES_CHUNK


class _Context:
    """What a Transformer asks for."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.adapters = make_adapters()
        zoned = connection.execute("SELECT to_regtype('ora.tstz')::oid").fetchone()
        if zoned is not None and zoned[0] is not None:
            self.adapters.register_loader(int(zoned[0]), ZonedLoader)


class Link:
    """A statement is sent unprepared the first time and prepared when it comes again.

    While a stream is open it owns the wire; the next statement makes it read the rest into memory.
    """

    def __init__(self, conninfo: str) -> None:
        try:
            self.connection = psycopg.connect(conninfo, autocommit=True)
        except psycopg.OperationalError as error:
            if "too many clients" in str(error):
                raise OraError(18) from error
            raise OraError(1033) from error
        self.pg = self.connection.pgconn
        self._context = _Context(self.connection)
        self._names: OrderedDict[str, bytes] = OrderedDict()
        self._seen: set[str] = set()
        self._counter = 0
        self._stream: Stream | None = None
        self._canceller = self.pg.get_cancel()

    @property
    def backend_pid(self) -> int:
        return self.pg.backend_pid

    @property
    def in_transaction(self) -> bool:
        return self.pg.transaction_status in (
            pq.TransactionStatus.INTRANS,
            pq.TransactionStatus.INERROR,
        )

    @property
    def is_broken(self) -> bool:
        return self.pg.status != pq.ConnStatus.OK

    def close(self) -> None:
        self.connection.close()

    def cancel(self) -> None:
        """Ask PostgreSQL to abort what runs now; safe from another thread."""
        self._canceller.cancel()

    # -- statements

    def command(self, sql: bytes) -> None:
        """Run statements without parameters or rows, several allowed."""
        self.settle()
        try:
            self._check(self.pg.exec_(sql), sql)
        except psycopg.OperationalError:
            raise OraError(3113) from None

    def execute(self, sql: str, params: Sequence[Any] = ()) -> tuple[list[Row], int]:
        """Run one statement to its end: rows and row count."""
        self.settle()
        values = [encode(value) for value in params]
        try:
            name = self._prepared(sql)
            if name is None:
                result = self.pg.exec_params(sql.encode(), values)
            else:
                result = self.pg.exec_prepared(name, values)
        except psycopg.OperationalError:
            raise OraError(3113) from None
        self._check(result, sql)
        if result.status == pq.ExecStatus.TUPLES_OK:
            rows = self.load(result)
            return rows, len(rows)
        return [], result.command_tuples or 0

    def stream(self, sql: str, params: Sequence[Any], chunk: int) -> Stream:
        """Run a query and read it as its consumer asks."""
        self.settle()
        values = [encode(value) for value in params]
        try:
            name = self._prepared(sql)
            if name is None:
                self.pg.send_query_params(sql.encode(), values)
            else:
                self.pg.send_query_prepared(name, values)
            self.pg.set_chunked_rows_mode(chunk)
            self._flush()
        except psycopg.OperationalError:
            raise OraError(3113) from None
        stream = Stream(self, sql)
        self._stream = stream
        stream.advance()  # the errors of opening belong to the opening statement
        return stream

    def _flush(self) -> None:
        """Send what the socket did not take at once: values longer than its buffer wait in libpq.

        PostgreSQL may answer before it has read everything, so its answer is taken meanwhile.
        """
        while self.pg.flush():
            readable, _, _ = select.select([self.pg.socket], [self.pg.socket], [])
            if readable:
                self.pg.consume_input()

    def settle(self) -> None:
        """Free the wire of a stream that still owns it."""
        if self._stream is not None:
            self._stream.drain()
            self._stream = None

    def next_result(self) -> PGresult | None:
        """The next result of what was sent.

        libpq's own wait would keep the interpreter's lock, and no other thread could cancel.
        """
        try:
            while self.pg.is_busy():
                select.select([self.pg.socket], [], [])
                self.pg.consume_input()
            return self.pg.get_result()
        except psycopg.OperationalError:
            raise OraError(3113) from None

    def release(self, stream: Stream) -> None:
        if self._stream is stream:
            self._stream = None

    def forget_plans(self) -> None:
        """After DDL: prepared statements may name what has changed; the dictionary itself does not."""
        self._seen = {sql for sql in self._seen if _is_of_dictionary(sql)}
        gone = [sql for sql in self._names if not _is_of_dictionary(sql)]
        if gone:
            self.command(b";".join(b"DEALLOCATE " + self._names.pop(sql) for sql in gone))

    def load(self, result: PGresult) -> list[Row]:
        if not result.ntuples:
            return []
        transformer = Transformer(self._context)
        transformer.set_pgresult(result)
        return clean(transformer.load_rows(0, result.ntuples, tuple))

    def _prepared(self, sql: str) -> bytes | None:
        name = self._names.get(sql)
        if name is not None:
            self._names.move_to_end(sql)
            return name
        if sql not in self._seen:
            if len(self._seen) > 10 * PREPARED_LIMIT:
                self._seen.clear()
            self._seen.add(sql)
            return None
        self._counter += 1
        name = b"s%d" % self._counter
        self._check(self.pg.prepare(name, sql.encode()), sql)
        self._names[sql] = name
        if len(self._names) > PREPARED_LIMIT:
            _, oldest = self._names.popitem(last=False)
            self.pg.exec_(b"DEALLOCATE " + oldest)
        return name

    def _check(self, result: PGresult, sql: str | bytes) -> None:
        if result.status not in _GOOD:
            self.fail(result, sql)

    def fail(self, result: PGresult, sql: str | bytes) -> None:
        raise oracle_error(result, sql.encode() if isinstance(sql, str) else sql)

    # -- notifications

    def wait(self, timeout: float, wake: int) -> list[tuple[str, str]]:
        """Notifications, (channel, payload): waits for the first, or for a byte on ``wake``."""
        deadline = time.monotonic() + timeout
        while True:
            self.pg.consume_input()
            found = []
            while (notice := self.pg.notifies()) is not None:
                found.append((notice.relname.decode(), notice.extra.decode()))
            remaining = deadline - time.monotonic()
            if found or remaining <= 0:
                return found
            ready, _, _ = select.select([self.pg.socket, wake], [], [], remaining)
            if wake in ready:
                os.read(wake, 64)
                return found
            if self.is_broken:
                raise OraError(3113)


def _is_of_dictionary(sql: str) -> bool:
    """Objects of users are always quoted."""
    return "ora_dict." in sql and '"' not in sql


class Stream:
    """The rows of one query, read chunk by chunk from the wire, or from memory once drained."""

    def __init__(self, link: Link, sql: str) -> None:
        self._link = link
        self._sql = sql
        self._rows: list[Row] = []
        self._position = 0
        self._on_wire = True

    def advance(self) -> bool:
        """Read one more chunk from the wire; False at the end."""
        if not self._on_wire:
            return False
        result = self._link.next_result()
        if result is not None and result.status == _CHUNK:
            rows = self._link.load(result)
            if self._position >= len(self._rows):
                self._rows, self._position = rows, 0
            else:
                self._rows = self._rows[self._position :] + rows
                self._position = 0
            return True
        self._on_wire = False
        self._link.release(self)
        failed = result if result is not None and result.status not in _GOOD else None
        while self._link.next_result() is not None:
            pass
        if failed is not None:
            self._link.fail(failed, self._sql)
        return False

    def drain(self) -> None:
        parts = [self._rows[self._position :]]
        self._rows, self._position = [], 0
        try:
            while self.advance():
                parts.append(self._rows)
                self._rows, self._position = [], 0
        finally:
            self._rows, self._position = [row for part in parts for row in part], 0

    def fetch(self, count: int) -> list[Row]:
        """The next rows, fewer than ``count`` only at the end."""
        while len(self._rows) - self._position < count and self.advance():
            pass
        start = self._position
        self._position = min(start + count, len(self._rows))
        return self._rows[start : self._position]

    def close(self) -> None:
        """Drop the rest; a long query is cancelled rather than read out."""
        self._rows, self._position = [], 0
        if self._on_wire:
            self._link.cancel()
            try:
                while self.advance():
                    pass
            except OraError:
                return  # the cancel itself
            finally:
                self._rows, self._position = [], 0

    def __iter__(self) -> Iterator[list[Row]]:
        while rows := self.fetch(1000):
            yield rows

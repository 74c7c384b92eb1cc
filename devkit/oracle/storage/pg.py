"""One session's storage: connection, transaction, autonomous ones, locks, notifications."""

from __future__ import annotations

import contextlib
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import OraError
from devkit.oracle.storage.link import Link
from devkit.oracle.storage.transactions import Statement, Transactions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from devkit.oracle.contracts import Row

# An autonomous transaction that waits for its own parent would wait for ever, unseen by
# PostgreSQL's deadlock detector; after this long it is taken for that.
AUTONOMOUS_LOCK_TIMEOUT = "2s"


@dataclass(slots=True)
class Result:
    """contracts.PgResult."""

    rows: list[Row]
    rowcount: int


class Rows:
    """A stream over a server-side cursor: rows are locked only as they are fetched."""

    def __init__(self, storage: Storage, name: str) -> None:
        self._storage = storage
        self._name = name
        self._is_open = True

    def fetch(self, count: int) -> list[Row]:
        if not self._is_open:
            return []
        with self._storage.statement(writes=True):
            rows = self._storage.query(f'FETCH {int(count)} FROM "{self._name}"').rows
        if len(rows) < count:
            self.close()
        return rows

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            if self._storage.in_transaction:  # else the cursor has gone with its transaction
                with contextlib.suppress(OraError), self._storage.statement(writes=True):
                    self._storage.query(f'CLOSE "{self._name}"')

    def __iter__(self) -> Iterator[list[Row]]:
        while rows := self.fetch(1000):
            yield rows


class Storage:
    """contracts.Storage, with what the session and DDL need besides."""

    def __init__(self, conninfo: str, *, setup: Sequence[str] = (), depth: int = 0) -> None:
        """``setup`` are statements for each new connection (session settings)."""
        self.conninfo = conninfo
        self._setup = list(setup)
        self._depth = depth
        self._link = Link(conninfo)
        for sql in self._setup:
            self._link.command(sql.encode())
        if depth:
            self._link.command(f"SET lock_timeout = '{AUTONOMOUS_LOCK_TIMEOUT}'".encode())
        self._transactions = Transactions(self._link)
        self._child: Storage | None = None
        self._listener: Link | None = None
        self._cursors = 0
        self._wait_limit: float | None = None
        self._wake_read, self._wake_write = os.pipe()
        self._cancel_guard = threading.Lock()

    # -- statements

    @property
    def in_transaction(self) -> bool:
        return self._transactions.is_open

    @property
    def is_read_only(self) -> bool:
        return self._transactions.is_read_only

    @property
    def backend_pid(self) -> int:
        return self._link.backend_pid

    def query(self, sql: str, params: Sequence[Any] = ()) -> Result:
        self._transactions.spoil()
        try:
            return Result(*self._link.execute(sql, params))
        except OraError as error:
            raise self._in_context(error) from None

    def stream(
        self, sql: str, params: Sequence[Any] = (), *, chunk: int = 1000, locks: bool = False
    ) -> Any:
        """A query's rows as an object with ``fetch(n)``, ``close()`` and iteration by lists.

        ``locks``: FOR UPDATE SKIP LOCKED, whose rows must be locked only as they are fetched.
        Inside a transaction the rows are read at once, because a later failure would abort it.
        """
        if locks:
            self._cursors += 1
            name = f"c{self._depth}_{self._cursors}"
            self.query(f'DECLARE "{name}" NO SCROLL CURSOR FOR {sql}', params)
            return Rows(self, name)
        stream = self._link.stream(sql, params, chunk)
        if self.in_transaction:
            try:
                self._link.settle()
            except OraError as error:
                raise self._in_context(error) from None
        return stream

    def script(self, sql: str) -> None:
        """Run PostgreSQL statements without parameters or rows (DDL)."""
        self._transactions.spoil()
        try:
            self._link.command(sql.encode())
        except OraError as error:
            raise self._in_context(error) from None

    def forget_plans(self) -> None:
        self._link.forget_plans()
        if self._child is not None:
            self._child.forget_plans()

    # -- transactions

    @property
    def transactions_ended(self) -> int:
        return self._transactions.ended

    def statement(self, *, writes: bool) -> Statement:
        return Statement(self._transactions, writes)

    def begin_work(self) -> None:
        self._transactions.begin()

    def set_mode(self, mode: str) -> None:
        self._transactions.set_mode(mode)

    def commit(self) -> None:
        self._transactions.commit()

    def rollback(self) -> None:
        self._transactions.rollback()

    def savepoint(self, name: str) -> None:
        self._transactions.savepoint(name)

    def rollback_to(self, name: str) -> None:
        self._transactions.rollback_to(name)

    @contextlib.contextmanager
    def wait_limit(self, seconds: float | None) -> Iterator[None]:
        """Lock waits inside end after so long with ORA-30006 (FOR UPDATE WAIT n)."""
        if seconds is None:
            yield
            return
        previous = self.query("SELECT current_setting('lock_timeout')").rows[0][0]
        self.query("SELECT set_config('lock_timeout', $1, false)", (f"{int(seconds * 1000)}ms",))
        self._wait_limit = seconds
        try:
            yield
        except BaseException:
            self._wait_limit = None
            # The failed statement's savepoint is not rolled back yet: the setting goes with it,
            # except where that savepoint is the whole transaction.
            with contextlib.suppress(OraError):
                self._restore(previous)
            raise
        self._wait_limit = None
        self._restore(previous)

    def _restore(self, previous: str) -> None:
        self.query("SELECT set_config('lock_timeout', $1, false)", (previous,))

    def child(self) -> Storage:
        """The connection for an autonomous transaction inside this one; kept for the next."""
        if self._child is None:
            self._child = Storage(self.conninfo, setup=self._setup, depth=self._depth + 1)
        return self._child

    @contextlib.contextmanager
    def autonomous(self) -> Iterator[Storage]:
        """The storage to use inside; whatever is left open is rolled back (ORA-06519)."""
        inner = self.child()
        try:
            yield inner
        finally:
            left_open = inner.in_transaction
            if left_open:
                inner.rollback()
        if left_open:
            raise OraError(6519)

    def setting(self, name: str, value: str) -> None:
        """Set a PostgreSQL setting on this connection and on those opened later."""
        sql = "SET " + name + " = '" + value.replace("'", "''") + "'"
        self._setup = [one for one in self._setup if not one.startswith(f"SET {name} =")] + [sql]
        self.script(sql)
        if self._child is not None:
            self._child.setting(name, value)

    # -- cancel, notifications, end

    def cancel(self) -> None:
        """Abort the running statement or wait; called from another thread."""
        os.write(self._wake_write, b"!")
        with self._cancel_guard, contextlib.suppress(Exception):
            self._link.cancel()
            if self._child is not None:
                self._child.cancel()

    def listen(self, channel: str) -> None:
        """Listen on a connection of its own: one inside a transaction would hear nothing."""
        if self._listener is None:
            self._listener = Link(self.conninfo)
        self._listener.command(b'LISTEN "' + channel.encode() + b'"')

    def unlisten(self, channel: str) -> None:
        if self._listener is not None:
            self._listener.command(b'UNLISTEN "' + channel.encode() + b'"')

    def notify(self, channel: str, payload: str = "") -> None:
        """Sent when the current transaction commits."""
        self.query("SELECT pg_notify($1, $2)", (channel, payload))

    def wait_notify(self, timeout: float) -> bool:
        """True when a notification came within ``timeout``; a cancel ends the wait."""
        if self._listener is None:
            raise OraError(3001, "a wait without a channel")
        return bool(self._listener.wait(timeout, self._wake_read))

    def close(self) -> None:
        for link in (self._link, self._listener):
            if link is not None:
                link.close()
        if self._child is not None:
            self._child.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _in_context(self, error: OraError) -> OraError:
        if error.code == 54 and error.__dict__.get("sqlstate") == "55P03":
            if self._wait_limit is not None:
                return OraError(30006)
            if self._depth:
                return OraError(60)
        return error

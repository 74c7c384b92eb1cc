"""Connections: a small pool for short transactions, and dedicated ones for those who wait.

Every await is bounded twice: by the driver's ``call_timeout`` and by ``asyncio.timeout``, since the
driver bounds neither the log-on nor the closing of a connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import oracledb

from bridge import failpoints
from bridge.errors import DatabaseBusy, DatabaseError, PackageReloaded, TransactionConflict
from bridge.logon import explain
from bridge.oracle import queries
from bridge.oracle.errors import code_of, translate

__all__ = ["Account", "Database", "execute"]

_T = TypeVar("_T")
_SLACK_SECONDS = 5.0
_CLOSE_SECONDS = 5.0
_TRANSACTION_ATTEMPTS = 3
_MAX_IDLE_MINUTES = 2

oracledb.defaults.fetch_lobs = False
oracledb.defaults.fetch_decimals = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How to log on, and the limits that go with it."""

    dsn: str
    user: str
    password: str
    owner: str
    pool_size: int
    pool_reserved: int  # connections of the pool that only settling gets
    pool_wait_seconds: float
    call_timeout_seconds: float
    connect_timeout_seconds: float


async def execute(
    connection: oracledb.AsyncConnection,
    name: str,
    sql: str,
    binds: Mapping[str, Any],
    out: Mapping[str, Any] | None = None,
    *,
    sizes: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Run a statement and return its OUT binds; errors are the bridge's."""
    try:
        with connection.cursor() as cursor:
            variables = {key: cursor.var(kind) for key, kind in (out or {}).items()}
            if sizes:
                cursor.setinputsizes(**sizes)
            await cursor.execute(sql, {**binds, **variables})
            return {key: variable.getvalue() for key, variable in variables.items()}
    except (oracledb.Error, OSError) as exc:
        raise translate(exc, name) from None


class Database:
    """The daemon's way to the database.

    Example::

        async with Database(account) as database:
            await database.call("repair_gaps", {"in_limit": 100}, {"out_repaired": int})
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self.sql = queries.load(account.owner)
        self._pool: oracledb.AsyncConnectionPool | None = None
        # Everybody but who settles takes a turn first, so that the pool is never full of others.
        self._turns = asyncio.Semaphore(account.pool_size - account.pool_reserved)

    async def __aenter__(self) -> Database:
        # Returns at once, even when nobody listens: only the first statement proves anything.
        try:
            self._pool = self._create_pool()
        except oracledb.Error as exc:
            raise translate(exc, "create the pool") from None
        return self

    def _create_pool(self) -> oracledb.AsyncConnectionPool:
        account = self._account
        return oracledb.create_pool_async(
            dsn=account.dsn,
            user=account.user,
            password=account.password,
            min=account.pool_size,
            max=account.pool_size,
            increment=1,
            getmode=oracledb.POOL_GETMODE_TIMEDWAIT,
            wait_timeout=int(account.pool_wait_seconds * 1000),
            tcp_connect_timeout=account.connect_timeout_seconds,
            expire_time=_MAX_IDLE_MINUTES,
        )

    async def __aexit__(self, *exc_info: object) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await pool.close(force=True)
        except (oracledb.Error, OSError, TimeoutError):
            # The server ends the sessions with the sockets.
            return

    def _no_logon(self, exc: BaseException, what: str) -> DatabaseError:
        return translate(exc, what, advice=self._advice(code_of(exc)))

    def _advice(self, code: str) -> str:
        return explain(
            code,
            user=self._account.user,
            dsn=self._account.dsn,
            user_setting="ERPCRM_DATABASE__USER",
            settings="ERPCRM_DATABASE__",
        )

    @property
    def user(self) -> str:
        """The account that is logged on."""
        return self._account.user

    @property
    def owner(self) -> str:
        """The schema that owns the API."""
        return self._account.owner

    # ----------------------------------------------------------------- short transactions

    async def call(
        self,
        name: str,
        binds: Mapping[str, Any],
        out: Mapping[str, Any] | None = None,
        *,
        sizes: Mapping[str, Any] | None = None,
        failpoint: str | None = None,
        settles: bool = False,
    ) -> dict[str, Any]:
        """Run one statement of ``queries.sql`` in a transaction of its own.

        ``settles``: it may have the connections that are kept for settling. The commit travels with
        the statement, which saves a round trip, unless a test has armed the failpoint between the two.
        """
        is_apart = failpoint is not None and failpoints.is_armed(failpoint)

        async def body(connection: oracledb.AsyncConnection) -> dict[str, Any]:
            connection.autocommit = not is_apart
            try:
                result = await execute(connection, name, self.sql[name], binds, out, sizes=sizes)
            finally:
                connection.autocommit = False
            if failpoint is not None:
                failpoints.hit(failpoint)
            return result

        return await self.transaction(name, body, commit=is_apart, settles=settles)

    async def query(
        self, name: str, binds: Mapping[str, Any] | None = None
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Return the columns and rows of a query of ``queries.sql``."""

        async def body(
            connection: oracledb.AsyncConnection,
        ) -> tuple[list[str], list[tuple[Any, ...]]]:
            try:
                with connection.cursor() as cursor:
                    await cursor.execute(self.sql[name], dict(binds or {}))
                    columns = [column.name for column in cursor.description or ()]
                    return columns, list(await cursor.fetchall())
            except (oracledb.Error, OSError) as exc:
                raise translate(exc, name) from None

        return await self.transaction(name, body, commit=False)

    async def transaction(
        self,
        name: str,
        body: Callable[[oracledb.AsyncConnection], Awaitable[_T]],
        *,
        commit: bool = True,
        settles: bool = False,
    ) -> _T:
        """Run ``body`` and commit; conflicts and reloaded packages repeat the whole of it."""
        for attempt in range(1, _TRANSACTION_ATTEMPTS + 1):
            try:
                async with self._turn(name, settles), self._connection(name) as connection:
                    result = await body(connection)
                    if commit:
                        await self._commit(connection, name)
                    return result
            except (TransactionConflict, PackageReloaded):
                if attempt == _TRANSACTION_ATTEMPTS:
                    raise
        raise AssertionError("the last attempt returns or raises")

    @staticmethod
    async def _commit(connection: oracledb.AsyncConnection, name: str) -> None:
        try:
            await connection.commit()
        except (oracledb.Error, OSError) as exc:
            raise translate(exc, f"commit of {name}") from None

    @asynccontextmanager
    async def _turn(self, name: str, settles: bool) -> AsyncIterator[None]:
        if settles:
            yield
            return
        try:
            async with asyncio.timeout(self._account.pool_wait_seconds):
                await self._turns.acquire()
        except TimeoutError:
            code = "DPY-4005"  # as the pool itself says it
            statement = f"acquire for {name}"
            raise DatabaseBusy(code=code, statement=statement, advice=self._advice(code)) from None
        try:
            yield
        finally:
            self._turns.release()

    @asynccontextmanager
    async def _connection(self, name: str) -> AsyncIterator[oracledb.AsyncConnection]:
        assert self._pool is not None
        account = self._account
        bound = account.connect_timeout_seconds + account.call_timeout_seconds + _SLACK_SECONDS
        cancels = _cancels()
        try:
            async with asyncio.timeout(bound):
                connection = await self._pool.acquire()
        except (oracledb.Error, OSError, TimeoutError) as exc:
            raise self._no_logon(exc, f"acquire for {name}") from None
        if _cancels() > cancels:
            # The driver swallows a cancel that comes while the pool makes its first connections.
            await self._give_back(connection, is_clean=True)
            raise asyncio.CancelledError
        connection.call_timeout = int(account.call_timeout_seconds * 1000)
        is_clean = False
        try:
            # The driver needs twice its limit: for the call, then for the answer to its break.
            async with asyncio.timeout(2 * account.call_timeout_seconds + _SLACK_SECONDS):
                yield connection
            is_clean = True
        except TimeoutError as exc:
            raise translate(exc, name) from None
        except DatabaseError:
            is_clean = await self._roll_back(connection)
            raise
        finally:
            await self._give_back(connection, is_clean=is_clean)

    @staticmethod
    async def _roll_back(connection: oracledb.AsyncConnection) -> bool:
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await connection.rollback()
        except (oracledb.Error, OSError, TimeoutError):
            return False
        return True

    async def _give_back(self, connection: oracledb.AsyncConnection, *, is_clean: bool) -> None:
        """Return a connection to the pool; one in the middle of something is dropped from it."""
        assert self._pool is not None
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                if is_clean:
                    await self._pool.release(connection)
                else:
                    # Not terminate(): that would leave the pool one connection short for ever.
                    # The driver's annotation names the synchronous class; it wants this one.
                    await self._pool.drop(cast("Any", connection))
        except (oracledb.Error, OSError, TimeoutError):
            return

    # ----------------------------------------------------------------- dedicated

    async def connect(self, action: str) -> oracledb.AsyncConnection:
        """Return a connection outside the pool, for one who waits on it."""
        account = self._account
        try:
            async with asyncio.timeout(account.connect_timeout_seconds + _SLACK_SECONDS):
                connection: oracledb.AsyncConnection = await oracledb.connect_async(
                    dsn=account.dsn,
                    user=account.user,
                    password=account.password,
                    tcp_connect_timeout=account.connect_timeout_seconds,
                    expire_time=_MAX_IDLE_MINUTES,
                )
        except (oracledb.Error, OSError, TimeoutError) as exc:
            raise self._no_logon(exc, f"connect for {action}") from None
        connection.module = "erpcrm run"
        connection.action = action
        return connection

    @staticmethod
    async def disconnect(connection: oracledb.AsyncConnection) -> None:
        """Close a dedicated connection within a bound; what was not committed is rolled back."""
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await connection.close()
        except (oracledb.Error, OSError, TimeoutError):
            connection.terminate()


def _cancels() -> int:
    """How often somebody has asked to cancel the running task."""
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()

"""Work queues: an AQ message is the wake-up, the claim in the same transaction is the work.

Correctness lies in the tables: a claim finds due retries, expired leases and lost wake-ups as well,
at the latest after one wait. So messages are removed in bulk, and what they hold is not even read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import oracledb

from bridge import failpoints
from bridge.domain.changes import Change, Webhook
from bridge.errors import DatabaseError
from bridge.oracle import codec
from bridge.oracle.errors import translate
from bridge.oracle.pool import Database, execute

__all__ = ["OracleWorkQueue", "change_queue", "webhook_queue"]

Item = TypeVar("Item")

_MESSAGES_PER_CALL = 100
_DRAIN_CALLS = 50
_SLACK_SECONDS = 10.0
_MAX_WAIT_SECONDS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind(Generic[Item]):
    """What is particular to one direction."""

    queue: str
    statement: str
    cursor_bind: str
    decode: Callable[[Sequence[str], Sequence[Any]], Item]
    failpoint_prefix: str


class OracleWorkQueue(Generic[Item]):
    """A ``WorkQueue`` over one AQ queue and one claim procedure; owns one connection."""

    def __init__(
        self,
        database: Database,
        kind: _Kind[Item],
        *,
        owner: str,
        worker_id: str,
        lease_seconds: int,
    ) -> None:
        self._database = database
        self._kind = kind
        self._queue_name = f"{owner}.{kind.queue}"
        self._worker_id = worker_id
        self._lease_seconds = lease_seconds
        self._connection: oracledb.AsyncConnection | None = None
        self._queue: oracledb.AsyncQueue | None = None

    async def take(self, limit: int, *, wait_seconds: int) -> Sequence[Item]:
        """Wait for a wake-up, claim, commit."""
        try:
            return await self._take(limit, wait_seconds)
        except DatabaseError:
            await self.close()
            raise
        except asyncio.CancelledError:
            # A dequeue or a claim may stand in the open transaction: ending the session undoes
            # both.
            self._terminate()
            raise

    async def close(self) -> None:
        """Close the connection."""
        connection, self._connection, self._queue = self._connection, None, None
        if connection is not None:
            await self._database.disconnect(connection)

    def _terminate(self) -> None:
        connection, self._connection, self._queue = self._connection, None, None
        if connection is not None:
            connection.terminate()

    async def _take(self, limit: int, wait_seconds: int) -> Sequence[Item]:
        connection, queue = await self._open()
        statement = self._kind.statement
        try:
            async with asyncio.timeout(2 * (wait_seconds + _SLACK_SECONDS)):
                await self._dequeue(queue, wait_seconds)
                items = await self._claim(connection, limit)
                if items:
                    failpoints.hit(self._kind.failpoint_prefix + "after_claim")
                await connection.commit()
        except (oracledb.Error, OSError, TimeoutError) as exc:
            raise translate(exc, statement) from None
        return items

    async def _open(self) -> tuple[oracledb.AsyncConnection, oracledb.AsyncQueue]:
        if self._connection is None or self._queue is None:
            connection = await self._database.connect(self._kind.queue)
            # A blocking dequeue is one round trip: the limit must be longer than the wait.
            connection.call_timeout = int((_MAX_WAIT_SECONDS + _SLACK_SECONDS) * 1000)
            queue = cast("oracledb.AsyncQueue", connection.queue(self._queue_name))
            queue.deqoptions.navigation = oracledb.DEQ_FIRST_MSG
            queue.deqoptions.visibility = oracledb.DEQ_ON_COMMIT
            queue.deqoptions.mode = oracledb.DEQ_REMOVE
            self._connection, self._queue = connection, queue
            return connection, queue
        return self._connection, self._queue

    async def _dequeue(self, queue: oracledb.AsyncQueue, wait_seconds: int) -> None:
        """Wait for messages, then take away what else is there."""
        if wait_seconds == 0:
            return
        taken = 0
        queue.deqoptions.wait = min(wait_seconds, _MAX_WAIT_SECONDS)
        for _ in range(_DRAIN_CALLS):
            messages = await queue.deqmany(_MESSAGES_PER_CALL)
            taken += len(messages)
            if len(messages) < _MESSAGES_PER_CALL:
                break
            queue.deqoptions.wait = oracledb.DEQ_NO_WAIT
        if taken:
            failpoints.hit(self._kind.failpoint_prefix + "after_dequeue")

    async def _claim(self, connection: oracledb.AsyncConnection, limit: int) -> list[Item]:
        kind = self._kind
        binds: Mapping[str, Any] = {
            "in_worker_id": self._worker_id,
            "in_batch_size": limit,
            "in_lease_seconds": self._lease_seconds,
        }
        out = await execute(
            connection,
            kind.statement,
            self._database.sql[kind.statement],
            binds,
            {kind.cursor_bind: oracledb.DB_TYPE_CURSOR},
        )
        cursor: oracledb.AsyncCursor = out[kind.cursor_bind]
        try:
            columns = [column.name for column in cursor.description or ()]
            return [kind.decode(columns, row) for row in await cursor.fetchall()]
        except (oracledb.Error, OSError) as exc:
            raise translate(exc, kind.statement) from None
        finally:
            cursor.close()


def change_queue(
    database: Database, *, owner: str, worker_id: str, lease_seconds: int
) -> OracleWorkQueue[Change]:
    """Return the queue of outbound changes."""
    return OracleWorkQueue(
        database,
        _Kind(
            queue="CRM_CHANGE_Q",
            statement="claim_changes",
            cursor_bind="out_changes",
            decode=codec.change,
            failpoint_prefix="",
        ),
        owner=owner,
        worker_id=worker_id,
        lease_seconds=lease_seconds,
    )


def webhook_queue(
    database: Database, *, owner: str, worker_id: str, lease_seconds: int
) -> OracleWorkQueue[Webhook]:
    """Return the queue of stored webhooks."""
    return OracleWorkQueue(
        database,
        _Kind(
            queue="CRM_INBOX_Q",
            statement="claim_webhooks",
            cursor_bind="out_webhooks",
            decode=codec.webhook,
            failpoint_prefix="inbound_",
        ),
        owner=owner,
        worker_id=worker_id,
        lease_seconds=lease_seconds,
    )

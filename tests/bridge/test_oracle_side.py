"""The Oracle side over the real driver and wire, against canned answers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from patience import LONG, STALL, until_async

from bridge.domain.changes import (
    ApplyResult,
    Change,
    CrmId,
    EventType,
    InboxOutcome,
    LeadSnapshot,
    Operation,
    Outcome,
    ReasonClass,
    Settlement,
    Webhook,
    WebhookSettlement,
)
from bridge.errors import (
    AccessRefused,
    DatabaseBusy,
    DatabaseSlow,
    DatabaseUnavailable,
    QueueStopped,
    StaleClaim,
    TransactionConflict,
)
from bridge.oracle.aq import change_queue, webhook_queue
from bridge.oracle.inbox import OracleInbox
from bridge.oracle.outbox import OracleOutbox
from bridge.oracle.pool import Account, Database

HERE = Path(__file__).parent
DELIVERED = Settlement(outcome=Outcome.DELIVERED, crm_id=CrmId(9), calls=1, http_status=201)
PARKED = WebhookSettlement(outcome=InboxOutcome.PARKED, detail="x")
WEBHOOK = Webhook(
    inbox_id=1, event_type="x", crm_id=None, record_key=None, fence_token=1, attempt=1
)
Make = Callable[..., Change]


@pytest.fixture(scope="module")
def dsn() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, str(HERE / "api_server.py")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
    )
    assert process.stdout is not None
    yield f"127.0.0.1:{int(process.stdout.readline())}/FREEPDB1"
    process.kill()
    process.communicate()


def account(dsn: str, **changes: object) -> Account:
    values: dict[str, object] = {
        "dsn": dsn,
        "user": "CRM_BRIDGE",
        "password": "secret",
        "owner": "CRM_SYNC",
        "pool_size": 2,
        "pool_reserved": 0,
        "pool_wait_seconds": 0.3,
        "call_timeout_seconds": 1.0,
        "connect_timeout_seconds": 2.0,
        **changes,
    }
    return Account(**values)  # type: ignore[arg-type]


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    async with Database(account(dsn)) as database:
        yield database


async def test_versions_workers_and_status(database: Database) -> None:
    outbox = OracleOutbox(database, worker_id="w")

    assert await outbox.api_version() == 1
    assert await outbox.begin_worker() == 2
    assert await outbox.status() == {"outbox_pending": 3.0}


async def test_a_claim_comes_with_the_wake_up(database: Database) -> None:
    queue = change_queue(database, owner="CRM_SYNC", worker_id="w", lease_seconds=60)
    items = await queue.take(2, wait_seconds=1)
    await queue.close()

    assert len(items) == 2
    assert items[0] == Change(
        event_id=0,
        record_key="1001-1",  # type: ignore[arg-type]
        version=7,
        operation=Operation.UPSERT,
        fence_token=3,
        attempt=1,
        idempotency_key="erp:1001-1:7",
        crm_id=None,
        is_in_doubt=False,
        document={
            "record_key": "1001-1",
            "client_code": 1001,
            "name": "São João",
            "crm_id": None,
        },
        agreed_image=None,
        changed_fields=frozenset({"name", "client_code"}),
    )


async def test_an_empty_queue_is_waited_on_as_long_as_asked(database: Database) -> None:
    queue = change_queue(database, owner="CRM_SYNC", worker_id="w", lease_seconds=60)
    await queue.take(1, wait_seconds=1)
    started = time.monotonic()
    await queue.take(1, wait_seconds=1)
    waited = time.monotonic() - started
    started = time.monotonic()
    await queue.take(1, wait_seconds=0)
    at_once = time.monotonic() - started
    await queue.close()

    assert waited > 0.9
    assert at_once < waited


async def test_a_wait_can_be_cancelled_at_once(database: Database) -> None:
    queue = change_queue(database, owner="CRM_SYNC", worker_id="w", lease_seconds=60)
    await queue.take(1, wait_seconds=1)
    task = asyncio.create_task(queue.take(1, wait_seconds=LONG))
    await asyncio.sleep(0.1)
    started = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await queue.close()

    assert time.monotonic() - started < LONG
    assert len(await queue.take(1, wait_seconds=0)) == 1
    await queue.close()


async def test_a_missing_queue_says_so(database: Database) -> None:
    queue = webhook_queue(database, owner="CRM_SYNC", worker_id="w", lease_seconds=60)
    [webhook] = await queue.take(1, wait_seconds=0)
    assert (webhook.crm_id, webhook.record_key) == (42, None)

    with pytest.raises(QueueStopped):
        await queue.take(1, wait_seconds=1)


async def test_a_settlement_is_committed(database: Database, change: Make) -> None:
    outbox = OracleOutbox(database, worker_id="w")
    await outbox.settle(change(fence_token=5), DELIVERED)
    await outbox.settle(
        change(fence_token=5),
        Settlement(
            outcome=Outcome.RETRY,
            reason=ReasonClass.TRANSIENT,
            detail="x" * 5000,
            retry_seconds=1.49996,
        ),
    )


async def test_a_stale_claim_and_a_deadlock_have_their_classes(
    database: Database, change: Make
) -> None:
    outbox = OracleOutbox(database, worker_id="w")
    with pytest.raises(StaleClaim) as stale:
        await outbox.settle(change(fence_token=1), DELIVERED)
    with pytest.raises(TransactionConflict):
        await outbox.settle(change(fence_token=2), DELIVERED)

    assert stale.value.statement == "settle_change"


async def test_a_lost_session_is_unavailability_and_the_pool_recovers(
    database: Database, change: Make
) -> None:
    outbox = OracleOutbox(database, worker_id="w")
    for _ in range(4):
        with pytest.raises(DatabaseUnavailable):
            await outbox.settle(change(fence_token=666), DELIVERED)

    assert await outbox.api_version() == 1


async def test_a_call_that_hangs_is_ended_and_the_pool_recovers(database: Database) -> None:
    outbox = OracleOutbox(database, worker_id="w")
    started = time.monotonic()
    for _ in range(3):
        with pytest.raises(DatabaseSlow):
            await outbox.repair_gaps(LONG)

    assert time.monotonic() - started < LONG
    assert await outbox.api_version() == 1


async def test_a_cancelled_call_gives_its_connection_back(database: Database) -> None:
    outbox = OracleOutbox(database, worker_id="w")
    for _ in range(4):
        task = asyncio.create_task(outbox.repair_gaps(LONG))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert await outbox.api_version() == 1


class _Swallowing:
    """A pool that forgets a cancel, as the driver's does while it makes its first connections."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self.entered = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    async def acquire(self) -> Any:
        self.entered.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0.5)
        return await self._pool.acquire()


async def test_a_cancel_that_the_pool_swallows_is_not_lost(database: Database) -> None:
    outbox = OracleOutbox(database, worker_id="w")
    pool = _Swallowing(database._pool)
    database._pool = pool  # type: ignore[assignment]
    task = asyncio.create_task(outbox.repair_gaps(LONG))
    await pool.entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await outbox.api_version() == 1


async def test_a_full_pool_is_back_pressure(dsn: str) -> None:
    async with Database(account(dsn, pool_size=1, call_timeout_seconds=3.0)) as database:
        outbox = OracleOutbox(database, worker_id="w")
        busy = asyncio.create_task(outbox.repair_gaps(2))
        await until_async(
            lambda: database._pool and database._pool.busy == 1, "the connection to be taken"
        )
        with pytest.raises(DatabaseBusy):
            await outbox.api_version()
        await busy
        assert await outbox.api_version() == 1


async def test_a_settlement_goes_through_while_everybody_else_waits_for_the_pool(
    dsn: str, change: Make
) -> None:
    limits = {"pool_size": 3, "pool_reserved": 1, "call_timeout_seconds": 30.0}
    async with Database(account(dsn, **limits)) as database:
        outbox = OracleOutbox(database, worker_id="w")
        others = [asyncio.create_task(outbox.repair_gaps(LONG)) for _ in range(6)]
        try:
            await until_async(
                lambda: sum(task.done() for task in others) == 4, "those without a turn to end"
            )
            refused = [task.exception() for task in others if task.done()]
            await outbox.settle(change(fence_token=3), DELIVERED)
            await OracleInbox(database).settle(WEBHOOK, PARKED)

            assert [type(error) for error in refused] == [DatabaseBusy] * 4
            assert sum(not task.done() for task in others) == 2, "the pool is as full as before"
        finally:
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)


async def test_a_turn_that_is_over_is_given_back(dsn: str) -> None:
    async with Database(account(dsn, pool_size=2, pool_reserved=1)) as database:
        outbox = OracleOutbox(database, worker_id="w")
        with pytest.raises(DatabaseSlow):
            await outbox.repair_gaps(LONG)
        task = asyncio.create_task(outbox.repair_gaps(LONG))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        assert await outbox.api_version() == 1


@pytest.mark.parametrize("size", [10, 40_000])
async def test_a_body_of_any_length_is_stored(database: Database, size: int) -> None:
    stored = await OracleInbox(database).store(
        source="spotter",
        event_type=EventType.LEAD_UPDATED,
        dedupe_key="0" * 64,
        crm_id=CrmId(1),
        body=b"x" * size,
    )

    assert (stored.inbox_id, stored.is_duplicate) == (size, False)


@pytest.mark.parametrize("length", [10, 12_000, 40_000])
async def test_a_lead_of_any_length_is_applied(database: Database, length: int) -> None:
    queue = webhook_queue(database, owner="CRM_SYNC", worker_id="w", lease_seconds=60)
    [webhook] = await queue.take(1, wait_seconds=0)
    await queue.close()
    lead = LeadSnapshot(crm_id=CrmId(1), stage="Ativação", fields={"name": "São " + "x" * length})

    assert await OracleInbox(database).apply(webhook, lead) is ApplyResult.APPLIED


async def test_a_wrong_password_is_not_hammered(dsn: str) -> None:
    async with Database(account(dsn, password="wrong")) as database:
        with pytest.raises((AccessRefused, DatabaseBusy)):
            await OracleOutbox(database, worker_id="w").api_version()


async def test_nobody_listening_is_unavailability_within_a_bound(unused_tcp_port: int) -> None:
    started = time.monotonic()
    async with Database(account(f"127.0.0.1:{unused_tcp_port}/X")) as database:
        with pytest.raises((DatabaseUnavailable, DatabaseBusy)):
            await OracleOutbox(database, worker_id="w").api_version()
        queue = change_queue(database, owner="CRM_SYNC", worker_id="w", lease_seconds=60)
        with pytest.raises(DatabaseUnavailable):
            await queue.take(1, wait_seconds=1)

    assert time.monotonic() - started < STALL


async def test_a_silent_listener_does_not_hold_the_daemon() -> None:
    writers: list[asyncio.StreamWriter] = []

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    started = time.monotonic()
    limits = {"connect_timeout_seconds": 0.2, "call_timeout_seconds": 0.2}
    async with Database(account(f"127.0.0.1:{port}/X", **limits)) as database:
        with pytest.raises((DatabaseUnavailable, DatabaseBusy)):
            await OracleOutbox(database, worker_id="w").api_version()
    ended = time.monotonic()
    server.close()
    for writer in writers:
        writer.close()
        await writer.wait_closed()

    assert ended - started < STALL

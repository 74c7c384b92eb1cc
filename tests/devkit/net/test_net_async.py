"""The unmodified driver, asynchronous, against each profile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import oracledb
import pytest
import pytest_asyncio
from patience import LONG


@pytest_asyncio.fixture
async def session(dsn: str) -> AsyncIterator[oracledb.AsyncConnection]:
    async with oracledb.connect_async(user="scott", password="tiger", dsn=dsn) as opened:
        yield opened


pytestmark = pytest.mark.asyncio


async def test_rows_lobs_and_out_binds(session: oracledb.AsyncConnection) -> None:
    rows = await session.fetchall("select n, text from numbers where n < :n", [500])
    assert [row[0] for row in rows] == list(range(500))
    cursor = session.cursor()
    await cursor.execute("select * from lobs")
    texts = [lob and await lob.read() for _, lob, _ in await cursor.fetchall()]
    assert texts == [f"é{n} " * n or None for n in range(6)]
    target = cursor.var(str)
    await cursor.execute("begin copy(:s, :t); end;", s="ção", t=target)
    assert target.getvalue() == "ção"
    reference = cursor.var(oracledb.DB_TYPE_CURSOR)
    await cursor.execute("begin open_rows(:n, :c); end;", n=350, c=reference)
    assert len(await reference.getvalue().fetchall()) == 350


async def test_dml_errors_and_transactions(session: oracledb.AsyncConnection) -> None:
    cursor = session.cursor()
    await cursor.executemany("insert into t values (:1, :2)", [(n, "x") for n in range(2000)])
    assert cursor.rowcount == 2000
    with pytest.raises(oracledb.IntegrityError, match="ORA-00001"):
        await cursor.execute("insert into t values (:1, :2)", [1, "x"])
    assert session.transaction_in_progress
    await session.rollback()
    assert not session.transaction_in_progress
    await session.ping()


async def test_queues(session: oracledb.AsyncConnection) -> None:
    queue = session.queue("EVENTS")
    queue.deqoptions.wait = oracledb.DEQ_NO_WAIT
    await queue.enqmany([session.msgproperties(payload=bytes([n])) for n in range(5)])
    first = await queue.deqone()
    assert first is not None
    assert first.payload == b"\0"
    assert [m.payload for m in await queue.deqmany(10)] == [bytes([n]) for n in range(1, 5)]
    assert await queue.deqone() is None
    await session.commit()


async def test_a_call_timeout_and_a_cancelled_wait(session: oracledb.AsyncConnection) -> None:
    session.call_timeout = 300
    started = time.monotonic()
    with pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
        await session.execute("begin sleep(:s); end;", [LONG])
    assert time.monotonic() - started < LONG
    session.call_timeout = 0
    assert await session.fetchone("select attribute 'user' from dual") == ("SCOTT",)


async def test_arrow_batches_hold_every_row(session: oracledb.AsyncConnection) -> None:
    frame = await session.fetch_df_all("select n, text from numbers where n < 1000")
    assert frame.num_rows() == 1000


async def test_a_pipeline_answers_each_operation(session: oracledb.AsyncConnection) -> None:
    pipeline = oracledb.create_pipeline()
    pipeline.add_execute("insert into t values (:1, :2)", [1, "x"])
    pipeline.add_fetchall("select n, text from numbers where n < 300")
    pipeline.add_execute("insert into t values (:1, :2)", [1, "again"])
    pipeline.add_fetchone("select attribute 'user' from dual")
    pipeline.add_commit()
    results = await session.run_pipeline(pipeline, continue_on_error=True)
    assert len(results[1].rows) == 300
    assert results[2].error is not None
    assert results[2].error.code == 1
    assert results[3].rows == [("SCOTT",)]
    assert not session.transaction_in_progress


async def test_a_pipeline_that_aborts_raises_the_first_error(
    session: oracledb.AsyncConnection,
) -> None:
    pipeline = oracledb.create_pipeline()
    pipeline.add_execute("begin fail; end;")
    pipeline.add_fetchone("select attribute 'user' from dual")
    with pytest.raises(oracledb.DatabaseError, match="ORA-20001"):
        await session.run_pipeline(pipeline)
    assert await session.fetchone("select attribute 'user' from dual") == ("SCOTT",)


async def test_a_pool_shared_by_many_tasks(dsn: str) -> None:
    pool = oracledb.create_pool_async(user="scott", password="tiger", dsn=dsn, min=1, max=3)

    async def work(count: int) -> int:
        async with pool.acquire() as connection:
            return len(
                await connection.fetchall("select n, text from numbers where n < :n", [count])
            )

    assert await asyncio.gather(*(work(n) for n in range(12))) == list(range(12))
    await pool.close()

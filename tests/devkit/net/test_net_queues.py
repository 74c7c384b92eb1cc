"""RAW queues through the driver's queue objects."""

from __future__ import annotations

import time

import oracledb
import pytest


def test_a_message_goes_round_with_its_properties(connection: oracledb.Connection) -> None:
    queue = connection.queue("EVENTS")
    queue.deqoptions.wait = oracledb.DEQ_NO_WAIT
    sent = connection.msgproperties(
        payload=b"p" * 90_000, correlation="côrr", priority=3, delay=0, expiration=60
    )
    queue.enqone(sent)
    assert connection.transaction_in_progress
    got = queue.deqone()
    assert got is not None
    assert got.payload == b"p" * 90_000
    assert (got.correlation, got.priority, got.expiration) == ("côrr", 3, 60)
    assert got.msgid == sent.msgid
    assert got.enqtime.year == 2026
    assert queue.deqone() is None
    connection.commit()
    assert not connection.transaction_in_progress


def test_an_empty_payload_stays_empty(connection: oracledb.Connection) -> None:
    queue = connection.queue("EVENTS")
    queue.enqone(connection.msgproperties(payload=b""))
    got = queue.deqone()
    assert got is not None
    assert got.payload == b""


def test_many_messages_go_round_in_one_call(connection: oracledb.Connection) -> None:
    queue = connection.queue("EVENTS")
    queue.deqoptions.wait = oracledb.DEQ_NO_WAIT
    sent = [connection.msgproperties(payload=f"message {n}".encode()) for n in range(50)]
    queue.enqmany(sent)
    assert len({message.msgid for message in sent}) == 50
    first, rest = queue.deqmany(20), queue.deqmany(100)
    assert [m.payload for m in first + rest] == [f"message {n}".encode() for n in range(50)]
    assert first[3].msgid == sent[3].msgid
    assert queue.deqmany(5) == []


def test_dequeue_options_reach_the_session(connection: oracledb.Connection) -> None:
    queue = connection.queue("EVENTS")
    queue.deqoptions.wait = oracledb.DEQ_NO_WAIT
    queue.enqoptions.visibility = oracledb.ENQ_IMMEDIATE
    for name in ("a", "b"):
        queue.enqone(connection.msgproperties(payload=name.encode(), correlation=name))
    assert not connection.transaction_in_progress
    queue.deqoptions.mode = oracledb.DEQ_BROWSE
    queue.deqoptions.correlation = "b"
    for _ in range(2):
        browsed = queue.deqone()
        assert browsed is not None
        assert browsed.payload == b"b"
    queue.deqoptions.correlation = "none"
    assert queue.deqone() is None
    queue.deqoptions.correlation = None
    queue.deqoptions.mode = oracledb.DEQ_REMOVE
    queue.deqoptions.msgid = browsed.msgid
    removed = queue.deqone()
    assert removed is not None
    assert removed.payload == b"b"


def test_a_wait_ends_by_itself_or_by_the_call_timeout(connection: oracledb.Connection) -> None:
    queue = connection.queue("EVENTS")
    queue.deqoptions.wait = 1
    started = time.monotonic()
    assert queue.deqone() is None
    assert time.monotonic() - started >= 0.9
    queue.deqoptions.wait = oracledb.DEQ_WAIT_FOREVER
    connection.call_timeout = 300
    with pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
        queue.deqone()
    connection.ping()


def test_an_unknown_queue_and_other_payloads_are_refused(connection: oracledb.Connection) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-24010"):
        connection.queue("NOWHERE").enqone(connection.msgproperties(payload=b"x"))
    with pytest.raises(oracledb.DatabaseError, match=r"ORA-03001.*JSON"):
        connection.queue("EVENTS", payload_type="JSON").enqone(
            connection.msgproperties(payload={"a": 1})
        )
    connection.ping()

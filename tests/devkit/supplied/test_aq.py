"""Queues through the driver's queue objects and through DBMS_AQ, between sessions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import oracledb
import pytest
from patience import LONG, STALL, until

from devkit.oracle.contracts import ExecuteRequest
from devkit.oracle.server import start_cluster
from devkit.oracle.session import Database
from devkit.oracle.supplied import aq

if TYPE_CHECKING:
    from conftest import Account

pytestmark = pytest.mark.devkit

_SET_UP = """
begin
   sys.dbms_aqadm.create_queue_table(
      queue_table => 'qt', queue_payload_type => 'RAW', sort_list => :sort_list
   );
   sys.dbms_aqadm.create_queue(
      queue_name => 'q', queue_table => 'qt', max_retries => 2, retry_delay => 0
   );
   sys.dbms_aqadm.start_queue(queue_name => 'q');
   sys.dbms_aqadm.start_queue(queue_name => 'aq$_qt_e', enqueue => false, dequeue => true);
end;"""


@pytest.fixture
def queue(session: oracledb.Connection) -> oracledb.Queue:
    return _make(session, "enq_time")


def _make(session: oracledb.Connection, sort_list: str) -> oracledb.Queue:
    with session.cursor() as cursor:
        cursor.execute(_SET_UP, sort_list=sort_list)
    return _open(session)


def _open(session: oracledb.Connection, wait: int = 0, name: str = "Q") -> oracledb.Queue:
    queue = session.queue(f"{session.username}.{name}")
    queue.deqoptions.wait = wait
    queue.deqoptions.navigation = oracledb.DEQ_FIRST_MSG
    return queue


def _put(session: oracledb.Connection, *payloads: bytes, **properties: object) -> None:
    queue = _open(session)
    queue.enqmany([session.msgproperties(payload=payload, **properties) for payload in payloads])
    session.commit()


def _payloads(queue: oracledb.Queue, count: int = 10) -> list[bytes]:
    return [message.payload for message in queue.deqmany(count)]


def test_a_message_is_seen_after_the_commit_of_its_enqueue_only(
    account: Account, session: oracledb.Connection, queue: oracledb.Queue
) -> None:
    queue.enqone(session.msgproperties(payload=b"hello"))
    with account.connect() as other:
        assert _open(other).deqone() is None
        session.commit()
        message = _open(other).deqone()
        assert message is not None
        assert message.payload == b"hello"
        other.commit()
        assert _open(other).deqone() is None


def test_a_rolled_back_enqueue_leaves_nothing(
    session: oracledb.Connection, queue: oracledb.Queue
) -> None:
    queue.enqone(session.msgproperties(payload=b"never"))
    session.rollback()
    assert queue.deqone() is None


def test_an_immediate_enqueue_survives_the_rollback(
    session: oracledb.Connection, queue: oracledb.Queue
) -> None:
    queue.enqoptions.visibility = oracledb.ENQ_IMMEDIATE
    queue.enqone(session.msgproperties(payload=b"kept"))
    session.rollback()
    assert _payloads(queue) == [b"kept"]


def test_messages_leave_in_the_order_of_their_enqueue(
    session: oracledb.Connection, queue: oracledb.Queue
) -> None:
    _put(session, b"1", b"2", b"3")
    _put(session, b"4")
    assert _payloads(queue) == [b"1", b"2", b"3", b"4"]


def test_a_lower_priority_number_goes_first_when_the_table_sorts_by_it(
    session: oracledb.Connection,
) -> None:
    queue = _make(session, "priority,enq_time")
    _put(session, b"late", priority=5)
    _put(session, b"first", priority=1)
    assert _payloads(queue) == [b"first", b"late"]


def test_two_consumers_never_get_the_same_message(
    account: Account, session: oracledb.Connection, queue: oracledb.Queue
) -> None:
    _put(session, b"a", b"b")
    with account.connect() as other:
        first = queue.deqone()
        second = _open(other).deqone()
        assert first is not None and second is not None
        assert {first.payload, second.payload} == {b"a", b"b"}
        assert _open(other).deqone() is None


_WAIT = f"""
declare
   r_options dbms_aq.dequeue_options_t;
   r_message dbms_aq.message_properties_t;
   l_payload raw(100);
   l_msgid   raw(16);
begin
   r_options.wait := {LONG};
   dbms_aq.dequeue('q', r_options, r_message, l_payload, l_msgid);
   if utl_raw.cast_to_varchar2(l_payload) <> 'wake' then
      raise_application_error(-20001, 'another message');
   end if;
end;"""
_ENQUEUE = """
declare
   r_options dbms_aq.enqueue_options_t;
   r_message dbms_aq.message_properties_t;
   l_msgid   raw(16);
begin
   dbms_aq.enqueue('q', r_options, r_message, utl_raw.cast_to_raw('wake'), l_msgid);
end;"""


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """In this process: who waits does not look again by itself, only an announcement wakes it."""
    monkeypatch.setattr(aq, "_LOOK_AGAIN_SECONDS", float(LONG))
    with start_cluster(tmp_path / "data", durability="fast") as cluster:
        yield Database(cluster.conninfo)


@pytest.mark.parametrize("in_transaction", [False, True])
def test_a_waiting_dequeue_wakes_when_another_session_commits(
    database: Database, in_transaction: bool
) -> None:
    producer, consumer = (database.open_session("SYSTEM") for _ in range(2))
    producer.execute(ExecuteRequest(_SET_UP.replace(":sort_list", "'enq_time'")))
    producer.execute(ExecuteRequest("create table work (n number)"))
    if in_transaction:
        consumer.execute(ExecuteRequest("insert into work values (1)"))
    with ThreadPoolExecutor(1) as pool:
        started = time.monotonic()
        waiting = pool.submit(consumer.execute, ExecuteRequest(_WAIT))
        until(lambda: consumer._listening, "the consumer to listen")
        time.sleep(0.3)  # it has looked once more by now; if not, the test is weaker but not wrong
        producer.execute(ExecuteRequest(_ENQUEUE))
        assert not waiting.done()
        producer.commit()
        waiting.result()
        assert time.monotonic() - started < LONG
    consumer.rollback()
    for session in (producer, consumer):
        session.close()


def test_a_wait_ends_after_its_seconds_with_no_message(
    session: oracledb.Connection, queue: oracledb.Queue
) -> None:
    waiting = _open(session, wait=1)
    started = time.monotonic()
    assert waiting.deqone() is None
    assert time.monotonic() - started >= 0.9


def test_a_browsed_message_stays_and_can_be_removed_by_its_id(
    session: oracledb.Connection, queue: oracledb.Queue
) -> None:
    _put(session, b"x")
    queue.deqoptions.mode = oracledb.DEQ_BROWSE
    seen = queue.deqone()
    assert seen is not None
    queue.deqoptions.mode = oracledb.DEQ_REMOVE
    queue.deqoptions.msgid = seen.msgid
    taken = queue.deqone()
    assert taken is not None
    assert taken.msgid == seen.msgid
    session.commit()
    queue.deqoptions.msgid = None
    assert queue.deqone() is None


def test_browsing_on_goes_to_the_next_message(
    session: oracledb.Connection, queue: oracledb.Queue
) -> None:
    _put(session, b"1", b"2")
    queue.deqoptions.mode = oracledb.DEQ_BROWSE
    first = queue.deqone()
    queue.deqoptions.navigation = oracledb.DEQ_NEXT_MSG
    second = queue.deqone()
    assert first is not None and second is not None
    assert (first.payload, second.payload) == (b"1", b"2")
    assert queue.deqone() is None


def test_a_correlation_selects(session: oracledb.Connection, queue: oracledb.Queue) -> None:
    _put(session, b"a", correlation="north")
    _put(session, b"b", correlation="south")
    queue.deqoptions.correlation = "south"
    assert _payloads(queue) == [b"b"]


def test_a_delayed_message_comes_when_its_delay_is_over(
    session: oracledb.Connection, queue: oracledb.Queue
) -> None:
    _put(session, b"later", delay=1)
    assert queue.deqone() is None
    message = _open(session, wait=LONG).deqone()
    assert message is not None
    assert message.payload == b"later"


def test_an_expired_message_moves_to_the_exception_queue(
    session: oracledb.Connection, queue: oracledb.Queue
) -> None:
    _put(session, b"stale", expiration=1)
    with session.cursor() as cursor:
        cursor.execute("begin dbms_session.sleep(1.1); end;")
    assert queue.deqone() is None
    message = _open(session, name='"AQ$_QT_E"').deqone()
    assert message is not None
    assert message.payload == b"stale"
    assert message.state == oracledb.MSG_EXPIRED


def test_each_rollback_counts_and_beyond_max_retries_the_message_moves(
    session: oracledb.Connection, queue: oracledb.Queue
) -> None:
    _put(session, b"poison")
    attempts = []
    for _ in range(3):
        message = queue.deqone()
        assert message is not None
        attempts.append(message.attempts)
        session.rollback()
    assert attempts == [0, 1, 2]
    assert queue.deqone() is None
    message = _open(session, name='"AQ$_QT_E"').deqone()
    assert message is not None
    assert message.payload == b"poison"


def test_the_owner_sees_the_messages_and_their_states(
    session: oracledb.Connection, queue: oracledb.Queue
) -> None:
    _put(session, b"now")
    _put(session, b"later", delay=60)
    _put(session, b"stale", expiration=1)
    with session.cursor() as cursor:
        cursor.execute("begin dbms_session.sleep(1.1); end;")
        assert queue.deqone() is not None
        session.commit()
        cursor.execute(
            "select queue, msg_state, utl_raw.cast_to_varchar2(dbms_lob.substr(user_data, 100, 1)),"
            " original_queue_name from aq$qt order by msg_state"
        )
        assert cursor.fetchall() == [
            ("AQ$_QT_E", "EXPIRED", "stale", "Q"),
            ("Q", "WAIT", "later", None),
        ]


def test_a_lost_consumer_gives_its_message_back_without_counting(
    account: Account, session: oracledb.Connection, queue: oracledb.Queue
) -> None:
    _put(session, b"again")
    other = account.connect()
    assert _open(other).deqone() is not None
    with session.cursor() as cursor:
        cursor.execute("select count(*) from qt")
        (count,) = cursor.fetchone() or (None,)
    assert count == 1
    other.close()  # rolls back as a lost session does
    message = _open(session, wait=5).deqone()
    assert message is not None
    assert message.payload == b"again"


def test_a_stopped_queue_refuses_by_its_own_errors(
    session: oracledb.Connection, queue: oracledb.Queue
) -> None:
    with session.cursor() as cursor:
        cursor.execute("begin sys.dbms_aqadm.stop_queue(queue_name => 'q'); end;")
    with pytest.raises(oracledb.DatabaseError, match="ORA-25207"):
        queue.enqone(session.msgproperties(payload=b"no"))
    with pytest.raises(oracledb.DatabaseError, match="ORA-25226"):
        queue.deqone()


def test_an_unknown_queue_is_named(session: oracledb.Connection) -> None:
    with pytest.raises(
        oracledb.DatabaseError, match=r"ORA-24010: QUEUE \w+\.NOSUCH does not exist"
    ):
        session.queue("NOSUCH").deqone()


def test_another_user_needs_the_queue_privilege_and_no_more(
    account: Account,
    admin: oracledb.Connection,
    session: oracledb.Connection,
    queue: oracledb.Queue,
) -> None:
    reader = f"{account.name}_READER"
    with admin.cursor() as cursor:
        cursor.execute(f"create user {reader} identified by secret")
        cursor.execute(f"grant create session to {reader}")
    _put(session, b"for you")
    with oracledb.connect(user=reader, password="secret", dsn=account.dsn) as other:
        foreign = other.queue(f"{account.name}.Q")
        foreign.deqoptions.wait = 0
        foreign.deqoptions.navigation = oracledb.DEQ_FIRST_MSG
        with pytest.raises(oracledb.DatabaseError, match="ORA-24010"):
            foreign.deqone()
        with session.cursor() as cursor:
            cursor.execute(
                "begin sys.dbms_aqadm.grant_queue_privilege("
                "privilege => 'DEQUEUE', queue_name => 'q', grantee => :who, grant_option => false);"
                " end;",
                who=reader,
            )
        message = foreign.deqone()
        assert message is not None
        assert message.payload == b"for you"
        with pytest.raises(oracledb.DatabaseError, match="ORA-01031"):
            foreign.enqone(other.msgproperties(payload=b"not allowed"))


def test_only_the_owner_grants_on_a_queue(
    account: Account, admin: oracledb.Connection, queue: oracledb.Queue
) -> None:
    """Not even SYSTEM, who may administer it (PL/SQL Packages Reference, GRANT_QUEUE_PRIVILEGE)."""
    call = (
        "sys.dbms_aqadm.grant_queue_privilege(privilege => 'DEQUEUE',"
        f" queue_name => '{account.name}.Q', grantee => 'SYSTEM', grant_option => false);"
    )
    with admin.cursor() as cursor:
        with pytest.raises(oracledb.DatabaseError, match="ORA-01031"):
            cursor.execute(f"begin {call} end;")
        cursor.execute(
            f"create procedure {account.name}.grant_it authid definer is begin {call} end;"
        )
        cursor.execute(f"begin {account.name}.grant_it; end;")


def test_rights_on_all_queues_are_granted_by_system_only(
    account: Account, admin: oracledb.Connection, session: oracledb.Connection
) -> None:
    """At first nobody else may (PL/SQL Packages Reference, GRANT_SYSTEM_PRIVILEGE)."""
    held = "select count(*) from session_privs where privilege = 'MANAGE ANY QUEUE'"
    grant, revoke = (
        f"begin sys.dbms_aqadm.{verb}_system_privilege("
        f"privilege => 'MANAGE_ANY', grantee => '{account.name}'); end;"
        for verb in ("grant", "revoke")
    )
    with admin.cursor() as dba, session.cursor() as cursor:
        with pytest.raises(oracledb.DatabaseError, match="ORA-01031"):
            cursor.execute(grant)
        with pytest.raises(oracledb.DatabaseError, match="ORA-00990"):
            dba.execute(grant.replace("MANAGE_ANY", "MANAGE"))
        for statement, count in ((grant, 1), (revoke, 0)):
            dba.execute(statement)
            assert cursor.execute(held).fetchone() == (count,)


def test_plsql_enqueues_and_dequeues_with_its_properties(
    session: oracledb.Connection, queue: oracledb.Queue
) -> None:
    with session.cursor() as cursor:
        cursor.execute(
            """
            declare
               l_enqueue    sys.dbms_aq.enqueue_options_t;
               l_options    sys.dbms_aq.dequeue_options_t;
               l_properties sys.dbms_aq.message_properties_t;
               l_payload    raw(2000);
               l_id         raw(16);
            begin
               l_properties.correlation := 'bulk';
               for i in 1 .. 3 loop
                  sys.dbms_aq.enqueue(
                     queue_name         => 'q',
                     enqueue_options    => l_enqueue,
                     message_properties => l_properties,
                     payload            => utl_raw.cast_to_raw('m' || i),
                     msgid              => l_id
                  );
               end loop;
               commit;
               l_properties := null;
               l_options.wait       := sys.dbms_aq.no_wait;
               l_options.navigation := sys.dbms_aq.first_message;
               sys.dbms_aq.dequeue(
                  queue_name         => 'q',
                  dequeue_options    => l_options,
                  message_properties => l_properties,
                  payload            => l_payload,
                  msgid              => l_id
               );
               :text        := utl_raw.cast_to_varchar2(l_payload);
               :correlation := l_properties.correlation;
            end;""",
            text=(text := cursor.var(str)),
            correlation=(correlation := cursor.var(str)),
        )
        assert (text.getvalue(), correlation.getvalue()) == ("m1", "bulk")


def test_array_calls_with_raw_payloads_are_refused_by_name(
    session: oracledb.Connection, queue: oracledb.Queue
) -> None:
    with session.cursor() as cursor:
        cursor.execute("create type payloads_ct as table of raw(2000)")
        with pytest.raises(oracledb.DatabaseError, match=r"ORA-03001.*ENQUEUE_ARRAY"):
            cursor.execute(
                """
                declare
                   l_options    sys.dbms_aq.enqueue_options_t;
                   l_properties sys.dbms_aq.message_properties_t;
                   t_properties sys.dbms_aq.message_properties_array_t
                      := sys.dbms_aq.message_properties_array_t();
                   t_ids        sys.dbms_aq.msgid_array_t;
                begin
                   t_properties.extend;
                   t_properties(1) := l_properties;
                   :made := sys.dbms_aq.enqueue_array(
                      queue_name               => 'q',
                      enqueue_options          => l_options,
                      array_size               => 1,
                      message_properties_array => t_properties,
                      payload_array            => payloads_ct(utl_raw.cast_to_raw('m')),
                      msgid_array              => t_ids
                   );
                end;""",
                made=cursor.var(int),
            )


def test_an_empty_queue_raises_25228_in_plsql(
    session: oracledb.Connection, queue: oracledb.Queue
) -> None:
    with session.cursor() as cursor, pytest.raises(oracledb.DatabaseError, match="ORA-25228"):
        cursor.execute(
            """
            declare
               l_options    sys.dbms_aq.dequeue_options_t;
               l_properties sys.dbms_aq.message_properties_t;
               l_payload    raw(2000);
               l_id         raw(16);
            begin
               l_options.wait := sys.dbms_aq.no_wait;
               sys.dbms_aq.dequeue('q', l_options, l_properties, l_payload, l_id);
            end;"""
        )


def test_creating_twice_gives_the_documented_errors(
    session: oracledb.Connection, queue: oracledb.Queue
) -> None:
    with session.cursor() as cursor:
        with pytest.raises(oracledb.DatabaseError, match="ORA-24001"):
            cursor.execute("begin sys.dbms_aqadm.create_queue_table('qt', 'RAW'); end;")
        with pytest.raises(oracledb.DatabaseError, match="ORA-24006"):
            cursor.execute("begin sys.dbms_aqadm.create_queue('q', 'qt'); end;")
        with pytest.raises(oracledb.DatabaseError, match="ORA-24011"):
            cursor.execute("begin sys.dbms_aqadm.drop_queue('q'); end;")
        with pytest.raises(oracledb.DatabaseError, match="ORA-24005"):
            cursor.execute("drop table qt")


async def test_the_asynchronous_driver_waits_and_takes_many(
    account: Account, session: oracledb.Connection, queue: oracledb.Queue
) -> None:
    async with await account.connect_async() as consumer:
        waiting = consumer.queue(f"{account.name}.Q")
        waiting.deqoptions.wait = LONG
        waiting.deqoptions.navigation = oracledb.DEQ_FIRST_MSG
        task = asyncio.create_task(waiting.deqmany(5))
        await asyncio.sleep(0.2)
        await asyncio.to_thread(_put, session, b"1", b"2")
        messages = await asyncio.wait_for(task, STALL)
        assert [message.payload for message in messages] == [b"1", b"2"]
        await consumer.commit()

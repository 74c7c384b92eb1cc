"""Advanced Queuing: classic single-consumer persistent queues with RAW payload.

Used by the driver's native calls and by DBMS_AQ alike. The rules, from "Advanced Queuing User's Guide"
and the DBMS_AQ chapter of the "PL/SQL Packages and Types Reference":

* ON_COMMIT makes enqueue and dequeue part of the caller's transaction; IMMEDIATE is a transaction of
  its own.
* A consumer takes the first message that is ready and that nobody holds, in the order of the sort list;
  a msgid or a correlation selects instead.
* RETRY_COUNT of a removed message grows when the application rolls back, not when its process dies;
  beyond MAX_RETRIES the message moves to the exception queue. RETRY_DELAY keeps it waiting before.
* An expired message moves to the exception queue, state EXPIRED.

Delays and expirations are compared with the clock when somebody dequeues; there is no time manager.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from devkit.oracle.contracts import AqMessage, DequeueOptions
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.supplied.queues import Queue, find_queue, split_name

BROWSE, LOCKED, REMOVE, REMOVE_NODATA = 1, 2, 3, 4
FIRST_MESSAGE, NEXT_TRANSACTION, NEXT_MESSAGE = 1, 2, 3
IMMEDIATE, ON_COMMIT = 1, 2
READY, WAITING, PROCESSED, EXPIRED = 0, 1, 2, 3
FOREVER = -1

_NOW = "clock_timestamp()::timestamp"
_LOOK_AGAIN_SECONDS = 1.0  # a message freed by a consumer that died is announced by nobody
_PROPERTIES = (
    '"PRIORITY", "EXPIRATION", "CORRID", "RETRY_COUNT", "EXCEPTION_QUEUE", "STATE", "ENQ_TIME",'
    ' "MSGID", "ORIGINAL_MSGID", "$rowid", coalesce(extract(epoch from "DELAY" - "ENQ_TIME"), 0)::int'
)


@dataclass(slots=True)
class _State:
    """What a session remembers: messages removed in its transaction, and how far it has browsed."""

    removed: list[tuple[Queue, bytes]] = field(default_factory=list)
    browsed: dict[tuple[str, str], int] = field(default_factory=dict)
    hooked: bool = False


def _state(session: Any) -> _State:
    state: _State = session.supplied.setdefault("AQ", _State())
    if not state.hooked:
        session.on_commit.append(lambda: state.removed.clear())
        session.on_rollback.append(lambda: _count_retries(session, state))
        state.hooked = True
    return state


def _queue(session: Any, name: str, privilege: str) -> Queue:
    owner, folded = split_name(name, session.effective_schema)
    queue = find_queue(session, owner, folded)
    user = session.effective_user
    if queue is None or not session.catalog.can_see(user, owner, folded, roles=True):
        raise OraError(24010, f"{owner}.{folded}")
    if not session.catalog.can(user, privilege, owner, folded, roles=True):
        raise OraError(1031)
    return queue


# --------------------------------------------------------------------------- enqueue


def enqueue(
    session: Any, queue_name: str, messages: Sequence[AqMessage], visibility: int = ON_COMMIT
) -> list[bytes]:
    """Put messages into a queue with one statement; the msgids, in order."""
    queue = _queue(session, queue_name, "ENQUEUE")
    if queue.is_exception:
        raise OraError(25206, f"{queue.owner}.{queue.name}")
    if not queue.enqueue_enabled:
        raise OraError(25207, f"{queue.owner}.{queue.name}")
    if not messages:
        return []
    msgids = [os.urandom(16) for _ in messages]
    if visibility == IMMEDIATE:
        with session.autonomous():
            _insert(session, queue, messages, msgids)
            session.storage.commit()
    else:
        _insert(session, queue, messages, msgids)
    return msgids


def _insert(session: Any, queue: Queue, messages: Sequence[AqMessage], msgids: list[bytes]) -> None:
    for message in messages:
        if message.delay < 0 or message.expiration < -1 or message.expiration == 0:
            raise OraError(25248, text="duplicate or invalid message property")
        if message.exception_queue is not None:
            split_name(message.exception_queue, queue.owner)
    columns = (
        '"Q_NAME", "MSGID", "CORRID", "PRIORITY", "STATE", "DELAY", "EXPIRATION", "ENQ_TIME",'
        ' "ENQ_UID", "RETRY_COUNT", "EXCEPTION_QUEUE", "USER_DATA"'
    )
    sql = (
        f"insert into {queue.table.relation} ({columns})"  # noqa: S608 - names from the dictionary
        f" select $1, m.id, m.corrid, m.priority, case when m.delay > 0 then {WAITING} else {READY} end,"
        f" case when m.delay > 0 then {_NOW} + make_interval(secs => m.delay) end,"
        f" nullif(m.expiration, -1), {_NOW}, $2, 0, m.exception_queue, m.payload"
        " from unnest($3::bytea[], $4::text[], $5::int[], $6::int[], $7::int[], $8::text[], $9::bytea[])"
        " as m(id, corrid, priority, delay, expiration, exception_queue, payload)"
    )
    parameters = (
        queue.name,
        session.effective_user,
        msgids,
        [message.correlation for message in messages],
        [message.priority for message in messages],
        [message.delay for message in messages],
        [message.expiration for message in messages],
        [message.exception_queue for message in messages],
        [message.payload for message in messages],
    )
    with session.storage.statement(writes=True):
        session.storage.query(sql, parameters)
        session.storage.query("select pg_notify($1, '')", (queue.channel,))


# --------------------------------------------------------------------------- dequeue


def dequeue(
    session: Any, queue_name: str, options: DequeueOptions, count: int = 1
) -> list[AqMessage]:
    """Take (or browse) up to ``count`` messages; waits for the first only, ORA-25228 when none came."""
    queue = _queue(session, queue_name, "DEQUEUE")
    if not queue.dequeue_enabled:
        raise OraError(25226, f"{queue.owner}.{queue.name}")
    if options.consumer is not None:
        raise OraError(
            25231, text="cannot dequeue because CONSUMER_NAME not specified or not valid"
        )
    if options.condition is not None:
        raise unsupported("DEQ_CONDITION")
    if options.navigation == NEXT_TRANSACTION:
        raise unsupported("NEXT_TRANSACTION: message grouping")
    if options.mode not in (BROWSE, LOCKED, REMOVE, REMOVE_NODATA):
        raise OraError(25220, text=f"dequeue failed, invalid dequeue mode {options.mode}")
    if options.visibility == IMMEDIATE and options.mode != BROWSE:
        with session.autonomous():
            messages = _wait(session, queue, options, count)
            session.storage.commit()
            return messages
    return _wait(session, queue, options, count)


def _wait(session: Any, queue: Queue, options: DequeueOptions, count: int) -> list[AqMessage]:
    messages = _take(session, queue, options, count)
    if messages:
        return messages
    deadline = None if options.wait < 0 else time.monotonic() + options.wait
    with session.notifications(queue.channel) as wake:
        while True:
            # look again after LISTEN: a commit between the first look and it would be missed
            messages = _take(session, queue, options, count)
            if messages:
                return messages
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise OraError(25228, f"{queue.owner}.{queue.name}")
            pause = min(left or _LOOK_AGAIN_SECONDS, _LOOK_AGAIN_SECONDS, _next_due(session, queue))
            wake(max(pause, 0.001))


def _next_due(session: Any, queue: Queue) -> float:
    """Seconds until the next delayed message becomes ready."""
    rows = session.storage.query(
        f'select extract(epoch from min("DELAY") - {_NOW})::float8'  # noqa: S608
        f' from {queue.table.relation} where "Q_NAME" = $1 and "DELAY" > {_NOW}',
        (queue.name,),
    ).rows
    due = rows[0][0]
    return _LOOK_AGAIN_SECONDS if due is None else max(float(due), 0.0)


def _take(session: Any, queue: Queue, options: DequeueOptions, count: int) -> list[AqMessage]:
    _expire(session, queue)
    state = _state(session)
    browsing = options.mode == BROWSE
    key = (queue.owner, queue.name)
    if options.navigation == FIRST_MESSAGE:
        state.browsed.pop(key, None)
    conditions = ['"Q_NAME" = $1']
    parameters: list[Any] = [queue.name]

    def bind(value: Any) -> str:
        parameters.append(value)
        return f"${len(parameters)}"

    if not queue.is_exception:
        conditions.append(f'("DELAY" is null or "DELAY" <= {_NOW})')
        conditions.append(f'"STATE" < {PROCESSED}')
    if options.msgid is not None:
        conditions.append(f'"MSGID" = {bind(options.msgid)}')
    if options.correlation is not None:
        operator = "like" if set(options.correlation) & {"%", "_"} else "="
        conditions.append(f'"CORRID" {operator} {bind(options.correlation)}')
    if browsing and options.msgid is None and key in state.browsed:
        conditions.append(f'"$rowid" > {bind(state.browsed[key])}')
    relation, order = queue.table.relation, queue.table.order
    payload = "null::bytea" if options.mode == REMOVE_NODATA else '"USER_DATA"'
    select = (
        f"select {_PROPERTIES}, {payload} from {relation}"  # noqa: S608
        f" where {' and '.join(conditions)} order by {order} limit {int(count)}"
    )
    if browsing:
        rows = session.storage.query(select, parameters).rows
    else:
        with session.storage.statement(writes=True):
            rows = session.storage.query(f"{select} for update skip locked", parameters).rows
            if rows and options.mode != LOCKED:
                _remove(session, queue, [row[7] for row in rows])
    if not rows and options.msgid is not None:
        raise OraError(25263, f"{queue.owner}.{queue.name}", options.msgid.hex().upper())
    if rows and browsing:
        state.browsed[key] = max(int(row[9]) for row in rows)
    return [_message(row) for row in rows]


def _remove(session: Any, queue: Queue, msgids: list[bytes]) -> None:
    if queue.retention:
        session.storage.query(
            f'update {queue.table.relation} set "STATE" = {PROCESSED}, "DEQ_TIME" = {_NOW}'  # noqa: S608
            ' where "Q_NAME" = $1 and "MSGID" = any($2::bytea[])',
            (queue.name, msgids),
        )
    else:
        session.storage.query(
            f'delete from {queue.table.relation} where "Q_NAME" = $1'  # noqa: S608
            ' and "MSGID" = any($2::bytea[])',
            (queue.name, msgids),
        )
    _state(session).removed += [(queue, msgid) for msgid in msgids]


def _message(row: tuple[Any, ...]) -> AqMessage:
    (
        priority,
        expiration,
        corrid,
        retries,
        exception_queue,
        state,
        enqueued,
        msgid,
        original,
        _,
        delay,
        data,
    ) = row
    return AqMessage(
        payload=data,
        priority=int(priority),
        delay=int(delay),
        expiration=-1 if expiration is None else int(expiration),
        correlation=corrid,
        exception_queue=exception_queue,
        attempts=int(retries),
        # a message whose delay is over is ready, whatever its row still says
        state=READY if int(state) == WAITING else int(state),
        msgid=msgid,
        enqueue_time=enqueued.replace(microsecond=0),
        original_msgid=original,
    )


# --------------------------------------------------------------------------- time and failure


def _exception_queue_name(queue: Queue) -> str:
    return f"AQ$_{queue.table.name}_E"[:128]


_MOVE = (
    'update {relation} set "Q_NAME" = coalesce("EXCEPTION_QUEUE", $2), "STATE" = 3, "DELAY" = null,'
    ' "ORIGINAL_MSGID" = "MSGID", "ORIGINAL_Q" = "Q_NAME"{more} where "Q_NAME" = $1 and {condition}'
)


def _expire(session: Any, queue: Queue) -> None:
    """Move what has expired, in a transaction of its own, if anything has."""
    if queue.is_exception:
        return
    condition = (
        '"STATE" < 2 and "EXPIRATION" is not null and coalesce("DELAY", "ENQ_TIME")'
        f' + make_interval(secs => "EXPIRATION"::float8) <= {_NOW}'
    )
    found = session.storage.query(
        f'select 1 from {queue.table.relation} where "Q_NAME" = $1 and {condition} limit 1',  # noqa: S608
        (queue.name,),
    )
    if not found.rows:
        return
    with session.autonomous():
        session.storage.query(
            _MOVE.format(
                relation=queue.table.relation,
                more="",
                condition=f'"MSGID" in (select "MSGID" from {queue.table.relation}'  # noqa: S608
                f' where "Q_NAME" = $1 and {condition} for update skip locked)',
            ),
            (queue.name, _exception_queue_name(queue)),
        )
        session.storage.commit()


def _count_retries(session: Any, state: _State) -> None:
    """After a rollback: one more retry for each message that came back, or the exception queue."""
    removed, state.removed = state.removed, []
    if not removed:
        return
    with session.autonomous():
        for queue, msgid in removed:
            if queue.is_exception:
                continue
            delay = (
                f"{_NOW} + make_interval(secs => {queue.retry_delay})"
                if queue.retry_delay
                else "null"
            )
            rows = session.storage.query(
                f'update {queue.table.relation} set "RETRY_COUNT" = "RETRY_COUNT" + 1,'  # noqa: S608
                f' "DELAY" = {delay} where "Q_NAME" = $1 and "MSGID" = $2 returning "RETRY_COUNT"',
                (queue.name, msgid),
            ).rows
            if rows and int(rows[0][0]) > queue.max_retries:
                session.storage.query(
                    _MOVE.format(relation=queue.table.relation, more="", condition='"MSGID" = $3'),
                    (queue.name, _exception_queue_name(queue), msgid),
                )
            session.storage.query("select pg_notify($1, '')", (queue.channel,))
        session.storage.commit()

"""DBMS_AQADM: queue tables and queues. Every routine commits, as Oracle's do (they are DDL)."""

from __future__ import annotations

from typing import Any

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.supplied.native import Package, integer
from devkit.oracle.supplied.queues import Queue, find_queue, find_queue_table, split_name

_NORMAL, _EXCEPTION = 0, 1
_DEFAULT_RETRIES = 5  # "Advanced Queuing User's Guide", CREATE_QUEUE: for a normal queue

_COLUMNS = """
   q_name          varchar2(128),
   msgid           raw(16) not null,
   corrid          varchar2(128),
   priority        number,
   state           number,
   delay           timestamp(6),
   expiration      number,
   enq_time        timestamp(6),
   enq_uid         varchar2(128),
   deq_time        timestamp(6),
   retry_count     number,
   exception_queue varchar2(128),
   original_q      varchar2(128),
   original_msgid  raw(16),
   user_data       blob,
   primary key (msgid)
"""

# "Advanced Queuing User's Guide", AQ$Queue_Table_Name: the messages of a queue table as its owner sees them. Without
# the columns of multi-consumer tables, of transactions and of the consumer, which this server does not keep.
_MESSAGES = """
select q_name as queue,
       msgid as msg_id,
       corrid as corr_id,
       priority as msg_priority,
       case
          when state = 1 and delay <= cast(systimestamp as timestamp) then 'READY'
          else decode(state, 0, 'READY', 1, 'WAIT', 2, 'PROCESSED', 3, 'EXPIRED')
       end as msg_state,
       cast(delay as date) as delay,
       delay as delay_timestamp,
       expiration,
       cast(enq_time as date) as enq_time,
       enq_time as enq_timestamp,
       enq_uid as enq_user_id,
       cast(deq_time as date) as deq_time,
       deq_time as deq_timestamp,
       retry_count,
       exception_queue,
       user_data,
       original_q as original_queue_name
  from "{owner}"."{name}"
"""


def _own(session: Any, text: str) -> tuple[str, str]:
    """Owner and name; another schema's object needs the administrator's right."""
    owner, name = split_name(text, session.effective_schema)
    user = session.effective_user
    if owner != user and not session.catalog.has_system_privilege(
        user, "MANAGE ANY QUEUE", roles=True
    ):
        raise OraError(1031)
    return owner, name


def _queue(session: Any, text: str) -> Queue:
    owner, name = _own(session, text)
    queue = find_queue(session, owner, name)
    if queue is None:
        raise OraError(24010, f"{owner}.{name}")
    return queue


def _sort_list(text: str | None) -> str:
    wanted = [part.strip().upper() for part in (text or "ENQ_TIME").split(",")]
    if not set(wanted) <= {"PRIORITY", "ENQ_TIME"} or len(set(wanted)) != len(wanted):
        raise unsupported(f"queue table sort list {text}")
    return ",".join(wanted if "ENQ_TIME" in wanted else [*wanted, "ENQ_TIME"])


def _create_queue_table(
    session: Any,
    queue_table: str,
    payload: str,
    _storage: Any,
    sort_list: str | None,
    multiple_consumers: Any,
    grouping: Any,
    comment: str | None,
    *_rest: Any,
) -> None:
    owner, name = _own(session, queue_table)
    if (payload or "").upper() != "RAW":
        raise unsupported(f"queue payload type {payload}")
    if multiple_consumers:
        raise unsupported("multi-consumer queue tables")
    if integer(grouping):
        raise unsupported("MESSAGE_GROUPING => TRANSACTIONAL")
    order = _sort_list(sort_list)
    if find_queue_table(session, owner, name) is not None:
        raise OraError(24001, f"{owner}.{name}")
    session.run_ddl(f'create table "{owner}"."{name}" ({_COLUMNS})')
    session.run_ddl(
        f'create index "{owner}"."AQ$_{name}_I" on "{owner}"."{name}" (q_name, state, priority, enq_time)'
    )
    _run_as_sys(
        session, f'create view "{owner}"."AQ${name}" as {_MESSAGES.format(owner=owner, name=name)}'
    )
    session.storage.query(
        "insert into ora_dict.queue_tables (owner, name, payload_type, sort_list, comment_text)"
        " values ($1, $2, 'RAW', $3, $4)",
        (owner, name, order, comment),
    )
    _insert_queue(
        session, owner, f"AQ$_{name}_E", name, "EXCEPTION_QUEUE", 0, 0, 0, "exception queue"
    )
    session.ddl_done()


def _run_as_sys(session: Any, ddl: str) -> None:
    """With the rights of the package's owner: the caller needs no right to create views."""
    session.rights.append(("SYS", "SYS"))
    try:
        session.run_ddl(ddl)
    finally:
        session.rights.pop()


def _insert_queue(
    session: Any,
    owner: str,
    name: str,
    table: str,
    kind: str,
    max_retries: int,
    retry_delay: int,
    retention: int,
    comment: str | None,
) -> None:
    session.catalog.register_object(owner, name, "QUEUE")
    session.storage.query(
        "insert into ora_dict.queues (owner, name, queue_table, queue_type, enqueue_enabled,"
        " dequeue_enabled, max_retries, retry_delay, retention, comment_text)"
        " values ($1, $2, $3, $4, 'NO', 'NO', $5, $6, $7, $8)",
        (owner, name, table, kind, max_retries, retry_delay, retention, comment),
    )


def _drop_queue_table(session: Any, queue_table: str, force: Any, _auto_commit: Any) -> None:
    owner, name = _own(session, queue_table)
    if find_queue_table(session, owner, name) is None:
        raise OraError(24002, f"{owner}.{name}")
    queues = session.storage.query(
        "select name, queue_type from ora_dict.queues where owner = $1 and queue_table = $2",
        (owner, name),
    ).rows
    if not force and any(kind == "NORMAL_QUEUE" for _, kind in queues):
        raise OraError(24012, f"{owner}.{name}")
    for queue, _ in queues:
        _forget_queue(session, owner, queue)
    session.storage.query(
        "delete from ora_dict.queue_tables where owner = $1 and name = $2", (owner, name)
    )
    _run_as_sys(session, f'drop view "{owner}"."AQ${name}"')
    session.run_ddl(f'drop table "{owner}"."{name}" purge')
    session.ddl_done()


def _create_queue(
    session: Any,
    queue_name: str,
    queue_table: str,
    queue_type: Any,
    max_retries: Any,
    retry_delay: Any,
    retention: Any,
    _tracking: Any,
    comment: str | None,
    _auto_commit: Any,
) -> None:
    owner, name = _own(session, queue_name)
    table_owner, table = _own(session, queue_table)
    if find_queue_table(session, table_owner, table) is None:
        raise OraError(24002, f"{table_owner}.{table}")
    if table_owner != owner:
        raise OraError(
            24000, text=f"invalid value {queue_name}, QUEUE should be in the schema of its table"
        )
    if find_queue(session, owner, name) is not None:
        raise OraError(24006, f"{owner}.{name}")
    kinds = {_NORMAL: "NORMAL_QUEUE", _EXCEPTION: "EXCEPTION_QUEUE"}
    kind = kinds.get(integer(queue_type))
    if kind is None:
        raise unsupported("non-persistent queues")
    retries = _DEFAULT_RETRIES if kind == "NORMAL_QUEUE" else 0
    _insert_queue(
        session, owner, name, table, kind,
        integer(max_retries, retries), integer(retry_delay), integer(retention), comment,
    )  # fmt: skip
    session.ddl_done()


def _alter_queue(
    session: Any, name: str, max_retries: Any, retry_delay: Any, retention: Any, *_rest: Any
) -> None:
    queue = _queue(session, name)
    session.storage.query(
        "update ora_dict.queues set max_retries = coalesce($3, max_retries),"
        " retry_delay = coalesce($4, retry_delay), retention = coalesce($5, retention)"
        " where owner = $1 and name = $2",
        (queue.owner, queue.name, max_retries, retry_delay, retention),
    )
    session.ddl_done()


def _drop_queue(session: Any, name: str, _auto_commit: Any) -> None:
    queue = _queue(session, name)
    if queue.enqueue_enabled or queue.dequeue_enabled:
        raise OraError(24011, f"{queue.owner}.{queue.name}")
    session.storage.query(
        f'delete from {queue.table.relation} where "Q_NAME" = $1',  # noqa: S608 - from the dictionary
        (queue.name,),
    )
    _forget_queue(session, queue.owner, queue.name)
    session.ddl_done()


def _forget_queue(session: Any, owner: str, name: str) -> None:
    session.storage.query(
        "delete from ora_dict.queues where owner = $1 and name = $2", (owner, name)
    )
    session.catalog.unregister_object(owner, name, "QUEUE")


def _switch(session: Any, name: str, enqueue: Any, dequeue: Any, value: str) -> None:
    """START_QUEUE and STOP_QUEUE: FALSE means leave as it is."""
    queue = _queue(session, name)
    if queue.is_exception and value == "YES" and enqueue:
        raise OraError(24017, f"{queue.owner}.{queue.name}")
    session.storage.query(
        "update ora_dict.queues set enqueue_enabled = case when $3 then $5 else enqueue_enabled end,"
        " dequeue_enabled = case when $4 then $5 else dequeue_enabled end where owner = $1 and name = $2",
        (queue.owner, queue.name, bool(enqueue), bool(dequeue), value),
    )
    session.ddl_done()


def _start_queue(session: Any, name: str, enqueue: Any, dequeue: Any) -> None:
    _switch(session, name, enqueue, dequeue, "YES")


def _stop_queue(session: Any, name: str, enqueue: Any, dequeue: Any, _wait: Any) -> None:
    _switch(session, name, enqueue, dequeue, "NO")


def _purge_queue_table(
    session: Any, queue_table: str, condition: str | None, _options: Any
) -> None:
    owner, name = _own(session, queue_table)
    table = find_queue_table(session, owner, name)
    if table is None:
        raise OraError(24002, f"{owner}.{name}")
    if condition is not None:
        raise unsupported("PURGE_QUEUE_TABLE with a condition")
    session.storage.query(f"delete from {table.relation}")  # noqa: S608 - from the dictionary
    session.ddl_done()


_PRIVILEGES = {"ENQUEUE": ("ENQUEUE",), "DEQUEUE": ("DEQUEUE",), "ALL": ("ENQUEUE", "DEQUEUE")}


def _privileges(text: str | None) -> tuple[str, ...]:
    found = _PRIVILEGES.get((text or "").strip().upper())
    if found is None:
        raise OraError(990, text="missing or invalid privilege")
    return found


def _grant_queue_privilege(
    session: Any, privilege: str, name: str, grantee: str, option: Any
) -> None:
    queue = _queue(session, name)
    # PL/SQL Packages Reference, GRANT_QUEUE_PRIVILEGE: at first only the owner of the queue table may grant.
    # A grant option that the owner has passed on is refused too: it is not kept here.
    if session.effective_user not in (queue.owner, "SYS"):
        raise OraError(1031)
    for one in _privileges(privilege):
        session.catalog.grant_object(
            one, queue.owner, queue.name, grantee.upper(),
            grantor=session.effective_user, grantable=bool(option),
        )  # fmt: skip
    session.ddl_done()


def _revoke_queue_privilege(session: Any, privilege: str, name: str, grantee: str) -> None:
    queue = _queue(session, name)
    for one in _privileges(privilege):
        session.catalog.revoke_object(one, queue.owner, queue.name, grantee.upper())
    session.ddl_done()


def _system(session: Any, text: str | None) -> str:
    """ENQUEUE_ANY, DEQUEUE_ANY or MANAGE_ANY, asked for by somebody who may grant it.

    PL/SQL Packages Reference, GRANT_SYSTEM_PRIVILEGE: at first only SYS and SYSTEM may.
    """
    verb = (text or "").strip().upper().removesuffix("_ANY")
    if verb not in ("ENQUEUE", "DEQUEUE", "MANAGE") or verb == (text or "").strip().upper():
        raise OraError(990, text="missing or invalid privilege")
    if session.effective_user not in ("SYS", "SYSTEM"):
        raise OraError(1031)
    return f"{verb} ANY QUEUE"


def _grant_system_privilege(session: Any, privilege: str, grantee: str, option: Any) -> None:
    one = _system(session, privilege)
    who = grantee.upper()
    if (
        not session.catalog.user_exists(who)
        and not session.storage.query("SELECT 1 FROM ora_dict.roles WHERE name = $1", (who,)).rows
    ):
        raise OraError(1917, who)
    session.storage.query(
        "INSERT INTO ora_dict.sys_grants VALUES ($1, $2, $3)"
        " ON CONFLICT (grantee, privilege) DO UPDATE SET admin = ora_dict.sys_grants.admin OR"
        " excluded.admin",
        (who, one, bool(option)),
    )
    session.ddl_done()


def _revoke_system_privilege(session: Any, privilege: str, grantee: str) -> None:
    session.storage.query(
        "DELETE FROM ora_dict.sys_grants WHERE grantee = $1 AND privilege = $2",
        (grantee.upper(), _system(session, privilege)),
    )
    session.ddl_done()


PACKAGE = Package(
    "DBMS_AQADM",
    {
        "GRANT_SYSTEM_PRIVILEGE": _grant_system_privilege,
        "REVOKE_SYSTEM_PRIVILEGE": _revoke_system_privilege,
        "CREATE_QUEUE_TABLE": _create_queue_table,
        "DROP_QUEUE_TABLE": _drop_queue_table,
        "CREATE_QUEUE": _create_queue,
        "ALTER_QUEUE": _alter_queue,
        "DROP_QUEUE": _drop_queue,
        "START_QUEUE": _start_queue,
        "STOP_QUEUE": _stop_queue,
        "PURGE_QUEUE_TABLE": _purge_queue_table,
        "GRANT_QUEUE_PRIVILEGE": _grant_queue_privilege,
        "REVOKE_QUEUE_PRIVILEGE": _revoke_queue_privilege,
    },
)

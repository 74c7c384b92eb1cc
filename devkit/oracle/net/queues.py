"""Advanced Queuing through the driver's queue objects: RAW payloads, one message or an array."""

from __future__ import annotations

from devkit.oracle.contracts import NetSession
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.net.calls import Action
from devkit.oracle.net.messages import aq_array, aq_common, aq_dequeue, aq_enqueue
from devkit.oracle.net.messages.error import IN_TRANSACTION, ErrorReply
from devkit.oracle.net.types import Reader, Writer


def _check(toid: bytes, flags: int, recipients: int = 0) -> None:
    aq_common.require_raw(toid)
    if flags & aq_common.BUFFERED:
        raise unsupported("AQ buffered messages")
    if recipients:
        raise unsupported("AQ recipient lists")


def _success(session: NetSession) -> ErrorReply:
    return ErrorReply(IN_TRANSACTION if session.in_transaction else 0)


def read_enqueue(reader: Reader, session: NetSession, field_version: int) -> Action:
    request = aq_enqueue.read_enqueue(reader, field_version)

    def run(writer: Writer) -> ErrorReply:
        _check(request.toid, request.flags, request.recipients)
        msgids = session.aq_enqueue(request.queue, [request.message], request.visibility)
        aq_enqueue.write_enqueued(writer, msgids[0])
        return _success(session)

    return run


def read_dequeue(reader: Reader, session: NetSession, field_version: int) -> Action:
    request = aq_dequeue.read_dequeue(reader, field_version)

    def run(writer: Writer) -> ErrorReply:
        _check(request.toid, request.flags)
        messages = session.aq_dequeue(request.queue, request.options, 1)
        if not messages:
            raise OraError(25228, request.queue)
        aq_dequeue.write_dequeued(writer, messages[0], request.flags, field_version)
        return _success(session)

    return run


def read_array(reader: Reader, session: NetSession, field_version: int) -> Action:
    request = aq_array.read_aq_array(reader, field_version)

    def run(writer: Writer) -> ErrorReply:
        _check(request.toid, request.flags, request.recipients)
        if request.operation == aq_array.ENQUEUE:
            msgids = session.aq_enqueue(request.queue, request.messages, request.visibility)
            aq_array.write_array_enqueued(writer, msgids)
            return _success(session)
        messages = session.aq_dequeue(request.queue, request.options, request.count)
        if not messages:
            raise OraError(25228, request.queue)
        aq_array.write_array_dequeued(writer, messages, request.flags, field_version)
        return _success(session)

    return run

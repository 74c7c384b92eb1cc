"""DBMS_AQ: the PL/SQL face of :mod:`devkit.oracle.supplied.aq`."""

from __future__ import annotations

from typing import Any

from devkit.oracle.contracts import AqMessage, DequeueOptions, Ref
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.supplied import aq
from devkit.oracle.supplied.native import Package, integer


def _enqueue_visibility(options: Any) -> int:
    if options.RELATIVE_MSGID is not None or options.SEQUENCE_DEVIATION is not None:
        raise unsupported("SEQUENCE_DEVIATION")
    if options.TRANSFORMATION is not None:
        raise unsupported("TRANSFORMATION")
    if integer(options.DELIVERY_MODE, 1) != 1:
        raise unsupported("buffered messages")
    return integer(options.VISIBILITY, aq.ON_COMMIT)


def _message(properties: Any, payload: Any) -> AqMessage:
    if payload is not None and not isinstance(payload, bytes):
        raise OraError(25215)
    if properties.RECIPIENT_LIST is not None and properties.RECIPIENT_LIST.count():
        raise unsupported("RECIPIENT_LIST: multi-consumer queues")
    return AqMessage(
        payload=payload,
        priority=integer(properties.PRIORITY, 1),
        delay=integer(properties.DELAY),
        expiration=integer(properties.EXPIRATION, -1),
        correlation=properties.CORRELATION,
        exception_queue=properties.EXCEPTION_QUEUE,
    )


def _options(record: Any) -> DequeueOptions:
    if record.TRANSFORMATION is not None:
        raise unsupported("TRANSFORMATION")
    return DequeueOptions(
        mode=integer(record.DEQUEUE_MODE, aq.REMOVE),
        navigation=integer(record.NAVIGATION, aq.NEXT_MESSAGE),
        visibility=integer(record.VISIBILITY, aq.ON_COMMIT),
        wait=integer(record.WAIT, aq.FOREVER),
        msgid=record.MSGID,
        correlation=record.CORRELATION,
        consumer=record.CONSUMER_NAME,
        condition=record.DEQ_CONDITION,
    )


def _fill(properties: Any, message: AqMessage) -> None:
    properties.PRIORITY = message.priority
    properties.DELAY = message.delay
    properties.EXPIRATION = message.expiration
    properties.CORRELATION = message.correlation
    properties.ATTEMPTS = message.attempts
    properties.EXCEPTION_QUEUE = message.exception_queue
    properties.ENQUEUE_TIME = message.enqueue_time
    properties.STATE = message.state
    properties.ORIGINAL_MSGID = message.original_msgid


def _enqueue(
    session: Any, queue: str, options: Any, properties: Any, payload: Any, msgid: Ref
) -> None:
    message = _message(properties, payload)
    (msgid.value,) = aq.enqueue(session, queue, [message], _enqueue_visibility(options))


def _dequeue(
    session: Any, queue: str, options: Any, properties: Ref, payload: Ref, msgid: Ref
) -> None:
    (message,) = aq.dequeue(session, queue, _options(options), 1)
    _fill(properties.value, message)
    payload.value = message.payload
    msgid.value = message.msgid


def _refuse_array(name: str) -> Any:
    """The manual shows the array calls with payloads of an object type only; the queues here hold
    RAW, for which nothing says what they do."""

    def refuse(*_arguments: Any) -> Any:
        raise unsupported(f"DBMS_AQ.{name} with RAW payloads")

    return refuse


PACKAGE = Package(
    "DBMS_AQ",
    {
        "ENQUEUE": _enqueue,
        "DEQUEUE": _dequeue,
        "ENQUEUE_ARRAY": _refuse_array("ENQUEUE_ARRAY"),
        "DEQUEUE_ARRAY": _refuse_array("DEQUEUE_ARRAY"),
    },
)

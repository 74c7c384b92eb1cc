"""One client connection: the handshake, then one request after the other.

``serve`` runs in the process forked for the connection and returns when the client has gone.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from functools import partial

from devkit.oracle.contracts import Instance
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.net import queues
from devkit.oracle.net.calls import SESSION_ENDING, Action, FailedCallError, as_ora_error
from devkit.oracle.net.execution import Executor
from devkit.oracle.net.handshake import Handshake, Login
from devkit.oracle.net.lobs import LobTable
from devkit.oracle.net.messages import auth, lob_op, piggybacks, pipeline_end, version
from devkit.oracle.net.messages.error import ErrorReply
from devkit.oracle.net.messages.status import write_status
from devkit.oracle.net.profile import ORACLE_23AI, Profile
from devkit.oracle.net.stream import BreakRequestedError, DisconnectedError, Stream
from devkit.oracle.net.types import Reader, WireError, Writer

log = logging.getLogger(__name__)

_FUNCTION, _ONE_WAY = 3, 26
_CHANGE_PASSWORD, _LOGOFF = 115, 9
_LOG_ON_TIMEOUT = 60.0  # seconds, as Oracle's INBOUND_CONNECT_TIMEOUT
_REFUSED = {
    103: "distributed and sessionless transactions",
    104: "distributed transactions",
    125: "subscriptions",
    128: "direct path load",
    129: "direct path load",
    130: "direct path load",
    162: "database resident connection pooling",
    187: "subscriptions",
}


def serve(sock: socket.socket, instance: Instance, profile: Profile = ORACLE_23AI) -> None:
    """Serve one client until it leaves; every session ends with ``NetSession.close``."""
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    stream = Stream(sock)
    try:
        timer = threading.Timer(_LOG_ON_TIMEOUT, stream.close)
        timer.daemon = True
        timer.start()
        login = Handshake(stream, instance, profile).run()
        timer.cancel()
        connection = _Connection(stream, profile, login)
        try:
            connection.run()
        finally:
            connection.end_session()
    except (DisconnectedError, BreakRequestedError):
        pass
    except (WireError, ValueError, LookupError, ArithmeticError) as error:
        log.warning("connection given up: %s", error)
    finally:
        stream.close()


class _Connection:
    """The request loop of an authenticated session."""

    def __init__(self, stream: Stream, profile: Profile, login: Login) -> None:
        self._stream = stream
        self._profile = profile
        self._login = login
        self._session = login.session
        self._field_version = login.dialect.field_version
        self._lobs = LobTable()
        self._executor = Executor(self._session, self._lobs, login.dialect)
        self._pipeline_mode = 0
        self._pipeline_error: OraError | None = None
        self._deferred: OraError | None = None
        self._leaving = False
        self._has_ended = False
        stream.on_break(self._abort)
        executor = self._executor
        self._functions: dict[int, Callable[[Reader], Action]] = {
            94: executor.read_execute,
            4: lambda reader: executor.read_reexecute(reader, fetch=False),
            78: lambda reader: executor.read_reexecute(reader, fetch=True),
            5: executor.read_fetch,
            96: self._read_lob_op,
            121: lambda reader: queues.read_enqueue(reader, self._session, self._field_version),
            122: lambda reader: queues.read_dequeue(reader, self._session, self._field_version),
            145: lambda reader: queues.read_array(reader, self._session, self._field_version),
            147: lambda _reader: self._ping,
            14: lambda _reader: self._commit,
            15: lambda _reader: self._rollback,
            _LOGOFF: lambda _reader: self._logoff,
            200: self._read_pipeline_end,
            59: self._read_version,
            _CHANGE_PASSWORD: self._read_change_password,
        }

    def run(self) -> None:
        while not self._leaving:
            try:
                action = self._read_request(Reader(self._stream.next_data))
            except BreakRequestedError:
                self._answer_break()
                continue
            if action is None:
                continue
            if not self._stream.call_begins():
                self._answer_break()
                continue
            response = self._perform(action)
            if self._stream.call_ended():
                self._answer_break()
            else:
                self._stream.send_response(response)

    # ----------------------------------------------------------------- one request

    def _read_request(self, reader: Reader) -> Action | None:
        """The action of the next request; None for one that is not answered."""
        self._deferred = None
        message = reader.u8()
        while message == piggybacks.MESSAGE:
            piggybacks.read_piggyback(reader, self._field_version, self)
            message = reader.u8()
        if message not in (_FUNCTION, _ONE_WAY):
            raise WireError(f"message {message} where a function is expected")
        code = reader.u8()
        reader.u8()  # sequence number
        if self._field_version >= 18:
            reader.ub()  # token
        if message == _ONE_WAY:
            return None
        read = self._functions.get(code)
        if read is None:
            return _refuse(unsupported(_REFUSED.get(code, f"function {code} of the protocol")))
        try:
            action = read(reader)
        except OraError as error:
            return _refuse(error)
        if self._pipeline_error is not None and code != 200:
            return _refuse(self._pipeline_error)
        if self._deferred is not None:
            return _refuse(self._deferred)
        return action

    def _perform(self, action: Action) -> bytes:
        """Run the action; the response is complete before its first byte goes out."""
        writer = Writer()
        try:
            closing = action(writer)
        except FailedCallError as failure:
            return self._failure(failure.reply)
        except Exception as error:  # noqa: BLE001 (whatever fails becomes an error reply)
            return self._failure(ErrorReply.of(as_ora_error(error), self._executor.call_status))
        if closing is None:
            write_status(writer, 0 if self._has_ended else self._executor.call_status)
        else:
            closing.write(writer, self._field_version)
        return bytes(writer.data)

    def _failure(self, reply: ErrorReply) -> bytes:
        if reply.code in SESSION_ENDING:
            self._leaving = True
        if self._pipeline_mode == pipeline_end.ABORT_ON_ERROR:
            self._pipeline_error = OraError(reply.code, text=_first_text(reply.text))
        writer = Writer()
        reply.write(writer, self._field_version)
        return bytes(writer.data)

    def _abort(self) -> None:
        """Called from the reader thread, which must survive whatever goes wrong here."""
        try:
            self._session.cancel()
        except Exception:
            log.exception("cancel failed")

    def _answer_break(self) -> None:
        self._stream.settle_break()
        writer = Writer()
        reply = ErrorReply.of(OraError(1013), self._executor.call_status)
        reply.write(writer, self._field_version)
        self._stream.send_response(bytes(writer.data))

    # ----------------------------------------------------------------- piggybacks

    def close_cursors(self, ids: list[int]) -> None:
        for cursor_id in ids:
            self._defer(partial(self._executor.cursors.close, cursor_id))

    def free_lobs(self, locators: bytes) -> None:
        self._lobs.free(locators)

    def set_attribute(self, name: str, value: str | None) -> None:
        self._defer(lambda: self._session.set_attribute(name, value))

    def set_context(self, namespace: str, attribute: str, value: str | None) -> None:
        self._defer(lambda: self._session.set_context(namespace, attribute, value))

    def clear_context(self, namespace: str) -> None:
        """An empty attribute stands for all of the namespace."""
        self._defer(lambda: self._session.set_context(namespace, "", None))

    def begin_pipeline(self, mode: int) -> None:
        self._pipeline_mode = mode
        self._pipeline_error = None

    def _defer(self, apply: Callable[[], None]) -> None:
        """A failing piggyback fails the function behind it."""
        try:
            apply()
        except Exception as error:  # noqa: BLE001 (told by the function behind it)
            self._deferred = self._deferred or as_ora_error(error)

    # ----------------------------------------------------------------- small functions

    def _ping(self, _writer: Writer) -> None:
        return None

    def _commit(self, _writer: Writer) -> None:
        self._session.commit()

    def _rollback(self, _writer: Writer) -> None:
        self._session.rollback()

    def _logoff(self, _writer: Writer) -> None:
        """Answered when the session is gone: what the client does next finds nothing of it.

        Source: Oracle Call Interface Programmer's Guide, OCISessionEnd: it terminates the session,
        its call returns afterwards; so DROP USER by another session, next, is no ORA-01940.
        """
        self._executor.cursors.close_all()
        self._leaving = True
        self.end_session()

    def end_session(self) -> None:
        if not self._has_ended:
            self._has_ended = True
            self._session.close()

    def _read_pipeline_end(self, reader: Reader) -> Action:
        pipeline_end.read_pipeline_end(reader)
        return self._end_pipeline

    def _end_pipeline(self, _writer: Writer) -> None:
        self._pipeline_mode = 0
        self._pipeline_error = None

    def _read_version(self, reader: Reader) -> Action:
        version.read_version(reader, self._field_version)

        def run(writer: Writer) -> ErrorReply:
            version.write_version(writer, self._profile, self._field_version)
            return ErrorReply(self._executor.call_status)

        return run

    def _read_lob_op(self, reader: Reader) -> Action:
        request = lob_op.read_lob_op(reader)

        def run(writer: Writer) -> ErrorReply:
            self._lobs.perform(request, writer)
            return ErrorReply(self._executor.call_status)

        return run

    def _read_change_password(self, reader: Reader) -> Action:
        request = auth.read_auth(reader)

        def run(writer: Writer) -> ErrorReply:
            challenge = self._login.challenge
            old = challenge.decrypt_password(request.pairs.get("AUTH_PASSWORD", ""))
            new = challenge.decrypt_password(request.pairs.get("AUTH_NEWPASSWORD", ""))
            if old is None or not new:
                raise OraError(28008)
            self._session.change_password(old, new)
            auth.write_pairs(writer, [])
            return ErrorReply(self._executor.call_status)

        return run


def _refuse(error: OraError) -> Action:
    def run(_writer: Writer) -> ErrorReply:
        raise error

    return run


def _first_text(stack: str) -> str:
    """The text of an error stack without the number in front."""
    return stack.partition(": ")[2] or stack

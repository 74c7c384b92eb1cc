"""Packets on a socket, and the thread that watches it while a statement runs.

From ACCEPT on one reader thread owns the receiving side: DATA goes into a queue, a break marker
first aborts the running call and then goes into the same queue, so that it keeps its place.
"""

from __future__ import annotations

import contextlib
import enum
import queue
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass

HEADER = 8
CONNECT, ACCEPT, REFUSE, DATA, MARKER = 1, 2, 4, 6, 12
FLAG_EOF = 0x0040
FLAG_END_OF_RESPONSE = 0x2000
END_OF_RESPONSE = 29
_BREAK, _RESET = 1, 2
_MAX_PACKET = 1 << 28
_ABORT_INTERVAL = 0.5  # seconds


class DisconnectedError(Exception):
    """The client has gone or is closing."""


class BreakRequestedError(Exception):
    """A break marker came where data was expected; the dialogue is due."""


class _Event(enum.Enum):
    BREAK = enum.auto()
    RESET = enum.auto()
    END = enum.auto()


@dataclass(frozen=True, slots=True)
class Packet:
    type: int
    flags: int
    body: bytes


class Stream:
    """One client connection."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._file = sock.makefile("rb", buffering=65_536)
        self._wide = False
        self._queue: queue.SimpleQueue[bytes | _Event] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._ended = threading.Condition(self._lock)
        self._running = False
        self._break_pending = False
        self._abort: Callable[[], None] = lambda: None
        self.packet_size: int | None = None
        self.end_of_response = False

    # ----------------------------------------------------------------- packets

    def read_packet(self) -> Packet:
        """The next packet; to be called directly only before :meth:`start`."""
        header = self._file.read(HEADER)
        if len(header) < HEADER:
            raise DisconnectedError
        length = int.from_bytes(header[: 4 if self._wide else 2], "big")
        if not HEADER <= length <= _MAX_PACKET:
            raise DisconnectedError
        body = self._file.read(length - HEADER)
        if len(body) < length - HEADER:
            raise DisconnectedError
        return Packet(header[4], header[5], body)

    def _packet(self, kind: int, body: bytes) -> bytes:
        length = HEADER + len(body)
        head = length.to_bytes(4, "big") if self._wide else length.to_bytes(2, "big") + b"\0\0"
        return head + bytes((kind, 0, 0, 0)) + body

    def send_packet(self, kind: int, body: bytes) -> None:
        self._send(self._packet(kind, body))

    def _send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise DisconnectedError from error

    def send_response(self, body: bytes, *, final: bool = True) -> None:
        """One whole response; ``final`` closes it with END_OF_RESPONSE where that is announced."""
        closing = final and self.end_of_response
        if closing:
            body += bytes((END_OF_RESPONSE,))
        size = self.packet_size or len(body)
        packets = []
        for start in range(0, len(body), size):
            last = start + size >= len(body)
            flags = FLAG_END_OF_RESPONSE if closing and last else 0
            packets.append(
                self._packet(DATA, flags.to_bytes(2, "big") + body[start : start + size])
            )
        self._send(b"".join(packets))

    # ----------------------------------------------------------------- the reader thread

    def start(self) -> None:
        """Hand the receiving side to the reader thread; lengths have 32 bits from here on."""
        self._wide = True
        threading.Thread(target=self._read_loop, name="net-reader", daemon=True).start()

    def on_break(self, abort: Callable[[], None]) -> None:
        """``abort`` is called from the reader thread when a running call must end."""
        self._abort = abort

    def _read_loop(self) -> None:
        try:
            while True:
                packet = self.read_packet()
                if packet.type == DATA:
                    if int.from_bytes(packet.body[:2], "big") & FLAG_EOF:
                        break
                    if len(packet.body) > 2:
                        self._queue.put(packet.body[2:])
                elif packet.type == MARKER:
                    if packet.body[2:3] == bytes((_RESET,)):
                        self._queue.put(_Event.RESET)
                    else:
                        self._interrupt(pending=True)
                        self._queue.put(_Event.BREAK)
        except (DisconnectedError, OSError, ValueError):
            pass
        self._interrupt(pending=False)
        self._queue.put(_Event.END)

    def _interrupt(self, *, pending: bool) -> None:
        """Abort the running call, again and again: the first request can come before it starts.

        The client sends nothing more until the call has ended, so this thread may wait for that."""
        with self._lock:
            if pending:
                self._break_pending = True
            while self._running:
                self._abort()
                self._ended.wait(_ABORT_INTERVAL)

    # ----------------------------------------------------------------- the session's thread

    def next_data(self) -> bytes:
        """The payload of the next DATA packet, never empty."""
        while True:
            item = self._queue.get()
            if isinstance(item, bytes):
                return item
            if item is _Event.END:
                self._queue.put(item)
                raise DisconnectedError
            if item is _Event.BREAK:
                with self._lock:
                    self._break_pending = False
                raise BreakRequestedError

    def call_begins(self) -> bool:
        """From now until :meth:`call_ended` a marker or a lost client aborts the call.

        False when a break has already arrived: the call must not be started."""
        with self._lock:
            self._running = not self._break_pending
            return self._running

    def call_ended(self) -> bool:
        """Whether a break arrived meanwhile: the response is then void and the dialogue is due."""
        with self._lock:
            self._running = False
            self._ended.notify()
            return self._break_pending

    def settle_break(self) -> None:
        """Hold the marker dialogue; the error reply is the caller's to send."""
        self.send_packet(MARKER, bytes((1, 0, _BREAK)))
        while True:
            item = self._queue.get()
            if item is _Event.END:
                self._queue.put(item)
                raise DisconnectedError
            if item is _Event.BREAK:
                with self._lock:
                    self._break_pending = False
            if item is _Event.RESET:
                break
        with self._lock:
            self._break_pending = False
        self.send_packet(MARKER, bytes((1, 0, _RESET)))

    def close(self) -> None:
        """Close the socket; the reader thread sees the end and stops."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

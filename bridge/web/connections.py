"""The server's connections: what a client may take its time for, and what it is not told.

aiohttp bounds an idle connection, but with the same figure the head of a request: hundreds of clients that
send a byte now and then would each hold a connection that long. And its answers name its version.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from aiohttp import hdrs, web

__all__ = ["HEAD_SECONDS", "Connection", "Site", "answering", "hide_version"]

#: how long the head of a request may be under way, from its first byte or from the start of the connection
HEAD_SECONDS: Final = 10.0
_SERVER: Final = "erpcrm"


class Connection(web.RequestHandler):
    """A connection that is closed when the head of a request does not come to its end in time."""

    __slots__ = ("_head_due", "_head_seconds", "_is_answering")

    def __init__(self, manager: Any, *, head_seconds: float, **options: Any) -> None:
        super().__init__(manager, **options)
        self._head_seconds = head_seconds
        self._head_due: asyncio.TimerHandle | None = None
        self._is_answering = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Wait for nothing any more."""
        self._expect_none()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Begin to wait with the first byte of each later head."""
        if not self._is_answering and self._head_due is None:
            self._expect_head()
        super().data_received(data)

    def begin(self) -> None:
        """The head is complete: what comes now is a body, which its handler bounds."""
        self._is_answering = True
        self._expect_none()

    def end(self) -> None:
        """The answer is made; what comes now is the next head."""
        self._is_answering = False

    def handle_error(self, *args: Any, **options: Any) -> web.StreamResponse:
        """Answer what is no HTTP without naming the program that reads it."""
        answer = super().handle_error(*args, **options)
        answer.headers[hdrs.SERVER] = _SERVER
        return answer

    def _expect_head(self) -> None:
        loop = asyncio.get_running_loop()
        self._head_due = loop.call_later(self._head_seconds, self.force_close)

    def _expect_none(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None


@contextmanager
def answering(request: web.Request) -> Iterator[None]:
    """Tell the request's connection that the head is here, and when the answer is made."""
    connection = request.protocol
    if not isinstance(connection, Connection):
        yield
        return
    connection.begin()
    try:
        yield
    finally:
        connection.end()


async def hide_version(_request: web.BaseRequest, answer: web.StreamResponse) -> None:
    """Name no version in the head of an answer; a signal of ``on_response_prepare``."""
    answer.headers[hdrs.SERVER] = _SERVER


class Site(web.BaseSite):
    """Listens on a port with connections of our own."""

    def __init__(
        self, runner: web.AppRunner, host: str, port: int, *, head_seconds: float = HEAD_SECONDS
    ) -> None:
        super().__init__(runner)
        self._address = (host, port)
        self._head_seconds = head_seconds

    @property
    def name(self) -> str:
        """Where it listens, as a URL."""
        host, port = self._address
        return f"http://{host}:{port}"

    async def start(self) -> None:
        """Listen."""
        await super().start()
        server = self._runner.server
        assert server is not None
        loop = asyncio.get_running_loop()
        make = partial(Connection, server, loop=loop, head_seconds=self._head_seconds)
        # what the runner wants each of its connections to have
        make = partial(make, **server._kwargs)
        host, port = self._address
        self._server = await loop.create_server(make, host, port, backlog=self._backlog)

"""One request, one reply, over aiohttp; knows what may have been applied, not what it means."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from bridge import metrics
from bridge.domain.changes import CallMeter
from bridge.errors import CrmNotSent, CrmOutcomeUnknown

__all__ = ["Call", "CrmClient", "Reply"]

_MAX_REPLY_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request.

    ``idempotency_key`` is the same on every repetition of an intent. A ``body`` that is a function
    is asked for when the request is about to leave, after the wait for the quota. ``reads``: a
    question that is asked by POST. ``quota`` names a budget of its own beside the general one.
    """

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None = None
    expect: frozenset[int] = frozenset({200})
    idempotency_key: str | None = None
    reads: bool = False
    quota: str | None = None

    @property
    def is_read(self) -> bool:
        """Whether the call changes nothing."""
        return self.reads or self.method == "GET"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back, completely read."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def is_html(self) -> bool:
        """Whether the body is a page rather than data."""
        kind = self.headers.get("Content-Type", "")
        return "html" in kind or self.content.lstrip()[:1] == b"<"

    def json(self) -> Any:
        """Return the body as data; None when it is none."""
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError:
            return None


class CrmClient:
    """Sends calls over one session.

    Example::

        async with CrmClient(base_url=url, headers=headers, timeout_seconds=20) as client:
            reply = await client.exchange(Call(method="GET", path="/Leads"), CallMeter())
    """

    def __init__(
        self,
        *,
        base_url: str,
        headers: Mapping[str, str],
        timeout_seconds: float,
        connect_timeout_seconds: float = 5.0,
        connections: int = 16,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = dict(headers)
        self._timeout = aiohttp.ClientTimeout(
            total=timeout_seconds,
            connect=connect_timeout_seconds,
            sock_connect=connect_timeout_seconds,
        )
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> CrmClient:
        self._session = aiohttp.ClientSession(
            headers=self._headers,
            timeout=self._timeout,
            connector=aiohttp.TCPConnector(limit=self._connections),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        # aiohttp repeats PUT and DELETE by itself when the connection breaks; we must know of each
        # try.
        self._session._retry_connection = False
        return self

    def spawn(
        self, work: Coroutine[Any, Any, None], *, name: str = "crm-probe"
    ) -> asyncio.Task[None]:
        """Run something beside the calls, at most as long as the session lives."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def __aexit__(self, *exc_info: object) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def exchange(self, call: Call, meter: CallMeter) -> Reply:
        """Send a call and read its answer, whatever its status.

        Raises:
            CrmNotSent: no connection, so nothing can have been applied.
            CrmOutcomeUnknown: the request left, and no complete answer came back.
        """
        assert self._session is not None
        meter.calls += 1
        meter.write_pending = meter.write_pending or not call.is_read
        headers: dict[str, str] = {}
        data: bytes | None = None
        if call.body is not None:
            data = orjson.dumps(call.body() if callable(call.body) else call.body)
            headers["Content-Type"] = "application/json"
        if call.idempotency_key is not None:
            headers["Idempotency-Key"] = call.idempotency_key
        started = time.perf_counter()
        try:
            async with self._session.request(
                call.method,
                self._base_url + call.path,
                params=call.params or None,
                data=data,
                headers=headers,
                allow_redirects=False,
            ) as response:
                content = await response.content.read(_MAX_REPLY_BYTES)
                while not response.content.at_eof():
                    more = await response.content.read(_MAX_REPLY_BYTES)
                    content += more
                    if len(content) > _MAX_REPLY_BYTES:
                        raise CrmOutcomeUnknown("the answer is too large")
                reply = Reply(status=response.status, headers=response.headers, content=content)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as exc:
            meter.write_pending = False
            metrics.CRM_CALLS.labels("not_sent").inc()
            raise CrmNotSent(type(exc).__name__) from None
        except (aiohttp.ClientError, OSError, TimeoutError) as exc:
            metrics.CRM_CALLS.labels("unknown").inc()
            raise CrmOutcomeUnknown(type(exc).__name__) from None
        meter.write_pending = False
        metrics.CRM_CALL_SECONDS.observe(time.perf_counter() - started)
        metrics.CRM_CALLS.labels(f"{reply.status // 100}xx").inc()
        return reply

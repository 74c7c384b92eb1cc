"""Connections of clients that take their time, and what an answer says of the program that made it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from patience import until_async

from bridge.testing import ManualClock, MemoryInbox
from bridge.web.app import build
from bridge.web.connections import HEAD_SECONDS, Site
from bridge.web.keys import Check, Health, WebhookContext


async def _no_checks() -> list[Check]:
    return []


async def _no_status() -> dict[str, float]:
    return {}


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[str, int]]:
    """The application on a port of its own, as the daemon serves it."""
    app = build(
        webhook_context=WebhookContext(
            inbox=MemoryInbox(),
            read_fields=dict,
            clock=ManualClock(),
            source="spotter",
            tokens=(b"webhook-token",),
            max_body_bytes=2048,
            body_timeout_seconds=5,
            dedupe_seconds=1.0,
            retry_after_seconds=10,
        ),
        health_source=Health(checks=_no_checks, status=_no_status),
        with_details=False,
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await Site(runner, "127.0.0.1", 0).start()
        yield runner.addresses[0]
    finally:
        await runner.cleanup()


async def answer_of(reader: asyncio.StreamReader) -> str:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = next(
        (int(line.split(":")[1]) for line in head.lower().splitlines() if "content-length" in line),
        0,
    )
    await reader.readexactly(length)
    return head


async def rest_of(reader: asyncio.StreamReader) -> bytes:
    """What still comes before the connection is closed, or reset, by the other side."""
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""


def limits() -> list[asyncio.TimerHandle]:
    """The limits of time under which the loop's connections are now: a test lets them run out at once."""
    loop: Any = asyncio.get_running_loop()
    return [
        timer
        for timer in loop._scheduled
        if not timer.cancelled() and ".force_close" in repr(timer)
    ]


@pytest.mark.parametrize("sent", [b"", b"POST /atualizalead HTTP/1.1\r\nHost: x\r\nX-A: "])
async def test_a_head_that_does_not_end_is_not_waited_for(sent: bytes) -> None:
    async with listening() as address:
        connections = [await asyncio.open_connection(*address) for _ in range(20)]
        for _, writer in connections:
            writer.write(sent)
        await until_async(lambda: len(limits()) == 20, "each connection has a limit")
        now = asyncio.get_running_loop().time()
        for timer in limits():
            assert timer.when() - now <= HEAD_SECONDS
            timer._run()
        for reader, writer in connections:
            assert await rest_of(reader) == b""
            writer.close()


async def test_the_second_head_of_a_connection_is_bounded_as_the_first_one() -> None:
    async with listening() as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert "200 OK" in await answer_of(reader)
        assert limits() == []  # an idle connection is left to the limit of idleness
        writer.write(b"GET /livez HTT")
        await until_async(lambda: len(limits()) == 1, "the second head has a limit")
        limits()[0]._run()
        assert await rest_of(reader) == b""
        writer.close()


async def test_a_body_is_under_the_limit_of_its_handler_only() -> None:
    async with listening() as address:
        reader, writer = await asyncio.open_connection(*address)
        body = b'{"Lead":{"Id":42}}'
        writer.write(
            b"POST /atualizalead/webhook-token HTTP/1.1\r\nHost: x\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body)
        )
        await until_async(lambda: not limits(), "the head is taken")
        writer.write(body)
        assert "202 Accepted" in await answer_of(reader)
        assert limits() == []
        writer.close()


@pytest.mark.parametrize(
    "request_text",
    [
        b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n",
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx",
    ],
)
async def test_no_answer_names_the_version_of_the_server(request_text: bytes) -> None:
    async with listening() as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(request_text)
        head = await answer_of(reader)
        servers = [line for line in head.splitlines() if line.lower().startswith("server:")]
        assert servers == ["Server: erpcrm"]
        assert "aiohttp" not in head
        writer.close()


async def test_a_connection_that_its_client_closes_leaves_nothing_behind() -> None:
    async with listening() as address:
        _, writer = await asyncio.open_connection(*address)
        writer.write(b"GET /l")
        await until_async(lambda: len(limits()) == 1, "the head has a limit")
        writer.close()
        await until_async(lambda: not limits(), "the limit of the head is gone")

"""The web server around the simulator (aiohttp)."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from aiohttp import web

from devkit.spotter.admin import Admin
from devkit.spotter.simulator import Incoming, Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_MAX_BODY = 4 * 1024 * 1024


class Api:
    """The one handler of all API paths; the routing is the simulator's (trap S4: in any case)."""

    def __init__(self, simulator: Simulator) -> None:
        self._sim = simulator

    async def handle(self, request: web.Request) -> web.StreamResponse:
        incoming = Incoming(
            method=request.method,
            path=request.match_info["tail"],
            query=dict(request.query),
            query_text=request.query_string,
            headers=dict(request.headers),
            body=(await request.read()).decode("utf-8", "replace"),
            url=str(request.url.with_query(None)),
        )
        headers = {name.lower(): value for name, value in incoming.headers.items()}
        incoming.headers = headers
        entry, fault = self._sim.arrive(incoming)
        if fault is not None and fault.when == "before" and fault.seconds > 0:
            await asyncio.sleep(fault.seconds)
        outcome = self._sim.process(incoming, entry, fault)
        if fault is not None and fault.when == "after" and fault.seconds > 0:
            await asyncio.sleep(fault.seconds)
        if outcome.answer is None:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        answer = outcome.answer
        delay = answer.delay + self._sim.settings.answer_delay_seconds
        if delay > 0:
            await asyncio.sleep(delay)
        if answer.text is not None:
            text: str | None = answer.text
        elif answer.body is not None:
            text = json.dumps(answer.body, ensure_ascii=False)
        else:
            text = None
        return web.Response(
            status=answer.status,
            text=text,
            content_type=answer.content_type if text is not None else None,
            headers=answer.headers,
        )


def build_app(simulator: Simulator) -> web.Application:
    app = web.Application(client_max_size=_MAX_BODY)
    app.add_subapp("/_admin", Admin(simulator).app)
    app.router.add_route("*", "/v3/{tail:.*}", Api(simulator).handle)

    async def webhooks_run(_app: web.Application) -> AsyncIterator[None]:
        await simulator.webhooks.start()
        yield
        await simulator.webhooks.close()

    app.cleanup_ctx.append(webhooks_run)
    return app


class Server:
    """The simulator listening on a port; ``base_url`` is what a client calls API_URL."""

    def __init__(self, simulator: Simulator, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.simulator = simulator
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None
        self.root_url = ""

    @property
    def base_url(self) -> str:
        return f"{self.root_url}/v3"

    @property
    def admin_url(self) -> str:
        return f"{self.root_url}/_admin"

    async def start(self) -> None:
        # Requests under way get a moment to end; a held one must not hold up the stop.
        self._runner = web.AppRunner(
            build_app(self.simulator), access_log=None, shutdown_timeout=1.0
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        port = self._runner.addresses[0][1]
        self.root_url = f"http://{self._host}:{port}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        self.simulator.store.close()

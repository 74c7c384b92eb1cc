"""The web server around the simulator (aiohttp)."""

from __future__ import annotations

import asyncio

from aiohttp import web

from devkit import crm_server
from devkit.crm_server import as_response, build_app
from devkit.spotter.admin import Admin
from devkit.spotter.simulator import Incoming, Simulator


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
        return as_response(answer)


class Server(crm_server.Server):
    """The simulator listening on a port; ``base_url`` is what a client calls API_URL."""

    def __init__(self, simulator: Simulator, *, host: str = "127.0.0.1", port: int = 0) -> None:
        app = build_app(
            simulator,
            admin=Admin(simulator).app,
            path="/v3/{tail:.*}",
            handle=Api(simulator).handle,
        )
        super().__init__(app, host=host, port=port)
        self.simulator = simulator

    @property
    def base_url(self) -> str:
        return f"{self.root_url}/v3"

    async def stop(self) -> None:
        await super().stop()
        self.simulator.store.close()

"""The web server around the simulator, with its admin side under ``/_admin/`` (aiohttp)."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from aiohttp import web

from devkit import crm_server
from devkit.crm_server import CommonAdmin, as_json, as_response, build_app
from devkit.hubspot.schema import SCHEMA, ApiError
from devkit.hubspot.simulator import Incoming, Simulator


class Admin(CommonAdmin):
    """What a test or a demonstration does and reads; no token and no limit."""

    def __init__(self, simulator: Simulator) -> None:
        super().__init__(simulator, ApiError)
        self._sim = simulator
        kind = "{kind:" + "|".join(SCHEMA) + "}"
        self.app.add_routes(
            [
                web.get("/health", self.health),
                web.get(f"/{kind}", self.objects),
                web.post(f"/{kind}", self.create),
                web.patch(f"/{kind}/{{id:\\d+}}", self.edit),
                web.delete(f"/{kind}/{{id:\\d+}}", self.archive),
                web.post(f"/{kind}/{{id:\\d+}}/restore", self.restore),
                web.post("/new_day", self.new_day),
                web.get("/webhooks", self.webhooks),
                web.put("/webhooks", self.subscribe),
                web.get("/webhooks/deliveries", self.deliveries),
            ]
        )

    async def health(self, request: web.Request) -> web.Response:
        return as_json({kind: len(self._sim.state.live(kind)) for kind in SCHEMA})

    async def objects(self, request: web.Request) -> web.Response:
        """Live objects with all their values; a company with its contacts' ids."""
        kind = request.match_info["kind"]
        state = self._sim.state
        rows = []
        for record in state.live(kind):
            row: dict[str, Any] = {"id": record.id, **record.properties}
            if kind == "companies":
                row["contacts"] = [contact.id for contact in state.contacts_of(record.id)]
            rows.append(row)
        return as_json(rows)

    async def create(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        record = self._sim.state.create(kind, await request.json(), actor="user")
        return as_json({"id": record.id}, 201)

    async def edit(self, request: web.Request) -> web.Response:
        state = self._sim.state
        record = state.get(request.match_info["kind"], request.match_info["id"])
        state.update(record, await request.json(), actor="user")
        return as_json({"id": record.id, **record.properties})

    async def archive(self, request: web.Request) -> web.Response:
        state = self._sim.state
        state.archive(request.match_info["kind"], request.match_info["id"], actor="user")
        return as_json({})

    async def restore(self, request: web.Request) -> web.Response:
        number = int(request.match_info["id"])
        self._sim.state.restore(request.match_info["kind"], number, actor="user")
        return as_json({})

    async def new_day(self, request: web.Request) -> web.Response:
        """Midnight in the account's zone."""
        self._sim.limits.today = 0
        return as_json({})

    async def webhooks(self, request: web.Request) -> web.Response:
        webhooks = self._sim.webhooks
        return as_json({"url": webhooks.url, "pending": webhooks.pending()})

    async def subscribe(self, request: web.Request) -> web.Response:
        """Body: ``url``; an empty one ends the subscription."""
        self._sim.webhooks.url = str((await request.json())["url"])
        return as_json({"url": self._sim.webhooks.url})

    async def deliveries(self, request: web.Request) -> web.Response:
        return as_json([asdict(delivery) for delivery in self._sim.webhooks.deliveries])


class Api:
    """The one handler of all API paths; the routing is the simulator's."""

    def __init__(self, simulator: Simulator) -> None:
        self._sim = simulator

    async def handle(self, request: web.Request) -> web.StreamResponse:
        incoming = Incoming(
            method=request.method,
            path=request.match_info["tail"],
            query=dict(request.query),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=(await request.read()).decode("utf-8", "replace"),
        )
        entry, fault = self._sim.arrive(incoming)
        if fault is not None and fault.when == "before" and fault.seconds > 0:
            await asyncio.sleep(fault.seconds)
        answer = self._sim.process(incoming, entry, fault)
        if fault is not None and fault.when == "after" and fault.seconds > 0:
            await asyncio.sleep(fault.seconds)
        if answer is None:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        if self._sim.settings.answer_delay_seconds > 0:
            await asyncio.sleep(self._sim.settings.answer_delay_seconds)
        return as_response(answer)


class Server(crm_server.Server):
    """The simulator listening on a port; ``base_url`` is what a client calls API_URL."""

    def __init__(self, simulator: Simulator, *, host: str = "127.0.0.1", port: int = 0) -> None:
        app = build_app(
            simulator,
            admin=Admin(simulator).app,
            path="/{tail:crm/.*}",
            handle=Api(simulator).handle,
        )
        super().__init__(app, host=host, port=port)
        self.simulator = simulator

    @property
    def base_url(self) -> str:
        return self.root_url

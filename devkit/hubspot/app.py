"""The web server around the simulator, with its admin side under ``/_admin/`` (aiohttp)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from devkit.hubspot.schema import SCHEMA, ApiError
from devkit.hubspot.simulator import Incoming, Simulator

_MAX_BODY = 8 * 1024 * 1024
_Call = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _json(body: Any, status: int = 200) -> web.Response:
    return web.json_response(
        body, status=status, dumps=lambda value: json.dumps(value, ensure_ascii=False)
    )


@web.middleware
async def refuse_politely(request: web.Request, handler: _Call) -> web.StreamResponse:
    """A bad admin request is a 400 with its reason."""
    try:
        return await handler(request)
    except ApiError as exc:
        return _json({"error": exc.message}, exc.status)
    except (ValueError, TypeError, KeyError) as exc:
        return _json({"error": f"{type(exc).__name__}: {exc}"}, 400)


class Admin:
    """What a test or a demonstration does and reads; no token and no limit."""

    def __init__(self, simulator: Simulator) -> None:
        self._sim = simulator
        self.app = web.Application(middlewares=[refuse_politely])
        kind = "{kind:" + "|".join(SCHEMA) + "}"
        self.app.add_routes(
            [
                web.get("/health", self.health),
                web.get(f"/{kind}", self.objects),
                web.post(f"/{kind}", self.create),
                web.patch(f"/{kind}/{{id:\\d+}}", self.edit),
                web.delete(f"/{kind}/{{id:\\d+}}", self.archive),
                web.post(f"/{kind}/{{id:\\d+}}/restore", self.restore),
                web.get("/ledger", self.ledger),
                web.get("/ledger/summary", self.summary),
                web.get("/faults", self.faults),
                web.post("/faults", self.add_fault),
                web.delete("/faults", self.clear_faults),
                web.get("/settings", self.settings),
                web.patch("/settings", self.change_settings),
                web.post("/new_day", self.new_day),
                web.get("/webhooks", self.webhooks),
                web.put("/webhooks", self.subscribe),
                web.get("/webhooks/deliveries", self.deliveries),
            ]
        )

    async def health(self, request: web.Request) -> web.Response:
        return _json({kind: len(self._sim.state.live(kind)) for kind in SCHEMA})

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
        return _json(rows)

    async def create(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        record = self._sim.state.create(kind, await request.json(), actor="user")
        return _json({"id": record.id}, 201)

    async def edit(self, request: web.Request) -> web.Response:
        state = self._sim.state
        record = state.get(request.match_info["kind"], request.match_info["id"])
        state.update(record, await request.json(), actor="user")
        return _json({"id": record.id, **record.properties})

    async def archive(self, request: web.Request) -> web.Response:
        state = self._sim.state
        state.archive(request.match_info["kind"], request.match_info["id"], actor="user")
        return _json({})

    async def restore(self, request: web.Request) -> web.Response:
        number = int(request.match_info["id"])
        self._sim.state.restore(request.match_info["kind"], number, actor="user")
        return _json({})

    async def ledger(self, request: web.Request) -> web.Response:
        """Query: ``since`` (a sequence number), ``kind``, ``lead_id``."""
        lead_id = request.query.get("lead_id")
        entries = self._sim.ledger.select(
            since=int(request.query.get("since", 0)),
            kind=request.query.get("kind"),
            lead_id=int(lead_id) if lead_id else None,
        )
        return _json([asdict(entry) for entry in entries])

    async def summary(self, request: web.Request) -> web.Response:
        return _json(self._sim.ledger.summary(since=int(request.query.get("since", 0))))

    async def faults(self, request: web.Request) -> web.Response:
        return _json(self._sim.faults.as_list())

    async def add_fault(self, request: web.Request) -> web.Response:
        return _json(asdict(self._sim.faults.add(await request.json())), 201)

    async def clear_faults(self, request: web.Request) -> web.Response:
        self._sim.faults.pending.clear()
        return _json({})

    async def settings(self, request: web.Request) -> web.Response:
        return _json(self._sim.settings.as_dict())

    async def change_settings(self, request: web.Request) -> web.Response:
        self._sim.settings.update(await request.json())
        self._sim.webhooks.flush()
        return _json(self._sim.settings.as_dict())

    async def new_day(self, request: web.Request) -> web.Response:
        """Midnight in the account's zone."""
        self._sim.limits.today = 0
        return _json({})

    async def webhooks(self, request: web.Request) -> web.Response:
        webhooks = self._sim.webhooks
        return _json({"url": webhooks.url, "pending": webhooks.pending()})

    async def subscribe(self, request: web.Request) -> web.Response:
        """Body: ``url``; an empty one ends the subscription."""
        self._sim.webhooks.url = str((await request.json())["url"])
        return _json({"url": self._sim.webhooks.url})

    async def deliveries(self, request: web.Request) -> web.Response:
        return _json([asdict(delivery) for delivery in self._sim.webhooks.deliveries])


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
        text = answer.text
        if text is None and answer.body is not None:
            text = json.dumps(answer.body, ensure_ascii=False)
        return web.Response(
            status=answer.status,
            text=text,
            content_type=answer.content_type if text is not None else None,
            headers=answer.headers,
        )


def build_app(simulator: Simulator) -> web.Application:
    app = web.Application(client_max_size=_MAX_BODY)
    app.add_subapp("/_admin", Admin(simulator).app)
    app.router.add_route("*", "/{tail:crm/.*}", Api(simulator).handle)

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
        self.base_url = ""

    @property
    def admin_url(self) -> str:
        return f"{self.base_url}/_admin"

    async def start(self) -> None:
        self._runner = web.AppRunner(
            build_app(self.simulator), access_log=None, shutdown_timeout=1.0
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self.base_url = f"http://{self._host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

"""What the simulators of CRMs share: the port, the start as a program, and the common part of the admin side."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware

__all__ = [
    "Answer",
    "CommonAdmin",
    "Server",
    "add_arguments",
    "as_json",
    "as_response",
    "build_app",
    "refuse_with",
    "serve",
    "settings_given",
]

_MAX_BODY = 8 * 1024 * 1024

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Answer:
    """What a simulator answers to a call."""

    status: int
    body: Any = None  # JSON; None: empty
    text: str | None = None  # instead of JSON
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def as_json(body: Any, status: int = 200) -> web.Response:
    return web.json_response(
        body, status=status, dumps=lambda value: json.dumps(value, ensure_ascii=False)
    )


def as_response(answer: Answer) -> web.Response:
    """The answer on the wire: its text as it is, else its body as JSON, else nothing."""
    text = answer.text
    if text is None and answer.body is not None:
        text = json.dumps(answer.body, ensure_ascii=False)
    return web.Response(
        status=answer.status,
        text=text,
        content_type=answer.content_type if text is not None else None,
        headers=answer.headers,
    )


def refuse_with(error: type[Exception]) -> Middleware:
    """A middleware: a bad admin request is an answer with its reason; ``error`` has status and message."""

    @web.middleware
    async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except error as exc:
            return as_json({"error": exc.message}, exc.status)  # type: ignore[attr-defined]
        except (ValueError, TypeError, KeyError) as exc:
            return as_json({"error": f"{type(exc).__name__}: {exc}"}, 400)

    return refuse


class CommonAdmin:
    """Ledger, faults and settings of a simulator. No token and no limit: it is bound to the development machine."""

    def __init__(self, simulator: Any, error: type[Exception]) -> None:
        self._simulator = simulator
        self.app = web.Application(middlewares=[refuse_with(error)])
        self.app.add_routes(
            [
                web.get("/ledger", self.ledger),
                web.get("/ledger/summary", self.summary),
                web.get("/faults", self.faults),
                web.post("/faults", self.add_fault),
                web.delete("/faults", self.clear_faults),
                web.get("/settings", self.settings),
                web.patch("/settings", self.change_settings),
            ]
        )

    async def ledger(self, request: web.Request) -> web.Response:
        """Query: ``since`` (a sequence number), ``kind``, ``lead_id``."""
        lead_id = request.query.get("lead_id")
        entries = self._simulator.ledger.select(
            since=int(request.query.get("since", 0)),
            kind=request.query.get("kind"),
            lead_id=int(lead_id) if lead_id else None,
        )
        return as_json([asdict(entry) for entry in entries])

    async def summary(self, request: web.Request) -> web.Response:
        since = int(request.query.get("since", 0))
        return as_json(self._simulator.ledger.summary(since=since))

    async def faults(self, request: web.Request) -> web.Response:
        return as_json(self._simulator.faults.as_list())

    async def add_fault(self, request: web.Request) -> web.Response:
        return as_json(asdict(self._simulator.faults.add(await request.json())), 201)

    async def clear_faults(self, request: web.Request) -> web.Response:
        self._simulator.faults.pending.clear()
        return as_json({})

    async def settings(self, request: web.Request) -> web.Response:
        return as_json(self._simulator.settings.as_dict())

    async def change_settings(self, request: web.Request) -> web.Response:
        self._simulator.settings.update(await request.json())
        self._simulator.webhooks.flush()
        return as_json(self._simulator.settings.as_dict())


def build_app(
    simulator: Any, *, admin: web.Application, path: str, handle: Handler
) -> web.Application:
    """The admin side under ``/_admin``, everything under ``path`` by one handler, webhooks beside."""
    app = web.Application(client_max_size=_MAX_BODY)
    app.add_subapp("/_admin", admin)
    app.router.add_route("*", path, handle)

    async def webhooks_run(_app: web.Application) -> AsyncIterator[None]:
        await simulator.webhooks.start()
        yield
        await simulator.webhooks.close()

    app.cleanup_ctx.append(webhooks_run)
    return app


class Server:
    """An application on a port; ``root_url`` is known once it has started."""

    def __init__(self, app: web.Application, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None
        self.root_url = ""

    @property
    def admin_url(self) -> str:
        return f"{self.root_url}/_admin"

    async def start(self) -> None:
        # Requests under way get a moment to end; a held one must not hold up the stop.
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self.root_url = f"http://{self._host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()


def add_arguments(parser: argparse.ArgumentParser, *, example: str) -> None:
    """Host, port, seed and any setting by its name."""
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free port (default)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=JSON",
        help=f"any setting, e.g. {example}",
    )


def settings_given(pairs: list[str]) -> dict[str, Any]:
    """The settings of ``--set``. Raises ``ValueError`` for what is no JSON."""
    return {name: json.loads(value) for name, _, value in (pair.partition("=") for pair in pairs)}


async def serve(server: Server, ready: Callable[[], Mapping[str, Any]]) -> None:
    """Run until SIGTERM or Ctrl-C; one JSON line says when it is ready."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await server.start()
    sys.stdout.write(json.dumps(ready()) + "\n")
    sys.stdout.flush()
    await stop.wait()
    await server.stop()

"""Puts the web server together and runs it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from bridge.web import access, connections, dashboard, health, problems, routes, webhooks
from bridge.web.access import Access
from bridge.web.dashboard import PageContext
from bridge.web.desk import ApiContext
from bridge.web.keys import HEALTH, WEBHOOKS, Health, WebhookContext
from bridge.web.problems import Problem

__all__ = ["WebServer", "build"]

_SHUTDOWN_SECONDS = 5.0
_KEEPALIVE_SECONDS = 75.0
# First parts of the paths that people open in a browser.
_PAGES = frozenset({"/", "/edit_json", "/docs", "/openapi.json"})

log = structlog.get_logger(__name__)


@web.middleware
async def _guard(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer errors without telling what went wrong inside."""
    try:
        with connections.answering(request):
            return await handler(request)
    except Problem as exc:
        return problems.response(exc.status, exc.detail, retry_after=exc.retry_after)
    except web.HTTPException as exc:
        if exc.status < 400:
            raise
        answer = problems.response(exc.status)
        if "Allow" in exc.headers:
            answer.headers["Allow"] = exc.headers["Allow"]
        return answer
    except web.RequestPayloadError:
        return problems.response(400, "the body cannot be decoded")
    except (ValueError, LookupError, TypeError, AttributeError) as exc:
        log.error("http_error", error=type(exc).__name__)
        return problems.response(500)


def build(
    *,
    webhook_context: WebhookContext,
    health_source: Health,
    with_details: bool,
    api: ApiContext | None = None,
    pages: PageContext | None = None,
) -> web.Application:
    """Return the public application; with ``api``, the kept routes are part of it.

    With ``api`` or ``pages``, whatever is neither health nor a webhook needs a token, details and
    metrics included.
    """
    middlewares = [_guard]
    if api is not None or pages is not None:
        middlewares.append(access.limit_to_callers(webhooks.paths(webhook_context), _PAGES))
    app = web.Application(middlewares=middlewares, client_max_size=webhook_context.max_body_bytes)
    app.on_response_prepare.append(connections.hide_version)
    if api is not None or pages is not None:
        access.add_routes(
            app,
            Access(
                operators=api.tokens if api is not None else (),
                viewers=pages.view_tokens if pages is not None else (),
                clock=webhook_context.clock,
            ),
        )
    if api is not None:
        routes.add_routes(app, api)
    if pages is not None:
        dashboard.add_routes(app, pages)
    app[WEBHOOKS] = webhook_context
    app[HEALTH] = health_source
    webhooks.add_routes(app)
    health.add_routes(app)
    if with_details:
        health.add_detail_routes(app)
    return app


def _build_details(health_source: Health) -> web.Application:
    app = web.Application(middlewares=[_guard])
    app.on_response_prepare.append(connections.hide_version)
    app[HEALTH] = health_source
    health.add_routes(app)
    health.add_detail_routes(app)
    return app


class WebServer:
    """Serves until stopped; a ``Part`` of the supervisor."""

    def __init__(
        self,
        *,
        webhook_context: WebhookContext,
        health_source: Health,
        host: str,
        port: int,
        metrics_port: int | None,
        api: ApiContext | None = None,
        pages: PageContext | None = None,
    ) -> None:
        self._sites: list[tuple[web.Application, str, int]] = [
            (
                build(
                    webhook_context=webhook_context,
                    health_source=health_source,
                    with_details=metrics_port is None,
                    api=api,
                    pages=pages,
                ),
                host,
                port,
            )
        ]
        if metrics_port is not None:
            self._sites.append((_build_details(health_source), "127.0.0.1", metrics_port))
        self._runners: list[web.AppRunner] = []
        self._stopping = asyncio.Event()
        self.addresses: list[str] = []

    async def start(self) -> None:
        """Listen."""
        for app, host, port in self._sites:
            runner = web.AppRunner(
                app,
                access_log=None,  # its lines would hold the path token
                handle_signals=False,
                shutdown_timeout=_SHUTDOWN_SECONDS,
                keepalive_timeout=_KEEPALIVE_SECONDS,
            )
            await runner.setup()
            self._runners.append(runner)
            await connections.Site(runner, host, port).start()
            self.addresses += [f"{name[0]}:{name[1]}" for name in runner.addresses]

    def stop(self) -> None:
        """Stop listening and let requests in progress finish."""
        self._stopping.set()

    async def run(self) -> None:
        """Serve until stopped."""
        try:
            await self._stopping.wait()
        finally:
            for runner in self._runners:
                await runner.cleanup()

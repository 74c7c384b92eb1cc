"""Health and metrics.

``/livez`` touches nothing outside the process: a hiccup of the database must not restart every
daemon. ``/readyz`` asks; what is wrong is told in detail on the loopback port only.
"""

from __future__ import annotations

import asyncio

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bridge import metrics
from bridge.errors import DatabaseError
from bridge.web.keys import HEALTH, Check

__all__ = ["add_detail_routes", "add_routes"]

_CHECK_SECONDS = 5.0


def add_routes(app: web.Application) -> None:
    """Add what anybody may ask."""
    app.router.add_get("/livez", _livez)
    app.router.add_get("/readyz", _readyz)


def add_detail_routes(app: web.Application) -> None:
    """Add what only the operator may ask."""
    app.router.add_get("/metrics", _metrics)
    app.router.add_get("/readyz/details", _details)


async def _livez(_request: web.Request) -> web.Response:
    return web.json_response({"status": "alive"})


async def _readyz(request: web.Request) -> web.Response:
    checks = await _checks(request)
    ready = all(check.ok for check in checks)
    body = {
        "status": "ready" if ready else "not ready",
        "checks": {check.name: "ok" if check.ok else "failed" for check in checks},
    }
    return web.json_response(body, status=200 if ready else 503)


async def _details(request: web.Request) -> web.Response:
    checks = await _checks(request)
    body = {check.name: {"ok": check.ok, "detail": check.detail} for check in checks}
    return web.json_response(body, status=200 if all(check.ok for check in checks) else 503)


async def _checks(request: web.Request) -> list[Check]:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            return await request.app[HEALTH].checks()
    except TimeoutError:
        return [Check(name="checks", ok=False, detail="took too long")]


async def _metrics(request: web.Request) -> web.Response:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            for name, value in (await request.app[HEALTH].status()).items():
                metrics.DATABASE.labels(name).set(value)
    except (DatabaseError, TimeoutError):
        # An old value would look like a healthy one.
        metrics.DATABASE.clear()
    return web.Response(
        body=generate_latest(metrics.REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST}
    )

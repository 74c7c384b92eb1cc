"""Serves the table of kept routes: authenticates, checks the request, answers."""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import structlog
from aiohttp import web
from pydantic import BaseModel, ValidationError

from bridge.errors import CrmError, DatabaseError
from bridge.web import openapi, problems
from bridge.web.api import ROUTES
from bridge.web.desk import API, ApiContext
from bridge.web.problems import Problem
from bridge.web.table import Asked, Route

__all__ = ["add_routes", "is_authentic", "limit_to_callers"]

_HEADER = "X-Api-Token"
_OPEN = frozenset({"/livez", "/readyz"})
_MAX_PROBLEMS = 5

log = structlog.get_logger(__name__)

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_routes(app: web.Application, context: ApiContext) -> None:
    """Add every route of the table, and the pages that describe it."""
    app[API] = context
    app.on_cleanup.append(_close)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, _handler(route))
    app.router.add_get("/openapi.json", _document)
    app.router.add_get("/docs", _page)


async def _close(app: web.Application) -> None:
    await app[API].handover.close()


def is_authentic(request: web.Request, context: ApiContext) -> bool:
    """Tell whether a request carries one of the tokens, in a header of its own or as a bearer."""
    given = request.headers.get(_HEADER, "")
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    if not given and scheme.lower() == "bearer":
        given = rest.strip()
    token = given.encode("utf-8", "surrogateescape")
    # Each is compared, so that the time does not tell which one is near.
    matches = [hmac.compare_digest(token, valid) for valid in context.tokens]
    return any(matches)


def limit_to_callers(webhook_paths: frozenset[str]) -> Any:
    """Return the middleware that lets strangers see nothing, not even which paths there are.

    Webhooks have a token of their own, which their handlers check.
    """

    @web.middleware
    async def check(request: web.Request, handler: _Handler) -> web.StreamResponse:
        first = "/" + request.path.split("/")[1]
        is_webhook = request.method == "POST" and first in webhook_paths
        if request.path in _OPEN or is_webhook or is_authentic(request, request.app[API]):
            return await handler(request)
        answer = problems.response(401, "a valid token is needed")
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer

    return check


def _handler(route: Route) -> _Handler:
    async def handle(request: web.Request) -> web.Response:
        context = request.app[API]
        asked = Asked(path=_path(request), body=await _body(request, route))
        try:
            async with asyncio.timeout(context.request_seconds):
                answer = await route.handler(context, asked)
        except CrmError as exc:
            raise problems.of_crm(exc) from None
        except DatabaseError as exc:
            log.warning("http_error", error=type(exc).__name__, code=exc.code)
            raise problems.of_database(exc) from None
        except TimeoutError:
            raise Problem(504, "not done in time; a write may have been done") from None
        content = answer.body
        data = content.model_dump() if isinstance(content, BaseModel) else dict(content)
        response = web.Response(
            status=answer.status, body=orjson.dumps(data), content_type="application/json"
        )
        if answer.retry_after is not None:
            response.headers["Retry-After"] = str(max(1, round(answer.retry_after)))
        return response

    return handle


def _path(request: web.Request) -> dict[str, Any]:
    """Return the parts of the path, checked as the document says."""
    values: dict[str, Any] = {}
    for name, text in request.match_info.items():
        rule = openapi.PARAMETERS[name]
        if rule["type"] == "integer":
            if not re.fullmatch("[0-9]{1,10}", text) or not 0 < int(text) <= rule["maximum"]:
                raise Problem(422, f"{name} is no id")
            values[name] = int(text)
        elif not re.fullmatch(rule.get("pattern", "|".join(rule.get("enum", ()))), text):
            raise Problem(422, f"{name} does not fit")
        else:
            values[name] = text
    return values


async def _body(request: web.Request, route: Route) -> BaseModel | None:
    if route.body is None:
        return None
    try:
        async with asyncio.timeout(request.app[API].request_seconds):
            raw = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise Problem(413, "the body is too large") from None
    except TimeoutError:
        raise Problem(408, "the body came too slowly") from None
    if not raw and route.is_body_optional:
        return None
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Problem(400, "the body is not JSON") from None
    try:
        return route.body.model_validate(data)
    except ValidationError as exc:
        errors = exc.errors(include_input=False, include_url=False)[:_MAX_PROBLEMS]
        told = "; ".join(
            f"{'.'.join(str(part)[:40] for part in error['loc']) or 'body'}: {error['type']}"
            for error in errors
        )
        raise Problem(422, told) from None


async def _document(_request: web.Request) -> web.Response:
    return web.Response(
        body=orjson.dumps(openapi.document(ROUTES)), content_type="application/json"
    )


async def _page(_request: web.Request) -> web.Response:
    return web.Response(text=openapi.page(ROUTES), content_type="text/html")

"""Serves the table of kept routes: checks the request, answers. Who may call is in ``access``."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import orjson
import structlog
from aiohttp import web
from pydantic import BaseModel, ValidationError

from bridge.errors import CrmError, DatabaseError
from bridge.web import access, markup, openapi, problems
from bridge.web.api import ROUTES
from bridge.web.desk import API, ApiContext
from bridge.web.problems import Problem
from bridge.web.table import Asked, Route

__all__ = ["add_routes"]

_MAX_PROBLEMS = 5

log = structlog.get_logger(__name__)

_T = TypeVar("_T")
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


def _handler(route: Route) -> _Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        if route.page is not None and access.wants_page(request):
            return await _bounded(request, route.page(request))
        if request.method != "GET" and access.is_by_cookie(request):
            raise Problem(403, "a cookie opens pages only: send the token in a header")
        return await answer_caller(request)

    async def answer_caller(request: web.Request) -> web.StreamResponse:
        context = request.app[API]
        asked = Asked(path=_path(request), body=await _body(request, route))
        answer = await _bounded(request, route.handler(context, asked))
        content = answer.body
        data = content.model_dump() if isinstance(content, BaseModel) else dict(content)
        response = web.Response(
            status=answer.status, body=orjson.dumps(data), content_type="application/json"
        )
        if answer.retry_after is not None:
            response.headers["Retry-After"] = str(max(1, round(answer.retry_after)))
        return response

    return handle


async def _bounded(request: web.Request, work: Awaitable[_T]) -> _T:
    """Do the work of a request within its time; failures of either side become problems."""
    try:
        async with asyncio.timeout(request.app[API].request_seconds):
            return await work
    except CrmError as exc:
        raise problems.of_crm(exc) from None
    except DatabaseError as exc:
        log.warning("http_error", error=type(exc).__name__, code=exc.code)
        raise problems.of_database(exc) from None
    except TimeoutError:
        raise Problem(504, "not done in time; a write may have been done") from None


def _path(request: web.Request) -> dict[str, Any]:
    """Return the parts of the path, checked as the document says."""
    values: dict[str, Any] = {}
    for name, text in request.match_info.items():
        rule = openapi.PARAMETERS[name]
        if rule["type"] == "integer":
            if not re.fullmatch("[0-9]{1,15}", text) or not 0 < int(text) <= rule["maximum"]:
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
    return markup.respond(openapi.page(ROUTES))

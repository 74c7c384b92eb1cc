"""The OpenAPI 3.1 document, made from the table that the router reads, and a page that shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from bridge import __version__
from bridge.web import markup, models
from bridge.web.markup import tag
from bridge.web.problems import CONTENT_TYPE
from bridge.web.table import Route
from bridge.web.webhooks import ROUTES as HOOKS

__all__ = ["PARAMETERS", "document", "page"]

_REF: Final = "#/components/schemas/{model}"
_ID: Final[dict[str, Any]] = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
PARAMETERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "lead_id": _ID,
    "contact_id": _ID,
    "inbox_id": {"type": "integer", "minimum": 1, "maximum": 10**15 - 1},
    "cnpj": {"type": "string", "pattern": "^[0-9A-Za-z]{11,14}$"},
    "flag": {"type": "string", "enum": ["S", "N"]},
}
_ERRORS: Final[dict[int, str]] = {
    400: "Not JSON",
    401: "No valid token",
    403: "The token may only look, or a form is not ours",
    404: "Not there",
    408: "The body came too slowly",
    409: "In conflict with what the CRM holds",
    413: "The body is too large",
    422: "The request does not fit, or the CRM refuses a value",
    500: "Something went wrong inside",
    501: "A setting that this needs is not set",
    502: "The CRM cannot be asked",
    503: "Held back; see Retry-After",
    504: "No answer in time; a write may have been done",
}
_ALWAYS: Final = (401, 403, 422, 500, 502, 503, 504)
_WITH_BODY: Final = (400, 408, 413)


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the OpenAPI document of some routes."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "erpcrm", "version": __version__},
        "paths": paths,
        "webhooks": {event.value.lower(): _webhook(path) for path, event in HOOKS.items()},
        "security": [{"token": []}, {"bearer": []}],
        "components": {
            "schemas": _schemas(routes),
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "X-Api-Token"},
                "bearer": {"type": "http", "scheme": "bearer"},
                "webhook": {"type": "apiKey", "in": "header", "name": "X-Webhook-Token"},
            },
        },
    }


def _webhook(path: str) -> dict[str, Any]:
    """Describe what the CRM posts to one of the paths for webhooks."""
    answers = {
        200: "Known already",
        202: "Stored",
        400: _ERRORS[400],
        401: _ERRORS[401],
        503: "Cannot be stored now; see Retry-After",
    }
    return {
        "post": {
            "summary": f"Posted by the CRM to {path}, or {path}/TOKEN",
            "security": [{"webhook": []}],
            "requestBody": {"required": True, "content": _json(None)},
            "responses": {str(status): {"description": text} for status, text in answers.items()},
        }
    }


def page(routes: Sequence[Route]) -> str:
    """Return a page for people, without anything from elsewhere."""
    rows: list[list[object]] = [
        [route.method, tag("code", route.path), route.summary] for route in routes
    ]
    link = tag("p", "Machine-readable: ", tag("a", "openapi.json", href="openapi.json"))
    return markup.page(
        "erpcrm: HTTP routes",
        tag("p", tag("a", "Overview", href="/")),
        tag("h1", "HTTP routes"),
        link,
        markup.table(["method", "path", "does"], rows),
    )


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}_{re.sub('[^a-z]+', '_', route.path).strip('_')}",
        "summary": route.summary,
        **({"description": route.description} if route.description else {}),
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": PARAMETERS[name]}
            for name in re.findall(r"{(\w+)}", route.path)
        ],
        "responses": {
            str(status): {"description": "Success", "content": _content(route, model)}
            for status, model in route.answers.items()
        },
    }
    if route.body is not None:
        operation["requestBody"] = {
            "required": not route.is_body_optional,
            "content": _json(route.body),
        }
    errors = {*_ALWAYS, *route.refusals, *(_WITH_BODY if route.body is not None else ())}
    for status in sorted(errors):
        operation["responses"][str(status)] = {
            "description": _ERRORS[status],
            "content": {CONTENT_TYPE: {"schema": _ref(models.ProblemBody)}},
        }
    return operation


def _content(route: Route, model: type[BaseModel] | None) -> dict[str, Any]:
    page = {"text/html": {"schema": {"type": "string"}}} if route.page is not None else {}
    return {**_json(model), **page}


def _json(model: type[BaseModel] | None) -> dict[str, Any]:
    schema = {"type": "object"} if model is None else _ref(model)
    return {"application/json": {"schema": schema}}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}


def _schemas(routes: Sequence[Route]) -> dict[str, Any]:
    used: set[type[BaseModel]] = {models.ProblemBody}
    for route in routes:
        used |= {model for model in route.answers.values() if model is not None}
        if route.body is not None:
            used.add(route.body)
    ordered = sorted(used, key=lambda model: model.__name__)
    _, schema = models_json_schema([(model, "validation") for model in ordered], ref_template=_REF)
    return dict(schema["$defs"])

"""Receives webhooks: authenticate, take the body, store it as it came, and only then answer.

The body is a hint and is stored raw; nothing of it but the lead's id is looked at. A 2xx is sent
only after the commit, so a sender that gives up on errors still has it, and one that repeats does
no harm. A CRM that sends arrays of events has one path, ``/webhooks/NAME``; the events of a request
are stored in one transaction.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any, Final

import orjson
import structlog
from aiohttp import hdrs, web

from bridge import metrics
from bridge.domain.changes import CrmId, EventType, InboundEvent
from bridge.domain.shown import MAX_LEAD_ID, shown_json
from bridge.errors import DatabaseError, DataRejected
from bridge.web import problems
from bridge.web.keys import WEBHOOKS, WebhookContext
from bridge.web.signatures import Head, PathToken, WebhookScheme

__all__ = ["ROUTES", "add_routes", "dedupe_key", "lead_id", "paths", "shown_fields"]

# The paths of the system that this one replaces, and one for edits of contacts, which had none; one
# event type each, since bodies do not name theirs.
ROUTES: Final[dict[str, EventType]] = {
    "/atualizalead": EventType.LEAD_UPDATED,
    "/convertedlead": EventType.LEAD_CONVERTED,
    "/leaddescartada": EventType.LEAD_DISCARDED,
    "/atualizacontatocrm": EventType.PERSON_UPDATED,
}
_ARRAYS: Final = "/webhooks"
# what aiohttp decodes; a body in another encoding would be stored as nobody can read it
_ENCODINGS: Final = frozenset({"identity", "gzip", "deflate"})

log = structlog.get_logger(__name__)


def add_routes(app: web.Application) -> None:
    """Add each webhook path, with the token in the path or in the header, or the one for arrays."""
    context = app[WEBHOOKS]
    if context.read_events is not None:
        app.router.add_post(f"{_ARRAYS}/{context.source}", _receive_events)
        return
    for path, event_type in ROUTES.items():
        handler = _handler(event_type)
        app.router.add_post(path, handler)
        app.router.add_post(f"{path}/{{token}}", handler)


def paths(context: WebhookContext) -> frozenset[str]:
    """Return the first parts of the paths that this CRM's webhooks are sent to."""
    return frozenset({_ARRAYS}) if context.read_events is not None else frozenset(ROUTES)


def lead_id(document: dict[str, Any]) -> CrmId | None:
    """Return the id of the lead that a body names, when it can be read."""
    lead = document.get("Lead")
    value = lead.get("Id") if isinstance(lead, dict) else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < MAX_LEAD_ID:
        return CrmId(value)
    return None


def shown_fields(document: dict[str, Any], context: WebhookContext) -> str | None:
    """Return what a body shows of its lead as JSON under neutral names; only ever compared."""
    lead = document.get("Lead")
    if not isinstance(lead, dict):
        return None
    try:
        return shown_json(context.read_fields(lead))
    except (TypeError, ValueError, AttributeError, LookupError, RecursionError):
        return None  # a shape that nobody knows: the lead is read


def dedupe_key(
    event_type: EventType, crm_id: CrmId | None, body: bytes, *, window: int, delivery: str
) -> str:
    """Return the key under which a webhook is stored once.

    Bodies carry neither id nor time, and a user may set a value back, which makes an old body new
    again. So equal bodies are one webhook only within a short window; storing one more is harmless.
    """
    digest = hashlib.sha256()
    for part in (event_type.value, str(crm_id or ""), delivery or str(window)):
        digest.update(part.encode())
        digest.update(b"\x1f")
    digest.update(body)
    return digest.hexdigest()


def _handler(event_type: EventType) -> Any:
    async def receive(request: web.Request) -> web.Response:
        context = request.app[WEBHOOKS]
        body = await _authentic_body(request, context)
        if isinstance(body, web.Response):
            return body
        document = _parse(body)
        if document is None:
            return _refuse(400, "malformed")
        fields = shown_fields(document, context)
        return await _store(request, context, event_type, body, lead_id(document), fields)

    return receive


async def _receive_events(request: web.Request) -> web.Response:
    context = request.app[WEBHOOKS]
    assert context.read_events is not None
    body = await _authentic_body(request, context)
    if isinstance(body, web.Response):
        return body
    events = context.read_events(body)
    if events is None:
        return _refuse(400, "malformed")
    return await _store_all(context, events)


async def _store_all(context: WebhookContext, events: Sequence[InboundEvent]) -> web.Response:
    if not events:
        metrics.WEBHOOKS.labels("ignored").inc()
        return web.json_response({"stored": 0, "known": 0}, status=200)
    try:
        stored = await context.inbox.store_all(source=context.source, events=events)
    except DatabaseError as exc:
        return _not_stored(exc, context)
    known = sum(receipt.is_duplicate for receipt in stored)
    metrics.WEBHOOKS.labels("duplicate").inc(known)
    metrics.WEBHOOKS.labels("stored").inc(len(stored) - known)
    return web.json_response({"stored": len(stored) - known, "known": known}, status=200)


async def _authentic_body(request: web.Request, context: WebhookContext) -> bytes | web.Response:
    """Return the body of a request that the CRM has sent, else the refusal."""
    scheme: WebhookScheme = context.scheme or PathToken(context.tokens)
    head = Head(
        method=request.method,
        target=request.raw_path,
        headers=request.headers,
        path_token=request.match_info.get("token", ""),
    )
    if not scheme.admits_head(head):
        return _refuse(401, "unauthorized")
    body = await _body(request, context)
    if isinstance(body, web.Response):
        # What is left of the body cannot be told from the next request: that one needs a connection of its own.
        body.force_close()
        return body
    if not scheme.admits(head, body):
        return _refuse(401, "unauthorized")
    return body


async def _body(request: web.Request, context: WebhookContext) -> bytes | web.Response:
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() not in _ENCODINGS:
        return _refuse(415, "encoding")
    if (request.content_length or 0) > context.max_body_bytes:
        return _refuse(413, "too_large")
    try:
        async with asyncio.timeout(context.body_timeout_seconds):
            # aiohttp stops at client_max_size, also for a body that does not say its length.
            return await request.read()
    except web.HTTPRequestEntityTooLarge:
        return _refuse(413, "too_large")
    except web.RequestPayloadError:
        return _refuse(400, "malformed")  # it is not encoded as its head says
    except TimeoutError:
        return _refuse(408, "too_slow")


def _parse(body: bytes) -> dict[str, Any] | None:
    # orjson refuses NaN, bad UTF-8, a byte order mark and deep nesting.
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict) else None


async def _store(
    request: web.Request,
    context: WebhookContext,
    event_type: EventType,
    body: bytes,
    crm_id: CrmId | None,
    fields: str | None,
) -> web.Response:
    window = int(context.clock.now().timestamp() / context.dedupe_seconds)
    key = dedupe_key(
        event_type,
        crm_id,
        body,
        window=window,
        delivery=request.headers.get("webhook-id", "")[:128],
    )
    try:
        stored = await context.inbox.store(
            source=context.source,
            event_type=event_type,
            dedupe_key=key,
            crm_id=crm_id,
            body=body,
            fields=fields,
        )
    except DatabaseError as exc:
        return _not_stored(exc, context)
    metrics.WEBHOOKS.labels("duplicate" if stored.is_duplicate else "stored").inc()
    log.debug("webhook_stored", inbox_id=stored.inbox_id)
    if stored.is_duplicate:
        return web.json_response({"status": "known"}, status=200)
    return web.json_response({"status": "stored"}, status=202)


def _not_stored(exc: DatabaseError, context: WebhookContext) -> web.Response:
    if isinstance(exc, DataRejected):
        log.warning("webhook_refused", reason="data", code=exc.code)
        return _refuse(422, "data")
    metrics.WEBHOOKS.labels("unavailable").inc()
    log.warning("webhook_unavailable", code=exc.code, statement=exc.statement)
    return problems.response(503, "try again later", retry_after=context.retry_after_seconds)


def _refuse(status: int, reason: str) -> web.Response:
    metrics.WEBHOOKS.labels("refused").inc()
    log.warning("webhook_refused", status=status, reason=reason)
    return problems.response(status, reason)

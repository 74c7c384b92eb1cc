"""``/edit_json``: a parked webhook is looked at, its document replaced, and tried again.

Only what is parked, only JSON, and with a name that stands in the audit beside the document that
came. The system before this one let anybody append to files that were about to be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
import structlog
from aiohttp import web
from pydantic import ValidationError

from bridge.domain.operations import ParkedWebhook
from bridge.errors import DatabaseError
from bridge.web import markup, problems
from bridge.web import parked_models as models
from bridge.web.access import ACCESS, is_by_cookie
from bridge.web.desk import API, ApiContext
from bridge.web.markup import tag
from bridge.web.problems import Problem
from bridge.web.table import Answer, Asked, Route
from bridge.web.webhooks import lead_id

__all__ = ["PARKED_ROUTES"]

_PATH: Final = "/edit_json"
_SHOWN: Final = 200
_MAX_BYTES: Final = 32_767  # what crm_bridge_api.edit_inbox takes

log = structlog.get_logger(__name__)


# --------------------------------------------------------------------------- for callers


async def _list(context: ApiContext, _asked: Asked) -> Answer:
    # one more tells whether there are more
    found = await context.backoffice.parked_webhooks(_SHOWN + 1)
    rows = [
        models.ParkedRow(
            id=item.event_id,
            lead_id=item.crm_id,
            record_key=item.record_key,
            attempts=item.attempts,
            detail=item.detail,
            received_on=item.created_on.isoformat() if item.created_on else None,
            parked_on=item.parked_on.isoformat() if item.parked_on else None,
        )
        for item in found[:_SHOWN]
    ]
    return Answer(body=models.ParkedList(value=rows, has_more=len(found) > _SHOWN))


async def _show(context: ApiContext, asked: Asked) -> Answer:
    webhook = await context.backoffice.parked_webhook(asked.path["inbox_id"])
    return Answer(
        body=models.ParkedWebhookBody(
            id=webhook.inbox_id,
            event_type=webhook.event_type,
            lead_id=webhook.crm_id,
            record_key=webhook.record_key,
            attempts=webhook.attempts,
            detail=webhook.detail,
            received_on=webhook.received_on.isoformat(),
            document=_document(webhook.body),
            text=webhook.body.decode("utf-8", "replace"),
        )
    )


async def _edit(context: ApiContext, asked: Asked) -> Answer:
    edited: models.EditedWebhook = asked.body
    await _replace(context, edited.id, edited.document, by=edited.by)
    return Answer(body=models.Replayed(id=edited.id))


async def _replace(
    context: ApiContext, inbox_id: int, document: Mapping[str, Any], *, by: str
) -> None:
    text = orjson.dumps(document).decode()
    if len(text.encode()) > _MAX_BYTES:
        raise Problem(413, f"a document has at most {_MAX_BYTES} bytes")
    await context.backoffice.edit_webhook(
        inbox_id, text, by=by.strip(), crm_id=lead_id(dict(document))
    )
    log.info("webhook_edited", inbox_id=inbox_id)


def _document(body: bytes) -> dict[str, Any] | None:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict) else None


# --------------------------------------------------------------------------- for people


async def _list_page(request: web.Request) -> web.StreamResponse:
    context = request.app[API]
    found = await context.backoffice.parked_webhooks(_SHOWN + 1)
    rows: list[list[object]] = [
        [
            tag("a", item.event_id, href=f"{_PATH}/{item.event_id}"),
            item.crm_id and str(item.crm_id),
            item.record_key,
            item.attempts,
            item.parked_on and f"{item.parked_on:%Y-%m-%d %H:%M:%S}",
            item.detail,
        ]
        for item in found[:_SHOWN]
    ]
    done = request.query.get("replayed", "")
    note = f"Webhook {done} is tried again." if done.isascii() and done.isdigit() else None
    columns = ["webhook", "lead", "record", "attempts", "parked", "why"]
    content = markup.table(columns, rows) if rows else tag("p", "No webhook is parked.")
    more = tag("p", "There are more.") if len(found) > _SHOWN else None
    return _page("Parked webhooks", tag("p", note, class_="good"), content, more)


async def _show_page(request: web.Request) -> web.StreamResponse:
    inbox_id = _inbox_id(request.match_info["inbox_id"])
    try:
        webhook = await request.app[API].backoffice.parked_webhook(inbox_id)
    except DatabaseError as exc:
        problem = problems.of_database(exc)
        return _page(
            "Parked webhook", tag("p", problem.detail, class_="bad"), status=problem.status
        )
    document = _document(webhook.body)
    text = (
        webhook.body.decode("utf-8", "replace")
        if document is None
        else orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()
    )
    return _form(request, webhook, text=text)


async def _edit_page(request: web.Request) -> web.StreamResponse:
    """Take the form; what was typed is shown again when it is not taken."""
    context, sent = request.app[API], await request.post()
    fields = {name: str(sent.get(name, "")) for name in ("id", "by", "document", "form_token")}
    if is_by_cookie(request) and not request.app[ACCESS].is_own_form(request, fields["form_token"]):
        raise Problem(403, "this form is not ours, or its session is over")
    inbox_id = _inbox_id(fields["id"])
    try:
        document = _document(fields["document"].encode("utf-8", "surrogatepass"))
        if document is None:
            raise Problem(422, "the document is no JSON object")
        try:
            edited = models.EditedWebhook(id=inbox_id, by=fields["by"], document=document)
        except ValidationError:
            raise Problem(
                422, "a name is needed for the audit, of at most 100 characters"
            ) from None
        await _replace(context, inbox_id, edited.document, by=edited.by)
    except (Problem, DatabaseError) as exc:
        problem = problems.of_database(exc) if isinstance(exc, DatabaseError) else exc
        return _form(
            request, None, inbox_id=inbox_id, text=fields["document"], by=fields["by"],
            note=problem.detail, status=problem.status,
        )  # fmt: skip
    return web.Response(status=303, headers={"Location": f"{_PATH}?replayed={inbox_id}"})


def _form(
    request: web.Request,
    webhook: ParkedWebhook | None,
    *,
    text: str,
    inbox_id: int = 0,
    by: str = "",
    note: str | None = None,
    status: int = 200,
) -> web.Response:
    about: object = None
    if webhook is not None:
        inbox_id = webhook.inbox_id
        about = markup.table(
            ["event", "lead", "record", "attempts", "received", "why"],
            [
                [
                    webhook.event_type,
                    webhook.crm_id and str(webhook.crm_id),
                    webhook.record_key,
                    webhook.attempts,
                    f"{webhook.received_on:%Y-%m-%d %H:%M:%S}",
                    webhook.detail,
                ]
            ],
        )
    token = request.app[ACCESS].form_token(request) if is_by_cookie(request) else ""
    form = tag(
        "form",
        tag("input", type="hidden", name="id", value=inbox_id),
        tag("input", type="hidden", name="form_token", value=token),
        tag("label", "Document (JSON)", for_="document"),
        tag("textarea", text, id="document", name="document", spellcheck="false"),
        tag("label", "Your name, for the audit", for_="by"),
        tag("input", id="by", name="by", value=by, maxlength=100, required=True),
        " ",
        tag("button", "Replace and try again"),
        method="post",
        action=_PATH,
    )
    explanation = tag(
        "p",
        "The document is a hint: its Lead.Id says which lead is read from the CRM. "
        "The document that came stays in the audit.",
        class_="quiet",
    )
    return _page(
        f"Parked webhook {inbox_id}", tag("p", note, class_="bad"), about, form, explanation,
        status=status,
    )  # fmt: skip


def _page(title: str, *children: object, status: int = 200) -> web.Response:
    links = tag("p", tag("a", "Overview", href="/"), " · ", tag("a", "Parked webhooks", href=_PATH))
    return markup.respond(
        markup.page(f"erpcrm: {title}", links, tag("h1", title), *children), status=status
    )


def _inbox_id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) <= 15):
        raise Problem(422, "inbox_id is no id")
    return int(text)


PARKED_ROUTES: Final[tuple[Route, ...]] = (
    Route(method="GET", path=_PATH, summary="Parked webhooks", handler=_list, page=_list_page,
          answers={200: models.ParkedList}),
    Route(method="GET", path=f"{_PATH}/{{inbox_id}}", summary="A parked webhook with its body",
          handler=_show, page=_show_page, answers={200: models.ParkedWebhookBody},
          refusals=(404, 409)),
    Route(method="POST", path=_PATH, summary="Replace a parked webhook's document; try it again",
          description="The lead that the document names is read from the CRM; what came before "
          "stays in the audit, with the given name.",
          handler=_edit, page=_edit_page, body=models.EditedWebhook,
          answers={200: models.Replayed}, refusals=(404, 409)),
)  # fmt: skip

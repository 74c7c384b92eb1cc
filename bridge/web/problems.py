"""Errors as ``application/problem+json`` (RFC 9457); never with SQL, a driver's text or a secret."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import orjson
from aiohttp import web

from bridge.errors import (
    CrmError,
    CrmNotSent,
    CrmOutcomeUnknown,
    CrmPaused,
    CrmRefused,
    DatabaseError,
)

__all__ = ["CONTENT_TYPE", "Problem", "of_crm", "of_database", "response"]

CONTENT_TYPE: Final = "application/problem+json"
# reason class of the adapter: status for the caller
_REFUSED: Final[dict[str, int]] = {
    "not_found": 404,
    "duplicate": 409,
    "conflict": 409,
    "already_in_state": 409,
    "validation": 422,
    "rate_limited": 503,
}
# crm_err: status and sentence for the caller; a contract test compares them with the package
DATABASE_ERRORS: Final[dict[str, tuple[int, str]]] = {
    "ORA-20111": (404, "there is no such webhook"),
    "ORA-20112": (409, "the webhook is not parked any more"),
    "ORA-20122": (422, "the document is not JSON"),
    "ORA-20500": (422, "a name is needed for the audit"),
}
_RETRY_DATABASE_SECONDS: Final = 10


class Problem(Exception):
    """A request that ends with an error which the caller may read."""

    def __init__(self, status: int, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.retry_after = retry_after


def response(status: int, detail: str = "", *, retry_after: float | None = None) -> web.Response:
    """Return an error as a response."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
    }
    if detail:
        body["detail"] = detail
    headers = {} if retry_after is None else {"Retry-After": str(max(1, round(retry_after)))}
    return web.Response(
        status=status, body=orjson.dumps(body), content_type=CONTENT_TYPE, headers=headers
    )


def of_database(exc: DatabaseError) -> Problem:
    """Return what the caller is told about a call to the database that failed."""
    if exc.code in DATABASE_ERRORS:
        return Problem(*DATABASE_ERRORS[exc.code])
    if exc.recoverable:
        return Problem(503, "try again later", retry_after=_RETRY_DATABASE_SECONDS)
    return Problem(422, "the database does not take a value")


def of_crm(exc: CrmError) -> Problem:
    """Return what the caller is told about a call to the CRM that was no success."""
    match exc:
        case CrmPaused():
            return Problem(503, "calls to the CRM are held back", retry_after=exc.seconds)
        case CrmNotSent():
            return Problem(502, "the CRM cannot be reached; nothing was sent")
        case CrmOutcomeUnknown():
            return Problem(504, "no readable answer from the CRM; look before you repeat")
        case CrmRefused():
            status = _REFUSED.get(exc.reason_class, 502)
            detail = exc.detail if status in {409, 422} else f"the CRM refused: {exc.reason_class}"
            return Problem(status, detail, retry_after=exc.retry_after if status == 503 else None)
        case _:
            return Problem(502, "the CRM could not be asked")

"""One call of the API, apart from HTTP: what came in, what goes out, and who answers it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit import crm_server
from devkit.spotter.leads import BINDING_ERROR, SpotterError
from devkit.spotter.odata import ODataError, Row, answer_list

if TYPE_CHECKING:
    from devkit.spotter.settings import Settings
    from devkit.spotter.state import State

_RANGE = re.compile(r"\b(?:gt|ge|lt|le)\b", re.IGNORECASE)
METADATA = "https://api.exactspotter.com/v3/$metadata"


@dataclass(slots=True)
class Call:
    """``parts`` are the path's segments after the version, the first in lower case."""

    method: str
    parts: list[str]
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    url: str = ""  # absolute, without the query

    def members(self) -> Mapping[str, Any]:
        """The body as an object; anything else breaks the binding."""
        if not isinstance(self.body, dict):
            raise SpotterError(400, BINDING_ERROR)
        return self.body

    def number(self, position: int = 1) -> int:
        """The id in the path."""
        text = self.parts[position]
        if not text.isdigit():
            raise SpotterError(404, "Resource not found for the segment")
        return int(text)


@dataclass(slots=True)
class Answer(crm_server.Answer):
    """An answer that may come late."""

    delay: float = 0.0


@dataclass(slots=True)
class Tenant:
    """What the handlers work on."""

    settings: Settings
    state: State


Handler = Callable[[Tenant, Call], Answer]
# (method, first segment in lower case, number of segments) → handler
Routes = dict[tuple[str, str, int], Handler]


def listing(tenant: Tenant, call: Call, rows: Sequence[Row], entity: str) -> Answer:
    try:
        body = answer_list(
            rows,
            _filtered_as_the_tenant_does(tenant.settings, call.query),
            url=call.url,
            context=f"{METADATA}#{entity}",
            cap=tenant.settings.page_cap,
        )
    except ODataError as exc:
        raise SpotterError(400, str(exc)) from None
    return Answer(200, body)


def _filtered_as_the_tenant_does(settings: Settings, query: Mapping[str, str]) -> Mapping[str, str]:
    """The query, with comparisons other than of equality taken, refused or overlooked."""
    if settings.range_filters == "works" or not _RANGE.search(query.get("$filter", "")):
        return query
    if settings.range_filters == "rejected":
        raise ODataError("A comparison is not supported on this property")
    return {name: value for name, value in query.items() if name != "$filter"}


def created(value: int, *, status: int = 201) -> Answer:
    """A created or changed id comes bare, not as an object (trap S3)."""
    return Answer(status, {"@odata.context": f"{METADATA}#Edm.Int32", "value": value})


def failure(settings: Settings, status: int, message: str) -> Answer:
    """An error as the tenant words it (trap S20)."""
    if settings.error_body == "html":
        page = f"<html><body><h1>{status}</h1></body></html>"
        return Answer(status, text=page, content_type="text/html")
    if settings.error_body == "empty":
        return Answer(status)
    return Answer(status, {"error": {"message": message}})


def dispatch(routes: Routes, tenant: Tenant, call: Call) -> tuple[str, Answer]:
    """The operation's name (for the ledger) and its answer."""
    handler = routes.get((call.method, call.parts[0], len(call.parts)))
    if handler is None:
        message = f"Resource not found for the segment '{call.parts[0]}'."
        return "", failure(tenant.settings, 404, message)
    name = handler.__name__
    try:
        return name, handler(tenant, call)
    except SpotterError as exc:
        return name, failure(tenant.settings, exc.status, exc.message)

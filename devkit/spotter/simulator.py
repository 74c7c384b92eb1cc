"""The whole simulator without its web server: the parts, and one request's way through them."""

from __future__ import annotations

import hmac
import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.spotter import api_catalog, api_leads, api_persons, api_sales
from devkit.spotter.calls import Answer, Call, Routes, Tenant, dispatch, failure
from devkit.spotter.faults import Fault, Faults
from devkit.spotter.leads import BINDING_ERROR
from devkit.spotter.ledger import Entry, Ledger
from devkit.spotter.limits import Quota, refusal
from devkit.spotter.settings import Settings
from devkit.spotter.state import State, Write
from devkit.spotter.store import Store
from devkit.spotter.webhooks import Webhooks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ROUTES: Routes = {
    **api_leads.ROUTES,
    **api_persons.ROUTES,
    **api_sales.ROUTES,
    **api_catalog.ROUTES,
}
_HINT_HEADERS = ("idempotency-key", "x-idempotency-key", "x-request-id", "x-correlation-id")
_RUBBISH = '{"@odata.context": "https://api.exactspot'


@dataclass(slots=True)
class Incoming:
    """One HTTP request to the API; ``path`` is what follows the version."""

    method: str
    path: str
    query: Mapping[str, str]
    query_text: str
    headers: Mapping[str, str]
    body: str
    url: str


@dataclass(slots=True)
class Outcome:
    """``answer`` None: end the connection without a word."""

    answer: Answer | None
    entry: Entry


class Simulator:
    """One tenant with its ledger, quota, faults and webhooks."""

    def __init__(
        self, settings: Settings | None = None, *, path: Path | None = None, seed: int = 7
    ) -> None:
        self.settings = settings or Settings()
        self.store = Store(path)
        self.ledger = Ledger(self.store)
        self.state = State(self.settings, self.store)
        self.tenant = Tenant(self.settings, self.state)
        self.faults = Faults()
        self.quota = Quota(self.settings)
        self.rng = random.Random(seed)
        self.webhooks = Webhooks(self.state, self.settings, self.rng)
        self._current: Entry | None = None
        self.state.observers += [self._note_write, self.webhooks.on_write]

    def reset(self) -> None:
        """Forget all records, the ledger and the faults; settings and webhook URLs stay."""
        self.state.reset()
        self.ledger.clear()
        self.faults.pending.clear()
        self.quota = Quota(self.settings)

    def _note_write(self, write: Write) -> None:
        entry = Entry(
            "write",
            operation=write.operation,
            actor=write.actor,
            lead_id=write.lead_id,
            person_id=write.person_id,
            changed=write.changed,
            request=self._current.seq if self._current else None,
            applied=True,
        )
        self.ledger.open(entry)
        if self._current is not None:
            self._current.applied = True
            self._current.lead_id = write.lead_id
            self._current.changed = write.changed

    def arrive(self, incoming: Incoming) -> tuple[Entry, Fault | None]:
        """Note the request in the ledger and pick the fault meant for it."""
        hints = {
            name.lower(): value
            for name, value in incoming.headers.items()
            if name.lower() in _HINT_HEADERS
        }
        entry = self.ledger.open(
            Entry(
                "request",
                method=incoming.method,
                path="/" + incoming.path,
                query=incoming.query_text,
                hints={**hints, **_body_hints(incoming.body)},
            )
        )
        fault = self.faults.take(incoming.method, incoming.path, incoming.body)
        if fault is not None:
            entry.fault = f"{fault.action} {fault.when}"
        return entry, fault

    def process(self, incoming: Incoming, entry: Entry, fault: Fault | None) -> Outcome:
        """Answer the request; delays are left to the caller."""
        answer: Answer | None
        if fault is not None and fault.when == "before" and fault.action != "delay":
            answer = _faulty(fault, self.settings, None)
        else:
            answer = self._serve(incoming, entry)
            if fault is not None and fault.when == "after" and fault.action != "delay":
                answer = _faulty(fault, self.settings, answer)
        entry.status = answer.status if answer else None
        self.ledger.close(entry)
        return Outcome(answer, entry)

    def _serve(self, incoming: Incoming, entry: Entry) -> Answer:
        token = incoming.headers.get("token_exact", "")
        if not hmac.compare_digest(token.encode(), self.settings.token.encode()):
            return failure(self.settings, 401, "Unauthorized")
        wait = self.quota.take()
        if wait > 0:
            status, headers, page = refusal(self.settings, wait)
            if page is not None:
                return Answer(status, text=page, content_type="text/html", headers=headers)
            answer = failure(self.settings, status, "Too many requests")
            answer.headers.update(headers)
            return answer
        parts = [part for part in incoming.path.split("/") if part]
        if not parts:
            return failure(self.settings, 404, "Resource not found")
        try:
            body = json.loads(incoming.body) if incoming.body else None
        except ValueError:
            return failure(self.settings, 400, BINDING_ERROR)
        call = Call(
            incoming.method, [parts[0].lower(), *parts[1:]], incoming.query, body, incoming.url
        )
        self._current = entry
        try:
            entry.operation, answer = dispatch(ROUTES, self.tenant, call)
        finally:
            self._current = None
        return answer


def _faulty(fault: Fault, settings: Settings, answer: Answer | None) -> Answer | None:
    """What a fault makes of the answer: a success keeps its status for html, garbage and empty."""
    status = answer.status if answer else 200
    if fault.action == "drop":
        return None
    if fault.action == "html":
        page = "<html><body>Service temporarily unavailable</body></html>"
        return Answer(status, text=page, content_type="text/html")
    if fault.action == "garbage":
        return Answer(status, text=_RUBBISH)
    if fault.action == "no_rows":
        return Answer(status, {"value": []})
    if fault.action == "empty":
        return Answer(status)
    return failure(settings, fault.status, "An error has occurred")


def _body_hints(text: str) -> dict[str, str]:
    """What in a body names the record: tax id and client code."""
    try:
        body: Any = json.loads(text) if text else None
    except ValueError:
        return {}
    lead = body.get("lead") if isinstance(body, dict) else None
    if not isinstance(lead, dict):
        return {}
    hints = {}
    if isinstance(lead.get("cpfcnpj"), str):
        hints["cpfcnpj"] = lead["cpfcnpj"]
    for item in lead.get("customFields") or []:
        if isinstance(item, dict) and item.get("id") == "_cod.cliente":
            hints["_cod.cliente"] = str(item.get("value"))
    return hints

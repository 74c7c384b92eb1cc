"""The whole simulator without its web server: the parts, and one request's way through them."""

from __future__ import annotations

import hmac
import json
import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from devkit.crm_server import Answer
from devkit.hubspot.api import Account, Call, dispatch, error_body
from devkit.hubspot.limits import Limits
from devkit.hubspot.schema import ApiError
from devkit.hubspot.settings import Settings
from devkit.hubspot.state import State, Write
from devkit.hubspot.webhooks import Webhooks
from devkit.spotter.faults import Fault, Faults
from devkit.spotter.ledger import Entry, Ledger
from devkit.spotter.store import Store


@dataclass(slots=True)
class HubSpotFault(Fault):
    """A fault with what this CRM says beside the status."""

    retry_after: str = ""
    policy: str = ""
    message: str = "An error has occurred"
    category: str = ""


class HubSpotFaults(Faults):
    """Faults on order, as the other simulator has them."""

    def add(self, body: Mapping[str, Any]) -> Fault:
        fault = HubSpotFault(**body)
        self.pending.append(fault)
        return fault


class HubSpotLedger(Ledger):
    """The ground truth of the tests, with this CRM's sums."""

    def summary(self, *, since: int = 0) -> dict[str, Any]:
        entries = self.entries[since:]
        requests = [e for e in entries if e.kind == "request"]
        writes = [e for e in entries if e.kind == "write"]
        creates: defaultdict[str, list[int | None]] = defaultdict(list)
        for write in writes:
            taxid = next((c.new for c in write.changed if c.field == "erp_taxid"), None)
            if write.operation == "companies.creation" and taxid:
                creates[str(taxid)].append(write.lead_id)
        return {
            "requests": len(requests),
            "requests_by_status": dict(Counter(str(e.status) for e in requests)),
            "requests_by_operation": dict(Counter(e.operation or e.path for e in requests)),
            "writes": len(writes),
            "writes_by_operation": dict(Counter(f"{e.actor}:{e.operation}" for e in writes)),
            "doubled_creates": {tax: ids for tax, ids in creates.items() if len(ids) > 1},
            "last_seq": len(self.entries),
        }


@dataclass(slots=True)
class Incoming:
    """One HTTP request to the API."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: str


class Simulator:
    """One account with its ledger, limits, faults and webhooks."""

    def __init__(self, settings: Settings | None = None, *, seed: int = 7) -> None:
        self.settings = settings or Settings()
        self.state = State(self.settings)
        self.account = Account(self.settings, self.state)
        self.ledger = HubSpotLedger(Store(None))
        self.faults = HubSpotFaults()
        self.limits = Limits(self.settings)
        self.webhooks = Webhooks(self.settings, random.Random(seed))
        self._current: Entry | None = None
        self.state.observers += [self._note_write, self.webhooks.on_write]

    def _note_write(self, write: Write) -> None:
        record = write.record
        is_company = record.kind == "companies"
        entry = Entry(
            "write",
            operation=f"{record.kind}.{write.event}",
            actor=write.actor,
            lead_id=record.id if is_company else None,
            person_id=None if is_company else record.id,
            changed=write.changed,
            request=self._current.seq if self._current else None,
            applied=True,
        )
        self.ledger.open(entry)
        if self._current is not None:
            self._current.applied = True

    def arrive(self, incoming: Incoming) -> tuple[Entry, Fault | None]:
        """Note the request in the ledger and pick the fault meant for it."""
        entry = self.ledger.open(Entry("request", method=incoming.method, path="/" + incoming.path))
        fault = self.faults.take(incoming.method, incoming.path, incoming.body)
        if fault is not None:
            entry.fault = f"{fault.action} {fault.when}"
        return entry, fault

    def process(self, incoming: Incoming, entry: Entry, fault: Fault | None) -> Answer | None:
        """Answer the request; None: end the connection without a word."""
        answer: Answer | None
        if fault is not None and fault.when == "before" and fault.action != "delay":
            answer = self._faulty(fault, 200)
        else:
            answer = self._serve(incoming, entry)
            if fault is not None and fault.when == "after" and fault.action != "delay":
                answer = self._faulty(fault, answer.status)
        entry.status = answer.status if answer else None
        self.ledger.close(entry)
        return answer

    def _serve(self, incoming: Incoming, entry: Entry) -> Answer:
        is_search = incoming.path.endswith("/search")
        try:
            self._authenticate(incoming)
            self.limits.take(is_search=is_search)
            answer = self._dispatch(incoming, entry)
        except ApiError as exc:
            answer = self._refusal(exc)
        answer.headers |= self.limits.headers(is_search=is_search)
        return answer

    def _authenticate(self, incoming: Incoming) -> None:
        given = incoming.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self.settings.token}".encode()):
            raise ApiError(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")

    def _dispatch(self, incoming: Incoming, entry: Entry) -> Answer:
        try:
            body = json.loads(incoming.body) if incoming.body else None
        except ValueError:
            raise ApiError(400, "VALIDATION_ERROR", "Invalid input JSON") from None
        self._current = entry
        try:
            entry.operation, answer = dispatch(
                self.account, incoming.method, incoming.path, Call(incoming.query, body)
            )
        finally:
            self._current = None
        return answer

    def _refusal(self, exc: ApiError) -> Answer:
        return Answer(exc.status, error_body(self.settings, exc), headers=dict(exc.headers))

    def _faulty(self, fault: Fault, status: int) -> Answer | None:
        match fault.action:
            case "drop":
                return None
            case "html":
                return Answer(
                    status, text="<html><body>Wait</body></html>", content_type="text/html"
                )
            case "garbage":
                return Answer(status, text='{"results": [{"id": "3')
            case "empty":
                return Answer(status)
        assert isinstance(fault, HubSpotFault)
        exc = ApiError(fault.status, fault.category, fault.message, policy=fault.policy)
        if fault.retry_after:
            exc.headers["Retry-After"] = fault.retry_after
        return self._refusal(exc)

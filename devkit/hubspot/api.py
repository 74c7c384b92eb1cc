"""The calls of the API: what comes in, what goes out."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from devkit.crm_server import Answer
from devkit.hubspot.schema import SCHEMA, ApiError

if TYPE_CHECKING:
    from devkit.hubspot.settings import Settings
    from devkit.hubspot.state import Record, State

MAX_BATCH = 100
MAX_LIST_PAGE = 100
MAX_SEARCH_PAGE = 200
MODIFIED = "hs_lastmodifieddate"


@dataclass(slots=True)
class Account:
    """What the handlers work on."""

    settings: Settings
    state: State


@dataclass(slots=True)
class Call:
    query: Mapping[str, str]
    body: Any

    def members(self) -> dict[str, Any]:
        if not isinstance(self.body, dict):
            raise ApiError(400, "VALIDATION_ERROR", "Invalid input JSON")
        return self.body

    def inputs(self) -> list[dict[str, Any]]:
        inputs = self.members().get("inputs")
        if not isinstance(inputs, list) or not all(isinstance(item, dict) for item in inputs):
            raise ApiError(400, "VALIDATION_ERROR", "Invalid input JSON: inputs")
        if not 1 <= len(inputs) <= MAX_BATCH:
            raise ApiError(400, "VALIDATION_ERROR", f"The maximum number of inputs is {MAX_BATCH}")
        return inputs

    def names(self) -> list[str]:
        if isinstance(self.body, dict):
            return [str(name) for name in self.body.get("properties") or ()]
        return [name for name in self.query.get("properties", "").split(",") if name]


Handler = Callable[..., Answer]


def read_one(account: Account, call: Call, kind: str, number: str) -> Answer:
    return Answer(200, account.state.get(kind, number).shown(call.names()))


def list_page(account: Account, call: Call, kind: str) -> Answer:
    limit = int(call.query.get("limit", "10"))
    if not 1 <= limit <= MAX_LIST_PAGE:
        raise ApiError(400, "VALIDATION_ERROR", f"limit must be at most {MAX_LIST_PAGE}")
    return _page(account, call, account.state.live(kind), limit)


def search(account: Account, call: Call, kind: str) -> Answer:
    """Filter groups are alternatives, filters within one hold together."""
    members = call.members()
    limit = int(members.get("limit", 10))
    if not 1 <= limit <= MAX_SEARCH_PAGE:
        raise ApiError(400, "VALIDATION_ERROR", f"limit must be at most {MAX_SEARCH_PAGE}")
    groups = members.get("filterGroups") or []
    rows = [
        record
        for record in account.state.indexed(kind)
        if not groups or any(_fits(kind, record, group) for group in groups)
    ]
    answer = _page(account, call, rows, limit)
    answer.body["total"] = len(rows)
    return answer


def _fits(kind: str, record: Record, group: Mapping[str, Any]) -> bool:
    for condition in group.get("filters") or ():
        name, operator = condition.get("propertyName"), condition.get("operator")
        if name == MODIFIED and operator == "GTE":
            # milliseconds since 1970, as for all times in searches
            if record.updated.timestamp() * 1000 < int(condition["value"]):
                return False
            continue
        if name not in SCHEMA[kind]:
            raise ApiError(400, "VALIDATION_ERROR", f"There was a problem with {name}")
        value = record.properties.get(name) or ""
        match operator:
            case "EQ":
                fits = value == str(condition.get("value"))
            case "IN":
                # the real one wants the values in lower case, or finds nothing
                fits = value.casefold() in {str(v) for v in condition["values"]}
            case "HAS_PROPERTY":
                fits = bool(value)
            case "NOT_HAS_PROPERTY":
                fits = not value
            case _:
                raise ApiError(400, "VALIDATION_ERROR", f"operator {operator} is not simulated")
        if not fits:
            return False
    return True


def _page(account: Account, call: Call, rows: list[Record], limit: int) -> Answer:
    source = call.body if isinstance(call.body, dict) else call.query
    start = int(source.get("after") or 0)
    cap = account.settings.search_cap
    if isinstance(call.body, dict) and start + limit > cap:
        raise ApiError(400, "VALIDATION_ERROR", f"paging beyond {cap} results is not possible")
    names = call.names()
    body: dict[str, Any] = {
        "results": [record.shown(names) for record in rows[start : start + limit]]
    }
    if start + limit < len(rows):
        body["paging"] = {"next": {"after": str(start + limit)}}
    return Answer(200, body)


def batch_read(account: Account, call: Call, kind: str) -> Answer:
    """Absent objects are errors of the answer, which is a 207 then."""
    name = call.members().get("idProperty")
    found, absent = [], []
    for item in call.inputs():
        try:
            record = (
                account.state.by_property(kind, name, str(item["id"]))
                if name
                else account.state.get(kind, item["id"])
            )
        except ApiError as exc:
            if exc.status != 404:
                raise
            record = None
        if record is None:
            absent.append(str(item["id"]))
        else:
            found.append(record.shown(call.names()))
    if not absent:
        return _batch(200, found, [])
    error = {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": f"Could not get some {kind.upper()} objects, they may be deleted or not exist.",
        "context": {"ids": absent},
    }
    return _batch(207, found, [error])


def batch_upsert(account: Account, call: Call, kind: str) -> Answer:
    def write(item: Mapping[str, Any]) -> dict[str, Any]:
        name = str(item.get("idProperty") or "")
        key = str(item["id"])
        properties = {**(item.get("properties") or {}), name: key}
        record = account.state.by_property(kind, name, key)
        if record is None:
            record = account.state.create(kind, properties, actor="api")
            return {**record.shown([name]), "new": True}
        account.state.update(record, properties, actor="api")
        return {**record.shown([name]), "new": False}

    return _write_all(account, call, write)


def batch_update(account: Account, call: Call, kind: str) -> Answer:
    def write(item: Mapping[str, Any]) -> dict[str, Any]:
        record = account.state.get(kind, item["id"])
        account.state.update(record, item.get("properties"), actor="api")
        return record.shown(list(item.get("properties") or ()))

    return _write_all(account, call, write)


def batch_archive(account: Account, call: Call, kind: str) -> Answer:
    for item in call.inputs():
        account.state.archive(kind, item["id"], actor="api")
    return Answer(204)


def associate(account: Account, _call: Call, contact: str, company: str) -> Answer:
    account.state.link(contact, company)
    return Answer(200, {"status": "COMPLETE", "results": [{"from": {"id": contact}}]})


def associations(account: Account, _call: Call, company: str) -> Answer:
    number = account.state.get("companies", company).id
    rows = [{"toObjectId": record.id} for record in account.state.contacts_of(number)]
    return Answer(200, {"results": rows})


Write = Callable[[Mapping[str, Any]], dict[str, Any]]


def _write_all(account: Account, call: Call, write: Write) -> Answer:
    inputs = call.inputs()
    keys = [str(item.get("id")) for item in inputs]
    if len(set(keys)) != len(keys):
        raise ApiError(400, "VALIDATION_ERROR", "Duplicate IDs found in batch input")
    is_whole = account.settings.batch_errors == "whole"
    if is_whole:
        _rehearse(account, inputs, write)
    results, errors = [], []
    for item in inputs:
        try:
            row = write(item)
        except ApiError as exc:
            errors.append(_item_error(account.settings, item, exc))
            continue
        if item.get("objectWriteTraceId"):
            row["objectWriteTraceId"] = item["objectWriteTraceId"]
        results.append(row)
    return _batch(207 if errors else 200, results, errors)


def _rehearse(account: Account, inputs: list[dict[str, Any]], write: Write) -> None:
    """Raise the first error before anything is kept: try on a copy, then put back what was."""
    state = account.state
    observers, state.observers = state.observers, []
    before = {
        kind: {number: (record, dict(record.properties)) for number, record in records.items()}
        for kind, records in state.records.items()
    }
    counters = dict(state._next)
    try:
        for item in inputs:
            write(item)
    finally:
        for kind, records in before.items():
            state.records[kind] = {number: record for number, (record, _) in records.items()}
            for record, properties in records.values():
                record.properties = properties
        state._next = counters
        state.observers = observers


def _item_error(settings: Settings, item: Mapping[str, Any], exc: ApiError) -> dict[str, Any]:
    trace = item.get("objectWriteTraceId")
    context: dict[str, list[str]] = {}
    if settings.error_context == "trace" and trace:
        context = {"objectWriteTraceId": [str(trace)]}
    elif settings.error_context != "none":
        context = {"ids": [str(item["id"])]}
    body = error_body(settings, exc)
    if context and body is not None:
        body["context"] = context
    return body or {}


def _batch(status: int, results: list[dict[str, Any]], errors: list[dict[str, Any]]) -> Answer:
    body: dict[str, Any] = {
        "status": "COMPLETE",
        "results": results,
        "startedAt": "2026-11-24T00:00:00.000Z",
        "completedAt": "2026-11-24T00:00:00.000Z",
    }
    if errors:
        body |= {"numErrors": len(errors), "errors": errors}
    return Answer(status, body)


def error_body(settings: Settings, exc: ApiError) -> dict[str, Any] | None:
    """Every field is optional in the real API; how much is there is a setting."""
    if settings.error_body == "empty":
        return None
    if settings.error_body == "message":
        return {"message": exc.message}
    body: dict[str, Any] = {
        "status": "error",
        "message": exc.message,
        "category": exc.category,
        "correlationId": str(uuid.UUID(int=exc.status)),
    }
    if exc.context:
        body["context"] = exc.context
    if exc.policy:
        body |= {"errorType": "RATE_LIMIT", "policyName": exc.policy}
    return body


_KIND = r"(?P<kind>companies|contacts)"
ROUTES: tuple[tuple[str, re.Pattern[str], Handler], ...] = tuple(
    (method, re.compile(pattern), handler)
    for method, pattern, handler in (
        ("GET", rf"crm/v3/objects/{_KIND}", list_page),
        ("POST", rf"crm/v3/objects/{_KIND}/search", search),
        ("POST", rf"crm/v3/objects/{_KIND}/batch/read", batch_read),
        ("POST", rf"crm/v3/objects/{_KIND}/batch/upsert", batch_upsert),
        ("POST", rf"crm/v3/objects/{_KIND}/batch/update", batch_update),
        ("POST", rf"crm/v3/objects/{_KIND}/batch/archive", batch_archive),
        ("GET", rf"crm/v3/objects/{_KIND}/(?P<number>[^/]+)", read_one),
        (
            "PUT",
            r"crm/v4/objects/contacts/(?P<contact>[^/]+)/associations/default/companies/(?P<company>[^/]+)",
            associate,
        ),
        ("GET", r"crm/v4/objects/companies/(?P<company>[^/]+)/associations/contacts", associations),
    )
)


def dispatch(account: Account, method: str, path: str, call: Call) -> tuple[str, Answer]:
    """The operation's name (for the ledger) and its answer."""
    for verb, pattern, handler in ROUTES:
        found = pattern.fullmatch(path) if verb == method else None
        if found is not None:
            return handler.__name__, handler(account, call, **found.groupdict())
    raise ApiError(404, "OBJECT_NOT_FOUND", "No such resource")

"""Writes of one kind of HubSpot's objects, in batches, judged item by item."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final

from bridge.crm.adapter import judge_refusal
from bridge.crm.batching import Batcher, BatchItem, Judged
from bridge.crm.client import Call, Reply
from bridge.crm.policy import CrmPolicy, error_text
from bridge.domain.changes import CallMeter, CrmId, ItemKind, ItemResult, ReasonClass
from bridge.errors import CrmRefused

__all__ = ["ObjectWriter", "describe", "rows_of"]

# What an item's error would be as the status of a call: by its category, else by its text. What is
# in neither list says nothing of what was done.
_STATUS: Final[Mapping[str, int]] = {
    "VALIDATION_ERROR": 400,
    "BAD_REQUEST": 400,
    "MISSING_SCOPES": 403,
    "OBJECT_NOT_FOUND": 404,
    "CONFLICT": 409,
    "RATE_LIMITS": 429,
}
_TEXTS: Final[Sequence[tuple[re.Pattern[str], int]]] = (
    (re.compile("already exists|already has that value", re.IGNORECASE), 409),
    (re.compile("not valid|not one of the allowed", re.IGNORECASE), 400),
    (re.compile("not found|may be deleted or not exist", re.IGNORECASE), 404),
)
_NOT_KNOWN: Final = 500
_ANSWERED: Final = frozenset({200, 201, 207})
_DETAIL_LENGTH: Final = 200

Row = Mapping[str, Any]


class ObjectWriter:
    """Upserts, updates and archives objects of one kind; concurrent ones share their calls."""

    def __init__(
        self,
        policy: CrmPolicy,
        *,
        kind: str,
        id_property: str,
        limit: int,
        linger_seconds: float,
    ) -> None:
        self._policy = policy
        self._path = f"/crm/v3/objects/{kind}/batch"
        self._id_property = id_property

        def spawn(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
            return policy.spawn(work, name=f"crm-batch-{kind}")

        self._upserts, self._updates, self._archives = (
            Batcher(send, spawn=spawn, limit=limit, linger_seconds=linger_seconds)
            for send in (self._send_upserts, self._send_updates, self._send_archives)
        )

    async def upsert(
        self, key: str, properties: Mapping[str, str], *, trace: str, meter: CallMeter
    ) -> ItemResult:
        """Create the object with this key, or write the one that is there."""
        item = {
            "idProperty": self._id_property,
            "id": key,
            "objectWriteTraceId": trace,
            "properties": {**properties, self._id_property: key},
        }
        return await self._upserts.submit(key, item, meter)

    async def update(
        self,
        crm_id: CrmId,
        properties: Mapping[str, str],
        *,
        key: str,
        trace: str,
        meter: CallMeter,
    ) -> ItemResult:
        """Write an object by its id; unlike an upsert it never brings an archived one back."""
        item = {"id": str(crm_id), "objectWriteTraceId": trace, "properties": dict(properties)}
        return await self._updates.submit(key, item, meter)

    async def archive(self, crm_id: CrmId, meter: CallMeter) -> ItemResult:
        """Archive an object; one that is not there is archived as well."""
        return await self._archives.submit(str(crm_id), {"id": str(crm_id)}, meter)

    # ----------------------------------------------------------------- calls

    async def _send_upserts(
        self, take: Callable[[], Sequence[BatchItem]], meter: CallMeter
    ) -> Judged | ItemResult:
        return await self._send("upsert", take, meter)

    async def _send_updates(
        self, take: Callable[[], Sequence[BatchItem]], meter: CallMeter
    ) -> Judged | ItemResult:
        return await self._send("update", take, meter)

    async def _send(
        self, verb: str, take: Callable[[], Sequence[BatchItem]], meter: CallMeter
    ) -> Judged | ItemResult:
        sent: list[BatchItem] = []
        reply = await self._policy.send(self._call(verb, take, sent, _ANSWERED), meter)
        if not isinstance(reply.json(), Mapping):
            return ItemResult(
                kind=ItemKind.UNKNOWN,
                http_status=reply.status,
                reason=ReasonClass.UNREADABLE,
                detail="the answer to a batch cannot be read",
            )
        return self._judge(sent, reply)

    async def _send_archives(
        self, take: Callable[[], Sequence[BatchItem]], meter: CallMeter
    ) -> Judged | ItemResult:
        sent: list[BatchItem] = []
        expect = frozenset({200, 204})
        reply = await self._policy.send(self._call("archive", take, sent, expect), meter)
        return ItemResult(kind=ItemKind.UPDATED, http_status=reply.status)

    def _call(
        self,
        verb: str,
        take: Callable[[], Sequence[BatchItem]],
        sent: list[BatchItem],
        expect: frozenset[int],
    ) -> Call:
        def body() -> dict[str, Any]:
            sent[:] = take()
            return {"inputs": [item.input for item in sent]}

        return Call(method="POST", path=f"{self._path}/{verb}", body=body, expect=expect)

    # ----------------------------------------------------------------- answers

    def _judge(self, sent: Sequence[BatchItem], reply: Reply) -> Judged:
        """Give each item what the answer says of it, and only that.

        An item that is neither among the results nor among the errors, while errors are left that
        name nobody, is asked for alone; without such errors its outcome is unknown.
        """
        results: list[tuple[BatchItem, ItemResult]] = []
        done = self._index(rows_of(reply))
        named, nameless = _errors(reply)
        left: list[BatchItem] = []
        for item in sent:
            row = _first(done, _names(item))
            error = _first(named, _names(item))
            if row is not None:
                results.append((item, _written(row, reply.status)))
            elif error is not None:
                results.append((item, self._refusal(error)))
            else:
                left.append(item)
        if left and nameless and len(sent) > 1:
            return Judged(results=results, alone=left)
        for item in left:
            # Alone in its call: what names nobody can only mean this one.
            verdict = self._refusal(nameless[0]) if nameless else _unanswered(reply.status)
            results.append((item, verdict))
        return Judged(results=results)

    def _index(self, rows: Sequence[Row]) -> dict[str, Row]:
        found: dict[str, Row] = {}
        for row in rows:
            properties = row.get("properties")
            key = properties.get(self._id_property) if isinstance(properties, Mapping) else None
            for name in (row.get("objectWriteTraceId"), row.get("id"), key):
                if name:
                    found.setdefault(str(name), row)
        return found

    def _refusal(self, error: Row) -> ItemResult:
        text = _described(error)
        status = _status_of(error, text)
        reason = self._policy.classify(status, text)
        return judge_refusal(
            CrmRefused(status=status, reason_class=reason.value, detail=_short(error, text))
        )


def rows_of(reply: Reply) -> list[Row]:
    """Return the results of an answer.

    Raises:
        CrmRefused: it has none, not even an empty list.
    """
    data = reply.json()
    rows = data.get("results") if isinstance(data, Mapping) else None
    if not isinstance(rows, list):
        raise CrmRefused(
            status=reply.status,
            reason_class=ReasonClass.UNREADABLE.value,
            detail="the answer holds no results",
        )
    return [row for row in rows if isinstance(row, Mapping)]


def describe(reply: Reply) -> str:
    """Return the text by which a refusal is classified and told: whatever of it is there."""
    data = None if reply.is_html else reply.json()
    text = _described(data) if isinstance(data, Mapping) else ""
    return text[:_DETAIL_LENGTH] or error_text(reply)


def _described(error: Row) -> str:
    names = ("policyName", "category", "subCategory", "message")
    parts = [text for name in names if isinstance(text := error.get(name), str) and text]
    return ": ".join(parts)


def _status_of(error: Row, text: str) -> int:
    by_category = _STATUS.get(str(error.get("category") or ""))
    if by_category is not None:
        return by_category
    return next((status for pattern, status in _TEXTS if pattern.search(text)), _NOT_KNOWN)


def _short(error: Row, text: str) -> str:
    message = error.get("message")
    return (message if isinstance(message, str) and message else text or "no text")[:_DETAIL_LENGTH]


def _errors(reply: Reply) -> tuple[dict[str, Row], list[Row]]:
    """Return the errors by the items that they name, and those that name none."""
    data = reply.json()
    errors = data.get("errors") if isinstance(data, Mapping) else None
    named: dict[str, Row] = {}
    nameless: list[Row] = []
    for error in errors if isinstance(errors, list) else ():
        if not isinstance(error, Mapping):
            continue
        context = error.get("context")
        names = [
            str(name)
            for values in (context.values() if isinstance(context, Mapping) else ())
            for name in (values if isinstance(values, list) else [values])
        ]
        for name in names:
            named.setdefault(name, error)
        if not names:
            nameless.append(error)
    return named, nameless


def _names(item: BatchItem) -> tuple[str, ...]:
    return str(item.input.get("objectWriteTraceId", "")), str(item.input["id"])


def _first(found: Mapping[str, Row], names: Sequence[str]) -> Row | None:
    return next((found[name] for name in names if name in found), None)


def _written(row: Row, status: int) -> ItemResult:
    text = str(row.get("id") or "")
    if not (text.isascii() and text.isdigit()):
        return ItemResult(
            kind=ItemKind.UNKNOWN,
            http_status=status,
            reason=ReasonClass.UNREADABLE,
            detail="the answer to a write holds no id",
        )
    kind = ItemKind.CREATED if row.get("new") is True else ItemKind.UPDATED
    return ItemResult(kind=kind, crm_id=CrmId(int(text)), http_status=status)


def _unanswered(status: int) -> ItemResult:
    return ItemResult(
        kind=ItemKind.UNKNOWN,
        http_status=status,
        reason=ReasonClass.UNKNOWN_OUTCOME,
        detail="the answer to a batch does not speak of this item",
    )

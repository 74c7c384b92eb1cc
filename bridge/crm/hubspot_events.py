"""Takes HubSpot's webhooks apart: an array of thin events, each of which is a hint of its own.

An event tells who made the change. What our own app wrote is noted as such beside the event, with
the value that it shows, so that the database can tell an echo without a call; what anybody else
wrote is never taken for one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

import orjson

from bridge.crm.hubspot_fields import DISCARDED, STAGE, CompanyMapper
from bridge.domain.changes import CrmId, EventType, InboundEvent
from bridge.domain.identifiers import clean_text
from bridge.domain.shown import MAX_LEAD_ID, shown_json

__all__ = ["EventReader"]

_COMPANY: Final = "company"
_COMPANY_TYPE_ID: Final = "0-2"
_GONE: Final = frozenset({"deletion", "privacyDeletion"})
_OURS: Final = frozenset({"INTEGRATION", "INTEGRATIONS_PLATFORM", "API"})
# What makes an event the same one when it comes again; ids of events alone are not unique.
_IDENTITY: Final = (
    "portalId", "eventId", "subscriptionId", "subscriptionType", "objectId", "occurredAt",
    "propertyName",
)  # fmt: skip
_BLANKS: Final = " \t\r\n"


class EventReader:
    """Reads the events of a body.

    Example::

        events = EventReader(mapper, app_id="54321").read(body)
    """

    def __init__(self, mapper: CompanyMapper, *, app_id: str) -> None:
        self._mapper = mapper
        self._app_id = app_id

    def read(self, body: bytes) -> list[InboundEvent] | None:
        """Return the events about companies, each with its own part of the body; None when malformed.

        What is about other objects is left out: contacts of the CRM do not come into the ERP this
        way. An event of a form that nobody knows is kept, for a person.
        """
        try:
            document = orjson.loads(body)
        except orjson.JSONDecodeError:
            return None
        if not isinstance(document, list):
            return None
        try:
            elements = _elements(body.decode())
        except RecursionError:
            return None
        events = []
        for raw, event in elements:
            if not isinstance(event, Mapping):
                events.append(_unknown(raw))
            elif _is_of_companies(event):
                events.append(self._event(raw, event))
        return events

    def _event(self, raw: str, event: Mapping[str, Any]) -> InboundEvent:
        return InboundEvent(
            event_type=_type_of(event),
            dedupe_key=_dedupe_key(event),
            crm_id=_object_id(event),
            body=raw.encode(),
            fields=self._compared(event),
        )

    def _compared(self, event: Mapping[str, Any]) -> str | None:
        try:
            return self._shown(event)
        except (TypeError, ValueError, AttributeError, LookupError, RecursionError):
            return None  # a shape that nobody knows: the company is read

    def _shown(self, event: Mapping[str, Any]) -> str | None:
        """Return what our own write shows; None when it is somebody else's, and must be read."""
        is_ours = (
            bool(self._app_id)
            and event.get("changeSource") in _OURS
            and str(event.get("sourceId")) == self._app_id
        )
        verb = _verb(event)
        if not is_ours or verb not in {"creation", "propertyChange"}:
            return None
        shown: dict[str, Any] = {"own_write": "S"}
        if verb == "propertyChange":
            name = event.get("propertyName")
            if not isinstance(name, str):
                return None
            shown |= self._mapper.from_event(name, event.get("propertyValue"))
        return shown_json(shown)


def _elements(text: str) -> list[tuple[str, Any]]:
    """Return the elements of an array, each as it stands in the text and decoded."""
    decoder = json.JSONDecoder()
    place = text.index("[") + 1
    found: list[tuple[str, Any]] = []
    while True:
        while text[place] in _BLANKS or text[place] == ",":
            place += 1
        if text[place] == "]":
            return found
        value, end = decoder.raw_decode(text, place)
        found.append((text[place:end], value))
        place = end


def _verb(event: Mapping[str, Any]) -> str:
    return str(event.get("subscriptionType") or "").partition(".")[2]


def _is_of_companies(event: Mapping[str, Any]) -> bool:
    kind = event.get("subscriptionType")
    if not isinstance(kind, str) or "." not in kind:
        return True  # of a form that nobody knows
    prefix = kind.partition(".")[0]
    return prefix == _COMPANY or (
        prefix == "object"
        and event.get("objectTypeId")
        in (_COMPANY_TYPE_ID, None)  # a tuple: it may be a list or an object
    )


def _type_of(event: Mapping[str, Any]) -> EventType:
    if _verb(event) in _GONE:
        return EventType.LEAD_DISCARDED
    if event.get("propertyName") == STAGE:
        is_lost = clean_text(event.get("propertyValue")) == DISCARDED
        return EventType.LEAD_DISCARDED if is_lost else EventType.LEAD_CONVERTED
    return EventType.LEAD_UPDATED


def _object_id(event: Mapping[str, Any]) -> CrmId | None:
    value = event.get("objectId") or event.get("primaryObjectId")
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < MAX_LEAD_ID:
        return CrmId(value)
    return None


def _dedupe_key(event: Mapping[str, Any]) -> str:
    digest = hashlib.sha256()
    for name in _IDENTITY:
        digest.update(str(event.get(name)).encode("utf-8", "surrogatepass"))
        digest.update(b"\x1f")
    return digest.hexdigest()


def _unknown(raw: str) -> InboundEvent:
    return InboundEvent(
        event_type=EventType.LEAD_UPDATED,
        dedupe_key=hashlib.sha256(raw.encode()).hexdigest(),
        crm_id=None,
        body=raw.encode(),
    )

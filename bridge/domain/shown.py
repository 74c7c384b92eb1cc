"""What a webhook shows, as it is stored beside the body: bounded and typed; pure.

It is compared with what is agreed and never applied. A value that no column could hold is not what is
agreed, and one of another type is no value: either way the lead is read, which needs nothing stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

__all__ = ["MAX_LEAD_ID", "shown_json"]

#: One more than the greatest id that the database's columns hold.
MAX_LEAD_ID: Final = 10**12
_MAX_JSON: Final = 8_000
_MAX_TEXT: Final = 1_000  # characters; above any column of the ERP, below what PL/SQL compares
_MAX_PERSONS: Final = 200


def shown_json(fields: Mapping[str, Any]) -> str | None:
    """Return neutral fields as JSON; None when the lead is to be read, whatever they are.

    Values are texts of at most 1,000 characters, whole numbers, truth values or null; ``contacts``
    is a list of such mappings, each with a ``person_id``, and null when they are too many.
    """
    contacts = fields.get("contacts")
    plain = {name: value for name, value in fields.items() if name != "contacts"}
    if not _is_plain(plain) or not _are_persons(contacts):
        return None
    too_many = contacts is not None and len(contacts) > _MAX_PERSONS
    text = orjson.dumps({**fields, "contacts": None} if too_many else dict(fields)).decode()
    if len(text) > _MAX_JSON and contacts:
        # null says that the persons were there: they are read
        text = orjson.dumps({**fields, "contacts": None}).decode()
    # Oracle's JSON does not hold the character U+0000.
    return None if "\\u0000" in text or len(text) > _MAX_JSON else text


def _are_persons(contacts: Any) -> bool:
    if contacts is None:
        return True
    return isinstance(contacts, list) and all(
        isinstance(person, dict) and _is_id(person.get("person_id")) and _is_plain(person)
        for person in contacts
    )


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < MAX_LEAD_ID


def _is_plain(values: Mapping[str, Any]) -> bool:
    return all(isinstance(name, str) and _is_value(value) for name, value in values.items())


def _is_value(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= _MAX_TEXT
    return value is None or (isinstance(value, int) and abs(value) < 10**18)

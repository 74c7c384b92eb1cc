"""The persons of a lead: the names under which a CRM shows them ↔ the neutral ones; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bridge.domain.changes import ContactSnapshot
from bridge.domain.identifiers import clean_text, normalise_phone

__all__ = ["from_properties", "from_row", "from_webhook"]

# neutral name: name in a row of /Persons
_ROW: Final = {"name": "name", "email": "email", "phone": "phone1", "job_title": "jobTitle"}
# neutral name: name in the body of a webhook, which does not tell the main contact
_SHOWN: Final = {"name": "Name", "email": "Email", "phone": "Phone", "job_title": "Position"}


def from_row(row: Mapping[str, Any], *, ddi: str) -> ContactSnapshot:
    """Return a person as read; ``is_primary`` is 'S' or 'N'.

    Raises:
        ValueError, KeyError, TypeError: the row holds no id.
    """
    fields = _fields(row, _ROW, ddi)
    fields["is_primary"] = "S" if str(row.get("mainContact")).lower() == "true" else "N"
    return ContactSnapshot(person_id=int(row["id"]), fields=fields)


def from_properties(
    person_id: int, found: Mapping[str, Any], names: Mapping[str, str], *, ddi: str
) -> ContactSnapshot:
    """Return a person whose values stand under other names.

    ``names``: neutral name → name in ``found``; ``is_primary`` is 'true' there or anything else.
    """
    fields = _fields(found, {f: name for f, name in names.items() if f != "is_primary"}, ddi)
    is_primary = str(found.get(names["is_primary"])).lower() == "true"
    return ContactSnapshot(
        person_id=person_id, fields={**fields, "is_primary": "S" if is_primary else "N"}
    )


def from_webhook(person: Mapping[str, Any], *, ddi: str) -> dict[str, Any]:
    """Return what a body shows of one person, with ``person_id``.

    Raises:
        ValueError, KeyError, TypeError: it shows no id.
    """
    return {"person_id": int(person["Id"]), **_fields(person, _SHOWN, ddi)}


def _fields(row: Mapping[str, Any], names: Mapping[str, str], ddi: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for field, name in names.items():
        if name not in row:
            continue
        text = clean_text(row[name])
        if field == "email" and text is not None:
            text = text.lower()
        fields[field] = normalise_phone(text, ddi=ddi) if field == "phone" else text
    return fields

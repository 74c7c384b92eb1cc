"""The persons of a lead: the names under which a CRM shows them ↔ the neutral ones; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bridge.domain.changes import ContactSnapshot
from bridge.domain.identifiers import clean_text, digits, normalise_phone

__all__ = ["differing_fields", "from_properties", "from_row", "from_webhook", "main_of"]

# neutral name: name in a row of /Persons
_ROW: Final = {"name": "name", "email": "email", "phone": "phone1", "job_title": "jobTitle"}
# neutral name: name in the body of a webhook, which does not tell the main contact
_SHOWN: Final = {"name": "Name", "email": "Email", "phone": "Phone", "job_title": "Position"}
_FIELDS: Final = ("name", "email", "phone", "job_title", "is_primary")


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


def differing_fields(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> frozenset[str]:
    """Return the fields in which a person as read is not what a contact says."""
    return frozenset(
        name for name in _FIELDS if _form(name, ours.get(name)) != _form(name, theirs.get(name))
    )


def _form(name: str, value: Any) -> Any:
    if name == "is_primary":
        return value == "S"
    return digits(value) if name == "phone" else clean_text(value)


def main_of(persons: Sequence[ContactSnapshot]) -> int | None:
    """Return the id of the only main contact; None when there is none, or several."""
    mains = [person.person_id for person in persons if person.fields.get("is_primary") == "S"]
    return mains[0] if len(mains) == 1 else None


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

"""The neutral field names of the ERP's view ↔ the names under which Spotter writes and reads; pure.

Spotter reads back other names than it takes, and four fields live in custom fields. Whatever is
written must read back as it was, or every delivery would look like a user's edit afterwards: so
each field has one canonical form, applied in both directions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from bridge.domain import persons
from bridge.domain.changes import CrmId, Document, LeadSnapshot
from bridge.domain.identifiers import (
    clean_text,
    normalise_phone,
    normalise_registration,
    normalise_state,
    normalise_taxid,
    normalise_zipcode,
    read_time,
)

__all__ = [
    "ADDRESS_FIELDS",
    "CUSTOM_FIELDS",
    "SHARED_FIELDS",
    "FieldNames",
    "LeadMapper",
]

SHARED_FIELDS: Final = (
    "taxid",
    "name",
    "tax_registration",
    "industry",
    "phone",
    "address_street",
    "address_number",
    "address_complement",
    "address_district",
    "address_zipcode",
    "city",
    "state",
    "sales_rep",
    "financial_analysis",
)
ADDRESS_FIELDS: Final = frozenset(
    {
        "address_street",
        "address_number",
        "address_complement",
        "address_district",
        "address_zipcode",
        "city",
        "state",
    }
)
CUSTOM_FIELDS: Final = frozenset(
    {"client_code", "sales_rep", "tax_registration", "financial_analysis"}
)
# neutral name: (write name, read name)
_PLAIN: Final[dict[str, tuple[str, str]]] = {
    "name": ("name", "lead"),
    "taxid": ("cpfcnpj", "cnpj"),
    "industry": ("industry", "industry"),
    "phone": ("phone", "phone1"),
    "address_street": ("address", "street"),
    "address_number": ("addressNumber", "number"),
    "address_complement": ("addressComplement", "complement"),
    "address_district": ("neighborhood", "district"),
    "address_zipcode": ("zipcode", "cep"),
    "city": ("city", "city"),
    "state": ("state", "state"),
}
# neutral name: (name in the body of a webhook, whether it may stand in the address)
_SHOWN: Final[dict[str, tuple[str, bool]]] = {
    "name": ("Company", False),
    "taxid": ("CpfCnpj", False),
    "industry": ("Industry", False),
    "phone": ("Phone", False),
    "address_street": ("PublicPlaceName", True),
    "address_complement": ("AddAddressInformation", True),
    "address_zipcode": ("ZipCode", True),
    "city": ("City", True),
    "state": ("State", True),
}
_ALL: Final = frozenset(_PLAIN) | CUSTOM_FIELDS


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldNames:
    """What differs from tenant to tenant."""

    sales_rep: str = "_cod.gestores"
    client_code: str = "_cod.cliente"
    tax_registration: str = "_inscricaoestadual"
    financial_analysis: str = "_analisefinanceira"
    exempt_tax_registration: str = "99"
    country: str = "Brasil"
    phone_ddi: str = "55"
    timezone: str = "America/Sao_Paulo"  # of times that name none


class LeadMapper:
    """Translates documents to leads and leads to documents.

    Example::

        mapper = LeadMapper(FieldNames())
        body = mapper.to_lead(change.document, change.changed_fields)
    """

    def __init__(self, names: FieldNames) -> None:
        self._names = names
        self._custom_keys = {
            "client_code": names.client_code,
            "sales_rep": names.sales_rep,
            "tax_registration": names.tax_registration,
            "financial_analysis": names.financial_analysis,
        }
        self._zone = ZoneInfo(names.timezone)

    def to_lead(
        self,
        document: Document,
        fields: Collection[str] | None = None,
        *,
        custom_fields: bool = True,
    ) -> dict[str, Any]:
        """Return the ``lead`` member of a write.

        Args:
            document: the record, under neutral names.
            fields: the fields to send; all when None.
            custom_fields: whether custom fields go into the same write.
        """
        chosen = set(_ALL if fields is None else fields)
        if fields is None and all(document.get(field) is None for field in ADDRESS_FIELDS):
            # Without a state Spotter takes no part of an address, not even an empty one.
            chosen -= ADDRESS_FIELDS
        if chosen & ADDRESS_FIELDS:
            # Spotter refuses any part of an address that comes without state and country.
            chosen.add("state")
        lead: dict[str, Any] = {}
        for field, (write_name, _) in _PLAIN.items():
            if field not in chosen:
                continue
            # Spotter clears a field by an empty text; a null is left out of the binding.
            lead[write_name] = self.canonical(field, document.get(field)) or ""
        if "phone" in lead:
            lead["ddiPhone"] = self._names.phone_ddi
        if "state" in lead:
            lead["country"] = self._names.country
        if custom_fields and chosen & CUSTOM_FIELDS:
            lead["customFields"] = self.to_custom_fields(document, chosen & CUSTOM_FIELDS)
        return lead

    def to_custom_fields(
        self, document: Document, fields: Collection[str] = CUSTOM_FIELDS
    ) -> list[dict[str, Any]]:
        """Return the custom fields of a write: list choices in ``options``, texts in ``value``."""
        items: list[dict[str, Any]] = []
        for field, key in self._custom_keys.items():
            if field not in fields:
                continue
            value = self.canonical(field, document.get(field))
            if field == "sales_rep":
                options = [] if value is None else [{"value": str(value)}]
                items.append({"id": key, "options": options})
            elif field == "tax_registration":
                items.append({"id": key, "value": value or self._names.exempt_tax_registration})
            else:
                items.append({"id": key, "value": "" if value is None else str(value)})
        return items

    def from_lead(
        self, row: Mapping[str, Any], custom_rows: Iterable[Mapping[str, Any]]
    ) -> LeadSnapshot:
        """Return a lead that was read, with its custom field rows, under neutral names."""
        fields: dict[str, Any] = {
            field: self.canonical(field, _unwrap(row.get(read_name)))
            for field, (_, read_name) in _PLAIN.items()
        }
        by_key = {item.get("id"): item for item in custom_rows}
        for field, key in self._custom_keys.items():
            item = by_key.get(key)
            raw = None if item is None else _custom_value(item)
            fields[field] = self.canonical(field, raw)
        return LeadSnapshot(
            crm_id=CrmId(int(row["id"])),
            stage=clean_text(row.get("stage")),
            fields=fields,
            updated_at=read_time(row.get("updateDate"), self._zone),
        )

    def from_webhook(self, lead: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the body of a lead event shows, under neutral names, and its stage.

        A field that the body does not show is absent; number and district never are there.
        ``contacts`` are its persons; absent when the body has no list of them.
        """
        address = lead.get("Address")
        place = {**lead, **address} if isinstance(address, Mapping) else lead
        fields: dict[str, Any] = {"stage": clean_text(lead.get("Stage"))}
        for field, (key, within) in _SHOWN.items():
            source = place if within else lead
            if key in source:
                fields[field] = self.canonical(field, _unwrap(source[key]))
        items = lead.get("CustomFields")
        shown = items if isinstance(items, list) else []
        by_key = {item.get("id"): item for item in shown if isinstance(item, Mapping)}
        for field, key in self._custom_keys.items():
            if key in by_key:
                fields[field] = self.canonical(field, _custom_value(by_key[key]))
        shown_persons = lead.get("Contact")
        if isinstance(shown_persons, list):
            ddi = self._names.phone_ddi
            fields["contacts"] = [persons.from_webhook(item, ddi=ddi) for item in shown_persons]
        return fields

    def differing(self, document: Document, lead: LeadSnapshot) -> frozenset[str]:
        """Return the fields in which a lead is not what the document says."""
        return frozenset(
            field
            for field in (*SHARED_FIELDS, "client_code")
            if self.canonical(field, document.get(field)) != lead.fields.get(field)
        )

    def canonical(self, field: str, value: Any) -> Any:
        """Return a value in the one form in which it is compared."""
        match field:
            case "taxid":
                return normalise_taxid(value)
            case "phone":
                return normalise_phone(value, ddi=self._names.phone_ddi)
            case "address_zipcode":
                return normalise_zipcode(value)
            case "state":
                return normalise_state(value)
            case "tax_registration":
                return normalise_registration(value, exempt=self._names.exempt_tax_registration)
            case "sales_rep" | "client_code":
                return _whole_number(value)
            case _:
                return clean_text(value)


def _unwrap(value: Any) -> Any:
    """Catalogue values read as ``{id, value}``."""
    return value.get("value") if isinstance(value, Mapping) else value


def _custom_value(item: Mapping[str, Any]) -> Any:
    options = item.get("options")
    if options:
        return _unwrap(options[0])
    return _unwrap(item.get("value"))


def _whole_number(value: Any) -> int | None:
    """Codes are numbers in the ERP and text in the CRM; a text that is no number is no code."""
    text = clean_text(value)
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        return None

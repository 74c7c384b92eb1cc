"""The neutral field names ↔ the properties of companies and contacts in HubSpot; data, and pure.

All values are texts there; an empty text clears a property. Properties whose name begins with
``erp_`` are made for the integration; ``RECORD_KEY``, ``TAXID`` and ``CONTACT_KEY`` must be made
with unique values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC
from decimal import Decimal
from typing import Any, Final

from bridge.domain.changes import CrmId, Document, LeadSnapshot
from bridge.domain.identifiers import clean_text, read_time
from bridge.domain.mapping import SHARED_FIELDS

__all__ = [
    "BUDGET",
    "COMPANY_FIELDS",
    "CONTACT_FIELDS",
    "CONTACT_KEY",
    "CONTACT_PROPERTIES",
    "DISCARDED",
    "DISCARD_REASON",
    "PROPERTIES",
    "RECORD_KEY",
    "STAGE",
    "TAXID",
    "CompanyMapper",
]

RECORD_KEY: Final = "erp_record_key"
CONTACT_KEY: Final = "erp_contact_key"
TAXID: Final = "erp_taxid"
STAGE: Final = "erp_stage"
BUDGET: Final = "erp_budget"
DISCARD_REASON: Final = "erp_discard_reason"
# What the stage reads as before anybody has set one, and what a discard sets it to.
FIRST_STAGE: Final = "Novos leads"
DISCARDED: Final = "Descartado"

# neutral name: property of a company
COMPANY_FIELDS: Final[Mapping[str, str]] = {
    "record_key": RECORD_KEY,
    "name": "name",
    "taxid": TAXID,
    "tax_registration": "erp_tax_registration",
    "industry": "erp_industry",
    "phone": "phone",
    "address_street": "address",
    "address_number": "erp_address_number",
    "address_complement": "address2",
    "address_district": "erp_district",
    "address_zipcode": "zip",
    "city": "city",
    "state": "state",
    "sales_rep": "erp_sales_rep",
    "financial_analysis": "erp_financial_analysis",
    "client_code": "erp_client_code",
}
# What stands for an empty field, where the CRM's users are to see a word.
_EMPTY: Final[Mapping[str, str]] = {"tax_registration": "ISENTO"}
PROPERTIES: Final = (*COMPANY_FIELDS.values(), STAGE)
# neutral name of a contact: property of a contact
CONTACT_FIELDS: Final[Mapping[str, str]] = {
    "name": "firstname",
    "email": "email",
    "phone": "phone",
    "job_title": "jobtitle",
    "is_primary": "erp_is_primary",
}
CONTACT_PROPERTIES: Final = (*CONTACT_FIELDS.values(), CONTACT_KEY)
_NEUTRAL: Final = {name: field for field, name in COMPANY_FIELDS.items()}

Canonical = Callable[[str, Any], Any]


class CompanyMapper:
    """Translates documents to companies and companies to documents.

    Example::

        mapper = CompanyMapper(LeadMapper(FieldNames()).canonical)
        mapper.to_properties(change.document, change.changed_fields)
    """

    def __init__(self, canonical: Canonical) -> None:
        self._canonical = canonical

    def to_properties(
        self, document: Document, fields: Collection[str] | None = None
    ) -> dict[str, str]:
        """Return the properties of a write; all fields when ``fields`` is None."""
        return {
            name: self._text(field, document.get(field))
            for field, name in COMPANY_FIELDS.items()
            if fields is None or field in fields
        }

    def from_company(self, row: Mapping[str, Any]) -> LeadSnapshot:
        """Return a company that was read, under neutral names."""
        properties = row.get("properties")
        found = properties if isinstance(properties, Mapping) else {}
        fields = {
            field: self._canonical(field, found.get(name)) for field, name in COMPANY_FIELDS.items()
        }
        return LeadSnapshot(
            crm_id=CrmId(int(row["id"])),
            stage=clean_text(found.get(STAGE)) or FIRST_STAGE,
            fields=fields,
            updated_at=read_time(row.get("updatedAt"), UTC),
        )

    def from_event(self, name: str, value: Any) -> dict[str, Any]:
        """Return what the change of one property shows; nothing when it is no shared field."""
        if name == STAGE:
            return {"stage": clean_text(value) or FIRST_STAGE}
        field = _NEUTRAL.get(name)
        return {} if field is None else {field: self._canonical(field, value)}

    def differing(self, document: Document, lead: LeadSnapshot) -> frozenset[str]:
        """Return the fields in which a company is not what the document says."""
        return frozenset(
            field
            for field in ("record_key", *SHARED_FIELDS, "client_code")
            if self._canonical(field, document.get(field)) != lead.fields.get(field)
        )

    def canonical(self, field: str, value: Any) -> Any:
        """Return a value in the one form in which it is compared."""
        return self._canonical(field, value)

    def _text(self, field: str, value: Any) -> str:
        text = self._canonical(field, value)
        return _EMPTY.get(field, "") if text is None else str(text)


def contact_properties(fields: Document, chosen: Collection[str]) -> dict[str, str]:
    """Return the properties of a contact's write."""
    properties = {}
    for field, name in CONTACT_FIELDS.items():
        if field not in chosen:
            continue
        value = fields.get(field)
        if field == "is_primary":
            properties[name] = "true" if value == "S" else "false"
        else:
            properties[name] = clean_text(value) or ""
    return properties


def amount(value: str | None) -> str:
    """Return an amount as HubSpot takes it; an empty text takes it away.

    Raises:
        ValueError: it is no amount.
    """
    if value is None:
        return ""
    try:
        number = Decimal(value)
    except ArithmeticError:
        raise ValueError("not an amount") from None
    if not number.is_finite():
        raise ValueError("not an amount")
    return f"{number:f}"

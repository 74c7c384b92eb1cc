"""What users enter, and the same value as each side writes and shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from devkit.sample import INDUSTRIES

__all__ = [
    "CONTACT_FIELDS",
    "CRM_LEAD_FIELDS",
    "CRM_PERSON_FIELDS",
    "ERP_OWNED",
    "LEAD_FIELDS",
    "crm_lead_body",
    "crm_person_body",
    "form",
    "lead_value",
    "new_tax_id",
    "person_value",
]

#: neutral name of a field: name inside the CRM, as its ledger tells it
CRM_LEAD_FIELDS: Final[Mapping[str, str]] = {
    "phone": "phone1",
    "sales_rep": "_cod.gestores",
    "industry": "industry",
    "financial_analysis": "_analisefinanceira",
    "address_street": "street",
    "address_complement": "complement",
}
CRM_PERSON_FIELDS: Final[Mapping[str, str]] = {
    "name": "name",
    "email": "email",
    "phone": "phone1",
    "job_title": "jobTitle",
}
LEAD_FIELDS: Final = tuple(CRM_LEAD_FIELDS)
CONTACT_FIELDS: Final = tuple(CRM_PERSON_FIELDS)
#: fields in which an edit of a CRM user does not come in (crm_field_policies)
ERP_OWNED: Final = frozenset({"address_street", "address_complement"})

#: reps that are in the CRM's list
_REPS: Final = tuple(range(1, 25))


def lead_value(name: str, number: int) -> Any:
    """A new value of a field of a lead, as the ERP stores it: unique, where the field is free text."""
    match name:
        case "phone":
            return f"119{number % 100_000_000:08d}"
        case "sales_rep":
            return _REPS[number % len(_REPS)]
        case "industry":
            return number % len(INDUSTRIES) + 1
        case "financial_analysis":
            return f"Análise nº {number}"
        case "address_complement":
            return f"Sala {number}"
        case _:
            return f"Rua Conceição {number}"


def new_tax_id(number: int) -> str:
    """A CNPJ with right check digits, of a root that the sample ERP does not use."""
    digits = [int(digit) for digit in f"97{number % 1_000_000:06d}0001"]
    for _ in range(2):
        weights = [2 + place % 8 for place in range(len(digits))]
        total = sum(d * w for d, w in zip(reversed(digits), weights, strict=True))
        digits.append(0 if total % 11 < 2 else 11 - total % 11)
    return "".join(map(str, digits))


def person_value(name: str, number: int, person: int) -> str:
    """A new value of a field of a contact; its name keeps the person's number, its address is of no other."""
    match name:
        case "name":
            return f"Zé Antônio {number} #{person}"
        case "email":
            return f"ze.{number}.{person}@example.com"
        case "phone":
            return f"118{number % 100_000_000:08d}"
        case _:
            return f"Direção {number}"


def form(entity: str, name: str, value: Any) -> str:
    """A value in the form in which both sides are compared; nothing is an empty text."""
    text = "" if value is None else str(value).strip()
    if entity == "contact":
        if name == "phone":
            return "".join(c for c in text if c.isdigit())
        return text.lower() if name == "email" else text
    if name == "industry" and text.isdigit():
        return INDUSTRIES[int(text) - 1]
    if name == "financial_analysis" and text == "Vazio.":
        return ""
    return text


def crm_lead_body(name: str, value: Any) -> dict[str, Any]:
    """The edit of a user of the CRM, by write names; ``value`` as the ERP stores it."""
    match name:
        case "phone":
            return {"ddiPhone": "55", "phone": value}
        case "industry":
            return {"industry": INDUSTRIES[value - 1]}
        case "sales_rep":
            return {"customFields": [{"id": "_cod.gestores", "options": [{"value": str(value)}]}]}
        case "financial_analysis":
            return {"customFields": [{"id": "_analisefinanceira", "value": value}]}
        case "address_complement":
            return {"addressComplement": value}
        case _:
            return {"address": value}


def crm_person_body(values: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a person by the names that a user of the CRM writes."""
    return {CRM_PERSON_FIELDS[name]: value for name, value in values.items()}

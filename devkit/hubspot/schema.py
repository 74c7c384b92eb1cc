"""The properties of an account that was prepared for the integration, and how values are checked.

HubSpot's texts of refusals are known from reports only; their codes (``INVALID_OPTION``,
``CONFLICTING_UNIQUE_VALUE``, ``PROPERTY_DOESNT_EXIST``) are more certain than their words.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from devkit.sample import INDUSTRIES

STAGES = (
    "Descartado",
    "Novos leads",
    "Pesquisa (filtro 1)",
    "Prospecção (filtro 2)",
    "Passagem de bastão",
    "Desenvolvimento/Orçamento",
    "Ativação",
    "Retenção/Expansão",
)


@dataclass(frozen=True, slots=True)
class Property:
    name: str
    type: str = "string"  # 'string', 'number', 'bool' or 'enumeration'
    unique: bool = False
    options: tuple[str, ...] = ()


@dataclass(slots=True)
class ApiError(Exception):
    """A refusal; ``context`` names what it is about."""

    status: int
    category: str
    message: str
    context: dict[str, list[str]] = field(default_factory=dict)
    policy: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def _named(*properties: Property) -> dict[str, Property]:
    return {item.name: item for item in properties}


SCHEMA: dict[str, dict[str, Property]] = {
    "companies": _named(
        Property("name"),
        Property("domain"),
        Property("phone"),
        Property("address"),
        Property("address2"),
        Property("zip"),
        Property("city"),
        Property("state"),
        Property("erp_record_key", unique=True),
        Property("erp_taxid", unique=True),
        Property("erp_tax_registration"),
        Property("erp_industry", "enumeration", options=INDUSTRIES),
        Property("erp_address_number"),
        Property("erp_district"),
        Property("erp_sales_rep"),
        Property("erp_financial_analysis"),
        Property("erp_client_code"),
        Property("erp_stage", "enumeration", options=STAGES),
        Property("erp_budget", "number"),
        Property("erp_discard_reason"),
    ),
    "contacts": _named(
        Property("firstname"),
        Property("lastname"),
        Property("email", unique=True),
        Property("phone"),
        Property("jobtitle"),
        Property("erp_contact_key", unique=True),
        Property("erp_is_primary", "bool"),
    ),
}


def check(kind: str, properties: object) -> dict[str, str]:
    """The values of a write as they are kept: texts. Raises :class:`ApiError`."""
    if not isinstance(properties, dict):
        raise ApiError(400, "VALIDATION_ERROR", "Invalid input JSON: properties is no object")
    kept: dict[str, str] = {}
    for name, value in properties.items():
        definition = SCHEMA[kind].get(name)
        if definition is None:
            raise invalid(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
        text = "" if value is None else str(value)
        if text:
            _check_value(definition, text)
        kept[name] = text
    return kept


def _check_value(definition: Property, text: str) -> None:
    if definition.type == "enumeration" and text not in definition.options:
        raise invalid(
            definition.name,
            "INVALID_OPTION",
            f"{text} was not one of the allowed options: {list(definition.options)}",
        )
    if definition.type == "bool" and text not in ("true", "false"):
        raise invalid(definition.name, "INVALID_OPTION", f"{text} was not one of true, false")
    if definition.type == "number":
        try:
            Decimal(text)
        except InvalidOperation:
            raise invalid(
                definition.name, "INVALID_NUMBER", f"{text} was not a valid number."
            ) from None


def invalid(name: str, code: str, text: str) -> ApiError:
    detail: list[dict[str, Any]] = [
        {"isValid": False, "message": text, "error": code, "name": name}
    ]
    return ApiError(
        400,
        "VALIDATION_ERROR",
        f"Property values were not valid: {json.dumps(detail, ensure_ascii=False)}",
    )

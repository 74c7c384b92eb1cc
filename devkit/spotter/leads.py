"""The lead: how it is written, how it reads back, and the checks between (S1, S6 to S10, S27)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from devkit.spotter import catalog as lists

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devkit.spotter.catalog import Catalog, CustomField
    from devkit.spotter.settings import Settings

BINDING_ERROR = "dto : An error has occurred"

# write name → name inside and, unless READ says otherwise, when reading
TEXT_FIELDS: dict[str, str] = {
    "name": "lead",
    "cpfcnpj": "cnpj",
    "address": "street",
    "addressNumber": "number",
    "addressComplement": "complement",
    "neighborhood": "district",
    "zipcode": "cep",
    "city": "city",
    "state": "state",
    "country": "country",
    "ddiPhone": "ddi1",
    "phone": "phone1",
    "ddiPhone2": "ddi2",
    "phone2": "phone2",
    "industry": "industry",
    "source": "source",
    "subSource": "subSource",
    "sdrEmail": "sdr",
    "stage": "stage",
    "mktLink": "mktLink",
    "website": "website",
    "leadProduct": "leadProduct",
    "description": "description",
    "group": "group",
}
NUMBER_FIELDS: dict[str, str] = {"funnelId": "funnelId", "organizationId": "organizationId"}
ADDRESS_FIELDS = frozenset(
    {"address", "addressNumber", "addressComplement", "neighborhood", "zipcode", "city", "state"}
)


class SpotterError(Exception):
    """A refusal as the API words it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(slots=True)
class Lead:
    id: int
    values: dict[str, Any]  # by inside name; catalogue fields as their text
    custom: dict[str, str]  # by key
    register_date: str
    update_date: str
    discarded_stage: str | None = None
    discard_date: str | None = None
    sold: bool = False
    answers: list[int] = field(default_factory=list)  # ids of the qualification questions answered

    @property
    def shown_stage(self) -> str:
        return lists.DISCARDED if self.discarded_stage is not None else str(self.values["stage"])


def parse_lead(
    body: Mapping[str, Any], *, catalog: Catalog, settings: Settings, by_user: bool = False
) -> tuple[dict[str, Any], dict[str, str]]:
    """Check what a write sends and give it by inside names, with the custom fields apart.

    One value of the wrong type, or one property that the type lacks, breaks the whole binding: the
    answer does not say which. A user's screen (``by_user``) asks for no state and no country.
    """
    values: dict[str, Any] = {}
    custom: dict[str, str] = {}
    for name, value in body.items():
        if name == "customFields":
            custom = _parse_custom(value, catalog=catalog, settings=settings, by_user=by_user)
        elif name in NUMBER_FIELDS:
            if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
                raise SpotterError(400, BINDING_ERROR)
            values[NUMBER_FIELDS[name]] = value
        elif name in TEXT_FIELDS:
            if value is not None and not isinstance(value, str):
                raise SpotterError(400, BINDING_ERROR)
            values[TEXT_FIELDS[name]] = value
        else:
            raise SpotterError(400, BINDING_ERROR)
    if (
        settings.address_needs_state
        and not by_user
        and ADDRESS_FIELDS & body.keys()
        and not (body.get("state") and body.get("country"))
    ):
        raise SpotterError(400, "State and Country are required when an address is informed")
    _check_catalogues(values, catalog=catalog, settings=settings)
    return values, custom


def _check_catalogues(values: dict[str, Any], *, catalog: Catalog, settings: Settings) -> None:
    for name, known in (("industry", catalog.industries), ("source", catalog.sources)):
        text = values.get(name)
        if not text or text in known:
            continue
        if settings.unknown_industry == "reject":
            raise SpotterError(400, f"{name.capitalize()} not found: {text}")
        if settings.unknown_industry == "ignore":
            del values[name]
        else:
            known.append(text)
    sub_source = values.get("subSource")
    if sub_source and sub_source not in catalog.sub_sources:
        catalog.sub_sources.append(sub_source)
    if values.get("stage"):
        stage = catalog.stage(values["stage"])
        if stage is None:
            raise SpotterError(400, f"Stage not found: {values['stage']}")
        values["stage"] = stage
    elif "stage" in values:
        raise SpotterError(400, "Stage not found: ")
    owner = values.get("sdr")
    if owner and not any(user["email"] == owner for user in lists.SDRS):
        if settings.unknown_owner == "reject":
            raise SpotterError(400, f"User not found: {owner}")
        del values["sdr"]


def _parse_custom(
    value: Any, *, catalog: Catalog, settings: Settings, by_user: bool
) -> dict[str, str]:
    if not isinstance(value, list) or (settings.custom_fields != "accepted" and not by_user):
        raise SpotterError(400, BINDING_ERROR)
    return dict(parse_custom_item(item, catalog=catalog) for item in value)


def parse_custom_item(item: Any, *, catalog: Catalog) -> tuple[str, str]:
    """One element of ``customFields``: text in ``value``, a list choice in ``options``."""
    if not isinstance(item, dict):
        raise SpotterError(400, BINDING_ERROR)
    definition = catalog.custom_field(item.get("id"))
    if definition is None:
        raise SpotterError(400, f"Custom field not found: {item.get('id')}")
    if definition.type == "text":
        value = item.get("value")
        if value is not None and not isinstance(value, str):
            raise SpotterError(400, BINDING_ERROR)
        return definition.key, value or ""
    return definition.key, _list_choice(definition, item.get("options"))


def _list_choice(definition: CustomField, options: Any) -> str:
    if options is None or options == []:
        return ""
    if not isinstance(options, list) or not isinstance(options[0], dict):
        raise SpotterError(400, BINDING_ERROR)
    choice = options[0].get("value")
    if choice not in definition.options:
        raise SpotterError(400, f"Option not found in {definition.key}: {choice}")
    return str(choice)


def read_lead(lead: Lead, *, catalog: Catalog, settings: Settings) -> dict[str, Any]:
    """The lead as ``/Leads`` shows it."""
    values = lead.values

    def item(name: str, known: list[str]) -> dict[str, Any] | None:
        text = values.get(name)
        return {"id": known.index(text) + 1, "value": text} if text else None

    owner = next((user for user in lists.SDRS if user["email"] == values.get("sdr")), None)
    return {
        "id": lead.id,
        "lead": values.get("lead"),
        "cnpj": values.get("cnpj"),
        "registerDate": lead.register_date,
        "updateDate": lead.update_date,
        "phone1": _phone(values, "1", settings),
        "phone2": _phone(values, "2", settings),
        "street": values.get("street"),
        "number": values.get("number"),
        "complement": values.get("complement"),
        "district": values.get("district"),
        "cep": values.get("cep"),
        "city": values.get("city"),
        "state": values.get("state"),
        "country": values.get("country"),
        "industry": item("industry", catalog.industries),
        "source": item("source", catalog.sources),
        "subSource": item("subSource", catalog.sub_sources),
        "sdr": {k: owner[k] for k in ("id", "name", "email")} if owner else None,
        "stage": lead.shown_stage,
        "funnelId": values.get("funnelId"),
        "group": values.get("group"),
        "organizationId": values.get("organizationId"),
        "mktLink": values.get("mktLink"),
        "website": values.get("website"),
        "leadProduct": values.get("leadProduct"),
        "description": values.get("description"),
        "publicLink": f"https://crm.example.com/lead/{lead.id}",
        "discardedStage": lead.discarded_stage,
        "discardDate": lead.discard_date,
    }


def _phone(values: Mapping[str, Any], which: str, settings: Settings) -> Any:
    number = values.get(f"phone{which}")
    if not number or settings.phone_read == "national":
        return number
    return f"{values.get(f'ddi{which}') or ''}{number}"

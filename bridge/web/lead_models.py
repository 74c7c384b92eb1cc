"""Bodies of the kept routes that write leads, and what they answer."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

__all__ = [
    "AddedLead",
    "HandoverProgress",
    "IndustriesStored",
    "LeadChange",
    "LeadFields",
    "NewLead",
    "Written",
    "given",
]

_TEXT_FIELDS: Final = (
    "name", "cpfcnpj", "address", "addressNumber", "addressComplement", "neighborhood", "zipcode",
    "city", "state", "country", "ddiPhone", "phone", "ddiPhone2", "phone2", "industry", "source",
    "subSource", "sdrEmail", "stage", "mktLink", "website", "leadProduct", "description", "group",
)  # fmt: skip
_NUMBER_FIELDS: Final = ("funnelId", "organizationId")
_KEY: Final = "_[A-Za-z0-9_.]{1,60}"
_NAMES: Final = "|".join((*_TEXT_FIELDS, *_NUMBER_FIELDS))

_Id = Annotated[int, Field(ge=1, lt=2**31)]
_Line = Annotated[str, Field(max_length=200)]
_CustomKey = Annotated[str, Field(pattern=f"^{_KEY}$", examples=["_cod.cliente"])]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Choice(_Body):
    """A choice of a list."""

    value: _Line
    id: _Id | None = None


class CustomField(_Body):
    """A custom field: text in ``value``, the choice of a list in ``options``."""

    id: _CustomKey
    value: Annotated[str, Field(max_length=2000)] | None = None
    options: Annotated[list[Choice], Field(max_length=20)] | None = None


class LeadPart(_Body):
    """Fields of a lead under the names with which the CRM writes them; what is left out stays."""

    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    cpfcnpj: Annotated[str, Field(pattern=r"^[0-9A-Za-z./-]{11,18}$")] | None = None
    address: _Line | None = None
    addressNumber: _Line | None = None
    addressComplement: _Line | None = None
    neighborhood: _Line | None = None
    zipcode: _Line | None = None
    city: _Line | None = None
    state: _Line | None = None
    country: _Line | None = None
    ddiPhone: _Line | None = None
    phone: _Line | None = None
    ddiPhone2: _Line | None = None
    phone2: _Line | None = None
    industry: _Line | None = None
    source: _Line | None = None
    subSource: _Line | None = None
    sdrEmail: _Line | None = None
    stage: _Line | None = None
    mktLink: _Line | None = None
    website: _Line | None = None
    leadProduct: _Line | None = None
    description: Annotated[str, Field(max_length=2000)] | None = None
    group: _Line | None = None
    funnelId: _Id | None = None
    organizationId: _Id | None = None
    customFields: Annotated[list[CustomField], Field(max_length=50)] | None = None


class FullLead(LeadPart):
    """A lead that is added: its name is all that the CRM asks for."""

    name: Annotated[str, Field(min_length=1, max_length=200)]


# The CRM takes the flag as a boolean or as its text, and so did the callers of old.
_Flag = bool | Literal["true", "false"]


class NewLead(_Body):
    """A lead to add. Doubles are always refused, whatever ``duplicityValidation`` says."""

    lead: FullLead
    duplicityValidation: _Flag | None = None
    validateEmail: _Flag | None = None


class LeadChange(_Body):
    """Fields of a lead to write."""

    lead: LeadPart
    duplicityValidation: _Flag | None = None

    @field_validator("lead")
    @classmethod
    def _is_something(cls, lead: LeadPart) -> LeadPart:
        if not given(lead):
            raise ValueError("no field is given")
        return lead


class LeadField(_Body):
    """One field; a name that begins with ``_`` is a custom field, null or an empty text clears."""

    field_name: Annotated[str, Field(pattern=f"^({_NAMES}|{_KEY})$", examples=["phone"])]
    field_value: Annotated[str, Field(max_length=2000)] | Annotated[int, Field(lt=2**53)] | None


class LeadFields(_Body):
    """The fields of a lead to write, as a list."""

    Id: _Id
    Fields: Annotated[list[LeadField], Field(min_length=1, max_length=80)]

    def by_name(self) -> dict[str, str | int | None]:
        """Return the fields; of one that is named twice the last value counts."""
        return {field.field_name: field.field_value for field in self.Fields}


class AddedLead(_Body):
    """The id of a lead; ``is_new`` is false when the CRM had it already."""

    lead_id: int
    is_new: bool


class Written(_Body):
    """What came of a write; ``duplicate``: the client code is another lead's, nothing was written."""

    status: Literal["done", "duplicate"]


class HandoverProgress(_Body):
    """How many of the qualification questions are answered, and whether others follow by itself."""

    status: Literal["done", "under way"]
    answered: int
    questions: int
    next_in_seconds: float | None


class IndustriesStored(_Body):
    """What became of the CRM's industries; ``refused`` ones do not fit into the ERP."""

    added: int
    known: int
    refused: int


def given(part: BaseModel) -> dict[str, Any]:
    """Return what was given, without the rest."""
    return part.model_dump(exclude_unset=True, exclude_none=True)

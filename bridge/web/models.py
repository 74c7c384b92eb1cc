"""Bodies of the kept routes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "AddedContact",
    "AddressOfLead",
    "Contact",
    "ContactChange",
    "Done",
    "Items",
    "LeadId",
    "LeadInfo",
    "LeadStage",
    "MainContact",
    "NewContact",
    "Note",
    "ProblemBody",
    "Proposal",
    "Sale",
    "Text",
    "Texts",
]

_Id = Annotated[int, Field(ge=1, lt=2**31)]
_Money = Annotated[str, Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,2})?$", examples=["1234.56"])]
_Short = Annotated[str, Field(min_length=1, max_length=200)]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Contact(_Body):
    """A contact as written."""

    name: _Short
    email: Annotated[str, Field(max_length=200)] | None = None
    jobTitle: Annotated[str, Field(max_length=30)] | None = None
    phone1: Annotated[str, Field(pattern=r"^[0-9]{8,13}$")] | None = None
    ddiPhone1: Annotated[str, Field(pattern=r"^[0-9]{1,3}$")] | None = None
    mainContact: bool | None = None


class NewContact(Contact):
    """A contact and the lead that it belongs to."""

    leadId: _Id


class ContactChange(Contact):
    """A contact as it shall be; what is left out stays."""


class Note(_Body):
    """Text for the description of a lead."""

    text: Annotated[str, Field(max_length=2000)]


class Sale(_Body):
    """What is sold, for how much, by whom."""

    leadId: _Id
    productId: _Id
    quantity: _Id = 1
    value: _Money
    salesRepEmail: _Short


class Proposal(_Body):
    """The one line of a proposal."""

    productId: _Id
    quantity: _Id = 1
    value: _Money


class Items(_Body):
    """Rows as the CRM shows them."""

    value: list[dict[str, Any]]


class Texts(_Body):
    """A list of texts."""

    value: list[str]


class Text(_Body):
    """One text; null when the CRM holds none."""

    value: str | None


class LeadId(_Body):
    """The id of a lead."""

    id: int


class LeadStage(_Body):
    """The stage of a lead."""

    id: int
    stage: str | None


class AddressOfLead(_Body):
    """Street, number and district of a lead."""

    number: str | None
    street: str | None
    district: str | None


class LeadInfo(_Body):
    """What webhooks leave out."""

    number: str | None
    complement: str | None
    district: str | None
    city: str | None
    state: str | None
    phone: str | None


class MainContact(_Body):
    """Whether a contact is the main one of its lead."""

    value: Literal["S", "N"]


class AddedContact(_Body):
    """The id of a contact; ``is_new`` is false when the lead had it already."""

    id: int
    is_new: bool


class Done(_Body):
    """What came of a write."""

    status: Literal["done", "already"]


class ProblemBody(_Body):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str = ""

"""What the kept routes need from the CRM, and the tenant's names that they use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from aiohttp import web

from bridge.domain.operations import HandoverProgress, ParkedItem, ParkedWebhook, StoredIndustries

__all__ = [
    "API",
    "ApiContext",
    "Backoffice",
    "Desk",
    "Handover",
    "LeadDesk",
    "Row",
]

Row = Mapping[str, Any]


class Desk(Protocol):
    """Single questions and small writes. Every method raises ``bridge.errors.CrmError``."""

    async def leads(self) -> list[Row]: ...

    async def lead(self, crm_id: int) -> Row | None: ...

    async def leads_by_taxid(self, spellings: Sequence[str]) -> list[Row]: ...

    async def custom_value(self, crm_id: int, key: str) -> str | None: ...

    async def sales_reps(self) -> list[str]: ...

    async def persons(self, crm_id: int) -> list[Row]: ...

    async def sale(self, crm_id: int) -> Row | None: ...

    async def industries(self) -> list[Row]: ...

    async def add_person(self, crm_id: int, person: Mapping[str, Any]) -> tuple[int, bool]: ...

    async def update_person(self, person_id: int, person: Mapping[str, Any]) -> None: ...

    async def describe(self, crm_id: int, text: str) -> None: ...

    async def sell(self, crm_id: int, sale: Mapping[str, Any]) -> bool: ...

    async def propose(self, crm_id: int, product_id: int, quantity: int, value: str) -> None: ...


class LeadDesk(Protocol):
    """Leads added and written. Every method raises ``bridge.errors.CrmError``."""

    async def add(
        self, lead: Mapping[str, Any], *, options: Mapping[str, Any] | None = None
    ) -> tuple[int, bool]: ...

    async def update(
        self, crm_id: int, lead: Mapping[str, Any]
    ) -> Literal["done", "duplicate"]: ...

    async def update_fields(
        self, crm_id: int, fields: Mapping[str, str | int | None]
    ) -> Literal["done", "duplicate"]: ...


class Handover(Protocol):
    """Passes leads over a stage by answering questions."""

    @property
    def is_configured(self) -> bool: ...

    async def advance(self, crm_id: int) -> HandoverProgress: ...

    async def close(self) -> None: ...


class Backoffice(Protocol):
    """What the kept routes need of the database; raises ``bridge.errors.DatabaseError``."""

    async def store_industries(self, names: Sequence[str]) -> StoredIndustries: ...

    async def parked_webhooks(self, limit: int) -> Sequence[ParkedItem]: ...

    async def parked_webhook(self, inbox_id: int) -> ParkedWebhook: ...

    async def edit_webhook(
        self, inbox_id: int, body: str, *, by: str, crm_id: int | None
    ) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiContext:
    """What the kept routes share. Without tokens every one of them is refused."""

    desk: Desk
    leads: LeadDesk
    handover: Handover
    backoffice: Backoffice
    tokens: tuple[bytes, ...]
    field_sales_rep: str
    field_tax_registration: str
    field_financial_analysis: str
    exempt_tax_registration: str
    request_seconds: float = 60.0


API = web.AppKey("api", ApiContext)

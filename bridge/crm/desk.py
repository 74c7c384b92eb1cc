"""Single questions and small writes to Spotter, for people and for callers of the kept HTTP routes.

Spotter has no idempotency of its own, so every write here looks first: what is there already is
not made a second time. Raises ``bridge.errors.CrmError``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bridge.crm.desk_calls import DeskCalls, Row, created_id
from bridge.crm.policy import CrmPolicy
from bridge.domain.changes import ReasonClass
from bridge.errors import CrmRefused

__all__ = ["SpotterDesk"]

_PAGE = 500
_MAX_PAGES = 40


class SpotterDesk(DeskCalls):
    """Implements ``bridge.web.desk.Desk``."""

    def __init__(self, policy: CrmPolicy, *, sales_rep_key: str) -> None:
        super().__init__(policy)
        self._sales_rep_key = sales_rep_key

    # ----------------------------------------------------------------- reads

    async def leads(self) -> list[Row]:
        """Return all leads, in their order, each once."""
        found: dict[int, Row] = {}
        for page in range(_MAX_PAGES):
            rows = await self._rows("/Leads", {"$skip": str(page * _PAGE), "$orderby": "id"})
            found |= {int(row["id"]): row for row in rows}
            if len(rows) < _PAGE:
                return list(found.values())
        raise CrmRefused(
            status=200,
            reason_class=ReasonClass.UNREADABLE.value,
            detail="more leads than one answer can hold",
        )

    async def lead(self, crm_id: int) -> Row | None:
        """Return one lead."""
        rows = await self._rows("/Leads", {"$filter": f"id eq {crm_id}"})
        return rows[0] if rows else None

    async def leads_by_taxid(self, spellings: Sequence[str]) -> list[Row]:
        """Return the leads that hold a tax number in one of its spellings (letters and digits)."""
        found: dict[int, Row] = {}
        for text in spellings:
            if text.isalnum():
                rows = await self._rows("/Leads", {"$filter": f"cnpj eq '{text}'"})
                found |= {int(row["id"]): row for row in rows}
        return list(found.values())

    async def custom_value(self, crm_id: int, key: str) -> str | None:
        """Return the text or the choice of a custom field; None when it holds nothing."""
        rows = await self._rows("/LeadsCustomFields", {"$filter": f"leadId eq {crm_id}"})
        for row in rows:
            if row.get("id") == key:
                options = row.get("options") or []
                value = options[0].get("value") if options else row.get("value")
                return str(value) if value else None
        return None

    async def sales_reps(self) -> list[str]:
        """Return the choices of the custom field that holds the sales rep."""
        rows = await self._rows("/CustomFields", {"$filter": f"key eq '{self._sales_rep_key}'"})
        return [str(option["value"]) for option in rows[0]["options"]] if rows else []

    async def persons(self, crm_id: int) -> list[Row]:
        """Return the contacts of a lead."""
        return await self._rows("/Persons", {"$filter": f"leadId eq {crm_id}"})

    async def sale(self, crm_id: int) -> Row | None:
        """Return the sale of a lead; None while it is not sold."""
        rows = await self._rows("/LeadsSold", {"$filter": f"leadId eq {crm_id}"})
        return rows[0] if rows else None

    async def industries(self) -> list[Row]:
        """Return the catalogue of industries."""
        return await self._rows("/industries", {})

    # ----------------------------------------------------------------- writes

    async def add_person(self, crm_id: int, person: Mapping[str, Any]) -> tuple[int, bool]:
        """Return the id of a contact and whether it was added now.

        A contact of the lead with the same e-mail, or without one with the same name, is the same.
        """
        mark = "email" if person.get("email") else "name"
        wanted = str(person[mark]).casefold()
        for row in await self.persons(crm_id):
            if str(row.get(mark) or "").casefold() == wanted:
                return int(row["id"]), False
        reply = await self._write("POST", "/personsAdd", {"leadId": crm_id, **person})
        return created_id(reply), True

    async def update_person(self, person_id: int, person: Mapping[str, Any]) -> None:
        """Write a contact; what is not given stays as it is."""
        await self._write("PUT", f"/PersonsUpdate/{person_id}", person)

    async def describe(self, crm_id: int, text: str) -> None:
        """Write the description of a lead."""
        await self._write("PUT", f"/LeadsUpdate/{crm_id}", {"lead": {"description": text}})

    async def sell(self, crm_id: int, sale: Mapping[str, Any]) -> bool:
        """Sell a lead; false when it was sold already."""
        try:
            await self._write("POST", "/leadsWon", {"leadId": crm_id, **sale})
        except CrmRefused as exc:
            if exc.reason_class == ReasonClass.ALREADY_IN_STATE.value:
                return False
            raise
        return True

    async def propose(self, crm_id: int, product_id: int, quantity: int, value: str) -> None:
        """Bring the proposal to one line of a product. Repeating it after a failure heals it."""
        if await self.sale(crm_id) is not None:
            # Spotter would let the old line go and refuse the new one.
            raise CrmRefused(
                status=400,
                reason_class=ReasonClass.ALREADY_IN_STATE.value,
                detail="Lead is sold",
            )
        path = f"/recommendedProducts/{crm_id}"
        if any(row.get("productId") == product_id for row in await self._rows(path, {})):
            await self._write(
                "DELETE",
                f"/recommendedProductsRemove/{crm_id}",
                None,
                params={"productId": str(product_id)},
            )
        line = {"productId": product_id, "quantity": quantity, "labelValue": value}
        await self._write("POST", "/recommendedProductsAdd", {"leadId": crm_id, "products": [line]})

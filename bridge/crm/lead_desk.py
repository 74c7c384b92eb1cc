"""Leads that a caller of the kept HTTP routes adds or writes, as a user of the CRM would.

Nothing here writes to the ERP: the CRM sends its webhook afterwards, and the merge decides field by
field, as for any edit of a user. So a field that the ERP owns is put back within seconds.

Adding is safe to repeat. Spotter has no upsert, so a lead is looked for first, and looked for again
when an attempt had no readable answer; ``duplicityValidation`` is always sent, which covers the time
between looking and adding.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

from bridge.crm.desk_calls import DeskCalls, Row, created_id
from bridge.crm.policy import CrmPolicy
from bridge.domain.changes import ReasonClass
from bridge.domain.identifiers import taxid_spellings
from bridge.errors import CrmOutcomeUnknown, CrmRefused

__all__ = ["SpotterLeadDesk"]

_KINDS_SECONDS: Final = 3600.0
_NUMBER_FIELDS: Final = frozenset({"funnelId", "organizationId"})
_PAGE: Final = 500

Custom = Sequence[Mapping[str, Any]]


class SpotterLeadDesk(DeskCalls):
    """Implements ``bridge.web.desk.LeadDesk``."""

    def __init__(
        self,
        policy: CrmPolicy,
        *,
        client_code_key: str,
        custom_fields_on_create: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(policy)
        self._client_code_key = client_code_key
        self._custom_fields = custom_fields_on_create
        self._clock = clock
        self._lists: dict[str, bool] = {}
        self._lists_until = 0.0

    # ----------------------------------------------------------------- adding

    async def add(
        self, lead: Mapping[str, Any], *, options: Mapping[str, Any] | None = None
    ) -> tuple[int, bool]:
        """Return the id of a lead and whether it was added now.

        Args:
            lead: the ``lead`` member of LeadsAdd, under Spotter's write names.
            options: further members of the body.

        Raises:
            CrmRefused: also when several leads are this one, as a conflict.
        """
        known = await self._known(lead)
        if known is not None:
            return known, False
        first = {key: value for key, value in lead.items() if key != "customFields"}
        custom: Custom = lead.get("customFields") or ()
        if custom and self._custom_fields == "no":
            raise _refused("this tenant takes no custom fields: customFields")
        in_one = custom and self._custom_fields == "yes"
        body = {
            **(options or {}),
            "duplicityValidation": True,
            "lead": {**first, "customFields": list(custom)} if in_one else first,
        }
        try:
            crm_id = created_id(await self._write("POST", "/LeadsAdd", body))
        except (CrmOutcomeUnknown, CrmRefused) as exc:
            is_duplicate, is_unknown = _kind_of(exc)
            found = await self._known(lead) if is_duplicate or is_unknown else None
            if found is None:
                raise
            # After an attempt without a readable answer it is ours, and new.
            return found, is_unknown
        if custom and not in_one:
            await self._add_custom(crm_id, custom)
        return crm_id, True

    async def _add_custom(self, crm_id: int, custom: Custom) -> None:
        body = {"lead": {"customFields": list(custom)}}
        try:
            await self._write("PUT", f"/LeadsUpdate/{crm_id}", body)
        except CrmRefused as exc:
            raise CrmRefused(
                status=exc.status,
                reason_class=exc.reason_class,
                detail=f"lead {crm_id} was added without its custom fields: {exc.detail}",
                retry_after=exc.retry_after,
            ) from None

    async def _known(self, lead: Mapping[str, Any]) -> int | None:
        """Return the lead that a body is about; by tax number, else by client code."""
        found: dict[int, Row] = {}
        for text in taxid_spellings(lead.get("cpfcnpj")):
            rows = await self._rows("/Leads", {"$filter": f"cnpj eq {_quoted(text)}"})
            found |= {int(row["id"]): row for row in rows}
        if not found and (code := self._client_code(lead)):
            condition = f"id eq {_quoted(self._client_code_key)} and value eq {_quoted(code)}"
            rows = await self._rows("/LeadsCustomFields", {"$filter": condition})
            # A client code is shared by the branches of a client: without a tax number it tells
            # which lead is meant, with one it does not.
            if not lead.get("cpfcnpj"):
                found = {int(row["leadId"]): row for row in rows}
        if len(found) > 1:
            ids = ", ".join(str(number) for number in sorted(found))
            raise CrmRefused(
                status=409,
                reason_class=ReasonClass.CONFLICT.value,
                detail=f"several leads are this one: {ids}",
            )
        return next(iter(found), None)

    def _client_code(self, lead: Mapping[str, Any]) -> str:
        for item in lead.get("customFields") or ():
            if item.get("id") == self._client_code_key:
                return str(item.get("value") or "")
        return ""

    # ----------------------------------------------------------------- writing

    async def update(self, crm_id: int, lead: Mapping[str, Any]) -> Literal["done", "duplicate"]:
        """Write some fields of a lead; ``duplicate``: its client code is another lead's already.

        Then nothing of it was written. Writing the same again is harmless, so an attempt without an
        answer is the caller's to repeat.
        """
        try:
            await self._write("PUT", f"/LeadsUpdate/{crm_id}", {"lead": lead})
        except CrmRefused as exc:
            is_code = self._client_code_key in exc.detail
            if exc.reason_class == ReasonClass.DUPLICATE.value and is_code:
                return "duplicate"
            raise
        return "done"

    async def update_fields(
        self, crm_id: int, fields: Mapping[str, str | int | None]
    ) -> Literal["done", "duplicate"]:
        """Write a list of fields; a name that begins with ``_`` is a custom field.

        Raises:
            CrmRefused: also when the tenant has no such custom field.
        """
        lead: dict[str, Any] = {}
        custom: list[dict[str, Any]] = []
        for name, value in fields.items():
            if name in _NUMBER_FIELDS:
                lead[name] = _whole(name, value)
                continue
            # Spotter clears a field by an empty text.
            text = "" if value is None else str(value)
            if not name.startswith("_"):
                lead[name] = text
            elif await self._is_list(name):
                custom.append({"id": name, "options": [{"value": text}] if text else []})
            else:
                custom.append({"id": name, "value": text})
        if custom:
            lead["customFields"] = custom
        return await self.update(crm_id, lead)

    async def _is_list(self, key: str) -> bool:
        """Tell whether a custom field is a choice from a list; the catalogue is kept for an hour."""
        if key not in self._lists or self._clock() > self._lists_until:
            rows = await self._rows("/CustomFields", {"$top": str(_PAGE)})
            self._lists = {str(row.get("key")): bool(row.get("options")) for row in rows}
            self._lists_until = self._clock() + _KINDS_SECONDS
        if key not in self._lists:
            raise _refused(f"the CRM has no custom field {key}")
        return self._lists[key]


def _kind_of(exc: CrmOutcomeUnknown | CrmRefused) -> tuple[bool, bool]:
    """Return whether the lead is there already, and whether it may have been added all the same."""
    if isinstance(exc, CrmOutcomeUnknown):
        return False, True
    return exc.reason_class == ReasonClass.DUPLICATE.value, exc.status >= 500


def _refused(detail: str) -> CrmRefused:
    return CrmRefused(status=400, reason_class=ReasonClass.VALIDATION.value, detail=detail)


def _whole(name: str, value: str | int | None) -> int | None:
    if value is None or isinstance(value, int):
        return value
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise _refused(f"{name} is a number")
    return int(value)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

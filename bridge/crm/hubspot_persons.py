"""Reads the contacts of a company in HubSpot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from bridge.crm.client import Call
from bridge.crm.hubspot_batch import rows_of
from bridge.crm.hubspot_fields import CONTACT_FIELDS, CONTACT_KEY
from bridge.crm.policy import CrmPolicy
from bridge.domain import persons
from bridge.domain.changes import CallMeter, ContactSnapshot, CrmId, ReasonClass
from bridge.errors import CrmRefused

__all__ = ["HubSpotPersons"]

_LINKS: Final = 500  # associations a page
_BATCH: Final = 100  # contacts a call


class HubSpotPersons:
    """The contacts that are linked to a company, whole: what is not among them is taken as gone."""

    def __init__(self, policy: CrmPolicy, *, phone_ddi: str) -> None:
        self._policy = policy
        self._ddi = phone_ddi

    async def read(self, crm_id: CrmId, meter: CallMeter) -> Sequence[ContactSnapshot]:
        """Read all contacts of a company, in the order of their ids: two calls for up to 100.

        Raises:
            CrmError: a call failed, or an answer cannot be read.
        """
        numbers = sorted(await self._linked(crm_id, meter))
        found: list[ContactSnapshot] = []
        for start in range(0, len(numbers), _BATCH):
            found += await self._contacts(numbers[start : start + _BATCH], meter)
        return found

    async def read_one(
        self, number: int | str, meter: CallMeter, *, id_property: str | None = None
    ) -> ContactSnapshot | None:
        """Read one contact by its id, or by another unique property, with our key among its fields.

        None when the CRM does not have it.
        """
        body: dict[str, Any] = {
            "properties": [*CONTACT_FIELDS.values(), CONTACT_KEY],
            "inputs": [{"id": str(number)}],
        }
        if id_property is not None:
            body["idProperty"] = id_property
        call = Call(
            method="POST",
            path="/crm/v3/objects/contacts/batch/read",
            body=body,
            expect=frozenset({200, 207}),  # 207: it is not there
            reads=True,
        )
        reply = await self._policy.send(call, meter)
        try:
            for row in rows_of(reply):
                person = self._person(row)
                return replace(
                    person,
                    fields={**person.fields, CONTACT_KEY: row["properties"].get(CONTACT_KEY)},
                )
        except (KeyError, TypeError, ValueError):
            raise _unreadable(reply.status) from None
        return None

    async def _linked(self, crm_id: CrmId, meter: CallMeter) -> set[int]:
        numbers: set[int] = set()
        params = {"limit": str(_LINKS)}
        while True:
            call = Call(
                method="GET",
                path=f"/crm/v4/objects/companies/{crm_id}/associations/contacts",
                params=dict(params),
            )
            try:
                reply = await self._policy.send(call, meter)
            except CrmRefused as exc:
                # The company is gone: reading it says so, and nothing is taken from its contacts.
                if exc.reason_class == ReasonClass.NOT_FOUND.value:
                    return set()
                raise
            before = len(numbers)
            try:
                numbers |= {int(row["toObjectId"]) for row in rows_of(reply)}
            except (KeyError, TypeError, ValueError):
                raise _unreadable(reply.status) from None
            after = _after(reply.json())
            # a page that brings nothing new would come for ever
            if after is None or len(numbers) == before:
                return numbers
            params["after"] = after

    async def _contacts(self, numbers: Sequence[int], meter: CallMeter) -> list[ContactSnapshot]:
        call = Call(
            method="POST",
            path="/crm/v3/objects/contacts/batch/read",
            body={
                "properties": list(CONTACT_FIELDS.values()),
                "inputs": [{"id": str(number)} for number in numbers],
            },
            # 207: one was archived since the links were read
            expect=frozenset({200, 207}),
            reads=True,
        )
        reply = await self._policy.send(call, meter)
        try:
            found = {int(row["id"]): self._person(row) for row in rows_of(reply)}
        except (KeyError, TypeError, ValueError):
            # Half an answer must not pass for a company whose contacts have been removed.
            raise _unreadable(reply.status) from None
        return [found[number] for number in numbers if number in found]

    def _person(self, row: Mapping[str, Any]) -> ContactSnapshot:
        properties = row["properties"]
        if not isinstance(properties, Mapping):
            raise TypeError
        return persons.from_properties(int(row["id"]), properties, CONTACT_FIELDS, ddi=self._ddi)


def _after(data: Any) -> str | None:
    """Return where the next page begins."""
    paging = data.get("paging") if isinstance(data, Mapping) else None
    following = paging.get("next") if isinstance(paging, Mapping) else None
    after = following.get("after") if isinstance(following, Mapping) else None
    return None if after is None else str(after)


def _unreadable(status: int) -> CrmRefused:
    return CrmRefused(
        status=status,
        reason_class=ReasonClass.UNREADABLE.value,
        detail="the answer to a read of contacts cannot be read",
    )

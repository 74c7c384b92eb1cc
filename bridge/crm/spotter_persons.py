"""Reads the persons of a lead in Spotter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bridge.crm.client import Call
from bridge.crm.policy import CrmPolicy
from bridge.domain import persons
from bridge.domain.changes import CallMeter, ContactSnapshot, CrmId, ReasonClass
from bridge.errors import CrmRefused

__all__ = ["SpotterPersons"]

_PAGE = 500


class SpotterPersons:
    """``/Persons`` of one lead, whole: what is not in the answer is taken as gone."""

    def __init__(self, policy: CrmPolicy, *, phone_ddi: str) -> None:
        self._policy = policy
        self._ddi = phone_ddi

    async def read(self, crm_id: CrmId, meter: CallMeter) -> Sequence[ContactSnapshot]:
        """Read all persons of a lead, in the order of their ids; one call for up to 500.

        Raises:
            CrmError: the call failed, or the answer cannot be read.
        """
        found: dict[int, ContactSnapshot] = {}
        while True:
            rows = await self._page(crm_id, len(found), meter)
            before = len(found)
            for row in rows:
                person = self._person(row, crm_id)
                found[person.person_id] = person
            # a page that brings nothing new would come for ever
            if len(rows) < _PAGE or len(found) == before:
                return [found[number] for number in sorted(found)]

    async def _page(self, crm_id: CrmId, skip: int, meter: CallMeter) -> list[Mapping[str, Any]]:
        params = {"$filter": f"leadId eq {crm_id}"}
        if skip:
            params["$skip"] = str(skip)
        reply = await self._policy.send(Call(method="GET", path="/Persons", params=params), meter)
        data = reply.json()
        rows = data.get("value") if isinstance(data, dict) else None
        if not isinstance(rows, list):
            raise _unreadable(reply.status)
        return rows

    def _person(self, row: Mapping[str, Any], crm_id: CrmId) -> ContactSnapshot:
        try:
            if int(row["leadId"]) != crm_id:
                raise ValueError
            return persons.from_row(row, ddi=self._ddi)
        except (AttributeError, KeyError, TypeError, ValueError):
            # Half an answer must not pass for a lead whose persons have been removed.
            raise _unreadable(200) from None


def _unreadable(status: int) -> CrmRefused:
    return CrmRefused(
        status=status,
        reason_class=ReasonClass.UNREADABLE.value,
        detail="the answer to a read of persons cannot be read",
    )

"""Reads the persons of leads in Spotter, several leads in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bridge.crm.policy import CrmPolicy
from bridge.crm.read_batch import AnswerNotAsAsked, ReadBatch, Wanted
from bridge.crm.spotter_rows import all_rows
from bridge.domain import persons
from bridge.domain.changes import CallMeter, ContactSnapshot, CrmId

__all__ = ["SpotterPersons"]

_UNREADABLE = "the answer to a read of persons cannot be read"


class SpotterPersons:
    """``/Persons`` of leads, whole: what is not in the answer is taken as gone.

    Leads that are asked for at the same time share a call, as ``SpotterReads`` does it.
    """

    def __init__(self, policy: CrmPolicy, *, phone_ddi: str, max_batch: int) -> None:
        self._policy = policy
        self._ddi = phone_ddi
        self._batch = ReadBatch[Sequence[ContactSnapshot]](self._fetch, limit=max_batch)

    async def read(self, crm_id: CrmId, meter: CallMeter) -> Sequence[ContactSnapshot]:
        """Read all persons of a lead, in the order of their ids; one call for up to 500.

        Raises:
            CrmError: the call failed, or the answer cannot be read.
        """
        return await self._batch.read(crm_id, with_values=False, meter=meter) or []

    async def _fetch(
        self, wanted: Wanted, meter: CallMeter
    ) -> dict[CrmId, Sequence[ContactSnapshot] | None]:
        persons_of: dict[CrmId, dict[int, ContactSnapshot]] = {crm_id: {} for crm_id in wanted}
        params = {"$filter": " or ".join(f"leadId eq {crm_id}" for crm_id in sorted(wanted))}
        for row in await all_rows(self._policy, "/Persons", params, meter):
            crm_id, person = self._person(row, wanted)
            persons_of[crm_id][person.person_id] = person
        return {
            crm_id: [found[number] for number in sorted(found)]
            for crm_id, found in persons_of.items()
        }

    def _person(self, row: Mapping[str, Any], wanted: Wanted) -> tuple[CrmId, ContactSnapshot]:
        try:
            crm_id = CrmId(int(row["leadId"]))
            if crm_id not in wanted:
                raise ValueError
            return crm_id, persons.from_row(row, ddi=self._ddi)
        except (AttributeError, KeyError, TypeError, ValueError):
            # Half an answer must not pass for a lead whose persons have been removed; read with others,
            # each is read again until the one that cannot be stands alone.
            raise AnswerNotAsAsked(200, _UNREADABLE) from None

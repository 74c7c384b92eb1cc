"""Reads leads of Spotter with the values of their custom fields, several in one call each.

What an answer lacks is absent only if the answer is otherwise what was asked for: rows, each of a
lead that was named, none twice, and all pages of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.crm.policy import CrmPolicy
from bridge.crm.read_batch import AnswerNotAsAsked, ReadBatch, Wanted
from bridge.crm.spotter_rows import Row, pages
from bridge.domain.changes import CallMeter, CrmId
from bridge.errors import CrmError

__all__ = ["LeadRows", "SpotterReads"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRows:
    """A lead as it came: its row, and the rows of its custom fields unless they were left out."""

    lead: Row
    values: Sequence[Row]


class SpotterReads:
    """Reads by id, behind one ``ReadBatch``."""

    def __init__(self, policy: CrmPolicy, *, max_batch: int) -> None:
        self._policy = policy
        self._batch = ReadBatch(self._fetch, limit=max_batch)

    async def read(self, crm_id: CrmId, *, with_values: bool, meter: CallMeter) -> LeadRows | None:
        """Return a lead; None when the CRM does not have it. Raises ``CrmError``."""
        return await self._batch.read(crm_id, with_values=with_values, meter=meter)

    async def _fetch(self, wanted: Wanted, meter: CallMeter) -> dict[CrmId, LeadRows | None]:
        """Read side by side: each call is a good part of the way from an edit to the ERP."""
        with_values = [crm_id for crm_id, is_wanted in wanted.items() if is_wanted]
        try:
            async with asyncio.TaskGroup() as group:
                leads = group.create_task(self._rows("/Leads", "id", wanted, meter))
                values = group.create_task(
                    self._rows("/LeadsCustomFields", "leadId", with_values, meter)
                )
        except* CrmError as errors:
            first = errors.exceptions[0]
        else:
            return _sorted_out(wanted, leads.result(), values.result())
        raise first

    async def _rows(
        self, path: str, name: str, crm_ids: Iterable[CrmId], meter: CallMeter
    ) -> list[tuple[CrmId, Row]]:
        """Return all pages of what belongs to these leads, with the lead of each row."""
        asked = frozenset(crm_ids)
        if not asked:
            return []
        params = {"$filter": " or ".join(f"{name} eq {crm_id}" for crm_id in sorted(asked))}
        found: list[tuple[CrmId, Row]] = []
        async for page in pages(self._policy, path, params, meter):
            for row in page:
                crm_id = _number(row.get(name))
                if crm_id not in asked:
                    raise AnswerNotAsAsked(200, "the answer holds what was not asked for")
                found.append((CrmId(crm_id), row))
        return found


def _sorted_out(
    wanted: Wanted, leads: Sequence[tuple[CrmId, Row]], values: Sequence[tuple[CrmId, Row]]
) -> dict[CrmId, LeadRows | None]:
    by_lead: dict[CrmId, list[Row]] = {}
    for crm_id, row in values:
        by_lead.setdefault(crm_id, []).append(row)
    found: dict[CrmId, LeadRows | None] = dict.fromkeys(wanted)
    for crm_id, row in leads:
        if found[crm_id] is not None:
            raise AnswerNotAsAsked(200, "the answer holds a lead twice")
        found[crm_id] = LeadRows(lead=row, values=by_lead.get(crm_id, ()))
    return found


def _number(value: Any) -> int:
    """Return an id as a number; 0 when it is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0

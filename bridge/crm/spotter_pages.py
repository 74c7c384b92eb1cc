"""Spotter page by page: all leads, or those that changed lately, and all persons.

Pages are asked for by key (``id gt N``): rows that come or go meanwhile shift nothing, and a
reading goes on anywhere. A tenant that does not take the filter is read by ``$skip``, each page a
few rows before the end of the last one, and what is known already is dropped; what slips through is
looked up by its id at the end of a run.

The values of the custom fields are pages of their own. They are asked for by the range of the page,
for our fields only: 5 calls for 500 leads instead of 501.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from bridge.crm.client import Call
from bridge.crm.policy import CrmPolicy
from bridge.domain.changes import CallMeter, Lane, ReasonClass
from bridge.domain.identifiers import clean_text
from bridge.domain.mapping import LeadMapper
from bridge.domain.runs import Cursor, Entity, Page
from bridge.errors import CrmError, CrmRefused

__all__ = ["SpotterPages", "earlier"]

Row = Mapping[str, Any]

_PAGE: Final = 500
_OVERLAP: Final = 20
# An OData service takes about 100 nodes in a filter: "or" and a comparison are four.
_IDS_PER_CALL: Final = 20
_PATHS: Final = {Entity.LEADS: "/Leads", Entity.CONTACTS: "/Persons"}
_SECONDS_TEXT: Final = 19


class SpotterPages:
    """Implements ``bridge.ports.PageSource``.

    Example::

        page = await pages.read(Entity.LEADS, Cursor())
        while page.following is not None:
            page = await pages.read(Entity.LEADS, page.following)
    """

    def __init__(
        self,
        policy: CrmPolicy,
        *,
        mapper: LeadMapper,
        custom_keys: Sequence[str],
        lane: Lane,
        incremental_filter: str | None = "updateDate",
    ) -> None:
        self._policy = policy
        self._mapper = mapper
        self._custom_keys = tuple(custom_keys)
        self._lane = lane
        self._changed = incremental_filter
        self._gives_links = False
        self._has_ranges = True
        self._begun: dict[Entity, tuple[int, int]] = {}

    @property
    def can_filter_by_time(self) -> bool:
        """Whether the CRM is said to tell leads by the time of their last change."""
        return self._changed is not None

    async def read(self, entity: Entity, cursor: Cursor, *, since: str | None = None) -> Page:
        """Read one page.

        Raises:
            CrmError: also when pages do not move on, or custom fields cannot be asked for.
        """
        if cursor.skip is None:
            try:
                rows, more, total = await self._by_key(entity, cursor, since=since)
            except CrmRefused as exc:
                if exc.reason_class != ReasonClass.VALIDATION.value or since is not None:
                    raise
                rows = []
            else:
                if all(int(row["id"]) > cursor.after for row in rows):
                    return await self._page(
                        entity,
                        rows,
                        following=Cursor(after=_last_id(rows)) if more else None,
                        total=total,
                        since=since,
                    )
            # The filter by key is refused or ignored.
            cursor = Cursor(after=cursor.after, skip=0)
        return await self._by_number(entity, cursor, since=since)

    async def look_up(self, entity: Entity, ids: Sequence[int]) -> Page:
        """Read these by their ids, a few in each call."""
        rows: list[Row] = []
        for chunk in _chunks(ids):
            condition = " or ".join(f"id eq {number}" for number in chunk)
            rows += await self._chosen(_PATHS[entity], condition, chunk)
        return await self._page(entity, rows, by_ids=True)

    async def persons_of(self, crm_ids: Sequence[int]) -> Page:
        """Read all persons of these leads, a few leads in each call."""
        rows: list[Row] = []
        for chunk in _chunks(crm_ids):
            condition = " or ".join(f"leadId eq {number}" for number in chunk)
            rows += await self._chosen(_PATHS[Entity.CONTACTS], condition, chunk, by="leadId")
        return await self._page(Entity.CONTACTS, rows)

    async def newest_change(self) -> str | None:
        """Return when a lead was changed last, as the CRM writes it."""
        if self._changed is None:
            return None
        rows, _, _ = await self._rows("/Leads", {"$orderby": f"{self._changed} desc", "$top": "1"})
        return clean_text(rows[0].get(self._changed)) if rows else None

    async def _chosen(
        self, path: str, condition: str, ids: Sequence[int], *, by: str = "id"
    ) -> list[Row]:
        """Read all rows of a condition: what is not read to the end would seem missing."""
        chosen: list[Row] = []
        skip, more = 0, True
        while more:
            params = {"$filter": condition, "$orderby": "id asc", "$skip": str(skip)}
            found, more, _ = await self._rows(path, params)
            chosen += [row for row in found if int(row[by]) in ids]
            skip += len(found)
        return chosen

    # ----------------------------------------------------------------- pages

    async def _by_key(
        self, entity: Entity, cursor: Cursor, *, since: str | None
    ) -> tuple[list[Row], bool, int | None]:
        conditions = [f"id gt {cursor.after}"]
        if since is not None:
            conditions.append(self._since(since))
        params = {
            "$filter": " and ".join(conditions),
            "$orderby": "id asc",
            "$top": str(_PAGE),
        }
        return await self._rows(_PATHS[entity], params)

    async def _by_number(self, entity: Entity, cursor: Cursor, *, since: str | None) -> Page:
        skip = cursor.skip or 0
        params = {"$orderby": "id asc", "$top": str(_PAGE), "$skip": str(skip)}
        if since is not None:
            params["$filter"] = self._since(since)
        found, more, total = await self._rows(_PATHS[entity], params)
        ids = [int(row["id"]) for row in found]
        is_ordered = ids == sorted(ids)
        # Without an order nothing is known from the last page: then a row may come twice.
        rows = [row for row in found if not is_ordered or int(row["id"]) > cursor.after]
        start = skip + len(found) - min(_OVERLAP, len(found) // 4)
        begun, first = self._begun.get(entity, (skip, 0))
        self._begun[entity] = (skip, ids[0] if ids else 0)
        if more and (start <= skip or (skip > begun and ids[0] == first)):
            raise CrmRefused(
                status=200,
                reason_class=ReasonClass.UNREADABLE.value,
                detail="the pages do not move on",
            )
        following = Cursor(after=max(cursor.after, _last_id(rows)), skip=start) if more else None
        return await self._page(
            entity, rows, following=following, total=total, since=since, by_ids=not is_ordered
        )

    def _since(self, since: str) -> str:
        """Return the condition; a literal of OData needs a zone, which the CRM's texts lack."""
        zone = "" if since.endswith("Z") or "+" in since else "Z"
        return f"{self._changed} ge {since}{zone}"

    async def _page(
        self,
        entity: Entity,
        rows: Sequence[Row],
        *,
        following: Cursor | None = None,
        total: int | None = None,
        since: str | None = None,
        by_ids: bool = False,
    ) -> Page:
        if entity is Entity.CONTACTS:
            persons = tuple(self._person(row) for row in rows)
            return Page(rows=persons, following=following, total=total)
        changes = [text for row in rows if (text := self._change_of(row)) is not None]
        is_filtered = since is None or all(
            text[:_SECONDS_TEXT] >= since[:_SECONDS_TEXT] for text in changes
        )
        # What changed lately lies far apart: by ids, not by the range.
        values = await self._values(rows, by_ids=by_ids or since is not None) if is_filtered else {}
        return Page(
            rows=tuple(self._lead(row, values.get(int(row["id"]), [])) for row in rows),
            following=following,
            total=total,
            newest=max(changes, default=None),
            is_filtered=is_filtered,
        )

    def _change_of(self, row: Row) -> str | None:
        return clean_text(row.get(self._changed)) if self._changed else None

    def _lead(self, row: Row, values: Iterable[Row]) -> dict[str, Any]:
        lead = self._mapper.from_lead(row, values)
        fields = dict(lead.fields)
        if not self._custom_keys:
            # Not read is not empty.
            for name in ("client_code", "sales_rep", "tax_registration", "financial_analysis"):
                fields.pop(name, None)
        return {
            "crm_id": lead.crm_id,
            "stage": lead.stage,
            "read_version": self._change_of(row),
            **fields,
        }

    def _person(self, row: Row) -> dict[str, Any]:
        email = clean_text(row.get("email"))
        return {
            "person_id": int(row["id"]),
            "crm_id": row.get("leadId"),
            "name": clean_text(row.get("name")),
            "email": email.lower() if email else None,
            "phone": self._mapper.canonical("phone", row.get("phone1")),
            "job_title": clean_text(row.get("jobTitle")),
            "is_primary": "S" if str(row.get("mainContact")).lower() == "true" else "N",
        }

    # ----------------------------------------------------------------- custom fields

    async def _values(self, rows: Sequence[Row], *, by_ids: bool) -> dict[int, list[Row]]:
        """Return the values of our custom fields by lead."""
        if not rows or not self._custom_keys:
            return {}
        ids = [int(row["id"]) for row in rows]
        keys = " or ".join(f"id eq '{key}'" for key in self._custom_keys)
        pages: list[list[Row]] = []
        if self._has_ranges and not by_ids:
            condition = f"leadId ge {min(ids)} and leadId le {max(ids)} and ({keys})"
            try:
                pages = await self._value_pages(condition, ids)
            except CrmRefused as exc:
                if exc.reason_class not in {
                    ReasonClass.VALIDATION.value,
                    ReasonClass.UNREADABLE.value,
                }:
                    raise
                self._has_ranges = False
        if by_ids or not self._has_ranges:
            pages = []
            for chunk in _chunks(ids):
                part = " or ".join(f"leadId eq {number}" for number in chunk)
                pages += await self._value_pages(f"({part}) and ({keys})", chunk)
        values: dict[int, dict[Any, Row]] = {}
        for row in (row for page in pages for row in page):
            values.setdefault(int(row["leadId"]), {})[row.get("id")] = row
        return {number: list(items.values()) for number, items in values.items()}

    async def _value_pages(self, condition: str, ids: Sequence[int]) -> list[list[Row]]:
        """Read the first page with the count, then the others side by side."""
        first, more, total = await self._value_page(condition, ids=ids)
        pages = [first]
        if total is None:
            skip = len(first)
            while more:
                page, more, _ = await self._value_page(condition, ids=ids, skip=skip)
                pages.append(page)
                skip += len(page)
            return pages
        starts = range(len(first), total, len(first) or _PAGE)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._value_page(condition, ids=ids, skip=skip))
                    for skip in starts
                ]
        except* CrmError as errors:
            failed = errors.exceptions[0]
        else:
            return pages + [task.result()[0] for task in tasks]
        raise failed

    async def _value_page(
        self, condition: str, *, ids: Sequence[int], skip: int = 0
    ) -> tuple[list[Row], bool, int | None]:
        params = {"$filter": condition, "$orderby": "leadId asc", "$top": str(_PAGE)}
        if skip:
            params["$skip"] = str(skip)
        rows, more, total = await self._rows("/LeadsCustomFields", params)
        if any(not min(ids) <= int(row["leadId"]) <= max(ids) for row in rows):
            raise CrmRefused(
                status=200,
                reason_class=ReasonClass.UNREADABLE.value,
                detail="custom fields are not filtered by lead: set ERPCRM_CRM__CUSTOM_FIELDS_ON_CREATE=no",
            )
        return rows, more, total

    async def _rows(
        self, path: str, params: Mapping[str, str]
    ) -> tuple[list[Row], bool, int | None]:
        """Return the rows, whether there are more, and the count if it was asked for."""
        meter = CallMeter(lane=self._lane)
        call = Call(method="GET", path=path, params={**params, "$count": "true"})
        reply = await self._policy.send(call, meter)
        data = reply.json()
        rows = data.get("value") if isinstance(data, dict) else None
        if not isinstance(rows, list):
            raise CrmRefused(
                status=reply.status,
                reason_class=ReasonClass.UNREADABLE.value,
                detail="the answer to a read holds no rows",
            )
        total = data.get("@odata.count")
        if isinstance(total, int):
            return rows, bool(rows) and int(params.get("$skip", 0)) + len(rows) < total, total
        has_link = "@odata.nextLink" in data
        self._gives_links = self._gives_links or has_link
        # Where links are given, a full page without one is the last.
        is_full = len(rows) >= int(params.get("$top", _PAGE))
        return rows, has_link or (is_full and not self._gives_links), None


def earlier(moment: str, seconds: float) -> str:
    """Return a time, as the CRM writes it, some seconds before; what is no time stays as it is."""
    text, tail = moment[:_SECONDS_TEXT], moment[_SECONDS_TEXT:]
    zone = "Z" if tail.endswith("Z") else ""
    try:
        then = datetime.fromisoformat(text) - timedelta(seconds=seconds)
    except ValueError:
        return moment
    return then.isoformat(timespec="seconds") + zone


def _last_id(rows: Sequence[Row]) -> int:
    return max((int(row["id"]) for row in rows), default=0)


def _chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + _IDS_PER_CALL] for start in range(0, len(ids), _IDS_PER_CALL)]

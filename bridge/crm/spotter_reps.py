"""Sales reps that the CRM's list does not have are sent as a default."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from bridge.crm.client import Call
from bridge.crm.policy import CrmPolicy
from bridge.domain.changes import CallMeter, Change, Document, ReasonClass
from bridge.domain.identifiers import clean_text
from bridge.errors import CrmRefused

__all__ = ["SpotterReps", "without_agreed"]

_FIELD = "sales_rep"
_SECONDS = 3600.0


class SpotterReps:
    """The list of the custom field for sales reps, read at most once an hour."""

    def __init__(
        self,
        policy: CrmPolicy,
        *,
        key: str,
        default: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._policy = policy
        self._key = key
        self._default = default
        self._clock = clock
        self._known: frozenset[str] = frozenset()
        self._until = 0.0

    async def known(self, meter: CallMeter) -> frozenset[str]:
        """Read the list now. Raises ``bridge.errors.CrmError``."""
        params = {"$filter": f"key eq '{self._key}'"}
        call = Call(method="GET", path="/CustomFields", params=params)
        reply = await self._policy.send(call, meter)
        data = reply.json()
        rows = data.get("value") if isinstance(data, dict) else None
        if not isinstance(rows, list):
            raise CrmRefused(
                status=reply.status,
                reason_class=ReasonClass.UNREADABLE.value,
                detail="the list of sales reps cannot be read",
            )
        self._known = frozenset(_options(rows))
        self._until = self._clock() + _SECONDS
        return self._known

    async def substitute(
        self, change: Change, fields: frozenset[str] | None, meter: CallMeter
    ) -> tuple[Document, Mapping[str, str]]:
        """Return the document as the CRM can take it, and what stands in it for another value.

        Args:
            change: what is to be sent.
            fields: fields to be sent; None: all.
            meter: of the attempt; the list costs a call of it when it is not known.

        Raises:
            CrmError: the list could not be read.
        """
        rep = _code(change.document.get(_FIELD))
        if rep is None or not self._default or (fields is not None and _FIELD not in fields):
            return change.document, {}
        if rep not in self._known and self._clock() >= self._until:
            await self.known(meter)
        # An empty list says nothing about who is in it.
        if not self._known or rep in self._known:
            return change.document, {}
        return {**change.document, _FIELD: self._default}, {_FIELD: self._default}


def without_agreed(
    fields: frozenset[str], sent: Mapping[str, str], change: Change
) -> frozenset[str]:
    """Leave out what the CRM was sent before in the place of a value and holds still."""
    agreed = change.agreed_image or {}
    if change.is_in_doubt:
        return fields
    return fields - {name for name, value in sent.items() if _code(agreed.get(name)) == value}


def _options(rows: list[Any]) -> list[str]:
    found: list[str] = []
    for row in rows:
        options = row.get("options") if isinstance(row, dict) else None
        for option in options if isinstance(options, list) else []:
            value = _code(option.get("value") if isinstance(option, dict) else option)
            if value is not None:
                found.append(value)
    return found


def _code(value: object) -> str | None:
    """Codes are numbers in the ERP and texts in the CRM: 012 is 12."""
    text = clean_text(value)
    return str(int(text)) if text is not None and text.isascii() and text.isdigit() else text

"""Calls that a person or a caller of the kept HTTP routes waits for: all of the interactive lane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.crm.client import Call, Reply
from bridge.crm.policy import CrmPolicy
from bridge.domain.changes import CallMeter, Lane, ReasonClass
from bridge.errors import CrmRefused

__all__ = ["DeskCalls", "Row", "created_id", "unreadable"]

_WRITTEN = frozenset({200, 201, 204})

Row = Mapping[str, Any]


class DeskCalls:
    """Reads rows and writes bodies. Raises ``bridge.errors.CrmError``."""

    def __init__(self, policy: CrmPolicy) -> None:
        self._policy = policy

    async def _write(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        *,
        params: Mapping[str, str] | None = None,
    ) -> Reply:
        call = Call(method=method, path=path, body=body, params=params or {}, expect=_WRITTEN)
        return await self._policy.send(call, CallMeter(lane=Lane.INTERACTIVE))

    async def _rows(self, path: str, params: Mapping[str, str]) -> list[Row]:
        call = Call(method="GET", path=path, params=params)
        reply = await self._policy.send(call, CallMeter(lane=Lane.INTERACTIVE))
        data = reply.json()
        rows = data.get("value") if isinstance(data, dict) else None
        if not isinstance(rows, list):
            raise unreadable(reply)
        return rows


def created_id(reply: Reply) -> int:
    """Return the id in the answer to a create."""
    data = reply.json()
    value = data.get("value") if isinstance(data, dict) else None
    if not isinstance(value, int) or isinstance(value, bool):
        raise unreadable(reply)
    return value


def unreadable(reply: Reply) -> CrmRefused:
    """Return the error for an answer that is a success and makes no sense."""
    return CrmRefused(
        status=reply.status,
        reason_class=ReasonClass.UNREADABLE.value,
        detail="the answer is not what was asked for",
    )

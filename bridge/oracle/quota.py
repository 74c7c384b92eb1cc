"""The ``CallBook`` over crm_bridge_api: the budget of calls, as all daemons have it."""

from __future__ import annotations

import orjson

from bridge.domain.grants import CallsAnswer, CallsRequest, Slot
from bridge.oracle.pool import Database

__all__ = ["OracleCallBook"]


class OracleCallBook:
    """Each method is a transaction of its own."""

    def __init__(self, database: Database, *, worker_id: str) -> None:
        self._database = database
        self._worker_id = worker_id

    async def take(self, request: CallsRequest) -> CallsAnswer:
        """Take calls ahead, and tell of those taken before."""
        told = [[t.slot, t.grant, t.fate.value, round(t.seconds, 3)] for t in request.told]
        out = await self._database.call(
            "take_calls",
            {
                "in_worker_id": self._worker_id,
                "in_calls": request.calls,
                "in_window_seconds": request.seconds,
                "in_wanted": request.wanted,
                "in_told": orjson.dumps(told).decode() if told else None,
                "in_day_calls": request.day_calls,
                "in_day_minutes": request.day_minutes,
                "in_day_left": request.day_left,
            },
            {
                "out_grant_no": int,
                "out_slots": str,
                "out_wait_seconds": float,
                "out_pause_seconds": float,
                "out_pause_reason": str,
                "out_refused_status": int,
                "out_used": int,
                "out_others": int,
            },
        )
        grant = int(out["out_grant_no"] or 0)
        return CallsAnswer(
            slots=[
                Slot(int(slot), grant, float(begins), float(ends))
                for slot, begins, ends in orjson.loads(out["out_slots"] or "[]")
            ],
            wait_seconds=float(out["out_wait_seconds"] or 0),
            pause_seconds=float(out["out_pause_seconds"] or 0),
            pause_reason=out["out_pause_reason"],
            refused_status=out["out_refused_status"],
            used=int(out["out_used"] or 0),
            others=int(out["out_others"] or 0),
        )

    async def pause(self, seconds: float, reason: str) -> None:
        """Say that the CRM wants no calls for so long."""
        await self._database.call(
            "pause_calls",
            {"in_worker_id": self._worker_id, "in_seconds": seconds, "in_reason": reason},
        )

    async def refuse(self, status: int) -> None:
        """Say that the CRM refuses our token."""
        await self._database.call(
            "refuse_calls", {"in_worker_id": self._worker_id, "in_http_status": status}
        )

    async def take_probe(self, *, is_start: bool) -> tuple[bool, float, bool]:
        """Return whether to probe now, else in how many seconds, and whether we are refused."""
        out = await self._database.call(
            "take_probe",
            {"in_worker_id": self._worker_id, "in_is_start": "S" if is_start else "N"},
            {"out_is_ours": str, "out_wait_seconds": float, "out_is_refused": str},
        )
        return (
            out["out_is_ours"] == "S",
            float(out["out_wait_seconds"] or 0),
            out["out_is_refused"] == "S",
        )

    async def admit(self) -> None:
        """Say that the CRM takes our token."""
        await self._database.call("admit_calls", {"in_worker_id": self._worker_id})

"""The ``CallBook`` over crm_bridge_api: the budget of calls, as all daemons have it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import orjson

from bridge.domain.calls import Ask, Grant, Standing, Stops, Turn
from bridge.oracle.pool import Database

__all__ = ["OracleCallBook"]

_STOPS = {"out_paused_seconds": float, "out_pause_reason": str, "out_refused_status": int}


class OracleCallBook:
    """Each method is a transaction of its own, and one round trip."""

    def __init__(self, database: Database, *, worker_id: str) -> None:
        self._database = database
        self._worker_id = worker_id
        # Of this process: what one that died has taken is not ours.
        self._holder = f"{worker_id[:64]}#{secrets.token_hex(8)}"

    async def join(self, seconds: float, *, is_start: bool) -> Standing:
        """Say that this worker takes its calls here."""
        out = await self._database.call(
            "join_calls",
            {
                "in_worker_id": self._worker_id,
                "in_is_start": "S" if is_start else "N",
                "in_seconds": seconds,
            },
            {"out_sharing": int, **_STOPS},
        )
        return Standing(sharing=int(out["out_sharing"] or 1), stops=_stops(out))

    async def take(self, ask: Ask) -> Grant:
        """Take calls ahead, and tell of those taken before."""
        made = [[calls, round(seconds, 4)] for calls, seconds in ask.made]
        out = await self._database.call(
            "take_calls",
            {
                "in_quota_name": ask.quota,
                "in_holder": self._holder,
                "in_ask_no": ask.number,
                "in_calls": ask.calls,
                "in_window_seconds": ask.seconds,
                "in_use_seconds": ask.use_seconds,
                "in_kept": ask.kept,
                "in_made": orjson.dumps(made).decode() if made else None,
                "in_wanted": ask.wanted,
            },
            {"out_granted": int, "out_wait_seconds": float, **_STOPS},
        )
        return Grant(
            granted=int(out["out_granted"] or 0),
            wait_seconds=float(out["out_wait_seconds"] or 0),
            stops=_stops(out),
        )

    async def pause(self, seconds: float, reason: str) -> None:
        """Say that the CRM wants no calls for so long."""
        await self._database.call("pause_calls", {"in_seconds": seconds, "in_reason": reason})

    async def refuse(self, status: int) -> None:
        """Say that the CRM refuses our token."""
        await self._database.call("refuse_calls", {"in_http_status": status})

    async def admit(self) -> None:
        """Say that the CRM takes our token."""
        await self._database.call("admit_calls", {})

    async def take_probe(self, after_seconds: float) -> Turn:
        """Take the turn of asking whether the token is taken by now."""
        out = await self._database.call(
            "take_probe",
            {"in_after_seconds": after_seconds},
            {"out_is_ours": str, "out_is_refused": str},
        )
        if out["out_is_refused"] != "S":
            return Turn.ADMITTED
        return Turn.OURS if out["out_is_ours"] == "S" else Turn.NOT_YET


def _stops(out: Mapping[str, Any]) -> Stops:
    return Stops(
        pause_seconds=float(out["out_paused_seconds"] or 0),
        pause_reason=out["out_pause_reason"],
        refused_status=out["out_refused_status"],
    )

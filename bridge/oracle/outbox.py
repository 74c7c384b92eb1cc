"""The ``Outbox`` over crm_bridge_api."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import oracledb

from bridge import failpoints
from bridge.domain.changes import Change, CrmId, Document, Settlement, Step
from bridge.errors import SchemaMismatch
from bridge.oracle import codec
from bridge.oracle.pool import Database
from bridge.oracle.runs import convergence

__all__ = ["OracleOutbox"]

_CLIENTS = 1000  # of a piece of the initial load: far below the limit of a call


class OracleOutbox:
    """Bookkeeping of outbound changes, in short transactions of the pool."""

    def __init__(self, database: Database, *, worker_id: str) -> None:
        self._database = database
        self._worker_id = worker_id

    async def api_version(self) -> int:
        """Return the version of crm_bridge_api."""
        try:
            out = await self._database.call("api_version", {}, {"out_version": int})
        except SchemaMismatch as exc:
            raise SchemaMismatch(
                code=exc.code,
                statement=exc.statement,
                advice=(
                    f"{self._database.owner}.crm_bridge_api is missing, invalid or not granted to "
                    f"{self._database.user}: see erpcrm migrate status, then run erpcrm migrate"
                ),
            ) from exc
        return int(out["out_version"])

    async def oldest_api_version(self) -> int:
        """Return the version of the oldest daemon that the database serves."""
        out = await self._database.call("oldest_api_version", {}, {"out_version": int})
        return int(out["out_version"])

    async def schema_version(self) -> str:
        """Return the newest migration that is applied completely."""
        out = await self._database.call("schema_version", {}, {"out_version": str})
        return str(out["out_version"] or "")

    async def begin_worker(self) -> int:
        """Announce this worker."""
        out = await self._database.call(
            "begin_worker", {"in_worker_id": self._worker_id}, {"out_released": int}
        )
        return int(out["out_released"] or 0)

    async def heartbeat(self) -> int:
        """Say that this worker is alive; returns how many are."""
        out = await self._database.call(
            "heartbeat", {"in_worker_id": self._worker_id}, {"out_live_workers": int}
        )
        return int(out["out_live_workers"] or 1)

    async def settle(self, change: Change, settlement: Settlement) -> None:
        """End an attempt."""
        await self._database.call(
            "settle_change",
            codec.settlement_binds(change, settlement),
            failpoint="before_settle_commit",
            settles=True,
        )
        failpoints.hit("after_settle_commit")

    async def check_unseen(self, change: Change, crm_id: CrmId, seen: Document) -> frozenset[str]:
        """Return the fields that somebody has changed in the CRM and no webhook has told of."""
        out = await self._database.call(
            "check_unseen",
            {
                "in_event_id": change.event_id,
                "in_fence_token": change.fence_token,
                "in_crm_id": crm_id,
                "in_seen": codec.seen_json(seen),
            },
            {"out_unseen": str},
        )
        return codec.field_names(out["out_unseen"])

    async def check_unseen_contact(
        self, change: Change, crm_id: CrmId, step: Step, seen: Document, main_id: int | None
    ) -> frozenset[str]:
        """Return the fields of a person that somebody has changed in the CRM unheard."""
        out = await self._database.call(
            "check_unseen_contact",
            {
                "in_event_id": change.event_id,
                "in_fence_token": change.fence_token,
                "in_crm_id": crm_id,
                "in_contact_id": step.contact_id,
                "in_seen": codec.seen_json(seen),
                "in_main_id": main_id,
            },
            {"out_unseen": str},
        )
        return codec.field_names(out["out_unseen"])

    async def repair_gaps(self, limit: int) -> int:
        """Turn gaps into events."""
        out = await self._database.call("repair_gaps", {"in_limit": limit}, {"out_repaired": int})
        return int(out["out_repaired"] or 0)

    async def release_substitutes(self, field: str, known: frozenset[str]) -> int:
        """Send again what was replaced and the CRM knows by now; returns the records."""
        out = await self._database.call(
            "release_substitutes",
            {"in_field_name": field, "in_known": codec.texts_json(known)},
            {"out_requested": int},
            sizes={"in_known": oracledb.DB_TYPE_CLOB},
        )
        return int(out["out_requested"] or 0)

    async def request_initial_load(
        self, *, clients: int = _CLIENTS, told: Callable[[int, int], None] | None = None
    ) -> int:
        """Request a send of every branch without an agreed image; return how many.

        A piece of ``clients`` at a time, each committed, so that a call is short whatever the size
        of the ERP. A run that was cut off is simply repeated: what is requested already is passed
        over. ``told`` hears after each piece the branches so far and the last client's code.
        """
        requested = 0
        after: int | None = 0
        while after is not None:
            out = await self._database.call(
                "request_unsent",
                {"in_after": after, "in_limit": clients},
                {"out_requested": int, "out_next": int},
            )
            requested += int(out["out_requested"] or 0)
            after = out["out_next"]
            if told is not None and after is not None:
                told(requested, after)
        return requested

    async def status(self) -> Mapping[str, float]:
        """Return the rows of CRM_STATUS_V."""
        _, rows = await self._database.query("status")
        return {str(metric).lower(): float(value or 0) for metric, value in rows}

    async def convergence(self) -> dict[str, Any]:
        """Return how much is proven to be equal now."""
        return await convergence(self._database)

    async def parked(self) -> list[dict[str, Any]]:
        """Return the first parked changes."""
        columns, rows = await self._database.query("parked")
        return [dict(zip((c.lower() for c in columns), row, strict=True)) for row in rows]

    async def ping(self) -> None:
        """Prove that a statement can be run."""
        await self._database.query("ping")

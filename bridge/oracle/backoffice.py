"""What the kept routes and the pages do in the database, over crm_bridge_api and the granted views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import oracledb
import orjson

from bridge.domain.operations import ParkedItem, ParkedWebhook, StoredIndustries
from bridge.oracle.errors import translate
from bridge.oracle.operator import OperatorDesk, ParkedFilter
from bridge.oracle.pool import Database, execute

__all__ = ["OracleBackoffice"]

# Up to this length a text goes along with the call as it is.
_CLOB_CHARS = 8_000


class OracleBackoffice:
    """Implements ``bridge.web.desk.Backoffice``, in short transactions of the pool."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._operator = OperatorDesk(database)

    async def store_industries(self, names: Sequence[str]) -> StoredIndustries:
        """Add the industries that the ERP does not have."""
        text = orjson.dumps(list(names)).decode()
        out = await self._database.call(
            "store_industries",
            {"in_industries": text},
            {"out_added": int, "out_known": int, "out_refused": int},
            sizes={"in_industries": oracledb.DB_TYPE_CLOB} if len(text) > _CLOB_CHARS else None,
        )
        return StoredIndustries(
            added=int(out["out_added"] or 0),
            known=int(out["out_known"] or 0),
            refused=int(out["out_refused"] or 0),
        )

    async def parked_webhooks(self, limit: int) -> list[ParkedItem]:
        """Return parked webhooks without their bodies."""
        return await self._operator.parked(ParkedFilter(kind="INBOX"), limit=limit)

    async def parked_webhook(self, inbox_id: int) -> ParkedWebhook:
        """Return a parked webhook with its body."""
        name = "read_parked_webhook"

        async def body(connection: oracledb.AsyncConnection) -> ParkedWebhook:
            out = await execute(
                connection,
                name,
                self._database.sql[name],
                {"in_inbox_id": inbox_id},
                {"out_webhook": oracledb.DB_TYPE_CURSOR},
            )
            cursor: oracledb.AsyncCursor = out["out_webhook"]
            try:
                columns = [column.name.lower() for column in cursor.description or ()]
                (row,) = await cursor.fetchall()
            except (oracledb.Error, OSError) as exc:
                raise translate(exc, name) from None
            finally:
                cursor.close()
            return _webhook(dict(zip(columns, row, strict=True)))

        return await self._database.transaction(name, body, commit=False)

    async def edit_webhook(self, inbox_id: int, body: str, *, by: str, crm_id: int | None) -> None:
        """Put another body into a parked webhook and try it again; ``by`` stands in the audit."""
        await self._database.call(
            "edit_inbox",
            {"in_inbox_id": inbox_id, "in_body": body, "in_by": by, "in_crm_id": crm_id},
        )


def _webhook(row: dict[str, Any]) -> ParkedWebhook:
    return ParkedWebhook(
        inbox_id=int(row["inbox_id"]),
        event_type=str(row["event_type"]),
        crm_id=None if row["crm_id"] is None else int(row["crm_id"]),
        record_key=row["record_key"],
        attempts=int(row["attempts"]),
        detail=row["detail"],
        received_on=row["received_on"],
        body=row["body"] or b"",
    )

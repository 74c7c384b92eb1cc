"""The ``Inbox`` over crm_bridge_api."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import oracledb

from bridge import failpoints
from bridge.domain.changes import (
    ApplyResult,
    ContactSnapshot,
    CrmId,
    EventType,
    InboundEvent,
    LeadSnapshot,
    StoredWebhook,
    Webhook,
    WebhookSettlement,
)
from bridge.oracle import codec
from bridge.oracle.pool import Database, execute

__all__ = ["OracleInbox"]

# Up to this length a RAW goes along with the call; a longer body needs a temporary LOB.
_RAW_BYTES = 32_767
_CLOB_CHARS = 8_000
_STORED = {"out_inbox_id": int, "out_is_duplicate": str}


class OracleInbox:
    """Bookkeeping of webhooks, in short transactions of the pool."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def store(
        self,
        *,
        source: str,
        event_type: EventType,
        dedupe_key: str,
        crm_id: CrmId | None,
        body: bytes,
        fields: str | None = None,
    ) -> StoredWebhook:
        """Store a webhook; it is committed when this returns."""
        event = InboundEvent(
            event_type=event_type, dedupe_key=dedupe_key, crm_id=crm_id, body=body, fields=fields
        )
        out = await self._database.call(
            "store_webhook",
            _binds(source, event),
            _STORED,
            sizes=_sizes(event),
            failpoint="inbound_before_store_commit",
        )
        failpoints.hit("inbound_after_store_commit")
        return _stored(out)

    async def store_all(
        self, *, source: str, events: Sequence[InboundEvent]
    ) -> list[StoredWebhook]:
        """Store the events of one webhook in one transaction; committed when this returns."""
        # Two requests may bring the same events in another order: who inserts in the order of the
        # keys waits, but never in a circle.
        ordered = sorted(range(len(events)), key=lambda place: events[place].dedupe_key)

        async def body(connection: oracledb.AsyncConnection) -> dict[int, StoredWebhook]:
            stored = {}
            for place in ordered:
                event = events[place]
                out = await execute(
                    connection,
                    "store_webhook",
                    self._database.sql["store_webhook"],
                    _binds(source, event),
                    _STORED,
                    sizes=_sizes(event),
                )
                stored[place] = _stored(out)
            failpoints.hit("inbound_before_store_commit")
            return stored

        found = await self._database.transaction("store_webhook", body)
        failpoints.hit("inbound_after_store_commit")
        return [found[place] for place in range(len(events))]

    async def apply(
        self,
        webhook: Webhook,
        lead: LeadSnapshot,
        contacts: Sequence[ContactSnapshot] | None = None,
    ) -> ApplyResult:
        """Apply a lead, with its persons if they were read, and settle its webhook."""
        return await self._apply("apply_lead", webhook, "in_lead", codec.lead_json(lead, contacts))

    async def apply_contacts(
        self, webhook: Webhook, contacts: Sequence[ContactSnapshot]
    ) -> ApplyResult:
        """Apply the persons of a lead and settle its webhook."""
        text = codec.contacts_json(contacts)
        return await self._apply("apply_contacts", webhook, "in_contacts", text)

    async def _apply(self, statement: str, webhook: Webhook, bind: str, text: str) -> ApplyResult:
        out = await self._database.call(
            statement,
            {
                "in_inbox_id": webhook.inbox_id,
                "in_fence_token": webhook.fence_token,
                bind: text,
            },
            {"out_result": str},
            sizes={bind: oracledb.DB_TYPE_CLOB} if len(text) > _CLOB_CHARS else None,
            failpoint="inbound_before_settle_commit",
        )
        failpoints.hit("inbound_after_settle_commit")
        return ApplyResult(out["out_result"])

    async def apply_missing(self, webhook: Webhook) -> ApplyResult:
        """Settle a webhook whose lead the CRM does not have."""
        out = await self._database.call(
            "apply_missing",
            {"in_inbox_id": webhook.inbox_id, "in_fence_token": webhook.fence_token},
            {"out_result": str},
        )
        return ApplyResult(out["out_result"])

    async def settle(self, webhook: Webhook, settlement: WebhookSettlement) -> None:
        """End an attempt without applying anything."""
        await self._database.call(
            "settle_webhook", codec.webhook_settlement_binds(webhook, settlement), settles=True
        )


def _binds(source: str, event: InboundEvent) -> dict[str, Any]:
    return {
        "in_source": source,
        "in_event_type": event.event_type.value,
        "in_dedupe_key": event.dedupe_key,
        "in_crm_id": event.crm_id,
        "in_body": event.body,
        "in_fields": event.fields,
    }


def _sizes(event: InboundEvent) -> dict[str, Any] | None:
    return {"in_body": oracledb.DB_TYPE_BLOB} if len(event.body) > _RAW_BYTES else None


def _stored(out: dict[str, Any]) -> StoredWebhook:
    return StoredWebhook(
        inbox_id=int(out["out_inbox_id"] or 0), is_duplicate=out["out_is_duplicate"] == "S"
    )

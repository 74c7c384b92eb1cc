"""Inbound: stored webhook → read the lead from the CRM → apply.

A webhook is a hint: it says that a lead has changed, never what it is now. The lead is read under
the record's lease, so that no delivery of ours stands between the reading and the applying. The
claim says whether its persons are to be read as well, or alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import structlog

from bridge import failpoints, metrics
from bridge.core.again import Again
from bridge.core.delivery import UNEXPECTED, result_of
from bridge.core.slots import SlotLoop
from bridge.domain.changes import (
    ApplyResult,
    CallMeter,
    ContactSnapshot,
    CrmId,
    InboxOutcome,
    ItemKind,
    Lane,
    LeadSnapshot,
    Reads,
    Webhook,
    WebhookSettlement,
)
from bridge.domain.retry import RetryPolicy
from bridge.errors import CrmError, DatabaseError, DataRejected, StaleClaim
from bridge.ports import Clock, Crm, Inbox, Progress, WebhookQueue

__all__ = ["InboundRelay"]

# There are many slots so that reads can be combined; the database is asked by a few at a time, or they
# would take each other's connections and give their claims up.
_APPLYING = 4

log = structlog.get_logger(__name__)


class InboundRelay:
    """Handles stored webhooks, ``slots`` at a time, until stopped."""

    def __init__(
        self,
        *,
        queue: WebhookQueue,
        inbox: Inbox,
        crm: Crm,
        retry: RetryPolicy,
        slots: int,
        wait_seconds: int,
        lease_seconds: float,
        clock: Clock,
        progress: Progress,
    ) -> None:
        self._inbox = inbox
        self._crm = crm
        self._retry = retry
        self._clock = clock
        self._deadline_seconds = lease_seconds * 0.75
        self._applying = asyncio.Semaphore(_APPLYING)
        self.loop = SlotLoop[Webhook](
            "inbound",
            queue=queue,
            handle=self.handle,
            slots=slots,
            wait_seconds=wait_seconds,
            pause_seconds=crm.pause_seconds,
            clock=clock,
            progress=progress,
        )
        self._again = Again(
            lease_seconds=lease_seconds, clock=clock, slowed=self.loop.ran_out_of_time
        )

    async def handle(self, webhook: Webhook) -> None:
        """Handle one webhook, whatever happens."""
        until = self._again.end_of_lease()
        try:
            settlement = await self._attempt(webhook, until)
            if settlement is not None:
                await self._again.do(
                    lambda: self._inbox.settle(webhook, settlement),
                    until=until,
                    failed=partial(_tell_again, webhook, "settle_repeated"),
                )
                metrics.INBOUND.labels(settlement.outcome.value.lower()).inc()
                log.warning(
                    "webhook_failed",
                    inbox_id=webhook.inbox_id,
                    attempt=webhook.attempt,
                    outcome=settlement.outcome.value,
                    retry_seconds=settlement.retry_seconds,
                )
        except StaleClaim:
            metrics.STALE_CLAIMS.inc()
            log.warning("claim_lost", inbox_id=webhook.inbox_id)
        except DatabaseError as exc:
            # The lease ends by itself, and the webhook is claimed again.
            log.warning(
                "settle_failed", inbox_id=webhook.inbox_id, code=exc.code, statement=exc.statement
            )

    async def _attempt(self, webhook: Webhook, until: float) -> WebhookSettlement | None:
        """Read and apply; returns how to settle when nothing was applied."""
        if webhook.crm_id is None:
            return WebhookSettlement(outcome=InboxOutcome.PARKED, detail="the body names no lead")
        failpoints.hit("inbound_before_call")
        try:
            async with asyncio.timeout(self._deadline_seconds):
                lead, contacts = await self._read(webhook, webhook.crm_id)
        except (CrmError, TimeoutError) as exc:
            return self._failed(webhook, exc)
        except UNEXPECTED as exc:
            log.error("change_tripped", inbox_id=webhook.inbox_id, error=type(exc).__name__)
            return self._repeat(webhook, f"internal: {type(exc).__name__}")
        failpoints.hit("inbound_after_call")
        try:
            result = await self._again.do(
                lambda: self._apply(webhook, lead, contacts),
                until=until,
                failed=partial(_tell_again, webhook, "apply_failed"),
            )
        except DataRejected as exc:
            return WebhookSettlement(
                outcome=InboxOutcome.PARKED,
                detail=f"the database does not take the lead: {exc.code}",
            )
        metrics.INBOUND.labels(result.value.lower()).inc()
        log.debug(
            "webhook_applied",
            inbox_id=webhook.inbox_id,
            record=webhook.record_key,
            result=result.value,
        )
        return None

    async def _read(
        self, webhook: Webhook, crm_id: CrmId
    ) -> tuple[LeadSnapshot | None, Sequence[ContactSnapshot] | None]:
        """Read what is asked for, side by side."""
        known, meter = webhook.known_fields, CallMeter(lane=_lane(webhook))
        if webhook.reads is Reads.LEAD:
            return await self._crm.read(crm_id, meter, known=known), None
        if webhook.reads is Reads.CONTACTS:
            return None, await self._crm.read_contacts(crm_id, meter)
        try:
            async with asyncio.TaskGroup() as group:
                lead = group.create_task(self._crm.read(crm_id, meter, known=known))
                contacts = group.create_task(self._crm.read_contacts(crm_id, meter))
        except* CrmError as errors:
            first = errors.exceptions[0]
        else:
            return lead.result(), contacts.result()
        raise first

    async def _apply(
        self,
        webhook: Webhook,
        lead: LeadSnapshot | None,
        contacts: Sequence[ContactSnapshot] | None,
    ) -> ApplyResult:
        async with self._applying:
            if lead is not None:
                return await self._inbox.apply(webhook, lead, contacts)
            if webhook.reads is Reads.CONTACTS and contacts is not None:
                return await self._inbox.apply_contacts(webhook, contacts)
            # Absence deletes nothing: the CRM may lag, or the lead may be merged away.
            return await self._inbox.apply_missing(webhook)

    def _failed(self, webhook: Webhook, exc: CrmError | TimeoutError) -> WebhookSettlement:
        if isinstance(exc, TimeoutError):
            return self._repeat(webhook, "reading the lead took too long")
        result = result_of(exc)
        if result.kind is ItemKind.REJECTED:
            return WebhookSettlement(outcome=InboxOutcome.PARKED, detail=result.detail)
        return self._repeat(webhook, result.detail, result.retry_after)

    def _repeat(
        self, webhook: Webhook, detail: str | None, retry_after: float | None = None
    ) -> WebhookSettlement:
        return WebhookSettlement(
            outcome=InboxOutcome.RETRY,
            detail=detail,
            retry_seconds=self._retry.delay(webhook.attempt, retry_after),
        )


def _tell_again(webhook: Webhook, event: str, exc: DatabaseError, attempt: int) -> None:
    log.warning(
        event,
        inbox_id=webhook.inbox_id,
        code=exc.code,
        statement=exc.statement,
        attempt=attempt,
    )


def _lane(webhook: Webhook) -> Lane:
    """Hints of a run over all leads wait behind what people do."""
    return Lane.RECONCILE if webhook.source == "RECONCILE" else Lane.LIVE

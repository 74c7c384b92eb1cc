"""Outbound: claimed changes → CRM → settled."""

from __future__ import annotations

import asyncio

import structlog

from bridge import failpoints, metrics
from bridge.core.again import Again
from bridge.core.delivery import UNEXPECTED, Delivery
from bridge.core.slots import SlotLoop
from bridge.domain.changes import (
    CallMeter,
    Change,
    ItemKind,
    ItemResult,
    Lane,
    Outcome,
    ReasonClass,
    Settlement,
)
from bridge.domain.retry import RetryPolicy
from bridge.errors import DatabaseError, DataRejected, StaleClaim
from bridge.ports import ChangeQueue, Clock, Crm, Outbox, Progress

__all__ = ["OutboundRelay"]

log = structlog.get_logger(__name__)


class OutboundRelay:
    """Delivers changes, ``slots`` at a time, until stopped."""

    def __init__(
        self,
        *,
        queue: ChangeQueue,
        outbox: Outbox,
        crm: Crm,
        retry: RetryPolicy,
        slots: int,
        wait_seconds: int,
        lease_seconds: float,
        clock: Clock,
        progress: Progress,
    ) -> None:
        self._outbox = outbox
        self._delivery = Delivery(crm, outbox=outbox, retry=retry)
        self._clock = clock
        # An attempt ends well before its lease does, so that a live holder is never overtaken.
        self._deadline_seconds = lease_seconds * 0.75
        self.loop = SlotLoop[Change](
            "outbound",
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

    async def handle(self, change: Change) -> None:
        """Deliver and settle one change."""
        started = self._clock.monotonic()
        until = self._again.end_of_lease()
        failpoints.hit("before_call")
        settlement = await self._attempt(change)
        failpoints.hit("after_call")
        await self._settle(change, settlement, until)
        metrics.DELIVERIES.labels(settlement.outcome.value.lower()).inc()
        metrics.DELIVERY_SECONDS.observe(self._clock.monotonic() - started)

    async def _attempt(self, change: Change) -> Settlement:
        meter = CallMeter(lane=Lane.LIVE if change.attempt == 1 else Lane.RETRY)
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await self._delivery.deliver(change, meter)
        except TimeoutError:
            kind = ItemKind.UNKNOWN if meter.write_pending else ItemKind.RETRY
            reason = ReasonClass.UNKNOWN_OUTCOME if meter.write_pending else ReasonClass.TRANSIENT
            result = ItemResult(kind=kind, reason=reason, detail="the attempt took too long")
            return self._delivery.settlement(change, result, meter)
        except UNEXPECTED as exc:
            # A record that trips the code must not end the daemon: it is counted, then parked.
            kind = ItemKind.UNKNOWN if meter.write_pending else ItemKind.RETRY
            log.error("change_tripped", record=change.record_key, error=type(exc).__name__)
            result = ItemResult(
                kind=kind, reason=ReasonClass.INTERNAL, detail=f"internal: {type(exc).__name__}"
            )
            return self._delivery.settlement(change, result, meter)

    async def _settle(self, change: Change, settlement: Settlement, until: float) -> None:
        try:
            try:
                await self._write(change, settlement, until)
            except DataRejected as exc:
                if settlement.outcome is Outcome.PARKED:
                    raise
                # E.g. the lead belongs to another record: for a person, not for another attempt.
                settlement = Settlement(
                    outcome=Outcome.PARKED,
                    calls=settlement.calls,
                    http_status=settlement.http_status,
                    steps=settlement.steps,
                    reason=ReasonClass.CONFLICT,
                    detail=f"the database does not take the result: {exc.code}",
                )
                await self._write(change, settlement, until)
        except StaleClaim:
            # After a lost reply of a commit this is the normal end: the first try has settled it.
            metrics.STALE_CLAIMS.inc()
            log.warning("claim_lost", record=change.record_key, event_id=change.event_id)
        except DatabaseError as exc:
            log.error(
                "settle_failed",
                record=change.record_key,
                event_id=change.event_id,
                code=exc.code,
                statement=exc.statement,
            )
        else:
            self._tell(change, settlement)

    async def _write(self, change: Change, settlement: Settlement, until: float) -> None:
        def failed(exc: DatabaseError, attempt: int) -> None:
            log.warning(
                "settle_repeated",
                record=change.record_key,
                event_id=change.event_id,
                code=exc.code,
                statement=exc.statement,
                attempt=attempt,
            )

        await self._again.do(
            lambda: self._outbox.settle(change, settlement), until=until, failed=failed
        )

    def _tell(self, change: Change, settlement: Settlement) -> None:
        event = {
            Outcome.DELIVERED: "change_settled",
            Outcome.PARKED: "change_parked",
            Outcome.RETRY: "change_failed",
            Outcome.IN_DOUBT: "change_failed",
        }[settlement.outcome]
        write = log.debug if settlement.outcome is Outcome.DELIVERED else log.warning
        write(
            event,
            record=change.record_key,
            event_id=change.event_id,
            version=change.version,
            attempt=change.attempt,
            outcome=settlement.outcome.value,
            reason=settlement.reason.value if settlement.reason else None,
            status=settlement.http_status,
            calls=settlement.calls,
            retry_seconds=settlement.retry_seconds,
        )

"""What every adapter shares: turning errors of writes into results per item."""

from __future__ import annotations

from bridge.crm.client import Call, Reply
from bridge.crm.policy import CrmPolicy
from bridge.domain.changes import (
    CallMeter,
    Change,
    Document,
    ItemKind,
    ItemResult,
    ReasonClass,
    StepKind,
)
from bridge.errors import CrmError, CrmNotSent, CrmOutcomeUnknown, CrmPaused, CrmRefused

__all__ = ["Adapter", "judge", "judge_refusal", "undeclared"]

# Refusals after which the item is as before, so that it can simply be tried again.
_RETRY = frozenset({ReasonClass.AUTH, ReasonClass.UNREADABLE})


class Adapter:
    """Base of the adapters: one policy, one way to judge a failed write."""

    def __init__(self, policy: CrmPolicy) -> None:
        self._policy = policy

    def pause_seconds(self) -> float:
        """How long calls are held back."""
        return self._policy.pause_seconds()

    async def as_sent(self, _change: Change, _seen: Document, _meter: CallMeter) -> frozenset[str]:
        """No value is replaced on its way."""
        return frozenset()

    async def _write(self, call: Call, meter: CallMeter) -> Reply | ItemResult:
        """Send a write; returns the answer when it is a success."""
        try:
            return await self._policy.send(call, meter)
        except CrmError as exc:
            return judge(exc)


def undeclared(kind: StepKind, name: str) -> ItemResult:
    """Return the refusal of a step that the CRM's capabilities do not name."""
    return ItemResult(
        kind=ItemKind.REJECTED,
        reason=ReasonClass.VALIDATION,
        detail=f"{name} has no step {kind.value}",
    )


def judge(exc: CrmError) -> ItemResult:
    """Return what the error of a write means for the item that was written."""
    match exc:
        case CrmPaused():
            return ItemResult(
                kind=ItemKind.PAUSED, reason=ReasonClass.PAUSED, retry_after=exc.seconds
            )
        case CrmNotSent():
            return ItemResult(kind=ItemKind.RETRY, reason=ReasonClass.TRANSIENT, detail=str(exc))
        case CrmOutcomeUnknown():
            return ItemResult(
                kind=ItemKind.UNKNOWN, reason=ReasonClass.UNKNOWN_OUTCOME, detail=str(exc)
            )
        case CrmRefused():
            return judge_refusal(exc)
        case _:
            return ItemResult(kind=ItemKind.UNKNOWN, reason=ReasonClass.INTERNAL)


def judge_refusal(exc: CrmRefused) -> ItemResult:
    """Return what a refusal means for the item that was refused."""
    reason = ReasonClass(exc.reason_class)
    if reason in {ReasonClass.RATE_LIMITED, ReasonClass.PAUSED}:
        kind = ItemKind.PAUSED
    elif reason is ReasonClass.TRANSIENT:
        # An error of the server says nothing about whether the write was applied before it.
        kind = ItemKind.UNKNOWN
    elif reason in _RETRY:
        kind = ItemKind.RETRY
    elif reason is ReasonClass.DUPLICATE:
        kind = ItemKind.DUPLICATE
    else:
        kind = ItemKind.REJECTED
    return ItemResult(
        kind=kind,
        http_status=exc.status,
        reason=reason,
        detail=exc.detail,
        retry_after=exc.retry_after,
    )

"""Every metric of the daemon; labels come from closed sets, never from records."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

from bridge import __version__

__all__ = [
    "ACCESS_REFUSED",
    "BREAKER_OPEN",
    "CRM_CALLS",
    "CRM_CALL_SECONDS",
    "DATABASE",
    "DELIVERIES",
    "DELIVERY_SECONDS",
    "GAPS_REPAIRED",
    "HANDOVER_ANSWERS",
    "INBOUND",
    "POLLED",
    "POLL_HINTS",
    "QUOTA_WAITING",
    "REGISTRY",
    "STALE_CLAIMS",
    "WEBHOOKS",
]

REGISTRY: Final = CollectorRegistry()
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

DELIVERIES: Final = Counter(
    "erpcrm_deliveries", "Attempts to deliver a change, by outcome", ["outcome"], registry=REGISTRY
)
DELIVERY_SECONDS: Final = Histogram(
    "erpcrm_delivery_duration_seconds",
    "From the claim of a change to its settlement",
    buckets=_SECONDS,
    registry=REGISTRY,
)
INBOUND: Final = Counter(
    "erpcrm_inbound", "Stored webhooks handled, by result", ["result"], registry=REGISTRY
)
STALE_CLAIMS: Final = Counter(
    "erpcrm_stale_claims", "Results that came after the lease had passed on", registry=REGISTRY
)
GAPS_REPAIRED: Final = Counter(
    "erpcrm_gaps_repaired", "Capture gaps turned into outbox events", registry=REGISTRY
)
POLLED: Final = Counter(
    "erpcrm_polled", "Leads read by polling", registry=REGISTRY
)  # fmt: skip
POLL_HINTS: Final = Counter(
    "erpcrm_poll_hints", "Leads that no webhook had told of, found by polling", registry=REGISTRY
)
CRM_CALLS: Final = Counter(
    "erpcrm_crm_calls", "HTTP calls to the CRM, by result", ["result"], registry=REGISTRY
)
CRM_CALL_SECONDS: Final = Histogram(
    "erpcrm_crm_call_duration_seconds",
    "HTTP calls to the CRM, without waiting for the quota",
    buckets=_SECONDS,
    registry=REGISTRY,
)
BREAKER_OPEN: Final = Gauge(
    "erpcrm_breaker_open", "1 while the CRM's circuit breaker is open", registry=REGISTRY
)
ACCESS_REFUSED: Final = Gauge(
    "erpcrm_crm_access_refused", "1 while the CRM refuses the token", registry=REGISTRY
)
QUOTA_WAITING: Final = Gauge(
    "erpcrm_quota_waiting", "Calls that wait for the CRM's quota, by lane", ["lane"],
    registry=REGISTRY,
)  # fmt: skip
WEBHOOKS: Final = Counter(
    "erpcrm_webhooks", "Webhooks received, by result", ["result"], registry=REGISTRY
)
HANDOVER_ANSWERS: Final = Counter(
    "erpcrm_handover_answers", "Qualification questions answered in the CRM, by result", ["result"],
    registry=REGISTRY,
)  # fmt: skip
DATABASE: Final = Gauge(
    "erpcrm_database", "What the database says about itself (CRM_STATUS_V)", ["metric"],
    registry=REGISTRY,
)  # fmt: skip
BUILD: Final = Info("erpcrm_build", "Version of the daemon", registry=REGISTRY)
BUILD.info({"version": __version__})

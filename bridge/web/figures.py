"""What the process counts itself, read back from its metrics; pure but for that."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client import Counter, Gauge, Histogram

from bridge import metrics

__all__ = ["ProcessFigures", "counted", "measure", "quantile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessFigures:
    """Since the process began; seconds are estimates from a histogram, None while it is empty."""

    delivered: int
    not_delivered: int
    webhooks_stored: int
    webhooks_refused: int
    inbound_handled: int
    calls_ok: int
    calls_failed: int
    delivery_seconds_p50: float | None
    delivery_seconds_p95: float | None
    call_seconds_p50: float | None
    call_seconds_p95: float | None
    quota_waiting: dict[str, int]


def counted(metric: Counter | Gauge, **labels: str) -> float:
    """Return the sum of a metric's values that carry these labels."""
    return sum(
        sample.value
        for family in metric.collect()
        for sample in family.samples
        if not sample.name.endswith("_created") and labels.items() <= sample.labels.items()
    )


def quantile(histogram: Histogram, share: float) -> float | None:
    """Return about which value a share of the observations stays below.

    Linear within a bucket; the last bucket has no end, so its lower bound is told.
    """
    buckets = sorted(
        (float(sample.labels["le"]), sample.value)
        for family in histogram.collect()
        for sample in family.samples
        if sample.name.endswith("_bucket")
    )
    total = buckets[-1][1] if buckets else 0
    if not total:
        return None
    wanted, low, below = share * total, 0.0, 0.0
    for high, count in buckets:
        if count >= wanted:
            if high == float("inf"):
                return low
            within = (wanted - below) / (count - below) if count > below else 1.0
            return low + (high - low) * within
        low, below = high, count
    return low


def measure() -> ProcessFigures:
    """Return the figures as they are now."""
    deliveries = counted(metrics.DELIVERIES)
    delivered = counted(metrics.DELIVERIES, outcome="delivered")
    calls = counted(metrics.CRM_CALLS)
    calls_ok = counted(metrics.CRM_CALLS, result="2xx")
    refused = counted(metrics.WEBHOOKS, result="refused")
    return ProcessFigures(
        delivered=int(delivered),
        not_delivered=int(deliveries - delivered),
        webhooks_stored=int(counted(metrics.WEBHOOKS, result="stored")),
        webhooks_refused=int(refused + counted(metrics.WEBHOOKS, result="unavailable")),
        inbound_handled=int(counted(metrics.INBOUND)),
        calls_ok=int(calls_ok),
        calls_failed=int(calls - calls_ok),
        delivery_seconds_p50=quantile(metrics.DELIVERY_SECONDS, 0.5),
        delivery_seconds_p95=quantile(metrics.DELIVERY_SECONDS, 0.95),
        call_seconds_p50=quantile(metrics.CRM_CALL_SECONDS, 0.5),
        call_seconds_p95=quantile(metrics.CRM_CALL_SECONDS, 0.95),
        quota_waiting={
            sample.labels["lane"]: int(sample.value)
            for family in metrics.QUOTA_WAITING.collect()
            for sample in family.samples
        },
    )

"""The switches of the simulator: one account's configuration and the traps that may be set."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

CHOICES: dict[str, tuple[str, ...]] = {
    # one bad input: it alone is refused (207), or the whole call is
    "batch_errors": ("partial", "whole"),
    # how much of an error body is there
    "error_body": ("full", "message", "empty"),
    # whether an item's error says whose it is
    "error_context": ("trace", "ids", "none"),
}


@dataclass(slots=True)
class Settings:
    """Every field can be changed while running."""

    token: str = "hubspot-development-token"
    app_secret: str = "hubspot-development-secret"
    app_id: int = 54321
    portal_id: int = 62515

    burst_requests: int = 100  # 0: no limit
    burst_seconds: float = 10.0
    search_requests: int = 5
    search_seconds: float = 1.0
    daily_requests: int = 0  # 0: no limit
    retry_after: bool = False  # 429 with Retry-After

    batch_errors: str = "partial"
    error_body: str = "full"
    error_context: str = "trace"
    search_lag_seconds: float = 0.0
    search_cap: int = 10_000
    answer_delay_seconds: float = 0.0

    webhook_signed_url: str = ""  # what is signed, when a proxy stands before the receiver
    webhook_batch: int = 100
    webhook_delay_seconds: float = 0.02
    webhook_duplicate: float = 0.0  # share of deliveries sent twice
    webhook_shuffle: bool = False
    webhook_retries: int = 8
    webhook_paused: bool = False

    def update(self, changes: Mapping[str, Any]) -> None:
        """Take over ``changes``; a name, type or word that is not known raises ValueError."""
        known = {f.name for f in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"unknown setting {name}")
            current = getattr(self, name)
            is_number = isinstance(current, float) and type(value) is int
            if type(value) is not type(current) and not is_number:
                raise ValueError(f"setting {name} needs {type(current).__name__}")
            if name in CHOICES and value not in CHOICES[name]:
                raise ValueError(f"setting {name} must be one of {', '.join(CHOICES[name])}")
        for name, value in changes.items():
            is_float = isinstance(getattr(self, name), float)
            setattr(self, name, float(value) if is_float else value)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

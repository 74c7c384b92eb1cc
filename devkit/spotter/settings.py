"""The switches of the simulator: one tenant's configuration and the traps that may be set."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# Legal words of the settings that choose between behaviours.
CHOICES: dict[str, tuple[str, ...]] = {
    "quota_mode": ("seconds", "http_date", "none", "html403"),
    "custom_fields": ("accepted", "rejected", "numeric"),
    "unknown_owner": ("reject", "ignore"),
    "unknown_industry": ("reject", "create", "ignore"),
    "phone_read": ("national", "international"),
    "error_body": ("json", "html", "empty"),
    "range_filters": ("works", "rejected", "ignored"),
    "webhook_address": ("nested", "lead"),
}


@dataclass(slots=True)
class Settings:
    """Defaults are the traps of the README's table; every field can be changed while running."""

    token: str = "spotter-development-token"

    quota_requests: int = 30  # 0: no quota
    quota_seconds: float = 20.0
    quota_mode: str = "seconds"

    custom_fields: str = "accepted"
    unique_custom_fields: list[str] = field(default_factory=list)
    address_needs_state: bool = True
    unknown_owner: str = "reject"
    unknown_industry: str = "reject"
    phone_read: str = "national"
    nbsp_in_stages: bool = True
    default_stage: str = "Novos leads"
    utc_offset_hours: float = -3.0
    page_cap: int = 500
    range_filters: str = "works"  # gt, ge, lt, le in $filter
    person_moves_lead: bool = False  # a change of a person counts as one of its lead in updateDate
    read_lag_seconds: float = 0.0
    pipeline_seconds: float = 30.0
    qualification_answers: int = 3
    error_body: str = "json"
    answer_delay_seconds: float = 0.0

    webhook_token: str = ""
    webhook_header: str = "X-Webhook-Token"
    webhook_address: str = "nested"
    webhook_duplicate: float = 0.0  # share of deliveries sent twice
    webhook_drop: float = 0.0  # share never sent
    webhook_delay_seconds: float = 0.0
    webhook_reorder: bool = False
    webhook_retries: int = 8
    webhook_paused: bool = False

    def update(self, changes: Mapping[str, Any]) -> None:
        """Take over ``changes``; a name, type or word that is not known raises ValueError."""
        known = {f.name: f for f in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"unknown setting {name}")
            current = getattr(self, name)
            if isinstance(current, float) and isinstance(value, int):
                value = float(value)
            if type(value) is not type(current):
                raise ValueError(f"setting {name} needs {type(current).__name__}")
            if name in CHOICES and value not in CHOICES[name]:
                raise ValueError(f"setting {name} must be one of {', '.join(CHOICES[name])}")
        for name, value in changes.items():
            is_float = isinstance(getattr(self, name), float)
            setattr(self, name, float(value) if is_float else value)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def parse_quota(text: str) -> tuple[int, float]:
    """``30/20`` is 30 requests in any 20 seconds; ``off`` is no quota."""
    if text == "off":
        return 0, 1.0
    requests, _, seconds = text.partition("/")
    return int(requests), float(seconds or 1)

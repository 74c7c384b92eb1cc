"""What the handlers share, as typed keys of the application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bridge.domain.changes import InboundEvent
from bridge.ports import Clock, Inbox
from bridge.web.signatures import WebhookScheme

__all__ = ["HEALTH", "WEBHOOKS", "Check", "Health", "WebhookContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookContext:
    """What storing a webhook needs.

    ``scheme`` tells the CRM's requests from others'; without one, ``tokens`` are what counts. With
    ``read_events`` a body holds several events, and there is one path for all of them.
    """

    inbox: Inbox
    read_fields: Callable[[Mapping[str, Any]], dict[str, Any]]  # of a lead in a body
    clock: Clock
    source: str
    tokens: tuple[bytes, ...]  # all of them valid, for rotation
    max_body_bytes: int
    body_timeout_seconds: float
    dedupe_seconds: float
    retry_after_seconds: int
    scheme: WebhookScheme | None = None
    read_events: Callable[[bytes], Sequence[InboundEvent] | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of ``/readyz``."""

    name: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Where health and metrics come from."""

    checks: Callable[[], Awaitable[list[Check]]]
    status: Callable[[], Awaitable[Mapping[str, float]]]


WEBHOOKS = web.AppKey("webhooks", WebhookContext)
HEALTH = web.AppKey("health", Health)

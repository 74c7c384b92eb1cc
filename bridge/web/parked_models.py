"""Bodies of ``/edit_json``."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["EditedWebhook", "ParkedList", "ParkedWebhookBody", "Replayed"]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ParkedRow(_Body):
    """A parked webhook; times are ISO 8601."""

    id: int
    lead_id: int | None
    record_key: str | None
    attempts: int
    detail: str | None
    received_on: str | None
    parked_on: str | None


class ParkedList(_Body):
    """Parked webhooks; ``has_more``: there are others behind them."""

    value: list[ParkedRow]
    has_more: bool


class ParkedWebhookBody(_Body):
    """A parked webhook with its body; ``document`` is null when the ``text`` is no JSON object."""

    id: int
    event_type: str
    lead_id: int | None
    record_key: str | None
    attempts: int
    detail: str | None
    received_on: str
    document: dict[str, Any] | None
    text: str


class EditedWebhook(_Body):
    """The document that takes the place of the parked one, and who says so."""

    id: Annotated[int, Field(ge=1, lt=2**53)]
    document: dict[str, Any]
    by: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]


class Replayed(_Body):
    """The webhook that is tried again."""

    id: int
    status: str = "replayed"

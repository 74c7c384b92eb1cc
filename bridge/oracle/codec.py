"""Rows of the API's cursors → domain objects, and back to binds; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any

import orjson

from bridge.domain.changes import (
    Change,
    ContactSnapshot,
    CrmId,
    LeadSnapshot,
    Operation,
    Reads,
    RecordKey,
    Settlement,
    Step,
    StepKind,
    StepOp,
    StepResult,
    Webhook,
    WebhookSettlement,
)

__all__ = [
    "change",
    "contacts_json",
    "field_names",
    "lead_json",
    "seen_json",
    "settlement_binds",
    "steps_json",
    "texts_json",
    "webhook",
    "webhook_settlement_binds",
]

_DETAIL_LENGTH = 400


def change(columns: Sequence[str], row: Sequence[Any]) -> Change:
    """Return a row of ``claim_changes``."""
    value = dict(zip(columns, row, strict=True))
    return Change(
        event_id=int(value["EVENT_ID"]),
        record_key=RecordKey(value["RECORD_KEY"]),
        version=int(value["VERSION"]),
        operation=Operation(value["OPERATION"]),
        fence_token=int(value["FENCE_TOKEN"]),
        attempt=int(value["ATTEMPT"]),
        idempotency_key=value["IDEMPOTENCY_KEY"],
        crm_id=_crm_id(value["CRM_ID"]),
        is_in_doubt=value["IS_IN_DOUBT"] == "S",
        document=_json(value["DOCUMENT"]) or {},
        agreed_image=_json(value["AGREED_IMAGE"]),
        changed_fields=frozenset(_json(value["CHANGED_FIELDS"]) or ()),
        steps=tuple(_step(item) for item in _json(value.get("STEPS")) or ()),
        guarded_fields=frozenset(_json(value.get("GUARDED_FIELDS")) or ()),
    )


def _step(item: Mapping[str, Any]) -> Step:
    op = item.get("op")
    product = item.get("product_id")
    return Step(
        kind=StepKind(item["step"]),
        op=None if op is None else StepOp(op),
        contact_id=item.get("contact_id"),
        person_id=item.get("person_id"),
        fields=item.get("fields") or {},
        changed=frozenset(item.get("changed") or ()),
        guarded=frozenset(item.get("guarded") or ()),
        value=item.get("value"),
        agreed=item.get("agreed"),
        product_id=None if product is None else str(product),
        stage=item.get("stage"),
        reason=item.get("reason"),
        is_in_doubt=bool(item.get("in_doubt")),
        is_sold=bool(item.get("is_sold")),
        is_empty=bool(item.get("is_empty")),
    )


def steps_json(results: Sequence[StepResult]) -> str | None:
    """Return what became of the steps as ``settle_change`` takes it; None when none was begun."""
    if not results:
        return None
    return orjson.dumps([_step_result(result) for result in results]).decode()


def _step_result(result: StepResult) -> dict[str, Any]:
    step = result.step
    item: dict[str, Any] = {
        "step": "lead" if step is None else step.kind.value,
        "done": result.is_done,
    }
    if step is not None and step.kind is StepKind.CONTACT:
        item |= {"contact_id": step.contact_id, "person_id": result.person_id}
    if result.is_new:
        item["is_new"] = True
    if result.sent:
        item["sent"] = dict(result.sent)
    if result.detail is not None:
        item["detail"] = _detail(result.detail)
    return item


def webhook(columns: Sequence[str], row: Sequence[Any]) -> Webhook:
    """Return a row of ``claim_webhooks``."""
    value = dict(zip(columns, row, strict=True))
    key = value["RECORD_KEY"]
    return Webhook(
        inbox_id=int(value["INBOX_ID"]),
        event_type=value["EVENT_TYPE"],
        crm_id=_crm_id(value["CRM_ID"]),
        record_key=None if key is None else RecordKey(key),
        fence_token=int(value["FENCE_TOKEN"] or 0),
        attempt=int(value["ATTEMPT"]),
        known_fields=_json(value.get("KNOWN_FIELDS")),
        reads=Reads(value.get("READS") or Reads.LEAD.value),
        source=value.get("SOURCE") or "",
    )


def lead_json(lead: LeadSnapshot, contacts: Sequence[ContactSnapshot] | None = None) -> str:
    """Return a lead, with its persons if they were read, as ``apply_lead`` takes it."""
    item: dict[str, Any] = {"crm_id": lead.crm_id, "stage": lead.stage, **lead.fields}
    if lead.updated_at is not None:
        item["updated_at"] = lead.updated_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if contacts is not None:
        item["contacts"] = [_contact(contact) for contact in contacts]
    return orjson.dumps(item).decode()


def contacts_json(contacts: Sequence[ContactSnapshot]) -> str:
    """Return persons as ``apply_contacts`` takes them."""
    return orjson.dumps([_contact(contact) for contact in contacts]).decode()


def _contact(contact: ContactSnapshot) -> dict[str, Any]:
    return {"person_id": contact.person_id, **contact.fields}


def texts_json(texts: Iterable[str]) -> str:
    """Return texts as a JSON array, in order."""
    return orjson.dumps(sorted(texts)).decode()


def seen_json(seen: Mapping[str, Any]) -> str:
    """Return fields as read from the CRM as ``check_unseen`` takes them."""
    return orjson.dumps(dict(seen)).decode()


def field_names(value: Any) -> frozenset[str]:
    """Return the names of a JSON array."""
    return frozenset(_json(value) or ())


def settlement_binds(change: Change, settlement: Settlement) -> dict[str, Any]:
    """Return the binds of ``settle_change``."""
    return {
        "in_event_id": change.event_id,
        "in_fence_token": change.fence_token,
        "in_outcome": settlement.outcome.value,
        "in_crm_id": settlement.crm_id,
        "in_calls": settlement.calls,
        "in_http_status": settlement.http_status,
        "in_reason_class": settlement.reason.value if settlement.reason else None,
        "in_detail": _detail(settlement.detail),
        "in_retry_seconds": _seconds(settlement.retry_seconds),
        "in_steps": steps_json(settlement.steps),
    }


def webhook_settlement_binds(webhook: Webhook, settlement: WebhookSettlement) -> dict[str, Any]:
    """Return the binds of ``settle_webhook``."""
    return {
        "in_inbox_id": webhook.inbox_id,
        "in_fence_token": webhook.fence_token,
        "in_outcome": settlement.outcome.value,
        "in_detail": _detail(settlement.detail),
        "in_retry_seconds": _seconds(settlement.retry_seconds),
    }


def _crm_id(value: Any) -> CrmId | None:
    return None if value is None else CrmId(int(value))


def _json(value: Any) -> Any:
    if value is None or isinstance(value, Mapping | list):
        return value
    return orjson.loads(value)


def _detail(text: str | None) -> str | None:
    return None if text is None else text[:_DETAIL_LENGTH]


def _seconds(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(f"{value:.3f}")

"""Webhooks: arrays of thin events, signed (v3), repeated when not taken, in no certain order.

An event names one object and, for a change, one property with its new value; ``changeSource`` and
``sourceId`` tell an app's write from a user's.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    import random

    from devkit.hubspot.settings import Settings
    from devkit.hubspot.state import Write

_SINGULAR = {"companies": "company", "contacts": "contact"}
# The sender takes these as the receiver's last word.
_FINAL = frozenset({400, 401, 403, 404, 405})


def sign(secret: str, method: str, uri: str, body: bytes, timestamp: str) -> str:
    """The signature, version 3, of a request."""
    text = method.encode() + uri.encode() + body + timestamp.encode()
    digest = hmac.new(secret.encode(), text, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


@dataclass(slots=True)
class Delivery:
    number: int
    events: list[dict[str, Any]]
    copies: int = 1
    attempts: int = 0
    status: int | None = None
    state: str = "waiting"  # 'waiting', 'delivered' or 'failed'


class Webhooks:
    """Gathers events for a moment and posts them together."""

    def __init__(self, settings: Settings, rng: random.Random) -> None:
        self._settings = settings
        self._rng = rng
        self.url = ""
        self.deliveries: list[Delivery] = []
        self._events: list[dict[str, Any]] = []
        self._count = 0
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def on_write(self, write: Write) -> None:
        if not self.url:
            return
        kind = _SINGULAR[write.record.kind]
        if write.event == "propertyChange":
            details: list[dict[str, Any]] = [
                {"propertyName": change.field, "propertyValue": change.new}
                for change in write.changed
            ]
        else:
            details = [{}]
        for detail in details:
            self._count += 1
            self._events.append(
                {
                    "eventId": self._count,
                    "subscriptionId": 1,
                    "portalId": self._settings.portal_id,
                    "appId": self._settings.app_id,
                    "occurredAt": int(time.time() * 1000),
                    "subscriptionType": f"{kind}.{write.event}",
                    "attemptNumber": 0,
                    "objectId": write.record.id,
                    **detail,
                    **self._source(write.actor),
                }
            )
        self._wake.set()

    def _source(self, actor: str) -> dict[str, str]:
        if actor == "api":
            return {"changeSource": "INTEGRATION", "sourceId": str(self._settings.app_id)}
        return {"changeSource": "CRM_UI", "sourceId": "userId:4711"}

    def flush(self) -> None:
        self._wake.set()

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5))
        self._spawn(self._gather())

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _gather(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(self._settings.webhook_delay_seconds)
            while self._events and not self._settings.webhook_paused:
                if self._settings.webhook_shuffle:
                    self._rng.shuffle(self._events)
                size = max(1, self._settings.webhook_batch)
                taken, self._events = self._events[:size], self._events[size:]
                delivery = Delivery(len(self.deliveries) + 1, taken)
                if self._rng.random() < self._settings.webhook_duplicate:
                    delivery.copies = 2
                self.deliveries.append(delivery)
                self._spawn(self._deliver(delivery))

    async def _deliver(self, delivery: Delivery) -> None:
        for attempt in range(1 + self._settings.webhook_retries):
            if attempt:
                await asyncio.sleep(min(0.25 * 2 ** (attempt - 1), 10))
            delivery.attempts += 1
            for event in delivery.events:
                event["attemptNumber"] = attempt
            delivery.status = await self.post(delivery.events)
            if delivery.status is not None and 200 <= delivery.status < 300:
                break
            if delivery.status in _FINAL:
                delivery.state = "failed"
                return
        else:
            delivery.state = "failed"
            return
        for _ in range(delivery.copies - 1):
            await self.post(list(reversed(delivery.events)))
        delivery.state = "delivered"

    async def post(self, events: list[dict[str, Any]]) -> int | None:
        """Send events now; the status, or None when nobody answered."""
        if self._session is None:
            return None
        body = json.dumps(events, ensure_ascii=False, separators=(",", ":")).encode()
        timestamp = str(int(time.time() * 1000))
        uri = self._settings.webhook_signed_url or self.url
        headers = {
            "Content-Type": "application/json",
            "X-HubSpot-Request-Timestamp": timestamp,
            "X-HubSpot-Signature-v3": sign(self._settings.app_secret, "POST", uri, body, timestamp),
        }
        try:
            async with self._session.post(self.url, data=body, headers=headers) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None

    def pending(self) -> int:
        waiting = sum(1 for delivery in self.deliveries if delivery.state == "waiting")
        return waiting + len(self._events)

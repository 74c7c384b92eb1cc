"""Webhooks: what the tenant tells about a write, and how unreliably it does so (traps S22, S23).

The body is PascalCase and holds no event name, no delivery id and no time; nothing tells a write by
the API from a user's edit. Street number, district and the persons' ``mainContact`` are missing.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

    from devkit.spotter.settings import Settings
    from devkit.spotter.state import State, Write

EVENTS = ("lead_updated", "lead_converted", "lead_discarded", "lead_sold", "person_updated")
_KEPT_DELIVERIES = 10_000


def lead_body(state: State, lead_id: int) -> dict[str, Any]:
    """The body of a lead event, from the lead as it is now."""
    lead = state.lead(lead_id)
    values = lead.values
    address = {
        "ZipCode": values.get("cep"),
        "AddAddressInformation": values.get("complement"),
        "PublicPlaceName": values.get("street"),
        "Address_Maps": _maps_text(values),
    }
    place = {"City": values.get("city"), "State": values.get("state")}
    nested = state.settings.webhook_address == "nested"
    body: dict[str, Any] = {
        "Id": lead.id,
        "Company": values.get("lead"),
        "Stage": lead.shown_stage,
        "CpfCnpj": values.get("cnpj"),
        "Phone": values.get("phone1"),
        "Phone2": values.get("phone2"),
        "Industry": {"value": values.get("industry")},
        "Origin": {"value": values.get("source")},
        "Address": {**address, **place} if nested else address,
        "CustomFields": [{"id": key, "value": value} for key, value in lead.custom.items()],
        "Contact": [
            {
                "Id": person.id,
                "LeadId": person.lead_id,
                "Name": person.values.get("name"),
                "Email": person.values.get("email"),
                "Phone": person.values.get("phone1"),
                "Position": person.values.get("jobTitle"),
            }
            for person in state.persons_of(lead_id)
        ],
    }
    return {"Lead": body if nested else {**body, **place}}


def _maps_text(values: dict[str, Any]) -> str:
    parts = [values.get("street"), values.get("city"), values.get("state")]
    return ", ".join(str(part) for part in parts if part)


def sale_body(state: State, lead_id: int) -> dict[str, Any]:
    sale = state.sales[lead_id]
    return {
        "Sale": {
            "LeadId": lead_id,
            "SaleDate": sale["saleDate"],
            "TotalDealValue": sale["totalDealValue"],
            "SalesRep": {"Email": sale["salesRepEmail"]},
        }
    }


@dataclass(slots=True)
class Delivery:
    number: int
    event: str
    lead_id: int
    url: str
    body: dict[str, Any]
    copies: int = 1
    attempts: int = 0
    status: int | None = None
    state: str = "waiting"  # 'waiting', 'delivered', 'failed' or 'dropped'
    created: float = 0.0  # monotonic
    finished: float | None = None


class Webhooks:
    """Turns writes into deliveries and posts them, each in its own task, a few at a time.

    A refused or unreachable receiver is tried again ``webhook_retries`` times with growing pauses;
    how the true tenant does this is not known.
    """

    def __init__(
        self,
        state: State,
        settings: Settings,
        rng: random.Random,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._state = state
        self._settings = settings
        self._rng = rng
        self._monotonic = monotonic
        self.urls: dict[str, str] = {}
        self.deliveries: list[Delivery] = []
        self._count = 0
        self._backlog: list[Delivery] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(4)
        self._session: aiohttp.ClientSession | None = None

    def subscribe(self, urls: Mapping[str, str]) -> None:
        """Set the URL of each event given; an empty one ends it. Events of leads and persons without
        one of their own go to the URL of ``lead_updated``."""
        for event, url in urls.items():
            if event not in EVENTS:
                raise ValueError(f"event must be one of {', '.join(EVENTS)}")
            if url:
                self.urls[event] = url
            else:
                self.urls.pop(event, None)

    def on_write(self, write: Write) -> None:
        url = self.urls.get(write.event)
        if url is None and write.event != "lead_sold":
            url = self.urls.get("lead_updated")
        if not url:
            return
        sold = write.event == "lead_sold"
        body = (sale_body if sold else lead_body)(self._state, write.lead_id)
        self._count += 1
        delivery = Delivery(
            self._count,
            write.event,
            write.lead_id,
            url.replace("{token}", self._settings.webhook_token),
            body,
            created=self._monotonic(),
        )
        if self._rng.random() < self._settings.webhook_drop:
            delivery.state = "dropped"
        elif self._rng.random() < self._settings.webhook_duplicate:
            delivery.copies = 2
        self.deliveries.append(delivery)
        del self.deliveries[:-_KEPT_DELIVERIES]
        if delivery.state == "waiting":
            self._backlog.append(delivery)
            self.flush()

    def flush(self) -> None:
        """Start what is waiting, unless paused or no loop runs yet."""
        if self._settings.webhook_paused or self._session is None:
            return
        backlog, self._backlog = self._backlog, []
        for delivery in backlog:
            task = asyncio.get_running_loop().create_task(self._deliver(delivery))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15))
        self.flush()

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _deliver(self, delivery: Delivery) -> None:
        delay = self._settings.webhook_delay_seconds
        if self._settings.webhook_reorder:
            delay = self._rng.uniform(0, max(delay, 0.5))
        if delay > 0:
            await asyncio.sleep(delay)
        for attempt in range(1 + self._settings.webhook_retries):
            if attempt:
                await asyncio.sleep(min(0.5 * 2 ** (attempt - 1), 10))
            async with self._slots:
                delivery.attempts += 1
                delivery.status = await self._post(delivery)
            if delivery.status is not None and 200 <= delivery.status < 300:
                delivery.state = "delivered"
                break
        else:
            delivery.state = "failed"
        for _ in range(delivery.copies - 1):
            await self._post(delivery)
        delivery.finished = self._monotonic()

    async def _post(self, delivery: Delivery) -> int | None:
        if self._session is None:
            return None
        headers = {}
        if self._settings.webhook_token:
            headers[self._settings.webhook_header] = self._settings.webhook_token
        try:
            async with self._session.post(
                delivery.url, json=delivery.body, headers=headers
            ) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None

    def as_list(self) -> list[dict[str, Any]]:
        return [asdict(delivery) for delivery in self.deliveries]

    def pending(self) -> int:
        return sum(1 for delivery in self.deliveries if delivery.state == "waiting")

"""A running simulator per test, and the API client of a caller who knows its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio
from patience import STALL

from devkit.spotter.app import Server
from devkit.spotter.settings import Settings
from devkit.spotter.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LEAD = {
    "name": "Comercial Aurora 17 Ltda",
    "cpfcnpj": "11222333000181",
    "address": "Rua das Acácias",
    "addressNumber": "S/N",
    "neighborhood": "Centro",
    "zipcode": "01001000",
    "city": "São Paulo",
    "state": "SP",
    "country": "Brasil",
    "ddiPhone": "55",
    "phone": "11987654321",
    "industry": "Metalurgia",
    "customFields": [
        {"id": "_cod.cliente", "value": "1017"},
        {"id": "_cod.gestores", "options": [{"value": "12"}]},
    ],
}


class Caller:
    """Calls the API (with token) or the admin side (without), and gives status and decoded body."""

    def __init__(self, session: aiohttp.ClientSession, server: Server) -> None:
        self.session = session
        self.server = server

    async def api(
        self, method: str, path: str, body: Any = None, **options: Any
    ) -> tuple[int, Any]:
        headers = {
            "token_exact": self.server.simulator.settings.token,
            **options.pop("headers", {}),
        }
        url = f"{self.server.base_url}/{path}" if not path.startswith("http") else path
        async with self.session.request(
            method, url, json=body, headers=headers, **options
        ) as answer:
            self.headers = answer.headers
            text = await answer.text()
            is_json = answer.content_type == "application/json" and text
            return answer.status, (await answer.json()) if is_json else text

    async def admin(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self.server.admin_url}/{path}"
        async with self.session.request(method, url, json=body) as answer:
            return await answer.json()

    async def add(self, **fields: Any) -> int:
        status, body = await self.api("POST", "LeadsAdd", {"lead": {**LEAD, **fields}})
        assert status == 201, body
        return int(body["value"])

    async def lead(self, number: int) -> dict[str, Any]:
        _, body = await self.api("GET", "Leads", params={"$filter": f"id eq {number}"})
        found: dict[str, Any] = body["value"][0]
        return found


@pytest.fixture
def settings() -> Settings:
    return Settings(quota_requests=0)


@pytest_asyncio.fixture
async def caller(settings: Settings) -> AsyncIterator[Caller]:
    server = Server(Simulator(settings))
    await server.start()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=STALL)) as session:
        yield Caller(session, server)
    await server.stop()

"""The running server against its own OpenAPI document, with requests made up by schemathesis."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
import schemathesis
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from patience import STALL
from schemathesis import checks
from web_desk import TOKEN, MemoryBackoffice, MemoryOverview, application

from bridge.clock import SystemClock
from bridge.crm.client import CrmClient
from bridge.testing import MemoryInbox
from bridge.web import openapi
from bridge.web.api import ROUTES
from devkit.spotter.app import Server
from devkit.spotter.settings import Settings
from devkit.spotter.simulator import Simulator

checks.load_all_checks()
OPERATIONS = [(route.method, route.path) for route in ROUTES]


class Service:
    """The server and the CRM in a thread of their own, since schemathesis does not run in one."""

    def __init__(self) -> None:
        self.url = ""
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(
            target=lambda: self._loop.run_until_complete(self._serve()), daemon=True
        )

    def __enter__(self) -> Service:
        self._thread.start()
        assert self._ready.wait(STALL)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(STALL)
        self._loop.close()

    async def _serve(self) -> None:
        tenant = Settings(quota_requests=0)
        crm_server = Server(Simulator(tenant))
        await crm_server.start()
        crm_server.simulator.state.create_lead(
            {"name": "Padaria", "cpfcnpj": "12ABC34501DE35"}, actor="user", check_duplicity=False
        )
        async with CrmClient(
            base_url=crm_server.base_url, headers={"token_exact": tenant.token}, timeout_seconds=5
        ) as client:
            runner = web.AppRunner(_application(client), access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            self._ready.set()
            await self._stop.wait()
            await runner.cleanup()
        await crm_server.stop()


def _application(client: CrmClient) -> web.Application:
    backoffice = MemoryBackoffice()
    for number in range(1, 4):
        backoffice.park(number, b'{"Lead":{"Id":1}}')
    return application(
        client, inbox=MemoryInbox(), clock=SystemClock(), backoffice=backoffice,
        overview=MemoryOverview(), request_seconds=60,
    )  # fmt: skip


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with Service() as running:
        yield running


@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_one_that_the_document_allows(
    service: Service, method: str, path: str, mode: str
) -> None:
    schema = schemathesis.openapi.from_dict(openapi.document(ROUTES))
    operation = schema[path][method]
    generation = schemathesis.GenerationMode(mode)
    statuses: set[int] = set()

    @given(data=st.data())
    @settings(
        max_examples=8, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def check(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy(generation_mode=generation))
        answer = case.call(base_url=service.url, headers={"X-Api-Token": TOKEN})
        statuses.add(answer.status_code)
        case.validate_response(
            answer,
            checks=[
                checks.not_a_server_error,
                checks.CHECKS.get_one("status_code_conformance"),
                checks.CHECKS.get_one("content_type_conformance"),
                checks.CHECKS.get_one("response_schema_conformance"),
            ],
        )

    check()
    assert statuses
    assert 500 not in statuses

"""The adapter and its policy against a server that answers as Spotter would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge import metrics
from bridge.crm.client import CrmClient
from bridge.crm.errors import SPOTTER, classify, retry_after_seconds
from bridge.crm.policy import CrmPolicy
from bridge.crm.spotter import SpotterCrm
from bridge.domain.changes import CallMeter, Change, CrmId, ItemKind, ReasonClass
from bridge.domain.mapping import FieldNames, LeadMapper
from bridge.errors import CrmError, CrmRefused

Make = Callable[..., Change]
Waiter = Callable[[Callable[[], bool]], Awaitable[None]]
Answer = web.Response | str
DROP = "drop the connection without an answer"


@dataclass
class Tenant:
    """Scripted answers, and what was asked; without a script every write succeeds."""

    script: list[Answer] = field(default_factory=list)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    leads: list[dict[str, Any]] = field(default_factory=list)
    custom: list[dict[str, Any]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else None
        self.calls.append((request.method, request.path, body or request.query.get("$filter")))
        self.headers.append(dict(request.headers))
        if self.script:
            answer = self.script.pop(0)
            if isinstance(answer, str):
                assert request.transport is not None
                request.transport.close()
                return web.Response()
            return answer
        match request.path:
            case "/v3/LeadsAdd":
                return web.json_response({"value": 77}, status=201)
            case "/v3/Leads":
                return web.json_response({"value": self.leads})
            case "/v3/LeadsCustomFields":
                return web.json_response({"value": self.custom})
            case _:
                return web.json_response({"value": 77}, status=201)


@asynccontextmanager
async def adapter(
    tenant: Tenant,
    *,
    custom_fields: str = "yes",
    quota: tuple[int, float] = (1000, 1.0),
    failures: int = 5,
    limit: float = 2.0,
) -> AsyncIterator[SpotterCrm]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", tenant.handle)
    async with (
        TestServer(app) as server,
        CrmClient(
            base_url=str(server.make_url("/v3")),
            headers={"token_exact": "secret"},
            timeout_seconds=limit,
            connect_timeout_seconds=1,
        ) as client,
    ):
        policy = CrmPolicy(
            client,
            rules=SPOTTER,
            quota_calls=quota[0],
            quota_seconds=quota[1],
            breaker_failures=failures,
            breaker_seconds=30,
        )
        yield SpotterCrm(
            policy,
            mapper=LeadMapper(FieldNames()),
            custom_fields_on_create=custom_fields,
            client_code_key="_cod.cliente",
            discard_user_email="user@example.com",
            discard_reason="Encerrou atividades",
        )


def refusal(status: int, text: str, **headers: str) -> web.Response:
    return web.json_response({"error": {"message": text}}, status=status, headers=headers)


async def test_a_create_is_one_call_with_token_key_and_duplicate_check(change: Make) -> None:
    tenant = Tenant()
    meter = CallMeter()
    async with adapter(tenant) as crm:
        result = await crm.create(change(), meter)

    assert (result.kind, result.crm_id) == (ItemKind.CREATED, 77)
    [(method, path, body)] = tenant.calls
    assert (method, path, body["duplicityValidation"]) == ("POST", "/v3/LeadsAdd", True)
    assert tenant.headers[0]["token_exact"] == "secret"
    assert tenant.headers[0]["Idempotency-Key"] == "erp:1001-1:1"
    assert (meter.calls, meter.write_pending) == (1, False)


async def test_an_update_is_partial_and_201_is_its_success(change: Make) -> None:
    tenant = Tenant()
    async with adapter(tenant) as crm:
        result = await crm.update(change(), CrmId(5), frozenset({"name"}), CallMeter())

    assert (result.kind, result.http_status) == (ItemKind.UPDATED, 201)
    assert tenant.calls == [("PUT", "/v3/LeadsUpdate/5", {"lead": {"name": "Padaria São João"}})]


async def test_custom_fields_follow_in_a_second_call_where_the_tenant_wants_that(
    change: Make,
) -> None:
    tenant = Tenant()
    async with adapter(tenant, custom_fields="after") as crm:
        result = await crm.create(change(), CallMeter())

    assert result.kind is ItemKind.CREATED
    assert "customFields" not in tenant.calls[0][2]["lead"]
    assert tenant.calls[1][:2] == ("PUT", "/v3/LeadsUpdate/77")
    assert list(tenant.calls[1][2]["lead"]) == ["customFields"]


async def test_a_create_whose_second_half_fails_is_in_doubt(change: Make) -> None:
    tenant = Tenant(
        script=[web.json_response({"value": 77}, status=201), refusal(400, "dto : An error")]
    )
    async with adapter(tenant, custom_fields="after") as crm:
        result = await crm.create(change(), CallMeter())

    assert (result.kind, result.crm_id) == (ItemKind.UNKNOWN, 77)


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (refusal(400, "Duplicated Keys: _cod.cliente"), ItemKind.DUPLICATE, ReasonClass.DUPLICATE),
        (refusal(400, "Duplicated lead: cpfcnpj"), ItemKind.DUPLICATE, ReasonClass.DUPLICATE),
        (refusal(400, "dto : An error"), ItemKind.REJECTED, ReasonClass.VALIDATION),
        (refusal(404, "Lead not found"), ItemKind.REJECTED, ReasonClass.NOT_FOUND),
        (refusal(401, "no"), ItemKind.RETRY, ReasonClass.AUTH),
        (refusal(429, "slow down"), ItemKind.PAUSED, ReasonClass.RATE_LIMITED),
        (refusal(500, "oops"), ItemKind.UNKNOWN, ReasonClass.TRANSIENT),
        (web.Response(status=503, text=""), ItemKind.UNKNOWN, ReasonClass.TRANSIENT),
        (
            web.Response(status=403, text="<html>stop</html>", content_type="text/html"),
            ItemKind.PAUSED,
            ReasonClass.RATE_LIMITED,
        ),
        (
            web.Response(status=201, text="<html>ok</html>", content_type="text/html"),
            ItemKind.UNKNOWN,
            ReasonClass.UNREADABLE,
        ),
        (web.Response(status=302), ItemKind.UNKNOWN, ReasonClass.UNKNOWN_OUTCOME),
        (DROP, ItemKind.UNKNOWN, ReasonClass.UNKNOWN_OUTCOME),
    ],
)
async def test_answers_to_a_create_are_classified_and_never_repeated_blindly(
    change: Make, answer: Answer, kind: ItemKind, reason: ReasonClass
) -> None:
    tenant = Tenant(script=[answer])
    async with adapter(tenant) as crm:
        result = await crm.create(change(), CallMeter())

    assert (result.kind, result.reason) == (kind, reason)
    assert len(tenant.calls) == 1


async def test_an_update_without_an_answer_is_sent_once(change: Make) -> None:
    tenant = Tenant(script=[DROP])
    async with adapter(tenant) as crm:
        result = await crm.update(change(), CrmId(5), frozenset({"name"}), CallMeter())

    assert result.kind is ItemKind.UNKNOWN
    assert len(tenant.calls) == 1


async def test_a_slow_answer_ends_with_the_total_limit(change: Make) -> None:
    tenant = Tenant()
    release = asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        await release.wait()
        return web.json_response({"value": 1}, status=201)

    tenant.handle = slow  # type: ignore[method-assign]
    async with adapter(tenant, limit=0.1) as crm:
        result = await crm.create(change(), CallMeter())
        release.set()

    assert (result.kind, result.reason) == (ItemKind.UNKNOWN, ReasonClass.UNKNOWN_OUTCOME)


async def test_nobody_listening_is_safe_to_repeat(change: Make, unused_tcp_port: int) -> None:
    async with CrmClient(
        base_url=f"http://127.0.0.1:{unused_tcp_port}", headers={}, timeout_seconds=1
    ) as client:
        policy = CrmPolicy(
            client,
            rules=SPOTTER,
            quota_calls=100,
            quota_seconds=1,
            breaker_failures=50,
            breaker_seconds=1,
        )
        crm = SpotterCrm(
            policy,
            mapper=LeadMapper(FieldNames()),
            custom_fields_on_create="yes",
            client_code_key="_cod.cliente",
            discard_user_email="",
            discard_reason="",
        )
        meter = CallMeter()
        result = await crm.create(change(), meter)

    assert (result.kind, result.reason) == (ItemKind.RETRY, ReasonClass.TRANSIENT)
    assert not meter.write_pending


async def test_a_read_is_repeated_after_an_error_of_the_server() -> None:
    tenant = Tenant(script=[refusal(500, "x"), refusal(500, "x")], leads=[{"id": 5, "lead": "X"}])
    async with adapter(tenant, custom_fields="no") as crm:
        lead = await crm.read(CrmId(5))

    assert lead is not None
    assert len(tenant.calls) == 3


async def test_a_lead_is_read_with_its_custom_fields() -> None:
    tenant = Tenant(
        leads=[
            {"id": 5, "lead": "X", "stage": "Ativação", "industry": {"id": 1, "value": "Saúde"}}
        ],
        custom=[{"id": "_cod.gestores", "leadId": 5, "value": "", "options": [{"value": "7"}]}],
    )
    async with adapter(tenant) as crm:
        lead = await crm.read(CrmId(5))

    assert lead is not None
    assert (lead.stage, lead.fields["industry"], lead.fields["sales_rep"]) == (
        "Ativação",
        "Saúde",
        7,
    )
    assert {call[2] for call in tenant.calls} == {"id eq 5", "leadId eq 5"}


async def test_a_lead_that_is_not_there_reads_as_none() -> None:
    async with adapter(Tenant()) as crm:
        assert await crm.read(CrmId(5)) is None


async def test_a_failed_read_raises_the_plain_error() -> None:
    tenant = Tenant(script=[refusal(400, "no"), refusal(400, "no")])
    async with adapter(tenant) as crm:
        with pytest.raises(CrmRefused) as caught:
            await crm.read(CrmId(5))

    assert caught.value.status == 400


async def test_an_unreadable_answer_to_a_read_is_no_empty_list() -> None:
    tenant = Tenant(
        script=[web.Response(text="<html></html>", content_type="text/html") for _ in range(2)]
    )
    async with adapter(tenant) as crm:
        with pytest.raises(CrmError):
            await crm.find({"taxid": "11222333000181"}, CallMeter())


async def test_a_record_is_found_by_its_tax_number(change: Make) -> None:
    tenant = Tenant(leads=[{"id": 5, "lead": "X", "cnpj": "12ABC34501DE35"}])
    async with adapter(tenant) as crm:
        [lead] = await crm.find(change().document, CallMeter())

    assert lead.crm_id == 5
    assert tenant.calls[0][2] == "cnpj eq '12ABC34501DE35'"


async def test_quotes_in_a_filter_are_doubled() -> None:
    tenant = Tenant()
    async with adapter(tenant) as crm:
        await crm.find({"taxid": None, "client_code": "7"}, CallMeter())
    assert tenant.calls[0][2] == "id eq '_cod.cliente' and value eq '7'"


async def test_a_lead_with_the_client_code_and_another_tax_number_is_another_branch() -> None:
    tenant = Tenant(
        script=[
            web.json_response({"value": []}),
            web.json_response({"value": [{"id": "_cod.cliente", "leadId": 5, "value": "7"}]}),
            web.json_response({"value": [{"id": 5, "cnpj": "11444777000161"}]}),
        ]
    )
    async with adapter(tenant) as crm:
        found = await crm.find({"taxid": "11222333000181", "client_code": 7}, CallMeter())

    assert found == []


async def test_a_removed_record_is_discarded_and_twice_is_fine(change: Make) -> None:
    tenant = Tenant(script=[refusal(400, "Lead is discarded")])
    async with adapter(tenant) as crm:
        first = await crm.remove(change(), CrmId(5), CallMeter())
        second = await crm.remove(change(), CrmId(5), CallMeter())

    assert (first.kind, second.kind) == (ItemKind.UNCHANGED, ItemKind.UPDATED)


async def test_a_spent_quota_holds_all_calls_back(change: Make) -> None:
    tenant = Tenant(script=[refusal(429, "slow", **{"Retry-After": "7"})])
    async with adapter(tenant) as crm:
        first = await crm.create(change(), CallMeter())
        meter = CallMeter()
        second = await crm.create(change(), meter)
        pause = crm.pause_seconds()

    assert first.retry_after == 7
    assert (second.kind, second.reason) == (ItemKind.PAUSED, ReasonClass.PAUSED)
    assert meter.calls == 0
    assert 6 < pause <= 7


async def test_a_refused_token_stops_all_calls_until_a_probe_passes(
    change: Make, until: Waiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.crm.policy._PROBE_SECONDS", 0.05)
    tenant = Tenant(script=[refusal(401, "no"), refusal(401, "no")])
    async with adapter(tenant) as crm:
        first = await crm.create(change(), CallMeter())
        meter = CallMeter()
        second = await crm.create(change(), meter)
        assert metrics.ACCESS_REFUSED._value.get() == 1
        await until(lambda: crm.pause_seconds() == 0)
        third = await crm.create(change(), CallMeter())

    assert (first.kind, first.reason) == (ItemKind.RETRY, ReasonClass.AUTH)
    assert (second.kind, meter.calls) == (ItemKind.PAUSED, 0)
    assert third.kind is ItemKind.CREATED
    assert [path for _, path, _ in tenant.calls] == [
        "/v3/LeadsAdd", "/v3/stages", "/v3/stages", "/v3/LeadsAdd",
    ]  # fmt: skip
    assert metrics.ACCESS_REFUSED._value.get() == 0


async def test_the_breaker_opens_and_costs_no_calls(change: Make) -> None:
    tenant = Tenant(script=[refusal(500, "x") for _ in range(10)])
    async with adapter(tenant, failures=3) as crm:
        for _ in range(3):
            await crm.create(change(), CallMeter())
        result = await crm.create(change(), CallMeter())
        pause = crm.pause_seconds()

    assert result.kind is ItemKind.PAUSED
    assert len(tenant.calls) == 3
    assert pause > 20


async def test_refusals_do_not_open_the_breaker(change: Make) -> None:
    tenant = Tenant(script=[refusal(400, "dto") for _ in range(5)])
    async with adapter(tenant, failures=2) as crm:
        for _ in range(5):
            result = await crm.create(change(), CallMeter())

    assert result.kind is ItemKind.REJECTED
    assert len(tenant.calls) == 5


async def test_calls_stay_within_the_quota(change: Make) -> None:
    tenant = Tenant()
    loop = asyncio.get_running_loop()
    async with adapter(tenant, quota=(2, 0.2)) as crm:
        started = loop.time()
        await asyncio.gather(*(crm.create(change(), CallMeter()) for _ in range(4)))

    assert loop.time() - started > 0.15


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("12", 12.0),
        ("Thu, 01 Jan 2026 00:00:30 GMT", 30.0),
        ("Wed, 31 Dec 2025 23:59:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("²", None),
        ("9" * 400, float("inf")),
        ("Thu, 99 Jan 99999 00:00:30 GMT", None),
        ("", None),
    ],
)
def test_retry_after_in_every_form(header: str, seconds: float | None) -> None:
    from datetime import UTC, datetime

    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert retry_after_seconds({"Retry-After": header}, now=now) == seconds


def test_the_table_covers_every_failure() -> None:
    for status in range(400, 600):
        assert classify(SPOTTER, status, "", is_html=False) is not ReasonClass.UNREADABLE

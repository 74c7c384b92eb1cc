"""Strangers write nothing, and nothing personal leaves through the log."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from deployed_world import Deployed, Watch

#: planted values: none of them may stand in a log line
PERSON = "Joana Aparecida Queiroz"
EMAIL = "joana.queiroz@particular.example"
PHONE = "11977778888"
CPF = "52998224725"
STREET = "Travessa do Segredo"
ANALYSIS = "Cônjuge avalista: Maria do Sigilo"


def post(world: Deployed, path: str, body: bytes, headers: dict[str, str] | None = None) -> int:
    """The status with which the webhook server answers."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{world.web_port}{path}", data=body, method="POST", headers=headers or {}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as exc:
        with exc:
            return exc.code


def token(world: Deployed) -> str:
    return world.settings()["ERPCRM_WEB__TOKEN"]


def body(**lead: Any) -> bytes:
    return json.dumps({"Lead": lead}).encode()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Webhook-Token": ""},
        {"X-Webhook-Token": "guessed"},
        {"Authorization": "Bearer guessed"},
    ],
)
def test_without_the_token_a_webhook_is_refused_and_not_stored(
    world: Deployed, watch: Watch, headers: dict[str, str]
) -> None:
    assert post(world, "/atualizalead", body(Id=10000001), headers) == 401
    assert watch.inbox() == {}


def test_a_part_of_the_token_is_not_the_token(world: Deployed, watch: Watch) -> None:
    given = [token(world)[:-1], token(world) + "x", token(world).swapcase()]

    assert [
        post(world, "/atualizalead", body(Id=1), {"X-Webhook-Token": text}) for text in given
    ] == [401] * 3
    assert watch.inbox() == {}


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[1]", b'{"Lead": NaN}', b"\xff\xfe\x00", b'{"a":' * 500], ids=range(6)
)
def test_a_malformed_webhook_is_refused_and_not_stored(
    world: Deployed, watch: Watch, text: bytes
) -> None:
    assert post(world, "/atualizalead", text, {"X-Webhook-Token": token(world)}) == 400
    assert watch.inbox() == {}


def test_a_body_beyond_the_limit_is_refused_and_not_stored(world: Deployed, watch: Watch) -> None:
    big = body(Id=1, Company="x" * 300_000)

    assert post(world, "/atualizalead", big, {"X-Webhook-Token": token(world)}) == 413
    assert watch.inbox() == {}


def test_a_genuine_webhook_is_stored_as_it_came_and_what_it_claims_is_not_believed(
    world: Deployed, watch: Watch
) -> None:
    """The body is a hint: the lead is read from the CRM."""
    (branch,) = world.take()
    before = world.branch_row(branch)
    forged = body(Id=world.lead(branch)["id"], Phone="11900000009", CpfCnpj=branch.taxid)

    assert post(world, "/atualizalead", forged, {"X-Webhook-Token": token(world)}) == 202
    watch.settle(branch)

    stored = world.value(
        "select body from crm_inbox_events"
        " where inbox_id = (select max(inbox_id) from crm_inbox_events)"
    )
    kept = stored if isinstance(stored, bytes) else stored.read()
    assert kept == forged
    assert world.branch_row(branch) == before


def test_a_repeated_webhook_is_stored_once(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take()
    text = body(Id=world.lead(branch)["id"])
    headers = {"X-Webhook-Token": token(world), "webhook-id": "delivery-1"}

    answers = [post(world, "/atualizalead", text, headers) for _ in range(3)]
    watch.settle(branch)

    assert answers == [202, 200, 200]
    assert sum(watch.inbox(branch).values()) == 1


def test_nothing_personal_stands_in_the_log_after_a_round_trip(
    world: Deployed, watch: Watch
) -> None:
    branch, other, refused = world.take(3)
    start = world.bridge.log.stat().st_size
    lead = world.lead(branch)["id"]
    world.crm_admin(
        "POST",
        "/persons",
        {"leadId": lead, "name": PERSON, "email": EMAIL, "phone1": PHONE, "mainContact": True},
    )
    world.edit_lead(branch, ddiPhone="55", phone=PHONE)
    world.edit_lead(other, customFields=[{"id": "_analisefinanceira", "value": ANALYSIS}])
    world.erp("update clients set name = :name where code = :code", name=PERSON, code=branch.client)
    world.set_branch(refused, taxid=CPF, address_street=STREET)
    world.fault(action="status", status=400, path="LeadsUpdate", body=STREET, count=2)
    post(world, "/atualizalead", json.dumps({"Lead": {"Id": PHONE, "CpfCnpj": CPF}}).encode(), {})
    world.drain()
    logged = world.bridge.log.read_bytes()[start:].decode()

    assert world.branch_row(branch)["phone"] == PHONE
    assert "change_settled" in logged
    assert "webhook_applied" in logged
    for text in (
        PERSON,
        EMAIL,
        PHONE,
        CPF,
        STREET,
        ANALYSIS,
        branch.taxid,
        branch.key,
        token(world),
    ):
        assert text not in logged
        assert json.dumps(text)[1:-1] not in logged


def test_the_tables_of_the_log_hold_no_personal_values(world: Deployed) -> None:
    texts = world.rows("select message, error_info from error_log")

    for text in (PERSON, EMAIL, PHONE, CPF, STREET):
        assert not [row for row in texts if any(value and text in value for value in row)]

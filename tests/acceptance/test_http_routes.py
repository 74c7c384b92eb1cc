"""The kept routes and the pages of a daemon that runs: what they do on both sides."""

from __future__ import annotations

import http.client
import json
import time
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from deployed_world import Branch, Deployed, Watch
from patience import STALL

SCRIPT = "<script>alert(1)</script>"
PHONE = "11933330001"


def ask(
    world: Deployed,
    method: str,
    path: str,
    body: Any = None,
    *,
    token: str | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, str, dict[str, str]]:
    """One request to the daemon: status, body, headers. A mapping goes as JSON, bytes as they are."""
    sent = {"X-Api-Token": world.api_token if token is None else token, **(headers or {})}
    connection = http.client.HTTPConnection("127.0.0.1", world.web_port, timeout=60)
    try:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection.request(method, path, data, sent)
        reply = connection.getresponse()
        return reply.status, reply.read().decode(), dict(reply.getheaders())
    finally:
        connection.close()


def told(world: Deployed, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    status, text, _ = ask(world, method, path, body)
    return status, json.loads(text)


def webhook(world: Deployed, document: dict[str, Any]) -> None:
    """A webhook as the CRM sends it."""
    secret = world.settings()["ERPCRM_WEB__TOKEN"]
    status, _, _ = ask(
        world, "POST", "/atualizalead", document, headers={"X-Webhook-Token": secret}
    )
    assert status == 202


@pytest.fixture
def parked(world: Deployed, watch: Watch) -> Iterator[tuple[Branch, int]]:
    """A CRM edit whose webhook was lost, and a webhook that names no lead, parked."""
    (branch,) = world.take()
    world.edit_lead(branch)
    world.drain()
    world.crm_settings(webhook_drop=1.0)
    world.edit_lead(branch, ddiPhone="55", phone=PHONE)
    webhook(world, {"Lead": {"Company": SCRIPT}})
    world.wait_for(
        lambda: world.value("select count(*) from crm_inbox_events where status = 'PARKED'"),
        "the webhook to be parked",
    )
    world.crm_settings(webhook_drop=0.0)
    number = int(world.value("select max(inbox_id) from crm_inbox_events where status = 'PARKED'"))
    yield branch, number
    world.administer(
        "update crm_inbox_events set status = 'SKIPPED', detail = null where status = 'PARKED'"
    )
    # what the lost webhook was about still has to arrive
    webhook(world, {"Lead": {"Id": world.lead(branch)["id"]}})
    world.drain()


# --------------------------------------------------------------------------- leads


def test_what_a_route_writes_comes_to_the_erp_and_what_the_erp_owns_is_put_back(
    world: Deployed, watch: Watch
) -> None:
    (branch,) = world.take()
    world.edit_lead(branch)
    world.drain()
    lead = world.lead(branch)
    change = {"lead": {"name": "Nome de outro", "ddiPhone": "55", "phone": PHONE}}

    assert told(world, "PUT", f"/atualizalead/{lead['id']}", change) == (200, {"status": "done"})
    world.wait_for(lambda: world.branch_row(branch)["phone"] == PHONE, "the phone in the ERP")
    world.wait_for(lambda: world.lead(branch)["lead"] == lead["lead"], "the name put back")
    watch.settle(branch)


def test_a_lead_that_the_daemon_has_made_is_found_and_not_made_again(
    world: Deployed, watch: Watch
) -> None:
    (branch,) = world.take()
    body = {"lead": {"name": "Outra vez", "cpfcnpj": branch.taxid}}

    assert told(world, "POST", "/leads", body) == (
        200,
        {"lead_id": world.lead(branch)["id"], "is_new": False},
    )
    watch.settle(branch)


def test_a_new_lead_is_made_once(world: Deployed, watch: Watch) -> None:
    body = {"lead": {"name": "Lead de rota", "cpfcnpj": "11222333000181"}}
    (first, made), (second, found) = (told(world, "POST", "/leads", body) for _ in range(2))

    assert (first, second) == (201, 200)
    assert made["lead_id"] == found["lead_id"]
    assert [lead["cnpj"] for lead in world.leads()].count("11222333000181") == 1
    watch.settle()


def test_a_lead_is_passed_over_the_stage_without_a_caller_that_waits(
    world: Deployed, watch: Watch
) -> None:
    _, made = told(
        world, "POST", "/leads", {"lead": {"name": "Passa", "stage": "Passagem de bastão"}}
    )
    path = f"/passagemdebastao/{made['lead_id']}"

    status, progress = told(world, "POST", path)
    assert (status, progress["answered"], progress["questions"]) == (202, 1, 3)
    world.wait_for(lambda: told(world, "POST", path)[0] == 200, "the last answer")

    (stage,) = [lead["stage"] for lead in world.leads() if lead["id"] == made["lead_id"]]
    assert stage == "Desenvolvimento/Orçamento"
    watch.settle()


# --------------------------------------------------------------------------- industries


def test_industries_of_the_crm_are_stored_in_the_erp_once(world: Deployed, watch: Watch) -> None:
    world.crm_settings(unknown_industry="create")
    name = "Astronomia e Óptica de Precisão"
    told(world, "POST", "/leads", {"lead": {"name": "Astro", "industry": name}})
    before = int(world.value("select count(*) from erp.industries"))

    status, first = told(world, "POST", "/mercados")
    assert (status, first["added"], first["refused"]) == (200, 1, 0)
    assert told(world, "POST", "/mercados")[1]["added"] == 0
    assert (
        world.value("select count(*) from erp.industries where description = :name", name=name) == 1
    )
    assert world.value("select count(*) from erp.industries") == before + 1
    watch.settle()


def test_an_industry_that_an_erp_user_adds_at_the_same_time_is_known(
    world: Deployed, watch: Watch
) -> None:
    world.crm_settings(unknown_industry="create")
    name = "Vulcanologia Aplicada"
    told(world, "POST", "/leads", {"lead": {"name": "Vulcano", "industry": name}})
    with world.erp_session() as erp, ThreadPoolExecutor(1) as pool:
        with erp.cursor() as cursor:
            cursor.execute(
                "insert into industries (id, description) values (990077, :name)", name=name
            )
        asked = pool.submit(told, world, "POST", "/mercados")
        world.wait_for(
            lambda: any("industries" in call["path"].lower() for call in watch.calls("GET")),
            "the industries to be read",
        )
        time.sleep(1)  # the daemon's insert waits for the other's commit
        assert not asked.done()
        erp.commit()
        status, stored = asked.result(STALL)

    assert (status, stored["added"]) == (200, 0)
    assert (
        world.value("select count(*) from erp.industries where description = :name", name=name) == 1
    )


# --------------------------------------------------------------------------- parked webhooks


def test_a_parked_webhook_is_mended_and_brings_what_it_was_about(
    world: Deployed, watch: Watch, parked: tuple[Branch, int]
) -> None:
    branch, number = parked
    assert world.branch_row(branch)["phone"] != PHONE
    _, listed = told(world, "GET", "/edit_json")
    assert number in [row["id"] for row in listed["value"]]
    _, shown = told(world, "GET", f"/edit_json/{number}")
    assert shown["document"] == {"Lead": {"Company": SCRIPT}}

    edited = {"id": number, "document": {"Lead": {"Id": world.lead(branch)["id"]}}, "by": "ana"}
    assert told(world, "POST", "/edit_json", edited)[0] == 200
    world.wait_for(lambda: world.branch_row(branch)["phone"] == PHONE, "the phone in the ERP")
    watch.settle(branch)

    action, by, before = world.rows(
        "select action, done_by, body_before from crm_operator_audit where kind = 'INBOX' and item_id = :id",
        id=number,
    )[0]
    kept = before if isinstance(before, bytes) else before.read()
    assert (action, by) == ("EDIT", "ana")
    assert json.loads(kept) == {"Lead": {"Company": SCRIPT}}
    assert told(world, "POST", "/edit_json", edited)[0] == 409
    assert told(world, "GET", f"/edit_json/{number}")[0] == 409
    assert told(world, "GET", "/edit_json/999999999")[0] == 404


def test_a_person_mends_it_in_a_browser(
    world: Deployed, watch: Watch, parked: tuple[Branch, int]
) -> None:
    branch, number = parked
    form = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    status, _, headers = ask(
        world, "POST", "/login", urllib.parse.urlencode({"token": world.api_token}).encode(),
        token="", headers=form,
    )  # fmt: skip
    assert status == 303
    cookie = {"Cookie": headers["Set-Cookie"].partition(";")[0]}
    _, text, _ = ask(
        world, "GET", f"/edit_json/{number}", token="", headers={**cookie, "Accept": "text/html"}
    )
    assert "<script" not in text
    assert "&lt;script&gt;" in text

    document = json.dumps({"Lead": {"Id": world.lead(branch)["id"]}})
    fields = {"id": str(number), "by": "Zélia", "document": document, "form_token": "0"}
    refused = urllib.parse.urlencode(fields).encode()
    assert ask(world, "POST", "/edit_json", refused, token="", headers={**form, **cookie})[0] == 403
    fields["form_token"] = text.partition('name="form_token" value="')[2].partition('"')[0]
    sent = urllib.parse.urlencode(fields).encode()
    assert ask(world, "POST", "/edit_json", sent, token="", headers={**form, **cookie})[0] == 303

    world.wait_for(lambda: world.branch_row(branch)["phone"] == PHONE, "the phone in the ERP")
    watch.settle(branch)
    assert (
        world.value(
            "select max(done_by) from crm_operator_audit where kind = 'INBOX' and item_id = :id",
            id=number,
        )
        == "Zélia"
    )


# --------------------------------------------------------------------------- overview


def test_the_overview_shows_what_is_parked_and_nothing_of_it_is_code(
    world: Deployed, watch: Watch, parked: tuple[Branch, int]
) -> None:
    branch, number = parked
    world.administer(
        "update crm_inbox_events set detail = :text where inbox_id = :id",
        text=f"why {SCRIPT}", id=number,
    )  # fmt: skip
    world.wait_for(
        lambda: "&lt;script&gt;" in ask(world, "GET", "/", headers={"Accept": "text/html"})[1],
        "the overview to be read anew",
    )
    # whole-set runs of other tests are workers, too: they live, and have a share of the quota, for a moment
    # after their end
    world.wait_for(
        lambda: told(world, "GET", "/")[1]["quota"]["limit"] == 100_000,
        "the other workers to be gone",
    )
    status, text, headers = ask(world, "GET", "/", headers={"Accept": "text/html"})
    shown = told(world, "GET", "/")[1]

    assert status == 200
    assert "<script" not in text
    assert headers["Content-Security-Policy"].startswith("default-src 'none';")
    assert f'href="/edit_json/{number}"' in text
    assert shown["database"]["metrics"]["inbox_parked"] == world.status()["inbox_parked"] >= 1
    assert shown["database"]["metrics"]["records_total"] == world.status()["records_total"]
    live = [w["worker_id"] for w in shown["database"]["workers"] if w["is_live"] == "S"]
    assert "demo:bridge" in live
    assert shown["process"]["inbound_handled"] > 0
    assert shown["quota"]["limit"] == shown["quota"]["calls"] == 100_000
    for personal in (branch.taxid, PHONE, str(world.lead(branch)["lead"])):
        assert personal not in text
        assert personal not in json.dumps(shown)


@pytest.mark.parametrize("path", ["/", "/edit_json", "/leads", "/metrics", "/docs"])
def test_without_a_token_nothing_is_shown(world: Deployed, watch: Watch, path: str) -> None:
    assert ask(world, "GET", path, token="")[0] == 401
    assert ask(world, "GET", path, token=world.api_token[:-1])[0] == 401
    assert ask(world, "GET", path)[0] == 200

"""Both directions with the second CRM, through the unchanged database and core."""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from deployed_world import Watch
from hubspot_world import HubSpotWorld

from bridge.cli.compose import account
from bridge.domain.changes import CrmId, EventType, InboundEvent
from bridge.errors import DataRejected
from bridge.oracle.inbox import OracleInbox
from bridge.oracle.pool import Database
from bridge.settings import load


@pytest.fixture(scope="module")
def hubspot_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubSpotWorld]:
    world = HubSpotWorld(tmp_path_factory.mktemp("hubspot"))
    try:
        world.prepare()
        # the second look at a lead that is not found
        world.administer(
            "update crm_settings set value = '1' where name = 'missing_recheck_seconds'"
        )
        yield world
    finally:
        world.stop()


@pytest.fixture
def world(hubspot_world: HubSpotWorld) -> Iterator[HubSpotWorld]:
    normal = hubspot_world.crm_admin("GET", "/settings")
    yield hubspot_world
    hubspot_world.crm_admin("DELETE", "/faults")
    hubspot_world.crm_settings(**normal)


@pytest.fixture
def watch(world: HubSpotWorld) -> Watch:
    world.daemon()
    world.drain()
    return world.watch()


def paths(watch: Watch) -> list[str]:
    return [str(call["path"]).removeprefix("/crm/v3/objects/") for call in watch.calls()]


def test_the_load_reached_the_crm_in_batches_and_all_of_it_is_equal(world: HubSpotWorld) -> None:
    companies = world.crm_admin("GET", "/companies")
    upserts = [
        entry
        for entry in world.ledger("request")
        if str(entry["path"]).endswith("companies/batch/upsert")
    ]

    assert world.differences(world.take(10)) == []
    assert 0 < len(upserts) < len(companies) / 2
    assert world.crm_admin("GET", "/ledger/summary")["doubled_creates"] == {}


def test_a_new_branch_becomes_one_company(world: HubSpotWorld, watch: Watch) -> None:
    (branch,) = world.take(in_crm=False)
    world.set_branch(branch, integrate_crm="S")
    watch.settle(branch)

    assert [write["operation"] for write in watch.writes(branch)] == ["companies.creation"]
    assert watch.outbox(branch) == {"DELIVERED": 1}
    row = world.branch_row(branch)
    assert row["id_crm"] == world.company(branch)["id"]


def test_an_edit_in_the_erp_is_one_call_and_its_echo_none(
    world: HubSpotWorld, watch: Watch
) -> None:
    (branch,) = world.take()
    world.set_branch(branch, address_street="Rua do Eco", address_number="77B")
    watch.settle(branch)

    assert watch.changed(branch) == {"address": "Rua do Eco", "erp_address_number": "77B"}
    assert paths(watch) == ["companies/batch/update"]
    # one event for each property: each of them says that it is ours, and what it shows is agreed
    assert watch.inbox(branch) == {"UNCHANGED": 2}
    assert watch.outbox(branch) == {"DELIVERED": 1}


def test_a_bulk_update_shares_its_calls(world: HubSpotWorld, watch: Watch) -> None:
    branches = world.take(12)
    with world.held():
        for branch in branches:
            world.set_branch(branch, address_complement="Galpão 3")
    watch.settle(*branches)

    assert all(watch.outbox(branch) == {"DELIVERED": 1} for branch in branches)
    assert len(watch.calls()) < len(branches)


@pytest.mark.parametrize("trap", ["none", "doubled", "shuffled", "alone"])
def test_an_edit_of_a_crm_user_reaches_the_erp_and_does_not_come_back(
    world: HubSpotWorld, watch: Watch, trap: str
) -> None:
    traps: dict[str, dict[str, Any]] = {
        "none": {},
        "doubled": {"webhook_duplicate": 1.0},
        "shuffled": {"webhook_shuffle": True},
        "alone": {"webhook_batch": 1},
    }
    (branch,) = world.take()
    world.set_branch(branch, phone="11955550000", sales_rep=3)
    watch.settle(branch)
    watch = world.watch()
    world.crm_settings(**traps[trap])

    world.edit_lead(branch, phone="(41) 98877-6655", erp_sales_rep="7")
    watch.settle()

    row = world.branch_row(branch)
    assert (row["phone"], row["sales_rep"]) == ("41988776655", 7)
    # a repetition that comes after the applying makes its webhook due again, and finds nothing new
    ends = {"APPLIED", "UNCHANGED"} if trap == "doubled" else {"APPLIED"}
    assert ends & set(watch.inbox(branch))
    # a user's spelling of a number stays as it is: it means the same
    assert world.company(branch)["phone"] == "(41) 98877-6655"
    assert watch.writes() == []
    assert watch.outbox(branch) == {}


def test_a_webhook_that_somebody_else_signed_is_not_taken(
    world: HubSpotWorld, watch: Watch
) -> None:
    (branch,) = world.take()
    before = world.branch_row(branch)["phone"]
    world.crm_settings(app_secret="a secret of somebody else")
    world.edit_lead(branch, phone="41911110000")
    world.wait_for(lambda: not world.crm_admin("GET", "/webhooks")["pending"], "the refusal")

    deliveries = world.crm_admin("GET", "/webhooks/deliveries")
    assert (deliveries[-1]["status"], deliveries[-1]["state"]) == (401, "failed")
    assert watch.inbox(branch) == {}
    assert world.branch_row(branch)["phone"] == before


def test_while_the_daemon_is_away_the_events_wait_with_the_sender(
    world: HubSpotWorld, watch: Watch
) -> None:
    (branch,) = world.take()
    world.halt()
    world.edit_lead(branch, phone="41922223333")
    world.daemon()
    watch.settle(branch)

    assert world.branch_row(branch)["phone"] == "41922223333"


def test_a_creation_whose_answer_was_lost_makes_no_second_company(
    world: HubSpotWorld, watch: Watch
) -> None:
    (branch,) = world.take(in_crm=False)
    world.fault(action="drop", path="companies/batch/upsert", when="after")
    world.set_branch(branch, integrate_crm="S")
    watch.settle(branch)

    assert watch.attempts(branch) == ["IN_DOUBT", "DELIVERED"]
    assert [write["operation"] for write in watch.writes(branch)] == ["companies.creation"]
    assert world.branch_row(branch)["id_crm"] == world.company(branch)["id"]


def test_a_branch_that_leaves_has_its_company_archived(world: HubSpotWorld, watch: Watch) -> None:
    (branch,) = world.take()
    number = world.company(branch)["id"]
    world.set_branch(branch, integrate_crm="N")
    watch.settle()

    assert number not in {row["id"] for row in world.crm_admin("GET", "/companies")}
    assert watch.outbox(branch) == {"DELIVERED": 1}
    assert paths(watch).count("companies/batch/archive") == 1


def test_contacts_follow_their_company(world: HubSpotWorld, watch: Watch) -> None:
    setting = "update crm_settings set value = :value where name = 'send_steps'"
    before = world.value("select value from crm_settings where name = 'send_steps'")
    (branch,) = world.take()
    world.administer(setting, value="S")
    try:
        for name in ("Zuleica Prado", "Xisto Alencar"):
            world.erp(
                "insert into contacts (client_code, branch_code, name, email, is_primary)"
                " values (:client, :branch, :name, :email, 'N')",
                client=branch.client,
                branch=branch.code,
                name=name,
                email=f"{name.split()[0].lower()}@example.com",
            )
        world.set_branch(branch, address_complement="Sala 9")
        world.drain()
    finally:
        world.administer(setting, value=before)

    linked = set(world.company(branch)["contacts"])
    people = [row for row in world.crm_admin("GET", "/contacts") if row["id"] in linked]
    assert {"Zuleica Prado", "Xisto Alencar"} <= {row["firstname"] for row in people}
    assert all(row["erp_contact_key"].startswith(f"{branch.key}/") for row in people)


# --------------------------------------------------------------------------- the store of many events


def inbox_events(count: int, **last: Any) -> list[InboundEvent]:
    """Events of no lead; the last one may be spoiled."""
    stamp = secrets.token_hex(31)
    events = [
        InboundEvent(
            event_type=EventType.LEAD_UPDATED,
            dedupe_key=f"{number:02}{stamp}",
            crm_id=CrmId(7_000_000 + number),
            body=b"{}",
        )
        for number in range(count)
    ]
    return [*events[:-1], dataclasses.replace(events[-1], **last)] if last else events


def in_store(world: HubSpotWorld, events: list[InboundEvent]) -> int:
    return sum(
        int(
            world.value(
                "select count(*) from crm_inbox_events where dedupe_key = :key",
                key=event.dedupe_key,
            )
        )
        for event in events
    )


async def store(world: HubSpotWorld, *requests: list[InboundEvent]) -> list[Any]:
    """What as many requests at the same time are told."""
    settings, _ = load(environ=world.settings())
    async with Database(account(settings)) as database:
        inbox = OracleInbox(database)
        return await asyncio.gather(
            *(inbox.store_all(source="test", events=events) for events in requests),
            return_exceptions=True,
        )


async def test_the_events_of_a_request_are_stored_all_or_none(world: HubSpotWorld) -> None:
    good, bad = inbox_events(3), inbox_events(3, dedupe_key="too short")
    [receipts] = await store(world, good)
    [refused] = await store(world, bad)

    assert [receipt.is_duplicate for receipt in receipts] == [False] * 3
    assert len({receipt.inbox_id for receipt in receipts}) == 3
    assert isinstance(refused, DataRejected)
    assert (in_store(world, good), in_store(world, bad)) == (3, 0)


async def test_requests_with_the_same_events_in_another_order_do_not_block_each_other(
    world: HubSpotWorld,
) -> None:
    events = inbox_events(12)
    answers = await store(world, list(reversed(events)), events, events[6:] + events[:6])

    assert [type(answer) for answer in answers] == [list] * 3
    assert in_store(world, events) == 12
    fresh = [sum(not receipt.is_duplicate for receipt in answer) for answer in answers]
    assert sum(fresh) == 12
    # whatever their order in the request, their rows were written in that of their keys
    rows = [receipt.inbox_id for receipt in reversed(answers[0])]
    assert rows == sorted(rows)

"""What the daemon reads for a webhook, and how Spotter's persons and sales reps are read and sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any
from unittest.mock import AsyncMock, Mock

import oracledb
import orjson
import pytest

from bridge.core.catalogue import CatalogueWatch
from bridge.core.delivery import Delivery
from bridge.core.inbound import InboundRelay
from bridge.core.supervisor import ProgressBoard
from bridge.crm.client import CrmClient
from bridge.crm.errors import SPOTTER
from bridge.crm.policy import CrmPolicy
from bridge.crm.spotter import SpotterCrm
from bridge.crm.spotter_reps import SpotterReps
from bridge.domain.changes import (
    CallMeter,
    Change,
    ContactSnapshot,
    CrmId,
    InboxOutcome,
    ItemKind,
    Outcome,
    Reads,
    Webhook,
)
from bridge.domain.mapping import FieldNames, LeadMapper
from bridge.domain.retry import RetryPolicy
from bridge.errors import (
    CrmNotSent,
    CrmRefused,
    DatabaseBusy,
    DatabaseError,
    DatabaseSlow,
    DatabaseUnavailable,
    StaleClaim,
    TransactionConflict,
)
from bridge.oracle import codec
from bridge.oracle.errors import translate
from bridge.testing import ManualClock, MemoryCrm, MemoryInbox, MemoryOutbox, MemoryWebhookQueue
from devkit.spotter import api_persons
from devkit.spotter.app import Server
from devkit.spotter.settings import Settings
from devkit.spotter.simulator import Simulator

Make = Callable[..., Change]
RETRY = RetryPolicy(base_seconds=2, cap_seconds=60)
ANA = ContactSnapshot(person_id=9, fields={"name": "Ana"})


def webhook(reads: Reads) -> Webhook:
    return Webhook(
        inbox_id=1, event_type="LEAD_UPDATED", crm_id=CrmId(7), record_key=None,
        fence_token=1, attempt=1, reads=reads,
    )  # fmt: skip


@pytest.fixture
def relay(inbox: MemoryInbox, crm: MemoryCrm, clock: ManualClock) -> InboundRelay:
    crm.leads[7] = {"name": "Padaria"}
    crm.persons[7] = [ANA]
    return InboundRelay(
        queue=MemoryWebhookQueue(inbox), inbox=inbox, crm=crm, retry=RETRY, slots=1, wait_seconds=1,
        lease_seconds=120, clock=clock, progress=ProgressBoard(clock, stall_seconds=60),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reads", "leads", "persons"),
    [(Reads.LEAD, 1, 0), (Reads.CONTACTS, 0, 1), (Reads.BOTH, 1, 1)],
)
async def test_what_the_claim_asks_for_is_read_and_applied(
    relay: InboundRelay, inbox: MemoryInbox, reads: Reads, leads: int, persons: int
) -> None:
    await relay.handle(webhook(reads))

    assert (len(inbox.applied), len(inbox.applied_contacts)) == (leads, persons)


async def test_a_lead_that_is_gone_is_missing_although_its_persons_were_read(
    relay: InboundRelay, inbox: MemoryInbox, crm: MemoryCrm
) -> None:
    del crm.leads[7]
    await relay.handle(webhook(Reads.BOTH))

    assert (len(inbox.missing), inbox.applied_contacts) == (1, [])


@pytest.mark.parametrize("reads", [Reads.CONTACTS, Reads.BOTH])
async def test_a_read_of_persons_that_fails_applies_nothing_and_comes_again(
    relay: InboundRelay, inbox: MemoryInbox, crm: MemoryCrm, reads: Reads
) -> None:
    crm.script = [CrmNotSent()]
    await relay.handle(webhook(reads))

    assert (inbox.applied, inbox.applied_contacts, inbox.missing) == ([], [], [])
    assert inbox.settled[0][1].outcome is InboxOutcome.RETRY


def _fails(inbox: MemoryInbox, name: str, *errors: Exception) -> AsyncMock:
    """The inbox fails so often, then does what it is asked."""
    method = getattr(inbox, name)
    double = AsyncMock(side_effect=[*errors, None])

    async def call(*args: Any) -> Any:
        await double()
        return await method(*args)

    setattr(inbox, name, call)
    return double


async def _handled(relay: InboundRelay, reads: Reads, clock: ManualClock) -> None:
    """Handle a webhook, however long the relay waits in between."""
    task = asyncio.create_task(relay.handle(webhook(reads)))
    while not task.done():
        clock.advance(5)
        await asyncio.sleep(0)
    await task


async def test_an_apply_that_the_database_could_not_do_now_is_done_again_within_the_claim(
    relay: InboundRelay, inbox: MemoryInbox, clock: ManualClock
) -> None:
    errors = [
        TransactionConflict(code="ORA-00060", statement="apply_lead"),
        DatabaseSlow(code="DPY-4024", statement="apply_lead"),
        DatabaseBusy(code="DPY-4005", statement="apply_lead"),
    ]
    tries = _fails(inbox, "apply", *errors)
    await _handled(relay, Reads.LEAD, clock)

    assert tries.await_count == 4
    assert (len(inbox.applied), inbox.settled) == (1, [])


async def test_a_settlement_that_the_database_could_not_do_now_is_done_again(
    relay: InboundRelay, inbox: MemoryInbox, crm: MemoryCrm, clock: ManualClock
) -> None:
    crm.script = [CrmNotSent()]
    tries = _fails(inbox, "settle", DatabaseSlow(code="DPY-4024", statement="settle"))
    await _handled(relay, Reads.LEAD, clock)

    assert tries.await_count == 2
    assert [settlement.outcome for _, settlement in inbox.settled] == [InboxOutcome.RETRY]


@pytest.mark.parametrize("kind", [DatabaseSlow, DatabaseBusy])
async def test_an_apply_that_fails_for_long_is_tried_while_the_lease_lasts_and_no_longer(
    relay: InboundRelay,
    inbox: MemoryInbox,
    crm: MemoryCrm,
    clock: ManualClock,
    kind: type[DatabaseError],
) -> None:
    error = kind(code="DPY-4024", statement="apply_lead")
    tries = _fails(inbox, "apply", *[error] * 999)
    await _handled(relay, Reads.LEAD, clock)

    assert 10 < tries.await_count < 999
    assert clock.elapsed <= 120 + 5
    assert (inbox.applied, inbox.settled) == ([], [])
    assert crm.reads == 1


async def test_an_apply_whose_answer_was_lost_is_not_done_twice(
    relay: InboundRelay, inbox: MemoryInbox, clock: ManualClock
) -> None:
    lost = DatabaseUnavailable(code="DPY-4011", statement="apply_lead")
    ended = StaleClaim(code="ORA-20110", statement="apply_lead")
    tries = _fails(inbox, "apply", lost, ended)
    await _handled(relay, Reads.LEAD, clock)

    assert tries.await_count == 2
    assert (inbox.applied, inbox.settled) == ([], [])


def test_a_row_that_another_session_has_just_made_is_a_conflict_and_no_fault_of_the_data() -> None:
    detail = Mock(full_code="ORA-00001", is_session_dead=False, isrecoverable=False)
    error = translate(oracledb.IntegrityError(detail), "apply_lead")

    assert isinstance(error, TransactionConflict)
    assert error.recoverable


def test_a_claim_of_an_older_database_asks_for_the_lead() -> None:
    columns = ("INBOX_ID", "EVENT_TYPE", "CRM_ID", "RECORD_KEY", "FENCE_TOKEN", "ATTEMPT")

    assert codec.webhook(columns, (1, "LEAD_UPDATED", 7, None, 1, 1)).reads is Reads.LEAD


# --------------------------------------------------------------------------- Spotter


@pytest.fixture
def tenant() -> Settings:
    return Settings(quota_requests=0)


@pytest.fixture
async def server(tenant: Settings) -> AsyncIterator[Server]:
    server = Server(Simulator(tenant))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def policy(server: Server, tenant: Settings) -> AsyncIterator[CrmPolicy]:
    async with CrmClient(
        base_url=server.base_url, headers={"token_exact": tenant.token}, timeout_seconds=5
    ) as client:
        yield CrmPolicy(
            client,
            rules=SPOTTER,
            quota_calls=10_000,
            quota_seconds=1,
            breaker_failures=5,
            breaker_seconds=5,
        )


@pytest.fixture
def reps(policy: CrmPolicy) -> SpotterReps:
    return SpotterReps(policy, key="_cod.gestores", default="99")


@pytest.fixture
def spotter(policy: CrmPolicy, reps: SpotterReps) -> SpotterCrm:
    return SpotterCrm(
        policy, mapper=LeadMapper(FieldNames()), custom_fields_on_create="yes",
        client_code_key="_cod.cliente", discard_user_email="vendas.um@example.com",
        discard_reason="Encerrou atividades", reps=reps,
    )  # fmt: skip


def requests(server: Server, path: str) -> int:
    entries = server.simulator.ledger.select(since=0, kind="request", lead_id=None)
    return sum(entry.path.lower().rstrip("/").endswith(path.lower()) for entry in entries)


async def test_persons_are_read_in_their_canonical_form(
    server: Server, spotter: SpotterCrm
) -> None:
    state = server.simulator.state
    lead = state.create_lead({"name": "Padaria"}, actor="user", check_duplicity=False)
    state.create_person(
        {"leadId": lead, "name": " Ana\u00a0Lima ", "email": "Ana@Example.com", "phone1": "+55 (11) 98765-4321",
         "mainContact": True},
        actor="user",
    )  # fmt: skip
    (person,) = await spotter.read_contacts(CrmId(lead))

    assert person.fields == {
        "name": "Ana Lima", "email": "ana@example.com", "phone": "11987654321", "job_title": None,
        "is_primary": "S",
    }  # fmt: skip


async def test_more_persons_than_a_page_are_all_read(server: Server, spotter: SpotterCrm) -> None:
    state = server.simulator.state
    lead = state.create_lead({"name": "Padaria"}, actor="user", check_duplicity=False)
    for number in range(501):
        state.create_person({"leadId": lead, "name": f"P{number}"}, actor="user")
    meter = CallMeter()

    assert len(await spotter.read_contacts(CrmId(lead), meter)) == 501
    assert meter.calls == 2


async def test_the_persons_of_leads_that_are_asked_for_together_are_one_call(
    server: Server, spotter: SpotterCrm
) -> None:
    state = server.simulator.state
    names = ("Padaria", "Vidros", "Caixas")
    leads = [
        state.create_lead({"name": name}, actor="user", check_duplicity=False) for name in names
    ]
    for lead, name in zip(leads, ("Ana", "Bia"), strict=False):
        state.create_person({"leadId": lead, "name": name}, actor="user")
    found = await asyncio.gather(*(spotter.read_contacts(CrmId(lead)) for lead in leads))

    assert [[person.fields["name"] for person in persons] for persons in found] == [
        ["Ana"], ["Bia"], [],
    ]  # fmt: skip
    assert requests(server, "/Persons") == 1


async def test_a_person_that_cannot_be_read_fails_its_own_lead_alone(
    server: Server, spotter: SpotterCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = server.simulator.state
    good, bad = (
        state.create_lead({"name": name}, actor="user", check_duplicity=False)
        for name in ("Padaria", "Vidros")
    )
    for lead in (good, bad):
        state.create_person({"leadId": lead, "name": "Ana"}, actor="user")
    whole = api_persons.person_row
    monkeypatch.setattr(
        api_persons,
        "person_row",
        lambda person: whole(person) | ({"id": "?"} if person.lead_id == bad else {}),
    )
    found = await asyncio.gather(
        spotter.read_contacts(CrmId(good)),
        spotter.read_contacts(CrmId(bad)),
        return_exceptions=True,
    )

    assert [person.fields["name"] for person in found[0]] == ["Ana"]  # type: ignore[union-attr]
    assert isinstance(found[1], CrmRefused)


async def test_an_answer_with_a_person_of_another_lead_is_not_believed(
    server: Server, spotter: SpotterCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half an answer would look like persons that were removed."""
    state = server.simulator.state
    lead = state.create_lead({"name": "Padaria"}, actor="user", check_duplicity=False)
    number = state.create_person({"leadId": lead, "name": "Ana"}, actor="user")
    monkeypatch.setattr("devkit.spotter.api_persons.person_row", lambda person: {"id": number})
    with pytest.raises(CrmRefused):
        await spotter.read_contacts(CrmId(lead))


async def test_a_rep_outside_the_list_is_sent_as_the_default_and_told(
    server: Server, spotter: SpotterCrm, change: Make
) -> None:
    unknown = replace(change(), document={**change().document, "sales_rep": 777})
    settlement = await Delivery(spotter, outbox=MemoryOutbox(ManualClock()), retry=RETRY).deliver(
        unknown, CallMeter()
    )

    (lead,) = server.simulator.state.leads.values()
    assert lead.custom["_cod.gestores"] == "99"
    assert settlement.outcome is Outcome.DELIVERED
    assert orjson.loads(codec.steps_json(settlement.steps) or "[]") == [
        {"step": "lead", "done": True, "is_new": True, "sent": {"sales_rep": "99"}}
    ]


async def test_a_known_rep_is_sent_as_it_is_and_the_list_is_read_once(
    server: Server, spotter: SpotterCrm, change: Make
) -> None:
    created = await spotter.create(change(), CallMeter())
    assert created.crm_id is not None
    again = replace(change(), document={**change().document, "sales_rep": 13})
    updated = await spotter.update(again, created.crm_id, frozenset({"sales_rep"}), CallMeter())

    (lead,) = server.simulator.state.leads.values()
    assert (lead.custom["_cod.gestores"], created.sent, updated.sent) == ("13", {}, {})
    assert requests(server, "/CustomFields") == 1


async def test_a_substitute_that_is_agreed_is_not_sent_again(
    server: Server, spotter: SpotterCrm, change: Make
) -> None:
    unknown = replace(
        change(), document={**change().document, "sales_rep": 777}, agreed_image={"sales_rep": "99"}
    )
    created = await spotter.create(unknown, CallMeter())
    assert created.crm_id is not None
    meter = CallMeter()
    result = await spotter.update(unknown, created.crm_id, frozenset({"sales_rep"}), meter)

    assert (result.kind, result.sent, meter.calls) == (ItemKind.UNCHANGED, {"sales_rep": "99"}, 0)
    doubtful = replace(unknown, is_in_doubt=True)
    result = await spotter.update(doubtful, created.crm_id, frozenset({"sales_rep"}), meter)
    assert (result.kind, meter.calls) == (ItemKind.UPDATED, 1)


async def test_a_substitute_of_an_attempt_without_an_answer_is_no_edit_of_a_user(
    server: Server, spotter: SpotterCrm, change: Make
) -> None:
    created = await spotter.create(change(), CallMeter())
    assert created.crm_id is not None
    unknown = replace(
        change(),
        crm_id=created.crm_id,
        document={**change().document, "sales_rep": 777},
        agreed_image=change().document,
        changed_fields=frozenset({"sales_rep"}),
        guarded_fields=frozenset({"sales_rep"}),
    )
    server.simulator.faults.add({"action": "drop", "when": "after", "path": "LeadsUpdate"})
    outbox = MemoryOutbox(ManualClock())
    outbox.check_unseen = AsyncMock(return_value=frozenset())  # type: ignore[method-assign]
    delivery = Delivery(spotter, outbox=outbox, retry=RETRY)
    lost = await delivery.deliver(unknown, CallMeter())
    again = await delivery.deliver(replace(unknown, is_in_doubt=True, attempt=2), CallMeter())

    assert (lost.outcome, again.outcome) == (Outcome.IN_DOUBT, Outcome.DELIVERED)
    seen = [call.args[2] for call in outbox.check_unseen.await_args_list]
    assert seen == [{"sales_rep": 12}]


async def test_a_list_that_cannot_be_read_repeats_the_change(
    server: Server, spotter: SpotterCrm, change: Make
) -> None:
    for _ in range(6):
        server.simulator.faults.add({"action": "status", "status": 500, "path": "CustomFields"})
    settlement = await Delivery(spotter, outbox=MemoryOutbox(ManualClock()), retry=RETRY).deliver(
        change(), CallMeter()
    )

    assert settlement.outcome is Outcome.RETRY
    assert server.simulator.state.leads == {}


class Records:
    """Records with substitutes, and what they were told."""

    def __init__(self, substituted: int) -> None:
        self.substituted = substituted
        self.told: list[tuple[str, frozenset[str]]] = []

    async def status(self) -> dict[str, float]:
        return {"records_substituted": float(self.substituted)}

    async def release_substitutes(self, field: str, known: frozenset[str]) -> int:
        self.told.append((field, known))
        return 1


@pytest.mark.parametrize(("substituted", "calls"), [(0, 0), (2, 1)])
async def test_the_list_is_looked_at_again_only_while_something_is_replaced(
    server: Server, reps: SpotterReps, substituted: int, calls: int
) -> None:
    records: Any = Records(substituted)
    watch = CatalogueWatch(catalogue=reps, outbox=records, every_seconds=60)

    assert await watch.round() == calls
    assert requests(server, "/CustomFields") == calls
    assert [("99" in known, "12" in known) for _, known in records.told] == [(True, True)] * calls

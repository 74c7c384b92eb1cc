"""What follows a lead: how it is delivered, settled and done in Spotter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from bridge.core.delivery import Delivery
from bridge.core.relay import OutboundRelay
from bridge.crm.client import CrmClient
from bridge.crm.errors import SPOTTER
from bridge.crm.policy import CrmPolicy
from bridge.crm.spotter import SpotterCrm
from bridge.domain.changes import (
    CallMeter,
    Change,
    ContactSnapshot,
    CrmId,
    ItemKind,
    ItemResult,
    Outcome,
    ReasonClass,
    Settlement,
    Step,
    StepKind,
    StepOp,
)
from bridge.domain.mapping import FieldNames, LeadMapper
from bridge.domain.retry import RetryPolicy
from bridge.errors import DatabaseUnavailable
from bridge.oracle import codec
from bridge.ports import PersonGuard
from bridge.testing import ManualClock, MemoryChangeQueue, MemoryCrm, MemoryOutbox
from devkit.spotter.app import Server
from devkit.spotter.settings import Settings
from devkit.spotter.simulator import Simulator

Make = Callable[..., Change]
RETRY = RetryPolicy(base_seconds=2, cap_seconds=60)
OUTBOX = MemoryOutbox(ManualClock())
PERSON = {
    "name": "Ana Lima",
    "email": "ana@example.com",
    "phone": "11987654321",
    "job_title": "Compras",
    "is_primary": "S",
}


def contact(number: int = 1, op: StepOp = StepOp.ADD, **changes: Any) -> Step:
    values = {"kind": StepKind.CONTACT, "op": op, "contact_id": number, "fields": PERSON, **changes}
    return Step(**values)


def budget(value: str | None) -> Step:
    return Step(kind=StepKind.BUDGET, value=value, product_id="10001")


class Asked:
    """A guard that lets through what no user has changed, and notes what it was asked."""

    def __init__(self, unseen: set[str]) -> None:
        self.unseen = unseen
        self.asked: list[tuple[int, frozenset[str], int | None]] = []

    def needs(self, fields: frozenset[str]) -> bool:
        return bool(fields)

    async def allow(
        self, person: ContactSnapshot, fields: frozenset[str], main_id: int | None
    ) -> frozenset[str]:
        self.asked.append((person.person_id, fields, main_id))
        return fields - self.unseen


def named(settlement: Settlement) -> list[tuple[str, bool]]:
    return [
        (
            "lead" if r.step is None else f"{r.step.kind.value} {r.step.contact_id or ''}".strip(),
            r.is_done,
        )
        for r in settlement.steps
    ]


# --------------------------------------------------------------------------- delivery


async def test_steps_follow_the_lead_in_order(crm: MemoryCrm, change: Make) -> None:
    steps = (contact(1), contact(2), budget("10.00"))
    settlement = await Delivery(crm, outbox=OUTBOX, retry=RETRY).deliver(
        change(steps=steps), CallMeter()
    )

    assert [verb for verb, _, _ in crm.writes] == ["create", "contact", "contact", "budget"]
    assert settlement.outcome is Outcome.DELIVERED
    assert named(settlement) == [
        ("lead", True),
        ("contact 1", True),
        ("contact 2", True),
        ("budget", True),
    ]
    assert settlement.steps[0].is_new
    assert (settlement.crm_id, settlement.steps[1].person_id) == (1, 9001)


async def test_a_lead_that_fails_begins_no_step(crm: MemoryCrm, change: Make) -> None:
    crm.script = [ItemResult(kind=ItemKind.REJECTED, reason=ReasonClass.VALIDATION)]
    settlement = await Delivery(crm, outbox=OUTBOX, retry=RETRY).deliver(
        change(steps=(contact(),)), CallMeter()
    )

    assert (settlement.outcome, settlement.steps) == (Outcome.PARKED, ())
    assert crm.performed == []


async def test_what_a_user_has_changed_of_a_person_is_not_sent(
    crm: MemoryCrm, change: Make
) -> None:
    outbox = MemoryOutbox(ManualClock())
    outbox.unseen = frozenset({"phone"})
    crm.persons = {7: [ContactSnapshot(person_id=9001, fields={**PERSON, "phone": "1"})]}
    step = contact(
        op=StepOp.UPDATE,
        person_id=9001,
        changed=frozenset({"phone", "job_title", "name"}),
        guarded=frozenset({"phone", "job_title"}),
    )
    known = change(crm_id=CrmId(7), changed_fields=frozenset(), steps=(step,))
    settlement = await Delivery(crm, outbox=outbox, retry=RETRY).deliver(known, CallMeter())

    assert settlement.outcome is Outcome.DELIVERED
    assert outbox.asked == [(step, {"job_title": "Compras", "phone": "1"}, 9001)]
    assert [fields for _, _, fields in crm.writes] == [frozenset({"job_title", "name"})]


async def test_without_the_database_a_person_is_not_written(crm: MemoryCrm, change: Make) -> None:
    outbox = MemoryOutbox(ManualClock())
    outbox.failing = DatabaseUnavailable(code="DPY-4011", statement="check_unseen_contact")
    crm.persons = {7: [ContactSnapshot(person_id=9001, fields=PERSON)]}
    fields = frozenset({"phone"})
    step = contact(op=StepOp.UPDATE, person_id=9001, changed=fields, guarded=fields)
    known = change(crm_id=CrmId(7), changed_fields=frozenset(), steps=(step,))
    settlement = await Delivery(crm, outbox=outbox, retry=RETRY).deliver(known, CallMeter())

    assert (settlement.outcome, settlement.reason) == (Outcome.RETRY, ReasonClass.TRANSIENT)
    assert named(settlement) == [("lead", True), ("contact 1", False)]
    assert crm.writes == []


async def test_a_contact_that_is_refused_parks_and_the_others_go_on(
    crm: MemoryCrm, change: Make
) -> None:
    crm.script = [ItemResult(kind=ItemKind.REJECTED, reason=ReasonClass.VALIDATION)]
    known = change(crm_id=CrmId(7), changed_fields=frozenset(), steps=(contact(1), contact(2)))
    settlement = await Delivery(crm, outbox=OUTBOX, retry=RETRY).deliver(known, CallMeter())

    assert settlement.outcome is Outcome.PARKED
    assert named(settlement) == [("lead", True), ("contact 1", False), ("contact 2", True)]


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (ItemKind.RETRY, Outcome.RETRY),
        (ItemKind.PAUSED, Outcome.RETRY),
        (ItemKind.UNKNOWN, Outcome.IN_DOUBT),
    ],
)
async def test_a_step_that_may_heal_ends_the_attempt_and_keeps_what_is_done(
    crm: MemoryCrm, change: Make, kind: ItemKind, outcome: Outcome
) -> None:
    crm.script = [ItemResult(kind=kind, reason=ReasonClass.TRANSIENT)]
    known = change(crm_id=CrmId(7), changed_fields=frozenset(), steps=(contact(1), contact(2)))
    settlement = await Delivery(crm, outbox=OUTBOX, retry=RETRY).deliver(known, CallMeter())

    assert settlement.outcome is outcome
    assert named(settlement) == [("lead", True), ("contact 1", False)]
    assert settlement.crm_id == 7


async def test_a_new_lead_is_kept_when_its_contact_has_no_answer(
    crm: MemoryCrm, change: Make
) -> None:
    crm.script = [crm.plant(change().document), ItemResult(kind=ItemKind.UNKNOWN)]
    settlement = await Delivery(crm, outbox=OUTBOX, retry=RETRY).deliver(
        change(steps=(contact(),)), CallMeter()
    )

    assert (settlement.outcome, settlement.crm_id) == (Outcome.IN_DOUBT, 1)
    assert named(settlement)[0] == ("lead", True)


class HangingCrm(MemoryCrm):
    """Never answers a budget."""

    async def perform(
        self,
        change: Change,
        crm_id: CrmId,
        step: Step,
        meter: CallMeter,
        guard: PersonGuard | None = None,
    ) -> ItemResult:
        if step.kind is StepKind.BUDGET:
            meter.write_pending = True
            await asyncio.Event().wait()
        return await super().perform(change, crm_id, step, meter, guard)


class SilentBoard:
    def mark(self, part: str) -> None:
        return


async def test_an_attempt_that_takes_too_long_settles_the_steps_it_has_done(
    outbox: MemoryOutbox, change: Make
) -> None:
    relay = OutboundRelay(
        queue=MemoryChangeQueue(outbox),
        outbox=outbox,
        crm=HangingCrm(),
        retry=RETRY,
        slots=1,
        wait_seconds=1,
        lease_seconds=0.1,
        clock=outbox.clock,
        progress=SilentBoard(),
    )
    outbox.change("1001-1", change().document)
    [claimed] = outbox.claim(1)
    await relay.handle(replace(claimed, steps=(contact(1), budget("1.00"))))

    [(_, settlement)] = outbox.settled
    assert settlement.outcome is Outcome.IN_DOUBT
    assert named(settlement) == [("lead", True), ("contact 1", True), ("budget", False)]


def test_steps_are_written_as_the_database_takes_them(change: Make) -> None:
    columns = [
        "EVENT_ID", "RECORD_KEY", "VERSION", "OPERATION", "FENCE_TOKEN", "ATTEMPT",
        "IDEMPOTENCY_KEY", "CRM_ID", "IS_IN_DOUBT", "DOCUMENT", "AGREED_IMAGE", "CHANGED_FIELDS",
        "STEPS",
    ]  # fmt: skip
    text = orjson.dumps(
        [
            {"step": "contact", "op": "add", "contact_id": 5, "person_id": None, "in_doubt": True,
             "fields": PERSON, "changed": ["name"]},
            {"step": "budget", "value": "1234.56", "product_id": 10001, "in_doubt": False},
        ]
    )  # fmt: skip
    claimed = codec.change(
        columns, [1, "1-1", 1, "UPSERT", 1, 1, "k", None, "N", "{}", None, "[]", text]
    )

    assert [step.kind for step in claimed.steps] == [StepKind.CONTACT, StepKind.BUDGET]
    assert (claimed.steps[0].is_in_doubt, claimed.steps[1].product_id) == (True, "10001")


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
async def spotter(server: Server, tenant: Settings) -> AsyncIterator[SpotterCrm]:
    async with CrmClient(
        base_url=server.base_url, headers={"token_exact": tenant.token}, timeout_seconds=5
    ) as client:
        policy = CrmPolicy(
            client,
            rules=SPOTTER,
            quota_calls=10_000,
            quota_seconds=1,
            breaker_failures=50,
            breaker_seconds=5,
        )
        yield SpotterCrm(
            policy,
            mapper=LeadMapper(FieldNames()),
            custom_fields_on_create="yes",
            client_code_key="_cod.cliente",
            discard_user_email="vendas.um@example.com",
            discard_reason="Encerrou atividades",
        )


@pytest.fixture
async def lead(spotter: SpotterCrm, change: Make) -> CrmId:
    created = await spotter.create(change(), CallMeter())
    assert created.crm_id is not None
    return created.crm_id


def lines(server: Server, lead: CrmId) -> list[float]:
    return [line["labelValue"] for line in server.simulator.state.proposals.get(lead, [])]


async def test_a_contact_is_added_and_changed(
    spotter: SpotterCrm, server: Server, lead: CrmId, change: Make
) -> None:
    added = await spotter.perform(change(), lead, contact(), CallMeter())
    fields = {**PERSON, "job_title": "Diretoria"}
    step = contact(op=StepOp.UPDATE, person_id=added.crm_id, fields=fields, changed={"job_title"})
    updated = await spotter.perform(change(), lead, step, CallMeter())

    [person] = server.simulator.state.persons_of(lead)
    assert (added.kind, updated.kind) == (ItemKind.CREATED, ItemKind.UPDATED)
    assert person.values["jobTitle"] == "Diretoria"
    assert (person.values["email"], person.values["mainContact"]) == ("ana@example.com", True)


async def test_a_contact_in_doubt_is_found_by_its_address_and_not_added_again(
    spotter: SpotterCrm, server: Server, lead: CrmId, change: Make
) -> None:
    server.simulator.faults.add({"action": "drop", "path": "personsAdd", "when": "after"})
    lost = await spotter.perform(change(), lead, contact(), CallMeter())
    shouted = {**PERSON, "email": "ANA@example.com"}
    again = await spotter.perform(
        change(), lead, contact(is_in_doubt=True, fields=shouted), CallMeter()
    )

    assert lost.kind is ItemKind.UNKNOWN
    [person] = server.simulator.state.persons_of(lead)
    assert again.crm_id == person.id


async def test_a_contact_whose_person_is_gone_is_added_again_once(
    spotter: SpotterCrm, server: Server, lead: CrmId, change: Make
) -> None:
    known = change(agreed_image={"name": "x"})
    added = await spotter.perform(known, lead, contact(), CallMeter())
    assert added.crm_id is not None
    server.simulator.state.delete_person(int(added.crm_id))
    fields = {**PERSON, "phone": "1133334444"}
    step = contact(op=StepOp.UPDATE, person_id=added.crm_id, fields=fields, changed={"phone"})
    server.simulator.faults.add({"action": "drop", "path": "personsAdd", "when": "after"})
    lost = await spotter.perform(known, lead, step, CallMeter())
    again = await spotter.perform(known, lead, step, CallMeter())

    assert lost.kind is ItemKind.UNKNOWN
    [person] = server.simulator.state.persons_of(lead)
    assert again.crm_id == person.id != added.crm_id
    assert (person.values["name"], person.values["phone1"]) == ("Ana Lima", "1133334444")


async def test_a_person_is_read_once_an_attempt_and_written_as_far_as_allowed(
    spotter: SpotterCrm, server: Server, lead: CrmId, change: Make
) -> None:
    first = await spotter.perform(change(), lead, contact(1), CallMeter())
    other = {**PERSON, "name": "Bia", "email": "bia@example.com", "is_primary": "N"}
    second = await spotter.perform(change(), lead, contact(2, fields=other), CallMeter())
    guard, meter = Asked({"phone"}), CallMeter()
    changed = frozenset({"phone", "job_title"})
    for number, added in ((1, first), (2, second)):
        fields = {**PERSON, "phone": "1133330000", "job_title": f"Cargo {number}"}
        step = contact(
            number, StepOp.UPDATE, person_id=added.crm_id, fields=fields, changed=changed
        )
        await spotter.perform(change(), lead, step, meter, guard)

    people = server.simulator.state.persons_of(lead)
    assert [p.values["jobTitle"] for p in people] == ["Cargo 1", "Cargo 2"]
    assert [p.values["phone1"] for p in people] == ["11987654321"] * 2
    assert guard.asked == [
        (first.crm_id, changed, first.crm_id),
        (second.crm_id, changed, first.crm_id),
    ]
    assert meter.calls == 3  # one read


async def test_what_a_user_made_of_an_addition_without_an_answer_stays(
    spotter: SpotterCrm, server: Server, lead: CrmId, change: Make
) -> None:
    server.simulator.faults.add({"action": "drop", "path": "personsAdd", "when": "after"})
    await spotter.perform(change(), lead, contact(), CallMeter())
    [person] = server.simulator.state.persons_of(lead)
    person.values["jobTitle"] = "Diretora"
    fields = {**PERSON, "job_title": "Gerente", "phone": "1133330000"}
    guard = Asked({"job_title"})
    again = await spotter.perform(
        change(), lead, contact(is_in_doubt=True, fields=fields), CallMeter(), guard
    )

    [person] = server.simulator.state.persons_of(lead)
    assert again.crm_id == person.id
    assert guard.asked == [(person.id, frozenset({"job_title", "phone"}), person.id)]
    assert (person.values["jobTitle"], person.values["phone1"]) == ("Diretora", "1133330000")


async def test_two_persons_of_one_address_are_for_a_person(
    spotter: SpotterCrm, lead: CrmId, change: Make
) -> None:
    known = change(agreed_image={"name": "x"})
    for _ in range(2):
        await spotter.perform(known, lead, contact(), CallMeter())
    result = await spotter.perform(change(), lead, contact(is_in_doubt=True), CallMeter())

    assert (result.kind, result.reason) == (ItemKind.REJECTED, ReasonClass.CONFLICT)


async def test_a_contact_who_left_is_no_longer_the_main_one(
    spotter: SpotterCrm, server: Server, lead: CrmId, change: Make
) -> None:
    added = await spotter.perform(change(), lead, contact(), CallMeter())
    gone = contact(op=StepOp.REMOVE, person_id=added.crm_id)
    result = await spotter.perform(change(), lead, gone, CallMeter())

    [person] = server.simulator.state.persons_of(lead)
    assert (result.kind, person.values["mainContact"]) == (ItemKind.UPDATED, False)


async def test_a_budget_is_one_line_whatever_stood_there(
    spotter: SpotterCrm, server: Server, lead: CrmId, change: Make
) -> None:
    for value in ("10.00", "20.50"):
        await spotter.perform(change(), lead, budget(value), CallMeter())
    meter = CallMeter()
    same = await spotter.perform(change(), lead, budget("20.50"), meter)
    assert (same.kind, meter.calls) == (ItemKind.UNCHANGED, 1)
    assert lines(server, lead) == [20.5]

    await spotter.perform(change(), lead, budget(None), CallMeter())
    assert lines(server, lead) == []


async def test_an_agreed_budget_is_replaced_without_a_look(
    spotter: SpotterCrm, server: Server, lead: CrmId, change: Make
) -> None:
    await spotter.perform(change(), lead, budget("10.00"), CallMeter())
    meter = CallMeter()
    replaced = await spotter.perform(
        change(), lead, replace(budget("20.00"), agreed="10.00"), meter
    )
    assert (replaced.kind, meter.calls, lines(server, lead)) == (ItemKind.UPDATED, 2, [20.0])

    # a user took the line away meanwhile
    server.simulator.state.remove_product(lead, 10001, actor="user")
    again = await spotter.perform(change(), lead, replace(budget("30.00"), agreed="20.00"), meter)
    assert (again.kind, lines(server, lead)) == (ItemKind.UPDATED, [30.0])

    meter = CallMeter()
    gone = await spotter.perform(change(), lead, replace(budget(None), agreed="30.00"), meter)
    assert (gone.kind, meter.calls, lines(server, lead)) == (ItemKind.UPDATED, 1, [])


async def test_a_first_budget_of_a_lead_that_is_known_as_empty_is_added_without_a_look(
    spotter: SpotterCrm, server: Server, lead: CrmId, change: Make
) -> None:
    meter = CallMeter()
    await spotter.perform(change(), lead, replace(budget("20.00"), is_empty=True), meter)
    assert (meter.calls, lines(server, lead)) == (1, [20.0])

    # what is in doubt is looked at all the same
    step = replace(budget("20.00"), is_empty=True, is_in_doubt=True)
    result = await spotter.perform(change(), lead, step, meter)
    assert (result.kind, meter.calls, lines(server, lead)) == (ItemKind.UNCHANGED, 2, [20.0])


async def test_a_lead_that_was_found_is_not_told_as_new(crm: MemoryCrm, change: Make) -> None:
    made = await Delivery(crm, outbox=MemoryOutbox(ManualClock()), retry=RETRY).deliver(
        change(), CallMeter()
    )
    found = await Delivery(crm, outbox=MemoryOutbox(ManualClock()), retry=RETRY).deliver(
        change(crm_id=CrmId(1), changed_fields=frozenset({"phone"})), CallMeter()
    )

    assert [(step.step, step.is_new) for step in made.steps] == [(None, True)]
    assert found.steps == ()


async def test_an_agreed_budget_in_doubt_is_looked_at(
    spotter: SpotterCrm, server: Server, lead: CrmId, change: Make
) -> None:
    await spotter.perform(change(), lead, budget("20.00"), CallMeter())
    meter = CallMeter()
    step = replace(budget("20.00"), agreed="10.00", is_in_doubt=True)
    result = await spotter.perform(change(), lead, step, meter)

    assert (result.kind, meter.calls, lines(server, lead)) == (ItemKind.UNCHANGED, 1, [20.0])


async def test_a_first_budget_replaces_a_line_that_somebody_else_put_there(
    spotter: SpotterCrm, server: Server, lead: CrmId, change: Make
) -> None:
    line = {"productId": 10001, "quantity": 2, "labelValue": 5.0}
    server.simulator.state.add_products(lead, [line], actor="user")
    await spotter.perform(change(), lead, budget("20.00"), CallMeter())

    assert lines(server, lead) == [20.0]


async def test_what_hangs_on_a_lead_of_this_attempt_is_not_looked_for(
    spotter: SpotterCrm, server: Server, change: Make
) -> None:
    steps = (contact(1), budget("10.00"))
    meter = CallMeter()
    settlement = await Delivery(spotter, outbox=MemoryOutbox(ManualClock()), retry=RETRY).deliver(
        change(steps=steps), meter
    )

    assert settlement.outcome is Outcome.DELIVERED
    assert (meter.calls, settlement.calls) == (3, 3)
    assert settlement.crm_id is not None
    assert lines(server, settlement.crm_id) == [10.0]


async def test_a_contact_of_a_lead_that_was_found_is_looked_for_first(
    spotter: SpotterCrm, server: Server, lead: CrmId, change: Make
) -> None:
    person = server.simulator.state.create_person(
        {"leadId": lead, "name": "Ana", "email": "ANA@example.com"}, actor="user"
    )
    found = change(crm_id=lead, changed_fields=frozenset(), steps=(contact(1),))
    settlement = await Delivery(spotter, outbox=MemoryOutbox(ManualClock()), retry=RETRY).deliver(
        found, CallMeter()
    )

    assert settlement.steps[0].person_id == person
    assert len(server.simulator.state.persons_of(lead)) == 1


async def test_a_budget_of_a_lead_that_is_known_as_sold_costs_no_call(
    spotter: SpotterCrm, server: Server, lead: CrmId, change: Make
) -> None:
    await spotter.perform(change(), lead, budget("10.00"), CallMeter())
    meter = CallMeter()
    for value in ("20.00", None):
        step = replace(budget(value), agreed="10.00", is_sold=True)
        result = await spotter.perform(change(), lead, step, meter)
        assert result.kind is ItemKind.UNCHANGED

    assert (meter.calls, lines(server, lead)) == (0, [10.0])


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("path", ["recommendedProductsRemove", "recommendedProductsAdd"])
async def test_a_budget_heals_wherever_its_replacement_broke(
    spotter: SpotterCrm, server: Server, lead: CrmId, change: Make, path: str, when: str
) -> None:
    await spotter.perform(change(), lead, budget("10.00"), CallMeter())
    server.simulator.faults.add({"action": "drop", "path": path, "when": when})
    broken = await spotter.perform(change(), lead, budget("20.00"), CallMeter())
    healed = await spotter.perform(change(), lead, budget("20.00"), CallMeter())

    assert broken.kind is ItemKind.UNKNOWN
    assert healed.kind in {ItemKind.UPDATED, ItemKind.UNCHANGED}
    assert lines(server, lead) == [20.0]


async def test_a_sale_happens_once_and_sold_already_is_done(
    spotter: SpotterCrm, server: Server, lead: CrmId, change: Make
) -> None:
    sale = Step(kind=StepKind.SALE, value="99.90", product_id="10001")
    server.simulator.faults.add({"action": "drop", "path": "leadsWon", "when": "after"})
    lost = await spotter.perform(change(), lead, sale, CallMeter())
    again = await spotter.perform(change(), lead, sale, CallMeter())
    late = await spotter.perform(change(), lead, budget("5.00"), CallMeter())

    assert (lost.kind, again.kind, late.kind) == (
        ItemKind.UNKNOWN,
        ItemKind.UNCHANGED,
        ItemKind.UNCHANGED,
    )
    assert server.simulator.state.sales[lead]["totalDealValue"] == pytest.approx(99.9)


async def test_a_budget_of_a_lead_in_a_sold_stage_counts_as_done_and_keeps_its_line(
    spotter: SpotterCrm, server: Server, lead: CrmId, change: Make
) -> None:
    await spotter.perform(change(), lead, budget("10.00"), CallMeter())
    server.simulator.state.change_stage(lead, "Ativação", actor="user")
    result = await spotter.perform(change(), lead, budget("20.00"), CallMeter())

    assert result.kind is ItemKind.UNCHANGED
    assert lines(server, lead) == [10.0]


async def test_a_stage_is_found_although_the_tenant_writes_other_blanks(
    spotter: SpotterCrm, server: Server, lead: CrmId, change: Make
) -> None:
    step = Step(kind=StepKind.STAGE, stage="Passagem de bastão")
    result = await spotter.perform(change(), lead, step, CallMeter())
    unknown = await spotter.perform(
        change(), lead, Step(kind=StepKind.STAGE, stage="Nenhuma"), CallMeter()
    )

    assert result.kind is ItemKind.UPDATED
    assert server.simulator.state.lead(lead).shown_stage == "Passagem\u00a0de bastão"
    assert (unknown.kind, unknown.reason) == (ItemKind.REJECTED, ReasonClass.VALIDATION)


async def test_a_discard_twice_is_done(
    spotter: SpotterCrm, server: Server, lead: CrmId, change: Make
) -> None:
    step = Step(kind=StepKind.DISCARD, reason="Sem perfil")
    results = [await spotter.perform(change(), lead, step, CallMeter()) for _ in range(2)]

    assert all(r.kind in {ItemKind.UPDATED, ItemKind.UNCHANGED} for r in results)
    assert server.simulator.state.lead(lead).shown_stage == "Descartado"


async def test_a_step_without_a_product_is_for_a_person(
    spotter: SpotterCrm, lead: CrmId, change: Make
) -> None:
    for kind in (StepKind.BUDGET, StepKind.SALE):
        result = await spotter.perform(change(), lead, Step(kind=kind, value="1.00"), CallMeter())
        assert (result.kind, result.reason) == (ItemKind.REJECTED, ReasonClass.VALIDATION)


async def test_an_unreadable_list_of_contacts_adds_nobody(
    spotter: SpotterCrm, server: Server, lead: CrmId, change: Make
) -> None:
    server.simulator.faults.add(
        {"action": "garbage", "path": "Persons", "method": "GET", "count": 9}
    )
    result = await spotter.perform(change(), lead, contact(is_in_doubt=True), CallMeter())

    assert result.kind is ItemKind.RETRY
    assert server.simulator.state.persons_of(lead) == []


async def test_a_step_that_the_crm_does_not_have_parks_nothing_and_is_told(
    crm: MemoryCrm, change: Make
) -> None:
    crm.steps = frozenset({StepKind.CONTACT})
    known = change(crm_id=CrmId(7), changed_fields=frozenset(), steps=(budget("1.00"), contact(1)))
    settlement = await Delivery(crm, outbox=MemoryOutbox(ManualClock()), retry=RETRY).deliver(
        known, CallMeter()
    )

    assert settlement.outcome is Outcome.DELIVERED
    assert [step.kind for _, step in crm.performed] == [StepKind.CONTACT]
    assert settlement.steps[0].detail == "memory has no step budget"

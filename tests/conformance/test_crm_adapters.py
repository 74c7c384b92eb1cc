"""What every adapter must do: one body of tests, run against each with the simulator of its CRM."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from benches import Bench, CrmId, make_change
from patience import until_async

from bridge.cli import compose
from bridge.core.delivery import Delivery
from bridge.crm.policy import CrmPolicy
from bridge.domain.changes import (
    CallMeter,
    Capabilities,
    Change,
    ContactSnapshot,
    ItemKind,
    ItemResult,
    Lane,
    Outcome,
    ReasonClass,
    Settlement,
    Step,
    StepKind,
    StepOp,
)
from bridge.domain.retry import RetryPolicy
from bridge.errors import SettingsError
from bridge.settings import load
from bridge.testing import ManualClock, MemoryOutbox

DONE = {ItemKind.CREATED, ItemKind.UPDATED, ItemKind.UNCHANGED}
PERSON = {
    "name": "Ana Lima",
    "email": "ana@example.com",
    "phone": "11987654321",
    "job_title": "Compras",
    "is_primary": "S",
}


async def created(bench: Bench, number: int = 1) -> CrmId:
    result = await bench.crm.create(make_change(number), CallMeter())
    assert result.crm_id is not None, result
    return result.crm_id


async def deliver(bench: Bench, change: Change) -> Settlement:
    delivery = Delivery(
        bench.crm,
        outbox=MemoryOutbox(ManualClock()),
        retry=RetryPolicy(base_seconds=1, cap_seconds=9),
    )
    return await delivery.deliver(change, CallMeter())


def contact(op: StepOp = StepOp.ADD, **changes: Any) -> Step:
    return Step(
        **{"kind": StepKind.CONTACT, "op": op, "contact_id": 7, "fields": PERSON, **changes}
    )


# --------------------------------------------------------------------------- leads


async def test_a_record_is_created_once_and_reads_back_as_the_document(bench: Bench) -> None:
    meter = CallMeter()
    result = await bench.crm.create(make_change(), meter)

    assert (result.kind, bench.creations(), meter.calls) == (ItemKind.CREATED, 1, 1)
    assert bench.crm_ids() == [result.crm_id]
    assert result.crm_id is not None
    lead = await bench.crm.read(result.crm_id)
    assert lead is not None
    assert bench.crm.differing(make_change().document, lead) == frozenset()
    assert lead.stage == "Novos leads"


async def test_a_creation_whose_answer_was_lost_is_looked_up_and_not_repeated(
    bench: Bench,
) -> None:
    bench.break_writes(action="drop", when="after")
    lost = await deliver(bench, make_change())
    again = await deliver(bench, make_change(is_in_doubt=True))

    assert (lost.outcome, again.outcome) == (Outcome.IN_DOUBT, Outcome.DELIVERED)
    assert [again.crm_id] == bench.crm_ids()
    assert bench.creations() == 1


async def test_a_creation_that_never_arrived_is_made_after_the_look(bench: Bench) -> None:
    bench.break_writes(action="drop", when="before")
    lost = await deliver(bench, make_change())
    again = await deliver(bench, make_change(is_in_doubt=True))

    assert (lost.outcome, again.outcome) == (Outcome.IN_DOUBT, Outcome.DELIVERED)
    assert (bench.creations(), [again.crm_id]) == (1, bench.crm_ids())


async def test_a_lead_that_a_user_made_is_adopted(bench: Bench) -> None:
    theirs = bench.by_user(make_change(), name="Padaria")
    settlement = await deliver(bench, make_change())

    assert (settlement.outcome, settlement.crm_id) == (Outcome.DELIVERED, theirs)
    assert (bench.crm_ids(), bench.creations()) == ([theirs], 0)
    lead = await bench.crm.read(CrmId(theirs))
    assert lead is not None
    assert bench.crm.differing(make_change().document, lead) == frozenset()


async def test_an_update_sends_the_named_fields_only(bench: Bench) -> None:
    crm_id = await created(bench)
    document = {
        "name": "Outra", "phone": "11911112222", "address_street": "Rua Nova", "sales_rep": 3
    }  # fmt: skip
    change = make_change(document=document, crm_id=crm_id)
    result = await bench.crm.update(change, crm_id, frozenset({"name", "phone"}), CallMeter())

    assert (result.kind, result.crm_id) == (ItemKind.UPDATED, crm_id)
    assert bench.changed(crm_id) == {"name", "phone"}
    lead = await bench.crm.read(crm_id)
    assert lead is not None
    assert bench.crm.differing(change.document, lead) == {"address_street", "sales_rep"}


async def test_named_fields_are_read_as_they_are_now(bench: Bench) -> None:
    crm_id = bench.by_user(make_change(), name="Padaria")
    fields = frozenset({"name", "address_district"})
    lead = await bench.crm.read(CrmId(crm_id))

    meter = CallMeter()
    found = await bench.crm.read_fields(CrmId(crm_id), fields, meter)
    assert lead is not None
    assert found == {field: lead.fields[field] for field in fields}
    assert found["name"] == "Padaria"
    assert meter.calls == 1
    assert await bench.crm.read_fields(CrmId(999_999), fields, CallMeter()) is None


async def test_an_emptied_field_is_cleared(bench: Bench) -> None:
    crm_id = await created(bench)
    change = make_change(document={"phone": None, "tax_registration": "ISENTO"}, crm_id=crm_id)
    fields = frozenset({"phone", "tax_registration"})
    await bench.crm.update(change, crm_id, fields, CallMeter())

    lead = await bench.crm.read(crm_id)
    assert lead is not None
    assert (lead.fields["phone"], lead.fields["tax_registration"]) == (None, None)


async def test_an_update_of_no_field_makes_no_call(bench: Bench) -> None:
    meter = CallMeter()
    result = await bench.crm.update(make_change(), CrmId(5), frozenset(), meter)

    assert (result.kind, meter.calls, bench.requests()) == (ItemKind.UNCHANGED, 0, [])


async def test_an_update_of_a_lead_that_is_gone_makes_no_new_one(bench: Bench) -> None:
    result = await bench.crm.update(make_change(), CrmId(999), frozenset({"name"}), CallMeter())

    assert (result.kind, result.reason) == (ItemKind.REJECTED, ReasonClass.NOT_FOUND)
    assert bench.crm_ids() == []


async def test_a_refused_record_does_not_touch_its_neighbours(bench: Bench) -> None:
    changes = [
        make_change(1),
        make_change(2, document={"industry": "Nowhere"}),
        make_change(3),
    ]
    results = await asyncio.gather(*(bench.crm.create(c, CallMeter()) for c in changes))

    assert [r.kind for r in results] == [
        ItemKind.CREATED, ItemKind.REJECTED, ItemKind.CREATED,
    ]  # fmt: skip
    assert results[1].reason is ReasonClass.VALIDATION
    assert bench.crm_ids() == sorted(r.crm_id for r in results if r.crm_id is not None)


async def test_each_of_many_gets_its_own_result(bench: Bench) -> None:
    changes = [make_change(number) for number in range(1, 31)]
    results = await asyncio.gather(*(bench.crm.create(c, CallMeter()) for c in changes))

    for change, result in zip(changes, results, strict=True):
        assert result.crm_id is not None
        lead = await bench.crm.read(result.crm_id)
        assert lead is not None
        assert lead.fields["taxid"] == change.document["taxid"]


async def test_a_cancelled_write_does_not_cancel_others(bench: Bench) -> None:
    writes = [
        asyncio.create_task(bench.crm.create(make_change(number), CallMeter()))
        for number in range(1, 4)
    ]
    await asyncio.sleep(0)
    writes[0].cancel()
    results = await asyncio.gather(*writes, return_exceptions=True)

    assert isinstance(results[0], asyncio.CancelledError)
    assert [r.kind for r in results if isinstance(r, ItemResult)] == [ItemKind.CREATED] * 2


async def test_a_write_cut_off_while_its_call_is_under_way_is_known_to_be_in_doubt(
    bench: Bench,
) -> None:
    bench.break_writes(action="delay", when="after", seconds=0.5)
    meter = CallMeter()
    write = asyncio.create_task(bench.crm.create(make_change(), meter))
    await until_async(lambda: meter.write_pending, "the call to be under way")
    write.cancel()
    with pytest.raises(asyncio.CancelledError):
        await write

    assert (meter.write_pending, meter.calls) == (True, 1)


async def test_an_error_of_the_server_leaves_a_write_in_doubt(bench: Bench) -> None:
    bench.break_writes(action="status", status=502)
    result = await bench.crm.create(make_change(), CallMeter())

    assert (result.kind, result.reason) == (ItemKind.UNKNOWN, ReasonClass.TRANSIENT)


@pytest.mark.parametrize("action", ["html", "garbage", "empty"])
async def test_a_success_that_cannot_be_read_is_no_success(bench: Bench, action: str) -> None:
    bench.break_writes(action=action, when="after")
    result = await bench.crm.create(make_change(), CallMeter())

    assert (result.kind, result.crm_id) == (ItemKind.UNKNOWN, None)


# --------------------------------------------------------------------------- limits and access


@pytest.mark.parametrize("tells_when", [True, False])
async def test_a_spent_quota_pauses_all_calls_and_blames_no_record(
    bench: Bench, tells_when: bool
) -> None:
    bench.spend_quota(tells_when=tells_when)
    await bench.crm.create(make_change(1), CallMeter())
    refused = await bench.crm.create(make_change(2), CallMeter())
    asked = len(bench.requests())
    meter = CallMeter()
    held = await bench.crm.create(make_change(3), meter)

    assert (refused.kind, refused.reason) == (ItemKind.PAUSED, ReasonClass.RATE_LIMITED)
    assert (held.kind, meter.calls, meter.write_pending) == (ItemKind.PAUSED, 0, False)
    assert len(bench.requests()) == asked
    assert bench.crm.pause_seconds() > (30 if tells_when else 1)


async def test_a_refused_token_stops_everything(bench: Bench) -> None:
    bench.revoke_token()
    first = await bench.crm.create(make_change(1), CallMeter())
    asked = len(bench.requests())
    second = await bench.crm.create(make_change(2), CallMeter())

    assert (first.kind, first.reason) == (ItemKind.RETRY, ReasonClass.AUTH)
    assert (second.kind, len(bench.requests())) == (ItemKind.PAUSED, asked)


async def test_a_token_that_is_taken_again_ends_the_stop(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.crm.policy._PROBE_SECONDS", 0.02)
    bench.revoke_token()
    await bench.crm.create(make_change(1), CallMeter())
    await asyncio.sleep(0.1)
    assert bench.crm.pause_seconds() > 0
    bench.restore_token()
    await until_async(lambda: not bench.crm.pause_seconds(), "the probe that is taken")

    assert (await bench.crm.create(make_change(1), CallMeter())).kind is ItemKind.CREATED


# --------------------------------------------------------------------------- reads


async def test_a_lead_that_is_not_there_reads_as_none(bench: Bench) -> None:
    assert await bench.crm.read(CrmId(999)) is None


async def test_a_record_that_is_nowhere_is_found_nowhere(bench: Bench) -> None:
    assert list(await bench.crm.find(make_change().document, CallMeter())) == []


async def test_several_leads_of_one_record_are_all_found(bench: Bench) -> None:
    doubles = two_of_one_record(bench)
    found = await bench.crm.find(
        make_change(document={"taxid": "52998224725"}).document, CallMeter()
    )

    assert sorted(lead.crm_id for lead in found) == sorted(doubles)
    settlement = await deliver(
        bench, make_change(document={"taxid": "52998224725"}, is_in_doubt=True)
    )
    assert (settlement.outcome, settlement.reason) == (Outcome.PARKED, ReasonClass.CONFLICT)


def two_of_one_record(bench: Bench) -> list[int]:
    """A CPF as people write it: with and without the zeros before it."""
    return [
        bench.by_user(make_change(document={"taxid": taxid}))
        for taxid in ("52998224725", "00052998224725")
    ]


async def test_another_branch_of_the_client_is_not_this_record(bench: Bench) -> None:
    await created(bench, 1)
    assert list(await bench.crm.find(make_change(2).document, CallMeter())) == []


# --------------------------------------------------------------------------- steps


async def test_a_contact_is_added_once_changed_and_let_go(bench: Bench) -> None:
    crm_id = await created(bench)
    change = make_change(crm_id=crm_id)
    added = await bench.crm.perform(change, crm_id, contact(), CallMeter())
    again = await bench.crm.perform(change, crm_id, contact(is_in_doubt=True), CallMeter())
    assert (added.kind, again.crm_id) == (ItemKind.CREATED, added.crm_id)
    assert [c["id"] for c in bench.contacts(crm_id)] == [added.crm_id]

    fields = {**PERSON, "job_title": "Diretoria", "name": "Outra"}
    edit = contact(
        StepOp.UPDATE, person_id=added.crm_id, fields=fields, changed=frozenset({"job_title"})
    )
    for _ in range(2):
        assert (await bench.crm.perform(change, crm_id, edit, CallMeter())).kind in DONE
    [person] = bench.contacts(crm_id)
    assert (person["name"], person["job_title"], person["is_primary"]) == (
        "Ana Lima", "Diretoria", True,
    )  # fmt: skip

    gone = contact(StepOp.REMOVE, person_id=added.crm_id)
    for _ in range(2):
        assert (await bench.crm.perform(change, crm_id, gone, CallMeter())).kind in DONE
    if bench.crm.capabilities.contact_remove == "archive":
        assert bench.contacts(crm_id) == []
    else:
        assert [c["is_primary"] for c in bench.contacts(crm_id)] == [False]


class Asked:
    """A guard that keeps one field out, and notes what it was shown."""

    def __init__(self, unseen: str) -> None:
        self.unseen = unseen
        self.shown: list[tuple[int, Any]] = []

    def needs(self, fields: frozenset[str]) -> bool:
        return bool(fields)

    async def allow(
        self, person: ContactSnapshot, fields: frozenset[str], main_id: int | None
    ) -> frozenset[str]:
        self.shown.append((person.person_id, person.fields.get(self.unseen)))
        return fields - {self.unseen}


@pytest.mark.parametrize("how", ["update", "addition in doubt"])
async def test_a_person_is_read_before_it_is_written_and_what_is_withheld_stays(
    bench: Bench, how: str
) -> None:
    crm_id = await created(bench)
    change = make_change(crm_id=crm_id)
    added = await bench.crm.perform(change, crm_id, contact(), CallMeter())
    assert added.crm_id is not None
    users = {**PERSON, "job_title": "Diretoria"}
    edit = contact(
        StepOp.UPDATE, person_id=added.crm_id, fields=users, changed=frozenset({"job_title"})
    )
    await bench.crm.perform(change, crm_id, edit, CallMeter())

    ours = {**PERSON, "job_title": "Gerente", "phone": "1133330000"}
    step = (
        contact(
            StepOp.UPDATE,
            person_id=added.crm_id,
            fields=ours,
            changed=frozenset({"job_title", "phone"}),
        )
        if how == "update"
        else contact(fields=ours, is_in_doubt=True)
    )
    guard = Asked("job_title")
    result = await bench.crm.perform(change, crm_id, step, CallMeter(), guard)

    assert (result.kind, result.crm_id) == (ItemKind.UPDATED, added.crm_id)
    assert guard.shown == [(added.crm_id, "Diretoria")]
    [person] = await bench.crm.read_contacts(crm_id)
    assert (person.fields["job_title"], person.fields["phone"]) == ("Diretoria", "1133330000")


async def test_the_contacts_of_a_lead_are_read_as_they_were_written(bench: Bench) -> None:
    crm_id, other = await created(bench), await created(bench, 2)
    assert list(await bench.crm.read_contacts(crm_id)) == []
    added = await bench.crm.perform(make_change(crm_id=crm_id), crm_id, contact(), CallMeter())

    [person] = await bench.crm.read_contacts(crm_id)
    assert (person.person_id, dict(person.fields)) == (added.crm_id, PERSON)
    assert list(await bench.crm.read_contacts(other)) == []
    assert list(await bench.crm.read_contacts(CrmId(999_999))) == []


async def test_a_budget_is_replaced_and_taken_away(bench: Bench) -> None:
    crm_id = await created(bench)
    for value in ("10.00", "20.50", "20.50", None, None):
        step = Step(kind=StepKind.BUDGET, value=value, product_id="10001")
        result = await bench.crm.perform(make_change(), crm_id, step, CallMeter())
        assert result.kind in DONE
        assert bench.budget(crm_id) == (None if value is None else Decimal(value))


async def test_a_stage_is_set_and_an_unknown_one_is_for_a_person(bench: Bench) -> None:
    crm_id = await created(bench)
    step = Step(kind=StepKind.STAGE, stage="Passagem de bastão")
    for _ in range(2):
        assert (await bench.crm.perform(make_change(), crm_id, step, CallMeter())).kind in DONE
    unknown = await bench.crm.perform(
        make_change(), crm_id, Step(kind=StepKind.STAGE, stage="Nenhuma"), CallMeter()
    )

    assert bench.stage(crm_id) == "Passagem de bastão"
    assert (unknown.kind, unknown.reason) == (ItemKind.REJECTED, ReasonClass.VALIDATION)


async def test_a_discard_twice_is_a_discard(bench: Bench) -> None:
    crm_id = await created(bench)
    step = Step(kind=StepKind.DISCARD, reason="Sem perfil")
    for _ in range(2):
        assert (await bench.crm.perform(make_change(), crm_id, step, CallMeter())).kind in DONE

    lead = await bench.crm.read(crm_id)
    assert lead is not None
    assert lead.stage == "Descartado"


async def test_a_sale_twice_is_a_sale(bench: Bench) -> None:
    crm_id = await created(bench)
    step = Step(kind=StepKind.SALE, value="99.90", product_id="10001")
    results = [await bench.crm.perform(make_change(), crm_id, step, CallMeter()) for _ in range(2)]

    if StepKind.SALE in bench.crm.capabilities.steps:
        assert all(result.kind in DONE for result in results)
        assert bench.sales(crm_id) == 1
    else:
        assert {result.kind for result in results} == {ItemKind.REJECTED}


# --------------------------------------------------------------------------- capabilities


async def test_a_step_that_is_not_declared_is_refused_without_a_call(bench: Bench) -> None:
    for kind in set(StepKind) - bench.crm.capabilities.steps:
        meter = CallMeter()
        step = Step(kind=kind, value="1.00", product_id="10001")
        result = await bench.crm.perform(make_change(), CrmId(1), step, meter)
        assert (result.kind, result.reason) == (ItemKind.REJECTED, ReasonClass.VALIDATION)
        assert (meter.calls, kind.value in str(result.detail)) == (0, True)


async def test_the_declared_batch_is_what_concurrent_writes_share(bench: Bench) -> None:
    meters = [CallMeter() for _ in range(20)]
    await asyncio.gather(
        *(bench.crm.create(make_change(n), meter) for n, meter in enumerate(meters, start=1))
    )
    calls = 1 if bench.crm.capabilities.max_batch >= 20 else 20

    assert len(bench.requests()) == calls
    assert sum(meter.calls for meter in meters) == calls


async def test_the_declared_upsert_is_what_a_second_creation_does(bench: Bench) -> None:
    crm_id = await created(bench)
    again = await bench.crm.create(make_change(document={"name": "Outra"}), CallMeter())

    assert bench.crm_ids() == [crm_id]
    if bench.crm.capabilities.upsert_by_external_id == "yes":
        assert (again.kind, again.crm_id) == (ItemKind.UPDATED, crm_id)
    else:
        assert again.kind is ItemKind.DUPLICATE


async def test_the_declared_removal_is_what_a_removal_does(bench: Bench) -> None:
    crm_id = await created(bench)
    change = make_change(crm_id=crm_id)
    results = [await bench.crm.remove(change, crm_id, CallMeter()) for _ in range(2)]

    assert all(result.kind in DONE for result in results)
    assert bench.is_removed(crm_id)
    lead = await bench.crm.read(crm_id)
    if bench.crm.capabilities.remove_model == "archive":
        assert lead is None
    else:
        assert lead is not None
        assert lead.stage == "Descartado"


async def test_the_declared_page_is_the_largest_that_the_crm_gives(bench: Bench) -> None:
    size = bench.crm.capabilities.page_size
    for number in range(1, size + 2):
        bench.by_user(make_change(number))

    assert await bench.page(size) == size
    # more is refused, or cut to the same
    assert await bench.page(size + 1) in {None, size}


async def test_the_declared_filter_finds_what_was_changed_since(bench: Bench) -> None:
    first, second = await created(bench, 1), await created(bench, 2)
    await asyncio.sleep(0.05)
    moment = datetime.now(UTC)
    await asyncio.sleep(0.05)
    await bench.crm.update(
        make_change(2, document={"name": "Outra"}), second, frozenset({"name"}), CallMeter()
    )

    assert await bench.changed_since(moment) == {second}
    assert await bench.changed_since(moment - timedelta(hours=1)) == {first, second}


async def test_a_persons_change_moves_the_time_of_its_lead_only_where_that_is_declared(
    bench: Bench,
) -> None:
    crm_id = await created(bench)
    change = make_change(crm_id=crm_id)
    await bench.crm.perform(change, crm_id, contact(), CallMeter())
    await asyncio.sleep(0.05)
    moment = datetime.now(UTC)
    await asyncio.sleep(0.05)

    bench.edit_persons(crm_id)

    covers = bench.crm.capabilities.lead_time_covers_persons
    assert await bench.changed_since(moment) == ({crm_id} if covers else set())


@pytest.mark.parametrize("chosen", ["auto", "with_lead", "in_turn", "never"])
def test_how_polling_finds_persons_is_the_adapters_word_unless_a_setting_tells(
    bench: Bench, chosen: str
) -> None:
    settings, _ = load(environ={"ERPCRM_RELAY__POLL_PERSONS": chosen})
    covers = bench.crm.capabilities.lead_time_covers_persons
    by_itself = "with_lead" if covers else "in_turn"

    assert compose.persons_polled(settings, bench.crm).value == (
        by_itself if chosen == "auto" else chosen
    )


def test_whole_sets_are_read_by_adapters_that_say_so_and_refused_by_others(bench: Bench) -> None:
    can = bench.crm.capabilities
    settings, _ = load(environ={"ERPCRM_CRM__ADAPTER": can.name})
    policy = cast("CrmPolicy", None)  # nothing is sent here

    if can.has_pages:
        assert compose.pages(settings, policy, Lane.RECONCILE).can_filter_by_time
    else:
        with pytest.raises(SettingsError, match=f"{can.name} does not read a CRM page by page"):
            compose.pages(settings, policy, Lane.RECONCILE)


# What a test above, or one of the web server, shows to be true of the capabilities.
_SHOWN = {
    "name", "upsert_by_external_id", "max_batch", "has_partial_success", "custom_fields_on_create",
    "remove_model", "contact_remove", "budget_model", "stage_move", "steps", "rate_limits",
    "webhook_scheme", "webhook_has_delivery_id", "webhook_is_batch", "webhook_has_change_source",
    "page_size", "incremental_filter", "has_pages", "lead_time_covers_persons",
}  # fmt: skip
# For the jobs over whole sets.
_OF_PAGES = {"page_style"}


def test_no_capability_is_without_a_test() -> None:
    assert {field.name for field in dataclasses.fields(Capabilities)} == _SHOWN | _OF_PAGES


async def test_the_declared_limits_hold_what_the_daemon_allows_itself(bench: Bench) -> None:
    """The default quota of the settings is within what the adapter declares."""
    from bridge import settings

    declared = bench.crm.capabilities.rate_limits
    name = bench.crm.capabilities.name
    bound, _ = settings.load(environ={"ERPCRM_CRM__ADAPTER": name})
    burst = [limit for limit in declared if limit.scope == "burst"]

    assert [(limit.calls, limit.seconds) for limit in burst] == [
        (bound.crm.quota_calls, bound.crm.quota_seconds)
    ]

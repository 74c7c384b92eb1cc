"""What is called for a change, and how its attempt is settled."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bridge.core.delivery import Delivery
from bridge.domain.changes import (
    CallMeter,
    Change,
    CrmId,
    ItemKind,
    ItemResult,
    Operation,
    Outcome,
    ReasonClass,
    Settlement,
    StepResult,
)
from bridge.domain.retry import RetryPolicy
from bridge.errors import CrmOutcomeUnknown, CrmPaused, DatabaseUnavailable
from bridge.testing import ManualClock, MemoryCrm, MemoryOutbox

Make = Callable[..., Change]


async def deliver(crm: MemoryCrm, change: Change) -> Settlement:
    retry = RetryPolicy(base_seconds=2, cap_seconds=60, uniform=lambda low, high: high)
    outbox = MemoryOutbox(ManualClock())
    return await Delivery(crm, outbox=outbox, retry=retry).deliver(change, CallMeter())


async def test_a_new_record_is_created(crm: MemoryCrm, change: Make) -> None:
    settlement = await deliver(crm, change())

    assert settlement == Settlement(
        outcome=Outcome.DELIVERED,
        crm_id=CrmId(1),
        calls=1,
        http_status=201,
        steps=(StepResult(step=None, is_done=True, is_new=True),),
    )


async def test_a_known_record_is_updated_with_its_changed_fields(
    crm: MemoryCrm, change: Make
) -> None:
    crm.leads[7] = {"phone": "1"}

    settlement = await deliver(crm, change(crm_id=CrmId(7), changed_fields=frozenset({"phone"})))

    assert settlement.outcome is Outcome.DELIVERED
    assert crm.writes == [("update", "1001-1", frozenset({"phone"}))]


async def test_nothing_changed_means_no_call(crm: MemoryCrm, change: Make) -> None:
    settlement = await deliver(crm, change(crm_id=CrmId(7), changed_fields=frozenset()))

    assert (settlement.outcome, settlement.calls) == (Outcome.DELIVERED, 0)


async def test_a_create_without_an_answer_is_in_doubt(crm: MemoryCrm, change: Make) -> None:
    crm.script = [ItemResult(kind=ItemKind.UNKNOWN, reason=ReasonClass.UNKNOWN_OUTCOME)]

    settlement = await deliver(crm, change())

    assert settlement.outcome is Outcome.IN_DOUBT
    assert settlement.retry_seconds == 2


async def test_a_record_in_doubt_is_looked_up_and_not_created_again(
    crm: MemoryCrm, change: Make
) -> None:
    crm.plant(change().document)

    settlement = await deliver(crm, change(is_in_doubt=True, attempt=2))

    assert (settlement.outcome, settlement.crm_id) == (Outcome.DELIVERED, 1)
    assert crm.writes == []


async def test_a_record_in_doubt_that_is_not_there_is_created(crm: MemoryCrm, change: Make) -> None:
    settlement = await deliver(crm, change(is_in_doubt=True, attempt=2))

    assert (settlement.crm_id, crm.lookups) == (1, 1)
    assert [verb for verb, _, _ in crm.writes] == ["create"]


async def test_doubt_stays_when_the_lookup_fails(crm: MemoryCrm, change: Make) -> None:
    crm.script = [CrmOutcomeUnknown()]

    settlement = await deliver(crm, change(is_in_doubt=True, attempt=2))

    assert settlement.outcome is Outcome.IN_DOUBT
    assert crm.writes == []


async def test_a_duplicate_is_adopted_and_only_differences_are_sent(
    crm: MemoryCrm, change: Make
) -> None:
    crm.plant({**change().document, "phone": "old"})

    settlement = await deliver(crm, change())

    assert (settlement.outcome, settlement.crm_id) == (Outcome.DELIVERED, 1)
    assert crm.writes[1] == ("update", "1001-1", frozenset({"phone"}))


async def test_two_leads_of_one_record_are_for_a_person(crm: MemoryCrm, change: Make) -> None:
    crm.plant(change().document)
    crm.plant(change().document)

    settlement = await deliver(crm, change())

    assert (settlement.outcome, settlement.reason) == (Outcome.PARKED, ReasonClass.CONFLICT)


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        (ItemResult(kind=ItemKind.REJECTED, reason=ReasonClass.VALIDATION), Outcome.PARKED),
        (ItemResult(kind=ItemKind.RETRY, reason=ReasonClass.TRANSIENT), Outcome.RETRY),
        (ItemResult(kind=ItemKind.PAUSED, reason=ReasonClass.PAUSED), Outcome.RETRY),
        (ItemResult(kind=ItemKind.UNKNOWN, reason=ReasonClass.UNKNOWN_OUTCOME), Outcome.IN_DOUBT),
    ],
)
async def test_answers_become_outcomes(
    crm: MemoryCrm, change: Make, result: ItemResult, outcome: Outcome
) -> None:
    crm.script = [result]

    assert (await deliver(crm, change())).outcome is outcome


async def test_the_delay_is_what_the_crm_asked_for(crm: MemoryCrm, change: Make) -> None:
    crm.script = [ItemResult(kind=ItemKind.PAUSED, reason=ReasonClass.RATE_LIMITED, retry_after=17)]

    settlement = await deliver(crm, change())

    assert settlement.retry_seconds == 18  # and up to a second of jitter


async def test_an_absurd_delay_is_capped(crm: MemoryCrm, change: Make) -> None:
    crm.script = [
        ItemResult(kind=ItemKind.PAUSED, reason=ReasonClass.RATE_LIMITED, retry_after=10**9)
    ]

    settlement = await deliver(crm, change())

    assert settlement.retry_seconds == 61


async def test_a_pause_during_the_lookup_keeps_the_doubt(crm: MemoryCrm, change: Make) -> None:
    crm.script = [CrmPaused(seconds=3)]

    settlement = await deliver(crm, change(is_in_doubt=True))

    assert (settlement.outcome, settlement.reason) == (Outcome.IN_DOUBT, ReasonClass.PAUSED)


async def test_removing_what_the_crm_never_had_is_no_call(crm: MemoryCrm, change: Make) -> None:
    settlement = await deliver(crm, change(operation=Operation.REMOVE))

    assert (settlement.outcome, settlement.calls) == (Outcome.DELIVERED, 0)


async def test_a_removed_record_is_removed(crm: MemoryCrm, change: Make) -> None:
    crm.plant(change().document)

    settlement = await deliver(crm, change(operation=Operation.REMOVE, crm_id=CrmId(1)))

    assert settlement.outcome is Outcome.DELIVERED
    assert crm.leads == {}


# --------------------------------------------------------------------------- edits that nobody has told of


def guarded(make: Make, **fields: object) -> Change:
    """A change of phone and street; users of the CRM may win the phone."""
    return make(
        crm_id=CrmId(7),
        document={"taxid": "1", "phone": "ours", "street": "new"},
        agreed_image={"taxid": "1", "phone": "agreed", "street": "old"},
        changed_fields=frozenset({"phone", "street"}),
        guarded_fields=frozenset({"phone", "industry"}),
        **fields,
    )


async def test_a_field_that_users_may_win_is_read_before_it_is_sent(
    crm: MemoryCrm, change: Make
) -> None:
    crm.leads[7] = {"taxid": "1", "phone": "agreed", "street": "old"}

    settlement = await deliver(crm, guarded(change))

    assert crm.writes == [("update", "1001-1", frozenset({"phone", "street"}))]
    assert settlement.calls == 2


async def test_an_edit_that_no_webhook_has_told_of_is_not_overwritten(
    crm: MemoryCrm, change: Make
) -> None:
    crm.leads[7] = {"taxid": "1", "phone": "of a user", "street": "old"}

    settlement = await deliver(crm, guarded(change))

    assert crm.writes == [("update", "1001-1", frozenset({"street"}))]
    assert crm.leads[7]["phone"] == "of a user"
    assert settlement.outcome is Outcome.DELIVERED


async def test_a_change_without_such_a_field_is_one_call(crm: MemoryCrm, change: Make) -> None:
    crm.leads[7] = {"phone": "of a user", "street": "old"}

    settlement = await deliver(
        crm,
        change(
            crm_id=CrmId(7),
            changed_fields=frozenset({"street"}),
            guarded_fields=frozenset({"phone"}),
        ),
    )

    assert settlement.calls == 1


async def test_nothing_is_written_when_the_read_before_it_fails(
    crm: MemoryCrm, change: Make
) -> None:
    crm.leads[7] = {"phone": "agreed"}
    crm.script = [CrmOutcomeUnknown("timeout")]

    settlement = await deliver(crm, guarded(change))

    assert crm.writes == []
    assert settlement.outcome is Outcome.RETRY


async def test_nothing_is_written_while_the_database_cannot_tell_what_users_changed(
    crm: MemoryCrm, change: Make
) -> None:
    crm.leads[7] = {"phone": "of a user"}
    outbox = MemoryOutbox(ManualClock())
    outbox.failing = DatabaseUnavailable(code="DPY-4011", statement="check_unseen")
    retry = RetryPolicy(base_seconds=2, cap_seconds=60)

    settlement = await Delivery(crm, outbox=outbox, retry=retry).deliver(
        guarded(change), CallMeter()
    )

    assert crm.writes == []
    assert settlement.outcome is Outcome.RETRY


async def test_a_lead_that_is_adopted_keeps_what_users_wrote_without_another_call(
    crm: MemoryCrm, change: Make
) -> None:
    crm.leads[7] = {"taxid": "1", "phone": "of a user", "street": "old"}

    settlement = await deliver(
        crm,
        change(
            is_in_doubt=True,
            document={"taxid": "1", "phone": "ours", "street": "new"},
            guarded_fields=frozenset({"phone"}),
        ),
    )

    assert crm.leads[7] == {"taxid": "1", "phone": "of a user", "street": "new"}
    assert (settlement.outcome, settlement.crm_id, settlement.calls) == (Outcome.DELIVERED, 7, 2)

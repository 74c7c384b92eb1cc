"""SIGKILL at every named point: nothing is lost, nothing happens twice, no lease stays behind."""

from __future__ import annotations

import signal

import pytest
from deployed_world import Branch, Deployed, Watch

from bridge.failpoints import NAMES

OUTBOUND = sorted(name for name in NAMES if not name.startswith(("inbound_", "run_")))
INBOUND = sorted(name for name in NAMES if name.startswith("inbound_"))
#: from here on an attempt is claimed, and what became of it is not known to the next process
LOST_AFTER = {"before_call", "after_call", "before_settle_commit"}


def die_at(world: Deployed, point: str) -> None:
    """Start a daemon that kills itself there; the caller's edits bring it to the point."""
    world.daemon(ERPCRM_FAILPOINT=f"{point}:kill")


def bury_and_restart(world: Deployed) -> None:
    assert world.wait_for_death(world.bridge) == -signal.SIGKILL
    world.daemon()


def assert_one_effect(watch: Watch, branch: Branch, operation: str) -> None:
    """One write that changed something; a repetition is allowed only when it changes nothing."""
    writes = watch.writes(branch)
    effective = [write for write in writes if write["changed"]]
    assert [write["operation"] for write in effective] == [operation]
    assert len(writes) - len(effective) <= 1


@pytest.mark.parametrize("point", OUTBOUND)
def test_a_create_survives_a_kill(world: Deployed, watch: Watch, point: str) -> None:
    (branch,) = world.take(in_crm=False)
    die_at(world, point)

    world.set_branch(branch, integrate_crm="S")
    bury_and_restart(world)
    watch.settle(branch)

    watch.assert_made_once(branch)
    assert watch.outbox(branch) == {"DELIVERED": 1}
    *lost, last = watch.attempts(branch)
    assert last == "DELIVERED"
    # the daemon claims before it dequeues, so a kill after the dequeue may have met a claim already
    assert lost == ["LOST"] if point in LOST_AFTER else lost in ([], ["LOST"])


@pytest.mark.parametrize("point", OUTBOUND)
def test_an_update_survives_a_kill(world: Deployed, watch: Watch, point: str) -> None:
    (branch,) = world.take()
    die_at(world, point)

    world.set_branch(branch, phone="11933330001")
    bury_and_restart(world)
    watch.settle(branch)

    assert_one_effect(watch, branch, "update_lead")
    assert watch.changed(branch) == {"phone1": "11933330001"}
    assert watch.outbox(branch) == {"DELIVERED": 1}


@pytest.mark.parametrize("point", INBOUND)
def test_an_edit_of_a_crm_user_survives_a_kill(world: Deployed, watch: Watch, point: str) -> None:
    (branch,) = world.take()
    die_at(world, point)

    world.edit_lead(branch, ddiPhone="55", phone="11933330002")
    bury_and_restart(world)
    watch.settle(branch)

    assert world.branch_row(branch)["phone"] == "11933330002"
    assert watch.writes() == []
    assert watch.outbox(branch) == {}
    # the sender repeats what was not answered: that is a second hint, and not a second effect; a repetition of the
    # same second is the same webhook, which is read again after it was applied, and finds nothing new
    inbox = watch.inbox(branch)
    assert inbox["APPLIED"] == 1 or (inbox["APPLIED"] == 0 and inbox["UNCHANGED"] >= 1)
    assert set(inbox) <= {"APPLIED", "UNCHANGED", "SUPERSEDED"}


def test_a_claim_of_a_dead_daemon_goes_to_its_successor(world: Deployed, watch: Watch) -> None:
    """The lease is two minutes long, but a process of the same name need not wait for its end."""
    (branch,) = world.take()
    die_at(world, "before_call")
    world.set_branch(branch, phone="11933330003")
    world.wait_for_death(world.bridge)
    held = world.value(
        "select count(*) from crm_records where record_key = :key and lease_owner is not null",
        key=branch.key,
    )

    world.daemon()
    watch.settle(branch)

    assert held == 1
    assert watch.attempts(branch) == ["LOST", "DELIVERED"]


def test_edits_go_on_while_the_daemon_is_dead(world: Deployed, watch: Watch) -> None:
    branches = world.take(3)
    world.bridge.kill()
    for number, branch in enumerate(branches):
        world.set_branch(branch, phone=f"1193333010{number}")
    world.edit_lead(branches[0], customFields=[{"id": "_analisefinanceira", "value": "Em revisão"}])

    world.daemon()
    watch.settle(*branches)

    assert sum(len(watch.writes(branch)) for branch in branches) == 3


def test_a_create_whose_answer_was_lost_is_adopted_not_repeated(
    world: Deployed, watch: Watch
) -> None:
    (branch,) = world.take(in_crm=False)
    world.fault(action="drop", path="LeadsAdd", when="after")

    world.set_branch(branch, integrate_crm="S")
    watch.settle(branch)

    watch.assert_made_once(branch)
    assert watch.attempts(branch) == ["IN_DOUBT", "DELIVERED"]
    assert len([call for call in watch.calls("POST") if call["operation"] == "add_lead"]) <= 1


def test_an_update_whose_answer_was_lost_has_one_effect(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take()
    world.fault(action="drop", path="LeadsUpdate", when="after")

    world.set_branch(branch, phone="11933330004")
    watch.settle(branch)

    assert_one_effect(watch, branch, "update_lead")
    assert watch.attempts(branch) == ["IN_DOUBT", "DELIVERED"]


def test_a_create_that_was_applied_and_answered_with_an_error_is_not_repeated(
    world: Deployed, watch: Watch
) -> None:
    (branch,) = world.take(in_crm=False)
    world.fault(action="status", status=500, path="LeadsAdd", when="after")

    world.set_branch(branch, integrate_crm="S")
    watch.settle(branch)

    watch.assert_made_once(branch)


def test_a_request_that_was_never_applied_is_sent_again(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take()
    world.fault(action="drop", path="LeadsUpdate", when="before")
    world.fault(action="status", status=503, path="LeadsUpdate", when="before")

    world.set_branch(branch, phone="11933330005")
    watch.settle(branch)

    assert len(watch.writes(branch)) == 1
    assert watch.changed(branch) == {"phone1": "11933330005"}


def test_a_newer_edit_overtakes_one_that_is_in_doubt(world: Deployed, watch: Watch) -> None:
    """The lost attempt may have arrived late: the newest state is what both sides end with."""
    (branch,) = world.take()
    die_at(world, "after_call")
    world.set_branch(branch, phone="11933330006")
    world.wait_for_death(world.bridge)
    world.set_branch(branch, address_street="Rua Depois da Queda")

    world.daemon()
    watch.settle(branch)

    assert watch.changed(branch) == {"phone1": "11933330006", "street": "Rua Depois da Queda"}


def test_a_bad_record_delays_only_itself(world: Deployed, watch: Watch) -> None:
    bad, good = world.take(2)
    world.fault(action="status", status=503, path=f"LeadsUpdate/{world.lead(bad)['id']}", count=2)

    world.set_branch(bad, phone="11933330007")
    world.set_branch(good, phone="11933330008")
    watch.settle(bad, good)

    # an error of the server leaves open whether the write was applied
    assert watch.attempts(bad) == ["IN_DOUBT", "IN_DOUBT", "DELIVERED"]
    assert watch.attempts(good) == ["DELIVERED"]

"""Two daemons at once share the work and do not double it."""

from __future__ import annotations

from collections import Counter

from deployed_world import Deployed, Watch

CHANGES = 200


def test_two_daemons_share_200_changes_and_make_one_call_of_each(
    world: Deployed, watch: Watch
) -> None:
    branches = world.take(CHANGES, in_crm=False)
    other = world.second_daemon("demo:second")
    keys = ",".join(f"({b.client},{b.code})" for b in branches)

    world.erp(f"update branches set integrate_crm = 'S' where (client_code, code) in ({keys})")
    watch.settle(*branches)
    made = watch.writes()
    created = Counter(write["lead_id"] for write in made if write["operation"] == "create_lead")
    persons = Counter(write["person_id"] for write in made if write["operation"] == "create_person")
    contacts = world.value(
        f"select count(*) from erp.contacts where (client_code, branch_code) in ({keys})"
    )
    later = branches[:60]
    second = world.watch()
    world.erp(
        "update branches set address_complement = 'Galpão dos fundos' where (client_code, code) in"
        f" ({','.join(f'({b.client},{b.code})' for b in later)})"
    )
    second.settle(*later)
    other.stop()
    world.bridges.remove(other)

    assert watch.outbox_total() == {"DELIVERED": CHANGES + len(later)}
    assert set(created.values()) == {1}
    assert len(created) == CHANGES
    assert len(persons) == persons.total() == contacts > 0
    assert len(second.writes()) == len(later)
    workers = watch.workers()
    assert set(workers) == {"demo:bridge", "demo:second"}
    assert min(workers.values()) >= 10, "both had a part of it"
    assert sum(workers.values()) == CHANGES + len(later), "one attempt of each"
    calls = [call["hints"].get("idempotency-key", "") for call in watch.calls()]
    for branch in later:
        versions = [
            int(key.rpartition(":")[2]) for key in calls if key.startswith(f"erp:{branch.key}:")
        ]
        assert len(versions) == 2
        assert versions[0] < versions[1]


def test_edits_of_one_record_are_sent_in_order_by_two_daemons(
    world: Deployed, watch: Watch
) -> None:
    (branch,) = world.take()
    other = world.second_daemon("demo:second")
    for number in range(12):
        world.set_branch(branch, phone=f"119333320{number:02}")
    watch.settle(branch)
    other.stop()
    world.bridges.remove(other)

    sent = watch.versions(branch)
    assert sent == sorted(set(sent))
    assert 1 <= len(sent) <= 12
    # a claim reads the branch as it is by then: the edit after it may be in it already, and needs no call
    assert watch.outbox(branch).total() == 12
    assert set(watch.outbox(branch)) <= {"DELIVERED", "SUPERSEDED", "UNCHANGED"}
    assert watch.outbox(branch)["DELIVERED"] == len(sent)
    assert world.lead(branch)["phone1"] == "11933332011"


def test_a_daemon_takes_over_what_another_one_left(world: Deployed, watch: Watch) -> None:
    """Another name, so that only the end of the lease frees the record."""
    (branch,) = world.take()
    dying = world.daemon(worker="demo:gone", ERPCRM_FAILPOINT="before_call:kill")
    world.set_branch(branch, phone="11933332100")
    world.wait_for_death(dying)
    # the end of the lease, without waiting for it
    world.administer(
        "update crm_records set lease_until = systimestamp - interval '1' second where record_key = :key",
        key=branch.key,
    )
    world.daemon()
    watch.settle(branch)

    assert watch.attempts(branch) == ["LOST", "DELIVERED"]
    assert len(watch.writes(branch)) == 1

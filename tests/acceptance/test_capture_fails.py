"""When capture fails the ERP's statement succeeds, and what was missed arrives all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import oracledb
import pytest
from deployed_world import Deployed, Watch, update_of

from devkit.demo.world import is_ready, run_script

BREAK_TRIGGER = Path(__file__).resolve().parents[1] / "plsql" / "crm_test_break_trg.trg"
#: the client identifier at which that trigger lets the insert into the outbox fail
BROKEN = "crm_test_break"


@pytest.fixture(scope="module", autouse=True)
def _break_on_demand(deployed_world: Deployed) -> Iterator[None]:
    with deployed_world.connect("SYSTEM") as admin:
        admin.current_schema = "CRM_SYNC"
        run_script(admin, BREAK_TRIGGER, {})
    yield
    deployed_world.administer("drop trigger crm_test_break_trg")


@contextmanager
def broken_session(world: Deployed) -> Iterator[oracledb.Connection]:
    """An ERP user whose statements cannot be captured."""
    with world.erp_session() as erp:
        erp.client_identifier = BROKEN
        yield erp


def start_queue(world: Deployed, *, enqueue: bool, dequeue: bool) -> None:
    """Let the queue of changes run in these directions only."""
    world.administer(
        "begin dbms_aqadm.stop_queue(queue_name => 'CRM_SYNC.CRM_CHANGE_Q');"
        " if :enqueue = 1 or :dequeue = 1 then dbms_aqadm.start_queue(queue_name => 'CRM_SYNC.CRM_CHANGE_Q',"
        " enqueue => :enqueue = 1, dequeue => :dequeue = 1); end if; end;",
        enqueue=int(enqueue),
        dequeue=int(dequeue),
    )


def test_the_statement_succeeds_and_the_gap_names_each_record(
    world: Deployed, watch: Watch
) -> None:
    branches = world.take(3)
    world.halt()
    keys = ", ".join(f"({b.client}, {b.code})" for b in branches)
    with broken_session(world) as erp, erp.cursor() as cursor:
        cursor.execute(
            f"update branches set phone = '11922220001' where (client_code, code) in ({keys})"
        )
        touched = cursor.rowcount
        erp.commit()
    gaps = watch.gaps()
    world.daemon()
    watch.settle(*branches)

    assert touched == 3
    assert [(table, status) for table, _, _, status in gaps] == [("BRANCHES", "OPEN")] * 3
    assert sorted((client, code) for _, client, code, _ in gaps) == sorted(
        (b.client, b.code) for b in branches
    )
    assert all(world.branch_row(branch)["phone"] == "11922220001" for branch in branches)


def test_a_gap_is_repaired_by_the_daemon(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take()
    with broken_session(world) as erp, erp.cursor() as cursor:
        cursor.execute(*update_of(branch, {"phone": "11922220002"}))
        erp.commit()
    watch.settle(branch)

    assert [status for _, _, _, status in watch.gaps()] == ["REPAIRED"]
    assert watch.changed(branch) == {"phone1": "11922220002"}
    assert (
        world.value(
            "select max(origin) from crm_outbox_events where record_key = :key and status = 'DELIVERED'"
            " and version = (select max(version) from crm_outbox_events where record_key = :key)",
            key=branch.key,
        )
        == "GAP"
    )


def test_a_gap_of_a_client_reaches_all_its_branches(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take()
    with broken_session(world) as erp, erp.cursor() as cursor:
        cursor.execute(
            "update clients set name = 'Lacuna Ltda' where code = :code", code=branch.client
        )
        erp.commit()
    watch.settle(branch)

    assert ("CLIENTS", branch.client, branch.code) in [gap[:3] for gap in watch.gaps()]
    assert world.lead(branch)["lead"] == "Lacuna Ltda"


def test_a_gap_of_a_rolled_back_statement_is_no_call(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take()
    with broken_session(world) as erp, erp.cursor() as cursor:
        cursor.execute(*update_of(branch, {"phone": "11900000003"}))
        erp.rollback()
    watch.settle(branch)

    assert len(watch.gaps()) == 1
    assert watch.outbox(branch) == {"UNCHANGED": 1}
    assert watch.calls() == []


def test_a_broken_package_does_not_stop_the_erp(world: Deployed, watch: Watch) -> None:
    """Capture calls a package that does not compile: the statement goes on, and a person can read why."""
    (branch,) = world.take()
    world.halt()
    source = (Path(__file__).resolve().parents[2] / "plsql" / "queue" / "crm_queue.pkb").read_text()
    world.administer("create or replace package body crm_queue is nonsense end;")
    try:
        world.set_branch(branch, phone="11922220003")
    finally:
        world.administer(source.rpartition("/")[0])
    world.daemon()
    watch.settle(branch)

    assert watch.changed(branch) == {"phone1": "11922220003"}


def test_a_stopped_queue_neither_stops_the_erp_nor_loses_the_change(
    world: Deployed, watch: Watch
) -> None:
    """Without the wake-up the change is found by the next look of the daemon."""
    (branch,) = world.take()
    start_queue(world, enqueue=False, dequeue=True)
    try:
        world.set_branch(branch, phone="11922220004")
        watch.settle(branch)
    finally:
        start_queue(world, enqueue=True, dequeue=True)

    assert watch.outbox(branch) == {"DELIVERED": 1}
    assert watch.gaps() == []
    assert world.value(
        "select count(*) from error_log where message like 'changes captured%' and created_on > sysdate - 1"
    )


def test_the_daemon_is_not_ready_while_its_queue_is_stopped_and_recovers_by_itself(
    world: Deployed, watch: Watch
) -> None:
    (branch,) = world.take()
    start_queue(world, enqueue=False, dequeue=False)
    try:
        world.wait_for(
            lambda: not is_ready(world.web_port), "the daemon to say that it is not ready"
        )
        world.set_branch(branch, phone="11922220005")
    finally:
        start_queue(world, enqueue=True, dequeue=True)
    world.wait_for(lambda: is_ready(world.web_port), "the daemon to be ready again")
    watch.settle(branch)

    assert len(watch.writes(branch)) == 1


def test_a_change_that_no_trigger_saw_is_found_by_the_comparison_and_mended(
    world: Deployed, watch: Watch
) -> None:
    (branch,) = world.take()
    world.administer("alter trigger crm_branches_trg disable")
    try:
        world.set_branch(branch, address_street="Rua que Ninguém Viu")
    finally:
        world.administer("alter trigger crm_branches_trg enable")
    found = world.cli("diff", "--engine", "arrow", "--json", check=False)
    mended = world.cli("diff", "--engine", "arrow", "--repair", "--json", check=False)
    watch.settle(branch)

    assert (found.returncode, mended.returncode) == (5, 0)
    assert watch.changed(branch) == {"street": "Rua que Ninguém Viu"}

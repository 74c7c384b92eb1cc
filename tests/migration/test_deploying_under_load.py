"""A deployment while the ERP is in use: what is replaced, what is left alone, what capture misses and who finds it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import oracledb
import pytest
from deployed_world import Deployed, Watch
from migration_target import Target
from patience import STALL

from devkit.demo.world import ROOT, WorldError, run_script

HOLD = ROOT / "plsql/admin/hold_capture.sql"
RELEASE = ROOT / "plsql/admin/release_capture.sql"


@pytest.fixture(scope="module")
def deployed_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """One of its own: the end of a hold looks at every branch, also at what other tests have left of theirs."""
    world = Deployed(tmp_path_factory.mktemp("holds"), branches=90, loaded=60)
    try:
        world.prepare()
        yield world
    finally:
        world.stop()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A world of its own with everything in it; each test changes files of its own copy."""
    folder = tmp_path_factory.mktemp("live")
    with Deployed(folder / "world", branches=560) as world:
        world.bring_deployed()
        target = Target(world, "CRM_SYNC", folder / "root")
        target.with_scripts()
        yield target


def edit(target: Target, name: str, old: str, new: str) -> None:
    path = target.root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def names(report: dict[str, object]) -> list[str]:
    scripts = report["scripts"]
    assert isinstance(scripts, list)
    return [script["script"] for script in scripts]


def finished(target: Target) -> dict[str, object]:
    return dict(
        target.world.rows(f"select script, finished_at from {target.schema}.crm_migrations")
    )


def trigger_states(target: Target) -> dict[str, str]:
    return dict(
        target.world.rows(
            "select trigger_name, status from all_triggers"
            " where owner = :owner and table_owner <> :owner",
            owner=target.schema,
        )
    )


# --------------------------------------------------------------------------- what is replaced


def test_a_changed_body_is_replaced_alone(live: Target) -> None:
    before = finished(live)
    edit(live, "plsql/reconcile/crm_reconcile.pkb", "is\n", "is\n   -- looked at\n")
    preview = live.report("migrate", "--dry-run")
    report = live.report("migrate")

    after = finished(live)
    assert names(report) == names(preview) == ["plsql/reconcile/crm_reconcile.pkb"]
    assert report["recompiled"] == []
    assert {name for name in after if after[name] != before[name]} == set(names(report))


def test_a_changed_specification_compiles_its_dependants_and_replaces_nothing_else(
    live: Target,
) -> None:
    edit(live, "plsql/rules/crm_rules.pks", "is\n", "is\n   -- looked at\n")
    report = live.report("migrate")

    assert names(report) == ["plsql/rules/crm_rules.pks"]
    recompiled = report["recompiled"]
    assert isinstance(recompiled, list)
    assert "PACKAGE BODY CRM_RULES" in recompiled
    assert not [name for name in recompiled if name.startswith("TRIGGER")]
    assert live.report("migrate", "status")["invalid"] == []


def test_the_jobs_are_compared_again_when_their_list_changed(live: Target) -> None:
    edit(live, "plsql/api/crm_jobs.pkb", "is\n", "is\n   -- looked at\n")

    assert names(live.report("migrate")) == [
        "plsql/api/crm_jobs.pkb",
        "plsql/admin/create_jobs.sql",
    ]


def test_capture_is_held_while_what_its_triggers_call_is_replaced(live: Target) -> None:
    edit(live, "plsql/capture/crm_capture.pkb", "is\n", "is\n   -- looked at\n")
    report = live.report("migrate")
    holds = live.world.rows(
        f"select trigger_name, was_enabled, case when ended_on is null then 'OPEN' else 'ENDED' end"
        f" from {live.schema}.crm_capture_holds order by trigger_name"
    )

    assert names(report) == [
        "plsql/admin/hold_capture.sql",
        "plsql/capture/crm_capture.pkb",
        "plsql/admin/release_capture.sql",
    ]
    states = trigger_states(live)
    assert holds == [(name, "S", "ENDED") for name in sorted(states)]
    assert set(states.values()) == {"ENABLED"}


def test_a_trigger_that_a_dba_has_switched_off_stays_off(live: Target) -> None:
    live.world.administer(f"alter trigger {live.schema}.crm_contacts_trg disable")
    edit(
        live,
        "plsql/capture/crm_contacts_trg.trg",
        "compound trigger\n",
        "compound trigger\n   -- new\n",
    )
    live.report("migrate")
    off = {name for name, state in trigger_states(live).items() if state == "DISABLED"}
    live.world.administer(f"alter trigger {live.schema}.crm_contacts_trg enable")

    assert off == {"CRM_CONTACTS_TRG"}


def test_a_trigger_that_does_not_compile_never_stands_in_the_way_of_the_erp(live: Target) -> None:
    path = live.root / "plsql/capture/crm_branches_trg.trg"
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("      l_key := t_keys.first;\n", "      gone;\n"))
    (branch,) = live.world.take(in_crm=False)
    done = live.erpcrm("migrate")
    broken = trigger_states(live)
    live.world.set_branch(branch, phone="11911110007")
    path.write_text(good, encoding="utf-8")
    live.report("migrate")

    assert done.returncode == 1
    assert "CRM_BRANCHES_TRG" in done.stderr
    assert broken["CRM_BRANCHES_TRG"] == "DISABLED"
    assert {state for name, state in broken.items() if name != "CRM_BRANCHES_TRG"} == {"ENABLED"}
    assert set(trigger_states(live).values()) == {"ENABLED"}


# --------------------------------------------------------------------------- what capture misses


def run_in_schema(world: Deployed, path: Path) -> None:
    with world.connect("SYSTEM") as admin:
        admin.current_schema = "CRM_SYNC"
        run_script(admin, path, {})


def gaps_of_holds(world: Deployed) -> set[str]:
    return {
        key
        for (key,) in world.rows(
            "select client_code || '-' || branch_code from crm_capture_gaps"
            " where table_name = 'CRM_CAPTURE_HOLDS'"
        )
    }


@pytest.fixture
def held(world: Deployed) -> Iterator[Deployed]:
    """Capture is held, as in the middle of a deployment; nothing may stay held."""
    run_in_schema(world, HOLD)
    yield world
    run_in_schema(world, RELEASE)


def test_what_was_missed_while_capture_was_held_reaches_the_crm(
    world: Deployed, watch: Watch
) -> None:
    (branch, untouched) = world.take(2)
    run_in_schema(world, HOLD)
    world.set_branch(branch, phone="11966660444")
    nothing = watch.outbox(branch)
    run_in_schema(world, RELEASE)
    gaps = gaps_of_holds(world)
    watch.settle(branch)

    assert sum(nothing.values()) == 0
    assert branch.key in gaps
    assert untouched.key not in gaps
    assert world.differences([branch]) == []
    assert world.lead(branch)["phone1"].endswith("66660444")


def test_a_transaction_that_is_open_at_the_end_of_the_hold_is_waited_for(held: Deployed) -> None:
    (branch,) = held.take()
    ended: list[str] = []

    def release() -> None:
        run_in_schema(held, RELEASE)
        ended.append("released")

    with held.erp_session() as session, session.cursor() as cursor:
        cursor.execute(
            "update branches set phone = '11966660555' where client_code = :1 and code = :2",
            [branch.client, branch.code],
        )
        waiting = threading.Thread(target=release)
        waiting.start()
        held.wait_for(
            lambda: (
                not held.rows(
                    "select null from all_triggers where owner = 'CRM_SYNC' and table_owner = 'ERP'"
                    " and status = 'DISABLED'"
                )
            ),
            "the triggers to be on",
        )
        before = gaps_of_holds(held)
        session.commit()
    waiting.join(timeout=STALL)

    assert ended == ["released"]
    assert branch.key not in before
    assert branch.key in gaps_of_holds(held)


def test_a_transaction_that_does_not_end_is_named_and_the_next_run_repairs(
    held: Deployed, tmp_path: Path
) -> None:
    (branch,) = held.take()
    hasty = tmp_path / "release.sql"
    text = RELEASE.read_text(encoding="utf-8")
    hasty.write_text(
        text.replace("co_wait  constant pls_integer := 60", "co_wait  constant pls_integer := 0")
    )
    assert hasty.read_text() != text
    with held.erp_session() as session, session.cursor() as cursor:
        cursor.execute(
            "update branches set phone = '11966660666' where client_code = :1 and code = :2",
            [branch.client, branch.code],
        )
        with pytest.raises(WorldError, match=r"ORA-20199.*are still open"):
            run_in_schema(held, hasty)
        session.commit()
    run_in_schema(held, RELEASE)

    assert branch.key in gaps_of_holds(held)


def test_a_capture_trigger_that_is_not_valid_is_not_switched_on(held: Deployed) -> None:
    (source,) = held.rows(
        "select text from all_source where owner = 'CRM_SYNC' and name = 'CRM_CLIENTS_TRG' and line = 1"
    )
    assert source
    trigger = (ROOT / "plsql/capture/crm_clients_trg.trg").read_text(encoding="utf-8")
    good = trigger.rpartition("/")[0]
    bad = good.replace("      l_key := t_keys.first;\n", "      gone;\n")
    assert bad != good
    held.administer(bad)
    try:
        with pytest.raises(WorldError, match=r"ORA-20199.*left switched off: CRM_CLIENTS_TRG"):
            run_in_schema(held, RELEASE)
        held.erp("update clients set name = name where rownum = 1")
    finally:
        held.administer(good)


def test_the_connection_of_these_tests_is_an_administrator(world: Deployed) -> None:
    """What holds and releases capture needs ALTER ANY TRIGGER: the daemon's account is refused."""
    with (
        world.connect("CRM_BRIDGE") as bridge,
        bridge.cursor() as cursor,
        pytest.raises(oracledb.DatabaseError, match=r"ORA-(01031|04080|04043)"),
    ):
        cursor.execute("alter trigger crm_sync.crm_branches_trg disable")

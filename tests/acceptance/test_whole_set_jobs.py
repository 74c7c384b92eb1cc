"""Resynchronisation, validation and polling: the whole set, while live traffic flows.

A world of its own: what other tests leave different would be found here, as it should be.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from deployed_world import LATE_STAGE, Branch, Deployed, Watch
from patience import STALL

from devkit.demo.processes import free_port, python
from devkit.demo.world import ROOT

PAGE = 12

#: slow enough that something can happen while a run is under way
SLOW = 1.0


@pytest.fixture(scope="module")
def whole_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    world = Deployed(tmp_path_factory.mktemp("whole"), branches=90, loaded=60)
    try:
        world.prepare()
        world.crm_settings(page_cap=PAGE)
        world.administer("update crm_settings set value = '0' where name = 'run_margin_seconds'")
        yield world
    finally:
        world.stop()


@pytest.fixture
def world(whole_world: Deployed) -> Iterator[Deployed]:
    """Both sides at rest and equal; no run is open."""
    normal = whole_world.crm_admin("GET", "/settings")
    whole_world.daemon()
    whole_world.drain()
    yield whole_world
    whole_world.crm_admin("DELETE", "/faults")
    whole_world.crm_settings(**normal)


@pytest.fixture
def watch(world: Deployed) -> Watch:
    return world.watch()


def run_json(world: Deployed, *words: str, code: int = 0, **extra: str) -> Any:
    done = world.cli(*words, "--json", check=False, **extra)
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def start(world: Deployed, *words: str, **extra: str) -> subprocess.Popen[str]:
    """A run in another terminal."""
    return subprocess.Popen(
        python("-m", "bridge", *words),
        env={**os.environ, **world.settings(**extra)},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_pages(world: Deployed, kind: str, pages: int) -> None:
    world.wait_for(
        lambda: (
            world.value(
                "select coalesce(max(pages), 0) from crm_sync_runs"
                " where kind = :kind and status = 'RUNNING'",
                kind=kind,
            )
            >= pages
        ),
        f"{pages} pages of a run",
    )


def lose_webhooks(world: Deployed) -> None:
    world.crm_settings(webhook_drop=1.0)


def forget_events(world: Deployed, branch: Branch) -> None:
    """What capture wrote is gone, as if it had been bypassed."""
    world.administer(
        "delete from crm_outbox_events where record_key = :key and status = 'READY'", key=branch.key
    )


def in_late_stage(world: Deployed, watch: Watch, *branches: Branch) -> None:
    for branch in branches:
        world.edit_lead(branch)
    watch.settle(*branches)


def delete_lead(world: Deployed, branch: Branch) -> None:
    # a repair makes it a second time
    world.meant_doubles.add(branch.taxid)
    world.crm_admin("DELETE", f"/leads/{world.lead(branch)['id']}")


def page_reads(watch: Watch) -> Counter[str]:
    """How often each page of leads was asked for, by the id after which it begins."""
    return Counter(
        found[1]
        for entry in watch.calls("GET")
        if entry["path"].endswith("/Leads") and (found := re.search(r"id gt (\d+)", entry["query"]))
    )


# --------------------------------------------------------------------------- resync


def test_a_resync_mends_both_sides_while_people_go_on_editing(
    world: Deployed, watch: Watch
) -> None:
    lost_in_crm, lost_in_erp, live_in_crm, live_in_erp, both = world.take(5)
    in_late_stage(world, watch, lost_in_crm, live_in_crm, both)
    lose_webhooks(world)
    world.edit_lead(lost_in_crm, ddiPhone="55", phone="11955560001")
    world.edit_lead(both, ddiPhone="55", phone="11955560002")
    world.crm_settings(webhook_drop=0.0)
    world.halt()
    world.set_branch(lost_in_erp, phone="11955560003")
    forget_events(world, lost_in_erp)
    world.daemon()
    world.drain()

    world.crm_settings(answer_delay_seconds=SLOW)
    running = start(world, "resync", "--json")
    wait_for_pages(world, "RESYNC", 1)
    world.set_branch(live_in_erp, phone="11955560004")
    world.edit_lead(live_in_crm, ddiPhone="55", phone="11955560005")
    # what a user does now stands, whatever a page has shown
    world.edit_lead(both, ddiPhone="55", phone="11955560006")
    out, err = running.communicate(timeout=STALL)
    world.crm_settings(answer_delay_seconds=0.0)

    assert running.returncode == 0, err
    expected = {
        lost_in_crm: "11955560001",
        lost_in_erp: "11955560003",
        live_in_crm: "11955560005",
        live_in_erp: "11955560004",
        both: "11955560006",
    }
    watch.settle(*expected)
    assert {branch: world.branch_row(branch)["phone"] for branch in expected} == expected
    assert json.loads(out)["status"] == "DONE"


def test_a_resync_applies_from_the_page_and_makes_no_call_for_it(
    world: Deployed, watch: Watch
) -> None:
    (branch,) = world.take()
    in_late_stage(world, watch, branch)
    lose_webhooks(world)
    world.edit_lead(branch, ddiPhone="55", phone="11955560011")
    before = world.watch()

    row = run_json(world, "resync")

    assert row["records_applied"] == 1
    assert world.branch_row(branch)["phone"] == "11955560011"
    lead = world.lead(branch)["id"]
    assert [entry["query"] for entry in before.calls("GET") if f"eq {lead}" in entry["query"]] == []
    assert before.inbox(branch) == {"APPLIED": 1}
    before.settle(branch)


@pytest.mark.parametrize("point", ["run_before_finish_page", "run_after_finish_page"])
def test_a_killed_resync_goes_on_where_it_was(world: Deployed, watch: Watch, point: str) -> None:
    done = world.cli("resync", check=False, ERPCRM_FAILPOINT=f"{point}:kill@3")
    assert done.returncode == -signal.SIGKILL

    refused = world.cli("resync", check=False)
    row = run_json(world, "resync", "--resume")

    assert refused.returncode == 1
    assert "--resume" in refused.stderr
    assert row["status"] == "DONE"
    twice = {query for query, count in page_reads(watch).items() if count > 1}
    # the page that was under way, and the one that was read ahead meanwhile
    assert len(twice) <= 2
    assert max(page_reads(watch).values()) <= 2
    watch.settle()


def test_a_resync_is_paused_from_another_terminal(world: Deployed, watch: Watch) -> None:
    world.crm_settings(answer_delay_seconds=SLOW)
    running = start(world, "resync")
    wait_for_pages(world, "RESYNC", 1)

    asked = run_json(world, "resync", "pause")
    _, err = running.communicate(timeout=STALL)
    (shown,) = run_json(world, "resync", "status", "--limit", "1")
    world.crm_settings(answer_delay_seconds=0.0)
    row = run_json(world, "resync", "--resume")

    assert asked == {"asked": 1}
    assert running.returncode == 6
    assert "--resume" in err
    assert shown["status"] == "PAUSED"
    assert (row["run_id"], row["status"]) == (shown["run_id"], "DONE")
    assert max(page_reads(watch).values()) <= 2


def test_an_interrupted_resync_says_how_to_go_on(world: Deployed) -> None:
    world.crm_settings(answer_delay_seconds=SLOW)
    running = start(world, "resync")
    wait_for_pages(world, "RESYNC", 1)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=STALL)
    world.crm_settings(answer_delay_seconds=0.0)

    assert running.returncode == 6
    assert "erpcrm resync --resume goes on" in err
    assert run_json(world, "resync", "--restart")["status"] == "DONE"


def test_a_resync_outlives_a_crm_that_fails_for_a_while(world: Deployed) -> None:
    for status in (503, 429):
        world.fault(action="status", status=status, path="Leads", method="GET", count=4)

    assert run_json(world, "resync")["status"] == "DONE"


@pytest.mark.parametrize("words", [("validate",), ("resync",)])
def test_a_crm_that_is_not_there_is_said_at_once_and_opens_no_run(
    world: Deployed, words: tuple[str, ...]
) -> None:
    runs = world.value("select count(*) from crm_sync_runs")
    done = world.cli(*words, check=False, API_URL=f"http://127.0.0.1:{free_port()}")
    assert done.returncode == 1
    assert "does not answer" in done.stderr
    assert "nothing was compared" in done.stderr
    assert world.value("select count(*) from crm_sync_runs") == runs


def test_a_refused_token_is_said_at_once(world: Deployed) -> None:
    done = world.cli("validate", check=False, API_TOKEN="not the token of this CRM")
    assert done.returncode == 1
    assert "refuses" in done.stderr
    assert "not the token" not in done.stderr


def test_without_filters_by_key_all_is_read_by_number(world: Deployed, watch: Watch) -> None:
    for how in ("rejected", "ignored"):
        world.crm_settings(range_filters=how)
        before = world.watch()

        row = run_json(world, "validate", "--entity", "leads")

        assert row["run"]["records_equal"] == len(world.leads()), how
        assert row["findings"] == []
        assert any("skip" in entry["query"] for entry in before.calls("GET"))


# --------------------------------------------------------------------------- absence


def test_absence_ends_a_mirror_row_only_after_looking_twice(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take()
    in_late_stage(world, watch, branch)
    lead = world.lead(branch)["id"]
    erp = world.branch_row(branch)
    world.administer("update crm_settings set value = '1' where name = 'missing_recheck_seconds'")
    world.halt()
    delete_lead(world, branch)

    run_json(world, "resync")
    after_run = ended(world, lead)
    world.daemon()
    world.drain()

    assert after_run == [(None,)]
    assert ended(world, lead) == [("the CRM does not have the lead",)]
    assert world.branch_row(branch) == erp
    looks = world.rows(
        "select attempts, status from crm_inbox_events where crm_id = :lead and source = 'RECONCILE'",
        lead=lead,
    )
    assert looks == [(2, "IGNORED")]
    repair(world)


def ended(world: Deployed, lead: int) -> list[tuple[Any, ...]]:
    return world.rows("select end_reason from leads where id = :lead", lead=lead)


def test_a_lead_that_a_page_left_out_is_looked_up_and_nothing_ends(
    world: Deployed, watch: Watch
) -> None:
    """Pages by number shift when rows go; what slips through is asked for by its id."""
    (branch,) = world.take()
    in_late_stage(world, watch, branch)
    lead = world.lead(branch)["id"]
    world.fault(action="no_rows", path="Leads", method="GET")

    row = run_json(world, "resync", "--entity", "leads")

    assert row["records_read"] >= len(world.leads())
    assert ended(world, lead) == [(None,)]
    assert watch.inbox(branch).keys() <= {"APPLIED", "UNCHANGED"}
    watch.settle(branch)


# --------------------------------------------------------------------------- validate


def repair(world: Deployed) -> None:
    world.cli("validate", "--repair", "--yes", check=False)
    world.drain()


def kinds(result: Any) -> Counter[tuple[str, str, str]]:
    return Counter((f["kind"], f["action"], f["state"]) for f in result["findings"])


def test_validation_finds_one_of_each_kind_and_a_repair_mends_them(
    world: Deployed, watch: Watch, tmp_path: Path
) -> None:
    assert run_json(world, "validate")["findings"] == []
    deleted, changed_in_crm, changed_in_erp, moved, doubled, gone = world.take(6)
    (unsent,) = world.take(in_crm=False)
    in_late_stage(world, watch, deleted, changed_in_crm, gone)
    lose_webhooks(world)
    world.halt()
    delete_lead(world, deleted)
    world.edit_lead(changed_in_crm, ddiPhone="55", phone="11955570001")
    world.edit_lead(moved)
    world.set_branch(changed_in_erp, phone="11955570002")
    world.set_branch(unsent, integrate_crm="S")
    world.set_branch(gone, integrate_crm="N")
    for branch in (changed_in_erp, unsent, gone):
        forget_events(world, branch)
    new_lead(world, name="Padaria Nova Ltda", cpfcnpj="12ABC34501DE35", stage=LATE_STAGE)
    double = new_lead(world, name="Dobro", cpfcnpj=doubled.taxid)
    world.meant_doubles.add(doubled.taxid)
    world.crm_settings(webhook_drop=0.0)
    before = world.watch()
    planted = {
        ("MISSING_IN_CRM", "RENEW", "OPEN"): 1,
        ("MISSING_IN_CRM", "SEND", "OPEN"): 1,
        ("MISSING_IN_ERP", "CONVERT", "OPEN"): 1,
        ("DIFFERENT", "READ", "OPEN"): 1,
        ("DIFFERENT", "SEND", "OPEN"): 1,
        ("MIRROR", "READ", "OPEN"): 1,
        ("DOUBLE", "PERSON", "OPEN"): 1,
        ("EXTRA_IN_CRM", "SEND", "OPEN"): 1,
    }

    found = run_json(world, "validate", code=5)
    dry = run_json(world, "validate", "--repair", code=5)

    assert kinds(found) == planted
    assert kinds(dry) == planted
    assert sum(count["findings"] for count in dry["repair"]) == 8
    assert dry["repaired"] is None
    assert (before.outbox_total(), before.inbox(), before.writes()) == ({}, {}, [])

    page = tmp_path / "report.html"
    done = run_json(world, "validate", "--repair", "--yes", "--html", str(page), code=5)
    assert done["repaired"] == 7
    assert {f["kind"] for f in done["findings"] if f["state"] == "OPEN"} == {"DOUBLE"}
    world.daemon()
    world.drain()
    # a person decides which of two leads stays
    world.crm_admin("POST", f"/leads/{double}/discard", {"reason": "Duplicado"})
    world.drain()

    assert run_json(world, "validate")["findings"] == []
    watch.settle(deleted, changed_in_crm, changed_in_erp, moved, unsent)
    assert world.branch_row(changed_in_crm)["phone"] == "11955570001"
    text = page.read_text(encoding="utf-8")
    assert "<svg" in text
    assert changed_in_crm.key in text
    assert "http" not in text.replace("http-equiv", "")
    assert "11955570001" not in text


def new_lead(world: Deployed, **fields: str) -> int:
    return int(world.crm_admin("POST", "/leads", fields)["id"])


def test_what_is_on_its_way_is_no_difference(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take()
    world.halt()
    world.set_branch(branch, phone="11955570011")

    result = run_json(world, "validate", "--entity", "leads", code=7)

    assert result["findings"] == []
    assert any("at work" in line for line in result["not_compared"])
    # once on its page, once when it was looked up at the end
    assert result["run"]["records_busy"] == 2
    world.daemon()
    watch.settle(branch)


def test_what_is_proven_is_shown(world: Deployed) -> None:
    run_json(world, "validate")
    with world.connect("SYSTEM") as admin, admin.cursor() as cursor:
        cursor.execute("begin crm_sync.crm_jobs.run_convergence; end;")
        admin.commit()

    shown = run_json(world, "status")

    assert shown["convergence"]["proven_percent"] == 100
    assert shown["convergence"]["records_expected"] >= 60
    assert shown["metrics"]["proven_24h_percent"] == 100
    assert "proven equal within 24 h" in world.cli("status").stdout


# --------------------------------------------------------------------------- polling


def poll(world: Deployed, **extra: str) -> None:
    world.daemon(ERPCRM_RELAY__POLL_SECONDS="0.4", ERPCRM_RELAY__POLL_OVERLAP_SECONDS="5", **extra)


def watermark(world: Deployed) -> dict[str, Any]:
    found = world.rows("select resume_position from crm_sync_runs where kind = 'POLL'")
    return dict(json.loads(found[0][0])) if found and found[0][0] else {}


def logged(world: Deployed, start: int) -> str:
    return world.bridge.log.read_bytes()[start:].decode()


def test_edits_arrive_without_any_webhook(world: Deployed, watch: Watch) -> None:
    changed, moved = world.take(2)
    in_late_stage(world, watch, changed)
    lose_webhooks(world)
    poll(world)
    world.wait_for(lambda: watermark(world).get("since"), "the first round")

    world.edit_lead(changed, ddiPhone="55", phone="11955580001")
    world.edit_lead(moved)

    world.wait_for(
        lambda: (
            world.branch_row(changed)["phone"] == "11955580001"
            and ended(world, world.lead(moved)["id"]) == [(None,)]
        ),
        "both edits in the ERP",
    )
    watch.settle(changed, moved)


@pytest.fixture
def contacts_travel(world: Deployed) -> Iterator[None]:
    """Contacts go both ways, budgets and sales have their products."""
    names = ("send_steps", "budget_product_id", "sale_product_id")
    before = dict(world.rows("select name, value from crm_settings"))
    setting = "update crm_settings set value = :value where name = :name"
    for name, value in zip(names, ("S", "10001", "10001"), strict=True):
        world.administer(setting, value=value, name=name)
    yield
    world.daemon()
    world.drain()
    for name in names:
        world.administer(setting, value=before[name], name=name)


@pytest.mark.parametrize("moves", [True, False], ids=["lead time moves", "nothing tells"])
def test_edits_of_persons_arrive_without_any_webhook(
    world: Deployed, watch: Watch, contacts_travel: None, moves: bool
) -> None:
    """Whether the lead's updateDate moves with its persons is the CRM's choice, told by a setting."""
    world.crm_settings(person_moves_lead=moves)
    (branch,) = world.take()
    in_late_stage(world, watch, branch)
    # its persons are agreed, nothing is under way, and no webhook will come any more
    world.set_branch(branch, phone="11955580010")
    watch.settle(branch)
    lead = world.lead(branch)["id"]
    before = world.watch()
    lose_webhooks(world)
    world.administer("delete from crm_sync_runs where kind = 'POLL'")
    poll(world, ERPCRM_RELAY__POLL_PERSONS="with_lead" if moves else "auto")
    world.wait_for(lambda: watermark(world).get("since"), "the first round")

    body = {"leadId": lead, "name": "Nadia Rocha", "email": "nadia@example.com"}
    number = int(world.crm_admin("POST", "/persons", body)["id"])
    world.wait_for(lambda: job_title(world, number) == [(None,)], "the new person in the ERP")
    world.crm_admin("PATCH", f"/persons/{number}", {"jobTitle": "Diretora"})
    world.wait_for(lambda: job_title(world, number) == [("Diretora",)], "the edit in the ERP")
    # there and back: the same values again are news once more
    for title in ("Gerente", "Diretora"):
        world.crm_admin("PATCH", f"/persons/{number}", {"jobTitle": title})
        world.wait_for(
            lambda title=title: job_title(world, number) == [(title,)],  # type: ignore[misc]
            f"{title} in the ERP",
        )

    assert before.writes(branch) == []
    world.administer("delete from crm_sync_runs where kind = 'POLL'")


def job_title(world: Deployed, number: int) -> list[tuple[Any, ...]]:
    return world.rows("select job_title from erp.contacts where id_crm = :id", id=number)


@pytest.mark.parametrize("how", ["rejected", "ignored", "undeclared"])
def test_a_crm_that_does_not_tell_what_changed_is_read_in_turn(
    world: Deployed, watch: Watch, how: str
) -> None:
    (branch,) = world.take()
    in_late_stage(world, watch, branch)
    lose_webhooks(world)
    world.administer("delete from crm_sync_runs where kind = 'POLL'")
    start = world.bridge.log.stat().st_size
    if how == "undeclared":
        poll(world, ERPCRM_RELAY__POLL_FILTER="")
    else:
        world.crm_settings(range_filters=how)
        poll(world)

    world.edit_lead(branch, ddiPhone="55", phone="11955580002")

    world.wait_for(
        lambda: world.branch_row(branch)["phone"] == "11955580002", "the edit in the ERP"
    )
    # with a filter that does not work, the daemon says so and tries it again after each round over all
    assert ("poll_filter_unusable" in logged(world, start)) is (how != "undeclared")
    world.administer("delete from crm_sync_runs where kind = 'POLL'")
    watch.settle(branch)


def test_polling_asks_nothing_again_of_what_it_has_told(world: Deployed, watch: Watch) -> None:
    """An edit that does not come in, by policy, is read once, however often a round shows it."""
    (branch,) = world.take()
    in_late_stage(world, watch, branch)
    poll(world)
    world.wait_for(lambda: watermark(world).get("since"), "the first round")
    world.drain()
    before = world.watch()

    rounds = world.value("select max(pages) from crm_sync_runs where kind = 'POLL'")
    world.wait_for(
        lambda: (
            world.value("select max(pages) from crm_sync_runs where kind = 'POLL'") >= rounds + 4
        ),
        "four rounds",
    )

    assert before.inbox() == {}
    assert before.writes() == []

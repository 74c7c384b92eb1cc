"""``erpcrm migrate`` against a database: fresh, again, interrupted, edited, two at once, taken away."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import oracledb
import pytest
from deployed_world import Deployed
from migration_target import Target, empty_target
from patience import STALL

from devkit.demo.world import ROOT, run_script

_ENOUGH = 8
BAD = """-- V0999__add_something
-- Why:    a mistake, to be corrected.
-- Breaks: no
-- Undo:   drop table something

create table something (n number(3) not null, constraint something_pk primary key (n))
/
insert into something (n) values (1)
/
insert into something (n) values (1234)
/
insert into something (n) values (3)
/
commit
/
"""


@pytest.fixture
def target(
    deployed_world: Deployed, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Target]:
    """With the first migrations only: how they are run does not depend on how many there are."""
    # one schema per test: what a test leaves open does no harm to the next
    with empty_target(deployed_world, tmp_path, name=request.node.name) as made:
        for path in migrations(made)[_ENOUGH:]:
            path.unlink()
        yield made


def migrations(target: Target) -> list[Path]:
    return sorted((target.root / "migrations").glob("V*.sql"))


# --------------------------------------------------------------------------- fresh, again


def test_a_fresh_schema_gets_everything_and_nothing_is_invalid(deployed_world: Deployed) -> None:
    status = json.loads(deployed_world.cli("migrate", "status", "--json").stdout)

    assert status["invalid"] == []
    assert {script["state"] for script in status["scripts"]} == {"DONE"}
    assert {script["pending"] for script in status["scripts"]} == {""}
    names = [script["script"] for script in status["scripts"]]
    assert [name for name in names if name.startswith("migrations/")] == sorted(
        path.relative_to(ROOT).as_posix() for path in (ROOT / "migrations").glob("V*.sql")
    )


def test_a_second_run_applies_nothing(deployed_world: Deployed) -> None:
    before = deployed_world.rows("select script, finished_at from crm_migrations order by script")

    report = json.loads(deployed_world.cli("migrate", "--json").stdout)

    assert (report["scripts"], report["statements"]) == ([], 0)
    assert (
        deployed_world.rows("select script, finished_at from crm_migrations order by script")
        == before
    )


def test_a_dry_run_changes_nothing(target: Target) -> None:
    report = target.report("migrate", "--dry-run")

    assert report["dry_run"] is True
    assert len(report["scripts"]) == len(migrations(target))
    assert target.objects() == []


def test_status_of_an_empty_schema_shows_everything_pending(target: Target) -> None:
    status = target.report("migrate", "status")

    assert {script["pending"] for script in status["scripts"]} == {"new"}
    assert target.objects() == []


# --------------------------------------------------------------------------- failed, resumed


def test_a_failure_names_the_statement_and_the_next_run_resumes_with_it(target: Target) -> None:
    bad = target.root / "migrations/V0999__add_something.sql"
    bad.write_text(BAD, encoding="utf-8")
    first = target.erpcrm("migrate")
    ledger = target.ledger()["migrations/V0999__add_something.sql"]
    bad.write_text(BAD.replace("1234", "2"), encoding="utf-8")
    second = target.report("migrate")

    assert first.returncode == 1
    assert "V0999__add_something.sql, statement 3 (line 10)" in first.stderr
    assert "ORA-01438" in first.stderr
    assert "next: correct the cause" in first.stderr
    assert ledger == ("FAILED", 2, 5)
    assert second["scripts"] == [
        {"script": "migrations/V0999__add_something.sql", "from_statement": 3, "reason": "resumed"}
    ]
    assert target.world.rows(f"select n from {target.schema}.something order by n") == [
        (1,),
        (2,),
        (3,),
    ]


def test_finished_statements_of_a_failed_file_must_not_be_edited(target: Target) -> None:
    bad = target.root / "migrations/V0999__add_something.sql"
    bad.write_text(BAD, encoding="utf-8")
    target.erpcrm("migrate")
    bad.write_text(
        BAD.replace("1234", "2").replace("(n) values (1)\n", "(n) values (9)\n"), encoding="utf-8"
    )

    done = target.erpcrm("migrate")

    assert done.returncode == 1
    assert "must not be edited" in done.stderr


def test_an_applied_file_that_was_edited_is_refused(target: Target) -> None:
    target.report("migrate")
    path = target.root / "migrations/V0003__create_crm_settings.sql"
    path.write_text(path.read_text(encoding="utf-8") + "\n-- an afterthought\n", encoding="utf-8")

    done = target.erpcrm("migrate")

    assert done.returncode == 1
    assert "V0003__create_crm_settings.sql" in done.stderr


def test_a_killed_migration_goes_on_where_it_was(target: Target) -> None:
    """SIGKILL in the middle: the lock ends with the session, the ledger tells where to go on."""
    migration = target.start("migrate")
    assert migration.stderr is not None
    for line in migration.stderr:
        if "V0005" in line:
            break
    migration.kill()
    migration.communicate()
    target.report("migrate")

    assert {state for state, _, _ in target.ledger().values()} == {"DONE"}
    assert target.report("migrate")["scripts"] == []


# --------------------------------------------------------------------------- two at once


@contextmanager
def lock_held(target: Target) -> Iterator[None]:
    """Somebody else migrates."""
    with target.world.connect("SYSTEM") as other, other.cursor() as cursor:
        cursor.execute(
            "declare h varchar2(128); r number; begin"
            f" dbms_lock.allocate_unique('ERPCRM_MIGRATE_{target.schema}', h);"
            " r := dbms_lock.request(h, dbms_lock.x_mode, 0, false); end;"
        )
        yield


def test_migrations_at_once_wait_for_each_other_and_do_the_work_once(target: Target) -> None:
    with lock_held(target):
        running = [target.start("migrate", "--json") for _ in range(2)]
        waiting = [_first_line(process) for process in running]
    outputs = [process.communicate(timeout=2 * STALL) for process in running]
    reports = [json.loads(out) for out, _ in outputs]

    assert ["another migration is running" in line for line in waiting] == [True, True]
    assert [process.returncode for process in running] == [0, 0]
    assert sorted(len(report["scripts"]) for report in reports) == [
        0,
        len(migrations(target)),
    ]


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    return process.stderr.readline()


def test_a_migration_that_waits_too_long_ends_with_an_error(target: Target) -> None:
    with lock_held(target):
        done = target.world.cli(
            "migrate", check=False, **{**target.settings, "ERPCRM_MIGRATE__LOCK_WAIT_SECONDS": "1"}
        )

    assert done.returncode == 1
    assert "Another migration holds the lock" in done.stderr
    assert target.objects() == []


# --------------------------------------------------------------------------- invalid objects


def test_what_does_not_compile_is_reported_with_its_errors(target: Target) -> None:
    folder = target.root / "plsql"
    folder.mkdir()
    (folder / "install.sql").write_text("@@broken.pks\n@@broken.pkb\n", encoding="utf-8")
    (folder / "broken.pks").write_text(
        "create or replace package broken is\n   procedure work;\nend broken;\n/\n",
        encoding="utf-8",
    )
    (folder / "broken.pkb").write_text(
        "create or replace package body broken is\n   procedure work is\n   begin\n      nowhere.gone;\n"
        "   end work;\nend broken;\n/\n",
        encoding="utf-8",
    )

    done = target.erpcrm("migrate")

    assert done.returncode == 1
    assert "invalid: PACKAGE BODY BROKEN" in done.stderr
    assert re.search(
        r"PACKAGE BODY BROKEN 4:7: PLS-00201: identifier 'NOWHERE\.GONE' must be declared",
        done.stderr,
    )


def test_a_schema_that_does_not_exist_is_the_work_of_a_dba(target: Target) -> None:
    done = target.world.cli(
        "migrate", check=False, **{**target.settings, "ERPCRM_MIGRATE__OWNER": "NOBODY_HERE"}
    )

    assert done.returncode == 1
    assert "create_owner.sql" in done.stderr


def test_status_of_a_schema_that_does_not_exist_says_so(target: Target) -> None:
    nobody = {**target.settings, "ERPCRM_MIGRATE__OWNER": "NOBODY_HERE"}
    shown = target.world.cli("migrate", "status", check=False, **nobody)
    listed = target.world.cli("migrate", "status", "--json", check=False, **nobody)
    preview = target.world.cli("migrate", "--dry-run", check=False, **nobody)

    assert (shown.returncode, listed.returncode) == (4, 4)
    assert shown.stdout.startswith("schema NOBODY_HERE does not exist: a DBA runs ")
    assert json.loads(listed.stdout)["exists"] is False
    assert "schema NOBODY_HERE does not exist" in preview.stderr


# --------------------------------------------------------------------------- whole, then taken away


def test_uninstall_leaves_nothing_and_the_erp_goes_on(tmp_path: Path) -> None:
    def objects() -> list[tuple[object, ...]]:
        return world.rows("select object_name from all_objects where owner = 'CRM_SYNC'")

    with Deployed(tmp_path / "world", branches=560) as world:
        world.bring_deployed()
        deployed = objects()
        with world.connect("SYSTEM") as admin:
            admin.current_schema = "CRM_SYNC"
            run_script(admin, ROOT / "plsql/uninstall.sql", {})
        left = objects()
        (branch,) = world.take(in_crm=False)

        world.set_branch(branch, phone="11911110001")

    assert len(deployed) > 80
    assert left == []


def test_the_administrator_needs_no_ownership(target: Target) -> None:
    """The owner cannot log in: everything is done by an administrator in its schema."""
    target.report("migrate")

    with pytest.raises(oracledb.DatabaseError):
        oracledb.connect(user=target.schema, password=target.schema, dsn=target.world.dsn)

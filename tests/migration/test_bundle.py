"""The bundle: what is in it, and what a DBA without Python gets; run by a reader that keeps SQL*Plus's rules."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import oracledb
import pytest
from deployed_world import Deployed
from dump_schema import dump
from migration_target import BAD, GOOD, Client, deployer, grant_erp

from bridge.migrate.scripts import Kind, find_scripts
from devkit.tools.bundle import ROOT, BundleError, build, rights, write


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return build(ROOT)


# --------------------------------------------------------------------------- the archive


def test_two_builds_are_equal_and_the_checksums_are_of_every_file(
    files: dict[str, str], tmp_path: Path
) -> None:
    first = write(files, tmp_path / "a", name="x")
    second = write(build(ROOT), tmp_path / "b", name="x")
    with zipfile.ZipFile(first) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    sums = dict(
        reversed(line.split("  ", 1)) for line in contents.pop("x/SHA256SUMS").decode().splitlines()
    )

    assert first.read_bytes() == second.read_bytes()
    assert {
        name.removeprefix("x/"): hashlib.sha256(data).hexdigest() for name, data in contents.items()
    } == sums


def test_the_bundle_holds_every_script_as_it_is_and_no_python(files: dict[str, str]) -> None:
    for script in find_scripts(ROOT):
        assert files[script.name] == (ROOT / script.name).read_text(encoding="utf-8")
    assert not [name for name in files if name.endswith((".py", ".pyc"))]


def test_the_steps_hold_the_statements_of_the_files_in_their_order(files: dict[str, str]) -> None:
    for script in find_scripts(ROOT):
        folder = f"steps/{script.name.removesuffix('.sql')}"
        once = script.kind is Kind.ONCE
        starts = range(len(script.statements) + 1) if once else range(1)
        for start in starts:
            text = files[f"{folder}/from_{start + 1:03}.sql" if once else f"{folder}.sql"]
            at = 0
            for statement in script.statements[start:]:
                at = text.index(f"\n{statement.text}\n/\n", at)
            recorded = text.count("update crm_migrations\n   set statement_reached = ")
            assert recorded == len(script.statements) - start
            assert text.startswith("set define off\n")
            assert text.endswith("set define on\n")


def test_every_driver_ends_at_the_first_error(files: dict[str, str]) -> None:
    for name in ("install.sql", "prepare.sql", "uninstall.sql", "check_rights.sql"):
        lines = files[name].splitlines()
        assert "whenever sqlerror exit failure rollback" in lines
        assert "whenever oserror exit failure rollback" in lines
        assert "set verify off" in lines  # VERIFY would show the password
        assert lines[-1] == "exit success commit"


def test_the_compiler_is_set_before_anything_is_made(files: dict[str, str]) -> None:
    before, _, _ = files["install.sql"].partition("@@steps/plan.sql")
    for setting in ("plsql_optimize_level = 2", "plsql_warnings = 'disable:all'"):
        assert f"\nalter session set {setting}\n/\n" in before


def test_every_right_has_its_reason(files: dict[str, str]) -> None:
    assert "execute on crm_bridge_api" in rights(files)
    more = files["plsql/admin/grants.sql"] + "grant select on crm_settings to crm_monitor\n/\n"
    with pytest.raises(BundleError, match="select on crm_settings to crm_monitor has no reason"):
        rights({**files, "plsql/admin/grants.sql": more})
    fewer = files["plsql/admin/grants.sql"].replace(
        "grant select on crm_status_v to crm_monitor\n/\n", ""
    )
    with pytest.raises(BundleError, match="select on crm_status_v to crm_monitor is not granted"):
        rights({**files, "plsql/admin/grants.sql": fewer})


# --------------------------------------------------------------------------- run


def ledger(world: Deployed, schema: str) -> list[tuple[Any, ...]]:
    return world.rows(
        "select script, version, description, checksum, applied_checksum, statement_reached,"
        f" statement_count, state from {schema}.crm_migrations order by script"
    )


@pytest.mark.timeout(900)
def test_the_bundle_leaves_what_erpcrm_migrate_leaves(client: Client) -> None:
    target, world = client.target, client.target.world
    grant_erp(target)
    target.with_packages()
    client.unpack(ROOT)
    name = f"{target.schema}_D"
    # whoever deploys has the rights that are listed, and no other
    with deployer(world, name) as password:
        client.account = f"{name}/{password}"
        client.install()

        assert ledger(world, target.schema) == ledger(world, "CRM_SYNC")
        with world.connect("SYSTEM") as admin:
            assert dump(admin, target.schema) == dump(admin, "CRM_SYNC")
        assert target.report("migrate", "--dry-run")["scripts"] == []
        again = client.install()
        assert f"0 of {len(find_scripts(ROOT))} scripts are to be run" in again
        assert "statement 1 of" not in again

        kept = client.run("uninstall.sql", answers="\n")
        assert (kept.returncode, "nothing was taken away" in kept.stdout) == (1, True)
        gone = client.run("uninstall.sql", answers=f"{target.schema}\n")
        assert gone.returncode == 0, gone.stdout[-2000:]
        assert target.objects() == []


def test_preparing_asks_for_the_password_and_shows_it_nowhere(client: Client) -> None:
    world = client.target.world
    names = {
        name: f"{client.target.schema.lower()}_{name[-3:]}"
        for name in ("crm_sync", "crm_bridge", "crm_monitor")
    }
    client.unpack(ROOT)
    for name in ("create_owner.sql", "grants_on_erp.sql"):
        path = client.folder / "plsql/admin" / name
        text = path.read_text(encoding="utf-8")
        for old, new in names.items():
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
    try:
        done = client.run("prepare.sql", answers="\nS3cret!word\n")
        log = (client.folder / "erpcrm_prepare.log").read_text(encoding="utf-8")

        assert done.returncode == 0, done.stdout + done.stderr
        assert "User created." in log
        assert "S3cret" not in done.stdout + done.stderr + log
        oracledb.connect(user=names["crm_bridge"], password="S3cret!word", dsn=world.dsn).close()
    finally:
        # the session ends a moment after its client
        world.wait_for(
            lambda: (
                not world.rows(
                    "select null from v$session where username = upper(:name)",
                    name=names["crm_bridge"],
                )
            ),
            "the session to end",
        )
        world.administer(f"drop user {names['crm_bridge']} cascade")
        world.administer(f"drop user {names['crm_sync']} cascade")
        world.administer(f"drop role {names['crm_monitor']}")


# --------------------------------------------------------------------------- beside erpcrm migrate


def ran(output: str) -> list[str]:
    return re.findall(r"^(\S+), statement 1 of", output, re.M)


def rows(client: Client) -> list[tuple[Any, ...]]:
    return client.target.world.rows(f"select n from {client.target.schema}.a order by n")


def test_the_bundle_goes_on_where_erpcrm_migrate_stopped(small: Client) -> None:
    path = small.target.root / "migrations/V0001__create_a.sql"
    path.write_text(BAD)
    assert small.target.erpcrm("migrate").returncode == 1
    assert small.target.ledger()["migrations/V0001__create_a.sql"] == ("FAILED", 3, 5)
    path.write_text(GOOD)
    small.unpack(small.target.root)

    small.install()

    assert rows(small) == [(1,), (2,)]
    assert {state for state, _, _ in small.target.ledger().values()} == {"DONE"}
    assert small.target.report("migrate")["scripts"] == []


def test_erpcrm_migrate_goes_on_where_the_bundle_stopped(small: Client) -> None:
    path = small.target.root / "migrations/V0001__create_a.sql"
    path.write_text(BAD)
    small.unpack(small.target.root)
    stopped = small.run("install.sql")
    (log,) = small.folder.glob("erpcrm_install_*.log")
    path.write_text(GOOD)
    report = small.target.report("migrate")

    assert stopped.returncode == 1
    assert "ORA-01438" in log.read_text(encoding="utf-8")
    first = report["scripts"][0]  # type: ignore[index]
    assert (first["script"], first["from_statement"]) == ("migrations/V0001__create_a.sql", 4)
    assert rows(small) == [(1,), (2,)]


def test_finished_statements_that_were_edited_are_refused_by_the_bundle(small: Client) -> None:
    path = small.target.root / "migrations/V0001__create_a.sql"
    path.write_text(BAD)
    small.target.erpcrm("migrate")
    path.write_text(GOOD.replace("(1)", "(9)"))
    small.unpack(small.target.root)

    done = small.run("install.sql")

    assert (done.returncode, "must not be edited" in done.stdout) == (1, True)


@pytest.mark.parametrize(
    ("name", "held"), [("one.pks", True), ("two.pks", False)], ids=["reached", "not reached"]
)
def test_the_bundle_runs_what_erpcrm_migrate_would_run(
    small: Client, name: str, held: bool
) -> None:
    small.target.report("migrate")
    path = small.target.root / "plsql" / name
    path.write_text(path.read_text().replace("x number", "x number; y number"))
    plan = [one["script"] for one in small.target.report("migrate", "--dry-run")["scripts"]]  # type: ignore[attr-defined]
    small.unpack(small.target.root)

    output = small.install()

    assert ran(output) == plan
    assert ("plsql/admin/hold_capture.sql" in plan) == held
    assert ("plsql/again.sql" in plan) == (not held)
    assert small.target.report("migrate", "--dry-run")["scripts"] == []


def test_history_that_does_not_fit_is_refused_by_the_bundle(small: Client) -> None:
    small.target.report("migrate")
    (small.target.root / "migrations/V0001__create_a.sql").write_text(GOOD + "-- an afterthought\n")
    small.unpack(small.target.root)
    edited = small.run("install.sql")
    for name in ("V0001__create_a.sql", "undo/U0001__create_a.sql"):
        path = small.target.root / "migrations" / name
        path.rename(path.with_name(path.name.replace("create_a", "create_b")))
    small.unpack(small.target.root)
    missing = small.run("install.sql")

    assert "V0001__create_a.sql: applied files must not be edited" in edited.stdout
    assert "applied, but missing here: migrations/V0001__create_a.sql" in missing.stdout
    assert (edited.returncode, missing.returncode) == (1, 1)


def test_a_client_of_another_character_set_is_refused_before_anything_is_made(
    small: Client,
) -> None:
    small.unpack(small.target.root)

    for nls_lang in ("", "AMERICAN_AMERICA.WE8MSWIN1252"):
        done = small.run("install.sql", nls_lang=nls_lang)
        assert (done.returncode, "set NLS_LANG=.AL32UTF8" in done.stdout) == (1, True)
    assert small.target.objects() == []


def test_the_bundle_and_erpcrm_migrate_share_one_lock(small: Client) -> None:
    small.unpack(small.target.root)
    with small.target.world.connect("SYSTEM") as other, other.cursor() as cursor:
        cursor.execute(
            "declare h varchar2(128); r number; begin"
            f" dbms_lock.allocate_unique('ERPCRM_MIGRATE_{small.target.schema}', h);"
            " r := dbms_lock.request(h, dbms_lock.x_mode, 0, false); end;"
        )
        done = small.run("install.sql")

    assert (done.returncode, "another deployment" in done.stdout) == (1, True)
    assert small.target.objects() == []


def test_a_schema_that_is_not_there_is_named_by_the_bundle(small: Client) -> None:
    small.unpack(small.target.root, **{small.target.schema: "NOBODY_HERE"})

    done = small.run("install.sql")

    assert (
        done.returncode,
        "schema NOBODY_HERE does not exist: run prepare.sql" in done.stdout,
    ) == (1, True)


def test_a_dry_run_as_sql_is_a_script_that_does_what_the_run_would_do(small: Client) -> None:
    """Begun by one tool, printed by another, run by a third: the ledger is one."""
    path = small.target.root / "migrations/V0001__create_a.sql"
    path.write_text(BAD)
    small.target.erpcrm("migrate")
    path.write_text(GOOD)
    printed = small.target.erpcrm("migrate", "--dry-run", "--sql")
    (small.folder / "review.sql").write_text(printed.stdout, encoding="utf-8")
    before = small.target.ledger()
    done = small.run("review.sql")

    assert printed.returncode == 0, printed.stderr
    assert before["migrations/V0001__create_a.sql"] == ("FAILED", 3, 5)
    assert "create table a " not in printed.stdout
    assert "insert into a (n) values (2)\n/\n" in printed.stdout
    assert done.returncode == 0, done.stdout + done.stderr
    assert rows(small) == [(1,), (2,)]
    assert small.target.report("migrate")["scripts"] == []


def test_sql_without_dry_run_is_a_mistake_in_the_usage(small: Client) -> None:
    assert small.target.erpcrm("migrate", "--sql").returncode == 2
    assert small.target.erpcrm("migrate", "--dry-run", "--sql", "--json").returncode == 2


def test_the_report_of_a_deployment_is_json(small: Client) -> None:
    done = small.target.erpcrm("migrate", "--json")

    assert set(json.loads(done.stdout)) >= {"schema", "scripts", "statements", "recompiled"}

"""The command line against a deployed database: help, JSON, exit codes, secrets."""

from __future__ import annotations

import json
import re

import pytest
from deployed_world import Deployed, Watch

from devkit.demo.world import ROOT

COMMANDS = [
    ["migrate"],
    ["migrate", "status"],
    ["run"],
    ["status"],
    ["load"],
    ["diff"],
    ["settings", "show"],
    ["version"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_ends_with_examples(deployed_world: Deployed, words: list[str]) -> None:
    done = deployed_world.cli(*words, "--help")
    _, found, examples = done.stdout.replace("Example:", "Examples:").partition("Examples:")

    assert found
    assert f"erpcrm {' '.join(words)}" in " ".join(examples.split())


@pytest.mark.parametrize(
    "words",
    [
        ["migrate", "--dry-run"],
        ["migrate", "status"],
        ["status"],
        ["load"],
        ["settings", "show"],
        ["version"],
    ],
    ids=" ".join,
)
def test_json_is_all_that_is_printed(deployed_world: Deployed, words: list[str]) -> None:
    done = deployed_world.cli(*words, "--json")

    assert json.loads(done.stdout)


def test_status_shows_the_metrics_of_the_database(world: Deployed, watch: Watch) -> None:
    shown = json.loads(world.cli("status", "--json").stdout)

    newest = max(path.name[1:5] for path in (ROOT / "migrations").glob("V*.sql"))
    assert shown["schema_version"] == newest
    assert set(shown["metrics"]) == set(world.status())
    assert shown["metrics"]["records_total"] == world.status()["records_total"]


def test_settings_hide_every_secret(deployed_world: Deployed) -> None:
    settings = deployed_world.settings()
    secrets = [
        settings[name]
        for name in (
            "DB_PASSWD",
            "API_TOKEN",
            "ERPCRM_MIGRATE__PASSWORD",
            "ERPCRM_WEB__TOKEN",
            "ERPCRM_WEB__API_TOKEN",
            "ERPCRM_LOG__PEPPER",
        )
    ]
    shown = (
        deployed_world.cli("settings", "show").stdout
        + deployed_world.cli("settings", "show", "--json").stdout
    )

    assert all(secrets)
    assert [secret for secret in secrets if secret in shown] == []
    assert "********" in shown


def test_a_setting_that_is_missing_ends_with_3(deployed_world: Deployed) -> None:
    done = deployed_world.cli("run", check=False, API_TOKEN="")

    assert done.returncode == 3
    assert "ERPCRM_CRM__TOKEN" in done.stderr


def test_a_setting_that_is_not_known_ends_with_3_and_a_suggestion(deployed_world: Deployed) -> None:
    done = deployed_world.cli("status", check=False, ERPCRM_RELAY__SLOT="4")

    assert done.returncode == 3
    assert "did you mean ERPCRM_RELAY__SLOTS?" in done.stderr


def test_another_version_of_the_api_ends_with_4(world: Deployed) -> None:
    """As after a deploy of a newer schema, with the old daemon still installed."""
    world.halt()
    names = ("crm_bridge_api", "PACKAGE")
    spec = "".join(
        line
        for (line,) in world.rows(
            "select text from all_source where owner = 'CRM_SYNC' and name = upper(:name) and type = :kind"
            " order by line",
            name=names[0],
            kind=names[1],
        )
    )
    newer = re.sub(r"(api_version\s+constant pls_integer := )1;", r"\g<1>2;", spec)
    assert newer.count("constant pls_integer := 2") == 2
    world.administer(f"create or replace {newer}")
    try:
        shown = world.cli("status", check=False)
        ran = world.cli("run", check=False)
    finally:
        world.administer(f"create or replace {spec}")

    assert (shown.returncode, ran.returncode) == (4, 4)
    assert "version" in shown.stderr
    assert world.cli("status", check=False).returncode == 0


def test_a_database_that_is_not_there_ends_with_1(deployed_world: Deployed) -> None:
    done = deployed_world.cli("status", check=False, ERPCRM_DATABASE__DSN="127.0.0.1:1/FREEPDB1")

    assert done.returncode == 1
    assert "DPY-6005" in done.stderr
    assert (
        "log-on to 127.0.0.1:1/FREEPDB1 as CRM_BRIDGE (ERPCRM_DATABASE__USER) failed" in done.stderr
    )
    assert "check host and port in ERPCRM_DATABASE__DSN" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_deployment_that_cannot_log_on_says_where_as_whom_and_what_next(
    deployed_world: Deployed,
) -> None:
    away = deployed_world.cli("migrate", check=False, ERPCRM_MIGRATE__DSN="127.0.0.1:1/FREEPDB1")
    wrong = deployed_world.cli("migrate", "status", check=False, ERPCRM_MIGRATE__PASSWORD="wrong")

    assert (away.returncode, wrong.returncode) == (1, 1)
    account = deployed_world.settings()["ERPCRM_MIGRATE__USER"]
    assert f"log-on to 127.0.0.1:1/FREEPDB1 as {account} (ERPCRM_MIGRATE__USER)" in away.stderr
    assert "check host and port in ERPCRM_MIGRATE__DSN" in away.stderr
    assert "ORA-01017" in wrong.stderr
    assert f"log-on to {deployed_world.dsn} as {account}" in wrong.stderr
    assert "correct ERPCRM_MIGRATE__PASSWORD" in wrong.stderr


def test_a_database_without_the_integration_says_what_to_run(deployed_world: Deployed) -> None:
    done = deployed_world.cli("status", check=False, ERPCRM_DATABASE__OWNER="ERP")

    assert done.returncode == 1
    assert "ERP.crm_bridge_api is missing, invalid or not granted to CRM_BRIDGE" in done.stderr


def test_an_engine_that_is_not_known_ends_with_an_error_and_no_traceback(
    deployed_world: Deployed,
) -> None:
    done = deployed_world.cli("diff", "--engine", "abacus", check=False)

    assert done.returncode in (1, 2)
    assert "engine" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_daemon_stops_in_order_on_sigterm(world: Deployed, watch: Watch) -> None:
    (branch,) = world.take()
    daemon = world.bridge
    world.set_branch(branch, phone="11966660001")
    code = daemon.stop()
    world.daemon()
    watch.settle(branch)

    assert code == 0
    assert len(watch.writes(branch)) == 1

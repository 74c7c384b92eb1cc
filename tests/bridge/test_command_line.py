"""The command line: exit codes, JSON, help; what needs a database is tested elsewhere."""

from __future__ import annotations

import json
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from bridge.cli import app as command_line
from bridge.cli.app import app, main
from bridge.cli.exits import Exit, exit_code
from bridge.errors import BridgeError, SchemaIncompatible, SettingsError

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DB_USER", "DB_PASSWD", "DB_HOST", "DB_PORT", "API_URL", "API_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    "words",
    [
        ["migrate"],
        ["migrate", "status"],
        ["run"],
        ["status"],
        ["load"],
        ["diff"],
        ["settings", "show"],
        ["version"],
    ],
)
def test_every_command_explains_itself_with_an_example(words: list[str]) -> None:
    result = RUNNER.invoke(app, [*words, "--help"])

    assert result.exit_code == 0
    assert "erpcrm" in result.output.split("Options")[-1]


def test_the_version_as_json() -> None:
    result = RUNNER.invoke(app, ["version", "--json"])

    assert json.loads(result.output) == {"version": "0.1.0", "api_version": 1}


def test_settings_are_shown_with_their_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "s3cret")
    result = RUNNER.invoke(app, ["settings", "show", "--json"])
    rows = {row["name"]: row for row in json.loads(result.output)}

    assert rows["ERPCRM_CRM__TOKEN"] == {
        "name": "ERPCRM_CRM__TOKEN",
        "value": "********",
        "origin": "environment",
    }


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SettingsError("x"), Exit.SETTINGS),
        (SchemaIncompatible(expected=1, found=2), Exit.SCHEMA),
        (BridgeError("x"), Exit.FAILURE),
    ],
)
def test_errors_have_exit_codes(error: BridgeError, code: Exit) -> None:
    assert exit_code(error) is code


def test_a_missing_setting_ends_with_3_and_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["erpcrm", "run"])

    with pytest.raises(SystemExit) as caught:
        main()

    assert caught.value.code == 3
    assert "ERPCRM_CRM__URL" in capsys.readouterr().err


def test_a_wrong_option_ends_with_2() -> None:
    assert RUNNER.invoke(app, ["status", "--nonsense"]).exit_code == 2


@pytest.mark.parametrize(
    ("words", "missing", "code"),
    [(["diff"], 0, 0), (["diff"], 2, 5), (["diff", "--repair"], 2, 0)],
)
def test_differences_end_with_5_unless_they_are_repaired(
    monkeypatch: pytest.MonkeyPatch, words: list[str], missing: int, code: int
) -> None:
    asked: dict[str, Any] = {}

    def run_diff(**arguments: Any) -> SimpleNamespace:
        asked.update(arguments)
        return SimpleNamespace(
            run_id=1,
            rows_compared=10,
            missing=missing,
            changed=0,
            extra=0,
            repaired=missing,
            seconds=0.1,
            keys=["1-1"] * missing,
        )

    module = ModuleType("spark_offload.cli")
    module.run_diff = run_diff  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "spark_offload.cli", module)

    result = RUNNER.invoke(app, [*words, "--json", "--engine", "duckdb", "--partitions", "2"])

    assert result.exit_code == code
    assert json.loads(result.output)["missing"] == missing
    assert (asked["engine"], asked["partitions"], asked["repair"]) == (
        "duckdb",
        2,
        "--repair" in words,
    )


def test_status_forecasts_the_drain_at_the_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERPCRM_CRM__QUOTA_CALLS", "30")
    monkeypatch.setenv("ERPCRM_CRM__QUOTA_SECONDS", "20")
    metrics = {"outbox_pending": 28.0, "outbox_inflight": 2.0}
    monkeypatch.setattr(command_line, "_with_database", lambda settings, work: (metrics, "0010"))

    result = RUNNER.invoke(app, ["status", "--json"])

    assert json.loads(result.output)["drain_forecast_seconds"] == 20.0

"""The command line: exit codes, JSON, help; what needs a database is tested elsewhere."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from bridge.cli import app as command_line
from bridge.cli import parked
from bridge.cli.app import app, main
from bridge.cli.exits import Exit, exit_code
from bridge.errors import BridgeError, SchemaIncompatible, SettingsError
from bridge.oracle.operator import ParkedItem

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
        ["parked", "list"],
        ["parked", "show"],
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


# --------------------------------------------------------------------------- parked


def parked_item(**values: Any) -> ParkedItem:
    return ParkedItem(
        **{
            "direction": "OUTBOX",
            "event_id": 17,
            "record_key": "1001-1",
            "crm_id": None,
            "attempts": 3,
            "reason_class": "validation",
            "detail": "the CRM refuses the phone",
            "created_on": dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC),
            "parked_on": dt.datetime(2026, 3, 1, 12, 5, tzinfo=dt.UTC),
            **values,
        }
    )


class Desk:
    """Keeps what was asked, and answers with the items given."""

    def __init__(self, *items: ParkedItem) -> None:
        self.items = items
        self.asked: dict[str, Any] = {}

    async def parked(self, **asked: Any) -> list[ParkedItem]:
        self.asked = asked
        return list(self.items[: asked["limit"]])


@pytest.fixture
def seat(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Desk]:
    def take(*items: ParkedItem) -> Desk:
        desk = Desk(*items)
        monkeypatch.setattr(parked, "with_desk", lambda _, work: asyncio.run(work(desk)))
        return desk

    return take


def test_the_list_of_parked_items_is_narrowed_as_asked(seat: Callable[..., Desk]) -> None:
    desk = seat(parked_item())
    words = ["--kind", "outbox", "--record", "1001-1", "--reason", "validation", "--limit", "5"]

    result = RUNNER.invoke(app, ["parked", "list", *words, "--json"])

    assert desk.asked == {
        "direction": "OUTBOX",
        "record_key": "1001-1",
        "reason_class": "validation",
        "limit": 6,
    }
    shown = json.loads(result.output)
    assert [item["event_id"] for item in shown["items"]] == [17]
    assert shown["has_more"] is False


def test_a_list_of_parked_items_that_is_cut_says_so(seat: Callable[..., Desk]) -> None:
    seat(parked_item(event_id=1), parked_item(event_id=2), parked_item(event_id=3))

    shown = json.loads(RUNNER.invoke(app, ["parked", "list", "--limit", "2", "--json"]).output)

    assert [item["event_id"] for item in shown["items"]] == [1, 2]
    assert shown["has_more"] is True


def test_parked_items_are_a_line_each_outside_a_terminal(seat: Callable[..., Desk]) -> None:
    seat(parked_item(), parked_item(direction="INBOX", event_id=4, record_key=None, crm_id=42))

    lines = RUNNER.invoke(app, ["parked", "list"]).stdout.splitlines()

    assert lines[0].split("\t")[:4] == ["outbox", "17", "1001-1", "-"]
    assert lines[1].split("\t")[:4] == ["inbox", "4", "-", "42"]


def test_one_parked_item_is_shown_whole(seat: Callable[..., Desk]) -> None:
    desk = seat(parked_item(direction="INBOX", event_id=4))

    shown = json.loads(
        RUNNER.invoke(app, ["parked", "show", "4", "--kind", "inbox", "--json"]).output
    )

    assert (desk.asked["direction"], desk.asked["event_id"]) == ("INBOX", 4)
    assert shown["detail"] == "the CRM refuses the phone"


def test_an_item_that_is_not_parked_is_an_error(
    seat: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seat()
    monkeypatch.setattr(sys, "argv", ["erpcrm", "parked", "show", "9"])

    with pytest.raises(SystemExit) as caught:
        main()

    assert caught.value.code == 1
    assert "nothing is parked as outbox 9" in capsys.readouterr().err

"""The command line: exit codes, JSON, help; what needs a database is tested elsewhere."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import sys
from collections.abc import Callable
from contextlib import nullcontext
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from bridge.cli import app as command_line
from bridge.cli import desk as operators_desk
from bridge.cli import render
from bridge.cli.app import app, main
from bridge.cli.exits import Exit, exit_code
from bridge.domain.operations import ParkedItem
from bridge.errors import BridgeError, SchemaIncompatible, SettingsError
from bridge.migrate.runner import MigrationReport, MigrationStatus
from bridge.oracle.operator import Happening, ParkedFilter

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
        ["parked", "replay"],
        ["parked", "skip"],
        ["conflicts", "list"],
        ["conflicts", "show"],
        ["conflicts", "resolve"],
        ["why"],
        ["version"],
        ["resync"],
        ["resync", "pause"],
        ["resync", "status"],
        ["validate"],
        ["validate", "pause"],
        ["validate", "status"],
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
        (SchemaIncompatible(expected=1, found=2, next_step="x"), Exit.SCHEMA),
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


PROOF = {
    "records_expected": 200.0,
    "records_proven": 150.0,
    "records_different": 1.0,
    "records_outside": 0.0,
    "proven_percent": 75.0,
    "oldest_seconds": 90_000.0,
    "oldest_record_key": "1001-1",
}


def test_status_forecasts_the_drain_at_the_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERPCRM_CRM__QUOTA_CALLS", "30")
    monkeypatch.setenv("ERPCRM_CRM__QUOTA_SECONDS", "20")
    metrics = {"outbox_pending": 28.0, "outbox_inflight": 2.0}
    monkeypatch.setattr(
        command_line, "_with_database", lambda settings, work: (metrics, "0010", PROOF)
    )

    shown = json.loads(RUNNER.invoke(app, ["status", "--json"]).output)
    text = RUNNER.invoke(app, ["status"]).output

    assert shown["drain_forecast_seconds"] == 20.0
    assert shown["advice"] == []
    assert shown["convergence"]["proven_percent"] == 75.0
    assert "75 % (150 of 200)" in text
    assert "1001-1, 25.0 h" in text


@pytest.mark.parametrize(
    ("metric", "setting"),
    [
        ("steps_switched_off", "send_steps"),
        ("budget_product_missing", "budget_product_id"),
        ("sale_product_missing", "sale_product_id"),
        ("capture_triggers_missing", "trigger of capture is missing"),
        ("capture_triggers_off", "trigger of capture is switched off"),
        ("capture_triggers_invalid", "trigger of capture does not compile"),
    ],
)
def test_status_says_what_keeps_something_back(
    monkeypatch: pytest.MonkeyPatch, metric: str, setting: str
) -> None:
    metrics = {"outbox_pending": 0.0, metric: 1.0}
    monkeypatch.setattr(
        command_line, "_with_database", lambda settings, work: (metrics, "0010", PROOF)
    )

    [text] = json.loads(RUNNER.invoke(app, ["status", "--json"]).output)["advice"]
    assert setting in text
    shown = RUNNER.invoke(app, ["status"])
    assert setting in shown.output + shown.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["resync", "--resume", "--restart"],
        ["validate", "--resume", "--restart"],
        ["validate", "--yes"],
        ["validate", "--entity", "cities"],
    ],
)
def test_what_contradicts_itself_ends_with_2(words: list[str]) -> None:
    assert RUNNER.invoke(app, words).exit_code == 2


@pytest.mark.parametrize("command", ["resync", "validate"])
def test_a_run_without_the_crm_names_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["erpcrm", command])

    with pytest.raises(SystemExit) as caught:
        main()

    assert caught.value.code == 3
    assert "ERPCRM_CRM__URL" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["resync", "validate"])
def test_a_run_is_refused_before_it_is_opened_where_the_adapter_has_no_pages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    for name, value in {
        "ERPCRM_CRM__ADAPTER": "hubspot",
        "ERPCRM_CRM__URL": "http://127.0.0.1:1",
        "ERPCRM_CRM__TOKEN": "t",
        # the database would not answer either, and is not asked
        "ERPCRM_DATABASE__PORT": "1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["erpcrm", command])

    with pytest.raises(SystemExit) as caught:
        main()

    assert caught.value.code == 3
    assert "hubspot does not read a CRM page by page" in capsys.readouterr().err


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

    def __init__(self, *items: ParkedItem | Happening) -> None:
        self.items = items
        self.asked: list[Any] = []

    async def parked(self, which: ParkedFilter, *, limit: int) -> list[Any]:
        self.asked.append((which, limit))
        return list(self.items[:limit])

    async def replay(self, which: ParkedFilter, *, by: str) -> int:
        self.asked.append((which, by))
        return len(self.items)

    async def skip(self, which: ParkedFilter, *, reason: str, by: str) -> int:
        self.asked.append((which, reason, by))
        return len(self.items)

    async def history(self, record_key: str, *, limit: int) -> list[Any]:
        self.asked.append((record_key, limit))
        return list(self.items[-limit:])


@pytest.fixture
def seat(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Desk]:
    def take(*items: ParkedItem | Happening) -> Desk:
        desk = Desk(*items)
        monkeypatch.setattr(operators_desk, "with_desk", lambda _, work: asyncio.run(work(desk)))
        return desk

    return take


def test_the_list_of_parked_items_is_narrowed_as_asked(seat: Callable[..., Desk]) -> None:
    desk = seat(parked_item())
    words = ["--kind", "outbox", "--record", "1001-1", "--reason", "validation", "--limit", "5"]

    result = RUNNER.invoke(app, ["parked", "list", *words, "--json"])

    which = ParkedFilter(kind="OUTBOX", record_key="1001-1", reason_class="validation")
    assert desk.asked == [(which, 6)]
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

    assert desk.asked == [(ParkedFilter(kind="INBOX", event_id=4), 1)]
    assert shown["detail"] == "the CRM refuses the phone"


@pytest.mark.parametrize(
    "words",
    [
        ["parked", "show", "9"],
        ["parked", "replay", "9"],
        ["parked", "skip", "9", "--because", "a test"],
        ["why", "9-9"],
    ],
    ids=" ".join,
)
def test_what_is_not_there_ends_with_1(
    seat: Callable[..., Desk],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
) -> None:
    seat()
    monkeypatch.setattr(sys, "argv", ["erpcrm", *words])

    with pytest.raises(SystemExit) as caught:
        main()

    assert caught.value.code == 1
    assert "nothing is" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "which"),
    [
        (["17"], ParkedFilter(kind="OUTBOX", event_id=17)),
        (["4", "--kind", "inbox"], ParkedFilter(kind="INBOX", event_id=4)),
        (["--record", "1001-1"], ParkedFilter(record_key="1001-1")),
        (["--reason", "validation"], ParkedFilter(reason_class="validation")),
        (["--all"], ParkedFilter()),
    ],
)
def test_one_some_or_all_parked_items_are_replayed(
    seat: Callable[..., Desk], words: list[str], which: ParkedFilter
) -> None:
    desk = seat(parked_item())

    result = RUNNER.invoke(app, ["parked", "replay", *words, "--by", "ana", "--json"])

    assert json.loads(result.output) == {"replayed": 1}
    assert desk.asked == [(which, "ana")]


@pytest.mark.parametrize("words", [[], ["17", "--all"], ["--record", "1001-1", "--all"]])
def test_all_has_to_be_said_and_said_alone(seat: Callable[..., Desk], words: list[str]) -> None:
    desk = seat(parked_item())

    replayed = RUNNER.invoke(app, ["parked", "replay", *words])
    skipped = RUNNER.invoke(app, ["parked", "skip", *words, "--because", "a test"])

    assert (replayed.exit_code, skipped.exit_code) == (2, 2)
    assert desk.asked == []


def test_giving_up_needs_a_reason(seat: Callable[..., Desk]) -> None:
    desk = seat(parked_item())

    without = RUNNER.invoke(app, ["parked", "skip", "17", "--by", "ana"])
    with_one = RUNNER.invoke(app, ["parked", "skip", "17", "--because", "gone", "--by", "ana"])

    assert (without.exit_code, with_one.exit_code) == (2, 0)
    assert desk.asked == [(ParkedFilter(kind="OUTBOX", event_id=17), "gone", "ana")]


def test_a_filter_names_only_what_narrows() -> None:
    assert json.loads(ParkedFilter().as_json()) == {}
    assert json.loads(ParkedFilter(kind="INBOX", event_id=4).as_json()) == {
        "kind": "INBOX",
        "event_id": 4,
    }


# --------------------------------------------------------------------------- why


def happening(number: int, what: str) -> Happening:
    return Happening(
        record_key="1001-1",
        crm_id=42,
        happened_on=dt.datetime(2026, 3, 1, 12, 0, number, tzinfo=dt.UTC),
        direction="ERP to CRM",
        happening=what,
        item_id=17,
        attempt=None,
        outcome=None,
        actor=None,
        detail=None,
    )


def test_why_shows_the_last_happenings_in_their_order(seat: Callable[..., Desk]) -> None:
    desk = seat(
        happening(1, "changed in the ERP"), happening(2, "claimed"), happening(3, "settled")
    )

    shown = json.loads(RUNNER.invoke(app, ["why", "1001-1", "--limit", "2", "--json"]).output)
    lines = RUNNER.invoke(app, ["why", "1001-1"]).stdout.splitlines()

    assert [line["happening"] for line in shown["happenings"]] == ["claimed", "settled"]
    assert shown["has_more"] is True
    assert [line.split("\t")[2] for line in lines] == ["changed in the ERP", "claimed", "settled"]
    assert desk.asked == [("1001-1", 3), ("1001-1", 201)]


@pytest.mark.parametrize("words", [["migrate", "status"], ["migrate", "--dry-run"]])
def test_what_is_only_looked_at_names_the_rights_that_are_missing(
    monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    lacks = ("CREATE ANY TRIGGER", "MANAGE ANY QUEUE")
    runner = SimpleNamespace(
        status=lambda: MigrationStatus(
            schema="CRM_SYNC",
            exists=True,
            scripts=(),
            ledger={},
            pending=(),
            invalid=(),
            missing_rights=lacks,
        ),
        preview=lambda: MigrationReport(
            schema="CRM_SYNC",
            dry_run=True,
            steps=(),
            statements=0,
            seconds=0.0,
            missing_rights=lacks,
        ),
    )
    monkeypatch.setattr(command_line, "_executor", lambda settings: nullcontext())
    monkeypatch.setattr(command_line, "_runner", lambda settings, executor, quiet: runner)

    shown = RUNNER.invoke(app, words)

    assert "lacks" in shown.output + shown.stderr
    assert "CREATE ANY TRIGGER, MANAGE ANY QUEUE" in shown.output + shown.stderr
    assert json.loads(RUNNER.invoke(app, [*words, "--json"]).stdout)["missing_rights"] == list(
        lacks
    )


def test_a_count_that_was_ended_is_shown_as_such() -> None:
    shown = render.status_rows({"outbox_pending": 100_000.0, "records_total": 100_000.0})

    assert shown == [("outbox pending", "100,000 or more"), ("records total", "100,000")]

"""``erpcrm conflicts``: what is shown, what is hidden, what is asked of the database."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from bridge.cli import conflicts
from bridge.cli import desk as operators_desk
from bridge.cli.app import app, main
from bridge.errors import DataRejected
from bridge.oracle.operator import Conflict

RUNNER = CliRunner()
CONFLICT = Conflict(
    conflict_id=3,
    record_key="1001-1",
    crm_id=42,
    field_name="phone",
    base_value=None,
    erp_value="11900000001",
    crm_value="11988887777",
    status="OPEN",
    choice=None,
    resolved_value=None,
    opened_on=dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC),
    resolved_on=None,
    resolved_by=None,
)


class Desk:
    """Answers with the conflicts given; resolving fails with the codes given, one after the other."""

    def __init__(self, found: list[Conflict], codes: list[str]) -> None:
        self.found = found
        self.codes = codes
        self.asked: list[dict[str, Any]] = []

    async def conflicts(self, **asked: Any) -> list[Conflict]:
        self.asked.append(asked)
        return self.found[: asked["limit"]]

    async def resolve(self, conflict_id: int, **asked: Any) -> None:
        self.asked.append({"conflict_id": conflict_id, **asked})
        if self.codes:
            raise DataRejected(code=self.codes.pop(0), statement="resolve_conflict")


@pytest.fixture
def seat(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Desk]:
    monkeypatch.setattr(conflicts, "_TRY_SECONDS", 0)

    def take(*found: Conflict, codes: list[str] | None = None) -> Desk:
        desk = Desk(list(found), codes or [])
        monkeypatch.setattr(operators_desk, "with_desk", lambda _, work: asyncio.run(work(desk)))
        return desk

    return take


@pytest.mark.parametrize("words", [["list"], ["show", "3"]])
def test_values_are_hidden_until_they_are_asked_for(
    seat: Callable[..., Desk], words: list[str]
) -> None:
    seat(CONFLICT)

    hidden = RUNNER.invoke(app, ["conflicts", *words, "--json"]).output
    as_text = RUNNER.invoke(app, ["conflicts", *words]).output
    shown = RUNNER.invoke(app, ["conflicts", *words, "--values", "--json"]).output

    assert "11900000001" not in hidden + as_text
    assert "11988887777" not in hidden + as_text
    assert "11900000001" in shown
    assert "11988887777" in shown


def test_an_empty_value_is_shown_as_empty_also_when_masked(seat: Callable[..., Desk]) -> None:
    seat(CONFLICT)

    shown = json.loads(RUNNER.invoke(app, ["conflicts", "show", "3", "--json"]).output)

    assert (shown["base_value"], shown["erp_value"]) == (None, "********")


@pytest.mark.parametrize(("words", "status"), [([], "OPEN"), (["--all"], None)])
def test_only_open_conflicts_are_listed_unless_all_are_asked_for(
    seat: Callable[..., Desk], words: list[str], status: str | None
) -> None:
    desk = seat(CONFLICT, CONFLICT)

    listed = RUNNER.invoke(app, ["conflicts", "list", *words, "--limit", "1", "--json"])

    assert desk.asked == [{"status": status, "record_key": None, "limit": 2}]
    assert json.loads(listed.output)["has_more"] is True


@pytest.mark.parametrize(
    ("words", "choice", "value"),
    [
        (["--take", "erp"], "ERP", None),
        (["--take", "crm"], "CRM", None),
        (["--value", "1133330000"], "VALUE", "1133330000"),
        (["--value", ""], "VALUE", None),
    ],
)
def test_a_conflict_is_resolved_with_a_side_or_a_value(
    seat: Callable[..., Desk], words: list[str], choice: str, value: str | None
) -> None:
    desk = seat()

    result = RUNNER.invoke(app, ["conflicts", "resolve", "3", *words, "--by", "ana", "--json"])

    assert json.loads(result.output) == {"conflict_id": 3, "choice": choice}
    assert desk.asked == [{"conflict_id": 3, "choice": choice, "value": value, "by": "ana"}]


@pytest.mark.parametrize("words", [[], ["--take", "erp", "--value", "x"], ["--take", "nobody"]])
def test_a_decision_must_be_one_decision(seat: Callable[..., Desk], words: list[str]) -> None:
    desk = seat()

    assert RUNNER.invoke(app, ["conflicts", "resolve", "3", *words]).exit_code == 2
    assert desk.asked == []


def test_a_decision_waits_until_the_record_is_free(seat: Callable[..., Desk]) -> None:
    desk = seat(codes=["ORA-20402", "ORA-20402"])

    result = RUNNER.invoke(app, ["conflicts", "resolve", "3", "--take", "erp"])

    assert result.exit_code == 0
    assert len(desk.asked) == 3


@pytest.mark.parametrize(
    ("codes", "sentence", "tries"),
    [
        (["ORA-20400"], "not an open conflict", 1),
        (["ORA-20401"], "not in the mirror", 1),
        (["ORA-20402"] * 99, "being worked on", 20),
        (["ORA-12899"], "ORA-12899 in resolve_conflict", 1),
    ],
)
def test_a_decision_that_is_not_possible_ends_with_1_and_its_reason(
    seat: Callable[..., Desk],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    codes: list[str],
    sentence: str,
    tries: int,
) -> None:
    desk = seat(codes=codes)
    monkeypatch.setattr(sys, "argv", ["erpcrm", "conflicts", "resolve", "3", "--take", "erp"])

    with pytest.raises(SystemExit) as caught:
        main()

    assert caught.value.code == 1
    assert sentence in capsys.readouterr().err
    assert len(desk.asked) == tries


def test_a_conflict_that_does_not_exist_ends_with_1(
    seat: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seat()
    monkeypatch.setattr(sys, "argv", ["erpcrm", "conflicts", "show", "9"])

    with pytest.raises(SystemExit) as caught:
        main()

    assert caught.value.code == 1
    assert "there is no conflict 9" in capsys.readouterr().err

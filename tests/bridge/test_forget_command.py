"""``erpcrm forget``: a dry run unless told otherwise, what is shown, what is refused."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from bridge.cli import desk as operators_desk
from bridge.cli.app import app, main
from bridge.cli.forget import LEFT
from bridge.errors import DataRejected
from bridge.oracle.operator import Erasure

RUNNER = CliRunner()
ROWS = {"changes": 3, "leads": 1, "persons": 2}


class Desk:
    """Has one record; refuses with the code given."""

    def __init__(self, code: str | None, *, is_live: bool, is_leased: bool, lifted: bool) -> None:
        self.code = code
        self.is_live = is_live
        self.is_leased = is_leased
        self.lifted = lifted
        self.asked: list[dict[str, Any]] = []

    async def forget(self, record_key: str, **asked: Any) -> Erasure:
        self.asked.append({"record_key": record_key, **asked})
        if self.code:
            raise DataRejected(code=self.code, statement="forget_record")
        return Erasure(
            record_key=record_key,
            crm_id=42,
            is_live=self.is_live,
            is_leased=self.is_leased,
            is_done=not asked["is_dry_run"],
            erased=ROWS,
        )

    async def lift_forgetting(self, record_key: str, **asked: Any) -> bool:
        self.asked.append({"record_key": record_key, **asked})
        return self.lifted


@pytest.fixture
def seat(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Desk]:
    def take(
        code: str | None = None,
        *,
        is_live: bool = False,
        is_leased: bool = False,
        lifted: bool = True,
    ) -> Desk:
        desk = Desk(code, is_live=is_live, is_leased=is_leased, lifted=lifted)
        monkeypatch.setattr(operators_desk, "with_desk", lambda _, work: asyncio.run(work(desk)))
        return desk

    return take


def test_nothing_is_erased_unless_it_is_said(seat: Callable[..., Desk]) -> None:
    desk = seat()

    result = RUNNER.invoke(app, ["forget", "1001-1"])

    assert result.exit_code == 0
    assert [asked["is_dry_run"] for asked in desk.asked] == [True]
    assert "nothing was changed" in result.output


def test_it_is_done_with_yes_and_a_reason(seat: Callable[..., Desk]) -> None:
    desk = seat()

    result = RUNNER.invoke(
        app, ["forget", "1001-1", "--yes", "--because", "request 17", "--by", "ana"]
    )

    assert result.exit_code == 0
    assert desk.asked == [
        {
            "record_key": "1001-1",
            "by": "ana",
            "reason": "request 17",
            "is_live_allowed": False,
            "is_dry_run": False,
        }
    ]
    assert "nothing was changed" not in result.output


@pytest.mark.parametrize(
    "words",
    [["--yes"], ["--lift"], ["--lift", "--even-if-live", "--yes", "--because", "x"]],
)
def test_what_is_not_complete_is_refused_before_anything_is_asked(
    seat: Callable[..., Desk], words: list[str]
) -> None:
    desk = seat()

    assert RUNNER.invoke(app, ["forget", "1001-1", *words]).exit_code == 2
    assert desk.asked == []


def test_what_stays_is_listed(seat: Callable[..., Desk]) -> None:
    seat()

    text = RUNNER.invoke(app, ["forget", "1001-1"]).output
    as_json = json.loads(RUNNER.invoke(app, ["forget", "1001-1", "--json"]).output)

    assert all(line in text for line in LEFT)
    assert "lead in the CRM: 42" in text
    assert as_json["left"] == list(LEFT)
    assert as_json["erased"] == ROWS
    assert as_json["is_done"] is False
    assert as_json["crm_id"] == 42


@pytest.mark.parametrize(
    ("state", "words", "reasons"),
    [
        ({"is_live": True}, [], 1),
        ({"is_live": True}, ["--even-if-live"], 0),
        ({"is_live": True, "is_leased": True}, [], 2),
        ({}, [], 0),
    ],
)
def test_a_dry_run_says_why_it_would_be_refused(
    seat: Callable[..., Desk], state: dict[str, bool], words: list[str], reasons: int
) -> None:
    seat(**state)

    shown = json.loads(RUNNER.invoke(app, ["forget", "1001-1", *words, "--json"]).output)

    assert len(shown["refused_because"]) == reasons


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("ORA-20501", "--even-if-live"),
        ("ORA-20402", "being worked on"),
        ("ORA-20300", "no record has this key"),
    ],
)
def test_a_refusal_ends_with_1_and_its_reason(
    seat: Callable[..., Desk],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    code: str,
    sentence: str,
) -> None:
    seat(code)
    words = ["erpcrm", "forget", "1001-1", "--yes", "--because", "request 17"]
    monkeypatch.setattr(sys, "argv", words)

    with pytest.raises(SystemExit) as caught:
        main()

    assert caught.value.code == 1
    assert sentence in capsys.readouterr().err


def test_a_record_is_let_in_again(seat: Callable[..., Desk]) -> None:
    desk = seat()
    words = ["forget", "1001-1", "--lift", "--yes", "--because", "client again", "--by", "ana"]

    result = RUNNER.invoke(app, [*words, "--json"])

    assert json.loads(result.output) == {"record_key": "1001-1", "lifted": True}
    assert desk.asked == [{"record_key": "1001-1", "by": "ana", "reason": "client again"}]


def test_a_record_that_was_not_forgotten_cannot_be_let_in(
    seat: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    seat(lifted=False)
    words = ["erpcrm", "forget", "1001-1", "--lift", "--yes", "--because", "client again"]
    monkeypatch.setattr(sys, "argv", words)

    with pytest.raises(SystemExit) as caught:
        main()

    assert caught.value.code == 1

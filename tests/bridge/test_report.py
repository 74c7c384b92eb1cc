"""The report of a validation: complete in itself, without personal data, and safe to open."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from bridge.cli.whole_set import uncompared
from bridge.oracle.runs import Finding, FindingCount, RunRow
from bridge.report.html import validation_page
from bridge.report.plot import line_plot

START = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
PROOF = {"proven_percent": 99.5, "oldest_seconds": 7200.0}


def run(number: int = 7, *, findings: int = 0, still_open: int = 0) -> RunRow:
    return RunRow(
        run_id=number,
        kind="VALIDATE",
        entity="ALL",
        status="DONE",
        is_pause_wanted="N",
        records_expected=200,
        records_read=200,
        records_equal=200 - findings,
        records_busy=0,
        records_outside=0,
        records_different=findings,
        records_applied=0,
        records_left=0,
        pages=1,
        findings=findings,
        findings_open=still_open,
        started_by="ana@<host>",
        started_on=START + timedelta(days=number),
        last_progress_on=START + timedelta(days=number, minutes=1),
        finished_on=START + timedelta(days=number, minutes=1),
        detail=None,
    )


def finding(**changes: object) -> Finding:
    values: dict[str, object] = {
        "finding_id": 1,
        "entity": "LEAD",
        "kind": "DIFFERENT",
        "action": "READ",
        "record_key": "1001-1",
        "crm_id": 10_000_001,
        "contact_id": None,
        "person_id": None,
        "fields": ("phone", "industry"),
        "state": "OPEN",
    }
    return Finding(**{**values, **changes})  # type: ignore[arg-type]


class Checker(HTMLParser):
    """Every element is closed, in order."""

    VOID = frozenset({"meta", "line", "circle", "polyline"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.VOID or tag == "circle":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page(**changes: object) -> str:
    values: dict[str, object] = {
        "counts": [FindingCount(kind="DIFFERENT", action="READ", state="OPEN", findings=1)],
        "findings": [finding()],
        "history": [run(number, findings=number) for number in range(1, 8)],
        "convergence": PROOF,
        "not_compared": ["sales, because <nobody> reads them"],
    }
    return validation_page(run(findings=1, still_open=1), **{**values, **changes})  # type: ignore[arg-type]


def test_the_page_needs_nothing_but_itself() -> None:
    text = page()

    assert not re.search(r"(src|href)=|<script|@import|url\(|https?:", text)


def test_the_page_is_well_formed_and_says_what_was_found() -> None:
    checker = Checker()
    checker.feed(page())

    assert checker.open == []
    assert "Differences that are open: 1" in page()
    assert "phone, industry" in page()
    assert "99.5 %" in page()


def test_what_comes_from_outside_cannot_become_markup() -> None:
    text = page(findings=[finding(record_key="<b>1-1</b>")])

    assert "<b>" not in text
    assert "&lt;b&gt;1-1" in text
    assert "ana@&lt;host&gt;" in text


def test_equal_sides_are_said_to_be_equal() -> None:
    text = validation_page(
        run(), counts=[], findings=[], history=[], convergence=PROOF, not_compared=[]
    )

    assert "What was compared is equal on both sides." in text


def test_the_page_says_what_was_not_compared() -> None:
    assert "<li>sales, because &lt;nobody&gt; reads them</li>" in page()


@pytest.mark.parametrize(
    ("changes", "has_contacts", "said"),
    [
        ({}, True, "proposals, sales"),
        ({"records_busy": 3}, True, "up to 3, because they were at work"),
        ({"records_outside": 4}, True, "4, because they take no part"),
        ({}, False, "contacts, because the setting send_steps is off"),
        ({"entity": "LEADS"}, True, "contacts, because only leads were asked for"),
        ({"entity": "CONTACTS"}, True, "leads, because only contacts were asked for"),
    ],
)
def test_what_a_run_did_not_compare_is_a_line(
    changes: dict[str, Any], has_contacts: bool, said: str
) -> None:
    lines = uncompared(replace(run(), **changes), has_contacts=has_contacts)

    assert [line for line in lines if line.startswith(said)]
    assert len(lines) == (1 if not changes and has_contacts else 2)


def test_the_plot_has_a_dot_for_each_run_and_a_line_through_them() -> None:
    text = page()

    assert text.count('class="dot"') == 7
    points = re.search(r'<polyline class="line" points="([^"]+)"', text)
    assert points is not None
    xs, ys = zip(*(map(float, point.split(",")) for point in points[1].split()), strict=True)
    assert list(xs) == sorted(xs)
    # more differences are higher up
    assert list(ys) == sorted(ys, reverse=True)


def test_the_plot_bears_no_runs_and_one_run() -> None:
    assert "polyline" not in line_plot([], title="none")
    assert line_plot([(START, 0.0)], title="one").count("<circle") == 1


def test_findings_beyond_the_page_are_mentioned() -> None:
    text = validation_page(
        run(findings=12, still_open=12),
        counts=[],
        findings=[finding()],
        history=[],
        convergence=PROOF,
        not_compared=[],
    )

    assert "11 more" in text

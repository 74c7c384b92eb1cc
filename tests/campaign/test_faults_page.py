"""The page of the faults names every fault once, tests that exist, and kinds that the campaign has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devkit.faults.campaign import Result
from devkit.faults.plan import FAULTS
from devkit.faults.report import with_row

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.partition("## Campaigns")[0].splitlines()
    if re.match(r"\| \d+ \|", line)
]
_COUNT = 55


def test_each_fault_has_its_row() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, _COUNT + 1))
    assert all(len(row) == 5 for row in ROWS)


def test_the_tests_that_it_names_are_there() -> None:
    for row in ROWS:
        names = re.findall(r"`([^`]+)`", row[4])
        assert names or "not covered" in row[2], row
        for name in names:
            file, _, test = name.partition("::")
            path = ROOT / "tests" / file
            assert path.exists(), name
            assert not test or f"def {test}(" in path.read_text(encoding="utf-8"), name


def test_each_kind_of_the_campaign_stands_for_a_fault() -> None:
    told = {name for row in ROWS for name in re.findall(r"`([a-z_0-9]+)`", row[2])}

    assert FAULTS.keys() - told == set()


def test_a_campaign_writes_its_own_row() -> None:
    result = Result(seed=4711, rounds=2)
    result.processes["kills"] = 19
    page = with_row(PAGE, result)

    (line,) = set(page.splitlines()) - set(PAGE.splitlines())
    assert line.startswith("| 4711 | 0.0 | 2 | 19 |")
    header = next(line for line in PAGE.splitlines() if line.startswith("| seed |"))
    assert line.count("|") == header.count("|")
    with pytest.raises(ValueError, match="campaigns"):
        with_row("no table", result)

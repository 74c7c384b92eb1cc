"""A short form of ``make ablation``: every place is found, and two safeguards are really taken out."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("ablation_run", Path(__file__).with_name("run.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
ablation = importlib.util.module_from_spec(_SPEC)
sys.modules["ablation_run"] = ablation
_SPEC.loader.exec_module(ablation)

SAFEGUARDS = {safeguard.name: safeguard for safeguard in ablation.safeguards()}


@pytest.mark.parametrize("name", SAFEGUARDS)
def test_a_safeguard_is_where_the_list_says(name: str) -> None:
    safeguard = SAFEGUARDS[name]
    text = (ablation.ROOT / safeguard.file).read_text(encoding="utf-8")

    assert safeguard.taken_out_of(text) != text
    assert safeguard.tests
    for test in safeguard.tests:
        assert (ablation.ROOT / "tests" / test.partition("::")[0]).is_file()


@pytest.mark.parametrize("part", ["webhook token", "adopt"])
def test_without_the_safeguard_its_tests_fail(part: str) -> None:
    (safeguard,) = [one for name, one in SAFEGUARDS.items() if name.startswith(part)]

    finding = ablation.try_without(safeguard)

    assert finding.red == safeguard.tests
    assert finding.holds


def test_a_test_that_stays_green_is_told() -> None:
    """Taking out what no test guards is found."""
    (safeguard,) = [one for name, one in SAFEGUARDS.items() if name.startswith("webhook token")]
    harmless = ablation.Safeguard(
        name="nothing",
        file=safeguard.file,
        search=safeguard.search,
        replace=safeguard.search,
        tests=safeguard.tests,
    )

    finding = ablation.try_without(harmless)

    assert finding.green == safeguard.tests
    assert not finding.holds

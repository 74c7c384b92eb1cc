"""The utPLSQL suites of this folder, one pytest test for each of their tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devkit.utplsql import Suite, SuiteRun, Test, parse_suite

if TYPE_CHECKING:
    import oracledb

_SUITES = [
    suite
    for path in sorted(Path(__file__).parent.glob("*.pks"))
    if (suite := parse_suite(path.read_text(encoding="utf-8"))) is not None
]


def _cases() -> list[object]:
    return [
        pytest.param(suite, test, id=f"{suite.title}: {test.title}")
        for suite in _SUITES
        for test in suite.tests
    ]


@pytest.fixture(scope="module")
def runs(connection: oracledb.Connection) -> Iterator[dict[str, SuiteRun]]:
    """The suite that is open; it is finished when a test of the next one begins."""
    open_runs: dict[str, SuiteRun] = {}
    yield open_runs
    for run in open_runs.values():
        run.finish()


@pytest.mark.devkit
@pytest.mark.parametrize(("suite", "test"), _cases())
def test_suite(
    suite: Suite, test: Test, runs: dict[str, SuiteRun], connection: oracledb.Connection
) -> None:
    if suite.package not in runs:
        for name in list(runs):
            runs.pop(name).finish()
        runs[suite.package] = SuiteRun(connection, "crm_sync", suite)
        runs[suite.package].start()
    assert test.disabled is None, f"disabled: {test.disabled}"
    outcome = runs[suite.package].run(test)
    assert outcome.passed, "\n".join([*outcome.errors, *outcome.failures])


def test_every_package_of_the_folder_is_a_suite_or_a_helper() -> None:
    helpers = {"crm_test_fixture", "crm_test_properties", "crm_test_vectors"}
    packages = {path.stem for path in Path(__file__).parent.glob("*.pks")}
    assert packages - helpers == {suite.package for suite in _SUITES}

"""The page that says what replaces what names only what is there."""

from __future__ import annotations

import re
from pathlib import Path

from bridge.web.api import ROUTES

_ROOT = Path(__file__).parents[2]
_PAGE = (_ROOT / "docs/jobs.md").read_text(encoding="utf-8")


def _test_names() -> set[str]:
    names: set[str] = set()
    for path in (_ROOT / "tests").rglob("test_*.py"):
        names.update(re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8")))
    for path in (_ROOT / "tests/plsql").glob("*.pks"):
        names.update(re.findall(r"--%test\((.*)\)$", path.read_text(encoding="utf-8"), re.M))
    return names


def test_each_job_of_the_scheduler_is_on_the_page_and_no_other() -> None:
    body = (_ROOT / "plsql/api/crm_jobs.pkb").read_text(encoding="utf-8")
    assert set(re.findall(r"`(CRM_\w+_JOB)`", _PAGE)) == set(re.findall(r"'(CRM_\w+_JOB)'", body))


def test_each_fault_names_tests_that_exist() -> None:
    faults = re.findall(r"^\| (F\d+) [^|]*\|(.*)\|$", _PAGE, re.M)
    known = _test_names()
    assert [fault for fault, _ in faults] == [f"F{number}" for number in range(1, 14)]
    named = {fault: re.findall(r"`([^`]+)`", tests) for fault, tests in faults}
    assert all(named.values())
    assert {name for names in named.values() for name in names} - known == set()


def test_each_served_route_is_on_the_page() -> None:
    assert [route.path for route in ROUTES if f"`{route.path}`" not in _PAGE] == []


def test_each_kept_object_is_on_the_page() -> None:
    kept = {path.stem.upper() for path in (_ROOT / "plsql/kept").iterdir()}
    assert {name for name in kept if f"`{name}`" not in _PAGE} == set()

"""Legacy fault F13: constants of one tenant, or of a test, in the shipped code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(
    path
    for folder in ("plsql", "migrations")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".sql", ".pks", ".pkb", ".prc", ".trg", ".vw", ".tps"}
)
TENANT = {
    "a test lead": r"\b12345678\b",
    "a test company": r"EXAMPLE_COMPANY",
    "the two test clients": r"\b100[12]\b",
    "a product id": r"\b10001\b",
    "a made-up client, city or rep": r"\b999999999999\b|'EXEMPT'",
    "an e-mail address": r"[a-z0-9._]+@[a-z0-9]+\.[a-z]+",
}


@pytest.mark.parametrize("what", TENANT)
def test_no_shipped_sql_holds_a_constant_of_a_tenant(what: str) -> None:
    pattern = re.compile(TENANT[what])
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in SHIPPED
        for line in path.read_text(encoding="utf-8").splitlines()
        if pattern.search(line)
    ]
    assert SHIPPED
    assert found == []


# --------------------------------------------------------------------------- literals of states


def _states() -> dict[str, set[str]]:
    """Per column that holds a state, the values that the check constraints of its tables allow."""
    expected = (ROOT / "tests/migration/schema.expected.txt").read_text(encoding="utf-8")
    found: dict[str, set[str]] = {}
    for text in re.findall(r"^CRM_\w+\.\w+: check \((.*(?:\n      .*)*)\)$", expected, re.M):
        for column in ("status", "state"):
            if re.search(rf"\b{column}\b", text):
                found.setdefault(column, set()).update(re.findall(r"'([A-Z_]+)'", text))
    erp = (ROOT / "devkit/erp/schema.sql").read_text(encoding="utf-8")
    for values in re.findall(r"check \(status in \((.*?)\)\)", erp):
        found["status"].update(re.findall(r"'(\w)'", values))
    return found


def _compared() -> set[tuple[str, str, str]]:
    """File, column and literal of each comparison of a state in the product's SQL."""
    pattern = re.compile(r"\b\w+\.(status|state)\s*(?:=|<>|(?:not )?in)\s*(\([^()]*\)|'[^']*')")
    return {
        (path.relative_to(ROOT).as_posix(), column, literal)
        for path in SHIPPED
        if path.suffix in {".pkb", ".prc", ".vw", ".trg"}
        for column, operand in pattern.findall(path.read_text(encoding="utf-8"))
        for literal in re.findall(r"'([^']*)'", operand)
    }


def test_the_literal_of_a_state_is_one_that_its_column_can_hold() -> None:
    states, compared = _states(), _compared()

    assert len(compared) > 40
    # the dictionary's own: jobs, triggers and objects of Oracle
    oracle = {"ENABLED", "DISABLED", "VALID", "INVALID", "TRUE", "FALSE"}
    assert {c for c in compared if c[2] not in states[c[1]] | oracle} == set()


def test_the_constants_of_states_are_values_that_the_columns_can_hold() -> None:
    types = (ROOT / "plsql/core/crm_types.pks").read_text(encoding="utf-8")
    block = types[types.index("/** States of crm_outbox_events") : types.index("/** Outcomes of")]
    constants = set(re.findall(r"co_\w+\s+constant status_type := '(\w+)'", block))

    # DEFERRED is an answer of the API, not a state of a row
    assert constants - {"DEFERRED"} - _states()["status"] == set()
    assert len(constants) > 8

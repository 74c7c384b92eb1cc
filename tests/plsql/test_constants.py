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

"""What SQL cannot share stands in several places: each copy is the same text, but for the names of its columns."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# A view that called PL/SQL would do so for each of its rows, so the form of a phone is SQL in two views.
PHONES = (
    "plsql/kept/vw_crm_clients.vw",
    "plsql/kept/vw_crm_clients_contacts.vw",
    "plsql/rules/crm_contact_match.pkb",
)
# STANDARD_HASH is a function of SQL, and the fields come from a view, from JSON and from Spark's source.
HASHES = (
    "plsql/views/crm_client_rows_v.vw",
    "plsql/reconcile/crm_comparison.pkb",
    "spark_offload/queries.sql",
)
ROW_HASH = r"standard_hash\(\s*((?:to_char\()?\w+\.taxid .*?)'SHA256'"


def _plain(text: str) -> str:
    """The text without layout, with one name for every column, variable and alias."""
    text = re.sub(r"--[^\n]*", "", text)
    return re.sub(r"\s+", "", re.sub(r"\b(?:in_phone|co_national|\w\.phone)\b", "PHONE", text))


def test_the_form_of_a_phone_has_one_text() -> None:
    digits, trunk = set(), set()
    for path in PHONES:
        text = (ROOT / path).read_text(encoding="utf-8")
        match = re.search(
            r"regexp_replace\(\s*regexp_replace\(regexp_replace\(.*?'\\1'\s*\)", text, re.S
        )
        assert match, path
        digits.add(_plain(match[0]))
        match = re.search(r"case\s+when \S+ like '0%'.*?end", text, re.S)
        assert match, path
        trunk.add(_plain(match[0]))

    assert len(digits) == 1, digits
    assert len(trunk) == 1, trunk


def test_the_form_of_a_phone_is_in_no_other_place() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "plsql").rglob("*.*")
        if re.search(r"\b55\b.*\{10", path.read_text(encoding="utf-8"))
    }

    assert found == set(PHONES)


def test_the_canonical_hash_has_one_text() -> None:
    fields = []
    for path in HASHES:
        text = (ROOT / path).read_text(encoding="utf-8")
        (body,) = re.findall(ROW_HASH, text, re.S)
        # numbers of the ERP are made text; what JSON and Spark bring is text
        fields.append(re.findall(r"\w\.(\w+)\)?\s*\|\|\s*chr\(31\)", body))

    assert len(fields[0]) == 14
    assert fields == [fields[0]] * len(HASHES)


def test_the_canonical_hash_is_in_no_other_place() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("plsql", "spark_offload", "bridge")
        for path in (ROOT / folder).rglob("*.*")
        if path.suffix != ".pyc" and re.search(ROW_HASH, path.read_text(encoding="utf-8"), re.S)
    }

    assert found == set(HASHES)

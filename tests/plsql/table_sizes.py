"""How large each table becomes: computed from the columns of the schema and the averages named here.

A row is 3 bytes, and for each column 1 byte and its value; a block of 8 KB is 90 % full. An index entry is its
columns, 10 bytes for the row's address and the rest; a leaf is 75 % full. A LOB below 4,000 bytes lies in the row; in
a database with AL32UTF8 a CLOB takes two bytes for each character. Values that are mostly empty count by their share.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Characters (bytes for BLOB) of a text on average, measured on the sample data; 12 where nothing is said.
LENGTHS = {
    "document": 480, "steps": 60, "agreed_image": 430, "fields": 430, "body": 1100, "changed_fields": 40,
    "idempotency_key": 20, "dedupe_key": 64, "record_key": 9, "worker_id": 24, "name": 28, "email": 26,
    "address_street": 24, "financial_analysis": 20, "message": 60, "error_info": 120, "callstack": 300,
    "errorstack": 150, "backtrace": 150, "description": 60, "base_value": 20, "erp_value": 20, "crm_value": 20,
    "erased": 150, "erp_hash": 64, "item": 16, "scope": 30, "done_by": 20, "decided_by": 20,
}  # fmt: skip
# Share of rows in which a column has a value; 1 where nothing is said.
SHARES = {
    "detail": 0.1, "reason_class": 0.05, "http_status": 0.5, "next_attempt_at": 0.05, "left_image": 0.01,
    "left_on": 0.01, "substitutes": 0.02, "doubtful_fields": 0.01, "lease_owner": 0.0, "lease_until": 0.0,
    "wanted_stage": 0.0, "wanted_discard": 0.0, "end_reason": 0.02, "resolved_on": 0.9, "loop_since": 0.01,
    "missing_on": 0.01, "body_before": 0.1, "resolved_value": 0.1, "errorcode": 0.3, "callstack": 0.3,
    "errorstack": 0.3, "backtrace": 0.3, "contact_id": 0.5, "reason": 0.3, "agreed_order": 0.1,
    "agreed_budget": 0.3, "budget_value": 0.3, "order_value": 0.1, "address_complement": 0.3,
}  # fmt: skip
# Rows for a million changes: half of them are superseded or unchanged, so 600,000 attempts; each delivery brings one
# webhook, and users of the CRM make 100,000 edits of their own.
PER_MILLION_CHANGES = {
    "crm_outbox_events": 1_000_000, "crm_outbox_attempts": 600_000, "crm_inbox_events": 700_000,
    "crm_merge_audit": 100_000, "crm_conflicts": 1_000, "crm_operator_audit": 1_000, "crm_capture_gaps": 100,
    "crm_differences": 1_000, "crm_sync_findings": 1_000, "crm_let_go_persons": 1_000, "error_log": 1_000,
}  # fmt: skip
# Rows for a million branches, with two contacts each.
PER_MILLION_BRANCHES = {
    "crm_records": 1_000_000, "crm_record_proofs": 1_000_000, "crm_contact_records": 2_000_000,
    "crm_contact_proofs": 2_000_000, "leads": 1_000_000, "contacts": 2_000_000,
}  # fmt: skip


def columns() -> dict[str, list[tuple[str, str]]]:
    """Per table, its columns and their types, as in the reviewed schema."""
    text = (ROOT / "tests/migration/schema.expected.txt").read_text(encoding="utf-8")
    found: dict[str, list[tuple[str, str]]] = {}
    for name, body in re.findall(r"^table (\w+)\n((?:   .*\n)+)", text, re.M):
        found[name.lower()] = [
            (column.lower(), kind)
            for column, kind in re.findall(
                r"^   (\w+) ([A-Z0-9]+(?:\([^)]*\))?(?: WITH TIME ZONE)?)", body, re.M
            )
        ]
    return found


def width(column: str, kind: str) -> float:
    """Bytes of a value on average, its length byte with it."""
    numbers = [int(n) for n in re.findall(r"\((\d+)", kind)]
    if kind.startswith("TIMESTAMP"):
        size: float = 13 if "ZONE" in kind else 11
    elif kind.startswith("DATE"):
        size = 7
    elif kind.startswith("NUMBER"):
        size = 1 + min(numbers[0] if numbers else 8, 10) / 2
    elif kind.startswith("RAW"):
        size = numbers[0]
    elif kind.startswith("CLOB"):
        size = 40 + 2 * LENGTHS.get(column, 100)
    elif kind.startswith("BLOB"):
        size = 40 + LENGTHS.get(column, 100)
    else:
        size = min(numbers[0], LENGTHS.get(column, 12))
    return 1 + size * SHARES.get(column, 1)


def bytes_per_row(table: str) -> tuple[int, int]:
    """Bytes of a row in its table, and in all of its indexes."""
    text = (ROOT / "tests/migration/schema.expected.txt").read_text(encoding="utf-8")
    kinds = dict(columns()[table])
    row = (3 + sum(width(column, kind) for column, kind in kinds.items())) / 0.9
    indexes = 0.0
    for names in re.findall(rf"^{table.upper()}\.\w+: (?:unique|nonunique) \((.*)\)$", text, re.M):
        parts = [p.strip().lower() for p in names.split(", ")]
        if any(p in SHARES and SHARES[p] == 0 for p in parts[:1]):
            continue
        indexes += (10 + sum(width(p, kinds[p]) if p in kinds else 12 for p in parts)) / 0.75
    return round(row), round(indexes)


def lines() -> list[str]:
    """The rows of the table in docs/capacity.md."""
    found = []
    for per, counts in (("changes", PER_MILLION_CHANGES), ("branches", PER_MILLION_BRANCHES)):
        for table, rows in counts.items():
            row, index = bytes_per_row(table)
            megabytes = rows * (row + index) / 1_000_000
            found.append(
                f"| `{table}` | {per} | {rows:,} | {row:,} | {index:,} | {megabytes:,.0f} MB |"
            )
    return found

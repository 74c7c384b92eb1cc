"""The golden vectors hash alike in Oracle SQL, Python and Spark: one definition, three engines."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from deployed_world import Deployed

from bridge.domain.mapping import SHARED_FIELDS

ROOT = Path(__file__).resolve().parents[2]
VECTORS: list[dict[str, Any]] = json.loads(
    (ROOT / "tests/vectors/hash.json").read_text(encoding="utf-8")
)
VIEW = (ROOT / "plsql/views/crm_client_rows_v.vw").read_text(encoding="utf-8")


def hash_expression() -> str:
    """The expression of the view itself, so that no copy of it is tested."""
    start = VIEW.index("lower(rawtohex(standard_hash(")
    end = VIEW.index(" as row_hash")
    return VIEW[start:end]


def fields_of_the_view() -> list[str]:
    return re.findall(r"v\.(\w+)\)? \|\| chr\(31\)", hash_expression())


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_oracle_hashes_the_vector(deployed_world: Deployed, vector: dict[str, Any]) -> None:
    row = vector["row"]
    columns = ", ".join(
        f"cast(:{name} as {'number' if name == 'sales_rep' else 'varchar2(200 char)'}) as {name}"
        for name in row
    )
    names = fields_of_the_view()
    sql = f"select {hash_expression()} from (select {columns} from dual) v"

    assert deployed_world.value(sql, **row) == vector["hash"]
    assert set(names) <= set(row)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_canonical_text_hashes_to_the_vector(vector: dict[str, Any]) -> None:
    """By hashlib alone: the vector does not come from the code that it tests."""
    text = "".join(
        ("" if vector["row"][name] is None else str(vector["row"][name])) + "\x1f"
        for name in fields_of_the_view()
    )

    assert text.encode().hex() == vector["canonical_hex"]
    assert hashlib.sha256(text.encode()).hexdigest() == vector["hash"]


def test_the_view_hashes_the_shared_fields_in_their_order() -> None:
    assert tuple(fields_of_the_view()) == SHARED_FIELDS


def test_the_hash_of_a_branch_is_the_one_of_its_fields(deployed_world: Deployed) -> None:
    names = fields_of_the_view()
    rows = deployed_world.rows(
        f"select h.row_hash, {', '.join('v.' + name for name in names)} from vw_crm_clients v"
        " join crm_client_hashes_v h on h.record_key = v.record_key"
    )

    assert len(rows) > 10
    for row_hash, *fields in rows:
        text = "".join(("" if value is None else str(value)) + "\x1f" for value in fields)
        assert hashlib.sha256(text.encode()).hexdigest() == row_hash

"""Spark itself: equal hashes and equal differences, on the session that the product starts."""

from __future__ import annotations

import json
import random
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from spark_offload.canonical import COLUMN_TYPES, client_definition, parse
from spark_offload.diff import compare
from spark_offload.errors import DuplicateKeysError
from spark_offload.hashing import canonical_hashes, canonical_text
from spark_offload.job import found_differences

pytestmark = pytest.mark.spark
VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "hash.json"


def vector_table() -> tuple[list[dict[str, Any]], Any]:
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))
    columns = {}
    for name in client_definition().columns:
        kind = pa.int64() if COLUMN_TYPES.get(name) == "integer" else pa.string()
        columns[name] = pa.array([vector["row"].get(name) for vector in vectors], kind)
    return vectors, pa.table(columns)


def frame(spark: Any, table: Any) -> Any:
    return spark.createDataFrame(table)


def sides(spark: Any, *rows: list[tuple[str, str | None]]) -> list[Any]:
    return [spark.createDataFrame(side, "record_key string, row_hash string") for side in rows]


def test_the_golden_vectors_hash_alike_in_python_and_spark(spark: Any) -> None:
    vectors, table = vector_table()
    expected = [vector["hash"] for vector in vectors]
    texts = canonical_text(table, client_definition()).to_pylist()
    assert [text.encode().hex() for text in texts] == [v["canonical_hex"].lower() for v in vectors]
    assert canonical_hashes(table, client_definition()).to_pylist() == expected
    numbered = table.append_column("position", pa.array(range(len(table))))
    hashed = frame(spark, numbered).selectExpr("position", client_definition().sql("spark"))
    assert [row[1] for row in sorted(hashed.collect())] == expected


def test_typed_columns_hash_alike_in_python_and_spark(spark: Any) -> None:
    rng = random.Random(5)
    moments = [
        datetime.fromisoformat(f"{year}-0{month}-03T02:30:01.{micro:06}")
        for year, month, micro in (
            (rng.randrange(1900, 2100), rng.randrange(1, 10), rng.randrange(10**6))
            for _ in range(40)
        )
    ]
    table = pa.table(
        {
            "position": list(range(42)),
            "n": pa.array(
                [rng.randrange(-(10**9), 10**9) for _ in moments] + [0, None], pa.int64()
            ),
            "p": pa.array(
                [Decimal(rng.randrange(-(10**6), 10**6)).scaleb(-2) for _ in moments]
                + [Decimal("-0.00"), None],
                pa.decimal128(12, 2),
            ),
            "d": pa.array(
                [*moments, datetime.fromisoformat("0001-01-01"), None], pa.timestamp("us")
            ),
            "a": [rng.choice(["", "a  ", " ", "ç\u00a0", "e\u0301", "日本", "😀"]) for _ in moments]
            + ["x", None],
        }
    )
    definition = parse(
        "select lower(rawtohex(standard_hash("
        "to_char(n) || chr(31) || to_char(p, 'FM99990.00') || chr(31) || a || chr(31) || "
        "to_char(d, 'YYYY-MM-DD HH24:MI:SS.FF6') || chr(31) || rtrim(a, ' ') || chr(31) || "
        "to_char(d, 'YYYY-MM-DD HH24:MI:SS') || chr(31) || to_char(d, 'YYYY-MM-DD') || chr(31)"
        ", 'SHA256'))) from t",
        {"n": "integer", "p": "number", "d": "moment"},
    )
    hashed = frame(spark, table).selectExpr("position", definition.sql("spark"))
    expected = canonical_hashes(table, definition).to_pylist()
    assert [row[1] for row in sorted(hashed.collect())] == expected


def test_spark_finds_what_the_rules_say(spark: Any) -> None:
    rng = random.Random(11)
    keys = [f"{n}-{m}" for n in range(60) for m in (1, 2, 10)]
    erp = {key: rng.choice(["aa", "bb"]) for key in keys if rng.random() < 0.8}
    agreed = {key: rng.choice(["aa", "bb", None]) for key in keys if rng.random() < 0.8}
    with found_differences(*sides(spark, list(erp.items()), list(agreed.items()))) as found:
        counts, differences = found
        assert list(differences) == compare(erp, agreed)
    assert counts.compared == len(erp.keys() | agreed.keys())
    assert counts.pending == sum(1 for k in erp if k in agreed and agreed[k] is None)


def test_two_empty_sides_are_equal(spark: Any) -> None:
    with found_differences(*sides(spark, [], [])) as (counts, differences):
        assert list(differences) == []
        assert counts.compared == 0


@pytest.mark.parametrize("which", [0, 1])
def test_a_repeated_key_is_reported_not_joined(spark: Any, which: int) -> None:
    rows: list[list[tuple[str, str | None]]] = [[("1-1", "aa")], [("1-1", "aa")]]
    rows[which].append(("1-1", "aa"))
    with pytest.raises(DuplicateKeysError), found_differences(*sides(spark, *rows)):
        pytest.fail("the run must not get this far")


def test_the_session_has_the_settings_that_hashes_depend_on(spark: Any) -> None:
    assert spark.conf.get("spark.sql.session.timeZone") == "UTC"
    assert spark.conf.get("spark.sql.ansi.enabled") == "true"
    assert spark.conf.get("spark.sql.adaptive.enabled") == "true"
    assert spark.conf.get("spark.driver.memory") == "2g"

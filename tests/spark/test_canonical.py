"""The canonical row definition: what it accepts, what each engine gets, and the Python kernel."""

from __future__ import annotations

import hashlib
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from spark_offload.canonical import Moment, Number, Separator, Text, client_definition, parse
from spark_offload.errors import DefinitionError, SeparatorInDataError
from spark_offload.hashing import canonical_hashes, canonical_text

TYPES = {"n": "integer", "p": "number", "d": "moment"}
ROOT = Path(__file__).resolve().parents[2]


def definition(field: str) -> Any:
    return parse(
        f"select lower(rawtohex(standard_hash({field} || chr(31), 'SHA256'))) from t", TYPES
    )


@pytest.mark.parametrize(
    ("field", "term", "spark", "duckdb"),
    [
        ("a", Text("a"), "COALESCE(a, '')", "COALESCE(a, '')"),
        (
            "rtrim(a, ' ')",
            Text("a", trimmed=True),
            "COALESCE(TRIM(TRAILING ' ' FROM a), '')",
            "COALESCE(RTRIM(a, ' '), '')",
        ),
        (
            "to_char(n)",
            Number("n"),
            "COALESCE(CAST(CAST(n AS DECIMAL(38, 0)) AS STRING), '')",
            "COALESCE(CAST(CAST(n AS DECIMAL(38, 0)) AS TEXT), '')",
        ),
        (
            "to_char(p, 'FM9990.00')",
            Number("p", precision=6, scale=2),
            "COALESCE(CAST(CAST(p AS DECIMAL(6, 2)) AS STRING), '')",
            "COALESCE(CAST(CAST(p AS DECIMAL(6, 2)) AS TEXT), '')",
        ),
        (
            "to_char(d, 'YYYY-MM-DD HH24:MI:SS')",
            Moment("d", "YYYY-MM-DD HH24:MI:SS"),
            "COALESCE(DATE_FORMAT(d, 'yyyy-MM-dd HH:mm:ss'), '')",
            "COALESCE(STRFTIME(d, '%Y-%m-%d %H:%M:%S'), '')",
        ),
        (
            "to_char(d, 'YYYY-MM-DD HH24:MI:SS.FF6')",
            Moment("d", "YYYY-MM-DD HH24:MI:SS.FF6"),
            "COALESCE(DATE_FORMAT(d, 'yyyy-MM-dd HH:mm:ss.SSSSSS'), '')",
            "COALESCE(STRFTIME(d, '%Y-%m-%d %H:%M:%S.%f'), '')",
        ),
    ],
)
def test_each_kind_of_field_has_its_text_in_each_engine(
    field: str, term: object, spark: str, duckdb: str
) -> None:
    parsed = definition(field)
    assert parsed.terms == (term, Separator())
    assert parsed.sql("spark") == f"SHA2(CONCAT({spark}, CHR(31)), 256)"
    assert parsed.sql("duckdb") == f"SHA256({duckdb} || CHR(31))"


@pytest.mark.parametrize(
    "field",
    [
        "rtrim(a)",
        "trim(a)",
        "ltrim(a, ' ')",
        "rtrim(n, ' ')",
        "n",
        "d",
        "to_char(a)",
        "to_char(p)",
        "to_char(d)",
        "to_char(d, 'DD/MM/YYYY')",
        "to_char(d, 'YYYY-MM-DD', 'NLS_DATE_LANGUAGE=ENGLISH')",
        "to_char(n, 'TM9')",
        "to_char(p, '9990.00')",
        "nvl(a, 'x')",
        "nvl2(a, 'x', 'y')",
        "decode(a, 'x', 'y')",
        "substr(a, 0, 3)",
        "upper(a)",
        "ora_hash(a)",
        "compose(a)",
        "cast(a as number)",
        "cast(d as date)",
        "case when a is null then 'x' end",
        "sysdate",
        "d + 1",
        "'constant'",
        "chr(30)",
        "pkg.f(a)",
        "(select max(a) from t)",
    ],
)
def test_what_engines_do_not_compute_alike_is_refused(field: str) -> None:
    with pytest.raises(DefinitionError):
        definition(field)


@pytest.mark.parametrize(
    "expression",
    [
        "lower(rawtohex(standard_hash(a || chr(31), 'MD5')))",
        "lower(rawtohex(standard_hash(a || chr(31))))",
        "rawtohex(standard_hash(a || chr(31), 'SHA256'))",
        "standard_hash(a || chr(31), 'SHA256')",
        "lower(rawtohex(standard_hash(a, 'SHA256')))",
        "lower(rawtohex(standard_hash(a || b || chr(31), 'SHA256')))",
        "lower(rawtohex(standard_hash(a || chr(31) || b, 'SHA256')))",
        "lower(rawtohex(standard_hash(a || chr(31), 'SHA256'))), b",
    ],
)
def test_a_definition_has_one_shape(expression: str) -> None:
    with pytest.raises(DefinitionError):
        parse(f"select {expression} from t", TYPES)


def test_the_view_in_oracle_has_the_same_definition() -> None:
    """Two texts must agree: ours, and the one that the package compares with inside Oracle."""
    view = (ROOT / "plsql/views/crm_client_rows_v.vw").read_text(encoding="utf-8")
    start = view.index("lower(rawtohex(standard_hash(")
    expression = view[start : view.index("as row_hash", start)]
    assert parse(f"select {expression} from t") == client_definition()


def test_null_and_empty_text_hash_alike_and_neighbours_do_not_shift() -> None:
    table = pa.table({"a": ["", None, "x", None], "b": [None, "", None, "x"]})
    parsed = parse(
        "select lower(rawtohex(standard_hash(a || chr(31) || b || chr(31), 'SHA256'))) from t"
    )
    hashes = canonical_hashes(table, parsed).to_pylist()
    assert hashes[0] == hashes[1] == hashlib.sha256(b"\x1f\x1f").hexdigest()
    assert len({hashes[0], hashes[2], hashes[3]}) == 3


def test_the_kernel_writes_numbers_and_moments_as_oracle_does() -> None:
    moment = datetime(2024, 3, 31, 2, 30, 1, 123400)  # noqa: DTZ001 - DATE has no zone
    table = pa.table(
        {
            "n": pa.array([-5, None], pa.int64()),
            "p": pa.array([Decimal("-0.5"), None], pa.decimal128(10, 1)),
            "d": pa.array([moment, None], pa.timestamp("us")),
            "a": ["x\u00a0  ", None],
        }
    )
    for field, text in [
        ("to_char(n)", "-5"),
        ("to_char(p, 'FM9990.00')", "-0.50"),
        ("to_char(d, 'YYYY-MM-DD')", "2024-03-31"),
        ("to_char(d, 'YYYY-MM-DD HH24:MI:SS')", "2024-03-31 02:30:01"),
        ("to_char(d, 'YYYY-MM-DD HH24:MI:SS.FF6')", "2024-03-31 02:30:01.123400"),
        ("rtrim(a, ' ')", "x\u00a0"),
    ]:
        texts = canonical_text(table, definition(field)).to_pylist()
        assert texts == [text + "\x1f", "\x1f"], field


def test_values_that_cannot_be_hashed_safely_are_refused() -> None:
    with pytest.raises(SeparatorInDataError):
        canonical_text(pa.table({"a": ["x\x1fy"]}), definition("a"))
    wide = pa.table({"p": pa.array([Decimal("123456.00")], pa.decimal128(10, 2))})
    with pytest.raises(pa.ArrowInvalid):
        canonical_text(wide, definition("to_char(p, 'FM9990.00')"))

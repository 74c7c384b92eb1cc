"""Values without a database: numbers as text, format models, collections, conversions."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.oracle.errors import OraError
from devkit.oracle.plsql import arithmetic, builtins_scalar, builtins_text, formats, json_types
from devkit.oracle.plsql.arithmetic import CONTEXT
from devkit.oracle.plsql.numbers import format_number, number_text, parse_formatted, parse_number
from devkit.oracle.plsql.records import record_class
from devkit.oracle.plsql.tables import AssocArray, NestedTable
from devkit.oracle.plsql.types import Scalar
from devkit.oracle.values import Kind

MOMENT = datetime(2024, 2, 29, 15, 4, 5, 123456)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0.5"), ".5"),
        (Decimal("-0.25"), "-.25"),
        (Decimal("100.00"), "100"),
        (10**39, "1" + "0" * 39),
        (10**41, "1E+41"),
        (Decimal("0.0000001"), ".0000001"),
        (0, "0"),
        (1.5, "1.5E+000"),
    ],
)
def test_number_text_is_the_shortest_form(value: object, text: str) -> None:
    assert number_text(value) == text


@pytest.mark.parametrize(
    ("value", "model", "text"),
    [
        ("1234.5", "9,999.99", " 1,234.50"),
        ("0", "999", "   0"),
        ("0", "fm990.99", "0."),
        ("0.5", "9.99", "  .50"),
        ("-12", "999PR", " <12>"),
        ("-12", "999MI", " 12-"),
        ("12", "S999", " +12"),
        ("12345", "9.99EEEE", "  1.23E+04"),
        ("14", "fmRN", "XIV"),
        ("1234", "L9,999", " $1,234"),
        ("12345", "999", "####"),
        ("0.456", "0.00", " 0.46"),
    ],
)
def test_number_model_lays_the_digits_out(value: str, model: str, text: str) -> None:
    assert format_number(Decimal(value), model, {}) == text


def test_number_text_follows_the_decimal_character_of_the_session() -> None:
    assert (
        format_number(Decimal("1234.5"), "9G999D9", {"NLS_NUMERIC_CHARACTERS": ",."}) == " 1.234,5"
    )


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=8
    )
)
def test_number_text_and_implicit_conversion_are_inverse(value: Decimal) -> None:
    assert parse_number(number_text(value)) == value


@pytest.mark.parametrize("text", ["", "abc", "1,5", "1 2", "--1", "1e", "."])
def test_text_that_is_no_number_is_06502(text: str) -> None:
    with pytest.raises(OraError) as caught:
        parse_number(text)
    assert caught.value.code == 6502


def test_number_read_by_a_model_must_fit_it() -> None:
    assert parse_formatted("1,234.5", "9,999.99", {}) == Decimal("1234.5")
    with pytest.raises(OraError) as caught:
        parse_formatted("12345", "999", {})
    assert caught.value.code == 1722


@pytest.mark.parametrize(
    ("model", "text"),
    [
        ("YYYY-MM-DD HH24:MI:SS", "2024-02-29 15:04:05"),
        ("fmDay, DD Month YYYY", "Thursday, 29 February 2024"),
        ("Dy dd Mon yy hh:mi am", "Thu 29 Feb 24 03:04 pm"),
        ("IYYY-IW D", "2024-09 5"),
        ("Q WW W DDD J SSSSS", "1 09 5 060 2460370 54245"),
        ("DDth FF3 FF", "29TH 123 123456"),
        ('YYYY"T"HH24', "2024T15"),
        ("MONTH|", "FEBRUARY |"),
    ],
)
def test_date_model_shows_its_elements(model: str, text: str) -> None:
    assert formats.format_date(MOMENT, model, {}) == text


@pytest.mark.parametrize(
    ("text", "model", "value"),
    [
        ("29-FEB-24", "DD-MON-RR", datetime(2024, 2, 29)),  # noqa: DTZ001
        ("29-FEB-99", "DD-MON-RR", datetime(1999, 2, 28)),  # noqa: DTZ001
        ("20240229101112", "YYYYMMDDHH24MISS", datetime(2024, 2, 29, 10, 11, 12)),  # noqa: DTZ001
        ("2024/02/29", "YYYY-MM-DD", datetime(2024, 2, 29)),  # noqa: DTZ001
        ("2024-02-29", "YYYY-MM-DD HH24:MI", datetime(2024, 2, 29)),  # noqa: DTZ001
        ("29 de fevereiro", 'DD "de" MONTH', None),
        ("3:05 PM", "HH:MI AM", None),
    ],
)
def test_text_is_read_by_its_model(text: str, model: str, value: datetime | None) -> None:
    nls = {"NLS_DATE_LANGUAGE": "BRAZILIAN PORTUGUESE" if "fevereiro" in text else "AMERICAN"}
    today = datetime(2024, 6, 15)  # noqa: DTZ001
    if text.startswith("29-FEB-99"):
        with pytest.raises(OraError):
            formats.parse_date(text, model, nls, today=today)
        return
    read = formats.parse_date(text, model, nls, today=today)
    if value is not None:
        assert read == value
    elif "PM" in text:
        assert (read.month, read.day, read.hour) == (6, 1, 15)
    else:
        assert (read.month, read.day) == (2, 29)


@given(st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)))  # noqa: DTZ001
def test_date_written_and_read_by_one_model_is_the_same(value: datetime) -> None:
    whole = value.replace(microsecond=0)
    for model in ("YYYY-MM-DD HH24:MI:SS", "J SSSSS", "DD MON YYYY HH:MI:SS AM"):
        text = formats.format_date(whole, model, {})
        assert formats.parse_date(text, model, {}) == whole


@pytest.mark.parametrize(
    ("text", "model", "code"),
    [
        ("2024-13-01", "YYYY-MM-DD", 1843),
        ("2024-02-32", "YYYY-MM-DD", 1847),
        ("2023-02-29", "YYYY-MM-DD", 1839),
        ("2024-01-01 25", "YYYY-MM-DD HH24", 1850),
        ("2024-01-01x", "YYYY-MM-DD", 1830),
        ("2024", "YYYY-MM-DD", 1840),
        ("20x4", "YYYY", 1830),
        ("2024-xx", "YYYY-MM", 1843),
        ("1", "foo", 1821),
    ],
)
def test_text_that_does_not_match_its_model_says_why(text: str, model: str, code: int) -> None:
    with pytest.raises(OraError) as caught:
        formats.parse_date(text, model, {})
    assert caught.value.code == code


def test_add_months_keeps_the_last_day_and_the_time() -> None:
    assert builtins_scalar.add_months(datetime(2024, 2, 29, 10), 12) == datetime(2025, 2, 28, 10)  # noqa: DTZ001
    assert builtins_scalar.add_months(datetime(2023, 2, 28), 1) == datetime(2023, 3, 31)  # noqa: DTZ001


@pytest.mark.parametrize(
    "unit", ["DD", "MM", "Q", "YYYY", "IW", "D", "WW", "W", "HH24", "MI", "CC"]
)
def test_truncated_date_is_the_start_of_its_unit(unit: str) -> None:
    start = builtins_scalar.trunc_date(MOMENT, unit)
    assert start <= MOMENT
    assert builtins_scalar.trunc_date(start, unit) == start


@given(st.integers(-(10**9), 10**9), st.integers(-(10**6), 10**6))
def test_mod_has_the_sign_of_the_dividend(a: int, b: int) -> None:
    rest = arithmetic.mod(a, b)
    assert rest == a if b == 0 else (abs(rest) < abs(b) and (a - rest) % b == 0)
    assert rest == 0 or (rest > 0) == (a > 0)


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**10))
def test_quotient_is_exact_to_forty_digits(a: int, b: int) -> None:
    assert arithmetic.div(a, b) == CONTEXT.divide(Decimal(a), Decimal(b))


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        (Scalar(Kind.NUMBER, precision=5, scale=2), Decimal("1.005"), Decimal("1.01")),
        (Scalar(Kind.NUMBER, precision=3, scale=-2), 12345, 12300),
        (Scalar(Kind.NUMBER, precision=2, scale=4), Decimal("0.0012"), Decimal("0.0012")),
        (Scalar(Kind.CHAR, length=3), "a", "a  "),
        (Scalar(Kind.TIMESTAMP, scale=3), MOMENT, MOMENT.replace(microsecond=123000)),
    ],
)
def test_assignment_rounds_and_pads(kind: Scalar, value: object, stored: object) -> None:
    check = arithmetic.assignment_check(kind)
    assert check is not None
    assert check(value) == stored


def test_regular_expressions_have_posix_classes_and_back_references() -> None:
    assert (
        builtins_text.regexp_replace("2024-02-29", r"(\d+)-(\d+)-(\d+)", r"\3/\2/\1")
        == "29/02/2024"
    )
    assert builtins_text.regexp_like("José", "^[[:alpha:]]+$")
    assert builtins_text.regexp_instr("a1b22", "[[:digit:]]+", 1, 2) == 4
    assert builtins_text.regexp_count("banana", "a") == 3
    assert builtins_text.regexp_substr("key=val", "([^=]+)=(.*)", 1, 1, None, 2) == "val"


def test_replace_of_nth_match_only() -> None:
    assert builtins_text.regexp_replace("aaa", "a", "b", 1, 2) == "aba"


def test_associative_array_stays_sorted_through_changes() -> None:
    array = AssocArray()
    for key in (5, 1, 9, 3):
        array.put(key, key * 10)
    array.delete(1)
    array.put(2, 20)
    assert array.keys() == [2, 3, 5, 9]
    assert (array.first(), array.last(), array.next(3), array.prior(3), array.next(9)) == (
        2,
        9,
        5,
        2,
        None,
    )


@given(st.lists(st.tuples(st.sampled_from(["put", "delete"]), st.integers(0, 20))))
def test_associative_array_is_like_a_sorted_dictionary(steps: list[tuple[str, int]]) -> None:
    array, model = AssocArray(), {}
    for step, key in steps:
        if step == "put":
            array.put(key, key)
            model[key] = key
        else:
            array.delete(key)
            model.pop(key, None)
        assert array.keys() == sorted(model)
        assert array.count() == len(model)


def test_copy_of_a_collection_of_records_is_deep() -> None:
    record = record_class("R", ["A"])
    table = type("T", (NestedTable,), {"__slots__": (), "_deep": True})([record.of((1,))])
    twin = table.copy()
    twin.get(1).A = 2
    assert table.get(1).A == 1


def test_json_text_is_compact_and_keeps_numbers_exact() -> None:
    parsed = json_types.Object.make('{"a": 0.10, "b": [1, {"c": null}], "d": "ç\\"x"}')
    assert parsed.m_to_string() == '{"a":0.1,"b":[1,{"c":null}],"d":"ç\\"x"}'
    assert parsed.m_get_number("a") == Decimal("0.1")

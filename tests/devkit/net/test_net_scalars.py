"""The binary forms of scalars, against golden bytes and by round trip."""

# ruff: noqa: DTZ001 (DATE and TIMESTAMP have no zone)
from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devkit.oracle.errors import OraError
from devkit.oracle.net import scalars
from devkit.oracle.net.oson import decode_oson, encode_oson, json_text
from devkit.oracle.values import Months

GOLDEN_NUMBERS = {
    0: "80",
    1: "c102",
    100: "c202",
    -1: "3e6466",
    Decimal("0.5"): "c033",
    Decimal("123.45"): "c202182e",
    Decimal("-123.45"): "3d644e3866",
    Decimal("1E-130"): "8002",
    Decimal("1E+125"): "ff0b",
    10: "c10b",
}


@pytest.mark.parametrize(("value", "image"), GOLDEN_NUMBERS.items(), ids=str)
def test_numbers_have_the_documented_bytes(value: int | Decimal, image: str) -> None:
    assert scalars.encode_number(value).hex() == image
    assert scalars.decode_number(scalars.encode_number(value)) == value


@given(
    st.integers(min_value=-(10**39), max_value=10**39)
    | st.decimals(
        allow_nan=False, allow_infinity=False, places=18, min_value=-(10**20), max_value=10**20
    )
)
def test_every_number_of_39_digits_survives_the_round_trip(value: int | Decimal) -> None:
    assert scalars.decode_number(scalars.encode_number(value)) == value


@given(st.integers(), st.integers())
def test_the_bytes_of_numbers_sort_as_the_numbers_do(left: int, right: int) -> None:
    images = scalars.encode_number(left % 10**39), scalars.encode_number(right % 10**39)
    assert (images[0] < images[1]) == (left % 10**39 < right % 10**39)


def test_a_number_beyond_40_digits_is_rounded_half_up() -> None:
    value = Decimal("0." + "1" * 39 + "6")
    assert scalars.decode_number(scalars.encode_number(value)) == Decimal("0." + "1" * 39 + "6")
    longer = Decimal("0." + "1" * 40 + "6")
    assert scalars.decode_number(scalars.encode_number(longer)) == Decimal("0." + "1" * 39 + "2")


def test_a_number_too_large_is_an_overflow_and_one_too_small_is_zero() -> None:
    with pytest.raises(OraError, match="ORA-01426"):
        scalars.encode_number(Decimal("1E126"))
    assert scalars.decode_number(scalars.encode_number(Decimal("1E-140"))) == 0


@given(st.datetimes(min_value=dt.datetime(1, 1, 1)))
def test_timestamps_survive_and_take_seven_bytes_without_a_fraction(value: dt.datetime) -> None:
    image = scalars.encode_timestamp(value)
    assert len(image) == (11 if value.microsecond else 7)
    assert scalars.decode_datetime(image) == value


def test_a_date_has_the_documented_bytes() -> None:
    image = scalars.encode_date(dt.datetime(2026, 11, 24, 3, 25, 50))
    assert list(image) == [120, 126, 11, 24, 4, 26, 51]


@pytest.mark.parametrize("minutes", [330, -180, 0, -210])
def test_a_timestamp_with_time_zone_travels_in_utc_with_its_offset(minutes: int) -> None:
    zone = dt.timezone(dt.timedelta(minutes=minutes))
    value = dt.datetime(2026, 1, 1, 1, 30, tzinfo=zone)
    back = scalars.decode_timestamp_tz(scalars.encode_timestamp_tz(value))
    assert back == value
    assert back.utcoffset() == value.utcoffset()


@given(st.timedeltas(min_value=dt.timedelta(-10_000), max_value=dt.timedelta(10_000)))
def test_intervals_of_days_survive(value: dt.timedelta) -> None:
    assert scalars.decode_interval_ds(scalars.encode_interval_ds(value)) == value


@given(st.integers(-10_000, 10_000))
def test_intervals_of_months_survive(months: int) -> None:
    assert scalars.decode_interval_ym(scalars.encode_interval_ym(Months(months))).months == months


@given(st.floats(allow_nan=False))
def test_doubles_survive(value: float) -> None:
    assert scalars.decode_float(scalars.encode_float(value, 8)) == value


def test_a_rowid_splits_into_its_parts_and_garbage_is_refused() -> None:
    assert scalars.split_rowid("AAASqMAAEAAAAInAAB") == (76428, 4, 551, 1)
    with pytest.raises(OraError, match="ORA-01410"):
        scalars.split_rowid("nonsense")


JSON = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers(-(10**30), 10**30),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=300), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(JSON)
def test_json_survives_the_binary_form(value: object) -> None:
    assert decode_oson(encode_oson(value)) == value


def test_json_with_many_and_long_names_survives() -> None:
    value = {f"name {n}" * (40 if n % 2 else 1): [n, "x" * 70_000] for n in range(300)}
    assert decode_oson(encode_oson(value)) == value


def test_json_text_keeps_every_digit() -> None:
    assert json_text({"n": Decimal("12345678901234567890.123456789")}) == (
        '{"n":12345678901234567890.123456789}'
    )

"""What counts as a difference, the guard, and the embedded engine against the plain rules."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_offload import embedded
from spark_offload.diff import Counts, Difference, Guard, Kind, classify, compare
from spark_offload.errors import DuplicateKeysError
from spark_offload.plan import KeyRange, key_ranges
from spark_offload.reading import HASHED

KEYS = st.text("12-", min_size=1, max_size=3)
HASHES = st.sampled_from(["aa", "bb"])
ERP = st.dictionaries(KEYS, HASHES, max_size=8)
AGREED = st.dictionaries(KEYS, st.none() | HASHES, max_size=8)


def table(side: dict[str, str] | dict[str, str | None]) -> object:
    return pa.table([list(side), list(side.values())], schema=HASHED)


@pytest.mark.parametrize(
    ("erp", "agreed", "kind"),
    [
        (("h",), (), Kind.MISSING),
        (("h",), ("h",), Kind.EQUAL),
        (("h",), ("i",), Kind.CHANGED),
        (("h",), (None,), Kind.PENDING),
        ((), ("h",), Kind.EXTRA),
        ((), (None,), Kind.EXTRA),
    ],
)
def test_each_pair_has_one_kind(
    erp: tuple[str, ...], agreed: tuple[str | None, ...], kind: Kind
) -> None:
    found = classify(
        erp[0] if erp else None,
        agreed[0] if agreed else None,
        in_erp=bool(erp),
        in_agreed=bool(agreed),
    )
    assert found is kind


@given(ERP, AGREED)
def test_the_embedded_engine_finds_what_the_rules_say(
    erp: dict[str, str], agreed: dict[str, str | None]
) -> None:
    counts, found = embedded.found_differences(table(erp), table(agreed))
    assert list(found) == compare(erp, agreed)
    assert counts.compared == len(erp.keys() | agreed.keys())


@given(ERP)
def test_a_side_compared_with_itself_has_no_differences(side: dict[str, str]) -> None:
    assert compare(side, dict(side)) == []


@given(ERP, ERP)
def test_swapping_the_sides_swaps_missing_and_extra(
    left: dict[str, str], right: dict[str, str]
) -> None:
    mirror = {Kind.MISSING: Kind.EXTRA, Kind.EXTRA: Kind.MISSING, Kind.CHANGED: Kind.CHANGED}
    forward = {(d.record_key, mirror[d.kind]) for d in compare(left, dict(right))}
    assert forward == {(d.record_key, d.kind) for d in compare(right, dict(left))}


def test_a_repeated_key_is_reported_not_joined() -> None:
    twice = pa.table([["1-1", "1-1"], ["aa", "bb"]], schema=HASHED)
    with pytest.raises(DuplicateKeysError):
        embedded.found_differences(twice, table({}))


@pytest.mark.parametrize(
    ("counts", "stopped"),
    [
        (Counts(changed=50, equal=0), False),
        (Counts(changed=51, equal=0), True),
        (Counts(changed=100, missing=100, equal=800), False),
        (Counts(changed=100, missing=101, equal=800), True),
        (Counts(changed=100, extra=101, pending=800), True),
        (Counts(equal=10), False),
        (Counts(), False),
    ],
)
def test_the_guard_stops_a_flood(counts: Counts, stopped: bool) -> None:
    assert (Guard().objection(counts) is not None) == stopped
    assert Guard(force=True).objection(counts) is None


def test_ranges_leave_both_ends_open_and_do_not_overlap() -> None:
    assert key_ranges([]) == [KeyRange(None, None)]
    assert key_ranges([5, 5, 5]) == [KeyRange(None, None)]
    assert key_ranges([1, 4, 4, 9]) == [KeyRange(None, 4), KeyRange(4, 9), KeyRange(9, None)]


@given(st.lists(st.integers(-5, 20), max_size=8).map(sorted), st.integers(-50, 50))
def test_every_key_lies_in_exactly_one_range(bounds: list[int], key: int) -> None:
    assert sum(keys.holds(key) for keys in key_ranges(bounds)) == 1


def test_differences_carry_the_hash_of_the_erp_only() -> None:
    found = compare({"1-1": "aa", "2-1": "bb"}, {"1-1": "cc", "3-1": "dd"})
    assert found == [
        Difference("1-1", Kind.CHANGED, "aa"),
        Difference("2-1", Kind.MISSING, "bb"),
        Difference("3-1", Kind.EXTRA, None),
    ]

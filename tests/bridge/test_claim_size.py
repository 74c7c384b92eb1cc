"""How much one claim takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.claim_size import ClaimSize


def test_it_is_halved_by_each_claim_that_runs_out_of_time_and_never_below_one() -> None:
    size = ClaimSize(24)
    seen = []
    for _ in range(6):
        size.begin()
        size.ran_out_of_time()
        seen.append(size.limit)

    assert seen == [12, 6, 3, 1, 1, 1]


def test_it_grows_by_one_and_never_beyond_the_slots() -> None:
    size = ClaimSize(4)
    size.ran_out_of_time()
    seen = []
    for _ in range(4):
        size.begin()
        size.went_well()
        seen.append(size.limit)

    assert seen == [3, 4, 4, 4]


def test_many_that_run_out_of_time_at_once_halve_it_once() -> None:
    size = ClaimSize(24)
    size.begin()
    for _ in range(24):
        size.ran_out_of_time()

    assert size.limit == 12


@pytest.mark.parametrize("most", [1, 2])
def test_the_smallest_daemon_goes_on(most: int) -> None:
    size = ClaimSize(most)
    size.ran_out_of_time()

    assert size.limit == 1


@given(st.integers(1, 64), st.lists(st.sampled_from(["begin", "ran_out_of_time", "went_well"])))
def test_it_is_always_one_to_the_slots(most: int, calls: list[str]) -> None:
    size = ClaimSize(most)
    for call in calls:
        getattr(size, call)()
        assert 1 <= size.limit <= most

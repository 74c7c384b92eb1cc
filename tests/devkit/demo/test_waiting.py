"""Waiting ends when nothing goes on any more, or when it goes on without end."""

from __future__ import annotations

from collections.abc import Iterator

from devkit.demo.waiting import Patience


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def ends_after(pulses: Iterator[int], *, seconds: float = 10) -> float:
    """The second in which patience is over, looked at each second."""
    clock = Clock()
    patience = Patience(lambda: next(pulses), seconds, clock=clock)
    while not patience.is_over:
        clock.now += 1
    assert patience.waited == clock.now
    return clock.now


def test_it_is_over_when_two_looks_show_the_same() -> None:
    assert ends_after(iter([1, 1])) == 20


def test_it_goes_on_while_something_changes() -> None:
    assert ends_after(iter([1, 2, 3, 3])) == 40


def test_it_is_over_when_changes_do_not_end() -> None:
    assert ends_after(iter(range(1000))) == 100

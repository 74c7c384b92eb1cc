"""A plan follows from its seed, has every kind, and is the same however far one looks."""

from __future__ import annotations

from collections import Counter

import pytest

from devkit.faults.edits import ENTITY_OF, Editor
from devkit.faults.kinds import KINDS
from devkit.faults.plan import EDITS, FAULTS, plan_round


def test_the_same_seed_is_the_same_plan_and_another_is_not() -> None:
    first = plan_round(3, 2, edits=40, faults=8)

    assert plan_round(3, 2, edits=40, faults=8) == first
    assert plan_round(4, 2, edits=40, faults=8) != first
    assert plan_round(3, 1, edits=40, faults=8) != first


def test_some_rounds_have_every_kind_as_often_as_its_deck_says() -> None:
    cards = sum(FAULTS.values())
    faults: Counter[str] = Counter()
    edits: Counter[str] = Counter()
    for number in range(1, 5):
        actions = plan_round(1, number, edits=sum(EDITS.values()), faults=cards // 4 + 1)
        faults.update(action.kind for action in actions if action.is_fault)
        edits.update(action.kind for action in actions if not action.is_fault)

    assert faults.keys() == FAULTS.keys()
    assert edits == {kind: 4 * weight for kind, weight in EDITS.items()}


def test_numbers_are_of_one_action_each() -> None:
    numbers = [
        action.number
        for round_number in (1, 2, 3)
        for action in plan_round(1, round_number, edits=20, faults=5)
    ]

    assert numbers == list(range(1, 76))


def test_only_chosen_faults_are_dealt_and_an_unknown_one_is_refused() -> None:
    actions = plan_round(1, 1, edits=0, faults=9, fault_kinds=["crm_5xx"])

    assert {action.kind for action in actions} == {"crm_5xx"}
    with pytest.raises(ValueError, match="no such fault: earthquake"):
        plan_round(1, 1, edits=0, faults=1, fault_kinds=["earthquake"])


def test_every_kind_can_be_done() -> None:
    assert KINDS.keys() == FAULTS.keys()
    assert ENTITY_OF.keys() == EDITS.keys()
    assert all(callable(getattr(Editor, f"_{kind}")) for kind in EDITS)

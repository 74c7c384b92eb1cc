"""What goes beside the body of a webhook: bounded and typed, or nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bridge.domain.shown import MAX_LEAD_ID, shown_json

PERSON = {"person_id": 7, "name": "Ana", "phone": None}
AGREED = {"stage": "Ativação", "sales_rep": 12, "phone": None, "contacts": [PERSON]}


def test_what_an_erp_could_hold_is_kept_as_it_is() -> None:
    text = shown_json(AGREED)

    assert text is not None
    assert json.loads(text) == AGREED


@pytest.mark.parametrize(
    "fields",
    [
        {"stage": "A" * 5000},
        {"stage": {"a": 1}},
        {"phone": ["1"]},
        {"phone": 1.5},
        {"sales_rep": 10**40},
        {"name": "a\x00b"},
        {"contacts": {"person_id": 1}},
        {"contacts": ["x"]},
        {"contacts": [{"name": "Ana"}]},
        {"contacts": [{"person_id": "7"}]},
        {"contacts": [{"person_id": MAX_LEAD_ID}]},
        {"contacts": [{**PERSON, "name": {"a": 1}}]},
        {"contacts": [{**PERSON, "name": "A" * 5000}]},
    ],
)
def test_what_could_not_be_compared_is_left_out_and_the_lead_read(fields: dict[str, Any]) -> None:
    assert shown_json({**AGREED, **fields}) is None


def test_too_many_persons_are_said_to_be_there() -> None:
    text = shown_json({**AGREED, "contacts": [PERSON] * 300})

    assert text is not None
    assert json.loads(text) == {**AGREED, "contacts": None}

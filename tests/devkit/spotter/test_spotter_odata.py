"""The query options, on plain rows."""

from __future__ import annotations

from typing import Any

import pytest

from devkit.spotter.odata import ODataError, answer_list

ROWS: list[dict[str, Any]] = [
    {
        "id": 1,
        "cnpj": "00000000000191",
        "stage": "Ativação",
        "owner": {"id": 5},
        "date": "2025-03-01T10:00:00.000",
    },
    {
        "id": 2,
        "cnpj": "191",
        "stage": "D'Ávila",
        "owner": None,
        "date": "2025-04-01T10:00:00.000",
    },
    {
        "id": 3,
        "cnpj": None,
        "stage": "Ativação",
        "owner": {"id": 7},
        "date": "2025-05-01T10:00:00.000",
    },
]


def found(**query: str) -> list[int]:
    options = {f"${name}": value for name, value in query.items()}
    answer = answer_list(ROWS, options, url="http://x/Leads", context="c", cap=500)
    return [row["id"] for row in answer["value"]]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("id eq 2", [2]),
        ("cnpj eq '00000000000191'", [1]),
        ("cnpj eq '191'", [2]),
        ("stage eq 'D''Ávila'", [2]),
        ("stage eq 'Ativação' and id gt 1", [3]),
        ("id eq 1 or id eq 2 and stage eq 'x'", [1]),
        ("(id eq 1 or id eq 2) and cnpj ne '191'", [1]),
        ("date ge 2025-04-01", [2, 3]),
        ("date lt 2025-04-01T10:00:00Z", [1]),
        ("owner/id eq 7", [3]),
        ("cnpj eq null", [3]),
        ("contains(stage,'Áv')", [2]),
        ("STAGE EQ 'Ativação'", [1, 3]),
    ],
)
def test_filter_finds(text: str, ids: list[int]) -> None:
    assert found(filter=text) == ids


@pytest.mark.parametrize(
    "text", ["id", "id eq", "id is 1", "nope eq 1", "id eq 'a'", "id eq 1 x", "(id eq 1", "f(id,1)"]
)
def test_a_filter_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(ODataError):
        found(filter=text)


def test_order_select_top_and_skip() -> None:
    assert found(orderby="id desc") == [3, 2, 1]
    assert found(orderby="stage, id desc") == [3, 1, 2]
    assert found(orderby="id desc", top="1", skip="1") == [2]
    answer = answer_list(ROWS, {"$select": "ID,stage"}, url="u", context="c", cap=500)
    assert answer["value"][0] == {"id": 1, "stage": "Ativação"}


def test_a_top_below_the_cap_ends_the_list_without_a_link() -> None:
    answer = answer_list(ROWS, {"$top": "2"}, url="u", context="c", cap=500)
    assert len(answer["value"]) == 2
    assert "@odata.nextLink" not in answer

"""A daemon and a database of neighbouring releases work together, in either order."""

from __future__ import annotations

import pytest

from bridge import API_VERSION
from bridge.cli import compose
from bridge.errors import SchemaIncompatible


class Api:
    """The two functions of the API that are asked."""

    def __init__(self, version: int, oldest: int) -> None:
        self.version = version
        self.oldest = oldest
        self.asked = 0

    async def api_version(self) -> int:
        return self.version

    async def oldest_api_version(self) -> int:
        self.asked += 1
        return self.oldest


async def check(api: Api, monkeypatch: pytest.MonkeyPatch, *, speaks: int, oldest: int) -> int:
    monkeypatch.setattr(compose, "API_VERSION", speaks)
    monkeypatch.setattr(compose, "OLDEST_API_VERSION", oldest)
    return await compose.check_api(api)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("version", "oldest", "asked"),
    [(5, 4, 0), (6, 5, 1), (4, 3, 0)],
    ids=["the same", "the database is newer", "the daemon is newer"],
)
async def test_neighbours_work_together(
    monkeypatch: pytest.MonkeyPatch, version: int, oldest: int, asked: int
) -> None:
    api = Api(version, oldest)

    assert await check(api, monkeypatch, speaks=5, oldest=4) == version
    assert api.asked == asked  # a database of the version before may not have the question


@pytest.mark.parametrize(
    ("version", "oldest", "next_step"),
    [(7, 6, "install the daemon"), (3, 2, "run erpcrm migrate")],
    ids=["the database is too new", "the database is too old"],
)
async def test_others_are_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch, version: int, oldest: int, next_step: str
) -> None:
    with pytest.raises(SchemaIncompatible, match=next_step) as caught:
        await check(Api(version, oldest), monkeypatch, speaks=5, oldest=4)

    assert (caught.value.expected, caught.value.found) == (5, version)
    assert API_VERSION >= 1

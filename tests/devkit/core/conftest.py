"""A session without network on a data directory of its own, shared by the tests of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.oracle.contracts import ExecuteRequest
from devkit.oracle.session import Session, local

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with local(tmp_path_factory.mktemp("data")) as session:
        yield session


class Client:
    """Runs statements as a client would, and gives rows as lists of tuples."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def __call__(self, sql: str) -> list[tuple[object, ...]]:
        result = self.session.execute(ExecuteRequest(sql))
        return result.cursor.fetch(1000) if result.cursor else []

    def compiles(self, sql: str) -> bool:
        return not self.session.execute(ExecuteRequest(sql)).compiled_with_errors


@pytest.fixture
def run(system: Session) -> Iterator[Client]:
    """A fresh schema T, with SYSTEM as the user and T as the current schema."""
    client = Client(system)
    client("create user t no authentication quota unlimited on users")
    client("alter session set current_schema = t")
    yield client
    system.rollback()
    client("alter session set current_schema = system")
    client("drop user t cascade")

"""A session without network on a data directory of its own, shared by the tests of a module."""

from __future__ import annotations

import copy
import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from devkit.oracle.contracts import ExecuteRequest
from devkit.oracle.session import Session, local
from devkit.oracle.storage.transactions import Transactions

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


@contextmanager
def undone(session: Session) -> Iterator[None]:
    """What happens inside is undone, DDL as well.

    For PostgreSQL it is one transaction: those of the session, autonomous ones too, are savepoints of
    it. A failure ends what can be done inside.
    """
    storage = session.main_storage
    link = storage._link
    command = link.command
    numbers = itertools.count()
    begun: list[bytes] = []

    def nested(sql: bytes) -> None:
        if sql.startswith(b"BEGIN"):
            begun.append(b"w%d" % next(numbers))
            sql = b"SAVEPOINT " + begun[-1]
        elif sql == b"COMMIT":
            sql = b"RELEASE SAVEPOINT " + begun.pop()
        elif sql == b"ROLLBACK":
            sql = b"ROLLBACK TO SAVEPOINT %b;RELEASE SAVEPOINT %b" % (begun[-1], begun.pop())
        command(sql)

    inner = copy.copy(storage)  # the same connection, with transactions of its own
    inner._transactions = Transactions(link)
    outer, storage._child = storage._child, inner
    command(b"BEGIN")
    link.command = nested  # type: ignore[method-assign]
    try:
        yield
    finally:
        session.rollback()
        del link.command  # type: ignore[method-assign]
        command(b"ROLLBACK")
        storage._child = outer
        session.catalog.forget()
        session.catalog.version = 0  # the numbers of the versions that were undone come again
        session.catalog.refresh()
        storage.forget_plans()
        session.forget_broken_units()


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

"""One stand-in for the tests of the supplied packages; each test gets a schema of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import oracledb
import pytest

from devkit.oracle.control import StandIn

if TYPE_CHECKING:
    from pathlib import Path

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    folder: Path = tmp_path_factory.mktemp("supplied")
    with StandIn.start(data=folder / "db", durability="fast", log=folder / "log") as running:
        yield running


@pytest.fixture
def admin(stand_in: StandIn) -> Iterator[oracledb.Connection]:
    with oracledb.connect(
        user=stand_in.user, password=stand_in.password, dsn=stand_in.dsn
    ) as connection:
        yield connection


class Account:
    """A user with a password; ``connect`` opens sessions of it."""

    def __init__(self, stand_in: StandIn, name: str) -> None:
        self.name = name
        self.dsn = stand_in.dsn

    def connect(self) -> oracledb.Connection:
        return oracledb.connect(user=self.name, password="secret", dsn=self.dsn)

    async def connect_async(self) -> oracledb.AsyncConnection:
        return await oracledb.connect_async(user=self.name, password="secret", dsn=self.dsn)


@pytest.fixture
def account(stand_in: StandIn, admin: oracledb.Connection) -> Account:
    """A fresh user who may use queues, locks and jobs."""
    name = f"U{next(_NUMBERS)}"
    with admin.cursor() as cursor:
        cursor.execute(f"create user {name} identified by secret quota unlimited on users")
        cursor.execute(
            f"grant create session, create table, create procedure, create type, create job to {name}"
        )
        for package in ("dbms_aq", "dbms_aqadm", "dbms_lock", "dbms_crypto"):
            cursor.execute(f"grant execute on sys.{package} to {name}")
    return Account(stand_in, name)


@pytest.fixture
def session(account: Account) -> Iterator[oracledb.Connection]:
    with account.connect() as connection:
        yield connection

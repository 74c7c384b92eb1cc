"""One database for all scripts: the stand-in, or the Oracle that ERPCRM_TEST_DSN names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import oracledb
import pytest

from devkit.demo.external import External
from devkit.oracle.control import StandIn

_PASSWORD = "Scripts_1"  # of throw-away users in a throw-away database
_GRANTS = (
    "create session, create table, create view, create sequence, create procedure, create trigger, "
    "create type, create synonym, unlimited tablespace"
)
_PACKAGES = ("dbms_aq", "dbms_aqadm", "dbms_lock")


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    """(dsn, administrator, password)."""
    external = External.from_environment()
    if external is not None:
        yield external.dsn, external.user, external.password
        return
    folder = tmp_path_factory.mktemp("oracle")
    with StandIn.start(
        data=folder / "data", durability="fast", profile="19c", log=folder / "log.txt"
    ) as stand_in:
        yield stand_in.dsn, stand_in.user, stand_in.password


@pytest.fixture
def connect(database: tuple[str, str, str]) -> Iterator[Callable[[], Any]]:
    """Opens sessions of a user made for this one test, who owns nothing yet."""
    dsn, admin, password = database
    user = f"s_{uuid4().hex[:12]}"
    with oracledb.connect(user=admin, password=password, dsn=dsn) as connection:
        cursor = connection.cursor()
        cursor.execute(f'create user {user} identified by "{_PASSWORD}"')
        cursor.execute(f"grant {_GRANTS} to {user}")
        for package in _PACKAGES:
            cursor.execute(f"grant execute on sys.{package} to {user}")
        yield lambda: oracledb.connect(user=user, password=_PASSWORD, dsn=dsn)
        cursor.execute(f"drop user {user} cascade")

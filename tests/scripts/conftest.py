"""One database for all scripts: the stand-in, or the Oracle that ERPCRM_TEST_DSN names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import oracledb
import pytest

_PASSWORD = "Scripts_1"  # a throw-away database on this machine's loopback
_GRANTS = (
    "create session, create table, create view, create sequence, create procedure, create trigger, "
    "create type, create synonym, unlimited tablespace"
)


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    """(dsn, administrator, password)."""
    dsn = os.environ.get("ERPCRM_TEST_DSN")
    if dsn:
        user = os.environ.get("ERPCRM_TEST_ADMIN_USER", "system")
        yield dsn, user, os.environ["ERPCRM_TEST_ADMIN_PASSWORD"]
        return
    data = tmp_path_factory.mktemp("oracle")
    command = [sys.executable, "-m", "devkit.oracle", "--data", str(data), "--port", "0"]
    process = subprocess.Popen(
        [*command, "--admin-password", _PASSWORD],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        text=True,
    )
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline() or "{}")
    assert ready, "the stand-in did not start"
    yield ready["dsn"], ready["admin_user"], _PASSWORD
    process.terminate()
    process.wait(30)
    process.stdout.close()


@pytest.fixture
def connect(database: tuple[str, str, str]) -> Iterator[Callable[[], Any]]:
    """Opens sessions of a user made for this one test, who owns nothing yet."""
    dsn, admin, password = database
    user = f"s_{uuid4().hex[:12]}"
    with oracledb.connect(user=admin, password=password, dsn=dsn) as connection:
        cursor = connection.cursor()
        cursor.execute(f'create user {user} identified by "{_PASSWORD}"')
        cursor.execute(f"grant {_GRANTS} to {user}")
        cursor.execute(f"grant execute on sys.dbms_aqadm to {user}")
        cursor.execute(f"grant execute on sys.dbms_aq to {user}")
        cursor.execute(f"grant execute on sys.dbms_lock to {user}")
        yield lambda: oracledb.connect(user=user, password=_PASSWORD, dsn=dsn)
        cursor.execute(f"drop user {user} cascade")

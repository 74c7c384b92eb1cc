"""The first row of a table wants a quota of its owner: ORA-01950."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.oracle.errors import OraError
from tests.devkit.core.conftest import Client, undone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.oracle.session import Session

INSERTS = (
    "insert into bare.t values (1)",
    "insert into bare.t select level from dual connect by level < 3",
    "merge into bare.t d using dual on (d.a = 1) when not matched then insert (a) values (1)",
    "insert all into bare.t (a) values (1) select 1 from dual",
    "begin forall i in 1 .. 3 insert into bare.t values (i); end;",
)


@pytest.fixture
def client(system: Session) -> Iterator[Client]:
    with undone(system):
        client = Client(system)
        client("create user bare no authentication default tablespace users")
        client("create table bare.t (a number)")
        client("create global temporary table bare.g (a number)")
        yield client


@pytest.mark.parametrize("insert", INSERTS)
def test_no_quota_no_first_row(client: Client, insert: str) -> None:
    with pytest.raises(OraError) as caught:
        client(insert)
    assert "ORA-01950: no privileges on tablespace 'USERS'" in caught.value.message


@pytest.mark.parametrize(
    "room",
    [
        "alter user bare quota unlimited on users",
        "alter user bare quota 1m on users",
        "grant unlimited tablespace to bare",
        "grant dba to bare",
    ],
)
def test_with_room_rows_come_and_stay_when_it_is_gone(client: Client, room: str) -> None:
    client(room)
    for insert in INSERTS:
        client(insert)
    client("commit")
    if "quota" in room:
        client("alter user bare quota 0 on users")
        client(INSERTS[0])  # the segment is there


def test_temporary_tables_want_none(client: Client) -> None:
    client("insert into bare.g values (1)")
    client("delete bare.t")

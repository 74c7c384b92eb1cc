"""Row locks between two sessions: NOWAIT, WAIT n, SKIP LOCKED, and reading past writers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Sql

    from devkit.oracle.session import Database


@pytest.fixture(autouse=True, scope="module")
def tables(schema: Sql) -> None:
    schema.execute("create table t (id number primary key, n number)")
    schema.execute("insert into t select level, 0 from dual connect by level <= 3")
    schema.session.commit()


@pytest.fixture
def other(sql: Sql, server: Database) -> Iterator[Sql]:
    session = server.open_session("SYSTEM")
    second = type(sql)(session)
    second.execute("alter session set current_schema = s")
    yield second
    session.close()


def test_nowait_and_wait_end_with_their_own_errors(sql: Sql, other: Sql) -> None:
    sql.execute("update t set n = 1 where id = 1")
    assert other.error("select * from t where id = 1 for update nowait").code == 54
    assert other.error("select * from t where id = 1 for update wait 1").code == 30006
    assert other.rows("select id from t where id = 2 for update nowait") == [(2,)]


def test_skip_locked_leaves_out_what_others_hold(sql: Sql, other: Sql) -> None:
    sql.execute("update t set n = 1 where id = 1")
    assert other.rows("select id from t order by id for update skip locked") == [(2,), (3,)]


def test_readers_see_only_what_is_committed(sql: Sql, other: Sql) -> None:
    sql.execute("update t set n = 7 where id = 3")
    assert other.one("select n from t where id = 3") == 0
    sql.session.commit()
    assert other.one("select n from t where id = 3") == 7


def test_lock_table_nowait_finds_the_lock_of_another_session(sql: Sql, other: Sql) -> None:
    sql.execute("lock table t in exclusive mode")
    assert other.error("lock table t in row exclusive mode nowait").code == 54

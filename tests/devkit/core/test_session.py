"""What a session does with each kind of statement, and with its own state."""

from __future__ import annotations

import threading
import time
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from patience import LONG, STALL

from devkit.oracle.contracts import Bind, Direction, ExecuteRequest
from devkit.oracle.errors import OraError
from devkit.oracle.session import Database, first_word, local
from devkit.oracle.values import NUMBER, VARCHAR2
from tests.devkit.core.conftest import Client

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("select 1", "SELECT"),
        ("\n  -- note\n /* x */ ( (SELECT 1) )", "SELECT"),
        ("with a as (select 1) select", "WITH"),
        ("<<l>> begin", "<<"),
        ("Begin null; end;", "BEGIN"),
        ("", ""),
        ("-- only a comment", ""),
        ("?", ""),
    ],
)
def test_the_first_word_decides(sql: str, word: str) -> None:
    assert first_word(sql) == word


def test_a_failed_block_is_undone_but_not_what_it_committed(run: Client) -> None:
    run("create table a (x number)")
    run("insert into a values (1)")
    with pytest.raises(OraError, match="ORA-01476"):
        run("begin insert into a values (2); insert into a values (1 / 0); end;")
    assert run("select x from a order by x") == [(1,)]
    with pytest.raises(OraError):
        run("begin insert into a values (3); commit; insert into a values (1 / 0); end;")
    run("rollback")
    assert run("select x from a order by x") == [(1,), (3,)]


def test_savepoints_work_as_statements(run: Client) -> None:
    run("create table a (x number)")
    run("insert into a values (1)")
    run("savepoint here")
    run("insert into a values (2)")
    run("rollback to savepoint here")
    run("commit work")
    assert run("select x from a") == [(1,)]
    with pytest.raises(OraError, match="ORA-01086: savepoint 'HERE' never established"):
        run("rollback to here")


def test_a_read_only_transaction_sees_one_moment_and_refuses_changes(run: Client) -> None:
    run("create table a (x number)")
    run("set transaction read only")
    other = Database(run.session.main_storage.conninfo).open_session("SYSTEM")
    other.execute(ExecuteRequest("insert into t.a values (1)", autocommit=True))
    assert run("select count(*) from a") == [(0,)]
    with pytest.raises(OraError, match="ORA-01456"):
        run("insert into a values (2)")
    run("commit")
    assert run("select count(*) from a") == [(1,)]
    other.close()


def test_autocommit_commits_what_succeeded(run: Client) -> None:
    run("create table a (x number)")
    run.session.execute(ExecuteRequest("insert into a values (1)", autocommit=True))
    assert not run.session.in_transaction


def test_a_block_gives_its_out_values_back(run: Client) -> None:
    binds = [Bind("A", NUMBER), Bind("B", VARCHAR2)]
    result = run.session.execute(
        ExecuteRequest("begin :b := 'n' || :a; end;", binds, [[1, None], [2, None]])
    )
    assert result.directions == [Direction.IN, Direction.OUT]
    assert result.out == [["n1"], ["n2"]]


def test_an_array_stops_at_its_first_error_and_keeps_what_came_before(run: Client) -> None:
    run("create table a (x number(2))")
    request = ExecuteRequest(
        "insert into a values (:1)", [Bind("1", NUMBER)], [[1], [2], [100], [4]]
    )
    with pytest.raises(OraError, match="ORA-01438"):
        run.session.execute(request)
    assert run("select x from a order by x") == [(1,), (2,)]


def test_batch_errors_are_listed_and_the_rest_is_done(run: Client) -> None:
    run("create table a (x number(2) primary key)")
    request = ExecuteRequest(
        "insert into a values (:1)",
        [Bind("1", NUMBER)],
        [[1], [1], [100], [4]],
        batch_errors=True,
        dml_row_counts=True,
    )
    result = run.session.execute(request)
    assert [(one.offset, one.error.code) for one in result.batch_errors] == [(1, 1), (2, 1438)]
    assert result.rowcount == 2
    assert run("select x from a order by x") == [(1,), (4,)]


def test_returning_converts_to_the_type_of_the_bind(run: Client) -> None:
    run("create table r (x number, d date, v varchar2(5))")
    request = ExecuteRequest(
        "insert into r values (1.5, date '2026-01-02', '7') return x, d, v into :r1, :r2, :r3",
        [
            Bind("R1", VARCHAR2, is_returning=True),
            Bind("R2", VARCHAR2, is_returning=True),
            Bind("R3", NUMBER, is_returning=True),
        ],
        [[]],
    )
    assert run.session.execute(request).returning == [[["1.5"], ["02-JAN-26"], [7]]]


def test_returning_gives_values_by_execution_and_bind(run: Client) -> None:
    run("create table a (x number, y number)")
    run("insert into a values (1, 10)")
    run("insert into a values (2, 20)")
    request = ExecuteRequest(
        "update a set y = y + 1 returning x, y into :r1, :r2",
        [Bind("R1", NUMBER, is_returning=True), Bind("R2", NUMBER, is_returning=True)],
    )
    returned = run.session.execute(request).returning
    assert returned is not None
    assert sorted(zip(*returned[0], strict=True)) == [(1, 11), (2, 21)]


def test_describe_only_runs_nothing(run: Client) -> None:
    run("create table a (x number(3) not null)")
    result = run.session.execute(ExecuteRequest("select x from a", describe_only=True))
    assert result.columns is not None
    assert [(one.name, one.type.precision, one.nullable) for one in result.columns] == [
        ("X", 3, False)
    ]
    run.session.execute(ExecuteRequest("create table b (x number)", describe_only=True))
    assert run("select count(*) from all_tables where owner = 'T'") == [(1,)]


def test_session_settings_are_seen(run: Client) -> None:
    run("alter session set nls_date_format = 'YYYY-MM-DD'")
    assert run("select to_char(date '2026-02-03') from dual") == [("2026-02-03",)]
    assert run("select value from nls_session_parameters where parameter = 'NLS_DATE_FORMAT'") == [
        ("YYYY-MM-DD",)
    ]
    run("alter session set nls_date_format = 'DD-MON-RR'")
    for sql, code in (
        ("alter session set current_schema = nobody", "ORA-01435"),
        ("alter session set nls_language = 'GERMAN'", "ORA-03001"),
        ("alter session set time_zone = '+20:00'", "ORA-01874"),
    ):
        with pytest.raises(OraError, match=code):
            run(sql)


def test_the_time_zone_of_the_session_counts(run: Client) -> None:
    run("alter session set time_zone = '-03:00'")
    assert run("select sessiontimezone from dual") == [("-03:00",)]
    assert run("select to_char(current_timestamp, 'TZH:TZM') from dual") == [("-03:00",)]
    run("alter session set time_zone = '+00:00'")


def test_sysdate_is_the_hosts_and_current_date_the_sessions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        with local(tmp_path) as session:
            run = Client(session)
            run("alter session set time_zone = '-03:00'")
            assert run(
                "select to_char(systimestamp, 'TZH:TZM'), round((sysdate - current_date) * 24, 1),"
                " round((cast(systimestamp as date) - sysdate) * 24, 1) from dual"
            ) == [("+05:30", Decimal("8.5"), 0)]
            run("create table seen (line varchar2(99))")
            run(
                "begin insert into seen values (to_char(systimestamp, 'TZH:TZM')"
                " || round((sysdate - cast(current_timestamp as date)) * 24, 1)); end;"
            )
            assert run("select line from seen") == [("+05:308.5",)]
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "sql",
    [
        "begin loop null; end loop; end;",
        f"begin dbms_session.sleep({LONG}); end;",
        "select count(*) from all_objects a, all_objects b, all_objects c, all_objects d",
    ],
)
def test_a_cancel_ends_whatever_runs(run: Client, sql: str) -> None:
    run("create table a (x number)")
    run("insert into a values (1)")
    timer = threading.Timer(0.2, run.session.cancel)
    timer.start()
    begun = time.monotonic()
    with pytest.raises(OraError, match="ORA-01013"):
        run(sql)
    assert time.monotonic() - begun < LONG
    run("commit")
    assert run("select count(*) from a") == [(1,)]


def test_a_cancel_between_calls_is_forgotten(run: Client) -> None:
    run.session.cancel()
    assert run("select 1 from dual") == [(1,)]


def test_a_killed_session_loses_its_work(run: Client) -> None:
    run("create table a (x number)")
    victim = Database(run.session.main_storage.conninfo).open_session("SYSTEM")
    victim.execute(ExecuteRequest("insert into t.a values (1)"))
    run(f"alter system kill session '{victim.sid},{victim.serial}'")
    deadline = time.monotonic() + STALL
    while time.monotonic() < deadline:
        try:
            victim.execute(ExecuteRequest("select 1 from dual"))
            time.sleep(0.02)
        except OraError as error:
            assert error.code in (28, 3113)
            break
    else:
        pytest.fail("the session still answers")
    victim.close()
    assert run("select count(*) from a") == [(0,)]
    with pytest.raises(OraError, match="ORA-00030"):
        run("alter system kill session '999999,1'")


def test_sys_context_tells_who_and_where(run: Client) -> None:
    assert run(
        "select sys_context('userenv', 'session_user'), sys_context('userenv', 'current_schema'),"
        " sys_context('nothing', 'x') from dual"
    ) == [("SYSTEM", "T", None)]
    with pytest.raises(OraError, match="ORA-02003"):
        run("select sys_context('userenv', 'nonsense') from dual")


def test_repeated_binds_with_different_values_are_refused(run: Client) -> None:
    request = ExecuteRequest(
        "select :1 + :1 from dual", [Bind("1", NUMBER), Bind("1", NUMBER)], [[1, 2]]
    )
    with pytest.raises(OraError, match="ORA-03001"):
        run.session.execute(request)

"""The stand-in as a program: start, connect with the driver, stop, crash, start again."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import oracledb
import psutil
import pytest
from patience import STALL, until

from devkit.oracle.control import StandIn, StandInError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def start(data: Path) -> StandIn:
    return StandIn.start(data=data, durability="fast", log=data.with_suffix(".log"))


def connect(stand_in: StandIn) -> oracledb.Connection:
    return oracledb.connect(
        user=stand_in.user, password=stand_in.password, dsn=stand_in.dsn, tcp_connect_timeout=STALL
    )


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with start(tmp_path_factory.mktemp("server") / "data") as running:
        yield running


def test_it_says_what_a_client_needs(stand_in: StandIn) -> None:
    assert stand_in.dsn == f"127.0.0.1:{stand_in.port}/FREEPDB1"
    assert stand_in.user == "system"
    with connect(stand_in) as connection:
        assert connection.version == "19.24.0.0.0"
        with connection.cursor() as cursor:
            cursor.execute("select version_full from product_component_version")
            assert cursor.fetchone() == ("19.24.0.0.0",)


def test_the_newer_release_is_asked_for(tmp_path: Path) -> None:
    with (
        StandIn.start(data=tmp_path / "data", durability="fast", profile="23ai") as running,
        connect(running) as connection,
        connection.cursor() as cursor,
    ):
        assert connection.version.startswith("23.")
        cursor.execute("create table if not exists newer (j json)")
        cursor.execute("select version from product_component_version")
        assert cursor.fetchone() == ("23.0.0.0.0",)


def test_a_wrong_password_is_refused(stand_in: StandIn) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-01017"):
        oracledb.connect(user="system", password="wrong", dsn=stand_in.dsn)
    with pytest.raises(oracledb.DatabaseError, match="ORA-01017"):
        oracledb.connect(user="nobody", password="wrong", dsn=stand_in.dsn)


def test_a_locked_account_is_refused(stand_in: StandIn) -> None:
    with connect(stand_in) as connection, connection.cursor() as cursor:
        cursor.execute("create user shut identified by pw account lock")
        cursor.execute("grant create session to shut")
    with pytest.raises(oracledb.DatabaseError, match="ORA-28000"):
        oracledb.connect(user="shut", password="pw", dsn=stand_in.dsn)


def test_passwords_keep_their_case(stand_in: StandIn) -> None:
    with connect(stand_in) as connection, connection.cursor() as cursor:
        cursor.execute("create user cased identified by SeCret")
        cursor.execute("grant create session to cased")
    oracledb.connect(user="CASED", password="SeCret", dsn=stand_in.dsn).close()
    with pytest.raises(oracledb.DatabaseError, match="ORA-01017"):
        oracledb.connect(user="cased", password="SECRET", dsn=stand_in.dsn)


def test_each_session_is_a_process_and_leaves_with_its_client(stand_in: StandIn) -> None:
    parent = psutil.Process(stand_in.pid)

    def sessions() -> int:
        # The clock of the scheduler is a child, too, and so is PostgreSQL.
        return len(parent.children())

    connect(stand_in).close()
    # those of the tests before are gone: the scheduler's and PostgreSQL's stay
    until(lambda: sessions() == 2, "the end of the sessions before")
    connection = connect(stand_in)
    assert sessions() == 3
    connection.close()
    until(lambda: sessions() == 2, "the end of the session's process")


def test_a_session_that_has_logged_off_is_gone_when_its_client_goes_on(stand_in: StandIn) -> None:
    """Else DROP USER, next, is ORA-01940."""
    with connect(stand_in) as connection, connection.cursor() as cursor:
        for _ in range(20):
            cursor.execute("create user brief identified by pw")
            cursor.execute("grant create session to brief")
            oracledb.connect(user="brief", password="pw", dsn=stand_in.dsn).close()
            cursor.execute("drop user brief")


def test_a_user_who_is_connected_cannot_be_dropped(stand_in: StandIn) -> None:
    with connect(stand_in) as connection, connection.cursor() as cursor:
        cursor.execute("create user busy_one identified by pw")
        cursor.execute("grant create session to busy_one")
        with (
            oracledb.connect(user="busy_one", password="pw", dsn=stand_in.dsn),
            pytest.raises(oracledb.DatabaseError, match="ORA-01940"),
        ):
            cursor.execute("drop user busy_one cascade")
        cursor.execute("drop user busy_one cascade")


def test_sessions_are_seen_with_what_they_say_of_themselves(stand_in: StandIn) -> None:
    with connect(stand_in) as connection, connect(stand_in) as other:
        other.module = "loader"
        other.action = "step 1"
        other.ping()
        with other.cursor() as cursor:
            cursor.execute("select 1 from dual")
        with connection.cursor() as cursor:
            cursor.execute("select action, username from v$session where module = 'loader'")
            assert cursor.fetchall() == [("step 1", "SYSTEM")]


def test_a_lost_client_is_rolled_back(stand_in: StandIn) -> None:
    script = (
        "import oracledb, os, sys\n"
        "c = oracledb.connect(user='system', password=sys.argv[1], dsn=sys.argv[2])\n"
        "k = c.cursor()\n"
        "k.execute('update lost set x = 2')\n"
        "print('done', flush=True)\n"
        "os._exit(1)\n"
    )
    with connect(stand_in) as connection, connection.cursor() as cursor:
        cursor.execute("create table lost (x number)")
        cursor.execute("insert into lost values (1)")
        connection.commit()
        subprocess.run(
            [sys.executable, "-c", script, stand_in.password, stand_in.dsn],
            check=False,
            capture_output=True,
        )
        connection.call_timeout = int(STALL * 1000)
        cursor.execute("update lost set x = x + 10")  # waits until the lost session's lock is gone
        cursor.execute("select x from lost")
        assert cursor.fetchall() == [(11,)]


def test_ddl_of_one_session_is_seen_by_the_next_call_of_another(stand_in: StandIn) -> None:
    with (
        connect(stand_in) as one,
        connect(stand_in) as two,
        one.cursor() as first,
        two.cursor() as second,
    ):
        first.execute("create table shared (x number)")
        second.execute("select count(*) from shared")
        first.execute("alter table shared add y number default 5")
        first.execute("insert into shared (x) values (1)")
        one.commit()
        second.execute("select * from shared")
        assert second.fetchall() == [(1, 5)]
        first.execute("drop table shared purge")
        with pytest.raises(oracledb.DatabaseError, match="ORA-00942"):
            second.execute("select * from shared")


def test_a_waiting_statement_obeys_the_call_timeout(stand_in: StandIn) -> None:
    with (
        connect(stand_in) as one,
        connect(stand_in) as two,
        one.cursor() as first,
        two.cursor() as second,
    ):
        first.execute("create table busy (x number)")
        first.execute("insert into busy values (1)")
        one.commit()
        first.execute("update busy set x = 2")
        two.call_timeout = 300
        with pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
            second.execute("update busy set x = 3")
        one.rollback()
        two.call_timeout = 0
        second.execute("update busy set x = 4")
        assert second.rowcount == 1


def test_data_and_password_survive_a_restart(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with start(data) as first:
        with connect(first) as connection, connection.cursor() as cursor:
            cursor.execute("create table kept (x number)")
            cursor.execute("insert into kept values (1)")
            connection.commit()
        password = first.password
    assert first.process.returncode == 0
    with start(data) as second:
        assert second.password == password
        with connect(second) as connection, connection.cursor() as cursor:
            cursor.execute("select x from kept")
            assert cursor.fetchall() == [(1,)]


def test_a_stop_with_open_sessions_is_clean(tmp_path: Path) -> None:
    running = start(tmp_path / "data")
    connection = connect(running)
    assert running.stop() == 0
    assert not psutil.pid_exists(running.pid)
    with contextlib.suppress(oracledb.Error):
        connection.close()


def test_after_a_crash_committed_work_is_there(tmp_path: Path) -> None:
    data = tmp_path / "data"
    running = StandIn.start(data=data, log=tmp_path / "log")
    connection = connect(running)
    with connection.cursor() as cursor:
        cursor.execute("create table kept (x number)")
        cursor.execute("insert into kept values (1)")
        connection.commit()
        cursor.execute("insert into kept values (2)")
    running.kill()
    with (
        StandIn.start(data=data, log=tmp_path / "log") as second,
        connect(second) as again,
        again.cursor() as cursor,
    ):
        cursor.execute("select x from kept")
        assert cursor.fetchall() == [(1,)]
    with contextlib.suppress(oracledb.Error):
        connection.close()


def test_a_second_start_on_the_same_directory_is_refused(stand_in: StandIn, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(StandInError, match="status 3"):
        StandIn.start(data=stand_in.data, log=log)
    assert f"in use by another stand-in (pid {stand_in.pid})" in log.read_text()


def test_ctrl_c_stops_it_with_status_0(tmp_path: Path) -> None:
    running = start(tmp_path / "data")
    os.kill(running.pid, signal.SIGINT)
    assert running.process.wait(STALL) == 0
    running.stop()


def test_ctrl_c_is_heard_where_it_was_ignored_before(tmp_path: Path) -> None:
    """As in the background of a script, whose processes inherit that; and before the first connection."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        running = start(tmp_path / "data")
    finally:
        signal.signal(signal.SIGINT, before)
    os.kill(running.pid, signal.SIGINT)
    assert running.process.wait(STALL) == 0
    running.stop()


def test_the_password_can_be_given(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [
            sys.executable, "-m", "devkit.oracle", "--data", str(tmp_path / "data"),
            "--admin-password", "Given#1", "--durability", "fast",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    oracledb.connect(user="sys", password="Given#1", dsn=ready["dsn"], mode=oracledb.SYSDBA).close()
    with pytest.raises(oracledb.DatabaseError, match="ORA-01031"):  # only SYS holds SYSDBA
        oracledb.connect(user="system", password="Given#1", dsn=ready["dsn"], mode=oracledb.SYSDBA)
    process.terminate()
    _, errors = process.communicate(timeout=STALL)
    assert "for development, demonstration and tests only" in errors

"""Supplied packages other than queues: locks, output, scheduler, text and bytes, name checks."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import oracledb
import pytest
from patience import LONG, STALL

if TYPE_CHECKING:
    from conftest import Account

pytestmark = pytest.mark.devkit


def _value(session: oracledb.Connection, expression: str, kind: Any = str, **binds: Any) -> Any:
    """The value of a PL/SQL expression."""
    with session.cursor() as cursor:
        result = cursor.var(kind)
        cursor.execute(f"begin :result := {expression}; end;", result=result, **binds)
        return result.getvalue()


_REQUEST = """
declare
   l_handle varchar2(128);
begin
   sys.dbms_lock.allocate_unique(lockname => :name, lockhandle => l_handle);
   :code := sys.dbms_lock.request(
      lockhandle => l_handle, lockmode => :mode_, timeout => :timeout, release_on_commit => false
   );
   :handle := l_handle;
end;"""


def _request(session: oracledb.Connection, name: str, *, mode: int = 6, timeout: int = 0) -> int:
    with session.cursor() as cursor:
        code, handle = cursor.var(int), cursor.var(str)
        cursor.execute(_REQUEST, name=name, code=code, mode_=mode, timeout=timeout, handle=handle)
        return int(code.getvalue())


def test_an_exclusive_lock_is_held_by_one_session_over_commits(
    account: Account, session: oracledb.Connection
) -> None:
    with account.connect() as other:
        assert _request(session, "deploy") == 0
        session.commit()
        assert _request(session, "deploy") == 4  # held already by the session itself
        assert _request(other, "deploy") == 1  # timeout
        assert _request(other, "another") == 0


def test_shared_locks_go_together_and_keep_an_exclusive_one_out(
    account: Account, session: oracledb.Connection
) -> None:
    with account.connect() as second, account.connect() as third:
        assert _request(session, "read", mode=4) == 0
        assert _request(second, "read", mode=4) == 0
        assert _request(third, "read", mode=6) == 1


def test_a_lock_comes_when_its_holder_ends(account: Account, session: oracledb.Connection) -> None:
    holder = account.connect()
    assert _request(holder, "handed on") == 0
    timer = threading.Timer(0.3, holder.close)
    timer.start()
    assert _request(session, "handed on", timeout=LONG) == 0
    timer.join()


def test_output_is_kept_until_it_is_read_and_only_when_enabled(
    session: oracledb.Connection,
) -> None:
    with session.cursor() as cursor:
        cursor.execute("begin dbms_output.put_line('lost'); dbms_output.enable; end;")
        cursor.execute("begin dbms_output.put('a'); dbms_output.put_line('b'); end;")
        line, status = cursor.var(str), cursor.var(int)
        cursor.callproc("dbms_output.get_line", (line, status))
        assert (line.getvalue(), status.getvalue()) == ("ab", 0)
        cursor.callproc("dbms_output.get_line", (line, status))
        assert status.getvalue() == 1


def test_a_job_runs_repeatedly_as_its_owner(session: oracledb.Connection) -> None:
    with session.cursor() as cursor:
        cursor.execute("create table runs (who varchar2(30))")
        cursor.execute(
            """begin
                  sys.dbms_scheduler.create_job(
                     job_name        => 'tick',
                     job_type        => 'PLSQL_BLOCK',
                     job_action      => 'begin insert into runs values (user); end;',
                     repeat_interval => 'FREQ=SECONDLY;INTERVAL=1',
                     enabled         => true
                  );
               end;"""
        )
        deadline = time.monotonic() + STALL
        names: list[tuple[str]] = []
        while len(names) < 2 and time.monotonic() < deadline:
            cursor.execute("select who from runs")
            names = cursor.fetchall()
        cursor.execute("begin sys.dbms_scheduler.drop_job(job_name => 'tick'); end;")
    assert [name for (name,) in names[:2]] == [session.username] * 2


def test_a_failing_job_is_recorded_with_its_error(session: oracledb.Connection) -> None:
    with session.cursor() as cursor:
        cursor.execute(
            """begin
                  sys.dbms_scheduler.create_job(
                     job_name   => 'bad',
                     job_type   => 'PLSQL_BLOCK',
                     job_action => 'begin raise_application_error(-20001, ''no luck''); end;',
                     enabled    => true
                  );
               end;"""
        )
        deadline = time.monotonic() + STALL
        row = None
        while row is None and time.monotonic() < deadline:
            cursor.execute(
                "select status, error# from user_scheduler_job_run_details where job_name = 'BAD'"
            )
            row = cursor.fetchone()
    assert row == ("FAILED", 20001)


def test_bad_calendar_text_is_refused_when_the_job_is_created(session: oracledb.Connection) -> None:
    with session.cursor() as cursor, pytest.raises(oracledb.DatabaseError, match="ORA-27419"):
        cursor.execute(
            """begin
                  sys.dbms_scheduler.create_job('x', 'PLSQL_BLOCK', 'begin null; end;',
                     repeat_interval => 'FREQ=SOMETIMES');
               end;"""
        )


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("utl_raw.cast_to_varchar2(utl_raw.cast_to_raw('ação'))", "ação"),
        ("rawtohex(utl_raw.concat(hextoraw('01'), hextoraw('FF')))", "01FF"),
        ("rawtohex(utl_raw.substr(hextoraw('010203'), -2, 1))", "02"),
        ("rawtohex(utl_raw.bit_xor(hextoraw('0F'), hextoraw('FF')))", "F0"),
        ("rawtohex(sys.dbms_crypto.hash(utl_raw.cast_to_raw('abc'), 3))",
         "A9993E364706816ABA3E25717850C26C9CD0D89D"),
        ("dbms_assert.simple_sql_name(' crm_x ')", "crm_x"),
        ("dbms_assert.enquote_name('abc')", '"ABC"'),
        ("dbms_assert.enquote_literal('it''''s')", "'it''s'"),
        ("dbms_lob.substr(to_clob('abcdef'), 3, 2)", "bcd"),
        ("to_char(dbms_lob.instr(to_clob('abcabc'), 'c', 1, 2))", "6"),
        ("utl_i18n.raw_to_char(hextoraw('E7'), 'WE8ISO8859P1')", "ç"),
    ],
)  # fmt: skip
def test_functions_answer_as_documented(
    session: oracledb.Connection, expression: str, expected: str
) -> None:
    assert _value(session, expression) == expected


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("dbms_assert.simple_sql_name('a b')", "ORA-44003"),
        ("dbms_assert.sql_object_name('no_such_thing')", "ORA-44002"),
        ("dbms_assert.schema_name('NOBODY')", "ORA-44001"),
        ("dbms_assert.qualified_sql_name('a.b c')", "ORA-44004"),
        ("dbms_assert.enquote_literal('it''s')", "ORA-06502"),
    ],
)
def test_name_checks_refuse_what_could_be_injected(
    session: oracledb.Connection, expression: str, error: str
) -> None:
    with pytest.raises(oracledb.DatabaseError, match=error):
        _value(session, expression)


def test_a_blob_turns_into_text_and_says_how_much_it_read(session: oracledb.Connection) -> None:
    with session.cursor() as cursor:
        text, read = cursor.var(str), cursor.var(int)
        cursor.execute(
            """declare
                  l_clob    clob;
                  l_to      integer := 1;
                  l_from    integer := 1;
                  l_context integer := dbms_lob.default_lang_ctx;
                  l_warning integer;
               begin
                  dbms_lob.createtemporary(l_clob, true);
                  dbms_lob.converttoclob(
                     dest_lob => l_clob, src_blob => :body, amount => dbms_lob.lobmaxsize,
                     dest_offset => l_to, src_offset => l_from, blob_csid => nls_charset_id('AL32UTF8'),
                     lang_context => l_context, warning => l_warning
                  );
                  :text := l_clob;
                  :read := l_from - 1;
               end;""",
            body="Prospecção".encode(),
            text=text,
            read=read,
        )
        assert (text.getvalue(), read.getvalue()) == ("Prospecção", 12)


def test_a_seed_makes_random_values_repeat(session: oracledb.Connection) -> None:
    with session.cursor() as cursor:
        cursor.execute("begin dbms_random.seed(7); end;")
        first = _value(session, "dbms_random.string('X', 12)")
        cursor.execute("begin dbms_random.seed(7); end;")
    assert first == _value(session, "dbms_random.string('X', 12)")
    assert len(first) == 12


def test_module_and_action_are_seen_by_others(
    admin: oracledb.Connection, session: oracledb.Connection
) -> None:
    with session.cursor() as cursor:
        cursor.execute("begin dbms_application_info.set_module('bridge', 'claim'); end;")
    with admin.cursor() as cursor:
        cursor.execute(
            "select module, action from v$session where username = :name", name=session.username
        )
        assert cursor.fetchall() == [("bridge", "claim")]


# --------------------------------------------------------------------------- DBMS_UTILITY

_WAIT = """
declare
   l_scn number;
begin
   :ended := case when dbms_utility.wait_on_pending_dml(:tables, :seconds, l_scn) then 1 else 0 end;
   :scn := l_scn;
end;
"""


def _wait(connection: oracledb.Connection, tables: str, *, seconds: int) -> int:
    with connection.cursor() as cursor:
        ended, scn = cursor.var(int), cursor.var(int)
        cursor.execute(_WAIT, ended=ended, tables=tables, seconds=seconds, scn=scn)
        assert scn.getvalue() > 0
        return int(ended.getvalue())


def test_pending_dml_of_other_sessions_is_waited_for(
    account: Account, session: oracledb.Connection
) -> None:
    """PL/SQL Packages Reference, WAIT_ON_PENDING_DML: FALSE when the time runs out."""
    with session.cursor() as cursor:
        cursor.execute("create table busy (n number)")
        cursor.execute("create table idle (n number)")
        cursor.execute("insert into idle values (1)")  # its own transaction is not waited for
    with account.connect() as other, other.cursor() as writer:
        writer.execute("insert into busy values (1)")
        assert _wait(session, "IDLE", seconds=0) == 1
        assert _wait(session, "IDLE, BUSY", seconds=0) == 0
        timer = threading.Timer(0.3, other.commit)
        timer.start()
        assert _wait(session, "BUSY", seconds=30) == 1
        timer.join()
        writer.execute("select count(*) from busy")
        assert _wait(session, "BUSY", seconds=0) == 1  # a reader is no writer


def test_what_pending_dml_cannot_be_asked_is_refused(session: oracledb.Connection) -> None:
    with session.cursor() as cursor:
        cursor.execute("create table asked (n number)")
        for call in (
            "declare s number := 1; b boolean; begin b := dbms_utility.wait_on_pending_dml('ASKED', 0, s); end;",
            "declare s number; b boolean; begin b := dbms_utility.wait_on_pending_dml('NOWHERE', 0, s); end;",
        ):
            with pytest.raises(oracledb.DatabaseError, match=r"ORA-03001.*WAIT_ON_PENDING_DML"):
                cursor.execute(call)

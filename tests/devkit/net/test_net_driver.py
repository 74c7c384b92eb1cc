"""The unmodified driver, synchronous, against each profile."""

# ruff: noqa: DTZ001 (DATE and TIMESTAMP have no zone)
from __future__ import annotations

import datetime as dt
import threading
import time
from decimal import Decimal
from typing import Any

import oracledb
import pytest
from patience import LONG


def attribute(connection: oracledb.Connection, name: str) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(f"select attribute '{name}' from dual")
        row = cursor.fetchone()
    assert row is not None
    value: str | None = row[0]
    return value


# --------------------------------------------------------------------------- connecting


def test_connection_attributes_are_those_of_the_profile(connection: oracledb.Connection) -> None:
    assert connection.version.startswith(("23.4", "19.24"))
    assert connection.service_name == "freepdb1"
    assert connection.max_identifier_length == 128
    assert connection.max_open_cursors == 300
    assert connection.session_id > 0
    connection.ping()


@pytest.mark.parametrize(("user", "password"), [("scott", "wrong"), ("nobody", "tiger")])
def test_wrong_password_and_unknown_user_look_the_same(dsn: str, user: str, password: str) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-01017"):
        oracledb.connect(user=user, password=password, dsn=dsn)


def test_a_locked_account_is_refused_only_with_the_right_password(modern_dsn: str) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-28000"):
        oracledb.connect(user="locked", password="tiger", dsn=modern_dsn)
    with pytest.raises(oracledb.DatabaseError, match="ORA-01017"):
        oracledb.connect(user="locked", password="wrong", dsn=modern_dsn)


def test_an_unknown_service_and_an_unknown_sid_are_told_apart(modern_dsn: str) -> None:
    host, port = modern_dsn.partition("/")[0].split(":")
    with pytest.raises(oracledb.OperationalError, match="DPY-6001"):
        oracledb.connect(user="scott", password="tiger", dsn=f"{host}:{port}/OTHER")
    with pytest.raises(oracledb.OperationalError, match="DPY-6003"):
        oracledb.connect(user="scott", password="tiger", host=host, port=int(port), sid="NONE")
    oracledb.connect(
        user="scott", password="tiger", host=host, port=int(port), sid="FREEPDB1"
    ).close()


def test_a_pooled_server_is_refused_since_no_connection_pool_runs(modern_dsn: str) -> None:
    with pytest.raises(oracledb.OperationalError, match="12520"):
        oracledb.connect(user="scott", password="tiger", dsn=f"{modern_dsn}:pooled")


def test_a_long_connect_string_comes_in_a_packet_of_its_own(dsn: str) -> None:
    with oracledb.connect(user="scott", password="tiger", dsn=dsn, program="p" * 300) as connection:
        assert attribute(connection, "program") == "p" * 300


def test_session_settings_of_the_log_on_reach_the_session(dsn: str) -> None:
    with oracledb.connect(
        user='"SCOTT"',
        password="tiger",
        dsn=dsn,
        mode=oracledb.AUTH_MODE_SYSDBA,
        appcontext=[("ctx", "key", "välue")],
    ) as connection:
        assert attribute(connection, "ctx.key") == "välue"
        altered = attribute(connection, "altered")
        assert altered is not None
        assert altered.startswith("ALTER SESSION SET TIME_ZONE")


def test_the_password_can_be_changed_with_the_old_one(connection: oracledb.Connection) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-28008"):
        connection.changepassword("wrong", "new")
    connection.changepassword("tiger", "new")
    connection.changepassword("new", "tiger")


def test_end_to_end_attributes_reach_the_session(connection: oracledb.Connection) -> None:
    connection.module = "módulo"
    connection.action = "act"
    connection.client_identifier = "me"
    connection.clientinfo = "info"
    connection.current_schema = "HR"
    assert attribute(connection, "module") == "módulo"
    assert attribute(connection, "action") == "act"
    assert attribute(connection, "client_identifier") == "me"
    assert attribute(connection, "client_info") == "info"
    assert attribute(connection, "current_schema") == "HR"
    connection.module = None
    assert attribute(connection, "module") is None


def test_a_pool_serves_and_rolls_back_what_was_left_open(dsn: str) -> None:
    pool = oracledb.create_pool(user="scott", password="tiger", dsn=dsn, min=1, max=2)
    with pool.acquire() as connection:
        connection.ping()
        connection.cursor().execute("insert into t values (:1, :2)", [1, "a"])
        assert connection.transaction_in_progress
    with pool.acquire() as connection:
        cursor = connection.cursor()
        cursor.execute(
            "update t set x = 1 returning n, text into :n, :t",
            [
                cursor.var(int),
                cursor.var(str),
            ],
        )
        assert cursor.rowcount == 0
        connection.rollback()
    pool.close()


# --------------------------------------------------------------------------- queries


def test_every_scalar_type_arrives_with_its_value(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    cursor.execute("select * from types")
    first, second = cursor.fetchall()
    clob, blob = first[-2:]
    assert first[:-2] == (
        -123.45,
        123456789,
        "João Gonçalves",
        "ação €",
        "ab   ",
        dt.datetime(1899, 12, 31, 23, 59, 58),
        dt.datetime(2026, 11, 24, 3, 25, 50, 123456),
        dt.datetime(2026, 11, 24),
        dt.datetime(2026, 1, 1, 1, 30),
        dt.datetime(2026, 1, 1, 1, 30),
        bytes(range(16)),
        -2.5,
        0.5,
        dt.timedelta(days=-1, hours=-2, microseconds=-3),
        oracledb.IntervalYM(-1, -2),
        "AAASqMAAEAAAAInAAB",
        True,
        "long " * 10_000,
        {"a": [1, Decimal("2.5"), None, "x"], "b": {"c": True}},
    )
    assert clob.read() == "clob ção " * 1000
    assert clob.size() == 9000
    assert clob.read(6, 3) == "ção"
    assert blob.read() == b"\x00\xff" * 140_000
    assert second == (None,) * len(first)


def test_lobs_and_json_arrive_inline_when_the_client_asks(cursor: oracledb.Cursor) -> None:
    for _ in range(3):
        cursor.execute("select * from lobs", fetch_lobs=False)
        assert cursor.fetchall() == [
            (n, f"é{n} " * n or None, bytes([n]) * n or None) for n in range(6)
        ]
        cursor.execute("select * from lobs where 1 = 1", fetch_lobs=True)
        assert [row[1] and row[1].read() for row in cursor] == [
            f"é{n} " * n or None for n in range(6)
        ]


@pytest.mark.parametrize(
    ("arraysize", "prefetch"), [(100, 2), (1, 0), (1000, 1000), (7, 5), (100, 0)]
)
def test_rows_arrive_whole_for_any_array_size(
    cursor: oracledb.Cursor, arraysize: int, prefetch: int
) -> None:
    cursor.arraysize, cursor.prefetchrows = arraysize, prefetch
    for count in (0, 1, 5, 7, 250):
        cursor.execute("select n, text from numbers where n < :count", [count])
        rows = cursor.fetchall()
        assert [row[0] for row in rows] == list(range(count))
        assert all(row[1] == f"row {n} " + "x" * (n % 3000) for n, row in enumerate(rows))
        assert cursor.rowcount == count


def test_the_same_statement_runs_again_with_another_bind_type(cursor: oracledb.Cursor) -> None:
    sql = "select /*echo*/ :value from dual"
    for value in (1, "text", 2.5, b"raw", None, dt.datetime(2026, 1, 1), "again", 7):
        cursor.execute(sql, [value])
        assert cursor.fetchall() == [(value,)]


def test_many_statements_do_not_leak_cursors(connection: oracledb.Connection) -> None:
    for round_ in range(2):
        for number in range(60):
            with connection.cursor() as cursor:
                cursor.execute(f"select n, text from numbers where n < {number}")
                assert len(cursor.fetchall()) == number, round_


def test_a_statement_is_described_without_being_run(cursor: oracledb.Cursor) -> None:
    cursor.parse("select n, text from numbers where n < :n")
    assert [column[0] for column in cursor.description] == ["N", "TEXT"]
    assert cursor.description[0][6] is False
    cursor.execute("select n, text from numbers where n < :n", [3])
    assert len(cursor.fetchall()) == 3


def test_nested_cursors_and_implicit_results_can_be_read(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    cursor.execute("select * from nested")
    assert [(n, len(list(rows))) for n, rows in cursor] == [(1, 1), (3, 3)]
    cursor.execute("begin results; end;")
    assert [len(list(rows)) for rows in cursor.getimplicitresults()] == [2, 3]


def test_arrow_batches_hold_every_row(connection: oracledb.Connection) -> None:
    sql = "select n, text from numbers where n < 1000"
    frame = connection.fetch_df_all(sql, arraysize=100)
    assert frame.num_rows() == 1000
    batches = list(connection.fetch_df_batches(sql, size=300))
    assert [batch.num_rows() for batch in batches if batch.num_rows()] == [300, 300, 300, 100]
    lobs = connection.fetch_df_all("select * from lobs")
    assert lobs.num_rows() == 6


# --------------------------------------------------------------------------- errors


def test_an_error_carries_code_and_offset_and_leaves_the_session_usable(
    connection: oracledb.Connection,
) -> None:
    cursor = connection.cursor()
    for _ in range(2):
        with pytest.raises(oracledb.DatabaseError) as caught:
            cursor.execute("select 1 from missing")
        error = caught.value.args[0]
        assert (error.code, error.full_code, error.offset) == (942, "ORA-00942", 14)
    connection.ping()
    assert attribute(connection, "user") == "SCOTT"


def test_an_application_error_keeps_its_stack(cursor: oracledb.Cursor) -> None:
    with pytest.raises(oracledb.DatabaseError) as caught:
        cursor.execute("begin fail; end;")
    error = caught.value.args[0]
    assert error.code == 20001
    assert error.message == 'ORA-20001: saldo inválido\nORA-06512: at "SCOTT.P", line 3'


@pytest.mark.parametrize("text", ["crash", "internal"])
def test_an_internal_fault_does_not_end_the_connection(
    connection: oracledb.Connection, text: str
) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-03001: internal error of the stand-in"):
        connection.cursor().execute(f"begin {text}; end;")
    connection.ping()


def test_compiling_an_invalid_unit_warns(cursor: oracledb.Cursor) -> None:
    cursor.execute("create procedure invalid is begin x; end;")
    assert cursor.warning is not None
    assert cursor.warning.full_code == "DPY-7000"
    cursor.execute("create procedure fine is begin null; end;")
    assert cursor.warning is None


def test_refused_features_say_so_and_do_not_hang(connection: oracledb.Connection) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-03001"):
        connection.tpc_begin(connection.xid(1, "a", "b"))
    with pytest.raises(oracledb.DatabaseError, match="ORA-03001"):
        connection.cursor(scrollable=True).execute("select n, text from numbers")
    connection.ping()


# --------------------------------------------------------------------------- binds

VALUES: list[Any] = [
    1,
    -(10**30),
    2.5,
    "ação",
    "",
    "x" * 8000,
    b"\x00\xff",
    dt.datetime(2026, 2, 28, 23, 59, 59),
    dt.date(1900, 1, 1),
    dt.timedelta(days=3, seconds=4, microseconds=5),
    None,
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20])
def test_in_and_out_binds_keep_their_value(cursor: oracledb.Cursor, value: Any) -> None:
    expected = None if value == "" else value
    if type(value) is dt.date:
        expected = dt.datetime(1900, 1, 1)
    cursor.execute("select /*echo*/ :value, :other from dual", [value, 5])
    assert cursor.fetchone() == (expected, 5)
    target = cursor.var(type(value) if value is not None else str, 8000)
    for _ in range(3):
        cursor.execute("begin copy(:source, :target); end;", source=value, target=target)
        assert target.getvalue() == expected


def test_booleans_bind_in_plsql(cursor: oracledb.Cursor) -> None:
    target = cursor.var(bool)
    for value in (True, False, None):
        source = cursor.var(bool)
        source.setvalue(0, value)
        cursor.execute("begin copy(:source, :target); end;", source=source, target=target)
        assert target.getvalue() is value


def test_binds_without_a_value_have_no_type_until_they_get_one(cursor: oracledb.Cursor) -> None:
    sql = "select /*kinds*/ :a, :b, :c from dual"
    cursor.execute(sql, [None, "x", b"y"])
    assert cursor.fetchone() == ("A:NULL B:VARCHAR2 C:RAW",)
    cursor.execute(sql, ["z", "x", b"y"])
    assert cursor.fetchone() == ("A:VARCHAR2 B:VARCHAR2 C:RAW",)
    cursor.setinputsizes(oracledb.DB_TYPE_TIMESTAMP, None, None)
    lob = cursor.connection.createlob(oracledb.DB_TYPE_CLOB, "x")
    cursor.execute(sql, [dt.datetime(2026, 1, 1), lob, 1])
    assert cursor.fetchone() == ("A:TIMESTAMP B:CLOB C:NUMBER",)


def test_long_strings_come_last_on_the_wire_and_count_as_lobs(cursor: oracledb.Cursor) -> None:
    long = "ç" * 40_000
    cursor.execute("select /*echo*/ :a, :b, :c, :d from dual", [long, 5, b"b" * 50_000, "end"])
    a, b, c, d = cursor.fetchone()
    assert (a.read(), b, c.read(), d) == (long, 5, b"b" * 50_000, "end")
    cursor.execute(
        "select /*kinds*/ :a, :b, :c, :d from dual", [long, 5, b"b" * 50_000, "x" * 9000]
    )
    assert cursor.fetchone() == ("A:CLOB B:NUMBER C:BLOB D:VARCHAR2",)


def test_long_values_in_plsql_travel_as_temporary_lobs(cursor: oracledb.Cursor) -> None:
    target = cursor.var(oracledb.DB_TYPE_CLOB)
    cursor.execute("begin copy(:source, :target); end;", source="ü" * 70_000, target=target)
    assert target.getvalue().read() == "ü" * 70_000
    raw = cursor.var(oracledb.DB_TYPE_BLOB)
    cursor.execute("begin copy(:source, :target); end;", source=b"z" * 70_000, target=raw)
    assert raw.getvalue().read() == b"z" * 70_000


def test_a_temporary_lob_is_written_trimmed_and_bound(connection: oracledb.Connection) -> None:
    lob = connection.createlob(oracledb.DB_TYPE_CLOB)
    lob.write("hello 😀")
    lob.write("!", 12)
    assert lob.read() == "hello 😀   !"
    assert lob.size() == 12
    lob.trim(8)
    assert lob.read() == "hello 😀"
    assert lob.getchunksize() > 0
    cursor = connection.cursor()
    target = cursor.var(oracledb.DB_TYPE_CLOB)
    cursor.execute("begin copy(:source, :target); end;", source=lob, target=target)
    assert target.getvalue().read() == "hello 😀"
    del lob
    connection.ping()


def test_json_binds_both_ways(cursor: oracledb.Cursor) -> None:
    value = {"name": "João", "list": [1, None, True], "deep": {"x" * 40: "y" * 300}}
    cursor.setinputsizes(oracledb.DB_TYPE_JSON)
    cursor.execute("select /*echo*/ :doc from dual", [value])
    assert cursor.fetchone() == (value,)


def test_plsql_arrays_bind_in_and_out(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    for values in ([1, 2, 3], [], [None, 4]):
        array = cursor.arrayvar(int, 10)
        array.setvalue(0, values)
        cursor.execute("begin double(:x); end;", [array])
        assert array.getvalue() == [None if v is None else 2 * v for v in values]
    texts = cursor.arrayvar(str, ["a", "ç"], 20)
    cursor.execute("begin double(:x); end;", [texts])
    assert texts.getvalue() == ["aa", "çç"]


def test_an_in_out_bind_changes_in_place_in_every_row(cursor: oracledb.Cursor) -> None:
    value = cursor.var(int)
    value.setvalue(0, 21)
    cursor.execute("begin double(:x); end;", [value])
    assert value.getvalue() == 42
    many = cursor.var(str, arraysize=3)
    for index, text in enumerate("abc"):
        many.setvalue(index, text)
    cursor.executemany("begin double(:x); end;", [[text] for text in "abc"])
    target = cursor.var(int, arraysize=5)
    cursor.setinputsizes(None, target)
    cursor.executemany("begin copy(:s, :t); end;", [[n, None] for n in range(5)])
    assert [target.getvalue(n) for n in range(5)] == list(range(5))


def test_ref_cursors_come_out_and_go_in(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    for count in (350, 0, 5):
        rows = connection.cursor()
        cursor.execute("begin open_rows(:n, :c); end;", n=count, c=rows)
        assert len(rows.fetchall()) == count
    lobs = cursor.var(oracledb.DB_TYPE_CURSOR)
    cursor.execute("begin open_lobs(:n, :c); end;", n=0, c=lobs)
    fetched = [(n, text and text.read()) for n, text, _ in lobs.getvalue()]
    assert fetched == [(n, f"é{n} " * n or None) for n in range(6)]
    rows, total = connection.cursor(), cursor.var(int)
    cursor.execute("begin open_rows(:n, :c); end;", n=9, c=rows)
    cursor.execute("begin count_rows(:c, :n); end;", c=rows, n=total)
    assert total.getvalue() == 9


# --------------------------------------------------------------------------- DML


def test_dml_reports_rowcount_rowid_and_the_open_transaction(
    connection: oracledb.Connection,
) -> None:
    cursor = connection.cursor()
    cursor.execute("insert into t values (:1, :2)", [1, "one"])
    assert (cursor.rowcount, cursor.lastrowid) == (1, "AAASqMAAEAAAAInAAB")
    assert connection.transaction_in_progress
    connection.commit()
    assert not connection.transaction_in_progress
    connection.autocommit = True
    for number in (2, 3):
        cursor.execute("insert into t values (:1, :2)", [number, "auto"])
        assert not connection.transaction_in_progress
    connection.autocommit = False
    cursor.execute("commit")


def test_an_integrity_error_keeps_the_cursor(cursor: oracledb.Cursor) -> None:
    sql = "insert into t values (:1, :2)"
    for number, fails in ((1, False), (1, True), (2, False), (2, True)):
        if fails:
            with pytest.raises(oracledb.IntegrityError, match="ORA-00001"):
                cursor.execute(sql, [number, "x"])
        else:
            cursor.execute(sql, [number, "x"])


def test_many_rows_are_inserted_in_one_round_trip(cursor: oracledb.Cursor) -> None:
    cursor.executemany("insert into t values (:1, :2)", [(n, "x" * 900) for n in range(5000)])
    assert cursor.rowcount == 5000


def test_batch_errors_and_row_counts_are_listed(cursor: oracledb.Cursor) -> None:
    sql = "insert into t values (:1, :2)"
    rows = [(1, "a"), (1, "b"), (2, "c"), (2, "d"), (3, "é")]
    cursor.executemany(sql, rows, batcherrors=True, arraydmlrowcounts=True)
    errors = cursor.getbatcherrors()
    assert [(error.offset, error.code) for error in errors] == [(1, 1), (3, 1)]
    assert errors[0].full_code == "ORA-00001"
    assert cursor.getarraydmlrowcounts() == [1, 0, 1, 0, 1]
    cursor.executemany(sql, [(9, "x")], batcherrors=True)
    assert cursor.getbatcherrors() == []


def test_a_failing_batch_reports_the_rows_before_it(cursor: oracledb.Cursor) -> None:
    rows = [(1, "a"), (2, "b"), (1, "c"), (4, "d")]
    with pytest.raises(oracledb.IntegrityError):
        cursor.executemany("insert into t values (:1, :2)", rows)
    assert cursor.rowcount == 2


def test_returning_gives_the_values_of_each_execution(cursor: oracledb.Cursor) -> None:
    sql = "insert into t values (:1, :2) returning n, text into :3, :4"
    number, text = cursor.var(int, arraysize=3), cursor.var(str, arraysize=3)
    cursor.setinputsizes(None, None, number, text)
    cursor.executemany(sql, [(1, "a"), (2, "b"), (3, "c")])
    assert [number.getvalue(n) for n in range(3)] == [[1], [2], [3]]
    assert [text.getvalue(n) for n in range(3)] == [["a"], ["b"], ["c"]]
    for _ in range(2):
        numbers, texts = cursor.var(int), cursor.var(str)
        cursor.execute("update t set x = 1 returning n, text into :n, :t", n=numbers, t=texts)
        assert (numbers.getvalue(), texts.getvalue()) == ([1, 2, 3], ["a", "b", "c"])


# --------------------------------------------------------------------------- interruption


def test_a_call_timeout_interrupts_and_the_session_goes_on(
    connection: oracledb.Connection,
) -> None:
    connection.call_timeout = 300
    started = time.monotonic()
    with pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
        connection.cursor().execute("begin sleep(:s); end;", [LONG])
    assert time.monotonic() - started < LONG
    connection.call_timeout = 0
    assert attribute(connection, "user") == "SCOTT"


def test_cancel_from_another_thread_raises_1013(connection: oracledb.Connection) -> None:
    timer = threading.Timer(0.2, connection.cancel)
    timer.start()
    with pytest.raises(oracledb.DatabaseError, match="ORA-01013"):
        connection.cursor().execute("begin sleep(:s); end;", [LONG])
    timer.join()
    connection.ping()


def test_a_late_cancel_never_hangs_the_next_call(connection: oracledb.Connection) -> None:
    connection.call_timeout = 5000
    connection.cancel()
    for _ in range(3):
        try:
            connection.ping()
        except oracledb.DatabaseError as error:
            assert error.args[0].code == 1013
    assert attribute(connection, "user") == "SCOTT"


def test_logging_off_with_an_open_result_ends_the_session(dsn: str) -> None:
    connection = oracledb.connect(user="scott", password="tiger", dsn=dsn)
    cursor = connection.cursor()
    cursor.execute("select n, text from numbers where n < 500")
    cursor.fetchone()
    connection.close()
    with pytest.raises(oracledb.InterfaceError, match="DPY-1001"):
        connection.ping()


def test_an_unhandled_no_data_found_is_an_error(connection: oracledb.Connection) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-01403"):
        connection.cursor().execute("begin nothing; end;")
    connection.ping()

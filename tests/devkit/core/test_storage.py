"""The embedded PostgreSQL as the upper layers see it: values, atomic statements, locks, waits."""

# ruff: noqa: DTZ001
from __future__ import annotations

import os
import random
import shutil
import threading
import time
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from patience import LONG, STALL

from devkit.oracle.errors import OraError
from devkit.oracle.storage import binaries
from devkit.oracle.storage import cluster as cluster_module
from devkit.oracle.storage.binaries import ClusterError
from devkit.oracle.storage.cluster import Cluster, copy_stopped
from devkit.oracle.storage.pg import Storage
from devkit.oracle.values import Months

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    with Cluster(folder, durability="fast", template_key="bare") as running:
        yield running


@pytest.fixture
def storage(cluster: Cluster) -> Iterator[Storage]:
    one = Storage(cluster.conninfo)
    one.script(
        'DROP TABLE IF EXISTS t;CREATE TABLE t (id numeric CONSTRAINT "i$T_PK" PRIMARY KEY, v text)'
    )
    yield one
    one.rollback()
    one.close()


@pytest.fixture
def other(cluster: Cluster) -> Iterator[Storage]:
    one = Storage(cluster.conninfo)
    yield one
    one.close()


def insert(storage: Storage, number: int) -> None:
    with storage.statement(writes=True):
        storage.query("INSERT INTO t VALUES ($1)", (number,))


def ids(storage: Storage) -> list[int]:
    with storage.statement(writes=False):
        return [row[0] for row in storage.query("SELECT id FROM t ORDER BY id").rows]


def read(storage: Storage, sql: str, *, locks: bool = False) -> list[tuple[Any, ...]]:
    """A query as the SQL engine runs it."""
    with storage.statement(writes=locks):
        return storage.stream(sql).fetch(1000)


@pytest.mark.parametrize(
    ("cast", "value", "expected"),
    [
        ("numeric", 12, 12),
        ("numeric", 10**37 + 1, 10**37 + 1),
        ("numeric", Decimal("-0.00000001"), Decimal("-0.00000001")),
        ("numeric", Decimal("5.00"), 5),
        ("text", "ação ☕", "ação ☕"),
        ("text", "", None),
        ("bytea", b"\x00\xff", b"\x00\xff"),
        (
            "timestamp",
            datetime(2026, 2, 28, 23, 59, 59, 123456),
            datetime(2026, 2, 28, 23, 59, 59, 123456),
        ),
        ("timestamp(0)", datetime(1, 1, 1), datetime(1, 1, 1)),
        (
            "interval",
            timedelta(days=-1, hours=2, microseconds=5),
            timedelta(days=-1, hours=2, microseconds=5),
        ),
        ("interval", Months(-14), Months(-14)),
        ("float8", 1.5, 1.5),
        ("text[]", ["a", None, 'q"\\'], ["a", None, 'q"\\']),
    ],
)
def test_a_value_comes_back_as_it_went(
    storage: Storage, cast: str, value: object, expected: object
) -> None:
    for _ in range(3):  # unprepared, then prepared
        assert storage.query(f"SELECT $1::{cast}", (value,)).rows == [(expected,)]


def test_a_failed_statement_undoes_only_itself(storage: Storage) -> None:
    insert(storage, 1)
    with pytest.raises(OraError, match=r"00001: .*\(public.T_PK\)"), storage.statement(writes=True):
        storage.query("INSERT INTO t VALUES (2)")
        storage.query("INSERT INTO t VALUES (1)")
    insert(storage, 3)
    assert storage.in_transaction
    storage.commit()
    assert ids(storage) == [1, 3]


def test_a_failed_query_keeps_the_pending_work(storage: Storage) -> None:
    insert(storage, 1)
    with pytest.raises(OraError, match="ORA-01476"), storage.statement(writes=False):
        storage.query("SELECT 1/0::numeric")
    storage.commit()
    assert ids(storage) == [1]


def test_a_failed_first_statement_leaves_no_transaction(storage: Storage) -> None:
    with pytest.raises(OraError, match="ORA-00942"), storage.statement(writes=True):
        storage.query("INSERT INTO nowhere VALUES (1)")
    assert not storage.in_transaction


def test_statements_inside_a_block_are_undone_with_it(storage: Storage) -> None:
    insert(storage, 1)
    with pytest.raises(OraError), storage.statement(writes=False):
        insert(storage, 2)
        insert(storage, 3)
        raise OraError(1403)
    insert(storage, 4)
    storage.commit()
    assert ids(storage) == [1, 4]


def test_a_block_that_committed_undoes_only_what_came_after(storage: Storage) -> None:
    insert(storage, 1)
    with pytest.raises(OraError), storage.statement(writes=False):
        insert(storage, 2)
        storage.commit()
        insert(storage, 3)
        raise OraError(1403)
    assert not storage.in_transaction
    assert ids(storage) == [1, 2]


def test_savepoints_survive_the_block_that_set_them(storage: Storage) -> None:
    insert(storage, 1)
    with storage.statement(writes=False):
        insert(storage, 2)
        storage.savepoint("A")
        insert(storage, 3)
    insert(storage, 4)
    insert(storage, 5)
    storage.rollback_to("A")
    insert(storage, 6)
    storage.commit()
    assert ids(storage) == [1, 2, 6]


def test_rolling_back_past_a_running_block_keeps_it_consistent(storage: Storage) -> None:
    insert(storage, 1)
    storage.savepoint("A")
    insert(storage, 2)
    with pytest.raises(OraError), storage.statement(writes=False):
        insert(storage, 3)
        storage.rollback_to("A")
        insert(storage, 4)
        raise OraError(1403)
    storage.commit()
    assert ids(storage) == [1]


def test_a_block_keeps_its_savepoint_whatever_the_block_before_left(storage: Storage) -> None:
    with storage.statement(writes=False):
        insert(storage, 1)
        insert(storage, 2)
    with pytest.raises(OraError), storage.statement(writes=False):
        insert(storage, 3)
        insert(storage, 4)
        raise OraError(1403)
    insert(storage, 5)
    storage.commit()
    assert ids(storage) == [1, 2, 5]


def test_any_nesting_of_statements_and_savepoints_ends_as_oracle_would(storage: Storage) -> None:
    """Random programs against a model that keeps whole copies of the table."""
    generator = random.Random(7)
    for _ in range(120):
        storage.rollback()
        storage.script("TRUNCATE t")
        model = Model()
        program(storage, model, generator, depth=0)
        storage.commit()
        assert ids(storage) == sorted(model.rows)


class Model:
    def __init__(self) -> None:
        self.rows: list[int] = []
        self.committed: list[int] = []
        self.savepoints: dict[str, list[int]] = {}
        self.next = 0


class Stop(OraError):
    """Ends a block."""


def program(storage: Storage, model: Model, generator: random.Random, depth: int) -> None:
    for _ in range(generator.randrange(1, 7)):
        choice = generator.randrange(14)
        if choice == 10:
            with pytest.raises(OraError, match="ORA-01476"):
                read(storage, "SELECT 1/0::numeric")
        elif choice > 10:
            found = read(storage, "SELECT id FROM t ORDER BY id")
            assert [row[0] for row in found] == sorted(model.rows)
        elif choice < 4:
            model.next += 1
            model.rows.append(model.next)
            insert(storage, model.next)
        elif choice < 5:
            with pytest.raises(OraError), storage.statement(writes=True):
                storage.query("INSERT INTO t VALUES (1), (1)")
        elif choice < 7 and depth < 3:
            before, savepoints = list(model.rows), dict(model.savepoints)
            fails = generator.random() < 0.5
            try:
                with storage.statement(writes=False):
                    program(storage, model, generator, depth + 1)
                    if fails:
                        raise Stop(1403)
            except Stop:
                kept = {
                    name for name in savepoints if model.savepoints.get(name) == savepoints[name]
                }
                model.rows = before
                model.savepoints = {name: savepoints[name] for name in kept}
        elif choice < 8:
            name = generator.choice("AB")
            model.savepoints.pop(name, None)
            model.savepoints[name] = list(model.rows)
            storage.savepoint(name)
        elif choice < 9 and depth == 0 and model.savepoints:
            name = generator.choice(sorted(model.savepoints))
            storage.rollback_to(name)
            names = list(model.savepoints)
            model.rows = list(model.savepoints[name])
            for later in names[names.index(name) + 1 :]:
                del model.savepoints[later]


def test_queries_of_a_transaction_share_a_savepoint_until_something_changes(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(storage, 1)
    sent: list[bytes] = []
    command = storage._link.command
    monkeypatch.setattr(storage._link, "command", lambda sql: (sent.append(sql), command(sql)))

    for _ in range(3):
        read(storage, "SELECT id FROM t")
    queries = len(sent)
    insert(storage, 2)
    with pytest.raises(OraError):
        read(storage, "SELECT 1/0::numeric")

    assert queries == 1
    assert sorted(ids(storage)) == [1, 2]


def test_what_is_written_beside_a_statement_outlives_a_failing_query(storage: Storage) -> None:
    """As supplied packages write, within the statement of their caller."""
    insert(storage, 1)
    with storage.statement(writes=False):
        read(storage, "SELECT id FROM t")
        storage.query("INSERT INTO t VALUES (2)")
        with pytest.raises(OraError):
            read(storage, "SELECT 1/0::numeric")
    assert ids(storage) == [1, 2]


def test_a_failing_query_gives_no_lock_back(storage: Storage, other: Storage) -> None:
    insert(storage, 1)
    storage.commit()
    insert(storage, 2)
    read(storage, "SELECT id FROM t")
    read(storage, "SELECT id FROM t WHERE id = 1 FOR UPDATE", locks=True)
    with pytest.raises(OraError):
        read(storage, "SELECT 1/0::numeric")

    with pytest.raises(OraError, match="ORA-00054"), other.statement(writes=True):
        other.query("SELECT id FROM t WHERE id = 1 FOR UPDATE NOWAIT")


def test_a_savepoint_name_moves_and_dies_with_its_transaction(storage: Storage) -> None:
    insert(storage, 1)
    storage.savepoint("A")
    insert(storage, 2)
    storage.savepoint("A")
    insert(storage, 3)
    storage.rollback_to("A")
    storage.rollback_to("A")
    storage.commit()
    assert ids(storage) == [1, 2]
    with pytest.raises(OraError, match="ORA-01086: savepoint 'A' never established"):
        storage.rollback_to("A")


def test_an_autonomous_transaction_commits_alone(storage: Storage) -> None:
    insert(storage, 1)
    with storage.autonomous() as inner:
        insert(inner, 2)
        inner.commit()
    storage.rollback()
    assert ids(storage) == [2]


def test_an_autonomous_transaction_left_open_is_undone(storage: Storage) -> None:
    with pytest.raises(OraError, match="ORA-06519"), storage.autonomous() as inner:
        insert(inner, 2)
    assert ids(storage) == []


def test_lock_conflicts_have_oracles_codes(storage: Storage, other: Storage) -> None:
    insert(storage, 1)
    storage.commit()
    with storage.statement(writes=True):
        storage.query("SELECT * FROM t FOR UPDATE")
    with pytest.raises(OraError, match="ORA-00054"), other.statement(writes=True):
        other.query("SELECT * FROM t FOR UPDATE NOWAIT")
    with (
        pytest.raises(OraError, match="ORA-30006"),
        other.statement(writes=True),
        other.wait_limit(0.1),
    ):
        other.query("SELECT * FROM t FOR UPDATE")
    assert other.query("SELECT current_setting('lock_timeout')").rows == [("0",)]


def test_skip_locked_rows_are_locked_only_when_fetched(storage: Storage, other: Storage) -> None:
    for number in range(4):
        insert(storage, number)
    storage.commit()
    sql = "SELECT id FROM t ORDER BY id FOR UPDATE SKIP LOCKED"
    with storage.statement(writes=True):
        first = storage.stream(sql, locks=True)
    assert first.fetch(2) == [(0,), (1,)]
    with other.statement(writes=True):
        second = other.stream(sql, locks=True)
    assert second.fetch(1) == [(2,)]
    assert first.fetch(5) == [(3,)]


def test_a_query_takes_a_value_longer_than_the_buffer_of_the_socket(storage: Storage) -> None:
    """What the socket does not take at once is sent while the answer is waited for."""
    text = "página " * 500_000

    stream = storage.stream("SELECT length($1::text)::numeric, $1::text", (text,))

    assert stream.fetch(1) == [(len(text), text)]


def test_a_large_result_streams_and_lets_other_statements_in(storage: Storage) -> None:
    stream = storage.stream("SELECT i::numeric FROM generate_series(1, 5000) i")
    assert stream.fetch(3) == [(1,), (2,), (3,)]
    assert storage.query("SELECT 7").rows == [(7,)]
    assert [row[0] for row in stream.fetch(10_000)] == list(range(4, 5001))
    assert stream.fetch(1) == []


def test_closing_a_stream_early_frees_the_connection(storage: Storage) -> None:
    stream = storage.stream("SELECT generate_series(1, 100000000000)")
    stream.fetch(1)
    begun = time.monotonic()
    stream.close()
    assert storage.query("SELECT 7").rows == [(7,)]
    assert time.monotonic() - begun < LONG


def test_cancel_ends_a_running_statement_from_another_thread(storage: Storage) -> None:
    insert(storage, 1)
    timer = threading.Timer(0.1, storage.cancel)
    timer.start()
    begun = time.monotonic()
    with pytest.raises(OraError, match="ORA-01013"), storage.statement(writes=False):
        storage.query(f"SELECT pg_sleep({LONG})")
    assert time.monotonic() - begun < LONG
    storage.commit()
    assert ids(storage) == [1]


def test_a_notification_wakes_the_waiter_even_inside_its_transaction(
    storage: Storage, other: Storage
) -> None:
    insert(storage, 1)
    storage.listen("q")
    assert not storage.wait_notify(0.01)
    with other.statement(writes=True):
        other.notify("q", "x")
    assert not storage.wait_notify(0.01)  # not before the commit
    other.commit()
    assert storage.wait_notify(STALL)


def test_committed_work_survives_a_killed_server(tmp_path: Path) -> None:
    with Cluster(tmp_path, template_key="bare") as first:
        one = Storage(first.conninfo)
        one.script("CREATE TABLE k (i int)")
        with one.statement(writes=True):
            one.query("INSERT INTO k VALUES (1)")
        one.commit()
        assert first._process is not None
        first._process.kill()
        one.close()
    with Cluster(tmp_path, template_key="bare") as second:
        two = Storage(second.conninfo)
        assert two.query("SELECT i FROM k").rows == [(1,)]
        two.close()


def test_a_second_server_on_the_same_directory_is_refused(cluster: Cluster) -> None:
    with pytest.raises(ClusterError, match="in use by another stand-in"):
        Cluster(cluster.data, template_key="bare").start()
    assert cluster.poll() is None


def test_root_without_user_namespaces_runs_as_somebody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Needs root; any other user is never refused in the first place."""
    found = binaries.find_binaries()
    if os.geteuid() == 0:
        monkeypatch.setattr(binaries, "_namespace_works", lambda: False)
        chosen = binaries.identity.__wrapped__(found)
        assert chosen[0].uid not in (None, 0)
    else:
        chosen = binaries.identity(found)
        assert chosen[0].uid is None
    monkeypatch.setattr(cluster_module, "identity", lambda _: chosen)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for _ in range(2):
        with Cluster(closed / "data", durability="fast", template_key="bare") as running:
            one = Storage(running.conninfo)
            one.script("CREATE TABLE IF NOT EXISTS s (x int)")
            assert one.query("SELECT count(*) FROM s").rows == [(0,)]
            one.close()
    home = (closed / "data" / "pg").resolve()
    if home.parent != closed / "data":
        shutil.rmtree(home.parent)


def test_a_new_directory_can_begin_as_a_copy_of_a_stopped_one(tmp_path: Path) -> None:
    with Cluster(tmp_path / "first", template_key="bare") as first:
        one = Storage(first.conninfo)
        one.script("CREATE TABLE k (i int); INSERT INTO k VALUES (1)")
        one.close()
        with pytest.raises(ClusterError, match="in use by another stand-in"):
            Cluster(tmp_path / "early", copy_of=first.data).start()
    copy_stopped(tmp_path / "first", tmp_path / "kept")
    with Cluster(tmp_path / "second", copy_of=tmp_path / "kept") as second:
        two = Storage(second.conninfo)
        assert two.query("SELECT i FROM k").rows == [(1,)]
        two.script("DROP TABLE k")
        two.close()
    with Cluster(tmp_path / "first", template_key="bare") as again:
        three = Storage(again.conninfo)
        assert three.query("SELECT i FROM k").rows == [(1,)]
        three.close()
    with pytest.raises(ClusterError, match="has data already"):
        Cluster(tmp_path / "second", copy_of=tmp_path / "kept").start()
    with pytest.raises(ClusterError, match="is no data directory"):
        Cluster(tmp_path / "third", copy_of=tmp_path / "nothing").start()


def test_a_directory_that_was_left_by_a_crash_is_not_copied(tmp_path: Path) -> None:
    with Cluster(tmp_path / "first", template_key="bare") as first:
        assert first._process is not None
        first._process.kill()
        first._process.wait()
    with pytest.raises(ClusterError, match="was not stopped in order"):
        Cluster(tmp_path / "second", copy_of=tmp_path / "first").start()

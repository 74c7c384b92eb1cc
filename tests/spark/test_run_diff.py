"""A run from start to report, with the database's side played by a recorder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import oracledb
import pyarrow as pa
import pytest

from spark_offload import cli, embedded
from spark_offload.diff import Guard
from spark_offload.errors import OffloadError
from spark_offload.reading import HASHED, Source
from spark_offload.runs import CHUNK, Run

if TYPE_CHECKING:
    from collections.abc import Callable


class Recorder:
    """A connection that remembers the calls of the API package and answers with fixed numbers."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.fail_on = ""

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *exc: object) -> None: ...

    def cursor(self) -> Recorder:
        return self

    def var(self, _type: object) -> Any:
        return type("Var", (), {"getvalue": lambda _self: 42})()

    def setinputsizes(self, **_sizes: object) -> None: ...

    def execute(self, statement: str, **binds: Any) -> None:
        name = statement.split("crm_bridge_api.")[1].split("(")[0]
        if name == self.fail_on:
            raise oracledb.DatabaseError(f"{name} failed")
        self.calls.append((name, binds))

    def commit(self) -> None:
        self.calls.append(("commit", {}))

    def rollback(self) -> None:
        self.calls.append(("rollback", {}))

    def names(self) -> list[str]:
        return [name for name, _ in self.calls if name != "commit"]


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    made = Recorder()
    monkeypatch.setattr(Source, "connect", lambda _self: made)
    return made


@pytest.fixture
def sides(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    def given(erp: dict[str, Any], agreed: dict[str, Any]) -> None:
        tables = {
            name: pa.table([list(side), list(side.values())], schema=HASHED)
            for name, side in (("erp", erp), ("agreed", agreed))
        }
        monkeypatch.setattr(embedded, "read_side", lambda _source, side: tables[side])

    return given


def run(**options: Any) -> Any:
    return cli.run_diff(dsn="d", user="u", password="p", engine="arrow", **options)


def test_differences_are_stored_then_handed_on(recorder: Recorder, sides: Any) -> None:
    sides({"1-1": "aa", "2-1": "bb", "4-1": "dd"}, {"1-1": "aa", "2-1": "xx", "3-1": "cc"})
    said: list[str] = []
    report = run(repair=True, progress=said.append)
    order = ["start_diff_run", "record_differences", "finish_diff_run", "repair_differences"]
    assert recorder.names() == order
    assert recorder.calls[-2][1]["run_id"] == 42
    found = (report.rows_compared, report.missing, report.changed, report.extra, report.repaired)
    assert found == (4, 1, 1, 1, 42)
    assert report.keys == ["2-1", "3-1", "4-1"]
    assert any("4 rows compared, 3 differ" in text for text in said)


def test_without_repair_nothing_is_handed_on(recorder: Recorder, sides: Any) -> None:
    sides({"1-1": "aa"}, {})
    assert run().repaired == 0
    assert "repair_differences" not in recorder.names()


def test_equal_sides_store_nothing_and_repair_nothing(recorder: Recorder, sides: Any) -> None:
    sides({"1-1": "aa"}, {"1-1": "aa"})
    report = run(repair=True)
    assert recorder.names() == ["start_diff_run", "finish_diff_run"]
    assert report.differences == 0


def test_a_flood_is_stopped_before_anything_is_stored(recorder: Recorder, sides: Any) -> None:
    erp = {f"{n}-1": "aa" for n in range(100)}
    sides(erp, {})
    report = run(repair=True)
    assert recorder.names() == ["start_diff_run", "finish_diff_run"]
    assert recorder.calls[-2][1]["status"] == "FAILED"
    assert (report.status, report.repaired, report.keys) == ("STOPPED", 0, [])
    assert run(repair=True, guard=Guard(force=True)).missing == 100


def test_many_differences_go_in_chunks(recorder: Recorder, sides: Any) -> None:
    sides({f"{n:05}-1": "aa" for n in range(2 * CHUNK + 1)}, {})
    run(guard=Guard(force=True))
    assert recorder.names().count("record_differences") == 3


def test_a_failing_run_is_closed_as_failed_and_the_error_goes_on(
    recorder: Recorder, sides: Any
) -> None:
    sides({"1-1": "aa"}, {})
    recorder.fail_on = "record_differences"
    with pytest.raises(oracledb.DatabaseError):
        run(repair=True)
    assert recorder.names() == ["start_diff_run", "rollback", "finish_diff_run"]
    assert recorder.calls[-2][1]["status"] == "FAILED"


def test_a_lost_database_does_not_hide_the_first_error(recorder: Recorder) -> None:
    opened = Run(recorder, "arrow")  # type: ignore[arg-type]
    recorder.fail_on = "finish_diff_run"
    opened.fail(0, "the reason")
    assert recorder.names() == ["start_diff_run", "rollback"]


def test_an_unknown_engine_is_refused_before_anything_happens(recorder: Recorder) -> None:
    with pytest.raises(OffloadError, match="spark, arrow"):
        cli.run_diff(dsn="d", user="u", password="p", engine="abacus")
    assert recorder.calls == []

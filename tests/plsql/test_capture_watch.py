"""A capture trigger that is off, gone or invalid is seen; an invalid one does not stop the ERP for long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import oracledb
import pytest

from devkit.demo.world import World, run_script

if TYPE_CHECKING:
    from collections.abc import Sequence

PLSQL = Path(__file__).resolve().parents[2] / "plsql"


class Bench:
    def __init__(self, world: World) -> None:
        self.admin = world.connect("SYSTEM")
        self.admin.current_schema = "CRM_SYNC"
        self.erp = world.connect("ERP")

    def run(self, *statements: str) -> None:
        with self.admin.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        self.admin.commit()

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with self.admin.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor)

    def watch(self) -> dict[str, int]:
        """What the job finds, by state."""
        self.run("begin crm_jobs.run_capture_watch; end;")
        found = self.rows(
            "select metric, value from crm_status_v where metric like 'capture_triggers_%'"
        )
        return {str(name).removeprefix("capture_triggers_"): int(str(n)) for name, n in found}

    def edit(self) -> None:
        with self.erp.cursor() as cursor:
            cursor.execute("update contacts set name = name where rownum = 1")
        self.erp.commit()


@pytest.fixture(scope="module")
def bench(deployed: World) -> Iterator[Bench]:
    made = Bench(deployed)
    yield made
    made.admin.close()
    made.erp.close()


@contextmanager
def mended(bench: Bench, steps: Sequence[str]) -> Iterator[None]:
    try:
        yield
    finally:
        bench.run(*steps)


ALL_WELL = {"missing": 0, "off": 0, "invalid": 0}


@pytest.mark.devkit
def test_nothing_is_wrong_after_the_deployment(bench: Bench) -> None:
    assert bench.watch() == ALL_WELL


def test_every_trigger_of_the_folder_is_watched() -> None:
    body = (PLSQL / "operate" / "crm_watch.pkb").read_text(encoding="utf-8")
    assert sorted(re.findall(r"'(CRM_\w+_TRG)'", body)) == sorted(
        path.stem.upper() for path in (PLSQL / "capture").glob("*.trg")
    )


@pytest.mark.devkit
def test_a_trigger_that_is_switched_off_is_counted_unless_a_deployment_holds_it(
    bench: Bench,
) -> None:
    held = (
        "insert into crm_capture_holds (trigger_name, was_enabled) values ('CRM_CONTACTS_TRG', 'S')"
    )
    on = (
        "delete from crm_capture_holds where ended_on is null",
        "alter trigger crm_contacts_trg enable",
    )
    with mended(bench, on):
        bench.run("alter trigger crm_contacts_trg disable")
        off = bench.watch()
        bench.run(held)
        while_held = bench.watch()
    assert (off, while_held) == ({**ALL_WELL, "off": 1}, ALL_WELL)
    assert bench.watch() == ALL_WELL


@pytest.mark.devkit
def test_a_trigger_that_was_dropped_is_counted(bench: Bench) -> None:
    try:
        bench.run("drop trigger crm_contacts_trg")
        missing = bench.watch()
    finally:
        run_script(bench.admin, PLSQL / "capture" / "crm_contacts_trg.trg", {})
        bench.run("alter trigger crm_contacts_trg enable")
    assert missing == {**ALL_WELL, "missing": 1}
    assert bench.watch() == ALL_WELL


@pytest.mark.devkit
def test_a_column_of_the_triggers_own_table_stops_the_erp_until_the_next_look(bench: Bench) -> None:
    back = (
        "alter table erp.contacts rename column cargo to job_title",
        "alter trigger crm_contacts_trg enable",
        "alter trigger crm_contacts_trg compile",
    )
    with mended(bench, back):
        bench.run("alter table erp.contacts rename column job_title to cargo")
        with pytest.raises(oracledb.DatabaseError, match="ORA-04098"):
            bench.edit()
        seen = bench.watch()
        bench.edit()
        [(logged,)] = bench.rows(
            "select count(*) from error_log where message like 'a trigger of capture is invalid%'"
        )
    assert seen == {**ALL_WELL, "off": 1, "invalid": 1}
    assert logged == 1
    assert bench.watch() == ALL_WELL


@pytest.mark.devkit
def test_a_trigger_that_only_needs_compiling_is_compiled(bench: Bench) -> None:
    """A column that it does not name was added and taken away again."""
    with mended(bench, ("alter table erp.contacts drop column mood",)):
        bench.run("alter table erp.contacts add (mood varchar2(10))")
        assert bench.watch() == ALL_WELL
        bench.edit()
    assert bench.watch() == ALL_WELL

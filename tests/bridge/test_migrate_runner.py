"""The runner over a database in memory: lock, resume, record, verify."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bridge import sqlfiles
from bridge.errors import InvalidObjects, MigrationError, MigrationFailed, MigrationLocked
from bridge.migrate.connection import StatementFailed
from bridge.migrate.runner import Runner
from bridge.migrate.scripts import Step

SQL = sqlfiles.read("bridge.migrate", "ledger.sql")
NAMES = {text: name for name, text in SQL.items()}
COLUMNS = (
    "script",
    "version",
    "description",
    "checksum",
    "applied_checksum",
    "statement_reached",
    "statement_count",
    "state",
)


class MemoryDatabase:
    """Implements ``Executor``: a ledger as a dictionary, and a list of what was run."""

    def __init__(self) -> None:
        self.has_schema = True
        self.has_ledger = False
        self.rows: dict[str, dict[str, Any]] = {}
        self.run: list[str] = []
        self.failing: str | None = None
        self.lock_answers: list[int] = []
        self.locked = False
        self.invalid: list[tuple[str, str]] = []
        self.heals = False
        self.settings: list[str] = []
        self.busy: list[str] = []  # codes with which the next statements are refused
        self.dependencies: list[tuple[str, str, str, str]] = []
        self.triggers: list[str] = []
        self.missing: list[str] = []

    def execute(self, sql: str, binds: Mapping[str, Any] | None = None) -> bool:
        name = NAMES.get(sql)
        values = dict(binds or {})
        if sql.startswith("alter session"):
            self.settings.append(sql)
            return False
        if sql.startswith("alter "):
            self.run.append(sql)
            if self.heals:
                self.invalid.clear()
            return False
        if name == "create_ledger":
            self.has_ledger = True
        elif name == "begin_script":
            self.rows[values["script"]] = {"applied_checksum": None, **values, "state": "RUNNING"}
        elif name in {"record_statement", "finish_script"}:
            self.rows[values.pop("script")].update(values)
        elif name == "mark_unfinished":
            if values["script"] in self.rows:
                self.rows[values["script"]]["state"] = "RUNNING"
        elif name is None:
            if self.busy:
                code = self.busy.pop(0)
                raise StatementFailed(code=code, text=f"{code}: refused")
            if self.failing is not None and self.failing in sql:
                raise StatementFailed(code="ORA-00955", text="ORA-00955: name is already used")
            self.run.append(sql)
        return "does not compile" in sql

    def query(self, sql: str, binds: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        match NAMES[sql]:
            case "missing_rights":
                return [(right,) for right in self.missing]
            case "schema_exists":
                return [(int(self.has_schema),)]
            case "ledger_exists":
                return [(int(self.has_ledger),)]
            case "read_ledger":
                return [
                    (*(row[column] for column in COLUMNS), None, None) for row in self.rows.values()
                ]
            case "invalid_objects":
                return list(self.invalid)
            case "dependencies":
                return list(self.dependencies)
            case "capture_units":
                return [(name, "TRIGGER") for name in self.triggers]
            case "compile_errors":
                return [("ONE", "PACKAGE", 1, 2, "PLS-00103: wrong\n")]
        raise AssertionError(sql)

    def call(
        self, sql: str, binds: Mapping[str, Any], out: Mapping[str, type[Any]]
    ) -> dict[str, Any]:
        match NAMES[sql]:
            case "allocate_lock":
                return {"lock_handle": f"handle of {binds['lock_name']}"}
            case "request_lock":
                answer = self.lock_answers.pop(0) if self.lock_answers else 0
                self.locked = self.locked or answer == 0
                return {"lock_result": answer}
            case _:
                self.locked = False
                return {"lock_result": 0}

    def commit(self) -> None:
        return

    def rollback(self) -> None:
        return


class Told:
    """Implements ``Progress``."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.scripts: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def script(self, step: Step, *, number: int, total: int) -> None:
        self.scripts.append(f"{number}/{total} {step.script.name}")

    def statement(self, step: Step, *, number: int) -> None:
        return


@pytest.fixture
def database() -> MemoryDatabase:
    return MemoryDatabase()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "plsql").mkdir()
    (tmp_path / "migrations" / "V0001__create_a.sql").write_text(
        "create table a (x number)\n/\ncreate table b (x number)\n/\ncreate table c (x number)\n/\n"
    )
    (tmp_path / "plsql" / "one.pks").write_text("create or replace package one is end;\n/\n")
    (tmp_path / "plsql" / "install.sql").write_text("@@one.pks\n")
    return tmp_path


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def runner(database: MemoryDatabase, told: Told, root: Path, pauses: list[float]) -> Runner:
    return Runner(
        database,
        root=root,
        schema="CRM_SYNC",
        progress=told,
        lock_wait_seconds=0,
        ddl_lock_timeout_seconds=7,
        ddl_attempts=3,
        pause=pauses.append,
    )


def test_everything_is_applied_and_recorded(
    runner: Runner, database: MemoryDatabase, told: Told
) -> None:
    report = runner.apply()

    assert report.statements == len(database.run) == 4
    assert {row["state"] for row in database.rows.values()} == {"DONE"}
    assert told.scripts == ["1/2 migrations/V0001__create_a.sql", "2/2 plsql/one.pks"]
    assert not database.locked


def test_an_account_that_lacks_rights_hears_of_all_before_anything_is_done(
    runner: Runner, database: MemoryDatabase
) -> None:
    database.missing = ["CREATE ANY TRIGGER", "MANAGE ANY QUEUE"]

    with pytest.raises(MigrationError, match=r"lacks .*: CREATE ANY TRIGGER, MANAGE ANY QUEUE"):
        runner.apply()
    assert (database.settings, database.run, database.locked) == ([], [], False)


@pytest.mark.parametrize("has_schema", [True, False])
def test_status_and_a_dry_run_name_the_rights_that_are_missing(
    runner: Runner, database: MemoryDatabase, has_schema: bool
) -> None:
    database.has_schema = has_schema
    assert runner.status().missing_rights == runner.preview().missing_rights == ()

    database.missing = ["CREATE ANY TRIGGER", "MANAGE ANY QUEUE"]

    wanted = ("CREATE ANY TRIGGER", "MANAGE ANY QUEUE")
    assert runner.status().missing_rights == runner.preview().missing_rights == wanted
    assert (database.run, database.locked) == ([], False)


def test_the_compiler_is_set_before_the_first_statement(
    runner: Runner, database: MemoryDatabase
) -> None:
    database.failing = "create table"  # the first statement

    with pytest.raises(MigrationFailed):
        runner.apply()
    assert database.run == []
    assert "alter session set plsql_optimize_level = 2" in database.settings
    assert "alter session set plsql_warnings = 'disable:all'" in database.settings


def test_a_second_run_does_nothing(runner: Runner, database: MemoryDatabase) -> None:
    runner.apply()
    database.run.clear()

    assert runner.apply().steps == ()
    assert database.run == []


def test_a_failed_statement_is_named_and_the_next_run_resumes_with_it(
    runner: Runner, database: MemoryDatabase
) -> None:
    database.failing = "table b"
    with pytest.raises(MigrationFailed) as caught:
        runner.apply()

    assert (caught.value.statement, caught.value.line) == (2, 3)
    assert database.rows["migrations/V0001__create_a.sql"]["state"] == "FAILED"
    assert not database.locked
    database.failing = None
    database.run.clear()
    runner.apply()
    assert [text.split("(")[0] for text in database.run] == [
        "create table b ",
        "create table c ",
        "create or replace package one is end;",
    ]


def test_a_dry_run_changes_nothing(runner: Runner, database: MemoryDatabase) -> None:
    report = runner.preview()

    assert [step.script.name for step in report.steps] == [
        "migrations/V0001__create_a.sql",
        "plsql/one.pks",
    ]
    assert (database.run, database.rows, database.has_ledger) == ([], {}, False)


def test_a_second_runner_waits_for_the_first(
    database: MemoryDatabase, told: Told, root: Path
) -> None:
    database.lock_answers = [1, 1, 0]
    Runner(database, root=root, schema="CRM_SYNC", progress=told, lock_wait_seconds=60).apply()

    assert told.notes == ["another migration is running: waiting for it"]
    assert len(database.run) == 4


def test_a_lock_that_is_held_too_long_ends_the_run(
    runner: Runner, database: MemoryDatabase
) -> None:
    database.lock_answers = [1]

    with pytest.raises(MigrationLocked):
        runner.apply()
    assert database.run == []


def test_a_missing_schema_is_the_work_of_a_dba(runner: Runner, database: MemoryDatabase) -> None:
    database.has_schema = False

    with pytest.raises(MigrationError, match=r"create_owner\.sql"):
        runner.apply()
    assert database.run == []
    assert not database.locked


def test_stale_objects_are_compiled_before_they_are_called_invalid(
    runner: Runner, database: MemoryDatabase
) -> None:
    database.invalid = [("ONE", "PACKAGE BODY")]
    database.heals = True

    report = runner.apply()

    assert database.run[-1] == 'alter PACKAGE "CRM_SYNC"."ONE" compile BODY'
    assert report.recompiled == ("PACKAGE BODY ONE",)


def test_what_stays_invalid_fails_the_run_and_shows_why(
    runner: Runner, database: MemoryDatabase
) -> None:
    database.invalid = [("ONE", "PACKAGE")]

    with pytest.raises(InvalidObjects) as caught:
        runner.apply()

    assert caught.value.objects == ("PACKAGE ONE",)
    assert "1:2: PLS-00103: wrong" in str(caught.value)


def test_status_tells_pending_and_applied(runner: Runner, database: MemoryDatabase) -> None:
    database.failing = "package one"
    with pytest.raises(MigrationFailed):
        runner.apply()

    status = runner.status()

    assert [step.script.name for step in status.pending] == ["plsql/one.pks"]
    assert status.ledger["migrations/V0001__create_a.sql"].statement_reached == 3


def test_a_unit_that_does_not_compile_is_noted(runner: Runner, told: Told, root: Path) -> None:
    (root / "plsql/one.pks").write_text(
        "create or replace package one is does not compile end;\n/\n"
    )

    runner.apply()

    assert told.notes == [
        "compiled with errors: create or replace package one is does not compile end;"
    ]


# --------------------------------------------------------------------------- beside the users of the ERP


def test_ddl_waits_a_bounded_time_for_the_locks_of_the_erp(
    runner: Runner, database: MemoryDatabase
) -> None:
    runner.apply()

    assert "alter session set ddl_lock_timeout = 7" in database.settings


@pytest.mark.parametrize("code", ["ORA-00054", "ORA-04021", "ORA-04020"])
def test_a_statement_that_met_a_lock_is_tried_again_after_a_pause(
    runner: Runner, database: MemoryDatabase, told: Told, pauses: list[float], code: str
) -> None:
    database.busy = [code, code]

    report = runner.apply()

    assert report.statements == len(database.run) == 4
    assert pauses == [7.0, 7.0]
    assert "attempt 1 of 3" in told.notes[0]


def test_a_lock_that_stays_ends_the_run_with_its_code(
    runner: Runner, database: MemoryDatabase
) -> None:
    database.busy = ["ORA-00054"] * 3

    with pytest.raises(MigrationFailed, match="ORA-00054"):
        runner.apply()
    assert database.run == []


def test_another_error_is_not_tried_again(runner: Runner, database: MemoryDatabase) -> None:
    database.busy = ["ORA-00955"]

    with pytest.raises(MigrationFailed, match="ORA-00955"):
        runner.apply()


@pytest.fixture
def capturing(root: Path) -> Path:
    (root / "plsql/admin").mkdir()
    for name in ("hold_capture", "release_capture"):
        (root / f"plsql/admin/{name}.sql").write_text(f"begin {name}; end;\n/\n")
    (root / "plsql/install.sql").write_text(
        "@@admin/hold_capture.sql\n@@one.pks\n@@admin/release_capture.sql\n"
    )
    return root


def test_capture_is_held_while_something_that_its_triggers_reach_is_replaced(
    runner: Runner, database: MemoryDatabase, capturing: Path
) -> None:
    runner.apply()
    database.triggers = ["T_TRG"]
    database.dependencies = [
        ("T_TRG", "TRIGGER", "CAPTURE", "PACKAGE"),
        ("CAPTURE", "PACKAGE BODY", "ONE", "PACKAGE"),
        ("OTHER", "PACKAGE BODY", "CAPTURE", "PACKAGE"),
    ]
    database.run.clear()
    (capturing / "plsql/one.pks").write_text("create or replace package one is x number; end;\n/\n")

    runner.apply()

    assert database.run == [
        "begin hold_capture; end;",
        "create or replace package one is x number; end;",
        "begin release_capture; end;",
    ]


def test_a_run_that_ends_while_capture_is_held_is_made_good_by_the_next(
    runner: Runner, database: MemoryDatabase, capturing: Path
) -> None:
    """What the triggers reach is replaced already; only what follows has failed."""
    (capturing / "plsql/other.pks").write_text("create or replace package other is end;\n/\n")
    (capturing / "plsql/install.sql").write_text(
        "@@admin/hold_capture.sql\n@@one.pks\n@@other.pks\n@@admin/release_capture.sql\n"
    )
    runner.apply()
    database.triggers = ["T_TRG"]
    database.dependencies = [("T_TRG", "TRIGGER", "ONE", "PACKAGE")]
    for name in ("one", "other"):
        (capturing / f"plsql/{name}.pks").write_text(
            f"create or replace package {name} is x number; end;\n/\n"
        )
    database.failing = "package other"
    with pytest.raises(MigrationFailed):
        runner.apply()
    database.failing = None
    database.run.clear()

    runner.apply()

    assert database.run == [
        "create or replace package other is x number; end;",
        "begin release_capture; end;",
    ]


def test_what_is_invalid_is_compiled_before_capture_is_released(
    runner: Runner, database: MemoryDatabase, capturing: Path
) -> None:
    database.invalid = [("ONE", "PACKAGE BODY")]
    database.heals = True

    runner.apply()

    assert database.run[-2:] == [
        'alter PACKAGE "CRM_SYNC"."ONE" compile BODY',
        "begin release_capture; end;",
    ]

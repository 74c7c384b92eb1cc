"""Splitting scripts, and deciding what is to be run."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import MigrationEdited, MigrationError
from bridge.migrate.ledger import LedgerRow, ScriptState
from bridge.migrate.scripts import Script, applied_checksum, find_scripts, plan
from bridge.migrate.statements import ScriptError, checksum, includes, split


def texts(script: str) -> list[str]:
    return [statement.text for statement in split(script)]


def test_statements_end_with_a_slash_on_its_own_line() -> None:
    assert texts("create table a (b number)\n/\ncomment on table a is 'x'\n/\n") == [
        "create table a (b number)",
        "comment on table a is 'x'",
    ]


def test_plain_sql_ends_with_a_semicolon_as_well() -> None:
    assert texts("insert into a values (1);\ninsert into a\nvalues (2);\ncommit;\n") == [
        "insert into a values (1)",
        "insert into a\nvalues (2)",
        "commit",
    ]


def test_semicolons_inside_plsql_do_not_end_it() -> None:
    unit = "create or replace package body p\nis\n   procedure q is begin null; end;\nend p;"
    block = "declare\n   l number;\nbegin\n   l := 1 / 2;\nend;"

    assert texts(f"{unit}\n/\n{block}\n/\n") == [unit, block]


@pytest.mark.parametrize(
    "head",
    [
        "create or replace editionable trigger t",
        "CREATE TYPE t AS OBJECT (",
        "begin",
        "<<label>>",
        "with function f return number",
        "create function f return number",
    ],
)
def test_every_kind_of_plsql_is_recognised(head: str) -> None:
    assert len(split(f"{head}\n a;\n b;\nend;\n/\n")) == 1


def test_literals_and_comments_hide_terminators() -> None:
    script = (
        "insert into a values ('x; y');\n"
        "insert into a values (q'[it's; 1\n / 2]');\n"
        "insert into a /* ; */ values (1);\n"
        "-- only a comment;\n"
        "select 1 from dual -- a; b\n;\n"
    )

    assert len(split(script)) == 4
    assert split(script)[0].text == "insert into a values ('x; y')"


@pytest.mark.parametrize(
    "script",
    [
        "comment on table a is 'x;\ny'\n/\n",
        "comment on table a is q'[x;\ny]'\n/\n",
        "select 1 -- x;\nfrom dual\n/\n",
        "select 1 /* x;\n */ from dual\n/\n",
        "insert into a values ('x\n/\ny')\n/\n",
        "insert into a values ('x\n.\ny')\n/\n",
        "begin\n  null;\n.\nend;\n/\n",
        "insert into a values ('x\n\ny')\n/\n",
        "insert into a\n\nvalues ('x')\n/\n",
        "insert into a values ('x\n#y')\n/\n",
        "begin\n  /* about\n  @param x */\n  null;\nend;\n/\n",
        "select 2 -\n1 from dual\n/\n",
        "comment on table a is 'x -\ny'\n/\n",
        "insert into a values (1); insert into a values (2);\n",
        "insert into a values (1); -- one\n",
        "comment on table a is '" + "x" * 2500 + "'\n/\n",
    ],
)
def test_what_sqlplus_would_cut_or_join_at_the_end_of_a_line_is_refused(script: str) -> None:
    with pytest.raises(ScriptError, match=r"line \d+: "):
        split(script)


def test_a_comment_block_between_statements_is_dropped() -> None:
    assert texts("/* what\nand why; */\ncreate table a (b number)\n/\n") == [
        "create table a (b number)"
    ]
    assert texts("/* c */ create table a (b number)\n/\n") == [" create table a (b number)"]


def test_commands_of_sqlplus_without_effect_are_skipped() -> None:
    script = (
        "set define off\nwhenever sqlerror exit failure\nprompt hello\nshow errors\nset role x;\n"
    )

    assert texts(script) == ["set role x"]


def test_an_include_in_a_script_is_refused() -> None:
    with pytest.raises(ScriptError):
        split("@@other.sql\n")


def test_lines_of_statements_are_known() -> None:
    assert [
        s.line for s in split("-- head\n\ncreate table a (b number)\n/\n\nbegin\n null;\nend;\n/")
    ] == [
        3,
        6,
    ]


def test_the_last_statement_needs_no_terminator() -> None:
    assert texts("select 1 from dual") == ["select 1 from dual"]


def test_install_lists_are_read_in_order() -> None:
    assert includes("prompt x\n@@core/a.pks\n@core/a.pkb\n-- @@no\nstart views/v.vw\n") == [
        "core/a.pks",
        "core/a.pkb",
        "views/v.vw",
    ]


def test_a_checksum_is_blind_to_line_endings() -> None:
    assert checksum("a\r\nb  \r\n") == checksum("\ufeffa\nb\n")
    assert checksum("a\nb") != checksum("a\nc")


# --------------------------------------------------------------------------- plan


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "plsql").mkdir()
    write(tmp_path, "migrations/V0001__create_a.sql", "create table a (x number)\n/\n")
    write(
        tmp_path,
        "migrations/V0002__create_b.sql",
        "create table b (x number)\n/\ncreate table c (x number)\n/\n",
    )
    write(tmp_path, "plsql/one.pks", "create or replace package one is end;\n/\n")
    write(tmp_path, "plsql/two.pks", "create or replace package two is end;\n/\n")
    write(tmp_path, "plsql/install.sql", "@@one.pks\n@@two.pks\n")
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    (root / name).write_text(text, encoding="utf-8")


def row(
    script: Script, *, state: ScriptState = ScriptState.DONE, reached: int | None = None
) -> LedgerRow:
    count = len(script.statements) if reached is None else reached
    return LedgerRow(
        script=script.name,
        version=script.version,
        description=script.description,
        checksum=script.checksum,
        applied_checksum=applied_checksum(script.statements[:count]),
        statement_reached=count,
        statement_count=len(script.statements),
        state=state,
        started_at=None,
        finished_at=None,
    )


def ledger(scripts: list[Script]) -> dict[str, LedgerRow]:
    return {script.name: row(script) for script in scripts}


def planned(root: Path, rows: dict[str, LedgerRow]) -> list[tuple[str, int, str]]:
    steps = plan(find_scripts(root), rows)
    return [(step.script.name.rpartition("/")[2], step.start, step.reason) for step in steps]


def test_an_empty_schema_gets_everything_in_order(root: Path) -> None:
    assert [name for name, _, _ in planned(root, {})] == [
        "V0001__create_a.sql",
        "V0002__create_b.sql",
        "one.pks",
        "two.pks",
    ]


def test_a_complete_schema_gets_nothing(root: Path) -> None:
    assert planned(root, ledger(find_scripts(root))) == []


def test_an_edited_migration_is_refused(root: Path) -> None:
    rows = ledger(find_scripts(root))
    write(root, "migrations/V0001__create_a.sql", "create table a (y number)\n/\n")

    with pytest.raises(MigrationEdited, match="V0001"):
        planned(root, rows)


def test_a_failed_migration_resumes_at_its_statement(root: Path) -> None:
    scripts = find_scripts(root)
    rows = ledger(scripts[:1]) | {
        scripts[1].name: row(scripts[1], state=ScriptState.FAILED, reached=1)
    }

    assert planned(root, rows)[0] == ("V0002__create_b.sql", 1, "resumed")


def test_a_failed_migration_may_be_corrected_behind_what_is_finished(root: Path) -> None:
    scripts = find_scripts(root)
    rows = ledger(scripts[:1]) | {
        scripts[1].name: row(scripts[1], state=ScriptState.FAILED, reached=1)
    }
    write(
        root,
        "migrations/V0002__create_b.sql",
        "create table b (x number)\n/\ncreate table c (x number, y number)\n/\n",
    )
    assert planned(root, rows)[0][1] == 1

    write(
        root,
        "migrations/V0002__create_b.sql",
        "create table b (x date)\n/\ncreate table c (x number)\n/\n",
    )
    with pytest.raises(MigrationEdited):
        planned(root, rows)


def test_a_changed_package_runs_again_and_nothing_else(root: Path) -> None:
    """What depends on it is invalid afterwards, and compiled, not replaced."""
    rows = ledger(find_scripts(root))
    write(root, "plsql/one.pks", "create or replace package one is x number; end;\n/\n")

    assert planned(root, rows) == [("one.pks", 0, "changed")]


def test_a_script_runs_again_with_those_that_it_names(root: Path) -> None:
    write(
        root, "plsql/jobs.sql", "-- Again with: plsql/one.pks, plsql/two.pks\nbegin null; end;\n/\n"
    )
    write(root, "plsql/install.sql", "@@one.pks\n@@two.pks\n@@jobs.sql\n")
    rows = ledger(find_scripts(root))
    write(root, "plsql/two.pks", "create or replace package two is x number; end;\n/\n")

    assert planned(root, rows) == [
        ("two.pks", 0, "changed"),
        ("jobs.sql", 0, "again with plsql/two.pks"),
    ]


def test_a_script_that_names_what_is_not_installed_is_refused(root: Path) -> None:
    write(root, "plsql/two.pks", "-- Again with: plsql/gone.pks\nbegin null; end;\n/\n")

    with pytest.raises(MigrationError, match=r"gone\.pks"):
        find_scripts(root)


# --------------------------------------------------------------------------- capture is held


@pytest.fixture
def capturing(root: Path) -> Path:
    """A root whose first and last repeatable files hold and release capture."""
    (root / "plsql/admin").mkdir()
    write(root, "plsql/admin/hold_capture.sql", "begin null; end;\n/\n")
    write(root, "plsql/admin/release_capture.sql", "begin null; end;\n/\n")
    write(
        root,
        "plsql/install.sql",
        "@@admin/hold_capture.sql\n@@one.pks\n@@two.pks\n@@admin/release_capture.sql\n",
    )
    return root


def reached(root: Path, rows: dict[str, LedgerRow], *reach: str) -> list[tuple[str, str]]:
    steps = plan(find_scripts(root), rows, reach=frozenset(reach))
    return [(step.script.name.rpartition("/")[2], step.reason) for step in steps]


def test_capture_is_held_around_what_its_triggers_need(capturing: Path) -> None:
    rows = ledger(find_scripts(capturing))
    write(capturing, "plsql/one.pks", "create or replace package one is x number; end;\n/\n")

    assert reached(capturing, rows, "ONE") == [
        ("hold_capture.sql", "around plsql/one.pks"),
        ("one.pks", "changed"),
        ("release_capture.sql", "around plsql/one.pks"),
    ]
    assert reached(capturing, rows, "TWO") == [("one.pks", "changed")]


@pytest.mark.parametrize(
    ("statement", "is_held"),
    [
        ("alter table a add (y number)", True),
        ("-- why\ncreate index a_idx on a (x)", True),
        ("create table z (x number references a)", True),
        ("create table z (x number)", False),
        ("insert into a (x) values (1)", False),
        ("comment on table a is 'alter a'", False),
    ],
)
def test_capture_is_held_before_a_migration_of_what_its_triggers_need(
    capturing: Path, statement: str, is_held: bool
) -> None:
    rows = ledger(find_scripts(capturing))
    write(capturing, "migrations/V0003__alter_a.sql", f"{statement}\n/\n")

    names = [name for name, _ in reached(capturing, rows, "A")]

    held = ["hold_capture.sql", "V0003__alter_a.sql", "release_capture.sql"]
    assert names == (held if is_held else ["V0003__alter_a.sql"])


def test_a_release_that_was_not_reached_is_done_by_the_next_run(capturing: Path) -> None:
    scripts = find_scripts(capturing)
    rows = ledger(scripts)
    rows[scripts[-1].name] = row(scripts[-1], state=ScriptState.RUNNING)

    assert reached(capturing, rows, "ONE") == [("release_capture.sql", "unfinished")]


def test_a_migration_older_than_the_newest_is_refused(root: Path) -> None:
    scripts = find_scripts(root)
    rows = {script.name: row(script) for script in scripts[1:]}

    with pytest.raises(MigrationError, match="older"):
        planned(root, rows)


def test_an_applied_migration_that_vanished_is_refused(root: Path) -> None:
    rows = ledger(find_scripts(root))
    (root / "migrations/V0001__create_a.sql").unlink()

    with pytest.raises(MigrationError, match="missing"):
        planned(root, rows)


@pytest.mark.parametrize("name", ["V1__x.sql", "V0003_x.sql", "x.sql", "V0002__again.sql"])
def test_names_outside_the_rule_are_refused(root: Path, name: str) -> None:
    write(root, f"migrations/{name}", "select 1 from dual\n/\n")

    with pytest.raises(MigrationError):
        find_scripts(root)


def test_an_install_list_that_names_a_missing_file_is_refused(root: Path) -> None:
    write(root, "plsql/install.sql", "@@three.pks\n")

    with pytest.raises(MigrationError, match=r"three\.pks"):
        find_scripts(root)

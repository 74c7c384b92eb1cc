"""Every migration can be taken back: up, down one by one, up again, with the schema compared at each step."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import oracledb
import pytest
from deployed_world import Deployed
from dump_schema import dump
from migration_target import Target, empty_target

from bridge import sqlfiles
from bridge.migrate.scripts import Kind, Script, find_scripts
from bridge.migrate.statements import split

ROOT = Path(__file__).resolve().parents[2]
UP = [script for script in find_scripts(ROOT) if script.kind is Kind.ONCE]
UNDO = ROOT / "migrations/undo"
LEDGER = sqlfiles.read("bridge.migrate", "ledger.sql")
SETTINGS = (
    "crm_settings",
    "crm_stages",
    "crm_stage_moves",
    "crm_field_policies",
    "crm_contact_policies",
)

# Rows of kinds that later migrations have brought: an undo must not fail because of them.
LIVE = (
    "insert into crm_outbox_events (record_key, version, origin, status, settled_on)"
    " values ('1-1', 1, 'TIME', 'SKIPPED', systimestamp)",
    "insert into crm_outbox_events (record_key, version, origin, status, settled_on)"
    " values ('1-1', 2, 'REQUEST', 'SUPERSEDED', systimestamp)",
    "insert into crm_inbox_events (source, event_type, dedupe_key, status, settled_on)"
    " values ('test', 'test', rpad('x', 64, 'x'), 'SKIPPED', systimestamp)",
)


def undo_of(script: Script) -> Path:
    return UNDO / f"U{Path(script.name).name[1:]}"


# --------------------------------------------------------------------------- the files


def test_every_migration_has_its_undo_and_no_other_is_there() -> None:
    assert sorted(path.name for path in UNDO.iterdir()) == [undo_of(script).name for script in UP]


@pytest.mark.parametrize("script", UP, ids=lambda script: script.version)
def test_the_head_of_an_undo_names_what_it_undoes_and_what_is_lost(script: Script) -> None:
    text = undo_of(script).read_text(encoding="utf-8")
    lines = text.splitlines()

    assert lines[0] == f"-- {undo_of(script).stem}"
    assert lines[1] == f"-- Undoes: {script.name}"
    assert re.match(r"-- Loses:  \S", lines[2])
    assert text.endswith("\n/\n")


@pytest.mark.parametrize("script", UP, ids=lambda script: script.version)
def test_an_undo_takes_its_migration_out_of_the_ledger_at_the_end(script: Script) -> None:
    statements = split(undo_of(script).read_text(encoding="utf-8"))

    assert [statement.text for statement in statements[-2:]] == [
        f"delete from crm_migrations m\n where m.script = '{script.name}'",
        "commit",
    ]


# --------------------------------------------------------------------------- up, down, up


@pytest.fixture
def target(deployed_world: Deployed, tmp_path: Path) -> Iterator[Target]:
    with empty_target(deployed_world, tmp_path, name=__file__) as made:
        yield made


def describe(connection: oracledb.Connection, schema: str) -> str:
    """Schema, comments, and the rows that are settings."""

    def rows(sql: str, **binds: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            return list(cursor.execute(sql, binds))

    parts = [dump(connection, schema)]
    for view, columns in (
        ("all_tab_comments", "table_name"),
        ("all_col_comments", "table_name, column_name"),
    ):
        parts += [
            repr(row)
            for row in rows(
                f"select {columns}, comments from {view} where owner = :owner and comments is not null"
                f" and table_name not like 'CRM\\_%\\_QT' escape '\\' order by {columns}",
                owner=schema,
            )
        ]
    for table in SETTINGS:
        if rows(
            "select null from all_tables where owner = :owner and table_name = upper(:name)",
            owner=schema,
            name=table,
        ):
            parts += sorted(f"{table} {row}" for row in rows(f"select * from {schema}.{table}"))
    return "\n".join(parts)


def run(connection: oracledb.Connection, text: str, label: str) -> None:
    with connection.cursor() as cursor:
        for statement in split(text):
            try:
                cursor.execute(statement.text)
            except oracledb.Error as exc:
                raise AssertionError(f"{label}, line {statement.line}: {exc}") from exc


def climb(connection: oracledb.Connection, script: Script) -> None:
    run(connection, (ROOT / script.name).read_text(encoding="utf-8"), script.name)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into crm_migrations (script, version, description, checksum, statement_reached,"
            " statement_count, state) values (:1, :2, 'test', 'test', 1, 1, 'DONE')",
            [script.name, script.version],
        )
    connection.commit()


def test_up_down_and_up_again_ends_where_it_was(target: Target) -> None:
    with target.world.connect("SYSTEM") as connection, connection.cursor() as cursor:
        connection.current_schema = target.schema
        cursor.execute(LEDGER["create_ledger"])
        before: list[str] = []
        for script in UP:
            before.append(describe(connection, target.schema))
            climb(connection, script)
        top = describe(connection, target.schema)
        for statement in LIVE:
            cursor.execute(statement)
        connection.commit()

        for script, expected in reversed(list(zip(UP, before, strict=True))):
            run(connection, undo_of(script).read_text(encoding="utf-8"), undo_of(script).name)
            found = describe(connection, target.schema)
            changes = difflib.unified_diff(
                expected.splitlines(), found.splitlines(), "before", "undone", lineterm="", n=0
            )
            assert found == expected, "\n".join([undo_of(script).name, *changes])
        (left,) = cursor.execute("select count(*) from crm_migrations").fetchone() or ()
        for script in UP:
            climb(connection, script)

        assert left == 0
        assert describe(connection, target.schema) == top

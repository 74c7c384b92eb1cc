"""The layouts for Flyway and Liquibase, read as the documentation of each says it reads them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from migration_target import Client

from bridge.migrate import sqlplus
from bridge.migrate.scripts import HOLD, RELEASE, Kind, Script, find_scripts
from bridge.migrate.statements import split
from devkit.tools.bundle import ROOT, build
from devkit.tools.layouts import LayoutError, flyway, liquibase

# Flyway, Oracle Database, SQL Script Syntax: PL/SQL is delimited by / on a line of its own, SQL by ;
PLSQL = re.compile(
    r"(?is)\A\s*(?:declare\b|begin\b|create\s+(?:or\s+replace\s+)?(?:(?:non)?editionable\s+)?"
    r"(?:function|procedure|package|type|trigger)\b)"
)


def read_as_flyway(text: str) -> list[str]:
    statements: list[str] = []
    lines: list[str] = []
    quoted = False
    for line in text.splitlines():
        if not lines and (not line.strip() or line.startswith("--")):
            continue
        code = re.sub(r"--.*", "", line)
        plsql = PLSQL.match("\n".join([*lines, line])) is not None
        if plsql and line.strip() == "/":
            statements.append("\n".join(lines))
            lines, quoted = [], False
            continue
        lines.append(line)
        quoted ^= code.count("'") % 2 == 1
        if not plsql and not quoted and code.rstrip().endswith(";"):
            statements.append("\n".join(lines).rstrip().removesuffix(";"))
            lines = []
    assert not lines
    return statements


def read_as_liquibase(text: str) -> tuple[str, list[str], list[str]]:
    """The line of the change set, its statements, and those of its rollback."""
    lines = text.splitlines()
    assert lines[0] == "--liquibase formatted sql"
    (head,) = [line for line in lines if line.startswith("--changeset ")]
    body = [line for line in lines[2:] if not line.startswith(("--changeset ", "--rollback"))]
    back = [line.removeprefix("--rollback ") for line in lines if line.startswith("--rollback")]

    def cut(part: list[str]) -> list[str]:
        return [
            piece.strip("\n") for piece in re.split(r"(?m)^/\s*$", "\n".join(part)) if piece.strip()
        ]

    return head, cut(body), [] if back == ["empty"] else cut(back)


SCRIPTS = find_scripts(ROOT)
FILES = build(ROOT)
# what begins each file: Flyway and Liquibase promise no session that lasts longer
SESSION = [
    'alter session set current_schema = "CRM_SYNC"',
    "alter session set plsql_optimize_level = 2",
    "alter session set plsql_warnings = 'disable:all'",
]


def expected(script: Script) -> list[str]:
    return [*SESSION, *(item.text for item in split(sqlplus.resume(script, start=0)))]


def undo_of(script: Script) -> list[str]:
    name = script.name.rpartition("/")[2]
    return [*SESSION, *(item.text for item in split(FILES[f"migrations/undo/U{name[1:]}"]))]


def repeatables() -> list[Script]:
    return [
        s
        for s in SCRIPTS
        if s.kind is Kind.REPEATABLE and s.name not in (HOLD, RELEASE) and not s.again_with
    ]


# --------------------------------------------------------------------------- Flyway


def test_flyway_reads_the_statements_of_every_migration_and_its_undo() -> None:
    for script in SCRIPTS:
        if script.kind is Kind.ONCE:
            name = script.name.rpartition("/")[2]
            assert re.fullmatch(r"V\d{4}__\w+\.sql", name)
            assert read_as_flyway(FILES[f"flyway/sql/{name}"]) == expected(script)
            assert read_as_flyway(FILES[f"flyway/sql/U{name[1:]}"]) == undo_of(script)


def test_flyway_runs_repeatable_files_in_the_order_of_installation() -> None:
    """Repeatable migrations run in the order of their descriptions, after the versioned ones."""
    names = sorted(name for name in FILES if name.startswith("flyway/sql/R__"))

    assert all(re.fullmatch(r"flyway/sql/R__\d{3}_\w+\.sql", name) for name in names)
    assert [read_as_flyway(FILES[name]) for name in names] == [expected(s) for s in repeatables()]


def test_flyway_replaces_nothing_and_works_in_the_schema_of_the_integration() -> None:
    settings = dict(
        line.split("=", 1)
        for line in FILES["flyway/flyway.conf"].splitlines()
        if "=" in line and line[0] != "#"
    )

    assert settings["flyway.placeholderReplacement"] == "false"
    assert settings["flyway.defaultSchema"] == "CRM_SYNC"
    assert settings["flyway.encoding"] == "UTF-8"
    assert not [name for name in FILES if name.startswith("flyway/sql") and "${" in FILES[name]]


# --------------------------------------------------------------------------- Liquibase


def test_liquibase_reads_the_statements_of_every_change_set() -> None:
    for script in SCRIPTS:
        if script.kind is not Kind.ONCE:
            continue
        name = script.name.rpartition("/")[2]
        head, statements, back = read_as_liquibase(FILES[f"liquibase/sql/{name}"])
        assert head.startswith(f"--changeset erpcrm:{name.removesuffix('.sql')} endDelimiter:/ ")
        assert "stripComments:false" in head
        assert "runOnChange" not in head
        assert statements == expected(script)
        assert back == undo_of(script)


def test_liquibase_includes_every_file_once_and_runs_code_when_it_changes() -> None:
    included = re.findall(r"file: (\S+)", FILES["liquibase/changelog.yaml"])
    present = [
        name.removeprefix("liquibase/") for name in FILES if name.startswith("liquibase/sql/")
    ]
    code = included[2 + sum(1 for s in SCRIPTS if s.kind is Kind.ONCE) : -1]

    assert sorted(included) == sorted(present)
    assert included[:2] == ["sql/ledger.sql", "sql/hold.sql"]
    assert included[-1] == "sql/release.sql"
    read = [read_as_liquibase(FILES[f"liquibase/{name}"]) for name in code]
    assert [statements for _, statements, _ in read] == [expected(s) for s in repeatables()]
    assert all(head.endswith(" runOnChange:true") for head, _, _ in read)
    for name in ("hold", "release"):
        assert "runAlways:true" in read_as_liquibase(FILES[f"liquibase/sql/{name}.sql"])[0]


@pytest.mark.parametrize(
    "statement",
    [
        "select 1\n/ 2 from dual",
        "select '${x}' from dual",
        "begin\n   -- rollback what was done\n   null;\nend;",
    ],
)
def test_what_a_tool_would_read_as_something_else_is_refused(
    tmp_path: Path, statement: str
) -> None:
    for folder in ("migrations/undo", "plsql/admin"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "migrations/V0001__create_a.sql").write_text(f"{statement}\n/\n")
    for name in ("hold_capture", "release_capture"):
        (tmp_path / f"plsql/admin/{name}.sql").write_text("begin\n   null;\nend;\n/\n")
    (tmp_path / "plsql/install.sql").write_text(
        "@@admin/hold_capture.sql\n@@admin/release_capture.sql\n"
    )
    sources = {"migrations/undo/U0001__create_a.sql": "commit\n/\n"}

    for layout in (flyway, liquibase):
        with pytest.raises(LayoutError):
            layout(find_scripts(tmp_path), sources)


# --------------------------------------------------------------------------- run


def run(client: Client, statements: list[str]) -> None:
    with client.target.world.connect("SYSTEM") as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        connection.commit()


def as_flyway(files: dict[str, str]) -> list[str]:
    def of(prefix: str) -> list[str]:
        return sorted(name for name in files if name.startswith(f"flyway/{prefix}"))

    order: list[str] = [*of("callbacks/beforeMigrate__")]
    for name in [*of("sql/V"), *of("sql/R__")]:
        order += [*of("callbacks/beforeEachMigrate__"), name]
    order += of("callbacks/afterMigrate__")
    return [statement for name in order for statement in read_as_flyway(files[name])]


def as_liquibase(files: dict[str, str]) -> list[str]:
    names = re.findall(r"file: (\S+)", files["liquibase/changelog.yaml"])
    return [one for name in names for one in read_as_liquibase(files[f"liquibase/{name}"])[1]]


@pytest.mark.parametrize("read", [as_flyway, as_liquibase])
def test_each_layout_leaves_the_ledger_that_erpcrm_migrate_goes_on_from(
    small: Client, read: Any
) -> None:
    files = {
        name: text.replace("CRM_SYNC", small.target.schema)
        for name, text in build(small.target.root).items()
    }

    run(small, read(files))

    assert small.target.world.rows(f"select n from {small.target.schema}.a order by n") == [
        (1,),
        (2,),
    ]
    # the hold alone is no script of a history: a callback, or a change set that always runs
    assert small.target.report("migrate", "--dry-run")["scripts"] in (
        [],
        [{"script": HOLD, "from_statement": 1, "reason": "new"}],
    )

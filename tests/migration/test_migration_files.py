"""The migration files keep to their rules; readable by SQL*Plus, SQLcl and Flyway."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridge.migrate.scripts import find_scripts

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "migrations").glob("*.sql"))
SQLPLUS = re.compile(
    r"^\s*(set|prompt|whenever|define|undefine|spool|exit|column|@@?)\b", re.I | re.M
)


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def migration(request: pytest.FixtureRequest) -> tuple[Path, str]:
    path: Path = request.param
    return path, path.read_text(encoding="utf-8")


def test_numbers_have_no_gap_and_no_double() -> None:
    assert [path.name[1:5] for path in FILES] == [f"{n:04}" for n in range(1, len(FILES) + 1)]


def test_the_name_says_verb_and_object(migration: tuple[Path, str]) -> None:
    path, _ = migration

    assert re.fullmatch(
        r"V\d{4}__(create|add|alter|drop|load|rename|move|widen)_[a-z0-9_]+\.sql", path.name
    )


def test_the_head_says_why_what_it_breaks_and_how_to_undo_it(migration: tuple[Path, str]) -> None:
    path, text = migration
    lines = text.splitlines()

    assert lines[0] == f"-- {path.stem}"
    assert [
        re.match(r"-- (\w+):\s+\S", line)[1]
        for line in lines[1:4]
        if re.match(r"-- (\w+):\s+\S", line)
    ] == [
        "Why",
        "Breaks",
        "Undo",
    ]


def test_there_are_no_commands_of_sqlplus(migration: tuple[Path, str]) -> None:
    _, text = migration
    # "set" is a command at the start of a statement only
    statements = re.split(r"^/$", text, flags=re.M)

    assert not [s for s in statements if SQLPLUS.match(re.sub(r"--.*", "", s).strip())]


def test_every_statement_ends_with_a_slash_of_its_own(migration: tuple[Path, str]) -> None:
    _, text = migration

    assert text.rstrip().endswith("\n/")


def test_every_table_has_a_comment_on_itself_and_each_column(migration: tuple[Path, str]) -> None:
    _, text = migration
    for name, body in re.findall(r"^create table (\w+) \((.*?)^\)$", text, re.M | re.S):
        columns = [
            match[1]
            for line in body.splitlines()
            if (
                match := re.match(
                    r"   (\w+)\s+(?:number|varchar2|char|date|timestamp|clob|blob|raw)\b", line
                )
            )
        ]
        commented = set(re.findall(rf"comment on column {name}\.(\w+) is", text))

        assert columns
        assert set(columns) - commented == set(), name
        assert f"comment on table {name} is" in text


def test_every_constraint_has_a_name(migration: tuple[Path, str]) -> None:
    _, text = migration
    code = re.sub(r"--.*|'[^']*'", "", text)

    assert not re.findall(r"^\s+(?:primary key|foreign key|unique|check)\s*\(", code, re.M)


def test_the_list_of_installation_names_every_file_once() -> None:
    listed = re.findall(
        r"^@@(\S+)$", (ROOT / "plsql/install.sql").read_text(encoding="utf-8"), re.M
    )
    present = {
        path.relative_to(ROOT / "plsql").as_posix()
        for path in (ROOT / "plsql").rglob("*.*")
        if path.suffix in {".pks", ".pkb", ".vw", ".trg", ".prc", ".tps"}
    }

    assert len(listed) == len(set(listed))
    assert present - set(listed) == set()
    assert len(find_scripts(ROOT)) == len(FILES) + len(listed)


def test_a_trigger_on_a_table_of_the_erp_is_created_switched_off() -> None:
    """One that does not compile would refuse every statement on its table (ORA-04098)."""
    triggers = {
        path.name: re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
        for path in (ROOT / "plsql").rglob("*.trg")
    }
    on_erp = {name for name, text in triggers.items() if re.search(r"\bon erp\.\w+", text)}

    assert on_erp
    assert {
        name for name in on_erp if not re.search(r"^   disable$", triggers[name], re.M)
    } == set()

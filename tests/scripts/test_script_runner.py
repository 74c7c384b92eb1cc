"""The runner of the scripts: it must go red when the database answers otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import oracledb
import pytest
from runner import Runner, ScriptFailure, load, render


class Cursor:
    """Answers from a table: text of the statement → rows, count, error, warning."""

    def __init__(self, answers: dict[str, Any], log: list[str]) -> None:
        self.answers = answers
        self.log = log
        self.description: object = None
        self.rowcount = 0
        self.warning: object = None
        self.rows: list[tuple[Any, ...]] = []

    def execute(self, text: str) -> None:
        self.log.append(text)
        answer = self.answers.get(text)
        if isinstance(answer, str):
            raise oracledb.DatabaseError(answer)
        self.description = answer if isinstance(answer, list) else None
        self.rows = answer if isinstance(answer, list) else []
        self.rowcount = answer if isinstance(answer, int) else 0
        self.warning = answer if isinstance(answer, Warning) else None

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.rows

    def callproc(self, name: str, parameters: list[Any]) -> None:
        lines = self.answers.get("output", [])
        parameters[0].value = lines.pop(0) if lines else None
        parameters[1].value = 0 if parameters[0].value is not None else 1

    def var(self, *_: Any) -> Any:
        return Variable()

    def close(self) -> None:
        pass

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Variable:
    value: Any = None

    def getvalue(self) -> Any:
        return self.value


class Connection:
    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.log: list[str] = []
        self.closed = False

    def cursor(self) -> Cursor:
        return Cursor(self.answers, self.log)

    def close(self) -> None:
        self.closed = True


def run(tmp_path: Path, script: str, answers: dict[str, Any]) -> list[Connection]:
    path = tmp_path / "case.sql"
    path.write_text("-- Source: a test\n" + script)
    opened: list[Connection] = []

    def connect() -> Connection:
        opened.append(Connection(answers))
        return opened[-1]

    Runner(connect).run(load(path))
    return opened


QUERY = "select a from t"
BLOCK = "begin p; end;"


@pytest.mark.parametrize(
    ("script", "answers"),
    [
        (
            f"{QUERY};\n-- expect: 1 | 'x' | null\n-- expect: 2 | 'y' | 3\n",
            {QUERY: [(1, "x", None), (2, "y", 3)]},
        ),
        (f"{QUERY};\n-- expect no rows\n", {QUERY: []}),
        (f"{QUERY};\n-- expect error: ORA-00942\n", {QUERY: "ORA-00942: no such table"}),
        (f"{QUERY};\n", {QUERY: [(1,)]}),
        ("delete t;\n-- expect count: 2\n", {"delete t": 2}),
        (f"{BLOCK}\n/\n-- expect output: one\n-- expect output:\n", {"output": ["one", ""]}),
    ],
)
def test_what_is_expected_passes(tmp_path: Path, script: str, answers: dict[str, Any]) -> None:
    connections = run(tmp_path, script, answers)
    assert all(connection.closed for connection in connections)


@pytest.mark.parametrize(
    ("script", "answers", "message"),
    [
        (f"{QUERY};\n-- expect: 1\n", {QUERY: [(2,)]}, "rows differ"),
        (f"{QUERY};\n-- expect: 1\n", {QUERY: [(1,), (1,)]}, "rows differ"),
        (f"{QUERY};\n-- expect: 'null'\n", {QUERY: [(None,)]}, "rows differ"),
        (f"{QUERY};\n-- expect no rows\n", {QUERY: [(1,)]}, "rows differ"),
        (f"{QUERY};\n", {QUERY: "ORA-00942: no"}, "failed: ORA-00942"),
        (f"{QUERY};\n-- expect error: ORA-00904\n", {QUERY: "ORA-00942: no"}, "expected error"),
        (f"{QUERY};\n-- expect error: ORA-00904\n", {QUERY: []}, "but it succeeded"),
        ("delete t;\n-- expect count: 2\n", {"delete t": 1}, "rows changed"),
        (f"{BLOCK}\n/\n-- expect output: one\n", {"output": ["two"]}, "output differ"),
        (f"{BLOCK}\n/\n", {"output": ["unexpected"]}, "output differ"),
        (f"{BLOCK}\n/\n-- expect compile error: PLS-00201\n", {}, "compilation"),
        (f"{BLOCK}\n/\n", {BLOCK: Warning("DPY-7000")}, "compilation"),
    ],
)
def test_what_is_not_expected_fails_with_its_place(
    tmp_path: Path, script: str, answers: dict[str, Any], message: str
) -> None:
    answers.setdefault("select text from user_errors order by sequence", [("PLS-00302: x",)])
    with pytest.raises(ScriptFailure, match=message) as caught:
        run(tmp_path, script, answers)
    assert str(caught.value).startswith("case.sql:2: ")


def test_sessions_are_told_apart_by_name(tmp_path: Path) -> None:
    script = f"{QUERY};\nconnect other\nupdate t set a = 1;\nconnect main\ncommit;\n"
    connections = run(tmp_path, script, {QUERY: []})
    assert [c.log[1:] for c in connections] == [[QUERY, "commit"], ["update t set a = 1"]]


def test_a_script_without_source_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "case.sql"
    path.write_text(f"{QUERY};\n")
    with pytest.raises(ScriptFailure, match="Source"):
        load(path)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        ("", "''"),
        (Decimal("1.50"), "1.5"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0"), "0"),
        (Decimal("0." + "3" * 40), "0." + "3" * 40),
        (7, "7"),
        (True, "true"),
        (datetime.fromisoformat("2020-01-02 03:04:05"), "2020-01-02 03:04:05"),
        (datetime.fromisoformat("2020-01-02 03:04:05.6"), "2020-01-02 03:04:05.600000"),
        (timedelta(days=1, hours=2), "1 day, 2:00:00"),
        (b"\x0a\xff", "0AFF"),
    ],
)
def test_values_have_one_spelling(value: object, text: str) -> None:
    assert render(value) == text

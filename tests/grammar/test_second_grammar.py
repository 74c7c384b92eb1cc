"""The product's SQL and PL/SQL, read by a grammar that is not ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devkit.tools.grammar.__main__ import LEDGER, main, readable, unread
from devkit.tools.grammar.ledger import (
    Gap,
    load_gaps,
    load_ledger,
    statements,
    write_ledger,
)
from devkit.tools.grammar.reader import SyntaxProblem, read

ROOT = Path(__file__).resolve().parents[2]
GOOD = "select d.dummy from dual d;"


def test_every_statement_has_been_read() -> None:
    missing = sorted({f"{each.path}:{each.line}" for each in unread(ROOT)})
    assert missing == [], "run 'make grammar', which reads them and writes tests/grammar/read.txt"


def test_the_ledger_holds_nothing_else() -> None:
    assert load_ledger(ROOT / LEDGER) == {each.digest for each in statements(ROOT)}


@pytest.mark.timeout(600)
def test_the_grammar_accepts_and_refuses() -> None:
    """It is the reader that speaks here, not the ledger."""
    broken = [
        "select a b c from t;",
        "create or replace procedure p is begin if a then null; end; end;",
        "create table t (a number(10) primary);",
        "create or replace trigger g after update t begin null; end;",
        "merge into t using u on (t.a = u.a) when matched update set b = 1;",
    ]
    gaps = load_gaps(ROOT / "devkit" / "tools" / "grammar" / "gaps.toml")
    cheap = sorted(statements(ROOT), key=lambda each: len(each.text))[:20]
    answers = list(read([*broken, GOOD, *(readable(each.text, gaps) for each in cheap)]))
    assert all(answers[: len(broken)]), "each of them is an error"
    assert answers[0][0] == SyntaxProblem(1, 12, answers[0][0].message)
    assert not any(answers[len(broken) :])


def test_a_changed_statement_is_not_in_the_ledger_any_more(tmp_path: Path) -> None:
    folder = tmp_path / "plsql"
    folder.mkdir()
    (folder / "a.sql").write_text("select 1 from dual\n/\nselect 2 from dual\n/\n")
    (tmp_path / "tests" / "grammar").mkdir(parents=True)
    write_ledger(tmp_path / LEDGER, statements(tmp_path), packages=["x 1"])
    assert unread(tmp_path) == []
    (folder / "a.sql").write_text("select 1 from dual\n/\nselect 3 from dual\n/\n")
    (changed,) = unread(tmp_path)
    assert (changed.path, changed.line) == ("plsql/a.sql", 3)
    assert main(["--check", "--root", str(tmp_path)]) == 1


def test_a_gap_is_bridged_and_the_lines_stay() -> None:
    gap = Gap("g", re.compile(r"keep\s*\([^)]*\)"), "", "a page")
    assert readable("select a\nkeep (b,\n c), d\nfrom t;", [gap]) == "select a\n\n, d\nfrom t;"


def test_each_gap_names_its_source() -> None:
    for gap in load_gaps(ROOT / "devkit" / "tools" / "grammar" / "gaps.toml"):
        assert gap.source.startswith("https://docs.oracle.com/"), gap.name

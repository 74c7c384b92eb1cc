"""The faults that ``make mutants`` puts in, and that a rule without a test is told."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def _load(name: str) -> object:
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


operators = _load("operators")


def told(text: str) -> list[str]:
    return [f"{mutant.was} -> {mutant.now}" for mutant in operators.mutants_of("x.pkb", text)]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("create or replace view x as select 1 as a from t", ["1 -> 2"]),
        ("where a = b and c is null", ["= -> <>", "and -> or", "is -> is not"]),
        ("where not exists (select null from t)", ["not -> "]),
        ("for update skip locked", ["skip locked -> "]),
        ("numtodsinterval(n, 'SECOND')", ["'SECOND' -> 'MINUTE'"]),
        ("begin l_a := l_b - 1; end;", ["l_a := l_b - 1 -> null", "- -> +", "1 -> 2"]),
        ("begin p.q(in_a => 'text'); end;", ["p.q(in_a => 'text') -> null"]),
        ("begin if l_a then l_b := true; end if; end;", ["l_b := true -> null", "true -> false"]),
        ("-- a = b\nwhere 'a = b' <> c", ["<> -> ="]),
        ("begin if l_a then null; end if; return; end;", []),
    ],
)
def test_one_fault_at_a_time(text: str, faults: list[str]) -> None:
    assert told(text) == faults


def test_a_mutant_is_the_text_with_one_fault() -> None:
    (fault,) = operators.mutants_of("x.pkb", "where a\n  is null")
    assert fault.text == "where a\n  is not null"
    assert str(fault) == "x.pkb:2: is -> is not"

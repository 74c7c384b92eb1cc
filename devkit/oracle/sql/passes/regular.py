"""REGEXP_*: PostgreSQL's advanced expressions with Oracle's match parameters."""

from __future__ import annotations

from devkit.oracle.sql.passes.registry import Call, condition, function
from devkit.oracle.sql.typing import Typed
from devkit.oracle.values import NUMBER


def _arguments(call: Call, numbers: dict[int, str], texts: dict[int, str]) -> list[str]:
    """Optional arguments with their defaults, in order."""
    sql = []
    for index in sorted({*numbers, *texts}):
        if index in numbers:
            sql.append(f"({call.number(index)})::int" if len(call) > index else numbers[index])
        else:
            sql.append(call.text(index).sql if len(call) > index else texts[index])
    return sql


@condition("REGEXP_LIKE", least=2, most=3)
def _like(call: Call) -> str:
    flags = call.text(2).sql if len(call) > 2 else "'c'::text"
    return f"ora.regexp_like({call.text(0).sql}, {call.text(1).sql}, {flags})"


@function("REGEXP_SUBSTR", least=2, most=6)
def _substr(call: Call) -> Typed:
    source = call.text(0)
    rest = _arguments(call, {2: "1", 3: "1", 5: "0"}, {4: "'c'::text"})
    return call.text_result(
        f"ora.regexp_substr({source.sql}, {call.text(1).sql}, {', '.join(rest)})", source
    )


@function("REGEXP_REPLACE", least=2, most=6)
def _replace(call: Call) -> Typed:
    source = call.text(0)
    by = call.text(2).sql if len(call) > 2 else "NULL::text"
    rest = _arguments(call, {3: "1", 4: "0"}, {5: "'c'::text"})
    return call.text_result(
        f"ora.regexp_replace({source.sql}, {call.text(1).sql}, {by}, {', '.join(rest)})",
        source,
        length=4000,
    )


@function("REGEXP_INSTR", least=2, most=7)
def _instr(call: Call) -> Typed:
    rest = _arguments(call, {2: "1", 3: "1", 4: "0", 6: "0"}, {5: "'c'::text"})
    return Typed(
        f"ora.regexp_instr({call.text(0).sql}, {call.text(1).sql}, {', '.join(rest)})", NUMBER
    )


@function("REGEXP_COUNT", least=2, most=4)
def _count(call: Call) -> Typed:
    rest = _arguments(call, {2: "1"}, {3: "'c'::text"})
    return Typed(
        f"ora.regexp_count({call.text(0).sql}, {call.text(1).sql}, {', '.join(rest)})", NUMBER
    )

"""NULL handling and choice: NVL, NVL2, COALESCE, DECODE, NULLIF, GREATEST, LEAST, LNNVL."""

from __future__ import annotations

from devkit.oracle.sql.passes.registry import Call, condition, function
from devkit.oracle.sql.typing import FIXED, LOBS, NUMERIC, TEXT, Typed, common_type
from devkit.oracle.values import NULL, VARCHAR2, Kind, OraType


def _result_type(first: Typed, others: list[Typed]) -> OraType:
    """The first argument's type decides; a CLOB or a longer text among the others widens it."""
    if first.is_null:
        return common_type([other.type for other in others])
    if first.kind in TEXT:
        texts = [other.type for other in others if other.kind in TEXT or other.is_null]
        widened = common_type([first.type, *texts])
        if any(other.kind not in TEXT and not other.is_null for other in others):
            return OraType(widened.kind, max(widened.length or 4000, 75), widened.char_semantics)
        return widened
    if first.kind in NUMERIC:
        return common_type([first.type, *(o.type for o in others if o.kind in NUMERIC)])
    return first.type


def _uniform(call: Call, values: list[Typed]) -> tuple[list[Typed], OraType]:
    type_ = _result_type(values[0], values[1:])
    return [call.ctx.conversions.convert(value, type_) for value in values], type_


@function("NVL", least=2, most=2)
def _nvl(call: Call) -> Typed:
    values = [call.value(0), call.value(1)]
    if values[0].is_null and values[1].is_null:
        return Typed("NULL", NULL)
    converted, type_ = _uniform(call, values)
    json = values[0].json and values[1].json
    sql = f"COALESCE({converted[0].sql}, {converted[1].sql})"
    if values[1].kind in TEXT and type_.kind not in TEXT:
        # both arguments are evaluated, so a second one that does not convert is an error always
        sql = f"CASE WHEN num_nulls({converted[1].sql}) >= 0 THEN {sql} END"
    return Typed(sql, type_, json=json)


@function("COALESCE", least=2)
def _coalesce(call: Call) -> Typed:
    values = [call.value(index) for index in range(len(call))]
    if all(value.is_null for value in values):
        return Typed("NULL", NULL)
    converted, type_ = call.ctx.conversions.unify(values)
    return Typed(f"COALESCE({', '.join(value.sql for value in converted)})", type_)


@function("NVL2", least=3, most=3)
def _nvl2(call: Call) -> Typed:
    test = call.value(0)
    values, type_ = _uniform(call, [call.value(1), call.value(2)])
    return Typed(
        f"CASE WHEN {test.sql} IS NOT NULL THEN {values[0].sql} ELSE {values[1].sql} END", type_
    )


@function("DECODE", least=3)
def _decode(call: Call) -> Typed:
    """Two NULLs are equal here; the first result decides the type of all.

    SQL Language Reference, DECODE: character data is compared with nonpadded semantics.
    """
    subject = call.value(0)
    pairs = (len(call) - 1) // 2
    has_default = (len(call) - 1) % 2 == 1
    results = [call.value(2 + 2 * index) for index in range(pairs)]
    if has_default:
        results.append(call.value(len(call) - 1))
    if all(result.is_null for result in results):
        type_: OraType = NULL
        converted = results
    elif results[0].is_null:
        known = [result.type for result in results if not result.is_null]
        type_ = VARCHAR2 if any(t.kind in TEXT for t in known) else common_type(known)
        if type_.kind in NUMERIC:
            type_ = VARCHAR2
        converted = [call.ctx.conversions.convert(result, type_) for result in results]
    else:
        type_ = _result_type(results[0], results[1:])
        converted = [call.ctx.conversions.convert(result, type_) for result in results]
    branches = []
    for index in range(pairs):
        search = call.value(1 + 2 * index)
        if search.is_null:
            branches.append(f"WHEN {subject.sql} IS NULL THEN {converted[index].sql}")
            continue
        one, two = subject, search
        # texts are compared as they are: nonpadded, even where both are CHAR
        if not (subject.kind in TEXT and search.kind in TEXT) or {subject.kind, search.kind} & LOBS:
            one, two = call.ctx.conversions.comparable(subject, search)
        test = "=" if search.literal is not None else "IS NOT DISTINCT FROM"
        branches.append(f"WHEN {one.sql} {test} {two.sql} THEN {converted[index].sql}")
    default = f" ELSE {converted[-1].sql}" if has_default else ""
    return Typed(f"CASE {' '.join(branches)}{default} END", type_)


@function("NULLIF", least=2, most=2)
def _nullif(call: Call) -> Typed:
    value = call.value(0)
    first, second = call.ctx.conversions.comparable(value, call.value(1))
    type_ = first.type
    if type_.kind is Kind.CHAR:
        type_ = OraType(Kind.VARCHAR2, type_.length, type_.char_semantics)
    if value.kind in FIXED:  # compared without its blanks, given with them
        return Typed(f"CASE WHEN {first.sql} = {second.sql} THEN NULL ELSE {value.sql} END", type_)
    return Typed(f"NULLIF({first.sql}, {second.sql})", type_)


@function("GREATEST", "LEAST", least=1)
def _extreme(call: Call) -> Typed:
    """NULL when any argument is, unlike PostgreSQL; the first argument decides the type."""
    values = [call.value(index) for index in range(len(call))]
    if any(value.is_null for value in values):
        return Typed("NULL", NULL)
    converted, type_ = _uniform(call, values)
    if type_.kind in LOBS:
        type_ = VARCHAR2
    nulls = " OR ".join(f"{value.sql} IS NULL" for value in converted if value.literal is None)
    items = ", ".join(value.sql for value in converted)
    call_ = f"{call.name}({items})"
    return Typed(f"CASE WHEN NOT ({nulls}) THEN {call_} END" if nulls else call_, type_)


@condition("LNNVL", least=1, most=1)
def _lnnvl(call: Call) -> str:
    return f"(({call.ex.condition(call.args[0], call.block)}) IS NOT TRUE)"

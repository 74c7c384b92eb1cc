"""Conditions: comparisons, IN, LIKE, BETWEEN, IS, EXISTS and the functions that are conditions."""

# ruff: noqa: S608  (building SQL text is the work here: names are quoted, values bound)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql import collections
from devkit.oracle.sql.grammar import JsonCall
from devkit.oracle.sql.grammar_collections import CollectionTest
from devkit.oracle.sql.passes.registry import CONDITIONS, Call, check_count
from devkit.oracle.sql.scope import Block, folded, position_of
from devkit.oracle.sql.typing import Typed

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.oracle.sql.expressions import Expressions

_COMPARISONS = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}


def condition(ex: Expressions, node: Any, block: Block) -> str:
    """A condition, as a PostgreSQL boolean (unknown included)."""
    if isinstance(node, exp.Paren):
        return f"({condition(ex, node.this, block)})"
    if isinstance(node, exp.And | exp.Or):
        kind = type(node)
        operands = []
        while isinstance(node, kind):  # a loop: there may be thousands
            operands.append(node.expression)
            node = node.this
        tests = [condition(ex, one, block) for one in (node, *reversed(operands))]
        return f"({(' AND ' if kind is exp.And else ' OR ').join(tests)})"
    if isinstance(node, exp.Not):
        return f"(NOT {condition(ex, node.this, block)})"
    if type(node) in _COMPARISONS:
        return _comparison(ex, node, block)
    handler = _CONDITIONS.get(type(node))
    if handler is not None:
        return handler(ex, node, block)
    if isinstance(node, exp.Anonymous):
        name = folded(node.this)
        entry = CONDITIONS.get(name)
        if entry is not None:
            handler_, least, most = entry
            call = Call(name, list(node.expressions), block, ex, position_of(node))
            check_count(call, least, most)
            sql: str = handler_(call)
            return sql
    if isinstance(node, CollectionTest):
        return collections.test(ex, node, block)
    if isinstance(node, JsonCall) and node.args["name"] == "JSON_EXISTS":
        from devkit.oracle.sql.passes.json import json_exists

        return json_exists(ex, node, block)
    raise OraError(920, position=position_of(node))


def _comparison(ex: Expressions, node: Any, block: Block) -> str:
    operator = _COMPARISONS[type(node)]
    left, right = node.this, node.expression
    if isinstance(right, exp.Any | exp.All):
        return _quantified(ex, node, operator, block)
    if isinstance(right, exp.Anonymous) and folded(right.this) in {"ANY", "SOME", "ALL"}:
        joiner = " AND " if folded(right.this) == "ALL" else " OR "
        subject = ex.value(left, block)
        tests = []
        for item in right.expressions:
            one, two = ex.ctx.conversions.comparable(subject, ex.value(item, block))
            tests.append(f"{one.sql} {operator} {two.sql}")
        return f"({joiner.join(tests)})"
    if isinstance(left, exp.Tuple):
        return _tuple_comparison(ex, left, operator, right, block)
    one, two = ex.value(left, block), ex.value(right, block)
    composite = collections.comparison(ex, one, operator, two)
    if composite is not None:
        return composite
    one, two = ex.ctx.conversions.comparable(one, two)
    return f"({one.sql} {operator} {two.sql})"


def _quantified(ex: Expressions, node: Any, operator: str, block: Block) -> str:
    word = "ALL" if isinstance(node.expression, exp.All) else "ANY"
    inner = node.expression.this
    if isinstance(inner, exp.Subquery):
        inner = inner.this
    subject = ex.value(node.this, block)
    query = _subquery_for(ex, [subject], inner, block)
    return f"({subject.sql} {operator} {word} ({query}))"


def _tuple_comparison(ex: Expressions, left: Any, operator: str, right: Any, block: Block) -> str:
    values = [ex.value(item, block) for item in left.expressions]
    if isinstance(right, exp.Subquery | exp.Query):
        query = _subquery_for(
            ex, values, right.this if isinstance(right, exp.Subquery) else right, block
        )
        row = ", ".join(value.sql for value in values)
        return f"(({row}) {operator} ({query}))"
    if isinstance(right, exp.Paren) and isinstance(right.this, exp.Tuple):
        right = right.this  # (a, b) = ((1, 2))
    items = right.expressions if isinstance(right, exp.Tuple) else [right]
    if isinstance(right, exp.Paren):
        items = [right.this]
    if len(items) != len(values):
        raise OraError(947, position=position_of(right))
    if operator not in {"=", "<>"}:
        raise OraError(920, position=position_of(right))
    tests = []
    for value, item in zip(values, items, strict=True):
        one, two = ex.ctx.conversions.comparable(value, ex.value(item, block))
        tests.append(f"{one.sql} = {two.sql}")
    joined = " AND ".join(tests)
    return f"({joined})" if operator == "=" else f"(NOT ({joined}))"


def _subquery_for(ex: Expressions, subjects: list[Typed], inner: Any, block: Block) -> str:
    """A subquery whose columns are converted to compare with ``subjects`` (changed in
    place)."""
    query = ex.queries.query(inner, block)
    if len(query.columns) != len(subjects):
        raise OraError(
            913 if len(query.columns) > len(subjects) else 947, position=position_of(inner)
        )
    alias = ex.ctx.alias("q")
    items = []
    changed = False
    for index, (subject, column) in enumerate(zip(list(subjects), query.columns, strict=True)):
        reference = Typed(f"{alias}.c{index + 1}", column.type)
        if column.rowid:
            reference.rowid = reference.sql
        one, two = ex.ctx.conversions.comparable(subject, reference)
        subjects[index] = one
        changed = changed or two.sql != f"{alias}.c{index + 1}"
        items.append(two.sql)
    if not changed:
        return query.sql
    names = ", ".join(f"c{index + 1}" for index in range(len(items)))
    return f"SELECT {', '.join(items)} FROM ({query.sql}) AS {alias}({names})"


def _is(ex: Expressions, node: Any, block: Block) -> str:
    target = node.expression
    negated = False
    if isinstance(target, exp.Not):
        negated, target = True, target.this
    word = " NOT" if negated else ""
    if isinstance(target, exp.Null):
        value = ex.value(node.this, block)
        return f"({value.rowid or value.sql} IS{word} NULL)"
    if isinstance(target, exp.JSON):
        value = ex.ctx.conversions.to_text(ex.value(node.this, block))
        unique = " WITH UNIQUE KEYS" if target.args.get("with_") else ""
        return f"({value.sql} IS{word} JSON{unique})"
    raise unsupported(f"IS {type(target).__name__.upper()}")


def _in(ex: Expressions, node: Any, block: Block) -> str:
    query = node.args.get("query")
    if query is None and len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Query):
        query = node.expressions[0]
    if query is not None:
        inner = query.this if isinstance(query, exp.Subquery) else query
        subjects = (
            [ex.value(item, block) for item in node.this.expressions]
            if isinstance(node.this, exp.Tuple)
            else [ex.value(node.this, block)]
        )
        sql = _subquery_for(ex, subjects, inner, block)
        row = ", ".join(subject.sql for subject in subjects)
        return f"(({row}) IN ({sql}))"
    if isinstance(node.this, exp.Tuple):
        tests = [_tuple_comparison(ex, node.this, "=", item, block) for item in node.expressions]
        return f"({' OR '.join(tests)})"
    if not node.expressions:
        raise OraError(936, position=position_of(node))
    most = ex.ctx.catalog.release.in_list
    if len(node.expressions) > most:
        raise OraError(1795, most, position=position_of(node.expressions[most]))
    subject = ex.value(node.this, block)
    tests = []
    rights = []
    lefts = set()
    for item in node.expressions:
        one, two = ex.ctx.conversions.comparable(subject, ex.value(item, block))
        lefts.add(one.sql)
        rights.append(two.sql)
        tests.append(f"{one.sql} = {two.sql}")
    if len(lefts) == 1:
        return f"({lefts.pop()} IN ({', '.join(rights)}))"
    return f"({' OR '.join(tests)})"


def _between(ex: Expressions, node: Any, block: Block) -> str:
    subject = ex.value(node.this, block)
    low, at_least = ex.ctx.conversions.comparable(subject, ex.value(node.args["low"], block))
    high, at_most = ex.ctx.conversions.comparable(subject, ex.value(node.args["high"], block))
    return f"({low.sql} >= {at_least.sql} AND {high.sql} <= {at_most.sql})"


def _like(ex: Expressions, node: Any, block: Block) -> str:
    escape = "''"
    if isinstance(node, exp.Escape):
        escape = ex.ctx.conversions.to_text(ex.value(node.expression, block)).sql
        node = node.this
    word = " NOT" if node.args.get("negate") else ""
    subject = ex.ctx.conversions.to_text(ex.value(node.this, block))
    pattern = ex.ctx.conversions.to_text(ex.value(node.expression, block))
    return f"({subject.sql}{word} LIKE {pattern.sql} ESCAPE {escape})"


def _exists(ex: Expressions, node: Any, block: Block) -> str:
    inner = node.this
    if isinstance(inner, exp.Subquery):
        inner = inner.this
    return f"EXISTS ({ex.queries.query(inner, block).sql})"


_CONDITIONS: dict[type, Callable[[Expressions, Any, Block], str]] = {
    exp.Is: _is,
    exp.In: _in,
    exp.Between: _between,
    exp.Like: _like,
    exp.Escape: _like,
    exp.Exists: _exists,
}

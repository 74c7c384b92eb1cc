"""Aggregates of aggregates: ``select max(count(*)) from t group by n`` is one row over the groups.

SQL Language Reference, "Aggregate Functions": "You can nest aggregate functions." The inner ones
are of the groups, the outer ones of all of them, so the query becomes one over an inline view of
the groups. Error Messages: without GROUP BY ORA-00978, a third level or one in HAVING ORA-00935; a
value of one group beside one of all groups ORA-00937.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.passes.aggregates import uses_aggregate
from devkit.oracle.sql.passes.registry import AGGREGATES
from devkit.oracle.sql.scope import position_of

_GROUPS = "$GROUPS"
_OUTER = ("with_", "distinct", "order", "limit", "offset", "locks")


def over_groups(node: exp.Select) -> exp.Select:
    """The query itself, or, if it nests aggregates, the query over its groups."""
    if not any(_nests(item) for item in node.expressions):
        having = node.args.get("having")
        if having is not None and _nests(having):
            raise OraError(935, position=position_of(having))
        return node
    if node.args.get("group") is None:
        raise OraError(978, position=position_of(node.expressions[0]))
    having = node.args.get("having")
    if having is not None and _nests(having):
        raise OraError(935, position=position_of(having))
    inner = node.copy()
    for name in _OUTER:
        inner.set(name, None)
    values: list[Any] = []
    outer = exp.Select(
        expressions=[_outer(item.copy(), values) for item in node.expressions],
        **{name: node.args[name] for name in _OUTER if node.args.get(name) is not None},
    )
    order = outer.args.get("order")
    if order is not None:
        outer.set("order", _outer(order.copy(), values))
    inner.set("expressions", values)
    view = exp.Subquery(this=inner, alias=exp.TableAlias(this=_name(_GROUPS)))
    outer.set("from_", exp.From(this=view))
    return outer


def _outer(node: Any, values: list[Any]) -> Any:
    """An expression over all groups; what it asks of each group goes to ``values``."""
    if isinstance(node, exp.Query | exp.Literal):
        return node
    if isinstance(node, exp.Window | exp.WithinGroup) and uses_aggregate(node):
        raise unsupported("an aggregate of this form beside nested ones")
    if _is_aggregate(node):
        if not any(uses_aggregate(argument) for argument in node.expressions):
            raise OraError(937, position=position_of(node))
        for argument in node.expressions:
            if _nests(argument):
                raise OraError(935, position=position_of(argument))
        node.set("expressions", [_value(argument, values) for argument in node.expressions])
        return node
    if isinstance(node, exp.Column) and not isinstance(node.parent, exp.Order | exp.Ordered):
        raise OraError(937, position=position_of(node))
    for child in list(node.iter_expressions()):
        changed = _outer(child, values)
        if changed is not child:
            child.replace(changed)
    return node


def _value(argument: Any, values: list[Any]) -> Any:
    if isinstance(argument, exp.Distinct):
        argument.set("expressions", [_value(one, values) for one in argument.expressions])
        return argument
    name = f"V{len(values) + 1}"
    values.append(exp.Alias(this=argument.copy(), alias=_name(name)))
    return exp.Column(this=_name(name), table=_name(_GROUPS))


def _name(text: str) -> exp.Identifier:
    return exp.Identifier(this=text, quoted=True)


def _is_aggregate(node: Any) -> bool:
    return isinstance(node, exp.Anonymous) and str(node.this).upper() in AGGREGATES


def _nests(node: Any) -> bool:
    """Whether an aggregate below stands in another one, neither of them with OVER."""
    stack = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, exp.Query | exp.Window):
            continue
        if _is_aggregate(one) and any(uses_aggregate(argument) for argument in one.expressions):
            return True
        stack += one.iter_expressions()
    return False

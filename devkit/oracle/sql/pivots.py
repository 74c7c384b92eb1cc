"""PIVOT and UNPIVOT, as the grouped query and the union they stand for.

``PIVOT (sum(x) AS s FOR c IN (1 AS one))`` is ``SELECT rest, sum(CASE WHEN c = 1 THEN x END) "ONE_S"
… GROUP BY rest``, where *rest* are the columns that neither an aggregate nor FOR names. UNPIVOT is
one branch of UNION ALL for each entry of IN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.passes.registry import AGGREGATES
from devkit.oracle.sql.scope import Block, folded, position_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.oracle.sql.scope import Source

    RowSource = Callable[[Any, Block], tuple[str, Source]]


def unpivoted(node: Any, block: Block, row_source: RowSource) -> tuple[Any, str]:
    """The query that a table or inline view with PIVOT/UNPIVOT stands for, and its alias."""
    pivots = node.args["pivots"]
    if len(pivots) != 1:
        raise unsupported("several PIVOT clauses on one row source")
    pivot = pivots[0]
    plain = node.copy()
    plain.set("pivots", None)
    if plain.args.get("alias") is None:
        plain.set("alias", exp.TableAlias(this=exp.to_identifier("$P", quoted=True)))
    scratch = Block(block.parent, ctes=block.ctes)
    _, source = row_source(plain, scratch)
    if len(pivot.args["fields"]) != 1 or not isinstance(pivot.args["fields"][0], exp.In):
        raise OraError(907, position=position_of(pivot))
    names = [name for name, column in source.columns.items() if not column.hidden]
    build = _unpivot if pivot.args.get("unpivot") else _pivot
    alias = pivot.args.get("alias")
    return build(pivot, plain, names), folded(alias.this) if alias is not None else ""


def _column(name: str) -> exp.Column:
    return exp.Column(this=exp.to_identifier(name, quoted=True))


def _alias(value: Any, name: str) -> exp.Alias:
    return exp.Alias(this=value, alias=exp.to_identifier(name, quoted=True))


def _parts(node: Any) -> list[Any]:
    return list(node.expressions) if isinstance(node, exp.Tuple) else [node]


def _pivot(pivot: Any, plain: Any, names: list[str]) -> exp.Select:
    field = pivot.args["fields"][0]
    keys = _parts(field.this)
    used = {folded(key) for key in keys}
    aggregates: list[tuple[str, Any]] = []
    for item in pivot.expressions:
        alias, call = "", item
        if isinstance(item, exp.Alias):
            alias, call = folded(item.args["alias"]), item.this
        if not isinstance(call, exp.Anonymous) or str(call.this).upper() not in AGGREGATES:
            raise OraError(56902, position=position_of(item))
        used |= {
            folded(column.this)
            for column in call.find_all(exp.Column)
            if not isinstance(column.this, exp.Star)
        }
        aggregates.append((alias, call))
    if len(aggregates) > 1 and sum(not alias for alias, _ in aggregates) > 1:
        raise OraError(918, position=position_of(pivot))
    rest = [name for name in names if name not in used]
    items: list[Any] = [_column(name) for name in rest]
    for entry in field.expressions:
        label, value = _entry(entry)
        values = _parts(value)
        if len(values) != len(keys):
            raise OraError(56901, position=position_of(entry))
        for one in values:
            if one.find(exp.Column) is not None:
                raise OraError(56901, position=position_of(entry))
        test = exp.and_(
            *(
                exp.EQ(this=key.copy(), expression=one.copy())
                for key, one in zip(keys, values, strict=True)
            ),
            copy=False,
        )
        label = label or "_".join(_label(one) for one in values)
        for alias, call in aggregates:
            items.append(_alias(_guarded(call, test), f"{label}_{alias}" if alias else label))
    if isinstance(next(iter(field.expressions), None), exp.PivotAny | exp.Query):
        raise unsupported("PIVOT XML")
    select = exp.Select(expressions=items, from_=exp.From(this=plain))
    if rest:
        select.set("group", exp.Group(expressions=[_column(name) for name in rest]))
    return select


def _guarded(call: Any, test: Any) -> Any:
    """The aggregate over the rows of one entry only."""
    copy = call.copy()
    arguments = copy.expressions
    inner = arguments[0] if arguments else None
    if inner is None:
        raise OraError(56902)
    holder, key = (inner, 0) if isinstance(inner, exp.Distinct) else (copy, 0)
    argument = holder.expressions[key]
    value = exp.Literal.number(1) if isinstance(argument, exp.Star) else argument
    guarded = exp.Case(ifs=[exp.If(this=test.copy(), true=value)])
    holder.set("expressions", [guarded, *holder.expressions[1:]])
    return copy


def _entry(entry: Any) -> tuple[str, Any]:
    if isinstance(entry, exp.PivotAlias):
        alias = entry.args["alias"]
        name = str(alias.this) if isinstance(alias, exp.Literal) else folded(alias)
        return name, entry.this
    return "", entry


def _label(value: Any) -> str:
    """The column name of an entry without alias: its literal, quotes included."""
    if isinstance(value, exp.Literal):
        return f"'{value.this}'" if value.args.get("is_string") else str(value.this)
    if isinstance(value, exp.Neg) and isinstance(value.this, exp.Literal):
        return f"-{value.this.this}"
    raise unsupported("PIVOT over an expression without alias")


def _unpivot(pivot: Any, plain: Any, names: list[str]) -> Any:
    field = pivot.args["fields"][0]
    measures = [folded(part) for item in pivot.expressions for part in _parts(item)]
    labels = [folded(part) for part in _parts(field.this)]
    used: set[str] = set()
    entries: list[tuple[list[str], list[Any]]] = []
    for entry in field.expressions:
        aliased = isinstance(entry, exp.PivotAlias)
        columns = [folded(part) for part in _parts(entry.this if aliased else entry)]
        if len(columns) != len(measures):
            raise OraError(56901, position=position_of(entry))
        for column in columns:
            if column not in names:
                raise OraError(904, f'"{column}"', position=position_of(entry))
        used |= set(columns)
        values = (
            _parts(entry.args["alias"])
            if aliased
            else [exp.Literal.string("_".join(columns))] * len(labels)
        )
        if len(values) != len(labels):
            raise OraError(56901, position=position_of(entry))
        entries.append((columns, values))
    rest = [name for name in names if name not in used]
    tree: Any = None
    for columns, values in entries:
        items: list[Any] = [_column(name) for name in rest]
        items += [_alias(v.copy(), label) for v, label in zip(values, labels, strict=True)]
        items += [_alias(_column(c), m) for c, m in zip(columns, measures, strict=True)]
        branch = exp.Select(expressions=items, from_=exp.From(this=plain.copy()))
        if not pivot.args.get("include_nulls"):
            tests = [exp.Not(this=exp.Is(this=_column(c), expression=exp.Null())) for c in columns]
            branch.set("where", exp.Where(this=exp.or_(*tests, copy=False)))
        tree = branch if tree is None else exp.Union(this=tree, expression=branch, distinct=False)
    return tree

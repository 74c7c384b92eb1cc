"""What of Oracle's grammar is acted on: a clause that is read and not translated is refused.

sqlglot's parser knows the clauses of thirty dialects and hangs them on the tree; a translator that
does not ask for one would drop it in silence. So every node of a statement is compared with this
table: ``ACTED_ON`` names, for each class of node, the parts of it that some translator reads;
``WITHOUT_MEANING`` names those that say nothing (the spelling of a word), each with its reason. Any
other part that is set is refused by its name, and so is a class that is not in the table.

``tests/devkit/sql/test_sql_accepted.py`` shows an effect of every part in ``ACTED_ON``.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.grammar import JsonCall, MergeBranch
from devkit.oracle.sql.grammar_collections import CollectionTest, Multiset

_BINARY = "this expression"
_SET_OPERATION = "this expression distinct with_ order limit offset"

_PARTS: dict[type, str] = {
    # statements
    exp.Select: "expressions distinct from_ joins where group having order limit offset locks"
    " connect with_",
    exp.Union: _SET_OPERATION,
    exp.Except: _SET_OPERATION,
    exp.Intersect: _SET_OPERATION,
    exp.Subquery: "this alias order limit offset pivots",
    exp.Insert: "this expression returning",
    exp.Update: "this expressions where returning",
    exp.Delete: "this tables where returning",
    exp.Merge: "this using on whens",
    exp.MultitableInserts: "expressions kind source",
    # clauses
    exp.With: "expressions",
    exp.CTE: "this alias",
    exp.From: "this",
    exp.Join: "this on side kind using method",
    exp.Lateral: "this alias cross_apply",
    exp.Table: "this db catalog alias joins pivots",
    exp.TableAlias: "this columns",
    exp.Where: "this",
    exp.Group: "expressions",
    exp.Rollup: "expressions",
    exp.Cube: "expressions",
    exp.GroupingSets: "expressions",
    exp.Having: "this",
    exp.Order: "expressions siblings",
    exp.Ordered: "this desc nulls_first",
    exp.Connect: "start connect nocycle",
    exp.Fetch: "count limit_options",
    exp.LimitOptions: "percent with_ties",
    exp.Offset: "expression",
    exp.Lock: "update expressions wait",
    exp.Pivot: "expressions fields unpivot alias include_nulls",
    exp.PivotAlias: "this alias",
    exp.Returning: "expressions",
    exp.Schema: "this expressions",
    exp.Values: "expressions",
    exp.ConditionalInsert: "this expression else_",
    exp.Whens: "expressions",
    MergeBranch: "matched assignments columns values where delete",
    # expressions
    exp.Alias: "this alias",
    exp.Anonymous: "this expressions",
    exp.AtTimeZone: "this zone",
    exp.Case: "this ifs default",
    exp.Cast: "this to default",
    exp.Column: "this table db catalog join_mark",
    exp.DPipe: _BINARY,
    exp.DataType: "this expressions kind",
    exp.DataTypeParam: "this expression",
    exp.Distinct: "expressions",
    exp.Dot: _BINARY,
    exp.Extract: _BINARY,
    exp.Identifier: "this quoted",
    exp.If: "this true",
    exp.IgnoreNulls: "this",
    exp.RespectNulls: "this",
    exp.Interval: "this unit",
    exp.Kwarg: _BINARY,
    exp.Literal: "this is_string",
    exp.National: "this",
    exp.RawString: "this",
    exp.Neg: "this",
    exp.Null: "",
    exp.Paren: "this",
    exp.Placeholder: "this",
    exp.Prior: "this",
    exp.Star: "",
    exp.Trim: "this expression position",
    exp.Tuple: "expressions",
    exp.Var: "this",
    exp.Window: "this partition_by order spec alias over first",
    exp.WindowSpec: "kind start start_side end end_side",
    exp.WithinGroup: _BINARY,
    exp.Add: _BINARY,
    exp.Sub: _BINARY,
    exp.Mul: _BINARY,
    exp.Div: _BINARY,
    JsonCall: "name expressions formats path order returning options default_on_error"
    " default_on_empty passing star columns",
    Multiset: "this expression word only",
    # conditions
    exp.And: _BINARY,
    exp.Or: _BINARY,
    exp.Not: "this",
    exp.EQ: _BINARY,
    exp.NEQ: _BINARY,
    exp.LT: _BINARY,
    exp.LTE: _BINARY,
    exp.GT: _BINARY,
    exp.GTE: _BINARY,
    exp.All: "this",
    exp.Any: "this",
    exp.Between: "this low high",
    exp.Escape: _BINARY,
    exp.Exists: "this",
    exp.In: "this expressions query",
    exp.Is: _BINARY,
    exp.JSON: "with_",
    exp.Like: "this expression negate",
    CollectionTest: "this expression word",
}
ACTED_ON: dict[type, frozenset[str]] = {
    kind: frozenset(parts.split()) for kind, parts in _PARTS.items()
}
WITHOUT_MEANING: dict[tuple[type, str], str] = {
    (exp.DPipe, "safe"): "a mark of sqlglot's: operands of || may be NULL",
    (exp.Div, "typed"): "a mark of sqlglot's: how other dialects divide",
    (exp.Div, "safe"): "a mark of sqlglot's: how other dialects divide",
    (exp.Fetch, "direction"): "FETCH FIRST and FETCH NEXT are synonyms",
    (exp.LimitOptions, "rows"): "ROW and ROWS are synonyms",
    (exp.Pivot, "columns"): "a mark of sqlglot's: the names it would give to the columns",
    (exp.Pivot, "identify_pivot_strings"): "as before",
    (exp.Pivot, "prefixed_pivot_columns"): "as before",
    (exp.Pivot, "pivot_column_naming"): "as before",
    (exp.Pivot, "value_columns_first"): "as before",
    (exp.Placeholder, "kind"): "a mark of sqlglot's: how the bind was written",
}
# What a class is called in Oracle's grammar, where sqlglot's name says little.
_CALLED = {
    (exp.Table, "version"): "AS OF",
    (exp.Table, "sample"): "SAMPLE",
    (exp.Table, "only"): "ONLY",
    (exp.Select, "windows"): "WINDOW clause",
    (exp.WindowSpec, "exclude"): "EXCLUDE of a window frame",
    (exp.Subquery, "sample"): "SAMPLE",
    (exp.Star, "except_"): "* EXCEPT",
    (exp.With, "udfs"): "WITH FUNCTION",
}
# Clauses of other databases: no end of statement where Oracle looks for one.
_FOREIGN = {
    (exp.Update, "from_"),
    (exp.Update, "order"),
    (exp.Update, "limit"),
    (exp.Delete, "using"),
    (exp.Delete, "order"),
    (exp.Delete, "limit"),
}


def check(tree: Any) -> None:
    """Refuse what no translator acts on; the clause is named."""
    for node in tree.walk():
        kind = type(node)
        known = ACTED_ON.get(kind)
        if kind is exp.Boolean:  # no literal of SQL before release 23, but a name
            raise OraError(904, f'"{str(node.this).upper()}"')
        if known is None:
            raise unsupported(kind.__name__.upper())
        for part, value in node.args.items():
            if part in known or value is None or value is False or value == []:
                continue
            if (kind, part) == (exp.Table, "partition"):
                raise OraError(14501)  # no table is partitioned here
            if (kind, part) in _FOREIGN:
                raise OraError(933)
            if (kind, part) not in WITHOUT_MEANING:
                raise unsupported(
                    _CALLED.get((kind, part))
                    or f"{part.rstrip('_').upper()} of {kind.__name__.upper()}"
                )

"""Expressions and conditions: each node of the tree to PostgreSQL text with its Oracle type.

Only the node classes named here are translated; anything else is refused by its class name. The
rules of functions are in ``passes``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql import collections
from devkit.oracle.sql.calls import FunctionCall, plan_call
from devkit.oracle.sql.grammar import JsonCall
from devkit.oracle.sql.grammar_collections import CollectionTest, Multiset
from devkit.oracle.sql.passes import defaults, load_passes
from devkit.oracle.sql.passes.aggregates import uses_aggregate
from devkit.oracle.sql.passes.casting import data_type
from devkit.oracle.sql.passes.json import dotted
from devkit.oracle.sql.passes.registry import (
    AGGREGATES,
    CONDITIONS,
    FUNCTIONS,
    WINDOWED,
    Call,
    check_count,
)
from devkit.oracle.sql.scope import (
    Block,
    Context,
    column_parts,
    find_column,
    folded,
    position_of,
    shown,
)
from devkit.oracle.sql.typing import LOBS, Typed, instant, mismatch, text_literal
from devkit.oracle.sql.windows import over, window
from devkit.oracle.values import NULL, NUMBER, Kind, OraType

if TYPE_CHECKING:
    from collections.abc import Callable

    from devkit.oracle.sql.queries import Queries

load_passes()

_WITHOUT_PARENTHESES = {
    "SYSDATE",
    "SYSTIMESTAMP",
    "CURRENT_DATE",
    "CURRENT_TIMESTAMP",
    "LOCALTIMESTAMP",
    "SESSIONTIMEZONE",
    "DBTIMEZONE",
    "USER",
    "UID",
}
MAX_LITERAL = 4000  # bytes, with MAX_STRING_SIZE = STANDARD
_ARITHMETIC = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
_CONDITION_NODES = (
    exp.And,
    exp.Or,
    exp.Not,
    exp.Is,
    exp.In,
    exp.Between,
    exp.Like,
    exp.Escape,
    exp.Exists,
    CollectionTest,
    exp.EQ,
    exp.NEQ,
    exp.LT,
    exp.LTE,
    exp.GT,
    exp.GTE,
)


@dataclass(slots=True)
class Expressions:
    """Translates expressions within a block; queries inside them go to ``queries``."""

    ctx: Context
    queries: Queries

    # ------------------------------------------------------------------ values

    def value(self, node: Any, block: Block) -> Typed:
        handler = _VALUES.get(type(node))
        if handler is not None:
            return handler(self, node, block)
        if type(node) in _ARITHMETIC:
            return self._arithmetic(node, block)
        if isinstance(node, _CONDITION_NODES):
            raise OraError(907, position=position_of(node))
        raise unsupported(type(node).__name__.upper())

    def number(self, node: Any, block: Block) -> Typed:
        return self.ctx.conversions.to_number(self.value(node, block))

    def _arithmetic(self, node: Any, block: Block) -> Typed:
        """From left to right without recursion: a sum may have thousands of terms."""
        from devkit.oracle.sql.passes.arithmetic import binary

        chain = []
        while type(node) in _ARITHMETIC:
            chain.append(node)
            node = node.this
        result = self.value(node, block)
        for one in reversed(chain):
            right = self.value(one.expression, block)
            result = binary(self.ctx.conversions, _ARITHMETIC[type(one)], result, right)
        return result

    def _literal(self, node: Any, _block: Block) -> Typed:
        text = str(node.this)
        if not node.args.get("is_string"):
            return Typed(f"{text}::numeric", NUMBER, literal=text)
        return string(text)

    def _string(self, node: Any, _block: Block) -> Typed:
        return string(str(node.this))

    def _null(self, _node: Any, _block: Block) -> Typed:
        return Typed("NULL", NULL)

    def _paren(self, node: Any, block: Block) -> Typed:
        inner = self.value(node.this, block)
        return Typed(
            f"({inner.sql})",
            inner.type,
            inner.literal,
            inner.json,
            inner.rowid,
        )

    def _negative(self, node: Any, block: Block) -> Typed:
        inner = self.value(node.this, block)
        if inner.kind in {Kind.INTERVAL_DS, Kind.INTERVAL_YM}:
            return Typed(f"(-{inner.sql})", inner.type)
        number = self.ctx.conversions.to_number(inner)
        return Typed(f"(-{number.sql})", number.type)

    def _bind(self, node: Any, _block: Block) -> Typed:
        return self.ctx.bind(str(node.this), (node._meta or {}).get("start"))

    def _concat(self, node: Any, block: Block) -> Typed:
        from devkit.oracle.sql.passes.strings import concatenate

        parts: list[Any] = []
        stack = [node]
        while stack:
            item = stack.pop()
            if isinstance(item, exp.DPipe):
                stack += [item.expression, item.this]
            else:
                parts.append(item)
        convert = self.ctx.conversions
        return concatenate([convert.to_text(self.value(part, block)) for part in parts])

    def _case(self, node: Any, block: Block) -> Typed:
        subject = self.value(node.this, block) if node.this is not None else None
        conditions: list[str] = []
        results: list[Typed] = []
        for branch in node.args["ifs"]:
            if subject is None:
                conditions.append(self.condition(branch.this, block))
            else:
                left, right = self.ctx.conversions.comparable(
                    subject, self.value(branch.this, block)
                )
                conditions.append(f"{left.sql} = {right.sql}")
            results.append(self.value(branch.args["true"], block))
        default = node.args.get("default")
        if default is not None:
            results.append(self.value(default, block))
        values, type_ = self.ctx.conversions.unify(results)
        if all(value.is_null for value in results):
            type_ = NULL
        branches = " ".join(
            f"WHEN {when} THEN {then.sql}" for when, then in zip(conditions, values, strict=False)
        )
        otherwise = f" ELSE {values[-1].sql}" if default is not None else ""
        return Typed(
            f"CASE {branches}{otherwise} END",
            type_,
            json=bool(results) and all(value.json for value in results if not value.is_null),
        )

    def _cast(self, node: Any, block: Block) -> Typed:
        from devkit.oracle.sql.passes.casting import cast

        target = node.args["to"]
        if isinstance(target, exp.DataType) and target.this == exp.DType.USERDEFINED:
            parts = tuple(p.upper() for p in str(target.args.get("kind")).split("."))
            return collections.cast_to(self, node, parts, block)
        value = self.value(node.this, block)
        if node.args.get("default") is not None:
            fallback = self.value(node.args["default"], block)
            return defaults.attempt(self.ctx.conversions, value, data_type(target), None, fallback)
        return cast(self.ctx.conversions, value, data_type(target))

    def _extract(self, node: Any, block: Block) -> Typed:
        from devkit.oracle.sql.passes.dates import extract

        return extract(
            self.ctx.conversions, str(node.this.this), self.value(node.expression, block)
        )

    def _trim(self, node: Any, block: Block) -> Typed:
        from devkit.oracle.sql.passes.strings import trim

        convert = self.ctx.conversions
        source = convert.to_text(self.value(node.this, block))
        chars = node.args.get("expression")
        return trim(
            source,
            convert.to_text(self.value(chars, block)) if chars is not None else None,
            node.args.get("position") or "BOTH",
        )

    def _interval(self, node: Any, block: Block) -> Typed:
        from devkit.oracle.sql.passes.dates import as_interval, interval_literal

        if not isinstance(node.this, exp.Literal):
            return as_interval(self.value(node.this, block), node.args["unit"])

        unit, precisions = str(node.args["unit"].this), node.meta.get("precisions") or {}
        return interval_literal(str(node.this.this), unit, precisions)

    def _at_time_zone(self, node: Any, block: Block) -> Typed:
        value = self.value(node.this, block)
        zone = self.ctx.conversions.to_text(self.value(node.args["zone"], block))
        type_ = OraType(Kind.TIMESTAMP_TZ, scale=6)
        value = self.ctx.conversions.to_timestamp(value, type_)
        return Typed(f"ora.zoned({instant(value)}, ora.zone_name({zone.sql}))", type_)

    def _scalar_subquery(self, node: Any, block: Block) -> Typed:
        inner = node.this if isinstance(node, exp.Subquery) else node
        if isinstance(inner, exp.Expression) and not isinstance(inner, exp.Query):
            return self.value(inner, block)
        query = self.queries.query(inner, block)
        if len(query.columns) != 1:
            raise OraError(913, position=position_of(node))
        column = query.columns[0]
        if column.rowid:
            return Typed(f"ora.rowid_text(({query.sql}))", column.type, rowid=f"({query.sql})")
        return Typed(f"({query.sql})", column.type)

    def _column(self, node: Any, block: Block) -> Typed:
        if isinstance(node.this, exp.Star):
            raise OraError(936, position=position_of(node))
        parts = column_parts(node)
        position = position_of(node)
        column = find_column(block, parts, position)
        if column is not None:
            self.ctx.column_uses += 1
            return Typed(column.sql, column.type, rowid=column.rowid)
        for split in range(len(parts) - 1, 0, -1):  # attributes of a column that is an object
            holder = find_column(block, parts[:split], None)
            if holder is not None and holder.type.kind is Kind.OBJECT:
                whole = Typed(holder.sql, holder.type)
                return collections.attribute(self.ctx, whole, parts[split:], position)
        field = dotted(node, block) if len(parts) > 2 else None
        if field is not None:
            self.ctx.column_uses += 1
            return field
        if len(parts) > 1 and parts[-1] in {"NEXTVAL", "CURRVAL"}:
            return self._sequence(parts, block, position)
        if len(parts) == 1 and not node.this.args.get("quoted"):
            special = self._pseudo_column(parts[0], block, position)
            if special is not None:
                return special
            if self.ctx.host is not None:
                bind = self.ctx.host.variable(parts[0])
                if bind is not None:
                    return self.ctx.bind(bind, position)
        called = self._plsql_call(parts, [], block, position)
        if called is not None:
            return called
        raise OraError(904, shown(parts), position=position)

    def _pseudo_column(self, name: str, block: Block, position: int | None) -> Typed | None:
        current: Block | None = block
        while current is not None:
            if name in current.pseudo:
                self.ctx.column_uses += 1
                return current.pseudo[name]
            if name == "ROWNUM" and current.rownum is not None:
                self.ctx.column_uses += 1
                return Typed(current.rownum, NUMBER)
            current = current.parent
        if name == "ROWNUM":
            raise unsupported("ROWNUM in this place")
        if name == "LEVEL":
            raise OraError(1788, position=position)
        entry = FUNCTIONS.get(name)
        if entry is not None and name in _WITHOUT_PARENTHESES:
            typed: Typed = entry[0](Call(name, [], block, self, position))
            return typed
        return None

    def _sequence(self, parts: tuple[str, ...], block: Block, position: int | None) -> Typed:
        from devkit.oracle.sql.passes.sequences import sequence_value

        return sequence_value(self.ctx, parts, block, position)

    # ------------------------------------------------------------------ calls

    def _call(self, node: Any, block: Block) -> Typed:
        return self._dispatch(node, block)

    def _dispatch(
        self,
        node: Any,
        block: Block,
        *,
        window: tuple[str, str, str] | None = None,
        keep: tuple[str, Any] | None = None,
        within: Any = None,
        ignore_nulls: bool = False,
        qualifier: tuple[str, ...] = (),
    ) -> Typed:
        name = folded(node.this)
        args = list(node.args.get("expressions") or [])
        position = position_of(node)
        distinct = False
        if args and isinstance(args[0], exp.IgnoreNulls | exp.RespectNulls):
            ignore_nulls = isinstance(args[0], exp.IgnoreNulls)
            args[0] = args[0].this
        if args and isinstance(args[0], exp.Distinct):
            distinct = True
            args = [*args[0].expressions, *args[1:]]
        entry = (
            FUNCTIONS.get(name) if not qualifier else FUNCTIONS.get(".".join((*qualifier, name)))
        )
        if entry is not None:
            handler, least, most = entry
            if window and name not in WINDOWED:
                raise OraError(30484, position=position)
            if distinct and name not in AGGREGATES:
                raise OraError(30482, position=position)
            call = Call(
                name, args, block, self, position, over(window) if window else "", distinct, keep,
                within, ignore_nulls, window or ("", "", ""), node.meta.get("overflow"),
            )  # fmt: skip
            check_count(call, least, most)
            if "on_error" in node.meta:
                return defaults.converted(call, node.meta["on_error"])
            result: Typed = handler(call)
            return result
        if not qualifier and name in CONDITIONS:
            raise OraError(920, position=position)
        if name == "VALIDATE_CONVERSION" and "target" in node.meta:
            convert = self.ctx.conversions
            model = convert.to_text(self.value(args[1], block)).sql if len(args) > 1 else None
            target = data_type(node.meta["target"])
            return defaults.validate(convert, self.value(args[0], block), target, model)
        parts = (*qualifier, name)
        called = self._plsql_call(parts, args, block, position)
        if called is None:
            raise OraError(904, shown(parts), position=position)
        return called

    def _plsql_call(
        self, parts: tuple[str, ...], args: list[Any], block: Block, position: int | None
    ) -> Typed | None:
        callbacks = self.ctx.callbacks
        if self.ctx.host is not None and callbacks is not None and len(parts) == 1:
            local = callbacks.host_function(self.ctx.host, parts[0])
            if local is not None:
                raise OraError(231, parts[0], position=position)
        shape = collections.named(self.ctx, parts)
        if shape is not None and shape.type.kind is not Kind.RECORD:
            return collections.construct(self, shape, args, block, position)
        type_ = None
        if callbacks is not None:
            type_ = callbacks.function_type(parts, schema=self.ctx.schema, user=self.ctx.user)
        if type_ is None:
            return None
        if self.ctx.static:
            raise unsupported("PL/SQL function in a view or expression of a table")
        args = self._positional(parts, args)
        before = self.ctx.column_uses
        values = [self.value(arg, block) for arg in args]
        call = FunctionCall(0, parts, values, type_, aggregated=any(map(uses_aggregate, args)))
        return plan_call(self.ctx, block, call, self.ctx.column_uses != before)

    def _positional(self, parts: tuple[str, ...], args: list[Any]) -> list[Any]:
        """The arguments in the order of the parameters, named ones put in their places."""
        named = {folded(arg.this): arg.expression for arg in args if isinstance(arg, exp.Kwarg)}
        if not named:
            return args
        plain = [arg for arg in args if not isinstance(arg, exp.Kwarg)]
        callbacks = self.ctx.callbacks
        order = getattr(callbacks, "function_parameters", None)
        for names in order(parts, schema=self.ctx.schema, user=self.ctx.user) if order else ():
            rest = names[len(plain) : len(plain) + len(named)]
            if set(rest) == set(named):
                return [*plain, *(named[name] for name in rest)]
        raise unsupported("named notation that leaves out a parameter, in a SQL statement")

    def _qualified_call(self, node: Any, block: Block) -> Typed:
        parts: list[str] = []
        call = node.expression
        current: Any = node.this
        while isinstance(current, exp.Dot):
            if isinstance(current.expression, exp.Anonymous):
                raise unsupported("method call in SQL")
            parts.insert(0, folded(current.expression))
            current = current.this
        if isinstance(current, exp.Column):
            parts = [*column_parts(current), *parts]
        elif isinstance(current, exp.Identifier):
            parts.insert(0, folded(current))
        if isinstance(current, exp.Anonymous) and isinstance(call, exp.Identifier):
            names = (*parts, folded(call))
            return collections.attribute(
                self.ctx, self.value(current, block), names, position_of(node)
            )
        if isinstance(current, exp.Anonymous):
            raise unsupported("method call in SQL")
        if not isinstance(call, exp.Anonymous):
            field = dotted(node, block)
            if field is not None:
                self.ctx.column_uses += 1
                return field
            raise OraError(904, shown((*parts, folded(call))), position=position_of(node))
        return self._dispatch(call, block, qualifier=tuple(parts))

    def _window(self, node: Any, block: Block) -> Typed:
        return window(self, node, block)

    def _within_group(self, node: Any, block: Block) -> Typed:
        return self._dispatch(node.this, block, within=node.expression)

    def order_items(
        self, order: Any, block: Block, item: Callable[[Any], str] | None = None
    ) -> str:
        """The items of an ORDER BY; NULLs are last when ascending, as in PostgreSQL."""
        parts = []
        for ordered in order.expressions:
            if ordered.args.get("with_fill"):
                raise unsupported("WITH FILL")
            if item is None:
                value = self.value(ordered.this, block)
                if value.kind in LOBS:
                    raise mismatch("-", value.kind)
                sql = value.sql
            else:
                sql = item(ordered.this)
            if sql.endswith("::numeric") and sql[: -len("::numeric")].replace(".", "").isdigit():
                sql = f"({sql})"
            text = sql + (" DESC" if ordered.args.get("desc") else "")
            nulls_first = bool(ordered.args.get("nulls_first"))
            if nulls_first != bool(ordered.args.get("desc")):
                text += " NULLS FIRST" if nulls_first else " NULLS LAST"
            parts.append(text)
        return ", ".join(parts)

    def _prior(self, node: Any, block: Block) -> Typed:
        if block.prior is None:
            raise OraError(976, position=position_of(node))
        return self.value(node.this, block.prior)

    def _json(self, node: Any, block: Block) -> Typed:
        from devkit.oracle.sql.passes.json import json_call

        return json_call(self, node, block)

    # ------------------------------------------------------------------ conditions

    def condition(self, node: Any, block: Block) -> str:
        """A condition, as a PostgreSQL boolean (unknown included)."""
        from devkit.oracle.sql.conditions import condition

        return condition(self, node, block)


def string(text: str) -> Typed:
    """A text literal; the empty one is NULL, one of more than 4,000 bytes is too long."""
    if not text:
        return Typed("NULL", NULL)
    if len(text.encode("utf-8", "surrogatepass")) > MAX_LITERAL:
        raise OraError(1704)
    return Typed(
        text_literal(text),
        OraType(Kind.CHAR, len(text.encode("utf-8", "surrogatepass"))),
        literal=text,
    )


_VALUES: dict[type, Callable[[Expressions, Any, Block], Typed]] = {
    exp.Literal: Expressions._literal,
    exp.National: Expressions._string,
    exp.RawString: Expressions._string,
    exp.Null: Expressions._null,
    exp.Paren: Expressions._paren,
    exp.Neg: Expressions._negative,
    exp.Placeholder: Expressions._bind,
    exp.DPipe: Expressions._concat,
    exp.Case: Expressions._case,
    exp.Cast: Expressions._cast,
    exp.Extract: Expressions._extract,
    exp.Trim: Expressions._trim,
    exp.Interval: Expressions._interval,
    exp.AtTimeZone: Expressions._at_time_zone,
    exp.Subquery: Expressions._scalar_subquery,
    exp.Select: Expressions._scalar_subquery,
    exp.Union: Expressions._scalar_subquery,
    exp.Column: Expressions._column,
    exp.Anonymous: Expressions._call,
    exp.Dot: Expressions._qualified_call,
    exp.Window: Expressions._window,
    exp.WithinGroup: Expressions._within_group,
    exp.Prior: Expressions._prior,
    JsonCall: Expressions._json,
    Multiset: collections.multiset,
}

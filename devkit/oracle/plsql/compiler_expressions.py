"""Expressions to Python: typed, NULL-safe, inline where that is fast."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.plsql import (
    arithmetic,
    builtins_scalar,
    builtins_text,
    cursors,
    formats,
    nodes,
    numbers,
    tables,
    types,
)
from devkit.oracle.plsql.compiler_base import Ex, literal
from devkit.oracle.plsql.compiler_types import TypeCompiler
from devkit.oracle.plsql.scope import (
    CursorSymbol,
    ExceptionSymbol,
    Failure,
    RoutineSet,
    RowSymbol,
    SequenceSymbol,
    TypeSymbol,
    Variable,
)
from devkit.oracle.plsql.types import (
    CollectionType,
    ObjectType,
    OpaqueType,
    PlType,
    RecordType,
    Scalar,
)
from devkit.oracle.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

_PYTHON_OPS = {"=": "==", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_OPPOSITE = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_VALUE_FUNCTIONS = {
    "=": arithmetic.eq,
    "<>": arithmetic.ne,
    "<": arithmetic.lt,
    "<=": arithmetic.le,
    ">": arithmetic.gt,
    ">=": arithmetic.ge,
}
COLLECTION_METHODS = frozenset(
    {"COUNT", "FIRST", "LAST", "NEXT", "PRIOR", "EXISTS", "LIMIT", "EXTEND", "TRIM", "DELETE"}
)


class Callee:
    """Something that is applied to arguments: ``kind`` says what, ``base`` the value before the dot."""

    __slots__ = ("base", "kind", "name", "symbol")

    def __init__(self, kind: str, name: str, symbol: Any = None, base: Ex | None = None) -> None:
        self.kind = kind
        self.name = name
        self.symbol = symbol
        self.base = base


def and3(a: bool | None, b: bool | None) -> bool | None:
    """AND where ``a`` is TRUE or NULL."""
    if b is False:
        return False
    return None if a is None or b is None else True


def or3(a: bool | None, b: bool | None) -> bool | None:
    """OR where ``a`` is FALSE or NULL."""
    if b is True:
        return True
    return None if a is None or b is None else False


class ExpressionCompiler(TypeCompiler):
    """``value_of`` gives a value, ``truth`` and ``falsity`` Python conditions."""

    # ------------------------------------------------------------------ entry

    def value_of(self, expression: nodes.Expr) -> Ex:
        method = self._dispatch.get(type(expression))
        if method is None:
            raise Failure(expression, unsupported(type(expression).__name__).message)
        return method(self, expression)

    def converted(self, expression: nodes.Expr, target: PlType, *, check: bool = False) -> Ex:
        return self.convert(self.value_of(expression), target, expression, check=check)

    def integer(self, expression: nodes.Expr) -> Ex:
        """A whole number: subscripts, bounds, counts."""
        return self.converted(expression, types.PLS_INTEGER)

    def text(self, expression: nodes.Expr) -> Ex:
        return self.converted(expression, types.VARCHAR2)

    # ------------------------------------------------------------------ literals

    def _number(self, node: nodes.NumberLiteral) -> Ex:
        if node.kind in ("FLOAT", "DOUBLE"):
            return Ex(repr(float(node.text)), types.BINARY_DOUBLE, False, True)
        try:
            value = numbers.number_literal(node.text)
        except ArithmeticError:
            raise Failure(node, "PLS-00569: numeric overflow or underflow") from None
        if isinstance(value, int):
            small = types.PLS_MIN <= value <= types.PLS_MAX
            return Ex(repr(value), types.PLS_INTEGER if small else types.NUMBER, False, True, value)
        return Ex(self.constant(value), types.NUMBER, False, True, value)

    def _string(self, node: nodes.StringLiteral) -> Ex:
        return literal(node.value or None, types.CHAR if node.value else types.NULL)

    def _null(self, _node: nodes.NullLiteral) -> Ex:
        return literal(None, types.NULL)

    def _boolean(self, node: nodes.BooleanLiteral) -> Ex:
        return literal(node.value, types.BOOLEAN)

    def _date(self, node: nodes.DateLiteral) -> Ex:
        value = self._parsed(node, node.text, "YYYY-MM-DD")
        return Ex(self.constant(value), types.DATE, False, True)

    def _timestamp(self, node: nodes.TimestampLiteral) -> Ex:
        text = node.text.strip()
        zoned = "+" in text or text.count("-") > 2 or text[-1:].isalpha()
        model = "YYYY-MM-DD HH24:MI:SS.FF" + (" TZR" if zoned else "")
        if "." not in text:
            model = model.replace(".FF", "")
        value = self._parsed(node, text, model)
        kind = types.TIMESTAMP_TZ if value.tzinfo else types.TIMESTAMP
        return Ex(self.constant(value), kind, False, True)

    @staticmethod
    def _parsed(node: nodes.Node, text: str, model: str) -> datetime:
        try:
            return formats.parse_date(text, model, {})
        except OraError as error:
            raise Failure(node, f"PL/SQL: {error.message}") from None

    def _interval(self, node: nodes.IntervalLiteral) -> Ex:
        try:
            value = builtins_scalar.interval_literal(node.text, node.start, node.end)
        except (OraError, ValueError, ArithmeticError):
            raise Failure(node, "PL/SQL: ORA-01867: the interval is invalid") from None
        kind = types.INTERVAL_YM if node.start in ("YEAR", "MONTH") else types.INTERVAL_DS
        return Ex(self.constant(value), kind, False, True)

    def _host_bind(self, node: nodes.HostBind) -> Ex:
        if not self.has_binds:
            raise Failure(node, f"PLS-00049: bad bind variable '{node.name}'")
        self.bind_reads[node.name] = self.bind_reads.get(node.name, 0) + 1
        ora = self.bind_types.get(node.name)
        kind: PlType = types.VARCHAR2 if ora is None else self.machine.bind_type(ora)
        return Ex(f"_b[{node.name!r}]", kind, True, True, host=node.name)

    # ------------------------------------------------------------------ names

    def _name(self, node: nodes.Expr) -> Ex:
        found = self.reference(node)
        if isinstance(found, Ex):
            return found
        return self.call(found, (), node)

    def _apply(self, node: nodes.Apply) -> Ex:
        found = self.reference(node)
        assert isinstance(found, Ex)
        return found

    def reference(self, node: nodes.Expr) -> Ex | Callee:
        """What a name, a dotted or an applied expression stands for: a value or a callable."""
        if isinstance(node, nodes.Name):
            return self._reference_name(node)
        if isinstance(node, nodes.Dotted):
            if isinstance(node.base, nodes.HostBind):
                return self._row_column(node)
            base = self.reference(node.base)
            value = base if isinstance(base, Ex) else self.call(base, (), node.base)
            return self.member(value, node.member)
        if isinstance(node, nodes.Apply):
            return self._reference_apply(node)
        return self.value_of(node)

    def _reference_name(self, node: nodes.Name) -> Ex | Callee:
        if node.link is not None:
            raise Failure(node, unsupported(f"database link @{node.link}").message)
        symbol, used = self.resolve(node.parts, node)
        rest = node.parts[used:]
        if isinstance(symbol, str):
            return Callee("builtin", symbol)
        if isinstance(symbol, SequenceSymbol):
            return self._sequence(symbol, rest, node)
        if isinstance(symbol, TypeSymbol) and rest:
            return Callee("static", rest[0].folded, symbol)
        found = self._reference_symbol(symbol, node)
        for part in rest:
            value = found if isinstance(found, Ex) else self.call(found, (), node)
            found = self.member(value, part)
        return found

    def _reference_symbol(self, symbol: Any, node: nodes.Name) -> Ex | Callee:
        if isinstance(symbol, Variable):
            if symbol.value is not None:
                return symbol.value  # type: ignore[no-any-return]
            return Ex(
                self.variable_code(symbol),
                symbol.type,
                not symbol.not_null,
                symbol.unit is None,
                node=symbol,
            )
        if isinstance(symbol, RoutineSet):
            return Callee("routine", symbol.name, symbol)
        if isinstance(symbol, TypeSymbol):
            return Callee("type", symbol.name, symbol)
        if isinstance(symbol, RowSymbol):
            raise Failure(node, f"PLS-00049: bad bind variable '{symbol.name}'")
        if isinstance(symbol, CursorSymbol):
            raise Failure(node, "PLS-00382: expression is of wrong type")
        if isinstance(symbol, ExceptionSymbol):
            raise Failure(node, "PLS-00382: expression is of wrong type")
        text = node.text
        raise Failure(node, f"PLS-00201: identifier '{text}' must be declared")

    def _sequence(
        self, symbol: SequenceSymbol, rest: tuple[nodes.NamePart, ...], node: nodes.Node
    ) -> Ex:
        word = rest[0].folded if rest else ""
        if word not in ("NEXTVAL", "CURRVAL"):
            raise Failure(node, f"PLS-00201: identifier '{symbol.name}' must be declared")
        site = self.sql_expression_site(f'"{symbol.owner}"."{symbol.name}".{word}', node)
        return Ex(f"{site}.value(())", types.NUMBER, False)

    def sql_expression_site(self, text: str, node: nodes.Node) -> str:
        raise AssertionError("see embedded_sql")

    def member(self, base: Ex, part: nodes.NamePart) -> Ex | Callee:
        """``base.part``: a field, an attribute, or a method still to be called."""
        kind, name = base.type, part.folded
        if isinstance(kind, CollectionType | types.AnyCollectionType):
            if name in COLLECTION_METHODS:
                return Callee("collection", name, None, base)
            raise Failure(part, f"PLS-00302: component '{name}' must be declared")
        if isinstance(kind, RecordType):
            field = kind.fields.get(name)
            if field is None:
                raise Failure(part, f"PLS-00302: component '{name}' must be declared")
            return Ex(f"{base.code}.{field.attr}", field.type, not field.not_null, base.simple)
        if isinstance(kind, ObjectType):
            field = kind.fields.get(name)
            if field is not None:
                return Ex(f"{base.code}.{field.attr}", field.type, True, base.simple)
            if name in kind.methods:
                return Callee("method", name, kind, base)
            raise Failure(part, f"PLS-00302: component '{name}' must be declared")
        if isinstance(kind, OpaqueType):
            return Callee("dynamic", name, kind, base)
        raise Failure(part, "PLS-00487: Invalid reference to variable '" + part.folded + "'")

    def _row_column(self, node: nodes.Dotted) -> Ex:
        """``:new.column``"""
        assert isinstance(node.base, nodes.HostBind)
        row = self.scope.lookup(":" + node.base.name)
        if not isinstance(row, RowSymbol):
            raise Failure(
                node, f"PLS-00049: bad bind variable '{node.base.name}.{node.member.folded}'"
            )
        column = row.columns.get(node.member.folded)
        if column is None:
            raise Failure(
                node, f"PLS-00049: bad bind variable '{node.base.name}.{node.member.folded}'"
            )
        return Ex(f"{row.code}[{node.member.folded!r}]", column, True, True)

    def _reference_apply(self, node: nodes.Apply) -> Ex:
        target = node.target
        if isinstance(target, nodes.Attribute):
            return self._bulk_attribute(target, node)
        found = self.reference(target)
        if isinstance(found, Callee):
            return self.call(found, node.args, node)
        if isinstance(found.type, CollectionType):
            if len(node.args) != 1:
                raise Failure(
                    node, "PLS-00306: wrong number or types of arguments in call to collection"
                )
            return self.element(found, found.type, node.args[0].value)
        raise Failure(
            node,
            f"PLS-00224: object '{self._spelling(target)}' must be of type function or array to be used this way",
        )

    @staticmethod
    def _spelling(node: nodes.Expr) -> str:
        return node.text if isinstance(node, nodes.Name) else type(node).__name__.upper()

    def key_of(self, kind: CollectionType, expression: nodes.Expr) -> Ex:
        """A subscript as the collection's key type."""
        if kind.key is not None and kind.key.kind in types.TEXT:
            return self.converted(expression, kind.key, check=True)
        return self.integer(expression)

    def element(self, base: Ex, kind: CollectionType, subscript: nodes.Expr) -> Ex:
        key = self.key_of(kind, subscript)
        return Ex(f"{base.code}.get({key.code})", kind.element, True)

    # ------------------------------------------------------------------ attributes

    def _attribute(self, node: nodes.Attribute) -> Ex:
        name = node.name
        result: PlType = types.PLS_INTEGER if name == "ROWCOUNT" else types.BOOLEAN
        if isinstance(node.base, nodes.Name) and node.base.folded == ("SQL",):
            if name == "BULK_EXCEPTIONS":
                raise Failure(node, "PLS-00302: component 'BULK_EXCEPTIONS' must be declared")
            return Ex(f"_m.implicit.attribute({name!r})", result)
        cursor = self.cursor_code(node.base)
        return Ex(f"{self.helper(cursors.attribute)}({cursor}, {name!r})", result)

    def cursor_code(self, node: nodes.Expr) -> str:
        """Python code for a cursor or cursor variable."""
        if isinstance(node, nodes.Name):
            symbol, used = self.resolve(node.parts, node)
            if isinstance(symbol, CursorSymbol) and used == len(node.parts):
                return self.cursor_reference(symbol)
        value = self.value_of(node)
        if value.type.kind is not Kind.CURSOR:
            raise Failure(node, "PLS-00382: expression is of wrong type")
        return value.code

    def cursor_reference(self, symbol: CursorSymbol) -> str:
        if symbol.unit is not None and symbol.unit.ns is not self.ns:
            return f'{self.namespace_of(symbol.unit)}["{symbol.code}"]'
        return symbol.code

    def _bulk_attribute(self, target: nodes.Attribute, node: nodes.Apply) -> Ex:
        index = self.integer(node.args[0].value)
        if target.name == "BULK_ROWCOUNT":
            return Ex(f"_m.implicit.bulk_count({index.code})", types.PLS_INTEGER)
        if target.name == "BULK_EXCEPTIONS":
            return Ex(f"_m.implicit.bulk_exception({index.code})", _BULK_EXCEPTION)
        raise Failure(
            node, f"PLS-00208: identifier '{target.name}' is not a legal cursor attribute"
        )

    def _dotted(self, node: nodes.Dotted) -> Ex:
        base = node.base
        if isinstance(base, nodes.Attribute) and base.name == "BULK_EXCEPTIONS":
            if node.member.folded == "COUNT":
                return Ex("_m.implicit.bulk_exception_count()", types.PLS_INTEGER, False)
            raise Failure(node, f"PLS-00302: component '{node.member.folded}' must be declared")
        found = self.reference(node)
        return found if isinstance(found, Ex) else self.call(found, (), node)

    # ------------------------------------------------------------------ arithmetic and text

    def _unary(self, node: nodes.UnaryOp) -> Ex:
        if node.op == "NOT":
            return self._logic_value(node)
        operand = self.value_of(node.operand)
        if operand.type.kind in types.TEXT:
            operand = self.convert(operand, types.NUMBER, node)
        if operand.type.kind not in types.NUMERIC | types.INTERVALS | {Kind.NULL}:
            raise Failure(
                node, f"PLS-00306: wrong number or types of arguments in call to '{node.op}'"
            )
        if node.op == "+":
            return operand
        if operand.is_const and isinstance(operand.const, int):
            return literal(-operand.const, operand.type)
        if operand.type.kind in types.INTERVALS:
            return Ex(
                f"{self.helper(arithmetic.negate)}({operand.code})", operand.type, operand.nullable
            )
        return self._null_safe((operand,), lambda a: f"(-{a})", operand.type)

    def _null_safe(
        self,
        operands: tuple[Ex, ...],
        build: Callable[..., str],
        result: PlType,
        *,
        wide: bool = False,
    ) -> Ex:
        """``build`` over the operands, None when any of them is."""
        tests: list[str] = []
        names: list[str] = []
        for operand in operands:
            if not operand.nullable:
                names.append(operand.code)
            elif operand.simple:
                tests.append(f"{operand.code} is not None")
                names.append(operand.code)
            else:
                temp = self.fc.temp()
                tests.append(f"({temp} := {operand.code}) is not None")
                names.append(temp)
        # a non-nullable operand with side effects must still run in order: only literals and
        # arithmetic are not nullable, so there is nothing to lose
        code = build(*names)
        if tests:
            code = f"({code} if {' and '.join(tests)} else None)"
        return Ex(code, result, bool(tests), wide=wide)

    def _binary(self, node: nodes.BinaryOp) -> Ex:
        op = node.op
        if op in ("AND", "OR") or op in _PYTHON_OPS:
            return self._logic_value(node)
        if op == "||":
            return self._concatenation(node)
        if op.startswith("MULTISET"):
            return self._multiset(node)
        left, right = self.value_of(node.left), self.value_of(node.right)
        return self.arithmetic(op, left, right, node)

    def arithmetic(self, op: str, left: Ex, right: Ex, node: nodes.Node) -> Ex:
        kinds = (left.type.kind, right.type.kind)
        if op in ("+", "-") and (
            kinds[0] in types.TEMPORAL | types.INTERVALS
            or kinds[1] in types.TEMPORAL | types.INTERVALS
        ):
            return self._date_arithmetic(op, left, right, node)
        for kind in kinds:
            if kind not in types.NUMERIC | types.TEXT | types.INTERVALS | {Kind.NULL}:
                raise Failure(
                    node, f"PLS-00306: wrong number or types of arguments in call to '{op}'"
                )
        if kinds[0] in types.INTERVALS or kinds[1] in types.INTERVALS:
            function = arithmetic.mul if op == "*" else arithmetic.div
            interval = left.type if kinds[0] in types.INTERVALS else right.type
            return Ex(f"{self.helper(function)}({left.code}, {right.code})", interval)
        left, right = self._numeric(left, node), self._numeric(right, node)
        return self._numeric_operation(op, left, right, node)

    def _numeric(self, ex: Ex, node: nodes.Node) -> Ex:
        if ex.type.kind in types.TEXT:
            return self.convert(ex, types.NUMBER, node, check=False)
        return ex

    def _numeric_operation(self, op: str, left: Ex, right: Ex, node: nodes.Node) -> Ex:
        kinds = {left.type.kind, right.type.kind} - {Kind.NULL}
        if kinds & types.BINARY:
            left, right = (self.convert(e, types.BINARY_DOUBLE, node) for e in (left, right))
            if op == "/":
                return Ex(
                    f"{self.helper(arithmetic.fdiv)}({left.code}, {right.code})",
                    types.BINARY_DOUBLE,
                )
            if op in ("+", "-", "*"):
                return self._null_safe(
                    (left, right), lambda a, b: f"({a} {op} {b})", types.BINARY_DOUBLE
                )
        both_pls = kinds <= {Kind.PLS_INTEGER} and bool(kinds)
        folded = self._fold_arithmetic(op, left, right)
        if folded is not None:
            return folded
        if op in ("+", "-"):
            result: PlType = types.PLS_INTEGER if both_pls else types.NUMBER
            return self._null_safe(
                (left, right), lambda a, b: f"({a} {op} {b})", result, wide=both_pls
            )
        if op == "*" and both_pls:
            product = self._null_safe((left, right), lambda a, b: f"({a} * {b})", types.PLS_INTEGER)
            return Ex(
                f"{self.helper(arithmetic.to_pls)}({product.code})",
                types.PLS_INTEGER,
                product.nullable,
            )
        function = {
            "*": arithmetic.mul,
            "/": arithmetic.div,
            "**": arithmetic.power,
            "MOD": arithmetic.mod,
            "REM": arithmetic.remainder,
        }[op]
        result = types.PLS_INTEGER if both_pls and op == "MOD" else types.NUMBER
        nullable = left.nullable or right.nullable
        return Ex(f"{self.helper(function)}({left.code}, {right.code})", result, nullable)

    @staticmethod
    def _fold_arithmetic(op: str, left: Ex, right: Ex) -> Ex | None:
        a, b = (left.const if left.is_const else None), (right.const if right.is_const else None)
        if not (isinstance(a, int) and isinstance(b, int)) or op not in "+-*":
            return None
        value = a + b if op == "+" else a - b if op == "-" else a * b
        small = types.PLS_MIN <= value <= types.PLS_MAX
        return literal(value, types.PLS_INTEGER if small else types.NUMBER)

    def _date_arithmetic(self, op: str, left: Ex, right: Ex, node: nodes.Node) -> Ex:
        a, b = left.type.kind, right.type.kind
        code: Any
        if b in types.INTERVALS or (a in types.INTERVALS and op == "+"):
            if a in types.INTERVALS and b in types.TEMPORAL:
                left, right, a = right, left, b
            code = arithmetic.plus_interval if op == "+" else arithmetic.minus_interval
            kind = left.type if a in types.TEMPORAL | types.INTERVALS else right.type
            result: PlType = types.DATE if a is Kind.DATE else kind
            call = f"{self.helper(code)}({left.code}, {right.code})"
            if a is Kind.DATE:
                call = f"{self.helper(arithmetic.trunc_to_date)}({call})"
            return Ex(call, Scalar(result.kind), True)
        if a in types.TEMPORAL and b in types.TEMPORAL and op == "-":
            if a is Kind.DATE and b is Kind.DATE:
                return Ex(
                    f"{self.helper(arithmetic.date_difference)}({left.code}, {right.code})",
                    types.NUMBER,
                )
            call = f"{self.helper(arithmetic.stamp_difference)}({left.code}, {right.code})"
            return Ex(call, types.INTERVAL_DS)
        if b in types.TEMPORAL and op == "+":
            left, right, a, b = right, left, b, a
        if a in types.TEMPORAL and b not in types.TEMPORAL:
            number = self.convert(right, types.NUMBER, node, check=False)
            code = arithmetic.date_plus if op == "+" else arithmetic.date_minus
            return Ex(f"{self.helper(code)}({left.code}, {number.code})", types.DATE)
        raise Failure(node, f"PLS-00306: wrong number or types of arguments in call to '{op}'")

    def _concatenation(self, node: nodes.BinaryOp) -> Ex:
        pieces: list[Ex] = []
        self._flatten(node, pieces)
        clob = any(p.type.kind is Kind.CLOB for p in pieces)
        parts: list[str] = []
        certain = False
        for piece in pieces:
            if piece.is_const and isinstance(piece.const, str):
                parts.append(piece.code)
                certain = True
            elif piece.code == "None":
                continue
            elif piece.nullable:
                parts.append(f"({piece.code} or '')")
            else:
                parts.append(piece.code)
                certain = True
        code = " + ".join(parts) or "None"
        code = f"({code})" if certain or not parts else f"(({code}) or None)"
        return Ex(code, types.CLOB if clob else types.VARCHAR2, not certain)

    def _flatten(self, node: nodes.Expr, pieces: list[Ex]) -> None:
        if isinstance(node, nodes.BinaryOp) and node.op == "||":
            self._flatten(node.left, pieces)
            self._flatten(node.right, pieces)
            return
        piece = self.value_of(node)
        if not isinstance(piece.type, Scalar) or piece.type.kind is Kind.BOOLEAN:
            if piece.type is not types.ANY:
                raise Failure(node, "PLS-00306: wrong number or types of arguments in call to '||'")
        if piece.type.kind not in types.TEXT:
            piece = self.convert(piece, types.VARCHAR2, node, check=False)
        pieces.append(piece)

    def _multiset(self, node: nodes.BinaryOp) -> Ex:
        left, right = self.value_of(node.left), self.value_of(node.right)
        if not isinstance(left.type, CollectionType) or not isinstance(right.type, CollectionType):
            raise Failure(
                node, "PLS-00306: wrong number or types of arguments in call to 'MULTISET'"
            )
        code = f"{self.helper(tables.multiset)}({node.op!r}, {left.code}, {right.code})"
        return Ex(code, left.type, True, fresh=True)

    # ------------------------------------------------------------------ conditions

    def truth(self, node: nodes.Expr) -> str:
        """Python code that is true exactly when the condition is TRUE."""
        return self._condition(node, True)

    def falsity(self, node: nodes.Expr) -> str:
        """Python code that is true exactly when the condition is FALSE."""
        return self._condition(node, False)

    def _condition(self, node: nodes.Expr, wanted: bool) -> str:
        if isinstance(node, nodes.UnaryOp) and node.op == "NOT":
            return self._condition(node.operand, not wanted)
        if isinstance(node, nodes.BinaryOp):
            if node.op in ("AND", "OR"):
                joint = "and" if (node.op == "AND") == wanted else "or"
                left = self._condition(node.left, wanted)
                return f"({left} {joint} {self._condition(node.right, wanted)})"
            if node.op in _PYTHON_OPS:
                op = node.op if wanted else _OPPOSITE[node.op]
                return self._comparison(
                    op, self.value_of(node.left), self.value_of(node.right), node
                )
        if isinstance(node, nodes.IsNull):
            return self._is_null(node, node.negated != wanted)
        if isinstance(node, nodes.Between):
            value = self._reusable(self.value_of(node.operand))
            low, high = self.value_of(node.low), self.value_of(node.high)
            positive = wanted != node.negated
            if positive:
                return (
                    f"({self._comparison('>=', value[0], low, node)}"
                    f" and {self._comparison('<=', value[1], high, node)})"
                )
            return (
                f"({self._comparison('<', value[0], low, node)}"
                f" or {self._comparison('>', value[1], high, node)})"
            )
        if isinstance(node, nodes.InList):
            return self._in_list(node, wanted)
        ex = self._boolean_value(node)
        if ex.is_const:
            return repr(ex.const is wanted)
        if wanted:
            return ex.code
        return f"({ex.code} is False)"

    def _reusable(self, ex: Ex) -> tuple[Ex, Ex]:
        """The value to write first, and how to write it again without evaluating it twice."""
        if ex.simple:
            return ex, ex
        temp = self.fc.temp()
        first = Ex(f"({temp} := {ex.code})", ex.type, ex.nullable)
        return first, Ex(temp, ex.type, ex.nullable, True)

    def _boolean_value(self, node: nodes.Expr) -> Ex:
        ex = self.value_of(node)
        if ex.type is types.ANY:
            return ex
        if ex.type.kind not in (Kind.BOOLEAN, Kind.NULL):
            raise Failure(node, "PLS-00382: expression is of wrong type")
        return ex

    def _is_null(self, node: nodes.IsNull, positive: bool) -> str:
        operand = self.value_of(node.operand)
        if isinstance(operand.type, RecordType):
            raise Failure(
                node, "PLS-00306: wrong number or types of arguments in call to 'IS NULL'"
            )
        return f"({operand.code} is {'None' if positive else 'not None'})"

    def _in_list(self, node: nodes.InList, wanted: bool) -> str:
        value = self.value_of(node.operand)
        items = [self.value_of(i) for i in node.items]
        first, again = self._reusable(value)
        positive = wanted != node.negated
        constants = all(i.is_const and i.const is not None for i in items)
        same = all(types.family(i.kind) == types.family(value.kind) for i in items)
        if (
            constants
            and same
            and value.kind not in types.FIXED
            and value.kind not in types.TEMPORAL
        ):
            inside = "in" if positive else "not in"
            list_code = f"({', '.join(i.code for i in items)},)"
            if positive or not value.nullable:
                return f"({first.code} {inside} {list_code})"
            return f"({first.code} is not None and {again.code} {inside} {list_code})"
        op, joint = ("=", "or") if positive else ("<>", "and")
        parts = []
        for index, item in enumerate(items):
            operand = first if index == 0 else again
            parts.append(self._comparison(op, operand, item, node))
        return f"({f' {joint} '.join(parts)})"

    def common_type(self, left: Ex, right: Ex, node: nodes.Node, op: str) -> PlType:
        """The type in which two values are compared."""
        a, b = left.type, right.type
        if a.kind is Kind.NULL:
            return b
        if b.kind is Kind.NULL or a is types.ANY:
            return a
        if not (isinstance(a, Scalar) and isinstance(b, Scalar)):
            if types.convertible(a, b) or types.convertible(b, a):
                return a
            raise Failure(node, f"PLS-00306: wrong number or types of arguments in call to '{op}'")
        one, other = types.family(a.kind), types.family(b.kind)
        if one == other:
            return a
        for preferred in ("number", "date"):
            if preferred in (one, other):
                kind = a if one == preferred else b
                if types.convertible(a, kind) and types.convertible(b, kind):
                    return kind.unconstrained() if isinstance(kind, Scalar) else kind
        if types.convertible(a, b):
            return b
        if types.convertible(b, a):
            return a
        raise Failure(node, f"PLS-00306: wrong number or types of arguments in call to '{op}'")

    def _operands(self, left: Ex, right: Ex, node: nodes.Node, op: str) -> tuple[Ex, Ex]:
        """Both sides in their common type, ready for Python's comparison."""
        kind = self.common_type(left, right, node, op)
        if isinstance(kind, Scalar) and kind.kind is not Kind.NULL:
            base = types.family(kind.kind)
            if base in ("number", "date"):
                target = {"number": types.NUMBER, "date": kind}[base]
                if types.family(left.kind) != base:
                    left = self.convert(left, target, node, check=False)
                if types.family(right.kind) != base:
                    right = self.convert(right, target, node, check=False)
                if base == "date" and Kind.TIMESTAMP_TZ in (left.kind, right.kind):
                    left, right = self._zoned(left), self._zoned(right)
                if types.BINARY & {left.kind, right.kind}:
                    left, right = (
                        self.convert(e, types.BINARY_DOUBLE, node) for e in (left, right)
                    )
            elif base == "text":
                left, right = self._padded(left, right, node)
            elif base == "bytes":
                left, right = (self.convert(e, types.RAW, node, check=False) for e in (left, right))
        return left, right

    def _zoned(self, ex: Ex) -> Ex:
        if ex.kind in (Kind.TIMESTAMP_TZ, Kind.TIMESTAMP_LTZ, Kind.NULL):
            return ex
        return self.convert(ex, types.TIMESTAMP_TZ, None, check=False)

    def _padded(self, left: Ex, right: Ex, node: nodes.Node) -> tuple[Ex, Ex]:
        """Blank-padded comparison when both sides are CHAR or literals."""
        left, right = (
            e
            if e.kind in types.TEXT | {Kind.NULL}
            else self.convert(e, types.VARCHAR2, node, check=False)
            for e in (left, right)
        )
        fixed = all(e.kind in types.FIXED for e in (left, right))
        if fixed and not (left.is_const and right.is_const):
            left, right = self._stripped(left), self._stripped(right)
        return left, right

    def _stripped(self, ex: Ex) -> Ex:
        if ex.is_const and isinstance(ex.const, str):
            return literal(ex.const.rstrip(" "), types.CHAR)
        return Ex(f"{self.helper(strip_blanks)}({ex.code})", ex.type, ex.nullable)

    def _comparison(self, op: str, left: Ex, right: Ex, node: nodes.Node) -> str:
        """Code that is true exactly when ``left op right`` is TRUE (op is already turned around)."""
        left, right = self._operands(left, right, node, op)
        kind = left.type if left.kind is not Kind.NULL else right.type
        if isinstance(kind, CollectionType | ObjectType | RecordType) or kind is types.ANY:
            return self._composite_comparison(op, left, right, kind, node)
        if "None" in (left.code, right.code):
            return "False"
        # None == value is False by itself, so "=" needs a test only when both may be NULL
        tested = [left, right] if op != "=" else [left] if left.nullable and right.nullable else []
        tests: list[str] = []
        names: list[str] = []
        for operand in (left, right):
            if not operand.nullable or all(operand is not t for t in tested):
                names.append(operand.code)
            elif operand.simple:
                tests.append(f"{operand.code} is not None")
                names.append(operand.code)
            else:
                temp = self.fc.temp()
                tests.append(f"({temp} := {operand.code}) is not None")
                names.append(temp)
        comparison = f"{names[0]} {_PYTHON_OPS[op]} {names[1]}"
        return f"({' and '.join([*tests, comparison])})"

    def _composite_comparison(
        self, op: str, left: Ex, right: Ex, kind: PlType, node: nodes.Node
    ) -> str:
        if op not in ("=", "<>") and not isinstance(kind, ObjectType):
            raise Failure(node, f"PLS-00306: wrong number or types of arguments in call to '{op}'")
        if isinstance(kind, RecordType) or (
            isinstance(kind, CollectionType) and kind.form != "TABLE"
        ):
            raise Failure(node, f"PLS-00306: wrong number or types of arguments in call to '{op}'")
        if isinstance(kind, CollectionType):
            expected = "True" if op == "=" else "False"
            return f"({self.helper(tables.equal)}({left.code}, {right.code}) is {expected})"
        compare = self.helper(self.machine.compare_objects)
        return f"({compare}({left.code}, {right.code}, {_PYTHON_OPS[op]!r}) is True)"

    def _logic_value(self, node: nodes.Expr) -> Ex:
        """A condition as a BOOLEAN value: TRUE, FALSE or NULL."""
        if isinstance(node, nodes.UnaryOp):
            inner = self._boolean_value(node.operand)
            if not inner.nullable:
                return Ex(f"(not {inner.code})", types.BOOLEAN, False)
            return Ex(f"{self.helper(arithmetic.not_)}({inner.code})", types.BOOLEAN)
        if isinstance(node, nodes.BinaryOp) and node.op in ("AND", "OR"):
            return self._connective(node)
        if isinstance(node, nodes.BinaryOp):
            left, right = self.value_of(node.left), self.value_of(node.right)
            return self._comparison_value(node.op, left, right, node)
        if isinstance(node, nodes.IsNull):
            return Ex(self._is_null(node, not node.negated), types.BOOLEAN, False)
        # BETWEEN and IN: TRUE, FALSE, else NULL
        true, false = self._condition(node, True), self._condition(node, False)
        return Ex(f"(True if {true} else False if {false} else None)", types.BOOLEAN)

    def _comparison_value(self, op: str, left: Ex, right: Ex, node: nodes.Node) -> Ex:
        left, right = self._operands(left, right, node, op)
        kind = left.type if left.kind is not Kind.NULL else right.type
        if isinstance(kind, CollectionType | ObjectType | RecordType):
            code = self._composite_comparison(op, left, right, kind, node)
            return Ex(
                f"(None if {left.code} is None or {right.code} is None else {code})", types.BOOLEAN
            )
        if not left.nullable and not right.nullable:
            return Ex(f"({left.code} {_PYTHON_OPS[op]} {right.code})", types.BOOLEAN, False)
        function = self.helper(_VALUE_FUNCTIONS[op])
        return Ex(f"{function}({left.code}, {right.code})", types.BOOLEAN)

    def _connective(self, node: nodes.BinaryOp) -> Ex:
        left, right = self._boolean_value(node.left), self._boolean_value(node.right)
        if not left.nullable and not right.nullable:
            return Ex(f"({left.code} {node.op.lower()} {right.code})", types.BOOLEAN, False)
        temp = self.fc.temp()
        short = "False" if node.op == "AND" else "True"
        function = self.helper(and3 if node.op == "AND" else or3)
        code = (
            f"({short} if ({temp} := {left.code}) is {short} else {function}({temp}, {right.code}))"
        )
        return Ex(code, types.BOOLEAN)

    def _like(self, node: nodes.Like) -> Ex:
        args = [self.text(node.operand).code, self.text(node.pattern).code]
        if node.escape is not None:
            args.append(self.text(node.escape).code)
        code = f"{self.helper(builtins_text.like)}({', '.join(args)})"
        return self._negated(code, node.negated)

    def _negated(self, code: str, negated: bool) -> Ex:
        return Ex(f"{self.helper(arithmetic.not_)}({code})" if negated else code, types.BOOLEAN)

    def _member_of(self, node: nodes.MemberOf) -> Ex:
        collection = self.value_of(node.collection)
        if not isinstance(collection.type, CollectionType):
            raise Failure(
                node, "PLS-00306: wrong number or types of arguments in call to 'MEMBER OF'"
            )
        if node.submultiset:
            operand = self.value_of(node.operand)
            function = self.helper(tables.submultiset)
        else:
            operand = self.converted(node.operand, collection.type.element)
            function = self.helper(tables.member_of)
        return self._negated(f"{function}({operand.code}, {collection.code})", node.negated)

    def _is_condition(self, node: nodes.IsCondition) -> Ex:
        operand = self.value_of(node.operand)
        if node.what == "EMPTY":
            code = f"(None if {operand.code} is None else {operand.code}.count() == 0)"
        elif node.what == "A SET":
            code = f"{self.helper(tables.is_a_set)}({operand.code})"
        elif node.what == "NAN":
            code = f"(None if {operand.code} is None else {operand.code} != {operand.code})"
        elif node.what == "INFINITE":
            code = f"(None if {operand.code} is None else abs({operand.code}) == float('inf'))"
        elif node.what.startswith("JSON"):
            code = f"{self.helper(is_json)}({operand.code})"
        elif node.what == "OF":
            kinds = [self._object_type(name) for name in node.types]
            classes = ", ".join(self.constant(k.cls) for k in kinds)
            code = f"(None if {operand.code} is None else isinstance({operand.code}, ({classes},)))"
        else:
            raise Failure(node, unsupported(f"IS {node.what}").message)
        return self._negated(code, node.negated)

    def _object_type(self, name: nodes.Name) -> ObjectType:
        symbol, used = self.resolve(name.parts, name)
        if (
            isinstance(symbol, TypeSymbol)
            and isinstance(symbol.type, ObjectType)
            and used == len(name.parts)
        ):
            return symbol.type
        raise Failure(name, f"PLS-00201: identifier '{name.text}' must be declared")

    # ------------------------------------------------------------------ CASE and special forms

    def _case(self, node: nodes.Case) -> Ex:
        results = [self.value_of(w.result) for w in node.whens]
        if node.otherwise is not None:
            results.append(self.value_of(node.otherwise))
        target = self.merged_type(results, node)
        converted = [self.convert(r, target, node, check=False) for r in results]
        nullable = node.otherwise is None or any(c.nullable for c in converted)
        tail = converted[-1].code if node.otherwise is not None else "None"
        conditions: list[str] = []
        if node.selector is None:
            conditions = [self.truth(w.condition) for w in node.whens]
        else:
            first, again = self._reusable(self.value_of(node.selector))
            for index, when in enumerate(node.whens):
                operand = first if index == 0 else again
                value = self.value_of(when.condition)
                conditions.append(self._comparison("=", operand, value, when))
        parts = [
            f"{c.code} if {test} else " for test, c in zip(conditions, converted, strict=False)
        ]
        return Ex(f"({''.join(parts)}{tail})", target, nullable)

    def merged_type(self, values: list[Ex], node: nodes.Node) -> PlType:
        """The type of CASE, COALESCE …: that of the first value, widened."""
        known = [v.type for v in values if v.type.kind is not Kind.NULL]
        if not known:
            return types.NULL
        result = known[0]
        for kind in known[1:]:
            if isinstance(result, Scalar) and isinstance(kind, Scalar):
                result = self._wider(result, kind, node)
            elif result is not kind and not types.convertible(kind, result):
                raise Failure(node, "PLS-00382: expression is of wrong type")
        if isinstance(result, Scalar):
            kind_ = Kind.VARCHAR2 if result.kind in types.FIXED else result.kind
            return Scalar(kind_, scale=result.scale if kind_ in types.STAMPS else None)
        return result

    @staticmethod
    def _wider(a: Scalar, b: Scalar, node: nodes.Node) -> Scalar:
        if a.kind is b.kind:
            return a
        one, other = types.family(a.kind), types.family(b.kind)
        if one == other:
            order = {
                "number": [Kind.PLS_INTEGER, Kind.NUMBER, Kind.BINARY_FLOAT, Kind.BINARY_DOUBLE],
                "date": [Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMP_LTZ, Kind.TIMESTAMP_TZ],
                "text": [
                    Kind.ROWID,
                    Kind.CHAR,
                    Kind.NCHAR,
                    Kind.VARCHAR2,
                    Kind.NVARCHAR2,
                    Kind.LONG,
                    Kind.CLOB,
                ],
                "bytes": [Kind.RAW, Kind.BLOB],
            }[one]
            return max(a, b, key=lambda k: order.index(k.kind))
        if types.convertible(b, a):
            return a
        raise Failure(node, "PLS-00382: expression is of wrong type")

    def _cast(self, node: nodes.Cast) -> Ex:
        if isinstance(node.operand, nodes.Subquery):
            raise Failure(node, unsupported("CAST(MULTISET(…))").message)
        return self.convert(self.value_of(node.operand), self.type_of(node.type), node)

    def _treat(self, node: nodes.Treat) -> Ex:
        operand = self.value_of(node.operand)
        target = self.type_of(node.type)
        if isinstance(target, OpaqueType):
            return Ex(operand.code, target, operand.nullable, operand.simple, fresh=True)
        if not isinstance(target, ObjectType):
            raise Failure(node, "PLS-00382: expression is of wrong type")
        cls = self.constant(target.cls)
        return Ex(f"{self.helper(treat)}({operand.code}, {cls})", target)

    def _extract(self, node: nodes.Extract) -> Ex:
        operand = self.value_of(node.operand)
        if operand.kind not in types.TEMPORAL | types.INTERVALS | {Kind.NULL}:
            raise Failure(
                node, "PLS-00306: wrong number or types of arguments in call to 'EXTRACT'"
            )
        code = f"{self.helper(builtins_scalar.extract)}({node.field!r}, {operand.code})"
        return Ex(code, types.NUMBER)

    def _trim(self, node: nodes.Trim) -> Ex:
        operand = self.text(node.operand)
        characters = self.text(node.characters).code if node.characters is not None else "' '"
        code = f"{self.helper(builtins_text.trim)}({operand.code}, {characters}, {node.mode or 'BOTH'!r})"
        return Ex(code, types.VARCHAR2)

    def _at_time_zone(self, node: nodes.AtTimeZone) -> Ex:
        operand = self.value_of(node.operand)
        zone = (
            self.text(node.zone).code
            if node.zone is not None
            else self.helper_call("SESSIONTIMEZONE")
        )
        code = f"{self.helper(builtins_scalar.at_time_zone)}({operand.code}, {zone})"
        return Ex(code, types.TIMESTAMP_TZ)

    def helper_call(self, name: str) -> str:
        from devkit.oracle.plsql.builtins import BUILTINS

        return f"{self.helper(BUILTINS[name].call)}()"

    def _new(self, node: nodes.New) -> Ex:
        symbol, used = self.resolve(node.type.parts, node)
        if not isinstance(symbol, TypeSymbol) or used != len(node.type.parts):
            raise Failure(node, f"PLS-00201: identifier '{node.type.text}' must be declared")
        return self.call(Callee("type", symbol.name, symbol), node.args, node)

    def _subquery(self, node: nodes.Subquery) -> Ex:
        raise Failure(node, "PLS-00405: subquery not allowed in this context")

    def _refused(self, node: nodes.Expr) -> Ex:
        raise Failure(node, unsupported(type(node).__name__).message)

    def call(self, callee: Callee, args: tuple[nodes.Argument, ...], node: nodes.Expr) -> Ex:
        raise AssertionError("see compiler_calls")

    def sql_function(self, node: nodes.SqlFunction) -> Ex:
        raise AssertionError("see embedded_sql")

    def _sql_function(self, node: nodes.SqlFunction) -> Ex:
        return self.sql_function(node)

    _dispatch: dict[type[nodes.Expr], Callable[[Any, Any], Ex]] = {
        nodes.NumberLiteral: _number,
        nodes.StringLiteral: _string,
        nodes.NullLiteral: _null,
        nodes.BooleanLiteral: _boolean,
        nodes.DateLiteral: _date,
        nodes.TimestampLiteral: _timestamp,
        nodes.IntervalLiteral: _interval,
        nodes.HostBind: _host_bind,
        nodes.Name: _name,
        nodes.Apply: _apply,
        nodes.Dotted: _dotted,
        nodes.Attribute: _attribute,
        nodes.UnaryOp: _unary,
        nodes.BinaryOp: _binary,
        nodes.IsNull: _logic_value,
        nodes.InList: _logic_value,
        nodes.Between: _logic_value,
        nodes.Like: _like,
        nodes.MemberOf: _member_of,
        nodes.IsCondition: _is_condition,
        nodes.Case: _case,
        nodes.Cast: _cast,
        nodes.Treat: _treat,
        nodes.Extract: _extract,
        nodes.Trim: _trim,
        nodes.AtTimeZone: _at_time_zone,
        nodes.New: _new,
        nodes.Subquery: _subquery,
        nodes.SqlFunction: _sql_function,
    }


def strip_blanks(value: Any) -> Any:
    return None if value is None else value.rstrip(" ")


def treat(value: Any, cls: Any) -> Any:
    """TREAT: NULL when the object is of another type."""
    return value if isinstance(value, cls) else None


def is_json(value: Any) -> bool | None:
    """``x IS JSON``: well-formed (lax) JSON text."""
    import json

    if value is None:
        return None
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def _bulk_exception_type() -> RecordType:
    fields = {
        name: types.FieldType(name, types.PLS_INTEGER, name)
        for name in ("ERROR_INDEX", "ERROR_CODE")
    }
    return RecordType("BULK_EXCEPTION", fields, cursors.BulkException)


_BULK_EXCEPTION = _bulk_exception_type()

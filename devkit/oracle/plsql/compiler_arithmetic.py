"""Arithmetic, dates and concatenation, inline where that is fast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devkit.oracle.plsql import (
    arithmetic,
    messages,
    nodes,
    tables,
    types,
)
from devkit.oracle.plsql.chains import Pieces, left_chain
from devkit.oracle.plsql.compiler_base import Ex, literal
from devkit.oracle.plsql.compiler_conditions import _PYTHON_OPS, ConditionCompiler
from devkit.oracle.plsql.scope import (
    Failure,
)
from devkit.oracle.plsql.types import (
    CollectionType,
    PlType,
    Scalar,
)
from devkit.oracle.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

_ARITHMETIC = frozenset(["+", "-", "*", "/", "MOD", "REM", "**"])


class ArithmeticCompiler(ConditionCompiler):
    """Operators that give values."""

    def _unary(self, node: nodes.UnaryOp) -> Ex:
        if node.op == "NOT":
            return self._logic_value(node)
        operand = self.value_of(node.operand)
        if operand.type.kind in types.TEXT:
            operand = self.convert(operand, types.NUMBER, node)
        if operand.type.kind not in types.NUMERIC | types.INTERVALS | {Kind.NULL}:
            raise Failure(node, messages.wrong_arguments(node.op))
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
        first, chain = left_chain(node, _ARITHMETIC)
        pieces = Pieces(self.fc.temp)
        result = self.value_of(first)
        for one in chain:
            left = pieces.so_far(result)
            result = self.arithmetic(one.op, left, self.value_of(one.right), one)
        return pieces.whole(result)

    def arithmetic(self, op: str, left: Ex, right: Ex, node: nodes.Node) -> Ex:
        kinds = (left.type.kind, right.type.kind)
        if op in ("+", "-") and (
            kinds[0] in types.TEMPORAL | types.INTERVALS
            or kinds[1] in types.TEMPORAL | types.INTERVALS
        ):
            return self._date_arithmetic(op, left, right, node)
        for kind in kinds:
            if kind not in types.NUMERIC | types.TEXT | types.INTERVALS | {Kind.NULL}:
                raise Failure(node, messages.wrong_arguments(op))
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
        raise Failure(node, messages.wrong_arguments(op))

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
        scalar = isinstance(piece.type, Scalar) and piece.type.kind is not Kind.BOOLEAN
        if not scalar and piece.type is not types.ANY:
            raise Failure(node, messages.wrong_arguments("||"))
        if piece.type.kind not in types.TEXT:
            piece = self.convert(piece, types.VARCHAR2, node, check=False)
        pieces.append(piece)

    def _multiset(self, node: nodes.BinaryOp) -> Ex:
        left, right = self.value_of(node.left), self.value_of(node.right)
        if not isinstance(left.type, CollectionType) or not isinstance(right.type, CollectionType):
            raise Failure(node, messages.wrong_arguments("MULTISET"))
        code = f"{self.helper(tables.multiset)}({node.op!r}, {left.code}, {right.code})"
        return Ex(code, left.type, True, fresh=True)

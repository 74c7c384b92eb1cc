"""Literals, and the entry to every other expression."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.plsql import (
    builtins_scalar,
    formats,
    nodes,
    numbers,
    types,
)
from devkit.oracle.plsql.compiler_base import Ex, literal
from devkit.oracle.plsql.compiler_types import TypeCompiler
from devkit.oracle.plsql.scope import (
    Failure,
)
from devkit.oracle.plsql.types import (
    PlType,
)


class LiteralCompiler(TypeCompiler):
    """``value_of`` dispatches on the class of the node."""

    # ------------------------------------------------------------------ entry

    _dispatch: ClassVar[dict[type[nodes.Expr], str]] = {}

    def value_of(self, expression: nodes.Expr) -> Ex:
        method = self._dispatch.get(type(expression))
        if method is None:
            raise Failure(expression, unsupported(type(expression).__name__).message)
        result: Ex = getattr(self, method)(expression)
        return result

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

    def _null_literal(self, _node: nodes.NullLiteral) -> Ex:
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
            raise Failure(node, self.bad_bind(node.name))
        self.bind_reads[node.name] = self.bind_reads.get(node.name, 0) + 1
        ora = self.bind_types.get(node.name)
        kind: PlType = types.VARCHAR2 if ora is None else self.machine.bind_type(ora)
        return Ex(f"_b[{node.name!r}]", kind, True, True, host=node.name)

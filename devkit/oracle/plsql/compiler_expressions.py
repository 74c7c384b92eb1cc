"""CASE, CAST, EXTRACT and the other forms with a syntax of their own."""

from __future__ import annotations

from typing import Any, ClassVar

from devkit.oracle.errors import unsupported
from devkit.oracle.plsql import (
    builtins_scalar,
    builtins_text,
    messages,
    nodes,
    types,
)
from devkit.oracle.plsql.compiler_arithmetic import ArithmeticCompiler
from devkit.oracle.plsql.compiler_base import Ex
from devkit.oracle.plsql.compiler_references import Callee
from devkit.oracle.plsql.records import SelfView
from devkit.oracle.plsql.scope import (
    Failure,
    TypeSymbol,
)
from devkit.oracle.plsql.types import (
    ObjectType,
    OpaqueType,
    PlType,
    Scalar,
)
from devkit.oracle.values import Kind


class ExpressionCompiler(ArithmeticCompiler):
    """The whole of expressions but calls."""

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
                raise Failure(node, messages.WRONG_TYPE)
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
        raise Failure(node, messages.WRONG_TYPE)

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
            raise Failure(node, messages.WRONG_TYPE)
        cls = self.constant(target.cls)
        return Ex(f"{self.helper(treat)}({operand.code}, {cls})", target)

    def _self_as(self, node: nodes.SelfAs) -> Ex:
        """Generalised invocation: the method of the supertype, not of the object's own type."""
        operand = self.value_of(node.operand)
        target = self._object_type(node.type)
        if not isinstance(operand.type, ObjectType) or not operand.type.is_a(target):
            raise Failure(node, messages.WRONG_TYPE)
        return Ex(f"{self.helper(SelfView)}({operand.code}, {self.constant(target)})", target)

    def _extract(self, node: nodes.Extract) -> Ex:
        operand = self.value_of(node.operand)
        if operand.kind not in types.TEMPORAL | types.INTERVALS | {Kind.NULL}:
            raise Failure(node, messages.wrong_arguments("EXTRACT"))
        code = f"{self.helper(builtins_scalar.extract)}({node.field!r}, {operand.code})"
        return Ex(code, types.NUMBER)

    def _trim(self, node: nodes.Trim) -> Ex:
        operand = self.text(node.operand)
        characters = self.text(node.characters).code if node.characters is not None else "' '"
        trim = self.helper(builtins_text.trim)
        code = f"{trim}({operand.code}, {characters}, {node.mode or 'BOTH'!r})"
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
            raise Failure(node, messages.undeclared(node.type.text))
        return self.call(Callee("type", symbol.name, symbol), node.args, node)

    def _subquery(self, node: nodes.Subquery) -> Ex:
        raise Failure(node, "PLS-00405: subquery not allowed in this context")

    def _refused(self, node: nodes.Expr) -> Ex:
        raise Failure(node, unsupported(type(node).__name__).message)

    def sql_function(self, node: nodes.SqlFunction) -> Ex:
        raise AssertionError("see embedded_sql")

    def _sql_function(self, node: nodes.SqlFunction) -> Ex:
        return self.sql_function(node)

    _dispatch: ClassVar[dict[type[nodes.Expr], str]] = {
        nodes.NumberLiteral: "_number",
        nodes.StringLiteral: "_string",
        nodes.NullLiteral: "_null_literal",
        nodes.BooleanLiteral: "_boolean",
        nodes.DateLiteral: "_date",
        nodes.TimestampLiteral: "_timestamp",
        nodes.IntervalLiteral: "_interval",
        nodes.HostBind: "_host_bind",
        nodes.Name: "_name",
        nodes.Apply: "_apply",
        nodes.Dotted: "_dotted",
        nodes.Attribute: "_attribute",
        nodes.UnaryOp: "_unary",
        nodes.BinaryOp: "_binary",
        nodes.IsNull: "_logic_value",
        nodes.InList: "_logic_value",
        nodes.Between: "_logic_value",
        nodes.Like: "_like",
        nodes.MemberOf: "_member_of",
        nodes.IsCondition: "_is_condition",
        nodes.Case: "_case",
        nodes.Cast: "_cast",
        nodes.Treat: "_treat",
        nodes.SelfAs: "_self_as",
        nodes.Extract: "_extract",
        nodes.Trim: "_trim",
        nodes.AtTimeZone: "_at_time_zone",
        nodes.New: "_new",
        nodes.Subquery: "_subquery",
        nodes.SqlFunction: "_sql_function",
    }


def treat(value: Any, cls: Any) -> Any:
    """TREAT: NULL when the object is of another type."""
    return value if isinstance(value, cls) else None

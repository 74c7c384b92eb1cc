"""Conditions: TRUE, FALSE and NULL without paying for the third value where it cannot matter."""

from __future__ import annotations

from typing import Any

from devkit.oracle.errors import unsupported
from devkit.oracle.plsql import (
    arithmetic,
    builtins_text,
    messages,
    nodes,
    tables,
    types,
)
from devkit.oracle.plsql.chains import Pieces, left_chain
from devkit.oracle.plsql.compiler_base import Ex, literal
from devkit.oracle.plsql.compiler_references import ReferenceCompiler
from devkit.oracle.plsql.scope import (
    Failure,
    TypeSymbol,
)
from devkit.oracle.plsql.types import (
    CollectionType,
    ObjectType,
    PlType,
    RecordType,
    Scalar,
)
from devkit.oracle.values import Kind

_PYTHON_OPS = {"=": "==", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_CONNECTIVES = frozenset(["AND", "OR"])
_OPPOSITE = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_VALUE_FUNCTIONS = {
    "=": arithmetic.eq,
    "<>": arithmetic.ne,
    "<": arithmetic.lt,
    "<=": arithmetic.le,
    ">": arithmetic.gt,
    ">=": arithmetic.ge,
}


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


class ConditionCompiler(ReferenceCompiler):
    """``truth`` and ``falsity`` give Python conditions, ``_logic_value`` a BOOLEAN."""

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
                joint = " and " if (node.op == "AND") == wanted else " or "
                operands: list[nodes.Expr] = []
                first: nodes.Expr = node
                while isinstance(first, nodes.BinaryOp) and first.op == node.op:
                    operands.append(first.right)  # a loop: a chain may be long
                    first = first.left
                codes = [self._condition(one, wanted) for one in (first, *reversed(operands))]
                return f"({joint.join(codes)})"
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
            raise Failure(node, messages.WRONG_TYPE)
        return ex

    def _is_null(self, node: nodes.IsNull, positive: bool) -> str:
        operand = self.value_of(node.operand)
        if isinstance(operand.type, RecordType):
            raise Failure(node, messages.wrong_arguments("IS NULL"))
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
            raise Failure(node, messages.wrong_arguments(op))
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
        raise Failure(node, messages.wrong_arguments(op))

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
        """Blank-padded comparison when both sides are CHAR or literals, which are CHAR."""
        left, right = (
            e
            if e.kind in types.TEXT | {Kind.NULL}
            else self.convert(e, types.VARCHAR2, node, check=False)
            for e in (left, right)
        )
        if all(e.kind in types.FIXED for e in (left, right)):
            left, right = self._stripped(left), self._stripped(right)
        return left, right

    def _stripped(self, ex: Ex) -> Ex:
        if ex.is_const and isinstance(ex.const, str):
            return literal(ex.const.rstrip(" "), types.CHAR)
        return Ex(f"{self.helper(strip_blanks)}({ex.code})", ex.type, ex.nullable)

    def _comparison(self, op: str, left: Ex, right: Ex, node: nodes.Node) -> str:
        """Code that is true exactly when ``left op right`` is TRUE."""
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
            raise Failure(node, messages.wrong_arguments(op))
        if isinstance(kind, RecordType) or (
            isinstance(kind, CollectionType) and kind.form != "TABLE"
        ):
            raise Failure(node, messages.wrong_arguments(op))
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
        first, chain = left_chain(node, _CONNECTIVES)
        pieces = Pieces(self.fc.temp)
        result = self._boolean_value(first)
        for one in chain:
            left = pieces.so_far(result)
            result = self._joined(one.op, left, self._boolean_value(one.right))
        return pieces.whole(result)

    def _joined(self, op: str, left: Ex, right: Ex) -> Ex:
        if not left.nullable and not right.nullable:
            return Ex(f"({left.code} {op.lower()} {right.code})", types.BOOLEAN, False)
        temp = self.fc.temp()
        short = "False" if op == "AND" else "True"
        function = self.helper(and3 if op == "AND" else or3)
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
            raise Failure(node, messages.wrong_arguments("MEMBER OF"))
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
        raise Failure(name, messages.undeclared(name.text))


def strip_blanks(value: Any) -> Any:
    return None if value is None else value.rstrip(" ")


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

"""Conversion of a compiled expression to the type of its place, with an assignment's checks."""

from __future__ import annotations

from typing import Any

from devkit.oracle.errors import OraError
from devkit.oracle.plsql import arithmetic, messages, nodes, types
from devkit.oracle.plsql.compiler_base import Ex
from devkit.oracle.plsql.compiler_names import NameCompiler
from devkit.oracle.plsql.scope import (
    Failure,
)
from devkit.oracle.plsql.types import (
    AnyCollectionType,
    CollectionType,
    ObjectType,
    PlType,
    RecordType,
    Scalar,
)
from devkit.oracle.values import Kind


class ConversionCompiler(NameCompiler):
    """Converts, checks and copies."""

    def value_of(self, expression: nodes.Expr) -> Ex:
        raise AssertionError("see compiler_expressions")

    def guard(self, ex: Ex, node: nodes.Node | None, target: PlType) -> None:
        if types.conversion_cost(ex.type, target) is None:
            raise Failure(node, messages.WRONG_TYPE)

    def convert(self, ex: Ex, target: PlType, node: nodes.Node | None, *, check: bool = True) -> Ex:
        """``ex`` as a value of ``target``; composites are copied unless fresh.

        With ``check`` the constraint of ``target`` is enforced (assignment); without it only the
        base type changes (a parameter).
        """
        if isinstance(target, CollectionType) and ex.host is not None:
            factory = self.constant(target.factory)
            return Ex(f"{factory}.from_list({ex.code} or ())", target, False, fresh=True)
        if ex.type is types.ANY or target is types.ANY:
            return self._dynamic(ex, target)
        self.guard(ex, node, target)
        if isinstance(target, Scalar) and isinstance(ex.type, Scalar):
            return self._convert_scalar(ex, ex.type, target, check)
        if isinstance(target, RecordType):
            return self._convert_record(ex, target, node)
        if isinstance(target, CollectionType | ObjectType | AnyCollectionType):
            return self._copy(ex, target)
        return ex

    def _dynamic(self, ex: Ex, target: PlType) -> Ex:
        if isinstance(target, Scalar) and target.kind is not Kind.NULL:
            convert = self.helper(self.machine.conversions.to_type)
            return Ex(f"{convert}({ex.code}, {self.constant(target)})", target, True)
        return Ex(ex.code, target, ex.nullable, ex.simple, fresh=ex.fresh)

    def _convert_scalar(self, ex: Ex, source: Scalar, target: Scalar, check: bool) -> Ex:
        if ex.is_const and (folded := self._fold(ex, source, target, check)) is not None:
            return folded
        code, nullable = ex.code, ex.nullable
        function = self.machine.conversions.converter(source.kind, target.kind)
        if function is not None:
            code = f"{self.helper(function)}({code})"
        elif ex.wide and target.kind is Kind.PLS_INTEGER:
            code = f"{self.helper(arithmetic.to_pls)}({code})"
        same = source == target and not ex.wide and not target.not_null
        if check and not same:
            name = self.check_name(target)
            if name is not None:
                code = f"{name}({code})"
        simple = ex.simple and code == ex.code
        return Ex(code, target, nullable, simple, fresh=ex.fresh)

    def _fold(self, ex: Ex, source: Scalar, target: Scalar, check: bool) -> Ex | None:
        """A literal converted at compile time, unless that depends on NLS settings or fails."""
        if ex.const is None:
            if check and target.not_null:
                return None
            return Ex("None", target, True, True, None)
        numeric = source.kind in types.NUMERIC and target.kind in types.NUMERIC
        textual = source.kind in types.TEXT and target.kind in types.TEXT
        if not (numeric or textual or source.kind is target.kind):
            return None
        try:
            value = ex.const
            function = self.machine.conversions.converter(source.kind, target.kind)
            if function is not None:
                value = function(value)
            test = arithmetic.assignment_check(target) if check else None
            if test is not None:
                value = test(value)
        except OraError:
            return None
        if isinstance(value, int | str | bool):
            return Ex(repr(value), target, False, True, value)
        return Ex(self.constant(value), target, False, True, value)

    def check_name(self, target: Scalar) -> str | None:
        """The name of the assignment check of a constrained type, or None."""
        key = ("check", target)
        name = self._constants.get(key)
        if name is None:
            check = arithmetic.assignment_check(target)
            if check is None:
                return None
            name = self._constants[key] = self.unique("_c")
            self.ns[name] = check
        return name

    def _copy(self, ex: Ex, target: PlType) -> Ex:
        if ex.fresh or ex.code == "None":
            return Ex(ex.code, target, ex.nullable, fresh=True)
        if isinstance(target, CollectionType) and target.form == "INDEX BY":
            return Ex(f"{ex.code}.copy()", target, False, fresh=True)
        return Ex(f"{self.helper(copy_value)}({ex.code})", target, True, fresh=True)

    def _convert_record(self, ex: Ex, target: RecordType, node: nodes.Node | None) -> Ex:
        source = ex.type
        if source is target:
            return Ex(ex.code if ex.fresh else f"{ex.code}.copy()", target, False, fresh=True)
        if not isinstance(source, RecordType):
            return Ex(f"{self.constant(target.cls)}.new()", target, False, fresh=True)
        pairs = zip(source.fields.values(), target.fields.values(), strict=True)
        values = [self.convert(Ex(f"s.{a.attr}", a.type), b.type, node).code for a, b in pairs]
        maker = self.constant(target.cls)
        code = f"(lambda s: {maker}.of(({', '.join(values)},)))({ex.code})"
        return Ex(code, target, False, fresh=True)

    def default_value(self, kind: PlType) -> str:
        """The value of a variable of this type that was not given one."""
        if isinstance(kind, RecordType):
            return f"{self.constant(kind.cls)}.new()"
        if isinstance(kind, CollectionType) and kind.form == "INDEX BY":
            return f"{self.constant(kind.factory)}()"
        return "None"


def copy_value(value: Any) -> Any:
    """A copy of a composite that may be NULL."""
    return None if value is None else value.copy()

"""Calls of the SQL functions that PL/SQL knows."""

from __future__ import annotations

import functools
from typing import Any

from devkit.oracle.plsql import builtins, builtins_scalar, builtins_text, messages, nodes, types
from devkit.oracle.plsql.builtins import BUILTINS, SQL_ONLY
from devkit.oracle.plsql.compiler_base import Ex, literal
from devkit.oracle.plsql.compiler_calls import Arguments, CallCompiler
from devkit.oracle.plsql.compiler_references import Callee
from devkit.oracle.plsql.scope import Failure
from devkit.oracle.plsql.types import (
    Scalar,
)
from devkit.oracle.values import Kind


class BuiltinCompiler(CallCompiler):
    """A function with rules of its own has a method ``_fn_name``; the table has the rest."""

    def _call_builtin(self, callee: Callee, args: Arguments, node: nodes.Expr) -> Ex:
        name = callee.name
        special = [a.value for a in args]
        handler = getattr(self, "_fn_" + name.lower(), None)
        if handler is not None:
            result: Ex = handler(special, node)
            return result
        if name in SQL_ONLY:
            raise Failure(
                node,
                messages.sql_only(name),
            )
        builtin = BUILTINS.get(name)
        if builtin is None:
            raise Failure(node, messages.undeclared(name))
        if not builtin.low <= len(special) <= builtin.high:
            raise Failure(node, messages.wrong_arguments(name))
        values = [self._builtin_argument(e, builtin.kind(i), name) for i, e in enumerate(special)]
        codes = [v.code for v in values]
        function = builtin.call
        if builtin.session:
            function = self.with_rights(functools.partial(builtin.call, self.machine.session))
        key = ("builtin", name)
        code_name = self._constants.get(key)
        if code_name is None:
            code_name = self._constants[key] = f"_b_{name}"
            self.ns[code_name] = function
        result_type = builtin.result
        if result_type is None:
            result_type = values[0].type
            if isinstance(result_type, Scalar):
                kind = (
                    Kind.VARCHAR2
                    if result_type.kind in (*types.FIXED, Kind.NULL)
                    else result_type.kind
                )
                result_type = Scalar(kind)
        return Ex(f"{code_name}({', '.join(codes)})", result_type, True, fresh=True)

    def _builtin_argument(self, node: nodes.Expr, kind: str, name: str) -> Ex:
        ex = self.value_of(node)
        if kind == "a" or ex.kind is Kind.NULL:
            return ex
        if (
            not isinstance(ex.type, Scalar) and ex.type is not types.ANY
        ) or ex.kind is Kind.BOOLEAN:
            raise Failure(node, messages.wrong_arguments(name))
        if kind == "s":
            return (
                ex if ex.kind in types.TEXT else self.convert(ex, types.VARCHAR2, node, check=False)
            )
        if kind == "n":
            return (
                ex
                if ex.kind in types.NUMERIC
                else self.convert(ex, types.NUMBER, node, check=False)
            )
        if kind == "f":
            return self.convert(ex, types.BINARY_DOUBLE, node, check=False)
        if kind == "d":
            return (
                ex if ex.kind in types.TEMPORAL else self.convert(ex, types.DATE, node, check=False)
            )
        return ex if ex.kind in types.BYTES else self.convert(ex, types.RAW, node, check=False)

    def _arity(
        self, args: list[nodes.Expr], low: int, high: int, name: str, node: nodes.Node
    ) -> None:
        if not low <= len(args) <= high:
            raise Failure(node, messages.wrong_arguments(name))

    def _fn_nvl(self, args: list[nodes.Expr], node: nodes.Node) -> Ex:
        self._arity(args, 2, 2, "NVL", node)
        return self._first_not_null(args, node)

    def _fn_coalesce(self, args: list[nodes.Expr], node: nodes.Node) -> Ex:
        self._arity(args, 2, 255, "COALESCE", node)
        return self._first_not_null(args, node)

    def _first_not_null(self, args: list[nodes.Expr], node: nodes.Node) -> Ex:
        values = [self.value_of(a) for a in args]
        target = self.merged_type(values, node)
        converted = [self.convert(v, target, node, check=False) for v in values]
        code = converted[-1].code
        for value in reversed(converted[:-1]):
            if not value.nullable:
                code = value.code
            elif value.simple:
                code = f"({value.code} if {value.code} is not None else {code})"
            else:
                temp = self.fc.temp()
                code = f"({temp} if ({temp} := {value.code}) is not None else {code})"
        return Ex(code, target, all(c.nullable for c in converted))

    def _fn_nullif(self, args: list[nodes.Expr], node: nodes.Node) -> Ex:
        self._arity(args, 2, 2, "NULLIF", node)
        first, again = self._reusable(self.value_of(args[0]))
        test = self._comparison("=", first, self.value_of(args[1]), node)
        return Ex(f"(None if {test} else {again.code})", first.type)

    def _extremum(self, args: list[nodes.Expr], node: nodes.Node, function: Any, name: str) -> Ex:
        self._arity(args, 1, 255, name, node)
        values = [self.value_of(a) for a in args]
        target = self.merged_type(values, node)
        codes = [self.convert(v, target, node, check=False).code for v in values]
        return Ex(f"{self.helper(function)}({', '.join(codes)})", target)

    def _fn_greatest(self, args: list[nodes.Expr], node: nodes.Node) -> Ex:
        return self._extremum(args, node, builtins.greatest, "GREATEST")

    def _fn_least(self, args: list[nodes.Expr], node: nodes.Node) -> Ex:
        return self._extremum(args, node, builtins.least, "LEAST")

    def _session_function(self, function: Any, prefix: str) -> str:
        key = ("session", function)
        name = self._constants.get(key)
        if name is None:
            name = self._constants[key] = self.unique(prefix)
            self.ns[name] = functools.partial(function, self.machine.session)
        return name

    def _fn_to_char(self, args: list[nodes.Expr], node: nodes.Node) -> Ex:
        self._arity(args, 1, 3, "TO_CHAR", node)
        value = self.value_of(args[0])
        rest = [self.text(a).code for a in args[1:]]
        if value.kind in types.TEXT or value.type is types.ANY:
            if rest:
                value = self.convert(value, types.NUMBER, args[0], check=False)
            else:
                return self.convert(value, types.VARCHAR2, args[0], check=False)
        if value.kind in types.NUMERIC | {Kind.NULL}:
            name = self._session_function(builtins.to_char_number, "_tcn")
            return Ex(f"{name}({', '.join([value.code, *rest])})", types.VARCHAR2)
        if value.kind in types.TEMPORAL:
            name = self._session_function(builtins.to_char_date, "_tcd")
            kind = self.constant(value.kind)
            codes = [value.code, *rest, *["None"] * (2 - len(rest)), kind]
            return Ex(f"{name}({', '.join(codes)})", types.VARCHAR2)
        if value.kind in types.INTERVALS:
            return Ex(f"{self.helper(interval_char)}({value.code})", types.VARCHAR2)
        raise Failure(node, messages.wrong_arguments("TO_CHAR"))

    def _rounding(self, args: list[nodes.Expr], node: nodes.Node, name: str) -> Ex:
        self._arity(args, 1, 2, name, node)
        value = self.value_of(args[0])
        if value.kind in types.TEMPORAL:
            function: Any = (
                builtins_scalar.trunc_date if name == "TRUNC" else builtins_scalar.round_date
            )
            codes = [value.code, *(self.text(a).code for a in args[1:])]
            return Ex(f"{self.helper(function)}({', '.join(codes)})", types.DATE)
        if value.kind not in types.NUMERIC:
            value = self.convert(value, types.NUMBER, args[0], check=False)
        function = builtins_scalar.trunc_number if name == "TRUNC" else builtins_scalar.round_number
        codes = [value.code, *(self.converted(a, types.NUMBER).code for a in args[1:])]
        kind = value.type if value.kind in types.BINARY else types.NUMBER
        return Ex(
            f"{self.helper(function)}({', '.join(codes)})", kind, value.nullable or len(args) > 1
        )

    def _fn_trunc(self, args: list[nodes.Expr], node: nodes.Node) -> Ex:
        return self._rounding(args, node, "TRUNC")

    def _fn_round(self, args: list[nodes.Expr], node: nodes.Node) -> Ex:
        return self._rounding(args, node, "ROUND")

    def _fn_substr(self, args: list[nodes.Expr], node: nodes.Node) -> Ex:
        self._arity(args, 2, 3, "SUBSTR", node)
        value = self._builtin_argument(args[0], "s", "SUBSTR")
        numbers = [self.converted(a, types.NUMBER).code for a in args[1:]]
        function = builtins_text.substr if len(args) == 2 else builtins_text.substr3
        kind = types.CLOB if value.kind is Kind.CLOB else types.VARCHAR2
        return Ex(f"{self.helper(function)}({', '.join([value.code, *numbers])})", kind)

    def _fn_sqlcode(self, args: list[nodes.Expr], node: nodes.Node) -> Ex:
        self._arity(args, 0, 0, "SQLCODE", node)
        return Ex("_m.sqlcode()", types.PLS_INTEGER, False)

    def _fn_sqlerrm(self, args: list[nodes.Expr], node: nodes.Node) -> Ex:
        self._arity(args, 0, 1, "SQLERRM", node)
        if args:
            return Ex(f"_m.message_for({self.integer(args[0]).code})", types.VARCHAR2, False)
        return Ex("_m.sqlerrm()", types.VARCHAR2, False)

    def _trigger_event(self, event: str, args: list[nodes.Expr]) -> Ex:
        if args:
            column = self.text(args[0])
            return Ex(f"_m.trigger_updating({column.code})", types.BOOLEAN, False)
        return Ex(f"_m.trigger_event({event!r})", types.BOOLEAN, False)

    def _fn_inserting(self, args: list[nodes.Expr], node: nodes.Node) -> Ex:
        return self._trigger_event("INSERT", args)

    def _fn_deleting(self, args: list[nodes.Expr], node: nodes.Node) -> Ex:
        return self._trigger_event("DELETE", args)

    def _fn_updating(self, args: list[nodes.Expr], node: nodes.Node) -> Ex:
        return self._trigger_event("UPDATE", args)

    def _fn_raise_application_error(self, args: list[nodes.Expr], node: nodes.Node) -> Ex:
        raise Failure(node, messages.no_function("RAISE_APPLICATION_ERROR"))

    def _fn_cardinality(self, args: list[nodes.Expr], node: nodes.Node) -> Ex:
        self._arity(args, 1, 1, "CARDINALITY", node)
        value = self.value_of(args[0])
        return Ex(f"{self.helper(builtins.cardinality)}({value.code})", types.PLS_INTEGER)

    def _fn_empty_clob(self, args: list[nodes.Expr], node: nodes.Node) -> Ex:
        return literal(None, types.CLOB)


def interval_char(value: Any) -> str | None:
    return None if value is None else builtins_scalar.interval_text(value)

"""What a name, a dot or a subscript stands for: a value, or something to be called."""

from __future__ import annotations

from typing import Any

from devkit.oracle.errors import unsupported
from devkit.oracle.plsql import (
    cursors,
    messages,
    nodes,
    types,
)
from devkit.oracle.plsql.compiler_base import Ex
from devkit.oracle.plsql.compiler_literals import LiteralCompiler
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
)
from devkit.oracle.values import Kind

COLLECTION_METHODS = frozenset(
    {"COUNT", "FIRST", "LAST", "NEXT", "PRIOR", "EXISTS", "LIMIT", "EXTEND", "TRIM", "DELETE"}
)


class Callee:
    """Something to be called: ``kind`` says what it is, ``base`` is the value before the dot."""

    __slots__ = ("base", "kind", "name", "symbol")

    def __init__(self, kind: str, name: str, symbol: Any = None, base: Ex | None = None) -> None:
        self.kind = kind
        self.name = name
        self.symbol = symbol
        self.base = base


class ReferenceCompiler(LiteralCompiler):
    """Values behind names, fields, elements, attributes."""

    def call(self, callee: Callee, args: tuple[nodes.Argument, ...], node: nodes.Expr) -> Ex:
        raise AssertionError("see compiler_calls")

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
            return self._sequence_value(symbol, rest, node)
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
            raise Failure(node, messages.bad_bind(symbol.name))
        if isinstance(symbol, CursorSymbol):
            raise Failure(node, messages.WRONG_TYPE)
        if isinstance(symbol, ExceptionSymbol):
            raise Failure(node, messages.WRONG_TYPE)
        text = node.text
        raise Failure(node, messages.undeclared(text))

    def _sequence_value(
        self, symbol: SequenceSymbol, rest: tuple[nodes.NamePart, ...], node: nodes.Node
    ) -> Ex:
        word = rest[0].folded if rest else ""
        if word not in ("NEXTVAL", "CURRVAL"):
            raise Failure(node, messages.undeclared(symbol.name))
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
            raise Failure(part, messages.no_component(name))
        if isinstance(kind, RecordType):
            field = kind.fields.get(name)
            if field is None:
                raise Failure(part, messages.no_component(name))
            return Ex(f"{base.code}.{field.attr}", field.type, not field.not_null, base.simple)
        if isinstance(kind, ObjectType):
            field = kind.fields.get(name)
            if field is not None:
                return Ex(f"{base.code}.{field.attr}", field.type, True, base.simple)
            if name in kind.methods:
                return Callee("method", name, kind, base)
            raise Failure(part, messages.no_component(name))
        if isinstance(kind, OpaqueType):
            return Callee("dynamic", name, kind, base)
        raise Failure(part, "PLS-00487: Invalid reference to variable '" + part.folded + "'")

    def _row_column(self, node: nodes.Dotted) -> Ex:
        """``:new.column``"""
        assert isinstance(node.base, nodes.HostBind)
        row = self.scope.lookup(":" + node.base.name)
        if not isinstance(row, RowSymbol):
            raise Failure(node, self.bad_bind(f"{node.base.name}.{node.member.folded}"))
        column = row.columns.get(node.member.folded)
        if column is None:
            raise Failure(node, self.bad_bind(f"{node.base.name}.{node.member.folded}"))
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
                raise Failure(node, messages.wrong_arguments("collection"))
            return self.element(found, found.type, node.args[0].value)
        raise Failure(
            node,
            messages.not_applicable(self._spelling(target)),
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
                raise Failure(node, messages.no_component("BULK_EXCEPTIONS"))
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
            raise Failure(node, messages.WRONG_TYPE)
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
            raise Failure(node, messages.no_component(node.member.folded))
        found = self.reference(node)
        return found if isinstance(found, Ex) else self.call(found, (), node)


def _bulk_exception_type() -> RecordType:
    fields = {
        name: types.FieldType(name, types.PLS_INTEGER, name)
        for name in ("ERROR_INDEX", "ERROR_CODE")
    }
    return RecordType("BULK_EXCEPTION", fields, cursors.BulkException)


_BULK_EXCEPTION = _bulk_exception_type()

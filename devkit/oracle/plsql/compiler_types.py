"""Types where they are used and where they are declared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from devkit.oracle.errors import unsupported
from devkit.oracle.plsql import messages, nodes, tables, types
from devkit.oracle.plsql.compiler_base import Ex
from devkit.oracle.plsql.compiler_conversion import ConversionCompiler
from devkit.oracle.plsql.records import attribute_name, record_class
from devkit.oracle.plsql.scope import (
    CursorSymbol,
    Failure,
    TableSymbol,
    TypeSymbol,
    Variable,
)
from devkit.oracle.plsql.types import (
    CollectionType,
    CursorType,
    FieldType,
    PlType,
    RecordType,
    Scalar,
)
from devkit.oracle.values import Kind


class TypeCompiler(ConversionCompiler):
    """Turns type nodes into types."""

    def static_int(self, node: nodes.Expr) -> int:
        """The value of a literal or constant used in a type."""
        ex = self.value_of(node)
        if ex.is_const and isinstance(ex.const, int):
            return ex.const
        raise Failure(node, "PLS-00491: numeric literal required")

    def type_of(self, ref: nodes.TypeRef) -> PlType:
        if isinstance(ref, nodes.NamedType):
            return self._named(ref)
        if isinstance(ref, nodes.TypeOf):
            return self._type_of_name(ref.base)
        if isinstance(ref, nodes.RowTypeOf):
            return self.row_type(ref.base)
        if isinstance(ref, nodes.IntervalType):
            return types.INTERVAL_DS if ref.start == "DAY" else types.INTERVAL_YM
        raise Failure(ref, unsupported("REF object types").message)

    def _named(self, ref: nodes.NamedType) -> PlType:
        parts = ref.name.parts
        if len(parts) == 1 and parts[0].folded.startswith("<COLLECTION"):
            return types.AnyCollectionType()
        base = self._named_base(ref)
        if isinstance(base, Scalar):
            base = self._constrained(ref, base)
        return base

    def _named_base(self, ref: nodes.NamedType) -> PlType:
        if len(ref.name.parts) == 1:
            symbol = self.find(ref.name.parts[0].folded)
            if isinstance(symbol, TypeSymbol):
                return symbol.type
        symbol, used = self.resolve(ref.name.parts, ref)
        if used != len(ref.name.parts) or not isinstance(symbol, TypeSymbol):
            raise Failure(ref, messages.undeclared(ref.name.text))
        return symbol.type

    def _constrained(self, ref: nodes.NamedType, base: Scalar) -> Scalar:
        kind = base.kind
        if ref.zone is not None:
            kind = Kind.TIMESTAMP_LTZ if ref.zone.startswith("LOCAL") else Kind.TIMESTAMP_TZ
            base = types.TIMESTAMP_TZ if kind is Kind.TIMESTAMP_TZ else types.TIMESTAMP_LTZ
        if ref.args:
            base = self._with_arguments(ref, base)
        if ref.low is not None and ref.high is not None:
            base = replace(base, low=self._bound(ref.low), high=self._bound(ref.high))
        return replace(base, not_null=True) if ref.not_null else base

    def _bound(self, node: nodes.Expr) -> int:
        if isinstance(node, nodes.UnaryOp) and node.op == "-":
            return -self.static_int(node.operand)
        return self.static_int(node)

    def _with_arguments(self, ref: nodes.NamedType, base: Scalar) -> Scalar:
        kind = base.kind
        numbers = [None if isinstance(a, nodes.Star) else self._bound(a) for a in ref.args]
        first = numbers[0]
        if kind is Kind.NUMBER:
            name = ref.name.parts[-1].folded
            if name in ("FLOAT", "REAL", "DOUBLE PRECISION"):
                return base
            scale = numbers[1] if len(numbers) > 1 else (0 if first is not None else None)
            return replace(base, precision=first, scale=scale)
        if kind in types.STAMPS:
            return replace(base, scale=first)
        if kind in (Kind.VARCHAR2, Kind.CHAR, Kind.NVARCHAR2, Kind.NCHAR, Kind.RAW, Kind.LONG):
            limit = 32767
            if first is None or not 1 <= first <= limit:
                raise Failure(ref, messages.LENGTH_RANGE)
            in_chars = ref.unit == "CHAR" or kind in (Kind.NVARCHAR2, Kind.NCHAR)
            if ref.unit is None and self.machine.session.nls.get("NLS_LENGTH_SEMANTICS") == "CHAR":
                in_chars = kind is not Kind.RAW
            return replace(base, length=first, char_semantics=in_chars)
        if kind is Kind.ROWID:
            return base
        raise Failure(ref, "PLS-00566: type name cannot be constrained")

    def declared(self, ref: nodes.TypeRef) -> PlType:
        """The type of a variable: CHAR without length is CHAR(1); VARCHAR2 needs one."""
        kind = self.type_of(ref)
        if isinstance(kind, Scalar) and isinstance(ref, nodes.NamedType):
            if kind.kind in types.FIXED and kind.length is None:
                return replace(kind, length=1)
            if kind.kind in (Kind.VARCHAR2, Kind.NVARCHAR2, Kind.RAW) and kind.length is None:
                name = ref.name.parts[-1].folded
                if name in types.STANDARD_TYPES and name != "LONG RAW":
                    raise Failure(ref, messages.LENGTH_RANGE)
        return kind

    def formal(self, ref: nodes.TypeRef) -> PlType:
        """The type of a parameter or result: unconstrained."""
        kind = self.type_of(ref)
        return kind.unconstrained() if isinstance(kind, Scalar) else kind

    # ------------------------------------------------------------------ %TYPE and %ROWTYPE

    def _type_of_name(self, name: nodes.Name) -> PlType:
        symbol, used = self.resolve(name.parts, name)
        rest = name.parts[used:]
        if isinstance(symbol, TableSymbol):
            if len(rest) != 1:
                raise Failure(name, messages.wrong_type_attribute(name.text))
            return self._column_type(symbol, rest[0])
        if isinstance(symbol, CursorSymbol):
            kind: PlType = symbol.row
        elif isinstance(symbol, Variable):
            kind = symbol.type
        else:
            raise Failure(name, messages.wrong_type_attribute(name.text))
        for part in rest:
            fields = getattr(kind, "fields", {})
            if part.folded not in fields:
                raise Failure(part, messages.no_component(part.folded))
            kind = fields[part.folded].type
        if isinstance(kind, Scalar) and isinstance(symbol, Variable) and symbol.not_null:
            return replace(kind, not_null=True)
        return kind

    def _column_type(self, table: TableSymbol, part: nodes.NamePart) -> Scalar:
        column: Scalar | None = self.table_columns(table, part).get(part.folded)
        if column is None:
            raise Failure(part, messages.no_component(part.folded))
        return column

    def table_columns(self, table: TableSymbol, node: nodes.Node) -> dict[str, Any]:
        """Columns of a table or view by name; PLS-00201 when the user may not see it."""
        definition = self.catalog.table(table.owner, table.name)
        if definition is None or not self._visible(table):
            raise Failure(node, messages.undeclared(f"{table.owner}.{table.name}"))
        self.depend(table.owner, table.name, "VIEW" if definition.is_view else "TABLE")
        return {c.name: types.from_ora(c.type) for c in definition.columns if not c.hidden}

    def _visible(self, table: TableSymbol) -> bool:
        return table.owner == self.user or bool(
            self.catalog.can_see(self.user, table.owner, table.name, roles=self.roles)
        )

    def row_type(self, name: nodes.Name) -> RecordType:
        symbol, used = self.resolve(name.parts, name)
        if isinstance(symbol, CursorSymbol) and used == len(name.parts):
            return symbol.row
        if isinstance(symbol, Variable) and isinstance(symbol.type, CursorType):
            row = symbol.type.row
            if isinstance(row, RecordType):
                return row
        if not isinstance(symbol, TableSymbol) or used != len(name.parts):
            raise Failure(
                name,
                messages.wrong_rowtype(name.text),
            )
        columns = self.table_columns(symbol, name)
        return self.machine.table_row_type(symbol.owner, symbol.name, columns)

    # ------------------------------------------------------------------ declarations

    def declare_type(self, declaration: nodes.TypeDeclaration, package: str | None) -> TypeSymbol:
        """The type of a TYPE declaration; not yet entered in the scope."""
        name = declaration.name.folded
        spec = declaration.spec
        if isinstance(spec, nodes.RecordSpec):
            return TypeSymbol(name, self.record_type(name, spec.fields), self.unit)
        if isinstance(spec, nodes.TableSpec):
            return TypeSymbol(name, self._table_type(name, spec, package), self.unit)
        if isinstance(spec, nodes.VarraySpec):
            limit = self.static_int(spec.limit)
            element = self._element(spec.element, spec.not_null)
            kind = self.collection(name, "VARRAY", element, limit=limit, package=package)
            return TypeSymbol(name, kind, self.unit)
        if isinstance(spec, nodes.RefCursorSpec):
            row = self.type_of(spec.returns) if spec.returns is not None else None
            return TypeSymbol(name, CursorType(name, row), self.unit)
        raise Failure(declaration, "PLS-00103: this kind of type cannot be declared here")

    def _element(self, ref: nodes.TypeRef, not_null: bool) -> PlType:
        kind = self.declared(ref)
        if not_null and isinstance(kind, Scalar):
            kind = replace(kind, not_null=True)
        return kind

    def _table_type(self, name: str, spec: nodes.TableSpec, package: str | None) -> CollectionType:
        element = self._element(spec.element, spec.not_null)
        if spec.index_by is None:
            return self.collection(name, "TABLE", element, package=package)
        key = self.declared(spec.index_by)
        if not isinstance(key, Scalar) or key.kind not in (Kind.PLS_INTEGER, *types.TEXT):
            raise Failure(
                spec.index_by, "PLS-00315: Implementation restriction: unsupported table index type"
            )
        return self.collection(name, "INDEX BY", element, key=key, package=package)

    def collection(
        self,
        name: str,
        form: str,
        element: PlType,
        *,
        key: Scalar | None = None,
        limit: int | None = None,
        package: str | None = None,
    ) -> CollectionType:
        owner = self.unit.owner if package is not None or self.unit.kind == "TYPE" else None
        kind = CollectionType(name, form, element, key, limit, owner, package)
        deep = element.is_composite
        kind.factory = tables.collection_class(name, form, deep=deep, limit=limit)
        kind.factory._type = kind
        if isinstance(element, RecordType):
            kind.factory._new_element = staticmethod(element.cls.new)
        elif isinstance(element, CollectionType) and element.form == "INDEX BY":
            kind.factory._new_element = staticmethod(element.factory)
        return kind

    def record_type(self, name: str, declared: tuple[nodes.FieldDeclaration, ...]) -> RecordType:
        fields: dict[str, FieldType] = {}
        for one in declared:
            kind = self.declared(one.type)
            if one.not_null and isinstance(kind, Scalar):
                kind = replace(kind, not_null=True)
            field_name = one.name.folded
            if field_name in fields:
                raise Failure(
                    one,
                    messages.DUPLICATE_FIELDS,
                )
            fields[field_name] = FieldType(
                field_name, kind, attribute_name(field_name), one.not_null
            )
        made = self.make_record(name, fields)
        self._field_defaults(made, declared)
        return made

    @staticmethod
    def make_record(name: str, fields: dict[str, FieldType], *, is_row: bool = False) -> RecordType:
        composite = [f.name for f in fields.values() if f.type.is_composite]
        cls = record_class(name, list(fields), composite)
        cls._defaults = tuple(new_field(f.type) for f in fields.values())
        return RecordType(name, fields, cls, is_row)

    def _field_defaults(
        self, made: RecordType, declared: tuple[nodes.FieldDeclaration, ...]
    ) -> None:
        """Defaults are expressions of the declaring unit: emitted there as small functions."""
        pieces: list[str | None] = []
        for one, field in zip(declared, made.fields.values(), strict=True):
            if one.default is None:
                pieces.append(None)
                continue
            saved = self.begin_function()
            self.line = one.line
            value: Ex = self.convert(self.value_of(one.default), field.type, one.default)
            if self.unit.kind.startswith("PACKAGE") and not value.is_const:
                # another unit may make such a record before it calls into the package
                self.emit(f"{self.helper(self.machine.instantiate)}({self.constant(self.unit)})")
            self.emit(f"return {value.code}")
            name = self.unique("_d")
            self.end_function(saved, f"def {name}():")
            pieces.append(name)
        if any(pieces):
            cls = self.constant(made.cls)
            items = ", ".join(
                p if p is not None else f"{cls}._defaults[{i}]" for i, p in enumerate(pieces)
            )
            self.emit(f"{cls}._defaults = ({items},)")


def new_field(kind: PlType) -> Any:
    """The default of a field without one: None, or how to make an empty composite."""
    if isinstance(kind, RecordType):
        return kind.cls.new
    if isinstance(kind, CollectionType) and kind.form == "INDEX BY":
        return kind.factory
    return None

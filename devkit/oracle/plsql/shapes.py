"""Types of PL/SQL as SQL sees them, and the named types that a SQL statement may use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devkit.oracle.plsql.scope import TypeSymbol
from devkit.oracle.plsql.types import CollectionType, ObjectType, PlType, RecordType
from devkit.oracle.shapes import Shape
from devkit.oracle.values import Kind, OraType

if TYPE_CHECKING:
    from collections.abc import Callable

_UNKNOWN = frozenset({Kind.BOOLEAN, Kind.CURSOR, Kind.NULL})


def shape_of(kind: PlType) -> Shape | None:
    """The shape of a type; None when SQL has no such values (BOOLEAN, cursors, opaque types)."""
    if isinstance(kind, CollectionType):
        element = shape_of(kind.element)
        if element is None:
            return None
        return Shape(
            kind.ora(), element, form=kind.form, limit=kind.limit, make=kind.factory.from_list
        )
    if isinstance(kind, ObjectType | RecordType):
        fields = [(name, shape_of(field.type)) for name, field in kind.fields.items()]
        known = tuple((name, one) for name, one in fields if one is not None)
        if len(known) != len(fields):
            return None
        return Shape(kind.ora(), fields=known, make=kind.cls.of, refusal=_refusal(kind))
    if kind.kind in _UNKNOWN or kind.is_composite or kind.kind is Kind.OBJECT:
        return None
    return Shape(OraType(Kind.NUMBER) if kind.kind is Kind.PLS_INTEGER else kind.ora())


def _refusal(kind: ObjectType | RecordType) -> str | None:
    if isinstance(kind, RecordType):
        return "a record type"
    if kind.constructors:
        return "a user-defined constructor"
    return None if kind.instantiable else "a type that is not instantiable"


class NamedTypes:
    """Finds types by their names: what the machine offers to SQL."""

    session: Any
    unit: Callable[[str, str, str], Any]

    def named_type(
        self, parts: tuple[str, ...], *, schema: str, user: str
    ) -> tuple[PlType, Shape] | None:
        """A type of the schema or of a package's specification that ``user`` may use."""
        catalog = self.session.catalog
        for used in (1, 2):
            ref = catalog.resolve(parts[:used], schema=schema) if used <= len(parts) else None
            if ref is None or ref.type not in ("TYPE", "PACKAGE"):
                continue
            if ref.owner != user and not catalog.can(
                user, "EXECUTE", ref.owner, ref.name, roles=True
            ):
                continue
            rest = parts[used:]
            unit = self.unit(ref.owner, ref.name, ref.type)
            if unit is None or unit.errors:
                continue
            kind: Any = None
            if ref.type == "TYPE" and not rest:
                kind = unit.main
            elif ref.type == "PACKAGE" and len(rest) == 1:
                symbol = unit.scope.local(rest[0])
                kind = symbol.type if isinstance(symbol, TypeSymbol) else None
            if isinstance(kind, CollectionType | ObjectType | RecordType):
                return self._shaped(kind)
        return None

    def _shaped(self, kind: PlType) -> tuple[PlType, Shape] | None:
        cache: dict[int, tuple[PlType, Shape | None]] = self.__dict__.setdefault("_shapes", {})
        found = cache.get(id(kind))
        if found is None or found[0] is not kind:
            found = cache[id(kind)] = (kind, shape_of(kind))
        return None if found[1] is None else (kind, found[1])

    def type_named(self, ora: OraType) -> PlType | None:
        """The type that a column's ``name`` stands for."""
        owner, package, name = ora.name or (None, None, "")
        if owner is None:
            return None
        parts: tuple[str, ...] = (owner, name) if package is None else (owner, package, name)
        found = self.named_type(parts, schema=owner, user=owner)
        return found[0] if found is not None else None

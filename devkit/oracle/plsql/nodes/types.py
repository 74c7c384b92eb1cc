"""Types where they are used, and the right sides of type declarations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.oracle.plsql.nodes.base import Node

if TYPE_CHECKING:
    from devkit.oracle.plsql.nodes.base import Expr, Name, NamePart
    from devkit.oracle.plsql.nodes.declarations import (
        PragmaDeclaration,
        SubprogramBody,
        SubprogramSpec,
    )


class TypeRef(Node):
    """A type where it is used."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class NamedType(TypeRef):
    """A named type with its constraint: ``varchar2(30 char)``, ``number(10, 2)``, ``pkg.t``,
    ``timestamp(3) with time zone``, ``pls_integer range 1 .. 9``.

    Words of several parts are one name part (``DOUBLE PRECISION``, ``LONG RAW``). ``args`` are
    (precision, scale) or (length); ``*`` as precision is a Star. ``unit`` is BYTE or CHAR; ``zone``
    is ``TIME ZONE`` or ``LOCAL TIME ZONE``; ``charset`` the text after CHARACTER SET.
    """

    name: Name
    args: tuple[Expr, ...] = ()
    unit: str | None = None
    zone: str | None = None
    charset: str | None = None
    low: Expr | None = None
    high: Expr | None = None
    not_null: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class IntervalType(TypeRef):
    """``INTERVAL DAY[(p)] TO SECOND[(p)]`` or ``INTERVAL YEAR[(p)] TO MONTH``."""

    start: str
    start_precision: int | None
    end: str
    end_precision: int | None


@dataclass(frozen=True, slots=True, eq=False)
class TypeOf(TypeRef):
    """``base%TYPE``."""

    base: Name


@dataclass(frozen=True, slots=True, eq=False)
class RowTypeOf(TypeRef):
    """``base%ROWTYPE``: table, view, cursor or cursor variable."""

    base: Name


@dataclass(frozen=True, slots=True, eq=False)
class RefType(TypeRef):
    """``REF object_type``."""

    name: Name


class TypeSpec(Node):
    """The right side of ``TYPE x IS …``."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class FieldDeclaration(Node):
    """A field of a record, an attribute of an object type."""

    name: NamePart
    type: TypeRef
    not_null: bool = False
    default: Expr | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RecordSpec(TypeSpec):
    fields: tuple[FieldDeclaration, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TableSpec(TypeSpec):
    """``TABLE OF element [NOT NULL] [INDEX BY type]``; without INDEX BY a nested table."""

    element: TypeRef
    not_null: bool = False
    index_by: TypeRef | None = None


@dataclass(frozen=True, slots=True, eq=False)
class VarraySpec(TypeSpec):
    limit: Expr
    element: TypeRef
    not_null: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class RefCursorSpec(TypeSpec):
    """``REF CURSOR [RETURN type]``."""

    returns: TypeRef | None = None


@dataclass(frozen=True, slots=True, eq=False)
class EnumSpec(TypeSpec):
    """``(A, B, C)``: used only by package STANDARD."""

    values: tuple[NamePart, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ObjectSpec(TypeSpec):
    """``OBJECT (…)`` or ``UNDER supertype (…)``."""

    under: Name | None
    attributes: tuple[FieldDeclaration, ...]
    methods: tuple[Method, ...]
    pragmas: tuple[PragmaDeclaration, ...] = ()
    final: bool | None = None
    instantiable: bool | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Method(Node):
    """A member of an object type; ``body`` is given in type bodies only.

    ``kind`` is MEMBER, STATIC, CONSTRUCTOR, MAP or ORDER.
    """

    kind: str
    spec: SubprogramSpec
    body: SubprogramBody | None = None
    overriding: bool = False
    final: bool | None = None
    instantiable: bool | None = None

"""Declarations and subprograms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.oracle.plsql.nodes.base import Node

if TYPE_CHECKING:
    from devkit.oracle.plsql.nodes.base import Expr, Name, NamePart
    from devkit.oracle.plsql.nodes.expressions import Argument
    from devkit.oracle.plsql.nodes.sql import SqlStatement
    from devkit.oracle.plsql.nodes.statements import Block
    from devkit.oracle.plsql.nodes.types import TypeRef, TypeSpec


class Declaration(Node):
    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class VariableDeclaration(Declaration):
    name: NamePart
    type: TypeRef
    constant: bool = False
    not_null: bool = False
    default: Expr | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ExceptionDeclaration(Declaration):
    name: NamePart


@dataclass(frozen=True, slots=True, eq=False)
class CursorDeclaration(Declaration):
    """``query`` is None for a cursor specification (``CURSOR c RETURN t``)."""

    name: NamePart
    parameters: tuple[Parameter, ...]
    returns: TypeRef | None
    query: SqlStatement | None


@dataclass(frozen=True, slots=True, eq=False)
class SubtypeDeclaration(Declaration):
    """The RANGE and NOT NULL of the subtype stand in ``base`` when it is a NamedType."""

    name: NamePart
    base: TypeRef
    not_null: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class TypeDeclaration(Declaration):
    name: NamePart
    spec: TypeSpec


@dataclass(frozen=True, slots=True, eq=False)
class PragmaDeclaration(Declaration):
    """``name`` is folded (EXCEPTION_INIT, AUTONOMOUS_TRANSACTION, …); may also stand among
    statements (INLINE), as a :class:`PragmaStatement`."""

    name: str
    args: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Parameter(Node):
    """``mode`` is IN, OUT or IN OUT."""

    name: NamePart
    mode: str
    type: TypeRef
    nocopy: bool = False
    default: Expr | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Accessor(Node):
    """One entry of ACCESSIBLE BY: ``kind`` is a unit kind (PACKAGE, …) or None."""

    kind: str | None
    name: Name


@dataclass(frozen=True, slots=True, eq=False)
class RoutineOptions(Node):
    """What may stand between the head of a routine (or unit) and IS. ``authid`` is DEFINER,
    CURRENT_USER or None; ``accessible_by`` is None when the clause is absent."""

    authid: str | None = None
    accessible_by: tuple[Accessor, ...] | None = None
    deterministic: bool = False
    pipelined: bool = False
    pipelined_using: Name | None = None
    parallel_enable: bool = False
    result_cache: bool = False
    relies_on: tuple[Name, ...] = ()
    aggregate_using: Name | None = None
    sql_macro: bool = False
    default_collation: str | None = None
    sharing: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SubprogramSpec(Node):
    """``kind`` is PROCEDURE or FUNCTION; ``name`` is the last part (owner stands in the unit).

    ``has_parameter_list`` tells ``p()`` apart from ``p``. ``returns_self`` marks a constructor.
    """

    kind: str
    name: NamePart
    parameters: tuple[Parameter, ...]
    returns: TypeRef | None
    options: RoutineOptions
    returns_self: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class SubprogramBody(Node):
    """``external`` names a call specification (LANGUAGE, EXTERNAL); then there is no block."""

    block: Block | None
    external: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SubprogramDeclaration(Declaration):
    """A forward declaration, or a routine of a package specification."""

    spec: SubprogramSpec


@dataclass(frozen=True, slots=True, eq=False)
class SubprogramDefinition(Declaration):
    spec: SubprogramSpec
    body: SubprogramBody

"""Expressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.oracle.plsql.nodes.base import Expr, Node

if TYPE_CHECKING:
    from devkit.oracle.plsql.nodes.base import Name, NamePart
    from devkit.oracle.plsql.nodes.sql import SqlStatement
    from devkit.oracle.plsql.nodes.types import TypeRef


@dataclass(frozen=True, slots=True, eq=False)
class Argument(Node):
    """An actual parameter: ``name`` is given in named notation (``name => value``)."""

    name: NamePart | None
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Apply(Expr):
    """``target(args)``: a call, a subscript, a constructor or a type conversion.

    ``target`` is a Name, Dotted, Apply (``x(i)(j)``) or Attribute (``SQL%BULK_ROWCOUNT(i)``).
    ``distinct`` is set for ``count(distinct x)``-like text; ``*`` as argument is a :class:`Star`.
    """

    target: Expr
    args: tuple[Argument, ...]
    distinct: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Dotted(Expr):
    """``base.member`` where base is not a plain name: ``x(i).f``, ``:new.col``, ``(expr).m``."""

    base: Expr
    member: NamePart


@dataclass(frozen=True, slots=True, eq=False)
class Attribute(Expr):
    """``base%NAME`` in an expression: FOUND, NOTFOUND, ISOPEN, ROWCOUNT, BULK_ROWCOUNT,
    BULK_EXCEPTIONS, TYPE, ROWTYPE. ``SQL%FOUND`` has the Name ``SQL`` as base; ``name`` is folded.
    """

    base: Expr
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class HostBind(Expr):
    """``:name`` or ``:1``, folded without the colon. In triggers ``:new.x`` is Dotted over NEW."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Star(Expr):
    """``*`` as the only argument of an aggregate."""


@dataclass(frozen=True, slots=True, eq=False)
class NumberLiteral(Expr):
    """``text`` as typed without a type suffix; ``kind`` is NUMBER, FLOAT (``f``) or DOUBLE
    (``d``).
    """

    text: str
    kind: str = "NUMBER"

    @property
    def is_integer(self) -> bool:
        return self.kind == "NUMBER" and self.text.isdigit()


@dataclass(frozen=True, slots=True, eq=False)
class StringLiteral(Expr):
    """``value`` is the meaning (quotes undone); the empty string means NULL in Oracle."""

    value: str
    national: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class NullLiteral(Expr):
    pass


@dataclass(frozen=True, slots=True, eq=False)
class BooleanLiteral(Expr):
    value: bool


@dataclass(frozen=True, slots=True, eq=False)
class DateLiteral(Expr):
    """``DATE 'text'``."""

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class TimestampLiteral(Expr):
    """``TIMESTAMP 'text'``; a zone may stand inside the text."""

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class IntervalLiteral(Expr):
    """``INTERVAL 'text' DAY(2) TO SECOND(3)``; fields are upper case, precisions None if not
    given.
    """

    text: str
    start: str
    start_precision: int | None
    end: str | None
    end_precision: int | None


@dataclass(frozen=True, slots=True, eq=False)
class UnaryOp(Expr):
    """``op`` is ``-``, ``+``, ``NOT`` or ``PRIOR``."""

    op: str
    operand: Expr


@dataclass(frozen=True, slots=True, eq=False)
class BinaryOp(Expr):
    """``op`` is canonical: ``+ - * / ** || = <> < <= > >= AND OR MOD REM`` or
    ``MULTISET UNION|INTERSECT|EXCEPT [DISTINCT]`` (``^=``, ``!=``, ``~=`` become ``<>``)."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True, eq=False)
class IsNull(Expr):
    operand: Expr
    negated: bool


@dataclass(frozen=True, slots=True, eq=False)
class IsCondition(Expr):
    """``x IS [NOT] what``: ``A SET``, ``EMPTY``, ``NAN``, ``INFINITE``, ``JSON``, ``OF``
    (types).
    """

    operand: Expr
    what: str
    negated: bool
    types: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class InList(Expr):
    operand: Expr
    items: tuple[Expr, ...]
    negated: bool


@dataclass(frozen=True, slots=True, eq=False)
class Between(Expr):
    operand: Expr
    low: Expr
    high: Expr
    negated: bool


@dataclass(frozen=True, slots=True, eq=False)
class Like(Expr):
    """``variant`` is LIKE, LIKEC, LIKE2 or LIKE4."""

    operand: Expr
    pattern: Expr
    escape: Expr | None
    negated: bool
    variant: str = "LIKE"


@dataclass(frozen=True, slots=True, eq=False)
class MemberOf(Expr):
    """``x [NOT] MEMBER OF c`` and ``x [NOT] SUBMULTISET OF c`` (``submultiset``)."""

    operand: Expr
    collection: Expr
    negated: bool
    submultiset: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class CaseWhen(Node):
    condition: Expr
    result: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Case(Expr):
    """CASE expression: simple with ``selector``, searched without. Without ELSE it gives NULL."""

    selector: Expr | None
    whens: tuple[CaseWhen, ...]
    otherwise: Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class Cast(Expr):
    """``CAST(operand AS type)``; ``CAST(MULTISET(query) AS type)`` has a Subquery as operand."""

    operand: Expr
    type: TypeRef


@dataclass(frozen=True, slots=True, eq=False)
class Treat(Expr):
    """``TREAT(operand AS [REF] type)``."""

    operand: Expr
    type: TypeRef
    is_ref: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Extract(Expr):
    """``EXTRACT(field FROM operand)``; ``field`` is upper case."""

    field: str
    operand: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Trim(Expr):
    """``TRIM([LEADING|TRAILING|BOTH] [characters] FROM operand)``; plain ``TRIM(x)`` is an
    Apply.
    """

    mode: str
    characters: Expr | None
    operand: Expr


@dataclass(frozen=True, slots=True, eq=False)
class New(Expr):
    """``NEW type(args)``."""

    type: Name
    args: tuple[Argument, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SelfAs(Expr):
    """``(SELF AS type)``: generalised invocation, the base of a Dotted."""

    operand: Name
    type: Name


@dataclass(frozen=True, slots=True, eq=False)
class AtTimeZone(Expr):
    """``x AT TIME ZONE zone``; ``zone`` is None for ``AT LOCAL``."""

    operand: Expr
    zone: Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class Subquery(Expr):
    """A query in an expression: an error in PL/SQL (PLS-00405) except inside CAST(MULTISET(…))."""

    query: SqlStatement


@dataclass(frozen=True, slots=True, eq=False)
class CursorExpr(Expr):
    """``CURSOR(query)``."""

    query: SqlStatement


@dataclass(frozen=True, slots=True, eq=False)
class SqlFunction(Expr):
    """A function with syntax of its own (``json_value(x, '$.a' returning number)``, ``f(x) OVER
    (…)``).

    ``sql`` is the text of the whole call as a SQL expression; its kind is EXPRESSION.
    """

    name: str
    sql: SqlStatement

"""The tree of a PL/SQL unit: frozen nodes, one class per construct, each with its place in the
source.

Nodes compare and hash by identity, so that resolution, types and constants can live in side tables
keyed by node; the compiler and the linter share one immutable tree. The parser does not decide what
``a.b(c)`` is: names, applications and dots stay what they look like (:class:`Name`, :class:`Apply`,
:class:`Dotted`) until the scope knows. Names are kept folded (upper case unless quoted) next to
their spelling. ``children()`` and ``walk()`` work for every node from its fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import NamedTuple

from devkit.oracle.plsql.tokens import Token


class Span(NamedTuple):
    """Where a node stands: token indexes (both inclusive), source offsets (end exclusive) and the
    1-based line and column of its first character."""

    first: int
    last: int
    offset: int
    end: int
    line: int
    column: int


_FIELD_NAMES: dict[type[Node], tuple[str, ...]] = {}


def _field_names(cls: type[Node]) -> tuple[str, ...]:
    names = _FIELD_NAMES.get(cls)
    if names is None:
        names = tuple(f.name for f in fields(cls) if f.name != "span")
        _FIELD_NAMES[cls] = names
    return names


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    span: Span

    @property
    def line(self) -> int:
        return self.span.line

    @property
    def column(self) -> int:
        return self.span.column

    def children(self) -> Iterator[Node]:
        """The nodes directly below, in the order of the fields."""
        for name in _field_names(type(self)):
            value = getattr(self, name)
            if isinstance(value, Node):
                yield value
            elif isinstance(value, tuple):
                for item in value:
                    if isinstance(item, Node):
                        yield item

    def walk(self) -> Iterator[Node]:
        """This node and everything below it, depth first."""
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(list(node.children())))


# --------------------------------------------------------------------------- names


@dataclass(frozen=True, slots=True, eq=False)
class NamePart(Node):
    """One identifier. ``folded`` is what it means, ``spelling`` how it was typed (without
    quotes).
    """

    folded: str
    spelling: str
    quoted: bool


class Expr(Node):
    """Anything that has a value, or may stand where a value is expected."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class Name(Expr):
    """``a`` or ``a.b.c`` with nothing applied in between; ``link`` is the folded ``@dblink``."""

    parts: tuple[NamePart, ...]
    link: str | None = None

    @property
    def folded(self) -> tuple[str, ...]:
        return tuple(part.folded for part in self.parts)

    @property
    def text(self) -> str:
        """``A.B.C`` for messages."""
        return ".".join(part.folded for part in self.parts)


# --------------------------------------------------------------------------- expressions


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


# --------------------------------------------------------------------------- types


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


# --------------------------------------------------------------------------- declarations


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


# --------------------------------------------------------------------------- statements


@dataclass(frozen=True, slots=True, eq=False)
class Statement(Node):
    """Its span starts at its first label, if it has any."""

    labels: tuple[NamePart, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True, eq=False)
class Handler(Node):
    """``WHEN a OR b THEN …``; ``exceptions`` is empty for OTHERS."""

    exceptions: tuple[Name, ...]
    statements: tuple[Statement, ...]

    @property
    def others(self) -> bool:
        return not self.exceptions


@dataclass(frozen=True, slots=True, eq=False)
class Block(Statement):
    """``[DECLARE …] BEGIN … [EXCEPTION …] END [name]``; also the body of a routine.

    ``begin`` is the token index of BEGIN. ``end_name`` is the name after END (routine or label).
    """

    declarations: tuple[Declaration, ...]
    statements: tuple[Statement, ...]
    handlers: tuple[Handler, ...]
    end_name: NamePart | None = None
    begin: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Assignment(Statement):
    target: Expr
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class CallStatement(Statement):
    """A procedure call: Name, Apply, Dotted (a method without arguments) or HostBind is refused."""

    call: Expr


@dataclass(frozen=True, slots=True, eq=False)
class IfBranch(Node):
    condition: Expr
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, eq=False)
class If(Statement):
    """``otherwise`` is None without ELSE."""

    branches: tuple[IfBranch, ...]
    otherwise: tuple[Statement, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class CaseBranch(Node):
    condition: Expr
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CaseStatement(Statement):
    """Without ELSE (``otherwise`` None) an unmatched value raises CASE_NOT_FOUND."""

    selector: Expr | None
    branches: tuple[CaseBranch, ...]
    otherwise: tuple[Statement, ...] | None
    end_name: NamePart | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Loop(Statement):
    statements: tuple[Statement, ...]
    end_name: NamePart | None = None


@dataclass(frozen=True, slots=True, eq=False)
class While(Statement):
    condition: Expr
    statements: tuple[Statement, ...]
    end_name: NamePart | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ForRange(Statement):
    index: NamePart
    reverse: bool
    low: Expr
    high: Expr
    statements: tuple[Statement, ...]
    end_name: NamePart | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ForCursor(Statement):
    """``FOR r IN c [(args)]``: ``cursor`` is a Name (or Dotted), arguments apart."""

    index: NamePart
    cursor: Expr
    args: tuple[Argument, ...]
    statements: tuple[Statement, ...]
    end_name: NamePart | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ForQuery(Statement):
    index: NamePart
    query: SqlStatement
    statements: tuple[Statement, ...]
    end_name: NamePart | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Exit(Statement):
    label: NamePart | None
    condition: Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class Continue(Statement):
    label: NamePart | None
    condition: Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class Goto(Statement):
    label: NamePart


@dataclass(frozen=True, slots=True, eq=False)
class NullStatement(Statement):
    pass


@dataclass(frozen=True, slots=True, eq=False)
class Return(Statement):
    value: Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class Raise(Statement):
    """``exception`` is None for a re-raise."""

    exception: Name | None


@dataclass(frozen=True, slots=True, eq=False)
class PipeRow(Statement):
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class PragmaStatement(Statement):
    """``PRAGMA INLINE(…)`` among statements."""

    pragma: PragmaDeclaration


# --------------------------------------------------------------------------- SQL in PL/SQL


@dataclass(frozen=True, slots=True, eq=False)
class RecordOperand(Node):
    """``VALUES rec`` (``kind`` VALUES) or ``SET ROW = rec`` (``kind`` ROW).

    ``start`` and ``end`` are offsets in the statement's ``text`` of what stands for the record: the
    expression after VALUES, or ``ROW = rec``.
    """

    kind: str
    value: Expr
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class CurrentOf(Node):
    """``WHERE CURRENT OF cursor``; ``start`` and ``end`` are offsets of ``CURRENT OF cursor`` in
    text.
    """

    cursor: Name
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class SqlStatement(Statement):
    """One SQL statement or query inside PL/SQL, with the parts that are PL/SQL's taken out.

    ``kind`` is SELECT, INSERT, UPDATE, DELETE, MERGE, LOCK, SET (transaction, role …) or
    EXPRESSION. ``text`` is the Oracle SQL in its own spelling from ``base_offset`` on, without the
    closing ``;``. What was taken out (INTO …, BULK COLLECT INTO …) is blanked character by
    character, so that ``text[i]`` is the source character ``base_offset + i`` (unless conditional
    compilation changed the text). ``tokens`` are the tokens left in ``text``, comments excluded; a
    token's place in ``text`` is ``token.offset - base_offset``.

    ``into`` are the targets of SELECT INTO, or of RETURNING INTO when ``returning`` is set (the
    RETURNING list itself stays in the text). ``bulk`` marks BULK COLLECT.
    """

    kind: str
    text: str
    base_offset: int
    tokens: tuple[Token, ...]
    into: tuple[Expr, ...] = ()
    bulk: bool = False
    returning: bool = False
    record: RecordOperand | None = None
    current_of: CurrentOf | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Commit(Statement):
    """``options`` is the rest of the text (WORK, COMMENT, WRITE …), upper case, or empty."""

    options: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Rollback(Statement):
    to: NamePart | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Savepoint(Statement):
    name: NamePart


class ForAllBounds(Node):
    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class RangeBounds(ForAllBounds):
    low: Expr
    high: Expr


@dataclass(frozen=True, slots=True, eq=False)
class IndicesOf(ForAllBounds):
    """``INDICES OF collection [BETWEEN low AND high]``."""

    collection: Expr
    low: Expr | None
    high: Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class ValuesOf(ForAllBounds):
    collection: Expr


@dataclass(frozen=True, slots=True, eq=False)
class ForAll(Statement):
    index: NamePart
    bounds: ForAllBounds
    save_exceptions: bool
    statement: SqlStatement | ExecuteImmediate


@dataclass(frozen=True, slots=True, eq=False)
class OpenCursor(Statement):
    """``OPEN c [(args)]``."""

    cursor: Expr
    args: tuple[Argument, ...]


@dataclass(frozen=True, slots=True, eq=False)
class UsingArgument(Node):
    """``mode`` is IN, OUT or IN OUT."""

    mode: str
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class OpenFor(Statement):
    """``OPEN cv FOR query`` or ``OPEN cv FOR 'text' [USING …]``: exactly one of ``query``,
    ``sql``.
    """

    cursor: Expr
    query: SqlStatement | None
    sql: Expr | None
    using: tuple[UsingArgument, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Fetch(Statement):
    """``limit`` only with ``bulk``."""

    cursor: Expr
    into: tuple[Expr, ...]
    bulk: bool = False
    limit: Expr | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Close(Statement):
    cursor: Expr


@dataclass(frozen=True, slots=True, eq=False)
class ExecuteImmediate(Statement):
    """``into``/``bulk`` belong to the query form; ``returning`` are the targets of RETURNING
    INTO.
    """

    sql: Expr
    into: tuple[Expr, ...] = ()
    bulk: bool = False
    using: tuple[UsingArgument, ...] = ()
    returning: tuple[Expr, ...] = ()
    returning_bulk: bool = False


# --------------------------------------------------------------------------- units


@dataclass(frozen=True, slots=True)
class UnitHeader:
    """What a CREATE statement says before its body, found without parsing the body.

    ``kind`` is PROCEDURE, FUNCTION, PACKAGE, PACKAGE BODY, TRIGGER, TYPE, TYPE BODY or BLOCK.
    ``owner`` is None when not given. ``start`` is the offset of the kind word: Oracle stores the
    source from there. For triggers: ``timing`` is BEFORE, AFTER, INSTEAD OF or COMPOUND,
    ``events`` are (event, columns), ``table`` is (owner or None, name), or ``base`` is SCHEMA or
    DATABASE.
    """

    kind: str
    owner: str | None
    name: str
    start: int
    or_replace: bool = False
    if_not_exists: bool = False
    force: bool = False
    editionable: bool | None = None
    table: tuple[str | None, str] | None = None
    base: str | None = None
    timing: str | None = None
    events: tuple[tuple[str, tuple[str, ...]], ...] = ()
    for_each_row: bool = False
    enabled: bool = True
    follows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Unit(Node):
    """A stored unit. ``source`` is the text as given, ``all_tokens`` every token of it (comments
    and dead branches of conditional compilation included): spans index into it.
    """

    header: UnitHeader
    name: Name
    source: str
    all_tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PackageSpec(Unit):
    options: RoutineOptions
    declarations: tuple[Declaration, ...]
    end_name: NamePart | None


@dataclass(frozen=True, slots=True, eq=False)
class PackageBody(Unit):
    """``initialization`` is the block after BEGIN (no declarations), or None."""

    declarations: tuple[Declaration, ...]
    initialization: Block | None
    end_name: NamePart | None


@dataclass(frozen=True, slots=True, eq=False)
class SubprogramUnit(Unit):
    definition: SubprogramDefinition


@dataclass(frozen=True, slots=True, eq=False)
class TypeUnit(Unit):
    """CREATE TYPE; ``spec`` is None for an incomplete type."""

    options: RoutineOptions
    spec: TypeSpec | None


@dataclass(frozen=True, slots=True, eq=False)
class TypeBodyUnit(Unit):
    methods: tuple[Method, ...]
    end_name: NamePart | None


@dataclass(frozen=True, slots=True, eq=False)
class TriggerEvent(Node):
    """``kind`` is INSERT, UPDATE, DELETE, or a system event (LOGON, CREATE, DDL …)."""

    kind: str
    columns: tuple[NamePart, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class TimingSection(Node):
    """One section of a compound trigger; ``timing`` as in ``contracts.Timing`` values. Its own
    declarations, statements and handlers are those of ``block``."""

    timing: str
    block: Block


@dataclass(frozen=True, slots=True, eq=False)
class CompoundBody(Node):
    declarations: tuple[Declaration, ...]
    sections: tuple[TimingSection, ...]
    end_name: NamePart | None


@dataclass(frozen=True, slots=True, eq=False)
class TriggerUnit(Unit):
    """``timing`` is BEFORE, AFTER, INSTEAD OF or COMPOUND. ``old``, ``new`` and ``parent`` are the
    folded correlation names (OLD, NEW, PARENT unless REFERENCING says otherwise). In ``when`` they
    stand without colon, as plain Names. ``body`` is a Block, CompoundBody or CallStatement."""

    timing: str
    events: tuple[TriggerEvent, ...]
    table: Name | None
    base: str | None
    for_each_row: bool
    when: Expr | None
    follows: tuple[Name, ...]
    precedes: tuple[Name, ...]
    enabled: bool
    body: Block | CompoundBody | CallStatement
    old: str = "OLD"
    new: str = "NEW"
    parent: str = "PARENT"
    nested_column: NamePart | None = None


# grammar complete

"""SQL inside PL/SQL: static statements, cursors, dynamic SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.oracle.plsql.nodes.base import Node
from devkit.oracle.plsql.nodes.statements import Statement

if TYPE_CHECKING:
    from devkit.oracle.plsql.nodes.base import Expr, Name, NamePart
    from devkit.oracle.plsql.nodes.expressions import Argument
    from devkit.oracle.plsql.tokens import Token


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

"""Statements and blocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devkit.oracle.plsql.nodes.base import Node

if TYPE_CHECKING:
    from devkit.oracle.plsql.nodes.base import Expr, Name, NamePart
    from devkit.oracle.plsql.nodes.declarations import Declaration, PragmaDeclaration
    from devkit.oracle.plsql.nodes.expressions import Argument
    from devkit.oracle.plsql.nodes.sql import SqlStatement


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

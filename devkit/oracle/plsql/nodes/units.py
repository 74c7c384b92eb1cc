"""Stored units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.oracle.plsql.nodes.base import Node

if TYPE_CHECKING:
    from devkit.oracle.plsql.nodes.base import Expr, Name, NamePart
    from devkit.oracle.plsql.nodes.declarations import (
        Declaration,
        RoutineOptions,
        SubprogramDefinition,
    )
    from devkit.oracle.plsql.nodes.statements import Block, CallStatement
    from devkit.oracle.plsql.nodes.types import Method, TypeSpec
    from devkit.oracle.plsql.tokens import Token


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
    row_names: tuple[str, ...] = ("OLD", "NEW")  # as REFERENCING has them
    conditional: bool = False  # a trigger with WHEN (…)
    refused: str | None = None  # a clause of the trigger's head on which nothing acts


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

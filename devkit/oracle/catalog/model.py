"""What the data dictionary says about each object, as immutable values.

Names are folded everywhere. Every text that PostgreSQL is to evaluate has two forms: the Oracle
text as the user wrote it (``default``, ``virtual``, ``condition``) and the translated PostgreSQL
text (``…_sql``), so that the DML layer can embed the latter without translating again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from devkit.oracle.values import OraType


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """A resolved name: never a synonym unless the synonym's target is missing.

    ``type`` is Oracle's word: TABLE, VIEW, SEQUENCE, PACKAGE, PROCEDURE, FUNCTION, TYPE, QUEUE,
    TRIGGER, INDEX, SYNONYM.
    """

    owner: str
    name: str
    type: str
    via_synonym: bool = False


@dataclass(frozen=True, slots=True)
class ColumnDef:
    """A column of a table or view.

    ``identity`` is None, 'ALWAYS', 'BY DEFAULT' or 'BY DEFAULT ON NULL'. An identity column has its
    ``default_sql`` (nextval of its own sequence) like any other default. ``default_sql`` is also
    the default of the PostgreSQL column, so leaving the column out of an INSERT applies it.
    """

    name: str
    type: OraType
    position: int  # 1-based, hidden columns included
    nullable: bool = True
    default: str | None = None
    default_sql: str | None = None
    default_on_null: bool = False
    virtual: str | None = None  # such a column is GENERATED ALWAYS … STORED in PostgreSQL
    virtual_sql: str | None = None
    identity: str | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class ConstraintDef:
    """``kind``: P, U, C (checks, NOT NULL too), R; V and O are the options of views."""

    owner: str
    name: str
    table: str
    kind: str
    columns: tuple[str, ...] = ()
    condition: str | None = None
    condition_sql: str | None = None
    r_owner: str | None = None
    r_name: str | None = None
    r_table: str | None = None
    r_columns: tuple[str, ...] = ()
    delete_rule: str | None = None  # 'CASCADE', 'SET NULL', 'NO ACTION'
    enabled: bool = True
    deferrable: bool = False
    generated: bool = False  # the name was made up (SYS_C…)
    index_name: str | None = None


@dataclass(frozen=True, slots=True)
class IndexDef:
    owner: str
    name: str
    table_owner: str
    table: str
    unique: bool
    columns: tuple[str, ...]  # column names, or Oracle expressions of a function-based index
    expressions: tuple[bool, ...]
    descending: tuple[bool, ...]
    generated: bool = False
    constraint: str | None = None  # the constraint that made it


@dataclass(frozen=True, slots=True)
class TableDef:
    """A table or view, with what DML and name resolution need.

    The PostgreSQL relation is ``"owner"."name"``; a table has the further column ``"$rowid"``
    (bigint, not in ``columns``), a view has not. A global temporary table is, in PostgreSQL, an
    updatable view over a table keyed by session; its ``"$rowid"`` is there all the same.
    """

    owner: str
    name: str
    columns: tuple[ColumnDef, ...]
    is_view: bool = False
    temporary: bool = False
    delete_on_commit: bool = False
    primary_key: tuple[str, ...] = ()
    constraints: tuple[ConstraintDef, ...] = ()
    view_text: str | None = None
    read_only: bool = False  # view WITH READ ONLY
    check_option: bool = False
    invalid: bool = False  # a view that does not translate at present (ORA-04063)
    by_name: dict[str, ColumnDef] = field(default_factory=dict, compare=False, repr=False)

    def column(self, name: str) -> ColumnDef | None:
        return self.by_name.get(name)


@dataclass(frozen=True, slots=True)
class SequenceDef:
    """In PostgreSQL the sequence ``"owner"."name"``."""

    owner: str
    name: str
    minimum: int = 1
    maximum: int = 10**28 - 1
    increment: int = 1
    cycle: bool = False
    order: bool = False
    cache: int = 20


@dataclass(frozen=True, slots=True)
class SynonymDef:
    owner: str  # 'PUBLIC' for public ones
    name: str
    target_owner: str
    target: str


@dataclass(frozen=True, slots=True)
class TriggerDef:
    """A trigger as its header says; ``timing`` is BEFORE, AFTER, INSTEAD OF or COMPOUND."""

    owner: str
    name: str
    table_owner: str
    table: str
    timing: str
    for_each_row: bool
    events: tuple[str, ...]  # of INSERT, UPDATE, DELETE
    update_columns: tuple[str, ...] = ()  # UPDATE OF …; empty: any column
    when: str | None = None
    enabled: bool = True
    status: str = "VALID"
    follows: tuple[tuple[str, str], ...] = ()  # (owner, name)
    order: int = 0  # creation order


@dataclass(frozen=True, slots=True)
class UnitDef:
    """A stored PL/SQL unit; ``type`` is PACKAGE, PACKAGE BODY, PROCEDURE, FUNCTION, TYPE,
    TYPE BODY, TRIGGER. ``object_id`` and ``timestamp`` change when the unit is created again."""

    owner: str
    name: str
    type: str
    status: str = "VALID"  # or 'INVALID'
    authid: str = "DEFINER"  # or 'CURRENT_USER'
    object_id: int = 0
    timestamp: datetime | None = None


@dataclass(frozen=True, slots=True)
class ErrorDef:
    """A row of USER_ERRORS."""

    line: int
    position: int
    text: str
    attribute: str = "ERROR"


@dataclass(frozen=True, slots=True)
class UserDef:
    name: str
    user_id: int
    salt: bytes | None
    key: bytes | None
    locked: bool
    created: datetime

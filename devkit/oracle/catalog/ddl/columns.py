"""Column and constraint definitions as CREATE TABLE and ALTER TABLE write them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from devkit.oracle.catalog.ddl import physical
from devkit.oracle.catalog.ddl.objects import SequenceOptions, read_sequence_options
from devkit.oracle.catalog.ddl.reader import Reader, read_type
from devkit.oracle.errors import OraError, unsupported

if TYPE_CHECKING:
    from devkit.oracle.values import OraType

_COLUMN_STOPS = (
    "CONSTRAINT", "NOT", "NULL", "UNIQUE", "PRIMARY", "REFERENCES", "CHECK", "ENABLE", "DISABLE",
    "VISIBLE", "INVISIBLE", "COLLATE",
)  # fmt: skip


@dataclass(slots=True)
class NewConstraint:
    kind: str  # P, U, C, R, or N for NOT NULL
    name: str | None = None
    columns: tuple[str, ...] = ()
    condition: str | None = None
    r_owner: str | None = None
    r_table: str | None = None
    r_columns: tuple[str, ...] = ()
    delete_rule: str | None = None
    enabled: bool = True
    validate: bool = True
    deferrable: bool = False
    deferred: bool = False
    index_name: str | None = None


@dataclass(slots=True)
class NewColumn:
    name: str
    type: OraType | None = None
    default: str | None = None
    default_on_null: bool = False
    default_given: bool = False
    virtual: str | None = None
    identity: str | None = None
    identity_options: SequenceOptions | None = None
    hidden: bool | None = None
    nullable: bool | None = None  # None: not said
    constraints: list[NewConstraint] = field(default_factory=list)


def is_constraint(reader: Reader) -> bool:
    """Whether an out-of-line constraint comes next (UNIQUE in quotes is a column)."""
    if reader.word() == "CONSTRAINT":
        return True
    return (
        reader.is_at("UNIQUE", "(")
        or reader.is_at("PRIMARY", "KEY")
        or reader.is_at("FOREIGN", "KEY")
        or reader.is_at("CHECK", "(")
    )


def read_column(reader: Reader, schema: str, semantics: str, *, modify: bool = False) -> NewColumn:
    column = NewColumn(reader.name())
    word = reader.word()
    if word and word not in (*_COLUMN_STOPS, "DEFAULT", "GENERATED", "AS", ",", ")", "DROP"):
        column.type = read_type(reader, semantics)
    elif not modify and word not in ("GENERATED", "AS"):
        raise reader.error(902 if word in (",", ")", "") else 922)
    while not reader.done and reader.word() not in (",", ")"):
        if not _column_clause(reader, column, schema):
            break
    return column


def _column_clause(reader: Reader, column: NewColumn, schema: str) -> bool:
    if reader.take_one("VISIBLE", "INVISIBLE"):
        column.hidden = reader.word(-1) == "INVISIBLE"
    elif reader.take("COLLATE"):
        raise OraError(43929)
    elif reader.take("DEFAULT"):
        column.default_given = True
        if reader.take("ON", "NULL"):
            column.default_on_null = True
        column.default = reader.expression(lambda: _ends_default(reader))
        if column.default.upper() == "NULL":
            column.default = None
    elif reader.take("DROP", "IDENTITY"):
        column.identity = "DROP"
    elif reader.take("GENERATED"):
        _generated(reader, column)
    elif reader.is_at("AS", "("):
        reader.take("AS")
        column.virtual = reader.parenthesised()
        reader.take("VIRTUAL")
    else:
        return _inline_constraint(reader, column, schema)
    return True


def _ends_default(reader: Reader) -> bool:
    word = reader.word()
    if word == "NOT":
        return reader.word(1) == "NULL"
    return word in _COLUMN_STOPS


def _generated(reader: Reader, column: NewColumn) -> None:
    kind = "ALWAYS"
    if reader.take("BY", "DEFAULT"):
        kind = "BY DEFAULT ON NULL" if reader.take("ON", "NULL") else "BY DEFAULT"
    else:
        reader.expect("ALWAYS")
    reader.expect("AS")
    if reader.take("IDENTITY"):
        column.identity = kind
        column.identity_options = SequenceOptions()
        if reader.take("("):
            column.identity_options = read_sequence_options(reader)
            reader.expect(")")
        return
    column.virtual = reader.parenthesised()
    reader.take("VIRTUAL")


def _inline_constraint(reader: Reader, column: NewColumn, schema: str) -> bool:
    name = reader.name(2250) if reader.take("CONSTRAINT") else None
    if reader.take("NOT", "NULL"):
        column.nullable = False
        found = NewConstraint("N", name, (column.name,), f'"{column.name}" IS NOT NULL')
    elif reader.take("NULL"):
        column.nullable = True
        return True
    elif reader.take("UNIQUE"):
        found = NewConstraint("U", name, (column.name,))
    elif reader.take("PRIMARY", "KEY"):
        found = NewConstraint("P", name, (column.name,))
    elif reader.take("CHECK"):
        found = NewConstraint("C", name, (), reader.parenthesised())
    elif reader.word() == "REFERENCES":
        found = NewConstraint("R", name, (column.name,))
        _references(reader, found, schema)
    else:
        return False
    read_state(reader, found)
    column.constraints.append(found)
    return True


def read_constraint(reader: Reader, schema: str) -> NewConstraint:
    """An out-of-line constraint."""
    name = reader.name(2250) if reader.take("CONSTRAINT") else None
    if reader.take("UNIQUE"):
        found = NewConstraint("U", name, reader.names())
    elif reader.take("PRIMARY", "KEY"):
        found = NewConstraint("P", name, reader.names())
    elif reader.take("CHECK"):
        found = NewConstraint("C", name, (), reader.parenthesised())
    elif reader.take("FOREIGN", "KEY"):
        found = NewConstraint("R", name, reader.names())
        _references(reader, found, schema)
    else:
        raise reader.error(904, "")
    read_state(reader, found)
    return found


def _references(reader: Reader, constraint: NewConstraint, schema: str) -> None:
    reader.expect("REFERENCES", 905)
    constraint.r_owner, constraint.r_table = reader.qualified(schema)
    if reader.word() == "(":
        constraint.r_columns = reader.names()
    constraint.delete_rule = "NO ACTION"
    if reader.take("ON", "DELETE"):
        if reader.take("CASCADE"):
            constraint.delete_rule = "CASCADE"
        else:
            reader.expect("SET")
            reader.expect("NULL")
            constraint.delete_rule = "SET NULL"


def read_state(reader: Reader, constraint: NewConstraint) -> None:
    """DEFERRABLE, ENABLE, NOVALIDATE, RELY, USING INDEX …"""
    while True:
        if reader.take("NOT", "DEFERRABLE"):
            constraint.deferrable = False
        elif reader.take("DEFERRABLE"):
            constraint.deferrable = True
        elif reader.take("INITIALLY"):
            constraint.deferred = reader.take_one("IMMEDIATE", "DEFERRED") == "DEFERRED"
            constraint.deferrable = constraint.deferrable or constraint.deferred
        elif reader.take("ENABLE"):
            constraint.enabled = True
        elif reader.take("DISABLE"):
            constraint.enabled = False
        elif reader.take("NOVALIDATE"):
            constraint.validate = False
        elif reader.take("VALIDATE"):
            constraint.validate = True
            if not constraint.enabled:  # it would forbid every change of the table (ORA-25128)
                raise unsupported("DISABLE VALIDATE")
        elif reader.take("NORELY"):
            continue  # the default
        elif reader.take("RELY"):
            raise unsupported("RELY")
        elif reader.take("USING", "INDEX"):
            _using_index(reader, constraint)
        else:
            return


def _using_index(reader: Reader, constraint: NewConstraint) -> None:
    """The name of an index that is there, or attributes of the one to be made."""
    if reader.word() == "(":
        raise unsupported("USING INDEX (CREATE INDEX …)")
    if physical.skip(reader, index=True):
        return
    word = reader.word()
    if word and word not in ("ENABLE", "DISABLE", "VALIDATE", "NOVALIDATE", ",", ")"):
        _, constraint.index_name = reader.qualified("")
    physical.skip(reader, index=True)

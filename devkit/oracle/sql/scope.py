"""Names: tables with their privileges, columns of the blocks in scope, parameters of the statement.

Oracle's order for an unqualified name is kept: a column of the innermost block that has one, outer
blocks next, then pseudo-columns, then a PL/SQL variable, then a function without arguments.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from devkit.oracle.catalog.unit_views import ABSENT
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.sql.typing import (
    Conversions,
    Typed,
    parameter_type,
    pg_type,
    quote,
    received,
    text_literal,
)
from devkit.oracle.values import Kind, OraType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from devkit.oracle.catalog.catalog import Catalog
    from devkit.oracle.catalog.model import ObjectRef, TableDef
    from devkit.oracle.contracts import HostScope, PlsqlCallbacks

NLS_DEFAULTS = {
    "NLS_DATE_FORMAT": "DD-MON-RR",
    "NLS_TIMESTAMP_FORMAT": "DD-MON-RR HH.MI.SSXFF AM",
    "NLS_TIMESTAMP_TZ_FORMAT": "DD-MON-RR HH.MI.SSXFF AM TZR",
}
_SETTINGS = {
    "USER": "ora.me",
    "CONTEXT:USERENV:SESSION_USER": "ora.me",
    "CONTEXT:USERENV:SID": "ora.sid",
    "CONTEXT:USERENV:SESSIONID": "ora.sid",
}
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")


@dataclass(frozen=True, slots=True)
class Param:
    """Where a parameter of the PostgreSQL statement comes from.

    ``source``: 'bind' (by name), 'special' (session value, by name), 'call' (result of a PL/SQL
    function evaluated before, by number), 'map' (materialised calls, by number), 'array' (all
    values of a bind, for array DML), 'column' (values of a row image, by column), 'collection' (a
    bound collection of scalars), 'composite' (any other bound collection or object).
    """

    source: str
    name: str
    type: str  # PostgreSQL's
    kind: Kind = Kind.VARCHAR2
    shape: Any = None  # of a composite


@dataclass(frozen=True, slots=True)
class Compiled:
    """PostgreSQL text with ``$n``, and what to pass."""

    sql: str
    params: tuple[Param, ...]


@dataclass(slots=True)
class SourceColumn:
    name: str
    type: OraType
    sql: str
    nullable: bool = True
    rowid: str | None = None  # a selected ROWID keeps its bigint form
    hidden: bool = False  # INVISIBLE: found by name, no part of *
    origin: tuple[str, str, str] | None = None  # owner, table, column: a table's, as it stands
    ambiguous: bool = False  # an inline view has several of this name: ORA-00918 when used


@dataclass(slots=True)
class Source:
    """A row source of a block. ``table`` is set for tables and views; ``rowid`` for tables."""

    alias: str
    columns: dict[str, SourceColumn]
    table: TableDef | None = None
    rowid: str | None = None
    inline: bool = False  # an inline view
    grouped: bool = False  # one whose rows are no rows of tables any more
    optional: bool = False  # on the nullable side of an outer join
    value: Any = None  # Typed: the object whose attributes the columns are


@dataclass(slots=True)
class Cte:
    name: str
    pg_name: str
    columns: list[SourceColumn]


@dataclass(slots=True)
class Block:
    """A query block, or the target of a DML statement."""

    parent: Block | None = None
    sources: list[Source] = field(default_factory=list)
    merged: dict[str, SourceColumn] = field(default_factory=dict)  # USING, NATURAL
    ctes: dict[str, Cte] = field(default_factory=dict)
    rownum: str | None = None
    level: str | None = None
    pseudo: dict[str, Typed] = field(default_factory=dict)  # CONNECT_BY_ISLEAF …
    prior: Block | None = None  # scope of PRIOR
    roots: Block | None = None  # scope of CONNECT_BY_ROOT
    correlated: bool = False
    calls: list[Any] = field(default_factory=list)
    from_sql: str = ""  # FROM as far as it is translated
    sequences: set[tuple[str, str]] = field(default_factory=set)
    sequences_allowed: bool = False

    @contextmanager
    def without_sequences(self) -> Iterator[None]:
        """Where sequences draw no number: conditions, and whatever groups or sorts (ORA-02287)."""
        before, self.sequences_allowed = self.sequences_allowed, False
        try:
            yield
        finally:
            self.sequences_allowed = before

    def find_cte(self, name: str) -> Cte | None:
        block: Block | None = self
        while block is not None:
            if name in block.ctes:
                return block.ctes[name]
            block = block.parent
        return None


@dataclass(slots=True)
class Context:
    """What one translation knows and collects.

    ``static`` translations (views, expressions of DDL) may hold no parameters; session values are
    then read from settings of the PostgreSQL session.
    """

    catalog: Catalog
    schema: str
    user: str
    roles: bool = True
    host: HostScope | None = None
    bind_types: Mapping[str, OraType] = field(default_factory=dict)
    callbacks: PlsqlCallbacks | None = None
    static: bool = False
    batch: bool = False  # binds become columns of "$batch"
    batch_from: str = ""  # the row source "$batch" of array DML
    params: list[Param] = field(default_factory=list)
    numbers: dict[Param, int] = field(default_factory=dict)
    tables: set[tuple[str, str]] = field(default_factory=set)
    sequences: set[tuple[str, str]] = field(default_factory=set)
    uses_zone: bool = False
    column_uses: int = 0
    calls: list[Any] = field(default_factory=list)
    aliases: int = 0
    names: dict[int, str] = field(default_factory=dict)
    conversions: Conversions = field(init=False)

    def __post_init__(self) -> None:
        self.conversions = Conversions(self.nls)

    # ------------------------------------------------------------------ parameters

    def param(self, param: Param) -> str:
        number = self.numbers.get(param)
        if number is None:
            if self.static:
                raise OraError(1027) if param.source == "bind" else unsupported(param.name)
            number = len(self.params)
            self.params.append(param)
            self.numbers[param] = number
        return f"{_OPEN}{number}{_CLOSE}::{param.type}"

    def compile(self, sql: str, *, after: int = 0) -> Compiled:
        """Number the parameters that this text uses, from ``after`` + 1 on."""
        order: list[int] = []

        def place(match: re.Match[str]) -> str:
            number = int(match.group(1))
            if number not in order:
                order.append(number)
            return f"${order.index(number) + 1 + after}"

        text = _MARK.sub(place, sql)
        return Compiled(text, tuple(self.params[number] for number in order))

    def bind(self, name: str, position: int | None = None) -> Typed:
        if self.host is not None:
            type_ = self.host.bind_type(name)
        else:
            type_ = self.bind_types.get(name, OraType(Kind.VARCHAR2, 4000))
        if type_.kind in {Kind.COLLECTION, Kind.OBJECT}:
            from devkit.oracle.sql.collections import bound

            return bound(self, name, type_)
        if type_.kind in {Kind.CURSOR, Kind.RECORD}:
            raise OraError(932, "CHAR", type_.kind.value)
        if self.batch:
            return Typed(received(f'"$batch".{quote(name)}', type_), type_, bind=name)
        sql = self.param(Param("bind", name, parameter_type(type_), type_.kind))
        return Typed(f"({received(sql, type_)})", type_, bind=name)

    def special(self, name: str, type_: OraType) -> Typed:
        """A value of the session: USER, SCHEMA, SID, an NLS parameter, ``CONTEXT:ns:attribute``."""
        if self.static:
            default = NLS_DEFAULTS.get(name)
            if default:
                stored = f"NULLIF(current_setting('ora.nls', true), '')::jsonb ->> '{name}'"
                return Typed(f"COALESCE({stored}, {text_literal(default)})", type_)
            setting = _SETTINGS.get(name)
            if setting is None:
                raise unsupported(
                    f"{name.removeprefix('CONTEXT:')} in a view or expression of a table"
                )
            return Typed(f"NULLIF(current_setting('{setting}', true), '')::{pg_type(type_)}", type_)
        return Typed(f"({self.param(Param('special', name, pg_type(type_), type_.kind))})", type_)

    def nls(self, name: str) -> str:
        return self.special(name, OraType(Kind.VARCHAR2, 64)).sql

    def alias(self, prefix: str) -> str:
        self.aliases += 1
        return quote(f"${prefix}{self.aliases}")

    # ------------------------------------------------------------------ objects

    def resolve(self, parts: tuple[str, ...]) -> ObjectRef | None:
        return self.catalog.resolve(parts, schema=self.schema)

    def table(self, parts: tuple[str, ...], privilege: str, position: int | None) -> TableDef:
        """The table or view, checked for ``privilege``; ORA-00942 when it cannot even be seen."""
        ref = self.resolve(parts)
        if ref is not None and ref.type == "SYNONYM":
            raise OraError(980, position=position)
        if ref is None or ref.type not in {"TABLE", "VIEW"}:
            if ref is None and parts[-1] in ABSENT and parts[:-1] in {(), ("SYS",)}:
                raise unsupported(f"the view {parts[-1]}")
            raise OraError(942, position=position)
        definition = self.catalog.table(ref.owner, ref.name)
        if definition is None:
            raise OraError(942, position=position)
        if not self.catalog.can(
            self.user, privilege, ref.owner, ref.name, roles=self.roles
        ) and not self.catalog.has_column_grant(  # then `written` looks at each column
            self.user, privilege, ref.owner, ref.name, roles=self.roles
        ):
            visible = any(
                self.catalog.can(self.user, other, ref.owner, ref.name, roles=self.roles)
                for other in ("SELECT", "READ", "INSERT", "UPDATE", "DELETE")
            )
            if privilege == "SELECT" and self.catalog.can(
                self.user, "READ", ref.owner, ref.name, roles=self.roles
            ):
                visible = True
            else:
                raise OraError(1031 if visible else 942, position=position)
        if definition.is_view and definition.invalid:
            raise OraError(4063, f'view "{ref.owner}.{ref.name}"', position=position)
        self.tables.add((ref.owner, ref.name))
        return definition

    def written(self, definition: TableDef, privilege: str, columns: Iterable[str]) -> None:
        """Check INSERT or UPDATE of these columns: on the table, or granted on each of them."""
        for column in columns:
            if not self.catalog.can(
                self.user,
                privilege,
                definition.owner,
                definition.name,
                roles=self.roles,
                column=column,
            ):
                raise OraError(1031)

    def table_source(self, definition: TableDef, alias: str) -> Source:
        quoted = quote(alias)
        key = (definition.owner, definition.name)
        columns = {
            column.name: SourceColumn(
                column.name,
                column.type,
                f"{quoted}.{quote(column.name)}",
                column.nullable,
                hidden=column.hidden,
                origin=None if definition.is_view else (*key, column.name),
            )
            for column in definition.columns
        }
        if definition.owner == "SYS":  # views of the dictionary know moments only
            for column in columns.values():
                if column.type.kind is Kind.TIMESTAMP_TZ:
                    column.sql = f"ora.here({column.sql})"
        rowid = None if definition.is_view else f'{quoted}."$rowid"'
        return Source(alias, columns, definition, rowid)


def folded(identifier: Any) -> str:
    """The folded form of an identifier node, or of a plain string."""
    if identifier is None:
        return ""
    if isinstance(identifier, str):
        return identifier.upper()
    if isinstance(identifier, exp.Identifier):
        name = str(identifier.this)
        return name if identifier.args.get("quoted") else name.upper()
    if isinstance(identifier, exp.Star):
        return "*"
    if isinstance(identifier, exp.Column | exp.Var | exp.TableAlias | exp.Table):
        return folded(identifier.this)
    raise unsupported(type(identifier).__name__.upper())


def position_of(node: Any) -> int | None:
    """Offset of the first token of a node, as far as the parser kept it."""
    best: int | None = None
    for child in node.walk() if isinstance(node, exp.Expression) else ():
        start = (child._meta or {}).get("start")
        if start is not None and (best is None or start < best):
            best = int(start)
    return best


def column_parts(column: Any) -> tuple[str, ...]:
    """``a.b.c`` as folded parts."""
    return tuple(
        folded(column.args[part])
        for part in ("catalog", "db", "table", "this")
        if column.args.get(part) is not None
    )


def shown(parts: tuple[str, ...]) -> str:
    """The name as ORA-00904 and ORA-00918 show it."""
    return ".".join(f'"{part}"' for part in parts)


def find_column(block: Block, parts: tuple[str, ...], position: int | None) -> SourceColumn | None:
    """The column of the innermost block that has one; ORA-00918 when two sources have it."""
    name = parts[-1]
    current: Block | None = block
    while current is not None:
        found: list[SourceColumn] = []
        qualified = False
        for source in current.sources:
            if len(parts) == 1:
                column = source.columns.get(name)
            elif _is_source(source, parts[:-1]):
                qualified = True
                column = source.columns.get(name)
                if column is None and name == "ROWID" and source.rowid is not None:
                    column = rowid_column(source)
            else:
                continue
            if column is not None:
                found.append(column)
        if len(parts) == 1 and name in current.merged:
            return current.merged[name]
        if len(found) > 1 or any(column.ambiguous for column in found):
            raise OraError(918, position=position)
        if found:
            if current is not block:
                walk: Block | None = block
                while walk is not None and walk is not current:
                    walk.correlated = True
                    walk = walk.parent
            return found[0]
        if len(parts) == 1 and name == "ROWID":
            rows = [source for source in current.sources if source.rowid is not None]
            if len(rows) == 1:
                return rowid_column(rows[0])
            if len(rows) > 1:
                raise OraError(918, position=position)
        if qualified:
            return None
        current = current.parent
    return None


def rowid_column(source: Source) -> SourceColumn:
    assert source.rowid is not None
    return SourceColumn(
        "ROWID", OraType(Kind.ROWID), f"ora.rowid_text({source.rowid})", False, source.rowid
    )


def _is_source(source: Source, qualifier: tuple[str, ...]) -> bool:
    if len(qualifier) == 1:
        return source.alias == qualifier[0]
    return (
        len(qualifier) == 2
        and source.table is not None
        and source.alias == source.table.name
        and (source.table.owner, source.table.name) == qualifier
    )

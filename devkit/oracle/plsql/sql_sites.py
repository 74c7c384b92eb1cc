"""SQL statements of compiled code: prepared once per site, run with positional values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devkit.oracle.errors import OraError
from devkit.oracle.plsql.cursors import Cursor, iterate
from devkit.oracle.plsql.tables import Collection
from devkit.oracle.values import Kind, OraType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from devkit.oracle.contracts import BatchError, DmlResult, Prepared, ResultCursor, Row
    from devkit.oracle.plsql.machine import Machine
    from devkit.oracle.shapes import Shape

_LOOP_FETCH = 100
_UNKNOWN = OraType(Kind.NULL)


class SiteHost:
    """contracts.HostScope of one statement: the binds found before it was prepared, and variables.

    While the unit is compiled, ``finder`` decides which unqualified names are variables; afterwards
    only those it found count.
    """

    def __init__(self, finder: Any = None) -> None:
        self.finder = finder
        self.names: dict[str, str] = {}
        self.types: dict[str, OraType] = {}
        self.shapes: dict[str, Shape | None] = {}

    def variable(self, name: str) -> str | None:
        """See contracts.HostScope."""
        bind = self.names.get(name)
        if bind is None and self.finder is not None:
            bind = self.finder(name)
        return bind

    def bind_type(self, bind: str) -> OraType:
        """See contracts.HostScope; a bind that only a cached translation knows has no type."""
        return self.types.get(bind, _UNKNOWN)

    def shape(self, bind: str) -> Shape | None:
        """The shape of a collection bind."""
        return self.shapes.get(bind)


class SqlSite:
    """One static SQL statement. ``names`` are the binds in the order in which values come;
    ``rights`` are (schema, user, roles), None for the rights of the caller."""

    __slots__ = ("for_update", "host", "machine", "names", "plain", "prepared", "rights", "text")

    def __init__(
        self, machine: Machine, text: str, host: SiteHost, rights: tuple[str, str, bool] | None
    ) -> None:
        self.machine = machine
        self.text = text
        self.host = host
        self.rights = rights
        self.names: tuple[str, ...] = ()
        self.prepared: Prepared | None = None
        self.for_update = False
        self.plain = True

    def prepare(self) -> Prepared:
        """Translate (again); raises OraError."""
        schema, user, roles = self.rights or self.machine.caller_rights()
        prepared: Prepared = self.machine.session.sql.prepare(
            self.text, schema=schema, user=user, roles=roles, host=self.host
        )
        self.prepared = prepared
        self.for_update = prepared.for_update
        return prepared

    def current(self) -> Prepared:
        prepared = self.prepared
        if (
            prepared is None
            or prepared.catalog_version != self.machine.session.catalog.version
            or self.rights is None
        ):
            return self.prepare()
        return prepared

    def _binds(self, values: Sequence[Any]) -> Mapping[str, Any]:
        if self.plain:
            return dict(zip(self.names, values, strict=True))
        return {n: bind_value(v) for n, v in zip(self.names, values, strict=True)}

    def open(self, values: Sequence[Any]) -> ResultCursor:
        cursor: ResultCursor = self.machine.session.sql.open(self.current(), self._binds(values))
        return cursor

    def cursor(self, values: Sequence[Any]) -> Cursor:
        """An open cursor variable."""
        return Cursor().attach(self.open(values), for_update=self.for_update)

    def attach(self, cursor: Cursor, values: Sequence[Any]) -> None:
        """OPEN of an explicit cursor."""
        if cursor.is_open:
            raise OraError(6511)
        cursor.attach(self.open(values), for_update=self.for_update)

    def rows(self, values: Sequence[Any]) -> Iterator[Row]:
        """A cursor FOR loop."""
        return iterate(self.open(values), 1 if self.for_update else _LOOP_FETCH)

    def one(self, values: Sequence[Any]) -> Row:
        """SELECT INTO: exactly one row."""
        result = self.open(values)
        try:
            rows = result.fetch(2)
        finally:
            result.close()
        implicit = self.machine.implicit
        if len(rows) == 1:
            implicit.rowcount = 1
            return rows[0]
        if rows:
            implicit.rowcount = 1
            raise OraError(1422)
        implicit.rowcount = 0
        raise OraError(1403)

    def value(self, values: Sequence[Any]) -> Any:
        """The single value of an expression evaluated by SQL; leaves SQL% alone."""
        result = self.open(values)
        try:
            rows = result.fetch(1)
        finally:
            result.close()
        return rows[0][0] if rows else None

    def all(self, values: Sequence[Any]) -> list[Row]:
        """SELECT BULK COLLECT INTO."""
        result = self.open(values)
        rows: list[Row] = []
        try:
            while True:
                more = result.fetch(1000)
                rows.extend(more)
                if len(more) < 1000:
                    break
        finally:
            result.close()
        self.machine.implicit.rowcount = len(rows)
        return rows

    def run(self, values: Sequence[Any]) -> DmlResult:
        """One DML statement."""
        implicit = self.machine.implicit
        result: DmlResult = self.machine.session.sql.run(self.current(), self._binds(values))
        implicit.rowcount = result.rowcount
        return result

    def returning(self, values: Sequence[Any]) -> Row:
        """DML with RETURNING INTO scalars: at most one row."""
        result = self.run(values)
        if len(result.returned) > 1:
            raise OraError(1422)
        if not result.returned:
            return (None,) * len(self.current().columns)
        return result.returned[0]

    def many(
        self, indexes: Sequence[int], rows: Sequence[Sequence[Any]], save_exceptions: bool
    ) -> list[Row]:
        """FORALL: all executions as one array DML; gives the RETURNING rows of all."""
        implicit = self.machine.implicit
        implicit.bulk_rowcount = {}
        implicit.bulk_exceptions = []
        if not rows:
            implicit.rowcount = 0
            return []
        binds = [self._binds(row) for row in rows]
        try:
            results, errors = self.machine.session.sql.run_many(
                self.current(), binds, save_exceptions=save_exceptions
            )
        except OraError as error:
            done = getattr(error, "rows_done", [])
            self.machine.forall_counts(indexes, done)
            raise
        self.machine.forall_counts(indexes, results)
        self.machine.forall_errors(errors)
        return [row for result in results for row in result.returned]


def bind_value(value: Any) -> Any:
    """Collections reach SQL as the list of their elements."""
    return value.values() if isinstance(value, Collection) else value


def batch_offsets(errors: Sequence[BatchError]) -> list[int]:
    return [e.offset for e in errors]

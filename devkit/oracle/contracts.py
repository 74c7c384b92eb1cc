"""The interfaces between the layers of the stand-in: who may call what, and with which values.

::

    net ──▶ session ──▶ plsql ──▶ sql ──▶ catalog ──▶ storage ──▶ PostgreSQL
                 └────────────────▶ sql
                 supplied (native package bodies) ──▶ session, storage

A layer imports only those to its right (and ``values``, ``errors``, ``contracts``). Where a lower
layer must call back (DML fires a trigger, a query calls a PL/SQL function) it does so through a
Protocol of this module that the session hands to it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from devkit.oracle.errors import OraError
from devkit.oracle.values import Column, OraType

Row = tuple[Any, ...]

# --------------------------------------------------------------------------- net → session


class Direction(enum.Enum):
    """Values are the direction bytes of IO_VECTOR."""

    OUT = 16
    IN = 32
    IN_OUT = 48


@dataclass(slots=True)
class Bind:
    """One bind slot of a client statement: SQL has one per occurrence, PL/SQL one per distinct name."""

    name: str  # folded as the client scans it; digits for :1
    type: OraType  # from the client's OAC
    is_array: bool = False  # PL/SQL index-by table bind; the value is then a list
    max_elements: int = 0
    is_returning: bool = False  # DML RETURNING … INTO; has no value in ``rows``


@dataclass(slots=True)
class ExecuteRequest:
    """One EXECUTE of a client. ``rows`` holds one list of values per execution, one per non-returning
    bind (at least one row, empty when there are no binds)."""

    sql: str
    binds: list[Bind] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=lambda: [[]])
    autocommit: bool = False
    batch_errors: bool = False
    dml_row_counts: bool = False
    describe_only: bool = False


@dataclass(slots=True)
class BatchError:
    offset: int  # 0-based index of the execution
    error: OraError


@dataclass(slots=True)
class ExecuteResult:
    """What net needs for the reply. For a query only ``cursor`` is set."""

    cursor: ResultCursor | None = None
    columns: Sequence[Column] | None = None  # describe_only
    rowcount: int = 0
    lastrowid: str | None = None
    directions: list[Direction] | None = None  # PL/SQL with binds: one per bind
    out: list[list[Any]] | None = (
        None  # per execution: values of the OUT and IN OUT binds, in bind order
    )
    returning: list[list[list[Any]]] | None = None  # per execution, per returning bind: its values
    row_counts: list[int] | None = None
    batch_errors: list[BatchError] = field(default_factory=list)
    implicit_results: list[ResultCursor] = field(default_factory=list)
    compiled_with_errors: bool = False  # CREATE of an invalid unit: the ORA-24344 warning


class ResultCursor(Protocol):
    """An open result; it survives commits and other statements of the session."""

    columns: Sequence[Column]
    rows_fetched: int

    def fetch(self, count: int) -> list[Row]:
        """The next rows, fewer than ``count`` only at the end."""

    def close(self) -> None: ...


@dataclass(slots=True)
class Verifier:
    """What authentication needs of a user; the 12c verifier's salt and PBKDF2 key, no clear password."""

    user: str  # folded
    salt: bytes  # 16 bytes
    key: bytes  # PK: PBKDF2-HMAC-SHA512(password, salt + b"AUTH_PBKDF2_SPEEDY_KEY", 4096, 64)
    locked: bool = False


@dataclass(slots=True)
class AqMessage:
    payload: bytes | None
    priority: int = 0
    delay: int = 0
    expiration: int = -1
    correlation: str | None = None
    exception_queue: str | None = None
    attempts: int = 0
    state: int = 0  # 0 READY, 1 WAITING, 2 PROCESSED, 3 EXPIRED
    msgid: bytes = b""  # 16 bytes
    enqueue_time: Any = None  # datetime
    original_msgid: bytes | None = None


@dataclass(slots=True)
class DequeueOptions:
    mode: int = 3  # 1 BROWSE, 2 LOCKED, 3 REMOVE, 4 REMOVE_NODATA
    navigation: int = 3  # 1 FIRST_MESSAGE, 2 NEXT_TRANSACTION, 3 NEXT_MESSAGE
    visibility: int = 2  # 1 IMMEDIATE, 2 ON_COMMIT
    wait: int = -1  # seconds; -1 FOREVER
    msgid: bytes | None = None
    correlation: str | None = None
    consumer: str | None = None
    condition: str | None = None


class NetSession(Protocol):
    """The session as ``net`` sees it; every method may raise OraError."""

    sid: int
    serial: int

    @property
    def in_transaction(self) -> bool: ...

    def execute(self, request: ExecuteRequest) -> ExecuteResult: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def close(self) -> None:
        """Roll back and end; called on logoff and on a lost socket."""

    def cancel(self) -> None:
        """Abort the running call with ORA-01013; called from the socket's reader thread."""

    def set_attribute(self, name: str, value: str | None) -> None:
        """``module``, ``action``, ``client_identifier``, ``client_info``, ``current_schema``,
        ``program``, ``machine``, ``osuser``, ``terminal``, ``edition``."""

    def set_context(self, namespace: str, attribute: str, value: str | None) -> None: ...
    def change_password(self, old: str, new: str) -> None: ...
    def aq_enqueue(
        self, queue: str, messages: Sequence[AqMessage], visibility: int
    ) -> list[bytes]: ...
    def aq_dequeue(self, queue: str, options: DequeueOptions, count: int) -> list[AqMessage]:
        """At most ``count``; waits only for the first. Nothing within the wait: ORA-25228."""


class Instance(Protocol):
    """The running database, as ``net`` sees it in a freshly forked process."""

    service_name: str

    def verifier(self, user: str) -> Verifier | None: ...
    def open_session(self, user: str, *, sysdba: bool = False) -> NetSession: ...


# --------------------------------------------------------------------------- plsql → sql


class HostScope(Protocol):
    """The PL/SQL names around an embedded statement.

    The PL/SQL side has already replaced what can only be PL/SQL (``rec.field``, ``coll(i)``,
    ``:new.x``, ``pkg.constant``, ``cur%rowcount`` …) by binds ``:B1``, ``:B2`` … . What is left to
    decide needs the catalogue: an unqualified name is a column if any table in scope has it, else a
    PL/SQL variable.
    """

    def variable(self, name: str) -> str | None:
        """The bind name (without colon) for the variable ``name`` (folded), or None."""

    def bind_type(self, bind: str) -> OraType: ...


@dataclass(slots=True)
class Prepared:
    """A translated SQL statement; reusable by every session while ``catalog_version`` is current.

    ``binds`` are the names in the order of their occurrence in the Oracle text (repeats included),
    ``returning_binds`` those of a client's RETURNING … INTO. ``impl`` belongs to ``sql``.
    """

    kind: str  # 'query', 'insert', 'update', 'delete', 'merge', 'lock', 'explain'
    text: str
    binds: list[str]
    columns: Sequence[Column]  # query: its columns; DML with RETURNING: the returned expressions
    for_update: bool
    returning_binds: list[str]
    catalog_version: int
    impl: Any


@dataclass(slots=True)
class DmlResult:
    rowcount: int
    returned: list[Row] = field(default_factory=list)  # RETURNING, one per affected row
    lastrowid: str | None = None


class SqlEngine(Protocol):
    """SQL for one session. Names resolve in ``schema`` with the privileges of ``user``; roles count
    only when ``roles`` (they do not inside definer-rights units)."""

    def prepare(
        self,
        text: str,
        *,
        schema: str,
        user: str,
        roles: bool = True,
        host: HostScope | None = None,
        bind_types: Mapping[str, OraType] | None = None,
    ) -> Prepared: ...

    def open(self, statement: Prepared, binds: Mapping[str, Any]) -> ResultCursor:
        """Run a query. Also used for SELECT INTO, cursors and subqueries."""

    def run(self, statement: Prepared, binds: Mapping[str, Any]) -> DmlResult:
        """Run one DML statement with its triggers; a failure undoes exactly this statement."""

    def run_many(
        self, statement: Prepared, rows: Sequence[Mapping[str, Any]], *, save_exceptions: bool
    ) -> tuple[list[DmlResult], list[BatchError]]:
        """Array DML: FORALL, executemany. One SQL execution: statement triggers fire as Oracle's do.

        Without ``save_exceptions`` the first failure raises OraError whose attribute ``rows_done``
        holds the results before it; those rows stay (PL/SQL FORALL undoes only the failing row).
        """


# --------------------------------------------------------------------------- sql → plsql callbacks


class Timing(enum.Enum):
    BEFORE_STATEMENT = "BEFORE STATEMENT"
    BEFORE_ROW = "BEFORE EACH ROW"
    AFTER_ROW = "AFTER EACH ROW"
    AFTER_STATEMENT = "AFTER STATEMENT"
    INSTEAD_OF = "INSTEAD OF"


RowImage = MutableMapping[str, Any]  # folded column name → value


class TriggerRun(Protocol):
    """A trigger during one statement; a compound trigger's state lives here.

    ``event`` is 'INSERT', 'UPDATE' or 'DELETE'; ``columns`` the folded columns named in SET (UPDATE).
    ``old`` is None for INSERT, ``new`` for DELETE. ``fire`` evaluates the WHEN clause itself; in
    BEFORE_ROW it may assign to ``new``.
    """

    def fire(
        self,
        timing: Timing,
        event: str,
        columns: frozenset[str],
        old: RowImage | None = None,
        new: RowImage | None = None,
    ) -> None: ...


class Trigger(Protocol):
    owner: str
    name: str
    timings: frozenset[Timing]
    row_only: bool  # BEFORE_ROW sees and changes nothing but its row

    def start(self) -> TriggerRun: ...


class PlsqlCallbacks(Protocol):
    """What ``sql`` may ask of ``plsql``; given to the SqlEngine by the session."""

    def triggers(
        self, owner: str, table: str, event: str, columns: frozenset[str]
    ) -> Sequence[Trigger]:
        """Enabled, valid triggers that fire for the event, in firing order (FOLLOWS, then creation).

        An invalid one is recompiled first; if that fails: ORA-04098."""

    def function_type(self, parts: tuple[str, ...], *, schema: str, user: str) -> OraType | None:
        """Return type of a stored or package function visible under that name, else None."""

    def call_function(
        self, parts: tuple[str, ...], args: Sequence[Any], *, schema: str, user: str
    ) -> Any: ...

    def host_function(self, host: HostScope, name: str) -> Callable[..., Any] | None:
        """A function local to the block around the statement (not callable in SQL: PLS-00231)."""


# --------------------------------------------------------------------------- plsql → session


class CompileError(Protocol):
    line: int
    column: int
    text: str  # "PLS-00201: identifier 'X' must be declared"


class PlsqlEngine(Protocol):
    """PL/SQL for one session; implemented by ``plsql.machine.Machine``."""

    def run_block(
        self, text: str, binds: MutableMapping[str, Any], bind_types: Mapping[str, OraType]
    ) -> dict[str, Direction]:
        """Run an anonymous block (or CALL) of the client; OUT values are stored back into ``binds``.

        Returns the direction of each bind. Compile errors: ORA-06550 with line and column. Compiled
        blocks are cached by text, bind types and catalogue version."""

    def compile_unit(
        self, owner: str, name: str, unit_type: str, source: str
    ) -> tuple[list[CompileError], list[tuple[str, str, str]]]:
        """Compile a stored unit; returns its errors and the (owner, name, type) it depends on."""

    def discard(self, owner: str, name: str) -> None:
        """Forget compiled code of a unit; package state is gone (ORA-04068 where Oracle says so)."""

    def reset_package_state(self) -> None: ...


class NativePackage(Protocol):
    """A supplied package: its spec is PL/SQL text (``supplied/<name>.pks``), its body Python.

    ``routines`` maps folded routine names to functions ``f(session, *args)`` with one argument per
    declared parameter (defaults already applied). OUT and IN OUT parameters arrive as :class:`Ref`.
    Records and collections arrive as the machine's own objects. Functions return their value.
    """

    name: str
    routines: Mapping[str, Callable[..., Any]]


@dataclass(slots=True)
class Ref:
    """An OUT or IN OUT argument of a native routine."""

    value: Any = None


# --------------------------------------------------------------------------- storage


class PgResult(Protocol):
    rows: list[Row]
    rowcount: int


class Storage(Protocol):
    """One session's way to PostgreSQL; only here is its driver known.

    Parameters are ``$1`` style. Values are those of ``values`` and come back as such. PostgreSQL's
    errors are raised as OraError (mapped by sqlstate, constraint, table and column).
    """

    in_transaction: bool  # the Oracle sense: DML, lock or AQ work is pending

    def query(self, sql: str, params: Sequence[Any] = ()) -> PgResult: ...
    def stream(self, sql: str, params: Sequence[Any] = ()) -> Iterator[list[Row]]: ...
    def statement(self, *, writes: bool) -> Any:
        """Context manager of one Oracle statement: opens the transaction if need be, sets a
        savepoint when work is pending, rolls back to it on error (statement-level atomicity)."""

    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def savepoint(self, name: str) -> None: ...
    def rollback_to(self, name: str) -> None: ...
    def cancel(self) -> None: ...
    def autonomous(self) -> Any:
        """Context manager: inside it this session works on a second connection and transaction."""

    def listen(self, channel: str) -> None: ...
    def wait_notify(self, timeout: float) -> bool: ...

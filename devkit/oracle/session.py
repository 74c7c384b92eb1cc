"""One session: sends the client's statements to SQL, PL/SQL or DDL, and keeps its state.

A session lives in its own process. What the layers above and below need of it is here: the current
storage (it changes inside autonomous transactions), the catalogue, both engines, NLS settings,
attributes shown in V$SESSION, and cancellation.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import threading
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

from devkit.oracle import releases
from devkit.oracle.catalog import verifier
from devkit.oracle.catalog.catalog import Catalog
from devkit.oracle.contracts import Direction, ExecuteResult, Verifier
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.shapes import COMPOSITE
from devkit.oracle.storage.pg import Storage
from devkit.oracle.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from devkit.oracle.contracts import AqMessage, DequeueOptions, ExecuteRequest, Prepared
    from devkit.oracle.prototypes import Prototypes
    from devkit.oracle.releases import Release

SERVICE_NAME = "FREEPDB1"
NLS_DEFAULTS = {
    "NLS_LANGUAGE": "AMERICAN",
    "NLS_TERRITORY": "AMERICA",
    "NLS_CURRENCY": "$",
    "NLS_ISO_CURRENCY": "AMERICA",
    "NLS_NUMERIC_CHARACTERS": ".,",
    "NLS_CALENDAR": "GREGORIAN",
    "NLS_DATE_FORMAT": "DD-MON-RR",
    "NLS_DATE_LANGUAGE": "AMERICAN",
    "NLS_SORT": "BINARY",
    "NLS_COMP": "BINARY",
    "NLS_TIME_FORMAT": "HH.MI.SSXFF AM",
    "NLS_TIMESTAMP_FORMAT": "DD-MON-RR HH.MI.SSXFF AM",
    "NLS_TIME_TZ_FORMAT": "HH.MI.SSXFF AM TZR",
    "NLS_TIMESTAMP_TZ_FORMAT": "DD-MON-RR HH.MI.SSXFF AM TZR",
    "NLS_DUAL_CURRENCY": "$",
    "NLS_LENGTH_SEMANTICS": "BYTE",
    "NLS_NCHAR_CONV_EXCP": "FALSE",
}
_ATTRIBUTES = (
    "module",
    "action",
    "client_identifier",
    "client_info",
    "program",
    "machine",
    "osuser",
    "terminal",
)
_LEAD_IN = re.compile(r"(?:\s+|--[^\n]*(?:\n|$)|/\*.*?\*/|\()*", re.DOTALL)
_WORD = re.compile(r"<<|[A-Za-z]+")
_QUERY = ("SELECT", "WITH")
_DML = ("INSERT", "UPDATE", "DELETE", "MERGE", "LOCK")
_BLOCK = ("BEGIN", "DECLARE", "CALL", "<<")
_DDL = (
    "CREATE", "ALTER", "DROP", "GRANT", "REVOKE", "COMMENT", "TRUNCATE", "RENAME", "PURGE",
    "ANALYZE",
    "AUDIT", "NOAUDIT", "ASSOCIATE", "DISASSOCIATE", "FLASHBACK",
)  # fmt: skip
_CONVERTED = frozenset(
    {
        Kind.CHAR, Kind.VARCHAR2, Kind.NCHAR, Kind.NVARCHAR2, Kind.NUMBER, Kind.DATE,
        Kind.TIMESTAMP, Kind.TIMESTAMP_TZ, Kind.TIMESTAMP_LTZ,
    }
)  # fmt: skip
_CONTROL = ("COMMIT", "ROLLBACK", "SAVEPOINT", "SET")


def first_word(sql: str) -> str:
    """The first word in upper case, after comments and parentheses; '' when there is none."""
    found = _LEAD_IN.match(sql)
    word = _WORD.match(sql, found.end() if found else 0)
    return word.group().upper() if word else ""


def _host_zone() -> str:
    """The offset of the host, as in +05:30."""
    offset = time.strftime("%z")
    return f"{offset[:3]}:{offset[3:]}"


class Session:
    """Implements contracts.NetSession; see the module's sentence for the rest."""

    def __init__(
        self,
        storage: Storage,
        user: str,
        *,
        user_id: int = 0,
        sysdba: bool = False,
        release: Release = releases.DEFAULT,
        is_prototype: bool = False,
    ) -> None:
        self.release = release
        self.user = user
        self.user_id = user_id
        self.is_sysdba = sysdba
        self.current_schema = user
        self.nls: dict[str, str] = dict(NLS_DEFAULTS)
        self.time_zone = "+00:00"
        self.attributes: dict[str, str | None] = {}
        self.contexts: dict[tuple[str, str], str] = {}
        self.supplied: dict[str, Any] = {}
        self.settings: dict[str, str] = {}  # plsql_warnings, ddl_lock_timeout …, folded names
        self.trigger_depth = 0
        self.on_commit: list[Callable[[], None]] = []
        self.on_rollback: list[Callable[[], None]] = []
        # Whose rights and schema apply, innermost last: the PL/SQL machine pushes for each unit.
        self.rights: list[tuple[str, str]] = []
        self._cancelled = threading.Event()
        self._is_running = False
        self._attributes_changed = False
        self._listening: set[str] = set()
        self.catalog = Catalog(self)
        self.sid = self.serial = 0
        self.resume(storage, is_prototype=is_prototype)

    def resume(self, storage: Storage, *, is_prototype: bool = False) -> None:
        """Begin to work on this connection; a prototype does so in nobody's sight."""
        self.main_storage = storage
        self.storage: Storage = storage
        if not is_prototype:
            rows = storage.query(
                "INSERT INTO ora_dict.sessions (sid, serial, username, schemaname, process, backend)"
                " VALUES (nextval('ora_dict.session_ids'), $1, $2, $2, $3, $4) RETURNING sid, serial",
                (secrets.randbelow(60_000) + 1, self.user, os.getpid(), storage.backend_pid),
            ).rows
            self.sid, self.serial = int(rows[0][0]), int(rows[0][1])
        storage.setting("ora.sid", str(self.sid))
        release = self.release
        storage.setting("ora.release", f"{release.base} {release.version} {release.product}")
        self.catalog.refresh()

    def suspend(self) -> None:
        """Give back the connection of a prototype, which has written nothing."""
        self.main_storage.close()

    # -- the engines, made when first needed

    @cached_property
    def sql(self) -> Any:
        from devkit.oracle.rights import SessionEngine

        return SessionEngine(self)

    @cached_property
    def plsql(self) -> Any:
        from devkit.oracle.plsql.machine import Machine

        return Machine(self)

    # -- state

    @property
    def in_transaction(self) -> bool:
        return self.main_storage.in_transaction

    @property
    def effective_user(self) -> str:
        """The user whose privileges count now: the owner inside a definer-rights unit."""
        return self._rights()[1]

    @property
    def effective_schema(self) -> str:
        return self._rights()[0]

    @property
    def effective_roles(self) -> bool:
        """Whether privileges held through roles count: not inside a definer-rights unit."""
        return self._rights()[2]

    def _rights(self) -> tuple[str, str, bool]:
        """(schema, user, roles)."""
        schema, user, roles = self.current_schema, self.user, True
        if "plsql" in self.__dict__:  # else no PL/SQL can be on the stack
            schema, user, roles = self.plsql.caller_rights()
        if self.rights:
            user, schema = self.rights[-1]
        return schema, user, roles

    def check_cancel(self) -> None:
        if self._cancelled.is_set():
            raise OraError(1013)

    def sleep(self, seconds: float) -> None:
        """Wait, unless the client cancels."""
        self._cancelled.wait(max(seconds, 0.0))
        self.check_cancel()

    @contextlib.contextmanager
    def notifications(self, channel: str) -> Iterator[Callable[[float], bool]]:
        """Listen to a channel; gives a function that waits for news, or a cancel (ORA-01013)."""
        storage = self.main_storage
        if channel not in self._listening:
            storage.listen(channel)
            self._listening.add(channel)
        else:
            storage.wait_notify(0)  # what came earlier is seen by the caller's first look

        def wake(timeout: float) -> bool:
            self.check_cancel()
            came = storage.wait_notify(timeout)
            self.check_cancel()
            return came

        yield wake

    # -- transactions

    def commit(self) -> None:
        storage = self.storage
        if storage.in_transaction and not storage.is_read_only:
            for owner, name in self.catalog.transactional_tables:
                storage.query(f'DELETE FROM "{owner}"."{name}"')  # noqa: S608 - names of the dictionary
        storage.commit()
        if storage is self.main_storage:
            for hook in list(self.on_commit):
                hook()

    def rollback(self) -> None:
        storage = self.storage
        storage.rollback()
        if storage is self.main_storage:
            for hook in list(self.on_rollback):
                hook()

    def savepoint(self, name: str) -> None:
        self.storage.savepoint(name)

    def rollback_to(self, name: str) -> None:
        self.storage.rollback_to(name)

    @contextlib.contextmanager
    def autonomous(self) -> Iterator[None]:
        """Inside it the session works on a second connection (ORA-06519 if left open)."""
        outer = self.storage
        with outer.autonomous() as inner:
            self.storage = inner
            try:
                yield
            finally:
                self.storage = outer

    # -- NetSession: statements

    def execute(self, request: ExecuteRequest) -> ExecuteResult:
        with self._call():
            word = first_word(request.sql)
            if word in _QUERY:
                result = self._query(request)
            elif word in _DML:
                result = self._dml(request)
            elif word in _BLOCK:
                result = self._block(request)
            elif request.describe_only:
                result = ExecuteResult()
            else:
                result = ExecuteResult(
                    compiled_with_errors=self.run_statement(request.sql, word=word)
                )
            if request.autocommit and self.in_transaction and not result.batch_errors:
                self.commit()
            return result

    def run_statement(self, sql: str, *, word: str | None = None) -> bool:
        """Anything but queries, DML and blocks: transaction control, DDL, ALTER SESSION.

        Dynamic SQL comes here too. True when a unit was created with compilation errors.
        """
        word = word or first_word(sql)
        if word in _CONTROL:
            from devkit.oracle.catalog.ddl import control

            control.run(self, sql)
            return False
        if word in _DDL:
            return self.run_ddl(sql)
        if word == "EXPLAIN":
            raise unsupported("EXPLAIN PLAN")
        raise OraError(900)

    def run_ddl(self, sql: str) -> bool:
        """Run a DDL statement with the rights in force; it commits before and after."""
        from devkit.oracle.catalog.ddl import statements

        return statements.run(self, sql)

    def alter_session(self, sql: str) -> None:
        self.run_ddl(sql)

    def ddl_done(self) -> None:
        """After changes to the dictionary: tell every session, and commit."""
        self.storage.query("UPDATE ora_dict.version SET version = version + 1")
        self.storage.commit()
        self.catalog.follow()
        self.storage.forget_plans()
        if self.storage is not self.main_storage:
            self.main_storage.forget_plans()

    def revalidate(self, owner: str, name: str, kind: str) -> bool:
        """Compile an invalid unit or view that is about to be used; True when it is valid now."""
        from devkit.oracle.catalog.ddl import units

        return units.revalidate(self, owner, name, kind)

    def forget_broken_units(self) -> None:
        """After DDL: what did not compile may do so now."""
        if "plsql" not in self.__dict__:
            return
        for key, unit in list(self.plsql.units.items()):
            if unit.errors:
                self.plsql.discard(*key)
            elif unit.body is not None and unit.body.errors:
                self.plsql.discard(*unit.body.key)

    def _publish_units(self) -> None:
        if "plsql" in self.__dict__ and self.catalog.invalid_units():
            from devkit.oracle.catalog.ddl import units

            units.publish(self)

    def compile_schema(self, schema: str, *, only_invalid: bool = True) -> None:
        from devkit.oracle.catalog.ddl import units

        units.compile_schema(self, schema, only_invalid=only_invalid)

    def _query(self, request: ExecuteRequest) -> ExecuteResult:
        prepared = self._prepare(request)
        if request.describe_only:
            return ExecuteResult(columns=prepared.columns)
        if len(request.rows) > 1:
            raise unsupported("executemany with a query")
        for column in prepared.columns:
            if column.type.kind in COMPOSITE:
                raise unsupported(f"{column.name} of an object or collection type sent to a client")
        if "V$MYSTAT" in request.sql.upper():
            self.main_storage.setting("ora.execute_count", str(self.sql.executions))
        cursor = self.sql.open(prepared, _bind_values(request, request.rows[0]))
        return ExecuteResult(cursor=cursor, columns=cursor.columns)

    def _dml(self, request: ExecuteRequest) -> ExecuteResult:
        prepared = self._prepare(request)
        if request.describe_only:
            return ExecuteResult()
        rows = [_bind_values(request, row) for row in request.rows]
        result = ExecuteResult()
        if len(rows) == 1 and not request.batch_errors:
            done = [self.sql.run(prepared, rows[0])]
        else:
            done, result.batch_errors = self.sql.run_many(
                prepared, rows, save_exceptions=request.batch_errors
            )
        result.rowcount = sum(one.rowcount for one in done)
        result.lastrowid = done[-1].lastrowid if done else None
        if request.dml_row_counts:
            result.row_counts = [one.rowcount for one in done]
        if prepared.returning_binds:
            converters = list(enumerate(self._returning_converters(request, prepared)))
            result.returning = [
                [
                    [row[index] if to is None else to(row[index]) for row in one.returned]
                    for index, to in converters
                ]
                for one in done
            ]
        return result

    def _returning_converters(
        self, request: ExecuteRequest, prepared: Prepared
    ) -> list[Callable[[Any], Any] | None]:
        """RETURNING INTO converts as an assignment does: a number into text, say."""
        kinds = [bind.type.kind for bind in request.binds if bind.is_returning]
        found: list[Callable[[Any], Any] | None] = []
        for column, kind in zip(prepared.columns, kinds, strict=False):
            source = column.type.kind
            if source is kind or not {source, kind} <= _CONVERTED:
                found.append(None)
            else:
                found.append(self.plsql.conversions.converter(source, kind))
        return found + [None] * (len(prepared.returning_binds) - len(found))

    def _prepare(self, request: ExecuteRequest) -> Prepared:
        types = {bind.name: bind.type for bind in request.binds if not bind.is_returning}
        prepared: Prepared = self.sql.prepare(
            request.sql, schema=self.current_schema, user=self.user, roles=True, bind_types=types
        )
        return prepared

    def _block(self, request: ExecuteRequest) -> ExecuteResult:
        types = {bind.name: bind.type for bind in request.binds}
        result = ExecuteResult()
        if request.describe_only:
            return result
        outputs: list[list[Any]] = []
        for row in request.rows:
            binds = {bind.name: value for bind, value in zip(request.binds, row, strict=True)}
            with self.storage.statement(writes=False):
                directions: Mapping[str, Direction] = self.plsql.run_block(
                    request.sql, binds, types
                )
            if request.binds:
                result.directions = [
                    directions.get(one.name, Direction.IN) for one in request.binds
                ]
                outputs.append(
                    [
                        binds[one.name]
                        for one, direction in zip(request.binds, result.directions, strict=True)
                        if direction is not Direction.IN
                    ]
                )
        if request.binds:
            result.out = outputs
        results = self.supplied.pop("IMPLICIT_RESULTS", None)
        if results:
            result.implicit_results = results
        return result

    @contextlib.contextmanager
    def _call(self) -> Iterator[None]:
        """One round trip of the client: fresh dictionary, no cancel left over from before."""
        self._cancelled.clear()
        self._is_running = True
        try:
            self._show_attributes()
            if self.catalog.refresh():
                self.storage.forget_plans()
                self.forget_broken_units()
            yield
            self._publish_units()
            self._show_attributes()
        finally:
            self._is_running = False

    # -- NetSession: the rest

    def close(self) -> None:
        """Roll back and end; called on logoff and on a lost socket."""
        storage = self.main_storage
        with contextlib.suppress(OraError):
            storage.rollback()
            for owner, name in storage.query(
                "SELECT owner, name FROM ora_dict.tables WHERE temporary"
            ).rows:
                storage.query(f'DELETE FROM "{owner}"."{name}"')  # noqa: S608 - names of the dictionary
            storage.query("DELETE FROM ora_dict.sessions WHERE sid = $1", (self.sid,))
        storage.close()

    def cancel(self) -> None:
        """Abort the running call with ORA-01013; called from the socket's reader thread."""
        if self._is_running:
            self._cancelled.set()
            self.main_storage.cancel()

    def set_attribute(self, name: str, value: str | None) -> None:
        if name == "current_schema":
            if value:
                if not self.catalog.user_exists(value):
                    raise OraError(1435)
                self.current_schema = value
            return
        self.attributes[name] = value
        self._attributes_changed = True

    def set_context(self, namespace: str, attribute: str, value: str | None) -> None:
        key = (namespace.upper(), attribute.upper())
        if value is None:
            self.contexts.pop(key, None)
        else:
            self.contexts[key] = value

    def change_password(self, old: str, new: str) -> None:
        self.catalog.refresh()
        user = self.catalog.user(self.user)
        if user is None or user.salt is None or verifier.derive(old, user.salt) != user.key:
            raise OraError(28008)
        salt, key = verifier.make(new)
        with self.storage.statement(writes=True):
            self.storage.query(
                "UPDATE ora_dict.users SET salt = $2, key = $3 WHERE name = $1",
                (self.user, salt, key),
            )
        self.ddl_done()

    def aq_enqueue(self, queue: str, messages: Sequence[AqMessage], visibility: int) -> list[bytes]:
        from devkit.oracle.supplied import aq

        with self._call():
            return aq.enqueue(self, queue, messages, visibility)

    def aq_dequeue(self, queue: str, options: DequeueOptions, count: int) -> list[AqMessage]:
        from devkit.oracle.supplied import aq

        with self._call():
            return aq.dequeue(self, queue, options, count)

    # -- what SQL functions ask

    def sys_context(self, namespace: str, attribute: str) -> str | None:
        """SYS_CONTEXT; an unknown USERENV attribute is ORA-02003, other namespaces give NULL."""
        attribute = attribute.upper()
        if namespace.upper() != "USERENV":
            return self.contexts.get((namespace.upper(), attribute))
        values: dict[str, str | None] = {
            "SESSION_USER": self.user,
            "CURRENT_USER": self.effective_user,
            "CURRENT_SCHEMA": self.effective_schema,
            "SESSION_USERID": str(self.user_id),
            "PROXY_USER": None,
            "SID": str(self.sid),
            "SESSIONID": str(self.sid),
            "DB_NAME": SERVICE_NAME,
            "CON_NAME": SERVICE_NAME,
            "CON_ID": "3",
            "SERVICE_NAME": SERVICE_NAME.lower(),
            "INSTANCE": "1",
            "INSTANCE_NAME": "FREE",
            "SERVER_HOST": "localhost",
            "ISDBA": "TRUE" if self.is_sysdba else "FALSE",
            "LANG": "US",
            "LANGUAGE": "AMERICAN_AMERICA.AL32UTF8",
            "NLS_TERRITORY": self.nls["NLS_TERRITORY"],
            "NLS_DATE_FORMAT": self.nls["NLS_DATE_FORMAT"],
            "NLS_DATE_LANGUAGE": self.nls["NLS_DATE_LANGUAGE"],
            "NLS_SORT": self.nls["NLS_SORT"],
            "MODULE": self.attributes.get("module"),
            "ACTION": self.attributes.get("action"),
            "CLIENT_IDENTIFIER": self.attributes.get("client_identifier"),
            "CLIENT_INFO": self.attributes.get("client_info"),
            "HOST": self.attributes.get("machine"),
            "OS_USER": self.attributes.get("osuser"),
            "TERMINAL": self.attributes.get("terminal"),
            "CLIENT_PROGRAM_NAME": self.attributes.get("program"),
            "AUTHENTICATION_METHOD": "PASSWORD",
            "IP_ADDRESS": "127.0.0.1",
            "NETWORK_PROTOCOL": "tcp",
            "DATABASE_ROLE": "PRIMARY",
            "BG_JOB_ID": self.attributes.get("job_id"),
            "CLOUD_SERVICE": None,  # of an Autonomous Database only
        }
        if attribute not in values:
            raise OraError(2003)
        return values[attribute]

    def set_nls(self, name: str, value: str) -> None:
        """One NLS parameter; shown in NLS_SESSION_PARAMETERS."""
        self.nls[name] = value
        self.main_storage.setting("ora.nls", json.dumps(self.nls))

    def _show_attributes(self) -> None:
        """Write what V$SESSION shows, once no transaction would hold it back."""
        if not self._attributes_changed or self.main_storage.in_transaction:
            return
        self._attributes_changed = False
        assignments = ", ".join(f"{name} = ${number}" for number, name in enumerate(_ATTRIBUTES, 3))
        self.main_storage.query(
            f"UPDATE ora_dict.sessions SET schemaname = $2, {assignments} WHERE sid = $1",  # noqa: S608
            (self.sid, self.current_schema, *(self.attributes.get(name) for name in _ATTRIBUTES)),
        )


def _bind_values(request: ExecuteRequest, row: Sequence[Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    names = [bind.name for bind in request.binds if not bind.is_returning]
    for name, value in zip(names, row, strict=True):
        if name in values and values[name] != value:
            raise unsupported(f"different values for the repeated bind :{name}")
        values[name] = value
    return values


class Database:
    """Implements contracts.Instance over a running cluster."""

    service_name = SERVICE_NAME

    def __init__(
        self,
        conninfo: str,
        release: Release = releases.DEFAULT,
        prototypes: Prototypes | None = None,
    ) -> None:
        self.conninfo = conninfo
        self.release = release
        self._prototypes = prototypes
        self.session: Session | None = None  # the newest
        self._ready: tuple[str, Storage] | None = None  # made to authenticate, used to work

    def _connect(self, user: str) -> Storage:
        if self._ready is not None:
            name, storage = self._ready
            self._ready = None
            if name == user:
                return storage
            storage.close()
        quoted = user.replace("'", "''")
        setup = [
            f"SET ora.me = '{quoted}'",
            "SET search_path = ora, pg_catalog",
            f"SET ora.host_zone = '{_host_zone()}'",
            "SET client_min_messages = error",
        ]
        return Storage(self.conninfo, setup=setup)

    def verifier(self, user: str) -> Verifier | None:
        storage = self._connect(user)
        rows = storage.query(
            "SELECT salt, key, locked FROM ora_dict.users WHERE name = $1 AND key IS NOT NULL",
            (user,),
        ).rows
        self._ready = (user, storage)
        return Verifier(user, *rows[0]) if rows else None

    def close(self) -> None:
        """Give back what authentication left, when no session was opened."""
        if self._ready is not None:
            self._ready[1].close()
            self._ready = None

    def open_session(self, user: str, *, sysdba: bool = False, background: bool = False) -> Session:
        """A session of an authenticated user; ORA-01045 without CREATE SESSION.

        A ``background`` session, of the job coordinator, needs no such privilege: the owner of a job
        may be an account that nobody can log on to.
        """
        storage = self._connect(user)
        rows = storage.query("SELECT user_id FROM ora_dict.users WHERE name = $1", (user,)).rows
        if not rows:
            storage.close()
            raise OraError(1017)
        user_id = int(rows[0][0])
        prototypes = self._prototypes
        found = prototypes.take(user, user_id, sysdba=sysdba) if prototypes is not None else None
        if found is not None:
            session = found
            session.resume(storage)
        else:
            session = Session(storage, user, user_id=user_id, sysdba=sysdba, release=self.release)
        self.session = session
        if sysdba and user != "SYS":
            session.close()
            raise OraError(1031)
        if not background and not session.catalog.has_system_privilege(user, "CREATE SESSION"):
            session.close()
            raise OraError(1045, user)
        return session

    def open_prototype(
        self, user: str, user_id: int, sysdba: bool, known: Session | None
    ) -> Session:
        """The prototype of a user's sessions, a new one if none is known, on a connection of its own."""
        storage = self._connect(user)
        try:
            if known is not None:
                known.resume(storage, is_prototype=True)
                if "plsql" in known.__dict__:
                    known.plsql.refresh()
                return known
            return Session(
                storage,
                user,
                user_id=user_id,
                sysdba=sysdba,
                release=self.release,
                is_prototype=True,
            )
        except BaseException:
            storage.close()
            raise


@contextlib.contextmanager
def local(
    data: Path | str,
    user: str = "SYSTEM",
    *,
    durability: str = "fast",
    release: Release = releases.DEFAULT,
) -> Iterator[Session]:
    """A session without network, for tests: starts the storage of ``data``, stops it at the end."""
    from devkit.oracle.server import start_cluster

    with start_cluster(data, durability=durability) as cluster:
        session = Database(cluster.conninfo, release).open_session(user)
        try:
            yield session
        finally:
            session.close()

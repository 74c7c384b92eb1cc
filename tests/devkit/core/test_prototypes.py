"""A session that begins as a copy of a prototype is a session like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.oracle.contracts import ExecuteRequest
from devkit.oracle.errors import OraError
from devkit.oracle.plsql.units import LazyRoutine
from devkit.oracle.prototypes import SESSIONS, Prototypes
from devkit.oracle.server import start_cluster
from devkit.oracle.session import Database, Session

if TYPE_CHECKING:
    from collections.abc import Iterator

SETUP = (
    "create user p identified by pw quota unlimited on users",
    "grant create session, create procedure, create table to p",
    "create table p.t (n number)",
    "create or replace package p.counter is\n  procedure add;\n  function total return number;\nend;",
    "create or replace package body p.counter is\n  g_total number := 0;\n"
    "  procedure add is begin g_total := g_total + 1; insert into p.t values (g_total); end;\n"
    "  function total return number is begin return g_total; end;\nend;",
)


class Host:
    """A database as the listener has it, with sessions that end in the same process."""

    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo
        self.prototypes = Prototypes(self.database)

    def database(self) -> Database:
        return Database(self.conninfo, prototypes=self.prototypes)

    def open(self) -> Session:
        return self.database().open_session("P")

    def end(self, session: Session) -> None:
        """What a session's process does at its end, and the listener afterwards."""
        session.close()
        self.prototypes.tell(session)
        self.prototypes.listen()

    def settle(self) -> None:
        while self.prototypes.has_work:
            self.prototypes.work()

    def warm(self) -> None:
        """So many sessions have ended that there is a prototype."""
        for _ in range(SESSIONS):
            session = self.open()
            run(session, "begin counter.add; end;")
            self.end(session)
        self.settle()


@pytest.fixture(scope="module")
def conninfo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with start_cluster(tmp_path_factory.mktemp("prototypes"), durability="fast") as cluster:
        yield cluster.conninfo


@pytest.fixture
def admin(conninfo: str) -> Iterator[Session]:
    session = Database(conninfo).open_session("SYSTEM")
    for statement in SETUP:
        run(session, statement)
    yield session
    run(session, "drop user p cascade")
    session.close()


@pytest.fixture
def host(conninfo: str, admin: Session) -> Iterator[Host]:
    host = Host(conninfo)
    yield host
    host.prototypes.close()


def run(session: Session, sql: str) -> list[tuple[object, ...]]:
    result = session.execute(ExecuteRequest(sql))
    return result.cursor.fetch(100) if result.cursor else []


def total(session: Session) -> object:
    ((value,),) = run(session, "select counter.total() from dual")
    return value


def compiled(session: Session) -> set[str]:
    if "plsql" not in session.__dict__:
        return set()
    units = session.plsql.units.values()
    return {
        name
        for unit in units
        if unit.owner == "P" and unit.body is not None
        for name, found in unit.ns.items()
        if name.startswith("f_") and not isinstance(found, LazyRoutine)
    }


def test_it_begins_with_what_earlier_sessions_compiled_and_with_no_state_of_theirs(
    host: Host,
) -> None:
    host.warm()
    session = host.open()
    assert compiled(session) == {"f_ADD_1"}  # nobody has called the other one
    assert total(session) == 0
    run(session, "begin counter.add; end;")
    assert total(session) == 1
    session.rollback()
    host.end(session)


def test_one_session_is_not_worth_a_prototype(host: Host) -> None:
    session = host.open()
    run(session, "begin counter.add; end;")
    host.end(session)
    assert not host.prototypes.has_work
    session = host.open()
    assert compiled(session) == set()
    session.close()


def test_what_was_replaced_since_is_compiled_anew(host: Host, admin: Session) -> None:
    host.warm()
    run(
        admin,
        "create or replace package body p.counter is\n  procedure add is begin null; end;\n"
        "  function total return number is begin return 42; end;\nend;",
    )
    session = host.open()
    assert compiled(session) == {"f_ADD_1"}  # it has not looked yet
    assert total(session) == 42
    host.end(session)

    # and that is told, so that the next one begins with the new body
    host.settle()
    session = host.open()
    units = session.plsql.units
    body = units["P", "COUNTER", "PACKAGE"].body
    assert body.fingerprint == session.plsql.fingerprint("P", "COUNTER", "PACKAGE BODY")
    assert compiled(session) == {"f_ADD_1", "f_TOTAL_1"}
    session.close()


def test_what_was_dropped_or_revoked_since_is_refused(host: Host, admin: Session) -> None:
    host.warm()
    run(admin, "revoke create session from p")
    with pytest.raises(OraError, match="ORA-01045"):
        host.open()
    run(admin, "grant create session to p")
    run(admin, "drop package p.counter")
    session = host.open()
    with pytest.raises(OraError, match="PLS-00201"):
        run(session, "begin counter.add; end;")
    session.close()


def test_who_was_dropped_and_made_again_is_somebody_else(host: Host, admin: Session) -> None:
    host.warm()
    run(admin, "drop user p cascade")
    for statement in SETUP:
        run(admin, statement)
    session = host.open()
    assert compiled(session) == set()
    assert total(session) == 0
    session.close()


def test_nobody_sees_a_prototype_and_each_session_is_one_of_its_own(
    host: Host, admin: Session
) -> None:
    host.warm()
    (first,) = run(admin, "select count(*) from v$session where username = 'P'")
    assert first == (0,)
    session = host.open()
    ((sid, number),) = run(admin, "select max(sid), count(*) from v$session where username = 'P'")
    assert (sid, number) == (session.sid, 1)
    session.close()


def test_a_prototype_learns_what_later_sessions_use(host: Host, admin: Session) -> None:
    host.warm()
    run(admin, "create or replace procedure p.more is begin counter.add; end;")
    session = host.open()
    run(session, "begin more; end;")
    session.rollback()
    # a session's process is a copy: here the listener's prototype went with it
    host.end(session)
    host.settle()
    session = host.open()
    assert ("P", "MORE", "PROCEDURE") in session.plsql.units
    assert compiled(session) == {"f_ADD_1"}
    session.close()

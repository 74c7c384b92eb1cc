"""Users, roles, grants: what is allowed, what is refused, and with which code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.oracle.contracts import Verifier
from devkit.oracle.errors import OraError
from devkit.oracle.session import Database, Session
from tests.devkit.core.conftest import Client

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def users(run: Client) -> Iterator[tuple[Client, Client]]:
    """SYSTEM, and a user A who may connect and nothing else; table T.X is there."""
    run("create user a identified by pw")
    run("grant create session to a")
    run("create table x (id number, v varchar2(10))")
    run("insert into x values (1, 'one')")
    run("commit")
    session = login(run.session, "A")
    yield run, Client(session)
    session.close()
    run("drop user a cascade")


def login(beside: Session, user: str) -> Session:
    return Database(beside.main_storage.conninfo).open_session(user)


def verifier(beside: Session, user: str) -> Verifier | None:
    database = Database(beside.main_storage.conninfo)
    found = database.verifier(user)
    database.close()
    return found


def code(client: Client, sql: str) -> int:
    with pytest.raises(OraError) as caught:
        client(sql)
    return caught.value.code


def test_an_object_without_a_grant_does_not_exist(users: tuple[Client, Client]) -> None:
    _, a = users
    assert code(a, "select * from t.x") == 942
    assert code(a, "drop table t.x") == 942
    assert code(a, "grant select on t.x to a") == 942


def test_a_grant_opens_exactly_what_it_names(users: tuple[Client, Client]) -> None:
    system, a = users
    system("grant select on x to a")
    assert a("select v from t.x") == [("one",)]
    assert code(a, "delete from t.x") == 1031
    assert code(a, "drop table t.x") == 1031
    system("revoke select on x from a")
    assert code(a, "select v from t.x") == 942


def test_a_role_carries_its_grants(users: tuple[Client, Client]) -> None:
    system, a = users
    system("create role reader")
    system("grant select on x to reader")
    system("grant reader to a")
    assert a("select v from t.x") == [("one",)]
    assert not a.session.catalog.can("A", "SELECT", "T", "X", roles=False)
    system("drop role reader")
    assert code(a, "select v from t.x") == 942


def test_public_means_everybody(users: tuple[Client, Client]) -> None:
    system, a = users
    system("grant select on x to public")
    assert a("select v from t.x") == [("one",)]


def test_creating_needs_its_privilege(users: tuple[Client, Client]) -> None:
    system, a = users
    assert code(a, "create table y (n number)") == 1031
    assert code(a, "create user b identified by b") == 1031
    assert code(a, "create table t.y (n number)") == 1031
    system("grant create table to a")
    a("create table y (n number)")
    assert code(a, "create table t.y (n number)") == 1031
    system("grant create any table to a")
    a("create table t.y (n number)")


def test_any_privileges_do_not_open_sys(users: tuple[Client, Client]) -> None:
    system, a = users
    system("grant select any table to a")
    assert a("select v from t.x") == [("one",)]
    assert code(a, "select * from sys.dba_users") == 942
    system("grant select any dictionary to a")
    assert ("A",) in a("select username from dba_users")


def test_the_grant_option_passes_on_and_is_taken_back_with_its_giver(
    users: tuple[Client, Client],
) -> None:
    system, a = users
    system("create user b identified by b")
    system("grant create session to b")
    b = Client(login(system.session, "B"))
    system("grant select on x to a")
    assert code(a, "grant select on t.x to b") == 1031
    system("grant select on x to a with grant option")
    a("grant select on t.x to b")
    assert b("select v from t.x") == [("one",)]
    system("revoke select on x from a")
    assert code(b, "select v from t.x") == 942
    b.session.close()
    system("drop user b")


def test_a_user_without_create_session_cannot_log_in(run: Client) -> None:
    run("create user c identified by c")
    with pytest.raises(OraError, match="ORA-01045"):
        login(run.session, "C")
    run("drop user c")


def test_a_connected_user_is_not_dropped(users: tuple[Client, Client]) -> None:
    system, _ = users
    assert code(system, "drop user a") == 1940


def test_a_schema_with_objects_needs_cascade(run: Client) -> None:
    run("create table y (n number)")
    assert code(run, "drop user t") == 1922


def test_passwords_are_changed_by_their_owner(users: tuple[Client, Client]) -> None:
    _, a = users
    before = verifier(a.session, "A")
    with pytest.raises(OraError, match="ORA-28008"):
        a.session.change_password("wrong", "new")
    a.session.change_password("pw", "new")
    after = verifier(a.session, "A")
    assert before is not None
    assert after is not None
    assert before.key != after.key


def test_a_user_without_authentication_has_no_verifier(run: Client) -> None:
    assert verifier(run.session, "T") is None
    assert verifier(run.session, "NOBODY") is None


def test_the_dictionary_shows_what_was_granted(users: tuple[Client, Client]) -> None:
    system, a = users
    system("grant select, update on x to a")
    system("grant resource to a with admin option")
    assert a("select owner, table_name, privilege from user_tab_privs order by 3") == [
        ("T", "X", "SELECT"),
        ("T", "X", "UPDATE"),
    ]
    assert a("select granted_role, admin_option from user_role_privs") == [("RESOURCE", "YES")]
    assert a("select privilege from user_sys_privs") == [("CREATE SESSION",)]
    assert ("CREATE TABLE",) in a("select privilege from session_privs")
    assert a("select table_name from all_tables where owner = 'T'") == [("X",)]


def test_a_grant_on_columns_covers_only_them(users: tuple[Client, Client]) -> None:
    system, a = users
    system("grant update (v) on x to a")
    system("grant select on x to a")
    catalog = a.session.catalog
    catalog.refresh()
    assert catalog.can("A", "UPDATE", "T", "X", column="V")
    assert not catalog.can("A", "UPDATE", "T", "X", column="ID")
    a("update t.x set v = 'two'")
    assert code(a, "update t.x set id = 2") == 1031
    system("grant update on x to a")
    a("update t.x set id = 2")
    a("rollback")


def test_queue_packages_are_not_for_everybody(users: tuple[Client, Client]) -> None:
    system, a = users
    assert not a.session.catalog.can("A", "EXECUTE", "SYS", "DBMS_AQ")
    assert a.session.catalog.can("A", "EXECUTE", "SYS", "DBMS_OUTPUT")
    system("grant execute on sys.dbms_aq to a")
    a.session.catalog.refresh()
    assert a.session.catalog.can("A", "EXECUTE", "SYS", "DBMS_AQ", roles=False)

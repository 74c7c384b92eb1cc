"""Every clause of units, grants, ALTER SESSION and transaction control has an effect, or is refused.

As in test_ddl_clauses the walk is over the words that the readers ask for, and over the parameters
that ALTER SESSION knows: each stands in one of the tables below.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from devkit import oracle
from devkit.oracle.catalog.ddl import alter_session
from devkit.oracle.errors import OraError
from devkit.oracle.plsql import parser_declarations
from tests.devkit.core.conftest import Client, undone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devkit.oracle.session import Session

_READERS = (
    "catalog/ddl/grants", "catalog/ddl/alter_session", "catalog/ddl/control", "catalog/ddl/units",
    "plsql/parser_headers",
)  # fmt: skip
_READING = {"take", "take_one", "take_all", "expect", "is_at"}
_STATE = """SELECT string_agg(t::text, E'\\n' ORDER BY t::text) FROM (
 SELECT 'object', name, type, status, authid, '' FROM ora_dict.objects WHERE owner = 'T'
 UNION ALL SELECT 'error', name, type, text, '', '' FROM ora_dict.errors WHERE owner = 'T'
 UNION ALL SELECT 'trigger', name, timing, concat_ws(' ', for_each_row, events, update_columns),
   concat_ws(' ', enabled, follows), '' FROM ora_dict.triggers WHERE owner = 'T'
 UNION ALL SELECT 'described', name, facts::text, '', '', '' FROM ora_dict.described WHERE owner = 'T'
 UNION ALL SELECT 'system', grantee, privilege, admin::text, '', '' FROM ora_dict.sys_grants
   WHERE grantee LIKE 'TU%'
 UNION ALL SELECT 'role', grantee, role, admin::text, '', '' FROM ora_dict.role_grants
   WHERE grantee LIKE 'TU%'
 UNION ALL SELECT 'on', grantee, owner || '.' || name, privilege, grantable::text, columns::text
   FROM ora_dict.obj_grants WHERE grantee LIKE 'TU%' OR owner = 'T'
) AS t(a, b, c, d, e, f)"""

BASE = (
    "create user tu_one no authentication",
    "create role tu_role",
    "create table base (id number primary key, n number)",
    "create view vw as select id from base",
    "create trigger first_t before insert on base begin null; end;",
    "create type used_t as object (n number)",
    "create type user_t as table of used_t",
    "create procedure kept is begin null; end;",
    "create package pk is procedure p; end;",
    "create package body pk is procedure p is begin null; end; end;",
    "grant select, references on base to tu_one",
    "grant create table to tu_one",
    "grant tu_role to tu_one",
)
P = "is begin null; end;"
F = "is begin return 1; end;"
ROW = "before update on base for each row"
# With a clause, and without it: what the dictionary shows, or what a statement then gives, differs.
EFFECTS: list[tuple[str, str, str | None]] = [
    (f"create procedure p authid current_user {P}", f"create procedure p {P}", None),
    (
        f"create procedure p /* authid current_user */ authid definer {P}",
        f"create procedure p authid current_user {P}",
        None,
    ),
    (
        f"create procedure p accessible by (procedure q) {P}",
        f"create procedure p {P}",
        "begin p; end;",
    ),
    (
        "create package q accessible by (package r) is c constant number := 1; end;",
        "create package q is c constant number := 1; end;",
        "declare n number := q.c; begin null; end;",
    ),
    (
        f"create function f return number deterministic {F}",
        f"create function f return number {F}",
        None,
    ),
    (
        "create function f return user_t pipelined is begin return; end;",
        "create function f return user_t is begin return null; end;",
        None,
    ),
    (f"create or replace procedure kept {P}", f"create procedure kept {P}", None),
    (
        "create or replace type used_t force as object (n number, m number)",
        "create or replace type used_t as object (n number, m number)",
        None,
    ),
    ("drop type used_t force", "drop type used_t", None),
    (
        "create type a_t authid current_user as object (n number)",
        "create type a_t as object (n number)",
        None,
    ),
    # triggers
    (
        f"create trigger t {ROW} begin null; end;",
        "create trigger t before update on base begin null; end;",
        None,
    ),
    (
        "create trigger t after update on base begin null; end;",
        "create trigger t before update on base begin null; end;",
        None,
    ),
    (
        "create trigger t before update or delete on base begin null; end;",
        "create trigger t before update on base begin null; end;",
        None,
    ),
    (
        "create trigger t before update of n, id on base begin null; end;",
        "create trigger t before update on base begin null; end;",
        None,
    ),
    (
        "create trigger t before update on base disable begin null; end;",
        "create trigger t before update on base enable begin null; end;",
        None,
    ),
    (
        "create trigger t before insert on base follows first_t begin null; end;",
        "create trigger t before insert on base begin null; end;",
        None,
    ),
    (
        f"create trigger t {ROW} when (new.n = 1) begin raise_application_error(-20001, 'x'); end;",
        f"create trigger t {ROW} begin raise_application_error(-20001, 'x'); end;",
        "begin insert into base values (1, 1); update base set n = 2; end;",
    ),
    (
        "create trigger t before update on base referencing new as n for each row begin :n.n := 1; end;",
        f"create trigger t {ROW} begin :n.n := 1; end;",
        None,
    ),
    (
        "create trigger t instead of insert on vw begin null; end;",
        "create trigger t before insert on vw begin null; end;",
        None,
    ),
    (
        "create trigger t for update on base compound trigger"
        " before statement is begin null; end before statement; end;",
        "create trigger t before update on base begin null; end;",
        None,
    ),
    ("alter trigger first_t disable", "alter trigger first_t enable", None),
    ("drop package body pk", "drop package pk", None),
    # GRANT and REVOKE
    ("grant create view to tu_one with admin option", "grant create view to tu_one", None),
    ("grant tu_role to tu_one with admin option", "grant tu_role to tu_one", None),
    ("grant insert on base to tu_one with grant option", "grant insert on base to tu_one", None),
    ("grant insert (n) on base to tu_one", "grant insert on base to tu_one", None),
    ("grant on commit refresh on base to tu_one", "grant select on base to tu_one", None),
    ("revoke create table from tu_one", "revoke tu_role from tu_one", None),
    (
        "revoke references on base from tu_one cascade constraints",
        "revoke select on base from tu_one",
        None,
    ),
    # ALTER SESSION
    (
        "alter session set current_schema = tu_one",
        "alter session set current_schema = t",
        "select sys_context('userenv', 'current_schema') from dual",
    ),
    (
        "alter session set time_zone = '+02:00'",
        "alter session set time_zone = '+00:00'",
        "select sessiontimezone from dual",
    ),
    (
        "alter session set time_zone = local",
        "alter session set time_zone = '-01:00'",
        "select sessiontimezone from dual",
    ),
    (
        "alter session set nls_date_format = 'YYYY' nls_timestamp_format = 'YYYY'",
        "alter session set nls_date_format = 'MM'",
        "select to_char(date '2026-01-01') from dual",
    ),
    (
        "alter session set nls_timestamp_format = 'YYYY'",
        "alter session set nls_timestamp_format = 'MM'",
        "select to_char(timestamp '2026-01-01 00:00:00') from dual",
    ),
    (
        "alter session set nls_timestamp_tz_format = 'YYYY'",
        "alter session set nls_timestamp_tz_format = 'MM'",
        "select to_char(systimestamp) from dual",
    ),
    (
        "alter session set nls_length_semantics = char",
        "alter session set nls_length_semantics = byte",
        "declare v varchar2(1); begin v := unistr('\\00e9'); end;",
    ),
    (
        "alter session set plsql_ccflags = 'a:true'",
        "alter session set plsql_ccflags = ''",
        "begin $if $$a $then raise no_data_found; $end null; end;",
    ),
]
# Nothing that a statement gives depends on them; each with the reason.
PHYSICAL: list[tuple[str, str, str]] = [
    (
        "the same results, sooner",
        f"create function f return number result_cache {F}",
        f"create function f return number {F}",
    ),
    (
        "obsolete; Oracle ignores it, too",
        f"create function f return number result_cache relies_on (base) {F}",
        f"create function f return number {F}",
    ),
    (
        "how many processes work",
        f"create function f return number parallel_enable {F}",
        f"create function f return number {F}",
    ),
    (
        "which rows a process takes",
        f"create function f (c sys_refcursor) return number parallel_enable (partition c by any) {F}",
        f"create function f (c sys_refcursor) return number {F}",
    ),
    ("there is one edition", f"create editionable procedure p {P}", f"create procedure p {P}"),
    ("there is one edition", f"create noneditionable procedure p {P}", f"create procedure p {P}"),
    (
        "the default",
        f"create procedure p default collation using_nls_comp {P}",
        f"create procedure p {P}",
    ),
    ("the default", f"create procedure p sharing = none {P}", f"create procedure p {P}"),
    ("it was compiled", "alter procedure kept compile debug", "alter procedure kept compile"),
    (
        "specification and body are compiled",
        "alter package pk compile specification",
        "alter package pk compile",
    ),
    (
        "specification and body are compiled",
        "alter package pk compile package",
        "alter package pk compile",
    ),
    (
        "specification and body are compiled",
        "alter package pk compile body",
        "alter package pk compile",
    ),
    (
        "how many processes work",
        "alter session enable parallel dml",
        "alter session disable parallel dml",
    ),
    (
        "how many processes work",
        "alter session force parallel query parallel 4",
        "alter session enable parallel ddl",
    ),
    ("how long a commit waits for the disk", "commit work write batch nowait", "commit"),
    ("how long a commit waits for the disk", "commit write immediate wait", "commit"),
    ("for transactions in doubt, which there are none of", "commit comment 'x'", "commit"),
    ("V$TRANSACTION shows it", "set transaction name 'x'", "set transaction read write"),
    ("the default", "alter session set isolation_level = read committed", "commit"),
    ("tracing", "alter session set events '10046 trace name context forever'", "commit"),
    ("DDL waits so long", "alter session set ddl_lock_timeout = 3", "commit"),
    ("all roles are on", "set role all", "commit"),
    ("rolled back is rolled back", "rollback work", "rollback"),
    (
        "no constraint of the test waits",
        "set constraints all deferred",
        "set constraints all immediate",
    ),
    ("one constraint or several", "set constraint all immediate", "set constraints all immediate"),
    *[
        (
            "how a plan is found, what is traced, how much memory is used",
            f"alter session set {one} = x",
            "commit",
        )
        for one in alter_session._IGNORED
        if one not in alter_session._ONE_VALUE and one != "EVENTS"
    ],
    *[
        (
            "the one value that the server works by",
            f"alter session set {name} = '{value}'",
            "commit",
        )
        for name, value in alter_session._ONE_VALUE.items()
    ],
]
# The code, or what the dictionary says of the unit that was stored.
REFUSED: list[tuple[str, int | str]] = [
    (f"create function f return number sql_macro {F}", "SQL_MACRO"),
    (f"create procedure p sharing = metadata {P}", "SHARING = METADATA"),
    ("create package q sharing = metadata is end;", "SHARING = METADATA"),
    ("create package q default collation binary_ci is end;", "ORA-43929"),
    ("create type a_t default collation binary_ci as object (n number)", "ORA-43929"),
    ("create function f (n number) return number aggregate using used_t;", "AGGREGATE USING"),
    ("create function f return user_t pipelined using used_t;", "PIPELINED USING"),
    (f"create procedure p deterministic {P}", "PLS-00103"),
    (f"create procedure p result_cache {P}", "PLS-00103"),
    ("create package q deterministic is end;", "PLS-00103"),
    ("create package q is procedure r authid current_user; end;", "PLS-00157"),
    ("create or replace package body pk authid definer is end;", "PLS-00103"),
    ("create type a_t oid '19A57209ECB73F91E03400400B40BB23' as object (n number)", "OID"),
    ("create trigger t before insert on base precedes first_t begin null; end;", 3001),
    ("create trigger t before update on base forward crossedition begin null; end;", 3001),
    ("create trigger t sharing = none before update on base begin null; end;", 3001),
    (
        "create trigger t default collation using_nls_comp before insert on base begin null; end;",
        3001,
    ),
    ("create trigger t after logon on database begin null; end;", 3001),
    ("create trigger t after logon on pluggable database begin null; end;", 3001),
    ("create trigger t after create on schema begin null; end;", 3001),
    ("create trigger t instead of insert on nested table n of vw begin null; end;", 3001),
    ("create procedure if not exists p is begin null; end;", 922),
    ("drop type user_t validate", 3001),
    ("drop procedure kept force", 933),
    ("alter procedure kept editionable", 3001),
    ("alter procedure kept noneditionable", 3001),
    ("alter procedure kept compile plsql_ccflags = 'a:true'", 3001),
    ("alter procedure kept compile reuse settings", 3001),
    ("grant tu_role to tu_one with delegate option", 3001),
    ("grant select on base to tu_one with hierarchy option", 3001),
    ("grant references (id) on base to tu_one", 3001),
    ("grant select on base to tu_role with grant option", 1926),
    ("grant create session to tu_one identified by x", 3001),
    ("grant create session to tu_one container = current", 933),
    ("grant read on directory d to tu_one", 3001),
    ("grant use on edition e to tu_one", 3001),
    ("grant inherit privileges on user tu_one to tu_one", 3001),
    ("grant select on mining model m to tu_one", 3001),
    ("grant execute on java source j to tu_one", 3001),
    ("grant select (n) on base to tu_one", 990),
    ("revoke insert (n) on base from tu_one", 1750),
    ("revoke execute on used_t from tu_one force", 3001),
    ("alter session set isolation_level = serializable", 3001),
    ("alter session set isolation_level = read", 2248),
    ("alter session set edition = e", 3001),
    ("alter session set container = c", 3001),
    ("alter session close database link l", 3001),
    ("alter session advise commit", 3001),
    ("alter session enable parallel", 2248),
    ("alter session enable parallel dml degree", 2248),
    ("alter session disable commit in procedure", 2248),
    ("alter session set nls_language = german", 3001),
    ("alter session set nls_date_language = german", 3001),
    ("alter session set nls_territory = brazil", 3001),
    ("alter session set nls_sort = binary_ci", 3001),
    ("alter session set nls_comp = linguistic", 3001),
    ("alter session set nls_numeric_characters = ',.'", 3001),
    ("alter session set nls_currency = 'R$'", 3001),
    ("alter session set nls_iso_currency = brazil", 3001),
    ("alter session set nls_dual_currency = 'x'", 3001),
    ("alter session set nls_calendar = 'THAI BUDDHA'", 3001),
    ("alter session set nls_nchar_conv_excp = true", 3001),
    ("alter session set plsql_warnings = 'enable:all'", 3001),
    ("alter session set error_on_overlap_time = true", 3001),
    ("alter session set nonsense = 1", 2248),
    ("alter system reset x", 3001),
    ("set transaction use rollback segment r", 3001),
    ("set transaction read", 900),
    ("set role none", 3001),
    ("set constraints some immediate", 3001),
    ("set constraints all", 905),
    ("commit force '1.2.3'", 2185),
    ("rollback force '1.2.3'", 2181),
    ("commit write sometimes", 2185),
]
# Words that hold clauses together, and those of ALTER SYSTEM, which test_session tries.
HOLDING = frozenset({
    "TO", "FROM", "ON", "WITH", "OPTION", "AS", "SET", "=", ",", "IF", "NOT", "EXISTS", "CREATE",
    "CHECKPOINT", "DISCONNECT", "FLUSH", "KILL", "SESSION", "SWITCH", "SAVEPOINT",
})  # fmt: skip
# What these say is only in texts that the stand-in never makes: they print type TIME, or dates of
# another calendar.
SILENT = frozenset({"NLS_TIME_FORMAT", "NLS_TIME_TZ_FORMAT"})


@pytest.fixture(scope="module")
def base(system: Session) -> Iterator[Client]:
    client = Client(system)
    client("create user t no authentication quota unlimited on users")
    client("alter session set current_schema = t")
    for statement in BASE:
        assert client.compiles(statement), statement
    yield client
    system.rollback()
    client("alter session set current_schema = system")
    client("drop user t cascade")
    client("drop user tu_one cascade")
    client("drop role tu_role")


def outcome(client: Client, statement: str, probe: str | None = None) -> tuple[Any, ...]:
    """What the dictionary shows afterwards and what the probe gives, or the code of the error."""
    session = client.session
    nls, settings = dict(session.nls), dict(session.settings)
    zone = session.time_zone
    with undone(session):
        try:
            client(statement)
            state = session.storage.query(_STATE).rows[0][0]
            try:
                given: Any = client(probe) if probe is not None else None
            except OraError as error:
                given = error.code
            return (state, given)
        except OraError as error:
            return ("error", error.code)
        finally:
            session.nls.update(nls)
            session.settings.clear()
            session.settings.update(settings)
            if session.time_zone != zone:
                client(f"alter session set time_zone = '{zone}'")
            client("alter session set current_schema = t")


@pytest.mark.parametrize(("with_it", "without", "probe"), EFFECTS)
def test_a_clause_has_an_effect(
    base: Client, with_it: str, without: str, probe: str | None
) -> None:
    first = outcome(base, with_it, probe)
    assert first[0] != "error", first
    assert first != outcome(base, without, probe)


@pytest.mark.parametrize(("_reason", "with_it", "without"), PHYSICAL)
def test_a_physical_clause_changes_nothing(
    base: Client, _reason: str, with_it: str, without: str
) -> None:
    first = outcome(base, with_it)
    assert first[0] != "error", first
    assert first == outcome(base, without)


@pytest.mark.parametrize(("statement", "code"), REFUSED)
def test_a_clause_is_refused(base: Client, statement: str, code: int | str) -> None:
    found = outcome(base, statement)
    if isinstance(code, int):
        assert found == ("error", code)
    else:
        assert found[0] != "error", found
        assert code in found[0]


TRANSACTIONS = [
    ("set transaction read only", "update base set n = 1", 1456),
    ("set transaction read only name 'x'", "update base set n = 1", 1456),
    ("set transaction read write", "update base set n = 1", None),
    ("set transaction isolation level read committed", "update base set n = 1", None),
    ("set transaction isolation level serializable", "update base set n = 1", None),
]


@pytest.mark.parametrize(("statement", "then", "code"), TRANSACTIONS)
def test_a_transaction_is_what_it_was_set_to(
    base: Client, statement: str, then: str, code: int | None
) -> None:
    base.session.rollback()
    try:
        base(statement)
        if code is None:
            base(then)
        else:
            with pytest.raises(OraError) as caught:
                base(then)
            assert caught.value.code == code
    finally:
        base.session.rollback()


def test_a_serializable_transaction_sees_what_was_there(base: Client, system: Session) -> None:
    base.session.rollback()
    base("set transaction isolation level serializable")
    count = "select count(*) from base"
    before = base(count)
    with system.autonomous():
        base("insert into base values (7, 7)")
        system.commit()
    try:
        assert base(count) == before
        base("commit")
        assert base(count) != before
    finally:
        base("delete base")
        base("commit")


def test_a_foreign_key_is_in_the_way_of_revoking_references(base: Client, system: Session) -> None:
    with undone(system):
        base("create table tu_one.child (id number references t.base)")
        with pytest.raises(OraError) as caught:
            base("revoke references on base from tu_one")
        assert caught.value.code == 1981
    with undone(system):
        base("create table tu_one.child (id number references t.base)")
        with pytest.raises(OraError) as caught:
            base("revoke references on base from tu_one cascade constraints")
        assert caught.value.code == 3001


def tried() -> set[str]:
    statements = [
        *(one for first, second, _ in EFFECTS for one in (first, second)),
        *(one for _, first, second in PHYSICAL for one in (first, second)),
        *(one for one, _ in REFUSED),
        *(one for one, _, _ in TRANSACTIONS),
        *BASE,
    ]
    return {word.upper() for one in statements for word in re.findall(r"\w+", one)}


def words_of_the_readers() -> Iterator[tuple[str, str]]:
    folder = Path(oracle.__file__).parent
    for name in _READERS:
        for node in ast.walk(ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in _READING
            ):
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield argument.value, name


def test_every_word_of_the_readers_is_tried() -> None:
    known = tried() | HOLDING
    assert {one for one in words_of_the_readers() if one[0] not in known} == set()


def test_every_option_of_units_is_tried() -> None:
    options = set().union(*parser_declarations._OPTIONS.values())
    assert options - tried() == set()


def test_every_parameter_of_the_session_is_tried(system: Session) -> None:
    parameters = {*alter_session._KEPT, *system.nls}
    assert parameters - tried() - SILENT == set()

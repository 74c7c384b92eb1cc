"""Stored PL/SQL: errors, status, dependencies, and becoming valid again by use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.oracle.errors import OraError

if TYPE_CHECKING:
    from tests.devkit.core.conftest import Client


def status(run: Client, name: str, kind: str) -> object:
    return run(
        f"select status from all_objects where owner = 'T' and object_name = '{name}'"
        f" and object_type = '{kind}'"
    )[0][0]


def test_a_unit_with_errors_is_stored_and_says_where(run: Client) -> None:
    assert not run.compiles("create procedure p is\nbegin\n  nothing_such;\nend;")
    assert status(run, "P", "PROCEDURE") == "INVALID"
    rows = run(
        "select line, position, text, message_number from all_errors"
        " where owner = 'T' and name = 'P' order by sequence"
    )
    assert rows[0] == (3, 3, "PLS-00201: identifier 'NOTHING_SUCH' must be declared", 201)
    assert run.compiles("create or replace procedure p is begin null; end;")
    assert status(run, "P", "PROCEDURE") == "VALID"
    assert run("select count(*) from all_errors where owner = 'T'") == [(0,)]


def test_a_syntax_error_is_stored_too(run: Client) -> None:
    assert not run.compiles("create procedure p is begin nul l; end;")
    rows = run("select text from all_errors where owner = 'T' and sequence = 1")
    assert str(rows[0][0]).startswith("PLS-00103")


def test_source_is_kept_as_written(run: Client) -> None:
    run("create  or replace\nprocedure  p -- why\nis\nbegin\n   null;\nend p;")
    rows = run("select text from all_source where owner = 'T' and name = 'P' order by line")
    assert "".join(str(row[0]) for row in rows) == (
        "procedure  p -- why\nis\nbegin\n   null;\nend p;"
    )


def test_an_invalid_unit_does_not_run(run: Client) -> None:
    assert not run.compiles("create procedure p is begin nothing_such; end;")
    with pytest.raises(OraError, match=r"ORA-06550(.|\n)*PLS-00905: object T.P is invalid"):
        run("begin p; end;")


def test_dependants_become_invalid_and_valid_again_by_use(run: Client) -> None:
    run("create table a (x number)")
    run(
        "create function f return number is n number; begin select count(*) into n from a; return n; end;"
    )
    run("create procedure p is begin dbms_output.put_line(f); end;")
    assert run(
        "select name, referenced_name, referenced_type from all_dependencies"
        " where owner = 'T' and referenced_owner = 'T' order by 1"
    ) == [("F", "A", "TABLE"), ("P", "F", "FUNCTION")]
    run("alter table a add y number")
    assert status(run, "F", "FUNCTION") == "INVALID"
    run("begin p; end;")
    assert status(run, "F", "FUNCTION") == "VALID"
    assert status(run, "P", "PROCEDURE") == "VALID"


def test_a_dropped_table_breaks_its_users_until_it_is_back(run: Client) -> None:
    run("create table a (x number)")
    run("create procedure p is begin delete from a; end;")
    run("drop table a")
    assert status(run, "P", "PROCEDURE") == "INVALID"
    with pytest.raises(OraError, match="PLS-00905"):
        run("begin p; end;")
    run("create table a (x number)")
    run("begin p; end;")
    assert status(run, "P", "PROCEDURE") == "VALID"


def test_a_replaced_specification_invalidates_its_body_only_once_it_fits_no_more(
    run: Client,
) -> None:
    run("create package k is procedure a; end;")
    run("create package body k is procedure a is begin null; end; end;")
    run("create or replace package k is procedure a; procedure b; end;")
    assert status(run, "K", "PACKAGE BODY") == "INVALID"
    with pytest.raises(OraError):
        run("begin k.a; end;")
    run(
        "create or replace package body k is procedure a is begin null; end; procedure b is begin null; end; end;"
    )
    run("begin k.b; end;")


def test_names_are_shared_with_tables(run: Client) -> None:
    run("create table a (x number)")
    with pytest.raises(OraError, match="ORA-00955"):
        run("create procedure a is begin null; end;")
    run("create procedure b is begin null; end;")
    with pytest.raises(OraError, match="ORA-00955"):
        run("create procedure b is begin null; end;")
    with pytest.raises(OraError, match="ORA-00955"):
        run("create or replace function b return number is begin return 1; end;")


def test_triggers_are_described_switched_and_dropped_with_their_table(run: Client) -> None:
    run("create table a (x number, y number)")
    run(
        "create trigger g before insert or update of x on a for each row"
        " begin :new.y := :new.x * 2; end;"
    )
    run("insert into a (x) values (2)")
    assert run("select y from a") == [(4,)]
    assert run(
        "select trigger_name, trigger_type, triggering_event, table_name, status"
        " from all_triggers where owner = 'T'"
    ) == [("G", "BEFORE EACH ROW", "INSERT OR UPDATE", "A", "ENABLED")]
    run("alter trigger g disable")
    run("update a set x = 5")
    assert run("select y from a") == [(4,)]
    run("alter table a enable all triggers")
    run("update a set x = 6")
    assert run("select y from a") == [(12,)]
    run("drop table a")
    assert run("select count(*) from all_objects where owner = 'T'") == [(0,)]


def test_dropping_what_is_not_there_says_so(run: Client) -> None:
    for sql, code in (
        ("drop procedure p", "ORA-04043: object P does not exist"),
        ("drop package p", "ORA-04043"),
        ("drop trigger p", "ORA-04080: trigger 'P' does not exist"),
        ("alter procedure p compile", "ORA-04043"),
    ):
        with pytest.raises(OraError, match=code):
            run(sql)


def test_compile_schema_makes_everything_valid_that_can_be(run: Client) -> None:
    assert not run.compiles("create procedure p is begin q; end;")
    assert not run.compiles("create procedure q is begin r; end;")
    run("create procedure r is begin null; end;")
    run("begin dbms_utility.compile_schema('T', false); end;")
    assert run("select count(*) from all_objects where owner = 'T' and status = 'INVALID'") == [
        (0,)
    ]


def test_alter_compile_reports_errors(run: Client) -> None:
    run("create table a (x number)")
    run("create procedure p is begin delete from a; end;")
    run("drop table a")
    assert not run.compiles("alter procedure p compile")
    run("create table a (x number)")
    assert run.compiles("alter procedure p compile")


def test_ddl_inside_a_block_runs_with_the_rights_of_the_caller(run: Client) -> None:
    run("begin execute immediate 'create table a (x number)'; end;")
    run("insert into a values (1)")
    assert run("select owner from all_tables where table_name = 'A'") == [("T",)]


def test_definer_rights_do_not_have_roles(run: Client) -> None:
    # T has no privilege at all, so its procedure must not use SYSTEM's.
    run("create procedure p is begin execute immediate 'create table a (x number)'; end;")
    with pytest.raises(OraError, match="ORA-01031"):
        run("begin p; end;")


def test_a_definer_sees_its_own_objects_in_the_dictionary(run: Client) -> None:
    run("create table one (x number)")
    run("create table two (x number)")
    run(
        "create function mine return number is n number;"
        " begin select count(*) into n from user_tables; return n; end;"
    )
    run("create table system.told (n number)")
    run("begin insert into system.told values (t.mine); end;")
    assert run("select n from system.told") == [(2,)]
    assert run("select table_name from user_tables where table_name = 'TOLD'") == [("TOLD",)]
    run("drop table system.told")


def test_user_views_show_the_objects_of_the_user_in_force(run: Client) -> None:
    # PL/SQL Language Reference, "Invoker's Rights and Definer's Rights": CURRENT_USER is the owner
    # while a definer-rights unit is on the call stack, and USER_ views are of the current user, not
    # of CURRENT_SCHEMA, which ALTER SESSION sets.
    run("create table of_t (x number)")
    count = "select count(*) from user_tables where table_name = 'OF_T'"
    for rights in ("definer", "current_user"):
        run(
            f"create function by_{rights} return varchar2 authid {rights} is"
            " n number; m number; k number := 0;"
            f" begin {count.replace(' from', ' into n from')};"
            f" execute immediate q'[{count}]' into m;"
            f" for r in ({count.replace('count(*)', 'table_name')}) loop k := k + 1; end loop;"
            " return n || m || k || ' ' || sys_context('userenv', 'current_user'); end;"
        )
    run("create table system.told (line varchar2(40))")
    run("begin insert into system.told values (t.by_definer || ' ' || t.by_current_user); end;")
    assert run("select line from system.told") == [("111 T 000 SYSTEM",)]
    assert run(count) == [(0,)]
    run("drop table system.told")

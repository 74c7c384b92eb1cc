"""Packages and stand-alone units: state, overloads, privileges, currency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devkit.oracle.errors import OraError

if TYPE_CHECKING:
    from conftest import Plsql

COUNTER = """package t.counter is
   g_count number := 100;
   co_step constant pls_integer := 5;
   procedure bump;
   function text(a number) return varchar2;
   function text(a varchar2) return varchar2;
   function text(a date, b number default 1) return varchar2;
end counter;"""
COUNTER_BODY = """package body t.counter is
   g_private number := 1;
   function hidden return number is begin return g_private; end hidden;
   procedure bump is begin g_count := g_count + co_step; g_private := g_private + 1; end bump;
   function text(a number) return varchar2 is begin return 'number ' || a || hidden; end text;
   function text(a varchar2) return varchar2 is begin return 'varchar2 ' || a; end text;
   function text(a date, b number default 1) return varchar2 is begin return 'date ' || b; end text;
begin
   g_private := 40;
   dbms_output.put_line('initialised');
end counter;"""


@pytest.fixture
def counter(plsql: Plsql) -> Plsql:
    plsql.create(COUNTER)
    plsql.create(COUNTER_BODY)
    return plsql


def test_package_is_initialised_once_and_keeps_its_state(counter: Plsql) -> None:
    assert counter.run("begin t.counter.bump; dbms_output.put_line(t.counter.g_count); end;") == [
        "initialised",
        "105",
    ]
    assert counter.run("begin t.counter.bump; dbms_output.put_line(t.counter.g_count); end;") == [
        "110"
    ]


def test_public_variable_is_written_from_outside(counter: Plsql) -> None:
    block = "begin t.counter.g_count := 7; t.counter.bump; dbms_output.put_line(t.counter.g_count); end;"
    assert counter.run(block) == ["initialised", "12"]


def test_private_members_are_not_visible(counter: Plsql) -> None:
    error = counter.fails("begin dbms_output.put_line(t.counter.hidden); end;")
    assert "PLS-00302: component 'HIDDEN' must be declared" in error.stack


def test_overload_is_chosen_by_types_count_and_names(counter: Plsql) -> None:
    block = """
    begin
       dbms_output.put_line(t.counter.text(1));
       dbms_output.put_line(t.counter.text('x'));
       dbms_output.put_line(t.counter.text(sysdate));
       dbms_output.put_line(t.counter.text(b => 3, a => sysdate));
    end;"""
    assert counter.run(block) == ["initialised", "number 140", "varchar2 x", "date 1", "date 3"]


def test_package_function_is_called_from_sql(counter: Plsql) -> None:
    assert counter.sql("select t.counter.text('q') from dual") == [("varchar2 q",)]


def test_new_body_starts_with_fresh_state(counter: Plsql) -> None:
    counter.run("begin t.counter.g_count := 1; end;")
    counter.create(COUNTER_BODY.replace("'number '", "'new '"))
    assert counter.run(
        "begin dbms_output.put_line(t.counter.text(1) || t.counter.g_count); end;"
    ) == [
        "initialised",
        "new 140100",
    ]


def test_caller_is_recompiled_when_the_specification_changes(counter: Plsql) -> None:
    counter.create("procedure t.caller is begin dbms_output.put_line(t.counter.co_step); end;")
    counter.run("begin t.caller; end;")
    counter.create(COUNTER.replace(":= 5", ":= 6"))
    assert counter.run("begin t.caller; end;")[-1] == "6"


def test_caller_of_a_removed_routine_fails_with_04063_or_06550(counter: Plsql) -> None:
    counter.create("procedure t.caller is begin t.counter.bump; end;")
    counter.create("package t.counter is g_other number; end counter;")
    error = counter.fails("begin t.caller; end;")
    assert error.code in (4063, 6550)


def test_missing_body_is_04067(plsql: Plsql) -> None:
    plsql.create("package t.p is procedure x; end p;")
    error = plsql.fails("begin t.p.x; end;")
    assert error.code == 4067
    assert "ORA-06508" in error.stack


def test_body_with_errors_is_04063(plsql: Plsql) -> None:
    plsql.create("package t.p is procedure x; end p;")
    plsql.broken("package body t.p is procedure x is begin nope; end x; end p;")
    error = plsql.fails("begin t.p.x; end;")
    assert error.stack.split("\n")[:2] == [
        'ORA-04063: package body "T.P" has errors',
        'ORA-06508: PL/SQL: could not find program unit being called: "T.P"',
    ]


def test_body_must_define_what_the_specification_declares(plsql: Plsql) -> None:
    plsql.create("package t.p is procedure x; end p;")
    errors = plsql.broken("package body t.p is end p;")
    assert any(text.startswith("PLS-00323") for _, _, text in errors)


def test_units_may_call_each_other_in_a_circle(plsql: Plsql) -> None:
    plsql.create("package t.a is function f(n number) return number; end a;")
    plsql.create("package t.b is function f(n number) return number; end b;")
    plsql.create(
        "package body t.a is function f(n number) return number is begin "
        "return case when n = 0 then 0 else 1 + b.f(n - 1) end; end f; end a;"
    )
    plsql.create(
        "package body t.b is function f(n number) return number is begin "
        "return case when n = 0 then 0 else 1 + a.f(n - 1) end; end f; end b;"
    )
    assert plsql.run("begin dbms_output.put_line(t.a.f(9)); end;") == ["9"]


def test_recursive_procedure_compiles(plsql: Plsql) -> None:
    plsql.create(
        "function t.fact(n number) return number is "
        "begin return case when n <= 1 then 1 else n * fact(n - 1) end; end;"
    )
    assert plsql.run("begin dbms_output.put_line(t.fact(20)); end;") == ["2432902008176640000"]


def test_accessible_by_lets_only_the_listed_units_in(plsql: Plsql) -> None:
    plsql.create(
        "package t.guarded accessible by (procedure t.friend) is co constant number := 1; end guarded;"
    )
    plsql.create("procedure t.friend is begin dbms_output.put_line(guarded.co); end;")
    assert plsql.run("begin t.friend; end;") == ["1"]
    error = plsql.fails("begin dbms_output.put_line(t.guarded.co); end;")
    assert "PLS-00904: insufficient privilege to access object GUARDED" in error.stack


def test_definer_rights_resolve_names_in_the_owners_schema(plsql: Plsql) -> None:
    plsql.sql("create table t.mine (x number)")
    plsql.sql("insert into t.mine values (42)")
    plsql.create(
        "procedure t.reads is n number; begin select x into n from mine; dbms_output.put_line(n); end;"
    )
    plsql.sql("alter session set current_schema = system")
    assert plsql.run("begin t.reads; end;") == ["42"]


def test_invoker_rights_resolve_names_in_the_callers_schema(plsql: Plsql) -> None:
    plsql.sql("create table t.mine (x number)")
    plsql.create(
        "procedure t.who authid current_user is begin "
        "dbms_output.put_line(sys_context('USERENV', 'CURRENT_USER')); end;"
    )
    assert plsql.run("begin t.who; end;") == ["SYSTEM"]


def test_definer_unit_cannot_use_a_table_of_another_user(plsql: Plsql) -> None:
    plsql.sql("create user u2 no authentication quota unlimited on users")
    try:
        plsql.sql("create table u2.secret (x number)")
        errors = plsql.broken(
            "procedure t.p is n number; begin select x into n from u2.secret; end;"
        )
        assert "ORA-00942" in errors[0][2]
    finally:
        plsql.sql("drop user u2 cascade")


def test_record_type_with_defaults_is_made_by_another_unit(plsql: Plsql) -> None:
    plsql.create(
        "package t.p is co constant varchar2(5) := 'five'; g number := 3; "
        "type r is record (a number default 1, b varchar2(10) default co, c number default g); end p;"
    )
    block = "declare x t.p.r; begin dbms_output.put_line(x.a || x.b || x.c); end;"
    assert plsql.run(block) == ["1five3"]


def test_exception_of_a_package_is_handled_by_its_name(plsql: Plsql) -> None:
    plsql.create(
        "package t.errs is e_one exception; e_two exception; "
        "pragma exception_init(e_two, -20777); end errs;"
    )
    plsql.create(
        "procedure t.raises(n number) is begin if n = 1 then raise errs.e_one; end if; "
        "raise errs.e_two; end;"
    )
    block = """
    begin
       begin t.raises(1); exception when t.errs.e_one then dbms_output.put_line('one'); end;
       begin t.raises(2); exception when t.errs.e_two then dbms_output.put_line(sqlcode); end;
    end;"""
    assert plsql.run(block) == ["one", "-20777"]


def test_conditional_compilation_uses_the_sessions_flags(plsql: Plsql) -> None:
    text = (
        "procedure t.p is begin $if $$crm_debug $then dbms_output.put_line('debug'); $end "
        "dbms_output.put_line(lower($$plsql_unit)); end;"
    )
    plsql.create(text)
    assert plsql.run("begin t.p; end;") == ["p"]


def test_function_called_by_a_query_may_not_write(plsql: Plsql) -> None:
    plsql.sql("create table t.x (n number)")
    plsql.create(
        "function t.writes return number is begin insert into x values (1); return 1; end;"
    )
    with pytest.raises(OraError) as caught:
        plsql.sql("select t.writes from dual")
    assert caught.value.code == 14551


def test_dependencies_are_recorded(plsql: Plsql) -> None:
    plsql.sql("create table t.dep (n number)")
    plsql.create("procedure t.p is n number; begin select max(n) into p.n from dep; end;")
    rows = plsql.sql(
        "select referenced_owner, referenced_name, referenced_type from dba_dependencies "
        "where owner = 'T' and name = 'P' and referenced_owner = 'T'"
    )
    assert rows == [("T", "DEP", "TABLE")]


def test_session_functions_see_the_rights_of_the_unit(plsql: Plsql) -> None:
    text = "dbms_output.put_line(sys_context('USERENV', 'CURRENT_USER') || user);"
    plsql.create(f"procedure t.definer is begin {text} end;")
    plsql.create(f"procedure t.invoker authid current_user is begin {text} end;")
    assert plsql.run("begin t.definer; t.invoker; end;") == ["TSYSTEM", "SYSTEMSYSTEM"]


def test_function_called_by_sql_may_not_commit(plsql: Plsql) -> None:
    plsql.create("function t.commits return number is begin commit; return 1; end;")
    with pytest.raises(OraError) as caught:
        plsql.sql("select t.commits from dual")
    assert caught.value.code == 14552


def test_no_data_found_in_a_function_called_by_sql_gives_null(plsql: Plsql) -> None:
    plsql.create("function t.nothing return number is begin raise no_data_found; end;")
    assert plsql.sql("select nvl(t.nothing, -1) from dual") == [(-1,)]


def test_error_in_a_function_called_by_sql_names_its_line(plsql: Plsql) -> None:
    plsql.create("function t.bad return number is\nbegin\n   return 1 / 0;\nend;")
    with pytest.raises(OraError) as caught:
        plsql.sql("select t.bad from dual")
    assert caught.value.stack.split("\n") == [
        "ORA-01476: divisor is equal to zero",
        'ORA-06512: at "T.BAD", line 3',
    ]

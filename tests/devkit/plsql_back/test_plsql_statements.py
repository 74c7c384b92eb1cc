"""Control flow, exceptions and the error stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Plsql


def test_loops_leave_and_continue_outer_loops_by_label(plsql_shared: Plsql) -> None:
    block = """
    declare n number := 0;
    begin
       <<rows_>> for a in 1 .. 5 loop
          <<cols>> for b in reverse 1 .. 5 loop
             continue rows_ when a = 2;
             exit rows_ when a = 4;
             exit when b = 4;
             n := n + a * 10 + b;
          end loop cols;
       end loop rows_;
       dbms_output.put_line(n);
    end;"""
    assert plsql_shared.run(block) == ["50"]


def test_exit_leaves_three_loops_at_once(plsql_shared: Plsql) -> None:
    block = """
    begin
       <<a>> loop
          while true loop
             for i in 1 .. 9 loop
                exit a when i = 3;
                dbms_output.put_line(i);
             end loop;
          end loop;
       end loop a;
       dbms_output.put_line('out');
    end;"""
    assert plsql_shared.run(block) == ["1", "2", "out"]


def test_empty_range_runs_no_iteration_and_bounds_are_read_once(plsql_shared: Plsql) -> None:
    block = """
    declare n pls_integer := 2;
    begin
       for i in 5 .. 1 loop dbms_output.put_line('never'); end loop;
       for i in 1 .. n loop n := 10; dbms_output.put_line(i); end loop;
    end;"""
    assert plsql_shared.run(block) == ["1", "2"]


def test_inner_declaration_hides_and_label_reaches_the_outer_one(plsql_shared: Plsql) -> None:
    block = """
    <<outer_>> declare v varchar2(10) := 'outer';
    begin
       declare v varchar2(10) := 'inner' ;
       begin
          dbms_output.put_line(v || ' ' || outer_.v);
          outer_.v := 'changed';
       end;
       dbms_output.put_line(v);
    end;"""
    assert plsql_shared.run(block) == ["inner outer", "changed"]


def test_nested_subprograms_see_and_change_outer_variables(plsql_shared: Plsql) -> None:
    block = """
    declare
       n number := 1;
       function even(k number) return boolean;
       function odd(k number) return boolean is
       begin
          n := n + 1;
          return case when k = 0 then false else even(k - 1) end;
       end odd;
       function even(k number) return boolean is
       begin
          n := n + 1;
          return case when k = 0 then true else odd(k - 1) end;
       end even;
    begin
       if even(10) then dbms_output.put_line(n); end if;
    end;"""
    assert plsql_shared.run(block) == ["12"]


def test_out_is_null_at_entry_and_copied_back_only_on_success(plsql_shared: Plsql) -> None:
    block = """
    declare
       a number := 1; b number := 2;
       procedure p(x out number, y in out number, fail boolean) is
       begin
          if x is null then dbms_output.put_line('null at entry'); end if;
          x := 10; y := y + 10;
          if fail then raise_application_error(-20000, 'no'); end if;
       end p;
    begin
       p(a, b, false);
       dbms_output.put_line(a || ' ' || b);
       begin p(a, b, true); exception when others then null; end;
       dbms_output.put_line(a || ' ' || b);
    end;"""
    assert plsql_shared.run(block) == ["null at entry", "10 12", "null at entry", "10 12"]


def test_defaults_and_named_notation_choose_the_parameters(plsql_shared: Plsql) -> None:
    block = """
    declare
       procedure p(a number, b number default 5, c varchar2 := 'x') is
       begin dbms_output.put_line(a || '-' || b || '-' || c); end p;
    begin
       p(1); p(1, c => 'y'); p(c => 'z', a => 3, b => null); p(b => 2, a => 1);
    end;"""
    assert plsql_shared.run(block) == ["1-5-x", "1-5-y", "3--z", "1-2-x"]


def test_case_statement_takes_the_first_true_branch(plsql_shared: Plsql) -> None:
    block = """
    declare n number := 5; t varchar2(5) := 'b';
    begin
       case when n > 3 then dbms_output.put_line('first'); when n > 1 then dbms_output.put_line('2'); end case;
       case t when 'a' then null; when 'b' then dbms_output.put_line('b'); else null; end case;
    end;"""
    assert plsql_shared.run(block) == ["first", "b"]


def test_goto_jumps_back_forth_and_out_of_loops(plsql_shared: Plsql) -> None:
    block = """
    declare n number := 0;
    begin
       <<again>>
       n := n + 1;
       for i in 1 .. 5 loop
          for j in 1 .. 5 loop
             goto after_;
          end loop;
       end loop;
       dbms_output.put_line('never');
       <<after_>> dbms_output.put_line('after ' || n);
       if n < 3 then goto again; end if;
       goto done;
       dbms_output.put_line('skipped');
       <<done>> null;
       for i in 1 .. 4 loop
          if i = 2 then goto next_; end if;
          exit when i = 4;
          dbms_output.put_line(i);
          <<next_>> null;
       end loop;
    end;"""
    assert plsql_shared.run(block) == ["after 1", "after 2", "after 3", "1", "3"]


def test_goto_into_a_loop_does_not_compile(plsql_shared: Plsql) -> None:
    error = plsql_shared.fails("begin goto x; for i in 1 .. 2 loop <<x>> null; end loop; end;")
    assert "PLS-00375: illegal GOTO statement; this GOTO cannot branch to label 'X'" in error.stack


# --------------------------------------------------------------------------- exceptions


def test_handler_catches_by_name_number_and_others(plsql_shared: Plsql) -> None:
    block = """
    declare
       e_mine exception;
       e_numbered exception;
       pragma exception_init(e_numbered, -20123);
       n number;
       procedure try(how number) is
       begin
          case how
             when 1 then raise e_mine;
             when 2 then raise_application_error(-20123, 'numbered');
             when 3 then n := 1 / 0;
             when 4 then raise no_data_found;
             when 5 then raise_application_error(-20999, 'other');
          end case;
       exception
          when e_mine then dbms_output.put_line('mine ' || sqlcode || ' ' || sqlerrm);
          when e_numbered or zero_divide then dbms_output.put_line(sqlcode || ' ' || sqlerrm);
          when no_data_found then dbms_output.put_line(sqlcode || ' ' || sqlerrm);
          when others then dbms_output.put_line('others ' || sqlerrm);
       end try;
    begin
       for i in 1 .. 5 loop try(i); end loop;
       dbms_output.put_line(sqlcode || ' ' || sqlerrm);
    end;"""
    assert plsql_shared.run(block) == [
        "mine 1 User-Defined Exception",
        "-20123 ORA-20123: numbered",
        "-1476 ORA-01476: divisor is equal to zero",
        "100 ORA-01403: no data found",
        "others ORA-20999: other",
        "0 ORA-0000: normal, successful completion",
    ]


def test_exception_in_a_declaration_goes_to_the_outer_block(plsql_shared: Plsql) -> None:
    block = """
    begin
       declare n number(1) := 10;
       begin null;
       exception when others then dbms_output.put_line('inner');
       end;
    exception when value_error then dbms_output.put_line('outer');
    end;"""
    assert plsql_shared.run(block) == ["outer"]


def test_exception_in_a_handler_goes_to_the_outer_block(plsql_shared: Plsql) -> None:
    block = """
    begin
       begin raise no_data_found;
       exception
          when no_data_found then raise too_many_rows;
          when too_many_rows then dbms_output.put_line('wrong');
       end;
    exception when too_many_rows then dbms_output.put_line('outer ' || sqlcode);
    end;"""
    assert plsql_shared.run(block) == ["outer -1422"]


def test_unhandled_user_exception_is_06510(plsql_shared: Plsql) -> None:
    error = plsql_shared.fails("declare e exception; begin raise e; end;")
    assert (
        error.stack == "ORA-06510: PL/SQL: unhandled user-defined exception\nORA-06512: at line 1"
    )


def test_error_stack_names_units_and_lines_innermost_first(plsql: Plsql) -> None:
    plsql.create("procedure t.inner_p is\nbegin\n   raise_application_error(-20001, 'deep');\nend;")
    plsql.create("procedure t.outer_p is\nbegin\n   null;\n   inner_p;\nend;")
    error = plsql.fails("begin\n   t.outer_p;\nend;")
    assert error.stack.split("\n") == [
        "ORA-20001: deep",
        'ORA-06512: at "T.INNER_P", line 3',
        'ORA-06512: at "T.OUTER_P", line 4',
        "ORA-06512: at line 2",
    ]


def test_reraise_keeps_where_the_error_came_from(plsql: Plsql) -> None:
    plsql.create(
        "procedure t.p is\nbegin\n   raise no_data_found;\nexception\n   when others then\n      raise;\nend;"
    )
    error = plsql.fails("begin t.p; end;")
    assert error.stack.split("\n") == [
        "ORA-01403: no data found",
        'ORA-06512: at "T.P", line 6',
        'ORA-06512: at "T.P", line 3',
        "ORA-06512: at line 1",
    ]


def test_raise_application_error_can_keep_the_stack(plsql_shared: Plsql) -> None:
    block = """
    begin
       begin raise no_data_found;
       exception when others then raise_application_error(-20002, 'second', true);
       end;
    end;"""
    lines = plsql_shared.fails(block).stack.split("\n")
    assert lines[0] == "ORA-20002: second"
    assert "ORA-01403: no data found" in lines


def test_raise_application_error_refuses_other_numbers(plsql_shared: Plsql) -> None:
    assert plsql_shared.fails("begin raise_application_error(-100, 'x'); end;").code == 21000


def test_backtrace_and_stack_are_available_in_the_handler(plsql: Plsql) -> None:
    plsql.create("procedure t.deep is\nbegin\n   raise zero_divide;\nend;")
    block = """begin
       t.deep;
    exception
       when others then
          dbms_output.put_line(dbms_utility.format_error_backtrace);
          dbms_output.put_line(dbms_utility.format_error_stack);
    end;"""
    backtrace, stack = plsql.run(block)
    assert backtrace == 'ORA-06512: at "T.DEEP", line 3\nORA-06512: at line 2\n'
    assert stack.startswith("ORA-01476: divisor is equal to zero\n")


def test_call_stack_lists_the_active_units(plsql: Plsql) -> None:
    plsql.create(
        "procedure t.show_stack is\nbegin\n   dbms_output.put_line(dbms_utility.format_call_stack);\nend;"
    )
    (text,) = plsql.run("begin t.show_stack; end;")
    lines = text.split("\n")
    assert "T.SHOW_STACK" in lines[3]
    assert "anonymous block" in lines[4]


def test_sqlcode_in_a_called_routine_is_that_of_the_handler(plsql_shared: Plsql) -> None:
    block = """
    declare
       procedure report is begin dbms_output.put_line(sqlcode); end report;
    begin
       begin raise no_data_found; exception when others then report; end;
       report;
    end;"""
    assert plsql_shared.run(block) == ["100", "0"]


def test_function_without_return_is_06503(plsql_shared: Plsql) -> None:
    error = plsql_shared.fails(
        "declare n number; function f return number is begin null; end; begin n := f; end;"
    )
    assert error.code == 6503


# --------------------------------------------------------------------------- compile errors

COMPILE_ERRORS = [
    ("begin nope; end;", "line 1, column 7:\nPLS-00201: identifier 'NOPE' must be declared"),
    ("declare n number; begin n := 1; m := 2; end;", "PLS-00201: identifier 'M' must be declared"),
    (
        "declare r all_users%rowtype; begin r.nope := 1; end;",
        "PLS-00302: component 'NOPE' must be declared",
    ),
    ("declare b boolean; begin b := 1; end;", "PLS-00382: expression is of wrong type"),
    (
        "begin dbms_output.put_line(1, 2); end;",
        "PLS-00306: wrong number or types of arguments in call to 'PUT_LINE'",
    ),
    (
        "declare c constant number := 1; begin c := 2; end;",
        "PLS-00363: expression 'C' cannot be used",
    ),
    ("declare n number; n number; begin null; end;", "PLS-00371: at most one declaration for 'N'"),
    (
        "begin for i in 1 .. 3 loop i := 2; end loop; end;",
        "PLS-00363: expression 'I' cannot be used",
    ),
    ("begin exit; end;", "PLS-00376: illegal EXIT statement"),
    ("begin raise; end;", "PLS-00367"),
    ("declare s varchar2; begin null; end;", "PLS-00215"),
    ("declare n number := decode(1, 1, 2); begin null; end;", "PLS-00204"),
    ("begin begin null; end", "PLS-00103: Encountered the symbol"),
    (
        "begin null; exception when nope then null; end;",
        "PLS-00201: identifier 'NOPE' must be declared",
    ),
    ("declare procedure p; begin null; end;", "PLS-00323"),
    ("declare n number; begin select 1 from dual; end;", "PLS-00428"),
    (
        "declare x number; begin select nope into x from dual; end;",
        'PL/SQL: ORA-00904: "NOPE": invalid',
    ),
]


@pytest.mark.parametrize(("block", "text"), COMPILE_ERRORS)
def test_block_that_does_not_compile_says_why(plsql_shared: Plsql, block: str, text: str) -> None:
    error = plsql_shared.fails(block)
    assert error.code == 6550
    assert text in error.stack


def test_every_wrong_statement_is_reported(plsql_shared: Plsql) -> None:
    error = plsql_shared.fails("begin\n   one;\n   two;\nend;")
    assert "line 2, column 4" in error.stack
    assert "line 3, column 4" in error.stack


def test_unit_with_errors_lists_line_and_position(plsql: Plsql) -> None:
    errors = plsql.broken("procedure t.p is\n   n number;\nbegin\n   n := nope;\nend;")
    assert errors[0] == (4, 9, "PLS-00201: identifier 'NOPE' must be declared")
    assert errors[1] == (4, 4, "PL/SQL: Statement ignored")


def test_sql_error_in_a_unit_points_at_the_name(plsql: Plsql) -> None:
    errors = plsql.broken(
        "procedure t.p is\n   n number;\nbegin\n   select 1\n     into n\n     from nope;\nend;"
    )
    assert errors[0] == (6, 11, "PL/SQL: ORA-00942: table or view does not exist")
    assert errors[1] == (4, 4, "PL/SQL: SQL Statement ignored")

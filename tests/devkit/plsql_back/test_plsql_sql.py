"""SQL in PL/SQL: host variables, cursors, dynamic SQL, transactions, binds of the client."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from devkit.oracle.contracts import Direction
from devkit.oracle.values import Kind, OraType

if TYPE_CHECKING:
    from conftest import Plsql


@pytest.fixture
def emp(plsql: Plsql) -> Plsql:
    plsql.sql(
        "create table t.emp (id number(6) primary key, name varchar2(20) not null, sal number(8,2), "
        "hired date default date '2024-01-01')"
    )
    plsql.sql("insert into t.emp (id, name, sal) values (1, 'Ann', 100)")
    plsql.sql("insert into t.emp (id, name, sal) values (2, 'Bob', 200)")
    return plsql


def test_column_wins_over_a_variable_of_the_same_name(emp: Plsql) -> None:
    block = """
    declare name varchar2(20) := 'Ann'; n number;
    begin
       select count(*) into n from t.emp where name = name;
       dbms_output.put_line(n);
    end;"""
    assert emp.run(block) == ["2"]


def test_host_expressions_of_every_form_are_bound(emp: Plsql) -> None:
    emp.create("package t.k is co_bob constant varchar2(5) := 'Bob'; end k;")
    block = """
    <<main_>> declare
       type r_t is record (id number, name varchar2(20)); r r_t;
       type t_t is table of r_t index by pls_integer; tt t_t;
       id number := 2; n varchar2(20); c number;
       procedure p(in_id number) is
       begin select e.name into n from t.emp e where e.id = p.in_id; dbms_output.put_line(n); end p;
    begin
       r.id := 1; tt(3).name := 'Bob';
       select name into n from t.emp where emp.id = r.id; dbms_output.put_line(n);
       select count(*) into c from t.emp e where e.name = tt(3).name; dbms_output.put_line(c);
       select e.name into n from t.emp e where e.id = main_.id; dbms_output.put_line(n);
       select count(*) into c from t.emp where name = t.k.co_bob; dbms_output.put_line(c);
       p(1);
       update t.emp set sal = sal + tt.count where id = 1;
       select count(*) into c from t.emp where sal = 100 + sql%rowcount; dbms_output.put_line(c);
    end;"""
    assert emp.run(block) == ["Ann", "1", "Bob", "1", "Ann", "1"]


def test_select_into_needs_exactly_one_row(emp: Plsql) -> None:
    block = """
    declare n number := 5;
    begin
       begin select id into n from t.emp where id = 9;
       exception when no_data_found then dbms_output.put_line('none ' || n); end;
       begin select id into n from t.emp; exception when too_many_rows then dbms_output.put_line('many'); end;
    end;"""
    assert emp.run(block) == ["none 5", "many"]


def test_caught_exception_does_not_undo_earlier_statements(emp: Plsql) -> None:
    block = """
    begin
       insert into t.emp (id, name) values (3, 'Cy');
       insert into t.emp (id, name) values (1, 'dup');
    exception when dup_val_on_index then dbms_output.put_line(sqlerrm);
    end;"""
    (line,) = emp.run(block)
    assert line.startswith("ORA-00001: unique constraint (T.")
    assert emp.sql("select count(*) from t.emp") == [(3,)]


def test_not_null_and_length_errors_name_the_column(emp: Plsql) -> None:
    block = """
    begin
       begin insert into t.emp (id) values (4); exception when others then dbms_output.put_line(sqlerrm); end;
       begin update t.emp set name = rpad('x', 21, 'x'); exception when others then dbms_output.put_line(sqlerrm); end;
    end;"""
    assert emp.run(block) == [
        'ORA-01400: cannot insert NULL into ("T"."EMP"."NAME")',
        'ORA-12899: value too large for column "T"."EMP"."NAME" (actual: 21, maximum: 20)',
    ]


def test_explicit_cursor_has_parameters_defaults_and_attributes(emp: Plsql) -> None:
    block = """
    declare
       cursor c(p_min number, p_name varchar2 default '%') is
          select id, name from t.emp where sal >= p_min and name like p_name order by id;
       r c%rowtype;
    begin
       if not c%isopen then dbms_output.put_line('closed'); end if;
       open c(50);
       fetch c into r; dbms_output.put_line(r.name || c%rowcount);
       fetch c into r; fetch c into r;
       if c%notfound then dbms_output.put_line('end ' || r.name || c%rowcount); end if;
       close c;
       for x in c(150, p_name => 'B%') loop dbms_output.put_line(x.id || x.name); end loop;
    end;"""
    assert emp.run(block) == ["closed", "Ann1", "end Bob2", "2Bob"]


def test_fetch_first_counts_with_a_variable_or_an_expression(emp: Plsql) -> None:
    block = """
    declare
       n pls_integer := 1;
       cursor c(p_most number) is
          select id, name from t.emp order by id fetch first p_most rows only;
    begin
       for x in c(1) loop dbms_output.put_line('a' || x.id); end loop;
       for x in (select id from t.emp order by id fetch next n + 1 rows only) loop
          dbms_output.put_line('b' || x.id);
       end loop;
       n := null;   -- Oracle: a count that is null gives no rows
       for x in (select id from t.emp fetch first n rows only) loop
          dbms_output.put_line('c' || x.id);
       end loop;
    end;"""
    assert emp.run(block) == ["a1", "b1", "b2"]


CURSOR_ERRORS = [
    ("declare cursor c is select 1 x from dual; begin open c; open c; end;", 6511),
    ("declare cursor c is select 1 x from dual; begin close c; end;", 1001),
    ("declare cursor c is select 1 x from dual; n number; begin fetch c into n; end;", 1001),
    ("declare c sys_refcursor; n number; begin fetch c into n; end;", 1001),
    ("declare cursor c is select 1 x from dual; begin if c%found then null; end if; end;", 1001),
]


@pytest.mark.parametrize(("block", "code"), CURSOR_ERRORS)
def test_wrong_use_of_a_cursor_raises_its_number(
    plsql_shared: Plsql, block: str, code: int
) -> None:
    assert plsql_shared.fails(block).code == code


def test_ref_cursor_is_opened_passed_and_fetched(emp: Plsql) -> None:
    block = """
    declare
       c sys_refcursor; n varchar2(20); i number;
       procedure opens(c out sys_refcursor, p number) is
       begin open c for select id, name from t.emp where id >= p order by id; end opens;
    begin
       opens(c, 1);
       loop fetch c into i, n; exit when c%notfound; dbms_output.put_line(i || n); end loop;
       close c;
       open c for 'select name from t.emp where id = :x' using 2;
       fetch c into n; close c; dbms_output.put_line(n);
    end;"""
    assert emp.run(block) == ["1Ann", "2Bob", "Bob"]


def test_ref_cursor_goes_to_the_client(emp: Plsql) -> None:
    out = emp.call(
        "begin open :c for select id, name from t.emp order by id; end;",
        c=(OraType(Kind.CURSOR), None),
    )
    assert emp.directions == [Direction.OUT]
    assert out["c"].fetch(10) == [(1, "Ann"), (2, "Bob")]
    assert [c.name for c in out["c"].columns] == ["ID", "NAME"]


def test_bind_directions_follow_their_use(plsql_shared: Plsql) -> None:
    number = OraType(Kind.NUMBER)
    out = plsql_shared.call(
        "declare procedure p(a in number, b out number, c in out number) is begin b := a; c := c + 1; end; "
        "begin p(:a, :b, :c); :d := :a; end;",
        a=(number, 1), b=(number, 9), c=(number, 2), d=(number, None),
    )  # fmt: skip
    assert plsql_shared.directions == [Direction.IN, Direction.OUT, Direction.IN_OUT, Direction.OUT]
    assert out == {"b": 1, "c": 3, "d": 1}


def test_array_binds_become_index_by_tables_and_back(plsql: Plsql) -> None:
    plsql.create(
        "package t.p is type n_t is table of number index by pls_integer; "
        "procedure twice(a in n_t, b out n_t); end p;"
    )
    plsql.create(
        "package body t.p is procedure twice(a in n_t, b out n_t) is begin "
        "for i in 1 .. a.count loop b(i) := a(i) * 2; end loop; end twice; end p;"
    )
    number = OraType(Kind.NUMBER)
    out = plsql.call("begin t.p.twice(:a, :b); end;", a=(number, [1, 2, 3]), b=(number, []))
    assert out == {"b": [2, 4, 6]}


def test_out_bind_that_is_too_small_is_06502(plsql_shared: Plsql) -> None:
    with pytest.raises(Exception, match="ORA-06502"):
        plsql_shared.call("begin :a := 'abcdef'; end;", a=(OraType(Kind.VARCHAR2, 3), None))


def test_dates_and_timestamps_pass_through_binds(plsql_shared: Plsql) -> None:
    moment = datetime(2024, 2, 29, 10, 11, 12)  # noqa: DTZ001
    out = plsql_shared.call(
        "begin :b := :a + 1; end;", b=(OraType(Kind.DATE), None), a=(OraType(Kind.DATE), moment)
    )
    assert out == {"b": datetime(2024, 3, 1, 10, 11, 12)}  # noqa: DTZ001


# --------------------------------------------------------------------------- dynamic SQL


def test_execute_immediate_binds_by_position_and_returns(emp: Plsql) -> None:
    block = """
    declare n number; v varchar2(20); r t.emp%rowtype; type i_t is table of number; i i_t;
    begin
       execute immediate 'select count(*) from t.emp where id > :a and sal > :a' into n using 0, 150;
       dbms_output.put_line(n);
       execute immediate 'select * from t.emp where id = :1' into r using 2; dbms_output.put_line(r.name);
       execute immediate 'select id from t.emp order by id' bulk collect into i; dbms_output.put_line(i.count);
       execute immediate 'update t.emp set sal = sal * 2 where id = :1 returning sal into :2' using 1 returning into n;
       dbms_output.put_line(n || ' ' || sql%rowcount);
       execute immediate 'begin :out := upper(:x) || :x; end;' using out v, 'ab'; dbms_output.put_line(v);
       execute immediate 'create table t.made (x number)';
       execute immediate 'insert into t.made values (:1)' using 5;
       execute immediate 'select x from t.made' into n; dbms_output.put_line(n);
    end;"""
    assert emp.run(block) == ["1", "Bob", "2", "200 1", "ABab", "5"]


DYNAMIC_ERRORS = [
    ("begin execute immediate 'select nope from dual'; end;", 904),
    ("begin execute immediate 'select 1 from dual where 1 = :x'; end;", 1008),
    ("begin execute immediate 'begin null; end;' using 1; end;", 1006),
    ("begin execute immediate 'delete from nope'; end;", 942),
    ("begin execute immediate null; end;", 6535),
    ("begin execute immediate 'begin nope; end;'; end;", 6550),
    ("declare n number; begin execute immediate 'select 1, 2 from dual' into n; end;", 1007),
]


@pytest.mark.parametrize(("block", "code"), DYNAMIC_ERRORS)
def test_wrong_dynamic_sql_raises_its_number(plsql_shared: Plsql, block: str, code: int) -> None:
    assert plsql_shared.fails(block).code == code


# --------------------------------------------------------------------------- transactions


def test_savepoint_and_rollback_work_inside_a_block(emp: Plsql) -> None:
    block = """
    begin
       insert into t.emp (id, name) values (10, 'x'); savepoint s;
       insert into t.emp (id, name) values (11, 'y'); rollback to s;
       commit;
       insert into t.emp (id, name) values (12, 'z'); rollback;
    end;"""
    emp.run(block)
    assert emp.sql("select count(*) from t.emp where id >= 10") == [(1,)]


def test_autonomous_transaction_survives_the_rollback_around_it(emp: Plsql) -> None:
    emp.sql("create table t.log (m varchar2(20))")
    emp.create(
        "procedure t.write_log(m varchar2) is pragma autonomous_transaction; "
        "begin insert into log values (m); commit; end;"
    )
    emp.run(
        "begin insert into t.emp (id, name) values (9, 'q'); t.write_log('kept'); rollback; end;"
    )
    assert emp.sql("select m from t.log") == [("kept",)]
    assert emp.sql("select count(*) from t.emp where id = 9") == [(0,)]


def test_autonomous_transaction_left_open_is_06519(emp: Plsql) -> None:
    emp.sql("create table t.log (m varchar2(20))")
    emp.create(
        "procedure t.forgets is pragma autonomous_transaction; begin insert into log values ('x'); end;"
    )
    assert emp.fails("begin t.forgets; end;").code == 6519
    assert emp.sql("select count(*) from t.log") == [(0,)]


def test_sequence_values_stand_in_expressions(plsql: Plsql) -> None:
    plsql.sql("create sequence t.s start with 7")
    block = """
    declare n number := t.s.nextval;
    begin dbms_output.put_line(n || ' ' || t.s.currval || ' ' || t.s.nextval); end;"""
    assert plsql.run(block) == ["7 7 8"]


def test_package_constant_and_own_function_are_used_in_sql(plsql: Plsql) -> None:
    plsql.create(
        "package t.p is co constant number := 3; function twice(n number) return number; procedure go; end p;"
    )
    plsql.create(
        "package body t.p is "
        "function twice(n number) return number is begin return n * 2; end twice; "
        "procedure go is x number; begin "
        "select twice(co) + co into x from dual; dbms_output.put_line(x); end go; end p;"
    )
    assert plsql.run("begin t.p.go; end;") == ["9"]


def test_local_function_in_sql_is_pls_00231(plsql_shared: Plsql) -> None:
    error = plsql_shared.fails(
        "declare x number; function f return number is begin return 1; end; "
        "begin select f() into x from dual; end;"
    )
    assert "PLS-00231" in error.stack


def test_json_functions_of_sql_stand_in_expressions(plsql_shared: Plsql) -> None:
    block = """
    declare j varchar2(100) := '{"a":{"b":5}}'; n number;
    begin
       n := json_value(j, '$.a.b' returning number) + 1; dbms_output.put_line(n);
       dbms_output.put_line(json_object('k' value n, 't' value 'x'));
       if json_exists(j, '$.a') then dbms_output.put_line('exists'); end if;
    end;"""
    assert plsql_shared.run(block) == ["6", '{"k":6,"t":"x"}', "exists"]


def test_current_of_changes_the_row_last_fetched(emp: Plsql) -> None:
    block = """
    declare cursor c is select id, name from t.emp order by id for update;
    begin
       for r in c loop
          update t.emp set name = r.name || r.id where current of c;
       end loop;
    end;"""
    emp.run(block)
    assert emp.sql("select name from t.emp order by id") == [("Ann1",), ("Bob2",)]


@pytest.mark.parametrize(
    "body",
    [
        "open c; fetch c into x; commit; fetch c into x;",
        "open c; fetch c into x; rollback; fetch c into x;",
        "for r in c loop commit; end loop;",
        "open d for 'select id from t.held for update'; fetch d into x; commit; fetch d into x;",
        "open c; fetch c bulk collect into l limit 1; commit; fetch c bulk collect into l limit 1;",
    ],
)
def test_a_cursor_for_update_ends_with_its_transaction(plsql: Plsql, body: str) -> None:
    """ORA-01002: PL/SQL Language Reference, SELECT FOR UPDATE and FOR UPDATE Cursors."""
    plsql.sql("create table t.held (id number)")
    plsql.sql("insert into t.held select level from dual connect by level <= 3")
    plsql.sql("commit")
    try:
        error = plsql.fails(
            "declare cursor c is select id from t.held for update; d sys_refcursor; x number; "
            f"l sys.odcinumberlist; begin {body} end;"
        )
        assert error.message == "ORA-01002: fetch out of sequence"
        # without FOR UPDATE a cursor goes on
        plsql.run(
            "declare cursor c is select id from t.held; "
            "begin for r in c loop commit; end loop; end;"
        )
    finally:
        plsql.sql("rollback")
        plsql.sql("drop table t.held")

"""Records and collections, bulk statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Plsql


def test_records_and_collections_are_copied_by_assignment(plsql_shared: Plsql) -> None:
    block = """
    declare
       type r_t is record (a number, n varchar2(5));
       type t_t is table of r_t index by pls_integer;
       r r_t; s r_t; t t_t; u t_t;
    begin
       r.a := 1; s := r; s.a := 2;
       t(1) := r; r.a := 3; u := t; u(1).a := 9;
       dbms_output.put_line(r.a || s.a || t(1).a || u(1).a);
    end;"""
    assert plsql_shared.run(block) == ["3219"]


def test_associative_array_keeps_its_keys_in_order(plsql_shared: Plsql) -> None:
    block = """
    declare
       type t_t is table of number index by varchar2(10);
       t t_t; k varchar2(10);
    begin
       t('b') := 2; t('a') := 1; t('c') := 3; t.delete('b');
       k := t.first;
       while k is not null loop dbms_output.put_line(k || t(k)); k := t.next(k); end loop;
       dbms_output.put_line(t.count || t.last || t.prior('c'));
       if not t.exists('b') then dbms_output.put_line('gone'); end if;
    end;"""
    assert plsql_shared.run(block) == ["a1", "c3", "2ca", "gone"]


def test_field_of_a_missing_element_of_an_array_makes_it(plsql_shared: Plsql) -> None:
    block = """
    declare
       type r_t is record (a number := 7, b number);
       type i_t is table of number index by pls_integer;
       type t_t is table of r_t index by pls_integer;
       type m_t is table of i_t index by pls_integer;
       t t_t; m m_t;
    begin
       t(5).b := 1; m(2)(3) := 4;
       dbms_output.put_line(t(5).a || t(5).b || m(2)(3) || m.count || m(2).count);
    end;"""
    assert plsql_shared.run(block) == ["71411"]


def test_nested_table_has_all_methods(plsql_shared: Plsql) -> None:
    block = """
    declare
       type n_t is table of varchar2(5);
       n n_t := n_t('a', 'b', 'c');
    begin
       n.extend; n(4) := 'd'; n.extend(2, 1); n.delete(2);
       dbms_output.put_line(n.count || n.first || n.last || n.next(1) || n.prior(3) || n(6));
       n.trim(2); n.delete(3, 4);
       dbms_output.put_line(n.count || nvl(to_char(n.limit), 'none') || n.last);
       n.delete; dbms_output.put_line(n.count);
    end;"""
    assert plsql_shared.run(block) == ["51631a", "1none1", "0"]


COLLECTION_ERRORS = [
    ("declare type n_t is table of number; n n_t; begin n(1) := 1; end;", 6531),
    ("declare type n_t is table of number; n n_t; x number; begin x := n.count; end;", 6531),
    ("declare type n_t is table of number; n n_t := n_t(); begin n(1) := 1; end;", 6533),
    ("declare type n_t is table of number; n n_t := n_t(1); begin n(0) := 1; end;", 6532),
    ("declare type v_t is varray(2) of number; v v_t := v_t(1, 2); begin v.extend; end;", 6532),
    (
        "declare type n_t is table of number; n n_t := n_t(1); x number; begin n.delete(1); x := n(1); end;",
        1403,
    ),
    (
        "declare type t_t is table of number index by pls_integer; t t_t; x number; begin x := t(1); end;",
        1403,
    ),
    (
        "declare type t_t is table of number index by pls_integer; t t_t; begin t(null) := 1; end;",
        6502,
    ),
    (
        "declare type t_t is table of varchar2(2) index by pls_integer; t t_t; begin t(1) := 'abc'; end;",
        6502,
    ),
]


@pytest.mark.parametrize(("block", "code"), COLLECTION_ERRORS)
def test_wrong_use_of_a_collection_raises_its_number(
    plsql_shared: Plsql, block: str, code: int
) -> None:
    assert plsql_shared.fails(block).code == code


def test_exists_on_an_uninitialised_collection_is_false(plsql_shared: Plsql) -> None:
    block = """
    declare type n_t is table of number; n n_t;
    begin if not n.exists(1) and n is null then dbms_output.put_line('ok'); end if; end;"""
    assert plsql_shared.run(block) == ["ok"]


def test_nested_tables_compare_and_combine_as_multisets(plsql_shared: Plsql) -> None:
    block = """
    declare
       type n_t is table of number;
       a n_t := n_t(1, 2, 2, 3); b n_t := n_t(3, 2, 1, 2); c n_t;
    begin
       if a = b then dbms_output.put_line('equal'); end if;
       c := a multiset except n_t(2); dbms_output.put_line(c.count);
       c := a multiset union distinct n_t(9); dbms_output.put_line(c.count);
       c := a multiset intersect n_t(2, 2, 5); dbms_output.put_line(c.count);
       if 3 member of a and 7 not member of a then dbms_output.put_line('member'); end if;
       if set(a) is a set and n_t() is empty then dbms_output.put_line('set'); end if;
    end;"""
    assert plsql_shared.run(block) == ["equal", "3", "4", "2", "member", "set"]


@pytest.fixture
def numbers(plsql: Plsql) -> Plsql:
    plsql.sql("create table t.nums (id number(3) primary key, v varchar2(10))")
    for i in range(1, 6):
        plsql.sql(f"insert into t.nums values ({i}, 'v{i}')")
    return plsql


def test_bulk_collect_replaces_the_collection_and_may_be_empty(numbers: Plsql) -> None:
    block = """
    declare
       type r_t is table of t.nums%rowtype; type i_t is table of number index by pls_integer;
       r r_t; i i_t;
    begin
       i(77) := 1;
       select id bulk collect into i from t.nums order by id desc;
       dbms_output.put_line(i.count || i(1) || sql%rowcount);
       select * bulk collect into r from t.nums where id > 3 order by id;
       dbms_output.put_line(r.count || r(2).v);
       select id bulk collect into i from t.nums where id > 99;
       dbms_output.put_line(i.count);
    end;"""
    assert numbers.run(block) == ["555", "2v5", "0"]


def test_fetch_bulk_collect_limit_gives_batches(numbers: Plsql) -> None:
    block = """
    declare
       cursor c is select id, v from t.nums order by id;
       type i_t is table of number; type v_t is table of varchar2(10);
       i i_t; v v_t;
    begin
       open c;
       loop
          fetch c bulk collect into i, v limit 2;
          dbms_output.put_line(i.count || case when c%notfound then 'end' end || c%rowcount);
          exit when c%notfound;
       end loop;
       close c;
    end;"""
    assert numbers.run(block) == ["22", "24", "1end5"]


def test_forall_runs_all_and_counts_each(numbers: Plsql) -> None:
    block = """
    declare type i_t is table of number; i i_t := i_t(1, 99, 2);
    begin
       forall k in 1 .. i.count update t.nums set v = 'x' || i(k) where id <= i(k);
       dbms_output.put_line(sql%rowcount || ' ' || sql%bulk_rowcount(1) || sql%bulk_rowcount(2)
          || sql%bulk_rowcount(3));
    end;"""
    assert numbers.run(block) == ["8 152"]


def test_forall_over_indices_and_values(numbers: Plsql) -> None:
    block = """
    declare
       type i_t is table of pls_integer index by pls_integer; i i_t; pick i_t;
    begin
       i(3) := 1; i(9) := 2; i(20) := 3;
       forall k in indices of i between 5 and 30 delete from t.nums where id = i(k);
       dbms_output.put_line(sql%rowcount);
       pick(1) := 3;
       forall k in values of pick delete from t.nums where id = i(k);
       dbms_output.put_line(sql%rowcount);
    end;"""
    assert numbers.run(block) == ["2", "1"]


def test_forall_save_exceptions_reports_each_failure(numbers: Plsql) -> None:
    block = """
    declare
       type i_t is table of number; i i_t := i_t(10, 1, 11, 2);
       e_bulk exception; pragma exception_init(e_bulk, -24381);
    begin
       forall k in 1 .. i.count save exceptions insert into t.nums values (i(k), 'n');
    exception
       when e_bulk then
          for x in 1 .. sql%bulk_exceptions.count loop
             dbms_output.put_line(sql%bulk_exceptions(x).error_index || ' ' || sql%bulk_exceptions(x).error_code);
          end loop;
    end;"""
    assert numbers.run(block) == ["2 1", "4 1"]
    assert numbers.sql("select count(*) from t.nums") == [(7,)]


def test_forall_failure_undoes_only_the_failing_row(numbers: Plsql) -> None:
    block = """
    declare type i_t is table of number; i i_t := i_t(10, 1, 11);
    begin
       forall k in 1 .. i.count insert into t.nums values (i(k), 'n');
    exception when dup_val_on_index then dbms_output.put_line(sql%bulk_rowcount(1));
    end;"""
    assert numbers.run(block) == ["1"]
    assert numbers.sql("select count(*) from t.nums where id in (10, 11)") == [(1,)]


def test_returning_bulk_collect_gives_what_was_changed(numbers: Plsql) -> None:
    block = """
    declare type i_t is table of number; i i_t; v varchar2(10);
    begin
       delete from t.nums where id > 3 returning id bulk collect into i;
       dbms_output.put_line(i.count);
       update t.nums set v = upper(v) where id = 1 returning v into v;
       dbms_output.put_line(v);
    end;"""
    assert numbers.run(block) == ["2", "V1"]


def test_collection_of_a_schema_type_is_queried_with_table(plsql: Plsql) -> None:
    plsql.sql("create or replace type t.ids_ct as table of number(10)")
    block = """
    declare i t.ids_ct := t.ids_ct(3, 1, 2); n number;
    begin
       select sum(column_value) into n from table(i);
       dbms_output.put_line(n);
       for r in (select column_value v from table(i) order by 1) loop dbms_output.put_line(r.v); end loop;
    end;"""
    assert plsql.run(block) == ["6", "1", "2", "3"]


def test_record_variables_insert_and_update_whole_rows(numbers: Plsql) -> None:
    block = """
    declare r t.nums%rowtype;
    begin
       select * into r from t.nums where id = 1;
       r.id := 50; insert into t.nums values r;
       r.v := 'set row'; update t.nums set row = r where id = 50;
    end;"""
    numbers.run(block)
    assert numbers.sql("select v from t.nums where id = 50") == [("set row",)]


def test_pipelined_function_returns_its_rows(plsql: Plsql) -> None:
    plsql.sql("create or replace type t.ids_ct as table of number(10)")
    plsql.create(
        "function t.upto(n number) return ids_ct pipelined is begin "
        "for i in 1 .. n loop pipe row (i); end loop; return; end;"
    )
    assert plsql.run("begin dbms_output.put_line(t.upto(4).count); end;") == ["4"]

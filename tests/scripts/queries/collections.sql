-- Source: SQL Language Reference: table_collection_expression, Multiset Operators, Multiset Conditions, CAST, COLLECT, SET, CARDINALITY; PL/SQL Language Reference: "PL/SQL Collections and Records", "Chaining Pipelined Table Functions"

create type num_list is table of number;
/
create type short_list is varray(2) of varchar2(3);
/
create type person as object (id number, name varchar2(10));
/
create type people is table of person;
/
create table emp (id number, dept number, name varchar2(10), hired date);
insert into emp values (1, 10, 'ana', date '2024-01-01');
insert into emp values (2, 10, 'bia', null);
insert into emp values (3, 20, 'caio', date '2024-03-01');

-- A collection of scalars has one column, COLUMN_VALUE; one of objects has their attributes.
select column_value from table(num_list(3, null, 1.50));
-- expect: 3
-- expect: null
-- expect: 1.5
select t.column_value, e.name from emp e, table(num_list(1, 3)) t where e.id = t.column_value order by 1;
-- expect: 1 | 'ana'
-- expect: 3 | 'caio'
select p.id, p.name from table(people(person(1, 'x'), person(2, null))) p where p.id > 1;
-- expect: 2 | null
select value(p).name from table(people(person(1, 'x'))) p;
-- expect: 'x'
select * from table(people(person(1, 'x'), null)) p;
-- expect: 1 | 'x'
-- expect: null | null
-- TABLE may be left out since 12.2.
select * from num_list(7);
-- expect: 7
select count(*) from table(cast(null as num_list));
-- expect: 0
select column_value from table(sys.odcivarchar2list('b', 'a')) order by 1;
-- expect: 'a'
-- expect: 'b'
select * from table(3);
-- expect error: ORA-22905: cannot access rows from a non-nested table item
select * from table(short_list('a', 'b', 'c'));
-- expect error: ORA-22909: exceeded maximum VARRAY limit
select * from table(short_list('abcd'));
-- expect error: ORA-22814: attribute or element value is larger than specified in type
select * from table(people(person(1)));
-- expect error: ORA-02315: incorrect number of arguments for default constructor

-- The multiset operators: ALL is the default.
select listagg(column_value, ',') within group (order by column_value)
  from table(num_list(1, 2, 2, 3) multiset union num_list(2, 4));
-- expect: '1,2,2,2,3,4'
select listagg(column_value, ',') within group (order by column_value)
  from table(num_list(1, 2, 2, 3) multiset union distinct num_list(2, 4));
-- expect: '1,2,3,4'
select listagg(column_value, ',') within group (order by column_value)
  from table(num_list(1, 2, 2, 3) multiset except num_list(2, 4));
-- expect: '1,2,3'
select listagg(column_value, ',') within group (order by column_value)
  from table(num_list(1, 2, 2, 3) multiset except distinct num_list(2, 4));
-- expect: '1,3'
select listagg(column_value, ',') within group (order by column_value)
  from table(num_list(1, 2, 2, 3) multiset intersect all num_list(2, 2, 2));
-- expect: '2,2'
select listagg(column_value, ',') within group (order by column_value)
  from table(num_list(1, 2, 2, 3) multiset intersect distinct num_list(2, 2, 2));
-- expect: '2'
-- 1.0 and 1 are one number, NULLs are equal to each other here.
select cardinality(set(num_list(1, 1.0, null, null))) from dual;
-- expect: 2
select cardinality(short_list('a')), cardinality(cast(null as num_list)) from dual;
-- expect: 1 | null

-- The multiset conditions.
select id from emp where id member of num_list(1, 3) order by id;
-- expect: 1
-- expect: 3
select id from emp where id not member of num_list(1, 3);
-- expect: 2
select 1 from dual where 5 not member of num_list(1, null);
-- expect no rows
select 1 from dual where num_list(2, 2) submultiset of num_list(2, 1, 2);
-- expect: 1
select 1 from dual where num_list(2, 2) submultiset of num_list(2, 1);
-- expect no rows
select 1 from dual where num_list(1, 2) is a set and num_list(1, 1) is not a set;
-- expect: 1
select 1 from dual where num_list() is empty and num_list(1) is not empty;
-- expect: 1
select 1 from dual where num_list(1, 2, 2) = num_list(2, 1, 2) and num_list(1) <> num_list(2);
-- expect: 1
-- A varray is no nested table.
select 1 from dual where short_list('a') submultiset of short_list('a');
-- expect error: ORA-00932: inconsistent datatypes
select powermultiset(num_list(1)) from dual;
-- expect error: ORA-03001: unimplemented feature

-- CAST makes them of queries and groups.
select column_value from table(cast(multiset(select id from emp order by id desc) as num_list));
-- expect: 3
-- expect: 2
-- expect: 1
select e.dept, p.name from (select distinct dept from emp) e,
  table(cast(multiset(select id, name from emp i where i.dept = e.dept) as people)) p order by 1, 2;
-- expect: 10 | 'ana'
-- expect: 10 | 'bia'
-- expect: 20 | 'caio'
select dept, cardinality(cast(collect(id) as num_list)) from emp group by dept order by dept;
-- expect: 10 | 2
-- expect: 20 | 1
select column_value from table(cast(num_list(1, 2) as short_list));
-- expect: '1'
-- expect: '2'
select dept, cast(collect(name order by name) as short_list) from emp where id < 3 group by dept;
-- expect error: ORA-03001: unimplemented feature

-- In PL/SQL: types of the schema and of package specifications, not local ones.
declare
  l num_list := num_list(2, 3);
  p people;
  o person;
  n number;
begin
  select count(*) into n from emp where id member of l;
  dbms_output.put_line(n);
  select person(id, name) bulk collect into p from emp order by id;
  dbms_output.put_line(p.count || p(3).name);
  select cast(multiset(select id, name from emp where dept = 10 order by id) as people) into p from dual;
  dbms_output.put_line(p.count || p(2).name);
  for r in (select e.hired, t.name from table(p) t join emp e on e.id = t.id order by t.id) loop
    dbms_output.put_line(r.name || to_char(r.hired, 'YYYY'));
  end loop;
  o := p(1);
  select o.id + 1, value(t).id into n, n from table(people(o)) t;
  dbms_output.put_line(n);
  execute immediate 'select sum(column_value) from table(:l)' into n using l;
  dbms_output.put_line(n);
  select dept, cast(collect(id order by id) as num_list) into n, l from emp where dept = 10 group by dept;
  dbms_output.put_line(l(1) || l(2));
end;
/
-- expect output: 2
-- expect output: 3caio
-- expect output: 2bia
-- expect output: ana2024
-- expect output: bia
-- expect output: 1
-- expect output: 5
-- expect output: 12
declare
  type local_list is table of number;
  l local_list := local_list(1);
  n number;
begin
  select count(*) into n from table(l);
end;
/
-- expect error: ORA-06550: line 6, column

-- Pipelined functions, and collections that functions return and take.
create or replace package gen as
  type row_t is record (id number, moment timestamp, raw_id raw(4), span interval day to second);
  type rows_t is table of row_t;
  type by_number is table of varchar2(5) index by pls_integer;
  function numbers(n number) return num_list pipelined;
  function records(n number) return rows_t pipelined;
  function total(l num_list) return number;
  procedure show;
end;
/
create or replace package body gen as
  function numbers(n number) return num_list pipelined is
  begin
    for i in 1 .. n loop
      pipe row (i * 10);
    end loop;
    return;
  end;
  function records(n number) return rows_t pipelined is
    r row_t;
  begin
    for i in 1 .. n loop
      r.id := i;
      r.moment := timestamp '2024-01-31 10:00:00.25';
      r.raw_id := hextoraw('0A0B');
      r.span := interval '1 02:00:00' day to second;
      pipe row (r);
    end loop;
    return;
  end;
  function total(l num_list) return number is
    t number := 0;
  begin
    for i in 1 .. l.count loop
      t := t + l(i);
    end loop;
    return t;
  end;
  procedure show is
    b by_number;
    s varchar2(10);
  begin
    b(7) := 'x';
    b(9) := 'y';
    select listagg(column_value) within group (order by 1) into s from table(b);
    dbms_output.put_line(s);
  end;
end;
/
select column_value from table(gen.numbers(2));
-- expect: 10
-- expect: 20
select id, moment, raw_id, extract(hour from span) from table(gen.records(2)) where id = 2;
-- expect: 2 | 2024-01-31 10:00:00.250000 | 0A0B | 2
select e.id, t.column_value from emp e, table(gen.numbers(e.id)) t where e.id < 3 order by 1, 2;
-- expect: 1 | 10
-- expect: 2 | 10
-- expect: 2 | 20
select gen.total(num_list(1, 2, 3)), gen.total(cast(collect(id) as num_list)) from emp;
-- expect: 6 | 6
begin
  gen.show;
end;
/
-- expect output: xy

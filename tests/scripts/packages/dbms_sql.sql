-- Source: PL/SQL Packages and Types Reference: DBMS_SQL; PL/SQL Language Reference: "DBMS_SQL Package"

create table emp (id number(4), name varchar2(10) not null, hired date, pay number(7,2));
insert into emp values (1, 'ana', date '2024-01-31', 10.5);
insert into emp values (2, 'bia', null, null);

-- A query: placeholders by name, with or without the colon; values by position.
declare
  c integer := dbms_sql.open_cursor;
  n integer;
  id number;
  name varchar2(10);
  hired date;
begin
  dbms_sql.parse(c, 'select id, name, hired from emp where id >= :low and id <= :high order by id', dbms_sql.native);
  dbms_sql.bind_variable(c, ':low', 1);
  dbms_sql.bind_variable(c, 'high', 2);
  dbms_sql.define_column(c, 1, id);
  dbms_sql.define_column(c, 2, name, 2);
  dbms_sql.define_column(c, 3, hired);
  n := dbms_sql.execute(c);
  while dbms_sql.fetch_rows(c) > 0 loop
    dbms_sql.column_value(c, 1, id);
    dbms_sql.column_value(c, 2, name);
    dbms_sql.column_value(c, 3, hired);
    dbms_output.put_line(id || ' ' || name || ' ' || to_char(hired, 'YYYY-MM-DD') || ' ' || dbms_sql.last_row_count);
  end loop;
  -- the same cursor runs again with other values
  dbms_sql.bind_variable(c, 'low', 2);
  n := dbms_sql.execute_and_fetch(c);
  dbms_sql.column_value(c, 1, id);
  dbms_output.put_line(n || ' ' || id);
  dbms_sql.close_cursor(c);
  dbms_output.put_line(case when c is null then 'closed' end);
end;
/
-- expect output: 1 an 2024-01-31 1
-- expect output: 2 bi  2
-- expect output: 1 2
-- expect output: closed

-- DML, arrays, RETURNING, blocks, DDL (which PARSE runs).
declare
  c integer := dbms_sql.open_cursor;
  ids dbms_sql.number_table;
  n number;
  t varchar2(20);
begin
  dbms_sql.parse(c, 'insert into emp (id, name) values (:id, :name)', dbms_sql.native);
  ids(1) := 11;
  ids(2) := 12;
  dbms_sql.bind_array(c, 'id', ids);
  dbms_sql.bind_variable(c, 'name', 'new');
  dbms_output.put_line(dbms_sql.execute(c));
  dbms_sql.parse(c, 'update emp set pay = :p where id = :i returning pay * 2 into :twice', dbms_sql.native);
  dbms_sql.bind_variable(c, 'p', 7);
  dbms_sql.bind_variable(c, 'i', 11);
  dbms_sql.bind_variable(c, 'twice', n);
  dbms_output.put_line(dbms_sql.execute(c));
  dbms_sql.variable_value(c, 'twice', n);
  dbms_output.put_line(n);
  dbms_sql.parse(c, 'begin :t := :t || ''!''; end;', dbms_sql.native);
  dbms_sql.bind_variable(c, 't', 'hey', 20);
  n := dbms_sql.execute(c);
  dbms_sql.variable_value(c, 't', t);
  dbms_output.put_line(t);
  dbms_sql.parse(c, 'create table made (a number)', dbms_sql.native);
  dbms_sql.close_cursor(c);
end;
/
-- expect output: 2
-- expect output: 1
-- expect output: 14
-- expect output: hey!
select count(*) from made;
-- expect: 0

declare
  c integer := dbms_sql.open_cursor;
  d dbms_sql.desc_tab;
  n integer;
begin
  dbms_sql.parse(c, 'select id, name, hired, pay p from emp', dbms_sql.native);
  dbms_sql.describe_columns(c, n, d);
  for i in 1 .. n loop
    dbms_output.put_line(d(i).col_name || ' ' || d(i).col_type || ' ' || d(i).col_max_len || ' ' ||
      d(i).col_precision || ' ' || d(i).col_scale || case when d(i).col_null_ok then '' else ' not null' end);
  end loop;
  dbms_sql.close_cursor(c);
end;
/
-- expect output: ID 2 22 4 0
-- expect output: NAME 1 10 0 0 not null
-- expect output: HIRED 12 7 0 0
-- expect output: P 2 22 7 2

-- Between DBMS_SQL and cursor variables.
declare
  c integer := dbms_sql.open_cursor;
  r sys_refcursor;
  n number;
begin
  dbms_sql.parse(c, 'select id from emp where id < 10 order by id', dbms_sql.native);
  n := dbms_sql.execute(c);
  r := dbms_sql.to_refcursor(c);
  fetch r into n;
  dbms_output.put_line(n || case when c is null then ' no number any more' end);
  c := dbms_sql.to_cursor_number(r);
  dbms_sql.define_column(c, 1, n);
  n := dbms_sql.fetch_rows(c);
  dbms_sql.column_value(c, 1, n);
  dbms_output.put_line(n || ' ' || dbms_sql.fetch_rows(c));
  dbms_sql.close_cursor(c);
end;
/
-- expect output: 1 no number any more
-- expect output: 2 0

-- Errors.
declare
  c integer := dbms_sql.open_cursor;
  n number;
  v varchar2(10);
  procedure try(what varchar2) is
  begin
    case what
      when 'unparsed' then n := dbms_sql.execute(c);
      when 'unknown name' then dbms_sql.bind_variable(c, 'x', 1);
      when 'unbound' then n := dbms_sql.execute(c);
      when 'position' then dbms_sql.define_column(c, 2, n);
      when 'not executed' then n := dbms_sql.fetch_rows(c);
      when 'other type' then dbms_sql.column_value(c, 1, v);
      when 'not defined' then dbms_sql.column_value(c, 2, n);
    end case;
  exception
    when others then
      dbms_output.put_line(what || ': ' || sqlcode);
  end;
begin
  try('unparsed');
  dbms_sql.parse(c, 'select id from emp where id = :i', dbms_sql.native);
  try('unknown name');
  try('unbound');
  try('position');
  try('not executed');
  dbms_sql.bind_variable(c, 'i', 1);
  dbms_sql.define_column(c, 1, n);
  n := dbms_sql.execute_and_fetch(c, exact => true);
  try('other type');
  try('not defined');
  dbms_sql.close_cursor(c);
end;
/
-- expect output: unparsed: -1003
-- expect output: unknown name: -1006
-- expect output: unbound: -1008
-- expect output: position: -1007
-- expect output: not executed: -1002
-- expect output: other type: -6562
-- expect output: not defined: -1007
declare
  c integer := dbms_sql.open_cursor;
begin
  dbms_sql.parse(c, 'select nothing from emp', dbms_sql.native);
end;
/
-- expect error: ORA-00904: "NOTHING": invalid identifier

-- A number that was never given, or is closed: the session may not use DBMS_SQL any more.
connect other
begin
  dbms_sql.parse(99, 'select 1 from dual', dbms_sql.native);
end;
/
-- expect error: ORA-29471: DBMS_SQL access denied
declare
  c integer := dbms_sql.open_cursor;
begin
  null;
end;
/
-- expect error: ORA-29471: DBMS_SQL access denied
connect main
declare
  c integer := dbms_sql.open_cursor;
begin
  dbms_output.put_line(case when dbms_sql.is_open(c) then 'open' end);
  dbms_sql.close_cursor(c);
end;
/
-- expect output: open

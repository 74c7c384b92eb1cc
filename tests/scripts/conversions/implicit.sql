-- Source: SQL Language Reference, "Implicit Data Conversion"

create table t (n number, s varchar2(10));
insert into t values ('12', 34);
select n + 1, s || 'x', s + 1 from t;
-- expect: 13 | '34x' | 35
select count(*) from t where s = 34;
-- expect: 1
select count(*) from t where n = '12';
-- expect: 1
insert into t values ('abc', 'x');
-- expect error: ORA-01722
insert into t values (1, 'abc');
select count(*) from t where s = 34;
-- expect error: ORA-01722
declare
   n number := '5';
   s varchar2(5) := 7;
   b boolean := '10' > 9;
begin
   dbms_output.put_line(n + s);
   if b then
      dbms_output.put_line('compared as numbers');
   end if;
   n := 'x';
exception
   when value_error then dbms_output.put_line('value error');
end;
/
-- expect output: 12
-- expect output: compared as numbers
-- expect output: value error

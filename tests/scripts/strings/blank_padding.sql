-- Source: SQL Language Reference, "Data Type Comparison Rules": blank-padded where both are CHAR or text literals, else nonpadded; DECODE; NULLIF

create table t (c char(5), v varchar2(5));
insert into t values ('a', 'a');
select case when 'a' = 'a ' then 'same' end, case when 'a' < 'a ' then 'less' end, nullif('a', 'a ') from dual;
-- expect: 'same' | null | null
select case 'a' when 'a  ' then 1 end, case when 'a' in ('b', 'a ') then 2 end, case when 'a' between 'a ' and 'a ' then 3 end from dual;
-- expect: 1 | 2 | 3
select case when c = 'a' then 1 end, case when v = 'a ' then 2 end, case when c = v then 3 end, case when v = 'a' then 4 end from t;
-- expect: 1 | null | null | 4
select case when c = cast('a' as char(2)) then 1 end, case when c = cast('a' as varchar2(2)) then 2 end from t;
-- expect: 1 | null
select decode('a', 'a ', 'padded', 'nonpadded'), decode(c, 'a', 'padded', 'nonpadded'), decode(c, 'a    ', 1) from t;
-- expect: 'nonpadded' | 'nonpadded' | 1
select nullif(c, 'b'), length(nullif(c, 'b')), nullif(c, 'a ') from t;
-- expect: 'a    ' | 5 | null
begin
   if 'a' = 'a ' then
      dbms_output.put_line('literals');
   end if;
   for r in (select c, v from t) loop
      if r.c = 'a' then
         dbms_output.put_line('char and literal');
      end if;
      if r.v = 'a ' or r.c = r.v then
         dbms_output.put_line('not this');
      end if;
   end loop;
end;
/
-- expect output: literals
-- expect output: char and literal

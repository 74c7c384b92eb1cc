-- Source: SQL Language Reference, "Nulls": a character value with a length of zero is null

select nvl('', 'null') from dual;
-- expect: 'null'
select length('') from dual;
-- expect: null
select 'a' || null || 'b' || '' from dual;
-- expect: 'ab'
select case when '' = '' then 'equal' else 'unknown' end from dual;
-- expect: 'unknown'
select replace('abc', 'b', ''), nvl2('', 1, 2), coalesce(null, '', 'x') from dual;
-- expect: 'ac' | 2 | 'x'
select trim('   '), substr('abc', 4), rtrim('aaa', 'a') from dual;
-- expect: null | null | null

create table t (id number, a varchar2(10));
insert into t values (1, '');
insert into t values (2, 'x');
select count(*) from t where a is null;
-- expect: 1
select count(*) from t where a = '';
-- expect: 0
select count(*) from t where a <> '';
-- expect: 0
select id, a from t order by id;
-- expect: 1 | null
-- expect: 2 | 'x'
update t set a = '' where id = 2;
-- expect count: 1
select count(a) from t;
-- expect: 0

declare
   l varchar2(10) := '';
begin
   dbms_output.put_line(case when l is null then 'null' else 'not null' end);
   dbms_output.put_line('[' || l || ']');
   if l = '' or l != '' then
      dbms_output.put_line('never');
   end if;
   dbms_output.put_line(nvl(to_char(length(l)), 'no length'));
end;
/
-- expect output: null
-- expect output: []
-- expect output: no length

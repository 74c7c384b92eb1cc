-- Source: SQL Language Reference, "The UNION [ALL], INTERSECT, MINUS Operators"

select 1 from dual union select 1 from dual;
-- expect: 1
select 1 a from dual union all select 1 from dual;
-- expect: 1
-- expect: 1
select level from dual connect by level <= 3 minus select 2 from dual order by 1;
-- expect: 1
-- expect: 3
select 1 from dual union all select 2 from dual minus select 1 from dual;
-- expect: 2
select 1 from dual union select 2 from dual intersect select 2 from dual;
-- expect: 2
select null from dual minus select null from dual;
-- expect no rows
select 1, 2 from dual union select 1 from dual;
-- expect error: ORA-01789

-- Source: SQL Language Reference, "Aggregate Functions" (nesting); Error Messages, ORA-00935, ORA-00937, ORA-00978

create table t (id number, n number);
insert into t select level, mod(level, 3) from dual connect by level <= 8;
select max(count(*)), min(count(*)) from t group by n;
-- expect: 3 | 2
select sum(max(id) - min(id)), 'x', round(avg(count(distinct id)), 2) r from t group by n order by r;
-- expect: 15 | 'x' | 2.67
select max(count(*)) from t group by n having count(*) < 3;
-- expect: 2
select m from (select max(sum(id)) m from t where id > 1 group by n);
-- expect: 15
select sum(sum(id)) over () from t group by n;
-- expect: 36
-- expect: 36
-- expect: 36
select max(count(*)) from t;
-- expect error: ORA-00978
select max(max(count(*))) from t group by n;
-- expect error: ORA-00935
select n from t group by n having max(count(*)) > 1;
-- expect error: ORA-00935
select n, max(count(*)) from t group by n;
-- expect error: ORA-00937
select count(*), max(count(*)) from t group by n;
-- expect error: ORA-00937

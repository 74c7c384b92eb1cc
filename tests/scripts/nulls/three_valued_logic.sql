-- Source: SQL Language Reference, "Nulls in Conditions", "Nulls in SQL Functions"

create table t (a number);
insert into t values (1);
insert into t values (2);
insert into t values (null);
select count(*), count(a), sum(a), avg(a) from t;
-- expect: 3 | 2 | 3 | 1.5
select a from t where a not in (1, null);
-- expect no rows
select a from t where not a = 1;
-- expect: 2
select a from t order by a;
-- expect: 1
-- expect: 2
-- expect: null
select a from t order by a desc;
-- expect: null
-- expect: 2
-- expect: 1
select greatest(1, null), least(1, null), nullif(1, 1), nullif(1, 2) from dual;
-- expect: null | null | null | 1
select decode(null, null, 'same', 'other') from dual;
-- expect: 'same'
select case null when null then 'same' else 'other' end from dual;
-- expect: 'other'
select max(a), sum(a), count(*) from t where a > 5;
-- expect: null | null | 0
select a, count(*) from t group by a order by a nulls first;
-- expect: null | 1
-- expect: 1 | 1
-- expect: 2 | 1
select distinct nvl(a, -1) from t where a is null or a = 1 order by 1;
-- expect: -1
-- expect: 1

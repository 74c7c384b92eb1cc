-- Source: SQL Language Reference, "LIKE Condition"

create table t (a varchar2(20));
insert into t values ('abc');
insert into t values ('a%c');
insert into t values ('A_B');
insert into t values (null);
select a from t where a like 'a%' order by a;
-- expect: 'a%c'
-- expect: 'abc'
select a from t where a like 'a\%c' escape '\';
-- expect: 'a%c'
select a from t where a like '%\_%' escape '\';
-- expect: 'A_B'
select a from t where a like '_b_';
-- expect: 'abc'
select count(*) from t where a like '%';
-- expect: 3
select count(*) from t where a not like 'z%';
-- expect: 3

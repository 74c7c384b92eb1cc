-- Source: SQL Language Reference, "ROWNUM Pseudocolumn"

create table t (a number);
insert into t select 6 - level from dual connect by level <= 5;
select a from (select a from t order by a) where rownum <= 2;
-- expect: 1
-- expect: 2
select count(*) from t where rownum > 1;
-- expect: 0
select count(*) from t where rownum = 1;
-- expect: 1
select count(*) from t where rownum < 4;
-- expect: 3
select r from (select rownum r, a from (select a from t order by a)) where r between 2 and 3;
-- expect: 2
-- expect: 3
delete from t where rownum <= 2;
-- expect count: 2

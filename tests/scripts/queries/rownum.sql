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

-- counted before the block sorts or groups, and locked as they are counted
create table u (id number primary key, n number);
insert into u select level, mod(level, 3) from dual connect by level <= 9;
select distinct n from u where rownum <= 2 order by n;
-- expect: 1
-- expect: 2
select n, count(*) from u where rownum <= 4 group by n order by n;
-- expect: 0 | 1
-- expect: 1 | 2
-- expect: 2 | 1
select id from u where rownum <= 2 order by id desc for update;
-- expect: 2
-- expect: 1
select id, rownum from u where id > 6 order by id desc for update nowait;
-- expect: 9 | 3
-- expect: 8 | 2
-- expect: 7 | 1
select id, rownum from u where id > 7 for update of n skip locked;
-- expect: 8 | 1
-- expect: 9 | 2
connect other
select id from u where rownum <= 9 order by id for update skip locked;
-- expect no rows
connect main
commit;
select id from u where rownum <= 1 order by id for update;
-- expect: 1
connect other
select id from u where id < 3 order by id for update skip locked;
-- expect: 2
rollback;
connect main
select distinct n from u where rownum <= 2 for update;
-- expect error: ORA-01786

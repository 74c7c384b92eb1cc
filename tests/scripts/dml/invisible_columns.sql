-- Source: SQL Language Reference, CREATE TABLE: VISIBLE | INVISIBLE; Database Administrator's Guide, "Understand Invisible Columns"

create table t (a number, b number generated always as (a * 2) virtual, c number invisible default 3, d varchar2(5));
insert into t values (1, 'x');
-- expect error: ORA-00947: not enough values
insert into t values (1, default, 'x');
-- expect count: 1
insert into t (a, c) values (2, 20);
select * from t order by a;
-- expect: 1 | 2 | 'x'
-- expect: 2 | 4 | null
select a, c, t.c from t order by a;
-- expect: 1 | 3 | 3
-- expect: 2 | 20 | 20
update t set c = c + 1 where c = 3;
-- expect count: 1
select a from t where c = 4;
-- expect: 1
alter table t modify (c visible);
select * from t where a = 1;
-- expect: 1 | 2 | 'x' | 4
insert into t (a, b) values (1, 1);
-- expect error: ORA-54013: INSERT operation disallowed on virtual columns
update t set b = 1;
-- expect error: ORA-54017: UPDATE operation disallowed on virtual columns

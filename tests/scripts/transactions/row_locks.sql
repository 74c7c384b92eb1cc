-- Source: SQL Language Reference, SELECT, "for_update_clause"

create table t (id number primary key, a number);
insert into t values (1, 1);
insert into t values (2, 2);
commit;
select a from t where id = 1 for update;
-- expect: 1
connect other
select a from t where id = 1 for update nowait;
-- expect error: ORA-00054
select a from t order by id for update skip locked;
-- expect: 2
rollback;
select a from t where id = 1 for update wait 1;
-- expect error: ORA-30006
update t set a = 20 where id = 2;
-- expect count: 1
rollback;
connect main
rollback;
connect other
select a from t where id = 1 for update nowait;
-- expect: 1
rollback;

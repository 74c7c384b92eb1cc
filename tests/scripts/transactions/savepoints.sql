-- Source: SQL Language Reference, SAVEPOINT, ROLLBACK

create table t (a number);
insert into t values (1);
savepoint one;
insert into t values (2);
savepoint two;
insert into t values (3);
rollback to two;
select count(*) from t;
-- expect: 2
rollback to savepoint one;
select count(*) from t;
-- expect: 1
rollback to two;
-- expect error: ORA-01086
insert into t values (4);
savepoint one;
insert into t values (5);
rollback to one;
commit;
select a from t order by a;
-- expect: 1
-- expect: 4
rollback to one;
-- expect error: ORA-01086

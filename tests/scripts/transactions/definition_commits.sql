-- Source: SQL Language Reference, "Types of SQL Statements": DDL commits the current transaction

create table t (a number);
insert into t values (1);
create table u (a number);
rollback;
select count(*) from t;
-- expect: 1
insert into t values (2);
create table u (a number);
-- expect error: ORA-00955
rollback;
select count(*) from t;
-- expect: 2
insert into t values (3);
truncate table u;
rollback;
select count(*) from t;
-- expect: 3

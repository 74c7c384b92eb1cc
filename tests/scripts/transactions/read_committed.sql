-- Source: Database Concepts, "Read Consistency and Transaction Isolation Levels"

create table t (a number);
insert into t values (1);
commit;
connect other
select a from t;
-- expect: 1
connect main
update t set a = 2;
connect other
select a from t;
-- expect: 1
connect main
commit;
connect other
select a from t;
-- expect: 2

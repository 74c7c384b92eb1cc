-- Source: Database Concepts, "Statement-Level Atomicity", "Statement-Level Rollback"

create table t (id number primary key, n number(2));
insert into t values (1, 1);
insert into t select 3 - level, level from dual connect by level <= 3;
-- expect error: ORA-00001
select id from t order by id;
-- expect: 1
update t set n = 100;
-- expect error: ORA-01438
insert into t values (2, 2);
-- expect count: 1
begin
   insert into t values (3, 3);
   insert into t values (1, 1);
exception
   when dup_val_on_index then
      insert into t values (4, 4);
end;
/
select id from t order by id;
-- expect: 1
-- expect: 2
-- expect: 3
-- expect: 4
begin
   insert into t values (5, 5);
   insert into t values (1, 1);
end;
/
-- expect error: ORA-00001
select count(*) from t where id = 5;
-- expect: 0
rollback;
select count(*) from t;
-- expect: 0

-- Source: SQL Language Reference, MERGE

create table t (id number, n number);
create table s (id number, n number);
insert into t values (1, 10);
insert into t values (2, 20);
insert into s values (2, 200);
insert into s values (3, 300);
merge into t using s on (t.id = s.id)
 when matched then update set t.n = s.n
 when not matched then insert (id, n) values (s.id, s.n);
-- expect count: 2
select id, n from t order by id;
-- expect: 1 | 10
-- expect: 2 | 200
-- expect: 3 | 300
merge into t using s on (t.id = s.id)
 when matched then update set t.n = t.n + 1 where s.id = 3 delete where t.n > 300;
select id, n from t order by id;
-- expect: 1 | 10
-- expect: 2 | 200
insert into s values (1, 1);
insert into s values (1, 2);
merge into t using s on (t.id = s.id) when matched then update set t.n = s.n;
-- expect error: ORA-30926
select n from t where id = 1;
-- expect: 10

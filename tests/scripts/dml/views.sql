-- Source: SQL Language Reference, CREATE VIEW: subquery_restriction_clause (WITH READ ONLY, WITH CHECK OPTION)

create table t (id number primary key, v varchar2(10));
insert into t values (1, 'a');
create or replace view low as select id, v from t where id < 3 with check option;
insert into low values (9, 'x');
-- expect error: ORA-01402: view WITH CHECK OPTION where-clause violation
insert into low values (2, 'x');
-- expect count: 1
update low set id = 7 where id = 2;
-- expect error: ORA-01402: view WITH CHECK OPTION where-clause violation
update low set v = 'y' where id = 2;
-- expect count: 1
create or replace view free as select id, v from t where id < 3;
insert into free values (9, 'x');
-- expect count: 1
create or replace view ro as select id from t with read only;
delete from ro;
-- expect error: ORA-42399: cannot perform a DML operation on a read-only view
select id, v from t order by id;
-- expect: 1 | 'a'
-- expect: 2 | 'y'
-- expect: 9 | 'x'

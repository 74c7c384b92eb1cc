-- Source: SQL Language Reference, SELECT, "row_limiting_clause"

create table t (id number, n number);
insert into t values (1, 10);
insert into t values (2, 20);
insert into t values (3, 20);
insert into t values (4, 30);
select id from t order by id fetch first 2 rows only;
-- expect: 1
-- expect: 2
select id from t order by id offset 1 rows fetch next 2 rows only;
-- expect: 2
-- expect: 3
select id from (select id from t order by n fetch first 2 rows with ties) order by id;
-- expect: 1
-- expect: 2
-- expect: 3
select count(*) from (select id from t order by id fetch first 50 percent rows only);
-- expect: 2
select id from t order by id offset 10 rows;
-- expect no rows

-- Source: SQL Language Reference, "Using Subqueries"; SELECT, "subquery_factoring_clause"

create table t (id number, parent number);
insert into t values (1, null);
insert into t values (2, 1);
insert into t values (3, 2);
with w as (select id from t where id > 1) select count(*) from w;
-- expect: 2
with r (id, depth) as (
   select id, 1 from t where parent is null
   union all
   select t.id, r.depth + 1 from t join r on t.parent = r.id
)
select id, depth from r order by id;
-- expect: 1 | 1
-- expect: 2 | 2
-- expect: 3 | 3
select (select id from t) from dual;
-- expect error: ORA-01427
select (select id from t where id = 9) from dual;
-- expect: null
select id from t a where exists (select null from t b where b.parent = a.id) order by id;
-- expect: 1
-- expect: 2
select id from t where (id, parent) in ((2, 1), (3, 1));
-- expect: 2
select id from t where id >= all (select id from t);
-- expect: 3
select nope from t;
-- expect error: ORA-00904: "NOPE": invalid identifier
select * from nope;
-- expect error: ORA-00942

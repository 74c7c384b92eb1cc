-- Source: SQL Language Reference, CREATE TABLE, "column_definition", "virtual_column_definition"

create table t (
   id    number generated always as identity,
   kind  varchar2(5) default 'none',
   total number default on null 7,
   twice number generated always as (total * 2) virtual
);
insert into t (kind) values ('a');
insert into t (kind, total) values (null, null);
insert into t (kind, total) values (default, 3);
select id, kind, total, twice from t order by id;
-- expect: 1 | 'a' | 7 | 14
-- expect: 2 | null | 7 | 14
-- expect: 3 | 'none' | 3 | 6
insert into t (id) values (9);
-- expect error: ORA-32795
insert into t (twice) values (9);
-- expect error: ORA-54013
update t set kind = default where id = 1;
select kind from t where id = 1;
-- expect: 'none'

-- Source: SQL Language Reference, ALTER TABLE, "identity_clause"; CREATE TABLE, "identity_options"

create table t (
   id   number generated always as identity,
   name varchar2(10)
);
insert into t (name) values ('a');
insert into t (name) values ('b');
delete from t where id = 2;
commit;
alter table t modify (id generated always as identity (start with limit value cache 1000));
select cache_size, order_flag from user_sequences where sequence_name like 'ISEQ$$%';
-- expect: 1000 | 'N'
-- from the highest value that is there, a step on
insert into t (name) values ('c');
select id, name from t order by id;
-- expect: 1 | 'a'
-- expect: 2 | 'c'
alter table t modify (name generated always as identity);
-- expect error: ORA-30673

-- Source: SQL Language Reference, SET TRANSACTION; Error Messages, ORA-01456

create global temporary table g (x number) on commit delete rows;
create table t (x number);
set transaction read only;
select count(*) from g;
-- expect: 0
commit;
insert into g values (1);
insert into t values (1);
commit;
select (select count(*) from g), (select count(*) from t) from dual;
-- expect: 0 | 1
set transaction read only;
insert into t values (2);
-- expect error: ORA-01456
commit;
select sys_context('userenv', 'cloud_service') from dual;
-- expect: null

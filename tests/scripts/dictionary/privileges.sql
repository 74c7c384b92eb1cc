-- Source: SQL Language Reference, GRANT; Database Security Guide, "Managing User Privileges"

create table t (a number);
create procedure p is
begin
   null;
end p;
/
grant select on t to public;
select grantee, privilege from user_tab_privs where table_name = 'T';
-- expect: 'PUBLIC' | 'SELECT'
revoke select on t from public;
select count(*) from user_tab_privs where table_name = 'T';
-- expect: 0
grant select on nothing to public;
-- expect error: ORA-00942
create user somebody identified by nothing;
-- expect error: ORA-01031
select * from sys.user$;
-- expect error: ORA-00942
select count(*) from user_sys_privs where privilege = 'CREATE TABLE';
-- expect: 1

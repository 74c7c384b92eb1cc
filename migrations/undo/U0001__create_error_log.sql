-- U0001__create_error_log
-- Undoes: migrations/V0001__create_error_log.sql
-- Loses:  every error that was logged

drop table error_log
/
delete from crm_migrations m
 where m.script = 'migrations/V0001__create_error_log.sql'
/
commit
/

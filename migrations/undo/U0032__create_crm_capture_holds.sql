-- U0032__create_crm_capture_holds
-- Undoes: migrations/V0032__create_crm_capture_holds.sql
-- Loses:  the history of deployments; release capture before

drop table crm_capture_holds
/
delete from crm_migrations m
 where m.script = 'migrations/V0032__create_crm_capture_holds.sql'
/
commit
/

-- U0029__create_crm_sync_runs
-- Undoes: migrations/V0029__create_crm_sync_runs.sql
-- Loses:  runs and findings

drop table crm_sync_findings
/
drop table crm_sync_runs
/
delete from crm_migrations m
 where m.script = 'migrations/V0029__create_crm_sync_runs.sql'
/
commit
/

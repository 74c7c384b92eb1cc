-- U0017__create_crm_workers
-- Undoes: migrations/V0017__create_crm_workers.sql
-- Loses:  heartbeats, which come again

drop table crm_workers
/
delete from crm_migrations m
 where m.script = 'migrations/V0017__create_crm_workers.sql'
/
commit
/

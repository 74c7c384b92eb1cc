-- U0006__create_crm_inbox
-- Undoes: migrations/V0006__create_crm_inbox.sql
-- Loses:  webhooks that wait, and the history of the applied ones

drop table crm_inbox_events
/
delete from crm_migrations m
 where m.script = 'migrations/V0006__create_crm_inbox.sql'
/
commit
/

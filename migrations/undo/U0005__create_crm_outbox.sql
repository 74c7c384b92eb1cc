-- U0005__create_crm_outbox
-- Undoes: migrations/V0005__create_crm_outbox.sql
-- Loses:  changes that wait, and the history of the sent ones

drop table crm_outbox_attempts
/
drop table crm_outbox_events
/
delete from crm_migrations m
 where m.script = 'migrations/V0005__create_crm_outbox.sql'
/
commit
/

-- U0021__add_crm_inbox_events_fields
-- Undoes: migrations/V0021__add_crm_inbox_events_fields.sql
-- Loses:  what waiting webhooks showed: they are read as before

alter table crm_inbox_events drop constraint crm_inbox_events_fields_ck
/
alter table crm_inbox_events drop (fields)
/
delete from crm_settings s
 where s.name = 'echo_seconds'
/
delete from crm_migrations m
 where m.script = 'migrations/V0021__add_crm_inbox_events_fields.sql'
/
commit
/

-- U0022__add_crm_inbox_events_values
-- Undoes: migrations/V0022__add_crm_inbox_events_values.sql
-- Loses:  nothing: custom fields are read as before

alter table crm_inbox_events drop constraint crm_inbox_events_values_ck
/
alter table crm_inbox_events drop (are_values_agreed)
/
delete from crm_migrations m
 where m.script = 'migrations/V0022__add_crm_inbox_events_values.sql'
/
commit
/

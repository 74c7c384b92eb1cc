-- U0035__add_crm_inbox_superseded_by
-- Undoes: migrations/V0035__add_crm_inbox_superseded_by.sql
-- Loses:  nothing: the text for a person names the webhook as well

alter table crm_inbox_events drop (superseded_by)
/
delete from crm_migrations m
 where m.script = 'migrations/V0035__add_crm_inbox_superseded_by.sql'
/
commit
/

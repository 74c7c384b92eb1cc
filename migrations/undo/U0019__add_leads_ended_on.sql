-- U0019__add_leads_ended_on
-- Undoes: migrations/V0019__add_leads_ended_on.sql
-- Loses:  which leads have ended: a resynchronisation tells

alter table leads drop constraint leads_ended_ck
/
alter table leads drop (ended_on, end_reason)
/
alter table crm_inbox_events drop (missing_on)
/
delete from crm_settings s
 where s.name = 'missing_recheck_seconds'
/
delete from crm_migrations m
 where m.script = 'migrations/V0019__add_leads_ended_on.sql'
/
commit
/

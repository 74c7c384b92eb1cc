-- U0036__alter_identity_caches
-- Undoes: migrations/V0036__alter_identity_caches.sql
-- Loses:  nothing

alter table crm_outbox_events modify (event_id generated always as identity (start with limit value cache 20))
/
alter table crm_inbox_events modify (inbox_id generated always as identity (start with limit value cache 20))
/
alter table crm_merge_audit modify (audit_id generated always as identity (start with limit value cache 20))
/
alter table crm_capture_gaps modify (gap_id generated always as identity (start with limit value cache 20))
/
alter table error_log modify (log_id generated always as identity (start with limit value cache 20))
/
delete from crm_migrations m
 where m.script = 'migrations/V0036__alter_identity_caches.sql'
/
commit
/

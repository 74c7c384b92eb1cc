-- V0036__alter_identity_caches
-- Why:    on RAC each instance takes 1,000 numbers at once instead of 20; nobody needs them in the order of the clock.
-- Breaks: no; each statement locks its table for a moment
-- Undo:   the same statements with cache 20

-- start with limit value: from the highest number in the table on
alter table crm_outbox_events modify (event_id generated always as identity (start with limit value cache 1000))
/
alter table crm_inbox_events modify (inbox_id generated always as identity (start with limit value cache 1000))
/
alter table crm_merge_audit modify (audit_id generated always as identity (start with limit value cache 1000))
/
alter table crm_capture_gaps modify (gap_id generated always as identity (start with limit value cache 1000))
/
alter table error_log modify (log_id generated always as identity (start with limit value cache 1000))
/

-- U0034__add_retention_columns
-- Undoes: migrations/V0034__add_retention_columns.sql
-- Loses:  what was emptied already, and since when a branch is gone; the retention of the older release finds both anew

delete from crm_settings s
 where s.name in ('retention_decision_days', 'retention_ended_days')
/
drop index crm_capture_gaps_repaired_on_idx
/
drop index crm_conflicts_resolved_on_idx
/
drop index crm_merge_audit_decided_on_idx
/
drop index contacts_ended_on_idx
/
drop index leads_ended_on_idx
/
drop index crm_records_left_on_idx
/
alter table crm_records drop (left_on)
/
drop index crm_operator_audit_done_on_idx
/
alter table crm_operator_audit drop constraint crm_operator_audit_is_emptied_ck
/
alter table crm_operator_audit drop (is_emptied)
/
drop index crm_inbox_events_record_idx
/
drop index crm_inbox_events_settled_idx
/
alter table crm_inbox_events drop constraint crm_inbox_events_is_emptied_ck
/
alter table crm_inbox_events drop (is_emptied)
/
drop index crm_outbox_events_settled_idx
/
alter table crm_outbox_events drop constraint crm_outbox_events_is_emptied_ck
/
alter table crm_outbox_events drop (is_emptied)
/
delete from crm_migrations m
 where m.script = 'migrations/V0034__add_retention_columns.sql'
/
commit
/

-- U0016__create_crm_operator_audit
-- Undoes: migrations/V0016__create_crm_operator_audit.sql
-- Loses:  the audit of what persons did with parked work; what they skipped counts as superseded

drop table crm_operator_audit
/
update crm_outbox_events e
   set e.status = 'SUPERSEDED'
 where e.status = 'SKIPPED'
/
update crm_inbox_events i
   set i.status = 'SUPERSEDED'
 where i.status = 'SKIPPED'
/
commit
/
alter table crm_outbox_events drop constraint crm_outbox_events_status_ck
/
alter table crm_outbox_events add constraint crm_outbox_events_status_ck check (
   status in ('READY', 'INFLIGHT', 'DELIVERED', 'UNCHANGED', 'SUPERSEDED', 'PARKED')
)
/
comment on column crm_outbox_events.status is
   'READY: waits, perhaps for next_attempt_at. INFLIGHT: claimed under the lease of its record. DELIVERED: acknowledged.
UNCHANGED: equal to the agreed image, no call. SUPERSEDED: a newer version took its place. PARKED: needs a person'
/
alter table crm_inbox_events drop constraint crm_inbox_events_status_ck
/
alter table crm_inbox_events add constraint crm_inbox_events_status_ck check (
   status in ('READY', 'INFLIGHT', 'APPLIED', 'UNCHANGED', 'IGNORED', 'DONE', 'SUPERSEDED', 'PARKED')
)
/
comment on column crm_inbox_events.status is
   'READY: waits. INFLIGHT: claimed. APPLIED, UNCHANGED, IGNORED: result of apply_lead. DONE: needed nothing.
SUPERSEDED: a newer webhook of the lead stands for it. PARKED: needs a person'
/
delete from crm_migrations m
 where m.script = 'migrations/V0016__create_crm_operator_audit.sql'
/
commit
/

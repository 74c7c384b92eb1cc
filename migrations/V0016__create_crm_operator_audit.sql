-- V0016__create_crm_operator_audit
-- Why:    what a person does with parked work must be seen afterwards; SKIPPED is the end that a person gives to it.
-- Breaks: no
-- Undo:   drop table crm_operator_audit; the two status constraints as in V0005 and V0006

create table crm_operator_audit (
   audit_id     number(15) generated always as identity,
   action       varchar2(6 char) not null,
   kind         varchar2(6 char) not null,
   item_id      number(15) not null,
   record_key   varchar2(40 char),
   crm_id       number(12),
   attempts     number(9) not null,
   reason_class varchar2(30 char),
   detail       varchar2(1000 char),
   body_before  blob,
   done_by      varchar2(128 char) not null,
   reason       varchar2(1000 char),
   done_on      timestamp(6) with time zone default systimestamp not null,
   constraint crm_operator_audit_pk primary key (audit_id),
   constraint crm_operator_audit_action_ck check (action in ('REPLAY', 'SKIP', 'EDIT')),
   constraint crm_operator_audit_kind_ck check (kind in ('OUTBOX', 'INBOX')),
   constraint crm_operator_audit_reason_ck check (action <> 'SKIP' or reason is not null)
)
/
create index crm_operator_audit_record_idx on crm_operator_audit (record_key)
/
create index crm_operator_audit_item_idx on crm_operator_audit (kind, item_id)
/
comment on table crm_operator_audit is 'Each parked item that a person replayed, skipped or edited'
/
comment on column crm_operator_audit.audit_id is 'Order of the actions'
/
comment on column crm_operator_audit.action is
   'REPLAY: tried again; SKIP: given up, with a reason; EDIT: body replaced, then tried again'
/
comment on column crm_operator_audit.kind is 'OUTBOX: a change; INBOX: a webhook'
/
comment on column crm_operator_audit.item_id is 'Event id or inbox id'
/
comment on column crm_operator_audit.record_key is 'Record of the item, when known'
/
comment on column crm_operator_audit.crm_id is 'Lead of the item, when known'
/
comment on column crm_operator_audit.attempts is 'Attempts that had been made'
/
comment on column crm_operator_audit.reason_class is 'Class of the failure for which it was parked'
/
comment on column crm_operator_audit.detail is 'Failure for which it was parked'
/
comment on column crm_operator_audit.body_before is 'EDIT: body before; taken away by retention'
/
comment on column crm_operator_audit.done_by is 'Who did it'
/
comment on column crm_operator_audit.reason is 'Why, in the words of that person'
/
comment on column crm_operator_audit.done_on is 'When'
/
alter table crm_outbox_events drop constraint crm_outbox_events_status_ck
/
alter table crm_outbox_events add constraint crm_outbox_events_status_ck check (
   status in ('READY', 'INFLIGHT', 'DELIVERED', 'UNCHANGED', 'SUPERSEDED', 'SKIPPED', 'PARKED')
)
/
comment on column crm_outbox_events.status is
   'READY: waits, perhaps for next_attempt_at. INFLIGHT: claimed under the lease of its record. DELIVERED: acknowledged.
UNCHANGED: equal to the agreed image, no call. SUPERSEDED: a newer version took its place. PARKED: needs a person.
SKIPPED: given up by a person; the next change of the record carries what it would have carried'
/
alter table crm_inbox_events drop constraint crm_inbox_events_status_ck
/
alter table crm_inbox_events add constraint crm_inbox_events_status_ck check (
   status in ('READY', 'INFLIGHT', 'APPLIED', 'UNCHANGED', 'IGNORED', 'DONE', 'SUPERSEDED', 'SKIPPED', 'PARKED')
)
/
comment on column crm_inbox_events.status is
   'READY: waits. INFLIGHT: claimed. APPLIED, UNCHANGED, IGNORED: result of apply_lead. DONE: needed nothing.
SUPERSEDED: a newer webhook of the lead stands for it. PARKED: needs a person. SKIPPED: given up by a person'
/

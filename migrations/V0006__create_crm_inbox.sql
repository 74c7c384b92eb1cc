-- V0006__create_crm_inbox
-- Why:    a webhook is stored as it came, before it is answered and before anybody parses it.
-- Breaks: no
-- Undo:   drop table crm_inbox_events

create table crm_inbox_events (
   inbox_id        number(15) generated always as identity,
   source          varchar2(30 char) not null,
   event_type      varchar2(30 char) not null,
   dedupe_key      varchar2(64 char) not null,
   crm_id          number(12),
   body            blob,
   status          varchar2(10 char) default 'READY' not null,
   record_key      varchar2(40 char),
   lease_owner     varchar2(64 char),
   lease_until     timestamp(6) with time zone,
   fence_token     number(15),
   arrivals        number(9) default 1 not null,
   is_due_again    char(1 char) default 'N' not null,
   attempts        number(9) default 0 not null,
   failures        number(9) default 0 not null,
   next_attempt_at timestamp(6) with time zone,
   detail          varchar2(1000 char),
   received_on     timestamp(6) with time zone default systimestamp not null,
   settled_on      timestamp(6) with time zone,
   constraint crm_inbox_events_pk primary key (inbox_id),
   constraint crm_inbox_events_dedupe_key_uk unique (dedupe_key),
   constraint crm_inbox_events_dedupe_key_ck check (length(dedupe_key) = 64),
   constraint crm_inbox_events_status_ck check (
      status in ('READY', 'INFLIGHT', 'APPLIED', 'UNCHANGED', 'IGNORED', 'DONE', 'SUPERSEDED', 'PARKED')
   ),
   constraint crm_inbox_events_is_due_again_ck check (is_due_again in ('S', 'N')),
   constraint crm_inbox_events_lease_ck check (
      (status = 'INFLIGHT' and lease_owner is not null and lease_until is not null and fence_token is not null)
      or (status <> 'INFLIGHT' and lease_owner is null and lease_until is null)
   ),
   constraint crm_inbox_events_settled_ck check (
      (status in ('READY', 'INFLIGHT') and settled_on is null)
      or (status not in ('READY', 'INFLIGHT') and settled_on is not null)
   )
)
/
create index crm_inbox_events_status_idx on crm_inbox_events (status, inbox_id)
/
create index crm_inbox_events_crm_id_idx on crm_inbox_events (crm_id, status)
/
comment on table crm_inbox_events is 'Webhooks of the CRM; each is a hint to read the lead again'
/
comment on column crm_inbox_events.inbox_id is 'Order of arrival'
/
comment on column crm_inbox_events.source is 'System that sent it'
/
comment on column crm_inbox_events.event_type is 'Kind of event'
/
comment on column crm_inbox_events.dedupe_key is 'SHA-256 in hex of what makes the event unique'
/
comment on column crm_inbox_events.crm_id is 'Id of the lead that the body names; null when it could not be read'
/
comment on column crm_inbox_events.body is 'Body as received'
/
comment on column crm_inbox_events.status is
   'READY: waits. INFLIGHT: claimed. APPLIED, UNCHANGED, IGNORED: result of apply_lead. DONE: needed nothing.
SUPERSEDED: a newer webhook of the lead stands for it. PARKED: needs a person'
/
comment on column crm_inbox_events.record_key is 'Record of the lead, when known at the claim'
/
comment on column crm_inbox_events.lease_owner is 'Worker that claimed it'
/
comment on column crm_inbox_events.lease_until is 'When the claim may be given to another worker'
/
comment on column crm_inbox_events.fence_token is 'Token of the claim'
/
comment on column crm_inbox_events.arrivals is 'How often this very event has arrived'
/
comment on column crm_inbox_events.is_due_again is 'S = it arrived again while it was being worked on'
/
comment on column crm_inbox_events.attempts is 'Claims so far'
/
comment on column crm_inbox_events.failures is 'Attempts that count against the setting max_failures'
/
comment on column crm_inbox_events.next_attempt_at is 'Not to be claimed before; null = at once'
/
comment on column crm_inbox_events.detail is 'Last failure or reason, for a person; no personal data'
/
comment on column crm_inbox_events.received_on is 'First arrival'
/
comment on column crm_inbox_events.settled_on is 'When it reached its end, or was parked'
/

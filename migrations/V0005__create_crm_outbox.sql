-- V0005__create_crm_outbox
-- Why:    changes of the ERP wait here, written in the transaction that made them.
-- Breaks: no
-- Undo:   drop table crm_outbox_attempts; drop table crm_outbox_events

create table crm_outbox_events (
   event_id        number(15) generated always as identity,
   record_key      varchar2(40 char) not null,
   version         number(15) not null,
   origin          varchar2(10 char) not null,
   status          varchar2(10 char) default 'READY' not null,
   operation       varchar2(6 char),
   document        clob,
   row_hash        raw(32),
   changed_fields  varchar2(1000 char),
   idempotency_key varchar2(80 char),
   is_in_doubt     char(1 char) default 'N' not null,
   fence_token     number(15),
   attempts        number(9) default 0 not null,
   failures        number(9) default 0 not null,
   next_attempt_at timestamp(6) with time zone,
   reason_class    varchar2(30 char),
   detail          varchar2(1000 char),
   created_on      timestamp(6) with time zone default systimestamp not null,
   settled_on      timestamp(6) with time zone,
   constraint crm_outbox_events_pk primary key (event_id),
   constraint crm_outbox_events_version_uk unique (record_key, version),
   constraint crm_outbox_events_key_uk unique (idempotency_key),
   constraint crm_outbox_events_origin_ck check (origin in ('CAPTURE', 'APPLY', 'GAP', 'DIFF', 'INITIAL')),
   constraint crm_outbox_events_status_ck check (
      status in ('READY', 'INFLIGHT', 'DELIVERED', 'UNCHANGED', 'SUPERSEDED', 'PARKED')
   ),
   constraint crm_outbox_events_operation_ck check (operation in ('UPSERT', 'REMOVE')),
   constraint crm_outbox_events_document_ck check (document is json),
   constraint crm_outbox_events_is_in_doubt_ck check (is_in_doubt in ('S', 'N')),
   constraint crm_outbox_events_inflight_ck check (
      status <> 'INFLIGHT' or (fence_token is not null and idempotency_key is not null and operation is not null)
   ),
   constraint crm_outbox_events_settled_ck check (
      (status in ('READY', 'INFLIGHT') and settled_on is null)
      or (status not in ('READY', 'INFLIGHT') and settled_on is not null)
   )
)
/
create index crm_outbox_events_status_idx on crm_outbox_events (status, event_id)
/
create index crm_outbox_events_record_idx on crm_outbox_events (record_key, status, version)
/
comment on table crm_outbox_events is 'Changes of the ERP on their way to the CRM'
/
comment on column crm_outbox_events.event_id is 'Order of writing; not the order of commit'
/
comment on column crm_outbox_events.record_key is 'Record that changed'
/
comment on column crm_outbox_events.version is 'Grows per record; given while the row of the ERP is locked'
/
comment on column crm_outbox_events.origin is
   'CAPTURE: trigger; APPLY: value of the ERP sent again; GAP, DIFF: repair; INITIAL: initial load'
/
comment on column crm_outbox_events.status is
   'READY: waits, perhaps for next_attempt_at. INFLIGHT: claimed under the lease of its record. DELIVERED: acknowledged.
UNCHANGED: equal to the agreed image, no call. SUPERSEDED: a newer version took its place. PARKED: needs a person'
/
comment on column crm_outbox_events.operation is 'Set by the claim. UPSERT: the branch takes part; REMOVE: no longer'
/
comment on column crm_outbox_events.document is 'Fields as claimed, read fresh; null for REMOVE'
/
comment on column crm_outbox_events.row_hash is 'Hash (definition 1) of the row as claimed'
/
comment on column crm_outbox_events.changed_fields is 'JSON array: fields to send on an update'
/
comment on column crm_outbox_events.idempotency_key is 'Fixed by the first claim, the same on all attempts'
/
comment on column crm_outbox_events.is_in_doubt is 'S = an earlier attempt may have reached the CRM: look up first'
/
comment on column crm_outbox_events.fence_token is 'Token of the lease under which it was claimed last'
/
comment on column crm_outbox_events.attempts is 'Claims so far'
/
comment on column crm_outbox_events.failures is 'Attempts that count against the setting max_failures'
/
comment on column crm_outbox_events.next_attempt_at is 'Not to be claimed before; null = at once'
/
comment on column crm_outbox_events.reason_class is 'Class of the last failure'
/
comment on column crm_outbox_events.detail is 'Last failure, for a person; no personal data'
/
comment on column crm_outbox_events.created_on is 'When it was captured'
/
comment on column crm_outbox_events.settled_on is 'When it reached its end, or was parked'
/

create table crm_outbox_attempts (
   event_id     number(15) not null,
   attempt      number(9) not null,
   worker_id    varchar2(64 char) not null,
   fence_token  number(15) not null,
   started_on   timestamp(6) with time zone default systimestamp not null,
   ended_on     timestamp(6) with time zone,
   outcome      varchar2(10 char),
   calls        number(4),
   http_status  number(3),
   reason_class varchar2(30 char),
   detail       varchar2(1000 char),
   constraint crm_outbox_attempts_pk primary key (event_id, attempt),
   constraint crm_outbox_attempts_events_fk foreign key (event_id) references crm_outbox_events (event_id)
      on delete cascade,
   constraint crm_outbox_attempts_outcome_ck check (
      outcome in ('DELIVERED', 'RETRY', 'IN_DOUBT', 'PARKED', 'LOST')
   ),
   constraint crm_outbox_attempts_ended_ck check (
      (outcome is null and ended_on is null) or (outcome is not null and ended_on is not null)
   )
)
/
comment on table crm_outbox_attempts is 'Each attempt to deliver a change'
/
comment on column crm_outbox_attempts.event_id is 'Change'
/
comment on column crm_outbox_attempts.attempt is '1 for the first'
/
comment on column crm_outbox_attempts.worker_id is 'Worker that claimed it'
/
comment on column crm_outbox_attempts.fence_token is 'Token of its lease'
/
comment on column crm_outbox_attempts.started_on is 'Time of the claim'
/
comment on column crm_outbox_attempts.ended_on is 'Time of the settling; null = still running'
/
comment on column crm_outbox_attempts.outcome is
   'As settled by the worker; LOST: the lease ended before the worker settled it'
/
comment on column crm_outbox_attempts.calls is 'HTTP calls made'
/
comment on column crm_outbox_attempts.http_status is 'Last status of the CRM'
/
comment on column crm_outbox_attempts.reason_class is 'Class of the failure'
/
comment on column crm_outbox_attempts.detail is 'Failure in words; no personal data'
/

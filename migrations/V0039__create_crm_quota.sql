-- V0039__create_crm_quota
-- Why:    what was spent of the CRM's quota, a pause it asked for and a token it refuses outlive every daemon.
-- Breaks: no; a daemon of the release before goes on dividing the quota, and the newer ones divide it with him
-- Undo:   migrations/undo/U0039__create_crm_quota.sql

create table crm_quota (
   quota_name     varchar2(30 char) not null,
   paused_until   timestamp(6) with time zone,
   pause_reason   varchar2(30 char),
   refused_on     timestamp(6) with time zone,
   refused_status number(3),
   probed_on      timestamp(6) with time zone,
   closed_until   timestamp(6) with time zone,
   constraint crm_quota_pk primary key (quota_name)
)
/
comment on table crm_quota is
   'Budgets of calls to the CRM: whoever takes calls locks the row of his budget for a moment'
/
comment on column crm_quota.quota_name is
   'CALLS: all calls, and what the CRM asks of us; others: kinds of calls with a budget of their own'
/
comment on column crm_quota.paused_until is 'Until when the CRM wants no calls; null or past: it wants them'
/
comment on column crm_quota.pause_reason is 'Class of the answer that asked for the pause'
/
comment on column crm_quota.refused_on is 'Since when the CRM refuses our token; null: it takes it'
/
comment on column crm_quota.refused_status is 'HTTP status of that refusal'
/
comment on column crm_quota.probed_on is 'When a daemon last asked whether the token is taken again'
/
comment on column crm_quota.closed_until is
   'Until when no calls are granted, because a daemon of an older release may have made some that are not counted here'
/
create table crm_quota_holders (
   quota_name   varchar2(30 char) not null,
   holder       varchar2(100 char) not null,
   ask_no       number(15) not null,
   calls        number(10) not null,
   counts_until timestamp(6) with time zone not null,
   constraint crm_quota_holders_pk primary key (quota_name, holder),
   constraint crm_quota_holders_quota_fk foreign key (quota_name) references crm_quota (quota_name),
   constraint crm_quota_holders_calls_ck check (calls >= 0)
)
/
comment on table crm_quota_holders is
   'Calls that a process may still make, or is making: all count as made, should nobody tell'
/
comment on column crm_quota_holders.quota_name is 'Budget'
/
comment on column crm_quota_holders.holder is 'Worker, and a number of its process'
/
comment on column crm_quota_holders.ask_no is 'Number of its newest question; a late older one changes nothing'
/
comment on column crm_quota_holders.calls is
   'Calls granted of which it has not told that they were made or given back'
/
comment on column crm_quota_holders.counts_until is 'When the last of them has left the window'
/
create table crm_quota_spent (
   spent_id     number(15) generated always as identity (cache 1000),
   quota_name   varchar2(30 char) not null,
   calls        number(10) not null,
   counts_until timestamp(6) with time zone not null,
   constraint crm_quota_spent_pk primary key (spent_id),
   constraint crm_quota_spent_quota_fk foreign key (quota_name) references crm_quota (quota_name),
   constraint crm_quota_spent_calls_ck check (calls > 0)
)
/
comment on table crm_quota_spent is
   'Calls that were made and are still in the window; those made at the same moment are one row'
/
comment on column crm_quota_spent.spent_id is 'Number'
/
comment on column crm_quota_spent.quota_name is 'Budget'
/
comment on column crm_quota_spent.calls is 'How many'
/
comment on column crm_quota_spent.counts_until is 'When they leave the window'
/
create index crm_quota_spent_quota_fk_idx on crm_quota_spent (quota_name, counts_until)
/
alter table crm_workers add (booked_on timestamp(6) with time zone)
/
comment on column crm_workers.booked_on is
   'When the daemon last said that it takes its calls from CRM_QUOTA; null or older than its heartbeat: it does not'
/
insert into crm_quota (quota_name)
values ('CALLS')
/
commit
/

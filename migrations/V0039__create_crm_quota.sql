-- V0039__create_crm_quota
-- Why:    what was spent of the CRM's quota, a pause it asked for and an access it refused outlive every daemon.
-- Breaks: no
-- Undo:   migrations/undo/U0039__create_crm_quota.sql

create table crm_quota (
   quota_name     varchar2(30 char) not null,
   last_grant_no  number(15) default 0 not null,
   paused_until   timestamp(6) with time zone,
   pause_reason   varchar2(30 char),
   paused_by      varchar2(64 char),
   refused_on     timestamp(6) with time zone,
   refused_status number(3),
   refused_by     varchar2(64 char),
   probe_on       timestamp(6) with time zone,
   probe_seconds  number(5),
   day_on         date,
   day_spent      number(10) default 0 not null,
   day_grant_no   number(15) default 0 not null,
   constraint crm_quota_pk primary key (quota_name),
   constraint crm_quota_refused_ck check (
      (refused_on is null and probe_on is null and probe_seconds is null)
      or (refused_on is not null and probe_on is not null and probe_seconds > 0)
   ),
   constraint crm_quota_day_ck check (day_spent >= 0)
)
/
comment on table crm_quota is 'The budget of calls to the CRM, shared by all daemons: whoever takes calls locks its row'
/
comment on column crm_quota.quota_name is 'CALLS: all calls'
/
comment on column crm_quota.last_grant_no is 'Number of the newest grant'
/
comment on column crm_quota.paused_until is 'Until when the CRM wants no calls; null or past: it wants them'
/
comment on column crm_quota.pause_reason is 'Class of the answer that asked for the pause'
/
comment on column crm_quota.paused_by is 'Daemon that got that answer'
/
comment on column crm_quota.refused_on is 'Since when the CRM refuses our token; null: it takes it'
/
comment on column crm_quota.refused_status is 'HTTP status of that refusal'
/
comment on column crm_quota.refused_by is 'Daemon that got that answer'
/
comment on column crm_quota.probe_on is 'While it refuses: from when on one daemon may ask once'
/
comment on column crm_quota.probe_seconds is 'Seconds between the last two times of asking'
/
comment on column crm_quota.day_on is 'Day of the account in the CRM that is counted'
/
comment on column crm_quota.day_spent is 'Calls of that day that were granted and not given back'
/
comment on column crm_quota.day_grant_no is 'Newest grant of the day before'
/
create table crm_quota_slots (
   quota_name varchar2(30 char) not null,
   slot_no    number(6) not null,
   counted_on timestamp(6) with time zone not null,
   held_until timestamp(6) with time zone,
   grant_no   number(15) not null,
   worker_id  varchar2(64 char) not null,
   constraint crm_quota_slots_pk primary key (quota_name, slot_no),
   constraint crm_quota_slots_quota_fk foreign key (quota_name) references crm_quota (quota_name),
   constraint crm_quota_slots_no_ck check (slot_no > 0)
)
/
comment on table crm_quota_slots is 'One row for each call that the quota allows in its window; never more than that'
/
comment on column crm_quota_slots.quota_name is 'Quota that the call counts against'
/
comment on column crm_quota_slots.slot_no is 'From 1 to the calls of the quota'
/
comment on column crm_quota_slots.counted_on is 'When the CRM has counted the last call of this slot at the latest'
/
comment on column crm_quota_slots.held_until is
   'Until when its holder may make one more call, which counts as made then unless he tells better; null: not held'
/
comment on column crm_quota_slots.grant_no is 'Grant under which it is or was held: only that one tells of its call'
/
comment on column crm_quota_slots.worker_id is 'Daemon or run that holds or held it'
/
insert into crm_quota (quota_name)
values ('CALLS')
/
commit
/

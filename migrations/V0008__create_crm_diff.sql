-- V0008__create_crm_diff
-- Why:    the comparison of both sides leaves a record, and its findings are repaired through the outbox.
-- Breaks: no
-- Undo:   drop table crm_differences; drop table crm_diff_runs

create table crm_diff_runs (
   run_id        number(15) generated always as identity,
   engine        varchar2(30 char) not null,
   status        varchar2(7 char) default 'RUNNING' not null,
   rows_compared number(12),
   detail        varchar2(1000 char),
   started_on    timestamp(6) with time zone default systimestamp not null,
   finished_on   timestamp(6) with time zone,
   constraint crm_diff_runs_pk primary key (run_id),
   constraint crm_diff_runs_status_ck check (
      (status = 'RUNNING' and finished_on is null) or (status in ('DONE', 'FAILED') and finished_on is not null)
   )
)
/
comment on table crm_diff_runs is 'Runs of the hash-diff'
/
comment on column crm_diff_runs.run_id is 'Run'
/
comment on column crm_diff_runs.engine is 'Engine that compared'
/
comment on column crm_diff_runs.status is 'RUNNING, then DONE or FAILED'
/
comment on column crm_diff_runs.rows_compared is 'Keys compared'
/
comment on column crm_diff_runs.detail is 'Why it failed, or what is worth knowing'
/
comment on column crm_diff_runs.started_on is 'Start'
/
comment on column crm_diff_runs.finished_on is 'End'
/

create table crm_differences (
   run_id      number(15) not null,
   record_key  varchar2(40 char) not null,
   kind        varchar2(7 char) not null,
   erp_hash    varchar2(64 char),
   status      varchar2(9 char) default 'FOUND' not null,
   created_on  timestamp(6) with time zone default systimestamp not null,
   repaired_on timestamp(6) with time zone,
   constraint crm_differences_pk primary key (run_id, record_key),
   constraint crm_differences_runs_fk foreign key (run_id) references crm_diff_runs (run_id) on delete cascade,
   constraint crm_differences_kind_ck check (kind in ('MISSING', 'CHANGED', 'EXTRA')),
   constraint crm_differences_status_ck check (
      (status = 'FOUND' and repaired_on is null) or (status in ('REQUESTED', 'GONE') and repaired_on is not null)
   )
)
/
comment on table crm_differences is
   'Records on which a run found the ERP and the agreed state to differ; keys only, no values'
/
comment on column crm_differences.run_id is 'Run'
/
comment on column crm_differences.record_key is 'Record'
/
comment on column crm_differences.kind is
   'MISSING: in the ERP, never agreed. CHANGED: hashes differ. EXTRA: agreed, but no longer in the ERP'
/
comment on column crm_differences.erp_hash is 'Hash of the row of the ERP as the run read it'
/
comment on column crm_differences.status is
   'FOUND: as the run left it. REQUESTED: an outbox event was made. GONE: equal when looked at again'
/
comment on column crm_differences.created_on is 'When it was found'
/
comment on column crm_differences.repaired_on is 'When it was looked at again'
/

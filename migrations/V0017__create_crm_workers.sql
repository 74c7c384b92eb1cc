-- V0017__create_crm_workers
-- Why:    several daemons share one quota of calls; each must know how many of them are alive.
-- Breaks: no
-- Undo:   drop table crm_workers

create table crm_workers (
   worker_id    varchar2(64 char) not null,
   first_seen   timestamp(6) with time zone default systimestamp not null,
   heartbeat_on timestamp(6) with time zone not null,
   constraint crm_workers_pk primary key (worker_id)
)
/
comment on table crm_workers is 'Daemons that have shown themselves'
/
comment on column crm_workers.worker_id is 'Name under which the daemon claims'
/
comment on column crm_workers.first_seen is 'First heartbeat under this name'
/
comment on column crm_workers.heartbeat_on is 'Newest heartbeat'
/

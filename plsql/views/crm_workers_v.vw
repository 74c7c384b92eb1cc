create or replace view crm_workers_v as
select w.worker_id,
       w.first_seen,
       w.heartbeat_on,
       case
          when w.heartbeat_on > systimestamp - numtodsinterval(
                                                  (
                                                     select to_number(s.value)
                                                       from crm_settings s
                                                      where s.name = 'worker_live_seconds'
                                                  ),
                                                  'SECOND'
                                               ) then 'S'
          else 'N'
       end as is_live
  from crm_workers w
/
comment on table crm_workers_v is 'Daemons that have shown themselves; those that are alive share the quota'
/

create or replace view crm_sync_runs_v as
select r.run_id,
       r.kind,
       r.entity,
       r.status,
       r.is_pause_wanted,
       r.resume_position,
       r.records_expected,
       r.records_read,
       r.records_equal,
       r.records_busy,
       r.records_outside,
       r.records_different,
       r.records_applied,
       r.records_left,
       r.pages,
       (
          select count(*)
            from crm_sync_findings f
           where f.run_id = r.run_id
       ) as findings,
       (
          select count(*)
            from crm_sync_findings f
           where f.run_id = r.run_id
             and f.state = 'OPEN'
       ) as findings_open,
       r.started_by,
       r.started_on,
       r.last_progress_on,
       r.finished_on,
       r.detail
  from crm_sync_runs r
/
comment on table crm_sync_runs_v is 'Runs over all leads or contacts, with the number of differences found'
/

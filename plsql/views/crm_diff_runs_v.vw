create or replace view crm_diff_runs_v as
select r.run_id,
       r.engine,
       r.status,
       r.rows_compared,
       r.started_on,
       r.finished_on,
       (
          select count(*)
            from crm_differences d
           where d.run_id = r.run_id
       ) as differences,
       r.detail
  from crm_diff_runs r
/
comment on table crm_diff_runs_v is 'Runs of the comparison with the number of differences found'
/

create or replace view crm_jobs_v as
select j.job_name,
       j.enabled,
       j.state,
       j.repeat_interval,
       j.last_start_date,
       j.next_run_date,
       j.failure_count,
       j.comments
  from all_scheduler_jobs j
 where j.owner = 'CRM_SYNC'
   and j.job_name like 'CRM\_%\_JOB' escape '\'
/
comment on table crm_jobs_v is
   'Jobs of the integration, as the scheduler knows them, for those who may see the jobs of CRM_SYNC'
/

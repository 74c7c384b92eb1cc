create or replace view crm_differences_v as
select d.run_id,
       d.record_key,
       d.kind,
       d.status,
       d.created_on,
       d.repaired_on
  from crm_differences d
/
comment on table crm_differences_v is 'Differences found by the runs; keys only'
/

create or replace view crm_sync_findings_v as
select f.run_id,
       f.finding_id,
       f.entity,
       f.kind,
       f.action,
       f.record_key,
       f.crm_id,
       f.contact_id,
       f.person_id,
       f.fields,
       f.state,
       f.noted_on,
       f.settled_on,
       f.settled_by
  from crm_sync_findings f
/
comment on table crm_sync_findings_v is 'What runs over all leads or contacts found to differ; no values'
/

create or replace view crm_operator_audit_v as
select a.audit_id,
       a.done_on,
       a.done_by,
       a.action,
       a.kind,
       a.item_id,
       a.record_key,
       a.crm_id,
       a.attempts,
       a.reason_class,
       a.reason
  from crm_operator_audit a
/
comment on table crm_operator_audit_v is 'What persons did with parked work; no bodies'
/

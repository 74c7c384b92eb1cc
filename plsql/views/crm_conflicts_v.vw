create or replace view crm_conflicts_v as
select c.conflict_id,
       c.record_key,
       r.crm_id,
       c.field_name,
       c.base_value,
       c.erp_value,
       c.crm_value,
       c.status,
       c.choice,
       c.resolved_value,
       c.opened_on,
       c.resolved_on,
       c.resolved_by
  from crm_conflicts c
  left join crm_records r
    on r.record_key = c.record_key
/
comment on table crm_conflicts_v is 'Fields that a person must decide, or has decided, with the values of both sides'
/

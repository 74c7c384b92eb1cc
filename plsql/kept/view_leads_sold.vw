create or replace view view_leads_sold as
select r.record_key,
       r.client_code,
       r.branch_code,
       r.crm_id,
       b.taxid,
       b.taxid as cnpj,
       v.order_value,
       r.agreed_stage as stage
  from crm_records r
  join erp.branches b
    on b.client_code = r.client_code
   and b.code = r.branch_code
  join crm_record_values_v v
    on v.client_code = r.client_code
   and v.branch_code = r.branch_code
  left join crm_stages s
    on s.name = r.agreed_stage
 where b.integrate_crm = 'S'
   and v.order_value is not null
   and r.agreed_order is null
   and coalesce(s.is_sold, 'N') = 'N'
   -- the first stage holds the discarded leads; one that is on its way back gets what it is worth with the stage
   and (coalesce(s.position, 0) <> 1 or r.wanted_stage is not null)
/
comment on table view_leads_sold is 'Records with orders whose lead has not been sold yet: a lead is sold once'
/

create or replace view view_leads_budgeted as
select r.record_key,
       r.client_code,
       r.branch_code,
       r.crm_id,
       b.taxid,
       b.taxid as cnpj,
       v.budget_value,
       r.agreed_budget,
       r.is_budget_in_doubt,
       r.is_proposal_empty,
       -- the CRM takes no proposal for a lead that is sold
       case when s.is_sold = 'S' or r.agreed_order is not null then 'S' else 'N' end as is_sold
  from crm_records r
  join erp.branches b
    on b.client_code = r.client_code
   and b.code = r.branch_code
  left join crm_record_values_v v
    on v.client_code = r.client_code
   and v.branch_code = r.branch_code
  left join crm_stages s
    on s.name = r.agreed_stage
 where b.integrate_crm = 'S'
   -- the first stage holds the discarded leads; one that is on its way back gets what it is worth with the stage
   and (coalesce(s.position, 0) <> 1 or r.wanted_stage is not null)
   and (decode(v.budget_value, r.agreed_budget, 0, 1) = 1 or r.is_budget_in_doubt = 'S')
/
comment on table view_leads_budgeted is
   'Records whose value of quotations differs from what the CRM is known to hold; empty: the value is to be removed'
/

create or replace view view_insert_lead_in_crm as
select v.record_key,
       v.client_code,
       v.branch_code,
       v.taxid,
       v.name,
       v.tax_registration,
       v.industry,
       v.phone,
       v.address_street,
       v.address_number,
       v.address_complement,
       v.address_district,
       v.address_zipcode,
       v.city,
       v.state,
       v.sales_rep,
       v.financial_analysis,
       r.lease_owner as sent_by
  from vw_crm_clients v
  left join crm_records r
    on r.client_code = v.client_code
   and r.branch_code = v.branch_code
 where v.crm_id is null
   and r.crm_id is null
/
comment on table view_insert_lead_in_crm is 'Branches that take part and are not in the CRM yet'
/

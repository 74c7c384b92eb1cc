create or replace view view_update_lead_in_crm as
select 'ERP' as side,
       d.crm_id,
       d.client_code,
       d.taxid,
       d.name,
       d.tax_registration,
       d.industry,
       d.phone,
       d.address_street,
       d.address_number,
       d.address_complement,
       d.address_district,
       d.address_zipcode,
       d.city,
       d.state,
       d.sales_rep,
       d.financial_analysis
  from (
          select v.crm_id as crm_id,
                 v.client_code,
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
                 v.financial_analysis
            from vw_crm_clients v
            join leads l
              on l.id = v.crm_id
           where l.ended_on is null
           minus
          select l.id as crm_id,
                 l.client_code,
                 l.taxid,
                 l.name,
                 l.tax_registration,
                 l.industry,
                 l.phone,
                 l.address_street,
                 l.address_number,
                 l.address_complement,
                 l.address_district,
                 l.address_zipcode,
                 l.city,
                 l.state,
                 l.sales_rep,
                 l.financial_analysis
            from leads l
            join vw_crm_clients v
              on v.crm_id = l.id
           where l.ended_on is null
       ) d
 union all
select 'CRM' as side,
       d.crm_id,
       d.client_code,
       d.taxid,
       d.name,
       d.tax_registration,
       d.industry,
       d.phone,
       d.address_street,
       d.address_number,
       d.address_complement,
       d.address_district,
       d.address_zipcode,
       d.city,
       d.state,
       d.sales_rep,
       d.financial_analysis
  from (
          select l.id as crm_id,
                 l.client_code,
                 l.taxid,
                 l.name,
                 l.tax_registration,
                 l.industry,
                 l.phone,
                 l.address_street,
                 l.address_number,
                 l.address_complement,
                 l.address_district,
                 l.address_zipcode,
                 l.city,
                 l.state,
                 l.sales_rep,
                 l.financial_analysis
            from leads l
            join vw_crm_clients v
              on v.crm_id = l.id
           where l.ended_on is null
           minus
          select v.crm_id as crm_id,
                 v.client_code,
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
                 v.financial_analysis
            from vw_crm_clients v
            join leads l
              on l.id = v.crm_id
           where l.ended_on is null
       ) d
/
comment on table view_update_lead_in_crm is
   'Mirrored leads on which the ERP and LEADS differ: two rows each, one per side'
/

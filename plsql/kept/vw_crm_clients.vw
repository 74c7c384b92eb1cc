create or replace view vw_crm_clients as
select b.client_code || '-' || b.code as record_key,
       b.client_code,
       b.code as branch_code,
       b.taxid,
       cl.name,
       nullif(upper(trim(b.tax_registration)), 'ISENTO') as tax_registration,
       i.description as industry,
       b.phone,
       b.address_street,
       b.address_number,
       b.address_complement,
       b.address_district,
       b.address_zipcode,
       c.name as city,
       c.state_code as state,
       b.sales_rep,
       (
          select max(h.financial_analysis) keep (dense_rank last order by h.changed_on, h.id)
            from erp.credit_limit_history h
           where h.client_code = b.client_code
             and h.branch_code = b.code
       ) as financial_analysis,
       b.id_crm as crm_id
  from erp.branches b
  join erp.clients cl
    on cl.code = b.client_code
  left join erp.cities c
    on c.id = b.city_id
  left join erp.industries i
    on i.id = b.industry_id
 where b.integrate_crm = 'S'
/
comment on table vw_crm_clients is
   'Branches that take part in the integration, one row each, under the neutral field names'
/

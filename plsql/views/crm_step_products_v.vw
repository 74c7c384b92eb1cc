create or replace view crm_step_products_v as
select case p.name when 'budget_product_id' then 'budget' else 'sale' end as step,
       p.value as product_id
  from crm_settings p
 where p.name in ('budget_product_id', 'sale_product_id')
   and regexp_like(p.value, '^[0-9]{1,12}$')
/
comment on table crm_step_products_v is
   'Product of the CRM for each step that needs one; a step without a row waits until its setting holds a number'
/

-- V0012__load_outbound_settings
-- Why:    product ids differ between tenants; which stages count as sold is data.
-- Breaks: no
-- Undo:   delete from crm_settings where name in ('send_steps', 'budget_product_id', 'sale_product_id')
-- Can be repeated: rows that exist are left as they are.

merge into crm_settings tgt
using (
         select 'send_steps' as name, 'N' as value,
                'S = contacts, values, stage and discard follow the lead; for daemons that settle steps' as description
           from dual
          union all
         select 'budget_product_id', null,
                'Product of the CRM that carries the value of the quotations; empty: that of the adapter'
           from dual
          union all
         select 'sale_product_id', null,
                'Product of the CRM with which a lead is sold; empty: that of the adapter'
           from dual
      ) src
   on (tgt.name = src.name)
 when not matched then
      insert (name, value, description)
      values (src.name, src.value, src.description)
/
update crm_stages s
   set s.is_sold = 'S'
 where s.name in ('Ativação', 'Retenção/Expansão')
/
commit
/

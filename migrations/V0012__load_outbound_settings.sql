-- V0012__load_outbound_settings
-- Why:    product ids differ between tenants; which stages count as sold is data.
-- Breaks: no
-- Undo:   delete from crm_settings where name in ('budget_product_id', 'sale_product_id')
-- Can be repeated: rows that exist are left as they are.

merge into crm_settings tgt
using (
         select 'budget_product_id' as name,
                'Product of the CRM that carries the value of the quotations; empty: that of the adapter' as description
           from dual
          union all
         select 'sale_product_id',
                'Product of the CRM with which a lead is sold; empty: that of the adapter'
           from dual
      ) src
   on (tgt.name = src.name)
 when not matched then
      insert (name, value, description)
      values (src.name, null, src.description)
/
update crm_stages s
   set s.is_sold = 'S'
 where s.name in ('Ativação', 'Retenção/Expansão')
/
commit
/

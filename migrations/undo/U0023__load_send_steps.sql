-- U0023__load_send_steps
-- Undoes: migrations/V0023__load_send_steps.sql
-- Loses:  nothing: steps wait until they are switched on again

update crm_settings s
   set s.value       = 'N',
       s.description = 'S = contacts, values, stage and discard follow the lead; for daemons that settle steps'
 where s.name = 'send_steps'
/
update crm_settings s
   set s.description =
          'Product of the CRM that carries the value of the quotations; empty: that of the adapter'
 where s.name = 'budget_product_id'
/
update crm_settings s
   set s.description =
          'Product of the CRM with which a lead is sold; empty: that of the adapter'
 where s.name = 'sale_product_id'
/
delete from crm_migrations m
 where m.script = 'migrations/V0023__load_send_steps.sql'
/
commit
/

-- U0012__load_outbound_settings
-- Undoes: migrations/V0012__load_outbound_settings.sql
-- Loses:  the products of the tenant

delete from crm_settings s
 where s.name in ('send_steps', 'budget_product_id', 'sale_product_id')
/
update crm_stages s
   set s.is_sold = 'N'
/
delete from crm_migrations m
 where m.script = 'migrations/V0012__load_outbound_settings.sql'
/
commit
/

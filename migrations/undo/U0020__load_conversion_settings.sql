-- U0020__load_conversion_settings
-- Undoes: migrations/V0020__load_conversion_settings.sql
-- Loses:  what the tenant decided about converted leads

delete from crm_settings s
 where s.name in ('conversion_branch_code', 'conversion_street', 'sales_rep_default')
/
delete from crm_migrations m
 where m.script = 'migrations/V0020__load_conversion_settings.sql'
/
commit
/

-- U0010__load_crm_settings
-- Undoes: migrations/V0010__load_crm_settings.sql
-- Loses:  settings, stages and policies, with what a tenant has changed in them

delete from crm_field_policies
/
delete from crm_stages
/
delete from crm_settings s
 where s.name in ('max_failures', 'deferred_seconds', 'default_credit_limit')
/
delete from crm_migrations m
 where m.script = 'migrations/V0010__load_crm_settings.sql'
/
commit
/

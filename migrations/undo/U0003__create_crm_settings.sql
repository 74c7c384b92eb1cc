-- U0003__create_crm_settings
-- Undoes: migrations/V0003__create_crm_settings.sql
-- Loses:  all settings, stages and policies

drop table crm_field_policies
/
drop table crm_stages
/
drop table crm_settings
/
delete from crm_migrations m
 where m.script = 'migrations/V0003__create_crm_settings.sql'
/
commit
/

-- U0031__load_run_settings
-- Undoes: migrations/V0031__load_run_settings.sql
-- Loses:  nothing; the default of the code counts

delete from crm_settings s
 where s.name = 'run_margin_seconds'
/
delete from crm_migrations m
 where m.script = 'migrations/V0031__load_run_settings.sql'
/
commit
/

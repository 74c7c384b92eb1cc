-- U0018__load_retention_settings
-- Undoes: migrations/V0018__load_retention_settings.sql
-- Loses:  what the tenant decided about retention

delete from crm_settings s
 where s.name in ('retention_payload_days', 'retention_row_days', 'worker_live_seconds')
/
delete from crm_migrations m
 where m.script = 'migrations/V0018__load_retention_settings.sql'
/
commit
/

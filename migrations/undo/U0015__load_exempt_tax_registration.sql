-- U0015__load_exempt_tax_registration
-- Undoes: migrations/V0015__load_exempt_tax_registration.sql
-- Loses:  nothing; the value of the daemon's settings counts

delete from crm_settings s
 where s.name = 'exempt_tax_registration'
/
delete from crm_migrations m
 where m.script = 'migrations/V0015__load_exempt_tax_registration.sql'
/
commit
/

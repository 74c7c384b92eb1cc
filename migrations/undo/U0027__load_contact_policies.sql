-- U0027__load_contact_policies
-- Undoes: migrations/V0027__load_contact_policies.sql
-- Loses:  what the tenant decided about fields of contacts

delete from crm_contact_policies
/
delete from crm_settings s
 where s.name = 'take_contacts'
/
delete from crm_migrations m
 where m.script = 'migrations/V0027__load_contact_policies.sql'
/
commit
/

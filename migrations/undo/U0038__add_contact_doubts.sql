-- U0038__add_contact_doubts
-- Undoes: migrations/V0038__add_contact_doubts.sql
-- Loses:  which fields of a contact are in doubt: all of it is sent again

delete from crm_settings s
 where s.name = 'hold_seconds'
/
alter table crm_contact_records drop (doubtful_fields)
/
delete from crm_migrations m
 where m.script = 'migrations/V0038__add_contact_doubts.sql'
/
commit
/

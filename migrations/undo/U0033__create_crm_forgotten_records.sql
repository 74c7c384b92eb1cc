-- U0033__create_crm_forgotten_records
-- Undoes: migrations/V0033__create_crm_forgotten_records.sql
-- Loses:  what keeps forgotten records out, and who had them erased: keep a copy of both tables

drop table crm_erasures
/
drop table crm_forgotten_records
/
delete from crm_migrations m
 where m.script = 'migrations/V0033__create_crm_forgotten_records.sql'
/
commit
/

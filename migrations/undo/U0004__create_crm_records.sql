-- U0004__create_crm_records
-- Undoes: migrations/V0004__create_crm_records.sql
-- Loses:  what both sides agreed on: without it every record is new to the integration

drop table crm_records
/
drop sequence crm_versions_seq
/
delete from crm_migrations m
 where m.script = 'migrations/V0004__create_crm_records.sql'
/
commit
/

-- U0028__add_crm_records_substitutes
-- Undoes: migrations/V0028__add_crm_records_substitutes.sql
-- Loses:  what was sent in the place of unknown values: those records differ until they are sent again

drop index crm_records_substitutes_idx
/
alter table crm_records drop constraint crm_records_substitutes_ck
/
alter table crm_records drop constraint crm_records_is_applied_ck
/
alter table crm_records drop (substitutes, is_applied, loop_count, loop_since)
/
delete from crm_settings s
 where s.name in ('loop_deliveries', 'loop_minutes')
/
delete from crm_migrations m
 where m.script = 'migrations/V0028__add_crm_records_substitutes.sql'
/
commit
/

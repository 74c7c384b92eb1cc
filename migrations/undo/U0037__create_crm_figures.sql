-- U0037__create_crm_figures
-- Undoes: migrations/V0037__create_crm_figures.sql
-- Loses:  the figures, which the older release counts at every scrape, and the marks, which it finds by comparing

drop index crm_records_id_due_on_idx
/
alter table crm_records drop (id_due_on)
/
drop table crm_figures
/
delete from crm_migrations m
 where m.script = 'migrations/V0037__create_crm_figures.sql'
/
commit
/

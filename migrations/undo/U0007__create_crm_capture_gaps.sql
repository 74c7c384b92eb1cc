-- U0007__create_crm_capture_gaps
-- Undoes: migrations/V0007__create_crm_capture_gaps.sql
-- Loses:  gaps of capture that are not repaired yet: erpcrm diff --repair finds the changes

drop table crm_capture_gaps
/
delete from crm_migrations m
 where m.script = 'migrations/V0007__create_crm_capture_gaps.sql'
/
commit
/

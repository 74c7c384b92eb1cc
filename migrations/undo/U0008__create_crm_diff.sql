-- U0008__create_crm_diff
-- Undoes: migrations/V0008__create_crm_diff.sql
-- Loses:  the history of comparisons

drop table crm_differences
/
drop table crm_diff_runs
/
delete from crm_migrations m
 where m.script = 'migrations/V0008__create_crm_diff.sql'
/
commit
/

-- U0039__create_crm_quota
-- Undoes: migrations/V0039__create_crm_quota.sql
-- Loses:  what was spent of the quota in the window and in the day, a pause and a refusal: the older release's daemons
--         find them out by themselves

drop table crm_quota_slots
/
drop table crm_quota
/
delete from crm_migrations m
 where m.script = 'migrations/V0039__create_crm_quota.sql'
/
commit
/

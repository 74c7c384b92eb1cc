-- U0039__create_crm_quota
-- Undoes: migrations/V0039__create_crm_quota.sql
-- Loses:  what was spent of the quota in the last window, and what the CRM asked for: the older release finds both out
--         by asking the CRM

alter table crm_workers drop (booked_on)
/
drop table crm_quota_spent
/
drop table crm_quota_holders
/
drop table crm_quota
/
delete from crm_migrations m
 where m.script = 'migrations/V0039__create_crm_quota.sql'
/
commit
/

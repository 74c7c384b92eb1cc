-- U0014__create_crm_conflicts
-- Undoes: migrations/V0014__create_crm_conflicts.sql
-- Loses:  open conflicts and the audit of merges; the owner of a field decides again

drop table crm_merge_audit
/
drop table crm_conflicts
/
alter table crm_field_policies drop constraint crm_field_policies_policy_ck
/
alter table crm_field_policies drop (policy)
/
comment on column crm_field_policies.owner_side is
   'ERP: a change in the CRM does not come in, the value of the ERP is sent again. CRM: a change in the CRM comes in'
/
delete from crm_migrations m
 where m.script = 'migrations/V0014__create_crm_conflicts.sql'
/
commit
/

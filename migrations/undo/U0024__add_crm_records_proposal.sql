-- U0024__add_crm_records_proposal
-- Undoes: migrations/V0024__add_crm_records_proposal.sql
-- Loses:  nothing: the proposal is read as before

alter table crm_records drop constraint crm_records_is_proposal_empty_ck
/
alter table crm_records drop (is_proposal_empty)
/
delete from crm_migrations m
 where m.script = 'migrations/V0024__add_crm_records_proposal.sql'
/
commit
/
